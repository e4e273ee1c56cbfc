"""Text for people and for programs: tables on a terminal, plain lines in a pipe, JSON.

All that comes from feeds and webhooks goes through `core.inert` first, and never into markup.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import is_dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import click
import regex
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.core.inert import inert, one_line
from monitor.errors import Problem
from monitor.model import Health, kept_fields

# Control, format (direction, zero width), private, surrogate and line ends: in JSON only inside
# of strings, where they may be escaped.
_ACTIVE = regex.compile(r"[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}--\n]", regex.VERSION1)
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def on_terminal() -> bool:
    return sys.stdout.isatty()


def say(text: Text | str = "") -> None:
    """A line (or several) on standard output; styles show on a terminal only."""
    text = Text(text) if isinstance(text, str) else text
    if on_terminal():
        _console().print(text, soft_wrap=True)
    else:
        click.echo(text.plain)


def note(text: str) -> None:
    """A line for people, on standard error, so that a pipe gets the listing alone."""
    click.echo(text, err=True)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Text | str | int | None]],
    *,
    cut_last: bool = False,
) -> None:
    """On a terminal a table; in a pipe a line a row, tab between cells, the names first.

    Args:
        cut_last: The last column has one line on a terminal, however long its text is.
    """
    if not on_terminal():
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join(_cell(cell).plain for cell in row))
        return
    drawn = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for number, name in enumerate(columns):
        is_cut = cut_last and number == len(columns) - 1
        overflow: Literal["ellipsis", "fold"] = "ellipsis" if is_cut else "fold"
        drawn.add_column(name, overflow=overflow, no_wrap=number == 0 or is_cut)
    for row in rows:
        drawn.add_row(*map(_cell, row))
    _console().print(drawn)


def document(value: Any) -> None:
    """One JSON document."""
    click.echo(_json(value, indent=2))


def line(value: Any) -> None:
    """One JSON object on a line of its own."""
    click.echo(_json(value))


def json_line(value: Any) -> str:
    """What `line` prints."""
    return _json(value)


def json_text(value: Any, indent: int | None = None) -> str:
    """As `document` prints it, for a file in UTF-8."""
    return _escaped(json.dumps(as_json(value), ensure_ascii=False, indent=indent))


def as_json(value: Any) -> Any:
    """Nouns as objects with the names of the fields that are kept.

    Moments (in UTC) and days are ISO 8601, lengths of time seconds, bytes what they hold (JSON
    or text).
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {name: as_json(getattr(value, name)) for name in kept_fields(type(value))}
    if isinstance(value, Mapping):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(as_json, value))
    if isinstance(value, tuple | list):
        return [as_json(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return _payload(value) if isinstance(value, bytes) else value


def moment(at: datetime | None) -> str:
    """To the minute, in UTC; empty if there is none."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%MZ}" if at else ""


def second(at: datetime) -> str:
    """To the second, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def span(length: timedelta) -> str:
    """Roughly, in its biggest unit: "3 min", "2 d"."""
    seconds = max(int(length.total_seconds()), 0)
    return next((f"{seconds // size} {unit}" for size, unit in _UNITS if seconds >= size), "0 s")


def plural(count: int, noun: str) -> str:
    """Of nouns that take an s, or end in -y or -ch: "1 match", "2 deliveries"."""
    if count == 1:
        return f"1 {noun}"
    stem = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}{'es' * noun.endswith('ch')}"
    return f"{count:,} {stem}" + ("" if stem != noun else "s")


def words(health: Health) -> str:
    return health.value.replace("_", " ")


def health(health: Health) -> Text:
    """A feed's state in its colour."""
    fine = health in (Health.OK, Health.UNKNOWN)
    return Text(words(health), style="red" if health.is_bad else "" if fine else "yellow")


def write_file(path: Path, content: bytes) -> None:
    """Write what an option asked for; a place that cannot be written ends the command."""
    try:
        path.write_bytes(content)
    except OSError as exc:
        raise click.ClickException(f"{path} cannot be written: {exc.strerror}") from exc


def problem_lines(problems: Sequence[Problem]) -> Iterator[str]:
    """Errors, then warnings, then how many there are."""
    errors = [problem for problem in problems if problem.fatal]
    warnings = [problem for problem in problems if not problem.fatal]
    for problem in errors:
        yield inert(str(problem))
    for problem in warnings:
        yield f"warning: {inert(str(problem))}"
    yield f"{plural(len(errors), 'error')}, {plural(len(warnings), 'warning')}"


@contextmanager
def working(what: str) -> Iterator[None]:
    """Shows on a terminal that something takes its time."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(Text(what)):
        yield


def _console() -> Console:
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False)


def _cell(value: Text | str | int | None) -> Text:
    if isinstance(value, Text):
        return value
    return Text("" if value is None else one_line(str(value)))


def _json(value: Any, indent: int | None = None) -> str:
    """Readable in any script, but without a character that acts on a terminal."""
    text = json.dumps(
        as_json(value),
        ensure_ascii=not (sys.stdout.encoding or "").lower().startswith("utf"),
        indent=indent,
        separators=None if indent else (",", ":"),
    )
    return _escaped(text)


def _escaped(text: str) -> str:
    return _ACTIVE.sub(lambda found: json.dumps(found.group())[1:-1], text)


def _payload(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
