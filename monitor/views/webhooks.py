"""Webhooks in words: how each stands, what is sent there, and what came of a test."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.core.delivery import is_on_trial
from monitor.core.inert import one_line
from monitor.model import (
    Answer,
    Delivery,
    DeliveryState,
    Severity,
    Verdict,
    WebhookConfig,
    WebhookState,
)
from monitor.views.actions import Requeued, held_until
from monitor.views.words import moment, plural, span

if TYPE_CHECKING:
    from monitor.config import Config

OPEN = (DeliveryState.PENDING, DeliveryState.LEASED)
"""Not sent yet: nothing to send again."""

LOST = (DeliveryState.DEAD, DeliveryState.AMBIGUOUS)
"""What is meant by sending again, if nobody says more."""

WELL = (Verdict.DELIVERED, Verdict.ACCEPTED, Verdict.UNVERIFIED)
# What the service would do with an alert of its own.
_OTHERWISE = {
    Verdict.RETRY: "try it again on its schedule",
    Verdict.THROTTLED: "leave the webhook alone for a while, then try it again",
    Verdict.HELD: "keep it, and try again ever more seldom (are address and secret right?)",
    Verdict.REFUSED: "try it once more as plain text, if the kind has such, and give it up",
    Verdict.GONE: "keep it and send nothing more to this webhook until 'webhook enable'",
    Verdict.AMBIGUOUS: "send it again, so that it may arrive twice (or ask you: ambiguous)",
}


def test_lines(name: str, answer: Answer) -> Iterator[str]:
    """What came of a test alert."""
    taken = answer.verdict.value if answer.verdict in WELL else "not taken"
    yield f"{name}: {taken}: {one_line(answer.text)}"
    if answer.excerpt.strip():
        yield f"    {one_line(answer.excerpt)}"
    if otherwise := _OTHERWISE.get(answer.verdict):
        yield f"This test is over; of an alert the service would {otherwise}."


def enable_line(name: str, before: WebhookState | None, waiting: int) -> str:
    """What enabling a webhook did."""
    how = "was disabled" if before and before.disabled_at else "was not disabled"
    why = f" ({one_line(before.problem)})" if before and before.problem else ""
    return f"Webhook {name} {how}{why}; {plural(waiting, 'delivery')} due now."


def would_requeue(
    found: Sequence[Delivery], states: Mapping[str, WebhookState], now: datetime
) -> Requeued:
    """What sending these again would do."""
    names = sorted({one.webhook for one in found})
    known = [states[name] for name in names if name in states]
    return Requeued(
        queued=sum(one.state not in OPEN for one in found),
        left=sum(one.state in OPEN for one in found),
        enabled=tuple(state.webhook for state in known if state.disabled_at),
        held_until=held_until(known, now),
    )


def requeued_lines(requeued: Requeued) -> Iterator[str]:
    """What sending again did."""
    yield f"{plural(requeued.queued, 'delivery')} queued."
    if requeued.left:
        yield f"{plural(requeued.left, 'delivery')} left alone: not sent yet."
    for name in requeued.enabled:
        yield f"Webhook {name} was disabled and is enabled again."
    for name, until in requeued.held_until.items():
        yield f"Webhook {name} is held until {moment(until)}; see 'news-monitor status'."


def condition(
    entry: WebhookConfig | None, state: WebhookState | None, now: datetime
) -> tuple[str, str]:
    """How it stands, in a word or two, and as what that is coloured: good, warn, bad or none."""
    if entry is None:
        return "not configured", ""
    if not entry.enabled:
        return "switched off", ""
    if state is None:
        return "never used", ""
    if state.disabled_at:
        return "disabled", "bad"
    if state.held_until and state.held_until > now:
        return ("breaker open" if is_on_trial(state) else "held"), "warn"
    if state.failures:
        return "failing", "warn"
    return "well", "good"


def condition_lines(state: WebhookState | None, now: datetime) -> Iterator[str]:
    """Why it stands so, and until when."""
    if state is None:
        return
    problem = one_line(state.problem)
    if state.disabled_at:
        yield f"Disabled since {moment(state.disabled_at)}: {problem or 'it answered 410'}."
        yield "Nothing is sent there until somebody enables it; what waits is kept."
        return
    if state.failures:
        since = f" since {moment(state.failing_since)}" if state.failing_since else ""
        count = plural(state.failures, "attempt")
        yield f"{count} failed in a row{since}" + (f": {problem}." if problem else ".")
    if state.held_until and state.held_until > now:
        why = "the breaker is open, then one message tries" if is_on_trial(state) else "it asked so"
        yield f"Nothing is sent before {moment(state.held_until)}: {why}."


def manners(entry: WebhookConfig) -> Iterator[tuple[str, str]]:
    """How it is sent to; its address is a secret and stands nowhere."""
    policy, calm = entry.policy, entry.calm
    yield "kind", entry.kind
    yield "rate", " and ".join(map(str, policy.rate)) or "as fast as it takes them"
    if policy.connections > 1:
        yield "connections", f"{policy.connections} at the same time"
    tries = f"{len(policy.retries) + 1} attempts" if policy.give_up_after is None else "tried"
    yield "given up", f"after {tries}, {span(policy.limit)} in all"
    yield "without answer", "sent again" if policy.ambiguous == "retry" else "asks a person"
    if calm.quiet_hours:
        zone = f" ({calm.zone})" if calm.zone else " (UTC)"
        yield "quiet hours", ", ".join(calm.quiet_hours) + zone
    if calm.daily_budget:
        yield "daily budget", plural(calm.daily_budget, "message")
    if (calm.quiet_hours or calm.daily_budget) and calm.break_through in set(Severity):
        yield "breaks through", f"{calm.break_through.value} and above"


def sent_there(config: "Config", name: str) -> Iterator[tuple[str, str]]:
    """What leads to a webhook: kind of thing, and its id or words."""
    default = name in config.settings.webhooks
    for watch in config.watches.values():
        if watch.enabled and (name in watch.webhooks or (default and not watch.webhooks)):
            yield "watch", watch.id
    for route in config.routes:
        if route.webhooks is not None and name in route.webhooks:
            yield "route", f"{route.id}: {' '.join(route.matchers) or 'every alert'}"
        elif route.webhooks is None:
            yield "route", f"{route.id}: {' '.join(route.matchers)} (those of these watches)"
    if name in config.settings.health_webhooks:
        yield "health", "reports of feeds, webhooks and watches that went quiet"
