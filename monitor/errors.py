"""Every error raised on purpose.

MonitorError                  the text is fit to be shown: no secret, no feed text
├── ConfigError               all problems of a configuration at once
├── QueryError                a query that cannot be read, with line and column
├── ConditionError            a condition that cannot be read, with its place and a cure
├── StoryError                what a person said of stories cannot be done
├── FetchError                no feed document was received
├── ParseError                a document was received, but it is not a readable feed
├── StoreError                the database refused
│   ├── AlreadyRunning        another daemon holds the database
│   └── Overtaken             another poll of the feed was saved meanwhile
└── DeliveryError             a webhook gave no answer at all
"""

from dataclasses import dataclass
from datetime import timedelta

from monitor.model import Health


class MonitorError(Exception):
    """Base of all errors raised on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a configuration folder: where it is, what it is, how to mend it.

    Attributes:
        where: File and key, as in `watches/rail.toml: watch "kp-border-rail": webhooks`.
        what: The problem, as in `no webhook named 'dsek'`.
        cure: What to do, as in `did you mean 'desk'?`; empty if `what` says it all.
        fatal: False for a warning, which does not stop the start.
    """

    where: str
    what: str
    cure: str = ""
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f"; {self.cure}" if self.cure else "")


class ConfigError(MonitorError):
    """A configuration that cannot be honoured; carries every problem found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class QueryError(MonitorError):
    """A query that cannot be read. `line` and `column` count from 1 (columns in code points)."""

    def __init__(self, problem: str, *, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {problem}")
        self.problem, self.line, self.column = problem, line, column


class ConditionError(MonitorError):
    """A condition that cannot be read.

    Args:
        at: Where, in code points from 0.
        cure: As in "did you mean 'claim'?"; empty if the problem says it all.
    """

    def __init__(self, problem: str, *, at: int, cure: str = "") -> None:
        super().__init__(f"character {at + 1}: {problem}" + (f"; {cure}" if cure else ""))
        self.problem, self.at, self.cure = problem, at, cure


class StoryError(MonitorError):
    """What a person said of stories cannot be done; says why."""


class FetchError(MonitorError):
    """No feed document was received.

    Args:
        text: What happened, in words an operator can act on.
        health: The state the feed is in because of it.
        status: HTTP status, if the server answered.
        retry_after: How long the server asks us to stay away.
    """

    def __init__(
        self,
        text: str,
        *,
        health: Health = Health.FAILING,
        status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(text)
        self.health, self.status, self.retry_after = health, status, retry_after


class ParseError(MonitorError):
    """The body is not a readable feed; `health` says what it seems to be instead."""

    def __init__(self, text: str, *, health: Health = Health.NOT_A_FEED) -> None:
        super().__init__(text)
        self.health = health


class StoreError(MonitorError):
    """The database refused; what was asked is not saved."""


class AlreadyRunning(StoreError):  # noqa: N818 - the name is what the operator reads
    """Another process holds the database."""


class Overtaken(StoreError):  # noqa: N818 - what happened, seen by the one who was too slow
    """Another poll of the feed was saved since this one began: nothing of it counts."""


class Adrift(MonitorError):  # noqa: N818 - a state of affairs, no fault of whom it would ask
    """Others may take this process for dead and do what it does: it may ask nobody."""


class DeliveryError(MonitorError):
    """A webhook gave no answer.

    Args:
        text: What happened, without the URL (webhook URLs are secrets).
        ambiguous: The request had left: the receiver may have it.
    """

    def __init__(self, text: str, *, ambiguous: bool = False) -> None:
        super().__init__(text)
        self.ambiguous = ambiguous
