"""What a run came to, compared with what the story expects."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.demo.story import Story, StoryItem
from monitor.listen import Received
from monitor.model import (
    Alert,
    Delivery,
    DeliveryState,
    Item,
    Judgement,
    Reason,
    Severity,
    Tier,
    Totals,
)
from monitor.ports import Archive

_EITHER = (Reason.SAME_STORY, Reason.ANALYSIS)
_TAKEN = 204
_ALL = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became of an item of the story.

    Attributes:
        stored: As the monitor keeps it; None: it never saw it.
        wrong: How that differs from what is expected, in words.
    """

    item: StoryItem
    stored: Item | None
    judgements: tuple[Judgement, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[Alert, ...]:
        return tuple(judgement.alert for judgement in self.judgements if judgement.alert)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An alert's way to the receiver.

    Attributes:
        answers: What the receiver answered, attempt by attempt.
        repeats: How often it came again after it had been taken (under the same webhook-id).
    """

    alert: Alert
    delivery: Delivery
    answers: tuple[int, ...]
    repeats: int
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything at the end of a run; it went well if nothing is wrong."""

    seen: tuple[Seen, ...]
    sent: tuple[Sent, ...]
    totals: Totals
    unsigned: int
    strays: tuple[str, ...]

    @property
    def wrong(self) -> tuple[str, ...]:
        items = [f"{seen.item.id}: {what}" for seen in self.seen for what in seen.wrong]
        sent = [f"{sent.delivery.id}: {what}" for sent in self.sent for what in sent.wrong]
        return (*items, *sent, *self.strays)


def outcome_of(story: Story, archive: Archive, requests: Sequence[Received]) -> Outcome:
    """Compare what is stored and what arrived with the story.

    Args:
        requests: Everything that the receiver was asked, in order.
    """
    sent = tuple(_sent(archive, requests))
    known = {one.delivery.id for one in sent}
    unsigned = sum(request.status == 401 for request in requests)
    strays = [
        f"{request.webhook_id or '(no webhook-id)'}: arrived, but no alert of that id is stored"
        for request in requests
        if request.webhook_id not in known
    ]
    if unsigned:
        strays.append(f"{unsigned} messages arrived without a valid signature")
    seen = tuple(seen_of(story, item, archive) for item in story.items)
    strays += _wrong_stories(story, seen)
    return Outcome(
        seen=seen,
        sent=sent,
        totals=archive.totals(),
        unsigned=unsigned,
        strays=tuple(strays),
    )


def seen_of(story: Story, item: StoryItem, archive: Archive) -> Seen:
    """What became of one item, at this moment."""
    stored = stored_version(story, item, archive)
    if stored is None:
        return Seen(item=item, stored=None, wrong=("the monitor never saw it",))
    judgements = _of_version(story, item, archive.judgements(stored.id))
    origin = _origin(story, item, archive)
    wrong = [*_wrong_watches(item, judgements), *_wrong_copy(stored, origin)]
    return Seen(item=item, stored=stored, judgements=judgements, wrong=tuple(wrong))


def stored_version(story: Story, item: StoryItem, archive: Archive) -> Item | None:
    """The item as stored, in the wording that the story means."""
    stored = archive.item(item.link)
    if stored is None:
        return None
    revision = story.versions(item).index(item)
    if stored.revision == revision:
        return stored
    return next((old for old in archive.revisions(stored.id) if old.revision == revision), None)


def _origin(story: Story, item: StoryItem, archive: Archive) -> Item | None:
    if not (item.is_exact_copy and item.copy_of):
        return None
    return archive.item(story.item(item.copy_of).link)


def _of_version(
    story: Story, item: StoryItem, judgements: Iterable[Judgement]
) -> tuple[Judgement, ...]:
    versions = story.versions(item)
    if len(versions) == 1:
        return tuple(judgements)
    is_edit = item is not versions[0]
    ours = item.watches | item.optional
    return tuple(
        j
        for j in judgements
        if (j.match.watch_id in ours if j.reason in _EITHER else _is_of_edit(j) == is_edit)
    )


def _is_of_edit(judgement: Judgement) -> bool:
    if judgement.alert:
        return judgement.alert.revision > 0
    return judgement.reason is Reason.ALREADY_TOLD


def _wrong_watches(item: StoryItem, judgements: Sequence[Judgement]) -> Iterator[str]:
    fired = {judgement.match.watch_id: judgement for judgement in judgements}
    for watch in sorted(item.watches - fired.keys()):
        yield f"{watch} did not fire"
    for watch in sorted(fired.keys() - item.watches - item.optional):
        yield f"{watch} fired, which was not expected"
    for watch in sorted(item.watches & fired.keys()):
        judgement = fired[watch]
        if judgement.alert is None and judgement.reason not in _reasons_to_hold(item):
            yield f"{watch} fired, but was held back ({judgement.reason.value})"


def _reasons_to_hold(item: StoryItem) -> tuple[Reason, ...]:
    """Which of two items comes first is chance in a hurry: the other is then more of the same."""
    reasons = (Reason.SAME_STORY, Reason.ANALYSIS)
    if item.replaces:
        return (*reasons, Reason.ALREADY_TOLD)
    return (*reasons, Reason.COPY) if item.copy_of else reasons


def _wrong_stories(story: Story, seen: Sequence[Seen]) -> Iterator[str]:
    """Stories that nobody was told of, and what was called confirmed too early."""
    told = {one.item.story for one in seen if one.told}
    for name in dict.fromkeys(item.story for item in story.items if item.story and item.is_told):
        if name not in told:
            yield f"story {name}: nobody was told"
    for one in seen:
        for alert in one.told:
            tier = story.outlets[one.item.feed].tier
            if alert.severity is Severity.CRITICAL and tier is not Tier.OFFICIAL_PRIMARY:
                yield f"{one.item.id}: told as critical, though no official source said so"


def _wrong_copy(stored: Item, origin: Item | None) -> Iterator[str]:
    if origin and stored.copy_of != (origin.copy_of or origin.id):
        yield "was not recognised as a copy"


def _sent(archive: Archive, requests: Sequence[Received]) -> Iterator[Sent]:
    for alert in reversed(archive.alerts(limit=_ALL)):
        for delivery in archive.deliveries(alert_id=alert.id, limit=_ALL):
            # Two updates of a story within a moment are told together, by one message.
            message = delivery.bundle or delivery.id
            ours = [request for request in requests if request.webhook_id == message]
            yield Sent(
                alert=alert,
                delivery=delivery,
                answers=tuple(request.status for request in ours),
                repeats=sum(request.repeat for request in ours),
                wrong=tuple(_wrong_delivery(delivery, ours)),
            )


def _wrong_delivery(delivery: Delivery, ours: Sequence[Received]) -> Iterator[str]:
    taken = [request for request in ours if request.status == _TAKEN and not request.repeat]
    if not taken:
        yield f"lost: the receiver never took it (the monitor says {delivery.state.value})"
    elif len(taken) > 1:
        yield f"repeated: the receiver took it {len(taken)} times"
    elif delivery.state not in (DeliveryState.DELIVERED, DeliveryState.BUNDLED):
        yield f"the receiver took it, but the monitor says {delivery.state.value}"
    if delivery.bundle is None and any(request.body != delivery.payload for request in ours):
        yield "what arrived is not what was stored"
