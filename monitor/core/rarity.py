"""How much a word tells: document frequencies of a language, long and recent, that can be kept.

A word counts once for each *story* that has it, so that a large story does not make its own words
common; and once for each *item* among the last thousand or so, so that the topic of the day does.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import log

_PRIOR = 500.0  # items and stories that are thought to have been seen before the first
_RECENT = 0.5 ** (1 / 1_000)  # what is left of an item after the next one: half after 1,000
_OFTEN = 0.5 ** (1 / 20_000)
_UNSEEN = 0.7  # a word of no story yet links nothing: more often a wording than a name
_ONE = 1.0
_SWEEP = 5_000  # items after which a word of one story is forgotten, four times as many for two...


@dataclass(slots=True)
class Word:
    """What is known of a word.

    Attributes:
        stories: Stories that have it.
        recent, often: Items that had it, halved each 1,000 and 20,000 items, as of item `at`.
    """

    stories: float = 0.0
    recent: float = 0.0
    often: float = 0.0
    at: int = 0


@dataclass(slots=True)
class Rarity:
    """The frequencies of one language."""

    items: int = 0
    stories: float = 0.0
    words: dict[str, Word] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)

    def weight(self, word: str) -> float:
        """How much a word tells, from 0.1 (all have it) up to about 10."""
        known = self.words.get(word)
        if known is None:
            return _UNSEEN * log((self.stories + _PRIOR) * 2)
        lately = known.recent * _RECENT ** (self.items - known.at)
        share = max(
            (known.stories + 0.5) / (self.stories + _PRIOR),
            (lately + 0.5) / (self._recent_items() + _PRIOR),
        )
        return -log(min(share, 0.9))

    def often(self, word: str) -> float:
        """How many of the last 20,000 items or so had the word."""
        known = self.words.get(word)
        return known.often * _OFTEN ** (self.items - known.at) if known else 0.0

    def count(self, words: Iterable[str], new: Iterable[str], *, opened: bool) -> None:
        """Takes note of an item.

        Args:
            words: All of the item's, each once.
            new: Those that its story did not have.
            opened: Whether it opened its story.
        """
        self.items += 1
        self.stories += opened
        for text in words:
            word = self.words.get(text)
            if word is None:  # one object for all the many that are seen but once
                self.words[text] = Word(recent=_ONE, often=_ONE, at=self.items)
                self._touched.add(text)
                continue
            passed = self.items - word.at
            word.recent = word.recent * _RECENT**passed + 1
            word.often = word.often * _OFTEN**passed + 1
            word.at = self.items
            self._touched.add(text)
        for text in new:
            word = self.words[text]
            word.stories = word.stories + 1 if word.stories else _ONE
        if self.items % _SWEEP == 0:
            self._forget()

    def about(self, words: Iterable[str]) -> "Rarity":
        """A copy that knows these words only."""
        known = {text: replace(self.words[text]) for text in words if text in self.words}
        return Rarity(items=self.items, stories=self.stories, words=known)

    def changes(self) -> dict[str, Word | None]:
        """Words changed since this was last asked; None: forgotten."""
        changed = {text: self.words.get(text) for text in sorted(self._touched)}
        self._touched = set()
        return changed

    def _recent_items(self) -> float:
        return (1 - _RECENT**self.items) / (1 - _RECENT)

    def _forget(self) -> None:
        """Drops words that were not seen for long, the rare ones first: memory is bounded."""
        gone = [
            text
            for text, word in self.words.items()
            if self.items - word.at > _SWEEP * max(1.0, word.stories**2)
        ]
        for text in gone:
            del self.words[text]
        self._touched.update(gone)
