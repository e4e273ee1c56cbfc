"""Conditions as values: whether they hold, of what, and how they are written."""

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from monitor.core.conditions.facts import FIELDS, NONE, Facts, Kind
from monitor.core.query.filters import primary
from monitor.model import Tier

KEYWORDS = frozenset(("and", "or", "not", "in", "reaches", "changed", "to"))
_BARE = re.compile(r"\w[\w.:-]*")


class Op(StrEnum):
    """What a test does with its field."""

    EQ = "=="
    NE = "!="
    GE = ">="
    GT = ">"
    LE = "<="
    LT = "<"
    IN = "in"
    NOT_IN = "not in"
    REACHES = "reaches"
    CHANGED = "changed"
    CHANGED_TO = "changed to"


COMPARISONS: Mapping[Op, Callable[[int, int], bool]] = {
    Op.EQ: eq,
    Op.NE: ne,
    Op.GE: ge,
    Op.GT: gt,
    Op.LE: le,
    Op.LT: lt,
}
_NEGATIONS = (Op.NE, Op.NOT_IN)
_ORDERS = (Op.GE, Op.GT, Op.LE, Op.LT)


class Condition(ABC):
    """Something that is true of an item in its story, or is not; `str` writes it as it is read."""

    __slots__ = ()

    def holds(self, facts: Facts) -> bool:
        return bool(self.told_of(facts))

    @abstractmethod
    def told_of(self, facts: Facts) -> str:
        """What made it true, in short: the same for facts that do so in the same way.

        Holds words of the condition, numbers, claims, tiers and days alone, nothing that a feed
        wrote. Empty: it does not hold.
        """

    @property
    @abstractmethod
    def parts(self) -> tuple["Condition", ...]:
        """Those right below it, in the order of the text."""

    @property
    def tests(self) -> tuple["Test", ...]:
        """All single tests in it."""
        return tuple(test for part in self.parts for test in part.tests)

    @property
    def fields(self) -> frozenset[str]:
        """The names that it asks for."""
        return frozenset(test.field for test in self.tests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Test(Condition):
    """One question to one field.

    Attributes:
        values: As they are written, claims and tiers in small letters; a number is a text, too.
        at: Where it stands in its text.
    """

    __test__ = False  # for pytest, which would take it for a test of its own

    field: str
    op: Op
    values: tuple[str, ...] = ()
    at: int = dataclasses.field(default=0, compare=False)

    @property
    def parts(self) -> tuple[Condition, ...]:
        return ()

    @property
    def tests(self) -> tuple["Test", ...]:
        return (self,)

    def told_of(self, facts: Facts) -> str:
        kind = FIELDS[self.field].kind
        if self.op in (Op.CHANGED, Op.CHANGED_TO):
            return self._change(facts)
        if kind is Kind.NUMBER:
            return self._count(facts)
        if kind is Kind.TIER and self.op in _ORDERS:
            # A source that is closer to the event is the greater one, and has the smaller rank.
            limit = Tier(self.values[0]).rank
            return self._key(self.values) if COMPARISONS[self.op](limit, facts.tier.rank) else ""
        found = self._found(facts, kind)
        if self.op in _NEGATIONS:
            return "" if found else self._key(self.values)
        return self._key(found) if found else ""

    def _change(self, facts: Facts) -> str:
        now, before = self._both(facts)
        # What a lesser source says may be cleared; elsewhere to know less is no news.
        if now == before or (now is None and self.field != "disputed"):
            return ""
        value = NONE if now is None else str(now)
        wanted = self.op is Op.CHANGED or value in self.values
        return f"{self.field} changed to {value}" if wanted else ""

    def _count(self, facts: Facts) -> str:
        wanted = int(self.values[0])
        now = getattr(facts, FIELDS[self.field].now)
        if self.op is Op.REACHES:
            _, before = self._both(facts)
            return f"{self.field} reaches {wanted}" if before < wanted <= now else ""
        return self._key(self.values) if COMPARISONS[self.op](now, wanted) else ""

    def _both(self, facts: Facts) -> tuple[Any, Any]:
        changed = FIELDS[self.field].changed
        assert changed is not None, "the parser lets nothing else through"
        after, before = changed
        return getattr(facts, after), getattr(facts, before)

    def _found(self, facts: Facts, kind: Kind) -> tuple[str, ...]:
        """Those of the wanted values that the field has."""
        value = getattr(facts, FIELDS[self.field].now)
        match kind:
            case Kind.PARTIES:
                return tuple(sorted(set(self.values) & value))
            case Kind.TEXT:
                folded: Callable[[str], str] = primary if self.field == "language" else str.casefold
                return tuple(one for one in self.values if folded(one) == folded(value))[:1]
            case _:
                shown = NONE if value is None else str(value)
                return (shown,) if shown in self.values else ()

    def _key(self, values: tuple[str, ...]) -> str:
        sign = {Op.EQ: "=", Op.IN: "=", Op.NOT_IN: "!="}.get(self.op, self.op.value)
        if FIELDS[self.field].kind is Kind.NUMBER:
            sign = self.op.value
        return f"{self.field}{sign}{','.join(values)}"

    def __str__(self) -> str:
        match self.op:
            case Op.CHANGED:
                return f"{self.field} changed"
            case Op.IN | Op.NOT_IN:
                return f"{self.field} {self.op} {_listed(self.values)}"
            case Op.CHANGED_TO if len(self.values) > 1:
                return f"{self.field} {self.op} {_listed(self.values)}"
            case _:
                return f"{self.field} {self.op} {_written(self.values[0])}"


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """True if the other is not."""

    child: Condition

    @property
    def parts(self) -> tuple[Condition, ...]:
        return (self.child,)

    def told_of(self, facts: Facts) -> str:
        return "" if self.child.holds(facts) else str(self)

    def __str__(self) -> str:
        return f"not {_inside(self.child, And, Or)}"


@dataclass(frozen=True, slots=True)
class And(Condition):
    """True if all are."""

    children: tuple[Condition, ...]

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.children

    def told_of(self, facts: Facts) -> str:
        told = [child.told_of(facts) for child in self.children]
        return " & ".join(told) if all(told) else ""

    def __str__(self) -> str:
        return " and ".join(_inside(child, And, Or) for child in self.children)


@dataclass(frozen=True, slots=True)
class Or(Condition):
    """True if one is; told of the first that is, so that a second one is nothing new."""

    children: tuple[Condition, ...]

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.children

    def told_of(self, facts: Facts) -> str:
        return next((told for child in self.children if (told := child.told_of(facts))), "")

    def __str__(self) -> str:
        return " or ".join(_inside(child, Or) for child in self.children)


def _inside(child: Condition, *in_brackets: type[Condition]) -> str:
    return f"({child})" if isinstance(child, in_brackets) else str(child)


def _listed(values: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_written, values))}]"


def _written(value: str) -> str:
    if _BARE.fullmatch(value) and value.casefold() not in KEYWORDS:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
