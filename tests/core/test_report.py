"""What is counted of a watch's week: every item once, every claim as it was known then."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.ladder import Reading, Voice, advance
from monitor.core.report import StoryReport, report_on, stretch_before
from monitor.model import (
    AlertKind,
    Awaited,
    Claim,
    Matched,
    Rated,
    Rating,
    Reason,
    Report,
    Severity,
    Standing,
    Thread,
    Tier,
    WatchPast,
)
from tests.builders import NOW, a_watch, an_alert, an_item

DAY, WEEK = timedelta(days=1), timedelta(days=7)
SINCE = NOW - WEEK
HELD = [reason for reason in Reason if reason.value not in ("first_match", "escalated", "updated")]


def matched(item: str = "i_1", day: float = 1, **changes: Any) -> Matched:
    """A match so many days after the begin of the week."""
    given: dict[str, Any] = {
        "thread_id": "s_1",
        "made_at": SINCE + day * DAY,
        "told": False,
        "reason": Reason.SAME_STORY,
        "title": f"headline {item}",
        "publisher": "Pennant",
        "owner": "pennant",
        "tier": Tier.PRESS,
        "language": "en",
    }
    return Matched(item_id=item, **(given | changes))


def told(item: str = "i_1", day: float = 1, **changes: Any) -> Matched:
    return matched(item, day, **({"told": True, "reason": Reason.FIRST_MATCH} | changes))


def a_thread(thread_id: str = "s_1", **changes: Any) -> Thread:
    given: dict[str, Any] = {
        "title": f"title of {thread_id}",
        "language": "en",
        "first_seen_at": SINCE - 30 * DAY,
        "last_seen_at": NOW,
    }
    return Thread(id=thread_id, **(given | changes))


def reported(*matches: Matched, **past: Any) -> StoryReport:
    return report_on(a_watch(), WatchPast(matches=matches, **past), SINCE, NOW)


def claims(*said: tuple[Claim, Tier, str, float]) -> Standing:
    """After items with these claims: tier, item, and day of the week."""
    standing = Standing()
    for claim, tier, item, day in said:
        party = ("CN",) if tier is Tier.OFFICIAL_PRIMARY else ()
        voice = Voice(
            item_id=item,
            at=SINCE + day * DAY,
            publisher=f"of {item}",
            owner=item,
            tier=tier,
            authority_for=party,
        )
        standing, _ = advance(standing, Reading(claim=claim), voice, party)
    return standing


# --- items ---------------------------------------------------------------------------------------


def test_item_is_told_or_held_back_but_never_both() -> None:
    """Its edit was held, and so was another item's first text, which was told as edited."""
    report = reported(
        told("i_1", 1),
        matched("i_1", 2, reason=Reason.ALREADY_TOLD),
        matched("i_2", 2, reason=Reason.COPY),
        told("i_2", 3),
        matched("i_3", 3, reason=Reason.COPY),
        matched("i_3", 4, reason=Reason.ANALYSIS),
    )

    assert (report.items, report.told) == (3, 2)
    assert [(held.reason, held.count) for held in report.held] == [(Reason.ANALYSIS, 1)]


def test_item_counts_in_the_week_in_which_it_was_matched_first() -> None:
    """An edit makes it no item of the week after."""
    report = reported(
        told("i_1", -1), matched("i_1", 2, reason=Reason.ALREADY_TOLD), told("i_2", 3)
    )

    assert (report.items, report.items_before) == (1, 1)
    assert report.held == ()


def test_end_is_the_begin_of_the_next_week() -> None:
    report = reported(matched("i_1", 0), matched("i_2", 7))

    assert report.items == 1


def test_headlines_stand_for_what_was_held_as_known_and_for_nothing_else() -> None:
    copies = [matched(f"i_{n}", n / 10, reason=Reason.COPY) for n in range(9)]
    report = reported(*copies, matched("i_old", 1, reason=Reason.TOO_OLD))

    first, second = report.held
    assert (first.reason, first.count, len(first.headlines)) == (Reason.COPY, 9, 3)
    assert [one.title for one in first.headlines] == [f"headline i_{n}" for n in (6, 7, 8)]
    assert (second.reason, second.headlines) == (Reason.TOO_OLD, ())


@st.composite
def pasts(draw: st.DrawFn) -> WatchPast:
    """Any matches of few items in few stories; the story is the item's."""
    story = {f"i_{n}": f"s_{draw(st.integers(0, 3))}" for n in range(8)}
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(sorted(story)),
                st.floats(-20, 10),
                st.booleans(),
                st.sampled_from(HELD),
                st.sampled_from(["a", "b", "c"]),
            ),
            max_size=30,
        )
    )
    made = sorted(
        (
            matched(item, day, thread_id=story[item], told=was, reason=reason, publisher=who)
            for item, day, was, reason, who in rows
        ),
        key=lambda one: one.made_at,
    )
    return WatchPast(matches=tuple(made))


