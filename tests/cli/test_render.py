"""Text for people and for programs."""

import io
import json
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from monitor.cli import render
from monitor.model import Severity
from tests.builders import NOW, a_delivery, an_alert

HOSTILE = "\x1b\x9b\x07\u202e\u2066\u200f\ufeff\u2028"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """60 columns wide, with colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def test_table_in_a_pipe_is_a_line_a_row_with_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    render.table(("id", "title"), [("a", "One\ttwo\nthree"), (1, None)])

    assert capsys.readouterr().out == "id\ttitle\na\tOne two three\n1\t\n"


def test_table_on_a_terminal_keeps_to_its_width(terminal: Terminal) -> None:
    with redirect_stdout(terminal):
        render.table(("id", "title"), [("a", "平壤国际列车" * 20)])

    header, *rows = terminal.getvalue().splitlines()
    assert "id" in header
    assert "\t" not in terminal.getvalue()
    assert len(rows) > 3
    assert all(cell_len(row) <= 60 for row in rows)


def test_styles_show_on_a_terminal_only(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    with redirect_stdout(terminal):
        render.say(Text("dead", style="red"))
    render.say(Text("dead", style="red"))

    assert terminal.getvalue() == "\x1b[31mdead\x1b[0m\n"
    assert capsys.readouterr().out == "dead\n"


def test_markup_in_a_text_is_text(terminal: Terminal) -> None:
    with redirect_stdout(terminal):
        render.table(("title",), [("[bold]train[/bold] :train:",)])

    assert "[bold]train[/bold] :train:" in terminal.getvalue()


def test_document_has_no_character_that_acts_and_loses_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    render.document({"title": f"Train {HOSTILE} 평양"})

    printed = capsys.readouterr().out
    assert not set(HOSTILE) & set(printed)
    assert "평양" in printed
    assert json.loads(printed) == {"title": f"Train {HOSTILE} 평양"}


@given(text=st.text(), encoding=st.sampled_from(["utf-8", "latin-1"]))
@example(text="\ud800\U0001f600\x85", encoding="utf-8")
def test_any_text_survives_json_on_one_line(text: str, encoding: str) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    with redirect_stdout(out):
        render.line([text])

    out.seek(0)
    printed = out.read()
    assert json.loads(printed) == [text]
    assert len(printed.splitlines()) == 1


def test_nouns_become_objects_with_the_names_of_their_fields() -> None:
    alert = render.as_json(an_alert(severity=Severity.HIGH))
    delivery = render.as_json(a_delivery(payload=b'{"type":"alert"}'))
    text = render.as_json(a_delivery(payload=b"[HIGH] Rail"))

    assert alert["severity"] == "high"
    assert alert["created_at"] == "2025-06-12T09:30:00.000Z"
    assert alert["found"][0]["term"] == "train"
    assert delivery["payload"] == {"type": "alert"}
    assert text["payload"] == "[HIGH] Rail"


def test_lengths_of_time_are_seconds_and_sets_are_sorted() -> None:
    assert render.as_json({"a": timedelta(minutes=1), "b": frozenset("ba")}) == {
        "a": 60.0,
        "b": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=47), "1 d"),
        (timedelta(days=90), "90 d"),
    ],
)
def test_span_is_told_in_its_biggest_unit(length: timedelta, text: str) -> None:
    assert render.span(length) == text


def test_moment_is_told_in_utc() -> None:
    there = NOW.astimezone(datetime.now().astimezone().tzinfo)

    assert render.moment(there) == "2025-06-12 09:30Z"
    assert render.moment(datetime.max.replace(tzinfo=UTC)).startswith("9999")
    assert render.moment(None) == ""


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (1, "match", "1 match"),
        (2, "match", "2 matches"),
        (2, "delivery", "2 deliveries"),
        (1234, "feed", "1,234 feeds"),
        (0, "error", "0 errors"),
    ],
)
def test_nouns_are_counted(count: int, noun: str, text: str) -> None:
    assert render.plural(count, noun) == text
