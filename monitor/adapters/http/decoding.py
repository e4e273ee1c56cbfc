"""Content codings, undone piece by piece and never beyond a cap."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from monitor.adapters.http.codings import CODINGS, ERRORS, Coding
from monitor.adapters.http.errors import Kind

_PIECE = 64 * 1024
# Of one body: packers that work in parallel make one of each 64 KiB or more. Empty ones, of which
# a megabyte holds fifty thousand, would keep us busy for nothing.
_MAX_STREAMS = 1000


class DecodingError(Exception):
    """The text says what is wrong; `kind` is TOO_BIG or PROTOCOL."""

    def __init__(self, text: str, kind: Kind) -> None:
        super().__init__(text)
        self.kind = kind


def decoded(pieces: Iterable[bytes], coding: str, max_bytes: int) -> bytes:
    """The whole body behind a `Content-Encoding`, of which only one that we asked for is known.

    Raises:
        DecodingError: Unknown coding, damaged or cut short, or more than `max_bytes`.
    """
    coding = coding.strip().lower()
    coding = "gzip" if coding == "x-gzip" else coding
    if coding in ("", "identity"):
        return _joined(pieces, max_bytes)
    known = CODINGS.get(coding)
    if known is None:
        raise DecodingError("the answer has a coding we did not ask for", Kind.PROTOCOL)
    try:
        return _joined(_unpacked(pieces, known), max_bytes)
    except ERRORS:
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


def _unpacked(pieces: Iterable[bytes], coding: Coding) -> Iterator[bytes]:
    """About `_PIECE` bytes at a time, whatever the input blows up to."""
    unpacker, begun = None, 0
    for piece in pieces:
        data = piece
        while data or (unpacker and not unpacker.needs_input):
            if unpacker is None:
                if begun and data[0] not in coding.again:
                    coding = replace(coding, again=b"")
                    break
                unpacker, begun = coding.begin(data), begun + 1
                if begun > _MAX_STREAMS:
                    raise DecodingError("the answer is packed in too many parts", Kind.TOO_BIG)
            yield unpacker.decompress(data, _PIECE)
            data = b""
            if unpacker.eof:
                data, unpacker = unpacker.unused_data, None
    if unpacker is not None:
        raise DecodingError("the answer was cut short", Kind.PROTOCOL)
