"""`deliveries`: the outbox and its history; sending again and deleting stand in replays.py."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.alerts import tell_way
from monitor.cli.options import (
    Chosen,
    archive_of,
    config_option,
    json_option,
    limit_option,
    pass_chosen,
)
from monitor.cli.selection import Selection, found_by_id, selection
from monitor.core.inert import inert, one_line
from monitor.model import Alert, Attempt, Delivery, DeliveryState, Hold, Intervened, Verdict
from monitor.views.deliveries import shown

if TYPE_CHECKING:
    from monitor.ports import Archive

_WAITING = (DeliveryState.PENDING, DeliveryState.HELD)
_STYLES = {
    DeliveryState.DEAD: "red",
    DeliveryState.AMBIGUOUS: "yellow",
    DeliveryState.DELIVERED: "green",
}
_WORDS = {DeliveryState.LEASED: "being sent"}


@click.group()
@config_option
def deliveries() -> None:
    """List what was sent, send it again, and delete it."""


@deliveries.command("list")
@selection
@limit_option(50)
@json_option("one JSON object a line")
@config_option
@pass_chosen
def list_(chosen: Chosen, /, *, limit: int, as_json: bool, **asked: Any) -> None:
    """List deliveries, newest first.

    Those with these IDs, or all that are asked for.
    """
    config = chosen.load_to_read(uses=())
    with archive_of(config) as archive:
        found = Selection(**asked).find(archive, config, limit)
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
        render.moment(delivery.due_at) if delivery.state in _WAITING else "",
        delivery.alert_id,
        delivery.problem,
        alert.watch_id if alert else "",
        alert.title if alert else "",
    )


def _tell_short(delivery: Delivery, alert: Alert | None) -> None:
    """For a terminal of any width: a line of facts, below it what it is about."""
    tries = render.plural(delivery.attempts, "attempt")
    due = f", due {render.moment(delivery.due_at)}"
    facts = f", {tries}{due if delivery.state in _WAITING else ''}"
    when = render.moment(delivery.created_at)
    name = Text(delivery.id, style="bold")
    render.say(Text.assemble(name, f"  {when}  {delivery.webhook}  ", _state(delivery), facts))
    if alert:
        render.say(f"    {alert.watch_id}: {one_line(alert.title)}")
    if delivery.problem:
        render.say(f"    {one_line(delivery.problem)}")


def _state(delivery: Delivery) -> Text:
    return Text(_WORDS.get(delivery.state, delivery.state), style=_STYLES.get(delivery.state, ""))


@deliveries.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@json_option("one JSON document")
@config_option
@pass_chosen
def show(chosen: Chosen, *, ids: tuple[str, ...], as_json: bool) -> None:
    """Tell all of a delivery: what is sent, and its history.

    Its attempts, and what people did to it. A prefix of the ID will do.
    """
    with archive_of(chosen.load_to_read(uses=())) as archive:
        stories = [_story(archive, found_by_id(archive, one)) for one in ids]
        documents = [shown(one.delivery, archive) for one in stories if as_json]
    if as_json:
        render.document(documents if len(documents) > 1 else documents[0])
        return
    for number, one in enumerate(stories):
        if number:
            render.say()
        _tell(one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is known of a delivery.

    Attributes:
        bundle: The one that tells of it.
    """

    delivery: Delivery
    attempts: Sequence[Attempt]
    interventions: Sequence[Intervened]
    holds: Sequence[Hold]
    bundle: Delivery | None


def _story(archive: "Archive", delivery: Delivery) -> Story:
    return Story(
        delivery=delivery,
        attempts=archive.attempts(delivery.id),
        interventions=archive.interventions(delivery.id),
        holds=archive.holds(delivery.id),
        bundle=archive.delivery(delivery.bundle) if delivery.bundle else None,
    )


def _tell(
    story: Story,
) -> None:
    delivery = story.delivery
    render.say(f"Delivery {delivery.id} of alert {delivery.alert_id} to {delivery.webhook}")
    state = Text(delivery.state.value, style=_STYLES.get(delivery.state, "bold"))
    waits = delivery.state in (DeliveryState.PENDING, DeliveryState.HELD)
    when = f", due {render.second(delivery.due_at)}" if waits else ""
    render.say(Text.assemble("State: ", state, f"{when}  {one_line(delivery.problem)}".rstrip()))
    tell_way(delivery, story.holds, story.bundle)
    history: list[tuple[datetime, Attempt | Intervened]] = [
        *((one.at, one) for one in story.attempts),
        *((one.at, one) for one in story.interventions),
    ]
    for _, one in sorted(history, key=lambda pair: pair[0]):
        if isinstance(one, Attempt):
            _tell_attempt(one)
        else:
            render.say(f"{render.second(one.at)}  {one.kind.value}  it was {one_line(one.before)}")
    render.say("Payload:")
    render.say(_pretty(delivery.payload))


def _tell_attempt(attempt: Attempt) -> None:
    answer = attempt.answer
    parts = [render.second(attempt.at)]
    if answer.verdict is not Verdict.UNKNOWN:  # of which nobody knows how long it took
        parts.append(f"{attempt.took.total_seconds():.2f} s")
    parts += [answer.verdict.value, one_line(answer.text)]
    if attempt.together:
        others = render.plural(len(attempt.together), "other")
        parts.append(f"(sent together with {others}: {attempt.together[0]}...)")
    render.say("  ".join(parts))
    if answer.excerpt.strip():
        render.say(f"    {one_line(answer.excerpt)}")


def _pretty(payload: bytes) -> str:
    text = payload.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):  # not every kind sends JSON
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    return inert(text, newlines=True)
