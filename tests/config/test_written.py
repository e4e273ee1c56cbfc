"""A watch that is written reads back as it was."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import bootstrap
from monitor.config import default_folder
from monitor.config.decode import decode
from monitor.config.secrets import Secrets
from monitor.config.shapes import WATCH
from monitor.config.written import watch_toml
from monitor.model import Grouping, Severity, Watch, Window


@pytest.fixture(scope="module")
def shipped() -> Mapping[str, Watch]:
    return bootstrap.load(default_folder(), secrets_of=()).watches


def read(text: str) -> Watch:
    (table,) = tomllib.loads(text)["watch"]
    found, faults = decode(WATCH, table, Secrets(folder=Path(), env={}), {})
    assert found
    assert not faults
    return found


def test_shipped_watches_read_back(shipped: Mapping[str, Watch]) -> None:
    assert {name: read(watch_toml(watch)) for name, watch in shipped.items()} == shipped


def test_everything_that_can_be_said_is_written() -> None:
    watch = Watch(
        id="all",
        query='"a b" OR re"\\d+"\n  NOT c\t"""',
        name="Ålla \\ \u200b",
        window=Window.ITEM,
        languages=frozenset({"ko", "en"}),
        unless=("a", "b"),
        severity=Severity.CRITICAL,
        max_age=timedelta(hours=1, minutes=30),
        min_score=1.5,
        webhooks=("desk",),
        enabled=False,
        grouping=Grouping.STRICT,
        cooldown=timedelta(seconds=90),
        report="weekly mon 09:00",
        report_to=Path("/srv/reports"),
    )

    assert read(watch_toml(watch)) == watch
    assert "tiers" not in watch_toml(watch)


@given(
    query=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    changes=st.fixed_dictionaries(
        {
            "min_score": st.floats(0, 1e6),
            "severity": st.sampled_from(Severity),
            "note": st.text(st.characters(exclude_categories=["Cs"])),
        }
    ),
)
def test_any_text_is_written_so_that_it_reads_back(query: str, changes: dict[str, Any]) -> None:
    watch = Watch(id="any", query=query, **changes)

    (table,) = tomllib.loads(watch_toml(watch))["watch"]

    assert table["query"] == query
    assert table.get("note", "") == watch.note
    assert table.get("min_score", 0.0) == watch.min_score
