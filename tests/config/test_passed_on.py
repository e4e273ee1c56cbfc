"""Who passes on what others wrote has no tier of theirs, and a query has to ask for the new."""

from datetime import timedelta
from typing import Any

import pytest

from monitor import config
from monitor.config.passed_on import google_flaws, tier_flaw
from monitor.core.mirrors import is_public_bridge
from monitor.model import Feed, Settings, Tier
from tests.builders import a_feed
from tests.config.conftest import KINDS, Writes

NEWS = "https://news.google.com/rss/search?q=train+when:2d"


def a_query(url: str = f"{NEWS}&hl=ko&gl=KR&ceid=KR:ko", **changes: object) -> Feed:
    given: dict[str, Any] = {"tier": Tier.AGGREGATOR, "max_age": timedelta(days=2)} | changes
    return a_feed(url=url, **given)


@pytest.mark.parametrize(
    "edition",
    [
        "hl=en-US&gl=US&ceid=US:en",
        "hl=ko&gl=KR&ceid=KR:ko",
        "hl=zh-CN&gl=CN&ceid=CN:zh-Hans",
        "hl=zh-TW&gl=TW&ceid=TW:zh-Hant",
        "hl=es-419&gl=US&ceid=US%3Aes-419",
    ],
)
def test_query_of_one_edition_is_well(edition: str) -> None:
    assert list(google_flaws(a_query(f"{NEWS}&{edition}"))) == []


@pytest.mark.parametrize(
    ("feed", "key", "what"),
    [
        (a_query(f"{NEWS}&hl=ko&gl=US&ceid=KR:ko"), "url", "are no one edition"),
        (a_query(f"{NEWS}&hl=en-US&gl=KR&ceid=KR:ko"), "url", "are no one edition"),
        (a_query(f"{NEWS}&hl=ko"), "url", "names no edition: gl and ceid missing"),
        (a_query(f"{NEWS[:-8]}&hl=ko&gl=KR&ceid=KR:ko"), "url", "has no when:"),
        (a_query(tier=Tier.OFFICIAL_PRIMARY), "tier", "no source of official_primary"),
        (a_query(max_age=None), "max_age", "old pages again"),
        (a_query(interval=timedelta(minutes=14)), "interval", "429"),
    ],
)
def test_query_that_will_not_bring_what_is_meant_is_told(feed: Feed, key: str, what: str) -> None:
    [(told_key, (told, cure))] = google_flaws(feed)

    assert told_key == key
    assert what in told
    assert cure


def test_other_feeds_are_no_queries() -> None:
    assert list(google_flaws(a_feed(url="https://pennant.example.org/?hl=ko"))) == []


OWN = Settings(rsshub="http://127.0.0.1:1200")
OWN_PUBLIC = Settings(rsshub="https://rsshub.desk.example.org")


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("https://rsshub.app/gov/mfa/wjdt/fyrbt", OWN),
        ("https://rsshub.stranger.example.org/gov/mfa/wjdt/fyrbt", OWN),
        ("https://hub.slarker.me/kcna/kp", Settings()),
        ("https://rss-bridge.org/bridge01/?action=display", OWN),
        ("https://rssbridge.stranger.example.org/?action=display", OWN),
        ("{rsshub}/kcna/kp", Settings(rsshub="https://rsshub.app/")),
    ],
)
def test_bridge_of_a_stranger_carries_no_tier_that_confirms(url: str, settings: Settings) -> None:
    told = [tier_flaw(a_feed(url=url, tier=tier), url, settings) for tier in Tier]

    assert [flaw is not None for flaw in told] == [True, True, True, False, False, False]
    assert told[0]
    assert "forge" in told[0][0]


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("{rsshub}/kcna/kp", OWN),
        ("{rsshub}/kcna/kp", OWN_PUBLIC),
        ("https://rsshub.desk.example.org/kcna/kp", OWN_PUBLIC),
        ("http://127.0.0.1:3000/rss-bridge", Settings()),
        ("https://www.kcna.example.org/rsshub-news.xml", OWN),
        ("https://rsshubble.example.org/feed", OWN),
    ],
)
def test_own_bridge_may_carry_the_tier_of_what_it_passes_on(url: str, settings: Settings) -> None:
    assert tier_flaw(a_feed(url=url, tier=Tier.OFFICIAL_PRIMARY), url, settings) is None


def test_strangers_bridge_may_carry_a_tier_if_what_it_links_to_is_named() -> None:
    url = "https://rsshub.app/gov/mfa/wjdt/fyrbt"
    feed = a_feed(url=url, tier=Tier.OFFICIAL_PRIMARY, link_hosts=("mfa.gov.cn",))

    assert tier_flaw(feed, url, OWN) is None


@pytest.mark.parametrize("host", ["https://mfa.gov.cn/", "mfa gov cn", "", "mfa.gov.cn:443"])
def test_what_is_no_host_is_told(folder_with: Writes, host: str) -> None:
    feed = (
        '[[feed]]\nid = "mfa"\nurl = "https://mfa.example.org/f"\nowner = "mfa"\n'
        f'link_hosts = ["mfa.gov.cn", "{host}"]\n'
    )
    problems = config.check(folder_with({"feeds/pennant.toml": feed}), KINDS, {})

    assert [one.where for one in problems if one.fatal] == [
        'feeds/pennant.toml: feed "mfa": link_hosts: entry 2'
    ]


def test_public_bridges_are_known_by_their_host() -> None:
    assert is_public_bridge("https://rsshub.app")
    assert not is_public_bridge("https://rsshub.app.example.org")
    assert not is_public_bridge("http://[broken")


def test_mirror_on_a_strangers_bridge_stops_the_start(folder_with: Writes) -> None:
    feed = (
        '[[feed]]\nid = "mfa"\nurl = "https://mfa.example.org/f"\nowner = "mfa"\n'
        'tier = "official_primary"\nmirrors = ["https://rsshub.app/gov/mfa"]\n'
    )
    problems = config.check(folder_with({"feeds/pennant.toml": feed}), KINDS, {})

    told = [str(problem) for problem in problems if problem.fatal]
    assert len(told) == 1
    assert 'feed "mfa": tier: a stranger\'s bridge could forge what it passes on' in told[0]
