"""What a silence would mean: names that nothing has, and what it would have muted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from monitor.config.routing import known_values
from monitor.config.suggest import did_you_mean, shown
from monitor.core.matchers import Matcher, all_match, labels_of, unknown_values
from monitor.model import Alert, AlertKind
from monitor.ports import Archive

if TYPE_CHECKING:
    from monitor.config import Config

LOOK_BACK = timedelta(days=7)
_ALL = 1_000_000

_NAMED = 20  # mistakes that are told of at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What matchers would have meant in the last seven days.

    Attributes:
        of: How many alerts there were.
        alerts: Those that they mean at some webhook, newest first, with the webhooks; none: it
            was sent nowhere.
    """

    of: int
    alerts: Sequence[tuple[Alert, Sequence[str]]]


def unknown(matchers: Iterable[Matcher], config: "Config") -> Iterator[str]:
    """What nothing configured is called: likely a typing mistake."""
    names = known_values(config.reading)
    for matcher, value in islice(unknown_values(matchers, names), _NAMED):
        near = did_you_mean(value, names[matcher.label])
        cure = f"; {near}" if near.startswith("did") else ""
        yield f"{matcher}: there is no {matcher.label} {shown(value)}{cure}"


def meant(matchers: Iterable[Matcher], archive: Archive, config: "Config", now: datetime) -> Meant:
    """Which alerts of the last seven days these matchers mean, and where."""
    matchers, since = tuple(matchers), now - LOOK_BACK
    alerts = [
        alert
        for alert in archive.alerts(since=since, limit=_ALL)
        if alert.kind is not AlertKind.DIGEST  # tells of alerts, and is none
    ]
    ways = archive.ways(since)
    found: list[tuple[Alert, Sequence[str]]] = []
    for alert in alerts:
        feed = config.feeds.get(alert.feed_id)
        topics = sorted(feed.topics) if feed else ()
        names = ways.get(alert.id) or ("",)
        at = [name for name in names if all_match(matchers, labels_of(alert, topics, name))]
        if at:
            found.append((alert, [name for name in at if name]))
    return Meant(of=len(alerts), alerts=found)
