"""The feed server of the demo answers as real ones do."""

import threading
from collections.abc import Iterator

import pytest
import requests

from monitor.demo.feeds import Document
from monitor.demo.server import FeedServer

DOCUMENT = Document(
    body=b"<rss/>",
    content_type="application/rss+xml; charset=utf-8",
    etag='"abc"',
    last_modified="Thu, 12 Jun 2025 09:30:05 GMT",
)
NEWER = Document(
    body=b"<rss> </rss>",
    content_type=DOCUMENT.content_type,
    etag='"def"',
    last_modified="Thu, 12 Jun 2025 09:30:06 GMT",
)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer(["pennant", "harbour"]) as server:
        server.show("pennant", DOCUMENT)
        yield server


def get(server: FeedServer, feed: str = "pennant", **headers: str) -> requests.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(server.address(feed), headers=sent, timeout=5)


def test_a_document_comes_with_its_validators(server: FeedServer) -> None:
    answer = get(server)

    assert (answer.status_code, answer.content) == (200, b"<rss/>")
    assert answer.headers["etag"] == DOCUMENT.etag
    assert answer.headers["last-modified"] == DOCUMENT.last_modified
    assert answer.headers["content-type"] == DOCUMENT.content_type


@pytest.mark.parametrize(
    "headers",
    [
        {"If_None_Match": '"abc"'},
        {"If_None_Match": 'W/"abc", "other"'},
        {"If_Modified_Since": DOCUMENT.last_modified},
    ],
)
def test_who_has_the_document_gets_304(server: FeedServer, headers: dict[str, str]) -> None:
    answer = get(server, **headers)

    assert (answer.status_code, answer.content) == (304, b"")


def test_a_new_etag_counts_more_than_an_old_date(server: FeedServer) -> None:
    """RFC 9110, section 13.2.2."""
    answer = get(server, If_None_Match='"old"', If_Modified_Since=DOCUMENT.last_modified)

    assert answer.status_code == 200


def test_a_new_document_is_served_to_who_has_the_old_one(server: FeedServer) -> None:
    server.show("pennant", NEWER)

    assert get(server, If_None_Match=DOCUMENT.etag).content == NEWER.body


def test_other_paths_and_feeds_without_a_document_are_not_there(server: FeedServer) -> None:
    assert get(server, "harbour").status_code == 404
    assert requests.get(server.address("pennant") + "/x", timeout=5).status_code == 404


def test_feeds_have_addresses_of_their_own(server: FeedServer) -> None:
    assert server.address("pennant") != server.address("harbour")


def test_answers_are_counted() -> None:
    with FeedServer(["pennant", "harbour"]) as server:
        server.show("pennant", DOCUMENT)
        get(server)
        get(server, If_None_Match=DOCUMENT.etag)

    # Left, and so every answer is finished: it counts only after it was sent whole.
    assert server.answers == {200: 1, 304: 1}
    assert (server.asked("pennant"), server.asked("harbour")) == (2, 0)


def test_waits_until_the_present_document_was_fetched(server: FeedServer) -> None:
    get(server)
    server.show("pennant", NEWER)
    fetching = threading.Timer(0.1, get, [server])
    fetching.start()

    assert server.wait_until_served("pennant", timeout_s=10)
    fetching.join()


def test_says_so_if_nobody_comes(server: FeedServer) -> None:
    assert not server.wait_until_served("pennant", timeout_s=0.01)
