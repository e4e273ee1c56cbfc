"""Feed documents as real outlets write them: RSS 2.0, Atom 1.0 and RSS 1.0. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b
from xml.sax.saxutils import escape, quoteattr

from monitor.demo.story import Outlet, StoryItem

WINDOW = 10  # entries a feed shows; older ones leave it

_ATOM = frozenset({"pennant", "railhead", "council-press", "trade-office", "xinguang-en"})
_RDF = frozenset({"minato", "toyo"})  # still at home in Japan


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """An item since the moment it appeared in its feed, on the clock of the run."""

    item: StoryItem
    at: datetime
    first_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed at a moment, with its validators."""

    body: bytes
    content_type: str
    etag: str
    last_modified: str


def publish(before: Sequence[Published], item: StoryItem, at: datetime) -> list[Published]:
    """The feed's entries after an item appeared, newest first; an edit takes its old place away."""
    same = [old for old in before if old.item.guid == item.guid]
    first_at = same[0].first_at if same else at
    others = [old for old in before if old.item.guid != item.guid]
    return [Published(item=item, at=at, first_at=first_at), *others][:WINDOW]


def document(
    outlet: Outlet, entries: Sequence[Published], address: str, started_at: datetime
) -> Document:
    """The feed's document: the same entries give the same bytes.

    Args:
        entries: Newest first.
        address: Where the feed is served.
        started_at: When a feed without entries last changed.
    """
    changed_at = max((entry.at for entry in entries), default=started_at)
    writer, content_type = _writer(outlet)
    body = writer(outlet, entries, address, changed_at).encode()
    return Document(
        body=body,
        content_type=f"{content_type}; charset=utf-8",
        etag=f'"{blake2b(body, digest_size=8).hexdigest()}"',
        last_modified=_mail_date(changed_at),
    )


_Writer = Callable[[Outlet, Sequence[Published], str, datetime], str]


def _writer(outlet: Outlet) -> tuple[_Writer, str]:
    if outlet.id in _ATOM:
        return _atom, "application/atom+xml"
    if outlet.id in _RDF:
        return _rdf, "application/rdf+xml"
    return _rss, "application/rss+xml"


# --- RSS 2.0 (rssboard.org/rss-specification) ----------------------------------------------------


def _rss(outlet: Outlet, entries: Sequence[Published], address: str, changed_at: datetime) -> str:
    items = "".join(_rss_item(entry) for entry in entries)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>{escape(outlet.name)}</title>
<link>{_home(outlet)}</link>
<description>{escape(outlet.name)}</description>
<language>{escape(outlet.language)}</language>
<lastBuildDate>{_mail_date(changed_at)}</lastBuildDate>
<atom:link href={quoteattr(address)} rel="self" type="application/rss+xml"/>
{items}</channel>
</rss>
"""


def _rss_item(entry: Published) -> str:
    item = entry.item
    return f"""<item>
<title>{escape(item.title)}</title>
<link>{escape(item.link)}</link>
<guid isPermaLink="false">{escape(item.guid)}</guid>
<pubDate>{_mail_date(entry.at)}</pubDate>
<description>{_rss_text(item)}</description>{_rss_source(item)}
</item>
"""


def _rss_text(item: StoryItem) -> str:
    """Press conferences come as CDATA, what aggregators make of a headline as escaped markup."""
    if item.summary.startswith("<p>"):
        return f"<![CDATA[{item.summary}]]>"
    return escape(item.summary if _is_html(item) else escape(item.summary))


def _rss_source(item: StoryItem) -> str:
    if not item.source_title:
        return ""
    return f"\n<source url={quoteattr(item.source_url)}>{escape(item.source_title)}</source>"


# --- Atom 1.0 (RFC 4287) -------------------------------------------------------------------------


def _atom(outlet: Outlet, entries: Sequence[Published], address: str, changed_at: datetime) -> str:
    items = "".join(_atom_entry(entry) for entry in entries)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(outlet.language)}>
<id>tag:{outlet.id}.example.org,2025:feed</id>
<title>{escape(outlet.name)}</title>
<link rel="alternate" type="text/html" href={quoteattr(_home(outlet))}/>
<link rel="self" type="application/atom+xml" href={quoteattr(address)}/>
<updated>{_iso(changed_at)}</updated>
<author><name>{escape(outlet.name)}</name></author>
{items}</feed>
"""


def _atom_entry(entry: Published) -> str:
    item = entry.item
    kind = "html" if _is_html(item) else "text"
    return f"""<entry>
<id>{escape(item.guid)}</id>
<title>{escape(item.title)}</title>
<link rel="alternate" href={quoteattr(item.link)}/>
<published>{_iso(entry.first_at)}</published>
<updated>{_iso(entry.at)}</updated>
<summary type="{kind}">{escape(item.summary)}</summary>
</entry>
"""


# --- RSS 1.0 (web.resource.org/rss/1.0/spec) -----------------------------------------------------


def _rdf(outlet: Outlet, entries: Sequence[Published], address: str, changed_at: datetime) -> str:
    listed = "".join(f"<rdf:li rdf:resource={quoteattr(e.item.guid)}/>\n" for e in entries)
    items = "".join(_rdf_item(entry) for entry in entries)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about={quoteattr(address)}>
<title>{escape(outlet.name)}</title>
<link>{_home(outlet)}</link>
<description>{escape(outlet.name)}</description>
<dc:language>{escape(outlet.language)}</dc:language>
<dc:date>{_iso(changed_at)}</dc:date>
<items><rdf:Seq>
{listed}</rdf:Seq></items>
</channel>
{items}</rdf:RDF>
"""


def _rdf_item(entry: Published) -> str:
    item = entry.item
    return f"""<item rdf:about={quoteattr(item.guid)}>
<title>{escape(item.title)}</title>
<link>{escape(item.link)}</link>
<description>{escape(item.summary)}</description>
<dc:date>{_iso(entry.at)}</dc:date>
</item>
"""


def _is_html(item: StoryItem) -> bool:
    return item.summary.startswith("<")


def _home(outlet: Outlet) -> str:
    return f"https://{outlet.id}.example.org/"


def _mail_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
