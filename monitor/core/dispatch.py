"""Where an alert goes, and whether now: routes, groups, digests, quiet hours, budgets, silences.

Pure decisions; `monitor.outbox` asks the store for what they need, and writes them down.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.core.delivery import FLAWED
from monitor.core.hours import Quiet, day_after, next_slot, parse_quiet, parse_slots, quiet_until
from monitor.core.matchers import Labels, Matcher, all_match, parse_all
from monitor.core.normalise import digest
from monitor.model import (
    Alert,
    AlertKind,
    Calm,
    Delivery,
    DeliveryState,
    Hold,
    HoldCause,
    Inhibition,
    Route,
    Severity,
    Silence,
)

# Alertmanager's defaults for whoever groups.
GROUP_WAIT = timedelta(seconds=30)
GROUP_INTERVAL = timedelta(minutes=5)

_NO_CALM, _UTC = Calm(), ZoneInfo("UTC")
_LONGEST_KEY = 300
_IN_TITLE = 3  # watches that the title of a digest names


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way out for an alert."""

    webhook: str
    route: Route | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A webhook's `Calm`, ready to be asked."""

    calm: Calm = _NO_CALM
    zone: ZoneInfo = _UTC
    quiet: tuple[Quiet, ...] = ()

    def is_broken_by(self, severity: Severity) -> bool:
        """Whether alerts of this severity wait for nothing."""
        return severity.rank >= self.calm.break_through.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What happened at a webhook before.

    Attributes:
        silence: One that is active and matches the alert.
        inhibitor: Alert that makes it superfluous; `inhibited`: the same in words, with the rule.
        last_at: The last message of the group.
        told: Severity and time of the alerts of this story and watch that were told.
        used: Messages of this local day.
    """

    silence: Silence | None = None
    inhibitor: str = ""
    inhibited: str = ""
    last_at: datetime | None = None
    told: Sequence[tuple[Severity, datetime]] = ()
    used: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of a delivery that was not sent yet."""

    state: DeliveryState
    due_at: datetime
    group_key: str = ""
    cause: HoldCause | None = None
    text: str = ""
    by: str = ""

    def applied(self, row: Delivery, now: datetime) -> Delivery:
        """The row to be saved."""
        sent = self.state in (DeliveryState.PENDING, DeliveryState.BUNDLED)
        held = self.state in (DeliveryState.HELD, DeliveryState.MUTED)
        flaw = row.problem if row.problem.startswith(FLAWED) else ""
        return replace(
            row,
            state=self.state,
            due_at=self.due_at,
            group_key=self.group_key or row.group_key,
            released_at=now if sent else None,
            settled_at=now if self.state is DeliveryState.MUTED else None,
            problem=self.text if held else flaw,
        )

    def hold(self, delivery_id: str, now: datetime) -> Hold | None:
        """What is kept of the decision; None: it was sent at once."""
        if self.cause is None:
            return None
        until = self.due_at if self.state is DeliveryState.HELD else None
        return Hold(
            delivery_id=delivery_id,
            at=now,
            cause=self.cause,
            until=until,
            text=self.text,
            by=self.by,
        )


def rest_of(calm: Calm) -> Rest:
    """A webhook's wishes, ready to be asked.

    Raises:
        ValueError: Hours of rest that are none.
        ZoneInfoNotFoundError: No zone of this name.
    """
    return Rest(
        calm=calm,
        zone=ZoneInfo(calm.zone or "UTC"),
        quiet=tuple(parse_quiet(text) for text in calm.quiet_hours),
    )


def ways(
    routes: Iterable[tuple[Route, Sequence[Matcher]]],
    labels: Labels,
    own: Sequence[str],
) -> list[Way]:
    """Where an alert goes; to each webhook once, by the first route that names it.

    Args:
        routes: With their matchers, in order: the first that matches is taken, and those after it
            only as long as each `continues`.
        own: Webhooks of the alert's watch: of routes that name none, and if no route matches.
    """
    found: dict[str, Way] = {}
    matched = False
    for route, conditions in routes:
        if not all_match(conditions, labels):
            continue
        matched = True
        for name in own if route.webhooks is None else route.webhooks:
            found.setdefault(name, Way(webhook=name, route=route))
        if not route.continues:
            break
    if not matched:
        found = {name: Way(webhook=name) for name in own}
    return list(found.values())


