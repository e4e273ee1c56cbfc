"""A receiver that fails now and then and does its work once for each webhook-id."""

import json
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from threading import Lock

from tests.servers import Reply, Request

_NUMBER = re.compile(r"Train (\d+)")


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Shares of requests: told to come later, answered with an error, cut before or after work."""

    throttled: float = 0.0
    errors: float = 0.0
    cut_before: float = 0.0
    cut_after: float = 0.0


WELL = Faults()
UNSTEADY = Faults(throttled=0.01, errors=0.10, cut_before=0.03, cut_after=0.05)


class Desk:
    """Answers at /<webhook>.

    Attributes:
        tries: Requests, for each webhook-id.
        works: Requests that were taken, whether or not the sender learned of it.
        excused: Requests after which the sender had to try again: an error, or a cut.
        taken: Webhook -> number of the entry -> the ids under which it was processed.
    """

    def __init__(self, faults: Faults = WELL, seed: int = 1) -> None:
        self.faults = faults
        self.tries: Counter[str] = Counter()
        self.works: Counter[str] = Counter()
        self.excused: Counter[str] = Counter()
        self.ambiguous: Counter[str] = Counter()
        self.taken: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.altered: set[str] = set()
        self._bodies: dict[str, bytes] = {}
        self._dice = random.Random(seed)
        self._lock = Lock()

    def __call__(self, request: Request) -> Reply:
        webhook_id, webhook = request.headers["webhook-id"], request.path.strip("/")
        if len(request.body) < int(request.headers["content-length"]):
            return Reply(0)  # the sender was killed while it sent
        with self._lock:
            self.tries[webhook_id] += 1
            chance = self._dice.random() - self.faults.throttled
            if chance < 0:
                self.excused[webhook_id] += 1
                return Reply(429, headers={"retry-after": "1"})
            if chance < self.faults.errors:
                self.excused[webhook_id] += 1
                return Reply(self._dice.choice((500, 502, 503, 504)))
            chance -= self.faults.errors
            if chance < self.faults.cut_before:
                self.excused[webhook_id] += 1
                return Reply(0)
            self._work(webhook, webhook_id, request.body)
            if chance - self.faults.cut_before < self.faults.cut_after:
                self.excused[webhook_id] += 1
                self.ambiguous[webhook_id] += 1
                return Reply(0)
            return Reply(204)

    def got(self, webhook: str) -> set[int]:
        with self._lock:
            return set(self.taken[webhook])

    def processed(self) -> set[str]:
        """The webhook-ids that were processed."""
        with self._lock:
            return set(self.works)

    def _work(self, webhook: str, webhook_id: str, body: bytes) -> None:
        self.works[webhook_id] += 1
        if self._bodies.setdefault(webhook_id, body) != body:
            self.altered.add(webhook_id)
        data = json.loads(body)["data"]
        for alert in data.get("members") or [data]:
            if number := _NUMBER.match(alert["headline"]):
                self.taken[webhook][int(number[1])].add(webhook_id)
