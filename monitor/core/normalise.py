"""Turns feed entries into items: one title, text, language and time, and keys to know them by.

What identifies an entry, strongest first: its guid (within the owner if it can be unique in the
world, else within the feed), the canonical form of its links, and for entries with neither their
title and date. The item's id is derived from the strongest, so every run gives the same ids.
"""

import re
import unicodedata
from base64 import b32encode
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from monitor.core.mirrors import links_to, own_name
from monitor.core.text import language_of
from monitor.core.urls import canonical_url, host_of, is_http, outlet_of
from monitor.model import Feed, Item, ParsedFeed, RawEntry, Tier

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before it lie only unset clocks (1970, 1980)
_LATEST = timedelta(days=2)  # further in the future is no time zone mistake but nonsense
_GOOGLE_NEWS = "news.google.com"
_SUFFIX = re.compile(" [-|–—] ")
_MIN_TITLE = 20  # bytes; shorter titles ("Morning news") say too little to be compared
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−∼～〜"), "-") | dict.fromkeys(map(ord, "‘’‚´`"), "'")
_QUOTES = dict.fromkeys(map(ord, "“”„«»"), '"')
_EVENED = _DASHES | _QUOTES
# WordPress puts it below every excerpt; it repeats the headline and names the outlet.
_BOILERPLATE = re.compile(r"The post .+ (?:appeared first on|first appeared on) .+", re.DOTALL)


def normalise(
    feed: Feed, parsed: ParsedFeed, now: datetime, publishers: Mapping[str, Feed]
) -> tuple[Item, ...]:
    """Items of a feed document, oldest first.

    Args:
        publishers: Host -> feed of the outlet that lives there, to know an aggregator's sources.
    """
    return tuple(item for item, _ in sourced(feed, parsed, now, publishers))


def sourced(
    feed: Feed, parsed: ParsedFeed, now: datetime, publishers: Mapping[str, Feed]
) -> tuple[tuple[Item, RawEntry], ...]:
    """The items as `normalise` gives them, each with the entry that it was made from."""
    shared = parsed.shared | shared_names(parsed.entries)
    made = [
        (_item(feed, _believed(one, parsed), parsed, now, publishers, shared), one)
        for one in parsed.entries
    ]
    told = [(one, by) for one, by in made if one.title or one.summary or one.url or one.guid]
    return tuple(sorted(told, key=lambda pair: pair[0].effective_at))


def _believed(entry: RawEntry, parsed: ParsedFeed) -> RawEntry:
    return replace(entry, guid=None) if parsed.without_guids else entry


def digest(*parts: str) -> str:
    """A short name for some texts: 80 bits, letters and digits."""
    hashed = blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=10)
    return b32encode(hashed.digest()).decode().lower()


def clean(text: str) -> str:
    """One line without control, bidi and zero-width characters."""
    # Nothing invisible is printable, and that is soon asked.
    return " ".join((text if text.isprintable() else _INVISIBLE.sub("", text)).split())


def same_text(text: str) -> str:
    """A form in which two copies of a text are equal: width, case, dashes, quotes and spaces."""
    if text.isascii():  # of which the rules below change this alone
        return " ".join(text.replace("`", "'").lower().split())
    wide = unicodedata.normalize("NFKC", text).translate(_EVENED)
    return " ".join(wide.casefold().split())


def _item(
    feed: Feed,
    entry: RawEntry,
    parsed: ParsedFeed,
    now: datetime,
    publishers: Mapping[str, Feed],
    shared: frozenset[str],
) -> Item:
    source = clean(entry.source_title or "")
    title = _without_suffix(clean(entry.title), source)
    summary, same_summary = _text(entry, title, source)
    links = [link for link in (entry.link, *entry.links) if link and is_http(link)]
    if not links and entry.guid and is_http(entry.guid):
        links = [entry.guid]
    published_at = _credible(entry.published_at, now)
    publisher = _publisher(entry.source_url, publishers)
    keys = _keys(feed, entry, links, title, shared)
    same_title = same_text(title)
    tier, authority_for = _standing(feed, links[0] if links else "")
    strongest = next((key for key in keys if not key.startswith("t")), keys[0])
    return Item(
        id=f"i_{digest(strongest)}",
        feed_id=feed.id,
        owner=_owner(feed, entry, publisher),
        publisher=source or own_name(feed),
        tier=tier,
        authority_for=authority_for,
        keys=keys,
        guid=entry.guid,
        url=links[0] if links else "",
        canonical_url=canonical_url(links[0]) if links else "",
        title=title,
        summary=summary,
        author=clean(entry.author or ""),
        categories=tuple(clean(category) for category in entry.categories),
        language=language_of(
            f"{title}\n{summary}", entry.language or feed.language or parsed.language or ""
        ),
        country=feed.country,
        published_at=published_at,
        effective_at=min(published_at, now) if published_at else now,
        seen_at=now,
        content_hash=digest(same_title, same_summary),
        title_hash=digest(same_title) if len(title.encode()) >= _MIN_TITLE else "",
    )


