"""Whatever a server does: an error with a name, in time, for few bytes, and nothing is left."""

import gzip
import random
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.adapters.http.fetcher import HttpFetcher
from monitor.adapters.http.sockets import tls_context
from monitor.errors import FetchError
from monitor.model import FeedState, Fetched, Health, Settings
from tests.adapters.http.faults import CAP, FEED, LATE, faults
from tests.adapters.http.servers import Request, Script, Server, reply, saying, saying_once, serving
from tests.adapters.http.test_fetcher import a_fetcher
from tests.builders import NOW, a_feed
from tests.faults.processes import Zygote

DEADLINE_S = 1.0
# What is not the server's doing: a machine that stands still for a while, and the one piece that
# is being unpacked. Whoever does not wait for the deadline has as much time.
SLACK_S = 30
LINUX = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="asks /proc")


@pytest.fixture(scope="module")
def tls() -> ssl.SSLContext:
    return tls_context()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it; no error itself, for that holds on to what it happened in."""

    body: bytes | None = None
    etag: str | None = None
    said: str = ""
    health: Health = Health.OK


def fetch(fetcher: HttpFetcher, server: Server) -> Outcome:
    feed = a_feed(url=server.url())
    try:
        found = fetcher.fetch(feed, FeedState(feed_id=feed.id, due_at=NOW), feed.url)
    except FetchError as exc:
        return Outcome(said=str(exc), health=exc.health)
    assert isinstance(found, Fetched)
    return Outcome(body=found.body, etag=found.etag)


def held() -> tuple[int, int]:
    """Threads and open files of this process."""
    files = Path("/proc/self/fd")
    return threading.active_count(), len([*files.iterdir()]) if files.is_dir() else 0


@pytest.mark.parametrize("name", faults())
def test_a_fault_has_a_name_and_an_end_and_leaves_nothing(name: str, tls: ssl.SSLContext) -> None:
    fault = faults()[name]
    before = held()
    deadline_s = DEADLINE_S if LATE in fault.said else SLACK_S
    fetcher = a_fetcher(deadline=timedelta(seconds=deadline_s), max_body_bytes=CAP, tls=tls)
    with serving(fault.script) as server, serving(saying(reply(body=FEED))) as healthy:
        started = time.monotonic()
        outcome = fetch(fetcher, server)
        took_s = time.monotonic() - started
        after = fetch(fetcher, healthy)
        fetcher.close()

    assert fault.said in outcome.said
    assert bool(outcome.said) == bool(fault.said)
    assert outcome.health == (fault.health if fault.said else Health.OK)
    assert len(outcome.body or b"") <= CAP
    assert took_s < DEADLINE_S + SLACK_S
    assert after.body == FEED, "others are not harmed"
    assert all(now <= then for now, then in zip(held(), before, strict=True))


# --- memory --------------------------------------------------------------------------------------

WORST = (
    *(name for name in faults() if name.startswith("bomb ")),
    *("headers without end", "a header without end", "go-ons without end", "redirect without end"),
)
MAX_GROWTH_KIB = 40 * 1024


@pytest.fixture(scope="module")
def fetching() -> Iterator[Zygote]:
    with Zygote("tests.adapters.http.appetite:main") as zygote:
        yield zygote


def appetite(script: Script, fetching: Zygote, log: Path) -> tuple[int, str]:
    with serving(script) as server:
        assert fetching.start(server.url(), log=log).wait(60) == 0, log.read_text()
    growth, _, said = log.read_text().strip().partition(" ")
    return int(growth), said


@LINUX
@pytest.mark.parametrize("name", WORST)
def test_no_fault_is_fed_much_memory(name: str, fetching: Zygote, tmp_path: Path) -> None:
    """With the limits that are shipped; 64 MiB come out of a bomb."""
    fault = faults()[name]

    growth, said = appetite(fault.script, fetching, tmp_path / "said")

    assert fault.said in said
    assert growth < MAX_GROWTH_KIB


@LINUX
@pytest.mark.parametrize("is_packed", [False, True])
def test_nor_is_the_biggest_document_that_is_read(
    is_packed: bool, fetching: Zygote, tmp_path: Path
) -> None:
    body = random.Random(1).randbytes(Settings().max_body_bytes)
    packed = reply(200, {"Content-Encoding": "gzip"}, gzip.compress(body, 1))

    script = saying(packed if is_packed else reply(body=body))
    growth, said = appetite(script, fetching, tmp_path / "said")

    assert said == ""
    assert growth < MAX_GROWTH_KIB


# --- one answer hidden behind another ------------------------------------------------------------


@pytest.mark.parametrize("pause_s", [0, 0.2])
def test_what_follows_an_answer_is_not_the_next_one(pause_s: float, tls: ssl.SSLContext) -> None:
    """A length too short: the rest would pass for the answer to somebody else's question."""
    forged = reply(200, {"ETag": "forged"}, b"<forged/>")
    honest = reply(200, {"ETag": "honest"}, FEED)

    def hiding(request: Request, sock: socket.socket, server: Server) -> None:
        is_first = len(server.requests) == 1
        sock.sendall(honest + (forged if is_first else b""))

    fetcher = a_fetcher(tls=tls)
    with serving(hiding) as server:
        outcomes = [fetch(fetcher, server)]
        server.over.wait(pause_s)
        outcomes.append(fetch(fetcher, server))
        fetcher.close()

    assert [outcome.etag for outcome in outcomes] == ["honest", "honest"]


@pytest.mark.parametrize("claimed", [0, 5, len(FEED) - 1])
def test_a_length_that_is_too_short_is_believed(claimed: int, tls: ssl.SSLContext) -> None:
    """Whether the rest is a feed is the parser's to say."""
    fetcher = a_fetcher(tls=tls)
    with serving(saying_once(reply(body=FEED, length=claimed))) as server:
        outcome = fetch(fetcher, server)
    fetcher.close()

    assert (outcome.body or b"") == FEED[:claimed]


# --- listeners ------------------------------------------------------------------


def test_a_listener_that_never_takes_us_is_left_at_the_deadline(tls: ssl.SSLContext) -> None:
    fetcher = a_fetcher(deadline=timedelta(seconds=0.5), tls=tls)
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        server = Server(host="127.0.0.1", port=listener.getsockname()[1])
        started = time.monotonic()
        outcome = fetch(fetcher, server)
        took_s = time.monotonic() - started
    fetcher.close()

    assert "no answer within the deadline" in outcome.said
    assert took_s < 0.5 + SLACK_S


def test_there_are_enough_of_them() -> None:
    assert len(faults()) >= 70
