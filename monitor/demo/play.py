"""The run: outlets publish, a real daemon polls and delivers, a receiver fails, a process dies."""

import math
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from monitor import bootstrap
from monitor.config import Config
from monitor.core.query import Explanation
from monitor.demo.feeds import Published, document, publish
from monitor.demo.folder import Folder, furnish, new_secret, record
from monitor.demo.outcome import outcome_of, seen_of, stored_version
from monitor.demo.process import Daemon, DemoError
from monitor.demo.report import Screen
from monitor.demo.server import FeedServer
from monitor.demo.story import Story, StoryItem, load
from monitor.errors import MonitorError
from monitor.listen import Received, Receiver
from monitor.model import DeliveryState, Item
from monitor.ports import Archive

_SHORTEST_S, _LONGEST_S = 1.0, 1.9  # between two items, at the speed of 1
_PATIENCE_S = 3.0  # for an item to be stored before the next appears, at the speed of 1
_START_S = 90.0
_END_S = 90.0
_REFUSAL, _CRASH = 0.375, 0.7  # where in the story the receiver refuses, and the daemon dies
_INTERRUPTED = 128 + signal.SIGINT
_WITHOUT_MISHAPS = 10  # items; shorter stories would be all mishap
_UNSETTLED = (DeliveryState.PENDING, DeliveryState.LEASED)


def run(
    *,
    speed: float | None = None,
    keep: Path | None = None,
    out: TextIO | None = None,
    story: Story | None = None,
) -> int:
    """Play the story through a real daemon and say whether all went as it should.

    Args:
        speed: 2 is twice as fast; None: about a minute.
        keep: New or empty folder in which configuration, database, log and recorded items stay;
            None: a temporary one, removed at the end.
        out: Where to print; None: standard output.
        story: Another story than the one that comes with the program.

    Returns:
        0 if every expected watch fired for every item and every alert was delivered exactly once,
        1 if something differed, 2 for arguments that cannot be used, 130 if interrupted.
    """
    screen = Screen(out)
    if problem := _unusable(speed, keep):
        screen.failed(problem)
        return 2
    try:
        with _signals_interrupt(), _folder(keep) as folder:
            return _play(story or load(), speed or 1.0, folder, screen, kept=keep is not None)
    except BrokenPipeError:
        return 1  # nobody reads on
    except KeyboardInterrupt:
        screen.interrupted(keep)
        return _INTERRUPTED
    except (MonitorError, OSError) as error:
        screen.failed(str(error))
        return 1


def _unusable(speed: float | None, keep: Path | None) -> str:
    if speed is not None and not (math.isfinite(speed) and speed > 0):
        return f"a speed of {speed} is none; 1 takes about a minute, 2 half of it"
    if keep and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        return f"{keep} is there already and not empty; name a new folder"
    return ""


