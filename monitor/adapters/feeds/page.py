"""What a document that is no feed names as feeds: web pages and indexes of sitemaps."""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.adapters.feeds import guard, limits
from monitor.adapters.feeds.charset import decode
from monitor.adapters.feeds.html import one_line, plain
from monitor.adapters.feeds.sitemap import INDEX, read_sitemap_index, unpacked
from monitor.model import Link, LinkKind, Page

MAX_MARKUP = 2_000_000
MAX_LINKS = 100  # of a kind
_MAX_ANCHORS = 20_000

_FEED_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "application/xml",
        "text/xml",
        "text/rss",
        "text/rss+xml",
        "text/atom+xml",
    }
)
# "application/json" is what WordPress gives the address of its programming interface.
_NO_FEED = re.compile(r"/wp-json/|/oembed", re.IGNORECASE)
_NO_FEED_EITHER = re.compile(r"sitemap|opensearch|/(?:rsd|osd|wlwmanifest)\.xml$", re.IGNORECASE)
_LIKE_A_FEED = re.compile(
    r"(?:^|[/._-])(?:rss|feeds?|atom|rdf)\d{0,2}(?:[/._-]|$)|\.(?:rss|atom|rdf|xml)$|[?&](?:feed|format)=",
    re.IGNORECASE,
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)


def read_page(body: bytes, *, content_type: str = "", url: str = "") -> Page:
    """The addresses that a document names as feeds or sitemaps, absolute, each once, in its order.

    Args:
        url: Final address of the document; relative links are resolved against it.

    Raises:
        ParseError: A sitemap index or gzip file that is refused. Any other document is a page,
            perhaps without links.
    """
    body = unpacked(body)
    if "charset" not in content_type.lower() and (named := _META_CHARSET.search(body[:4_096])):
        content_type = f"text/html; charset={named[1].decode('ascii', 'replace')}"
    text = decode(body, content_type).text
    if guard.read_prolog(text).root == INDEX:
        return Page(links=read_sitemap_index(text, url=url))
    return _read_html(text[:MAX_MARKUP], url)


def _read_html(html: str, url: str) -> Page:
    tree = LexborHTMLParser(html)
    base = tree.css_first("base[href]")
    if base is not None:
        url = limits.address(base.attributes.get("href"), url) or url
    title = tree.css_first("title")
    named: dict[str, Link] = {}
    for link in (*_declared(tree, url), *_anchors(tree, url)):
        named.setdefault(link.url, link)
    of_kind = {kind: [one for one in named.values() if one.kind is kind] for kind in LinkKind}
    return Page(
        title=one_line(title.text(), limits.TITLE) if title is not None else "",
        links=tuple(link for found in of_kind.values() for link in found[:MAX_LINKS]),
    )


def _declared(tree: LexborHTMLParser, url: str) -> Iterator[Link]:
    """`<link rel=alternate>` of a feed's type, and `<link rel=sitemap>`.

    Source: https://html.spec.whatwg.org/multipage/links.html#rel-alternate
    """
    for node in islice(tree.css("link[href]"), _MAX_ANCHORS):
        given = node.attributes
        relations = (given.get("rel") or "").lower().split()
        kind = (given.get("type") or "").partition(";")[0].strip().lower()
        address = limits.address(given.get("href"), url)
        if not address or _NO_FEED.search(address):
            continue
        if "sitemap" in relations:
            yield Link(url=address, kind=LinkKind.SITEMAP, title=_title(given.get("title")))
        elif "feed" in relations or ("alternate" in relations and kind in _FEED_TYPES):
            yield Link(url=address, kind=LinkKind.FEED, title=_title(given.get("title")))


def _anchors(tree: LexborHTMLParser, url: str) -> Iterator[Link]:
    """`<a>` whose address reads like that of a feed."""
    for node in islice(tree.css("a[href]"), _MAX_ANCHORS):
        href = (node.attributes.get("href") or "")[: limits.LINK]
        path = _path(href)
        like = _LIKE_A_FEED.search(path) and not _NO_FEED_EITHER.search(path)
        address = limits.address(href, url) if like else None
        if address and not _NO_FEED.search(address):
            yield Link(url=address, kind=LinkKind.ANCHOR, title=_anchor_text(node))


def _path(href: str) -> str:
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _anchor_text(node: LexborNode) -> str:
    return one_line(node.text(), 200)


def _title(text: str | None) -> str:
    return plain((text or "")[: limits.TITLE])[:200]
