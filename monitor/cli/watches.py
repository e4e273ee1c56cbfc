"""`watches`: what is watched for, how often it was found, and what might be added."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.options import (
    Chosen,
    archive_of,
    config_option,
    has_database,
    json_option,
    known,
    limit_option,
    pass_chosen,
    since_option,
)
from monitor.core.query import suggest
from monitor.model import Rating
from monitor.views import listed_watches as views

if TYPE_CHECKING:
    from monitor.config import Config


@click.group(invoke_without_command=True)
@json_option("one JSON object a line")
@config_option
@pass_chosen
@click.pass_context
def watches(ctx: click.Context, chosen: Chosen, *, as_json: bool) -> None:
    """List the watches and when each last matched."""
    if ctx.invoked_subcommand:
        return
    config = chosen.load_to_read(uses=("watches", "lexicon"))
    last, counts = _history(config)
    listed = [views.listed(watch, last, counts) for watch in config.watches.values()]
    if as_json:
        for one in listed:
            render.line(one)
        return
    rows = (
        (
            Text(one["watch"], style="" if one["enabled"] else "dim"),
            one["severity"] if one["enabled"] else "disabled",
            one["matches"],
            render.moment(one["last_match_at"]),
            one["query"],
        )
        for one in listed
    )
    render.table(("watch", "severity", "matches", "last match", "query"), rows, cut_last=True)


def _history(config: "Config") -> tuple[Any, Any]:
    if not has_database(config):
        return views.history(None, datetime.now(UTC))
    with archive_of(config) as archive:
        return views.history(archive, datetime.now(UTC))


@watches.command("suggest")
@click.argument("watch_id", metavar="WATCH")
@since_option
@limit_option(20)
@json_option("one JSON object a line")
@config_option
@pass_chosen
def suggest_terms(
    chosen: Chosen, *, watch_id: str, since: datetime | None, limit: int, as_json: bool
) -> None:
    """Propose terms that stand beside what WATCH finds.

    They are not in its query yet. Judged by the stored items of the last 30 days (or --since),
    without alerts that were rated noise. Nothing is added: 'news-monitor backtest' shows what a
    term would do.
    """
    from monitor import bootstrap

    config = chosen.load_to_read(uses=("watches", "lexicon"))
    known(watch_id, config.watches, noun="watch", option="WATCH")
    since = since or datetime.now(UTC) - timedelta(days=30)
    percolator = bootstrap.backtest_line(config, watch_id, None).percolator
    with archive_of(config) as archive, render.working("Reading the stored items"):
        rated = archive.rated(watch_id)
        noise = frozenset(one.item.id for one in rated if one.rating is Rating.NOISE)
        found = suggest(lambda: archive.versions(since), percolator, watch_id, noise)[:limit]
    if as_json:
        for one in found:
            render.line(one)
        return
    if not found:
        render.note("Nothing stands out: a term must be in 3 matches or more, and rare elsewhere.")
        return
    rows = (
        (
            one.term,
            one.language,
            f"{one.hits} of {one.of_hits}",
            f"{one.elsewhere} of {one.of_elsewhere}",
            one.example,
        )
        for one in found
    )
    render.table(("term", "language", "in hits", "elsewhere", "newest elsewhere"), rows)