def groups(route: Route) -> bool:
    """Whether a route gathers alerts."""
    times = (route.group_wait, route.group_interval, route.repeat_interval)
    return bool(route.digest) or route.group_by is not None or any(one is not None for one in times)


def group_key(route: Route | None, labels: Labels) -> str:
    """Names the group of an alert: route and the values of its labels; empty: it has none."""
    if route is None or not groups(route):
        return ""
    if route.digest:
        return f"digest {route.id}"
    values = [f"{label}={','.join(labels.get(label, ()))}" for label in route.group_by or ()]
    key = " ".join([f"route {route.id}", *values])
    # What a database can look up by has an end; a feed's words do not.
    return key if len(key) <= _LONGEST_KEY else f"{key[:_LONGEST_KEY]} {digest(key)}"


def entered(alert: Alert, way: Way, key: str, rest: Rest, past: Past, now: datetime) -> Fate:
    """What becomes of an alert that was just raised.

    Whether it is silenced or inhibited is asked when it would be sent: what is held is asked then.
    """
    loud = rest.is_broken_by(alert.severity)
    if way.route is not None and key and not loud:
        due_at, cause = _gathered(alert, way.route, rest, past, now)
        if due_at > now:
            text = f"{cause.value.replace('_', ' ')} of route '{way.route.id}'"
            return Fate(
                state=DeliveryState.HELD,
                due_at=due_at,
                group_key=key,
                cause=cause,
                text=text,
                by=way.route.id,
            )
    held = gate(alert.severity, rest, past.used, now)
    return (
        held
        or _muted(past, now)
        or Fate(state=DeliveryState.PENDING, due_at=now, group_key="" if loud else key)
    )


def paused(alert: Alert, rest: Rest, until: datetime | None) -> Fate | None:
    """What becomes of more of a story that was told a moment ago; None: there is no pause."""
    if until is None or rest.is_broken_by(alert.severity):
        return None
    return Fate(
        state=DeliveryState.HELD,
        due_at=until,
        group_key=f"story {alert.watch_id} {alert.story_id}",
        cause=HoldCause.PAUSE,
        text=f"its story was told a moment ago: more of it is told together at {until:%H:%M}Z",
    )


def first_fate(severity: str, way: Way, key: str, rest: Rest, now: datetime) -> Fate:
    """What would become of an alert of this severity if nothing was told before.

    One that is gathered until quiet hours have begun waits for their end.
    """
    alert = Alert(
        id="",
        kind=AlertKind.NEW,
        severity=Severity(severity),
        reason="",
        watch_id="",
        watch_name="",
        created_at=now,
        title="",
    )
    fate = entered(alert, way, key, rest, Past(), now)
    return gate(alert.severity, rest, 0, fate.due_at) or fate


def released(alert: Alert, rest: Rest, past: Past, now: datetime) -> Fate:
    """What becomes of one that was held, now that its time has come."""
    if muted := _muted(past, now):
        return muted
    return gate(alert.severity, rest, past.used, now) or Fate(
        state=DeliveryState.PENDING, due_at=now, cause=HoldCause.RELEASED
    )


def gate(severity: Severity, rest: Rest, used: int, now: datetime) -> Fate | None:
    """Whether the webhook wants to be left alone by messages of this severity."""
    if rest.is_broken_by(severity):
        return None
    zone = rest.zone.key
    if (until := quiet_until(rest.quiet, rest.zone, now)) is not None:
        text = f"quiet hours until {until.astimezone(rest.zone):%a %H:%M} ({zone})"
        return Fate(
            state=DeliveryState.HELD,
            due_at=until,
            group_key="quiet hours",
            cause=HoldCause.QUIET_HOURS,
            text=text,
        )
    if 0 < rest.calm.daily_budget <= used:
        text = f"daily budget of {rest.calm.daily_budget} messages is used up ({zone})"
        return Fate(
            state=DeliveryState.HELD,
            due_at=day_after(rest.zone, now),
            group_key="over budget",
            cause=HoldCause.DAILY_BUDGET,
            text=text,
        )
    return None


