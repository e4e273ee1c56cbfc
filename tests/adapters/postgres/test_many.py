"""Many rows at once: a few statements leave what one for each row would."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.adapters.postgres import Address, dialect
from monitor.adapters.postgres.connection import Connection, Statements

SAVE = (
    "INSERT INTO word_counts (language, items, stories) VALUES (?, ?, ?)"
    " ON CONFLICT (language) DO UPDATE SET items = word_counts.items + excluded.items,"
    " stories = max(word_counts.stories, excluded.stories)"
)
ROWS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 9), st.floats(0, 9)), max_size=150)


@pytest.fixture
def conn(postgres_url: str) -> Iterator[Connection]:
    with Address(postgres_url).connect() as opened:
        yield opened


def saved(
    conn: Connection, batches: Sequence[Sequence[tuple[str, int, float]]]
) -> list[dict[str, object]]:
    """What the table holds when each batch was saved, and how many rows that was."""
    conn.execute("DELETE FROM word_counts")
    db = Statements(conn, Address(""))
    counted = sum(db.many(SAVE, batch) for batch in batches)
    rows = conn.execute("SELECT * FROM word_counts ORDER BY language").fetchall()
    return [*rows, {"counted": counted}]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_many_rows_are_saved_as_one_by_one(conn: Connection, found: list[tuple[int, int, float]]):
    rows = [(f"language {n}", items, stories) for n, items, stories in found]

    assert saved(conn, [rows]) == saved(conn, [[row] for row in rows])


def test_only_what_inserts_plain_values_takes_several_rows():
    assert dialect.keys_of(SAVE) == (0,)
    assert dialect.keys_of("INSERT INTO a (b, c) VALUES (?, ?)") == ()
    assert dialect.keys_of("INSERT INTO a (b, c) VALUES (?, ?) ON CONFLICT DO NOTHING") is None
    assert (
        dialect.keys_of("INSERT INTO a (b) VALUES (?) ON CONFLICT (b) DO UPDATE SET b = ?") is None
    )
    assert dialect.keys_of("INSERT INTO a (b) SELECT ?") is None
    assert dialect.keys_of("DELETE FROM a WHERE b = ?") is None
    assert dialect.inserting("INSERT INTO a (b, c) VALUES (?, ?)", 2) == (
        "INSERT INTO a (b, c) VALUES ($1, $2), ($3, $4)"
    )
