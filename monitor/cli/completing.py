"""What a shell may complete: ids of watches, feeds, webhooks, stories, alerts and deliveries.

The configuration is not checked for that, which would take a second: only the ids in its files are
read. Whatever goes wrong, nothing is completed.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class
from click.types import StringParamType

from monitor.cli.examples import commands_of
from monitor.cli.options import Chosen
from monitor.config import default_folder
from monitor.config.reading import database_of
from monitor.core.inert import cut, one_line
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.ports import Archive

Found = Iterator[tuple[str, str]]
"""Ids, each with a word on it."""

_PLAIN = re.compile(r"[\w.:-]{1,100}")  # what no shell takes for anything else
_MOST = 200
_HELP = 60
_VARIABLE = "_NEWS_MONITOR_COMPLETE"


class Known(StringParamType):
    """A text that is mostly one of these."""

    def __init__(self, known: Callable[[Path], Found]) -> None:
        self._known = known

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        chosen = ctx.find_object(Chosen) or Chosen()
        try:
            begun = (
                CompletionItem(name, help=cut(one_line(text), _HELP))
                for name, text in self._known(chosen.own_folder or default_folder())
                if name.startswith(incomplete) and _PLAIN.fullmatch(name)
            )
            return list(islice(begun, _MOST))
        except (MonitorError, OSError, ValueError):
            return []


def complete_ids(program: click.Group) -> None:
    """Let options and arguments that take an id complete it."""
    for path, command in commands_of(program):
        here = _BY_NAME | _OF_COMMAND.get(path, {})
        for param in command.params:
            known = here.get(param.name or "")
            if known and isinstance(param.type, StringParamType):
                param.type = Known(known)


def script(program: click.Group, shell: str) -> str:
    """What a shell has to read once."""
    kind = get_completion_class(shell)
    assert kind, shell
    return kind(program, {}, "news-monitor", _VARIABLE).source()


# --- in the configuration ------------------------------------------------------------------------


def _watches(folder: Path) -> Found:
    return _tables(folder, "watches", "watch")


def _feeds(folder: Path) -> Found:
    return _tables(folder, "feeds", "feed")


def _webhooks(folder: Path) -> Found:
    named = _read(folder / "webhooks.toml").get("webhooks", {})
    for name, table in named.items() if isinstance(named, dict) else ():
        yield str(name), str(table.get("kind", "")) if isinstance(table, dict) else ""


def _tables(folder: Path, files: str, key: str) -> Found:
    for path in sorted((folder / files).glob("*.toml")):
        tables = _read(path).get(key, [])
        for table in tables if isinstance(tables, list) else ():
            if isinstance(table, dict) and "id" in table:
                yield str(table["id"]), str(table.get("name", ""))


def _read(path: Path) -> dict[str, object]:
    """Nothing if it is no TOML: others may be."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


# --- in the database -----------------------------------------------------------------------------


@contextmanager
def _archive(folder: Path) -> "Iterator[Archive]":
    from monitor.config.databases import address_of, is_address
    from monitor.config.secrets import Secrets
    from monitor.databases import Database, File, Served

    service = _read(folder / "monitor.toml").get("service", {})
    written = service.get("database") if isinstance(service, dict) else None
    database: Database = File(Path(database_of(folder, written and str(written))))
    if written and is_address(str(written)):
        database = Served(address_of(str(written), Secrets(folder=folder, env=os.environ))[1])
    with database.archive() as archive:
        yield archive


def _stories(folder: Path) -> Found:
    with _archive(folder) as archive:
        for one in archive.threads(limit=_MOST):
            yield one.thread.id, one.thread.title


def _alerts(folder: Path) -> Found:
    with _archive(folder) as archive:
        for alert in archive.alerts(limit=_MOST):
            yield alert.id, alert.title


def _deliveries(folder: Path) -> Found:
    with _archive(folder) as archive:
        for one in archive.deliveries(limit=_MOST):
            yield one.id, f"{one.webhook}, {one.state.value}"


def _silences(folder: Path) -> Found:
    with _archive(folder) as archive:
        for one in archive.silences():
            yield one.id, one.comment


_BY_NAME = {
    "watch": _watches,
    "watch_id": _watches,
    "feed": _feeds,
    "feed_id": _feeds,
    "only": _feeds,
    "webhook": _webhooks,
    "alert": _alerts,
    "alert_id": _alerts,
    "ids": _deliveries,
    "silence_id": _silences,
}
_OF_COMMAND = {
    "report": {"names": _watches},
    "stories show": {"key": _stories},
    "stories merge": {"one": _stories, "two": _stories},
    "stories split": {"key": _stories},
    "export story": {"key": _stories},
    "webhook test": {"name": _webhooks},
    "webhook enable": {"name": _webhooks},
}
