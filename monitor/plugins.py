"""Names in configuration -> classes: the built-in map, then entry points.

A webhook kind is a class with `Options` (a dataclass: what its table in webhooks.toml may hold)
that is made as `kind(id, options, session)` and fulfils `ports.Webhook`. Others are announced as
entry points of the group "news_monitor.webhooks"; only names that a configuration uses are
imported, and none may shadow a built-in one.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol

from monitor.errors import ConfigError, Problem
from monitor.ports import Webhook

GROUP = "news_monitor.webhooks"
_BUILT_IN = {
    "standard": "monitor.adapters.webhooks.standard:StandardWebhook",
    "slack": "monitor.adapters.webhooks.slack:SlackWebhook",
    "discord": "monitor.adapters.webhooks.discord:DiscordWebhook",
    "teams": "monitor.adapters.webhooks.teams:TeamsWebhook",
    "mattermost": "monitor.adapters.webhooks.mattermost:MattermostWebhook",
    "telegram": "monitor.adapters.webhooks.telegram:TelegramWebhook",
    "matrix": "monitor.adapters.webhooks.matrix:MatrixWebhook",
    "ntfy": "monitor.adapters.webhooks.ntfy:NtfyWebhook",
    "pagerduty": "monitor.adapters.webhooks.pagerduty:PagerdutyWebhook",
    "email": "monitor.adapters.webhooks.email:EmailWebhook",
    "file": "monitor.adapters.webhooks.file:FileWebhook",
    "apprise": "monitor.adapters.webhooks.apprise:AppriseWebhook",
    "console": "monitor.adapters.webhooks.console:ConsoleWebhook",
}


class WebhookKind(Protocol):
    """The class behind a kind."""

    Options: type[Any]

    def __call__(self, id: str, options: Any, session: Any) -> Webhook: ...  # noqa: A002


def webhook_kind(name: str) -> WebhookKind:
    """The class of a kind.

    Raises:
        ConfigError: Unknown, claimed twice, shadowing a built-in, or it cannot be imported.
    """
    if name in _BUILT_IN:
        module, _, attribute = _BUILT_IN[name].partition(":")
        kind: WebhookKind = getattr(import_module(module), attribute)
        return kind
    found = _announced().get(name, [])
    if len(found) != 1:
        what = f"{len(found)} packages claim" if found else "nothing provides"
        raise _refused(name, f"{what} the webhook kind '{name}'")
    try:
        loaded: WebhookKind = found[0].load()
    except Exception as exc:
        raise _refused(name, f"importing {found[0].value} failed: {type(exc).__name__}") from exc
    return loaded


class WebhookOptions(Mapping[str, type[Any]]):
    """Kind -> its options type, imported when asked for."""

    def __getitem__(self, name: str) -> type[Any]:
        if name not in self._kinds:
            raise KeyError(name)
        return webhook_kind(name).Options

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._kinds))

    def __len__(self) -> int:
        return len(self._kinds)

    @cached_property
    def _kinds(self) -> frozenset[str]:
        # Once: to look through all packages takes longer than to read a webhook.
        return frozenset((*_BUILT_IN, *_announced()))


def _announced() -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        if point.name in _BUILT_IN:
            raise _refused(point.name, f"{point.value} shadows the built-in kind '{point.name}'")
        found.setdefault(point.name, []).append(point)
    return found


def _refused(name: str, what: str) -> ConfigError:
    cure = "remove the package that announces it, or mend it"
    return ConfigError((Problem(where=f"webhook kind '{name}'", what=what, cure=cure),))
