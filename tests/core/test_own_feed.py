"""Our own words are known when they come back as a feed."""

from monitor.core.own_feed import tag, without_own
from monitor.model import ParsedFeed, RawEntry


def test_our_own_alerts_are_no_news() -> None:
    guids = [tag("one", "alert/a_1"), tag("two", "alert/a_1"), "https://example.org/1", None]
    document = ParsedFeed(version="atom10", entries=tuple(RawEntry(guid=one) for one in guids))

    left = without_own(document, "one")

    assert [entry.guid for entry in left.entries] == guids[1:]
    assert without_own(left, "one") is left
