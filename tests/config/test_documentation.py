"""docs/configuration.md knows every key, every default and every message."""

import re
import tomllib
from pathlib import Path

import pytest

from monitor import config
from monitor.config.decode import Shape
from monitor.config.shapes import (
    CALM,
    FEED,
    INHIBITION,
    POLICY,
    ROUTE,
    SETTINGS,
    SILENCE,
    WATCH,
    options_shape,
    section_shape,
)
from monitor.model import Escalation
from monitor.plugins import WebhookOptions
from tests.config.conftest import KINDS, Writes

ROOT = Path(config.__file__).parent.parent.parent
DOCS = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


def chapter(title: str) -> str:
    """The text from a heading to the next of its level."""
    level = title.partition(" ")[0]
    after = DOCS.partition(f"\n{title}\n")[2]
    assert after, f"{title} is missing"
    return re.split(rf"\n#{{1,{len(level)}}} ", after)[0]


def keys_in(text: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


@pytest.mark.parametrize("section", list(SETTINGS))
def test_every_setting_is_documented(section: str) -> None:
    assert keys_in(chapter(f"### [{section}]")) == set(section_shape(section).keys)


def test_every_key_of_a_feed_is_documented() -> None:
    assert keys_in(chapter("## feeds/*.toml")) == set(FEED.keys)


def test_every_key_of_a_watch_is_documented() -> None:
    keys = set(WATCH.keys) | set(Shape(noun=Escalation).keys) | set(SILENCE.keys)

    assert keys_in(chapter("## watches/*.toml")) == keys


def test_every_option_of_every_webhook_kind_is_documented() -> None:
    text = chapter("## webhooks.toml")
    options = {key for kind in WebhookOptions().values() for key in options_shape(kind).keys}

    assert keys_in(text) == options | {"kind", "enabled"} | set(POLICY.keys) | set(CALM.keys)
    assert all(f"`{kind}`" in text for kind in WebhookOptions())


def test_every_key_of_routes_and_inhibitions_is_documented() -> None:
    assert keys_in(chapter("### [[route]]")) == set(ROUTE.keys)
    assert keys_in(chapter("### [[inhibit]]")) == set(INHIBITION.keys)


def defaults_of(section: str) -> dict[str, str]:
    """Key to the TOML of its default, as the table has it."""
    return dict(re.findall(r"^\| `(\w+)` \| `(.+?)` \|", chapter(f"### [{section}]"), re.MULTILINE))


@pytest.mark.parametrize("section", list(SETTINGS))
def test_every_setting_has_a_documented_default(section: str) -> None:
    assert len(defaults_of(section)) == len(SETTINGS[section])


def test_every_default_of_a_setting_is_the_documented_one(tmp_path: Path) -> None:
    """All sections at once: reading the shipped lexicon takes a second."""
    folder = tmp_path / "config"
    config.init(folder)
    before = config.load(folder, WebhookOptions(), {}).settings
    (folder / "monitor.toml").write_text(
        "".join(
            f"[{section}]\n" + "".join(f"{key} = {toml}\n" for key, toml in defaults.items())
            for section in SETTINGS
            for defaults in [defaults_of(section)]
        )
    )

    assert config.load(folder, WebhookOptions(), {}).settings == before


def test_every_example_is_toml() -> None:
    examples = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)

    assert len(examples) >= 5
    assert all(tomllib.loads(example) for example in examples)


