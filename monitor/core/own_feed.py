"""Names of what we tell as a feed, by which we know our own words when they come back.

Source: RFC 4151 (tag URIs).
"""

from dataclasses import replace

from monitor.model import ParsedFeed

_AUTHORITY = "news-monitor.invalid,2025"  # nobody's host; the instance makes it one's own


def tag(instance: str, what: str) -> str:
    """The name of a thing that this database holds, for ever: as in "alert/a_1"."""
    return f"tag:{_AUTHORITY}:{instance}/{what}"


def without_own(document: ParsedFeed, instance: str) -> ParsedFeed:
    """A document without the entries that tell of our own alerts: they are no news to us."""
    ours = tag(instance, "")
    if not any((entry.guid or "").startswith(ours) for entry in document.entries):
        return document
    foreign = (entry for entry in document.entries if not (entry.guid or "").startswith(ours))
    return replace(document, entries=tuple(foreign))
