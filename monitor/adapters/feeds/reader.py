"""A feed document to entries, by feedparser; pure, so the child runs it and tests call it.

feedparser runs without its HTML sanitiser and URI resolver (both quadratic on hostile text):
we keep plain text only, and resolve the few addresses we keep.
"""

import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import feedparser
import feedparser.api

from monitor.adapters.feeds import guard, limits
from monitor.adapters.feeds.charset import decode, mended
from monitor.adapters.feeds.dates import read_moment
from monitor.adapters.feeds.html import decoded, is_markup, lines, one_line, paragraphs, plain
from monitor.adapters.feeds.impostor import no_feed, refuse_errors
from monitor.adapters.feeds.json_feed import NotJson, is_json, read_json
from monitor.adapters.feeds.sitemap import INDEX, LIST, read_news_sitemap, unpacked
from monitor.adapters.feeds.skips import read_skips
from monitor.errors import ParseError
from monitor.model import Health, ParsedFeed, RawEntry

# expat only: the libxml2 driver, which feedparser prefers, reads files and fetches DTDs.
feedparser.api.PREFERRED_XML_PARSERS[:] = ["xml.sax.expatreader"]

_DATES = (
    ("published", "published_parsed"),
    ("updated", "updated_parsed"),
    ("created", "created_parsed"),
)
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_HTML_TYPES = frozenset({"text/html", "html", "application/xhtml+xml", "xhtml"})
_WEB = re.compile("https?://", re.IGNORECASE)
_CUT = re.compile("no element found|unclosed token|unclosed CDATA")
_ENDS_EARLY = "the document ends too early"
_ROOT_TAG = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_ROOT_END = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_ENTRY_TAG = re.compile(r"<(/?)(?:\w+:)?(?:item|entry)\b", re.IGNORECASE)


def read(body: bytes, *, content_type: str = "", url: str = "") -> ParsedFeed:
    """Entries in document order, plain text throughout.

    Args:
        content_type: As the server gave it; its charset counts.
        url: Final address of the document; relative links are resolved against it.

    Raises:
        ParseError: Empty, not a feed, an error that poses as one, or refused; see guard.check.
    """
    return refuse_errors(_read(unpacked(body), content_type, url))


def _read(body: bytes, content_type: str, url: str) -> ParsedFeed:
    if not is_json(body):
        return _read_xml(body, content_type, url)
    try:
        return read_json(body, url=url)
    except NotJson as exc:
        if not _ROOT_TAG.search(body):
            raise
        # "[Notice] ..." of some program, and the feed behind it.
        try:
            return _read_xml(body, content_type, url)
        except ParseError:
            raise exc from None


def _read_xml(body: bytes, content_type: str, url: str) -> ParsedFeed:
    document = decode(body, content_type)
    text = guard.without_prolog_comments(document.text)
    if not guard.check(text):
        raise no_feed(text)
    root = guard.read_prolog(text).root
    if root == LIST:
        sitemap = read_news_sitemap(text, url=url)
        return replace(sitemap, flaw="; ".join(filter(None, (document.note, sitemap.flaw))))
    if root == INDEX:
        raise ParseError("an index of sitemaps, not a feed; 'feeds discover' finds its newest part")
    if "<!ENTITY" in text:
        text = mended(*guard.without_entities(text))
    result = _parse(text)
    feed, listed = result["feed"], result["entries"]
    language = _language(feed.get("language"))
    version = result.get("version", "")  # absent if feedparser found nothing at all
    if not listed and _is_no_feed(version, text):
        raise no_feed(text)
    flaw = _flaw(result, text)
    complete = not flaw.startswith(_ENDS_EARLY)
    kept, surplus = limits.newest(listed, lambda raw: _date(raw, language or "")[1])
    entries = [_entry(raw, url, language or "") for raw in kept]
    if kept and kept[-1] is listed[-1] and not complete and _ends_inside_an_entry(text):
        entries[-1] = replace(entries[-1], partial=True)
    skip_hours, skip_days = read_skips(text)
    return ParsedFeed(
        version=version,
        title=_title(feed),
        language=language,
        entries=tuple(entries),
        ttl=_ttl(feed),
        skip_hours=skip_hours,
        skip_days=skip_days,
        flaw="; ".join(filter(None, (document.note, flaw, surplus))),
        complete=complete,
    )


def _parse(text: str) -> Any:
    # Without content-location: feedparser would make addresses of guids, which then would
    # change with every mirror.
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            io.BytesIO(text.encode("utf-8")),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except MemoryError:
        raise
    except Exception as exc:  # feedparser raises anything (its #599)
        raise ParseError(
            f"feedparser failed on it ({type(exc).__name__})", health=Health.FAILING
        ) from exc


def _is_no_feed(version: str, text: str) -> bool:
    return not version or guard.is_page(guard.read_prolog(text))


def _entry(raw: Any, url: str, feed_language: str) -> RawEntry:
    # A plain dict: feedparser's own tries other names for each that is missing, none of ours.
    raw = dict(raw)
    published, published_at = _date(raw, feed_language)
    link, links = _links(raw, url)
    source = raw.get("source") or {}
    return RawEntry(
        guid=one_line(_string(raw.get("id")), limits.ID) or None,
        link=link,
        title=_title(raw),
        paragraphs=_paragraphs(raw),
        published=published,
        published_at=published_at,
        author=plain(_string(raw.get("author"))[: limits.AUTHOR * 4])[: limits.AUTHOR] or None,
        categories=limits.distinct(_categories(raw), limits.CATEGORIES),
        language=_entry_language(raw),
        links=links,
        source_title=plain(_string(source.get("title")))[: limits.TITLE] or None,
        source_url=limits.address(source.get("href") or source.get("link"), url),
    )


