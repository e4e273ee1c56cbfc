"""`status --watch`: the same screen, again and again."""

import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from monitor.cli import render
from monitor.cli.options import Chosen, archive_of
from monitor.cli.status import COLUMNS, lines_of, rows_of
from monitor.config.sources import Sources
from monitor.core.inert import inert, one_line
from monitor.errors import ConfigError, MonitorError
from monitor.model import Alert, AlertKind
from monitor.views.overview import Overview, document, overview_of

if TYPE_CHECKING:
    from monitor.config import Config

_LATEST = 5  # alerts that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What was to be seen at a moment.

    Attributes:
        alerts: The latest, newest first.
    """

    overview: Overview
    alerts: Sequence[Alert]


class _View:
    """Looks; a configuration that changed is read again, unless it has mistakes."""

    def __init__(self, chosen: Chosen) -> None:
        self._sources = Sources(chosen.folder)
        self._noted = self._sources.fingerprint()
        self._config = chosen.load_to_read(uses=())

    def look(self) -> _Seen:
        config = self._latest()
        with archive_of(config) as archive:
            overview = overview_of(config, archive, counted=True)
            alerts = archive.alerts(limit=4 * _LATEST)
        told = [alert for alert in alerts if alert.kind is not AlertKind.DIGEST]
        return _Seen(overview=overview, alerts=told[:_LATEST])

    def _latest(self) -> "Config":
        from monitor import bootstrap

        if (found := self._sources.fingerprint()) != self._noted:
            self._noted = found
            with suppress(ConfigError):
                self._config = bootstrap.load(self._sources.folder, secrets_of=(), uses=())
        return self._config


def watch(chosen: Chosen, *, every_s: float, every: bool, as_json: bool) -> None:
    """Show how the service is until Ctrl-C."""
    view = _View(chosen)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leaves no terminal half drawn
    with suppress(KeyboardInterrupt):
        if as_json:
            _repeat(view, every_s, lambda seen: render.line(document(seen.overview)), render.note)
        elif render.on_terminal():
            with Live(console=render.terminal(), screen=True, auto_refresh=False) as live:
                _repeat(
                    view,
                    every_s,
                    lambda seen: live.update(_screen(seen, live.console, every), refresh=True),
                    lambda problem: live.update(_head(problem), refresh=True),
                )
        else:
            _repeat(view, every_s, lambda seen: _print(seen, every=every), render.note)


def _repeat(
    view: _View, every_s: float, show: Callable[[_Seen], object], tell: Callable[[str], object]
) -> None:
    """What is wrong from the start ends the command; what comes later may pass.

    Args:
        tell: Shows why there is nothing to be seen.
    """
    seen = view.look()
    pause = threading.Event()
    while True:
        show(seen)
        while True:
            pause.wait(every_s)
            try:
                seen = view.look()
                break
            except (MonitorError, click.ClickException) as exc:
                tell(f"cannot be read now: {inert(str(exc))}")


def _screen(seen: _Seen, console: Console, every: bool) -> Group:
    """As much as the terminal has room for."""
    lines, alerts = lines_of(seen.overview, every=every), _alerts(seen.alerts)
    rows = rows_of(seen.overview, every=every)
    room = max(console.size.height - len(lines) - len(alerts) - 5, 1)
    more = len(rows) - room
    return Group(
        _head("Ctrl-C ends this", seen.overview.now),
        Text(),
        *lines,
        *([render.drawn_table(COLUMNS, rows[:room], cut_last=True)] if rows else []),
        *([Text(f"and {render.plural(more, 'feed')} more", "dim")] if more > 0 else []),
        *alerts,
    )


def _print(seen: _Seen, *, every: bool) -> None:
    render.say(_head("", seen.overview.now))
    for line in lines_of(seen.overview, every=every):
        render.say(line)
    if rows := rows_of(seen.overview, every=every):
        render.table(COLUMNS, rows)
    for line in _alerts(seen.alerts):
        render.say(line)
    render.say()


def _head(note: str, now: datetime | None = None) -> Text:
    name = f"news-monitor at {render.second(now or datetime.now(UTC))}"
    return Text.assemble((name, "bold"), (f"  {note}", "dim") if note else "")


def _alerts(alerts: Sequence[Alert]) -> list[Text]:
    lines = [
        Text(
            f"{render.moment(alert.created_at)}  {alert.severity.value:8}  "
            f"{alert.watch_id or 'health'}: {one_line(alert.title)}",
            no_wrap=True,
            overflow="ellipsis",
        )
        for alert in alerts
    ]
    return [Text(), Text("Latest alerts", "bold"), *lines] if lines else []
