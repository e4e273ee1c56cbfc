"""Stories in several languages that tell of one event: by what a lexicon finds in both.

No translation and no model: a concept is a name that means the same in all languages (a group of
the lexicon, a number, a name in Latin capitals). Two stories are related if most of what they
have, weighed by how rare it is, they have in common. That is no merge: each keeps its own items.
"""

import re
from collections.abc import Iterable, Mapping
from math import log

from monitor.core.cluster import Cluster
from monitor.core.postings import Postings
from monitor.core.text import plain

_WINDOW = 1.5  # days
_POSTED = 64
_RAREST = 4  # concepts by which stories are looked up
_SHARED = 3  # concepts that both must have
_ALIKE = 0.5  # weighted Jaccard, between languages
_ALIKE_AT_HOME = 0.6  # in one language, where words did not tell
_SUPPORTED = 0.4  # in one language, where words tell as well
_PRIOR = 100.0
_KEPT = 24  # concepts of a story that are compared
_ACRONYMS = 2  # words in capitals that a headline without a small letter may have
_MARK = re.compile(r"(?<![A-Za-z0-9])(?:\d[\d,.]*\d|[A-Z][A-Z0-9]{1,7})(?![A-Za-z0-9])")


def marks_of(title: str) -> frozenset[str]:
    """Numbers and acronyms of a title: K27, 28, OFAC mean the same in every language."""
    text = plain(title)
    capitals = sum(word.isalpha() and word.isupper() for word in text.split())
    shouted = capitals > _ACRONYMS and not any(map(str.islower, text))
    marks = (mark.replace(",", "").rstrip(".") for mark in _MARK.findall(text))
    return frozenset(f"={mark}" for mark in marks if mark[0].isdigit() or not shouted)


def concepts_of(groups: Iterable[str]) -> frozenset[str]:
    """The concepts that groups of the lexicon stand for.

    What a name has before its first "_" is its family: "sanc_act" and "sanc_word" are "sanc", and
    "kp_voice", who speaks for a state, is beside that the state.
    """
    names = set(groups)
    return frozenset(name.partition("_")[0] for name in names) | {
        name for name in names if name.endswith("_voice")
    }


class Related:
    """The open stories by their concepts.

    Args:
        open_stories: Those that were put and not dropped.
    """

    def __init__(self, open_stories: Mapping[str, Cluster]) -> None:
        self._open = open_stories
        self._concepts: dict[str, tuple[str, ...]] = {}
        self._posts: Postings[str] = Postings()

    def put(self, story: Cluster) -> None:
        """A story as it is now: by what a third of its items have."""
        common = [c for c, count in story.concepts.items() if count * 3 >= story.size][:_KEPT]
        self._unpost(story.id)
        if common:
            self._concepts[story.id] = tuple(common)
        for concept in common:
            self._posts.put(concept, story.id)

    def drop(self, story: Cluster) -> None:
        """A story that is closed."""
        self._unpost(story.id)

    def link(self, story: Cluster) -> list[tuple[str, str]]:
        """The same in other languages: at most one story of each, if neither has one yet."""
        best: dict[str, str] = {}
        for likeness, other in self._near(story):
            theirs = self._open[other]
            if likeness < _ALIKE or theirs.language == story.language:
                continue
            if theirs.language not in story.also_in and story.language not in theirs.also_in:
                best.setdefault(theirs.language, other)
        return list(best.items())

    def background(self, story: Cluster) -> tuple[float, str]:
        """How close is the story in any language that this one goes on from; (0, "") if none."""
        for likeness, other in self._near(story):
            at_home = self._open[other].language == story.language
            if likeness >= (_ALIKE_AT_HOME if at_home else _ALIKE):
                return likeness, other
        return 0.0, ""

    def supports(self, story: Cluster, other: str) -> bool:
        """Whether two stories that share some words have concepts in common as well."""
        ours, theirs = self._concepts.get(story.id, ()), self._concepts.get(other, ())
        return self._likeness(ours, theirs) >= _SUPPORTED

    def _near(self, story: Cluster) -> list[tuple[float, str]]:
        """Stories of the last day and a half with the same concepts, the closest first."""
        ours = self._concepts.get(story.id, ())
        if len(ours) < _SHARED:
            return []
        rarest = sorted(ours, key=lambda c: (self._posts.count(c), c))[:_RAREST]
        candidates: dict[str, None] = {}
        for concept in rarest:
            candidates |= dict.fromkeys(self._posts.last(concept, _POSTED))
        candidates.pop(story.id, None)
        found = [
            (likeness, other)
            for other in candidates
            if abs(story.last - self._open[other].last) <= _WINDOW
            if (likeness := self._likeness(ours, self._concepts[other])) >= _ALIKE
        ]
        return sorted(found, key=lambda one: (-one[0], one[1]))

    def _likeness(self, ours: tuple[str, ...], theirs: tuple[str, ...]) -> float:
        shared = [concept for concept in ours if concept in theirs]
        if len(shared) < _SHARED:
            return 0.0
        weight = sum(map(self._weight, shared))
        if weight < log(len(self._open) + _PRIOR):
            return 0.0  # by chance more than one story would have as much
        either = [*ours, *(concept for concept in theirs if concept not in ours)]
        return weight / sum(map(self._weight, either))

    def _weight(self, concept: str) -> float:
        return log((len(self._open) + _PRIOR) / (self._posts.count(concept) + 1))

    def _unpost(self, story: str) -> None:
        for concept in self._concepts.pop(story, ()):
            self._posts.drop(concept, story)
