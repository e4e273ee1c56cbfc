"""Content codings, undone piece by piece and never beyond a cap."""

import zlib
from collections.abc import Iterable, Iterator

from monitor.adapters.http.errors import Kind

_PIECE = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class DecodingError(Exception):
    """The text says what is wrong; `kind` is TOO_BIG or PROTOCOL."""

    def __init__(self, text: str, kind: Kind) -> None:
        super().__init__(text)
        self.kind = kind


def decoded(pieces: Iterable[bytes], coding: str, max_bytes: int) -> bytes:
    """The whole body behind a `Content-Encoding`, of which only one of gzip or deflate is known.

    Raises:
        DecodingError: Unknown coding, damaged or cut short, or more than `max_bytes`.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return _joined(pieces, max_bytes)
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise DecodingError("the answer has a coding we did not ask for", Kind.PROTOCOL)
    try:
        return _joined(_inflated(pieces, coding), max_bytes)
    except zlib.error:
        raise DecodingError(
            f"the answer is not the {coding} it says it is", Kind.PROTOCOL
        ) from None


def _joined(pieces: Iterable[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > max_bytes:
            raise DecodingError("the answer is too big", Kind.TOO_BIG)
    return bytes(body)


def _inflated(pieces: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """At most `_PIECE` bytes at a time, whatever the input blows up to."""
    members = 0
    inflater = None
    for piece in pieces:
        data = piece
        while data:
            if inflater is None:
                # A gzip body may have several members; padding after the last is ignored.
                if members and not (coding != "deflate" and data.startswith(b"\x1f")):
                    break
                inflater, members = zlib.decompressobj(_window(coding, data)), members + 1
            yield inflater.decompress(data, _PIECE)
            data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            if inflater.eof:
                inflater = None
    while inflater is not None and not inflater.eof:
        rest = inflater.decompress(b"", _PIECE)
        if not rest and not inflater.eof:
            raise DecodingError("the answer was cut short", Kind.PROTOCOL)
        yield rest


def _window(coding: str, data: bytes) -> int:
    """deflate is zlib by the standard and raw in some servers; the first byte tells."""
    if coding != "deflate":
        return _GZIP
    return zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS
