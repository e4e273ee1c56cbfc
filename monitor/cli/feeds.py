"""`feeds`: the sources: listed, probed, taken from and given to other readers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.discover import discover
from monitor.cli.feeds_probe import probe
from monitor.cli.options import (
    Chosen,
    archive_of,
    config_option,
    has_database,
    json_option,
    known,
    pass_chosen,
)
from monitor.core.inert import inert, one_line
from monitor.model import Feed, FeedState, Health
from monitor.views.feeds import entry, learned, lines, next_poll, pace

if TYPE_CHECKING:
    from monitor.config import Config

IMPORTED = Path("feeds") / "imported.toml"


@click.group()
@config_option
def feeds() -> None:
    """List, probe, find, import and export feeds."""


feeds.add_command(probe)
feeds.add_command(discover)


@feeds.command("list")
@click.option("--all", "every", is_flag=True, help="The disabled ones too, with the reason.")
@json_option("one JSON object a line")
@config_option
@pass_chosen
def list_(chosen: Chosen, *, every: bool, as_json: bool) -> None:
    """List feeds with their health, as far as they were polled."""
    config = chosen.load_to_read(uses=("feeds",))
    states = _states(config)
    chosen_feeds = [feed for feed in config.feeds.values() if feed.enabled or every]
    if as_json:
        for feed in chosen_feeds:
            render.line(entry(feed, states.get(feed.id)))
        return
    columns = (
        *("id", "name", "tier", "language", "interval", "health", "last new", "next poll"),
        "problem",
    )
    now = datetime.now(UTC)
    render.table(columns, (_row(feed, states.get(feed.id), now) for feed in chosen_feeds))
    render.note(_summary(chosen_feeds, states))


def _states(config: "Config") -> Mapping[str, FeedState]:
    if not has_database(config):
        return {}
    with archive_of(config) as archive:
        return archive.feed_states()


def _row(feed: Feed, state: FeedState | None, now: datetime) -> tuple[str | Text, ...]:
    health = _health(feed, state)
    shown = render.health(health) if health else Text("disabled", style="dim")
    problem = (state.problem if state else "") if feed.enabled else feed.disabled_reason
    last_new = render.moment(state.last_new_at) if state else ""
    return (
        *(feed.id, feed.name, feed.tier.value, feed.language, pace(feed, state), shown, last_new),
        next_poll(feed, state, now),
        problem,
    )


def _health(feed: Feed, state: FeedState | None) -> Health | None:
    """None: it is not polled."""
    if not feed.enabled:
        return None
    return state.health if state else Health.UNKNOWN


def _summary(chosen: Sequence[Feed], states: Mapping[str, FeedState]) -> str:
    """How many there are of each health, the best first."""
    counts = Counter(_health(feed, states.get(feed.id)) for feed in chosen)
    each = [f"{counts[one]:,} {render.words(one)}" for one in Health if counts[one]]
    disabled = [f"{counts[None]:,} disabled"] if counts[None] else []
    return f"{render.plural(len(chosen), 'feed')}: {', '.join([*each, *disabled]) or 'none'}."


@feeds.command("show")
@click.argument("feed_id", metavar="ID")
@json_option("one JSON object")
@config_option
@pass_chosen
def show(chosen: Chosen, *, feed_id: str, as_json: bool) -> None:
    """Tell all of one feed: its pace and why, rhythm and health."""
    from monitor.config import paced

    config = chosen.load_to_read(uses=("feeds",))
    feed = paced(
        config.feeds[known(feed_id, config.feeds, noun="feed", option="ID")], config.settings
    )
    state = _states(config).get(feed.id)
    if as_json:
        render.line(entry(feed, state) | learned(feed, state))
        return
    for name, text in lines(feed, state, datetime.now(UTC)):
        render.say(f"{name + ':':15}{text}")


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
        render.write_file(target, target.read_bytes().rstrip() + b"\n\n" + found.toml.encode())
    else:
        target.parent.mkdir(exist_ok=True)
        render.write_file(target, found.toml.encode())
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

    exported = export_opml(chosen.load_to_read(uses=("feeds",)).feeds.values())
    if output:
        render.write_file(output, exported)
    else:
        click.echo(inert(exported.decode(), newlines=True), nl=False)
