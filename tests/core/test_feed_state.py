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


# --- what is odd about an answer ----------------------------------------------------------------


DAYS = timedelta(days=1)


def test_two_weeks_of_nothing_new_are_suspect_of_a_feed_that_was_lively():
    lively = replace(FRESH, news_count=20, news_gap_s=3600.0, longest_gap_s=36000.0)
    state = replace(lively, etag='"1"', body_at=NOW)

    assert feed_state.is_stuck(state, NOW + 14 * DAYS)
    assert not feed_state.is_stuck(state, NOW + 13 * DAYS)
    assert not feed_state.is_stuck(replace(state, etag=None), NOW + 14 * DAYS)
    assert not feed_state.is_stuck(replace(state, longest_gap_s=8 * 86400.0), NOW + 14 * DAYS)
    assert not feed_state.is_stuck(replace(state, body_at=None), NOW + 14 * DAYS)
    plain = feed_state.without_validators(state)
    assert (plain.etag, plain.last_modified, plain.validated_url) == (None, None, None)


def test_a_body_counts_even_if_it_is_the_same():
    state = replace(FRESH, body_at=NOW)

    assert feed_state.unchanged(state, NotModified(), FEED.url, at(5)).body_at == NOW
    assert feed_state.unchanged(state, BODY, FEED.url, at(5)).body_at == at(5)
    assert feed_state.unchanged(FRESH, NotModified(), FEED.url, at(5)).body_at == at(5)


def test_a_feed_is_slow_if_it_usually_takes_most_of_its_time():
    deadline = timedelta(seconds=30)
    state = replace(FRESH, baseline_at=NOW)
    for _ in range(9):
        state = feed_state.unchanged(state, NotModified(took=deadline * 0.1), FEED.url, NOW)
    once = feed_state.unchanged(state, NotModified(took=deadline), FEED.url, NOW)
    for _ in range(9):
        state = feed_state.unchanged(state, NotModified(took=deadline * 0.8), FEED.url, NOW)

    assert not feed_state.is_slow(FRESH, deadline, at(24))
    assert not feed_state.is_slow(once, deadline, at(24))
    assert not feed_state.is_slow(state, deadline, at(23))
    assert feed_state.is_slow(state, deadline, at(24))


def test_a_slow_feed_is_told_once_and_so_is_its_end():
    slow = replace(FRESH, health=Health.SLOW, baseline_at=NOW)

    assert feed_state.is_worth_telling(FEED, slow, NOW)
    assert not feed_state.is_worth_telling(FEED, replace(slow, told=Health.SLOW), NOW)
    assert feed_state.is_worth_telling(FEED, replace(slow, health=Health.OK, told=Health.SLOW), NOW)


def test_a_404_is_told_after_three_days_other_failures_after_six_hours():
    gone = replace(FRESH, health=Health.NOT_FOUND, failures=9, failing_since=NOW)

    assert not feed_state.is_worth_telling(FEED, gone, NOW + 2.9 * DAYS)
    assert feed_state.is_worth_telling(FEED, gone, NOW + 3 * DAYS)
    assert feed_state.is_worth_telling(FEED, replace(gone, health=Health.FAILING), at(6))


def test_due_times_move_along_with_a_clock_that_jumps():
    state = replace(FRESH, due_at=at(1), earliest_at=at(0.5))
    year = timedelta(days=365)

    for jump in (timedelta(hours=1), -timedelta(hours=1), 10 * year):
        moved = feed_state.shifted(state, jump)
        assert (moved.due_at, moved.earliest_at) == (at(1) + jump, at(0.5) + jump)
    gone = replace(state, health=Health.GONE)
    assert feed_state.shifted(gone, year) == gone
    assert feed_state.shifted(state, 9000 * year) == state
