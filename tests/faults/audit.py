"""What a dead process left behind, judged on a copy: the next life does its own recovery."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from monitor.core.delivery import ATTEMPT_DEADLINE

# A row was leased at most one attempt ago, for two attempts and ten seconds.
_LEASE_LEFT = ATTEMPT_DEADLINE + timedelta(seconds=10)
_STATES = {"held", "bundled", "pending", "leased", "delivered", "accepted", "dead"}


@dataclass(frozen=True, kw_only=True)
class Left:
    """What the database of a dead process says.

    Attributes:
        leased: Deliveries that were being sent (their outcome is not known to the sender), and the
            ends of their leases.
        unseen: Delivery -> how many of its attempts are said to have ended unseen.
        resumed: Those of them that the next life has to send at once.
        delivered: Those of which it says that they arrived.
        problems: What must never be, in words.
    """

    leased: Mapping[str, str] = field(default_factory=dict)
    resumed: frozenset[str] = frozenset()
    delivered: frozenset[str] = frozenset()
    unseen: Mapping[str, int] = field(default_factory=dict)
    open: int = 0
    problems: tuple[str, ...] = ()


def audit(path: Path, webhooks: Iterable[str], now: datetime, before: Left) -> Left:
    """Look at the database of a process that ended at `now` (by its own clock).

    Args:
        before: What its predecessor left.
    """
    if not path.exists():
        return Left()
    with tempfile.TemporaryDirectory(dir=path.parents[1]) as folder:
        for suffix in ("", "-wal"):
            source = path.with_name(path.name + suffix)
            if source.exists():
                shutil.copy(source, Path(folder) / source.name)
        with closing(sqlite3.connect(Path(folder) / path.name)) as db:
            return _judge(db, set(webhooks), now, before)


def _judge(db: sqlite3.Connection, webhooks: set[str], now: datetime, before: Left) -> Left:
    problems = []
    if (answer := db.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
        problems.append(f"integrity_check: {answer[:3]}")
    if broken := db.execute("PRAGMA foreign_key_check").fetchall():
        problems.append(f"foreign_key_check: {broken[:3]}")
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'ratings'").fetchone():
        return Left(problems=tuple(problems))
    rows = db.execute(
        "SELECT id, alert_id, webhook, state, leased_until FROM deliveries"
    ).fetchall()
    if strange := {state for *_, state, _ in rows} - _STATES:
        problems.append(f"states that nothing here leads to: {strange}")
    if dead := [name for name, _, _, state, _ in rows if state == "dead"]:
        problems.append(f"{len(dead)} dead letters though everything may be tried again")
    for name, _, _, state, until in rows:
        if (state == "leased") != (until is not None):
            problems.append(f"{name} is {state} with a lease until {until}")
        elif until and before.leased.get(name) == until:
            continue  # it was not this process that took it
        elif until and datetime.fromisoformat(until) - now < _LEASE_LEFT:
            problems.append(f"the lease of {name} may end before its attempt: {until}, now {now}")
    news = db.execute("SELECT id FROM alerts WHERE kind NOT IN ('health', 'digest')").fetchall()
    addressed = {(alert, webhook) for _, alert, webhook, *_ in rows}
    if missing := [(a, w) for (a,) in news for w in webhooks if (a, w) not in addressed]:
        problems.append(f"{len(missing)} alerts have no delivery: {missing[:3]}")
    ask = db.execute("SELECT webhook, held_until FROM webhook_states WHERE held_until IS NOT NULL")
    held = {name for name, until in ask if datetime.fromisoformat(until) > now}
    unseen = db.execute(
        "SELECT delivery_id, count(*) FROM attempts WHERE verdict = 'unknown' GROUP BY delivery_id"
    ).fetchall()
    return Left(
        unseen=dict(unseen),
        resumed=frozenset(n for n, _, w, s, _ in rows if s == "leased" and w not in held),
        leased={name: until for name, _, _, state, until in rows if state == "leased"},
        delivered=frozenset(n for n, _, _, s, _ in rows if s in ("delivered", "accepted")),
        open=sum(state in ("held", "pending", "leased") for *_, state, _ in rows),
        problems=tuple(problems),
    )


def story_of(path: Path, title: str) -> list[str]:
    """What became of the items whose title begins so: for the report of a loss."""
    with closing(sqlite3.connect(path)) as db:
        ask = db.execute(
            "SELECT items.id, feed_id, items.revision, copy_of, seen_at, effective_at, title,"
            " reason, matches.alert_id, deliveries.webhook, deliveries.state FROM items"
            " LEFT JOIN matches ON matches.item_id = items.id"
            " LEFT JOIN deliveries ON deliveries.alert_id = matches.alert_id"
            " WHERE items.title LIKE ? || '%'",
            (title,),
        )
        return [" ".join(map(str, row)) for row in ask]
