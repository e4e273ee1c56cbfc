"""Parse only what is new: a document is cut into entries, and those seen before are left out.

The parser gets the head, the unseen entries and the tail, and so reads them as it would in the
whole document. That holds where each entry stands by itself; where it may not, nothing is cut:

- the bytes are UTF-8 and declare no other encoding that would be tried first;
- there is no document type, and no entry declares a namespace or a base address (feedparser keeps
  those for the entries behind it) or holds a processing instruction;
- entries are of one name, follow each other with nothing but blanks between, and none is inside of
  another; no comment and no CDATA section reaches over the edge of one;
- what stands around them (namespaces, xml:base, language, and so on) is what it was, moments aside;
- the parser found as many entries as were cut, and nothing wrong with the document.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise

from monitor.adapters.feeds import limits
from monitor.adapters.feeds.charset import is_utf8
from monitor.core.normalise import names_of, same_text
from monitor.model import FeedWindow, Fetched, ParsedFeed, RawEntry

_ENTRY = re.compile(rb"<(/?)((?:[A-Za-z_][\w.-]*:)?(?:item|entry))(?=[\s/>])", re.IGNORECASE)
# What tells in a document when it was made.
_MOMENT = re.compile(
    rb"<((?:\w+:)?(?:lastBuildDate|pubDate|updated|modified|date))\b[^<>]*>[^<]*</\1\s*>"
)
# What else differs from document to document: in RDF it tells which entries follow.
_PASSING = (
    (re.compile(rb"<!--"), re.compile(rb"-->")),
    (re.compile(rb"<items\b[^<>]*>"), re.compile(rb"</items\s*>")),
)
_BASE = re.compile(rb"[\s:]base\s*=")
_INSTRUCTION = re.compile(rb"<\?(?!xml(?:-stylesheet)?\s)")
_MARKS = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"))
_SIZE = 16  # bytes of a piece's name
_SHORT = 8  # of what an entry is called
_ROW = _SIZE + 3 * _SHORT


@dataclass(frozen=True, slots=True)
class Cut:
    """A document in pieces.

    Attributes:
        pieces: Name of each different entry -> its bytes, in the order of the document.
        context: A name of all that stands around them.
    """

    head: bytes
    pieces: Mapping[bytes, bytes]
    tail: bytes
    context: bytes

    def document(self, names: Iterable[bytes]) -> bytes:
        """The document with these entries alone."""
        return b"".join((self.head, *(self.pieces[name] for name in names), self.tail))


def cut(fetched: Fetched) -> Cut | None:
    """The document in pieces; None: its entries may not stand by themselves."""
    body = fetched.body
    tags = list(_ENTRY.finditer(body))
    if not _alternate(tags) or len(tags) > 2 * limits.ENTRIES:
        return None
    places = [
        (opening.start(), body.find(b">", closing.end()) + 1)
        for opening, closing in zip(tags[::2], tags[1::2], strict=True)
    ]
    head, tail = body[: places[0][0]], body[places[-1][1] :]
    gaps = (body[a:b] for (_, a), (b, _) in pairwise(places))
    if any(map(bytes.strip, gaps)) or not _are_apart(body, [tag.start() for tag in tags]):
        return None
    if b"\0" in body or _INSTRUCTION.search(body) or _has_lasting(body[places[0][0] :]):
        return None
    if not is_utf8(body, fetched.content_type):
        return None
    around = b"\x1f".join(map(_lasting, (head, tail)))
    return Cut(
        head=head,
        pieces={_name(body[start:end], _SIZE): body[start:end] for start, end in places},
        tail=tail,
        context=_name(b"\x1f".join((fetched.url.encode(), around)), _SIZE),
    )


def unseen(pieces: Cut, window: FeedWindow | None) -> list[bytes] | None:
    """The names of entries that the window does not hold; None: all have to be read again."""
    if window is None or window.context != pieces.context:
        return None
    known = {row[:_SIZE] for row in _rows(window)}
    return [name for name in pieces.pieces if name not in known]


def after_whole(pieces: Cut, document: ParsedFeed) -> ParsedFeed:
    """The parsed document with its window, if what was cut is what was read."""
    if document.flaw or len(document.entries) != len(pieces.pieces):
        return document
    rows = map(_row, pieces.pieces, document.entries)
    window = _window(pieces, rows, document)
    return replace(document, entries=_with_bytes(pieces, pieces.pieces, document), window=window)


def after_part(
    pieces: Cut, names: Sequence[bytes], window: FeedWindow, part: ParsedFeed
) -> ParsedFeed | None:
    """The unseen entries as part of the whole document; None: it has to be read as a whole."""
    if part.flaw or len(part.entries) != len(names):
        return None
    rows = {row[:_SIZE]: row for row in _rows(window)}
    rows |= {row[:_SIZE]: row for row in map(_row, names, part.entries)}
    there = [rows[name] for name in pieces.pieces]
    return replace(
        part,
        entries=_with_bytes(pieces, names, part),
        known=len(there) - len(names),
        shared=_shared(there, part.entries),
        window=_window(pieces, there, part),
    )


def nothing_new(pieces: Cut, window: FeedWindow) -> ParsedFeed:
    """A document of known entries alone: nothing has to be parsed."""
    return replace(window.document, known=len(pieces.pieces), window=window)


def _with_bytes(pieces: Cut, names: Iterable[bytes], document: ParsedFeed) -> tuple[RawEntry, ...]:
    """The entries, each with the piece it was read from."""
    return tuple(
        replace(entry, raw=pieces.pieces[name])
        for name, entry in zip(names, document.entries, strict=True)
    )


# --- in one piece --------------------------------------------------------------------------------


def _alternate(tags: Sequence[re.Match[bytes]]) -> bool:
    """Whether they open and close in turns, all of one name: no entry is inside of another."""
    if not tags or len(tags) % 2 or len({tag[2] for tag in tags}) > 1:
        return False
    return not any(tag[1] for tag in tags[::2]) and all(tag[1] for tag in tags[1::2])


def _are_apart(body: bytes, tags: Sequence[int]) -> bool:
    """Whether no comment or CDATA section holds a tag of an entry, and there is nothing else."""
    at = 0
    while (at := body.find(b"!", at) + 1) > 0:  # rarer than "<", and found by one instruction
        if body[at - 2 : at - 1] != b"<":
            continue
        at -= 2
        closing = next((end for start, end in _MARKS if body.startswith(start, at)), None)
        if closing is None:
            return False  # a document type, or an entity
        end = body.find(closing, at + 4)
        if end < 0 or bisect_left(tags, at) != bisect_left(tags, end):
            return False
        at = end + len(closing)
    return True


def _lasting(around: bytes) -> bytes:
    """What stands around the entries, without what tells of this very document."""
    kept = _MOMENT.sub(b"", around)
    for opening, closing in _PASSING:
        kept = _without(kept, opening, closing)
    return kept


def _without(text: bytes, opening: re.Pattern[bytes], closing: re.Pattern[bytes]) -> bytes:
    """Not by one pattern: its time would grow with the square of what is never closed."""
    kept, at = [], 0
    while (start := opening.search(text, at)) and (end := closing.search(text, start.end())):
        kept.append(text[at : start.start()])
        at = end.end()
    return b"".join((*kept, text[at:]))


def _has_lasting(entries: bytes) -> bool:
    """What feedparser keeps from one entry for those behind it."""
    return b"xmlns" in entries or (b"base" in entries and _BASE.search(entries) is not None)


def _name(part: bytes, size: int) -> bytes:
    return blake2b(part, digest_size=size).digest()


# --- the window ----------------------------------------------------------------------------------


def _row(name: bytes, entry: RawEntry) -> bytes:
    """A piece's name, and short ones of the entry's guid, link and title."""
    texts = (*names_of(entry), same_text(entry.title))
    return name + b"".join(_name(text.encode("utf-8", "replace"), _SHORT) for text in texts)


def _rows(window: FeedWindow) -> Iterator[bytes]:
    rows = window.rows
    return (rows[at : at + _ROW] for at in range(0, len(rows), _ROW))


def _window(pieces: Cut, rows: Iterable[bytes], document: ParsedFeed) -> FeedWindow:
    shell = replace(document, entries=(), shared=frozenset(), known=0, window=None)
    return FeedWindow(context=pieces.context, rows=b"".join(rows), document=shell)


def _shared(rows: Iterable[bytes], entries: Iterable[RawEntry]) -> frozenset[str]:
    """Names of these entries that entries of other titles have as well (core.normalise)."""
    titles: dict[bytes, set[bytes]] = {}
    for row in rows:
        guid, link, title = (row[at : at + _SHORT] for at in range(_SIZE, _ROW, _SHORT))
        titles.setdefault(guid, set()).add(title)
        titles.setdefault(link, set()).add(title)
    return frozenset(
        name
        for entry in entries
        for name in names_of(entry)
        if len(titles[_name(name.encode("utf-8", "replace"), _SHORT)]) > 1
    )
