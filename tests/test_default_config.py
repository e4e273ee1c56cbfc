"""The shipped configuration: complete, honest about what it knows, and runnable as it is."""

import re
from pathlib import Path

import pytest

from monitor import config
from monitor.model import Tier
from monitor.plugins import WebhookOptions

ENV = {
    "DESK_URL": "https://hooks.example.org/x",
    "DESK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "DESK_TOKEN": "Bearer x",
    "SLACK_URL": "https://hooks.slack.com/services/T0/B0/x",
    "DISCORD_URL": "https://discord.com/api/webhooks/1/x",
    "MATTERMOST_URL": "https://chat.example.org/hooks/x",
    "TELEGRAM_TOKEN": "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",
    "MATRIX_TOKEN": "syt_x",
    "NTFY_TOPIC": "x",
    "PAGERDUTY_KEY": "R0" * 16,
    "MAIL_USER": "x",
    "MAIL_PASSWORD": "x",
    "APPRISE_URL": "json://notify.example.org/x",
    "TEAMS_URL": "https://example.logic.azure.com/workflows/x?sig=y",
}


@pytest.fixture(scope="module")
def shipped() -> config.Config:
    return config.load(config.default_folder(), WebhookOptions(), {})


def test_it_has_no_fatal_problem_on_a_fresh_machine(shipped: config.Config) -> None:
    """No variable is set, no account exists anywhere."""
    problems = config.check(config.default_folder(), WebhookOptions(), {})

    assert [str(problem) for problem in problems if problem.fatal] == []


def test_it_warns_of_the_parties_that_cannot_be_heard_without_a_bridge(
    shipped: config.Config,
) -> None:
    told = " ".join(str(problem) for problem in shipped.warnings)

    assert "speaks for CN" in told
    assert "speaks for KP" in told
    assert "enable kcna-rsshub" in told
    [waits] = [problem for problem in shipped.warnings if problem.where != "feeds"]
    assert waits.where.endswith('watch "kp-border-rail": silence: entry 1: expect')
    assert waits.what == "no enabled feed can make it true"


def test_alerts_go_to_the_console(shipped: config.Config) -> None:
    assert shipped.settings.webhooks == ("console",)
    assert shipped.webhooks["console"].kind == "console"
    assert shipped.webhooks["console"].enabled


def test_the_four_watches_are_there(shipped: config.Config) -> None:
    assert {"kp-border-rail", "kp-rail-eurasia", "sanctions", "kp-diplomacy"} <= set(
        shipped.watches
    )


def test_all_feeds_are_there(shipped: config.Config) -> None:
    assert len(shipped.feeds) == 119
    assert sum(feed.enabled for feed in shipped.feeds.values()) == 82


def test_feeds_say_where_they_come_from(shipped: config.Config) -> None:
    for feed in shipped.feeds.values():
        assert feed.owner, feed.id
        assert feed.name, feed.id
        assert feed.country, feed.id
        assert feed.topics <= {"general", "diplomacy", "rail", "sanctions"}, feed.id
        assert feed.language in {"en", "ko", "ja", "ru", "zh-Hans", "zh-Hant"}, feed.id
        assert re.match(
            r"(measured|listed|template|unverified|dead) (c\.|20\d\d|undated)", feed.evidence
        ), feed.id


def test_disabled_feeds_say_why(shipped: config.Config) -> None:
    for feed in shipped.feeds.values():
        assert bool(feed.disabled_reason) is not feed.enabled, feed.id


def test_feeds_known_to_be_dead_are_disabled_so_that_nobody_adds_them_again(
    shipped: config.Config,
) -> None:
    dead = [feed.id for feed in shipped.feeds.values() if feed.evidence.startswith("dead")]

    assert sorted(dead) == [
        "chinadaily-world",
        "cn-mfa-native",
        "jp-mofa",
        "kcna-watch",
        "ofac-rss",
    ]
    assert all(shipped.feeds[name].disabled_reason.startswith("dead: ") for name in dead)


def test_a_strangers_mirror_has_no_official_voice(shipped: config.Config) -> None:
    mirror = shipped.feeds["cn-mfa-mirror"]

    assert mirror.tier is Tier.AGGREGATOR
    assert mirror.authority_for == ()
    assert mirror.owner != shipped.feeds["cn-mfa-native"].owner


