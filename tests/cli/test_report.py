"""`report`: of real polls, to the terminal and to files."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import House

HEADLINE = "First train leaves Pyongyang"


def test_report_of_the_last_week_has_what_was_polled(polled: House) -> None:
    result = polled.run("report")

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Weekly report: ")
    assert "Items: 1 (0 in the time before): 1 told, 0 held back" in result.stdout
    assert "Stories: 1 new, 0 gone on; 0 follow-ons" in result.stdout
    assert f"  {HEADLINE}  https://pennant.example.org/p1" in result.stdout
    assert "Alerts: 1 raised, 1 of them arrived so far" in result.stdout


def test_json_is_a_watch_a_line_with_what_was_counted(polled: House) -> None:
    (line,) = polled.run("report", "--format", "json").stdout.splitlines()

    report = json.loads(line)
    assert (report["items"], report["told"], report["held_items"]) == (1, 1, 0)
    assert (report["new_stories"], report["follow_ons"], report["raised"]) == (1, 0, 1)
    assert report["best_tier"] == "wire"
    assert [story["title"] for story in report["stories"]] == [HEADLINE]


def test_days_that_are_named_are_whole_and_local(polled: House) -> None:
    result = polled.run(
        "report", "--from", "2025-06-01", "--to", "2025-06-30", "--zone", "Asia/Seoul"
    )

    assert "2025-06-01 00:00 to 2025-07-01 00:00 (Asia/Seoul)" in result.stdout
    assert "no stories" not in result.stdout
    assert "Items: 0 " in result.stdout


@pytest.mark.parametrize(
    ("name", "begins"), [("r.html", "<!doctype html>"), ("r.md", "# Weekly"), ("r.txt", "Weekly")]
)
def test_ending_of_the_file_says_what_is_written(
    polled: House, tmp_path: Path, name: str, begins: str
) -> None:
    result = polled.run("report", "--output", str(tmp_path / name))

    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert (tmp_path / name).read_text("utf-8").startswith(begins)
    assert HEADLINE in (tmp_path / name).read_text("utf-8")


def test_folder_gets_a_file_for_each_watch(polled: House, tmp_path: Path) -> None:
    result = polled.run("report", "--format", "html", "--output", f"{tmp_path}/new/reports/")

    assert result.exit_code == 0, result.output
    (path,) = (tmp_path / "new" / "reports").iterdir()
    assert path.suffix == ".html"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--since", "1d", "--to", "2025-06-12"], "either --since or --from"),
        (["--from", "2025-06-12", "--to", "2025-06-01"], "would end before it begins"),
        (["--from", "0001-01-01"], "too long ago"),
        (["--from", "yesterday"], "is no date"),
        (["--zone", "Mars/Base"], "no time zone named"),
        (["--zone", "../../etc/passwd"], "no time zone named"),
        (["rial"], "no watch named 'rial'"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(polled: House, args: list[str], says: str) -> None:
    result = polled.run("report", *args)

    assert result.exit_code == 2
    assert says in result.output


def test_file_that_cannot_be_written_is_an_error(polled: House, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    result = polled.run("report", "--output", str(tmp_path / "file" / "r.md"))

    assert result.exit_code == 1
    assert "cannot be written" in result.output
    assert (tmp_path / "file").read_text() == "in the way"
