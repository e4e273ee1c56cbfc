"""What 'news-monitor check' says, in a few lines."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from monitor.core.inert import one_line
from monitor.doctor.finding import Finding, bad, warning, well
from monitor.doctor.world import World
from monitor.errors import Problem

PLACE = 50

_CURE = "'news-monitor check' tells each with its cure"


def look(world: World) -> Iterable[Finding]:
    errors = [one for one in world.problems if one.fatal]
    # Those that are left where no secret is asked for.
    lasting = world.config.passed_over if world.config else errors
    return judge(str(world.folder), world.problems, lasting)


def judge(
    folder: str, problems: Sequence[Problem], lasting: Collection[Problem]
) -> Iterator[Finding]:
    """Args: lasting: the errors that have nothing to do with secrets."""
    errors = [one for one in problems if one.fatal and one in lasting]
    secrets = [one for one in problems if one.fatal and one not in lasting]
    warnings = [one for one in problems if not one.fatal]
    if errors:
        yield bad(f"{folder}: {_counted(errors, 'error')}: the service would not start", _CURE)
    if secrets:
        cure = "right if the service alone has them; else see 'news-monitor check'"
        yield warning(f"{folder}: {_counted(secrets, 'secret')}, not at hand here", cure)
    if warnings:
        yield warning(f"{folder}: {_counted(warnings, 'warning')}", _CURE)
    if not problems:
        yield well(f"{folder} has no mistakes")


def _counted(problems: Sequence[Problem], noun: str) -> str:
    first = problems[0]
    plural = "" if len(problems) == 1 else "s"
    return f"{len(problems)} {noun}{plural}, first {one_line(f'{first.where}: {first.what}')}"