BAD = {
    "monitor.toml": """
        rsshub = 1
        alert = 2
        [service]
        contact = "jürgen"
        database = "/"
        fetch_workers = 0
        parse_workers = "2"
        [alerts]
        webhooks = []
        health_webhooks = []
        [network]
        allow_private = ["10.0.0.1/8", "x"]
        proxy = "http://p"
        [bridge]
        rsshub = "{rsshub}"
        [cluster]
        stall = "1d"
        [log]
        level = "loud"
    """,
    "feeds/a.toml": """
        [[feed]]
        id = "-"
        url = "{rsshub}/x"
        owner = "a"
        interval = 15
        max_age = "P1M"
        expect_every = "0s"
        implied_groups = ["x"]
        language = "x"
        proxy = "http://me:you@p:1"
        [[feed]]
        id = "b"
        url = "http://127.0.0.1/"
        mirrors = ["ftp://x", "https://", "https://[", "https://a b", "https://u:p@x", "https://x/{y}",
            "https://x/", "https://a..b/"]
        owner = "b"
        interval = "soon"
        max_age = "99999999d"
        [[feed]]
        id = "c"
        url = "https://c.example.org/"
        owner = "c"
        proxy = "socks5://p:1"
        interval = "8d"
        language = "zh-CN"
        auth = "env:BAD"
        headers = { host = "x", authorization = "env:BAD", x-y = "x", "a b" = "x", from = "" }
        [[feed]]
        id = "d"
        url = "http://d.example.org/"
        owner = "d"
        auth = "env:NO"
        proxy = "http://p:x"
        headers = { authorization = "env:BAD" }
        allow_private = []
        [[feed]]
        id = "b"
        zzz = 1
    """,
    "feeds/b.toml": '[[feed]]\nid = "b"',
    "feeds/c.toml": b"\xff",
    "feeds/d.toml": b"\0",
    "feeds/e.toml": "=",
    "feeds/f.toml": "a = " + "[" * 5000,
    "lexicon/a.toml": '[groups.a]\nen = "x"\nko = [3]\nenglish = ["x"]\n[groups.b]',
    "lexicon/b.toml": '[groups.c]\nen = ["x("]',
    "lexicon/c.toml": """
        [groups.d]
        extends = "zz"
        en = ["x"]
        [groups.e]
        extends = "e"
        [groups.f]
        add.en = ["x"]
        [groups.c]
        extends = "c"
        remove.en = ["y"]
        [groups.g]
        extends = "g2"
        [groups.g2]
        extends = "g"
    """,
    "watches/a.toml": """
        [[watch]]
        id = "a"
        query = "a"
        unless = ["a", "b"]
        defer_to = ["a", "b"]
        min_score = nan
        severity = "x"
        [[watch]]
        id = "b"
        query = "a"
        unless = ["a"]
        defer_to = ["a"]
        severity = "high"
        [[watch.escalate]]
        severity = "low"
        [[watch]]
        id = "health"
        query = "a"
        [watch.escalate]
        [[watch]]
        id = "d"
        query = "a"
        grouping = "tight"
        follow = "1m"
        cooldown = "1h"
        [[watch.escalate]]
        severity = "high"
        when = "clam == denied"
        [[watch.escalate]]
        severity = "high"
        when = "watches >= 9"
        query = "b"
        [[watch.escalate]]
        severity = "high"
        when = "watches >= 1 or authority == CN"
        [[watch.escalate]]
        severity = "high"
        when = "claim == denied and claim == delayed"
        [[watch.silence]]
        id = "x"
        arm = "tier == wire"
        expect = "claim == denied"
        within = "effective_date + 2"
        [[watch.silence]]
        id = "x"
        arm = "tier == wire"
        expect = "tier == wire"
        within = "2d"
        require_healthy = ["zz"]
    """,
    "watches/b.yaml": "",
    "webhooks.toml": """
        [webhooks.a]
        kind = "x"
        [webhooks.b]
        kind = "post"
        url = "https://plain/"
        secrets = ["env:NO", "file:no", "file:open", "file:empty", "file:."]
        [webhooks.c]
        kind = "post"
        url = "env:BAD"
        [webhooks.d]
        kind = "post"
        url = "env:PRIVATE"
        secrets = ["env:BAD", "env:EMPTY"]
    """,
    "open": "x",
    "empty": "",
    "x.toml": "",
}


def documented(phrase: str) -> re.Pattern[str]:
    """The messages that a phrase of the tables stands for: `...` is anything."""
    return re.compile(".+".join(map(re.escape, phrase.strip(". ").split("..."))))


def test_every_message_is_documented(folder_with: Writes) -> None:
    folder = folder_with(BAD)
    (folder / "open").chmod(0o644)
    (folder / "empty").chmod(0o600)
    tables = chapter("## What `check` says, and what helps")
    cells = re.findall(r"^\| (`.+?) \| ", tables, re.MULTILINE)
    phrases = [documented(phrase) for cell in cells for phrase in re.findall(r"`([^`]+)`", cell)]

    problems = config.check(
        folder, KINDS, {"BAD": "x", "EMPTY": "", "PRIVATE": "https://10.0.0.1/"}
    )

    assert len(problems) > 45
    for problem in problems:
        text = f"{problem.where}: {problem.what}"
        assert any(phrase.search(text) for phrase in phrases), text
