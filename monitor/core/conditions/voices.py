"""Who could make the conditions of a watch true: its official sources."""

from collections.abc import Iterable, Iterator

from monitor.core.conditions.parser import parse
from monitor.core.conditions.reach import Source, can_hold, needs, source_of
from monitor.core.conditions.tree import Condition
from monitor.errors import ConditionError
from monitor.model import Feed, Tier, Watch


def conditions_of(watch: Watch) -> Iterator[tuple[str, str]]:
    """Key and text of each condition, as in "escalate[1].when", "silence[0].arm"."""
    for number, rule in enumerate(watch.escalations):
        if rule.when:
            yield f"escalate[{number}].when", rule.when
    for number, silence in enumerate(watch.expectations):
        yield f"silence[{number}].arm", silence.arm
        yield f"silence[{number}].expect", silence.expect


def voices_of(watch: Watch, feeds: Iterable[Feed]) -> dict[str, tuple[Feed, ...]]:
    """Text of each condition that an official source alone can make true -> feeds that could."""
    among = list(feeds)
    return {
        text: tuple(feed for feed in among if can_hold(condition, [source_of(feed)]))
        for text, condition in _readable(watch)
        if needs(condition, Tier.OFFICIAL_PRIMARY)
    }


def waits_for(watch: Watch, tier: Tier, party: str) -> bool:
    """Whether a condition needs a source of this tier, and one of this party would do."""
    source = Source(tier, frozenset((party,)))
    return any(
        needs(condition, tier) and can_hold(condition, [source])
        for _, condition in _readable(watch)
    )


def _readable(watch: Watch) -> Iterator[tuple[str, Condition]]:
    for _, text in conditions_of(watch):
        try:
            yield text, parse(text)
        except ConditionError:
            continue  # told by lint
