"""What is told of the process itself."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.errors import StoreError
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation


def test_what_hung_is_told_once_by_who_tells_nothing_else(tmp_path: Path) -> None:
    with (
        ChildParser(workers=1) as parser,
        Installation(
            tmp_path,
            parser,
            feeds=[a_feed()],
            watches=[a_watch()],
            hooks={"desk": "http://[::1]:9/"},
        ) as made,
    ):
        house = made.monitor
        assert house.report_hung() == []
        house.note_hung(["polls"])

        with closing(sqlite3.connect(tmp_path / "m.sqlite", isolation_level=None)) as other:
            refuse = "BEFORE INSERT ON alerts BEGIN SELECT RAISE(FAIL, 'no'); END"
            other.execute(f"CREATE TRIGGER no {refuse}")
            with pytest.raises(StoreError, match="no"):
                house.report_hung()
            other.execute("DROP TRIGGER no")

        (report,) = house.report_hung()
        assert report.alert.title == "Work hung: job polls"
        assert [one.id for one in made.store.archive().alerts()] == [report.alert.id]
        assert house.report_hung() == []


def test_what_one_process_told_no_other_one_tells_and_either_tells_its_end(tmp_path: Path) -> None:
    with ChildParser(workers=1) as parser:
        given: dict[str, Any] = {"feeds": [a_feed()], "watches": [a_watch()]}
        hooks = {"desk": "http://[::1]:9/"}
        with (
            Installation(tmp_path, parser, hooks=hooks, **given) as one,
            Installation(tmp_path, parser, hooks=hooks, **given) as other,
        ):
            for made in (one, other):
                made.monitor.note_refused(["watches/rail.toml: a mistake"])
            titles = [titles_of(one), titles_of(other), titles_of(one)]
            for made in (one, other):
                made.monitor.note_refused([])
            titles += [titles_of(other), titles_of(one)]

    refused = "The saved configuration is refused: a mistake"
    assert titles == [[refused], [], [], ["The configuration is in order again"], []]


def titles_of(made: Installation) -> list[str]:
    return [one.alert.title for one in made.monitor.report_health()]
