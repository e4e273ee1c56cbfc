"""The configuration folder → `Config`, or what is wrong where."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from monitor.config.addresses import PLACEHOLDER, own_ranges
from monitor.config.files import read_folder
from monitor.config.findings import Findings
from monitor.config.reading import Reader, Reading
from monitor.config.references import Checker, bridged, where_of
from monitor.config.routing import RoutingChecker
from monitor.config.shipped import default_folder, init
from monitor.core.query import QueryProblem
from monitor.errors import ConfigError, Problem
from monitor.model import Feed, Inhibition, Lexicon, Route, Settings, Watch, WebhookConfig

__all__ = ["Config", "check", "default_folder", "init", "load"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration without a fatal problem.

    Attributes:
        folder: Where it was read from.
        feeds, watches, webhooks: By id, the disabled ones too. The options of a disabled webhook
            are None, as its secrets need not be there.
        warnings: What is likely a mistake, but does not stop the start.
        reading: Everything as it stands in the folder.
    """

    folder: Path
    settings: Settings
    feeds: Mapping[str, Feed]
    watches: Mapping[str, Watch]
    lexicon: Lexicon
    webhooks: Mapping[str, WebhookConfig]
    routes: tuple[Route, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    warnings: tuple[Problem, ...] = ()
    reading: Reading = field(repr=False)

    def placed(self, problems: Iterable[QueryProblem]) -> list[Problem]:
        """What was found out about watches and lexicon, with file and key."""
        findings = Findings()
        for problem in problems:
            place, key = where_of(problem, self.reading)
            tell = findings.error if problem.fatal else findings.warning
            tell(place, key, problem.text, problem.cure)
        return list(findings.sorted())


def load(
    folder: Path,
    kinds: Mapping[str, type],
    env: Mapping[str, str] | None = None,
    *,
    secrets_of: Collection[str] | None = None,
) -> Config:
    """Read a configuration folder.

    Args:
        kinds: Webhook kind → dataclass of its options.
        env: Where `env:NAME` leads; None: the environment of the process.
        secrets_of: Webhooks whose secrets are fetched; the options of the others are None. None:
            all that are enabled.

    Raises:
        ConfigError: With every problem of the folder, warnings included.
    """
    reading, problems = _read(folder, kinds, env, secrets_of)
    if reading is None or any(problem.fatal for problem in problems):
        raise ConfigError(problems)
    return Config(
        folder=folder,
        settings=reading.settings,
        feeds=MappingProxyType(
            {name: _ready(feed, reading.settings) for name, feed in reading.feeds.values.items()}
        ),
        watches=MappingProxyType(reading.watches.values),
        lexicon=reading.lexicon,
        webhooks=MappingProxyType(reading.webhooks.values),
        routes=tuple(reading.routes.values.values()),
        inhibitions=tuple(reading.inhibitions.values.values()),
        warnings=problems,
        reading=reading,
    )


def check(
    folder: Path, kinds: Mapping[str, type], env: Mapping[str, str] | None = None
) -> list[Problem]:
    """Everything that is wrong with a configuration folder, by file; warnings are not fatal."""
    return list(_read(folder, kinds, env)[1])


def _read(
    folder: Path,
    kinds: Mapping[str, type],
    env: Mapping[str, str] | None,
    secrets_of: Collection[str] | None = None,
) -> tuple[Reading | None, tuple[Problem, ...]]:
    findings = Findings()
    found = read_folder(folder, findings)
    if not found.documents:
        return None, findings.sorted()
    environment = os.environ if env is None else env
    reader = Reader(
        folder=folder, kinds=kinds, env=environment, findings=findings, secrets_of=secrets_of
    )
    reading = reader.read(found)
    Checker(reading=reading, findings=findings).check()
    RoutingChecker(reading=reading, findings=findings).check()
    return reading, findings.sorted()


def _ready(feed: Feed, settings: Settings) -> Feed:
    """The feed with what depends on other tables filled in."""
    name = feed.name or feed.id
    reason = "" if feed.enabled else feed.disabled_reason or "switched off"
    if not settings.rsshub or not any(
        address.startswith(PLACEHOLDER) for address in (feed.url, *feed.mirrors)
    ):
        return replace(feed, name=name, disabled_reason=reason)
    return replace(
        feed,
        name=name,
        disabled_reason=reason,
        url=bridged(feed.url, settings.rsshub),
        mirrors=tuple(bridged(mirror, settings.rsshub) for mirror in feed.mirrors),
        allow_private=(*feed.allow_private, *own_ranges(settings.rsshub)),
    )
