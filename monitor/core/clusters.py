"""Which story an item belongs to, decided one item at a time, in flat time, alike on every replay.

An item is compared with the stories of its language that share its rarest words: by the cosine of
its words with the story's (TF-IDF, where a document is a story), by how much of it the story has
already, and by whether it names what the story alone is about. Stories that an item belongs to
alike become one. What opens a story of its own may still go on from another one: by words or, in
any language, by what the lexicon finds in both (core/related.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from heapq import nsmallest
from math import log, sqrt
from sys import intern

from monitor.core.cluster import Article, Cluster, Heading, Placed
from monitor.core.facts import dates_in, ordinals_in
from monitor.core.postings import Postings
from monitor.core.rarity import Rarity, Word
from monitor.core.related import Related, concepts_of, marks_of
from monitor.core.series import is_another, mask_of
from monitor.core.words import headline, names_in, words_of
from monitor.model import Grouping

WINDOW = 3.0  # days after its last item in which a story is open
_KEYS = 8  # rarest words of an item, by which stories are looked up
_POSTED = 64  # stories looked at for a word, last touched first
_CANDIDATES = 16
_TITLE = 300  # characters of a title that count
_SUMMARY = 220  # characters of a text that count
_SUMMARY_WEIGHT = 0.4
_TEXT = 24  # words of a text that are kept to be compared with that of the next equal title
_TAU = 1.0  # days in which the likeness to a silent story is halved
_COVER = 0.4  # share of the score that is "how much of it does the story have already"
_CORE = 0.3  # what an item gains by naming what a story, and no other, is about
_WITH_TEXT = 0.75  # what is left of a score that texts give, which have more words to share
_BY_ONE_WORD = 0.85  # what is left of a score that one word in common gives
_ROOT = 5  # letters by which two names are one
_OTHER_NAMES = 0.5  # what is left if nothing that an item names stands in the story
_MERGE = 0.25  # cosine of two stories that an item belongs to alike
# The items of an event have this much in common (length of their mean). A topic that swallows
# whatever has its word ("sanctions") has less, and gets the harder to join.
_COHERENT = 0.4
_STEEP = 3
_LARGE = 4  # items from which that can be said, and what a story is about
_ABOUT = 0.5  # share of a story's items that have a word which it is about
_FOREIGN = 3.0  # other items that are thought to have such a word
_LINKED = 8  # items of a story that look for it in other languages
# Share of the threshold from which another story is the background of this one: by its words alone,
# or with what the lexicon finds in both.
_NEAR = 0.85
_RELATED = 0.5
_ASKED = 8  # stories for each term of a watch, of which one is thought to have that term
# Weights are told in steps: of each there is one object, whatever number of words weighs so.
_FINE = 10_000
_STEPS = tuple(step / _FINE for step in range(_FINE + 1))


THRESHOLDS: Mapping[Grouping, float] = {
    Grouping.NONE: 1.0,
    Grouping.LOOSE: 0.19,
    Grouping.NORMAL: 0.23,
    Grouping.STRICT: 0.30,
}


@dataclass(frozen=True, slots=True)
class Changes:
    """What a transaction has to write.

    Attributes:
        clusters: Stories to be stored as they are now.
        closed: Stories that are over -> the story that they turned out to be, or empty.
        words: (language, word) -> what is known of it now; None: forgotten.
        languages: Language -> items and stories counted.
    """

    clusters: tuple[Cluster, ...]
    closed: Mapping[str, str]
    words: Mapping[tuple[str, str], Word | None]
    languages: Mapping[str, tuple[int, float]]


@dataclass(slots=True)
class _Reading:
    """An article's words.

    Attributes:
        vector: Word -> what it weighs; of length 1, in the order of the text.
        title: Word -> how many of the last items had it.
        text: Words of the summary.
        dates, rows: What the title counts.
        keys: The heaviest words.
        names: Of the title, as far as they can be told.
        concepts: Of the lexicon.
    """

    vector: dict[str, float]
    title: dict[str, float]
    text: tuple[str, ...]
    mask: str
    dates: tuple[str, ...]
    rows: dict[str, str]
    keys: list[str]
    names: frozenset[str]
    concepts: frozenset[str]


class Clusters:
    """The open stories, and how rare words are: all the state that grouping has.

    `place` changes it; what a transaction has to write is told by `changes`. If the transaction
    fails, this object is thrown away and made anew from what is stored.

    Attributes:
        open: The stories, last touched last.
        apart: Pairs of stories that a person called two.
        rarity: Language -> how rare its words are.
    """

    def __init__(self, grouping: Grouping = Grouping.NORMAL) -> None:
        self._threshold = THRESHOLDS[grouping]
        self.apart: set[frozenset[str]] = set()
        self.open: dict[str, Cluster] = {}
        self.rarity: dict[str, Rarity] = {}
        # Language -> stories by their words.
        self._posts: defaultdict[str, Postings[str]] = defaultdict(Postings)
        self._related = Related(self.open)
        self._placed = 0
        self._now = 0.0
        self._touched: dict[str, None] = {}
        self._closed: dict[str, str] = {}

    @classmethod
    def restored(
        cls,
        clusters: Iterable[Cluster],
        words: Iterable[tuple[str, str, Word]],
        languages: Mapping[str, tuple[int, float]],
        grouping: Grouping = Grouping.NORMAL,
        *,
        apart: Iterable[tuple[str, str]] = (),
    ) -> "Clusters":
        """From what `changes` told to store; goes on exactly as if it had never stopped.

        Args:
            apart: Stories that a person called two.
        """
        state = cls(grouping)
        state.apart = {frozenset(pair) for pair in apart}
        for language, (items, stories) in languages.items():
            state.rarity[language] = Rarity(items=items, stories=stories)
        for language, text, word in words:
            state.rarity[language].words[intern(text)] = word
        for cluster in sorted(clusters, key=lambda one: one.touched):
            state.open[cluster.id] = cluster
            state._related.put(cluster)
            state._placed = max(state._placed, cluster.touched)
            state._now = max(state._now, cluster.last)
        posted = sorted(
            (at, key, cluster.language, cluster.id)
            for cluster in state.open.values()
            for key, at in cluster.keys.items()
        )
        for _, key, language, story in posted:
            state._posts[language].put(key, story)
        return state

    def place(self, article: Article) -> Placed:
        """The story of an item that was not seen before; it is counted in."""
        self._placed += 1
        self._now = max(self._now, article.days)
        self._close()
        rarity = self.rarity.setdefault(article.language, Rarity())
        reading = _read(article, rarity)
        scores, series = self._scores(article, reading)
        if scores and scores[0][0] >= self._threshold:
            return self._join(article, reading, rarity, scores)
        best = scores[0] if scores and not series else (0.0, "")
        return self._open(article, reading, rarity, best, series=series)

    def merge(self, one: str, two: str) -> str:
        """Makes one story of two open ones; returns the id of the one that is gone."""
        self._placed += 1
        kept, gone = self._merge(self.open[one], self.open[two])
        self._touch(kept)
        return gone

    def split(self, story: str, kept: Iterable[Article], moved: Iterable[Article]) -> str:
        """Makes two stories of an open one; returns the id of the second.

        Args:
            kept: The items that stay, the oldest first.
            moved: Those of the second story; it bears the id that the first of them would open.
        """
        before, rest = self.open[story], list(moved)
        self.apart.add(frozenset((story, rest[0].story_id)))
        self._unlink(before)
        self._drop(before)
        del self._closed[story]
        for name, articles in ((story, list(kept)), (rest[0].story_id, rest)):
            self._placed += 1
            self._closed.pop(name, None)
            rarity = self.rarity.setdefault(before.language, Rarity())
            cluster = Cluster(
                id=name,
                language=before.language,
                first=articles[0].days,
                last=articles[0].days,
                thread=before.thread if name == story else name,
            )
            for article in articles:
                self._add(cluster, article, _read(article, rarity))
            self._link(cluster)
        return rest[0].story_id

    def changes(self) -> Changes:
        """What changed since this was last asked."""
        words: dict[tuple[str, str], Word | None] = {}
        for language, rarity in sorted(self.rarity.items()):
            for text, word in rarity.changes().items():
                words[language, text] = word
        changes = Changes(
            clusters=tuple(self.open[story] for story in self._touched),
            closed=self._closed,
            words=words,
            languages={name: (one.items, one.stories) for name, one in self.rarity.items()},
        )
        self._touched, self._closed = {}, {}
        return changes

    # --- which story ---------------------------------------------------------------------------

    def _scores(self, article: Article, reading: _Reading) -> tuple[list[tuple[float, str]], bool]:
        """Stories by how well the item fits, best first; whether one was passed over: a series."""
        found, series = [], False
        for story in self._nearest(article.language, reading):
            cluster = self.open[story]
            silent = max(0.0, article.days - cluster.last)
            if silent > WINDOW:
                continue
            score = _likeness(reading, cluster) / (1 + silent / _TAU)
            if score < self._threshold * _RELATED:
                continue
            if _is_series(article, reading, cluster):
                series = True
            else:
                found.append((score, story))
        return sorted(found, key=lambda one: (-one[0], one[1])), series

    def _nearest(self, language: str, reading: _Reading) -> list[str]:
        """Stories that share the item's rarest words, by the weight of what is shared."""
        posts = self._posts[language]
        shared: dict[str, float] = {}
        for key in reading.keys:
            weight = reading.vector[key]
            for story in posts.last(key, _POSTED):
                shared[story] = shared.get(story, 0.0) + weight
        nearest = nsmallest(_CANDIDATES, [(-weight, story) for story, weight in shared.items()])
        return [story for _, story in nearest]

    def _join(
        self, article: Article, reading: _Reading, rarity: Rarity, scores: list[tuple[float, str]]
    ) -> Placed:
        score, story = scores[0]
        cluster = self.open[story]
        absorbed = []
        for other_score, other in scores[1:]:
            if other_score < self._threshold:
                break
            if frozenset((cluster.id, other)) in self.apart:
                continue
            if _cosine(cluster, self.open[other]) >= _MERGE:
                cluster, gone = self._merge(cluster, self.open[other])
                absorbed.append(gone)
        novelty = _novelty(reading, cluster, rarity)
        new = [word for word in reading.vector if word not in cluster.weights]
        rarity.count(reading.vector, new, opened=False)
        self._add(cluster, article, reading)
        if cluster.size <= _LINKED:
            self._link(cluster)
        return Placed(
            story_id=cluster.id,
            opened=False,
            score=score,
            novelty=novelty,
            thread=cluster.thread,
            also_in=_links(cluster),
            absorbed=tuple(absorbed),
        )

    def _open(
        self,
        article: Article,
        reading: _Reading,
        rarity: Rarity,
        best: tuple[float, str],
        *,
        series: bool,
    ) -> Placed:
        score, related = best
        relation = score / self._threshold
        cluster = Cluster(
            id=article.story_id,
            language=article.language,
            first=article.days,
            last=article.days,
            thread=article.story_id,
        )
        rarity.count(reading.vector, reading.vector, opened=True)
        self._add(cluster, article, reading)
        if not series:
            self._link(cluster)
            if not related or not self._goes_on(cluster, self.open[related], relation):
                relation, related = self._related.background(cluster)
            if related:
                cluster.thread = self.open[related].thread
        return Placed(
            story_id=cluster.id,
            opened=True,
            score=1.0,
            novelty=1.0,
            thread=cluster.thread,
            related=related,
            relation=relation,
            also_in=_links(cluster),
            series=series,
        )

    def _goes_on(self, cluster: Cluster, before: Cluster, relation: float) -> bool:
        """Whether a story with some of the words of another one goes on from it."""
        if relation >= _NEAR and before.size > 1:
            return True
        return self._related.supports(cluster, before.id)

    # --- state ---------------------------------------------------------------------------------

    def _add(self, cluster: Cluster, article: Article, reading: _Reading) -> None:
        for word, weight in reading.vector.items():
            if word in cluster.weights:
                cluster.weights[word] += weight
                cluster.counts[word] = cluster.counts.get(word, 1) + 1
            else:
                cluster.weights[word] = weight
        concepts = concepts_of(article.concepts) | marks_of(article.title[:_TITLE])
        for concept in sorted(concepts.union(f"@{date}" for date in reading.dates)):
            cluster.concepts[concept] = cluster.concepts.get(concept, 0) + 1
        cluster.headings[reading.mask] = Heading(
            article.days, article.owner, reading.text, reading.dates
        )
        cluster.rows = reading.rows | cluster.rows
        cluster.size += 1
        cluster.last = max(cluster.last, article.days)
        cluster.measure()
        for key in reading.keys:
            self._post(cluster, key)
        self._touch(cluster)

    def _touch(self, cluster: Cluster) -> None:
        cluster.touched = self._placed
        self.open.pop(cluster.id, None)
        self.open[cluster.id] = cluster
        self._touched[cluster.id] = None
        self._related.put(cluster)

    def _post(self, cluster: Cluster, key: str) -> None:
        self._posts[cluster.language].put(key, cluster.id)
        cluster.keys[key] = self._placed

    def _link(self, cluster: Cluster) -> None:
        for language, other in self._related.link(cluster):
            cluster.also_in[language] = other
            self.open[other].also_in[cluster.language] = cluster.id
            self._touched[other] = None

    def _merge(self, one: Cluster, two: Cluster) -> tuple[Cluster, str]:
        """The older of two stories with all that the younger had, and the younger's id."""
        kept, gone = sorted((one, two), key=lambda cluster: (cluster.first, cluster.id))
        keys = sorted(gone.keys, key=lambda key: (gone.keys[key], key))
        self._drop(gone, into=kept.id)
        self._keep_apart(gone.id, kept.id)
        kept.absorb(gone)
        for language, other in gone.also_in.items():
            if self.open[other].also_in.get(gone.language) == gone.id:
                self.open[other].also_in[gone.language] = kept.id
                self._touched[other] = None
            if kept.also_in[language] != other:
                self.open[other].also_in.pop(gone.language, None)
        for key in keys:
            self._post(kept, key)
        return kept, gone.id

    def _keep_apart(self, gone: str, kept: str) -> None:
        """What a person told from a story is told from the one that it became."""
        moved = {frozenset(kept if one == gone else one for one in pair) for pair in self.apart}
        self.apart = {pair for pair in moved if len(pair) > 1}

    def _close(self) -> None:
        """Forgets stories that had no item for longer than the window."""
        while self.open:
            cluster = next(iter(self.open.values()))
            if self._now - cluster.last <= WINDOW:
                return
            self._drop(cluster)
            self._unlink(cluster)

    def _unlink(self, cluster: Cluster) -> None:
        """Has its stories in other languages forget it."""
        for other in cluster.also_in.values():
            self.open[other].also_in.pop(cluster.language, None)
            self._touched[other] = None

    def _drop(self, cluster: Cluster, into: str = "") -> None:
        for key in cluster.keys:
            self._posts[cluster.language].drop(key, cluster.id)
        self._related.drop(cluster)
        del self.open[cluster.id]
        self._touched.pop(cluster.id, None)
        self._closed[cluster.id] = into


