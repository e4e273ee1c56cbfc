from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.waiting import Waiting
from tests.builders import a_feed

HOSTS = ("a", "b", "c")


def taken(waiting: Waiting, busy: Collection[str] = (), in_flight: Collection[str] = ()) -> str:
    found = waiting.take(busy, in_flight)
    return found[0].id if found else ""


def waiting_for(*names: str) -> Waiting:
    """Feeds named after their host and a number: "a1"."""
    waiting = Waiting()
    for name in names:
        waiting.add(a_feed(name), name[0])
    return waiting


def test_hosts_take_turns():
    """A host with many feeds must not hold up the others."""
    waiting = waiting_for("a1", "a2", "a3", "b1", "c1")

    order = [taken(waiting) for _ in range(6)]

    assert order == ["a1", "b1", "c1", "a2", "a3", ""]


def test_busy_host_is_passed_over_and_keeps_its_turn():
    waiting = waiting_for("a1", "b1", "a2")

    assert taken(waiting, {"a"}) == "b1"
    assert taken(waiting, {"a"}) == ""
    assert taken(waiting) == "a1"


def test_feed_on_its_way_under_another_host_waits():
    waiting = waiting_for("a1", "b1")

    assert taken(waiting, set(), {"a1"}) == "b1"
    assert taken(waiting, set(), {"a1"}) == ""
    assert taken(waiting) == "a1"


def test_feed_waits_once():
    waiting = waiting_for("a1")

    assert not waiting.add(a_feed("a1"), "b")
    assert len(waiting) == 1


def test_nobody_waits_after_clear():
    waiting = waiting_for("a1", "b1")

    waiting.clear()

    assert len(waiting) == 0
    assert taken(waiting) == ""
    assert waiting.add(a_feed("a1"), "a")


@given(
    added=st.lists(st.tuples(st.sampled_from(HOSTS), st.integers(0, 9)), max_size=30),
    busy_at=st.lists(st.sets(st.sampled_from(HOSTS), max_size=2), min_size=1, max_size=20),
)
def test_each_feed_is_taken_once_and_never_from_a_busy_host(
    added: list[tuple[str, int]], busy_at: list[set[str]]
):
    names = [f"{host}{number}" for host, number in added]
    waiting = waiting_for(*names)
    seen: list[str] = []

    for busy in [*busy_at, *[set[str]()] * len(names)]:
        if name := taken(waiting, busy):
            assert name[0] not in busy
            seen.append(name)

    assert sorted(seen) == sorted(set(names))
    for host in HOSTS:  # in the order they came
        assert [n for n in seen if n[0] == host] == list(
            dict.fromkeys(n for n in names if n[0] == host)
        )
