"""The schema of every store, in steps. Tables and columns are part of the interface.

Tables are made here and nowhere else. A step that was released is never edited. It is written in
SQLite's words; what PostgreSQL makes of them is in `adapters/postgres/dialect.py`.
"""

import re
from typing import Protocol

from monitor.adapters.sql.search import FACETS
from monitor.failpoints import failpoint


class Executes(Protocol):
    """A database within the transaction of a migration."""

    def execute(self, sql: str) -> object: ...


_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE feed_states (
    feed_id TEXT PRIMARY KEY,
    due_at TEXT NOT NULL,
    url TEXT NOT NULL,
    address INTEGER NOT NULL,
    etag TEXT,
    last_modified TEXT,
    validated_url TEXT,
    body_hash TEXT,
    failures INTEGER NOT NULL,
    failing_since TEXT,
    polled_at TEXT,
    last_ok_at TEXT,
    last_new_at TEXT,
    baseline_at TEXT,
    newest_at TEXT,
    ttl_s INTEGER,
    moved_to TEXT,
    moved_count INTEGER NOT NULL,
    gap_at TEXT,
    health TEXT NOT NULL,
    problem TEXT NOT NULL,
    told TEXT NOT NULL
) STRICT;

-- arrival, not the bare rowid: VACUUM may renumber that one, and the full text index hangs on it.
-- What is long comes last: to reach a column SQLite walks through all pages of those before it.
CREATE TABLE items (
    arrival INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    feed_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    publisher TEXT NOT NULL,
    tier TEXT NOT NULL,
    authority_for TEXT NOT NULL,
    keys TEXT NOT NULL,
    guid TEXT,
    url TEXT NOT NULL,
    canonical_url TEXT NOT NULL,
    author TEXT NOT NULL,
    categories TEXT NOT NULL,
    language TEXT NOT NULL,
    country TEXT NOT NULL,
    published_at TEXT,
    effective_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    title_hash TEXT NOT NULL,
    revision INTEGER NOT NULL,
    story_id TEXT NOT NULL,
    copy_of TEXT,
    title TEXT NOT NULL,
    summary TEXT NOT NULL
) STRICT;
CREATE INDEX items_by_title ON items (title_hash) WHERE title_hash <> '';
CREATE INDEX items_by_url ON items (url) WHERE url <> '';
CREATE INDEX items_by_canonical_url ON items (canonical_url) WHERE canonical_url <> '';
CREATE INDEX items_by_seen_at ON items (seen_at);
CREATE INDEX items_by_story ON items (story_id);

