"""Where a problem is, and all problems found so far."""

from collections.abc import Callable
from dataclasses import dataclass, field

from monitor.config.addresses import Flaw
from monitor.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A table in a file, as in `watches/rail.toml: watch "kp-border-rail"`.

    Attributes:
        order: Position of the table in its file; problems are told in this order.
    """

    file: str
    label: str = ""
    order: int = 0

    def key(self, key: str) -> str:
        return ": ".join(part for part in (self.file, self.label, key) if part)


@dataclass(frozen=True, slots=True)
class Findings:
    """Every problem found in a folder."""

    _found: list[tuple[str, int, Problem]] = field(default_factory=list)

    def error(self, place: Place, key: str, what: str, cure: str = "") -> None:
        """Note what stops the start."""
        self._add(place, Problem(where=place.key(key), what=what, cure=cure))

    def warning(self, place: Place, key: str, what: str, cure: str = "") -> None:
        """Note what is likely a mistake, but can be run."""
        self._add(place, Problem(where=place.key(key), what=what, cure=cure, fatal=False))

    def is_told(self, place: Place, key: str) -> bool:
        """Whether an error of this key, or of a part of it, was noted."""
        at = place.key(key)
        return any(
            known.fatal and (known.where == at or known.where.startswith(f"{at}: "))
            for _, _, known in self._found
        )

    def has_error_in(self, folder: str) -> bool:
        """Whether an error was noted in a file of this folder."""
        return any(p.fatal and p.where.startswith(f"{folder}/") for _, _, p in self._found)

    def judge(self, place: Place, key: str, judge: Callable[[], Flaw | None]) -> None:
        """Note the flaw that a judgement names, if any."""
        if flaw := judge():
            self.error(place, key, *flaw)

    def _add(self, place: Place, problem: Problem) -> None:
        if all(problem != known for _, _, known in self._found):
            self._found.append((place.file, place.order, problem))

    def sorted(self) -> tuple[Problem, ...]:
        """By file, then in the order of its tables."""
        return tuple(problem for _, _, problem in sorted(self._found, key=lambda f: f[:2]))
