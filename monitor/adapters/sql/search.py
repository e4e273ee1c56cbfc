"""Full text in any script: what is indexed.

No database takes Han, kana or Hangul apart: a run of them is one word to SQLite's tokenizers as to
PostgreSQL's, and trigrams miss words of two characters. So the index holds the folded text with
each such character as a word of its own, and a word that is looked for becomes a phrase
(core/sought.py).

Its third column holds facets of an item as words: feed, tier, language, the watches that matched
it, and year, month and day. So a filter is one more word to intersect, and of a word that is in
half of all items the newest are found month by month.
"""

from datetime import date

from monitor.core.sought import spaced as indexed

__all__ = ["FACETS", "day_word", "facet", "indexed", "month_word", "year_word"]

_EPOCH = "1970-01-01"  # what is older counts as of that day, so that there is a first year
_AT = f"max(items.effective_at, '{_EPOCH}')"

FACETS = (  # S608: names of this module's own
    "'f' || lower(hex(items.feed_id)) || ' t' || lower(hex(items.tier))"  # noqa: S608
    " || ' l' || lower(hex(CASE instr(items.language, '-') WHEN 0 THEN lower(items.language)"
    "   ELSE lower(substr(items.language, 1, instr(items.language, '-') - 1)) END))"
    f" || ' y' || substr({_AT}, 1, 4) || ' m' || substr({_AT}, 1, 4) || substr({_AT}, 6, 2)"
    f" || ' d' || substr({_AT}, 1, 4) || substr({_AT}, 6, 2) || substr({_AT}, 9, 2)"
    " || coalesce((SELECT group_concat(' w' || lower(hex(watch_id)), '')"
    "   FROM (SELECT DISTINCT watch_id FROM matches WHERE item_id = items.id"
    "     ORDER BY watch_id) AS named), '')"
)
"""Of a row of `items`, as SQL: the same for what is stored and for what a migration finds."""


def facet(kind: str, value: str | None) -> str:
    """As a word: "f" feed, "t" tier, "l" language, "w" watch; empty if there is no value."""
    return f"{kind}{value.encode().hex()}" if value else ""


def year_word(day: date) -> str:
    return f"y{day:%Y}"


def month_word(day: date) -> str:
    return f"m{day:%Y%m}"


def day_word(day: date) -> str:
    return f"d{day:%Y%m%d}"
