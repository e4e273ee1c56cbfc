"""Where the words of a story stand on its drawing, and how far it climbed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Claim, Standing, Step, Tier
from monitor.views.ladder import Reached, ladder
from monitor.views.timeline import WIDTH, by_claim, by_voice

START = datetime(2025, 6, 1, tzinfo=UTC)


def a_step(claim: Claim, minutes: float = 0, **more: object) -> Step:
    given = {"item_id": "i", "publisher": "Wire", "tier": Tier.WIRE, "moved": True, "state": claim}
    return Step(claim=claim, at=START + timedelta(minutes=minutes), **{**given, **more})  # type: ignore[arg-type]


STEPS = st.lists(
    st.builds(
        a_step,
        st.sampled_from(Claim),
        st.floats(0, 1e6),
        tier=st.sampled_from(Tier),
        publisher=st.text(max_size=40),
        moved=st.booleans(),
    ),
    min_size=1,
    max_size=60,
)


@given(history=STEPS)
def test_every_word_has_a_place_on_the_drawing(history: list[Step]) -> None:
    for drawn in (by_claim(history), by_voice(history)):
        assert drawn
        assert sorted(map(id, (one.step for one in drawn.marks))) == sorted(map(id, history))
        assert all(drawn.left <= one.x <= WIDTH and 0 < one.y < drawn.height for one in drawn.marks)
        assert all(drawn.left <= one.x <= WIDTH for one in drawn.ticks)
        assert len(drawn.ticks) < 10
        assert {one.y for one in drawn.marks} == {one.y for one in drawn.lanes}


def test_nothing_said_is_no_drawing() -> None:
    assert by_claim(()) is None
    assert by_voice(()) is None


def test_higher_rungs_stand_higher_and_what_is_no_rung_below_them() -> None:
    drawn = by_claim([a_step(claim) for claim in (Claim.DENIED, Claim.CONFIRMED, Claim.RUMOURED)])

    assert drawn
    assert [lane.name for lane in drawn.lanes] == ["confirmed", "rumoured", "denied"]


def test_official_voices_are_told_by_their_shape() -> None:
    drawn = by_voice([a_step(Claim.DENIED, tier=Tier.STATE_MEDIA), a_step(Claim.REPORTED, 9)])

    assert drawn
    assert [(one.shape, one.against) for one in drawn.marks] == [
        ("official", True),
        ("other", False),
    ]


def test_the_ladder_tells_what_was_reached_passed_over_and_disputed() -> None:
    standing = Standing(
        claim=Claim.ANNOUNCED,
        disputed=Claim.DENIED,
        history=(a_step(Claim.REPORTED), a_step(Claim.ANNOUNCED, 5)),
    )

    rungs = {one.claim: one for one in ladder(standing)}

    assert [one.state for one in rungs.values()] == [
        Reached.PASSED,
        Reached.PASSED,
        Reached.REACHED,
        Reached.PASSED,
        Reached.PRESENT,
        Reached.OPEN,
        Reached.OPEN,
    ]
    assert rungs[Claim.ANNOUNCED].disputed
    assert rungs[Claim.REPORTED].at == START


def test_what_was_taken_back_stands_on_no_rung_but_climbed() -> None:
    standing = Standing(
        claim=Claim.CANCELLED, history=(a_step(Claim.CONFIRMED), a_step(Claim.CANCELLED, 5))
    )

    states = [one.state for one in ladder(standing)]

    assert Reached.PRESENT not in states
    assert states[Claim.CONFIRMED.rung or 0] is Reached.REACHED
