"""Feeds are read in children, and what a body does to one is its own loss."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from monitor.adapters.feeds import ChildParser, read
from monitor.errors import ParseError
from monitor.model import Health, ParsedFeed
from tests.adapters.feeds.documents import an_rss, an_rss_item, fetched, saved
from tests.adapters.feeds.hostile import HOSTILE

WALL_S = 6.0
SLACK_S = 30  # what a machine that stands still for a while takes besides
GOOD = an_rss(an_rss_item("fine"))
# Too many short authors: nothing that the guard refuses, but slow beyond the limits of a test.
SLOW = an_rss(an_rss_item(more=f"<author>{('a' * 1000 + ' ') * 8000}</author>"))


@pytest.fixture(scope="module")
def parser() -> Iterator[ChildParser]:
    with ChildParser(workers=1, cpu_s=1, wall_s=WALL_S, max_rss_mib=256) as parser:
        yield parser


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def wait_until_gone(pid: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(pid)


def kill_once_it_has(pid: int, size: int) -> None:
    """Not before it read so many bytes in all: what it never had, another child is given."""
    while bytes_read(pid) < size:
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)


def bytes_read(pid: int) -> int:
    return int(Path(f"/proc/{pid}/io").read_text().split()[1])


def the_child(parser: ChildParser) -> int:
    (pid,) = [child.pid for child in parser.children if child.pid is not None]
    return pid


@pytest.mark.parametrize("name", ["rss20.xml", "atom10.xml", "rss10.rdf", "rss20_euckr.xml"])
def test_child_reads_what_the_reader_reads(parser: ChildParser, name: str):
    document = fetched(saved(name), content_type="application/xml")

    assert parser.parse(document) == read(
        document.body, content_type=document.content_type, url=document.url
    )


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_document_ends_within_limits_and_the_next_feed_is_read(
    parser: ChildParser, name: str
):
    started = time.monotonic()
    try:
        outcome: ParsedFeed | ParseError = parser.parse(fetched(HOSTILE[name]))
    except ParseError as exc:
        outcome = exc
    took = time.monotonic() - started

    assert took < WALL_S + SLACK_S
    assert isinstance(outcome, ParsedFeed | ParseError)
    assert "root:" not in repr(outcome)
    assert parser.parse(fetched(GOOD)).entries[0].title == "fine"


def test_external_entity_shows_no_file(parser: ChildParser, tmp_path: Path):
    canary = tmp_path / "canary"
    canary.write_text("CANARY")
    declared = f"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file://{canary}'>]>"

    with pytest.raises(ParseError) as caught:
        parser.parse(fetched(an_rss(an_rss_item("&x;"), before=declared)))

    assert "CANARY" not in str(caught.value)


def test_feed_that_needs_too_much_processor_time_says_so():
    with (
        ChildParser(workers=1, cpu_s=1, wall_s=60) as parser,  # a busy machine takes its time
        pytest.raises(ParseError, match="more than 1 s of processor time") as caught,
    ):
        parser.parse(fetched(SLOW))

    assert caught.value.health is Health.FAILING


def test_feed_that_takes_too_long_says_so():
    with ChildParser(workers=1, cpu_s=60, wall_s=0.3) as parser:
        with pytest.raises(ParseError, match=r"longer than 0\.3 s"):
            parser.parse(fetched(SLOW))

        assert not any(child.pid for child in parser.children)


def test_feed_that_needs_too_much_memory_says_so():
    with ChildParser(workers=1, cpu_s=20, wall_s=20, max_rss_mib=80) as parser:
        with pytest.raises(ParseError, match="memory") as caught:
            parser.parse(fetched(an_rss(an_rss_item("x" * 15_000_000))))

        assert "80 MiB" in str(caught.value) or "out of memory" in str(caught.value)
        assert parser.parse(fetched(GOOD)).entries


def test_killed_child_costs_that_feed_only():
    with ChildParser(workers=1, cpu_s=60, wall_s=60) as parser:
        parser.parse(fetched(GOOD))
        victim = the_child(parser)
        enough = bytes_read(victim) + len(SLOW)
        killer = threading.Thread(target=kill_once_it_has, args=(victim, enough))
        killer.start()

        with pytest.raises(ParseError, match="killed"):
            parser.parse(fetched(SLOW))
        killer.join()

        assert parser.parse(fetched(GOOD)).entries[0].title == "fine"
        assert the_child(parser) != victim


def test_child_that_died_while_idle_costs_nothing():
    with ChildParser(workers=1) as parser:
        parser.parse(fetched(GOOD))
        victim = the_child(parser)
        os.kill(victim, signal.SIGKILL)
        assert wait_until_gone(victim, SLACK_S)

        assert parser.parse(fetched(GOOD)).entries[0].title == "fine"


def test_child_that_grew_past_half_its_limit_is_replaced():
    """Memory that its heap does not give back would fail a later, innocent feed."""
    with ChildParser(workers=1, max_rss_mib=70) as parser:
        for _ in range(2):
            assert parser.parse(fetched(GOOD)).entries[0].title == "fine"
            assert not any(child.pid for child in parser.children)


def test_children_do_not_outlive_a_parent_that_was_killed():
    code = (
        "import sys, time\n"
        "from monitor.adapters.feeds import ChildParser\n"
        "from tests.adapters.feeds.documents import fetched, saved\n"
        "parser = ChildParser(workers=1)\n"
        "parser.parse(fetched(saved('rss20.xml')))\n"
        "print(parser.children[0].pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)

        parent.kill()
        parent.wait()

        assert wait_until_gone(child, SLACK_S)


def test_many_threads_share_few_children():
    bodies = [an_rss(an_rss_item(str(number))) for number in range(40)]
    with ChildParser(workers=2) as parser, ThreadPoolExecutor(8) as threads:
        feeds = list(threads.map(lambda body: parser.parse(fetched(body)), bodies))

        assert [feed.entries[0].title for feed in feeds] == [str(number) for number in range(40)]
        assert len([child for child in parser.children if child.pid]) <= 2


def test_closing_ends_children_at_once_and_for_good():
    parser = ChildParser(workers=1, cpu_s=60, wall_s=60)
    parser.parse(fetched(GOOD))
    child = the_child(parser)
    with ThreadPoolExecutor(1) as threads:
        busy = threads.submit(parser.parse, fetched(SLOW))
        parser.close()

        with pytest.raises(ParseError, match="closed"):
            busy.result(timeout=SLACK_S)
    with pytest.raises(ParseError, match="closed"):
        parser.parse(fetched(GOOD))
    assert not is_running(child)


def test_child_sees_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLACK_URL", "canary-secret")
    with ChildParser(workers=1) as parser:
        parser.parse(fetched(GOOD))

        environment = Path(f"/proc/{the_child(parser)}/environ").read_bytes()

    assert b"canary-secret" not in environment
    assert b"TZ=UTC" in environment


def test_child_ignores_what_is_meant_for_the_daemon():
    """systemd sends SIGTERM to every process of a service; the daemon wants to finish first."""
    with ChildParser(workers=1) as parser:
        parser.parse(fetched(GOOD))
        child = the_child(parser)
        for meant_for_daemon in (signal.SIGTERM, signal.SIGINT):
            os.kill(child, meant_for_daemon)

        assert parser.parse(fetched(GOOD)).entries
        assert the_child(parser) == child


def test_interpreter_that_cannot_start_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with ChildParser(workers=1) as parser, pytest.raises(ParseError, match="could be started"):
        parser.parse(fetched(GOOD))