@pytest.mark.parametrize(
    ("owner", "feeds"),
    [
        ("yonhap", {"yna-en", "yna-en-nk", "yna-ja-nk", "yna-ko-intl", "yna-ko-nk"}),
        ("bbc", {"bbc-asia", "bbc-china", "bbc-ru", "bbc-zh"}),
        ("stimson", {"north38"}),
        ("china-news-service", {"chinanews-scroll", "chinanews-world", "ecns"}),
    ],
)
def test_feeds_of_one_newsroom_count_as_one_voice(
    shipped: config.Config, owner: str, feeds: set[str]
) -> None:
    assert {feed.id for feed in shipped.feeds.values() if feed.owner == owner} == feeds


def test_aggregator_queries_are_complete_and_encoded(shipped: config.Config) -> None:
    queries = [f.url for f in shipped.feeds.values() if "news.google.com" in f.url]

    assert len(queries) == 15
    assert all(url.isascii() and "{" not in url and " " not in url for url in queries)


def test_own_outlets_of_a_party_imply_it(shipped: config.Config) -> None:
    """They rarely name their own country."""
    assert shipped.feeds["kcna-rsshub"].implied_groups == {"kp"}
    assert shipped.feeds["xinhua-en-china"].implied_groups == {"cn"}
    assert shipped.feeds["kremlin-ru"].implied_groups == {"rf"}
    assert shipped.feeds["nknews"].implied_groups == frozenset()


def test_bridge_brings_the_official_sources_to_life(tmp_path: Path) -> None:
    """Setting the bridge and enabling the feed is all that the warning asks for."""
    config.init(tmp_path)
    settings = tmp_path / "monitor.toml"
    settings.write_text(
        settings.read_text().replace('# rsshub = ""', 'rsshub = "http://[::1]:1200"')
    )
    china = tmp_path / "feeds" / "china.toml"
    china.write_text(china.read_text().replace("enabled = false", "enabled = true", 1))

    loaded = config.load(tmp_path, WebhookOptions(), {})

    assert loaded.feeds["cn-mfa-rsshub"].url == "http://[::1]:1200/gov/mfa/wjdt/fyrbt"
    assert not any("for CN" in str(problem) for problem in loaded.warnings)


def test_files_speak_to_whoever_has_nothing_but_them() -> None:
    """An installed package brings no docs, and nobody knows what its authors talked about."""
    for path in default_files():
        text = path.read_text(encoding="utf-8")
        assert "docs/" not in text or "of the\n# project" in text or "of the project" in text, path
        assert not re.search(r"\bseed\b|memory\)|Ship disabled|promote ", text), path


def default_files() -> list[Path]:
    return sorted(config.default_folder().rglob("*.toml"))


def commented_webhooks() -> list[str]:
    text = (config.default_folder() / "webhooks.toml").read_text()
    blocks = re.findall(r"^# \[webhooks\.[^\]]+\]\n(?:# \S+ = .*\n)+", text, re.MULTILINE)
    return [re.sub(r"^# ", "", block, flags=re.MULTILINE) for block in blocks]


def test_there_is_an_example_of_every_kind() -> None:
    kinds = {re.findall(r'kind = "(\w+)"', block)[0] for block in commented_webhooks()}

    assert kinds | {"console"} == set(WebhookOptions())


def test_every_commented_webhook_works_when_uncommented(tmp_path: Path) -> None:
    """All at once: each time the shipped lexicon is read, too."""
    config.init(tmp_path)
    blocks = commented_webhooks()
    with (tmp_path / "webhooks.toml").open("a") as file:
        file.write("\n" + "\n".join(blocks))
    names = [name for block in blocks for name in re.findall(r"\[webhooks\.([^\]]+)\]", block)]

    webhooks = config.load(tmp_path, WebhookOptions(), ENV).webhooks

    assert len(names) == len(blocks) > 10
    for name in names:
        assert (webhooks[name].options is not None) is webhooks[name].enabled, name
    assert config.check(tmp_path, WebhookOptions(), ENV) == config.check(
        config.default_folder(), WebhookOptions(), ENV
    )


def test_every_commented_setting_is_its_default(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    config.init(folder)
    path = folder / "monitor.toml"
    before = config.load(folder, WebhookOptions(), {}).settings
    path.write_text(re.sub(r"^# (\w+ = )", r"\1", path.read_text(), flags=re.MULTILINE))

    after = config.load(folder, WebhookOptions(), {}).settings

    assert after == before
    assert len(re.findall(r"^\w+ = ", path.read_text(), re.MULTILINE)) == 30