def inhibits(rule: Inhibition, source: tuple[Alert, Labels], target: tuple[Alert, Labels]) -> bool:
    """Whether, by this rule, the first alert makes the second superfluous.

    Two that are both source and target of the rule do not inhibit each other: both would be lost.
    """
    (speaker, source_labels), (alert, labels) = source, target
    sides = parse_all(rule.source), parse_all(rule.target)
    if speaker.id == alert.id or not all_match(sides[1], labels):
        return False
    if not all_match(sides[0], source_labels):
        return False
    if all_match(sides[0], labels) and all_match(sides[1], source_labels):
        return False
    return all(source_labels.get(name) == labels.get(name) for name in rule.equal)


def silence_of(silences: Iterable[Silence], labels: Labels, now: datetime) -> Silence | None:
    """The active silence that matches, the one that ends last."""
    found = [
        one for one in silences if one.is_active(now) and all_match(parse_all(one.matchers), labels)
    ]
    return max(found, key=lambda one: one.ends_at, default=None)


def bundle(webhook: str, members: Sequence[Alert], why: str, now: datetime) -> Alert:
    """The alert that tells of several.

    Args:
        why: What held them, in words.
    """
    watches = {one.watch_id: one.watch_name for one in members}
    stories = {one.story_id for one in members}
    counted = {
        name: sum(one.watch_name == name for one in members)
        for name in dict.fromkeys(one.watch_name for one in members)
    }
    names = [f"{name} ({count})" for name, count in _by_count(counted)]
    shown = names[:_IN_TITLE] + ([f"{len(names) - _IN_TITLE} more"] if names[_IN_TITLE:] else [])
    one_watch = len(watches) == 1
    return Alert(
        id=f"a_{digest('bundle', webhook, *sorted(one.id for one in members))}",
        kind=AlertKind.DIGEST,
        severity=max((one.severity for one in members), key=lambda severity: severity.rank),
        reason=why,
        watch_id=members[0].watch_id if one_watch else "",
        watch_name=members[0].watch_name if one_watch else f"{len(watches)} watches",
        created_at=now,
        title=f"{len(members)} alerts: {', '.join(shown)}",
        snippet="\n".join(one.title for one in members),
        story_id=members[0].story_id if len(stories) == 1 else "",
        members=tuple(one.id for one in members),
    )


def why_together(key: str) -> str:
    """What held a group, in words."""
    kind, _, rest = key.partition(" ")
    if kind == "digest":
        return f"digest of route '{rest}'"
    if kind == "story":
        return "more of a story that was told"
    if kind == "route":
        route, _, values = rest.partition(" ")
        return f"grouped by route '{route}'" + (f": {values}" if values else "")
    return f"held: {key}"


def in_telling_order(alerts: Iterable[Alert]) -> list[Alert]:
    """The most severe first, then as they were raised."""
    return sorted(alerts, key=lambda one: (-one.severity.rank, one.created_at, one.id))


def _gathered(
    alert: Alert, route: Route, rest: Rest, past: Past, now: datetime
) -> tuple[datetime, HoldCause]:
    if route.digest:
        return next_slot(parse_slots(route.digest), rest.zone, now), HoldCause.DIGEST
    wait = GROUP_WAIT if route.group_wait is None else route.group_wait
    interval = GROUP_INTERVAL if route.group_interval is None else route.group_interval
    repeat = route.repeat_interval or timedelta()
    told = [at for severity, at in past.told if severity.rank >= alert.severity.rank]
    if told and max(told) + repeat > now:
        return max(told) + repeat, HoldCause.REPEAT_INTERVAL
    if past.last_at is not None and past.last_at + interval > now:
        return past.last_at + interval, HoldCause.GROUP_INTERVAL
    return now + wait, HoldCause.GROUP_WAIT


def _muted(past: Past, now: datetime) -> Fate | None:
    if past.silence is not None:
        one = past.silence
        comment = f": {one.comment}" if one.comment else ""
        text = f"silenced by {one.id} of {one.author}{comment}"
        return Fate(
            state=DeliveryState.MUTED, due_at=now, cause=HoldCause.SILENCED, text=text, by=one.id
        )
    if past.inhibited:
        return Fate(
            state=DeliveryState.MUTED,
            due_at=now,
            cause=HoldCause.INHIBITED,
            text=past.inhibited,
            by=past.inhibitor,
        )
    return None


def _by_count(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda pair: -pair[1])
