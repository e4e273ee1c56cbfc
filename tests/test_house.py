"""What is told of the process itself."""

import sqlite3
from contextlib import closing
from pathlib import Path

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
