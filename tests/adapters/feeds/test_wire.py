"""What the child says arrives as it was meant."""

import pytest

from monitor.adapters.feeds import read, wire
from monitor.errors import ParseError
from monitor.model import Health
from tests.adapters.feeds.documents import SAVED, saved


@pytest.mark.parametrize("name", sorted(path.name for path in SAVED.iterdir()))
def test_feed_survives_the_way(name: str):
    feed = read(saved(name), url="https://pennant.example.org/feed.xml")

    assert wire.unpack_answer(wire.pack_feed(feed)) == feed


def test_error_keeps_its_words_and_health():
    with pytest.raises(ParseError) as caught:
        wire.unpack_answer(wire.pack_error(ParseError("empty", health=Health.EMPTY)))

    assert (str(caught.value), caught.value.health) == ("empty", Health.EMPTY)


@pytest.mark.parametrize(
    "answer", [b"", b"\xff", b"[]", b"1", b"{}", b'{"feed": {}}', b'{"feed": {"entries": [{}]}}']
)
def test_answer_without_sense_is_an_error_of_that_feed(answer: bytes):
    for unpack in (wire.unpack_answer, wire.unpack_page):
        with pytest.raises(ParseError, match="no sense") as caught:
            unpack(answer)

        assert caught.value.health is Health.FAILING
