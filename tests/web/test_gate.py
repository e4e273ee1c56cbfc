"""Turns at what is costly."""

from threading import Thread

import pytest

from monitor.web.gate import Busy, Gate


def test_one_at_a_time_and_the_next_after_a_rest() -> None:
    clock = iter([10.0, 14.0, 15.9, 16.0, 16.0])
    gate = Gate(lambda: next(clock))

    with gate.passed(), pytest.raises(Busy), gate.passed():
        pass

    with pytest.raises(Busy), gate.passed():
        pass
    with gate.passed():
        pass


def test_what_fails_leaves_the_gate_open() -> None:
    gate = Gate(lambda: 0.0)

    with pytest.raises(ValueError, match="of its own"), gate.passed():
        raise ValueError("of its own")

    passed: list[bool] = []

    def pass_through() -> None:
        with gate.passed():
            passed.append(True)

    thread = Thread(target=pass_through)
    thread.start()
    thread.join(5)
    assert passed
