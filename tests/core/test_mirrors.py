"""Who handed a document over is told; what is the outlet's own is not."""

import pytest

from monitor.core.mirrors import as_handed_over, is_bridge, links_to, own_name
from monitor.model import Feed
from tests.builders import a_feed

OWN = "http://127.0.0.1:1200/"
HERE = "https://www.mfa.example.org/feed"


def named(feed: Feed, asked: str, rsshub: str = "") -> str:
    return as_handed_over(feed, asked, rsshub).name


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (HERE, "MFA"),
        ("https://feeds.mfa.example.org/feed", "MFA"),
        ("https://copies.example.net/mfa", "MFA via mirror copies.example.net"),
        ("https://rsshub.example.net/mfa", "MFA via mirror rsshub.example.net"),
        ("http://127.0.0.1:1200/gov/mfa", "MFA via mirror 127.0.0.1"),
        ("https://mfa.example.org/moved", "MFA"),
    ],
)
def test_mirror_elsewhere_and_bridge_are_told(asked: str, told: str):
    mirrors = (
        "https://feeds.mfa.example.org/feed",
        "https://copies.example.net/mfa",
        "https://rsshub.example.net/mfa",
        "http://127.0.0.1:1200/gov/mfa",
    )
    feed = a_feed(name="MFA", url=HERE, mirrors=mirrors)

    assert named(feed, asked, OWN) == told
    assert own_name(as_handed_over(feed, asked, OWN)) == "MFA"


def test_feed_of_a_bridge_is_told_even_after_that_has_moved():
    feed = a_feed(name="KCNA", url="https://rsshub.desk.example.org/kcna/kp")

    assert named(feed, feed.url) == "KCNA via mirror rsshub.desk.example.org"
    assert named(feed, "https://bridge.desk.example.org/kcna/kp") == (
        "KCNA via mirror bridge.desk.example.org"
    )


def test_other_service_of_the_same_machine_is_no_bridge():
    assert is_bridge("http://127.0.0.1:1200/kcna", OWN)
    assert not is_bridge("http://127.0.0.1:12000/kcna", OWN)
    assert not is_bridge("http://127.0.0.1:80/kcna", OWN)
    assert not is_bridge("http://127.0.0.1:1200/kcna", "")


@pytest.mark.parametrize(
    ("url", "is_there"),
    [
        ("https://mfa.gov.cn/1", True),
        ("http://www.MFA.gov.cn./1", True),
        ("https://mfa.gov.cn.example.org/1", False),
        ("https://xmfa.gov.cn/1", False),
        ("https://example.org/?u=https://mfa.gov.cn/", False),
        ("https://mfa.gov.cn@example.org/1", False),
        ("ftp://mfa.gov.cn/1", False),
        ("", False),
    ],
)
def test_link_is_at_a_host_or_below_it(url: str, is_there: bool):
    assert links_to(("who.int", "MFA.gov.cn"), url) is is_there
