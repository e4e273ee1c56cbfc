"""Silence is reported: once, together if much is silent, and again when it ends."""

from datetime import timedelta

import pytest

from monitor.core.health import (
    confidants,
    feed_reports,
    watch_reports,
    watches_awake,
    watches_in_use,
    webhook_reports,
)
from monitor.model import FeedState, Health, WatchState, WebhookState
from tests.builders import NOW, a_feed, a_watch

LONG_AGO = NOW - timedelta(days=2)


def failing(feed_id: str, **changes: object) -> FeedState:
    given = {"health": Health.UNREACHABLE, "failing_since": LONG_AGO, "problem": "refused"}
    return FeedState(feed_id=feed_id, due_at=NOW, **(given | changes))  # type: ignore[arg-type]


def test_failing_feed_is_reported_with_its_problem():
    [report] = feed_reports({"pennant": a_feed()}, {"pennant": failing("pennant")}, NOW)

    assert "Pennant" in report.alert.title
    assert "refused" in report.alert.snippet
    assert report.feed_states[0].told is Health.UNREACHABLE


def test_lost_network_is_one_alert_not_many():
    feeds = {f"f{i}": a_feed(f"f{i}") for i in range(20)}

    [report] = feed_reports(feeds, {feed_id: failing(feed_id) for feed_id in feeds}, NOW)

    assert "20 feeds" in report.alert.title
    assert len(report.feed_states) == 20


def test_told_fault_is_not_told_again_but_its_end_is():
    feeds = {"pennant": a_feed()}
    told = failing("pennant", told=Health.UNREACHABLE)
    well = FeedState(feed_id="pennant", due_at=NOW, health=Health.OK, told=Health.UNREACHABLE)

    assert feed_reports(feeds, {"pennant": told}, NOW) == []
    [report] = feed_reports(feeds, {"pennant": well}, NOW)
    assert "works again" in report.alert.title


def test_disabled_feed_is_no_news():
    feeds = {"pennant": a_feed(enabled=False)}

    assert feed_reports(feeds, {"pennant": failing("pennant")}, NOW) == []


def test_dead_webhook_is_reported_once_and_its_recovery():
    dead = WebhookState(webhook="desk", failures=9, failing_since=LONG_AGO, problem="HTTP 500")

    [report] = webhook_reports({"desk": dead}, NOW)

    assert report.webhook == "desk"
    assert report.webhook_state
    assert webhook_reports({"desk": report.webhook_state}, NOW) == []
    [again] = webhook_reports({"desk": WebhookState(webhook="desk", told=True)}, NOW)
    assert again.webhook_state
    assert not again.webhook_state.told


# --- watches -------------------------------------------------------------------------------------

MONTH = timedelta(days=30)


def a_state(**changes: object) -> WatchState:
    given = {"watch_id": "rail", "query": "train", "since": NOW - 2 * MONTH}
    return WatchState(**(given | changes))  # type: ignore[arg-type]


def test_watch_that_never_matched_is_reported_once():
    watches, state = [a_watch()], a_state()

    [report] = watch_reports(watches, {"rail": state}, {}, NOW)

    assert report.alert.title == "Watch has found nothing for 30 days: rail"
    assert "It never matched anything." in report.alert.snippet
    assert report.watch_state
    assert watch_reports(watches, {"rail": report.watch_state}, {}, NOW) == []


def test_watch_is_given_thirty_days_from_its_last_match_or_from_its_query():
    watches = [a_watch()]
    recent = NOW - MONTH + timedelta(hours=1)

    assert watch_reports(watches, {"rail": a_state()}, {"rail": recent}, NOW) == []
    assert watch_reports(watches, {"rail": a_state(since=recent)}, {}, NOW) == []
    assert watch_reports(watches, {}, {}, NOW) == []
    assert watch_reports([a_watch(enabled=False)], {"rail": a_state()}, {}, NOW) == []


def test_new_watch_and_changed_query_begin_anew():
    states = {"rail": a_state(told=True), "same": a_state(watch_id="same", query="bus")}
    watches = [a_watch("tram"), a_watch("bus", id="same"), a_watch("ferry", id="new")]

    begun = watches_in_use(watches, states, NOW)

    assert begun == [
        WatchState(watch_id="rail", query="tram", since=NOW),
        WatchState(watch_id="new", query="ferry", since=NOW),
    ]


def test_watch_that_found_something_again_may_be_reported_again():
    told = a_state(told=True)

    assert watches_awake({"rail": told}, {"rail": NOW}, NOW) == [a_state(told=False)]
    assert watches_awake({"rail": told}, {"rail": NOW - MONTH}, NOW) == []
    assert watches_awake({"rail": a_state()}, {"rail": NOW}, NOW) == []


@pytest.mark.parametrize(
    ("wanted", "about", "failing", "told"),
    [
        (["a", "b"], "", (), ["a", "b"]),
        (["a", "b"], "a", (), ["b"]),
        (["a"], "a", (), ["b"]),  # it was the only one: another one hears of it
        (["a"], "a", ("b",), ["c"]),
        (["a", "b"], "a", ("b",), ["b", "c"]),  # b gets it when it works again
        (["a"], "a", ("b", "c"), []),
        ([], "a", (), []),  # nobody wants to hear
        (["gone"], "a", (), ["b"]),
    ],
)
def test_what_fails_is_told_through_another_that_works(
    wanted: list[str], about: str, failing: tuple[str, ...], told: list[str]
) -> None:
    states = {
        name: WebhookState(webhook=name, failures=9) if name in failing else None for name in "abc"
    }

    assert confidants(wanted, about, states) == told
