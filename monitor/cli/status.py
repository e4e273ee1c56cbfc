"""`status`: how the service is, read beside it from its database."""

from collections.abc import Iterator
from datetime import datetime

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.options import Chosen, archive_of, config_option, json_option, pass_chosen
from monitor.core.company import PART, held, holds, role
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
@click.option(
    "--watch",
    "every_s",
    type=click.FloatRange(min=0.2, max=86_400),
    is_flag=False,
    flag_value=2.0,
    metavar="[SECONDS]",
    help="Again and again, until Ctrl-C; every 2 seconds if none are said.",
)
@json_option("one JSON document; with --watch one object a line")
@config_option
@pass_chosen
def status(
    chosen: Chosen, *, checking: bool, every: bool, every_s: float | None, as_json: bool
) -> None:
    """Tell how the service is.

    Works beside it: feeds, deliveries and webhooks are read from its database.
    """
    if every_s is not None:
        from monitor.cli.watching import watch

        if checking:
            raise click.UsageError("--check looks once, and --watch again and again")
        watch(chosen, every_s=every_s, every=every, as_json=as_json)
        return
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
    for line in lines_of(overview, every=every):
        render.say(line)
    if rows := rows_of(overview, every=every):
        render.table(COLUMNS, rows)


COLUMNS = ("feed", "health", "since", "next poll", "problem")
"""Of `rows_of`."""


def rows_of(overview: Overview, *, every: bool = False) -> list[tuple[str | Text, ...]]:
    """Feeds that are not well, but for those that are one line together."""
    shown = overview.troubled if every else _folded(overview.troubled)[0]
    return [_feed_row(feed, state) for feed, state in shown]


def lines_of(overview: Overview, *, every: bool = False) -> list[Text]:
    """All else."""
    folded = _folded([] if every else overview.troubled)[1]
    gap = [Text()] if folded or rows_of(overview, every=every) else []
    return [*_sums(overview), *gap, *folded]


def _sums(overview: Overview) -> list[Text]:
    now, totals = overview.now, overview.totals
    style = "bold red" if overview.looks_dead or overview.sick else ""
    since = f" since {render.moment(totals.first_seen_at)}" if totals.first_seen_at else ""
    copies, edits = render.plural(totals.copies, "copy"), render.plural(totals.revisions, "edit")
    told = f"{render.plural(totals.matches, 'match')}, {render.plural(totals.alerts, 'alert')}"
    held = ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in overview.held.items())
    health = ", ".join(f"{n} {h.replace('_', ' ')}" for h, n in overview.health.most_common())
    enabled = f"{len(overview.feeds)} enabled, {overview.disabled} disabled"
    offline = "No feed was ever reached: this machine seems to be offline."
    return [
        Text(f"Database    {overview.database}"),
        Text.assemble("Service     ", (verdict(overview), style)),
        Text(f"Items       {totals.items:,}{since} ({copies}, {edits})"),
        Text(f"Matches     {told}" + (f"; held back: {held}" if held else "")),
        Text(f"Deliveries  {_deliveries(totals, now)}"),
        Text(f"Feeds       {enabled}" + (f"; {health}" if health else "")),
        *(
            Text.assemble(f"Webhook     {webhook.webhook}: ", (_trouble(webhook), "red"))
            for webhook in overview.webhooks
        ),
        *_together(overview),
        *([Text(offline, "bold red")] if overview.seems_offline else []),
    ]


def _together(overview: Overview) -> Iterator[Text]:
    """The processes of a cluster."""
    company = overview.company
    if not company.processes:
        return
    at_work = holds(company)
    for one in company.processes:
        seen = f"holds {at_work[one.id]}, seen {one.seen_s:.0f} s ago"
        yield Text(f"Process     {role(one.queues)}: {one.name}, {seen}")
    working = len(held(company, PART))
    yield Text(
        f"Partitions  {working} are held, of {company.partitions}; those without feeds by nobody"
    )
    late = ", ".join(f"{name} {seconds:g} s" for name, seconds in overview.lag.items())
    yield Text(
        f"Lag         polls are late by {late}" if late else "Lag         nothing was polled"
    )
    oldest = f", one for {company.oldest_s:.0f} s" if company.waiting else ""
    yield Text(f"Inbox       {render.plural(company.waiting, 'document')} to be judged{oldest}")
    for problem in overview.lacking:
        yield Text.assemble("Lacking     ", (problem, "red"))


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