@contextmanager
def _folder(keep: Path | None) -> Iterator[Folder]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield Folder(root=keep.resolve())
        return
    root = Path(tempfile.mkdtemp(prefix="news-monitor-demo-"))
    try:
        yield Folder(root=root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """A closed terminal or a SIGTERM ends the demo as cleanly as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _play(story: Story, speed: float, folder: Folder, screen: Screen, *, kept: bool) -> int:
    secret = new_secret()
    screen.opening(story, speed)
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver(secret=secret))
        server = stack.enter_context(FeedServer(story.outlets))
        story = _at_home(story, server)
        outlets = story.outlets.values()
        furnish(folder, outlets, server.address, webhook_url=receiver.url, secret=secret)
        record(folder, story.items)
        config = bootstrap.load(folder.config)
        daemon = Daemon(folder.config, folder.log)
        stage = Stage(
            story=story,
            speed=speed,
            screen=screen,
            server=server,
            receiver=receiver,
            daemon=daemon,
        )
        stack.callback(daemon.end)  # before it starts: an interrupt must not leave it behind
        daemon.start()
        stage.wait_for_daemon()
        screen.started(
            daemon.pid,
            folder.root,
            kept=kept,
            feeds=len(story.outlets),
            watches=config.watches,
        )
        archive = stack.enter_context(bootstrap.archive_of(config))
        stage.perform(archive)
        stopped = daemon.stop()
        outcome = outcome_of(story, archive, receiver.requests)
        screen.summary(story, outcome, _explainer(config), server.answers)
    wrong = list(outcome.wrong)
    if stage.plans_a_refusal and not any(503 in one.answers for one in outcome.sent):
        wrong.append("no alert met the receiver's 503")
    if stopped != 0:
        wrong.append(f"the daemon was asked to stop and ended with exit code {stopped}")
    screen.verdict(wrong, folder.root if kept else None)
    return 1 if wrong else 0


def _explainer(config: Config) -> Callable[[Item], Sequence[Explanation]]:
    return bootstrap.line_of(config, "demo", {}).percolator.explain


def _at_home(story: Story, server: FeedServer) -> Story:
    """The story with each `<source>` leading to where that outlet lives in this run."""

    def moved(item: StoryItem) -> StoryItem:
        outlet = (urlsplit(item.source_url).hostname or "").partition(".")[0]
        if outlet not in story.outlets:
            return item
        return replace(item, source_url=server.address(outlet).removesuffix("/feed.xml"))

    return replace(story, items=tuple(moved(item) for item in story.items))


@dataclass(kw_only=True)
class Stage:
    """Everything in play at one moment."""

    story: Story
    speed: float
    screen: Screen
    server: FeedServer
    receiver: Receiver
    daemon: Daemon

    def __post_init__(self) -> None:
        self._entries: dict[str, list[Published]] = {feed: [] for feed in self.story.outlets}
        self._undecided: list[StoryItem] = []
        self._shown = 0  # of the receiver's requests
        self._archive: Archive | None = None
        self._started_at = datetime.now(UTC)
        for feed in self.story.outlets:
            self._show(feed)

    def wait_for_daemon(self) -> None:
        """Until every feed was asked once.

        Raises:
            DemoError: The daemon does not run.
        """
        if not self._until(self._all_asked, _START_S):
            raise DemoError(f"the daemon has not asked every feed within {_START_S:.0f} s")

    def perform(self, archive: Archive) -> None:
        """Publish item after item, then wait until all of it is stored and delivered."""
        self._archive = archive
        refused, crashed = self._mishaps()
        for number, item in enumerate(self.story.items):
            self._until(partial(self._has_ground, item), _END_S)
            appeared = time.monotonic()
            if item is refused:
                self.screen.receiver_will_refuse()
                self.receiver.fail_next(503)
            self._publish(item)
            if item is crashed:
                self._crash(item)
            self._until(partial(self._is_decided, item), _PATIENCE_S / self.speed)
            left = appeared + self._gap_s(number) - time.monotonic()
            self._until(lambda: False, left)
        self.screen.story_over()
        self._until(self._is_settled, _END_S)

    # --- what happens on stage -------------------------------------------------------------------

    def _publish(self, item: StoryItem) -> None:
        self._entries[item.feed] = publish(self._entries[item.feed], item, datetime.now(UTC))
        self._show(item.feed)
        self._undecided.append(item)

    def _show(self, feed: str) -> None:
        address, outlet = self.server.address(feed), self.story.outlets[feed]
        shown = document(outlet, self._entries[feed], address, self._started_at)
        self.server.show(feed, shown)

    def _crash(self, item: StoryItem) -> None:
        """Kill the daemon in the moment in which it was handed the item, and start it again."""
        self.screen.daemon_will_die(self.story.outlets[item.feed])
        self.server.wait_until_served(item.feed, _START_S)
        dead = self.daemon.pid
        self.daemon.kill()
        self.daemon.start()
        self.screen.daemon_died(dead, self.daemon.pid)

    @property
    def plans_a_refusal(self) -> bool:
        """Whether the receiver refuses an alert in the course of the story."""
        return self._mishaps()[0] is not None

    def _mishaps(self) -> tuple[StoryItem | None, StoryItem | None]:
        """An item whose alert is refused, and one during whose poll the daemon dies."""
        count = len(self.story.items)
        if count < _WITHOUT_MISHAPS:
            return None, None
        return self._alerting(int(count * _REFUSAL)), self._alerting(int(count * _CRASH))

    def _alerting(self, start: int) -> StoryItem | None:
        later = self.story.items[start:]
        return next((item for item in later if item.watches and not item.copy_of), None)

    def _gap_s(self, number: int) -> float:
        """Seconds until the next item: grows with the story's own gap, within bounds."""
        if number + 1 >= len(self.story.items):
            return 0.0
        before, after = self.story.items[number : number + 2]
        hours = (after.published_at - before.published_at).total_seconds() / 3600
        share = min(1.0, math.log1p(hours) / math.log1p(72))
        return (_SHORTEST_S + (_LONGEST_S - _SHORTEST_S) * share) / self.speed

    # --- what is waited for ----------------------------------------------------------------------

    def _until(self, done: Callable[[], bool], timeout_s: float) -> bool:
        """Show what arrives until `done`; False after the timeout."""
        deadline = time.monotonic() + timeout_s
        while True:
            self._show_news()
            if done():
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.daemon.check()
            self.receiver.wait_for_requests(self._shown + 1, min(left, 0.05))

    def _all_asked(self) -> bool:
        return all(self.server.asked(feed) for feed in self.story.outlets)

    def _has_ground(self, item: StoryItem) -> bool:
        """Nobody copies or edits what was not there to be seen."""
        return all(
            self._is_stored(self.story.item(other))
            for other in (item.copy_of, item.replaces)
            if other
        )

    def _is_decided(self, item: StoryItem) -> bool:
        return item not in self._undecided

    def _is_stored(self, item: StoryItem) -> bool:
        assert self._archive
        return stored_version(self.story, item, self._archive) is not None

    def _is_settled(self) -> bool:
        assert self._archive
        deliveries = self._archive.totals().deliveries
        return not self._undecided and not any(deliveries.get(state) for state in _UNSETTLED)

    # --- what is shown ---------------------------------------------------------------------------

    def _show_news(self) -> None:
        for request in self.receiver.requests[self._shown :]:
            self._shown += 1
            self._show_request(request)
        for item in [item for item in self._undecided if self._is_stored(item)]:
            self._undecided.remove(item)
            assert self._archive
            seen = seen_of(self.story, item, self._archive)
            if not seen.told:
                self.screen.held(seen)

    def _show_request(self, request: Received) -> None:
        ours = [r for r in self.receiver.requests if r.webhook_id == request.webhook_id]
        self.screen.arrived(self.story, request, attempt=ours.index(request) + 1)
