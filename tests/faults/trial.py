"""An installation whose daemon lives many lives on one database, and what must hold after each."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from tests.e2e.world import a_folder
from tests.faults.audit import Left, audit, story_of
from tests.faults.desk import WELL, Desk, Faults
from tests.faults.newsroom import Newsroom
from tests.faults.processes import Process, Zygote, daemon_arguments, wait_until
from tests.servers import Loopback, Reply, Request

FEEDS = ("alpha", "beta", "gamma")
WEBHOOKS = ("desk", "night", "evening")
# One of the webhooks is told of several alerts together.
_ROUTES = """
[[route]]
id = "gathered"
webhooks = ["evening"]
group_by = []
group_wait = "0.2s"
group_interval = "0.2s"
continue = true
[[route]]
id = "others"
webhooks = ["desk", "night"]
"""
# What has to happen at once may take so long on a machine that has other things to do.
PATIENCE_S = 15.0


class Ending(StrEnum):
    KILLED = "killed"
    STOPPED = "stopped"


@dataclass
class Record:
    """What was seen in a trial. `problems` must be empty at its end.

    Attributes:
        hits: Failpoint -> how often a process ended there.
        alerts: That were owed, each to each webhook.
        lost: That never arrived.
        doubled: That a receiver which discards known ids processed twice.
        repeats: That were sent again under the same id.
        needless: More of these than faults and kills can explain.
    """

    lives: int = 0
    kills: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    slowest_recovery_s: float = 0.0
    alerts: int = 0
    lost: int = 0
    doubled: int = 0
    repeats: int = 0
    needless: int = 0

    def add(self, other: "Record") -> None:
        for part in ("lives", "kills", "alerts", "lost", "doubled", "repeats", "needless"):
            setattr(self, part, getattr(self, part) + getattr(other, part))
        self.hits += other.hits
        self.problems += other.problems
        self.slowest_recovery_s = max(self.slowest_recovery_s, other.slowest_recovery_s)

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


class Trial:
    """One database, one newsroom, one desk; lives come and go.

    Args:
        seed: Name of a bug to sow into each life.
    """

    def __init__(
        self,
        root: Path,
        zygote: Zygote,
        newsroom: Newsroom,
        desk: Desk,
        urls: tuple[str, str],
        seed: str = "",
    ) -> None:
        self.newsroom, self.desk = newsroom, desk
        self.record = Record()
        self.database = root / "data" / "monitor.sqlite"
        self.log = root / "daemon.log"
        self._zygote, self._seed = zygote, seed
        self._ahead = timedelta()
        self._left = Left()
        self._leases: set[tuple[str, str]] = set()  # in which a life ended: webhook-id, until
        self._kills: Counter[str] = Counter()  # webhook-id -> kills while it was being sent
        feeds, hooks = urls
        self.folder = a_folder(
            root,
            feeds={name: f"{feeds}/{name}" for name in (*newsroom.feeds, "broken", "gone")},
            webhooks={name: f"{hooks}/{name}" for name in WEBHOOKS},
            interval="0.2s",
        )
        settings = self.folder / "monitor.toml"
        text = settings.read_text().replace("health_webhooks = []", 'health_webhooks = ["desk"]')
        settings.write_text(text)
        (self.folder / "routes.toml").write_text(_ROUTES)

    @property
    def now(self) -> datetime:
        """By the daemons' clock."""
        return datetime.now(UTC) + self._ahead

    # --- lives ---

    def tour(self, place: str = "") -> Ending:
        """A life from start to stop, with new entries and a reload, and its end at a failpoint."""
        self.publish(2)
        life = self.start(place)
        self.live_on(life, self.all_arrived, "not all alerts arrived")
        life.send(signal.SIGHUP)
        self.live_on(life, lambda: '"reloaded"' in self.said(), "no reload")
        polls = self.newsroom.polls["alpha"]
        self.live_on(life, lambda: self.newsroom.polls["alpha"] > polls, "no poll after it")
        life.send(signal.SIGTERM)
        return self.end(life, place, wait_s=30)

    def load(self, kill_after_s: float, *, entries: int = 2, recover_first: bool = False) -> Ending:
        """A life under load, killed whatever it does.

        Args:
            recover_first: Not before it took up what its predecessor was sending.
        """
        tried = {name: self.desk.tries[name] for name in self._left.resumed}
        life = self.start()
        if recover_first:
            self.live_on(
                life,
                lambda: (
                    '"poll_' in self.said()
                    and all(self.desk.tries[name] > before for name, before in tried.items())
                ),
                "what was under way was not taken up",
            )
            self._recovered(life)
        for _ in range(entries):
            self.publish(1)
            wait_until(lambda: not life.alive, kill_after_s / entries)
        life.kill()
        return self.end(life, "", wait_s=1)

    def recover(self) -> None:
        """A last life, without a kill: what was owed arrives, in the time that is allowed, and
        what is published now does too."""
        life = self.start()
        self.live_on(life, self.all_arrived, "not all alerts arrived")
        self._recovered(life)
        self.await_start(life)
        self.publish(1)
        self.live_on(life, self.all_arrived, "a new alert did not arrive")
        life.send(signal.SIGTERM)
        if self.end(life, "", wait_s=30) is Ending.KILLED:
            self.record.problems.append("the last life did not stop in order")

    def drain(self) -> None:
        """Lives hours ahead, until everything arrived that was refused now and then.

        At last the receiver is well: a life may try but once, and chance may refuse that each time.
        """
        for number in range(12):
            if number == 4:
                self.desk.faults = WELL
            self._ahead += timedelta(hours=3)
            life = self.start()
            self.await_start(life)
            self._until_nothing_moves()
            life.send(signal.SIGTERM)
            self.end(life, "", wait_s=30)
            if self.record.problems or (self.all_arrived() and not self._left.open):
                return

    def _until_nothing_moves(self) -> None:
        """Everything arrived, or what is left has to wait."""
        tries = -1
        while not self.all_arrived() and tries != (tries := self.desk.tries.total()):
            wait_until(self.all_arrived, 0.8)

    def pass_time(self, by: timedelta) -> None:
        self._ahead += by

    # --- judgement ---

    def verdict(self) -> Record:
        """What the receiver says at the end, added to what was seen after each life."""
        desk, say = self.desk, self.record.problems.append
        everything = set(range(1, self.newsroom.published + 1))
        for webhook in WEBHOOKS:
            if lost := everything - desk.got(webhook):
                self.record.lost += len(lost)
                say(f"lost at {webhook}: {len(lost)} of {len(everything)}: {sorted(lost)[:5]}")
                for number in sorted(lost)[:3]:
                    say("; ".join(story_of(self.database, f"Train {number}:")) or "never seen")
            doubled = {n: ids for n, ids in desk.taken[webhook].items() if len(ids) > 1}
            if doubled:
                self.record.doubled += len(doubled)
                say(f"processed twice at {webhook}: {dict(list(doubled.items())[:3])}")
        if desk.altered:
            say(f"sent with other bytes than before: {sorted(desk.altered)[:3]}")
        for webhook_id, works in desk.works.items():
            if works > 1 + desk.ambiguous[webhook_id] + self._kills[webhook_id]:
                self.record.needless += 1
                say(f"{webhook_id} was sent {works} times without need")
        for webhook_id, tries in desk.tries.items():
            if tries > 1 + desk.excused[webhook_id] + self._kills[webhook_id]:
                say(f"{webhook_id} was tried {tries} times without need")
        self.record.alerts = len(everything) * len(WEBHOOKS)
        self.record.repeats = sum(works - 1 for works in desk.works.values())
        return self.record

    def all_arrived(self) -> bool:
        published = self.newsroom.published
        return all(len(self.desk.taken[webhook]) >= published for webhook in WEBHOOKS)

    def publish(self, count: int) -> None:
        first, *others = (self.desk.got(webhook) for webhook in WEBHOOKS)
        self.newsroom.publish(count, self.now, first.intersection(*others))

    def start(self, place: str = "") -> Process:
        self.record.lives += 1
        self.log.unlink(missing_ok=True)
        environment = {
            "NEWS_MONITOR_FAILPOINT": place,
            "TRIAL_CLOCK_S": str(self._ahead.total_seconds()),
            "TRIAL_TICK_S": "0.1",
            "TRIAL_SEED": self._seed,
        }
        return self._zygote.start(
            *daemon_arguments(self.folder), log=self.log, environment=environment
        )

    def await_start(self, life: Process) -> None:
        """Until it listens to signals."""
        self.live_on(life, lambda: '"monitor_started"' in self.said(), "no start")

    def live_on(self, life: Process, happened: Callable[[], object], problem: str) -> None:
        """Until it happened, or the process died before."""
        if self.record.problems:
            return  # it failed: no use in waiting for more
        if not wait_until(lambda: happened() or not life.alive, PATIENCE_S):
            last = self.said()[-1500:]
            self.record.problems.append(f"{problem} within {PATIENCE_S:g} s; last said: {last}")

    def end(self, life: Process, place: str, *, wait_s: float) -> Ending:
        try:
            status = life.wait(wait_s)
        except TimeoutError:
            self.record.problems.append(f"did not stop within {wait_s:g} s")
            status = life.kill()
        if status == -signal.SIGKILL:
            self.record.kills += 1
            if place and f"killed at failpoint {place}" in self.said()[-2000:]:
                self.record.hits[place.partition(":")[0]] += 1
        elif status != 0:
            self.record.problems.append(f"ended with status {status}: {self.said()[-600:]}")
        self._left = audit(self.database, WEBHOOKS, self.now, self._left)
        self._kills.update(self._left.leased.keys())
        self._leases |= set(self._left.leased.items())
        # What was being sent at a kill was noted by a later life, once; or is leased still.
        noted = Counter(n for n, until in self._leases if self._left.leased.get(n) != until)
        if self._left.unseen != noted:
            self.record.problems.append(f"attempts unseen: {self._left.unseen}, not {noted}")
        self.record.problems += self._left.problems
        if lied := self._left.delivered - self.desk.processed():
            self.record.problems.append(f"said to be delivered, but never sent: {sorted(lied)[:3]}")
        return Ending.KILLED if status == -signal.SIGKILL else Ending.STOPPED

    def _recovered(self, life: Process) -> None:
        took = time.monotonic() - life.started_at
        self.record.slowest_recovery_s = max(self.record.slowest_recovery_s, took)

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


@contextmanager
def a_trial(
    root: Path,
    zygote: Zygote,
    *,
    faults: Faults = WELL,
    copies: bool = True,
    cut_short: float = 0.0,
    seed: str = "",
    dice: int = 1,
) -> Iterator[Trial]:
    root.mkdir(parents=True, exist_ok=True)
    newsroom = Newsroom(FEEDS, copies=copies, cut_short=cut_short, seed=dice)
    desk = Desk(faults, seed=dice)
    others = {"/broken": Reply(500), "/gone": Reply(410)}

    def feeds(request: Request) -> Reply:
        reply = newsroom(request)
        return others.get(request.path, reply)

    with Loopback(feeds) as feed_server, Loopback(desk) as hook_server:
        try:
            yield Trial(root, zygote, newsroom, desk, (feed_server.url, hook_server.url), seed)
        finally:
            zygote.clear()  # a trial that failed leaves its life
