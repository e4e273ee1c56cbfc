"""Made-up feeds whose items move on: the same bytes on every machine."""

import html
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache

from benchmarks.matching.texts import LANGUAGES, Texts

_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>Feed {feed}</title>
<link>http://feed{feed}.example/</link>
<description>Made-up feed {feed}</description>
<language>{language}</language>
<atom:link href="http://feed{feed}.example/rss" rel="self" type="application/rss+xml"/>
"""
_ITEM = """<item>
<title>{title}</title>
<link>http://feed{feed}.example/news/{item}?a=1&amp;utm_source=rss</link>
<guid isPermaLink="false">tag:feed{feed}.example,2026:{item}</guid>
<pubDate>{date}</pubDate>
<dc:creator>{author}</dc:creator>
<category>news</category>
<description>{summary}</description>
<content:encoded><![CDATA[<p>{text}. <a href="http://feed{feed}.example/t/{item}">{link}</a>
 &amp; more.</p>]]></content:encoded>
</item>
"""


class Feeds:
    """Documents of RSS 2.0 with the items that real ones have: 1.4 kB each, the newest on top.

    Args:
        first: The date of each feed's first item; the others follow every 37 minutes.
    """

    def __init__(self, first: datetime = _FIRST) -> None:
        self._texts, self._first = Texts(), first
        self._item = cache(self._new_item)

    def document(self, feed: int, first: int, items: int) -> bytes:
        """Feed number `feed` when it shows the items `first` to `first + items - 1`."""
        shown = reversed(range(first, first + items))
        head = _HEAD.format(feed=feed, language=language_of(feed))
        return f"{head}{''.join(self._item(feed, at) for at in shown)}</channel>\n</rss>\n".encode()

    def _new_item(self, feed: int, item: int) -> str:
        rng, language = random.Random(feed * 1_000_003 + item), language_of(feed)

        def words(count: int) -> str:
            return html.escape(self._texts.sentence(language, count, rng))

        return _ITEM.format(
            feed=feed,
            item=item,
            title=(title := words(10)),
            link=title[:20].rpartition("&")[0] or "here",
            date=format_datetime(self._first + timedelta(minutes=37 * item + feed % 30)),
            author=words(2),
            summary=". ".join(words(12) for _ in range(4)),
            text=words(40),
        )


def language_of(feed: int) -> str:
    """English for three feeds of seven, the other languages for one each."""
    return dict(enumerate(LANGUAGES)).get(feed % 7, "en")
