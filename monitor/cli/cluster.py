"""`scheduler` and `worker`: the work of a service, shared by processes over one database."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from monitor.cli import render
from monitor.cli.options import Chosen, config_option, pass_chosen
from monitor.cli.run import leave, prepare
from monitor.core.company import CONTROL, DELIVER, FETCH, STORY, role

if TYPE_CHECKING:
    from monitor.config import Config

slots_option = click.option(
    "--slots",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many partitions of hosts, or webhooks, it works at at a time; without: all.",
)


@click.command()
@config_option
@pass_chosen
def scheduler(chosen: Chosen) -> None:
    """Wake the workers of a cluster, and judge what they fetch.

    Over a PostgreSQL database. Run two or more of them, on different machines: there is no leader,
    and each does what the others leave.
    """
    _work(chosen, (CONTROL, STORY), None)


@click.command()
@click.option(
    "--queue",
    "queues",
    type=click.Choice((FETCH, DELIVER, STORY)),
    multiple=True,
    required=True,
    help="What it does: poll feeds, send to webhooks, or judge what is fetched; repeatable.",
)
@slots_option
@config_option
@pass_chosen
def worker(chosen: Chosen, *, queues: tuple[str, ...], slots: int | None) -> None:
    """Do a part of the work of a cluster, over PostgreSQL.

    Any number of workers may run, and any of them may die: what it did is taken over within twice
    the stall limit (`cluster.stall`).
    """
    _work(chosen, tuple(dict.fromkeys(queues)), slots)


def _work(chosen: Chosen, queues: Sequence[str], slots: int | None) -> None:
    from monitor import bootstrap, daemon, ticking
    from monitor.cli.reloading import Reload

    sources, noted, config, supervisor = prepare(chosen)
    config = bootstrap.for_cluster(config)
    with bootstrap.process_of(config, queues, slots) as (process, built, jobs):
        render.note(_greeting(config, queues, jobs.slots))
        with Reload(sources, noted, config, process, built, bootstrap.for_cluster) as reload:
            ticks = process.ticks() | daemon.pulse_of(process, supervisor)
            if CONTROL in queues:
                ticks |= daemon.survey_of(reload.survey)
            engine = bootstrap.local_engine(config, ticking.kinds_of(ticks))
            running = [ticking.set_out(engine, ticks), jobs]
            try:
                finished = daemon.run(process, running, reload, supervisor)
            except SystemExit as exc:  # a second signal
                leave(int(exc.code or 0))
    if not finished:
        leave(0)


def _greeting(config: "Config", queues: Sequence[str], slots: int) -> str:
    feeds = sum(feed.enabled for feed in config.feeds.values())
    at_most = f", at most {render.plural(slots, 'partition')}" if FETCH in queues else ""
    return (
        f"news-monitor {role(queues)}: {config.folder} over {config.settings.database}: "
        f"{render.plural(feeds, 'feed')}{at_most}"
    )
