"""Text on the terminal with what was found in it marked."""

from collections.abc import Iterable

from rich.text import Text

from monitor.core.inert import inert
from monitor.model import Found

FOUND, MASKED = "bold reverse", "strike dim"


def marked(text: str, field: str, spans: Iterable[tuple[Found, str]], style: str = "") -> Text:
    """The text, made harmless; each place that lies in this field in its style."""
    shown = Text(inert(text, newlines=True), style=style)
    for found, mark in spans:
        if found.field == field:
            start, end = (len(inert(text[:at], newlines=True)) for at in (found.start, found.end))
            shown.stylize(mark, start, end)
    return shown
