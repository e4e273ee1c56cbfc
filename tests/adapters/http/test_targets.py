"""What is not a plain web address is refused before anything is looked up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.adapters.http.errors import HttpError, Kind
from monitor.adapters.http.targets import check_url, redirect_target

HIDDEN = "s3cret"


@pytest.mark.parametrize(
    "url",
    [
        "",
        f"{HIDDEN}.example/",
        f"//{HIDDEN}.example/",
        f"file:///etc/{HIDDEN}",
        f"FILE://localhost/{HIDDEN}",
        f"ftp://example.org/{HIDDEN}",
        f"gopher://example.org/{HIDDEN}",
        f"dict://example.org/{HIDDEN}",
        f"data:text/plain,{HIDDEN}",
        f"javascript:{HIDDEN}",
        f"ws://example.org/{HIDDEN}",
        f"jar:http://example.org/{HIDDEN}",
        f"netdoc:///{HIDDEN}",
        f"view-source:http://{HIDDEN}",
        f"http:/{HIDDEN}",
        f"http:///{HIDDEN}",
        f"http://user:{HIDDEN}@example.org/",
        f"http://{HIDDEN}@example.org/",
        f"http://example.org\\@{HIDDEN}/",
        f"http://example.org/{HIDDEN}\\x",
        f"http://example.org/{HIDDEN} x",
        f"http://example.org/\t{HIDDEN}",
        f"http://example.org/\r\n{HIDDEN}: x",
        f"http://example.org/\x00{HIDDEN}",
        f"http://example.org/\x85{HIDDEN}",
        f"http://example.org/\u2028{HIDDEN}",
        f"http://%31%32%37.0.0.1/{HIDDEN}",
        f"http://[fe80::1%25eth0]/{HIDDEN}",
        f"http://[::1/{HIDDEN}",
        f"http://example.org:x/{HIDDEN}",
        f"http://example.org:70000/{HIDDEN}",
        f"http://example.org:25/{HIDDEN}",
        f"http://example.org:6379x/{HIDDEN}",
        f"http://example.org／{HIDDEN}/",
        "http://example.org/" + HIDDEN * 400,
    ],
)
def test_a_strange_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(HttpError) as caught:
        check_url(url)

    assert caught.value.kind is Kind.BAD_URL
    assert not caught.value.sent
    assert HIDDEN not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/b", "https://a.org/b"),
        ("b?c=1#d", "https://a.org/x/b?c=1"),
        ("//b.org/", "https://b.org/"),
        ("http://b.org/ä b", "http://b.org/%C3%A4%20b"),
        ("http://b.org/\xc3\xa4", "http://b.org/%C3%A4"),
        ("http://b.org/%C3%A4", "http://b.org/%C3%A4"),
        (" /b ", "https://a.org/b"),
    ],
)
def test_a_redirect_leads_to_an_absolute_address(location: str, expected: str) -> None:
    assert redirect_target("https://a.org/x/y", location) == expected


@pytest.mark.parametrize(
    "location",
    [
        f"file:///etc/{HIDDEN}",
        f"ftp://a.org/{HIDDEN}",
        f"http://user:{HIDDEN}@b.org/",
        f"http://b.org\\{HIDDEN}",
        f"http://[{HIDDEN}",
        f"javascript:{HIDDEN}",
    ],
)
def test_a_redirect_to_a_strange_address_is_refused(location: str) -> None:
    with pytest.raises(HttpError) as caught:
        redirect_target("https://a.org/", location)

    assert caught.value.kind is Kind.REDIRECT
    assert HIDDEN not in str(caught.value)


@given(st.text(), st.text())
def test_no_location_is_worse_than_an_error(base: str, location: str) -> None:
    try:
        target = redirect_target(base, location)
    except HttpError:
        return
    assert target.startswith(("http://", "https://"))
