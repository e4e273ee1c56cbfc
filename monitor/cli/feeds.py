"""`feeds`: the sources: listed, probed, taken from and given to other readers."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import track
from rich.text import Text

from monitor import __version__
from monitor.cli import feed_page, render
from monitor.cli.options import (
    Chosen,
    archive_of,
    config_option,
    json_option,
    known,
    pass_chosen,
)
from monitor.core.inert import inert, one_line
from monitor.model import Feed, FeedState, Health

if TYPE_CHECKING:
    from monitor.cli.probe import Probed
    from monitor.config import Config

IMPORTED = Path("feeds") / "imported.toml"


@click.group()
@config_option
def feeds() -> None:
    """List, probe, import and export feeds."""


@feeds.command("list")
@click.option("--all", "every", is_flag=True, help="The disabled ones too, with the reason.")
@json_option("one JSON object a line")
@config_option
@pass_chosen
def list_(chosen: Chosen, *, every: bool, as_json: bool) -> None:
    """List feeds with their health, as far as they were polled."""
    config = chosen.load_to_read()
    states = _states(config)
    chosen_feeds = [feed for feed in config.feeds.values() if feed.enabled or every]
    if as_json:
        for feed in chosen_feeds:
            render.line(_entry(feed, states.get(feed.id)))
        return
    columns = ("id", "name", "tier", "language", "interval", "health", "last new", "problem")
    render.table(columns, (_row(feed, states.get(feed.id)) for feed in chosen_feeds))


def _states(config: "Config") -> Mapping[str, FeedState]:
    if not Path(config.settings.database).exists():
        return {}
    with archive_of(config) as archive:
        return archive.feed_states()


def _row(feed: Feed, state: FeedState | None) -> tuple[str | Text, ...]:
    health = state.health if state else Health.UNKNOWN
    shown = _health(health) if feed.enabled else Text("disabled", style="dim")
    problem = (state.problem if state else "") if feed.enabled else feed.disabled_reason
    last_new = render.moment(state.last_new_at) if state else ""
    pace = feed_page.pace(feed, state)
    return feed.id, feed.name, feed.tier.value, feed.language, pace, shown, last_new, problem


def _health(health: Health) -> Text:
    style = "red" if health.is_bad else "yellow" if health.is_odd else ""
    return Text(health.value.replace("_", " "), style=style)


@feeds.command("show")
@click.argument("feed_id", metavar="ID")
@json_option("one JSON object")
@config_option
@pass_chosen
def show(chosen: Chosen, *, feed_id: str, as_json: bool) -> None:
    """All that is known of one feed: its pace and why, its rhythm, its health."""
    from monitor.config import paced

    config = chosen.load_to_read()
    feed = paced(
        config.feeds[known(feed_id, config.feeds, noun="feed", option="ID")], config.settings
    )
    state = _states(config).get(feed.id)
    if as_json:
        render.line(_entry(feed, state) | _learned(feed, state))
        return
    for name, text in feed_page.lines(feed, state, datetime.now(UTC)):
        render.say(f"{name + ':':15}{text}")


def _learned(feed: Feed, state: FeedState | None) -> dict[str, Any]:
    return {
        "adaptive": feed.adaptive,
        "min_interval_s": feed.min_interval,
        "max_latency_s": feed.max_latency,
        "earliest_at": state.earliest_at if state else None,
        "news_count": state.news_count if state else 0,
        "news_gap_s": state.news_gap_s if state else None,
        "longest_gap_s": state.longest_gap_s if state else None,
        "answer_s": state.answer_s if state else None,
        "moved_to": state.moved_to if state else None,
        "moved_count": state.moved_count if state else 0,
    }


def _entry(feed: Feed, state: FeedState | None) -> dict[str, Any]:
    return {
        "id": feed.id,
        "name": feed.name,
        "url": feed.url,
        "owner": feed.owner,
        "tier": feed.tier,
        "language": feed.language,
        "interval_s": feed.interval,
        "enabled": feed.enabled,
        "disabled_reason": feed.disabled_reason,
        "evidence": feed.evidence,
        "health": state.health if state else Health.UNKNOWN,
        "problem": state.problem if state else "",
        "failing_since": state.failing_since if state else None,
        "polled_at": state.polled_at if state else None,
        "last_ok_at": state.last_ok_at if state else None,
        "last_new_at": state.last_new_at if state else None,
        "newest_at": state.newest_at if state else None,
        "due_at": state.due_at if state else None,
        "due_reason": state.due_reason if state else None,
        "wait_s": feed_page.waits(state) if state else None,
    }


@feeds.command("probe")
@click.option("--feed", "only", metavar="ID", multiple=True, help="This feed; repeatable.")
@click.option("--all", "every", is_flag=True, help="The disabled ones too.")
@click.option(
    "--write",
    "report",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the results there as well, as one JSON document.",
)
@json_option("one JSON object a line, as the feeds answer")
@config_option
@pass_chosen
def probe_(
    chosen: Chosen, *, only: tuple[str, ...], every: bool, report: Path | None, as_json: bool
) -> None:
    """Fetch and read feeds once, and store nothing.

    Tells which of them answer from this network. Exit code 1 if no feed gave a document.
    """
    from monitor import bootstrap
    from monitor.cli.probe import probe

    config = chosen.load_to_read()
    for one in only:
        known(one, config.feeds, noun="feed", option="--feed")
    wanted = [f for f in config.feeds.values() if (f.id in only if only else every or f.enabled)]
    # A bridge that is not configured is nobody's address.
    wanted = [feed for feed in wanted if feed.id in only or not feed.url.startswith("{")]
    results = []
    with bootstrap.readers_of(config) as (fetcher, parser):
        running = probe(wanted, fetcher, parser, workers=config.settings.fetch_workers)
        terminal = Console(stderr=True)
        hidden = as_json or not terminal.is_terminal
        for probed in track(
            running,
            "Asking feeds",
            total=len(wanted),
            console=terminal,
            disable=hidden,
            transient=True,
        ):
            results.append(probed)
            if as_json:
                render.line(_finding(probed))
    results.sort(key=lambda probed: probed.feed.id)
    if not as_json:
        _tell(results)
    if report:
        _write(report, results)
    if results and not any(probed.version for probed in results):
        raise click.ClickException("no feed gave a document; is this machine offline?")


def _tell(results: list["Probed"]) -> None:
    now = datetime.now(UTC)
    columns = ("feed", "result", "entries", "dated", "newest", "format", "took", "remarks")
    render.table(columns, (_probe_row(probed, now) for probed in results))
    well = sum(probed.health is Health.OK for probed in results)
    render.note(f"{well} of {render.plural(len(results), 'feed')} answer with entries.")


def _probe_row(probed: "Probed", now: datetime) -> tuple[str | Text | int, ...]:
    status = f" {probed.status}" if probed.status else ""
    newest = f"{render.span(now - probed.newest_at)} ago" if probed.newest_at else ""
    return (
        probed.feed.id,
        _health(probed.health) + Text(status),
        probed.entries,
        probed.dated,
        newest,
        probed.version,
        f"{probed.took_s:.1f} s",
        _remarks(probed),
    )


def _remarks(probed: "Probed") -> str:
    moved = f"moved for good to {probed.moved_to}" if probed.moved_to else ""
    mirror = f"answered by its mirror {probed.url}" if probed.url != probed.feed.url else ""
    return "; ".join(part for part in (probed.problem, mirror, moved, probed.flaw) if part)


def _finding(probed: "Probed") -> dict[str, Any]:
    values = render.as_json(probed)
    return {"feed": probed.feed.id} | {k: v for k, v in values.items() if k != "feed"}


def _write(report: Path, results: list["Probed"]) -> None:
    document = {
        "probed_at": render.as_json(datetime.now(UTC)),
        "program": f"news-monitor {__version__}",
        "feeds": [_finding(probed) for probed in results],
    }
    _write_file(report, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())


@feeds.command("import")
@click.argument("opml", metavar="FILE.opml", type=click.Path(exists=True, path_type=Path))
@config_option
@pass_chosen
def import_(chosen: Chosen, *, opml: Path) -> None:
    """Add the feeds of an OPML list.

    They are written to feeds/imported.toml in the configuration folder.
    """
    from monitor import bootstrap
    from monitor.opml import import_feeds

    folder = chosen.own_folder
    if folder is None:
        raise click.UsageError("make a configuration of your own first: 'news-monitor init DIR'")
    config = bootstrap.load(folder, secrets_of=())
    found = import_feeds(opml.read_bytes(), config.feeds, str(opml))
    for url, feed_id in found.known.items():
        render.note(f"known already as {feed_id}: {one_line(url)}")
    for url, problem in found.refused.items():
        render.note(f"refused: {one_line(url)}: {one_line(problem)}")
    if not found.added:
        render.say("Nothing to add.")
        return
    target = folder / IMPORTED
    if target.exists():
        # Ids and addresses do not clash: those that are there count as known.
        _write_file(target, target.read_bytes().rstrip() + b"\n\n" + found.toml.encode())
    else:
        target.parent.mkdir(exist_ok=True)
        _write_file(target, found.toml.encode())
    render.say(f"{render.plural(len(found.added), 'feed')} written to {target}:")
    for feed_id in found.added:
        render.say(f"  {feed_id}")
    render.say("Look over owner and tier there, then 'news-monitor check' and 'feeds probe'.")


@feeds.command("export")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write there instead of to standard output.",
)
@config_option
@pass_chosen
def export(chosen: Chosen, *, output: Path | None) -> None:
    """Write all feeds as an OPML list."""
    from monitor.opml import export_opml

    exported = export_opml(chosen.load_to_read().feeds.values())
    if output:
        _write_file(output, exported)
    else:
        click.echo(inert(exported.decode(), newlines=True), nl=False)


def _write_file(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as exc:
        raise click.ClickException(f"{path} cannot be written: {exc.strerror}") from exc
