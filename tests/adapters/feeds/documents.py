"""Feed documents for tests: each states only what the test is about."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

from monitor.model import Fetched

SAVED = Path(__file__).parents[2] / "data" / "feeds"
CORPUS = Path(__file__).parents[2] / "data" / "feedparser-tests.tar.xz"


def an_rss(items: str, *, channel: str = "", before: str = "") -> bytes:
    """An RSS 2.0 document; `before` stands between the declaration and the root."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{before}<rss version="2.0"><channel>'
        f"<title>Pennant</title>{channel}{items}</channel></rss>"
    ).encode()


def an_rss_item(title: str = "First train", more: str = "") -> str:
    return f"<item><title>{title}</title><link>https://pennant.example.org/1</link>{more}</item>"


def fetched(body: bytes, content_type: str = "") -> Fetched:
    return Fetched(url="https://pennant.example.org/feed.xml", body=body, content_type=content_type)


def saved(name: str) -> bytes:
    return (SAVED / name).read_bytes()


def corpus() -> Iterator[tuple[str, bytes]]:
    """The documents of feedparser's own tests: name, body."""
    with tarfile.open(CORPUS) as archive:
        for member in archive:
            if member.name.endswith(".xml") and (file := archive.extractfile(member)):
                yield member.name.removeprefix("tests/"), file.read()
