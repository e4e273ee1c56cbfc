"""Feed documents in, entries out: RSS, Atom, RDF, JSON Feed, news sitemaps; in a killable child.

pool       ChildParser: hands a body to a child, waits no longer than agreed
child      the process: limits on memory, time and files; no secrets in its environment
wire       what travels between the two
reader     bytes -> ParsedFeed (what the child runs; pure, may be called in-process)
charset    bytes -> text: what is declared, what it really is
guard      what is refused before a parser sees it, and what it seems to be instead
json_feed  JSON Feed 1 and 1.1
sitemap    sitemaps of Google News, and what an index of sitemaps names
page       the feeds that a web page names
dates      the ways feeds write a moment
html       markup -> plain paragraphs
"""

from monitor.adapters.feeds.html import paragraphs, plain
from monitor.adapters.feeds.pool import ChildParser
from monitor.adapters.feeds.reader import read

__all__ = ["ChildParser", "paragraphs", "plain", "read"]
