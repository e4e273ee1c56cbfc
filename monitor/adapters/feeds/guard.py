"""What is refused before a parser sees it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from monitor.adapters.feeds.html import without_comments
from monitor.errors import ParseError
from monitor.model import Health

MAX_ATTRIBUTES = 1_000
MAX_AUTHOR_RUN = 1_024
MAX_ENTITIES = 1_000
MAX_LONG_ENTITIES = 100
MAX_GROWTH = 1_000_000  # characters by which entities may lengthen a document

_HTML_DOCTYPE = re.compile(r"<!doctype\s+html\b", re.IGNORECASE)
_MARK = re.compile("[\"'<>]")
_NAME = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_FEED_TAG = re.compile(r"<(?:\w+:)?(?:rss|feed|rdf|channel|item|entry)[\s>]", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY\b", re.IGNORECASE)
# Names of characters, and the W3C's sets of such names (which nobody fetches): old RDF feeds
# declare them, and short texts for namespaces and firms. Nothing that refers to another entity,
# to a file or to an address.
_HARMLESS = re.compile(
    r"<!ENTITY\s+(?:"
    r"([\w.-]+)\s+(?:\"(&#(?:38;#)?x?[0-9A-Fa-f]{1,6};|[^\"&%<]{0,256})\""
    r"|'(&#(?:38;#)?x?[0-9A-Fa-f]{1,6};|[^'&%<]{0,256})')"
    r"|%\s+[\w.-]+\s+PUBLIC\s+\"-//W3C//ENTITIES[^\"]{0,100}\"\s+\"[^\"]{0,200}\""
    r")\s*>"
)
_REFERENCE = re.compile(r"&([\w.-]+);")
_LONG_ENTITY = 16
# An attribute is at least six characters, so only spans this long can hold too many.
_LONG_TAG = re.compile(rf"<[A-Za-z_:][^<]{{{MAX_ATTRIBUTES * 6},}}")
_TAG_NAME = re.compile(r"<[^\s<>/]+")
_ATTRIBUTE = re.compile(r"\s*/?\s*[^\s=<>\"'/]+(?:\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'|[^\s<>\"']+))?")
_LONG_RUN = re.compile(rf"(?<![\w.+-])[\w.+-]{{{MAX_AUTHOR_RUN},}}", re.ASCII)
_AUTHOR = re.compile(
    r"<(?:\w+:)?(?:author|creator|publisher|owner|name|email|managingeditor|webmaster)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prolog:
    """What comes before the root element. `root` is its name, lower case, without prefix."""

    doctype: str
    root: str
    end: int


def check(text: str) -> bool:
    """Refuse what costs more than a feed may; False: it is a page, and no feed for certain.

    Raises:
        ParseError: Empty, entities that grow or fetch, an element with more than 1,000
            attributes (feedparser's time grows with their square), an author of more than
            1,024 characters without a space (the same; feedparser #562).
    """
    if not text.strip():
        raise ParseError("the body is empty", health=Health.NO_BODY)
    prolog = read_prolog(text)
    if is_page(prolog) and not _FEED_TAG.search(text):
        return False
    _check_entities(text, prolog)
    if any(_has_too_many_attributes(text, start) for start in _long_tags(text)):
        raise ParseError(
            f"refused: an element with more than {MAX_ATTRIBUTES:,} attributes",
            health=Health.FAILING,
        )
    if any(_is_in_author(text, start) for start in _long_runs(text)):
        raise ParseError(
            f"refused: an author of more than {MAX_AUTHOR_RUN:,} characters without a space",
            health=Health.FAILING,
        )
    return True


def is_page(prolog: Prolog) -> bool:
    """Whether it is HTML by its root element; the document type alone may be a mistake."""
    if prolog.root in ("rss", "feed", "rdf", "channel"):
        return False
    return prolog.root == "html" or _HTML_DOCTYPE.match(prolog.doctype) is not None


def without_prolog_comments(text: str) -> str:
    """The document without comments before its root, if they might be read as declarations.

    feedparser searches them for entities; here they are not judged, so it must not see them.
    """
    if not _ENTITY.search(text):
        return text
    end = read_prolog(text).end
    return without_comments(text[:end]) + text[end:]


def read_prolog(text: str) -> Prolog:
    """Skip declarations, comments and the document type; time grows with the length only."""
    at, doctype = 0, ""
    while True:
        at += len(text[at : at + 100_000]) - len(text[at : at + 100_000].lstrip())
        if text.startswith("<?", at):
            after = text.find("?>", at) + 2
        elif text.startswith("<!--", at):
            after = text.find("-->", at) + 3
        elif text[at : at + 9].lower() == "<!doctype":
            after = _end_of_doctype(text, at + 9)
            doctype = text[at:after]
        else:
            break
        if after <= at + 2:  # never closed
            break
        at = after
    root = _NAME.match(text, at)
    return Prolog(doctype=doctype, root=root[2].lower() if root else "", end=at)


def _end_of_doctype(text: str, at: int) -> int:
    depth = 0
    while found := _MARK.search(text, at):
        mark, at = found[0], found.end()
        if mark in "\"'":
            at = text.find(mark, at) + 1
        elif text.startswith("<!--", at - 1):
            at = text.find("-->", at) + 3
            if at == 2:
                break
        elif mark == "<":
            depth += 1
        elif depth == 0:
            return at
        else:
            depth -= 1
        if at <= 0:
            break
    return len(text)


def _check_entities(text: str, prolog: Prolog) -> None:
    # feedparser ends the prolog at the first thing like a tag, even inside a comment.
    first_tag = re.search(r"<\w", text)
    end = max(prolog.end, first_tag.start() if first_tag else 0)
    declared = [
        _HARMLESS.match(text, found.start())
        for found in islice(_ENTITY.finditer(text, 0, end), MAX_ENTITIES + 1)
    ]
    if not declared:
        return
    texts: dict[str, int] = {}
    for found in filter(None, declared):
        if found[1]:  # feedparser takes the last of a name, expat the first
            length = len(found[2] or found[3] or "")
            texts[found[1]] = max(length, texts.get(found[1], 0))
    if (
        None in declared
        or len(declared) > MAX_ENTITIES
        or sum(length > _LONG_ENTITY for length in texts.values()) > MAX_LONG_ENTITIES
        or _growth(text, texts) > MAX_GROWTH
    ):
        raise ParseError(
            "refused: the document declares entities that may grow or fetch files",
            health=Health.FAILING,
        )


def without_entities(text: str) -> tuple[str, dict[str, str]]:
    """The document without its document type, and the entities declared there, as markup.

    For what `check` let pass. feedparser makes rubbish of a document type in which not every
    declaration begins a line.
    """
    end = read_prolog(text).end
    entities: dict[str, str] = {}
    for found in _HARMLESS.finditer(text, 0, end):
        if found[1]:
            value = (found[2] or found[3] or "").replace("&#38;#", "&#")
            entities.setdefault(
                found[1], re.sub("[<>\"']", lambda mark: f"&#{ord(mark[0])};", value)
            )
    kept = text[:end]
    if entities:
        kept = kept.replace(read_prolog(text).doctype, "")
    return kept + text[end:], entities


def _growth(text: str, lengths: dict[str, int]) -> int:
    names = (found[1] for found in _REFERENCE.finditer(text))
    return sum(max(0, lengths.get(name, 0) - len(name) - 2) for name in names)


def _long_tags(text: str) -> Iterator[int]:
    """Where tags begin that are long enough to hold too many attributes."""
    # Most documents have none, which splitting tells much sooner than the pattern.
    if max(map(len, text.split("<")), default=0) >= MAX_ATTRIBUTES * 6:
        yield from (span.start() for span in _LONG_TAG.finditer(text))


def _long_runs(text: str) -> Iterator[int]:
    if max(map(len, text.split()), default=0) >= MAX_AUTHOR_RUN:
        yield from (run.start() for run in _LONG_RUN.finditer(text))


def _has_too_many_attributes(text: str, at: int) -> bool:
    name = _TAG_NAME.match(text, at)
    at = name.end() if name else at
    for _ in range(MAX_ATTRIBUTES + 1):
        if not (found := _ATTRIBUTE.match(text, at)):
            return False
        at = found.end()
    return True


def _is_in_author(text: str, at: int) -> bool:
    opening = text.rfind("<", max(0, at - 4_000), at)
    if text.startswith("<![CDATA[", opening):
        opening = text.rfind("<", max(0, opening - 4_000), opening)
    return opening >= 0 and _AUTHOR.match(text, opening) is not None
