"""Terms that stand beside what a watch finds and are not in its query: ideas, never more.

How much a term belongs to the hits is measured by the log-likelihood ratio (Dunning 1993, "Accurate
Methods for the Statistics of Surprise and Coincidence").
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from math import log

from monitor.core.query.inflection import PARTICLES
from monitor.core.query.percolator import Percolator, compile_watches
from monitor.core.query.stopwords import STOPWORDS
from monitor.core.text import HAN, HANGUL, KANA, Folded, fold
from monitor.model import Found, Item, Lexicon, Match, Watch

_DENSE = re.compile(f"[{HANGUL}{KANA}{HAN}]")
_HANGUL, _HAN = re.compile(f"[{HANGUL}]"), re.compile(f"[{HAN}]+")
_KANA = re.compile("[\u30a1-\u30fa\u30fc]{3,}")
# Function words of one character: no term goes across one.
_JOINTS = re.compile("[的了在是和与对为有不也将等之及或被把于从]")
_IDEAS = 400  # that are counted, of each language
_GRAMS = (2, 3, 4)  # Han characters that a word of Chinese or Japanese has
_LEAST = 3  # hits that a term must stand in
_OVER = 3.0  # so many times more often than elsewhere
_SIGNIFICANT = 10.83  # of the ratio: chance in one of a thousand cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A term as a query would write it.

    Attributes:
        hits: In how many of the watch's items of the language it stands, of `of_hits`.
        elsewhere: In how many other items of the language, of `of_elsewhere`.
        weight: How sure it is that it belongs to the hits; more is surer.
        example: The newest headline with it that the watch does not find; empty if there is none.
    """

    term: str
    language: str
    hits: int
    of_hits: int
    elsewhere: int
    of_elsewhere: int
    weight: float
    example: str = ""


@dataclass(slots=True)
class _Counts:
    """In how many items of a language a term stands, and the newest that the watch misses."""

    hits: Counter[str] = field(default_factory=Counter)
    elsewhere: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)


def suggest(
    items: Callable[[], Iterable[Item]], percolator: Percolator, watch_id: str, noise: Set[str]
) -> list[Suggestion]:
    """Terms for a watch, the surest first.

    Args:
        items: Gives the items, oldest first; they are read twice.
        noise: Ids of items that the watch finds, but should not.
    """
    hits: dict[str, Item] = {}
    sizes: Counter[str] = Counter()
    ideas: dict[str, Counter[str]] = {}
    for item in items():
        sizes[item.language] += 1
        match = next((m for m in percolator.match(item) if m.watch_id == watch_id), None)
        if match is not None and item.id not in noise and item.copy_of is None:
            hits[item.id] = item
            ideas.setdefault(item.language, Counter()).update(set(_terms_of(item, match.found)))
    of_hits = Counter(item.language for item in hits.values())
    counts = {language: _Counts() for language in ideas}
    trial = _trial_of(ideas)
    for item in items():
        if item.language in counts:
            _count(counts[item.language], item, trial.match(item), is_hit=item.id in hits)
    blank = next(iter(hits.values()), None)
    found = [
        one
        for language, counted in counts.items()
        for one in _of(language, counted, of_hits[language], sizes[language] - of_hits[language])
        if blank and not percolator.knows(watch_id, _alone(one, blank))
    ]
    return sorted(found, key=lambda one: -one.weight)


def _alone(one: Suggestion, item: Item) -> Item:
    """An item of nothing but the term."""
    text = one.term.strip('*"')
    return replace(item, title=text, summary="", language=one.language, url="", author="")


def _trial_of(ideas: Mapping[str, Counter[str]]) -> Percolator:
    """Every idea as a watch of its own: it is counted as a query would find it."""
    watches = [
        Watch(id=term, query=term, languages=frozenset((language,)))
        for language, terms in ideas.items()
        for term, count in terms.most_common(_IDEAS)
        if count >= _LEAST
    ]
    return compile_watches(watches, Lexicon())


def _count(counts: _Counts, item: Item, matches: Iterable[Match], *, is_hit: bool) -> None:
    for match in matches:
        if is_hit:
            counts.hits[match.watch_id] += 1
        else:
            counts.elsewhere[match.watch_id] += 1
            counts.examples[match.watch_id] = item.title


def _of(language: str, counts: _Counts, of_hits: int, of_elsewhere: int) -> Iterator[Suggestion]:
    weights = {
        term: weight
        for term, hits in counts.hits.items()
        if hits >= _LEAST
        if (weight := _weight(hits, of_hits, counts.elsewhere[term], of_elsewhere))
    }
    for term, weight in weights.items():
        if _is_part_of_another(term, weights, counts.hits):
            continue
        yield Suggestion(
            term=term,
            language=language,
            hits=counts.hits[term],
            of_hits=of_hits,
            elsewhere=counts.elsewhere[term],
            of_elsewhere=of_elsewhere,
            weight=round(weight, 1),
            example=counts.examples.get(term, ""),
        )


def _weight(a: int, all_a: int, b: int, all_b: int) -> float:
    """The log-likelihood ratio; 0 if the term is not clearly more frequent in the hits."""
    if not all_b or a / all_a < _OVER * b / all_b:
        return 0.0
    share = (a + b) / (all_a + all_b)
    ratio = 2 * (_part(a, all_a * share) + _part(b, all_b * share))
    return ratio if ratio >= _SIGNIFICANT else 0.0


def _part(observed: int, expected: float) -> float:
    return observed * log(observed / expected) if observed else 0.0


def _is_part_of_another(term: str, chosen: Iterable[str], hits: Mapping[str, int]) -> bool:
    """Whether nearly all of its hits are those of a longer run of characters, or of a phrase."""
    bare = term.strip('*"')
    return any(
        term != other and bare in other and hits[other] >= 0.8 * hits[term] for other in chosen
    )


# --- the terms of a text -------------------------------------------------------------------------


def _terms_of(item: Item, found: Sequence[Found]) -> Iterator[str]:
    """Everything in it that might be a term, as a query writes it; not what was found already."""
    for name, text in (("title", item.title), ("summary", item.summary)):
        taken = [(one.start, one.end) for one in found if one.field == name]
        yield from _terms_in(fold(text), taken)


def _terms_in(folded: Folded, found: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Args: found: Offsets in the original of what was found already."""
    taken = [folded.locate(start, end) for start, end in found]
    before, at = "", 1
    for token in folded.text.split():
        start, at = at, at + len(token) + 1
        inside = [(a - start, b - start) for a, b in taken if a < start + len(token) and start < b]
        if _DENSE.search(token):
            yield from _dense_terms(token, inside)
        is_word = not inside and len(token) > 2 and token.isalpha() and token not in STOPWORDS
        is_word = is_word and not _DENSE.search(token)
        if is_word:
            yield token
            if before:
                yield f'"{before} {token}"'
        before = token if is_word else ""


def _dense_terms(token: str, taken: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Of a token that may hold several words; what was found in it is a gap."""
    if _HANGUL.search(token):
        noun = _without_particle(token)
        if len(noun) > 1 and not taken:
            yield f"*{noun}*"
        return
    gaps = {at for start, end in taken for at in range(start, end)}
    rest = "".join(" " if at in gaps else letter for at, letter in enumerate(token))
    yield from _KANA.findall(rest)
    for run in _HAN.findall(_JOINTS.sub(" ", rest)):
        for size in _GRAMS:
            yield from (run[at : at + size] for at in range(len(run) - size + 1))


def _without_particle(token: str) -> str:
    """A Korean token without the longest particle that it may end in."""
    return next((token[:at] for at in range(2, len(token)) if token[at:] in PARTICLES), token)
