"""Content codings are undone within a cap, and what is damaged is an error."""

import contextlib
import gzip
import io
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from monitor.adapters.http.codings import ACCEPT_ENCODING
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
    ("br", brotli.compress(BODY)),
    ("zstd", zstd.compress(BODY)),
    ("zstd", zstd.compress(BODY[:50]) + zstd.compress(BODY[50:])),
    ("zstd", zstd.compress(BODY) + b"\x50\x2a\x4d\x18\x02\x00\x00\x00??"),
)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=2),
    "zstd": zstd.compress,
}
PACKED = pytest.mark.parametrize("coding", PACKERS)


@pytest.mark.parametrize("size", [1, 7, 10**6])
@pytest.mark.parametrize(("coding", "data"), CODED, ids=range(len(CODED)))
def test_a_body_comes_out_as_it_went_in(coding: str, data: bytes, size: int) -> None:
    assert decoded(in_pieces(data, size), coding, len(BODY)) == BODY


@PACKED
@given(data=st.binary(max_size=300_000), size=st.integers(min_value=1000, max_value=100_000))
def test_any_body_survives_packing(coding: str, data: bytes, size: int) -> None:
    assert decoded(in_pieces(PACKERS[coding](data), size), coding, len(data)) == data


def test_only_what_can_be_undone_is_asked_for() -> None:
    assert ACCEPT_ENCODING.split(", ") == list(PACKERS)


@pytest.mark.parametrize(
    ("missing", "left"),
    [
        (("brotli",), "gzip, deflate, zstd"),
        (("backports", "compression"), "gzip, deflate, br"),
        (("brotli", "backports", "compression"), "gzip, deflate"),
    ],
)
def test_without_its_library_a_coding_is_neither_asked_for_nor_undone(
    missing: tuple[str, ...], left: str
) -> None:
    script = f"""
import sys
sys.modules.update(dict.fromkeys({missing}))
from monitor.adapters.http.codings import ACCEPT_ENCODING, CODINGS
assert ", ".join(CODINGS) == ACCEPT_ENCODING
print(ACCEPT_ENCODING)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == left


@pytest.mark.parametrize("level", [0, 1, 9])
def test_a_body_as_large_as_a_piece_is_complete(level: int) -> None:
    """The output buffer is full just as the input ends."""
    body = bytes(64 * 1024)

    assert decoded([gzip.compress(body, level)], "gzip", len(body)) == body


@pytest.mark.parametrize("coding", ["", *PACKERS])
def test_one_byte_too_many_is_too_big(coding: str) -> None:
    data = PACKERS[coding](BODY) if coding else BODY

    with pytest.raises(DecodingError) as caught:
        decoded([data], coding, len(BODY) - 1)

    assert caught.value.kind is Kind.TOO_BIG


def bomb_of(coding: str) -> bytes:
    """200 MiB of nothing, packed without ever holding it."""
    zeros, out = bytes(1024 * 1024), io.BytesIO()
    packer = {
        "gzip": lambda: zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS),
        "deflate": lambda: zlib.compressobj(9),
        "br": lambda: brotli.Compressor(quality=4),
        "zstd": lambda: zstd.ZstdCompressor(level=3),
    }[coding]()
    pack = packer.process if coding == "br" else packer.compress
    for _ in range(200):
        out.write(pack(zeros))
    out.write(packer.finish() if coding == "br" else packer.flush())
    return out.getvalue()


@PACKED
def test_a_bomb_costs_little_memory(coding: str) -> None:
    bomb = bomb_of(coding)
    tracemalloc.start()
    try:
        with pytest.raises(DecodingError) as caught:
            decoded([bomb], coding, 1024 * 1024)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert caught.value.kind is Kind.TOO_BIG
    assert len(bomb) < 1024 * 1024
    assert peak < 5 * 1024 * 1024


def test_a_document_may_not_make_us_remember_more_than_browsers_do() -> None:
    """A window of 128 MiB would be held outside of what our caps see."""
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 27}
    data = zstd.compress(bytes(20 * 1024 * 1024), options=options)

    with pytest.raises(DecodingError, match="not the zstd"):
        decoded([data], "zstd", 1024**3)


@PACKED
@pytest.mark.parametrize("cut", [1, 5, 10, 20, -1, -4, -8])
def test_a_packed_body_cut_short_is_an_error(coding: str, cut: int) -> None:
    with pytest.raises(DecodingError) as caught:
        decoded([PACKERS[coding](BODY)[:cut]], coding, len(BODY))

    assert caught.value.kind is Kind.PROTOCOL


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip, br", "compress", "dcz", "*", "x-br"])
def test_a_coding_that_nobody_asked_for_is_an_error(coding: str) -> None:
    with pytest.raises(DecodingError):
        decoded([BODY], coding, len(BODY))


@PACKED
def test_a_body_that_is_not_packed_as_it_says_is_an_error(coding: str) -> None:
    with pytest.raises(DecodingError):
        decoded([BODY], coding, len(BODY))


@PACKED
def test_an_empty_body_is_empty_under_any_coding(coding: str) -> None:
    assert decoded([], coding, 10) == b""


@given(st.binary(), st.sampled_from([*PACKERS]))
def test_garbage_never_escapes_as_another_error(data: bytes, coding: str) -> None:
    with contextlib.suppress(DecodingError):
        assert len(decoded([data], coding, 1000)) <= 1000
