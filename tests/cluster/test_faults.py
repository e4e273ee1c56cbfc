"""Whoever dies or freezes, others go on: nothing is lost or told twice, no host is asked by two.

Real processes, PostgreSQL and HTTP. A fault strikes while a request is under way, never at a guess.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.cluster.world import Cluster, Member, prepared, wait_until
from tests.postgres import a_server

STALL_S = 4
SOON_S = 2 * STALL_S + 10  # of which the second part is for a machine that is busy


@pytest.fixture
def cluster(tmp_path: Path, postgres_url: str) -> Iterator[Cluster]:
    with Cluster(tmp_path, postgres_url, hosts=(5, 3, 2, 2), stall_s=STALL_S, hold_s=2) as made:
        yield made


def test_feeds_of_a_worker_that_freezes_or_dies_are_polled_by_others(cluster: Cluster):
    cluster.start_all(schedulers=1, fetch=2, deliver=1, slots=8)
    cluster.start_news()

    frozen, frozen_s = struck_while_it_polls(cluster, cluster.freeze)
    cluster.await_polls(frozen_s, SOON_S)
    frozen.signal(signal.SIGCONT)

    wait_until(lambda: frozen.lines("poll_overtaken"), 30, "nothing that it brought was late")
    wait_until(lambda: frozen.lines("leases_lost"), 30, "it knows of no lease that it lost")

    _, died_s = struck_while_it_polls(cluster, cluster.kill)
    cluster.await_polls(died_s, SOON_S)

    cluster.settle()
    assert cluster.desk.repeats() == 0
    assert set(cluster.stop().values()) == {0}


def test_hosts_change_hands_with_their_gaps(tmp_path: Path, postgres_url: str):
    """Workers come and go; each host is asked by one at a time, and left alone in between."""
    with Cluster(
        tmp_path, postgres_url, hosts=(2, 2), stall_s=STALL_S, hold_s=1, partitions=2, gap_s=1.5
    ) as cluster:
        cluster.start_all(schedulers=1, fetch=1, deliver=1)
        cluster.start_news()

        cluster.start("f1", "worker", "--queue", "fetch")
        wait_until(lambda: {*cluster.holds("part:").values()} == {"f0", "f1"}, 20, "no share")
        shared_s = time.monotonic()
        cluster.await_polls(shared_s, SOON_S)
        assert cluster.end("f0") == 0
        wait_until(lambda: [*cluster.holds("part:").values()] == ["f1", "f1"], SOON_S, "no heir")
        cluster.await_polls(time.monotonic(), SOON_S)

        cluster.settle()
        assert cluster.desk.repeats() == 0


def struck_while_it_polls(cluster: Cluster, strike: Callable[[str], None]) -> tuple[Member, float]:
    """The fetch worker that asks for a feed, and when it was struck."""
    host, struck = cluster.names[0], list[tuple[Member, float]]()

    def act() -> None:
        name = cluster.await_holder(cluster.part(host), 5)
        strike(name)
        struck.append((cluster.members[name], time.monotonic()))

    cluster.feeds.meanwhile[host] = act
    wait_until(lambda: struck, 20, "nobody asks")
    return struck[0]


def test_schedulers_stand_in_for_each_other(cluster: Cluster):
    cluster.start_all(schedulers=2, fetch=1, deliver=1)
    cluster.start_news()
    cluster.feeds.every = 1
    for again in ("s2", ""):
        victim = cluster.await_holder("story:", SOON_S)
        cluster.kill(victim)
        died_s = time.monotonic()
        cluster.await_holder("story:", SOON_S, former=victim)
        cluster.await_told(20, SOON_S)
        cluster.await_polls(died_s, SOON_S)
        if again:
            cluster.start(again, "scheduler")
            wait_until(cluster.members[again].is_ready, 20)

    cluster.settle()
    assert cluster.desk.repeats() == 0


def test_alerts_of_a_sender_that_freezes_or_dies_are_sent_by_another(cluster: Cluster):
    cluster.start_all(schedulers=1, fetch=1, deliver=2)
    cluster.start_news()
    cluster.feeds.every = 1
    cluster.await_told(5, 20)

    frozen = struck_while_it_sends(cluster, cluster.freeze)
    cluster.await_told(10, SOON_S)
    frozen.signal(signal.SIGCONT)
    cluster.await_told(10, SOON_S)
    struck_while_it_sends(cluster, cluster.kill)
    cluster.await_told(10, SOON_S)

    cluster.settle()
    assert cluster.desk.repeats() <= 4, "what was in flight: one message to each webhook"


def struck_while_it_sends(cluster: Cluster, strike: Callable[[str], None]) -> Member:
    """The worker that sends to a webhook."""
    struck = list[Member]()

    def act() -> None:
        name = cluster.await_holder("webhook:desk", 5)
        strike(name)
        struck.append(cluster.members[name])

    cluster.desk.meanwhile["desk"] = act
    wait_until(lambda: struck, 20, "nobody sends")
    return struck[0]


def test_cluster_outlives_a_crash_of_the_database(tmp_path: Path):
    with (
        a_server() as server,
        prepared(server) as url,
        Cluster(tmp_path, url, hosts=(5, 3, 2, 2), stall_s=STALL_S, hold_s=2) as cluster,
    ):
        cluster.start_all(schedulers=2, fetch=2, deliver=2, slots=4)
        cluster.start_news()
        cluster.feeds.every = 1
        cluster.await_told(5, 20)
        postmaster = server.get_pid()
        os.kill(postmaster, signal.SIGQUIT)  # "immediate": it saves nothing, and recovers
        wait_until(partial(_is_gone, postmaster), 10)
        server.start()
        cluster.await_polls(time.monotonic(), SOON_S)
        cluster.await_told(10, SOON_S)

        cluster.settle()
        assert cluster.desk.repeats() <= 2, "what was in flight: one message to each webhook"
        assert set(cluster.stop().values()) == {0}, "all of them in the same processes"


def _is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()
