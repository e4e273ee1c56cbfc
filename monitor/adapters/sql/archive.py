"""The read side: its own read-only connections, never in the writer's way."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from heapq import merge
from typing import Self

from monitor.adapters.sql import (
    evidence,
    exports,
    finding,
    holding,
    inbox,
    listing,
    pasts,
    queue,
    reports,
    retention,
    sending,
    sources,
    stories,
    threads,
    watching,
)
from monitor.adapters.sql.items import FORMER, former_of
from monitor.adapters.sql.rows import (
    ALERT,
    DELIVERY,
    DROPPED,
    FEED_STATE,
    INTERVENED,
    ITEM,
    WATCH_STATE,
    WEBHOOK_STATE,
    read_attempt,
    read_judgement,
    read_rated,
    to_moment,
    to_text,
)
from monitor.adapters.sql.statements import Statements
from monitor.core.urls import canonical_url, is_http
from monitor.model import (
    Alert,
    Attempt,
    Awaited,
    Claim,
    Company,
    Delivery,
    DeliveryState,
    Dropped,
    Evidence,
    FeedState,
    Followed,
    GroupingMemory,
    Hit,
    Hold,
    Intake,
    Intervened,
    Item,
    ItemFilter,
    JudgedText,
    Judgement,
    KeptMatch,
    Known,
    Pruned,
    Queue,
    Queued,
    Rated,
    Reason,
    Reported,
    Sent,
    Sighting,
    Silence,
    Story,
    StoryVerdict,
    Thread,
    ThreadCount,
    Totals,
    Version,
    WatchPast,
    WatchState,
    WebhookState,
)
from monitor.ports import Mark, Placed, Sought

_PAGE = 1_000
# From name to name by the index of open deliveries: a backlog is not walked through.
_DUE_WEBHOOKS = (
    "WITH RECURSIVE names (webhook) AS ("
    " SELECT min(webhook) FROM deliveries WHERE state IN ('pending', 'leased') UNION ALL"
    " SELECT (SELECT min(webhook) FROM deliveries WHERE state IN ('pending', 'leased')"
    "   AND webhook > names.webhook) FROM names WHERE names.webhook IS NOT NULL)"
    " SELECT webhook FROM names WHERE webhook IS NOT NULL"
    " AND webhook NOT IN (SELECT webhook FROM webhook_states"
    "   WHERE disabled_at IS NOT NULL OR held_until > ?1)"
    " AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.webhook = names.webhook"
    "   AND state IN ('pending', 'leased')"
    "   AND CASE state WHEN 'pending' THEN due_at ELSE leased_until END <= ?1)"
    " ORDER BY webhook"
)


class SqlArchive(ABC):
    """Implements `ports.Archive` but for how the database is opened and read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def reading(self) -> AbstractContextManager[Statements]:
        """One snapshot for all statements inside."""

    @property
    def instance(self) -> str:
        """Identity of this database (see `ports.Store`)."""
        with self.reading() as db:
            (row,) = db.rows("SELECT value FROM meta WHERE key = 'instance'")
        return str(row["value"])

    def program(self) -> str:
        """Version of the program that opened it last to run on it; empty: an old one."""
        with self.reading() as db:
            row = db.row("SELECT value FROM meta WHERE key = 'program'")
        return "" if row is None else str(row["value"])

    def written_at(self) -> datetime | None:
        with self.reading() as db:
            row = db.row("SELECT value FROM meta WHERE key = 'written_at'")
        return None if row is None else to_moment(row["value"].strip())

    # --- what the timetable asks ---

    def feed_states(self) -> Mapping[str, FeedState]:
        with self.reading() as db:
            rows = db.rows("SELECT * FROM feed_states ORDER BY feed_id")
        return {row["feed_id"]: FEED_STATE.read(row) for row in rows}

    def feed_states_of(self, feed_ids: Collection[str]) -> Mapping[str, FeedState]:
        with self.reading() as db:
            return sources.states_of(db, feed_ids)

    def company(self) -> Company:
        """A database that belongs to one process has none."""
        return Company()

    def memory_version(self) -> str:
        with self.reading() as db:
            return stories.memory_version(db)

    def recall(self) -> GroupingMemory:
        with self.reading() as db:
            return stories.recall(db)

    def intakes(self, after: int, limit: int) -> Sequence[Intake]:
        with self.reading() as db:
            return inbox.after(db, after, limit)

    def webhook_states(self) -> Mapping[str, WebhookState]:
        with self.reading() as db:
            rows = db.rows("SELECT * FROM webhook_states ORDER BY webhook")
        return {row["webhook"]: WEBHOOK_STATE.read(row) for row in rows}

    def watch_states(self) -> Mapping[str, WatchState]:
        with self.reading() as db:
            rows = db.rows("SELECT * FROM watch_states ORDER BY watch_id")
        return {row["watch_id"]: WATCH_STATE.read(row) for row in rows}

    def due_webhooks(self, now: datetime) -> Sequence[str]:
        with self.reading() as db:
            rows = db.rows(_DUE_WEBHOOKS, (to_text(now),))
        return tuple(row["webhook"] for row in rows)

    # --- alerts and deliveries ---

    def alerts(
        self,
        *,
        watch: str | None = None,
        since: datetime | None = None,
        before: Mark | None = None,
        limit: int = 50,
    ) -> Sequence[Alert]:
        with self.reading() as db:
            return listing.alerts(db, watch=watch, since=since, before=before, limit=limit)

    def alerts_after(self, place: int, *, watch: str | None, limit: int) -> Sequence[Placed]:
        with self.reading() as db:
            return listing.alerts_after(db, place, watch=watch, limit=limit)

    def last_place(self) -> int:
        with self.reading() as db:
            return listing.last_place(db)

    def place_of(self, mark: Mark) -> int:
        with self.reading() as db:
            return listing.place_of(db, mark)

    def alert(self, alert_id: str) -> Alert | None:
        with self.reading() as db:
            rows = listing.begun(db, "alerts", alert_id)
        return ALERT.read(rows[0]) if len(rows) == 1 else None

    def deliveries(
        self,
        *,
        state: DeliveryState | None = None,
        states: Collection[DeliveryState] = (),
        webhook: str | None = None,
        alert_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: Mark | None = None,
        limit: int = 50,
    ) -> Sequence[Delivery]:
        with self.reading() as db:
            return listing.deliveries(
                db,
                states={*states, *([state] if state else ())},
                webhook=webhook,
                alert_id=alert_id,
                since=since,
                until=until,
                before=before,
                limit=limit,
            )

    def delivery(self, delivery_id: str) -> Delivery | None:
        with self.reading() as db:
            rows = listing.begun(db, "deliveries", delivery_id)
        return DELIVERY.read(rows[0]) if len(rows) == 1 else None

    def attempts(self, delivery_id: str) -> Sequence[Attempt]:
        with self.reading() as db:
            rows = db.rows(
                "SELECT * FROM attempts WHERE delivery_id = ? ORDER BY n", (delivery_id,)
            )
        return tuple(map(read_attempt, rows))

    def interventions(self, delivery_id: str) -> Sequence[Intervened]:
        with self.reading() as db:
            rows = db.rows(
                "SELECT * FROM interventions WHERE delivery_id = ? ORDER BY at, rowid",
                (delivery_id,),
            )
        return tuple(map(INTERVENED.read, rows))

    def holds(self, delivery_id: str) -> Sequence[Hold]:
        with self.reading() as db:
            return holding.holds(db, delivery_id)

    def queue(self) -> Sequence[Queued]:
        with self.reading() as db:
            return queue.queue(db)

    def published_at(self, alert_ids: Sequence[str]) -> Mapping[str, datetime]:
        with self.reading() as db:
            return queue.published_at(db, alert_ids)

    def silences(self) -> Sequence[Silence]:
        with self.reading() as db:
            return holding.silences(db)

    def muted_by(self, silence_id: str) -> int:
        with self.reading() as db:
            return holding.muted_by(db, silence_id)

    def has_due_groups(self, now: datetime) -> bool:
        with self.reading() as db:
            return bool(holding.due_groups(db, now))

    # --- items ---

    def item(self, key: str) -> Item | None:
        """Of several items at one address the first told, copies last."""
        with self.reading() as db:
            row = db.row("SELECT * FROM items WHERE id = ?", (key,)) or (
                db.row(
                    "SELECT * FROM items WHERE (url <> '' AND url = ?1)"
                    " OR (canonical_url <> '' AND canonical_url IN (?1, ?2))"
                    " ORDER BY copy_of IS NOT NULL, arrival LIMIT 1",
                    (key, canonical_url(key)),
                )
            )
        return None if row is None else ITEM.read(row)

    def revisions(self, item_id: str) -> Sequence[Item]:
        with self.reading() as db:
            rows = db.rows(f"{FORMER} WHERE items.id = ? ORDER BY was_revision", (item_id,))
        return tuple(map(former_of, rows))

    def judgements(self, item_id: str) -> Sequence[Judgement]:
        with self.reading() as db:
            rows = db.rows("SELECT * FROM matches WHERE item_id = ? ORDER BY rowid", (item_id,))
            told = db.rows(
                "SELECT * FROM alerts WHERE id IN (SELECT alert_id FROM matches WHERE item_id = ?)",
                (item_id,),
            )
        alerts = {row["id"]: ALERT.read(row) for row in told}
        return tuple(read_judgement(row, alerts.get(row["alert_id"])) for row in rows)

    def dropped(self, item_id: str) -> Sequence[Dropped]:
        with self.reading() as db:
            rows = db.rows(
                "SELECT * FROM drops WHERE item_id = ? ORDER BY revision, rowid", (item_id,)
            )
        return tuple(map(DROPPED.read, rows))

    # --- stories ---

    def threads(
        self,
        *,
        watch: str | None = None,
        since: datetime | None = None,
        state: Claim | None = None,
        language: str | None = None,
        every: bool = False,
        before: tuple[datetime, str] | None = None,
        limit: int = 50,
    ) -> Sequence[ThreadCount]:
        with self.reading() as db:
            if every and watch is None and state is None:
                return threads.counted_every(
                    db, since=since, language=language, before=before, limit=limit
                )
            return threads.counted(
                db,
                watch=watch,
                since=since,
                state=state,
                language=language,
                before=before,
                limit=limit,
            )

    def sent(self, thread_ids: Sequence[str]) -> Sequence[Sent]:
        with self.reading() as db:
            return threads.sent(db, thread_ids)

    def dead_letters(self) -> int:
        with self.reading() as db:
            (row,) = db.rows("SELECT count(*) AS n FROM deliveries WHERE state = 'dead'")
        return int(row["n"])

    def judged_texts(self, item_id: str) -> Sequence[JudgedText]:
        with self.reading() as db:
            return pasts.judged_texts(db, item_id)

    def deliveries_of(self, alert_ids: Sequence[str]) -> Mapping[str, Sequence[Delivery]]:
        with self.reading() as db:
            return pasts.deliveries_of(db, alert_ids)

    def outbox(
        self,
        *,
        state: DeliveryState | None = None,
        webhook: str | None = None,
        before: tuple[datetime, str] | None = None,
        limit: int = 50,
    ) -> Sequence[Delivery]:
        place = (to_text(before[0]), before[1]) if before else None
        with self.reading() as db:
            return pasts.outbox(db, state=state, webhook=webhook, before=place, limit=limit)

    def story(self, key: str) -> Story | None:
        item = self.item(key) if is_http(key) else None
        with self.reading() as db:
            return threads.find_story(db, item.story_id if item else key)

    def thread(self, thread_id: str) -> Thread | None:
        with self.reading() as db:
            return stories.find_thread(db, thread_id)

    def stories_of(self, thread_id: str) -> Sequence[Story]:
        with self.reading() as db:
            return threads.stories_of(db, thread_id)

    def items_of(self, story_id: str) -> Sequence[Item]:
        with self.reading() as db:
            return threads.items_of(db, story_id)

    def alerts_of(self, thread_id: str) -> Sequence[Alert]:
        with self.reading() as db:
            return threads.alerts_of(db, thread_id)

    def followers(self, thread_id: str) -> Sequence[Followed]:
        with self.reading() as db:
            return stories.followers(db, thread_id)

    def awaited_of(self, thread_id: str) -> Sequence[Awaited]:
        with self.reading() as db:
            return threads.awaited_of(db, thread_id)

    def verdicts(self) -> Sequence[StoryVerdict]:
        with self.reading() as db:
            return stories.verdicts(db)

    # --- more of items ---

    def search(
        self, asked: str | Sought, *, before: Mark | None = None, limit: int = 50
    ) -> Sequence[Item]:
        """All words must be in the item, each in its title or summary."""
        if isinstance(asked, str):
            if not asked.strip():
                return ()
            asked = Sought(text=asked)
        with self.reading() as db:
            return finding.search(db, asked, before, limit)

    def newest_items(
        self, *, since: datetime | None = None, before: Mark | None = None, limit: int = 50
    ) -> Sequence[Item]:
        with self.reading() as db:
            return listing.newest_items(db, since=since, before=before, limit=limit)

    def items(self, *, since: datetime | None = None, limit: int = 1000) -> Sequence[Item]:
        with self.reading() as db:
            rows = db.rows(
                "SELECT * FROM items WHERE seen_at >= ?1 AND arrival >="
                " (SELECT min(arrival) FROM items WHERE seen_at >= ?1) ORDER BY arrival LIMIT ?2",
                (_since(since), limit),
            )
        return tuple(map(ITEM.read, rows))

    def rated(self, watch: str | None = None) -> Sequence[Rated]:
        with self.reading() as db:
            rows = db.rows(
                "SELECT * FROM ratings WHERE (?1 IS NULL OR watch_id = ?1)"
                " ORDER BY rated_at, alert_id",
                (watch,),
            )
        return tuple(map(read_rated, rows))

    def recent_items(self, limit: int) -> Iterator[Item]:
        before = 2**62
        while limit > 0:
            with self.reading() as db:
                rows = db.rows(
                    "SELECT * FROM items WHERE arrival < ? ORDER BY arrival DESC LIMIT ?",
                    (before, min(_PAGE, limit)),
                )
            if not rows:
                return
            yield from map(ITEM.read, rows)
            before, limit = rows[-1]["arrival"], limit - len(rows)

    def versions(self, since: datetime | None = None) -> Iterator[Item]:
        former = self._former(since)
        return merge(former, self._present(since), key=lambda item: (item.seen_at, item.revision))

    def _former(self, since: datetime | None) -> list[Item]:
        """Texts that others took the place of since, oldest first."""
        with self.reading() as db:
            rows = db.rows(f"{FORMER} WHERE items.seen_at >= ?", (_since(since),))
        return sorted(map(former_of, rows), key=lambda item: (item.seen_at, item.revision))

    def _present(self, since: datetime | None) -> Iterator[Item]:
        """Present texts by the time they were seen, in pages: a reader holds no snapshot."""
        seen_at, arrival = _since(since), -1
        while True:
            with self.reading() as db:
                rows = db.rows(
                    "SELECT * FROM items WHERE (seen_at, arrival) > (?, ?)"
                    " ORDER BY seen_at, arrival LIMIT ?",
                    (seen_at, arrival, _PAGE),
                )
            yield from map(ITEM.read, rows)
            if len(rows) < _PAGE:
                return
            seen_at, arrival = rows[-1]["seen_at"], rows[-1]["arrival"]

    # --- exports ---

    def all_items(self, wanted: ItemFilter) -> Iterator[tuple[Item, Sequence[str]]]:
        """In pages: what takes long holds no snapshot, which would keep the log from shrinking."""
        after: int | None = -1
        while after is not None:
            with self.reading() as db:
                page, after = exports.items(db, wanted, after)
            yield from page

    def all_threads(
        self,
        *,
        watch: str | None = None,
        language: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[ThreadCount]:
        after: str | None = ""
        while after is not None:
            with self.reading() as db:
                page, after = exports.threads(db, watch, language, since, until, after)
            yield from page

    def sightings(self, item_id: str) -> Sequence[Sighting]:
        with self.reading() as db:
            return exports.sightings(db, item_id)

    def kept_matches(self, item_id: str) -> Sequence[KeptMatch]:
        with self.reading() as db:
            return tuple(evidence.matches_of(db, item_id))

    def evidence(self, item_id: str) -> Sequence[Evidence]:
        with self.reading() as db:
            return evidence.of_item(db, item_id)

    def recent_evidence(self, limit: int) -> Sequence[Evidence]:
        """Of answers that came last, the newest first; without the entries."""
        with self.reading() as db:
            return evidence.recent(db, limit)

    def watch_version(self, version: str) -> Version | None:
        with self.reading() as db:
            return evidence.watch_version(db, version)

    def lexicon_version(self, version: str) -> Version | None:
        with self.reading() as db:
            return evidence.lexicon_version(db, version)

    # --- watches ---

    def watch_days(self, watch_id: str, since: datetime) -> Mapping[date, tuple[int, int]]:
        with self.reading() as db:
            return watching.days(db, watch_id, since)

    def hits(self, watch_id: str, *, limit: int = 20) -> Sequence[Hit]:
        with self.reading() as db:
            return watching.hits(db, watch_id, limit)

    def publishers(self, watch_id: str, *, at_most: int = 1000) -> Mapping[str, int]:
        with self.reading() as db:
            return watching.publishers(db, watch_id, at_most)

    # --- webhooks ---

    def queues(self) -> Mapping[str, Mapping[DeliveryState, Queue]]:
        with self.reading() as db:
            return sending.queues(db)

    def deliveries_to(
        self,
        webhook: str,
        *,
        state: DeliveryState | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Sequence[Delivery]:
        with self.reading() as db:
            return sending.deliveries(db, webhook, state, after, limit)

    def ways(self, since: datetime) -> Mapping[str, Sequence[str]]:
        with self.reading() as db:
            return sending.ways(db, since)

    def attempts_at(self, webhook: str, *, limit: int = 20) -> Sequence[Attempt]:
        with self.reading() as db:
            return sending.attempts(db, webhook, limit)

    # --- feeds ---

    def feed_days(
        self, feed_ids: Collection[str], since: datetime
    ) -> Mapping[str, Mapping[date, int]]:
        with self.reading() as db:
            return sources.days(db, feed_ids, since)

    def feed_hours(self, feed_id: str, since: datetime) -> Mapping[int, int]:
        with self.reading() as db:
            return sources.hours(db, feed_id, since)

    def feed_items(self, feed_id: str, *, limit: int = 20) -> Sequence[Item]:
        with self.reading() as db:
            return sources.items(db, feed_id, limit)

    # --- reports ---

    def past(self, watch_id: str, since: datetime, until: datetime) -> WatchPast:
        with self.reading() as db:
            return reports.past(db, watch_id, since, until)

    def reported(self) -> Sequence[Reported]:
        with self.reading() as db:
            return reports.all_reported(db)

    # --- counts ---

    def totals(self) -> Totals:
        with self.reading() as db:
            states = db.rows(
                "SELECT state, count(*) AS count FROM deliveries GROUP BY state ORDER BY state"
            )
            (row,) = db.rows(
                "SELECT (SELECT count(*) FROM items) AS items,"
                " (SELECT count(*) FROM revisions) AS revisions,"
                " (SELECT count(*) FROM items WHERE copy_of IS NOT NULL) AS copies,"
                " (SELECT count(*) FROM matches) AS matches,"
                " (SELECT count(*) FROM alerts WHERE kind <> 'digest') AS alerts,"
                " (SELECT min(created_at) FROM deliveries INDEXED BY deliveries_open"
                "   WHERE state IN ('pending', 'leased')) AS oldest_pending_at,"
                " (SELECT min(seen_at) FROM items) AS first_seen_at,"
                " (SELECT max(seen_at) FROM items) AS last_seen_at"
            )
        return Totals(
            items=row["items"],
            revisions=row["revisions"],
            copies=row["copies"],
            matches=row["matches"],
            alerts=row["alerts"],
            deliveries={DeliveryState(one["state"]): one["count"] for one in states},
            oldest_pending_at=_moment(row["oldest_pending_at"]),
            first_seen_at=_moment(row["first_seen_at"]),
            last_seen_at=_moment(row["last_seen_at"]),
        )

    def seen_since(self, count: int) -> datetime | None:
        with self.reading() as db:
            row = db.row(
                "SELECT seen_at FROM items ORDER BY seen_at DESC LIMIT 1 OFFSET ?", (count,)
            )
        return None if row is None else to_moment(row["seen_at"])

    def days_seen(self, since: datetime) -> int:
        with self.reading() as db:
            (row,) = db.rows(
                "SELECT count(DISTINCT substr(seen_at, 1, 10)) AS n FROM items WHERE seen_at >= ?",
                (to_text(since),),
            )
        return int(row["n"])

    def prunable(self, items_before: datetime, dead_before: datetime) -> Pruned:
        with self.reading() as db:
            return retention.prunable(db, items_before, dead_before)

    def known(self) -> Known:
        with self.reading() as db:
            return retention.known(db)

    def last_matches(self) -> Mapping[str, datetime]:
        with self.reading() as db:
            rows = db.rows("SELECT watch_id, max(made_at) AS at FROM matches GROUP BY watch_id")
        return {row["watch_id"]: to_moment(row["at"]) for row in rows}

    def match_counts(self, since: datetime) -> Mapping[str, int]:
        with self.reading() as db:
            rows = db.rows(
                "SELECT watch_id, count(*) AS count FROM matches WHERE made_at >= ?"
                " GROUP BY watch_id",
                (to_text(since),),
            )
        return {row["watch_id"]: row["count"] for row in rows}

    def held(self, since: datetime | None = None) -> Mapping[Reason, int]:
        with self.reading() as db:
            rows = db.rows(
                "SELECT reason, count(*) AS count FROM matches"
                " WHERE alert_id IS NULL AND made_at >= ? GROUP BY reason ORDER BY reason",
                (_since(since),),
            )
        return {Reason(row["reason"]): row["count"] for row in rows}


def _since(since: datetime | None) -> str:
    return "" if since is None else to_text(since)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else to_moment(text)
