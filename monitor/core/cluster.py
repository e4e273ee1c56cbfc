"""An open story as grouping keeps it, and what goes in and comes out."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt
from sys import intern
from typing import TypeVar

from monitor.core.story import story_id_of
from monitor.model import Item

T = TypeVar("T")

_WORDS = 120  # that a story keeps
_HEADINGS = 48  # titles that a story keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What grouping has to know of an item.

    Attributes:
        story_id: Of the story that it opens if it belongs to none.
        days: When, in days since 1970.
        concepts: Groups of the lexicon of which something stands in it.
        asked: Words for which a watch took it -> how many terms that watch asks for.
    """

    story_id: str
    owner: str
    language: str
    title: str
    summary: str = ""
    days: float
    concepts: frozenset[str] = frozenset()
    asked: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where an item belongs.

    Attributes:
        story_id: Its story; its own if it opened one.
        opened: Whether it did.
        score: How alike it is to the story (1: opened it).
        novelty: Share of its title that the story did not have, from 0 to 1.
        related: The story that it goes on from, if it opened one; else empty.
        relation: How close that is: 1 is as close as joining.
        also_in: Stories in other languages that tell of the same, by the lexicon.
        absorbed: Stories that turned out to be this one.
        series: Another article under a title that came before.
        thread: The first story of those that go on from each other.
    """

    story_id: str
    opened: bool
    score: float
    novelty: float
    thread: str
    related: str = ""
    relation: float = 0.0
    also_in: tuple[str, ...] = ()
    absorbed: tuple[str, ...] = ()
    series: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """The last item of a story under a title.

    Attributes:
        text: Words of its summary.
        dates: That stand in its title.
    """

    days: float
    owner: str
    text: tuple[str, ...]
    dates: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Cluster:
    """An open story.

    Attributes:
        first, last: Days of its first and its last item.
        thread: The story from which this one goes on, or that one does; its own id if from none.
        touched: When it was last changed, counted in items.
        weights: Word -> sum of what it weighs in the items; at most 120 words.
        counts: Word -> items that have it, of those words that more than one has.
        keys: Words under which it can be looked up -> when it was last put there.
        headings: Mask of a title -> its last item.
        concepts: Concept -> items that have it.
        rows: What is counted in its titles -> which of them: "package" -> "19".
        also_in: Language -> story in it that tells of the same.
        norm: Length of `weights`.
    """

    id: str
    language: str
    first: float
    last: float
    thread: str
    size: int = 0
    touched: int = 0
    weights: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    headings: dict[str, Heading] = field(default_factory=dict)
    concepts: dict[str, int] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    also_in: dict[str, str] = field(default_factory=dict)
    norm: float = 0.0

    def measure(self) -> None:
        """Cuts down to the heaviest words and the last titles; brings `norm` up to date."""
        if len(self.weights) > _WORDS:
            heaviest = sorted(self.weights, key=lambda word: (-self.weights[word], word))[:_WORDS]
            self.weights = {word: self.weights[word] for word in heaviest}
            self.counts = {word: self.counts[word] for word in heaviest if word in self.counts}
        if len(self.headings) > _HEADINGS:
            oldest = sorted(self.headings, key=lambda mask: (self.headings[mask].days, mask))
            for mask in oldest[: len(self.headings) - _HEADINGS]:
                del self.headings[mask]
        self.norm = sqrt(sum(weight * weight for weight in self.weights.values()))

    def absorb(self, other: "Cluster") -> None:
        """Takes over all that another story had, but the words to look it up."""
        for word, weight in other.weights.items():
            if word in self.weights:
                self.counts[word] = self.counts.get(word, 1) + other.counts.get(word, 1)
                self.weights[word] += weight
            else:
                self.weights[word] = weight
                if word in other.counts:
                    self.counts[word] = other.counts[word]
        for concept, count in other.concepts.items():
            self.concepts[concept] = self.concepts.get(concept, 0) + count
        for mask, heading in other.headings.items():
            if mask not in self.headings or self.headings[mask].days < heading.days:
                self.headings[mask] = heading
        self.rows = other.rows | self.rows
        for language, story in other.also_in.items():
            self.also_in.setdefault(language, story)
        self.size += other.size
        self.last = max(self.last, other.last)
        self.measure()

    def pack(self) -> bytes:
        """All of it, exactly, to be stored."""
        headings = {m: (h.days, h.owner, h.text, h.dates) for m, h in self.headings.items()}
        parts = (
            (self.id, self.language, self.first, self.last, self.thread, self.size, self.touched),
            (self.weights, self.counts, self.keys),
            (headings, self.concepts, self.rows, self.also_in),
        )
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "surrogatepass"
        )

    @staticmethod
    def unpack(packed: bytes) -> "Cluster":
        """What `pack` made, equal in every bit."""
        told, words, rest = json.loads(packed.decode("utf-8", "surrogatepass"))
        story, language, first, last, thread, size, touched = told
        weights, counts, keys = words
        headings, concepts, rows, also_in = rest
        cluster = Cluster(
            id=story,
            language=language,
            first=first,
            last=last,
            thread=thread,
            size=size,
            touched=touched,
            weights=_shared(weights),
            counts=_shared(counts),
            keys=_shared(keys),
            headings={
                mask: Heading(days, owner, tuple(map(intern, text)), tuple(dates))
                for mask, (days, owner, text, dates) in headings.items()
            },
            rows=rows,
            concepts=concepts,
            also_in=also_in,
        )
        cluster.measure()
        return cluster


def _shared(words: Mapping[str, T]) -> dict[str, T]:
    """With the one object that there is of each word (see words_of)."""
    return {intern(word): value for word, value in words.items()}


def article_of(
    item: Item, groups: Iterable[str] = (), asked: Mapping[str, int] | None = None
) -> Article:
    """An item as grouping sees it.

    Args:
        groups: Of the lexicon, of which something stands in the item.
        asked: As in `Article`.
    """
    return Article(
        story_id=story_id_of(item),
        owner=item.owner,
        language=item.language.partition("-")[0],
        title=item.title,
        summary=item.summary,
        days=days_of(item.effective_at),
        concepts=frozenset(groups),
        asked=asked or {},
    )


def days_of(moment: datetime) -> float:
    """Days since 1970."""
    return moment.timestamp() / 86_400
