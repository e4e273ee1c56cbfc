"""README and docs say what is there."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

from monitor.cli import main
from monitor.core.query import parse, to_text

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
_FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def fences(path: Path, language: str) -> list[str]:
    return [body for kind, body in _FENCE.findall(path.read_text("utf-8")) if kind == language]


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path):
    for target, anchor in _LINK.findall(page.read_text("utf-8")):
        if "://" in target:
            continue
        path = (page.parent / target).resolve()
        assert path.exists(), target
        if anchor:
            assert anchor[1:] in anchors(path), f"{target}{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_examples_exist(page: Path):
    shown = "\n".join(fences(page, "sh"))
    used = set(re.findall(r"^(?:\$ )?news-monitor (?:--config \S+ )?([a-z]+)", shown, re.MULTILINE))

    assert used <= set(main.commands)


def test_two_commands_of_the_readme_are_targets():
    makefile = (ROOT / "Makefile").read_text()

    for command in ("demo", "test", "run"):
        assert f"make {command}" in (ROOT / "README.md").read_text("utf-8")
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)


def test_watch_in_the_readme_can_be_read():
    [watch] = [
        table
        for example in fences(ROOT / "README.md", "toml")
        for table in tomllib.loads(example).get("watch", [])
    ]

    assert to_text(parse(watch["query"]))


def test_the_index_leads_to_every_page():
    index = (ROOT / "docs" / "index.md").read_text("utf-8")

    assert not [
        page.name
        for page in ROOT.glob("docs/*.md")
        if f"({page.name})" not in index and page.name != "index.md"
    ]


def test_the_reference_is_that_of_the_models():
    """`python scripts/make_reference.py` writes it anew."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts/make_reference.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    assert script.reference() == (ROOT / "docs" / "reference.md").read_text("utf-8")


def test_lock_files_name_no_registry():
    for lock in ROOT.glob("requirements*.lock"):
        assert not re.search(r"https?://|index-url", lock.read_text())
        assert "--hash=sha256:" in lock.read_text()


def test_each_odd_feed_of_the_table_has_its_test():
    """docs/operating.md promises one test a row."""
    page = (ROOT / "docs" / "operating.md").read_text("utf-8")
    table = page.partition("## Odd feeds")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    tests = (ROOT / "tests" / "e2e" / "test_odd_feeds.py").read_text("utf-8").count("\ndef test_")

    assert rows
    assert tests >= len(rows)
