"""A watch whose last official source went quiet says so, once, and when one is back."""

from datetime import timedelta

from monitor.core.voices import VOICE_PATIENCE, voice_reports
from monitor.model import (
    Escalation,
    Feed,
    FeedState,
    Health,
    Severity,
    Tier,
    Watch,
    WatchState,
)
from tests.builders import NOW, a_feed, a_watch

WHEN = "claim == confirmed and tier == official_primary and authority in [CN, RU]"
FEEDS = {
    feed.id: feed
    for feed in (
        a_feed("cn-mfa", tier=Tier.OFFICIAL_PRIMARY, authority_for=("CN",)),
        a_feed("mid", tier=Tier.OFFICIAL_PRIMARY, authority_for=("RU",)),
        a_feed("un", tier=Tier.OFFICIAL_PRIMARY, authority_for=("UN",)),
    )
}
WATCH = a_watch(escalations=(Escalation(severity=Severity.HIGH, when=WHEN),))
FRESH = WatchState(watch_id="rail", query="train", since=NOW)


def failing(feed_id: str, since: timedelta, health: Health = Health.BLOCKED) -> FeedState:
    return FeedState(feed_id=feed_id, due_at=NOW, health=health, failing_since=NOW - since)


def reports_of(
    *states: FeedState,
    state: WatchState = FRESH,
    watch: Watch = WATCH,
    feeds: dict[str, Feed] = FEEDS,
) -> list[tuple[str, WatchState | None]]:
    known = {one.feed_id: one for one in states}
    reports = voice_reports([watch], {"rail": state}, feeds, known, NOW)
    return [(one.alert.title, one.watch_state) for one in reports]


def test_last_source_that_is_lost_is_told_once() -> None:
    lost = (failing("cn-mfa", VOICE_PATIENCE), failing("mid", VOICE_PATIENCE * 9))

    [(title, after)] = reports_of(*lost)

    assert title == "Watch has no official source left: rail"
    assert after
    assert after.unheard == (WHEN,)
    assert reports_of(*lost, state=after) == []


def test_source_that_is_well_or_failed_just_now_is_not_lost() -> None:
    lost = failing("cn-mfa", VOICE_PATIENCE)

    assert reports_of(lost) == []  # the other one was never asked
    assert reports_of(lost, failing("mid", VOICE_PATIENCE / 2)) == []
    assert reports_of(lost, FeedState(feed_id="mid", due_at=NOW, health=Health.STALE)) == []
    assert reports_of(lost, failing("mid", timedelta(), Health.GONE)) != []


def test_source_that_is_back_is_told_once() -> None:
    told = WatchState(watch_id="rail", query="train", since=NOW, unheard=(WHEN,))
    lost = failing("cn-mfa", VOICE_PATIENCE)
    back = FeedState(feed_id="mid", due_at=NOW, health=Health.OK)

    [(title, after)] = reports_of(lost, back, state=told)

    assert title == "Watch has an official source again: rail"
    assert after == FRESH
    assert reports_of(lost, back, state=FRESH) == []
    # Failing anew for a minute is no recovery.
    assert reports_of(lost, failing("mid", timedelta(minutes=1)), state=told) == []


def test_watch_that_needs_no_official_or_has_none_enabled_says_nothing() -> None:
    lost = (failing("cn-mfa", VOICE_PATIENCE), failing("mid", VOICE_PATIENCE))
    off = {name: a_feed(name, enabled=False) for name in FEEDS}

    assert reports_of(*lost, watch=a_watch()) == []
    assert reports_of(*lost, watch=a_watch(escalations=WATCH.escalations, enabled=False)) == []
    assert reports_of(*lost, feeds=off) == []
