"""`status`: how the service is, read beside it from its database."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.options import Chosen, archive_of, config_option, json_option, pass_chosen
from monitor.core.delivery import may_send
from monitor.core.inert import one_line
from monitor.model import (
    DeliveryState,
    Feed,
    FeedState,
    Health,
    Reason,
    Totals,
    WebhookState,
)

if TYPE_CHECKING:
    from monitor.config import Config

PATIENCE = timedelta(minutes=10)
"""A feed that is due waits seconds; the longest a start or a slow host may keep it waiting."""

SILENCE = timedelta(minutes=5)
"""A running service writes every minute."""

MANY = 5
"""More feeds than this of one problem are one line."""

Troubled = list[tuple[Feed, FeedState]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is known at a moment.

    Attributes:
        feeds: The enabled ones, each with what is known of it.
        disabled: How many feeds are not polled by configuration.
        webhooks: Those that fail, are held, or are disabled.
        process: The one that runs on the database; None: none.
        trouble: What that process says is wrong with the database; empty: nothing.
        written_at: When it last wrote.
    """

    now: datetime
    database: str
    totals: Totals
    held: Mapping[Reason, int]
    feeds: tuple[tuple[Feed, FeedState | None], ...]
    disabled: int
    webhooks: tuple[WebhookState, ...]
    process: str | None
    trouble: str = ""
    written_at: datetime | None = None

    @property
    def sick(self) -> str:
        """Why the database cannot be written, as far as one can tell from here; empty: it can."""
        silent = self.written_at is not None and self.written_at < self.now - SILENCE
        if self.trouble or self.process is None or not silent:
            return self.trouble
        return f"nothing was written since {render.moment(self.written_at)}"

    @property
    def last_poll_at(self) -> datetime | None:
        return max((s.polled_at for _, s in self.feeds if s and s.polled_at), default=None)

    @property
    def overdue(self) -> int:
        """Feeds that have waited for their poll longer than a running service lets them."""
        return sum(s is not None and s.due_at < self.now - PATIENCE for _, s in self.feeds)

    @property
    def looks_dead(self) -> bool:
        """No process is there, or it is and polls nothing though something has long been due."""
        last = self.last_poll_at
        if self.process is None:
            return True
        if last is None:
            return bool(self.feeds)
        return self.overdue > 0 and last < self.now - PATIENCE

    @property
    def health(self) -> Counter[Health]:
        return Counter(state.health if state else Health.UNKNOWN for _, state in self.feeds)

    @property
    def seems_offline(self) -> bool:
        """Whether several feeds were asked and none ever answered."""
        asked = [state for _, state in self.feeds if state and state.polled_at]
        silent = all(s.health is Health.UNREACHABLE and not s.last_ok_at for s in asked)
        return len(asked) > 1 and silent

    @property
    def troubled(self) -> Troubled:
        """Feeds that were polled and are not well, worst first."""
        order = list(Health)
        found = [(feed, s) for feed, s in self.feeds if s and s.health not in _FINE]
        return sorted(found, key=lambda pair: (-order.index(pair[1].health), pair[0].id))


_FINE = (Health.OK, Health.UNKNOWN)


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
    overview = overview_of(config, counted=not checking or as_json)
    if as_json:
        render.document(document_of(overview))
    elif checking:
        render.say(_verdict(overview))
    else:
        _tell(overview, every=every)
    if checking and (overview.looks_dead or overview.sick):
        raise SystemExit(1)


def overview_of(config: "Config", *, counted: bool) -> Overview:
    """What is known now. Without counts a health check costs the same however much is stored."""
    from monitor.bootstrap import holder_of, trouble_of

    with archive_of(config) as archive:
        written_at = archive.written_at()
        states = archive.feed_states()
        webhooks = archive.webhook_states()
        totals = archive.totals() if counted else Totals()
        held = archive.held() if counted else {}
    now = datetime.now(UTC)
    enabled = [feed for feed in config.feeds.values() if feed.enabled]
    return Overview(
        now=now,
        process=holder_of(config),
        trouble=trouble_of(config),
        written_at=written_at,
        database=config.settings.database,
        totals=totals,
        held=held,
        feeds=tuple((feed, states.get(feed.id)) for feed in enabled),
        disabled=len(config.feeds) - len(enabled),
        webhooks=tuple(
            state
            for name, state in webhooks.items()
            if name in config.webhooks and (state.failures or not may_send(state, now))
        ),
    )


def _verdict(overview: Overview) -> str:
    last = overview.last_poll_at
    when = f"last poll {_ago(last, overview.now)}" if last else "nothing was ever polled"
    if overview.process is None:
        return f"not running: {when}"
    if overview.sick:
        return f"running ({overview.process}), but {overview.sick}; {when}"
    if not overview.looks_dead:
        return f"running ({overview.process}): {when}"
    overdue = f", though {render.plural(overview.overdue, 'feed')} should have been"
    return f"the service looks dead: {when}" + (overdue if last else "")


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
        Text.assemble("Service     ", (_verdict(overview), style)),
        Text(f"Items       {totals.items:,}{since} ({copies}, {edits})"),
        Text(f"Matches     {told}" + (f"; held back: {held}" if held else "")),
        Text(f"Deliveries  {_deliveries(totals, now)}"),
        Text(f"Feeds       {enabled}" + (f"; {health}" if health else "")),
        *(
            Text.assemble(f"Webhook     {webhook.webhook}: ", (_trouble(webhook), "red"))
            for webhook in overview.webhooks
        ),
        *([Text(offline, "bold red")] if overview.seems_offline else []),
    ]


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
    age = f" (oldest {_ago(oldest, now)})" if waiting and oldest else ""
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


def _ago(at: datetime, now: datetime) -> str:
    return f"{render.span(now - at)} ago"


def document_of(overview: Overview) -> dict[str, object]:
    """As JSON has it."""
    return {
        "now": overview.now,
        "database": overview.database,
        "process": overview.process,
        "looks_dead": overview.looks_dead,
        "sick": overview.sick,
        "last_poll_at": overview.last_poll_at,
        "overdue": overview.overdue,
        "totals": overview.totals,
        "held": overview.held,
        "feeds": {
            "enabled": len(overview.feeds),
            "disabled": overview.disabled,
            "health": overview.health,
            "troubled": [
                {
                    "id": feed.id,
                    "name": feed.name,
                    "health": state.health,
                    "since": state.failing_since,
                    "due_at": state.due_at,
                    "problem": state.problem,
                }
                for feed, state in overview.troubled
            ],
        },
        "webhooks": overview.webhooks,
    }
