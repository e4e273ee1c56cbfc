"""`deliveries`: the outbox, its history, and sending again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.alerts import tell_way
from monitor.cli.options import (
    Chosen,
    archive_of,
    config_option,
    json_option,
    known,
    limit_option,
    pass_chosen,
    since_option,
)
from monitor.core.inert import inert, one_line
from monitor.model import Alert, Attempt, Delivery, DeliveryState, Hold, WebhookState
from monitor.ports import Unit

if TYPE_CHECKING:
    from monitor.adapters.sqlite import SqliteArchive
    from monitor.config import Config

_ALL = 1_000_000
_STYLES = {DeliveryState.DEAD: "red", DeliveryState.DELIVERED: "green"}
_WORDS = {DeliveryState.LEASED: "being sent"}
_SETTLED = [state.value for state in DeliveryState if state.value not in ("pending", "leased")]


@click.group()
@config_option
def deliveries() -> None:
    """List what was sent, and send it again."""


@deliveries.command("list")
@click.option("--state", type=click.Choice([s.value for s in DeliveryState]), help="In this state.")
@click.option("--webhook", metavar="NAME", help="To this webhook.")
@limit_option(50)
@json_option("one JSON object a line")
@config_option
@pass_chosen
def list_(
    chosen: Chosen, *, state: str | None, webhook: str | None, limit: int, as_json: bool
) -> None:
    """List deliveries, newest first."""
    config = chosen.load_to_read()
    with archive_of(config) as archive:
        found = archive.deliveries(
            state=DeliveryState(state) if state else None, webhook=webhook, limit=limit
        )
        _refuse_unknown(webhook, archive, config)
        alerts = {one.alert_id: archive.alert(one.alert_id) for one in found if not as_json}
    if as_json:
        for delivery in found:
            render.line(delivery)
        return
    if not found:
        render.note("No deliveries.")
        return
    if render.on_terminal():
        for delivery in found:
            _tell_short(delivery, alerts[delivery.alert_id])
        return
    render.table(_COLUMNS, (_row(delivery, alerts[delivery.alert_id]) for delivery in found))


_COLUMNS = (
    "id", "created", "webhook", "state", "attempts", "due", "alert", "problem", "watch", "headline",
)  # fmt: skip


def _row(delivery: Delivery, alert: Alert | None) -> tuple[str | int | Text, ...]:
    return (
        delivery.id,
        render.moment(delivery.created_at),
        delivery.webhook,
        delivery.state.value,  # as --state takes it
        delivery.attempts,
        render.moment(delivery.due_at) if delivery.state is DeliveryState.PENDING else "",
        delivery.alert_id,
        delivery.problem,
        alert.watch_id if alert else "",
        alert.title if alert else "",
    )


def _tell_short(delivery: Delivery, alert: Alert | None) -> None:
    """For a terminal of any width: a line of facts, below it what it is about."""
    tries = render.plural(delivery.attempts, "attempt")
    due = f", due {render.moment(delivery.due_at)}"
    facts = f", {tries}{due if delivery.state is DeliveryState.PENDING else ''}"
    when = render.moment(delivery.created_at)
    name = Text(delivery.id, style="bold")
    render.say(Text.assemble(name, f"  {when}  {delivery.webhook}  ", _state(delivery), facts))
    if alert:
        render.say(f"    {alert.watch_id}: {one_line(alert.title)}")
    if delivery.problem:
        render.say(f"    {one_line(delivery.problem)}")


def _state(delivery: Delivery) -> Text:
    return Text(_WORDS.get(delivery.state, delivery.state), style=_STYLES.get(delivery.state, ""))


def _refuse_unknown(webhook: str | None, archive: "SqliteArchive", config: "Config") -> None:
    """One that was renamed or removed still has its history.

    Raises:
        BadParameter: Neither the configuration nor the database knows the webhook.
    """
    if webhook and not archive.deliveries(webhook=webhook, limit=1):
        known(webhook, config.webhooks, noun="webhook", option="--webhook")


@deliveries.command()
@click.argument("delivery_id", metavar="ID")
@json_option("one JSON document")
@config_option
@pass_chosen
def show(chosen: Chosen, *, delivery_id: str, as_json: bool) -> None:
    """Tell all of one delivery: what is sent, and every attempt. A prefix of the ID will do."""
    with archive_of(chosen.load_to_read()) as archive:
        delivery = archive.delivery(delivery_id)
        attempts = archive.attempts(delivery.id) if delivery else ()
        holds = archive.holds(delivery.id) if delivery else ()
        bundle = archive.delivery(delivery.bundle) if delivery and delivery.bundle else None
    if delivery is None:
        raise click.ClickException(_missing(delivery_id))
    if as_json:
        history = {"holds": render.as_json(holds), "history": render.as_json(attempts)}
        render.document(render.as_json(delivery) | history)
        return
    _tell(delivery, attempts, holds, bundle)


def _tell(
    delivery: Delivery,
    attempts: Sequence[Attempt],
    holds: Sequence[Hold],
    bundle: Delivery | None,
) -> None:
    render.say(f"Delivery {delivery.id} of alert {delivery.alert_id} to {delivery.webhook}")
    state = Text(delivery.state.value, style=_STYLES.get(delivery.state, "bold"))
    waits = delivery.state in (DeliveryState.PENDING, DeliveryState.HELD)
    when = f", due {_second(delivery.due_at)}" if waits else ""
    render.say(Text.assemble("State: ", state, f"{when}  {one_line(delivery.problem)}".rstrip()))
    tell_way(delivery, holds, bundle)
    for attempt in attempts:
        answer = attempt.answer
        took = f"{attempt.took.total_seconds():.2f} s"
        parts = (_second(attempt.at), took, answer.verdict.value, one_line(answer.text))
        render.say("  ".join(parts))
        if answer.excerpt.strip():
            render.say(f"    {one_line(answer.excerpt)}")
    render.say("Payload:")
    render.say(_pretty(delivery.payload))


def _second(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def _pretty(payload: bytes) -> str:
    text = payload.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):  # not every kind sends JSON
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    return inert(text, newlines=True)


def _missing(delivery_id: str) -> str:
    return (
        f"there is no single delivery {delivery_id!r}; give its id, or more of it, "
        "from 'news-monitor deliveries list'"
    )


@deliveries.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--state", type=click.Choice(_SETTLED), help="All in this state instead of IDs.")
@click.option("--webhook", metavar="NAME", help="With --state: those to this webhook.")
@since_option
@json_option("one JSON document")
@config_option
@pass_chosen
def redeliver(
    chosen: Chosen,
    *,
    ids: tuple[str, ...],
    state: str | None,
    webhook: str | None,
    since: datetime | None,
    as_json: bool,
) -> None:
    """Send again what was given up, or delivered.

    The id stays the same. Works beside a running service. A webhook that is disabled, since it
    answered 410, is enabled.
    """
    from monitor import bootstrap

    if bool(ids) == bool(state):
        raise click.UsageError("give either IDs or --state")
    if ids and (webhook or since):
        raise click.UsageError("--webhook and --since go with --state")
    config = chosen.load_to_read()
    with archive_of(config) as archive:
        _refuse_unknown(webhook, archive, config)
        if state:
            every = archive.deliveries(state=DeliveryState(state), webhook=webhook, limit=_ALL)
            found = [one for one in every if since is None or one.created_at >= since]
        else:
            found = [_found(archive.delivery(one), one) for one in ids]
    with bootstrap.guest_store(config) as store:
        requeued = store.write(lambda unit: _requeue(unit, found, datetime.now(UTC)))
    if as_json:
        render.document(requeued)
        return
    for line in _told(requeued):
        render.say(line)
    for name in sorted({one.webhook for one in found}):
        if name not in config.webhooks or not config.webhooks[name].enabled:
            render.say(f"Webhook {name} is not in the configuration, or disabled there.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requeued:
    """What `redeliver` did.

    Attributes:
        left: Deliveries that wait to be sent as it is.
        enabled: Webhooks that were disabled until now.
        held_until: Webhook -> when it will be sent to again.
    """

    queued: int
    left: int
    enabled: tuple[str, ...]
    held_until: Mapping[str, datetime]


def _requeue(unit: Unit, found: Sequence[Delivery], now: datetime) -> Requeued:
    wanted = [one.id for one in reversed(found)]  # oldest first
    states = [unit.webhook_state(name) for name in sorted({one.webhook for one in found})]
    disabled = tuple(state.webhook for state in states if state and state.disabled_at)
    for name in disabled:
        unit.save_webhook_state(WebhookState(webhook=name))
    held = {
        state.webhook: state.held_until
        for state in states
        if state and state.held_until and state.held_until > now and not state.disabled_at
    }
    queued = unit.requeue(wanted, now)
    return Requeued(
        queued=queued, left=len(set(wanted)) - queued, enabled=disabled, held_until=held
    )


def _told(requeued: Requeued) -> Iterator[str]:
    yield f"{render.plural(requeued.queued, 'delivery')} queued."
    if requeued.left:
        yield f"{render.plural(requeued.left, 'delivery')} left alone: not sent yet."
    for name in requeued.enabled:
        yield f"Webhook {name} was disabled and is enabled again."
    for name, until in requeued.held_until.items():
        yield f"Webhook {name} is held until {render.moment(until)}; see 'news-monitor status'."
    if requeued.queued:
        yield (
            "A running service sends them within a second or two; otherwise the next "
            "'news-monitor run' or 'news-monitor poll' does."
        )


def _found(delivery: Delivery | None, asked: str) -> Delivery:
    if delivery is None:
        raise click.ClickException(_missing(asked))
    return delivery
