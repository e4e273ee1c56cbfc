"""Where a story stands: rungs, parties, contradiction, and words that are only reported."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.ladder import Reading, Voice, advance
from monitor.model import Claim, Standing, Tier
from tests.builders import NOW

HOUR = timedelta(hours=1)


def a_voice(tier: Tier = Tier.PRESS, **changes: Any) -> Voice:
    given: dict[str, Any] = {"item_id": "i", "at": NOW, "publisher": "P", "owner": "p"}
    return Voice(tier=tier, **(given | changes))


MINISTRY = a_voice(Tier.OFFICIAL_PRIMARY, authority_for=("CN",), owner="mfa")
ORGAN = a_voice(Tier.STATE_MEDIA, authority_for=("KP",), owner="kcna")
WIRE, PRESS = a_voice(Tier.WIRE), a_voice(Tier.PRESS)


def after(*steps: tuple[Claim, Voice], **reading: Any) -> Standing:
    standing = Standing()
    for claim, voice in steps:
        standing, _ = advance(standing, Reading(claim=claim, **reading), voice)
    return standing


def test_story_climbs_and_never_falls_by_a_lesser_claim() -> None:
    standing = after((Claim.CONFIRMED, MINISTRY), (Claim.RUMOURED, PRESS), (Claim.REPORTED, WIRE))

    assert standing.claim is Claim.CONFIRMED
    assert [step.moved for step in standing.history] == [True, False, False]


def test_non_answer_of_a_ministry_is_a_word_but_moves_nothing() -> None:
    standing = after((Claim.REPORTED, WIRE), (Claim.NO_COMMENT, MINISTRY))

    assert standing.claim is Claim.REPORTED
    assert standing.official is not None
    assert standing.official.claim is Claim.NO_COMMENT
    assert standing.parties == {}


def test_press_that_says_a_party_confirmed_is_worth_what_the_party_said() -> None:
    said = Reading(claim=Claim.CONFIRMED, speaker="CN")
    before = after((Claim.NO_COMMENT, MINISTRY))

    _, held = advance(before, said, PRESS)
    _, unknown = advance(Standing(), said, PRESS)
    _, late = advance(before, said, replace(PRESS, at=NOW + timedelta(days=4)))
    _, true = advance(after((Claim.CONFIRMED, MINISTRY)), said, PRESS)

    assert held is Claim.NO_COMMENT
    assert unknown is Claim.REPORTED
    assert late is Claim.REPORTED
    assert true is Claim.CONFIRMED


def test_authority_ends_at_its_own_party() -> None:
    reading = Reading(claim=Claim.CONFIRMED)
    russia = replace(MINISTRY, authority_for=("RU",))

    _, abroad = advance(Standing(), reading, russia, {"CN", "KP"})
    _, home = advance(Standing(), reading, russia, {"RU", "KP"})

    assert abroad is Claim.REPORTED
    assert home is Claim.CONFIRMED


def test_organ_of_a_party_announces_but_does_not_confirm() -> None:
    standing = after((Claim.CONFIRMED, ORGAN))

    assert standing.claim is Claim.ANNOUNCED
    assert standing.parties["KP"].claim is Claim.ANNOUNCED


def test_lesser_source_disputes_and_an_equal_one_takes_back() -> None:
    prepared = after((Claim.PREPARING, ORGAN))

    disputed, _ = advance(prepared, Reading(claim=Claim.DENIED), PRESS)
    denied, _ = advance(prepared, Reading(claim=Claim.DENIED), MINISTRY)

    assert (disputed.claim, disputed.disputed) == (Claim.PREPARING, Claim.DENIED)
    assert (denied.claim, denied.disputed) == (Claim.DENIED, None)
    again, _ = advance(denied, Reading(claim=Claim.REPORTED), WIRE)
    assert (again.claim, again.disputed) == (Claim.DENIED, Claim.REPORTED), "a wire insists"
    rumour, _ = advance(denied, Reading(claim=Claim.REPORTED), PRESS)
    assert (rumour.claim, rumour.disputed) == (Claim.DENIED, None)
    official, _ = advance(denied, Reading(claim=Claim.CONFIRMED), MINISTRY)
    assert official.claim is Claim.CONFIRMED


def test_official_word_or_an_eyewitness_clears_a_dispute() -> None:
    disputed = after((Claim.PREPARING, ORGAN), (Claim.DENIED, PRESS))

    by_word, _ = advance(disputed, Reading(claim=Claim.ANNOUNCED), MINISTRY)
    by_eye, _ = advance(disputed, Reading(claim=Claim.IN_EFFECT, eyewitness=True), WIRE)

    assert by_word.disputed is None
    assert (by_eye.claim, by_eye.disputed) == (Claim.IN_EFFECT, None)


def test_copies_and_stale_items_move_nothing() -> None:
    standing = after((Claim.IN_EFFECT, WIRE))

    copied, _ = advance(standing, Reading(claim=Claim.DENIED), replace(PRESS, own=False))

    assert (copied.claim, copied.disputed) == (Claim.IN_EFFECT, None)


def test_wire_stands_for_its_sources_and_press_does_not() -> None:
    assert after((Claim.RUMOURED, WIRE)).claim is Claim.REPORTED
    assert after((Claim.RUMOURED, PRESS)).claim is Claim.RUMOURED


def test_day_is_kept_with_the_announcement() -> None:
    day = date(2025, 6, 12)

    assert after((Claim.ANNOUNCED, MINISTRY), on=day).effective_on == day
    assert after((Claim.RUMOURED, PRESS), on=day).effective_on is None


def test_day_follows_what_is_said_last_by_who_is_as_close() -> None:
    first, other, late = date(2025, 6, 12), date(2025, 6, 19), date(2025, 6, 24)
    announced = after((Claim.ANNOUNCED, MINISTRY), on=first)

    again, _ = advance(announced, Reading(claim=Claim.ANNOUNCED, on=other), MINISTRY)
    by_press, _ = advance(announced, Reading(claim=Claim.ANNOUNCED, on=other), PRESS)
    delayed, _ = advance(again, Reading(claim=Claim.DELAYED, on=late), MINISTRY)
    put_off, _ = advance(again, Reading(claim=Claim.DELAYED), MINISTRY)
    cancelled, _ = advance(again, Reading(claim=Claim.CANCELLED, on=first), MINISTRY)
    suspended, _ = advance(again, Reading(claim=Claim.SUSPENDED), MINISTRY)

    assert again.effective_on == other
    assert by_press.effective_on == first
    assert delayed.effective_on == late
    assert put_off.effective_on is cancelled.effective_on is None
    assert suspended.effective_on == other


def test_who_repeats_what_was_taken_back_does_not_take_its_place() -> None:
    delayed = after((Claim.ANNOUNCED, MINISTRY), (Claim.DELAYED, MINISTRY))

    repeated, _ = advance(delayed, Reading(claim=Claim.DELAYED), PRESS)

    assert (repeated.claim, repeated.tier) == (Claim.DELAYED, Tier.OFFICIAL_PRIMARY)


CLAIMS = st.sampled_from(list(Claim))
VOICES = st.sampled_from(
    [MINISTRY, ORGAN, WIRE, PRESS, replace(PRESS, own=False), a_voice(Tier.AGGREGATOR)]
)


@given(steps=st.lists(st.tuples(CLAIMS, VOICES, st.sampled_from(["", "CN", "KP"])), max_size=12))
def test_only_an_authority_ever_confirms(steps: list[tuple[Claim, Voice, str]]) -> None:
    standing, official = Standing(), False
    for claim, voice, speaker in steps:
        before = standing
        standing, _ = advance(standing, Reading(claim=claim, speaker=speaker), voice)
        official |= claim is Claim.CONFIRMED and voice is MINISTRY
        if standing.claim is Claim.CONFIRMED:
            assert official
        if not voice.own:
            assert (standing.claim, standing.disputed) == (before.claim, before.disputed)
