"""Items by words and filters, newest first, at a price that hardly grows with what is stored.

What is found sparsely is fetched whole and sorted. What is found often is taken year by year,
month by month or day by day, the newest first, until a page is full: an answer looks at some
thousand items, unless a single day has more.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, timedelta

from monitor.adapters.sql.rows import ITEM, to_json, to_moment, to_text
from monitor.adapters.sql.search import day_word, facet, month_word, year_word
from monitor.adapters.sql.statements import Statements
from monitor.core.sought import sought
from monitor.model import Item
from monitor.ports import Mark, Sought

MANY = 1_000  # items that are fetched and sorted without asking again
_FIRST = date(1970, 1, 1)
_LAST = "\U0010ffff"

# Twice: else the texts of all that is found would be sorted along.
_NEWEST = (
    "SELECT * FROM items WHERE arrival IN"
    " (SELECT arrival FROM items"
    "   WHERE arrival IN (SELECT CAST(value AS INTEGER) FROM json_each(?1))"
    "   AND effective_at >= ?2 AND effective_at < ?3 AND (effective_at, arrival) < (?4, ?5)"
    "   ORDER BY effective_at DESC, arrival DESC LIMIT ?6)"
    " ORDER BY effective_at DESC, arrival DESC"
)
_ARRIVAL = "SELECT arrival FROM items WHERE id = ?"


def search(
    db: Statements,
    asked: Sought,
    before: Mark | None,
    limit: int,
    *,
    many: int = MANY,
) -> Sequence[Item]:
    """What is asked for behind `before`; `many` decides how it is looked for alone."""
    words = sought(asked.text)
    if asked.text.strip() and not words:
        return ()
    language = asked.language.partition("-")[0].lower() if asked.language else None
    named = {"f": asked.feed, "t": asked.tier, "l": language, "w": asked.watch}
    facets = [facet(kind, value) for kind, value in named.items() if value]
    place = _place(db, before)
    bounds = (
        "" if asked.since is None else to_text(asked.since),
        _LAST if asked.until is None else to_text(asked.until),
        *place,
    )

    def hits(word: str) -> list[int] | None:
        """Within a stretch of time, or all; None: they are too many."""
        found = db.hits(words, [*facets, word] if word else facets, many + 1)
        return found if len(found) <= many else None

    def of_day(word: str) -> list[int]:
        return db.hits(words, [*facets, word])

    found: list[Item] = []
    for part in _parts(_days(db, asked, before), hits, of_day, whole=bool(words or facets)):
        found += _read(db, part, bounds, limit - len(found))
        if len(found) >= limit:
            break
    return tuple(found)


def _parts(
    days: tuple[date, date],
    hits: Callable[[str], list[int] | None],
    of_day: Callable[[str], list[int]],
    *,
    whole: bool,
) -> Iterator[list[int]]:
    """Arrivals of what is found: all at once, or by stretches of time, the newest first.

    Args:
        whole: Something narrows it down, so that all at once may be few.
    """
    if whole and (all_of_it := hits("")) is not None:
        yield all_of_it
        return
    first, last = days
    for year in range(last.year, first.year - 1, -1):
        if (of_year := hits(year_word(date(year, 1, 1)))) is not None:
            yield of_year
            continue
        for start, end in _months(year):
            if start > last or end <= first:
                continue
            if (of_month := hits(month_word(start))) is not None:
                yield of_month
                continue
            for number in range((end - start).days - 1, -1, -1):
                day = start + timedelta(days=number)
                if first <= day <= last:
                    yield of_day(day_word(day))


def _months(year: int) -> Iterator[tuple[date, date]]:
    """First day of each, and of the next one; the last month first."""
    for month in range(12, 0, -1):
        start = date(year, month, 1)
        yield start, (start + timedelta(days=31)).replace(day=1)


def _days(db: Statements, asked: Sought, before: Mark | None) -> tuple[date, date]:
    """From which to which day there may be anything. No item is newer than when it was seen."""
    row = db.row("SELECT max(seen_at) AS at FROM items")
    newest = to_moment(row["at"]).date() if row and row["at"] else _FIRST
    ends = [date(newest.year + 1, 12, 31)]
    ends += [one.astimezone(UTC).date() for one in (asked.until, before and before.at) if one]
    first = asked.since.astimezone(UTC).date() if asked.since else _FIRST
    return max(first, _FIRST), max(min(ends), _FIRST)


def _place(db: Statements, before: Mark | None) -> tuple[str, int]:
    """What the page is behind; of an item that is gone the moment."""
    if before is None:
        return _LAST, 0
    row = db.row(_ARRIVAL, (before.id,))
    return to_text(before.at), int(row["arrival"]) if row else 2**62


def _read(
    db: Statements, arrivals: list[int], bounds: tuple[object, ...], limit: int
) -> Sequence[Item]:
    if not arrivals:
        return ()
    rows = db.rows(_NEWEST, (to_json(arrivals), *bounds, limit))
    return tuple(map(ITEM.read, rows))
