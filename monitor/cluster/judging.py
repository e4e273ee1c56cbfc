"""A process that judges what others fetched: dedupe, match, story, alert, in the order it came."""

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

import structlog

from monitor.cluster.leases import Leases
from monitor.cluster.runner import Runner
from monitor.errors import StoreError
from monitor.model import Intake, Status
from monitor.pipeline import Absorbed, Line, take_in
from monitor.ports import Meter, Store

log = structlog.get_logger(__name__)

STORY = "story"
_AT_ONCE = 32  # documents that share a commit
_AGAIN_AFTER_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """What became of documents that waited.

    Attributes:
        judged: How many.
        failed: Places of those that a bug of ours left waiting; the others need not wait for them.
    """

    judged: int
    failed: tuple[int, ...] = ()


class Judging(Runner):
    """One process at a time, for the memory of stories is one; a second one would be right as well.

    Args:
        on_alert: Told to which webhooks something is to be sent now.
    """

    def __init__(
        self,
        leases: Leases,
        store: Store,
        line: Line,
        wake: Callable[[Collection[str]], None],
        on_alert: Callable[[Collection[str]], None],
        meter: Meter,
    ) -> None:
        super().__init__(STORY, leases, wake)
        self._store, self._line = store, line
        self._on_alert, self._meter = on_alert, meter
        self._judging = threading.Lock()
        self._set_aside: dict[int, float] = {}  # place -> when it could not be judged

    def use(self, line: Line) -> None:
        """Take over a new configuration."""
        self._line = line

    def judge(self) -> int:
        """Judge what waits, if this process is the one to; returns how many documents."""
        self.tick()
        judged = 0
        with self._judging:
            self._forgive()
            while self.holds("") and (done := self._judge_some()):
                judged += done
        return judged

    def _judge_some(self) -> int:
        some = judge_some(self._store, self._line, self._done, skip=self._set_aside.keys())
        now_s = self._clock()
        self._set_aside |= dict.fromkeys(some.failed, now_s)
        return some.judged

    def _forgive(self) -> None:
        """What could not be judged is tried again: the program may be another one by then."""
        long_ago_s = self._clock() - _AGAIN_AFTER_S
        self._set_aside = {p: at_s for p, at_s in self._set_aside.items() if at_s > long_ago_s}

    def _done(self, intake: Intake, absorbed: Absorbed) -> None:
        tell(intake, absorbed)
        self._meter.absorbed(
            len(intake.document.entries) + intake.document.known,
            absorbed.judged,
            absorbed.judgements,
            baseline=intake.baseline,
        )
        self._meter.alerted(absorbed.alerts)
        if absorbed.deliveries:
            self._on_alert(sorted({row.webhook for row in absorbed.deliveries}))

    def _is_idle(self, key: str) -> bool:  # noqa: ARG002 - there is one key
        return not self._judging.locked()


def judge_some(
    store: Store,
    line: Line,
    done: Callable[[Intake, Absorbed], None],
    *,
    skip: Collection[int] = (),
    at_most: int = _AT_ONCE,
) -> Some:
    """Judge some of what waits, in its order.

    Those of feeds that are not configured wait: another process may know them already.

    Args:
        done: Told of each, after its commit.
        skip: Places.

    Raises:
        StoreError: The database is sick; what was told is saved.
    """
    place, saving = 0, list[tuple[Intake, Future[Absorbed | None]]]()
    while len(saving) < at_most and (found := store.archive().intakes(place, at_most)):
        place = found[-1].place
        for intake in found:
            if intake.feed_id in line.feeds and intake.place not in skip:
                work = partial(take_in, line=line, intake=intake)
                saving.append((intake, store.write_soon(work)))
    refused: StoreError | None = None
    judged, failed = 0, list[int]()
    for intake, future in saving:
        try:
            absorbed = future.result()
        except StoreError as exc:
            refused = refused or exc
            failed.append(intake.place)
        except Exception:
            log.exception("intake_crashed", feed=intake.feed_id, cure="it waits, and is kept")
            failed.append(intake.place)
        else:
            judged += 1
            if absorbed is not None:
                done(intake, absorbed)
    if refused and store.trouble:
        raise refused
    if refused:
        log.error("intake_refused", problem=str(refused), cure="it waits, and is kept")
    return Some(judged=judged, failed=tuple(failed))


def tell(intake: Intake, absorbed: Absorbed) -> None:
    """The one line of a document that was judged; its keys are those of `poll_done`."""
    came = [judged.status for judged in absorbed.judged]
    log.info(
        "intake_judged",
        feed=intake.feed_id,
        polled_at=f"{intake.polled_at:%Y-%m-%dT%H:%M:%SZ}",
        entries=len(intake.document.entries),
        fresh=came.count(Status.NEW) + came.count(Status.COPY),
        copies=came.count(Status.COPY),
        edited=came.count(Status.REVISION),
        matches=len(absorbed.judgements),
        alerts=len(absorbed.alerts),
    )
    if absorbed.stopped:
        cure = "make them simpler: here they counted as not found"
        log.warning("pattern_stopped", feed=intake.feed_id, patterns=absorbed.stopped, cure=cure)
