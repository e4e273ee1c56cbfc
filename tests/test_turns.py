"""One at a time for a name and a host; who hangs loses the turn and is replaced."""

import threading
from collections.abc import Iterator

import pytest

from monitor.turns import LostTurn, Turn, Turns


class Stage:
    """Turns on a clock of ours, and work that waits until it is let go."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.turns: Turns[str] = Turns(2, lambda: self.now_s)
        self.gate = threading.Event()

    def waiting(self, turn: Turn[str]) -> str:
        self.gate.wait(20)
        self.turns.alive(turn)
        return f"{turn.name} done"

    def start(self, name: str, host: str = "") -> Turn[str]:
        turn = self.turns.start(name, host, self.waiting)
        assert turn
        return turn


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.gate.set()
    made.turns.halt()
    made.turns.join(20)


def test_a_name_and_a_host_have_one_turn_at_a_time(stage: Stage):
    first = stage.start("a", "host")

    refused = [stage.turns.start(*who, stage.waiting) for who in (("a", ""), ("b", "host"))]
    stage.gate.set()

    assert refused == [None, None]
    assert first.outcome.result(20) == "a done"
    assert stage.start("b", "host").outcome.result(20) == "b done"


def test_no_more_are_started_than_there_are_workers(stage: Stage):
    stage.start("a")
    stage.start("b")

    assert stage.turns.start("c", "", stage.waiting) is None
    stage.gate.set()
    assert stage.turns.join(20)


def test_who_shows_no_sign_of_life_is_replaced(stage: Stage):
    hung, well = stage.start("a", "host"), stage.start("b")
    stage.now_s = 60
    stage.turns.alive(well)
    stage.now_s = 100

    lost = stage.turns.take_hung(90)
    again = stage.start("a", "host")
    third = stage.turns.start("c", "", stage.waiting)
    stage.gate.set()

    assert lost == [hung]
    assert third is None  # two are under way, as before
    assert again.outcome.result(20) == "a done"
    assert well.outcome.result(20) == "b done"
    assert not hung.outcome.done()
    with pytest.raises(LostTurn):
        stage.turns.alive(hung)


def test_all_workers_may_hang_and_work_goes_on(stage: Stage):
    for round_ in range(3):
        stage.start(f"{round_} a", "host")
        stage.start(f"{round_} b")
        stage.now_s += 100
        assert len(stage.turns.take_hung(90)) == 2

    assert stage.turns.start("c", "host", lambda turn: turn.name)


def test_an_error_of_the_work_reaches_who_asks(stage: Stage):
    def fail(_: Turn[str]) -> str:
        raise KeyError("x")

    turn = stage.turns.start("a", "", fail)

    assert turn
    with pytest.raises(KeyError):
        turn.outcome.result(20)
    assert stage.turns.join(20)


def test_after_a_halt_nothing_is_started_and_join_tells_what_is_left(stage: Stage):
    stage.start("a")
    stage.turns.halt()

    assert not stage.turns.may_start
    assert stage.turns.start("b", "", stage.waiting) is None
    assert stage.turns.take_hung(-1) == []
    assert not stage.turns.join(0.01)
    stage.gate.set()
    assert stage.turns.join(20)
