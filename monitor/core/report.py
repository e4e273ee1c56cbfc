"""What became of a watch's stories in a stretch of time: every item, alert and step counts once.

An item counts in the time in which the watch first matched it. It was told if an alert of it was
raised before the end of that time, else it was held back, for the reason given last. The items of a
story but its first are follow-ons. So: items = told + held back = new stories + follow-ons.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core.expectations import MET, MISSED
from monitor.core.origins import corroboration
from monitor.model import (
    Alert,
    AlertKind,
    Awaited,
    Claim,
    Matched,
    Rating,
    Reason,
    Severity,
    Step,
    Thread,
    Tier,
    Watch,
    WatchPast,
)

SHOWN = 3  # headlines that stand for what was held back for a reason
_WITH_HEADLINES = (Reason.SAME_STORY, Reason.ANALYSIS, Reason.COPY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """An item, for people."""

    title: str
    publisher: str = ""
    url: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A change of what is claimed of a story, or against it; None: nothing.

    Attributes:
        by: Publisher of the item that made it.
    """

    at: datetime
    by: str
    tier: Tier
    was: Claim | None
    state: Claim | None
    was_disputed: Claim | None = None
    disputed: Claim | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPart:
    """One story in this time. What is claimed, and who says so, is the story's as a whole; items
    and alerts are those of the watch.

    Attributes:
        id: As in `Alert.story_id`.
        first: What came of it first in this time.
        is_new: The watch had matched nothing of it before.
        items: Of this time, copies included.
        follow_ons: These without the first of the story.
        was, state: What was claimed of it before this time, and at its end.
        disputed: What was said against it at the end.
        turns: What changed in between.
        official: The last official word before the end; None: there was none in this time.
        origins: Names of its independent origins until the end.
        carriers: Names of those who only pass on what an origin said.
    """

    id: str
    title: str
    first: Headline
    is_new: bool
    items: int
    follow_ons: int
    told: int
    was: Claim | None = None
    state: Claim | None = None
    disputed: Claim | None = None
    turns: tuple[Turned, ...] = ()
    official: Step | None = None
    origins: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    tier: Tier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Items that were held back for one reason, with the headlines of the last few of some."""

    reason: Reason
    count: int
    headlines: tuple[Headline, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Alerts of one kind and severity."""

    kind: AlertKind
    severity: Severity
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Something that a story has to come to.

    Attributes:
        outcome: As in `Awaited`; empty: it was waited for still at the end of this time.
    """

    expectation: str
    story_id: str
    title: str
    armed_at: datetime
    due_at: datetime
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryReport:
    """What a watch saw and told from `since` (included) to `until` (excluded).

    Attributes:
        before: Begin of the time before it, with which publishers are compared.
        items: That the watch matched first in this time.
        items_before: The same of the time before.
        told: Of these items.
        held: The others, the most frequent reason first.
        stories: Those that changed first, then those with the most items.
        alerts: Raised in this time, of other items and of silence too; digests are none.
        arrived: How many of them a webhook took so far.
        gained, lost: Publishers that had no item in the time before, or have none any more.
        publishers: Publisher -> items, the most first.
        languages, tiers: Items of each, the most first and the best first.
        wanted: Waited for at the end, or settled in this time.
        good, noise: What people said of alerts in this time.
    """

    watch_id: str
    watch_name: str
    before: datetime
    since: datetime
    until: datetime
    items: int = 0
    items_before: int = 0
    told: int = 0
    held: tuple[Held, ...] = ()
    stories: tuple[StoryPart, ...] = ()
    alerts: tuple[Sent, ...] = ()
    arrived: int = 0
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    publishers: Mapping[str, int]
    languages: Mapping[str, int]
    tiers: Mapping[Tier, int]
    wanted: tuple[Wanted, ...] = ()
    good: int = 0
    noise: int = 0

    @property
    def new_stories(self) -> int:
        return sum(story.is_new for story in self.stories)

    @property
    def follow_ons(self) -> int:
        return sum(story.follow_ons for story in self.stories)

    @property
    def held_items(self) -> int:
        return sum(held.count for held in self.held)

    @property
    def raised(self) -> int:
        """How many alerts."""
        return sum(sent.count for sent in self.alerts)

    @property
    def best_tier(self) -> Tier | None:
        return next(iter(self.tiers), None)


def stretch_before(since: datetime, until: datetime) -> datetime:
    """Where the time of the same length before it begins."""
    return since - (until - since)


def report_on(watch: Watch, past: WatchPast, since: datetime, until: datetime) -> StoryReport:
    """Counts a watch's past.

    Args:
        past: From `stretch_before(since, until)` to `until`.
    """
    items = _items(past.matches, until)
    now = {name: rows for name, rows in items.items() if rows[0].made_at >= since}
    before = stretch_before(since, until)
    earlier = {name: rows for name, rows in items.items() if before <= rows[0].made_at < since}
    told = {name for name, rows in now.items() if any(row.told for row in rows)}
    publishers = Counter(rows[0].publisher for rows in now.values())
    former = Counter(rows[0].publisher for rows in earlier.values())
    alerts = [alert for alert in past.alerts if since <= alert.created_at < until]
    rated = [one for one in past.rated if since <= one.rated_at < until]
    return StoryReport(
        watch_id=watch.id,
        watch_name=watch.name or watch.id,
        before=before,
        since=since,
        until=until,
        items=len(now),
        items_before=len(earlier),
        told=len(told),
        held=_held(rows for name, rows in now.items() if name not in told),
        stories=_stories(past, items, alerts, since, until),
        alerts=_sent(alerts),
        arrived=sum(alert.id in past.arrived for alert in alerts),
        gained=tuple(name for name in publishers if name not in former),
        lost=tuple(name for name in former if name not in publishers),
        publishers=_by_count(publishers),
        languages=_by_count(Counter(_primary(rows[0].language) for rows in now.values())),
        tiers=_by_rank(Counter(rows[0].tier for rows in now.values())),
        wanted=_wanted(past, since, until),
        good=sum(one.rating is Rating.GOOD for one in rated),
        noise=sum(one.rating is Rating.NOISE for one in rated),
    )


_Rows = Sequence[Matched]  # of one item, the earliest first; never empty


def _items(matches: Iterable[Matched], until: datetime) -> dict[str, list[Matched]]:
    """By item, in the order in which they were first matched."""
    items: dict[str, list[Matched]] = {}
    for one in matches:
        if one.made_at < until:
            items.setdefault(one.item_id, []).append(one)
    return items


def _held(items: Iterable[_Rows]) -> tuple[Held, ...]:
    by_reason: dict[Reason, list[Matched]] = {}
    for rows in items:
        by_reason.setdefault(rows[-1].reason, []).append(rows[-1])
    held = [
        Held(
            reason=reason,
            count=len(found),
            headlines=tuple(map(_headline, found[-SHOWN:])) if reason in _WITH_HEADLINES else (),
        )
        for reason, found in by_reason.items()
    ]
    return tuple(sorted(held, key=lambda one: (-one.count, one.reason)))


def _sent(alerts: Iterable[Alert]) -> tuple[Sent, ...]:
    counted = Counter((alert.kind, alert.severity) for alert in alerts)
    kinds = list(AlertKind)
    return tuple(
        Sent(kind=kind, severity=severity, count=count)
        for (kind, severity), count in sorted(
            counted.items(), key=lambda one: (-one[0][1].rank, kinds.index(one[0][0]))
        )
    )


# --- stories -------------------------------------------------------------------------------------


def _stories(
    past: WatchPast,
    items: Mapping[str, _Rows],
    alerts: Sequence[Alert],
    since: datetime,
    until: datetime,
) -> tuple[StoryPart, ...]:
    """Stories of which something came in this time: an item, or an edit of a former one."""
    threads = {thread.id: thread for thread in past.threads}
    touched: dict[str, list[Matched]] = {}
    known = set(past.earlier)
    for rows in items.values():
        if rows[0].made_at < since:
            known.add(rows[-1].thread_id)
        for row in rows:
            if row.made_at >= since:
                touched.setdefault(row.thread_id, []).append(row)
    told = Counter(alert.story_id for alert in alerts)
    new = Counter(rows[-1].thread_id for rows in items.values() if rows[0].made_at >= since)
    parts = [
        _part(name, rows, new[name], is_new=name not in known, told=told[name])
        for name, rows in touched.items()
    ]
    parts = [
        _with_claims(part, threads[part.id], items, since, until) if part.id in threads else part
        for part in parts
    ]
    return tuple(sorted(parts, key=lambda one: (not one.turns, -one.items, one.id)))


def _part(story: str, rows: _Rows, items: int, *, is_new: bool, told: int) -> StoryPart:
    return StoryPart(
        id=story,
        title=rows[0].title,
        first=_headline(rows[0]),
        is_new=is_new,
        items=items,
        follow_ons=items - is_new,
        told=told,
        languages=tuple(dict.fromkeys(_primary(row.language) for row in rows)),
        tier=min((row.tier for row in rows), key=lambda tier: tier.rank),
    )


def _with_claims(
    part: StoryPart,
    thread: Thread,
    items: Mapping[str, _Rows],
    since: datetime,
    until: datetime,
) -> StoryPart:
    """What was claimed, as far as it was known at the end of this time."""

    def known_at(item_id: str, at: datetime) -> datetime:
        """When we matched it; of an item of another watch, when it was published."""
        return items[item_id][0].made_at if item_id in items else at

    was, state, disputed, official = None, None, None, None
    turns: list[Turned] = []
    seen_at = thread.first_seen_at
    for step in thread.standing.history:
        # In the order of arrival, whatever the dates say.
        seen_at = max(seen_at, known_at(step.item_id, step.at))
        if seen_at >= until:
            break
        if (step.state, step.disputed) != (state, disputed) and seen_at >= since:
            turns.append(
                Turned(
                    at=step.at,
                    by=step.publisher,
                    tier=step.tier,
                    was=state,
                    state=step.state,
                    was_disputed=disputed,
                    disputed=step.disputed,
                )
            )
        state, disputed = step.state, step.disputed
        if seen_at < since:
            was = state
        elif step.tier is Tier.OFFICIAL_PRIMARY and step.party:
            official = step
    reports = [one for one in thread.reports if known_at(one.item_id, one.at) < until]
    sources = corroboration(reports)
    return replace(
        part,
        title=thread.title,
        was=was,
        state=state,
        disputed=disputed,
        turns=tuple(turns),
        official=official,
        origins=sources.independent,
        carriers=sources.carried_by,
    )


# --- silence -------------------------------------------------------------------------------------


def _wanted(past: WatchPast, since: datetime, until: datetime) -> tuple[Wanted, ...]:
    titles = {thread.id: thread.title for thread in past.threads}
    found = []
    for one in past.awaited:
        if one.armed_at >= until or (one.settled_at is not None and one.settled_at < since):
            continue
        settled = one.settled_at is not None and one.settled_at < until
        found.append(_want(one, titles.get(one.thread_id, ""), one.outcome if settled else ""))
    order = {MISSED: 0, "": 1, MET: 2}
    return tuple(sorted(found, key=lambda one: (order.get(one.outcome, 3), one.due_at)))


def _want(one: Awaited, title: str, outcome: str) -> Wanted:
    return Wanted(
        expectation=one.expectation,
        story_id=one.thread_id,
        title=title,
        armed_at=one.armed_at,
        due_at=one.due_at,
        outcome=outcome,
    )


def _headline(one: Matched) -> Headline:
    return Headline(title=one.title, publisher=one.publisher, url=one.url, language=one.language)


def _by_count(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def _by_rank(counted: Counter[Tier]) -> dict[Tier, int]:
    return dict(sorted(counted.items(), key=lambda one: one[0].rank))


def _primary(language: str) -> str:
    return language.partition("-")[0]
