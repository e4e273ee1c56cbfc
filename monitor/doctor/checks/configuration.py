"""What 'news-monitor check' says, in two lines."""

from collections.abc import Iterable, Iterator, Sequence

from monitor.core.inert import one_line
from monitor.doctor.finding import Finding, bad, warning, well
from monitor.doctor.world import World
from monitor.errors import Problem

PLACE = 50

_CURE = "'news-monitor check' tells each with its cure"


def look(world: World) -> Iterable[Finding]:
    return judge(str(world.folder), world.problems)


def judge(folder: str, problems: Sequence[Problem]) -> Iterator[Finding]:
    errors = [one for one in problems if one.fatal]
    warnings = [one for one in problems if not one.fatal]
    if errors:
        yield bad(f"{folder}: {_counted(errors, 'error')}: the service would not start", _CURE)
    if warnings:
        yield warning(f"{folder}: {_counted(warnings, 'warning')}", _CURE)
    if not problems:
        yield well(f"{folder} has no mistakes")


def _counted(problems: Sequence[Problem], noun: str) -> str:
    first = problems[0]
    plural = "" if len(problems) == 1 else "s"
    return f"{len(problems)} {noun}{plural}, first {one_line(f'{first.where}: {first.what}')}"
