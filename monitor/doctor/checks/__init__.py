"""One file a check: `PLACE` is where it stands on the screen, `look` what it finds."""

import pkgutil
from collections.abc import Callable, Iterable
from importlib import import_module

from monitor.doctor.finding import Finding
from monitor.doctor.world import World

Look = Callable[[World], Iterable[Finding]]


def all_checks() -> list[tuple[str, Look]]:
    """Every check of this package, in the order of the screen."""
    modules = [import_module(f"{__name__}.{one.name}") for one in pkgutil.iter_modules(__path__)]
    placed = sorted(modules, key=lambda module: (module.PLACE, module.__name__))
    return [(module.__name__.rpartition(".")[2], module.look) for module in placed]