def likeness(one: Article, two: Article, rarity: Rarity | None = None) -> float:
    """How alike two items are by themselves; from a threshold on they tell of one event.

    Args:
        rarity: Of the words of their language; without it all words tell as much.
    """
    if one.language != two.language:
        return 0.0
    state = Clusters()
    if rarity is not None:
        state.rarity[one.language] = rarity.about(_words(one) | _words(two))
    state.place(one)
    reading = _read(two, state.rarity[two.language])
    cluster = state.open[one.story_id]
    return 0.0 if _is_series(two, reading, cluster) else _likeness(reading, cluster)


def _words(article: Article) -> set[str]:
    return {*words_of(headline(article.title[:_TITLE])), *words_of(article.summary[:_SUMMARY])}


def _read(article: Article, rarity: Rarity) -> _Reading:
    title = headline(article.title[:_TITLE])
    words = dict.fromkeys(words_of(title))
    text = dict.fromkeys(words_of(article.summary[:_SUMMARY])) if article.summary else {}
    vector = {word: rarity.weight(word) for word in words}
    for word in text:
        if word not in vector:
            vector[word] = _SUMMARY_WEIGHT * rarity.weight(word)
    for word, terms in article.asked.items():
        if word in vector:  # all that the watch takes has one of its terms, and of few the same
            vector[word] = min(vector[word], log(_ASKED * terms))
    length = sqrt(sum(weight * weight for weight in vector.values())) or 1.0
    vector = {word: _STEPS[round(weight / length * _FINE)] for word, weight in vector.items()}
    return _Reading(
        vector=vector,
        title={word: rarity.often(word) for word in words},
        text=tuple(text)[:_TEXT],
        mask=_short(mask_of(title)),
        dates=tuple(dates_in(title)),
        rows=dict(ordinals_in(title)),
        keys=sorted(vector, key=lambda word: (-vector[word], word))[:_KEYS],
        names=names_in(title),
        concepts=concepts_of(article.concepts),
    )


