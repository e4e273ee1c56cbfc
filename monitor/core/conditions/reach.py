"""What a condition can come to: never true, always true, true of a source.

Each field takes the values that the condition names, and one that it does not; all of them are
tried together.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import chain, combinations, product
from math import prod
from typing import Any, NamedTuple

from monitor.core.conditions.facts import FIELDS, NONE, Facts, Kind
from monitor.core.conditions.tree import And, Condition, Not, Op, Test
from monitor.model import Claim, Feed, Tier

MAX_TRIES = 50_000
_MANY = 5  # parties whose every combination is tried
_OTHER = "\0"
_DAYS = (date(2000, 1, 1), date(2000, 1, 2))
_LEAST = {"watches": 1, "languages": 1}


class Source(NamedTuple):
    """Whose item it is."""

    tier: Tier
    authority: frozenset[str] = frozenset()


def source_of(feed: Feed) -> Source:
    return Source(feed.tier, frozenset(feed.authority_for))


def can_hold(condition: Condition, sources: Collection[Source] | None = None) -> bool:
    """Whether some facts satisfy it; True if that is too hard to say.

    Args:
        sources: Those there are; None: any.
    """
    return _comes_to(condition, sources, wanted=True)


def can_fail(condition: Condition) -> bool:
    """Whether some facts do not; True if that is too hard to say."""
    return _comes_to(condition, None, wanted=False)


def contradiction_in(condition: Condition) -> Condition | None:
    """The smallest part that can never be true, parts under `not` aside; None: it can be."""
    if not isinstance(condition, Not):
        for part in condition.parts:
            if (found := contradiction_in(part)) is not None:
                return found
    if can_hold(condition):
        return None
    if isinstance(condition, And):
        pairs = (And(pair) for pair in combinations(condition.children, 2))
        return next((pair for pair in pairs if not can_hold(pair)), condition)
    return condition


def needs(condition: Condition, tier: Tier) -> bool:
    """Whether only items of sources of this tier can satisfy it."""
    others = [source for source in _any_source(condition.tests) if source.tier is not tier]
    return can_hold(condition) and not can_hold(condition, others)


def _comes_to(condition: Condition, sources: Collection[Source] | None, *, wanted: bool) -> bool:
    choices = list(_choices(condition.tests, sources))
    if prod(map(len, choices)) > MAX_TRIES:
        return True
    worlds = (Facts(**dict(chain.from_iterable(parts))) for parts in product(*choices))
    return any(condition.holds(facts) is wanted for facts in worlds)


_Choice = tuple[tuple[str, Any], ...]
"""Facts that go together, by name."""


def _choices(
    tests: Collection[Test], sources: Collection[Source] | None
) -> Iterator[list[_Choice]]:
    """For each fact that is asked for, all that it may be."""
    among = _any_source(tests) if sources is None else sources
    yield [(("tier", one.tier), ("authority", one.authority)) for one in among]
    for name, asked in _by_fact(tests).items():
        match FIELDS[asked[0].field].kind:
            case Kind.CLAIM:
                yield list(_claims(name, asked))
            case Kind.NUMBER:
                yield list(_numbers(name, asked))
            case Kind.TEXT:
                values = {value for test in asked for value in test.values}
                yield [((name, value),) for value in (*sorted(values), _OTHER)]
            case Kind.DAY:
                first, second = _DAYS
                pairs = ((None, None), (first, None), (first, first), (second, first))
                yield [((name, now), ("effective_before", before)) for now, before in pairs]
            case _:
                continue  # the source, above


def _by_fact(tests: Iterable[Test]) -> Mapping[str, list[Test]]:
    """Tests by the fact that they ask for: `claim changed` asks for that of the story."""
    found: dict[str, list[Test]] = {}
    for test in tests:
        field = FIELDS[test.field]
        is_change = test.op in (Op.CHANGED, Op.CHANGED_TO) and field.changed is not None
        name = field.changed[0] if is_change and field.changed else field.now
        found.setdefault(name, []).append(test)
    return found


def _claims(name: str, asked: list[Test]) -> Iterator[_Choice]:
    named = {Claim(v) for test in asked for v in test.values if v != NONE}
    other = [claim for claim in Claim if claim not in named][:1]
    values = (None, *sorted(named), *other)
    if name == "claim":
        yield from (((name, value),) for value in values)
    else:
        pairs = product(values, repeat=2)
        yield from (((name, now), (f"{name}_before", before)) for now, before in pairs)


def _numbers(name: str, asked: list[Test]) -> Iterator[_Choice]:
    least = _LEAST.get(name, 0)
    near = {int(value) + by for test in asked for value in test.values for by in (-1, 0, 1)}
    values = sorted(value for value in near | {least} if value >= least)
    if FIELDS[asked[0].field].changed is None:
        yield from (((name, value),) for value in values)
    else:
        rising = ((now, before) for now in values for before in values if before <= now)
        yield from (((name, now), (f"{name}_before", before)) for now, before in rising)


def _any_source(tests: Iterable[Test]) -> list[Source]:
    named = sorted({v for test in tests if test.field == "authority" for v in test.values})
    sizes = range(len(named) + 1) if len(named) <= _MANY else (0, 1, len(named))
    together = [frozenset(some) for size in sizes for some in combinations(named, size)]
    # One that speaks for somebody else is as one that speaks for nobody.
    return [Source(tier, some) for tier in Tier for some in together]
