"""What is different between two configurations, for one line of the log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from monitor.config import Config
from monitor.config.shapes import SETTINGS
from monitor.model import Settings

AT_THE_START = frozenset(
    {"service.database", "service.parse_workers", "cluster.stall", "web.listen"}
)
"""Settings that are looked at when the service starts, and never again."""

_NAMED_AT_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Names of what is new, gone or different, each in alphabetical order.

    Attributes:
        settings_changed: As in `fetch.host_gap`.
        lexicon_changed: Groups and masks, new and gone ones as well, as in `groups.kp`.
        routes_changed: Routes and inhibitions, new and gone ones as well; their order counts.
        needs_restart: Settings of which the service uses another value than the configuration says.
    """

    feeds_added: tuple[str, ...] = ()
    feeds_removed: tuple[str, ...] = ()
    feeds_changed: tuple[str, ...] = ()
    watches_added: tuple[str, ...] = ()
    watches_removed: tuple[str, ...] = ()
    watches_changed: tuple[str, ...] = ()
    webhooks_added: tuple[str, ...] = ()
    webhooks_removed: tuple[str, ...] = ()
    webhooks_changed: tuple[str, ...] = ()
    lexicon_changed: tuple[str, ...] = ()
    routes_changed: tuple[str, ...] = ()
    settings_changed: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many things are different."""
        names = (field.name for field in fields(self) if field.name != "needs_restart")
        return sum(len(getattr(self, name)) for name in names)

    def told(self) -> dict[str, list[str]]:
        """Those that there are, of many the first twenty and how many more."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {key: _shortened(names) for key, names in found.items() if names}


def changes(old: Config, new: Config, started: Settings) -> Changes:
    """Compare two configurations.

    Args:
        started: With which the service started.
    """
    feeds = _compared(old.feeds, new.feeds)
    watches = _compared(old.watches, new.watches)
    webhooks = _compared(old.webhooks, new.webhooks)
    lexicon = _compared(_lists(old), _lists(new))
    routes = _compared(_ways(old), _ways(new))
    order = _order(old, new)
    return Changes(
        feeds_added=feeds[0],
        feeds_removed=feeds[1],
        feeds_changed=feeds[2],
        watches_added=watches[0],
        watches_removed=watches[1],
        watches_changed=watches[2],
        webhooks_added=webhooks[0],
        webhooks_removed=webhooks[1],
        webhooks_changed=webhooks[2],
        lexicon_changed=_sorted(name for names in lexicon for name in names),
        routes_changed=_sorted([*(name for names in routes for name in names), *order]),
        settings_changed=_settings_changed(old.settings, new.settings),
        needs_restart=tuple(
            name
            for name in _settings_changed(started, new.settings)
            if name in AT_THE_START or (name == "web.token" and _opens(started, new.settings))
        ),
    )


def _compared(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Added, removed, changed."""
    both = old.keys() & new.keys()
    return (
        _sorted(new.keys() - old.keys()),
        _sorted(old.keys() - new.keys()),
        _sorted(name for name in both if old[name] != new[name]),
    )


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _lists(config: Config) -> dict[str, object]:
    lexicon = config.lexicon
    return {
        f"{kind}.{name}": terms
        for kind, lists in (("groups", lexicon.groups), ("masks", lexicon.masks))
        for name, terms in lists.items()
    }


def _ways(config: Config) -> dict[str, object]:
    routes = {one.id: one for one in config.routes}
    return {**routes, **{one.id: one for one in config.inhibitions}}


def _order(old: Config, new: Config) -> tuple[str, ...]:
    """Routes that are the same, but stand in another order."""
    before, after = [one.id for one in old.routes], [one.id for one in new.routes]
    stayed = [one for one in before if one in after]
    now = [one for one in after if one in before]
    return tuple(one for one, other in zip(stayed, now, strict=True) if one != other)


def _settings_changed(old: Settings, new: Settings) -> tuple[str, ...]:
    return _sorted(
        f"{section}.{key}"
        for section, keys in SETTINGS.items()
        for key, field in keys.items()
        if getattr(old, field) != getattr(new, field)
    )


def _opens(started: Settings, now: Settings) -> bool:
    """Whether a page that could only show may be used to act from now on, or the reverse."""
    return bool(started.web_token.reveal()) != bool(now.web_token.reveal())


def _shortened(names: tuple[str, ...]) -> list[str]:
    more = len(names) - _NAMED_AT_MOST
    return [*names[:_NAMED_AT_MOST], *([f"and {more} more"] if more > 0 else [])]
