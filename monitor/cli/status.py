"""`status`: how the service is, read beside it from its database."""

from datetime import datetime
from typing import TYPE_CHECKING

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.options import Chosen, archive_of, config_option, json_option, pass_chosen
from monitor.core.inert import one_line
from monitor.model import (
    DeliveryState,
    Feed,
    FeedState,
    Health,
    Totals,
    WebhookState,
)
from monitor.views.overview import Overview, Troubled, ago, document, overview_of, verdict

if TYPE_CHECKING:
    pass

MANY = 5
"""More feeds than this of one problem are one line."""


@click.command()
@click.option(
    "--check",
    "checking",
    is_flag=True,
    help="For health checks: say one line, exit 1 if the service looks dead.",
)
@click.option("--all", "every", is_flag=True, help="Each feed on a line of its own.")
@json_option("one JSON document")
@config_option
@pass_chosen
def status(chosen: Chosen, *, checking: bool, every: bool, as_json: bool) -> None:
    """Tell how the service is.

    Works beside it: feeds, deliveries and webhooks are read from its database.
    """
    config = chosen.load_to_read(uses=())
    with archive_of(config) as archive:
        overview = overview_of(config, archive, counted=not checking or as_json)
    if as_json:
        render.document(document(overview))
    elif checking:
        render.say(verdict(overview))
    else:
        _tell(overview, every=every)
    if checking and (overview.looks_dead or overview.sick):
        raise SystemExit(1)


def _tell(overview: Overview, *, every: bool) -> None:
    now, totals = overview.now, overview.totals
    style = "bold red" if overview.looks_dead or overview.sick else ""
    render.say(f"Database    {overview.database}")
    render.say(Text.assemble("Service     ", (verdict(overview), style)))
    since = f" since {render.moment(totals.first_seen_at)}" if totals.first_seen_at else ""
    copies, edits = render.plural(totals.copies, "copy"), render.plural(totals.revisions, "edit")
    render.say(f"Items       {totals.items:,}{since} ({copies}, {edits})")
    told = f"{render.plural(totals.matches, 'match')}, {render.plural(totals.alerts, 'alert')}"
    held = ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in overview.held.items())
    render.say(f"Matches     {told}" + (f"; held back: {held}" if held else ""))
    render.say(f"Deliveries  {_deliveries(totals, now)}")
    health = ", ".join(f"{n} {h.replace('_', ' ')}" for h, n in overview.health.most_common())
    enabled = f"{len(overview.feeds)} enabled, {overview.disabled} disabled"
    render.say(f"Feeds       {enabled}" + (f"; {health}" if health else ""))
    for webhook in overview.webhooks:
        render.say(Text.assemble(f"Webhook     {webhook.webhook}: ", (_trouble(webhook), "red")))
    if overview.seems_offline:
        render.say(Text("No feed was ever reached: this machine seems to be offline.", "bold red"))
    alone, folded = _folded([] if every else overview.troubled)
    shown = overview.troubled if every else alone
    if shown or folded:
        render.say()
    for line in folded:
        render.say(line)
    if shown:
        columns = ("feed", "health", "since", "next poll", "problem")
        render.table(columns, (_feed_row(feed, state) for feed, state in shown))


def _folded(troubled: Troubled) -> tuple[Troubled, list[Text]]:
    """Feeds that have their problem alone, and a line for each problem of many."""
    alike: dict[tuple[Health, str], Troubled] = {}
    for feed, state in troubled:
        alike.setdefault((state.health, state.problem), []).append((feed, state))
    lines = [
        Text.assemble(
            (f"{len(pairs)} feeds {_words(health)}", _style(health)),
            f": {one_line(problem)} (first: {pairs[0][0].id}; --all lists them)",
        )
        for (health, problem), pairs in alike.items()
        if len(pairs) > MANY
    ]
    alone = [pair for pairs in alike.values() if len(pairs) <= MANY for pair in pairs]
    return alone, lines


def _words(health: Health) -> str:
    return health.value.replace("_", " ")


def _style(health: Health) -> str:
    return "red" if health.is_bad else "yellow"


def _deliveries(totals: Totals, now: datetime) -> str:
    counts = {state: totals.deliveries.get(state, 0) for state in DeliveryState}
    waiting = counts.pop(DeliveryState.PENDING) + counts.pop(DeliveryState.LEASED)
    oldest = totals.oldest_pending_at
    age = f" (oldest {ago(oldest, now)})" if waiting and oldest else ""
    settled = [f"{count:,} {state.value}" for state, count in counts.items() if count]
    return ", ".join([f"{waiting:,} pending{age}", *settled])


def _trouble(state: WebhookState) -> str:
    if state.disabled_at:
        what = f"disabled since {render.moment(state.disabled_at)}"
    else:
        what = f"{render.plural(state.failures, 'failure')} in a row"
        what += f", held until {render.moment(state.held_until)}" if state.held_until else ""
    return f"{what}: {one_line(state.problem)}"


def _feed_row(feed: Feed, state: FeedState) -> tuple[str | Text, ...]:
    since = state.failing_since or state.last_new_at or state.polled_at
    never = state.health is Health.GONE
    return (
        feed.id,
        Text(_words(state.health), style=_style(state.health)),
        render.moment(since),
        "never" if never else render.moment(state.due_at),
        state.problem,
    )
