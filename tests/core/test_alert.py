"""What is told, what is held, and how loudly."""

from datetime import timedelta

import pytest

from monitor.core.alert import Past, judge, severity_of, snippet_of
from monitor.model import (
    AlertKind,
    Escalation,
    Found,
    Item,
    Judged,
    Judgement,
    Match,
    Reason,
    Severity,
    Status,
    Tier,
    Watch,
)
from tests.builders import NOW, a_feed, a_watch, an_item


def verdict(
    item: Item, status: Status = Status.NEW, watch: Watch | None = None, **past: object
) -> Judgement:
    watch = watch or a_watch()
    match = Match(watch_id=watch.id, item_id=item.id, score=3.0)
    judged = Judged(item=item, status=status)
    return judge(judged, match, watch, a_feed(), Past(**past), NOW)  # type: ignore[arg-type]


def test_first_match_is_told():
    judgement = verdict(an_item(story_id="s_1"))

    assert judgement.reason is Reason.FIRST_MATCH
    assert judgement.alert
    assert (judgement.alert.seq, judgement.alert.story_id) == (1, "s_1")


def test_second_alert_of_a_story_names_the_one_before():
    alert = verdict(an_item(), last=(3, "a_before")).alert

    assert alert
    assert (alert.seq, alert.supersedes) == (4, "a_before")


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(hours=47), Reason.FIRST_MATCH),
        (timedelta(hours=49), Reason.TOO_OLD),
        (timedelta(days=3000), Reason.TOO_OLD),
    ],
)
def test_age_decides_on_the_first_poll_and_on_every_other(age: timedelta, reason: Reason):
    item = an_item(published_at=NOW - age, effective_at=NOW - age)

    assert verdict(item, baseline=True).reason is reason
    assert verdict(item, baseline=False).reason is reason


def test_feeds_own_max_age_counts_too():
    """Global Times is six weeks late; its feed says so."""
    item = an_item(effective_at=NOW - timedelta(hours=2))
    match = Match(watch_id="rail", item_id=item.id, score=1)

    judgement = judge(
        Judged(item=item, status=Status.NEW),
        match,
        a_watch(),
        a_feed(max_age=timedelta(hours=1)),
        Past(),
        NOW,
    )

    assert judgement.reason is Reason.TOO_OLD


def test_undated_item_is_old_news_on_the_first_poll_only():
    item = an_item(published_at=None)

    assert verdict(item, baseline=True).reason is Reason.UNDATED_BASELINE
    assert verdict(item, baseline=False).reason is Reason.FIRST_MATCH


def test_copy_of_a_told_text_is_held():
    copy = an_item(copy_of="i_1")

    assert verdict(copy, Status.COPY, loudest=Severity.LOW).reason is Reason.COPY


def test_copy_of_a_text_that_nobody_was_told_is_told():
    """Its origin was too old for its feed, or undated on the first poll."""
    assert verdict(an_item(copy_of="i_1"), Status.COPY).reason is Reason.FIRST_MATCH


def test_copy_from_a_source_that_matters_more_is_told():
    """The wire was first; then the ministry publishes the very same text."""
    official = Escalation(severity=Severity.CRITICAL, tiers=frozenset({Tier.OFFICIAL_PRIMARY}))
    watch = a_watch(escalations=(official,))
    item = an_item(tier=Tier.OFFICIAL_PRIMARY)
    match = Match(watch_id="rail", item_id=item.id, score=1, escalations=(0,))
    copy = Judged(item=item, status=Status.COPY)

    told = judge(copy, match, watch, a_feed(), Past(loudest=Severity.LOW), NOW)
    again = judge(copy, match, watch, a_feed(), Past(loudest=Severity.CRITICAL), NOW)

    assert told.reason is Reason.BETTER_SOURCE
    assert told.alert
    assert told.alert.kind is AlertKind.ESCALATION
    assert again.reason is Reason.COPY


def test_old_copy_is_old():
    old = an_item(effective_at=NOW - timedelta(days=9))

    assert verdict(old, Status.COPY, loudest=Severity.LOW).reason is Reason.TOO_OLD


def test_edit_of_a_told_item_is_not_told_again():
    assert verdict(an_item(), Status.REVISION, told={"rail"}).reason is Reason.ALREADY_TOLD


def test_edit_that_makes_an_old_item_match_is_told():
    """We saw it change: that is news, however old the article."""
    old = an_item(effective_at=NOW - timedelta(days=5), revision=1)

    assert verdict(old, Status.REVISION).reason is Reason.NEWLY_MATCHING


@pytest.mark.parametrize("former", [Reason.TOO_OLD, Reason.COPY, Reason.UNDATED_BASELINE])
def test_edit_of_an_item_that_was_held_stays_held(former: Reason):
    """A mended typo in a copy, a view counter in an old article."""
    edited = an_item(revision=1)

    assert verdict(edited, Status.REVISION, matched=True, former=former).reason is former


def test_edit_of_an_old_item_under_a_new_watch_is_old():
    """The watch came by reload; the text matched it all along."""
    old = an_item(effective_at=NOW - timedelta(days=20), revision=1)

    assert verdict(old, Status.REVISION, matched=True).reason is Reason.TOO_OLD


def test_edit_that_lifts_a_weak_match_over_the_bar_is_told():
    edited = an_item(revision=1)
    judgement = verdict(edited, Status.REVISION, matched=True, former=Reason.LOW_SCORE)

    assert judgement.reason is Reason.NEWLY_MATCHING


def test_weak_match_is_kept_but_not_told():
    assert verdict(an_item(), watch=a_watch(min_score=5)).reason is Reason.LOW_SCORE


def test_severity_is_the_loudest_that_holds():
    watch = a_watch(
        severity=Severity.LOW,
        escalations=(
            Escalation(severity=Severity.MEDIUM, query="@kp"),
            Escalation(severity=Severity.CRITICAL, tiers=frozenset({Tier.OFFICIAL_PRIMARY})),
            Escalation(severity=Severity.HIGH, query="@rail"),
        ),
    )
    match = Match(watch_id="rail", item_id="i", score=1, escalations=(0, 1))

    assert severity_of(an_item(tier=Tier.PRESS), match, watch) is Severity.MEDIUM
    assert severity_of(an_item(tier=Tier.OFFICIAL_PRIMARY), match, watch) is Severity.CRITICAL


def test_snippet_is_the_question_and_its_answer():
    """In a ministry's transcript the news is in one paragraph of many."""
    item = an_item(summary="Q: forum?\n\nA: later.\n\nQ: trains?\n\nA: no information.\n\nQ: vote?")
    start = item.summary.index("trains")
    match = Match(
        watch_id="rail",
        item_id="i",
        score=1,
        found=(Found(term="train", group="rail", field="summary", start=start, end=start + 6),),
    )

    assert snippet_of(item, match) == "Q: trains?\nA: no information."


def test_alert_ids_repeat_with_their_cause_only():
    first, again = verdict(an_item()).alert, verdict(an_item()).alert
    edited = verdict(an_item(revision=1), Status.REVISION).alert

    assert first
    assert again
    assert edited
    assert first.id == again.id
    assert first.id != edited.id
