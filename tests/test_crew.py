"""One poll at a time for a feed and a host; who hangs loses the turn and is replaced."""

import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from monitor.crew import Crew, LostTurn, Turn
from tests.builders import a_feed

T = TypeVar("T")


class Stage:
    """A crew on a clock of ours whose polls wait until they are let go.

    Feeds are named after their host and a number: "a1".
    """

    def __init__(self, threads: int = 2) -> None:
        self.now_s = 0.0
        self.gate = threading.Event()
        self.not_due: set[str] = set()
        self.begun: list[Turn[str]] = []
        self.lost: list[str] = []
        self.given_up: list[str] = []
        self._changed = threading.Condition()
        self.crew: Crew[str] = Crew(
            threads=threads,
            patience_s=90,
            host_of=lambda feed: feed.id[0],
            is_due=lambda feed: feed.id not in self.not_due,
            poll=self._poll,
            give_up=self._give_up,
            clock=lambda: self.now_s,
        )

    def start(self, *names: str) -> int:
        return self.crew.start([a_feed(name) for name in names])

    def turn(self, name: str) -> Turn[str]:
        """The newest of this feed, which may have to begin first."""
        self.wait_for(lambda: any(turn.feed.id == name for turn in self.begun))
        return [turn for turn in self.begun if turn.feed.id == name][-1]

    def names(self) -> list[str]:
        return [turn.feed.id for turn in self.begun]

    def wait_for(self, done: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(done, 20)

    def _poll(self, turn: Turn[str]) -> None:
        self._note(self.begun, turn)
        self.gate.wait(20)
        try:
            self.crew.hand_over(turn)
        except LostTurn:
            self._note(self.lost, turn.feed.id)
            raise
        self.crew.end(turn, f"{turn.feed.id} done")

    def _give_up(self, turn: Turn[str]) -> None:
        self._note(self.given_up, turn.feed.id)
        self.crew.end(turn, f"{turn.feed.id} hung")

    def _note(self, seen: list[T], what: T) -> None:
        with self._changed:
            seen.append(what)
            self._changed.notify_all()


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.gate.set()
    made.crew.halt()
    assert made.crew.join(20)


def test_a_host_is_asked_by_one_at_a_time(stage: Stage):
    stage.start("a1", "a2", "b1")
    stage.turn("a1")
    stage.turn("b1")

    assert sorted(stage.names()) == ["a1", "b1"]
    stage.gate.set()
    stage.turn("a2")


def test_no_more_are_under_way_than_there_are_threads(stage: Stage):
    stage.start("a1", "b1", "c1")
    stage.turn("a1")
    stage.turn("b1")

    assert sorted(stage.names()) == ["a1", "b1"]
    stage.gate.set()
    stage.turn("c1")


def test_feed_that_waited_but_is_not_due_any_more_is_not_asked():
    """It was polled by hand in the meantime."""
    stage = Stage(threads=1)
    stage.start("a1", "a2")
    stage.turn("a1")

    stage.not_due.add("a2")
    stage.gate.set()

    # There is one thread: it has looked at all that was due before it comes to this.
    assert stage.crew.work_off([a_feed("b1")]) == {"b1": "b1 done"}
    assert stage.names() == ["a1", "b1"]


def test_who_shows_no_sign_of_life_is_replaced(stage: Stage):
    stage.start("a1", "b1")
    hung, well = stage.turn("a1"), stage.turn("b1")
    stage.now_s = 60
    stage.crew.alive(well)
    stage.now_s = 100

    stage.crew.give_up_hung()
    stage.start("a1", "c1")
    stage.wait_for(lambda: len(stage.begun) == 3)

    assert stage.given_up == ["a1"]
    assert stage.names()[2] == "a1"  # two are under way, as before
    with pytest.raises(LostTurn):
        stage.crew.alive(hung)
    stage.gate.set()
    stage.turn("c1")
    stage.wait_for(lambda: stage.lost == ["a1"])


def test_all_threads_may_hang_and_work_goes_on(stage: Stage):
    for number in range(3):
        stage.start(f"a{number}", f"b{number}")
        stage.turn(f"a{number}")
        stage.turn(f"b{number}")
        stage.now_s += 100
        stage.crew.give_up_hung()
    assert len(stage.given_up) == 6

    stage.gate.set()

    assert stage.crew.work_off([a_feed("a9")]) == {"a9": "a9 done"}
    stage.wait_for(lambda: len(stage.lost) == 6)


def test_who_waits_for_a_poll_that_hangs_gets_what_took_its_place(stage: Stage):
    outcomes: list[object] = []
    feeds = [a_feed("a1"), a_feed("a2")]
    waiting = threading.Thread(target=lambda: outcomes.append(stage.crew.work_off(feeds)))
    waiting.start()
    stage.turn("a1")

    stage.now_s = 100
    stage.turn("a2")  # its host was freed
    stage.gate.set()
    waiting.join(20)

    assert outcomes == [{"a1": "a1 hung", "a2": "a2 done"}]


def test_what_is_handed_over_cannot_hang():
    """It waits for the store, and would be saved after its own failure."""
    saving: list[Turn[str]] = []
    handed_over = threading.Event()

    def poll(turn: Turn[str]) -> None:
        crew.hand_over(turn)
        saving.append(turn)
        handed_over.set()

    def refuse(_: object) -> None:
        raise AssertionError

    now_s = 0.0
    crew: Crew[str] = Crew(
        threads=1,
        patience_s=90,
        host_of=lambda feed: feed.id,
        is_due=lambda _: True,
        poll=poll,
        give_up=refuse,
        clock=lambda: now_s,
    )
    crew.start([a_feed("a")])
    assert handed_over.wait(20)
    now_s = 1000

    crew.give_up_hung()

    crew.end(saving[0], "saved")
    crew.halt()
    assert crew.join(20)


def test_other_numbers_of_threads_are_used_at_once(stage: Stage):
    stage.start("a1", "b1")
    stage.turn("a1")
    stage.turn("b1")

    stage.crew.use(3, 90)
    stage.start("c1", "d1")
    stage.turn("c1")
    stage.crew.use(1, 90)
    stage.start("d1", "e1")
    assert "d1" not in stage.names()
    stage.gate.set()

    stage.turn("d1")
    stage.turn("e1")


def test_after_a_halt_nothing_is_started_and_join_tells_what_is_left(stage: Stage):
    stage.start("a1", "a2")
    stage.turn("a1")
    stage.crew.halt()

    assert not stage.crew.join(0.01)
    stage.gate.set()
    assert stage.crew.join(20)
    assert stage.names() == ["a1"]


def test_a_turn_is_handed_over_or_given_up_and_never_both():
    """However the two meet: whoever comes first has it, without a lock."""
    fate: dict[str, list[str]] = {f"a{number}": [] for number in range(200)}
    both = threading.Barrier(2)

    def poll(turn: Turn[str]) -> None:
        both.wait(20)
        try:
            crew.hand_over(turn)
        except LostTurn:
            fate[turn.feed.id].append("lost")
            raise
        fate[turn.feed.id].append("kept")
        crew.end(turn, "done")

    def give_up(turn: Turn[str]) -> None:
        fate[turn.feed.id].append("given up")
        crew.end(turn, "hung")

    crew: Crew[str] = Crew(
        threads=1,
        patience_s=-1,  # whoever is at work hangs
        host_of=lambda feed: feed.id,
        is_due=lambda _: True,
        poll=poll,
        give_up=give_up,
        clock=lambda: 0.0,
    )
    for name in fate:
        crew.start([a_feed(name)])
        both.wait(20)
        crew.give_up_hung()
    crew.halt()
    assert crew.join(20)

    ends = {name: [one for one in told if one != "lost"] for name, told in fate.items()}
    assert all(told in (["kept"], ["given up"]) for told in ends.values()), ends
