"""A text in pieces, so that what was found in it can be marked."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from monitor.core.inert import ELLIPSIS, one_line
from monitor.model import Found

_TERMS = 8
_BEFORE, _AFTER = 60, 200  # characters of an excerpt, before and after what was found


class Piece(NamedTuple):
    """A stretch of text; `kind` is "found", "masked" or empty."""

    text: str
    kind: str = ""


def pieces(
    text: str, field: str, found: Iterable[Found], masked: Iterable[Found] = ()
) -> Iterator[Piece]:
    """The text as it is, cut where marks begin and end; what is masked shows over what is found.

    Args:
        field: Places in other fields are passed over.
    """
    kinds = [""] * len(text)
    for kind, places in (("found", found), ("masked", masked)):
        for one in places:
            if one.field == field:
                for at in range(max(one.start, 0), min(one.end, len(text))):
                    kinds[at] = kind
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or kinds[at] != kinds[start]:
            yield Piece(text[start:at], kinds[start])
            start = at


def terms(found: Iterable[Found]) -> Sequence[tuple[str, str]]:
    """Part of the query, and what stands for it in the text; the first eight of each."""
    named: dict[str, dict[str, None]] = {}
    for one in found:
        variants = named.setdefault(one_line(one.clause), {})
        variants[one_line(one.variant or one.term)] = None
    return [
        (clause, ", ".join(one for one in list(variants)[:_TERMS] if one != clause))
        for clause, variants in list(named.items())[:_TERMS]
    ]


def excerpt(text: str, field: str, found: Iterable[Found]) -> Sequence[Piece]:
    """The stretch around the first place that was found in a long text; empty: there is none."""
    places = [one for one in found if one.field == field]
    if not places:
        return ()
    first = min(one.start for one in places)
    begin = max(first - _BEFORE, 0)
    end = min(first + _AFTER, len(text))
    shifted = [replace(one, start=one.start - begin, end=one.end - begin) for one in places]
    cut = list(pieces(text[begin:end], field, shifted))
    if begin:
        cut.insert(0, Piece(ELLIPSIS))
    if end < len(text):
        cut.append(Piece(ELLIPSIS))
    return cut
