"""A lost network, a wrong clock and hung work are told as what they are, once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.core.health import feed_reports, moved_reports
from monitor.core.machine import (
    clock_report,
    hung_report,
    lost_since,
    network_report,
    refused_report,
    skew_of,
)
from monitor.model import FeedState, Health
from tests.builders import NOW, a_feed

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def unreachable(feed_id: str, since: datetime = NOW - HOUR, **changes: object) -> FeedState:
    given = {"health": Health.UNREACHABLE, "failures": 2, "failing_since": since, "polled_at": NOW}
    return FeedState(feed_id=feed_id, due_at=NOW, **(given | changes))  # type: ignore[arg-type]


def well(feed_id: str) -> FeedState:
    return FeedState(feed_id=feed_id, due_at=NOW, health=Health.OK, polled_at=NOW)


FEEDS = {f"f{n}": a_feed(f"f{n}") for n in range(10)}
LOST = {name: unreachable(name) for name in FEEDS}


# --- the network ---------------------------------------------------------------------------------


def test_a_lost_network_is_one_report_after_a_quarter_of_an_hour():
    report = network_report(FEEDS, LOST, NOW)

    assert report
    assert report.alert.title == "The network seems to be lost: 10 feeds cannot be reached"
    assert {state.told for state in report.feed_states} == {Health.UNREACHABLE}
    told = {state.feed_id: state for state in report.feed_states}
    assert network_report(FEEDS, told, NOW) is None
    assert feed_reports(FEEDS, told, NOW + 24 * HOUR) == []
    assert network_report(FEEDS, LOST, NOW - 46 * MINUTE) is None


def test_its_end_is_one_report_too():
    back = {
        name: replace(state, health=Health.OK, failures=0, failing_since=None)
        for name, state in LOST.items()
    }
    back = {name: replace(well(name), told=Health.UNREACHABLE) for name in FEEDS}

    [report] = feed_reports(FEEDS, back, NOW)

    assert report.alert.title == "10 feeds work again"


@pytest.mark.parametrize(("working", "is_lost"), [(0, True), (2, True), (3, False), (10, False)])
def test_a_few_that_answer_may_be_nearby(working: int, is_lost: bool):
    states = LOST | {f"f{n}": well(f"f{n}") for n in range(working)}

    assert (lost_since(FEEDS, states) is not None) is is_lost


def test_few_hosts_prove_nothing_and_many_feeds_of_one_host_are_one():
    few = {name: FEEDS[name] for name in ("f0", "f1", "f2", "f3")}
    one_host = {
        name: replace(feed, url="https://x.example.org/" + name) for name, feed in FEEDS.items()
    }

    assert lost_since(few, LOST) is None
    assert lost_since(one_host, LOST) is None


def test_feeds_notice_it_one_after_the_other():
    states = {f"f{n}": unreachable(f"f{n}", NOW - n * MINUTE) for n in range(10)}

    assert lost_since(FEEDS, states) == NOW - 4 * MINUTE


def test_feeds_that_were_told_before_are_no_network():
    told = LOST | {"f0": replace(LOST["f0"], told=Health.BLOCKED)}

    assert network_report(FEEDS, told, NOW) is None
    assert network_report({}, {}, NOW) is None


# --- the clock -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("skews", "skew"),
    [
        ([], None),
        ([0, 1, -2, 59], None),
        ([90, 95], None),
        ([90, 95, 100], 95),
        ([-90, -95, -3000], -95),
        ([90, 95, 100, 0, 1, 2], None),
        ([90, 95, 100, 0, 1], 95),
        ([90, 95, -100, -90], None),
    ],
)
def test_the_clock_is_wrong_if_most_servers_say_so_and_at_least_three(
    skews: list[int], skew: int | None
):
    heard = {f"h{n}": timedelta(seconds=s) for n, s in enumerate(skews)}

    assert skew_of(heard) == (None if skew is None else timedelta(seconds=skew))


def test_a_wrong_clock_is_told_once_a_day():
    slow = clock_report(timedelta(seconds=95), 3, NOW).alert
    later = clock_report(timedelta(seconds=99), 4, NOW + HOUR).alert

    assert slow.title == "The clock of this machine is 95 s slow"
    assert slow.id == later.id
    assert "61 s fast" in clock_report(timedelta(seconds=-61), 3, NOW).alert.title


def test_hung_work_is_named():
    assert hung_report(["feed pennant"], NOW).alert.title == "Work hung: feed pennant"
    many = hung_report(["feed pennant", "webhook desk"], NOW).alert
    assert "2 pieces of work hung" in many.title
    assert "webhook desk" in many.snippet


# --- feeds that moved ----------------------------------------------------------------------------


def test_an_adopted_address_is_told_once():
    feeds = {"pennant": a_feed()}
    moved = replace(well("pennant"), moved_to="https://new.example.org/f", moved_count=3)

    [report] = moved_reports(feeds, {"pennant": moved}, NOW)

    assert report.alert.title == "Feed has moved: Pennant"
    assert "https://new.example.org/f" in report.alert.snippet
    assert moved_reports(feeds, {"pennant": report.feed_states[0]}, NOW) == []
    for other in (
        replace(moved, moved_count=2),
        replace(moved, moved_to=feeds["pennant"].url),
        replace(moved, moved_to=None),
    ):
        assert moved_reports(feeds, {"pennant": other}, NOW) == []
    assert moved_reports({"pennant": a_feed(enabled=False)}, {"pennant": moved}, NOW) == []


def test_a_refused_configuration_is_told_with_its_mistakes_and_its_end() -> None:
    refused = refused_report(["a.toml: x: wrong", "b.toml: y: wrong"], NOW).alert
    mended = refused_report([], NOW).alert

    assert refused.title == "The saved configuration is refused: 2 mistakes"
    assert "a.toml: x: wrong" in refused.snippet
    assert mended.title == "The configuration is in order again"
    assert refused.id != mended.id
