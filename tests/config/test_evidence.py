"""Evidence is set in place: all else of a file stays as it is, to the byte."""

import difflib
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import config
from monitor.config.evidence import with_evidence, write_evidence
from monitor.errors import ConfigError

NEW = 'measured 2026-11-26: "quoted" \\ and 평양'
FILES = sorted((config.default_folder() / "feeds").glob("*.toml"))


def never(_: str) -> bool:
    return False


def changed_lines(before: str, after: str) -> list[tuple[str, str]]:
    """Pairs of an old and a new line; a line that came or went has an empty partner."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    pairs: list[tuple[str, str]] = []
    for tag, i, j, k, n in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            width = max(j - i, n - k)
            pairs += zip(
                old[i:j] + [""] * (width - j + i), new[k:n] + [""] * (width - n + k), strict=True
            )
    return pairs


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_in_the_shipped_configuration_no_other_line_changes(path: Path) -> None:
    before = path.read_bytes().decode()
    feeds = tomllib.loads(before)["feed"]

    after = with_evidence(before, {feed["id"]: NEW for feed in feeds})

    changes = changed_lines(before, after)
    assert len(changes) == len(feeds)
    for (old, new), feed in zip(changes, feeds, strict=True):
        assert old.startswith("evidence = ")
        assert new.endswith(f"# was: {feed['evidence']}\n")
    assert [feed["evidence"] for feed in tomllib.loads(after)["feed"]] == [NEW] * len(feeds)


def test_feed_without_evidence_gets_it_below_its_address() -> None:
    before = (
        '[[feed]]\r\nid = "a"\r\nurl = "x" # mine\r\nowner = \'a\'\r\n\r\n# the next one\r\n'
        '[[feed]]\r\nid="b"\r\nurl="y"'
    )

    after = with_evidence(before, {"a": "one", "b": "two", "c": "nobody"})

    assert after == (
        '[[feed]]\r\nid = "a"\r\nurl = "x" # mine\r\nevidence = "one"\r\nowner = \'a\'\r\n\r\n'
        '# the next one\r\n[[feed]]\r\nid="b"\r\nurl="y"\nevidence = "two"'
    )


def test_comment_of_a_person_stays_and_what_was_ours_needs_no_keeping() -> None:
    before = (
        '[[feed]]\nid = "a"\nurl = "x"\nevidence = "mine"  # ask Kim\n'
        '[[feed]]\nid = "b"\nurl = "y"\nevidence = "probed"\n'
    )

    after = with_evidence(before, {"a": "1", "b": "2"}, is_ours=lambda text: text == "probed")

    assert after == before.replace('"mine"', '"1"').replace('"probed"', '"2"')


def test_text_of_several_lines_and_inline_tables_are_replaced() -> None:
    lines = '[[feed]]\nid = "a"\nurl = "x"\nevidence = """\none\n# two"""\nnote = "n"\n'
    inline = 'feed = [{id = "a", url = "x"}, {id = "b", url = "y", evidence = "old"}] # all\n'

    assert with_evidence(lines, {"a": "new"}) == (
        '[[feed]]\nid = "a"\nurl = "x"\nevidence = "new" # was: one # two\nnote = "n"\n'
    )
    after = tomllib.loads(with_evidence(inline, {"a": "1"}))["feed"]
    assert after == [
        {"id": "a", "url": "x", "evidence": "1"},
        {"id": "b", "url": "y", "evidence": "old"},
    ]


def test_byte_order_mark_stays() -> None:
    before = '\ufeff[[feed]]\nid = "a"\nurl = "x"\nevidence = ""\n'

    assert with_evidence(before, {"a": "new"}) == before.replace('""', '"new"')


COMMENTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
VALUES = st.sampled_from(
    ['"v"', "'v # no comment'", '"""\nv\n"""', "[ 1, # c\n 2,]", "true", "1_0"]
)


@given(
    comments=st.lists(COMMENTS, min_size=4, max_size=4),
    values=st.lists(VALUES, min_size=2, max_size=2),
    newline=st.sampled_from(["\n", "\r\n"]),
    evidence=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
def test_whatever_stands_around_it_stays(
    comments: list[str], values: list[str], newline: str, evidence: str
) -> None:
    one, two, three, four = comments
    before = (
        f"#{one}\n[[feed]]\n  id='a' #{two}\nurl = 'x'\nnote = {values[0]}\n\n#{three}\n\n"
        f"evidence   =   'old' #{four}\ntopics={values[1]}\n#{one}\n[[feed]]\nid='b'\nurl='y'\n"
    ).replace("\n", newline)

    after = with_evidence(before, {"a": evidence})

    head, tail = before.split("'old'")
    assert after.startswith(head)
    assert after.endswith(tail)
    assert tomllib.loads(after)["feed"][0]["evidence"] == evidence


def test_files_are_written_whole_and_others_not_at_all(tmp_path: Path) -> None:
    config.init(tmp_path)
    china, korea = tmp_path / "feeds" / "china.toml", tmp_path / "feeds" / "korea.toml"
    china.chmod(0o640)
    before = korea.read_bytes(), korea.stat().st_mtime_ns
    files = {"cn-mfa-gn": "feeds/china.toml", "yna-ko-nk": "feeds/korea.toml"}

    changed = write_evidence(tmp_path, files, {"cn-mfa-gn": NEW}, is_ours=never)
    again = write_evidence(tmp_path, files, {"cn-mfa-gn": NEW}, is_ours=never)

    assert (changed, again) == ([china.resolve()], [])
    assert china.stat().st_mode & 0o777 == 0o640
    assert (korea.read_bytes(), korea.stat().st_mtime_ns) == before
    assert [path.name for path in china.parent.glob(".*")] == []


def test_feed_whose_address_is_another_by_now_is_passed_over() -> None:
    before = '[[feed]]\nid = "a"\nurl = "x"\n[[feed]]\nid = "b"\nurl = "{rsshub}/y"\n'

    after = with_evidence(before, {"a": "1", "b": "2"}, urls={"a": "old", "b": "{rsshub}/y"})

    assert [feed.get("evidence") for feed in tomllib.loads(after)["feed"]] == [None, "2"]


def test_file_that_changes_at_this_moment_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('[[feed]]\nid = "a"\nurl = "x"\nevidence = "old"\n')

    def somebody_saves(_: str) -> bool:
        path.write_text("# another text\n")
        return True

    with pytest.raises(ConfigError, match=r"a\.toml: was changed by somebody else"):
        write_evidence(tmp_path, {"a": "a.toml"}, {"a": NEW}, is_ours=somebody_saves)

    assert path.read_text() == "# another text\n"
    assert [other.name for other in tmp_path.iterdir()] == ["a.toml"]


def test_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"feeds/a\.toml: cannot be written"):
        write_evidence(tmp_path, {"a": "feeds/a.toml"}, {"a": NEW}, is_ours=never)
