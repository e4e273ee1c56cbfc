from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.addresses import network_flaw, networks, own_ranges, url_flaw


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/feed.xml",
        "http://example.org:8080/?a=b#c",
        "https://북한.example.org/",
        "https://93.184.216.34/",
        "https://under_score.example.org./",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/feed",
        "https://news.google.com/rss/search?q=(%22a%22+OR+b)+when:2d",
    ],
)
def test_public_addresses_are_accepted(url: str) -> None:
    assert url_flaw(url) is None


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("ftp://example.org/", "'ftp' is not http or https"),
        ("file:///etc/passwd", "'file' is not http or https"),
        ("FiLe:///etc/passwd", "is not http or https"),
        ("javascript:alert(1)", "is not http or https"),
        ("example.org/feed", "is not http or https"),
        ("", "is not http or https"),
        ("//example.org/feed", "is not http or https"),
        ("https://", "no readable host"),
        ("https:///feed", "no readable host"),
        ("https://example.org\\@evil.example.org/", "user name"),
        ("https://exa\\mple.org/", "no readable host"),
        ("https://me:hunter2@example.org/", "user name or password"),
        ("https://example.org:99999/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://example.org/a b", "blank or control character"),
        ("https://example.org/\n", "blank or control character"),
        ("https://example.org/\u202e", "blank or control character"),
        ("https://example.org/{query}", "unknown placeholder {query}"),
        ("{rsshubb}/rss", "unknown placeholder {rsshubb}"),
        ("https://a..example.org/", "'a..example.org' is not the name of a host"),
        ("https://-a.example.org/", "is not the name of a host"),
        ("https://a!b.example.org/", "is not the name of a host"),
        (f"https://{'a' * 64}.example.org/", "is not the name of a host"),
        (f"https://{'a.' * 130}example.org/", "is not the name of a host"),
        ("https://aexample/", "'aexample' has no dot"),
    ],
)
def test_addresses_that_cannot_be_asked_are_refused(url: str, what: str) -> None:
    flaw = url_flaw(url)

    assert flaw is not None
    assert what in flaw[0]
    assert "hunter2" not in "".join(flaw)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "feeds.localhost",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "[::1]",
        "[fe80::1%25eth0]",
        "[::ffff:127.0.0.1]",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
    ],
)
def test_private_addresses_are_refused_however_they_are_spelled(host: str) -> None:
    flaw = url_flaw(f"http://{host}/feed.xml")

    assert flaw is not None
    assert "is not a public address" in flaw[0]
    assert "allow_private = [" in flaw[1]


def test_private_address_is_accepted_where_its_range_is_named() -> None:
    assert url_flaw("http://127.0.0.1:80/", networks(["127.0.0.0/8"])) is None
    assert url_flaw("http://10.0.0.1/", networks(["127.0.0.0/8"])) is not None


def test_name_without_a_dot_is_accepted_where_private_hosts_are() -> None:
    assert url_flaw("http://rsshub:1200/", networks(["172.16.0.0/12"])) is None


def test_range_with_host_bits_is_told_as_it_should_be() -> None:
    assert network_flaw("10.0.0.0/8") is None
    assert network_flaw("10.0.0.1/8") == (
        "'10.0.0.1/8' has host bits set",
        'write "10.0.0.0/8"',
    )
    assert "is not a range" in (network_flaw("localhost") or ("", ""))[0]


def test_ranges_that_cannot_be_read_are_left_out() -> None:
    assert networks(["10.0.0.1/8", "10.0.0.0/8"]) == (ip_network("10.0.0.0/8"),)


@pytest.mark.parametrize(
    ("bridge", "ranges"),
    [
        ("http://127.0.0.1:1200", ("127.0.0.1/32",)),
        ("http://localhost:1200", ("127.0.0.0/8", "::1/128")),
        ("http://192.168.7.3", ("192.168.7.3/32",)),
        ("https://rsshub.example.org", ()),
        ("https://[bad", ()),
    ],
)
def test_own_service_on_a_private_address_names_its_range(
    bridge: str, ranges: tuple[str, ...]
) -> None:
    assert own_ranges(bridge) == ranges


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    url_flaw(text)
    url_flaw("http://" + text)
    network_flaw(text)
    own_ranges("http://" + text)
