"""`deliveries redeliver` and `deliveries purge`: what people do to deliveries, and its record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import click

from monitor.cli import render
from monitor.cli.deliveries import deliveries
from monitor.cli.options import Chosen, archive_of, config_option, json_option, pass_chosen
from monitor.cli.selection import Selection, selection
from monitor.model import Delivery, DeliveryState
from monitor.ports import Unit
from monitor.views.actions import Requeued, requeue
from monitor.views.webhooks import OPEN, requeued_lines, would_requeue

__all__ = ["deliveries"]

_WAITING = (DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.AMBIGUOUS)
_OVER = (
    DeliveryState.DELIVERED,
    DeliveryState.ACCEPTED,
    DeliveryState.DEAD,
    DeliveryState.CANCELLED,
    DeliveryState.MUTED,
)
_LOST = (DeliveryState.DEAD.value, DeliveryState.AMBIGUOUS.value)
_REASON = "cancelled by 'news-monitor deliveries purge --cancel'"

dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Only say what would be done, and to which."
)


@deliveries.command()
@selection
@dry_run_option
@json_option("one JSON document")
@config_option
@pass_chosen
def redeliver(chosen: Chosen, /, *, dry_run: bool, as_json: bool, **asked: Any) -> None:
    """Send again what was given up, or delivered.

    Give IDs, or say which: without --state what is dead or ambiguous. The id stays the same, and
    the history tells that it was asked for. Works beside a running service. A webhook that is
    disabled is enabled.
    """
    from monitor import bootstrap

    wanted = Selection(**asked)
    wanted.refuse_all()
    if not wanted.ids and not wanted.states:
        wanted = replace(wanted, states=_LOST)
    config, now = chosen.load_to_read(uses=()), datetime.now(UTC)
    with archive_of(config) as archive:
        found = wanted.find(archive, config)
        if dry_run:
            plan = would_requeue(found, archive.webhook_states(), now)
    if dry_run:
        would = [one for one in found if one.state not in OPEN]
        _plan(plan, {"would be queued": would}, as_json=as_json)
        return
    with bootstrap.guest_store(config) as store:
        requeued = store.write(lambda unit: requeue(unit, found, now))
    if as_json:
        render.document(requeued)
        return
    for line in requeued_lines(requeued):
        render.say(line)
    if requeued.queued:
        render.say(
            "A running service sends them within a second or two; otherwise the next "
            "'news-monitor run' or 'news-monitor poll' does."
        )
    for name in sorted({one.webhook for one in found}):
        if name not in config.webhooks or not config.webhooks[name].enabled:
            render.say(f"Webhook {name} is not in the configuration, or disabled there.")


@deliveries.command()
@selection
@click.option("--cancel", is_flag=True, help="Give up what waits to be sent, too.")
@dry_run_option
@json_option("one JSON document")
@config_option
@pass_chosen
def purge(chosen: Chosen, /, *, cancel: bool, dry_run: bool, as_json: bool, **asked: Any) -> None:
    """Delete deliveries that are over, with their history.

    Give IDs, or say which. What is not delivered yet stays, unless --cancel is said: then it is
    given up and kept as cancelled. Alerts stay as they are. Works beside a running service.
    """
    from monitor import bootstrap

    wanted = Selection(**asked)
    wanted.refuse_all()
    config = chosen.load_to_read(uses=())
    with archive_of(config) as archive:
        found = wanted.find(archive, config)
    waiting = [one for one in found if one.state in _WAITING] if cancel else []
    over = [one for one in found if one.state in _OVER]
    left = len(found) - len(waiting) - len(over)
    if dry_run:
        planned = Purged(deleted=len(over), cancelled=len(waiting), left=left)
        lists = {"would be deleted": over, "would be cancelled": waiting}
        _plan(planned, lists, as_json=as_json)
        return

    def work(unit: Unit) -> Purged:
        # First: what is cancelled now is kept.
        deleted = unit.delete_settled([one.id for one in over])
        cancelled = unit.cancel([one.id for one in waiting], _REASON, datetime.now(UTC))
        return Purged(deleted=deleted, cancelled=cancelled, left=len(found) - deleted - cancelled)

    with bootstrap.guest_store(config) as store:
        purged = store.write(work)
    if as_json:
        render.document(purged)
        return
    render.say(f"{render.plural(purged.deleted, 'delivery')} deleted.")
    if purged.cancelled:
        render.say(f"{render.plural(purged.cancelled, 'delivery')} cancelled.")
    if purged.left:
        why = "being sent, or part of another message"
        why = why if cancel else f"not delivered (--cancel gives them up), {why}"
        render.say(f"{render.plural(purged.left, 'delivery')} left alone: {why}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What `purge` did, or would do.

    Attributes:
        left: Deliveries that it does not touch.
    """

    deleted: int
    cancelled: int
    left: int


def _plan(
    planned: Requeued | Purged,
    lists: Mapping[str, Sequence[Delivery]],
    *,
    as_json: bool,
) -> None:
    """What a dry run tells."""
    if as_json:
        ids = {what.replace(" ", "_"): [one.id for one in rows] for what, rows in lists.items()}
        render.document({"dry_run": True} | render.as_json(planned) | ids)
        return
    for what, rows in lists.items():
        if rows or what != "would be cancelled":
            render.say(f"{render.plural(len(rows), 'delivery')} {what}{':' if rows else '.'}")
        for one in rows:
            render.say(f"    {one.id}  {render.moment(one.created_at)}  {one.webhook}  {one.state}")
    if planned.left:
        render.say(f"{render.plural(planned.left, 'delivery')} would be left alone.")
    for name in planned.enabled if isinstance(planned, Requeued) else ():
        render.say(f"Webhook {name} is disabled and would be enabled.")
