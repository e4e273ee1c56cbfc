"""What runs jobs: a port, whose adapters are in `adapters/engines`.

A job is a wake-up, never a message: what there is to do stands in the tables, so one that is lost,
late or done twice loses and repeats nothing.
"""

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


class Context(Protocol):
    """Of one job while it runs."""

    def should_stop(self) -> bool:
        """Whether the job should end as soon as it can, having done less."""
        ...


Work = Callable[[str, Context], "Future[None] | None"]
"""Does what there is to do for a key; the job ends with the future that it returns, if any, and
holds no thread until then. What it raises is logged, and the job is over all the same: the next
wake or tick runs it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A sort of jobs.

    Attributes:
        queue: Which processes do it: those that run this queue.
        patience: A job that takes longer hangs; None: it may take its time.
        has_room: Whether this process should take one more now; else it is left to the others.
    """

    queue: str
    work: Work
    patience: timedelta | None = None
    has_room: Callable[[], bool] = lambda: True


class Engine(Protocol):
    """Runs jobs of the kinds it was made with."""

    def wake(self, kind: str, keys: Collection[str] = ("",)) -> None:
        """Have a job run for each key, here or in another process; from any thread.

        At most one waits and one runs for each kind and key, so one more is nothing new while one
        waits, and a wake during a run means one more run after it. To be called after the commit
        of what it is about.

        Raises:
            StoreError: Not all were woken. The next tick finds the same rows again.
        """
        ...

    def every(self, period: timedelta, kind: str) -> None:
        """Wake a kind, with the key "", so often; to be said before `run`.

        Raises:
            ValueError: This engine cannot keep such a period; says which it can.
        """
        ...

    def run(self, queues: Sequence[str], slots: int, stop: threading.Event) -> None:
        """Do the jobs of these queues until told to stop, then what has begun to its end.

        Jobs are asked to end early at a stop, and left to themselves if they do not. One run at a
        time.

        Args:
            slots: How many jobs at a time, those that hold no thread included.
        """
        ...

    def hung(self) -> Sequence[str]:
        """Kinds of jobs that took longer than their patience since last asked; each is given up.

        Its thread is left to itself, and its key and its slot are free again.
        """
        ...

    def clock_jumped(self) -> None:
        """The wall clock was set: what is done every so often goes by the new time."""
        ...

    def close(self) -> None:
        """Let go of what `wake` holds; nothing is woken any more."""
        ...
