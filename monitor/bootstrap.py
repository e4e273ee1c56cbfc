"""Config -> Monitor: the only place where adapters meet."""

import os
import random
import ssl
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from monitor import __version__
from monitor import config as configuration
from monitor.adapters import sqlite
from monitor.adapters.feeds import ChildParser
from monitor.adapters.http.errors import HttpError
from monitor.adapters.http.fetcher import HttpFetcher
from monitor.adapters.http.ping import ping
from monitor.adapters.http.politeness import HostRules
from monitor.adapters.http.reach import reach as http_reach
from monitor.adapters.http.session import Session
from monitor.adapters.http.sockets import tls_context
from monitor.adapters.sql.archive import SqlArchive
from monitor.adapters.systemd import Systemd
from monitor.backtest import CHANGED
from monitor.cluster.leases import LASTS
from monitor.cluster.process import Process
from monitor.config import Config, paced
from monitor.config.sources import Sources
from monitor.core.company import STORY
from monitor.core.dispatch import rest_of
from monitor.core.query import (
    LOOKED_AT,
    QUIET,
    Regression,
    compile_watches,
    quiet_problems,
    regressions,
    survey,
    survey_problems,
)
from monitor.core.urls import host_of, is_http, outlet_of
from monitor.core.versions import lexicon_version, watch_version
from monitor.databases import (
    AnyStore,
    Database,
    EngineKind,
    File,
    Served,
    database_of,
    engine_on,
    shared,
)
from monitor.engine import Engine, Kind
from monitor.errors import Problem, StoreError
from monitor.house import prune_all
from monitor.model import DIRECT, Feed, Lexicon, Pruned, Rated, Secret, Settings, Tier, Watch
from monitor.pipeline import Line
from monitor.plugins import WebhookOptions, webhook_kind
from monitor.ports import Meter, NoMeter, Webhook
from monitor.service import Monitor
from monitor.ticking import Running


def load(
    folder: Path,
    env: Mapping[str, str] | None = None,
    *,
    secrets_of: Collection[str] | None = None,
    feed_secrets: bool | None = None,
    uses: Collection[str] | None = None,
) -> Config:
    """Read a configuration folder.

    Args:
        secrets_of: Webhooks whose secrets are needed: () to read only. None: all that are enabled.
        feed_secrets: Whether those of feeds are needed; None: if those of all webhooks are.
        uses: Files and folders in which nothing may be wrong; None: all.

    Raises:
        ConfigError: With every problem.
    """
    return configuration.load(
        folder, WebhookOptions(), env, secrets_of=secrets_of, feed_secrets=feed_secrets, uses=uses
    )


def check(folder: Path, env: Mapping[str, str] | None = None) -> list[Problem]:
    """Every problem of a configuration folder, warnings included."""
    return configuration.check(folder, WebhookOptions(), env)


def check_history(config: Config) -> list[Problem]:
    """What the stored items say of watches and lexicon; nothing if there are none.

    Raises:
        StoreError: The database cannot be read.
    """
    if not database(config).exists():
        return []
    watches = [watch for watch in config.watches.values() if watch.enabled]
    with archive_of(config) as archive:
        percolator = compile_watches(watches, config.lexicon, config.feeds)
        seen = survey(percolator, archive.recent_items(LOOKED_AT))
        now = _now()
        days = archive.days_seen(now - QUIET)
        quiet = quiet_problems(seen, watches, archive.last_matches(), days, now)
    return config.placed([*survey_problems(seen, watches, config.lexicon), *quiet])


_MORE_SLOTS = 8  # than partitions: other keys need some as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Regress:
    """What became of the cases that people made of alerts.

    Attributes:
        cases: How many were run.
        passed_over: How many are of watches that are gone or disabled.
    """

    cases: int
    passed_over: int
    wrong: tuple[Regression, ...]


def check_ratings(config: Config) -> Regress:
    """Run the watches over what was rated.

    Raises:
        StoreError: The database cannot be read.
    """
    watches = {watch.id: watch for watch in config.watches.values() if watch.enabled}
    rated: Sequence[Rated] = ()
    if database(config).exists():
        with archive_of(config) as archive:
            rated = archive.rated()
    percolator = compile_watches(watches.values(), config.lexicon, config.feeds)
    cases = sum(case.watch_id in watches for case in rated)
    wrong = tuple(regressions(rated, percolator, watches))
    return Regress(cases=cases, passed_over=len(rated) - cases, wrong=wrong)


