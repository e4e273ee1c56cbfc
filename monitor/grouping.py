"""The memory of grouping in step with the store: which stories are open, and which texts are known.

What is in memory is a copy of what is stored, under the name that the last change was stored by. If
the store has another name (a transaction was rolled back, another process wrote, a backup came
back), the memory is read again. It is used in the writer's transactions alone; a large one is read
before, so that nobody has to wait for that.
"""

from collections.abc import Iterable, Sequence

from monitor.core.cluster import Article, Cluster, Placed
from monitor.core.clusters import Clusters
from monitor.core.copies import WINDOW, Copies, Print
from monitor.core.rarity import Word
from monitor.model import GroupingMemory, MemoryChange
from monitor.ports import Archive, Unit


class _Ready:
    """What was stored, made ready to be used."""

    def __init__(self, memory: GroupingMemory) -> None:
        self.version = memory.version
        self.clusters = clusters_of(memory)
        self.copies = Copies(map(Print.unpack, memory.prints))


class Grouper:
    """Places items and finds copies; what it learned is stored by `keep`."""

    def __init__(self) -> None:
        self._version: str | None = None  # None: not read yet
        self._changed = False
        self._clusters, self._copies = Clusters(), Copies()
        self._prints: dict[str, Print] = {}
        self._ready: _Ready | None = None

    def look_ahead(self, archive: Archive) -> None:
        """Read what is stored if it is not known here, outside of any transaction of the writer."""
        known = {None if self._changed else self._version, self._ready and self._ready.version}
        if archive.memory_version() not in known:
            self._ready = _Ready(archive.recall())

    def refresh(self, unit: Unit) -> None:
        """See that the memory is that of the store, at the beginning of a transaction."""
        unkept = self._changed  # of a transaction that failed
        stored = unit.memory_version()
        if not unkept and self._version == stored:
            return
        ready, self._ready = self._ready, None
        if ready is None or ready.version != stored:
            ready = _Ready(unit.recall())
        self._clusters, self._copies = ready.clusters, ready.copies
        self._prints = {}
        self._version, self._changed = ready.version, False
        # A large memory takes long, in which a server may have given the transaction up: that must
        # show before anything is placed, or all of it would be read again, and again in vain.
        unit.memory_version()

    def originals(self, text: Print) -> list[str]:
        """Ids of the items that carry the same text, the oldest first."""
        return [one.id for one, _ in self._copies.originals(text)]

    def note(self, text: Print) -> None:
        """A text that can be copied from now on."""
        self._changed = True
        self._copies.add(text)
        self._prints[text.id] = text

    def place(self, article: Article) -> Placed:
        """The story of an item that was not seen before."""
        self._changed = True
        return self._clusters.place(article)

    def is_open(self, story: str) -> bool:
        """Whether items can still join a story."""
        return story in self._clusters.open

    def merge(self, one: str, two: str) -> str:
        """Make one story of two open ones; returns the id of the one that is gone."""
        self._changed = True
        return self._clusters.merge(one, two)

    def split(self, story: str, kept: Iterable[Article], moved: Iterable[Article]) -> None:
        """Make two stories of an open one, each from its items, the oldest first."""
        self._changed = True
        self._clusters.split(story, kept, moved)

    def reconsider(self) -> None:
        """Have it stored under a new name, so that whoever else holds it reads it again."""
        self._changed = True

    def keep(self, unit: Unit) -> None:
        """Store what changed since it was last kept, if anything did."""
        if not self._changed:
            return
        prints = tuple((one.id, one.days, one.pack()) for one in self._prints.values())
        since = max((days for _, days, _ in prints), default=WINDOW) - WINDOW
        self._version = unit.memorise(change_of(self._clusters, prints, since))
        self._prints, self._changed = {}, False


def clusters_of(memory: GroupingMemory) -> Clusters:
    """The open stories, as they were when that was stored."""
    return Clusters.restored(
        map(Cluster.unpack, memory.stories),
        (
            (language, word, Word(stories, recent, often, at))
            for language, word, stories, recent, often, at in memory.words
        ),
        memory.counts,
        apart=[(one.one, one.two) for one in memory.verdicts if one.kind == "split"],
    )


def change_of(
    clusters: Clusters, prints: Sequence[tuple[str, float, bytes]] = (), since: float = 0.0
) -> MemoryChange:
    """What has to be stored of it."""
    changes = clusters.changes()
    return MemoryChange(
        stories=tuple((one.id, one.pack()) for one in changes.clusters),
        closed=tuple(changes.closed),
        words=tuple(_known_words(changes.words.items())),
        forgotten=tuple(key for key, word in changes.words.items() if word is None),
        counts=tuple((name, *counted) for name, counted in changes.languages.items()),
        prints=tuple(prints),
        prints_since=since,
    )


def _known_words(
    words: Iterable[tuple[tuple[str, str], Word | None]],
) -> Iterable[tuple[str, str, float, float, float, int]]:
    for (language, text), word in words:
        if word is not None:
            yield language, text, word.stories, word.recent, word.often, word.at
