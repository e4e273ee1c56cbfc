"""What a check says."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Level(StrEnum):
    """How bad it is, best first."""

    OK = "ok"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the screen.

    Attributes:
        check: Name of the check.
        cure: What to do; empty if it is well.
    """

    level: Level
    text: str
    cure: str = ""
    check: str = ""


def well(text: str) -> Finding:
    return Finding(level=Level.OK, text=text)


def warning(text: str, cure: str) -> Finding:
    return Finding(level=Level.WARNING, text=text, cure=cure)


def bad(text: str, cure: str) -> Finding:
    return Finding(level=Level.BAD, text=text, cure=cure)


def named(finding: Finding, check: str) -> Finding:
    return replace(finding, check=check)


def listed(names: list[str], at_most: int = 5) -> str:
    """As in "a, b and 3 more"."""
    more = len(names) - at_most
    return ", ".join(names[:at_most]) + (f" and {more} more" if more > 0 else "")
