"""Sitemaps: those of Google News as feeds, the parts of an index as links.

Source: https://www.sitemaps.org/protocol.html and the schema of sitemap-news/0.9. A site lists the
articles of its last two days there, often those that stand in no feed of it.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from monitor.adapters.feeds import limits
from monitor.adapters.feeds.dates import read_moment
from monitor.adapters.feeds.html import one_line
from monitor.errors import ParseError
from monitor.model import NEWS_SITEMAP, Health, Link, LinkKind, ParsedFeed, RawEntry

LIST, INDEX = "urlset", "sitemapindex"
ROOTS = frozenset({LIST, INDEX})
MAX_PARTS = 2_000
MAX_UNPACKED = 10 * 1024 * 1024
_GZIP = b"\x1f\x8b\x08"
_PIECE = 64 * 1024
_NEWS_NAMESPACE = "sitemap-news/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The texts of one element's children, and what broke off the reading after it."""

    texts: dict[str, str]
    flaw: str = ""


def read_news_sitemap(text: str, *, url: str = "") -> ParsedFeed:
    """The articles of a news sitemap; what has no `news:news` is no news, and is left out.

    Args:
        text: A document whose root element is `urlset`.
        url: Of the document; addresses are resolved against it.

    Raises:
        ParseError: It lists pages, not news; it declares entities; nothing in it can be read.
    """
    read = list(_children(text, "url"))
    flaw = next((one.flaw for one in read if one.flaw), "")
    listed = [one.texts for one in read if "news" in one.texts]
    if not listed and _NEWS_NAMESPACE not in text:
        raise ParseError("a sitemap of pages, without news in it, not a feed")
    if not listed and flaw:
        raise ParseError(flaw, health=Health.FAILING)
    kept, surplus = limits.newest(
        listed, lambda texts: read_moment(texts.get("publication_date", ""))
    )
    return ParsedFeed(
        version=NEWS_SITEMAP,
        title=next((name for texts in kept if (name := texts.get("name", ""))), ""),
        entries=tuple(_entry(texts, url) for texts in kept),
        flaw="; ".join(filter(None, (flaw, surplus))),
        complete=not flaw,
    )


def read_sitemap_index(text: str, *, url: str = "") -> tuple[Link, ...]:
    """The parts of a sitemap index, the last changed first, those without a date last.

    Raises:
        ParseError: It declares entities.
    """
    parts = []
    for one in _children(text, "sitemap"):
        address = limits.address(one.texts.get("loc"), url)
        changed_at = read_moment(one.texts.get("lastmod", ""))
        if address:
            parts.append(Link(url=address, kind=LinkKind.SITEMAP, changed_at=changed_at))
    # Twice, for the sort is stable: the undated ones keep their order.
    parts.sort(key=lambda part: part.changed_at.timestamp() if part.changed_at else 0, reverse=True)
    return tuple(parts[:MAX_PARTS])


def unpacked(body: bytes) -> bytes:
    """A body that is a gzip file, as sitemaps often are (`.xml.gz`), without its wrapping.

    Raises:
        ParseError: It is damaged, or unfolds to more than 10 MiB.
    """
    if not body.startswith(_GZIP):
        return body
    packed = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = packed.decompress(body, MAX_UNPACKED)
    except zlib.error:
        raise ParseError("a gzip file that is damaged", health=Health.FAILING) from None
    if not packed.eof:
        what = "is bigger than 10 MiB" if packed.unconsumed_tail else "ends too early"
        raise ParseError(f"a gzip file that {what}", health=Health.FAILING)
    return plain


def _entry(texts: dict[str, str], url: str) -> RawEntry:
    written = texts.get("publication_date", "")
    return RawEntry(
        link=limits.address(texts.get("loc"), url),
        title=texts.get("title", ""),
        published=one_line(written, limits.DATE) or None,
        published_at=read_moment(written),
        categories=limits.distinct(texts.get("keywords", "").split(","), limits.CATEGORIES),
        language=texts.get("language", "")[:35] or None,
        source_title=texts.get("name") or None,
    )


def _children(text: str, wanted: str) -> Iterator[_Read]:
    """What stands in each element of this name, in order; the last may be a flaw alone."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        # Sitemaps need neither, and what they could declare, nobody has judged.
        raise ParseError("refused: a sitemap with a document type", health=Health.FAILING)
    parser: ET.XMLPullParser[ET.Element] = ET.XMLPullParser(["start", "end"])
    above: list[ET.Element] = []
    try:
        for at in range(0, len(text), _PIECE):
            parser.feed(text[at : at + _PIECE])
            yield from _finished(parser.read_events(), above, wanted)
        parser.close()
    except ET.ParseError as exc:
        yield _Read(texts={}, flaw=f"not well-formed XML ({one_line(str(exc), 120)})")


def _finished(events: Iterator[Any], above: list[ET.Element], wanted: str) -> Iterator[_Read]:
    """The elements that end in what was fed last; `above` are those that are still open."""
    for event, element in events:
        if event == "start":
            above.append(element)
            continue
        above.pop()
        if _name(element) == wanted and len(above) == 1:
            yield _Read(texts=_texts(element))
            above[0].clear()  # or the whole document would be kept


def _texts(element: ET.Element) -> dict[str, str]:
    """Direct children by name; those of `news:news`, its title and publication, come along."""
    texts: dict[str, str] = {}
    for child in element:
        if _name(child) == "news":
            texts["news"] = ""
            inner = [
                *child,
                *(part for part in child if _name(part) == "publication" for part in part),
            ]
            texts |= {_name(part): one_line(part.text or "", limits.TITLE) for part in inner}
        elif _name(child) in ("loc", "lastmod"):
            texts[_name(child)] = (child.text or "").strip()[: limits.LINK * 4]
    return texts


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2].lower()
