"""Silence is reported: once, together if much is silent, and again when it ends."""

from datetime import timedelta

from monitor.core.health import feed_reports, webhook_reports
from monitor.model import FeedState, Health, WebhookState
from tests.builders import NOW, a_feed

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