def _short(mask: str) -> str:
    return blake2b(mask.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _likeness(reading: _Reading, cluster: Cluster) -> float:
    """How well an item fits a story, time aside."""
    dot = cover = core = 0.0
    shared = 0
    counts, weights, size = cluster.counts, cluster.weights, cluster.size
    for word, weight in reading.vector.items():
        if word not in weights:
            continue
        shared += 1
        count = counts.get(word, 1)
        share = count / size
        dot += weight * weights[word]
        cover += weight * weight * sqrt(share)
        if share >= _ABOUT and size >= _LARGE and word in reading.title:
            own = min(1.0, count / (reading.title[word] + _FOREIGN))
            core = max(core, share * own * own)
    likeness = (1 - _COVER) * dot / (cluster.norm or 1.0) + _COVER * cover + _CORE * core
    if reading.text and _has_text(cluster):
        likeness *= _WITH_TEXT
    if size < _LARGE and _names_others(reading, cluster):
        likeness *= _OTHER_NAMES
    if shared == 1 and not core:
        likeness *= _BY_ONE_WORD
    if size >= _LARGE:
        likeness *= min(1.0, cluster.norm / size / _COHERENT) ** _STEEP
    return likeness


def _names_others(reading: _Reading, cluster: Cluster) -> bool:
    """Whether an item names somebody or some place, and nothing that the story knows."""
    if not reading.names or not reading.names.isdisjoint(cluster.weights):
        return False
    # Of "Ukrainian" and "Ukraine" the beginning is the same.
    roots = {name[:_ROOT] for name in reading.names}
    if any(word[:_ROOT] in roots for word in cluster.weights):
        return False
    return reading.concepts.isdisjoint(cluster.concepts)  # DPRK is North Korea


def _has_text(cluster: Cluster) -> bool:
    """Whether its last item had more than a headline."""
    return bool(next(reversed(cluster.headings.values())).text)


def _cosine(one: Cluster, two: Cluster) -> float:
    if len(one.weights) > len(two.weights):
        one, two = two, one
    theirs = two.weights
    dot = sum(weight * theirs[word] for word, weight in one.weights.items() if word in theirs)
    return dot / ((one.norm * two.norm) or 1.0)


def _novelty(reading: _Reading, cluster: Cluster, rarity: Rarity) -> float:
    """Share of what the title tells that no item of the story has told."""
    weights = {word: rarity.weight(word) for word in reading.title}
    new = sum(weight for word, weight in weights.items() if word not in cluster.weights)
    return new / (sum(weights.values()) or 1.0)


def _is_series(article: Article, reading: _Reading, cluster: Cluster) -> bool:
    """Whether the item and the story are two of a row: the 19th and the 20th, today's and another
    day's."""
    if any(cluster.rows.get(what, number) != number for what, number in reading.rows.items()):
        return True
    if reading.dates and any(
        heading.owner == article.owner
        and heading.dates
        and set(heading.dates).isdisjoint(reading.dates)
        for heading in cluster.headings.values()
    ):
        return True
    before = cluster.headings.get(reading.mask)
    return before is not None and is_another(
        days=abs(article.days - before.days),
        same_owner=article.owner == before.owner,
        words=reading.title.keys(),
        ours=set(reading.text),
        theirs=set(before.text),
    )


def _links(cluster: Cluster) -> tuple[str, ...]:
    return tuple(story for _, story in sorted(cluster.also_in.items()))