@given(past=pasts())
def test_items_are_told_or_held_and_first_or_follow_on(past: WatchPast) -> None:
    report = report_on(a_watch(), past, SINCE, NOW)
    firsts: dict[str, datetime] = {}
    for one in past.matches:
        firsts.setdefault(one.item_id, one.made_at)

    assert report.items == sum(SINCE <= at < NOW for at in firsts.values())
    assert report.items == report.told + report.held_items
    assert report.items == report.new_stories + report.follow_ons
    assert report.items == sum(story.items for story in report.stories)
    assert report.items == sum(report.publishers.values()) == sum(report.tiers.values())
    assert all(story.follow_ons >= 0 for story in report.stories)
    assert len({story.id for story in report.stories}) == len(report.stories)


@given(past=pasts(), cut=st.floats(0.5, 6.5))
def test_two_reports_that_touch_count_what_one_over_both_does(past: WatchPast, cut: float) -> None:
    middle = SINCE + cut * DAY
    whole = report_on(a_watch(), past, SINCE, NOW)
    first = report_on(a_watch(), past, SINCE, middle)
    second = report_on(a_watch(), past, middle, NOW)

    assert whole.items == first.items + second.items
    assert whole.new_stories == first.new_stories + second.new_stories
    assert whole.follow_ons == first.follow_ons + second.follow_ons


# --- stories -------------------------------------------------------------------------------------


def test_story_is_new_only_if_the_watch_knew_nothing_of_it() -> None:
    report = reported(
        told("i_0", -2, thread_id="s_last_week"),
        told("i_1", 1, thread_id="s_last_week"),
        told("i_2", 1, thread_id="s_last_year"),
        told("i_3", 1, thread_id="s_new"),
        matched("i_4", 2, thread_id="s_new"),
        earlier=frozenset({"s_last_year"}),
    )

    stories = {story.id: story for story in report.stories}
    assert {name: story.is_new for name, story in stories.items()} == {
        "s_last_week": False,
        "s_last_year": False,
        "s_new": True,
    }
    assert {name: story.follow_ons for name, story in stories.items()} == {
        "s_last_week": 1,
        "s_last_year": 1,
        "s_new": 1,
    }


def test_edit_of_an_old_item_names_its_story_without_an_item() -> None:
    report = reported(
        told("i_1", -1),
        told("i_1", 2, reason=Reason.CORRECTED),
        alerts=(
            an_alert(
                id="a_2", story_id="s_1", kind=AlertKind.CORRECTION, created_at=SINCE + 2 * DAY
            ),
        ),
    )

    (story,) = report.stories
    assert (story.items, story.follow_ons, story.told, story.is_new) == (0, 0, 1, False)
    assert report.items == 0


def test_changed_claims_are_those_of_the_week_with_who_made_them() -> None:
    standing = claims(
        (Claim.REPORTED, Tier.WIRE, "i_1", -1),
        (Claim.CONFIRMED, Tier.OFFICIAL_PRIMARY, "i_2", 2),
        (Claim.DENIED, Tier.PRESS, "i_3", 3),
        (Claim.CANCELLED, Tier.OFFICIAL_PRIMARY, "i_4", 9),
    )
    report = reported(
        told("i_1", -1),
        told("i_2", 2),
        told("i_3", 3),
        told("i_4", 9),
        threads=(a_thread(standing=standing),),
    )

    (story,) = report.stories
    assert (story.was, story.state, story.disputed) == (
        Claim.REPORTED,
        Claim.CONFIRMED,
        Claim.DENIED,
    )
    first, second = story.turns
    assert (first.was, first.state, first.by, first.tier) == (
        Claim.REPORTED,
        Claim.CONFIRMED,
        "of i_2",
        Tier.OFFICIAL_PRIMARY,
    )
    assert (second.was, second.state, second.disputed) == (
        Claim.CONFIRMED,
        Claim.CONFIRMED,
        Claim.DENIED,
    )
    assert story.official is not None
    assert story.official.item_id == "i_2"


def test_claim_counts_in_the_week_in_which_its_item_was_seen() -> None:
    """Published on Sunday, seen on Monday: the report of Sunday did not have it."""
    standing = claims((Claim.REPORTED, Tier.WIRE, "i_1", -0.5))

    (story,) = reported(told("i_1", 0.5), threads=(a_thread(standing=standing),)).stories

    assert (story.was, story.state, len(story.turns)) == (None, Claim.REPORTED, 1)


SAID = st.lists(
    st.tuples(
        st.sampled_from(Claim),
        st.sampled_from(Tier),
        st.integers(-240, 240).map(lambda hours: hours / 24),
    ),
    max_size=15,
)


