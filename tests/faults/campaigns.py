"""Many lives, each ended otherwise: seconds of them in a test, an hour in the report."""

import atexit
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from queue import Empty, Queue

from tests.faults.desk import UNSTEADY, Faults
from tests.faults.processes import Zygote
from tests.faults.trial import Record, a_trial

SERVICE = "tests.faults.entry:main"
Campaign = Callable[[Zygote, Path], Record]


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory if there is one: a process that is killed cannot tell the difference."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def tours(
    zygote: Zygote,
    folder: Path,
    chain: Sequence[str],
    *,
    copies: bool = True,
    cut_short: float = 0.0,
    seed: str = "",
) -> Record:
    """A fresh installation, a life for each place to be killed at, and one that recovers."""
    with a_trial(folder, zygote, copies=copies, cut_short=cut_short, seed=seed) as trial:
        for place in chain:
            trial.tour(place)
            if trial.record.problems:
                break
        trial.recover()
        return trial.verdict()


def storm(
    zygote: Zygote,
    folder: Path,
    kills: int,
    *,
    dice: int = 1,
    faults: Faults = UNSTEADY,
    seed: str = "",
) -> Record:
    """One installation, killed at random moments under load, with faults on both sides."""
    chance = random.Random(dice)
    with a_trial(folder, zygote, faults=faults, cut_short=0.03, seed=seed, dice=dice) as trial:
        for _ in range(kills):
            trial.load(chance.uniform(0.01, 0.8), recover_first=chance.random() < 0.5)
            if trial.record.problems:
                break
            trial.pass_time(timedelta(seconds=chance.uniform(0, 20)))
        trial.drain()
        return trial.verdict()


def in_lanes(campaigns: Iterable[Campaign], lanes: int = 3) -> Record:
    """All of them as one."""
    total = Record()
    for record in each_in_lanes(campaigns, lanes):
        total.add(record)
    return total


def each_in_lanes(campaigns: Iterable[Campaign], lanes: int = 3) -> list[Record]:
    """Run campaigns side by side (they mostly wait), each lane with a zygote of its own."""
    waiting = Queue[tuple[int, Campaign]]()
    for number, campaign in enumerate(campaigns):
        waiting.put((number, campaign))
    records: dict[int, Record] = {}

    def lane(zygote: Zygote) -> None:
        with suppress(Empty):
            while True:
                number, campaign = waiting.get_nowait()
                with scratch() as folder:
                    records[number] = campaign(zygote, folder)

    with zygotes(min(lanes, waiting.qsize())) as mine, ThreadPoolExecutor(lanes) as pool:
        for done in [pool.submit(lane, zygote) for zygote in mine]:
            done.result()
    return [records[number] for number in sorted(records)]


_resting: list[Zygote] = []


@contextmanager
def zygotes(number: int) -> Iterator[list[Zygote]]:
    """Of the service. The next who asks gets the same ones: a new one costs as much as two lives.

    To be asked for in the main thread: they end with the thread that made them.
    """
    mine = [_resting.pop() if _resting else Zygote(SERVICE) for _ in range(number)]
    try:
        yield mine
    finally:
        for zygote in mine:
            zygote.clear()
        _resting.extend(mine)


@atexit.register
def _end() -> None:
    for zygote in _resting:
        zygote.close()
