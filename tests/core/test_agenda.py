"""The agenda finds what a look at every feed finds."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.agenda import Agenda

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
IDS = st.sampled_from("abcdefgh")
MINUTES = st.integers(0, 30).map(lambda n: NOON + timedelta(minutes=n))
STEPS = st.one_of(
    st.tuples(st.just("put"), IDS, MINUTES),
    st.tuples(st.just("drop"), IDS),
    st.tuples(st.just("look"), MINUTES),
)


@given(st.lists(STEPS, max_size=60))
def test_what_is_due_is_what_a_look_at_all_finds(steps: list[tuple[Any, ...]]):
    agenda, plain = Agenda(), dict[str, datetime]()
    for what, *given_ in steps:
        if what == "put":
            agenda.put(*given_)
            plain[given_[0]] = given_[1]
        elif what == "drop":
            agenda.drop(*given_)
            plain.pop(given_[0], None)
        else:
            (now,) = given_
            found = agenda.due(now)
            assert sorted(found) == sorted(one for one, at in plain.items() if at <= now)
            assert [plain[one] for one in found] == sorted(plain[one] for one in found)


def test_those_of_one_moment_come_in_the_order_in_which_they_were_put():
    agenda = Agenda()
    for feed_id in "cab":
        agenda.put(feed_id, NOON)

    assert list(agenda.due(NOON)) == ["c", "a", "b"]


def test_what_is_put_off_again_and_again_takes_no_more_room():
    agenda = Agenda()
    for n in range(10_000):
        agenda.put("a", NOON + timedelta(seconds=n))

    assert len(agenda._ahead) < 2_000
    assert not agenda.due(NOON)
