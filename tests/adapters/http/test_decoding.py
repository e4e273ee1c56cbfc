"""Content codings are undone within a cap, and what is damaged is an error."""

import contextlib
import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.adapters.http.decoding import DecodingError, decoded
from monitor.adapters.http.errors import Kind

BODY = b"<rss>" + b"train " * 2000 + b"</rss>"


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


CODED = (
    ("", BODY),
    ("identity", BODY),
    ("gzip", gzip.compress(BODY)),
    ("GZIP", gzip.compress(BODY)),
    (" x-gzip ", gzip.compress(BODY)),
    ("gzip", gzip.compress(BODY[:50]) + gzip.compress(BODY[50:])),
    ("gzip", gzip.compress(BODY) + b"\x00" * 100),
    ("deflate", zlib.compress(BODY)),
    ("deflate", raw_deflate(BODY)),
)


@pytest.mark.parametrize("size", [1, 7, 10**6])
@pytest.mark.parametrize(("coding", "data"), CODED, ids=range(len(CODED)))
def test_a_body_comes_out_as_it_went_in(coding: str, data: bytes, size: int) -> None:
    assert decoded(in_pieces(data, size), coding, len(BODY)) == BODY


@given(data=st.binary(max_size=300_000), size=st.integers(min_value=1000, max_value=100_000))
def test_any_body_survives_gzip(data: bytes, size: int) -> None:
    assert decoded(in_pieces(gzip.compress(data, 1), size), "gzip", len(data)) == data


@pytest.mark.parametrize("level", [0, 1, 9])
def test_a_body_as_large_as_a_piece_is_complete(level: int) -> None:
    """The output buffer is full just as the input ends."""
    body = bytes(64 * 1024)

    assert decoded([gzip.compress(body, level)], "gzip", len(body)) == body


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_one_byte_too_many_is_too_big(coding: str) -> None:
    data = gzip.compress(BODY) if coding else BODY

    with pytest.raises(DecodingError) as caught:
        decoded([data], coding, len(BODY) - 1)

    assert caught.value.kind is Kind.TOO_BIG


def test_a_bomb_costs_little_memory() -> None:
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    bomb = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(200)) + packer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(DecodingError):
            decoded([bomb], "gzip", 1024 * 1024)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 5 * 1024 * 1024


@pytest.mark.parametrize("cut", [1, 5, 10, 20, -1, -4, -8])
def test_a_packed_body_cut_short_is_an_error(cut: int) -> None:
    with pytest.raises(DecodingError) as caught:
        decoded([gzip.compress(BODY)[:cut]], "gzip", len(BODY))

    assert caught.value.kind is Kind.PROTOCOL


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "compress", "*"])
def test_a_coding_that_nobody_asked_for_is_an_error(coding: str) -> None:
    with pytest.raises(DecodingError):
        decoded([BODY], coding, len(BODY))


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_that_is_not_packed_as_it_says_is_an_error(coding: str) -> None:
    with pytest.raises(DecodingError):
        decoded([BODY], coding, len(BODY))


def test_an_empty_body_is_empty_under_any_coding() -> None:
    assert decoded([], "gzip", 10) == b""


@given(st.binary(), st.sampled_from(["gzip", "deflate"]))
def test_garbage_never_escapes_as_another_error(data: bytes, coding: str) -> None:
    with contextlib.suppress(DecodingError):
        assert len(decoded([data], coding, 1000)) <= 1000
