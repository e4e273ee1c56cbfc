"""Why each watch matches an item or does not, and what became of it: told and as JSON."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from monitor.core.alert import severity_of
from monitor.core.query import Explanation
from monitor.model import (
    Alert,
    Attempt,
    Delivery,
    Dropped,
    Item,
    Judgement,
    Match,
    Reason,
    Severity,
    Verdict,
    Watch,
)
from monitor.ports import Archive
from monitor.views.placed import Place, place_document, place_of


class Sent(NamedTuple):
    """A delivery.

    Attributes:
        bundle: The one that tells of it if it is part of another message.
        unseen: Attempts of which nobody saw the answer.
    """

    delivery: Delivery
    bundle: Delivery | None
    unseen: Sequence[Attempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was decided when an item was stored, and at each edit.

    Attributes:
        sent: Alert -> its deliveries, oldest first.
    """

    judgements: Sequence[Judgement] = ()
    dropped: Sequence[Dropped] = ()
    place: Place | None = None
    sent: Mapping[str, Sequence[Sent]] = field(default_factory=dict)

    def sent_of(self, alert: Alert | None) -> Sequence[Sent]:
        return self.sent.get(alert.id, ()) if alert else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a watch says of an item.

    Attributes:
        severity: Of an alert, escalations included; None: the watch does not match.
        held: Why there would be no alert as the watch is now, whatever was told before.
        past: Of this watch.
    """

    watch: Watch
    explanation: Explanation
    severity: Severity | None
    held: Reason | None
    past: Past


def told_by(
    explanation: Explanation, item: Item, watch: Watch, matched: Container[str], past: Past
) -> Told:
    """What one watch says of an item.

    Args:
        matched: All watches that match it.
    """
    match = explanation.match
    return Told(
        watch=watch,
        explanation=explanation,
        severity=severity_of(item, match, watch) if match else None,
        held=_held(match, watch, matched) if match else None,
        past=Past(
            judgements=[one for one in past.judgements if one.match.watch_id == watch.id],
            dropped=[one for one in past.dropped if one.watch_id == watch.id],
            sent=past.sent,
        ),
    )


def _held(match: Match, watch: Watch, matched: Container[str]) -> Reason | None:
    if match.score < watch.min_score:
        return Reason.LOW_SCORE
    return Reason.DEFERRED if any(other in matched for other in watch.defer_to) else None


def past_of(archive: Archive, item: Item) -> Past:
    """What became of a stored item."""
    judgements = archive.judgements(item.id)
    return Past(
        judgements=judgements,
        dropped=archive.dropped(item.id),
        place=place_of(archive, item),
        sent={one.alert.id: _sent(one.alert.id, archive) for one in judgements if one.alert},
    )


def _sent(alert_id: str, archive: Archive) -> list[Sent]:
    found = archive.deliveries(alert_id=alert_id, limit=1000)
    return [
        Sent(
            one,
            archive.delivery(one.bundle) if one.bundle else None,
            [
                attempt
                for attempt in archive.attempts(one.bundle or one.id)
                if attempt.answer.verdict is Verdict.UNKNOWN
            ],
        )
        for one in reversed(found)
    ]


def explained(
    item: Item,
    told: Sequence[Told],
    past: Past,
    *,
    stored: bool,
    not_asked: Sequence[str],
) -> dict[str, Any]:
    """All of it as JSON.

    Args:
        not_asked: Watches that are disabled.
    """
    return {
        "stored": stored,
        "item": item,
        "story": place_document(item, past.place) if past.place else None,
        "watches": [_entry(one) for one in told],
        "not_asked": not_asked,
    }


_OF_A_DELIVERY = ("id", "webhook", "state", "attempts", "due_at", "settled_at", "problem", "bundle")


def _entry(told: Told) -> dict[str, Any]:
    one, match = told.explanation, told.explanation.match
    return {
        "watch": one.watch_id,
        "matched": one.matched,
        "reason": one.reason,
        "score": match.score if match else None,
        "severity": told.severity,
        "held": told.held,
        "found": match.found if match else (),
        "masked": one.masked,
        "groups": one.groups,
        "dropped": one.dropped,
        "was_dropped": told.past.dropped,
        "became": [
            {
                "reason": judgement.reason,
                "alert": judgement.alert.id if judgement.alert else None,
                "score": judgement.match.score,
                "deliveries": [
                    {name: getattr(one.delivery, name) for name in _OF_A_DELIVERY}
                    | {"unseen": [attempt.at for attempt in one.unseen]}
                    for one in told.past.sent_of(judgement.alert)
                ],
            }
            for judgement in told.past.judgements
        ],
    }
