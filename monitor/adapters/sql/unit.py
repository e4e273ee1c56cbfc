"""One write transaction, as the core sees it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from monitor.adapters.sql import (
    evidence,
    holding,
    inbox,
    items,
    outbox,
    reports,
    retention,
    sources,
    stories,
    threads,
)
from monitor.adapters.sql.rows import (
    FEED_STATE,
    STORY,
    WATCH_STATE,
    WEBHOOK_STATE,
    to_text,
    write_rated,
)
from monitor.adapters.sql.statements import Statements
from monitor.failpoints import failpoint
from monitor.model import (
    Alert,
    Attempt,
    Awaited,
    ClaimVerdict,
    Delivery,
    Dropped,
    Evidence,
    FeedState,
    Followed,
    GroupingMemory,
    Hold,
    Intake,
    Item,
    Judged,
    Judgement,
    Match,
    MemoryChange,
    Pruned,
    Rated,
    Reason,
    Reported,
    Severity,
    Silence,
    Story,
    StoryVerdict,
    Thread,
    Version,
    WatchState,
    WebhookState,
)

_SAVE_FEED_STATE = FEED_STATE.overwrite("feed_states", "feed_id")
_SAVE_STORY = STORY.overwrite("stories", "id")
_SAVE_WATCH_STATE = WATCH_STATE.overwrite("watch_states", "watch_id")
_SAVE_RATED = (
    "INSERT INTO ratings (alert_id, watch_id, rating, rated_at, note, item)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (alert_id) DO UPDATE SET rating = excluded.rating,"
    " rated_at = excluded.rated_at, note = excluded.note"
)
_REMEMBER = (
    "INSERT INTO meta (key, value) VALUES (?, ?)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE meta.value <> excluded.value"
)
_SAVE_WEBHOOK_STATE = WEBHOOK_STATE.overwrite("webhook_states", "webhook")


class SqlUnit:
    """Implements `ports.Unit` on the writer's connection, until the work returns."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    # --- feeds and items ---

    def feed_state(self, feed_id: str) -> FeedState | None:
        row = self._db.row("SELECT * FROM feed_states WHERE feed_id = ?", (feed_id,))
        return None if row is None else FEED_STATE.read(row)

    def save_feed_state(self, state: FeedState) -> None:
        self._db.run(_SAVE_FEED_STATE, FEED_STATE.write(state))
        failpoint("store.after_feed_state")

    def save_polled(self, state: FeedState) -> bool:
        return sources.save_polled(self._db, state)

    def save_intake(self, intake: Intake) -> None:
        inbox.save(self._db, intake)

    def intakes(self, after: int, limit: int) -> Sequence[Intake]:
        return inbox.after(self._db, after, limit)

    def drop_intake(self, intake: Intake) -> bool:
        return inbox.drop(self._db, intake)

    def find_known(self, keys: Iterable[str]) -> Mapping[str, Item | None]:
        return items.find_known(self._db, keys)

    def find_same_text(self, content_hash: str) -> Sequence[Item]:
        return items.find_same_text(self._db, content_hash)

    def find_same_title(self, title_hash: str) -> Sequence[Item]:
        return items.find_same_title(self._db, title_hash)

    def sighted(self, item_id: str, feed_id: str) -> str | None:
        return items.sighted(self._db, item_id, feed_id)

    def save_items(self, judged: Sequence[Judged]) -> None:
        items.save(self._db, judged)
        failpoint("store.after_items")

    # --- stories, matches and alerts ---

    def find_story(self, story_id: str) -> Story | None:
        row = self._db.row("SELECT * FROM stories WHERE id = ?", (story_id,))
        return None if row is None else STORY.read(row)

    def save_stories(self, stories: Sequence[Story]) -> None:
        self._db.many(_SAVE_STORY, [STORY.write(story) for story in stories])
        failpoint("store.after_stories")

    def find_item(self, item_id: str) -> Item | None:
        return items.find(self._db, item_id)

    def find_thread(self, thread_id: str) -> Thread | None:
        return stories.find_thread(self._db, thread_id)

    def save_threads(self, threads: Sequence[Thread]) -> None:
        stories.save_threads(self._db, threads)
        failpoint("store.after_threads")

    def followed(self, watch_id: str, thread_id: str) -> Followed | None:
        return stories.followed(self._db, watch_id, thread_id)

    def followed_since(self, watch_id: str, since: datetime, at_most: int) -> Sequence[Followed]:
        return stories.followed_since(self._db, watch_id, since, at_most)

    def followers(self, thread_id: str) -> Sequence[Followed]:
        return stories.followers(self._db, thread_id)

    def save_followed(self, followed: Sequence[Followed]) -> None:
        stories.save_followed(self._db, followed)

    def awaited(self, watch_id: str, thread_id: str) -> Sequence[Awaited]:
        return stories.awaited(self._db, watch_id, thread_id)

    def overdue(self, now: datetime) -> Sequence[Awaited]:
        return stories.overdue(self._db, now)

    def save_awaited(self, awaited: Sequence[Awaited]) -> None:
        stories.save_awaited(self._db, awaited)

    def merge_story(self, gone: str, kept: str) -> None:
        stories.merge_story(self._db, gone, kept)

    def merge_thread(self, gone: str, kept: str) -> None:
        stories.merge_thread(self._db, gone, kept)

    def move_items(self, item_ids: Sequence[str], story_id: str) -> int:
        return stories.move_items(self._db, item_ids, story_id)

    def move_told(self, item_ids: Sequence[str], thread_id: str, other: str) -> None:
        stories.move_told(self._db, item_ids, thread_id, other)

    def drop_followers(self, thread_id: str) -> None:
        stories.drop_followers(self._db, thread_id)

    def stories_of(self, thread_id: str) -> Sequence[Story]:
        return threads.stories_of(self._db, thread_id)

    def items_of(self, story_id: str) -> Sequence[Item]:
        return threads.items_of(self._db, story_id)

    def texts_of(self, thread_id: str) -> Sequence[tuple[Item, Sequence[Match]]]:
        return threads.texts_of(self._db, thread_id)

    def alerts_of(self, thread_id: str) -> Sequence[Alert]:
        return threads.alerts_of(self._db, thread_id)

    def verdicts(self) -> Sequence[StoryVerdict]:
        return stories.verdicts(self._db)

    def save_verdict(self, verdict: StoryVerdict) -> None:
        stories.save_verdict(self._db, verdict)

    def drop_awaited(self, watch_id: str, thread_id: str, expectation: str) -> None:
        stories.drop_awaited(self._db, watch_id, thread_id, expectation)

    def claim_verdicts(self, thread_id: str) -> Sequence[ClaimVerdict]:
        return stories.claim_verdicts(self._db, thread_id)

    def save_claim_verdict(self, verdict: ClaimVerdict) -> None:
        stories.save_claim_verdict(self._db, verdict)

    def drop_claim_verdict(self, item_id: str, revision: int) -> bool:
        return stories.drop_claim_verdict(self._db, item_id, revision)

    def memory_version(self) -> str:
        return stories.memory_version(self._db)

    def recall(self) -> GroupingMemory:
        return stories.recall(self._db)

    def memorise(self, change: MemoryChange) -> str:
        version = stories.memorise(self._db, change)
        failpoint("store.after_memory")
        return version

    def told_watches(self, item_id: str) -> frozenset[str]:
        return outbox.told_watches(self._db, item_id)

    def held_for(self, item_id: str, watch_id: str) -> Reason | None:
        return outbox.held_for(self._db, item_id, watch_id)

    def loudest(self, story_id: str, watch_id: str) -> Severity | None:
        return outbox.loudest(self._db, story_id, watch_id)

    def last_alert(self, story_id: str, watch_id: str) -> tuple[int, str] | None:
        return outbox.last_alert(self._db, story_id, watch_id)

    def save_judgements(
        self, judgements: Sequence[Judgement], versions: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        outbox.save_judgements(self._db, judgements, versions)
        failpoint("store.after_judgements")

    def save_versions(
        self, versions: Sequence[Version], lexicon: Version | None, now: datetime
    ) -> None:
        evidence.save_versions(self._db, versions, lexicon, now)

    def save_evidence(self, rows: Sequence[Evidence]) -> None:
        evidence.save(self._db, rows)
        failpoint("store.after_evidence")

    def save_dropped(self, item: Item, dropped: Sequence[Dropped], now: datetime) -> None:
        outbox.save_dropped(self._db, item, dropped, now)

    def save_alerts(self, alerts: Sequence[Alert]) -> None:
        outbox.save_alerts(self._db, alerts)
        failpoint("store.after_alerts")

    # --- deliveries ---

    def save_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        outbox.save_deliveries(self._db, deliveries)
        failpoint("store.after_deliveries")

    def due_groups(self, now: datetime) -> Sequence[tuple[str, str]]:
        return holding.due_groups(self._db, now)

    def held_deliveries(self, webhook: str, group_key: str, at_most: int) -> Sequence[Delivery]:
        return holding.held(self._db, webhook, group_key, at_most)

    def move_held(self, deliveries: Sequence[Delivery]) -> None:
        holding.move(self._db, deliveries)
        failpoint("store.after_move")

    def find_alert(self, alert_id: str) -> Alert | None:
        return holding.alert(self._db, alert_id)

    def last_message(self, webhook: str, group_key: str) -> datetime | None:
        return holding.last_message(self._db, webhook, group_key)

    def told_to(
        self, webhook: str, watch_id: str, story_id: str
    ) -> Sequence[tuple[Severity, datetime]]:
        return holding.told_to(self._db, webhook, watch_id, story_id)

    def messages_since(self, webhook: str, since: datetime) -> int:
        return holding.messages_since(self._db, webhook, since)

    def spoken_to(self, webhook: str, since: datetime, story_id: str | None) -> Sequence[Alert]:
        return holding.spoken_to(self._db, webhook, since, story_id)

    def save_holds(self, holds: Sequence[Hold]) -> None:
        holding.save_holds(self._db, holds)
        failpoint("store.after_holds")

    def active_silences(self, now: datetime) -> Sequence[Silence]:
        return holding.active_silences(self._db, now)

    def save_silence(self, silence: Silence) -> None:
        holding.save_silence(self._db, silence)

    def claim(self, webhook: str, now: datetime, until: datetime, lease: str) -> Delivery | None:
        row = outbox.claim(self._db, webhook, now, until, lease)
        failpoint("store.after_claim")
        return row

    def claim_more(
        self, webhook: str, now: datetime, until: datetime, lease: str, limit: int
    ) -> Sequence[Delivery]:
        return outbox.claim_more(self._db, webhook, now, until, lease, limit)

    def count_due(self, webhook: str, now: datetime) -> int:
        return outbox.count_due(self._db, webhook, now)

    def hold_expired(self, webhook: str, problem: str, now: datetime) -> int:
        return outbox.hold_expired(self._db, webhook, problem, now)

    def settle(self, delivery: Delivery, attempt: Attempt | None) -> bool:
        ours = outbox.settle(self._db, delivery, attempt)
        failpoint("store.after_settle")
        return ours

    def requeue(self, delivery_ids: Iterable[str], now: datetime) -> int:
        return outbox.requeue(self._db, delivery_ids, now)

    def cancel(self, delivery_ids: Iterable[str], reason: str, now: datetime) -> int:
        return outbox.cancel(self._db, delivery_ids, reason, now)

    def delete_settled(self, delivery_ids: Iterable[str]) -> int:
        return outbox.delete_settled(self._db, delivery_ids)

    def enable(self, webhook: str, now: datetime) -> WebhookState | None:
        state = self.webhook_state(webhook)
        if state is not None:
            self.save_webhook_state(WebhookState(webhook=webhook, sent=state.sent))
        outbox.make_due_for(self._db, webhook, now)
        return state

    def make_due(self, now: datetime) -> None:
        outbox.make_due(self._db, now)

    def release_leases(
        self, now: datetime, unsure: Collection[str] = (), webhook: str | None = None
    ) -> int:
        released = outbox.release_leases(self._db, now, unsure, webhook)
        failpoint("store.after_release")
        return released

    def webhook_state(self, webhook: str) -> WebhookState | None:
        row = self._db.row("SELECT * FROM webhook_states WHERE webhook = ?", (webhook,))
        return None if row is None else WEBHOOK_STATE.read(row)

    def save_webhook_state(self, state: WebhookState) -> None:
        self._db.run(_SAVE_WEBHOOK_STATE, WEBHOOK_STATE.write(state))
        failpoint("store.after_webhook_state")

    def save_watch_states(self, states: Sequence[WatchState]) -> None:
        self._db.many(_SAVE_WATCH_STATE, [WATCH_STATE.write(state) for state in states])

    def save_rated(self, rated: Rated) -> None:
        self._db.run(_SAVE_RATED, write_rated(rated))

    def delete_rated(self, alert_id: str) -> bool:
        return self._db.run("DELETE FROM ratings WHERE alert_id = ?", (alert_id,)) > 0

    def reported(self, watch_id: str) -> Reported | None:
        return reports.reported(self._db, watch_id)

    def save_reported(self, reported: Sequence[Reported]) -> None:
        reports.save_reported(self._db, reported)

    # --- housekeeping ---

    def beat(self, now: datetime, room: int = 0) -> None:
        self._db.run(
            "INSERT INTO meta (key, value) VALUES ('written_at', ?1)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (to_text(now) + " " * room,),
        )

    def remember(self, name: str, value: str) -> str:
        row = self._db.row("SELECT value FROM meta WHERE key = ?", (f"told {name}",))
        self._db.run(_REMEMBER, (f"told {name}", value))
        return row["value"] if row else ""

    def prune(
        self, items_before: datetime, dead_before: datetime, at_most: int | None = None
    ) -> Pruned:
        return retention.prune(self._db, items_before, dead_before, at_most)
