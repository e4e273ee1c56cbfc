"""Bugs of peers and prototypes, to be sown into the daemon: what misses one proves nothing.

Each is a small change to the living program, made before it starts; nothing of it is shipped.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from monitor import courier, ledger, poller
from monitor.adapters.sql.unit import SqlUnit
from monitor.adapters.webhooks import post
from monitor.adapters.webhooks.standard import StandardWebhook
from monitor.core import feed_state
from monitor.model import Answer, DeliveryState, Verdict


def two_transactions() -> None:
    """Items and alerts are committed before their deliveries."""
    save_deliveries: Any = SqlUnit.save_deliveries

    def late(unit: SqlUnit, deliveries: Any) -> None:
        connection: Any = unit._db._conn  # type: ignore[attr-defined]
        for statement in ("COMMIT", "BEGIN IMMEDIATE", "SAVEPOINT work"):
            connection.execute(statement)
        save_deliveries(unit, deliveries)

    SqlUnit.save_deliveries = late  # type: ignore[method-assign, assignment]


def mark_before_send() -> None:
    """A delivery is settled as delivered, then sent."""
    attempt: Any = courier.Courier._attempt

    def marked(self: Any, turn: Any, load: Any, **more: Any) -> Any:
        at = self._now()
        done = [
            replace(row, state=DeliveryState.DELIVERED, attempts=row.attempts + 1, settled_at=at)
            for row in load.rows
        ]
        self._store.write(lambda unit: [unit.settle(row, None) for row in done])
        return attempt(self, turn, load, **more)

    courier.Courier._attempt = marked  # type: ignore[method-assign]


def validators_before_items() -> None:
    """What the server said of its document is kept before the document."""
    brought: Any = poller.Poller._brought

    def early(
        self: Any, feed: Any, state: Any, fetched: Any, asked: Any, body_hash: Any, document: Any
    ) -> Any:
        known = replace(state, etag=fetched.etag, validated_url=asked, body_hash=body_hash)
        self._store.write(lambda unit: unit.save_feed_state(known))
        return brought(self, feed, state, fetched, asked, body_hash, document)

    poller.Poller._brought = early  # type: ignore[method-assign]


def validators_after_truncated_body() -> None:
    """Half a document counts as the whole."""
    parsed: Any = feed_state.parsed

    def gullible(*arguments: Any) -> Any:
        *before, document, judged, now, due_at = arguments
        return parsed(*before, replace(document, complete=True), judged, now, due_at)

    feed_state.parsed = gullible  # type: ignore[assignment]


def lease_too_short() -> None:
    """A lease may end while its attempt is under way."""
    ledger.LEASE = timedelta(seconds=5)  # type: ignore[attr-defined]
    courier._outlasts = lambda *_: True


def no_lease_release() -> None:
    """What a dead instance was sending waits until its lease ends."""
    SqlUnit.release_leases = lambda *_: 0  # type: ignore[method-assign]


def random_webhook_id() -> None:
    """Each attempt carries an id of its own."""
    send: Any = StandardWebhook.send

    def anew(self: Any, delivery: Any, now: Any) -> Answer:
        return send(self, replace(delivery, id=f"msg_{uuid4().hex}"), now)  # type: ignore[no-any-return]

    StandardWebhook.send = anew  # type: ignore[method-assign]


def too_many_requests_is_permanent() -> None:
    """429 makes a dead letter."""
    verdict = post.verdict  # type: ignore[attr-defined]
    post.verdict = (  # type: ignore[attr-defined]
        lambda status: Verdict.REFUSED if status == 429 else verdict(status)
    )


SEEDS: dict[str, Callable[[], None]] = {
    bug.__name__: bug
    for bug in (
        two_transactions,
        mark_before_send,
        validators_before_items,
        validators_after_truncated_body,
        lease_too_short,
        no_lease_release,
        random_webhook_id,
        too_many_requests_is_permanent,
    )
}


def sow(name: str) -> None:
    SEEDS[name]()
