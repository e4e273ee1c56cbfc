"""The content codings that can be undone here; two of them only if their library is installed."""

import sys
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

_GZIP = 16 + zlib.MAX_WBITS
# How far back a document may refer, and so what it makes us keep: 8 MiB. Source: RFC 9659.
_ZSTD_WINDOW_LOG = 23


class Unpacker(Protocol):
    """Undoes one stream; has the face of the standard library's `ZstdDecompressor`."""

    @property
    def eof(self) -> bool:
        """The stream is complete."""

    @property
    def needs_input(self) -> bool:
        """False: there may be more to be had without giving any."""

    @property
    def unused_data(self) -> bytes:
        """What followed the stream."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """About `max_length` bytes at most, the rest when asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How to undo a body.

    Attributes:
        begin: The first bytes of a stream → what undoes it.
        again: First bytes of further streams of the same body; whatever else follows is padding.
    """

    begin: Callable[[bytes], Unpacker]
    again: bytes = b""


class _Inflater:
    def __init__(self, window: int) -> None:
        self._inner, self.needs_input = zlib.decompressobj(window), True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        inflated = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        # A full buffer may hide that there is more, even with all input taken.
        self.needs_input = not self._inner.unconsumed_tail and len(inflated) < max_length
        return inflated


def _deflate(data: bytes) -> Unpacker:
    """zlib by the standard and raw in some servers; the first byte tells."""
    return _Inflater(zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS)


class _BrotliDecompressor(Protocol):
    """Of version 1.2 or later: before, its output had no limit."""

    def process(self, data: bytes, *, output_buffer_limit: int) -> bytes: ...

    def is_finished(self) -> bool: ...

    def can_accept_more_data(self) -> bool: ...


class _Brotli:
    unused_data = b""

    def __init__(self, inner: _BrotliDecompressor) -> None:
        self._inner = inner

    @property
    def eof(self) -> bool:
        return self._inner.is_finished()

    @property
    def needs_input(self) -> bool:
        return self._inner.can_accept_more_data()

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.process(data, output_buffer_limit=max_length)


def _found() -> tuple[dict[str, Coding], tuple[type[Exception], ...]]:
    """Name → coding, best known first; and the errors of all of them."""
    codings = {
        "gzip": Coding(begin=lambda _: _Inflater(_GZIP), again=b"\x1f"),
        "deflate": Coding(begin=_deflate),
    }
    errors: list[type[Exception]] = [zlib.error]
    try:
        import brotli
    except ImportError:
        pass
    else:
        codings["br"] = Coding(begin=lambda _: _Brotli(brotli.Decompressor()))
        errors.append(brotli.error)
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError:
        pass
    else:
        options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
        codings["zstd"] = Coding(
            begin=lambda _: zstd.ZstdDecompressor(options=options),
            again=bytes([0x28, *range(0x50, 0x60)]),  # a frame, or one to be skipped
        )
        errors.append(zstd.ZstdError)
    return codings, tuple(errors)


CODINGS: Mapping[str, Coding]
CODINGS, ERRORS = _found()
ACCEPT_ENCODING = ", ".join(CODINGS)
