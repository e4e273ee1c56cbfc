"""From an alert to outbox rows: to which webhooks, now or later, alone or together with others.

`enter` is asked when an alert is raised, `release` when something that was held is due. Both run
in the writer's transaction; what they decide is in `core.dispatch`, and every decision is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import structlog

from monitor.core import dispatch
from monitor.core.delivery import FLAWED, delivery_id
from monitor.core.dispatch import Fate, Past, Rest, Way, in_telling_order
from monitor.core.hours import day_of
from monitor.core.matchers import Labels, Matcher, all_match, labels_of, parse_all
from monitor.model import (
    Alert,
    Delivery,
    DeliveryState,
    Feed,
    Form,
    Hold,
    HoldCause,
    Inhibition,
    Route,
    Silence,
)
from monitor.ports import Combines, Digests, Unit, Webhook

log = structlog.get_logger(__name__)

_BUNDLED_AT_MOST = 500  # alerts told in one message; what is left is the next one
_NO_REST = Rest()


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """All that a configuration says about the way from an alert to a webhook.

    Attributes:
        webhooks: Name -> webhook; without the disabled ones.
        default_webhooks: Where watches send that name none themselves.
        instance: Identity of the database, part of every webhook-id.
        rests: Name of a webhook -> when it wants to be left alone.
        feeds: For the topics of an alert.
    """

    webhooks: Mapping[str, Webhook]
    default_webhooks: tuple[str, ...] = ()
    instance: str = ""
    routes: tuple[Route, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    rests: Mapping[str, Rest] = field(default_factory=dict)
    feeds: Mapping[str, Feed] = field(default_factory=dict)

    @cached_property
    def conditions(self) -> list[tuple[Route, tuple[Matcher, ...]]]:
        """The routes with their matchers."""
        return [(route, parse_all(route.matchers)) for route in self.routes]

    def labels(self, alert: Alert, webhook: str = "") -> Labels:
        """What matchers see of an alert."""
        feed = self.feeds.get(alert.feed_id)
        return labels_of(alert, sorted(feed.topics) if feed else (), webhook)

    def rest(self, webhook: str) -> Rest:
        return self.rests.get(webhook, _NO_REST)


def enter(
    unit: Unit,
    outbox: Outbox,
    alert: Alert,
    own: Sequence[str],
    now: datetime,
    *,
    paused_until: datetime | None = None,
) -> list[Delivery]:
    """Save one row for each webhook that an alert goes to, with what became of it.

    Args:
        own: Webhooks of the alert's watch; empty: the default ones.
        paused_until: Until then its story is left in peace; None: it is not.
    """
    labels = outbox.labels(alert)
    found = dispatch.ways(outbox.conditions, labels, own or outbox.default_webhooks)
    return _enter(unit, outbox, alert, found, now, paused_until)


def enter_health(
    unit: Unit, outbox: Outbox, alert: Alert, webhooks: Sequence[str], now: datetime
) -> list[Delivery]:
    """As `enter`, for an alert about ourselves: routes are for news."""
    return _enter(unit, outbox, alert, [Way(webhook=name) for name in webhooks], now)


def enter_report(
    unit: Unit, outbox: Outbox, alert: Alert, own: Sequence[str], now: datetime
) -> list[Delivery]:
    """As `enter`, for a report: routes say where it goes, but it is not gathered with others."""
    labels = outbox.labels(alert)
    found = dispatch.ways(outbox.conditions, labels, own or outbox.default_webhooks)
    ways = [Way(webhook=way.webhook) for way in found]
    return _enter(unit, outbox, alert, ways, now, form=Form.SINGLE)


def release(unit: Unit, outbox: Outbox, now: datetime) -> int:
    """Decide again on all that was held until now; returns how many messages are to be sent."""
    sent = 0
    for webhook, key in unit.due_groups(now):
        if webhook in outbox.webhooks:  # else it waits for the webhook's return
            sent += _release_group(unit, outbox, webhook, key, now)
    return sent


def _enter(
    unit: Unit,
    outbox: Outbox,
    alert: Alert,
    found: Sequence[Way],
    now: datetime,
    paused_until: datetime | None = None,
    form: Form = Form.FULL,
) -> list[Delivery]:
    rows: list[Delivery] = []
    holds: list[Hold] = []
    silences = unit.active_silences(now)
    for way in found:
        if way.webhook not in outbox.webhooks:
            continue
        row = _rendered(way.webhook, outbox, alert, lambda one, name: one.render(alert, name), now)
        row = replace(row, form=form)
        if row.state is DeliveryState.PENDING:
            key = dispatch.group_key(way.route, outbox.labels(alert, way.webhook))
            rest = outbox.rest(way.webhook)
            used = _used(unit, rest, way.webhook, now)
            past = _past(unit, outbox, alert, way.webhook, silences, used, now, key)
            fate = dispatch.paused(alert, rest, paused_until) or dispatch.entered(
                alert, way, key, rest, past, now
            )
            row = fate.applied(row, now)
            holds += _kept(fate, row.id, now)
        rows.append(row)
    unit.save_deliveries(rows)
    unit.save_holds(holds)
    return rows


def _release_group(unit: Unit, outbox: Outbox, webhook: str, key: str, now: datetime) -> int:
    rest, silences = outbox.rest(webhook), unit.active_silences(now)
    used = _used(unit, rest, webhook, now)
    moved: list[Delivery] = []
    holds: list[Hold] = []

    def settle(row: Delivery, fate: Fate, bundle: str | None = None) -> None:
        moved.append(replace(fate.applied(row, now), bundle=bundle))
        holds.extend(_kept(fate, row.id, now))

    ready: list[tuple[Delivery, Alert]] = []
    for row in unit.held_deliveries(webhook, key, _BUNDLED_AT_MOST):
        alert = unit.find_alert(row.alert_id)
        if alert is None:
            continue
        past = _past(unit, outbox, alert, webhook, silences, used, now)
        fate = dispatch.released(alert, rest, past, now)
        if fate.state is DeliveryState.PENDING:
            ready.append((row, alert))
        else:
            settle(row, fate)
    sent = 0
    chunks = _chunks(outbox.webhooks[webhook], ready)
    for number, chunk in enumerate(chunks):
        loudest = max((one.severity for _, one in chunk), key=lambda severity: severity.rank)
        if held := dispatch.gate(loudest, rest, used + sent, now):  # the budget ends in between
            for row, _ in chunk:
                settle(row, held)
            continue
        sent += 1
        if len(chunk) == 1:
            told = Fate(state=DeliveryState.PENDING, due_at=now, cause=HoldCause.RELEASED)
            settle(chunk[0][0], told)
            continue
        more = sum(map(len, chunks[number + 1 :]))
        together = _bundle(unit, outbox, webhook, key, chunk, more, now)
        told = Fate(
            state=DeliveryState.BUNDLED,
            due_at=now,
            cause=HoldCause.BUNDLED,
            text=f"told together with {len(chunk) - 1} more, as {together.id}",
            by=together.id,
        )
        for row, _ in chunk:
            settle(row, told, together.id)
    unit.move_held(moved)
    unit.save_holds(holds)
    return sent


def _used(unit: Unit, rest: Rest, webhook: str, now: datetime) -> int:
    """Messages of this local day, if somebody counts them."""
    return unit.messages_since(webhook, day_of(rest.zone, now)) if rest.calm.daily_budget else 0


def _chunks(
    kind: Webhook, ready: Sequence[tuple[Delivery, Alert]]
) -> list[list[tuple[Delivery, Alert]]]:
    """What goes into one message each: as many as the kind can name, so that none is a number."""
    in_order = {alert.id: n for n, alert in enumerate(in_telling_order(a for _, a in ready))}
    ordered = sorted(ready, key=lambda pair: in_order[pair[1].id])
    size = 1
    if isinstance(kind, Digests):
        size = max(kind.digest_at_most, 1)
    elif isinstance(kind, Combines):
        size = max(kind.combined_at_most, 1)
    return [ordered[at : at + size] for at in range(0, len(ordered), size)]


def _bundle(
    unit: Unit,
    outbox: Outbox,
    webhook: str,
    key: str,
    chunk: Sequence[tuple[Delivery, Alert]],
    more: int,
    now: datetime,
) -> Delivery:
    """One row that tells of all these.

    Args:
        more: How many are told in the messages after it.
    """
    members = [alert for _, alert in chunk]
    alert = dispatch.bundle(webhook, members, dispatch.why_together(key), now)

    def render(kind: Webhook, webhook_id: str) -> bytes:
        if isinstance(kind, Digests):
            return kind.render_digest(alert, members, webhook_id)
        assert isinstance(kind, Combines)
        return kind.combine(members, [row.id for row, _ in chunk], more)

    row = _rendered(webhook, outbox, alert, render, now)
    # Never put together once more: what it tells of would be a number.
    row = replace(row, group_key=key, released_at=now, form=Form.SINGLE)
    unit.save_alerts([alert])
    unit.save_deliveries([row])
    return row


def _past(
    unit: Unit,
    outbox: Outbox,
    alert: Alert,
    webhook: str,
    silences: Sequence[Silence],
    used: int,
    now: datetime,
    key: str = "",
) -> Past:
    """Asks only for what can matter."""
    labels = outbox.labels(alert, webhook)
    inhibitor, rule = _inhibitor(unit, outbox, alert, webhook, labels, now)
    return Past(
        silence=dispatch.silence_of(silences, labels, now),
        inhibitor=inhibitor,
        inhibited=f"inhibited by alert {inhibitor} (rule '{rule}')" if inhibitor else "",
        last_at=unit.last_message(webhook, key) if key else None,
        told=unit.told_to(webhook, alert.watch_id, alert.story_id) if key else (),
        used=used,
    )


def _inhibitor(
    unit: Unit, outbox: Outbox, alert: Alert, webhook: str, labels: Labels, now: datetime
) -> tuple[str, str]:
    """The alert and the rule by which this one is superfluous; empty: it is not."""
    for rule in outbox.inhibitions:
        if not all_match(parse_all(rule.target), labels):
            continue
        story = alert.story_id if "story" in rule.equal else None
        for one in unit.spoken_to(webhook, now - rule.lasts, story):
            if dispatch.inhibits(rule, (one, outbox.labels(one, webhook)), (alert, labels)):
                return one.id, rule.id
    return "", ""


def _kept(fate: Fate, delivery: str, now: datetime) -> list[Hold]:
    hold = fate.hold(delivery, now)
    return [] if hold is None else [hold]


def _rendered(
    name: str,
    outbox: Outbox,
    alert: Alert,
    render: Callable[[Webhook, str], bytes],
    now: datetime,
) -> Delivery:
    webhook_id = delivery_id(outbox.instance, alert.id, name)
    row = Delivery(
        id=webhook_id,
        alert_id=alert.id,
        webhook=name,
        payload=b"",
        created_at=now,
        due_at=now,
        released_at=now,
    )
    try:
        body = render(outbox.webhooks[name], webhook_id)
    except Exception as exc:  # a plugin's bug must not lose the poll
        log.exception("webhook_render_failed", webhook=name, alert=alert.id)
        problem = f"the webhook's renderer failed: {type(exc).__name__}"
        return replace(row, state=DeliveryState.DEAD, settled_at=now, problem=problem)
    # A body that is not what the configuration asked for says why, and so does its row.
    problem = getattr(body, "problem", "")
    if not problem:
        return replace(row, payload=body)
    log.warning("webhook_template_failed", webhook=name, alert=alert.id, problem=problem)
    return replace(row, payload=bytes(body), problem=FLAWED + problem)
