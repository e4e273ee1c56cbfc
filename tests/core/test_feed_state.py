"""What a poll teaches us of a feed."""

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core import feed_state
from monitor.model import (
    Feed,
    FeedState,
    Fetched,
    Health,
    Item,
    Judged,
    NotModified,
    ParsedFeed,
    Status,
)
from tests.builders import NOW, a_feed, an_item

FEED = a_feed(mirrors=("https://mirror.example.org/f", "https://third.example.org/f"))
FRESH = FeedState(feed_id="pennant", due_at=NOW)
BODY = Fetched(url=FEED.url, body=b"<rss/>")


def after_parse(
    state: FeedState = FRESH,
    *items: Item,
    status: Status = Status.NEW,
    asked: str = FEED.url,
    moved_to: str | None = None,
    feed: Feed = FEED,
) -> FeedState:
    fetched = Fetched(url=asked, body=b"<rss/>", etag='"1"', moved_to=moved_to)
    judged = [Judged(item=item, status=status) for item in items]
    document = ParsedFeed(version="rss20")
    return feed_state.parsed(feed, state, fetched, asked, "hash", document, judged, NOW)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def test_first_parse_is_the_baseline():
    state = after_parse(FRESH, an_item(published_at=at(-1)))

    assert (state.baseline_at, state.newest_at, state.last_new_at) == (NOW, at(-1), NOW)
    assert (state.etag, state.validated_url, state.body_hash) == ('"1"', FEED.url, "hash")
    assert after_parse(state).baseline_at == NOW


def test_document_that_ends_in_the_middle_gives_no_validators():
    """Half a feed must be asked for again, whatever its ETag says."""
    fetched = Fetched(url=FEED.url, body=b"<rss><channel>", etag='"1"')
    cut = ParsedFeed(version="rss20", complete=False)

    state = feed_state.parsed(FEED, FRESH, fetched, FEED.url, "hash", cut, [], NOW)

    assert (state.etag, state.validated_url, state.body_hash) == (None, None, None)


def test_304_keeps_validators_and_takes_changed_ones():
    state = replace(
        FRESH,
        etag='"1"',
        last_modified="Mon",
        validated_url=FEED.url,
        failures=3,
        health=Health.FAILING,
    )

    after = feed_state.unchanged(state, NotModified(last_modified="Tue"), FEED.url, NOW)

    assert (after.etag, after.last_modified) == ('"1"', "Tue")
    assert (after.health, after.failures) == (Health.OK, 0)


def test_failure_forgets_nothing_but_says_since_when():
    state = replace(FRESH, etag='"1"', last_ok_at=at(-1))

    once = feed_state.failed(state, Health.UNREACHABLE, "connection refused", NOW)
    twice = feed_state.failed(once, Health.FAILING, "HTTP 500", at(1))

    assert (twice.failures, twice.failing_since, twice.etag) == (2, NOW, '"1"')
    assert twice.health is Health.FAILING


def test_feed_without_entries_is_a_fault_if_there_were_some():
    had = after_parse(FRESH, an_item())

    assert feed_state.empty(had, BODY, NOW).failures == 1
    assert feed_state.empty(FRESH, BODY, NOW).health is Health.EMPTY


def test_first_entry_of_a_feed_that_was_empty_is_news():
    """The guard for first polls must not swallow it."""
    assert feed_state.empty(FRESH, BODY, NOW).baseline_at == NOW


def test_mirrors_are_tried_when_the_address_fails_and_remembered():
    assert feed_state.addresses(FEED, FRESH) == (FEED.url, *FEED.mirrors)

    state = after_parse(FRESH, asked=FEED.mirrors[0])

    assert feed_state.addresses(FEED, state) == (*FEED.mirrors, FEED.url)


def test_permanent_redirect_is_adopted_after_three_polls_only():
    target = "https://new.example.org/f"
    state = FRESH
    for polls in (1, 2, 3):
        state = after_parse(state, moved_to=target)
        assert state.moved_count == polls

    assert feed_state.addresses(FEED, state)[0] == target
    assert after_parse(state, asked=target).moved_to == target


def test_redirect_that_stops_is_forgotten():
    state = after_parse(after_parse(FRESH, moved_to="https://new.example.org/f"))

    assert (state.moved_count, state.moved_to) == (0, None)


def test_adopted_target_that_fails_is_dropped():
    state = replace(FRESH, moved_to="https://new.example.org/f", moved_count=3)

    after = feed_state.failed(state, Health.FAILING, "HTTP 404", NOW)

    assert feed_state.addresses(FEED, after)[0] == FEED.url


def test_gap_if_nothing_in_the_window_was_seen_before():
    """UN press shows ten items: a busy morning may push some out between two polls."""
    seen = after_parse(FRESH, an_item(published_at=at(-5)))
    later = [an_item("a", published_at=at(-2)), an_item("b", published_at=at(-1))]

    assert after_parse(seen, *later).gap_at == NOW
    assert after_parse(seen, *later, status=Status.KNOWN).gap_at is None
    assert after_parse(seen, an_item("a", published_at=at(-6)), later[0]).gap_at is None
    assert after_parse(FRESH, *later).gap_at is None


def test_bad_health_is_told_once_and_only_past_patience():
    bad = replace(FRESH, health=Health.NOT_A_FEED, failing_since=at(-5), polled_at=NOW)

    assert not feed_state.is_worth_telling(FEED, bad, NOW)
    assert feed_state.is_worth_telling(FEED, bad, at(2))
    assert not feed_state.is_worth_telling(FEED, replace(bad, told=Health.NOT_A_FEED), at(2))


def test_recovery_is_told_if_the_fault_was():
    well = replace(FRESH, health=Health.OK)

    assert not feed_state.is_worth_telling(FEED, well, NOW)
    assert feed_state.is_worth_telling(FEED, replace(well, told=Health.BLOCKED), NOW)


def test_gone_feed_is_told_at_once():
    assert feed_state.is_worth_telling(FEED, replace(FRESH, health=Health.GONE), NOW)
