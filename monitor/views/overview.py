"""How the service is, read beside it from its database."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from monitor.core.company import PART, held, holds, is_cluster, lacks, lag, living, missing
from monitor.core.delivery import may_send
from monitor.model import Company, Feed, FeedState, Health, Reason, Totals, WebhookState
from monitor.ports import Archive
from monitor.views.words import moment, plural, span

if TYPE_CHECKING:
    from monitor.config import Config

PATIENCE = timedelta(minutes=10)
"""A feed that is due waits seconds; the longest a start or a slow host may keep it waiting."""

SILENCE = timedelta(minutes=5)
"""A running service writes every minute."""

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
        company: The processes of a cluster, if it is one.
        lacking: What somebody must see to there.
        missing: That of it which nobody does at all.
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
    company: Company = field(default_factory=Company)
    lacking: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def lag(self) -> Mapping[str, float]:
        """How late polls are, in seconds: percentiles over the enabled feeds that were polled."""
        return lag((state.due_at for _, state in self.feeds if state and state.polled_at), self.now)

    @property
    def sick(self) -> str:
        """Why nothing is stored or done, as far as one can tell from here; empty: all is."""
        if self.process is not None and self.missing:
            return self.missing[0]
        silent = self.written_at is not None and self.written_at < self.now - SILENCE
        if self.trouble or self.process is None or not silent:
            return self.trouble
        return f"nothing was written since {moment(self.written_at)}"

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


def overview_of(config: "Config", archive: Archive, *, counted: bool = True) -> Overview:
    """Without counts a health check costs the same however much is stored."""
    from monitor.bootstrap import holder_of, trouble_of

    written_at = archive.written_at()
    states = archive.feed_states()
    webhooks = archive.webhook_states()
    totals = archive.totals() if counted else Totals()
    held = archive.held() if counted else {}
    company, stall = archive.company(), config.settings.stall
    together = is_cluster(company, stall)
    now = datetime.now(UTC)
    enabled = [feed for feed in config.feeds.values() if feed.enabled]
    return Overview(
        now=now,
        process=holder_of(config),
        trouble=trouble_of(config),
        written_at=written_at,
        company=replace(company, processes=tuple(living(company, stall)))
        if together
        else Company(),
        lacking=tuple(lacks(company, stall)) if together else (),
        missing=tuple(missing(company, stall)) if together else (),
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


def verdict(overview: Overview) -> str:
    """One line: whether the service runs, and when it last polled."""
    last = overview.last_poll_at
    when = f"last poll {ago(last, overview.now)}" if last else "nothing was ever polled"
    if overview.process is None:
        return f"not running: {when}"
    if overview.sick:
        return f"running ({overview.process}), but {overview.sick}; {when}"
    if not overview.looks_dead:
        return f"running ({overview.process}): {when}"
    overdue = f", though {plural(overview.overdue, 'feed')} should have been"
    return f"the service looks dead: {when}" + (overdue if last else "")


def ago(at: datetime, now: datetime) -> str:
    """As in "3 min ago"."""
    return f"{span(now - at)} ago"


def document(overview: Overview) -> dict[str, object]:
    """As JSON."""
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
        "lag_seconds": overview.lag,
        "cluster": _cluster(overview) if overview.company.processes else None,
    }


def _cluster(overview: Overview) -> dict[str, object]:
    company, at_work = overview.company, holds(overview.company)
    return {
        "lacking": overview.lacking,
        "partitions": company.partitions,
        "partitions_held": len(held(company, PART)),
        "waiting_to_be_judged": company.waiting,
        "oldest_waiting_seconds": round(company.oldest_s, 1),
        "processes": [
            {
                "id": one.id,
                "name": one.name,
                "queues": one.queues,
                "slots": one.slots,
                "holds": at_work[one.id],
                "version": one.version,
                "seen_seconds_ago": round(one.seen_s, 1),
                "up_seconds": round(one.up_s),
                "clock_skew_seconds": round(one.skew_s, 2),
                "trouble": one.trouble,
            }
            for one in company.processes
        ],
    }
