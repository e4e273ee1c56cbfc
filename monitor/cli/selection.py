"""Which deliveries a command is about: by id, or by alert, webhook, state and time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.cli.options import known, since_option, until_option
from monitor.model import Delivery, DeliveryState

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.ports import Archive

F = TypeVar("F", bound=Callable[..., Any])

ALL = 1_000_000


def selection(command: F) -> F:
    """The options of a `Selection`."""
    states = click.Choice([state.value for state in DeliveryState])
    options = (
        click.argument("ids", metavar="[ID]...", nargs=-1),
        click.option("--alert", metavar="ALERT", help="Of this alert."),
        click.option("--webhook", metavar="NAME", help="To this webhook."),
        click.option("--state", "states", multiple=True, type=states, help="In it; repeatable."),
        since_option,
        until_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a person asked for; all of it holds.

    Attributes:
        ids: Ids or beginnings of them; empty: whatever the rest says.
        states: Any of these; empty: all.
        since, until: By the moment they were made.
    """

    ids: tuple[str, ...] = ()
    alert: str | None = None
    webhook: str | None = None
    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether anything but ids is asked for."""
        return bool(self.alert or self.webhook or self.states or self.since or self.until)

    def refuse_all(self) -> None:
        """For commands that change something: nobody means everything.

        Raises:
            UsageError: Neither ids nor anything else is given, or both.
        """
        others = "--alert, --webhook, --state, --since or --until"
        if not self.ids and not self.is_narrow:
            raise click.UsageError(f"give either IDs or {others}")
        if self.ids and self.is_narrow:
            raise click.UsageError(f"{others} do not go with IDs")

    def find(self, archive: "Archive", config: "Config", limit: int = ALL) -> list[Delivery]:
        """The deliveries, newest first; those that are named in the order of their names.

        Raises:
            ClickException: An id or alert is not there, or not the only one.
            BadParameter: Neither the configuration nor the database knows the webhook.
        """
        if self.ids:
            named = {one.id: one for one in (found_by_id(archive, name) for name in self.ids)}
            return [one for one in named.values() if self._fits(one)]
        # One that was renamed or removed still has its history.
        if self.webhook and not archive.deliveries(webhook=self.webhook, limit=1):
            known(self.webhook, config.webhooks, noun="webhook", option="--webhook")
        alert_id = self._alert_id(archive)
        states: Sequence[DeliveryState | None] = [*map(DeliveryState, self.states)] or [None]
        found = [
            one
            for state in dict.fromkeys(states)
            for one in archive.deliveries(
                state=state,
                webhook=self.webhook,
                alert_id=alert_id,
                since=self.since,
                until=self.until,
                limit=limit,
            )
        ]
        if len(states) > 1:
            found.sort(key=lambda one: one.created_at, reverse=True)
        return found[:limit]

    def _fits(self, delivery: Delivery) -> bool:
        return (
            (not self.states or delivery.state in self.states)
            and self.webhook in (None, delivery.webhook)
            and (self.alert is None or delivery.alert_id.startswith(self.alert))
            and (self.since is None or delivery.created_at >= self.since)
            and (self.until is None or delivery.created_at < self.until)
        )

    def _alert_id(self, archive: "Archive") -> str | None:
        if self.alert is None:
            return None
        alert = archive.alert(self.alert)
        if alert is None:
            raise click.ClickException(
                f"there is no single alert {self.alert!r}; give its id, or more of it, "
                "from 'news-monitor alerts'"
            )
        return alert.id


def found_by_id(archive: "Archive", delivery_id: str) -> Delivery:
    """The delivery of an id, or of a beginning that only one has.

    Raises:
        ClickException: There is none, or several.
    """
    delivery = archive.delivery(delivery_id)
    if delivery is None:
        raise click.ClickException(
            f"there is no single delivery {delivery_id!r}; give its id, or more of it, "
            "from 'news-monitor deliveries list'"
        )
    return delivery
