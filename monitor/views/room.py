"""All of a story, an item or an alert as a page shows it: texts, marks, edits, what was told."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from monitor.core.changes import Part, word_diff
from monitor.core.changes import Piece as Changed
from monitor.core.glance import Glance, glance
from monitor.model import (
    Alert,
    Delivery,
    Dropped,
    Found,
    Item,
    JudgedText,
    Judgement,
    Match,
    Rated,
    Watch,
    WebhookState,
)
from monitor.ports import Archive
from monitor.views.alerts import by_hand, held, outcome
from monitor.views.marks import Piece, excerpt, pieces
from monitor.views.reasons import raised_by
from monitor.views.stories import Page

_SHORT = 600  # characters of a text that is shown whole in a list


# --- what was told ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An alert at one webhook.

    Attributes:
        outcome: How it stands, in words.
        told: What was decided and done, decision by decision, oldest first.
    """

    delivery: Delivery
    outcome: str
    told: Sequence[tuple[datetime, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlert:
    """An alert as it was told, and to whom."""

    alert: Alert
    glance: Glance
    ways: Sequence[Way]
    rated: Rated | None = None


def way_of(archive: Archive, delivery: Delivery, states: Mapping[str, WebhookState]) -> Way:
    """What became of a delivery, with the reasons."""
    bundle = archive.delivery(delivery.bundle) if delivery.bundle else None
    decided = [(one.at, held(one)) for one in archive.holds(delivery.id)]
    decided += [(one.at, by_hand(one)) for one in archive.interventions(delivery.id)]
    return Way(
        delivery=delivery,
        outcome=outcome(delivery, bundle, states.get(delivery.webhook)),
        told=sorted(decided),
    )


def told_of(archive: Archive, alerts: Sequence[Alert]) -> Sequence[ToldAlert]:
    """In the order given."""
    sent = archive.deliveries_of([one.id for one in alerts])
    states = archive.webhook_states()
    ids = {one.id for one in alerts}
    rated = {one.alert_id: one for one in archive.rated() if one.alert_id in ids}
    return [
        ToldAlert(
            alert=one,
            glance=glance(one),
            ways=[way_of(archive, row, states) for row in sent.get(one.id, ())],
            rated=rated.get(one.id),
        )
        for one in alerts
    ]


# --- items ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """What a watch made of one text of an item.

    Attributes:
        places: Field -> what was found in it: group (or nothing), term, and what stands there.
        raised: Escalations that are true.
    """

    judgement: Judgement
    revision: int
    places: Mapping[str, Sequence[tuple[str, str, str]]]
    raised: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What another text changed, word by word."""

    at: datetime
    revision: int
    title: Sequence[Changed]
    summary: Sequence[Changed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An item with its marks.

    Attributes:
        title, summary: What was found is marked, what was masked struck through.
        is_cut: There is more of the summary.
        others: Matches in other fields, as field and the text of it with marks.
        copies: Of its text, each with what became of it.
    """

    item: Item
    title: Sequence[Piece]
    summary: Sequence[Piece]
    is_cut: bool
    others: Sequence[tuple[str, Sequence[Piece]]]
    became: Sequence[Became]
    dropped: Sequence[Dropped]
    edits: Sequence[Edit]
    copies: Sequence["Shown"] = field(default_factory=tuple)

    @property
    def was_told(self) -> bool:
        return any(one.judgement.alert for one in self.became)


def shown(
    archive: Archive,
    item: Item,
    watches: Mapping[str, Watch],
    *,
    whole: bool = False,
    copies: Iterable[Item] = (),
) -> Shown:
    """An item with all that became of it.

    Args:
        watches: As they are configured now.
        whole: With all of its text.
    """
    texts = archive.judged_texts(item.id)
    became = [_became(one, text, watches) for text in texts for one in text.judgements]
    now = next((text for text in texts if text.revision == item.revision), None)
    present = [one.match for one in now.judgements] if now else []
    found, masked = _marks(present)
    for drop in now.dropped if now else ():
        masked += drop.masked
        found += drop.found if not present else ()  # what would have matched
    is_long = len(item.summary) > _SHORT and not whole
    around = excerpt(item.summary, "summary", [*found, *masked]) if is_long else ()
    summary = item.summary[:_SHORT] if is_long else item.summary
    return Shown(
        item=item,
        title=list(pieces(item.title, "title", found, masked)),
        summary=around or list(pieces(summary, "summary", found, masked)),
        is_cut=is_long,
        others=list(_elsewhere(item, found, masked)),
        became=became,
        dropped=list({(d.watch_id, d.cause, d.by): d for t in texts for d in t.dropped}.values()),
        edits=list(_edits([one.text for one in texts if one.text])),
        copies=[shown(archive, copy, watches) for copy in copies],
    )


def _became(judgement: Judgement, text: JudgedText, watches: Mapping[str, Watch]) -> Became:
    match = judgement.match
    places: dict[str, dict[tuple[str, str, str], None]] = {}
    for one in match.found:
        variant = "" if one.variant == one.term else one.variant
        places.setdefault(one.field, {})[one.group or "", one.term, variant] = None
    return Became(
        judgement=judgement,
        revision=text.revision,
        places={name: list(found) for name, found in places.items()},
        raised=raised_by(watches.get(match.watch_id), match.escalations),
    )


def _marks(matches: Iterable[Match]) -> tuple[list[Found], list[Found]]:
    found: list[Found] = []
    masked: list[Found] = []
    for one in matches:
        found += one.found
        masked += one.masked
    return found, masked


def _elsewhere(
    item: Item, found: Sequence[Found], masked: Sequence[Found]
) -> Iterator[tuple[str, Sequence[Piece]]]:
    """Fields but headline and text in which something was found."""
    texts = {"url": item.url, "author": item.author}
    for name, text in texts.items():
        if any(one.field == name for one in (*found, *masked)):
            yield name, list(pieces(text, name, found, masked))
    if named := [one.variant or one.term for one in found if one.field == "category"]:
        yield "category", [Piece(", ".join(dict.fromkeys(named)), "found")]
    if implied := [one.term for one in found if one.field == "feed"]:
        yield "implied by the feed", [Piece(", ".join(dict.fromkeys(implied)), "found")]


def _edits(texts: Sequence[Item]) -> Iterator[Edit]:
    for before, after in pairwise(texts):
        title = word_diff(before.title, after.title)
        summary = word_diff(before.summary, after.summary)
        yield Edit(
            at=after.seen_at,
            revision=after.revision,
            title=title if _says(title) else (),
            summary=summary if _says(summary) else (),
        )


def _says(changed: Iterable[Changed]) -> bool:
    return any(one.part is not Part.SAME for one in changed)


# --- a story ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of it in one language.

    Attributes:
        count: How many items, copies included.
        items: Those that are shown, the earliest first.
    """

    language: str
    count: int
    items: Sequence[Shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A story and everything about it.

    Attributes:
        told: By language, the one that had it first on top.
        alerts: Newest first.
        left: How many items are not shown.
    """

    page: Page
    told: Sequence[Told]
    alerts: Sequence[ToldAlert]
    left: int


def room_of(
    archive: Archive, page: Page, watches: Mapping[str, Watch], *, items: int, alerts: int
) -> Room:
    """At most so many items, the earliest, and so many alerts, the newest."""
    originals = [one for _, told in page.stories for one in told]
    originals.sort(key=lambda one: one.item.effective_at)
    made: dict[str, list[Shown]] = {}
    counts: Counter[str] = Counter()
    for number, one in enumerate(originals):
        language = one.item.language
        counts[language] += 1 + len(one.copies)
        of_language = made.setdefault(language, [])
        if number < items:
            of_language.append(shown(archive, one.item, watches, copies=one.copies))
    return Room(
        page=page,
        told=[
            Told(language=language, count=counts[language], items=of_language)
            for language, of_language in made.items()
        ],
        alerts=told_of(archive, list(page.alerts)[::-1][:alerts]),
        left=max(len(originals) - items, 0),
    )
