"""The same kills for other programs: feeds, receiver and faults are those of our own trials.

They are installed into an environment of their own and run as their manuals say: by a timer, once
each time. An alert counts as lost if two undisturbed runs after the kill, with everything well and
the feed unchanged, do not bring it: the feed will show other entries by and by.
"""

import json
import random
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.campaigns import scratch
from tests.faults.desk import UNSTEADY, WELL, Desk
from tests.faults.newsroom import Newsroom
from tests.faults.processes import Process, Zygote, wait_until
from tests.faults.trial import FEEDS, Record
from tests.servers import Loopback, Request

PARTS = Path(__file__).with_name("peer_parts")
ENVIRONMENT = Path(__file__).parents[2] / "build" / "peers"
UNDISTURBED = 2


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A program that polls feeds and tells of what is new.

    Attributes:
        package: As the registry names it, with the version that was tested.
        target: What a run of it calls.
        prepare: Folder, feeds, addresses of the desk (web, mail) -> its arguments.
    """

    package: str
    target: str
    prepare: Callable[[Path, Mapping[str, str], str, int], Sequence[str]]


def _feed2exec(folder: Path, feeds: Mapping[str, str], _web: str, _mail: int) -> Sequence[str]:
    config = folder / "feed2exec.ini"
    config.write_text(
        "".join(f"[{name}]\nurl = {url}\noutput = desk_output\n" for name, url in feeds.items())
    )
    return ("--config", str(config), "--database", str(folder / "feed2exec.db"), "fetch")


def _rss2email(folder: Path, feeds: Mapping[str, str], _web: str, mail: int) -> Sequence[str]:
    config, data = folder / "rss2email.cfg", folder / "rss2email.json"
    config.write_text(
        "[DEFAULT]\nfrom = a@example.org\nto = b@example.org\nemail-protocol = smtp\n"
        f"smtp-server = 127.0.0.1\nsmtp-port = {mail}\nsame-server-fetch-interval = 0\n"
        + "".join(f"[feed.{name}]\nurl = {url}\n" for name, url in feeds.items())
    )
    return ("-c", str(config), "-d", str(data), "run")


PEERS = {
    "feed2exec": Peer(
        package="feed2exec==0.23.0", target="feed2exec.__main__:main", prepare=_feed2exec
    ),
    "rss2email": Peer(package="rss2email==3.14", target="rss2email.main:run", prepare=_rss2email),
}


def install() -> Path:
    """The interpreter of an environment that has the peers."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    packages = [peer.package for peer in PEERS.values()]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def peer_record(name: str, kills: int, *, steady: bool, python: Path) -> Record:
    """Kill a peer at random moments of its runs, and let it run in peace after each.

    Args:
        steady: Nothing fails but the peer itself: what is lost then, the kills have lost.
    """
    peer = PEERS[name]
    newsroom = Newsroom(FEEDS, copies=False, cut_short=0.0 if steady else 0.03)
    desk = Desk(WELL if steady else UNSTEADY)
    record = Record()
    with (
        scratch() as folder,
        Loopback(newsroom) as feeds,
        Loopback(desk) as web,
        a_mail_desk(desk) as mail,
        Zygote(peer.target, python=str(python), cwd=PARTS) as zygote,
    ):
        arguments = peer.prepare(
            folder, {feed: f"{feeds.url}/{feed}" for feed in FEEDS}, f"{web.url}/desk", mail
        )
        environment = {
            "DESK_URL": f"{web.url}/desk",
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
        }

        def run(*, kill_after_s: float = 60) -> Process:
            record.lives += 1
            life = zygote.start(*arguments, log=folder / "log", environment=environment)
            wait_until(lambda: not life.alive, kill_after_s)
            record.kills += life.kill() < 0
            return life

        newsroom.publish(2, datetime.now(UTC), ())
        first = run()
        whole_s = first.ended_at - first.started_at
        chance = random.Random(name)
        while record.kills < kills:
            newsroom.publish(2, datetime.now(UTC), desk.got("desk"))
            desk.faults = WELL if steady else UNSTEADY
            run(kill_after_s=chance.uniform(0, 1.1 * whole_s))
            desk.faults = WELL
            for _ in range(UNDISTURBED):
                run()
            missing = set(newsroom.shown()) - desk.got("desk")
            record.lost += len(missing)
            newsroom.withdraw(missing)
    record.alerts = newsroom.published
    record.repeats = sum(works - 1 for works in desk.works.values())
    return record


@contextmanager
def a_mail_desk(desk: Desk) -> Iterator[int]:
    """The desk as a mail server: what it says of a message decides the answer to it."""

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 desk")
            while line := self.rfile.readline():
                command = line[:4].upper()
                if command == b"QUIT":
                    return self.say("221 bye")
                if command == b"DATA":
                    self.say("354 go on")
                    answer = self.message()
                    if answer is None:
                        return None
                    self.say(answer)
                else:
                    self.say("250 well")
            return None

        def message(self) -> str | None:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                if not line:
                    return None  # the sender was killed while it sent
                lines.append(line.decode())
            subject = next(one for one in lines if one.startswith("Subject: "))[9:].strip()
            body = json.dumps({"data": {"headline": subject}}).encode()
            number = subject.partition(":")[0]
            headers = {"webhook-id": number, "content-length": str(len(body))}
            status = desk(Request("POST", "/desk", headers, body)).status
            return None if status == 0 else "250 taken" if status < 300 else "451 later"

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
