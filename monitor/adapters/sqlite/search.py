"""What a person looks for as a query of FTS5."""

from collections.abc import Sequence

from monitor.core.sought import BEGINNING, sought


def as_query(text: str) -> str:
    """Items that hold every word; empty if there is no word in the text.

    Quoted words are never syntax, and folding leaves nothing but letters and digits of them; the
    `*` of a word that is the beginning of one stands behind the quotes.
    """
    return _all(sought(text))


def query(words: Sequence[str], facets: Sequence[str]) -> str:
    """Items with all of these words, in title or summary, and all of these facets."""
    parts = (
        f"{{title summary}} : ({_all(words)})" if words else "",
        f"facets : ({_all(facets)})" if facets else "",
    )
    return " AND ".join(part for part in parts if part)


def _all(words: Sequence[str]) -> str:
    return " AND ".join(map(_phrase, words))


def _phrase(word: str) -> str:
    stem = word.removesuffix(BEGINNING)
    return f'"{stem}"' + (" *" if stem != word else "")
