"""Text for people and for programs: tables on a terminal, plain lines in a pipe, JSON.

All that comes from feeds and webhooks goes through `core.inert` first, and never into markup.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.core.inert import inert, one_line
from monitor.errors import Problem
from monitor.model import Health
from monitor.views.nouns import as_json, escaped, json_text
from monitor.views.words import moment, plural, second, span, words

__all__ = [
    "as_json",
    "document",
    "health",
    "json_line",
    "json_text",
    "line",
    "moment",
    "note",
    "on_terminal",
    "plural",
    "problem_lines",
    "say",
    "second",
    "span",
    "table",
    "words",
    "working",
    "write_file",
]


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
    _console().print(drawn_table(columns, rows, cut_last=cut_last))


def drawn_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Text | str | int | None]],
    *,
    cut_last: bool = False,
) -> Table:
    """As `table` shows it on a terminal."""
    drawn = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for number, name in enumerate(columns):
        is_cut = cut_last and number == len(columns) - 1
        overflow: Literal["ellipsis", "fold"] = "ellipsis" if is_cut else "fold"
        drawn.add_column(name, overflow=overflow, no_wrap=number == 0 or is_cut)
    for row in rows:
        drawn.add_row(*map(_cell, row))
    return drawn


def document(value: Any) -> None:
    """One JSON document."""
    click.echo(_json(value, indent=2))


def line(value: Any) -> None:
    """One JSON object on a line of its own."""
    click.echo(_json(value))


def json_line(value: Any) -> str:
    """What `line` prints."""
    return _json(value)


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


def terminal() -> Console:
    """What is shown on it stands there word for word, with no meaning in brackets or colons."""
    return _console()


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
    return escaped(text)
