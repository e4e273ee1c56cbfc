"""A table that a spreadsheet opens holds texts, and nothing that it would calculate."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.spreadsheet import cell, row


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\u200b=1", "|x"])
def test_what_would_be_calculated_is_a_text(text: str):
    assert cell(text).startswith("'")


def test_values_have_one_form():
    at = datetime(2025, 6, 12, 9, 30, tzinfo=UTC)

    assert row([1, None, ("a", "b"), at, date(2025, 6, 12), True, 1.5]) == (
        "1,,a b,2025-06-12T09:30:00.000Z,2025-06-12,true,1.5\r\n"
    )


@given(st.lists(st.text(), min_size=1))
def test_any_texts_make_one_row(texts: list[str]):
    read = list(csv.reader(io.StringIO(row(texts), newline="")))

    assert [len(one) for one in read] == [len(texts)]
    assert not any(one.startswith(("=", "+", "-", "@")) for one in read[0])
