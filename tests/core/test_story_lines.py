"""What is told of an alert's story."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.glance import brief, glance
from monitor.core.inert import one_line
from monitor.core.story_lines import excerpt
from monitor.model import Alert, AlertKind, Claim, Severity, Situation, Step, Tier
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, a_situation_of, alerts
from tests.builders import an_alert


def a_step(day: str, claim: Claim, **changes: Any) -> Step:
    given: dict[str, Any] = {
        "item_id": f"i_{day}_{claim}",
        "at": datetime.fromisoformat(f"2025-{day}T07:05:00Z"),
        "publisher": "Pennant Wire",
        "tier": Tier.WIRE,
        "moved": True,
    }
    return Step(claim=claim, **(given | changes))


CN = {"publisher": "外交部", "tier": Tier.OFFICIAL_PRIMARY, "party": "CN"}
KP = {"publisher": "조선소식", "tier": Tier.STATE_MEDIA, "party": "KP"}
NO_COMMENT = a_step("05-27", Claim.NO_COMMENT, moved=False, **CN)
PREPARING = a_step("05-30", Claim.PREPARING, **KP)
DENIED = a_step("05-30", Claim.DENIED, publisher="山海新闻", tier=Tier.PRESS)
ANNOUNCED = a_step("06-09", Claim.ANNOUNCED, **(CN | {"publisher": "铁路运营方"}))
STORY = Situation(
    title="Timetable reappears",
    claim=Claim.ANNOUNCED,
    state=Claim.ANNOUNCED,
    was=Claim.PREPARING,
    official=ANNOUNCED,
    parties=(PREPARING, ANNOUNCED),
    effective_on=date(2025, 6, 12),
    independent=("Yalu Watch", "접경일보", "Pennant Wire", "港通信"),
    carried_by=("a", "b", "c", "d", "e", "f"),
    timeline=(
        a_step("05-26", Claim.TIMETABLE, publisher="Yalu Watch", tier=Tier.SPECIALIST),
        a_step("05-27", Claim.REPORTED),
        NO_COMMENT,
        PREPARING,
        DENIED,
        ANNOUNCED,
    ),
    also_in=("ko", "en", "ru"),
)


def told(story: Situation = STORY, **changes: Any) -> Alert:
    given: dict[str, Any] = {
        "kind": AlertKind.ESCALATION,
        "severity": Severity.CRITICAL,
        "watch_name": "Trains",
        "publisher": "铁路运营方",
        "tier": Tier.OFFICIAL_PRIMARY,
        "item_id": ANNOUNCED.item_id,
        "situation": story,
        "seq": 5,
    }
    return an_alert(**(given | changes))


# --- the first line ---


def test_first_line_says_what_changed_by_whom_and_what_it_was() -> None:
    assert glance(told()).lead == (
        "[CRITICAL] Trains: ANNOUNCED by 铁路运营方 (was: preparing, disputed)"
    )


def test_a_state_that_nobody_disputed_is_not_called_disputed() -> None:
    story = replace(STORY, timeline=(PREPARING, ANNOUNCED))

    assert glance(told(story)).lead.endswith("(was: preparing)")
    assert glance(told(replace(story, disputed=Claim.DENIED))).lead.endswith(", disputed)")


def test_a_correction_and_a_watchs_first_alert_stay_what_they_are() -> None:
    assert glance(told(kind=AlertKind.CORRECTION)).lead.startswith(
        "[CRITICAL] Trains: correction: ANNOUNCED by"
    )
    assert glance(told(kind=AlertKind.NEW, seq=1)).lead.startswith("[CRITICAL] Trains: new: ANN")
    first = replace(STORY, was=None, claim=Claim.REPORTED, state=Claim.REPORTED, official=None)
    assert glance(told(first, kind=AlertKind.NEW, seq=1)).lead == "[CRITICAL] Trains: new, reported"


def test_who_tells_of_an_act_is_not_said_to_have_done_it() -> None:
    story = replace(STORY, state=Claim.SUSPENDED, claim=Claim.SUSPENDED, was=Claim.IN_EFFECT)

    assert ": SUSPENDED, says 铁路运营方 (was: in effect" in glance(told(story)).lead


def test_a_change_that_is_not_this_items_claim_names_who_made_it() -> None:
    story = replace(STORY, claim=None)

    assert "ANNOUNCED by 铁路运营方" in glance(told(story, publisher="Pennant Wire")).lead
    assert ": ANNOUNCED (was" in glance(told(replace(story, timeline=()))).lead


SAME = replace(STORY, state=Claim.REPORTED, was=Claim.REPORTED, official=NO_COMMENT)


@pytest.mark.parametrize(
    ("claim", "official", "tier", "said"),
    [
        (Claim.NO_COMMENT, NO_COMMENT, Tier.PRESS, ", no comment"),
        (None, NO_COMMENT, Tier.PRESS, ""),
        (Claim.REPORTED, None, Tier.PRESS, ", reported"),
        (Claim.REPORTED, NO_COMMENT, Tier.PRESS, ": reported (claimed by press, {})"),
        (Claim.REPORTED, ANNOUNCED, Tier.PRESS, ", reported"),
        (Claim.CONFIRMED, None, Tier.AGGREGATOR, ": confirmed (claimed by aggregator, {})"),
        (Claim.CONFIRMED, ANNOUNCED, Tier.WIRE, ": confirmed (claimed by wire, {})"),
        (Claim.DELAYED, ANNOUNCED, Tier.WIRE, ": delayed (claimed by wire, {})"),
        (Claim.ANNOUNCED, ANNOUNCED, Tier.PRESS, ", announced"),
        (Claim.CONFIRMED, None, Tier.OFFICIAL_PRIMARY, ", confirmed"),
        (Claim.RUMOURED, NO_COMMENT, Tier.PRESS, ", rumoured"),
    ],
)
def test_what_no_official_said_does_not_sound_as_if_one_did(
    claim: Claim | None, official: Step | None, tier: Tier, said: str
) -> None:
    story = replace(SAME, claim=claim, official=official)
    alert = told(story, kind=AlertKind.UPDATE, severity=Severity.LOW, tier=tier, seq=1)

    where = "not seen in an official source"
    assert glance(alert).lead == f"[LOW] Trains: update{said.format(where)}"


@pytest.mark.parametrize("kind", [AlertKind.SILENCE, AlertKind.HEALTH, AlertKind.DIGEST])
def test_other_kinds_claim_nothing(kind: AlertKind) -> None:
    assert glance(told(kind=kind, seq=1)).lead == f"[CRITICAL] Trains: {kind}"


def test_one_alert_of_many_says_what_changed_too() -> None:
    alert = told(publisher="X", title="公告")
    assert (
        brief(alert, 200)
        == "[CRITICAL] 公告 (X, Trains; ANNOUNCED by X (was: preparing, disputed))"
    )
    assert brief(told(SAME, publisher="X", title="公告"), 200) == "[CRITICAL] 公告 (X, Trains)"


# --- the lines ---


def test_lines_stand_between_the_reason_and_the_text() -> None:
    _, why, *lines, _, _ = glance(told()).details()

    assert why.startswith("Why: ")
    assert lines == [
        "Takes effect: 2025-06-12 | KP: preparing 05-30 | CN: announced 06-09",
        "Independent origins 4: Yalu Watch, 접경일보, Pennant Wire, 港通信 | carried by 6 more",
        (
            "Timeline: 05-26 timetable published > 05-27 reported > 05-27 no comment (CN) > "
            "05-30 preparing (KP) > 05-30 denied (press) > 06-09 announced (CN)"
        ),
        "Also in: ko, en, ru",
    ]


def test_an_alert_without_a_situation_has_none_of_them() -> None:
    for alert in (an_alert(), an_alert(situation=Situation())):
        seen = glance(alert)
        assert not any((seen.standing, seen.origins, seen.timeline, seen.also_in, seen.changed))


def test_an_official_word_that_says_nothing_is_told_beside_the_parties_words() -> None:
    seen = glance(told(replace(STORY, official=NO_COMMENT, parties=(PREPARING,))))

    assert seen.standing.endswith("| last official word: no comment 05-27 (外交部)")


def test_who_disputes_is_named() -> None:
    story = replace(STORY, disputed=Claim.DENIED, disputed_by="山海新闻")

    assert glance(told(story)).origins.endswith("| disputed: denied by 山海新闻")
    bare = replace(story, independent=(), carried_by=())
    assert glance(told(bare)).origins == "Disputed: denied by 山海新闻"
    assert glance(told(replace(bare, carried_by=("a",)))).origins.startswith("Carried by 1 | ")


def test_many_origins_are_counted() -> None:
    story = replace(STORY, independent=tuple("abcdefgh"), carried_by=())

    assert glance(told(story)).origins == "Independent origins 8: a, b, c, d, e, f, and 2 more"


def test_a_day_of_another_year_has_its_year() -> None:
    old = replace(PREPARING, at=datetime.fromisoformat("2024-12-31T23:00:00Z"))

    assert "KP: preparing 2024-12-31" in glance(told(replace(STORY, parties=(old,)))).standing


def test_a_timeline_without_room_loses_its_oldest_entries() -> None:
    story = replace(STORY, timeline=(*STORY.timeline,) * 10)

    line = glance(told(story)).timeline

    assert line.startswith("Timeline: … > 0")
    assert line.endswith("> 06-09 announced (CN)")


def test_a_changed_word_is_shown_with_those_around_it() -> None:
    before = "x" * 300 + " with three trains "
    diff = f"{before}[-a week-] {{+a day+}} from Beijing" + " y" * 100

    line = glance(told(replace(STORY, diff=diff))).changed

    assert line.startswith("Changed: …xxx")
    assert "x with three trains [-a week-] {+a day+} from Beijing y" in line
    assert line.endswith("y …")


# --- whatever a feed may say ---


@settings(max_examples=150, deadline=None)
@given(alert=alerts())
def test_any_alert_has_a_glance_on_lines_of_bounded_length(alert: Alert) -> None:
    bounded(alert)


@pytest.mark.parametrize("character", ["a", "&", "🚆", "[-", "{+", "-] ", "\u202e", "\n", "\u0301"])
def test_the_biggest_alert_has_one_too(character: str) -> None:
    bounded(a_huge_alert(character))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_strangers_words_in_a_story_stay_on_their_line(hostile: str) -> None:
    bounded(an_alert(hostile, situation=a_situation_of(hostile, 3)))


def bounded(alert: Alert) -> None:
    seen = glance(alert)
    lines = (seen.lead, seen.headline, *seen.details())
    assert all(line == one_line(line) for line in lines)
    assert sum(map(len, lines)) <= 5_500


@given(diff=st.text() | st.lists(st.sampled_from(["[-", "-]", "{+", "+}", "a "])).map("".join))
def test_any_diff_has_an_excerpt_within_its_limit(diff: str) -> None:
    assert len(excerpt(diff, 100)) <= 100
