"""The configuration folder → `Config`, or what is wrong where."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from monitor.config.addresses import PLACEHOLDER, own_ranges
from monitor.config.files import read_folder
from monitor.config.findings import Findings
from monitor.config.reading import Reader, Reading, Tables
from monitor.config.references import Checker, bridged, where_of
from monitor.config.routing import RoutingChecker
from monitor.config.shapes import SETTINGS
from monitor.config.shipped import default_folder, init
from monitor.core.query import QueryProblem
from monitor.errors import ConfigError, Problem
from monitor.model import Feed, Inhibition, Lexicon, Route, Settings, Watch, WebhookConfig

__all__ = ["Config", "check", "default_folder", "init", "load", "paced"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration without a fatal problem.

    Attributes:
        folder: Where it was read from.
        feeds, watches, webhooks: By id, the disabled ones too. The options of a disabled webhook
            are None, as its secrets need not be there.
        warnings: What is likely a mistake, but does not stop the start.
        passed_over: Errors in what the caller does not use.
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
    passed_over: tuple[Problem, ...] = ()
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
    feed_secrets: bool | None = None,
    uses: Collection[str] | None = None,
) -> Config:
    """Read a configuration folder.

    Args:
        kinds: Webhook kind → dataclass of its options.
        env: Where `env:NAME` leads; None: the environment of the process.
        secrets_of: Webhooks whose secrets are fetched; the options of the others are None. None:
            all that are enabled.
        feed_secrets: Whether the secrets of enabled feeds are fetched, too; else they are empty.
            None: if those of all webhooks are.
        uses: Files and folders (`webhooks.toml`, `feeds`) in which nothing may be wrong, besides
            what names the database. What is wrong elsewhere is passed over, with the table or key
            it stands in. None: all.

    Raises:
        ConfigError: With every problem of the folder, warnings included.
    """
    reading, problems = _read(folder, kinds, env, secrets_of, feed_secrets)
    errors = [problem for problem in problems if problem.fatal]
    if reading is None or any(uses is None or _concerns(one, uses) for one in errors):
        raise ConfigError(problems)
    return Config(
        folder=folder,
        settings=reading.settings,
        feeds=MappingProxyType(
            {name: _ready(feed, reading.settings) for name, feed in _named(reading.feeds).items()}
        ),
        watches=MappingProxyType(_named(reading.watches)),
        lexicon=reading.lexicon,
        webhooks=MappingProxyType(reading.webhooks.values),
        routes=tuple(_named(reading.routes).values()),
        inhibitions=tuple(_named(reading.inhibitions).values()),
        warnings=tuple(problem for problem in problems if not problem.fatal),
        passed_over=tuple(errors),
        reading=reading,
    )


def _named(tables: Tables[T]) -> dict[str, T]:
    """Without those that have no id of their own."""
    return {name: value for name, value in tables.values.items() if not name.startswith("?")}


def _concerns(problem: Problem, uses: Collection[str]) -> bool:
    """Whether it stands in one of these, or leaves open which database is meant."""
    file, _, key = problem.where.partition(": ")
    if file == "monitor.toml" and not key.startswith(_NOT_OF_THE_DATABASE):
        return True
    return file.partition("/")[0] in uses


_NOT_OF_THE_DATABASE = tuple(f"{section}." for section in SETTINGS if section != "service")


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
    feed_secrets: bool | None = None,
) -> tuple[Reading | None, tuple[Problem, ...]]:
    findings = Findings()
    found = read_folder(folder, findings)
    if not found.documents:
        return None, findings.sorted()
    environment = os.environ if env is None else env
    reader = Reader(
        folder=folder,
        kinds=kinds,
        env=environment,
        findings=findings,
        secrets_of=secrets_of,
        feed_secrets=secrets_of is None if feed_secrets is None else feed_secrets,
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


def paced(feed: Feed, settings: Settings) -> Feed:
    """With how it is asked: what it says itself, else the settings.

    Its interval is a word of its own, too: the settings neither slow it down nor speed it up.
    """
    least = feed.min_interval or min(
        settings.min_interval, feed.interval, feed.max_latency or feed.interval
    )
    return replace(
        feed,
        adaptive=settings.adaptive if feed.adaptive is None else feed.adaptive,
        min_interval=least,
        max_latency=feed.max_latency or max(settings.max_latency, feed.interval, least),
    )
