"""Subscription lists: OPML 2.0 in both directions.

What OPML has no word for (owner, tier, ...) stands in attributes of our own namespace, so that a
list we exported comes back whole, secrets and `allow_private` aside; other readers pass over it.

Source: http://opml.org/spec2.opml
"""

import codecs
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

import listparser

from monitor.config.addresses import url_flaw
from monitor.config.durations import duration_text
from monitor.config.shapes import FEED
from monitor.config.tables import feed_table, slug, unused
from monitor.core.languages import tidy
from monitor.errors import ConfigError, Problem
from monitor.model import Feed, Tier

NAMESPACE = "urn:news-monitor:feed:1"
MAX_BYTES = 16 * 1024 * 1024

# Never in a list that we give away, and never taken from one: a stranger's file could have our
# secrets sent to an address of its choice.
_SECRET = frozenset({"headers", "auth", "proxy"})
# Never taken from a list: it would let a stranger's file open our network.
_NOT_IMPORTED = _SECRET | {"allow_private"}
_HEADER = """# Feeds from a subscription list.
#
# A list names neither the newsroom behind a feed nor how close it is to the events. Where it was
# not our own export, `owner` is the feed's host and `tier` is press: look them over, for
# feeds of one newsroom share one owner. Run `news-monitor check`, then `news-monitor feeds probe`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlFeed:
    """A feed of a subscription list.

    Attributes:
        topics: Categories and folders.
        ours: Key of feeds/*.toml → value, if we exported the list.
    """

    url: str
    name: str = ""
    topics: tuple[str, ...] = ()
    language: str = ""
    ours: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What became of a subscription list.

    Attributes:
        toml: A file for `feeds/`, or more of one: may be appended; empty if nothing is new.
        added: Ids of the new feeds, in the order of the list.
        known: Address → id of the feed that has it already.
        refused: Address → what is wrong with it.
    """

    toml: str
    added: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


def read_opml(text: bytes, name: str = "OPML") -> list[OpmlFeed]:
    """The feeds of a subscription list (OPML, FOAF, iGoogle), in its order, each address once.

    Args:
        name: Of the file, for messages.

    Raises:
        ConfigError: It is too big, or holds no feed.
    """
    if len(text) > MAX_BYTES:
        raise _refused(name, f"is bigger than {MAX_BYTES // 1024**2} MB", "is it the right file?")
    decoded = _decoded(text)
    try:
        # Bytes: a str that begins with http:// would be fetched.
        found = listparser.parse(decoded.encode())["feeds"]
    except (AssertionError, LookupError, ValueError, RecursionError):
        found = []
    if not found:
        raise _refused(name, "holds no feed", "it must be OPML with xmlUrl attributes")
    own, languages = _attributes(decoded)
    return [
        OpmlFeed(
            url=feed["url"],
            name=_line(feed.get("title", "")),
            topics=tuple(
                dict.fromkeys(
                    _line(part) for path in feed.get("categories", []) for part in path if part
                )
            ),
            language=languages.get(feed["url"], ""),
            ours=own.get(feed["url"], {}),
        )
        for feed in found
    ]


def _refused(name: str, what: str, cure: str) -> ConfigError:
    return ConfigError((Problem(where=name, what=what, cure=cure),))


def _decoded(text: bytes) -> str:
    """By byte order mark, then by the XML declaration, else UTF-8."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16, "utf-16")):
        if text.startswith(mark):
            return text.decode(name, "replace")
    declared = re.match(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)", text[:200])
    try:
        return text.decode(declared[1].decode() if declared else "utf-8", "replace")
    except (LookupError, ValueError):
        return text.decode("utf-8", "replace")


def _attributes(text: str) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """What listparser leaves out: our attributes and languages by address, if it is well-formed."""
    if "<!DOCTYPE" in text:  # neither we nor OPML need one, and it may hold an entity bomb
        return {}, {}
    try:
        root = ET.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))  # noqa: S314
    except (ET.ParseError, ValueError):
        return {}, {}
    own: dict[str, dict[str, Any]] = {}
    languages = {}
    for outline in root.iter("outline"):
        url = outline.get("xmlUrl", "").strip()
        ours = {
            key: _read(outline.attrib[f"{{{NAMESPACE}}}{key}"])
            for key in FEED.keys
            if f"{{{NAMESPACE}}}{key}" in outline.attrib and key not in _NOT_IMPORTED
        }
        if url and url not in own:
            own[url], languages[url] = ours, outline.get("language", "").strip()
    return own, languages


def _read(attribute: str) -> Any:
    """JSON for lists, yes or no, and texts that look like these; else the text itself."""
    if attribute[:1] not in ("[", '"') and attribute not in ("true", "false"):
        return attribute
    try:
        value = json.loads(attribute)
    except (ValueError, RecursionError):
        return attribute
    parts = value if isinstance(value, list) else [value]
    if isinstance(value, bool) or all(isinstance(part, str) for part in parts):
        return value
    return attribute


def import_feeds(text: bytes, existing: Mapping[str, Feed], name: str = "OPML") -> ImportResult:
    """A subscription list as a file for `feeds/`; addresses that are there already are left out.

    Args:
        name: Of the file, for messages.

    Raises:
        ConfigError: It cannot be read as a subscription list.
    """
    taken = set(existing)
    known = {url: feed.id for feed in existing.values() for url in (feed.url, *feed.mirrors)}
    tables: list[dict[str, Any]] = []
    repeated: dict[str, str] = {}
    refused: dict[str, str] = {}
    for feed in read_opml(text, name):
        if feed.url in known:
            repeated[feed.url] = known[feed.url]
        elif flaw := url_flaw(feed.url.replace("{rsshub}", "https://rsshub.example.org")):
            refused[feed.url] = flaw[0]
        else:
            tables.append(_table(feed, taken))
            taken.add(tables[-1]["id"])
            known[feed.url] = tables[-1]["id"]
    return ImportResult(
        toml=_HEADER + "".join(f"\n{feed_table(table)}" for table in tables) if tables else "",
        added=tuple(table["id"] for table in tables),
        known=repeated,
        refused=refused,
    )


def _table(feed: OpmlFeed, taken: set[str]) -> dict[str, Any]:
    host = (urlsplit(feed.url).hostname or "feed").removeprefix("www.").removeprefix("feeds.")
    plain = {
        "id": unused(slug(str(feed.ours.get("id", ""))) or slug(feed.name) or slug(host), taken),
        "name": feed.name or host,
        "url": feed.url,
        "owner": host,
        "tier": Tier.PRESS.value,
        "language": tidy(feed.language),  # other readers write "en-us", or the name
        "topics": sorted(feed.topics),
        "evidence": "imported from a subscription list, not probed",
    }
    ours = {key: value for key, value in feed.ours.items() if key not in ("id", "url")}
    return plain | ours


def export_opml(feeds: Iterable[Feed]) -> bytes:
    """The feeds as OPML 2.0, with what OPML has no word for in attributes of our own."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:nm="{NAMESPACE}">',
        "  <head>",
        "    <title>news-monitor</title>",
        "  </head>",
        "  <body>",
        *(f"    <outline {_outline(feed)}/>" for feed in feeds),
        "  </body>",
        "</opml>",
        "",
    ]
    return "\n".join(lines).encode()


def _outline(feed: Feed) -> str:
    standard = {
        "type": "rss",
        "text": feed.name or feed.id,
        "title": feed.name or feed.id,
        "xmlUrl": feed.url,
        "language": feed.language,
        # Commas and slashes have a meaning in the attribute.
        "category": ",".join("/" + re.sub(r"[,/]", " ", topic) for topic in sorted(feed.topics)),
    }
    ours = {
        f"nm:{key}": write(getattr(feed, name))
        for key, name in FEED.keys.items()
        if key not in {"url", *_SECRET} and getattr(feed, name) not in (None, "", (), frozenset())
        for write in [_WRITERS.get(name, _as_text)]
    }
    return " ".join(f"{key}={quoteattr(_xml(text))}" for key, text in (standard | ours).items())


def _as_text(value: Any) -> str:
    text = str(value)
    return json.dumps(text) if _read(text) != text else text


def _as_list(value: Iterable[str]) -> str:
    return json.dumps([_xml(part) for part in value], ensure_ascii=False)


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "authority_for": _as_list,
    "mirrors": _as_list,
    "link_hosts": _as_list,
    "allow_private": _as_list,
    "topics": lambda topics: _as_list(sorted(topics)),
    "implied_groups": lambda groups: _as_list(sorted(groups)),
    "interval": duration_text,
    "min_interval": duration_text,
    "max_latency": duration_text,
    "max_age": duration_text,
    "expect_every": duration_text,
    "adaptive": lambda adaptive: "true" if adaptive else "false",
    "enabled": lambda enabled: "true" if enabled else "false",
}


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold even when escaped.

    Source: XML 1.0, production 2 (Char).
    """
    return re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def _line(text: str) -> str:
    return " ".join(text.split())