def user_agent(settings: Settings) -> str:
    """Program, version and where its operator can be reached."""
    return f"news-monitor/{__version__}" + (f" (+{settings.contact})" if settings.contact else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a configuration becomes: reload makes another one and swaps.

    Attributes:
        again: Makes the same of another configuration.
    """

    line: Line
    fetcher: HttpFetcher
    sessions: tuple[Session, ...]
    again: "Callable[[Config], Built]"
    ping: Callable[[], str] | None = None

    def close(self) -> None:
        self.fetcher.close()
        for session in self.sessions:
            session.close()


def build(
    config: Config,
    instance: str,
    may_ask: Callable[[], bool] = lambda: True,
    *,
    judges: bool = True,
) -> Built:
    """Compile watches, make webhooks and the fetcher.

    Args:
        may_ask: Whether this process may ask feeds for anything now.
        judges: Whether it matches anything; else no watch is compiled.
    """
    settings = config.settings
    sessions: dict[tuple[str, ...], Session] = {}
    tls = tls_context()
    line = line_of(config, instance, _webhooks(config, sessions, tls), judges=judges)
    dead_man = _ping(settings, tls)
    return Built(
        line=line,
        fetcher=_fetcher(settings, tls, may_ask),
        again=partial(build, instance=instance, may_ask=may_ask, judges=judges),
        sessions=(*sessions.values(), *([dead_man[0]] if dead_man else [])),
        ping=dead_man and dead_man[1],
    )


def line_of(
    config: Config, instance: str, webhooks: Mapping[str, Webhook], *, judges: bool = True
) -> Line:
    """The way of an item under a configuration, with these webhooks at its end.

    Args:
        judges: Whether anything is matched; else no watch is compiled, which takes a second.
    """
    pause = config.settings.cooldown
    watches = {
        watch.id: watch if watch.cooldown is not None else replace(watch, cooldown=pause)
        for watch in config.watches.values()
        if watch.enabled
    }
    lexicon = lexicon_version(config.lexicon)
    return Line(
        feeds={name: paced(feed, config.settings) for name, feed in config.feeds.items()},
        watches=watches,
        percolator=compile_watches(
            watches.values() if judges else (),
            config.lexicon if judges else Lexicon(),
            config.feeds,
        ),
        publishers=_publishers(config.feeds),
        webhooks=webhooks,
        default_webhooks=config.settings.webhooks,
        instance=instance,
        policies={name: webhook.policy for name, webhook in config.webhooks.items()},
        routes=config.routes,
        inhibitions=config.inhibitions,
        rests={entry.id: rest_of(entry.calm) for entry in config.webhooks.values()},
        keep_evidence=config.settings.keep_evidence,
        versions={name: watch_version(watch, lexicon) for name, watch in watches.items()},
        lexicon=lexicon,
    )


def backtest_line(config: Config, watch_id: str, changed: Watch | None) -> Line:
    """The way of an item past one watch as it is, and as it would be.

    Args:
        watch_id: Of the watch as it is; one that is not configured has no present form.
        changed: How it would be; goes under its id and `backtest.CHANGED`.

    Raises:
        QueryError: The changed query cannot be read.
    """
    chosen: dict[str, Watch] = {}
    ahead = [watch_id, *(changed.unless + changed.defer_to if changed else ())]
    for name in ahead:
        watch = config.watches.get(name)
        if watch is not None and name not in chosen:
            chosen[name] = replace(watch, enabled=watch.enabled or name == watch_id)
            ahead += watch.unless + watch.defer_to
    if changed is not None:
        name = watch_id + CHANGED
        chosen[name] = replace(changed, id=name, enabled=True)
    return Line(
        feeds=config.feeds,
        watches=chosen,
        percolator=compile_watches(chosen.values(), config.lexicon, config.feeds),
        publishers={},
        webhooks={},
        default_webhooks=(),
        instance="",
    )


def webhooks_of(config: Config, only: str | None = None) -> dict[str, Webhook]:
    """The enabled webhooks (or one), each with a session that judges addresses as configured."""
    return _webhooks(config, {}, tls_context(), only)


def reach(config: Config, name: str) -> str | None:
    """Why a webhook cannot be connected to; empty: it can. None: it has no address.

    Nothing is sent. Behind a proxy it is the proxy that is asked for.
    """
    options = config.webhooks[name].options
    place = _place_of(options)
    if place is None:
        return None
    host, port, is_tls = place
    allowed = (*config.settings.allow_private, *getattr(options, "allow_private", ()))
    deadline_s = config.settings.fetch_deadline.total_seconds()
    given = config.settings.proxy
    through = None if given == DIRECT else urlsplit(given.reveal())
    try:
        http_reach(
            host,
            port,
            tls=is_tls,
            deadline_s=deadline_s,
            allow_private=allowed,
            proxy=(through.hostname or "", through.port or 0) if through else None,
        )
    except HttpError as exc:
        return str(exc)
    return ""


def _place_of(options: object) -> tuple[str, int, bool] | None:
    """Host, port and whether the first word is TLS's, of the options of any kind."""
    given = getattr(options, "url", None) or getattr(options, "server", None)
    if given is not None:
        parts = urlsplit(given.reveal() if isinstance(given, Secret) else str(given))
        is_tls = parts.scheme == "https"
        return parts.hostname or "", parts.port or (443 if is_tls else 80), is_tls
    if host := getattr(options, "host", ""):
        security = getattr(options, "security", "")
        port = getattr(options, "port", None) or {"tls": 465, "none": 25}.get(security, 587)
        return host, port, security == "tls"
    return None


@contextmanager
def monitor_of(config: Config) -> Iterator[tuple[Monitor, Built]]:
    """A monitor that holds its database: no second one can run beside it.

    Raises:
        AlreadyRunning: Another process holds it.
        StoreError: The database cannot be opened.
    """
    with database(config).owned() as (store, note), _parser(config.settings) as parser:
        built = build(config, store.instance)
        try:
            yield (
                Monitor(
                    settings=config.settings,
                    line=built.line,
                    store=store,
                    fetcher=built.fetcher,
                    parser=parser,
                    now=_now,
                    jitter=random.random,
                    on_trouble=note,
                    ping=built.ping,
                    meter=_meter(config.settings, store),
                ),
                built,
            )
        finally:
            built.close()


@contextmanager
def process_of(
    config: Config, queues: Collection[str], slots: int | None
) -> Iterator[tuple[Process, Built, Running]]:
    """One of several processes that do the work of a service, and what tells it when.

    Args:
        slots: How many keys it works at at a time; None: as many as there may be.

    Raises:
        AlreadyRunning: A service has the database for itself.
        StoreError: The database cannot be opened, or is none that several processes can share.
    """
    base = shared_database(config)
    in_use = _InUse(Sources(config.folder))
    with ExitStack() as stack:
        store = stack.enter_context(base.member())
        partitions = base.partitions()  # which nobody can change from now on
        slots = slots or partitions + _MORE_SLOTS
        leases = base.leases(config.settings.stall, queues, slots, lambda: in_use.version)
        book = stack.enter_context(leases)
        parser = stack.enter_context(_parser(config.settings))
        may_ask = _Later()
        built = build(config, store.instance, may_ask, judges=STORY in queues)
        try:
            process = Process(
                settings=config.settings,
                line=built.line,
                store=store,
                fetcher=built.fetcher,
                parser=parser,
                queues=queues,
                book=book,
                partitions=partitions,
                now=_now,
                jitter=random.random,
                ping=built.ping,
                on_use=in_use.look,
            )
            may_ask.asked = process.leases.may_ask
            engine = engine_on(
                base, EngineKind.PROCRASTINATE, process.kinds(), stall=config.settings.stall
            )
            process.serve(engine)
            yield process, built, Running(engine=engine, queues=tuple(queues), slots=slots)
        finally:
            built.close()


class _InUse:
    """Which configuration is in use, for others to compare."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.look()

    def look(self) -> None:
        self.version = self._sources.version()


@dataclass(slots=True)
class _Later:
    """Asks what is known only later; until then the answer is yes."""

    asked: Callable[[], bool] = lambda: True

    def __call__(self) -> bool:
        return self.asked()


def for_cluster(config: Config) -> Config:
    """With requests that are over before another process may take what they were made for."""
    longest = config.settings.stall * LASTS
    if config.settings.fetch_deadline <= longest:
        return config
    return replace(config, settings=replace(config.settings, fetch_deadline=longest))


def shared_database(config: Config) -> Served:
    """The database, if several processes can share it.

    Raises:
        StoreError: They cannot.
    """
    return shared(database(config))


def local_engine(config: Config, kinds: Mapping[str, Kind]) -> Engine:
    """What runs the jobs of a service in one process."""
    return engine_on(database(config), EngineKind.LOCAL, kinds)


def _meter(settings: Settings, store: AnyStore) -> Meter:
    """Counts where somebody may look; else it would be for nobody."""
    if not settings.web_listen:
        return NoMeter()
    from monitor.adapters.metrics import PrometheusMeter

    return PrometheusMeter(store.archive().published_at)


@contextmanager
def guest_store(config: Config) -> Iterator[AnyStore]:
    """To change rows beside a running daemon: the daemon alone migrates and checkpoints."""
    with database(config).guest() as store:
        yield store


def back_up(config: Config, target: Path) -> int:
    """Copy the configuration's database beside a running daemon; returns the size in bytes.

    Raises:
        StoreError: There is no whole copy.
    """
    return sqlite.back_up(_file(config), target)


def restore(config: Config, backup: Path) -> Path | None:
    """Put a backup in the place of the database; returns where the former one was put.

    Raises:
        AlreadyRunning: A process holds the database.
        StoreError: The backup cannot be used; nothing was changed.
    """
    path = _file(config)
    with sqlite.hold(path):
        return sqlite.restore(backup, path)


def _file(config: Config) -> Path:
    base = database(config)
    if isinstance(base, File):
        return base.path
    raise StoreError(
        f"{config.settings.database} is kept by a server, which has its own means: "
        "back it up with pg_dump, put it back with pg_restore"
    )


def database(config: Config) -> Database:
    """Where the configuration's store is.

    Raises:
        StoreError: What it takes is not installed.
    """
    return database_of(config.settings)


@contextmanager
def held(config: Config) -> Iterator[None]:
    """No service runs meanwhile, nor starts.

    Raises:
        AlreadyRunning: A process holds the database.
    """
    with database(config).held():
        yield


def prune(config: Config, now: datetime, pause_s: float) -> Pruned:
    """Delete what is past its time, beside a running daemon or without one."""
    with guest_store(config) as store:
        return prune_all(store, config.settings, now, pause_s)


def vacuum(config: Config) -> tuple[int, int]:
    """Make the database as small as what it holds; for who holds it. Its size before and after.

    Raises:
        StoreError: There is no room for a copy, say; the database is as it was.
    """
    return database(config).vacuum()


def supervisor() -> Systemd:
    """Who started this process and wants to hear of it; perhaps nobody."""
    return Systemd.named_in(os.environ)


def holder_of(config: Config) -> str | None:
    """Which process runs on the configuration's database; None: none."""
    return database(config).holder()


def trouble_of(config: Config) -> str:
    """What is wrong with the database, in the words of the process that runs on it; or empty."""
    return database(config).trouble()


@contextmanager
def archive_of(config: Config) -> Iterator[SqlArchive]:
    """The read side, beside a running daemon or without one."""
    with database(config).archive() as archive:
        yield archive


@contextmanager
def readers_of(config: Config) -> Iterator[tuple[HttpFetcher, ChildParser]]:
    """Fetcher and parser alone, to look at feeds without a database."""
    fetcher = _fetcher(config.settings, tls_context())
    try:
        with _parser(config.settings) as parser:
            yield fetcher, parser
    finally:
        fetcher.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _ping(settings: Settings, tls: ssl.SSLContext) -> tuple[Session, Callable[[], str]] | None:
    """What tells the dead man's switch, with its session; None: there is no such."""
    if not settings.heartbeat_url.reveal():
        return None
    allowed = (*settings.allow_private, *settings.heartbeat_allow_private)
    session = Session(
        user_agent=user_agent(settings), allow_private=allowed, proxy=settings.proxy, tls=tls
    )
    return session, partial(ping, session, settings.heartbeat_method, settings.heartbeat_url)


def _fetcher(
    settings: Settings, tls: ssl.SSLContext, may_ask: Callable[[], bool] = lambda: True
) -> HttpFetcher:
    return HttpFetcher(
        user_agent=user_agent(settings),
        deadline=settings.fetch_deadline,
        max_body_bytes=settings.max_body_bytes,
        allow_private=settings.allow_private,
        hosts=HostRules(
            gap_s=settings.host_gap.total_seconds(),
            gaps_s={host: gap.total_seconds() for host, gap in settings.host_gaps.items()},
            shared=tuple((d,) if isinstance(d, str) else d for d in settings.shared_hosts),
            tenants=settings.tenant_hosts,
        ),
        proxy=settings.proxy,
        tls=tls,
        may_ask=may_ask,
    )


def _parser(settings: Settings) -> ChildParser:
    return ChildParser(workers=settings.parse_workers)


def _webhooks(
    config: Config,
    sessions: dict[tuple[str, ...], Session],
    tls: ssl.SSLContext,
    only: str | None = None,
) -> dict[str, Webhook]:
    made: dict[str, Webhook] = {}
    for entry in config.webhooks.values():
        if not entry.enabled or (only and entry.id != only):
            continue
        allowed = (*config.settings.allow_private, *getattr(entry.options, "allow_private", ()))
        if allowed not in sessions:
            sessions[allowed] = Session(
                user_agent=user_agent(config.settings),
                allow_private=allowed,
                proxy=config.settings.proxy,
                tls=tls,
            )
        made[entry.id] = webhook_kind(entry.kind)(entry.id, entry.options, sessions[allowed])
    return made


def _publishers(feeds: Mapping[str, Feed]) -> dict[str, Feed]:
    """Host -> an outlet's own feed, without www. as well; aggregators are nobody's publisher."""
    own = [feed for feed in feeds.values() if feed.tier is not Tier.AGGREGATOR]
    own = [feed for feed in own if is_http(feed.url)]
    return {outlet_of(feed.url): feed for feed in own} | {host_of(feed.url): feed for feed in own}
