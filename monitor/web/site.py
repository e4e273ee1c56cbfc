"""What the page asks for: what is stored and configured, and what a person may change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.config import Config
from monitor.core.query import Percolator
from monitor.model import Answer
from monitor.pipeline import Line
from monitor.ports import Archive, Unit

if TYPE_CHECKING:
    from monitor.adapters.metrics import PrometheusMeter


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """What a person with the token may do.

    Attributes:
        write: Do a work in one transaction of its own.
        line: The way of an item under the present configuration, for verdicts on stories.
        test: Send a sample alert to the webhook of this name.
        wake: Something is to be sent now.
    """

    write: Callable[[Callable[[Unit], Any]], Any]
    line: Callable[[], Line]
    test: Callable[[str], Answer]
    wake: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything that a page may ask for. Thread-safe.

    Attributes:
        config: The present one: a reload changes it.
        archive: What is stored; None: nothing yet (there is no database).
        actions: None: nobody can act, for there is no token.
        stuck: Why only another start of the service may help; empty: nothing says so, or another
            process serves the page.
        refused: Mistakes for which the saved configuration is not in use.
        percolator: The present watches, compiled: they explain an item.
        serves_itself: Whether the page is served by the service it tells of.
        meter: What counts in that service; None: it is another process.
    """

    config: Callable[[], Config]
    archive: Callable[[], Archive | None]
    percolator: Callable[[], Percolator]
    actions: Actions | None = None
    stuck: Callable[[], str] = lambda: ""
    refused: Callable[[], Sequence[str]] = tuple
    serves_itself: bool = False
    meter: "PrometheusMeter | None" = None
    now: Callable[[], datetime] = field(default=_now)
