"""When a watch is reported, and where to, as it is written."""

from pathlib import Path

import pytest

from monitor import config
from monitor.model import Watch
from tests.config.conftest import KINDS, Writes

FEED = '[[feed]]\nid = "pennant"\nurl = "https://pennant.example.org/"\nowner = "pennant"\n'
WATCH = '[[watch]]\nid = "rail"\nquery = "train"\n'


def files(text: str) -> dict[str, str]:
    return {"feeds/pennant.toml": FEED, "watches/rail.toml": WATCH + text}


def watch_of(folder: Path) -> Watch:
    return config.load(folder, KINDS, {}, secrets_of=()).watches["rail"]


def told(folder: Path) -> list[str]:
    place = 'watches/rail.toml: watch "rail": '
    return [
        str(problem).removeprefix(place)
        for problem in config.check(folder, KINDS, {})
        if problem.where.startswith(place)
    ]


def test_report_is_read_and_its_folder_stands_beside_that_of_the_configuration(
    folder_with: Writes,
) -> None:
    folder = folder_with(files('report = "weekly mon 09:00"\nreport_to = "reports/"\n'))

    watch = watch_of(folder)

    assert watch.report == "weekly mon 09:00"
    assert watch.report_to == folder.parent / "reports"


def test_nothing_is_reported_unless_it_is_asked_for(folder_with: Writes) -> None:
    watch = watch_of(folder_with(files("")))

    assert (watch.report, watch.report_to) == ("", None)


@pytest.mark.parametrize("written", ["weekly", "weekly monday 09:00", "daily 25:00", "mon 09:00"])
def test_time_that_is_none_is_told(folder_with: Writes, written: str) -> None:
    (problem,) = told(folder_with(files(f'report = "{written}"')))

    cure = 'as in "weekly mon 09:00" or "daily 08:00"'
    assert problem == f"report: '{written}' is not a time for reports; {cure}"


def test_folder_without_a_time_is_told(folder_with: Writes) -> None:
    (problem,) = told(folder_with(files('report_to = "reports"')))

    assert problem.startswith("report_to: has no effect without 'report'")
