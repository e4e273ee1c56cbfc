"""One request per host at a time, and well apart."""

import itertools
import threading
import time

import pytest

from monitor.adapters.http.politeness import HostBusy, HostGate, scope_of


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        ("https://Example.org/a", "example.org"),
        ("http://example.org:8080/a", "example.org"),
        ("http://example.org./", "example.org"),
        ("http://127.0.0.1:8001/a", "127.0.0.1:8001"),
        ("http://localhost:8001/a", "localhost:8001"),
        ("http://[::1]:8001/a", "::1:8001"),
        ("http://127.0.0.1/a", "127.0.0.1"),
        ("nonsense", ""),
        ("http://[::1", ""),
    ],
)
def test_politeness_is_owed_to_a_host_and_on_loopback_to_a_port(url: str, scope: str) -> None:
    assert scope_of(url) == scope


def test_turns_at_one_host_never_overlap_and_keep_their_distance() -> None:
    gate = HostGate(0.03)
    turns: list[tuple[float, float]] = []

    def visit() -> None:
        with gate.turn("a.org", patience_s=10):
            began = time.monotonic()
            time.sleep(0.005)
            turns.append((began, time.monotonic()))

    threads = [threading.Thread(target=visit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    turns.sort()
    assert len(turns) == 6
    assert all(later[0] - earlier[1] >= 0.029 for earlier, later in itertools.pairwise(turns))


def test_other_hosts_do_not_wait() -> None:
    gate = HostGate(60)
    with gate.turn("a.org", patience_s=1), gate.turn("b.org", patience_s=1):
        pass

    with gate.turn("c.org", patience_s=0):
        pass


def test_nobody_waits_for_ever() -> None:
    gate = HostGate(60)
    with (
        gate.turn("a.org", patience_s=1),
        pytest.raises(HostBusy),
        gate.turn("a.org", patience_s=0.05),
    ):
        pass

    with pytest.raises(HostBusy), gate.turn("a.org", patience_s=0.05):
        pass


def test_a_turn_that_failed_frees_the_host() -> None:
    gate = HostGate(0)
    with pytest.raises(KeyError), gate.turn("a.org", patience_s=1):
        raise KeyError

    with gate.turn("a.org", patience_s=0.01):
        pass
