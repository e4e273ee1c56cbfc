"""Stories in the tables: threads, what watches were told of them, and the memory of grouping."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from secrets import token_hex

from monitor.adapters.sql.rows import AWAITED, CLAIM_VERDICT, FOLLOWED, THREAD, to_text
from monitor.adapters.sql.statements import Statements
from monitor.model import (
    Awaited,
    ClaimVerdict,
    Followed,
    GroupingMemory,
    MemoryChange,
    StoryVerdict,
    Thread,
)

_SAVE_THREAD = THREAD.overwrite("threads", "id")
_SAVE_FOLLOWED = FOLLOWED.overwrite("follows", "watch_id", "thread_id")
_SAVE_CLAIM_VERDICT = CLAIM_VERDICT.overwrite("claim_verdicts", "item_id", "revision")
_SAVE_AWAITED = AWAITED.overwrite("awaits", "watch_id", "thread_id", "expectation")
_VERSION = "grouping"


def find_thread(db: Statements, thread_id: str) -> Thread | None:
    row = db.row("SELECT * FROM threads WHERE id = ?", (thread_id,))
    return None if row is None else THREAD.read(row)


def save_threads(db: Statements, threads: Iterable[Thread]) -> None:
    db.many(_SAVE_THREAD, [THREAD.write(one) for one in threads])


def followed(db: Statements, watch_id: str, thread_id: str) -> Followed | None:
    row = db.row(
        "SELECT * FROM follows WHERE watch_id = ? AND thread_id = ?", (watch_id, thread_id)
    )
    return None if row is None else FOLLOWED.read(row)


def followed_since(
    db: Statements, watch_id: str, since: datetime, at_most: int
) -> Sequence[Followed]:
    rows = db.rows(
        "SELECT * FROM follows WHERE watch_id = ? AND last_at >= ? ORDER BY last_at DESC LIMIT ?",
        (watch_id, to_text(since), at_most),
    )
    return tuple(map(FOLLOWED.read, rows))


def followers(db: Statements, thread_id: str) -> Sequence[Followed]:
    rows = db.rows("SELECT * FROM follows WHERE thread_id = ? ORDER BY watch_id", (thread_id,))
    return tuple(map(FOLLOWED.read, rows))


def save_followed(db: Statements, followed: Iterable[Followed]) -> None:
    db.many(_SAVE_FOLLOWED, [FOLLOWED.write(one) for one in followed])


def awaited(db: Statements, watch_id: str, thread_id: str) -> Sequence[Awaited]:
    rows = db.rows(
        "SELECT * FROM awaits WHERE watch_id = ? AND thread_id = ?", (watch_id, thread_id)
    )
    return tuple(map(AWAITED.read, rows))


def overdue(db: Statements, now: datetime) -> Sequence[Awaited]:
    rows = db.rows(
        "SELECT * FROM awaits WHERE settled_at IS NULL AND due_at <= ? ORDER BY due_at",
        (to_text(now),),
    )
    return tuple(map(AWAITED.read, rows))


def save_awaited(db: Statements, awaited: Iterable[Awaited]) -> None:
    db.many(_SAVE_AWAITED, [AWAITED.write(one) for one in awaited])


def drop_awaited(db: Statements, watch_id: str, thread_id: str, expectation: str) -> None:
    db.run(
        "DELETE FROM awaits WHERE watch_id = ? AND thread_id = ? AND expectation = ?",
        (watch_id, thread_id, expectation),
    )


def merge_story(db: Statements, gone: str, kept: str) -> None:
    """All that pointed to a story points to another one."""
    db.run("UPDATE stories SET merged_into = ?1 WHERE id = ?2 AND id <> ?1", (kept, gone))
    db.run(
        # The second condition lets SQLite use the index.
        "UPDATE stories SET merged_into = ? WHERE merged_into = ? AND merged_into <> ''",
        (kept, gone),
    )
    db.run("UPDATE items SET story_id = ? WHERE story_id = ?", (kept, gone))
    db.run(
        "UPDATE stories SET item_count = (SELECT count(*) FROM items WHERE story_id = ?1),"
        " first_seen_at = (SELECT min(first_seen_at) FROM stories WHERE id IN (?1, ?2)),"
        " last_seen_at = (SELECT max(last_seen_at) FROM stories WHERE id IN (?1, ?2))"
        " WHERE id = ?1",
        (kept, gone),
    )
    _keep_apart(db, gone, kept)


def _keep_apart(db: Statements, gone: str, kept: str) -> None:
    """What a person told from a story is told from the one that it became."""
    for verdict in verdicts(db):
        if verdict.kind != "split" or gone not in (verdict.one, verdict.two):
            continue
        db.run("DELETE FROM verdicts WHERE one = ? AND two = ?", (verdict.one, verdict.two))
        other = verdict.two if verdict.one == gone else verdict.one
        if other != kept:
            one, two = sorted((other, kept))
            save_verdict(db, replace(verdict, one=one, two=two))


def merge_thread(db: Statements, gone: str, kept: str) -> None:
    db.run("UPDATE stories SET thread_id = ? WHERE thread_id = ?", (kept, gone))
    db.run("UPDATE alerts SET story_id = ? WHERE story_id = ?", (kept, gone))
    drop_followers(db, gone)
    db.run("DELETE FROM threads WHERE id = ?", (gone,))
    db.run(
        "UPDATE awaits SET thread_id = ?1 WHERE thread_id = ?2 AND NOT EXISTS ("
        " SELECT 1 FROM awaits AS kept WHERE kept.thread_id = ?1"
        " AND kept.watch_id = awaits.watch_id AND kept.expectation = awaits.expectation)",
        (kept, gone),
    )
    db.run("DELETE FROM awaits WHERE thread_id = ?", (gone,))


def drop_followers(db: Statements, thread_id: str) -> None:
    db.run("DELETE FROM follows WHERE thread_id = ?", (thread_id,))


def move_items(db: Statements, item_ids: Sequence[str], story_id: str) -> int:
    return db.many(
        "UPDATE items SET story_id = ?1 WHERE story_id = (SELECT story_id FROM items WHERE id = ?2)"
        " AND (id = ?2 OR copy_of = ?2)",
        [(story_id, item_id) for item_id in item_ids],
    )


def move_told(db: Statements, item_ids: Sequence[str], thread_id: str, other: str) -> None:
    moved = [(other, item_id, thread_id) for item_id in item_ids]
    db.many("UPDATE alerts SET story_id = ? WHERE item_id = ? AND story_id = ?", moved)
    db.many("UPDATE awaits SET thread_id = ? WHERE armed_by = ? AND thread_id = ?", moved)


def verdicts(db: Statements) -> Sequence[StoryVerdict]:
    return tuple(
        StoryVerdict(
            one=row["one"],
            two=row["two"],
            kind=row["kind"],
            at=datetime.fromisoformat(row["at"]),
            author=row["author"],
        )
        for row in db.rows("SELECT * FROM verdicts ORDER BY at, one, two")
    )


def save_verdict(db: Statements, verdict: StoryVerdict) -> None:
    db.run(
        "INSERT INTO verdicts (one, two, kind, at, author) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (one, two) DO UPDATE SET kind = excluded.kind, at = excluded.at,"
        " author = excluded.author",
        (verdict.one, verdict.two, verdict.kind, to_text(verdict.at), verdict.author),
    )


def claim_verdicts(db: Statements, thread_id: str) -> Sequence[ClaimVerdict]:
    rows = db.rows(
        "SELECT claim_verdicts.* FROM claim_verdicts JOIN items ON items.id = item_id"
        " JOIN stories ON stories.id = items.story_id WHERE stories.thread_id = ?"
        " ORDER BY item_id, claim_verdicts.revision",
        (thread_id,),
    )
    return tuple(map(CLAIM_VERDICT.read, rows))


def save_claim_verdict(db: Statements, verdict: ClaimVerdict) -> None:
    db.run(_SAVE_CLAIM_VERDICT, tuple(CLAIM_VERDICT.write(verdict)))


def drop_claim_verdict(db: Statements, item_id: str, revision: int) -> bool:
    said = (item_id, revision)
    return db.run("DELETE FROM claim_verdicts WHERE item_id = ? AND revision = ?", said) > 0


# --- the memory of grouping ---


def memory_version(db: Statements) -> str:
    row = db.row("SELECT value FROM meta WHERE key = ?", (_VERSION,))
    return "" if row is None else str(row["value"])


def recall(db: Statements) -> GroupingMemory:
    return GroupingMemory(
        version=memory_version(db),
        stories=tuple(row["packed"] for row in db.rows("SELECT packed FROM open_stories")),
        words=tuple(
            (row["language"], row["word"], row["stories"], row["recent"], row["often"], row["at"])
            for row in db.rows("SELECT * FROM words")
        ),
        counts={
            row["language"]: (row["items"], row["stories"])
            for row in db.rows("SELECT * FROM word_counts")
        },
        prints=tuple(row["packed"] for row in db.rows("SELECT packed FROM prints ORDER BY days")),
        verdicts=tuple(verdicts(db)),
    )


def memorise(db: Statements, change: MemoryChange) -> str:
    """Returns the new version: a name that no other change has."""
    db.many(
        "INSERT INTO open_stories (id, packed) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET packed = excluded.packed",
        change.stories,
    )
    db.many("DELETE FROM open_stories WHERE id = ?", [(one,) for one in change.closed])
    db.many(
        "INSERT INTO words (language, word, stories, recent, often, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (language, word) DO UPDATE SET stories = excluded.stories,"
        " recent = excluded.recent, often = excluded.often, at = excluded.at",
        change.words,
    )
    db.many("DELETE FROM words WHERE language = ? AND word = ?", change.forgotten)
    db.many(
        "INSERT INTO word_counts (language, items, stories) VALUES (?, ?, ?)"
        " ON CONFLICT (language) DO UPDATE SET items = excluded.items, stories = excluded.stories",
        change.counts,
    )
    db.many(
        "INSERT INTO prints (item_id, days, packed) VALUES (?, ?, ?)"
        " ON CONFLICT (item_id) DO UPDATE SET days = excluded.days, packed = excluded.packed",
        change.prints,
    )
    db.run("DELETE FROM prints WHERE days < ?", (change.prints_since,))
    return touch(db)


def touch(db: Statements) -> str:
    """Whoever holds the memory has to read it again."""
    version = token_hex(8)
    db.run(
        "INSERT INTO meta (key, value) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (_VERSION, version),
    )
    return version
