"""Texts of strangers in the cells of a table that a spreadsheet opens."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from monitor.core.inert import inert

# What a spreadsheet takes for a formula, or for a way to one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def row(values: Sequence[Any]) -> str:
    """A line of CSV, its line end included.

    Source: RFC 4180; OWASP, "CSV Injection".
    """
    line = io.StringIO()
    csv.writer(line).writerow([cell(value) for value in values])
    return line.getvalue()


def cell(value: Any) -> str:
    """Inert; what a spreadsheet would calculate gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime):
        text = value.astimezone(UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list | frozenset):
        return cell(" ".join(map(str, value)))
    text = inert(str(value), newlines=True)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
