"""Webhooks that take nothing, as far as the service has seen; --online connects to them."""

from collections.abc import Iterable, Iterator, Mapping

from monitor import bootstrap
from monitor.core.inert import one_line
from monitor.doctor.finding import Finding, bad, listed, warning, well
from monitor.doctor.world import World
from monitor.errors import ConfigError
from monitor.model import WebhookState

PLACE = 170


def look(world: World) -> Iterable[Finding]:
    if world.config is None:
        return []
    enabled = [name for name, one in world.config.webhooks.items() if one.enabled]
    states = world.archive.webhook_states() if world.archive else {}
    found = list(judge(enabled, states))
    if world.online:
        found += reached(_reached(world, enabled))
    return found


def judge(enabled: list[str], states: Mapping[str, WebhookState]) -> Iterator[Finding]:
    known = [states[name] for name in enabled if name in states]
    disabled = [one.webhook for one in known if one.disabled_at]
    failing = [one for one in known if one.failing_since and not one.disabled_at]
    for name in disabled:
        problem = one_line(states[name].problem)
        cure = f"put it right, then 'news-monitor webhook enable {name}'"
        yield bad(f"{name} is disabled: {problem or 'it refused for days'}", cure)
    for one in failing:
        since = f"{one.failing_since:%Y-%m-%d %H:%MZ}"
        cure = f"'news-monitor webhook test {one.webhook}' tells what it says now"
        yield warning(f"{one.webhook} fails since {since}: {one_line(one.problem)}", cure)
    if not disabled and not failing:
        names = listed(enabled) or "none is enabled"
        yield well(f"no webhook is known to fail ({names})")


def reached(answers: Mapping[str, str]) -> Iterator[Finding]:
    """Args: webhook -> why it cannot be reached; empty: it can."""
    for name, problem in answers.items():
        if problem:
            cure = "is the address right, and may this machine connect there?"
            yield bad(f"{name} cannot be reached: {problem}", cure)
    if well_reached := [name for name, problem in answers.items() if not problem]:
        yield well(f"reached (nothing was sent): {listed(well_reached)}")


def _reached(world: World, enabled: list[str]) -> dict[str, str]:
    found = {}
    for name in enabled:
        try:
            config = bootstrap.load(world.folder, secrets_of=(name,), uses=("webhooks.toml",))
        except ConfigError:
            found[name] = "its secret is not at hand here ('news-monitor check' tells which)"
            continue
        problem = bootstrap.reach(config, name)
        if problem is not None:
            found[name] = problem
    return found
