"""What a person looks for as a query of FTS5."""

from monitor.adapters.sql.search import phrases


def as_query(text: str) -> str:
    """A query for items that hold every word; empty if there is no word in the text.

    Quoted words are never syntax, and folding leaves nothing but letters and digits of them.
    """
    return " AND ".join(f'"{phrase}"' for phrase in phrases(text))
