"""What is kept of what a feed sent, and what of it others may see."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.evidence import (
    MAX_ENTRY,
    SHOWN,
    entry_bytes,
    evidence_of,
    is_kept,
    provenance,
    shown_headers,
    without_secrets,
)
from monitor.model import Fetched, KeepEvidence, RawEntry
from tests.builders import NOW, a_feed, an_item

SOURCE = provenance(Fetched(url="https://e.example.org/feed", body=b"<rss/>"), "https://e.org", NOW)


@pytest.mark.parametrize(
    ("keep", "matched", "kept"),
    [
        (KeepEvidence.MATCHED, True, True),
        (KeepEvidence.MATCHED, False, False),
        (KeepEvidence.ALL, False, True),
        (KeepEvidence.NONE, True, False),
    ],
)
def test_setting_says_of_what_evidence_is_kept(keep: KeepEvidence, matched: bool, kept: bool):
    assert is_kept(keep, matched=matched) is kept


@given(st.binary(max_size=2_000))
def test_entry_comes_back_byte_for_byte(raw: bytes):
    kept = evidence_of(an_item(), a_feed(), RawEntry(raw=raw), SOURCE)

    assert entry_bytes(kept) == raw
    assert kept.entry_sha256 == sha256(raw).hexdigest()


def test_long_entry_is_cut_and_named_by_all_of_it():
    raw = b"x" * (MAX_ENTRY + 1)

    kept = evidence_of(an_item(), a_feed(), RawEntry(raw=raw), SOURCE)

    assert entry_bytes(kept) == raw[:MAX_ENTRY]
    assert kept.entry_bytes == len(raw)
    assert kept.entry_sha256 == sha256(raw).hexdigest()


def test_entry_of_a_document_read_whole_keeps_its_names():
    entry = RawEntry(guid="g", link="https://e.example.org/1", published="yesterday")

    kept = evidence_of(an_item(), a_feed(), entry, SOURCE)

    assert (kept.guid, kept.link, kept.published) == ("g", "https://e.example.org/1", "yesterday")
    assert kept.entry_sha256 is None
    assert entry_bytes(kept) == b""


def test_only_harmless_headers_are_shown():
    given = {name: name for name in SHOWN} | {"set-cookie": "s", "x-token": "s", "location": "s"}

    assert shown_headers(given) == {name: name for name in SHOWN}


@pytest.mark.parametrize(
    "url",
    [
        "https://user:CANARY@e.example.org/feed",
        "https://CANARY@e.example.org/feed",
        "https://e.example.org/feed?api_key=CANARY&lang=en",
        "https://e.example.org/feed?Token=CANARY",
        "https://e.example.org/feed?user=CANARY",
        "https://e.example.org/feed?x=CANARY0123456789abcdef",
        "https://e.example.org/feed?CANARY0123456789abcdef",
        "https://e.example.org/private/CANARY0123456789abcdef/feed.xml",
        "https://e.example.org/feed#CANARY",
        "https://[CANARY",
    ],
)
def test_what_may_be_a_secret_is_no_part_of_a_shown_address(url: str):
    assert "CANARY" not in without_secrets(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://e.example.org/news/2025/rss.xml?lang=ko&page=2",
        "https://e.example.org/rss?conditions%5Bagencies%5D%5B%5D=foreign-assets-control-office",
        "https://e.example.org/rss?keyword=train&author=anna&design=2",
        "https://e.example.org/rss-feeds/2025-latest-news-of-railways.xml",
        "http://127.0.0.1:8080/feed",
    ],
)
def test_plain_address_is_shown_as_it_is(url: str):
    assert without_secrets(url) == url


@given(st.text())
def test_any_text_may_be_an_address(url: str):
    without_secrets(url)
