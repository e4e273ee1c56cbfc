"""One request per host at a time, and well apart."""

import itertools
import threading
import time
import tracemalloc

import pytest

from monitor.adapters.http.politeness import HostBusy, HostGate, HostRules
from monitor.errors import Adrift


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
        ("https://북한.example.org/a", "xn--pr3b894b.example.org"),
        ("nonsense", ""),
        ("http://[::1", ""),
    ],
)
def test_politeness_is_owed_to_a_host_and_on_loopback_to_a_port(url: str, scope: str) -> None:
    assert HostRules(gap_s=2).scope_of(url) == scope


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        ("https://a.blogspot.com/feed", "blogspot.com"),
        ("https://a.b.blogspot.com./feed", "blogspot.com"),
        ("https://blogspot.com/feed", "blogspot.com"),
        ("https://notblogspot.com/feed", "notblogspot.com"),
        ("https://rsshub.example.org/yna/en", "rsshub.example.org/yna"),
        ("https://rsshub.example.org/yna?x=/1", "rsshub.example.org/yna"),
        ("https://rsshub.example.org//mfa/1", "rsshub.example.org/mfa"),
        ("https://rsshub.example.org", "rsshub.example.org/"),
        ("http://127.0.0.1:1200/yna/en", "127.0.0.1:1200/yna"),
        ("https://example.org/yna/en", "example.org"),
        ("https://www.bücher.example/1", "xn--bcher-kva.example"),
        ("https://feeds.bbci.co.uk/news", "bbc.co.uk"),
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("https://www.own.bbc.co.uk/news", "own.bbc.co.uk"),
    ],
)
def test_what_one_host_is_can_be_said_otherwise(url: str, scope: str) -> None:
    rules = HostRules(
        gap_s=2,
        shared=(
            ("blogspot.com",),
            ("Bücher.example",),
            ("bbc.co.uk", "bbci.co.uk"),
            ("own.bbc.co.uk",),
        ),
        tenants=("rsshub.example.org", "127.0.0.1"),
    )

    assert rules.scope_of(url) == scope


@pytest.mark.parametrize(
    ("url", "gap_s"),
    [
        ("https://example.com/", 2),
        ("https://example.org/", 10),
        ("https://news.example.org:8080/", 10),
        ("https://fast.example.org/", 0.5),
        ("https://badexample.org/", 2),
        ("http://127.0.0.1:8001/", 1),
    ],
)
def test_a_host_may_have_a_gap_of_its_own(url: str, gap_s: float) -> None:
    gaps_s = {"example.org": 10, "fast.example.org": 0.5, "127.0.0.1": 1}

    assert HostRules(gap_s=2, gaps_s=gaps_s).gap_of(url) == gap_s


def test_turns_at_one_host_never_overlap_and_keep_their_distance() -> None:
    gate = HostGate(HostRules(gap_s=0.03))
    turns: list[tuple[float, float]] = []

    def visit() -> None:
        with gate.turn("https://a.org/", patience_s=10):
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
    gate = HostGate(HostRules(gap_s=60))
    with gate.turn("https://a.org/", patience_s=1), gate.turn("https://b.org/", patience_s=1):
        pass

    with gate.turn("https://c.org/", patience_s=0):
        pass


def test_the_gap_is_that_of_the_host_that_was_asked() -> None:
    gate = HostGate(HostRules(gap_s=60, gaps_s={"b.org": 0.02}))
    with gate.turn("https://a.org/", patience_s=1), gate.turn("https://b.org/", patience_s=1):
        pass

    with gate.turn("https://b.org/2", patience_s=5):
        pass
    with pytest.raises(HostBusy), gate.turn("https://a.org/2", patience_s=0.05):
        pass


def test_hosts_that_only_passed_by_are_forgotten() -> None:
    """A hostile feed could lead us to another host with each redirect."""
    gate = HostGate(HostRules(gap_s=0, gaps_s={"kept.org": 60}))
    with gate.turn("https://kept.org/", patience_s=1):
        pass
    tracemalloc.start()
    try:
        for number in range(4000):
            with gate.turn(f"https://{number}.example/", patience_s=1):
                pass
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 400_000
    with pytest.raises(HostBusy), gate.turn("https://kept.org/", patience_s=0):
        pass


def test_nobody_waits_for_ever() -> None:
    gate = HostGate(HostRules(gap_s=60))
    with (
        gate.turn("https://a.org/", patience_s=1),
        pytest.raises(HostBusy),
        gate.turn("https://a.org/", patience_s=0.05),
    ):
        pass

    with pytest.raises(HostBusy), gate.turn("https://a.org/", patience_s=0.05):
        pass


def test_who_may_ask_nobody_finds_out_when_the_host_is_free_and_leaves_it_so() -> None:
    """It may have waited for long, and others have taken over meanwhile."""
    may_ask = [False]
    gate = HostGate(HostRules(gap_s=0), lambda: may_ask[0])

    with pytest.raises(Adrift), gate.turn("https://a.org/", patience_s=1):
        pass

    may_ask[0] = True
    with gate.turn("https://a.org/", patience_s=0.05):
        pass


def test_a_turn_that_failed_frees_the_host() -> None:
    gate = HostGate(HostRules(gap_s=0))
    with pytest.raises(KeyError), gate.turn("https://a.org/", patience_s=1):
        raise KeyError

    with gate.turn("https://a.org/", patience_s=0.01):
        pass