def _standing(feed: Feed, link: str) -> tuple[Tier, tuple[str, ...]]:
    """The feed's, unless the item links to where whom it speaks for does not publish."""
    if not feed.link_hosts or links_to(feed.link_hosts, link):
        return feed.tier, feed.authority_for
    return Tier.AGGREGATOR, ()


def shared_names(entries: Iterable[RawEntry]) -> frozenset[str]:
    """Guids and canonical links that entries of different titles share.

    A constant guid, or a link to the page that lists them all, identifies nothing.
    """
    titled = ((same_text(entry.title), names_of(entry)) for entry in entries)
    named = {(name, title) for title, names in titled for name in names}
    return frozenset(name for name, n in Counter(name for name, _ in named).items() if n > 1)


def names_of(entry: RawEntry) -> tuple[str, str]:
    """What an entry is called by its guid and by its link."""
    return f"guid {entry.guid or ''}", f"link {canonical_url(entry.link or '')}"


def _keys(
    feed: Feed, entry: RawEntry, links: list[str], title: str, shared: frozenset[str]
) -> tuple[str, ...]:
    keys = []
    guid = (entry.guid or "").strip()
    by_guid, by_link = names_of(entry)
    if guid and by_guid not in shared:
        scope = feed.owner if _is_worldwide(guid) else f"feed:{feed.id}"
        keys.append("g" + digest(scope, guid))
    urls: list[str] = []
    if by_link not in shared:
        canonical = (canonical_url(link) for link in links)
        urls = ["u" + digest(url) for url in canonical if url and not _is_front_page(url)]
    if not keys and entry.published:
        # Also known by title and date: a link may turn out to be shared only later.
        keys.append("t" + digest(feed.id, same_text(title), entry.published))
    if not guid and not urls:
        # Also without the date: some such feeds date everything with the moment of the answer.
        keys.append("t" + digest(feed.id, same_text(title)))
    return tuple(dict.fromkeys([*keys, *urls])) or ("t" + digest(feed.id, same_text(title)),)


def _is_worldwide(guid: str) -> bool:
    """Whether a guid can be the same in two feeds of one owner without being chance."""
    return is_http(guid) or guid.startswith(("tag:", "urn:")) or len(guid) >= 16


def _is_front_page(url: str) -> bool:
    return re.fullmatch(r"https?://[^/?]*/?", url) is not None


def _publisher(source_url: str | None, publishers: Mapping[str, Feed]) -> Feed | None:
    """The outlet that an aggregator names; its address need not be written as that of its feed."""
    if not source_url:
        return None
    return publishers.get(host_of(source_url)) or publishers.get(outlet_of(source_url))


def _owner(feed: Feed, entry: RawEntry, publisher: Feed | None) -> str:
    if publisher:
        return publisher.owner
    if feed.tier is Tier.AGGREGATOR and entry.source_url:
        return host_of(entry.source_url) or feed.owner
    return feed.owner


def _text(entry: RawEntry, title: str, source: str) -> tuple[str, str]:
    """The text without what only repeats the headline (aggregators) or the outlet's name, and the
    same as two copies of it are compared.

    Google News gives no text but headlines: this one again, and those of other outlets about it.
    """
    if entry.link and host_of(entry.link) == _GOOGLE_NEWS:
        return "", ""
    texts = [clean(paragraph) for paragraph in entry.paragraphs]
    whole = "\n\n".join(text for text in texts if text and not _BOILERPLATE.fullmatch(text))
    same = same_text(whole)
    repeats = {same_text(title), same_text(f"{title} {source}"), same_text(f"{title} - {source}")}
    return ("", "") if same in repeats else (whole, same)


def _without_suffix(title: str, source: str) -> str:
    """Strips " - Publisher", but only if it is the name that the entry gives for its source."""
    name = same_text(source)
    for separator in _SUFFIX.finditer(title) if name else ():
        # Names hold such signs themselves: "Pennant - World".
        if same_text(title[separator.end() :]) == name:
            return title[: separator.start()].rstrip() or title
    return title


def _credible(published_at: datetime | None, now: datetime) -> datetime | None:
    if published_at is None or not _EARLIEST <= published_at <= now + _LATEST:
        return None
    return published_at