@given(said=SAID)
def test_state_at_the_end_is_that_of_the_story_then(
    said: list[tuple[Claim, Tier, float]],
) -> None:
    """The week after it is not told of, and what the turns tell leads from one end to the other."""
    said = sorted(said, key=lambda one: one[2])
    rows = [(claim, tier, f"i_{n}", day) for n, (claim, tier, day) in enumerate(said)]
    items = [told(item, day) for _, _, item, day in rows] + [told("i_now", 6.9)]
    items.sort(key=lambda one: one.made_at)

    (story,) = reported(*items, threads=(a_thread(standing=claims(*rows)),)).stories

    then = claims(*(row for row in rows if row[3] < 7))
    before = claims(*(row for row in rows if row[3] < 0))
    assert (story.state, story.disputed) == (then.claim, then.disputed)
    assert story.was == before.claim
    state = (before.claim, before.disputed)
    for turn in story.turns:
        assert (turn.was, turn.was_disputed) == state
        state = (turn.state, turn.disputed)
    assert state == (then.claim, then.disputed)


def test_origins_and_carriers_are_those_until_the_end() -> None:
    def said(item: str, owner: str, day: float, text: str = "") -> Report:
        at = SINCE + day * DAY
        return Report(item_id=item, owner=owner, name=owner, at=at, text=text or item)

    reports = (
        said("i_1", "alpha", 1),
        said("i_2", "beta", 2, text="i_1"),
        said("i_3", "gamma", 3),
        said("i_4", "delta", 8),
    )

    (story,) = reported(told("i_1", 1), threads=(a_thread(reports=reports),)).stories

    assert (story.origins, story.carriers) == (("alpha", "gamma"), ("beta",))


# --- the rest ------------------------------------------------------------------------------------


def test_publishers_are_gained_and_lost_against_the_time_before() -> None:
    report = reported(
        told("i_1", -1, publisher="Gone"),
        told("i_2", -1, publisher="Stays"),
        told("i_3", 1, publisher="Stays"),
        told("i_4", 2, publisher="Comes", tier=Tier.WIRE, language="zh-Hans"),
    )

    assert (report.gained, report.lost) == (("Comes",), ("Gone",))
    assert report.languages == {"en": 1, "zh": 1}
    assert report.best_tier is Tier.WIRE


def test_alerts_of_the_week_are_counted_by_severity_and_kind() -> None:
    kinds = [AlertKind.NEW, AlertKind.UPDATE, AlertKind.UPDATE, AlertKind.SILENCE]
    alerts = [
        an_alert(id=f"a_{n}", kind=kind, severity=Severity.LOW, created_at=SINCE + n * DAY)
        for n, kind in enumerate(kinds)
    ]
    loud = an_alert(id="a_loud", severity=Severity.CRITICAL, created_at=SINCE)
    late = an_alert(id="a_late", created_at=NOW)

    report = reported(alerts=(loud, *alerts, late), arrived=frozenset({"a_0", "a_late"}))

    assert [(one.severity.value, one.kind.value, one.count) for one in report.alerts] == [
        ("critical", "new", 1),
        ("low", "new", 1),
        ("low", "update", 2),
        ("low", "silence", 1),
    ]
    assert (report.raised, report.arrived) == (5, 1)


def test_what_is_waited_for_and_what_was_missed_is_told() -> None:
    def awaited(name: str, settled: float | None = None, outcome: str = "", day: float = 1) -> Any:
        at = SINCE + day * DAY
        return Awaited(
            watch_id="rail",
            thread_id="s_1",
            expectation=name,
            armed_at=at,
            armed_by="i_1",
            due_at=at + 3 * DAY,
            settled_at=None if settled is None else SINCE + settled * DAY,
            outcome=outcome,
        )

    report = reported(
        awaited=(
            awaited("open"),
            awaited("settled later", 8, "missed"),
            awaited("met", 3, "met"),
            awaited("missed", 4, "missed"),
            awaited("nobody", 4, "unknown"),
            awaited("long ago", -1, "met", day=-5),
            awaited("not yet", day=8),
        ),
        threads=(a_thread(),),
    )

    found = Counter({one.expectation: one.outcome for one in report.wanted})
    assert found == {
        "open": "",
        "settled later": "",
        "met": "met",
        "missed": "missed",
        "nobody": "unknown",
    }
    assert report.wanted[0].expectation == "missed"
    assert report.wanted[0].title == "title of s_1"


def test_opinions_of_the_week_are_counted() -> None:
    def rated(name: str, rating: Rating, day: float) -> Rated:
        at = SINCE + day * DAY
        item = an_item()
        return Rated(alert_id=name, watch_id="rail", rating=rating, rated_at=at, item=item)

    report = reported(
        rated=(rated("a", Rating.GOOD, 1), rated("b", Rating.NOISE, 2), rated("c", Rating.GOOD, 8))
    )

    assert (report.good, report.noise) == (1, 1)


def test_time_before_is_as_long() -> None:
    assert stretch_before(SINCE, NOW) == SINCE - WEEK
