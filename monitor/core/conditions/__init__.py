"""Conditions on what an item is to its story: text -> value -> does it hold, and of what.

facts says what may be asked, parser reads a text, tree answers, reach says what a condition can
come to, lint what is wrong with those of a watch, voices who could make it true.
"""

from monitor.core.conditions.facts import Facts
from monitor.core.conditions.lint import problems
from monitor.core.conditions.parser import parse
from monitor.core.conditions.reach import can_hold
from monitor.core.conditions.tree import And, Condition, Not, Op, Or, Test
from monitor.core.conditions.voices import conditions_of, voices_of, waits_for

__all__ = [
    "And",
    "Condition",
    "Facts",
    "Not",
    "Op",
    "Or",
    "Test",
    "can_hold",
    "conditions_of",
    "parse",
    "problems",
    "voices_of",
    "waits_for",
]
