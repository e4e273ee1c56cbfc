"""What the core asks of the world. Each port raises one error class (see errors.py)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from monitor.model import (
    Alert,
    Answer,
    Attempt,
    Delivery,
    Feed,
    FeedState,
    Fetched,
    Item,
    Judged,
    Judgement,
    NotModified,
    ParsedFeed,
    Story,
)

T = TypeVar("T")


class Fetcher(Protocol):
    """Gets a feed's document."""

    def fetch(self, feed: Feed, state: FeedState, url: str) -> Fetched | NotModified:
        """Ask `url` (the feed's address or a mirror), with the state's validators if they are its own.

        Raises:
            FetchError: No complete body within the limits, or not an answer with a body.
        """
        ...


class Parser(Protocol):
    """Reads a feed's document. Hostile bodies cannot hurt the caller."""

    def parse(self, fetched: Fetched) -> ParsedFeed:
        """Entries in document order.

        Raises:
            ParseError: Not a feed, too big, too slow, or nothing in it is readable.
        """
        ...


class Webhook(Protocol):
    """One destination."""

    def render(self, alert: Alert, webhook_id: str) -> bytes:
        """The body for an alert: pure, total, within the service's limits, inert."""
        ...

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        """Make one attempt; every answer of the receiver is a return value.

        Raises:
            DeliveryError: There was no answer. The text holds no secret.
        """
        ...


class Unit(Protocol):
    """One write transaction: what is read stays true until it commits."""

    def feed_state(self, feed_id: str) -> FeedState | None: ...
    def find_known(self, keys: Iterable[str]) -> Mapping[str, Item | None]:
        """Key -> the item it belongs to. Keys never seen are absent; None: seen, but pruned since."""
        ...

    def find_copies(self, item: Item, since: datetime) -> Sequence[Item]:
        """Stored items of the same text (content hash of any revision, whenever seen) or, since
        the given moment, the same normalised title; oldest first, `item` itself excluded."""
        ...

    def told_watches(self, item_id: str) -> frozenset[str]:
        """Watches that were alerted of this item (any revision)."""
        ...

    def matched_watches(self, item_id: str) -> frozenset[str]:
        """Watches that this item matched (any revision), told or held."""
        ...

    def last_alert(self, story_id: str, watch_id: str) -> tuple[int, str] | None:
        """Sequence number and id of the story's last alert to the watch."""
        ...

    def sighted(self, item_id: str, feed_id: str) -> str | None:
        """Content hash under which this feed last showed the item; None: never."""
        ...

    def save_items(self, judged: Sequence[Judged]) -> None:
        """New items and copies, revisions with the old text kept, sightings of known ones."""
        ...

    def save_stories(self, stories: Sequence[Story]) -> None: ...
    def save_judgements(self, judgements: Sequence[Judgement]) -> None:
        """Matches with what became of them, and the alerts among them."""
        ...

    def save_alerts(self, alerts: Sequence[Alert]) -> None: ...
    def save_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """Rows that are already there (same id) are left alone."""
        ...

    def save_feed_state(self, state: FeedState) -> None: ...
    def claim(self, webhook: str, now: datetime, until: datetime, lease: str) -> Delivery | None:
        """Lease the webhook's oldest due delivery."""
        ...

    def settle(self, delivery: Delivery, attempt: Attempt | None) -> bool:
        """Save the delivery's new state if its lease is still the one on the row."""
        ...


class Store(Protocol):
    """Everything, in one place."""

    @property
    def instance(self) -> str:
        """Identity of this database, made when it was created and kept by its backups."""
        ...

    def write(self, work: Callable[[Unit], T]) -> T:
        """Run `work` in the writer thread, in one transaction; returns after the commit.

        Raises:
            StoreError: Not committed. Any exception of `work` itself passes through, rolled back.
        """
        ...

    def feed_states(self) -> Mapping[str, FeedState]: ...
    def due_webhooks(self, now: datetime) -> Sequence[str]:
        """Webhooks that have a delivery to send now."""
        ...

    def close(self) -> None: ...
