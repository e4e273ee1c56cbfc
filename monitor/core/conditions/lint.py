"""Every mistake in the conditions of watches, each with its cure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from monitor.core.conditions.facts import FIELDS, Kind
from monitor.core.conditions.parser import parse
from monitor.core.conditions.reach import can_fail, can_hold, contradiction_in, source_of
from monitor.core.conditions.tree import Condition, Not, Op, Test
from monitor.core.conditions.voices import conditions_of
from monitor.core.query.lint import QueryProblem
from monitor.errors import ConditionError
from monitor.model import Feed, Tier, Watch

_PARTY_TIERS = (Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA)
_NAMED = 4  # feeds in a cure


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the configuration has; None: it is not known.

    Attributes:
        most: Field -> the greatest number that it can come to.
    """

    feeds: tuple[Feed, ...] | None
    most: dict[str, int]


_Doubt = tuple[str, str]
"""Problem and cure."""


def problems(watches: Iterable[Watch], feeds: Iterable[Feed] | None = None) -> list[QueryProblem]:
    """Everything that would keep a condition from being read or from ever being true.

    Args:
        feeds: All there are; None: they are not known.
    """
    listed = list(watches)
    known = _known(listed, None if feeds is None else tuple(feeds))
    return [problem for watch in listed for problem in _of_watch(watch, known)]


def _known(watches: list[Watch], feeds: tuple[Feed, ...] | None) -> _Known:
    most = {"watches": sum(watch.enabled for watch in watches)}
    if feeds is not None:
        voices = [feed for feed in feeds if feed.enabled and feed.tier in _PARTY_TIERS]
        most["parties"] = len({party for feed in voices for party in feed.authority_for})
    return _Known(feeds=feeds, most=most)


def _of_watch(watch: Watch, known: _Known) -> Iterator[QueryProblem]:
    for number, rule in enumerate(watch.escalations):
        if rule.when and (rule.query is not None or rule.tiers):
            other = "tiers" if rule.query is None else "query"
            cure = "write tier in [...] in the condition"
            if other == "query":
                cure = "make two escalations of it"
            what = f"does not go with {other}"
            yield _problem(watch, f"escalate[{number}].when", what, cure)
    for key, text in conditions_of(watch):
        try:
            condition = parse(text)
        except ConditionError as error:
            what = f"character {error.at + 1}: {error.problem}"
            yield _problem(watch, key, what, error.cure)
            continue
        if (never := contradiction_in(condition)) is not None:
            yield _problem(watch, key, f"{never} can never be true", _cure_of(never))
            continue
        for what, cure in _doubts(condition, known) if watch.enabled else ():
            yield _problem(watch, key, what, cure, fatal=False)


def _problem(watch: Watch, key: str, text: str, cure: str, *, fatal: bool = True) -> QueryProblem:
    return QueryProblem(kind="watch", id=watch.id, key=key, text=text, cure=cure, fatal=fatal)


def _cure_of(never: Condition) -> str:
    return "its parts exclude each other" if len(never.tests) > 1 else "remove it"


def _doubts(condition: Condition, known: _Known) -> Iterator[_Doubt]:
    """What can be read, but hardly is as it was meant."""
    if not can_fail(condition):
        yield f"{condition} is always true", "remove it, or ask for more"
    strangers = []
    if known.feeds is not None:
        strangers = list(_strangers(condition, known.feeds))
        yield from strangers
        yield from _misspelt_owners(condition, known.feeds)
    far = list(_out_of_reach(condition, known.most))
    yield from far
    if known.feeds and not strangers and not far:
        yield from _without_source(condition, known.feeds)


def _strangers(condition: Condition, feeds: tuple[Feed, ...]) -> Iterator[_Doubt]:
    """Parties for which nobody speaks."""
    parties = sorted({party for feed in feeds for party in feed.authority_for})
    asked = [v for test in condition.tests if test.field == "authority" for v in test.values]
    for party in dict.fromkeys(asked):
        if party not in parties:
            what = f"no feed has authority for {party!r}"
            yield what, _nearest(party, parties) or f"known: {', '.join(parties) or 'none'}"


def _misspelt_owners(condition: Condition, feeds: tuple[Feed, ...]) -> Iterator[_Doubt]:
    """Names that are nearly those of an owner; others may be sites that an aggregator names."""
    owners = sorted({feed.owner for feed in feeds})
    folded = {owner.casefold() for owner in owners}
    asked = [v for test in condition.tests if test.field == "owner" for v in test.values]
    for owner in dict.fromkeys(asked):
        if owner.casefold() not in folded and (cure := _nearest(owner, owners)):
            yield f"no feed has the owner {owner!r}", cure


def _out_of_reach(condition: Condition, most: dict[str, int]) -> Iterator[_Doubt]:
    """Numbers that are greater than there can be."""
    for test in _asserted(condition):
        if FIELDS[test.field].kind is not Kind.NUMBER or test.field not in most:
            continue
        number = int(test.values[0]) + (test.op is Op.GT)
        rises = test.op in (Op.GE, Op.GT, Op.EQ, Op.REACHES)
        if rises and number > most[test.field]:
            there = {"watches": "enabled watches", "parties": "parties with an enabled feed"}
            what = f"{test} is out of reach: there are {most[test.field]} {there[test.field]}"
            yield what, "write a smaller number"


def _asserted(condition: Condition) -> Iterator[Test]:
    """The tests that are not under `not`."""
    if isinstance(condition, Test):
        yield condition
    elif not isinstance(condition, Not):
        for part in condition.parts:
            yield from _asserted(part)


def _without_source(condition: Condition, feeds: tuple[Feed, ...]) -> Iterator[_Doubt]:
    enabled = [source_of(feed) for feed in feeds if feed.enabled]
    if not enabled or can_hold(condition, enabled):
        return
    able = [feed for feed in feeds if not feed.enabled and can_hold(condition, [source_of(feed)])]
    alive = [feed.id for feed in able if not feed.disabled_reason.startswith("dead")]
    cure = "no feed could: add one of that tier and authority"
    if alive:
        more = len(alive) - _NAMED
        names = [*alive[:_NAMED], *([f"{more} more"] if more > 0 else [])]
        cure = f"enable {' or '.join(names)}"
    elif able:
        cure = f"those that could are dead ({', '.join(feed.id for feed in able[:_NAMED])})"
    yield "no enabled feed can make it true", cure


def _nearest(name: str, known: list[str]) -> str:
    by_folded = {one.casefold(): one for one in known}
    near = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return f"did you mean '{by_folded[near[0]]}'?" if near else ""