def _title(holder: Any) -> str:
    value = _string(holder.get("title"))
    # A later title of another namespace (media:title) replaces the detail, but not the title.
    detail = holder.get("title_detail") or {}
    kind = detail.get("type") if detail.get("value") == value else "text/plain"
    if kind in _HTML_TYPES or is_markup(value):
        return plain(value)[: limits.TITLE].rstrip()
    # Plain often means that nobody said: "AT&amp;T" is never meant.
    return one_line(decoded(value), limits.TITLE)


def _paragraphs(raw: Any) -> tuple[str, ...]:
    """The content, unless the summary says clearly more.

    A summary may be the content without its markup and with dots at the end: its words stand glued
    together where the content has breaks.
    """
    content = max(map(_text, islice(raw.get("content") or (), 3)), key=_size, default=())
    summary = _text(raw.get("summary_detail") or {"value": raw.get("summary")})
    return summary if _size(summary) > 1.1 * _size(content) else content


def _size(texts: tuple[str, ...]) -> int:
    return sum(map(len, texts))


def _text(detail: Any) -> tuple[str, ...]:
    kind, value = detail.get("type") or "text/html", _string(detail.get("value"))
    if kind in _HTML_TYPES:
        return paragraphs(value)
    if is_markup(value):
        return paragraphs(value)
    if not kind.startswith("text"):
        return ()  # base64 that stayed so, and other media
    return lines(decoded(value))


def _links(raw: Any, url: str) -> tuple[str | None, tuple[str, ...]]:
    """The address of the entry, and further addresses of the very same entry."""
    listed = [link for link in map(dict, islice(raw.get("links") or (), 50)) if link.get("href")]
    given = _string(raw.get("link"))
    # Not against the feed's address: a guid that serves as link may be any text.
    first = limits.address(given, "" if _is_bare_guid(given, raw.get("id")) else url)
    found = [first if first and _WEB.match(first) else None]
    found += [_address_of(listed, rel, url) for rel in ("alternate", "canonical", "enclosure")]
    link = next(filter(None, found), first)
    same = [raw.get("feedburner_origlink"), raw.get("link")]
    same += [item["href"] for item in listed if item.get("rel") in ("alternate", "canonical")]
    others = dict.fromkeys(filter(None, (limits.address(address, url) for address in same)))
    return link, tuple(other for other in others if other != link and _WEB.match(other))


def _is_bare_guid(link: str, guid: object) -> bool:
    return link == guid and not link.startswith("/")


def _address_of(listed: list[Any], rel: str, url: str) -> str | None:
    hrefs = (link["href"] for link in listed if link.get("rel") == rel)
    return limits.address(next(hrefs, None), url)


def _date(raw: Any, language: str) -> tuple[str | None, datetime | None]:
    """The first date that can be read, else the first as it is written."""
    written: list[str] = []
    for name, parsed in _DATES:
        # dict.get: FeedParserDict answers "updated" with the published date, and warns.
        if text := one_line(_string(dict.get(raw, name)), limits.DATE):
            if moment := read_moment(text, language=language, parsed=dict.get(raw, parsed)):
                return text, moment
            written.append(text)
    return (written[0] if written else None), None


def _categories(raw: Any) -> Iterator[str]:
    for tag in islice(raw.get("tags") or (), limits.CATEGORIES * 4):
        yield plain(_string(tag.get("label") or tag.get("term"))[: limits.CATEGORY * 4])


def _entry_language(raw: Any) -> str | None:
    details = [raw.get("title_detail") or {}, raw.get("summary_detail") or {}]
    named = [raw.get("language"), *(detail.get("language") for detail in details)]
    return next(filter(None, map(_language, named)), None)


def _language(value: Any) -> str | None:
    return one_line(_string(value), 35).replace("_", "-") or None


def _ttl(feed: Any) -> timedelta | None:
    """The longer of `ttl` (minutes) and sy:updatePeriod / sy:updateFrequency."""
    waits = []
    if minutes := _number(feed.get("ttl")):
        waits.append(timedelta(minutes=minutes))
    if period := _PERIODS.get(_string(feed.get("sy_updateperiod")).strip().lower()):
        waits.append(period / (_number(feed.get("sy_updatefrequency")) or 1))
    return max(waits, default=None)


def _number(value: Any) -> int:
    text = _string(value).strip()
    return int(text) if re.fullmatch("[0-9]{1,6}", text) else 0


def _flaw(result: Any, text: str) -> str:
    if not result.get("bozo"):
        return ""
    problem = re.sub(r"^<unknown>:", "line ", str(result.get("bozo_exception")))
    problem = one_line(problem, 120)
    # The parser names the first error; a document may be badly written and cut as well.
    if _CUT.search(problem) or not _ROOT_END.search(text[-2_000:]):
        return f"{_ENDS_EARLY} ({problem})"
    return f"not well-formed XML ({problem})"


def _ends_inside_an_entry(text: str) -> bool:
    tags = deque(_ENTRY_TAG.finditer(text), maxlen=1)
    return bool(tags) and not tags[0][1]


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
