"""What docs/stories.md says of conditions is true."""

import re
from pathlib import Path

import pytest

from monitor import config
from monitor.core.conditions import parse, problems
from monitor.core.conditions.facts import FIELDS
from monitor.model import Claim
from monitor.plugins import WebhookOptions

TEXT = (Path(__file__).parent.parent / "docs" / "stories.md").read_text("utf-8")
CONDITIONS = TEXT.partition("### What may be asked")[2]
ROWS = re.findall(r"^\| (`.+?) \| .+ \| (`.+?) \|$", CONDITIONS, re.MULTILINE)
ASKED = [example for _, cell in ROWS for example in re.findall(r"`([^`]+)`", cell)]
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("text", ASKED)
def test_example_of_the_table_can_be_read(text: str) -> None:
    assert parse(str(parse(text))) == parse(text)


def test_table_has_every_name() -> None:
    assert {name for cell, _ in ROWS for name in re.findall(r"`(\w+)`", cell)} == set(FIELDS)
    for cell, examples in ROWS:
        asked = {n for text in re.findall(r"`([^`]+)`", examples) for n in parse(text).fields}
        assert asked == set(re.findall(r"`(\w+)`", cell))


def test_page_names_every_claim() -> None:
    assert all(f"`{claim}`" in TEXT for claim in Claim)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_watch_is_accepted(example: str, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    config.init(folder)
    (folder / "watches" / "mine.toml").write_text(example, "utf-8")

    loaded = config.load(folder, WebhookOptions(), {}, secrets_of=())

    assert problems([loaded.watches["border-trains"]]) == []
