"""A process that judges what others fetched, as long as it holds the memory of stories."""

import threading
from collections.abc import Callable, Collection

import structlog

from monitor.cluster.leases import Leases
from monitor.cluster.runner import Runner
from monitor.core.company import STORY
from monitor.errors import StoreError
from monitor.intake import judge_some, tell
from monitor.model import Intake
from monitor.pipeline import Absorbed, Line
from monitor.ports import Meter, Store

log = structlog.get_logger(__name__)

_AGAIN_AFTER_S = 300
_AT_ONCE_S = 5
"""Of a long backlog: the next tick goes on with it, and this one is seen to live."""


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
        self._to_tell: set[str] = set()  # webhooks
        self._set_aside: dict[int, float] = {}  # place -> when it could not be judged

    def use(self, line: Line) -> None:
        """Take over a new configuration."""
        self._line = line

    def judge(self) -> int:
        """Judge what waits, for some seconds, if this process is the one to.

        Returns:
            How many documents.
        """
        judged, until_s = 0, self._clock() + _AT_ONCE_S
        with self._judging:
            self._forgive()
            while self.holds("") and (done := self._judge_some()):
                judged += done
                if self._stopping or self._clock() >= until_s:
                    break
        return judged

    def _judge_some(self) -> int:
        try:
            some = judge_some(self._store, self._line, self._done, skip=self._set_aside.keys())
        finally:
            self._tell()
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
        self._to_tell |= {row.webhook for row in absorbed.deliveries}

    def _tell(self) -> None:
        """In one go for all that shared a commit."""
        told, self._to_tell = self._to_tell, set()
        if not told:
            return
        try:
            self._on_alert(sorted(told))
        except StoreError as exc:
            log.warning("not_woken", what="webhooks", problem=str(exc), cure="the next tick wakes")

    def _is_idle(self, key: str) -> bool:  # noqa: ARG002 - there is one key
        return not self._judging.locked()
