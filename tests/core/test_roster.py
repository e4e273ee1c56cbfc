from hypothesis import given
from hypothesis import strategies as st

from monitor.core.roster import UNSAVED_AT_MOST, Roster
from monitor.core.waiting import Waiting
from tests.builders import a_feed


def waiting_for(*names: str) -> Waiting:
    """Feeds named after their host and a number: "a1"."""
    waiting = Waiting()
    for name in names:
        waiting.add(a_feed(name), name[0])
    return waiting


def begun(roster: Roster, waiting: Waiting, at_work: int = 1) -> str:
    found = roster.next(waiting, at_work)
    if found is None:
        return ""
    feed, host = found
    roster.begin(feed.id, host)
    return feed.id


def test_host_and_feed_are_taken_until_the_poll_ends():
    roster, waiting = Roster(threads=5), waiting_for("a1", "a2")
    assert begun(roster, waiting) == "a1"
    assert "a1" in roster
    assert roster.busy == {"a"}
    assert begun(roster, waiting) == ""

    roster.end("a1")

    assert begun(roster, waiting) == "a2"


def test_host_is_free_before_a_poll_that_was_given_up_ends():
    roster, waiting = Roster(threads=5), waiting_for("a1", "a2")
    begun(roster, waiting)
    waiting.add(a_feed("a1"), "a")

    roster.free_host("a1")

    assert begun(roster, waiting) == "a2"
    roster.end("a1")  # the host is a2's now
    waiting.add(a_feed("a3"), "a")
    assert begun(roster, waiting) == ""


def test_no_more_threads_are_wanted_than_find_a_host():
    roster, waiting = Roster(threads=3), waiting_for("a1", "a2", "b1", "c1", "d1")

    assert roster.openings(waiting, at_work=0) == 3
    assert roster.openings(waiting, at_work=2) == 1
    assert roster.openings(waiting, at_work=4) == 0
    assert roster.openings(waiting_for("a1", "a2"), at_work=0) == 1


def test_thread_too_many_gets_nothing():
    assert begun(Roster(threads=1), waiting_for("a1"), at_work=2) == ""


def test_what_is_not_saved_yet_is_limited():
    roster = Roster(threads=1)
    waiting = Waiting()
    for number in range(100):
        waiting.add(a_feed(f"f{number}"), f"host{number}")

    names = [begun(roster, waiting) for _ in range(100)]

    assert len(list(filter(None, names))) == len(roster) == UNSAVED_AT_MOST + 1
    assert roster.openings(waiting, at_work=0) == 0


@given(steps=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.booleans())))
def test_never_two_at_a_host(steps: list[tuple[str, int, bool]]):
    roster, waiting, under_way = Roster(threads=2), Waiting(), list[str]()
    for host, number, ends in steps:
        waiting.add(a_feed(f"{host}{number}"), host)
        if ends and under_way:
            roster.end(under_way.pop(0))
        if name := begun(roster, waiting):
            under_way.append(name)
        hosts = [name[0] for name in under_way]
        assert len(hosts) == len(set(hosts))
        assert len(roster) == len(under_way)
