"""What the kinds that speak HTTP share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Response as Reply

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.post import check_url, post, redact, telltales
from monitor.core.http_status import verdict
from monitor.model import Answer, Secret, Verdict
from tests.builders import NOW
from tests.servers import trust

URL = "https://hooks.example/services/T00000/B%2D0000/token?sig=abc%20def&v=1#fragment"


def posted(httpserver: HTTPServer, reply: Reply) -> Answer:
    httpserver.expect_request("/x").respond_with_response(reply)
    session = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))
    try:
        return post(session, Secret(httpserver.url_for("/x")), b"{}", NOW)
    finally:
        session.close()


def test_every_status_has_the_verdict_of_the_table(httpserver: HTTPServer) -> None:
    session = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))
    for status in [*range(200, 600, 7), 204, 304, 408, 410, 425, 429]:
        httpserver.clear()
        httpserver.expect_request("/x").respond_with_data("", status)

        answer = post(session, Secret(httpserver.url_for("/x")), b"{}", NOW)

        assert (answer.verdict, answer.status) == (verdict(status), status)
        assert str(status) in answer.text
    session.close()


def test_an_excerpt_is_two_kibibytes_of_harmless_text(httpserver: HTTPServer) -> None:
    said = "\x1b[31mno\x00 \u202e" + "列" * 5_000

    answer = posted(httpserver, Reply(said.encode(), 500))

    assert answer.excerpt.startswith("[31mno 列")
    assert 2_040 < len(answer.excerpt.encode()) <= 2_048


def test_bytes_that_are_no_text_are_no_problem(httpserver: HTTPServer) -> None:
    assert posted(httpserver, Reply(b"\xff\xfe\x80", 200)).verdict is Verdict.DELIVERED


def test_an_endless_answer_is_read_no_further_than_64_kibibytes(httpserver: HTTPServer) -> None:
    """The status has spoken by then: asking again would only tell twice."""
    answer = posted(httpserver, Reply(b"x" * (64 * 1024 + 1), 200))

    assert (answer.verdict, answer.status) == (Verdict.DELIVERED, 200)
    assert answer.excerpt == ""


@pytest.mark.parametrize(
    "text",
    [
        URL,
        "/services/T00000/B%2D0000/token?sig=abc%20def&v=1",
        "T00000",
        "B-0000",
        "sig=abc%20def",
        "abc def",
        "fragment",
    ],
)
def test_parts_by_which_somebody_could_post_are_telltale(text: str) -> None:
    assert redact(f"at {text}!", telltales(URL)) == "at ***!"


def test_short_parts_are_ordinary_words() -> None:
    url = "https://hooks.example/hook/v2"

    assert redact("hook v2 is not known", telltales(url)) == "hook v2 is not known"


@given(st.text(), st.lists(st.text(min_size=1)))
def test_no_secret_is_left_by_redaction(text: str, secrets: list[str]) -> None:
    for secret in secrets:
        if not set(secret) <= set("*"):
            assert secret not in redact(text, [secret])


@pytest.mark.parametrize(
    "url", [URL, "http://127.0.0.1:8080/", "https://[2001:db8::1]:1/x", "https://h.example?x=1"]
)
def test_usual_addresses_are_accepted(url: str) -> None:
    check_url(Secret(url))