-- What was seen outlives the items (no foreign keys): pruning must not make old news new.
CREATE TABLE item_keys (
    key TEXT PRIMARY KEY,
    item_id TEXT NOT NULL,
    first_seen_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE text_hashes (
    content_hash TEXT NOT NULL,
    arrival INTEGER NOT NULL,
    item_id TEXT NOT NULL,
    PRIMARY KEY (content_hash, arrival)
) STRICT, WITHOUT ROWID;

CREATE TABLE sightings (
    item_id TEXT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    feed_id TEXT NOT NULL,
    guid TEXT,
    url TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    PRIMARY KEY (item_id, feed_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE revisions (
    item_id TEXT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    url TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    title_hash TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (item_id, revision)
) STRICT;

CREATE INDEX revisions_by_title ON revisions (title_hash) WHERE title_hash <> '';

CREATE TABLE stories (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    language TEXT NOT NULL,
    first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    item_count INTEGER NOT NULL
) STRICT;
CREATE INDEX stories_by_last_seen_at ON stories (last_seen_at);

CREATE TABLE matches (
    item_id TEXT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    watch_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    score REAL NOT NULL,
    found TEXT NOT NULL,
    masked TEXT NOT NULL,
    escalations TEXT NOT NULL,
    reason TEXT NOT NULL,
    alert_id TEXT,
    made_at TEXT NOT NULL,
    PRIMARY KEY (item_id, watch_id, revision)
) STRICT;
CREATE INDEX matches_held ON matches (made_at, reason) WHERE alert_id IS NULL;

CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    reason TEXT NOT NULL,
    watch_id TEXT NOT NULL,
    watch_name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    title TEXT NOT NULL,
    snippet TEXT NOT NULL,
    url TEXT NOT NULL,
    language TEXT NOT NULL,
    item_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    story_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    supersedes TEXT,
    feed_id TEXT NOT NULL,
    feed_name TEXT NOT NULL,
    publisher TEXT NOT NULL,
    owner TEXT NOT NULL,
    tier TEXT,
    authority_for TEXT NOT NULL,
    published_at TEXT,
    seen_at TEXT,
    found TEXT NOT NULL,
    score REAL NOT NULL
) STRICT;
CREATE INDEX alerts_by_created_at ON alerts (created_at);
CREATE INDEX alerts_by_watch ON alerts (watch_id, created_at);
CREATE INDEX alerts_by_story ON alerts (story_id, watch_id, seq);
CREATE INDEX alerts_by_item ON alerts (item_id);

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    webhook TEXT NOT NULL,
    created_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    lease TEXT,
    leased_until TEXT,
    settled_at TEXT,
    problem TEXT NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (alert_id, webhook)
) STRICT;
CREATE INDEX deliveries_open ON deliveries (webhook, created_at, state, due_at, leased_until)
    WHERE state IN ('pending', 'leased');
CREATE INDEX deliveries_by_created_at ON deliveries (created_at);
CREATE INDEX deliveries_dead ON deliveries (settled_at) WHERE state = 'dead';

CREATE TABLE attempts (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    at TEXT NOT NULL,
    took_ms REAL NOT NULL,
    verdict TEXT NOT NULL,
    status INTEGER,
    text TEXT NOT NULL,
    excerpt TEXT NOT NULL,
    retry_after_s REAL,
    PRIMARY KEY (delivery_id, n)
) STRICT;

CREATE TABLE webhook_states (
    webhook TEXT PRIMARY KEY,
    held_until TEXT,
    disabled_at TEXT,
    failures INTEGER NOT NULL,
    failing_since TEXT,
    problem TEXT NOT NULL,
    told INTEGER NOT NULL
) STRICT;

-- Folded text, rowid = items.arrival (see search.py). No ranking, so no column sizes.
CREATE VIRTUAL TABLE items_fts USING fts5(
    title, summary, tokenize = 'unicode61 remove_diacritics 2', columnsize = 0
);
"""


def m001_tables(db: Executes) -> None:
    _execute(db, _TABLES)


_WAY_OF_AN_ITEM = """
CREATE TABLE drops (
    item_id TEXT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    watch_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    cause TEXT NOT NULL,
    by TEXT NOT NULL,
    found TEXT NOT NULL,
    masked TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (item_id, watch_id, revision)
) STRICT;

ALTER TABLE alerts ADD COLUMN masked TEXT NOT NULL DEFAULT '[]';

-- Of the former text; null in rows from before, where nobody knows.
ALTER TABLE revisions ADD COLUMN published_at TEXT;
ALTER TABLE revisions ADD COLUMN effective_at TEXT;

-- Whole items, without a foreign key: a judgement of a person outlives what it was made of.
CREATE TABLE ratings (
    alert_id TEXT PRIMARY KEY,
    watch_id TEXT NOT NULL,
    rating TEXT NOT NULL,
    rated_at TEXT NOT NULL,
    note TEXT NOT NULL,
    item TEXT NOT NULL
) STRICT;
CREATE INDEX ratings_by_watch ON ratings (watch_id, rated_at);

-- Since when a query is in use; told: that it finds nothing was reported.
CREATE TABLE watch_states (
    watch_id TEXT PRIMARY KEY,
    query TEXT NOT NULL,
    since TEXT NOT NULL,
    told INTEGER NOT NULL
) STRICT;
CREATE INDEX matches_by_watch ON matches (watch_id, made_at);
"""


def m002_way_of_an_item(db: Executes) -> None:
    _execute(db, _WAY_OF_AN_ITEM)


def _execute(db: Executes, script: str) -> None:
    for statement in script.split(";\n"):
        db.execute(statement)
        failpoint("migration.statement")


_MANNERS = """
ALTER TABLE feed_states ADD COLUMN due_reason TEXT NOT NULL DEFAULT 'interval';
ALTER TABLE feed_states ADD COLUMN skip_hours TEXT NOT NULL DEFAULT '[]';
ALTER TABLE feed_states ADD COLUMN skip_days TEXT NOT NULL DEFAULT '[]';
ALTER TABLE feed_states ADD COLUMN earliest_at TEXT;
ALTER TABLE feed_states ADD COLUMN body_at TEXT;
ALTER TABLE feed_states ADD COLUMN news_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed_states ADD COLUMN news_gap_s REAL;
ALTER TABLE feed_states ADD COLUMN longest_gap_s REAL;
ALTER TABLE feed_states ADD COLUMN answer_s REAL;
ALTER TABLE feed_states ADD COLUMN told_moved TEXT;
UPDATE feed_states SET due_reason = 'retry_after' WHERE health = 'throttled';
UPDATE feed_states SET due_reason = 'gone' WHERE health = 'gone';
"""


def m003_manners(db: Executes) -> None:
    for statement in _MANNERS.split(";\n"):
        db.execute(statement)


_THREADS = """
-- The service's own name of the delivered message, as JSON; empty: it gave none.
ALTER TABLE deliveries ADD COLUMN remote TEXT NOT NULL DEFAULT '';
"""


def m004_threads(db: Executes) -> None:
    db.execute(_THREADS)


_LEDGER = """
-- full, single or plain: in which shape it is sent next.
ALTER TABLE deliveries ADD COLUMN form TEXT NOT NULL DEFAULT 'full';
ALTER TABLE deliveries ADD COLUMN tried_since TEXT;

-- The ids of those in the same message, as a list.
ALTER TABLE attempts ADD COLUMN together TEXT NOT NULL DEFAULT '[]';

-- What people did to a delivery: a replay, a cancellation.
CREATE TABLE interventions (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    before TEXT NOT NULL
) STRICT;
CREATE INDEX interventions_by_delivery ON interventions (delivery_id);

-- When the last messages were answered, as far back as the webhook's rate asks.
ALTER TABLE webhook_states ADD COLUMN sent TEXT NOT NULL DEFAULT '[]';
"""


def m005_ledger(db: Executes) -> None:
    _execute(db, _LEDGER)


_HOLDING = """
ALTER TABLE alerts ADD COLUMN members TEXT NOT NULL DEFAULT '[]';
ALTER TABLE deliveries ADD COLUMN group_key TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN released_at TEXT;
ALTER TABLE deliveries ADD COLUMN bundle TEXT;
UPDATE deliveries SET released_at = created_at;
CREATE INDEX deliveries_held ON deliveries (webhook, group_key, due_at) WHERE state = 'held';
CREATE INDEX deliveries_by_group ON deliveries (webhook, group_key, released_at)
    WHERE group_key != '';
CREATE INDEX deliveries_by_release ON deliveries (webhook, released_at);
CREATE INDEX deliveries_by_bundle ON deliveries (bundle) WHERE bundle IS NOT NULL;

-- Every decision on a delivery before it was sent.
CREATE TABLE holds (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    at TEXT NOT NULL,
    cause TEXT NOT NULL,
    until TEXT,
    text TEXT NOT NULL,
    by TEXT NOT NULL,
    PRIMARY KEY (delivery_id, n)
) STRICT;
CREATE INDEX holds_by_silence ON holds (by) WHERE cause = 'silenced';

CREATE TABLE silences (
    id TEXT PRIMARY KEY,
    matchers TEXT NOT NULL,
    author TEXT NOT NULL,
    comment TEXT NOT NULL,
    created_at TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    expired_at TEXT
) STRICT;
CREATE INDEX silences_by_end ON silences (ends_at) WHERE expired_at IS NULL;
"""


def m006_holding(db: Executes) -> None:
    _execute(db, _HOLDING)


_STORIES = """
-- What is told as one: stories of several languages, and those that go on from each other.
ALTER TABLE stories ADD COLUMN thread_id TEXT NOT NULL DEFAULT '';
ALTER TABLE stories ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';
UPDATE stories SET thread_id = id;
CREATE INDEX stories_by_thread ON stories (thread_id);
ALTER TABLE alerts ADD COLUMN situation TEXT;

-- Standing, concepts and reports are JSON.
CREATE TABLE threads (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    language TEXT NOT NULL,
    first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    item_count INTEGER NOT NULL,
    standing TEXT NOT NULL,
    concepts TEXT NOT NULL,
    languages TEXT NOT NULL,
    reports TEXT NOT NULL
) STRICT;
CREATE INDEX threads_by_last_seen_at ON threads (last_seen_at);

-- What watches were told of threads.
CREATE TABLE follows (
    watch_id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    last_at TEXT NOT NULL,
    told INTEGER NOT NULL,
    told_at TEXT,
    paused_until TEXT,
    rungs TEXT NOT NULL,
    PRIMARY KEY (watch_id, thread_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX follows_by_last_at ON follows (watch_id, last_at);
CREATE INDEX follows_by_thread ON follows (thread_id);

-- What stories have to come to.
CREATE TABLE awaits (
    watch_id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    expectation TEXT NOT NULL,
    armed_at TEXT NOT NULL,
    armed_by TEXT NOT NULL,
    due_at TEXT NOT NULL,
    settled_at TEXT,
    outcome TEXT NOT NULL,
    PRIMARY KEY (watch_id, thread_id, expectation)
) STRICT, WITHOUT ROWID;
CREATE INDEX awaits_open ON awaits (due_at) WHERE settled_at IS NULL;

-- What a person said of two stories: "merge" or "split".
CREATE TABLE verdicts (
    one TEXT NOT NULL,
    two TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (one, two)
) STRICT, WITHOUT ROWID;

-- The memory of grouping, as of meta.grouping, which counts its changes.
CREATE TABLE open_stories (
    id TEXT PRIMARY KEY,
    packed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE words (
    language TEXT NOT NULL,
    word TEXT NOT NULL,
    stories REAL NOT NULL,
    recent REAL NOT NULL,
    often REAL NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (language, word)
) STRICT, WITHOUT ROWID;
CREATE TABLE word_counts (
    language TEXT PRIMARY KEY,
    items INTEGER NOT NULL,
    stories REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE prints (
    item_id TEXT PRIMARY KEY,
    days REAL NOT NULL,
    packed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX prints_by_days ON prints (days);
"""


def m007_stories(db: Executes) -> None:
    _execute(db, _STORIES)


_VOICES = """
ALTER TABLE watch_states ADD COLUMN unheard TEXT NOT NULL DEFAULT '[]';
"""


def m008_voices(db: Executes) -> None:
    _execute(db, _VOICES)


_MERGED = """
CREATE INDEX stories_merged ON stories (merged_into) WHERE merged_into <> '';
"""


def m009_merged(db: Executes) -> None:
    _execute(db, _MERGED)


_REPORTS = """
-- Up to when the stories of a watch were reported.
CREATE TABLE reports (
    watch_id TEXT PRIMARY KEY,
    since TEXT NOT NULL,
    through TEXT
) STRICT, WITHOUT ROWID;
"""


def m010_reports(db: Executes) -> None:
    _execute(db, _REPORTS)


_EVIDENCE = """
-- What the feed sent of each revision: the entry's bytes packed by zlib, empty if nobody cut the
-- document. What is long comes last.
CREATE TABLE evidence (
    item_id TEXT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    feed_id TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    asked TEXT NOT NULL,
    url TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    body_bytes INTEGER NOT NULL,
    guid TEXT,
    link TEXT,
    published TEXT,
    entry_sha256 TEXT,
    entry_bytes INTEGER,
    entry BLOB NOT NULL,
    PRIMARY KEY (item_id, revision)
) STRICT;

-- What watches and lexicon were: the id is the SHA-256 of the definition, which is JSON.
CREATE TABLE watch_versions (
    id TEXT PRIMARY KEY,
    watch_id TEXT NOT NULL,
    lexicon TEXT NOT NULL,
    definition TEXT NOT NULL,
    first_seen_at TEXT NOT NULL
) STRICT;
CREATE INDEX watch_versions_by_watch ON watch_versions (watch_id, first_seen_at);
-- Packed by zlib.
CREATE TABLE lexicon_versions (
    id TEXT PRIMARY KEY,
    first_seen_at TEXT NOT NULL,
    definition BLOB NOT NULL
) STRICT;

-- The watch's version; empty: from before they were kept.
ALTER TABLE matches ADD COLUMN version TEXT NOT NULL DEFAULT '';
"""

_LOOKED_UP = """
-- What the page asks of one feed and of one webhook.
CREATE INDEX items_by_feed ON items (feed_id, seen_at);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook, state, created_at);
"""


def m011_evidence(db: Executes) -> None:
    _execute(db, _EVIDENCE)


# Folded text and facets, rowid = items.arrival (see search.py). Written anew, for such a table
# cannot be altered: half a minute of work for a million items.
_FACETS = """
CREATE VIRTUAL TABLE items_fts_new USING fts5(
    title, summary, facets, tokenize = 'unicode61 remove_diacritics 2', columnsize = 0
);
INSERT INTO items_fts_new (rowid, title, summary, facets)
    SELECT items_fts.rowid, items_fts.title, items_fts.summary, {facets}
    FROM items_fts CROSS JOIN items ON items.arrival = items_fts.rowid ORDER BY items_fts.rowid;
DROP TABLE items_fts;
ALTER TABLE items_fts_new RENAME TO items_fts;
"""


def m012_facets(db: Executes) -> None:
    _execute(db, _FACETS.replace("{facets}", FACETS))


def m013_looked_up(db: Executes) -> None:
    _execute(db, _LOOKED_UP)


_SEVERAL_PROCESSES = """
ALTER TABLE feed_states ADD COLUMN poll_seq INTEGER NOT NULL DEFAULT 0;
-- Those that are not asked at their configured address.
CREATE INDEX feed_states_elsewhere ON feed_states (feed_id) WHERE moved_count >= 3 OR address <> 0;

-- What polls brought and nobody has judged yet. The document is packed by zlib.
CREATE TABLE inbox (
    place INTEGER PRIMARY KEY,
    feed_id TEXT NOT NULL,
    feed_name TEXT NOT NULL,
    baseline INTEGER NOT NULL,
    polled_at TEXT NOT NULL,
    source TEXT,
    document BLOB NOT NULL
) STRICT;

-- Who may work at what, by the clock of the server; a holder that is empty gave it back.
CREATE TABLE leases (
    key TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    token INTEGER NOT NULL,
    until_s REAL NOT NULL,
    since_s REAL NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE TABLE processes (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    queues TEXT NOT NULL,
    slots INTEGER NOT NULL,
    version TEXT NOT NULL,
    config TEXT NOT NULL,
    started_s REAL NOT NULL,
    seen_s REAL NOT NULL,
    skew_s REAL NOT NULL,
    trouble TEXT NOT NULL
) STRICT;
"""


def m014_several_processes(db: Executes) -> None:
    _execute(db, _SEVERAL_PROCESSES)


_GUIDS = """
ALTER TABLE feed_states ADD COLUMN guids TEXT NOT NULL DEFAULT 'trusted';
ALTER TABLE feed_states ADD COLUMN guid_doubts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed_states ADD COLUMN doubted_guid TEXT NOT NULL DEFAULT '';
ALTER TABLE feed_states ADD COLUMN doubted_times INTEGER NOT NULL DEFAULT 0;
"""


def m015_guids(db: Executes) -> None:
    _execute(db, _GUIDS)


_CLAIM_VERDICTS = """
-- What a person says that a text claims.
CREATE TABLE claim_verdicts (
    item_id TEXT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    claim TEXT NOT NULL,
    at TEXT NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (item_id, revision)
) STRICT, WITHOUT ROWID;
"""


def m016_claim_verdicts(db: Executes) -> None:
    _execute(db, _CLAIM_VERDICTS)


STEPS = (
    m001_tables,
    m002_way_of_an_item,
    m003_manners,
    m004_threads,
    m005_ledger,
    m006_holding,
    m007_stories,
    m008_voices,
    m009_merged,
    m010_reports,
    m011_evidence,
    m012_facets,
    m013_looked_up,
    m014_several_processes,
    m015_guids,
    m016_claim_verdicts,
)


class _Tables:
    """Learns from the statements which tables there are."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def execute(self, sql: str) -> None:
        self.names += _MADE.findall(sql)
        dropped, renamed = {*_DROPPED.findall(sql)}, dict(_RENAMED.findall(sql))
        self.names = [renamed.get(name, name) for name in self.names if name not in dropped]


_MADE = re.compile(r"CREATE (?:VIRTUAL )?TABLE (\w+)")
_DROPPED = re.compile(r"DROP TABLE (\w+)")
_RENAMED = re.compile(r"ALTER TABLE (\w+) RENAME TO (\w+)")


def tables() -> tuple[str, ...]:
    """All tables of the schema, those that others refer to before them."""
    made = _Tables()
    for step in STEPS:
        step(made)
    return tuple(made.names)
