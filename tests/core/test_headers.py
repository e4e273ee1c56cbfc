"""Headers that a person wrote are sent as they stand, or refused."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.headers import OURS_IN_A_FETCH, authorization, name_flaw, value_flaw


@pytest.mark.parametrize(
    "name",
    [
        *("Accept-Encoding", "If-None-Match", "if-modified-since", "IF-RANGE", "Host", "Cookie"),
        *("Referer", "Content-Length", "Content-Type", "Connection", "Transfer-Encoding", "TE"),
        *("User-Agent", "Proxy-Authorization", "Expect", "Upgrade", "Range", "Keep-Alive"),
        *("X-Forwarded-For", "Origin", "Via"),
    ],
)
def test_what_the_monitor_sets_or_never_sends_is_refused(name: str) -> None:
    assert name_flaw(name, OURS_IN_A_FETCH) == f"{name} is set by the monitor itself"


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "ä", "x" * 65, "a\x00"])
def test_what_is_no_name_is_refused(name: str) -> None:
    assert "is no header name" in name_flaw(name, OURS_IN_A_FETCH)


@pytest.mark.parametrize(
    "name", ["Authorization", "X-Api-Key", "Accept-Language", "Hostess", "From", "Accept"]
)
def test_other_headers_may_be_named(name: str) -> None:
    assert name_flaw(name, OURS_IN_A_FETCH) == ""


@pytest.mark.parametrize("value", ["", " ", " a", "a ", "a\r\nb: c", "a\x00", "ä", "a\u2028"])
def test_a_value_that_would_change_on_the_way_is_refused_and_not_repeated(value: str) -> None:
    assert value_flaw("X", value) == "the value of X is empty or not printable ASCII"


@pytest.mark.parametrize("value", ["a", "a b", "key=1, other", "!", '"v"'])
def test_a_plain_value_is_fine(value: str) -> None:
    assert value_flaw("X", value) == ""


@pytest.mark.parametrize(
    ("login", "header"),
    [
        ("Bearer abc.DEF-1_2~+/==", "Bearer abc.DEF-1_2~+/=="),
        ("bearer abc", "bearer abc"),
        ("me:pass", "Basic bWU6cGFzcw=="),
        ("me:", "Basic bWU6"),
        ("me:pa:ss", "Basic bWU6cGE6c3M="),
        ("test:123£", "Basic dGVzdDoxMjPCow=="),  # RFC 7617, section 2.1
        ("Bearer of news:pass", "Basic QmVhcmVyIG9mIG5ld3M6cGFzcw=="),
    ],
)
def test_a_login_becomes_a_header(login: str, header: str) -> None:
    assert authorization(login) == header


@pytest.mark.parametrize(
    "login", ["", "me", ":pass", "Bearer", "Bearer ", "me:pa\nss", "Token abc"]
)
def test_what_is_no_login_is_no_header(login: str) -> None:
    assert authorization(login) is None


@given(st.text())
def test_any_login_is_one_that_the_server_can_read_back_or_none(login: str) -> None:
    header = authorization(login)

    if header is not None and header != login:
        assert value_flaw("Authorization", header) == ""
        assert b64decode(header.removeprefix("Basic ")).decode() == login
