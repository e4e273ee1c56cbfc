"""`run` and `poll`: the service, and one turn of it."""

import faulthandler
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout, suppress
from typing import TYPE_CHECKING, NoReturn

import click
import structlog
from rich.text import Text

from monitor.cli import render
from monitor.cli.options import Chosen, config_option, json_option, known, pass_chosen
from monitor.model import Health, Status

if TYPE_CHECKING:
    from monitor.adapters.systemd import Systemd
    from monitor.config import Config
    from monitor.config.sources import Sources
    from monitor.poller import Polled
    from monitor.service import Monitor

log = structlog.get_logger(__name__)


@click.command()
@config_option
@pass_chosen
def run(chosen: Chosen) -> None:
    """Run the service until it is stopped.

    SIGTERM and Ctrl-C stop it after what is in flight; a second one at once. It reads its
    configuration again when a file of it changes, and at SIGHUP; a faulty one is refused and the
    old one stays.
    """
    from monitor import bootstrap, daemon, ticking
    from monitor.cli.reloading import Reload
    from monitor.web.sites import served

    sources, noted, config, supervisor = prepare(chosen)
    with bootstrap.monitor_of(config) as (monitor, built):
        render.note(_greeting(config))
        with (
            Reload(sources, noted, config, monitor, built) as reload,
            served(lambda: reload.config, monitor),
        ):
            try:
                ticks = daemon.ticks_of(monitor, reload.survey)
                ticks |= daemon.pulse_of(monitor, supervisor)
                engine = bootstrap.local_engine(config, ticking.kinds_of(ticks))
                running = [ticking.set_out(engine, ticks)]
                finished = daemon.run(monitor, running, reload, supervisor)
            except SystemExit as exc:  # a second signal
                leave(int(exc.code or 0))
            if not finished:
                leave(0)


def prepare(chosen: Chosen) -> "tuple[Sources, str, Config, Systemd]":
    """What every process does that goes on until it is stopped, before all else.

    Returns:
        Where the configuration is, what its files said, the configuration, and the supervisor.

    Raises:
        ConfigError: It is refused.
    """
    from monitor import bootstrap, logs
    from monitor.config.sources import Sources

    # Until the daemon listens, a hurried reload must not end the process.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with suppress(OSError, ValueError):  # standard error may be no file
        faulthandler.enable()  # a watchdog ends what hangs with SIGABRT: where is then told
    supervisor = bootstrap.supervisor()
    sources = Sources(chosen.folder)
    noted = sources.fingerprint()
    config = bootstrap.load(sources.folder)
    logs.configure(config.settings.log_level, config.settings.log_format)
    return sources, noted, config, supervisor


def _greeting(config: "Config") -> str:
    feeds = list(config.feeds.values())
    enabled = sum(feed.enabled for feed in feeds)
    watches = sum(watch.enabled for watch in config.watches.values())
    webhooks = [name for name, webhook in config.webhooks.items() if webhook.enabled]
    here = "; alerts appear here" if _prints(config) else ""
    warnings = [problem for problem in config.warnings if not problem.fatal]
    told = f"; {render.plural(len(warnings), 'warning')}: see 'check'" if warnings else ""
    return (
        f"news-monitor: {config.folder} into {config.settings.database}: "
        f"{render.plural(len(feeds), 'feed')} ({enabled} enabled), "
        f"{render.plural(watches, 'watch')}, webhooks: {', '.join(webhooks) or 'none'}{here}{told}"
    )


def _prints(config: "Config") -> bool:
    """Whether some watch sends to the console."""
    used = set(config.settings.webhooks)
    used |= {name for watch in config.watches.values() if watch.enabled for name in watch.webhooks}
    webhooks = [config.webhooks[name] for name in used if name in config.webhooks]
    return any(webhook.enabled and webhook.kind == "console" for webhook in webhooks)


def leave(code: int) -> NoReturn:
    """End at once: a thread that hangs in a name look-up would keep the process for minutes.

    Nothing is lost: what was not committed is done again (leases end, feeds are simply due).
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


@click.command()
@click.option("--force", is_flag=True, help="All enabled feeds, due or not.")
@click.option(
    "--feed",
    "only",
    metavar="ID",
    multiple=True,
    help="This feed, due, enabled or not; repeatable.",
)
@click.option("--no-deliver", is_flag=True, help="Leave alerts in the outbox.")
@click.option("--verbose", "-v", is_flag=True, help="Log each poll and attempt as 'run' does.")
@json_option("one JSON object a line, and alerts for the console on standard error")
@config_option
@pass_chosen
def poll(
    chosen: Chosen,
    *,
    force: bool,
    only: tuple[str, ...],
    no_deliver: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Poll what is due once, and deliver."""
    from monitor import bootstrap, logs

    config = chosen.load()
    only = tuple(known(one, config.feeds, noun="feed", option="--feed") for one in only)
    settings = config.settings
    # The table tells what a log would; only what nobody else tells is logged.
    logs.configure(settings.log_level if verbose else "error", settings.log_format)
    with bootstrap.monitor_of(config) as (monitor, _), _stopped(monitor):
        monitor.recover()
        with render.working("Polling"):
            polled = monitor.poll(force=force or bool(only), only=only)
        _show(polled, as_json=as_json)
        if not no_deliver:
            # Alerts for the console must not get between the lines of JSON.
            with redirect_stdout(sys.stderr) if as_json else nullcontext():
                attempts = monitor.deliver()
            render.note(f"{render.plural(attempts, 'delivery attempt')}.") if attempts else None
    if polled and all(one.state.health is Health.UNREACHABLE for one in polled):
        raise click.ClickException(
            f"no feed could be reached ({len(polled)} asked): this machine seems to be offline. "
            "'news-monitor demo' shows the monitor at work without a network."
        )


@contextmanager
def _stopped(monitor: "Monitor") -> Iterator[None]:
    try:
        yield
    finally:
        monitor.stop()


def _show(polled: Sequence["Polled"], *, as_json: bool) -> None:
    results = [_result(one) for one in sorted(polled, key=lambda one: one.feed.id)]
    if as_json:
        for result in results:
            render.line(result)
        return
    if not results:
        render.note("No feed is due; --force polls all the same.")
        return
    columns = ("feed", "status", "entries", "new", "matches", "alerts", "problem")
    render.table(columns, ([_styled(name, result[name]) for name in columns] for result in results))


def _styled(column: str, value: str | int) -> Text | str | int:
    if column != "status":
        return value
    well = value in ("ok", "unchanged")
    return Text(str(value), style="" if well else "yellow" if value == "stale" else "red")


def _result(polled: "Polled") -> dict[str, str | int]:
    absorbed, state = polled.absorbed, polled.state
    statuses = [judged.status for judged in absorbed.judged] if absorbed else []
    unchanged = absorbed is None and state.health is Health.OK
    return {
        "feed": polled.feed.id,
        "status": "unchanged" if unchanged else state.health.value,
        "entries": len(statuses),
        "new": statuses.count(Status.NEW),
        "revisions": statuses.count(Status.REVISION),
        "copies": statuses.count(Status.COPY),
        "known": statuses.count(Status.KNOWN),
        "matches": len(absorbed.judgements) if absorbed else 0,
        "alerts": len(absorbed.alerts) if absorbed else 0,
        "problem": state.problem,
    }
