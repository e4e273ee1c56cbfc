"""What went quiet, as alerts: feeds that fail or fell silent, webhooks that refuse, recoveries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core.delivery import is_on_trial, should_tell
from monitor.core.feed_state import has_moved, is_worth_telling
from monitor.core.normalise import digest
from monitor.model import (
    Alert,
    AlertKind,
    Feed,
    FeedState,
    Health,
    Severity,
    Watch,
    WatchState,
    WebhookState,
)

WATCH = "health"  # alerts about ourselves carry this instead of a watch
_STORM = 5  # more feeds than this at once are one event: one alert names them all
WATCH_PATIENCE = timedelta(days=30)
_WEBHOOK_PATIENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """An alert about ourselves, and the states that remember that it was raised.

    Attributes:
        webhook: The webhook it is about: not the one to send it through.
        subject, state: What is told, and how it stands; told once, by whichever process.
    """

    alert: Alert
    feed_states: tuple[FeedState, ...] = ()
    webhook: str = ""
    webhook_state: WebhookState | None = None
    watch_state: WatchState | None = None
    subject: str = ""
    state: str = ""


def feed_reports(
    feeds: Mapping[str, Feed], states: Mapping[str, FeedState], now: datetime
) -> list[HealthReport]:
    """One report for each feed that changed; one for all of them if they are many.

    If one feed has failed for long enough to be told, those that fail too are told with it: a lost
    network is one event, though feeds notice it at different times.
    """
    changed = [
        (feed, states[feed.id])
        for feed in feeds.values()
        if feed.enabled and feed.id in states and is_worth_telling(feed, states[feed.id], now)
    ]
    bad = [(feed, state) for feed, state in changed if state.health is not Health.OK]
    failing = [
        (feed, states[feed.id])
        for feed in feeds.values()
        if feed.enabled and feed.id in states and _fails_untold(states[feed.id])
    ]
    if bad and len(failing) > _STORM:
        bad += [pair for pair in failing if pair not in bad]
    well = [(feed, state) for feed, state in changed if state.health is Health.OK]
    return [*_grouped(bad, "need a look", now), *_grouped(well, "work again", now)]


def _fails_untold(state: FeedState) -> bool:
    return state.health.is_bad and state.failures > 0 and not state.told.is_bad


def moved_reports(
    feeds: Mapping[str, Feed], states: Mapping[str, FeedState], now: datetime
) -> list[HealthReport]:
    """A report for each feed whose new address was adopted, once for each address."""
    moved = [
        (feed, states[feed.id])
        for feed in feeds.values()
        if feed.enabled and feed.id in states and has_moved(feed, states[feed.id])
    ]
    return [
        _moved_report(feed, state, now)
        for feed, state in moved
        if state.told_moved != state.moved_to
    ]


def _moved_report(feed: Feed, state: FeedState, now: datetime) -> HealthReport:
    alert = _about_feed(
        feed,
        about_ourselves(
            f"Feed has moved: {feed.name}",
            f"Its server says that it lives at {state.moved_to} for good, and it is asked there "
            f"now. Write that as url of {feed.id}, for the old address may go away.",
            f"{feed.id} moved to {state.moved_to}",
            now,
        ),
    )
    return HealthReport(alert=alert, feed_states=(replace(state, told_moved=state.moved_to),))


def webhook_reports(states: Mapping[str, WebhookState], now: datetime) -> list[HealthReport]:
    """A report for each webhook that has failed for long, was disabled, or works again."""
    return [
        _webhook_report(state, now)
        for state in states.values()
        if should_tell(state, now, _WEBHOOK_PATIENCE) or _has_recovered(state)
    ]


def watches_in_use(
    watches: Iterable[Watch], states: Mapping[str, WatchState], now: datetime
) -> list[WatchState]:
    """States to be saved: of watches that are new, or whose query is."""
    return [
        WatchState(
            watch_id=watch.id,
            query=watch.query,
            since=now,
            unheard=states[watch.id].unheard if watch.id in states else (),
        )
        for watch in watches
        if watch.id not in states or states[watch.id].query != watch.query
    ]


def watch_reports(
    watches: Iterable[Watch],
    states: Mapping[str, WatchState],
    last_matches: Mapping[str, datetime],
    now: datetime,
) -> list[HealthReport]:
    """A report for each watch that has found nothing for 30 days, once until it finds something.

    Args:
        last_matches: Watch -> when its newest match was made.
    """
    reports = []
    for watch in watches:
        state = states.get(watch.id)
        if state is None or state.told or not watch.enabled:
            continue
        last = last_matches.get(watch.id)
        if now - max(state.since, last or state.since) >= WATCH_PATIENCE:
            reports.append(_watch_report(watch, state, last, now))
    return reports


def watches_awake(
    states: Mapping[str, WatchState], last_matches: Mapping[str, datetime], now: datetime
) -> list[WatchState]:
    """States to be saved: of watches that were reported as silent, and found something since."""
    return [
        replace(state, told=False)
        for state in states.values()
        if state.told and (last := last_matches.get(state.watch_id))
        if now - last < WATCH_PATIENCE
    ]


def _watch_report(
    watch: Watch, state: WatchState, last: datetime | None, now: datetime
) -> HealthReport:
    days = WATCH_PATIENCE.days
    since = f"Its last match was on {last:%Y-%m-%d}." if last else "It never matched anything."
    alert = about_ourselves(
        f"Watch has found nothing for {days} days: {watch.name or watch.id}",
        f"{since} Either there is no such news, or the query misses it, or no feed brings it.\n"
        f"news-monitor backtest {watch.id} --query '...' shows what another query would find.",
        f"watch {watch.id}",
        now,
    )
    return HealthReport(alert=alert, watch_state=replace(state, told=True))


def dead_letter(webhook: str, problem: str, now: datetime) -> Alert:
    """That an alert could not be delivered; one a day and webhook, whatever their number."""
    return about_ourselves(
        f"Alerts cannot be delivered: webhook {webhook}",
        f"{problem}\nThey are kept: news-monitor deliveries list --state dead",
        f"dead {webhook}",
        now,
        same_all_day=True,
    )


def database_refused(problem: str, since: datetime, until: datetime, now: datetime) -> Alert:
    """That for a while nothing could be stored, so that nothing was polled or sent."""
    span = f"From {since:%Y-%m-%d %H:%MZ} to {until:%H:%MZ}"
    return about_ourselves(
        "The database could not be written for a while",
        f"{span} nothing was polled or sent: {problem}",
        "database",
        now,
    )


def may_have_arrived(webhook: str, problem: str, now: datetime) -> Alert:
    """That a person has to decide about a delivery; one a day and webhook."""
    return about_ourselves(
        f"Alerts may or may not have arrived: webhook {webhook}",
        f"{problem}\nThey wait for you: news-monitor deliveries list --state ambiguous",
        f"ambiguous {webhook}",
        now,
        same_all_day=True,
    )


def confidants(
    wanted: Sequence[str], about: str, states: Mapping[str, WebhookState | None]
) -> list[str]:
    """The webhooks through which something is told about one of them.

    Those that were chosen for it; if none of these is left, or all of them fail as well, another
    one too. Nobody, if nobody was chosen at all.

    Args:
        about: What is told about; empty: none of them.
        states: All that there are, in the order of the configuration.
    """
    chosen = [name for name in wanted if name in states and name != about]
    if not wanted or not about or any(_is_well(states[name]) for name in chosen):
        return chosen
    others = (name for name in states if name not in chosen and name != about)
    return chosen + [name for name in others if _is_well(states[name])][:1]


def _is_well(state: WebhookState | None) -> bool:
    return state is None or (state.disabled_at is None and not is_on_trial(state))


def _grouped(changed: list[tuple[Feed, FeedState]], what: str, now: datetime) -> list[HealthReport]:
    if len(changed) <= _STORM:
        return [_feed_report(feed, state, now) for feed, state in changed]
    names = "\n".join(f"{feed.name} ({feed.id}): {_condition(s)}" for feed, s in changed)
    alert = about_ourselves(f"{len(changed)} feeds {what}", names, what, now)
    return [HealthReport(alert=alert, feed_states=tuple(told(s) for _, s in changed))]


def _feed_report(feed: Feed, state: FeedState, now: datetime) -> HealthReport:
    if state.health is Health.OK:
        title, text = f"Feed works again: {feed.name}", f"It was {state.told.value}."
    else:
        since = f" since {state.failing_since:%Y-%m-%d %H:%MZ}" if state.failing_since else ""
        title = f"Feed {state.health.value.replace('_', ' ')}{since}: {feed.name}"
        text = _condition(state)
    alert = _about_feed(feed, about_ourselves(title, text, f"{feed.id} {state.health}", now))
    return HealthReport(alert=alert, feed_states=(told(state),))


def _about_feed(feed: Feed, alert: Alert) -> Alert:
    return replace(
        alert,
        feed_id=feed.id,
        feed_name=feed.name,
        owner=feed.owner,
        publisher=feed.name,
        tier=feed.tier,
    )


def _webhook_report(state: WebhookState, now: datetime) -> HealthReport:
    bad = not state.told
    change = "is disabled" if state.disabled_at else "fails" if bad else "works again"
    title = f"Webhook {change}: {state.webhook}"
    text = state.problem if bad else "Held alerts are being delivered."
    if state.disabled_at:
        text += f"\nAlerts wait for it: news-monitor webhook enable {state.webhook}"
    alert = about_ourselves(title, text, f"webhook {state.webhook} {bad}", now)
    return HealthReport(alert=alert, webhook=state.webhook, webhook_state=replace(state, told=bad))


def _has_recovered(state: WebhookState) -> bool:
    return state.told and state.failing_since is None and state.disabled_at is None


def _condition(state: FeedState) -> str:
    return f"{state.health.value.replace('_', ' ')}: {state.problem or 'no details'}"


def told(state: FeedState) -> FeedState:
    """With its health as reported."""
    return replace(state, told=state.health)


def about_ourselves(
    title: str, text: str, cause: str, now: datetime, *, same_all_day: bool = False
) -> Alert:
    """An alert about the monitor itself.

    Args:
        cause: The same one at the same moment (or on the same day) is the same alert.
    """
    moment = now.date().isoformat() if same_all_day else now.isoformat()
    return Alert(
        id=f"a_{digest('health', cause, moment)}",
        kind=AlertKind.HEALTH,
        severity=Severity.MEDIUM,
        reason="the monitor's own health",
        watch_id=WATCH,
        watch_name="Health of the monitor",
        created_at=now,
        title=title,
        snippet=text,
        seen_at=now,
    )
