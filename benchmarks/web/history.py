"""A year of items to search in: the same on every machine."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.matching.texts import Texts
from monitor.adapters.sql.rows import ITEM
from monitor.adapters.sql.search import FACETS, indexed
from monitor.adapters.sqlite import SqliteStore
from monitor.model import Item, Tier

END = datetime(2026, 6, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
FEEDS = 500
RARE_FEED = "feed-rare"
WATCHES = {"few": 5_000, "many": 60, "broad": 15}
"""Watch -> of how many items it matched one."""

TENTH, HALF, OLD = "tenthword", "halfword", "oldword"
"""In every tenth item; in every second one; in a tenth of all, which are old."""

_BASE = 20_000  # texts that are made; the rest are these again, with words of their own
_CHUNK = 50_000
_TIERS = list(Tier)


def grow(path: Path, items: int) -> None:
    """Make a database with this many items, as if feeds had brought them in a year."""
    SqliteStore(path, durable=False).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(
            "PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; PRAGMA temp_store = MEMORY;"
            "CREATE TEMP TABLE base (n INTEGER PRIMARY KEY, title TEXT, summary TEXT)"
        )
        news = list(Texts().news(min(_BASE, items)))
        db.executemany(
            "INSERT INTO base VALUES (?, ?, ?)",
            ((n, indexed(one.title), indexed(one.summary)) for n, one in enumerate(news)),
        )
        insert = ITEM.insert("items", "arrival")
        for start in range(0, items, _CHUNK):
            numbers = range(start, min(start + _CHUNK, items))
            db.execute("BEGIN")
            db.executemany(insert, (_row(n, items, news[n % len(news)]) for n in numbers))
            for watch, share in WATCHES.items():
                db.executemany(
                    "INSERT INTO matches (item_id, watch_id, revision, score, found, masked,"
                    " escalations, reason, made_at) SELECT id, ?, 0, 3, '[]', '[]', '[]', 'copy',"
                    " seen_at FROM items WHERE arrival = ?",
                    ((watch, n + 1) for n in numbers if n % share == 0),
                )
            db.executemany(
                "INSERT INTO items_fts (rowid, title, summary, facets)"
                f" SELECT items.arrival, base.title || ?, base.summary, {FACETS}"
                " FROM items, base WHERE items.arrival = ? AND base.n = ?",
                ((words_of(n, items), n + 1, n % len(news)) for n in numbers),
            )
            db.execute("COMMIT")


def words_of(n: int, items: int) -> str:
    """What item number n has besides the text that it shares."""
    words = (
        TENTH if n % 10 == 0 else "",
        HALF if n % 2 else "",
        OLD if n < items // 5 and n % 2 else "",
        f"rare{n // 20}",
    )
    return " ".join(("", *(word for word in words if word)))


def _row(n: int, items: int, news: object) -> list[object]:
    at = END - YEAR * ((items - n) / items)
    feed = RARE_FEED if n % 20_011 == 7 else f"feed-{n * 7919 % FEEDS}"
    title, summary, language = (getattr(news, name) for name in ("title", "summary", "language"))
    item = Item(
        id=f"i_{n:016}",
        feed_id=feed,
        owner=feed,
        publisher=feed,
        tier=_TIERS[n * 7919 % FEEDS % len(_TIERS)],
        guid=f"tag:{feed},2026:{n}",
        url=f"http://{feed}.example/{n}",
        canonical_url=f"http://{feed}.example/{n}",
        title=title + words_of(n, items),
        summary=summary,
        language=language,
        # Some are seen days after they were published.
        effective_at=at - timedelta(minutes=n % 50 if n % 97 else 5_000),
        published_at=at,
        seen_at=at,
        content_hash=f"{n:032x}",
        title_hash=f"{n:032x}",
        story_id=f"s_{n:016}",
    )
    return [n + 1, *ITEM.write(item)]
