"""A server that does what servers should not: one script for each fault, by name.

Each says what the fetcher must make of it: within a deadline (of a second, where it is waited for),
and a cap of 256 KiB.
"""

import gzip
import os
import socket
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count

import brotli
from backports import zstd

from monitor.model import Health
from tests.adapters.http.servers import (
    Request,
    Script,
    Server,
    dripping,
    reply,
    saying_once,
    silent,
)

CAP = 256 * 1024
FEED = b"<?xml version='1.0'?><rss version='2.0'><channel/></rss>"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LATE = "within the deadline"
SHORT = "cut short"
BIG = "too big"
NOT_HTTP = "not HTTP"
ROUND = "redirected in a circle or more than 5 times"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A script, what is said of it, and how the feed is then. "": it is an answer all the same."""

    script: Script
    said: str
    health: Health = Health.FAILING


def faults() -> dict[str, Fault]:
    """By name; scripts count what they are asked, so each test wants its own."""
    gone = Health.UNREACHABLE
    return {
        # drips
        "drip in status line": Fault(script=dripping(b"", b"H"), said=LATE, health=gone),
        "drip in headers": Fault(script=dripping(HEAD, b"A: b\r\n"), said=LATE, health=gone),
        "drip in one header": Fault(script=dripping(HEAD + b"A: ", b"b"), said=LATE, health=gone),
        "drip of go-ons": Fault(
            script=dripping(b"", b"HTTP/1.1 100 On\r\n\r\n"), said=LATE, health=gone
        ),
        "drip in body": Fault(script=dripping(reply(length=1000)), said=LATE),
        "drip without length": Fault(script=dripping(reply(length=-1)), said=LATE),
        "drip of chunks": Fault(script=dripping(CHUNKED, b"1\r\nx\r\n"), said=LATE),
        "drip in chunk mark": Fault(script=dripping(CHUNKED + b"5;", b"x"), said=LATE),
        "drip in gzip": Fault(script=dripping(_coded("gzip", b"\x1f\x8b\x08", 10**6)), said=LATE),
        "drip in trailers": Fault(
            script=dripping(CHUNKED + b"1\r\nx\r\n0\r\n", b"A: b\r\n"), said=LATE
        ),
        # stalls
        "silence": Fault(script=silent, said="no answer within the deadline", health=gone),
        "stall after status line": Fault(script=_stalling(HEAD), said=LATE, health=gone),
        "stall in headers": Fault(script=_stalling(HEAD + b"A: "), said=LATE, health=gone),
        "stall in body": Fault(script=_stalling(reply(body=FEED, length=1000)), said=LATE),
        "stall in chunk": Fault(script=_stalling(CHUNKED + b"fff\r\n<rss"), said=LATE),
        "stall before last chunk": Fault(script=_stalling(CHUNKED + b"1\r\nx\r\n"), said=LATE),
        "stall in gzip": Fault(script=_stalling(_coded("gzip", _GZIP[:30], 999)), said=LATE),
        # cut short
        "no answer": Fault(script=saying_once(b""), said="closed without an answer", health=gone),
        "cut in status line": Fault(script=saying_once(b"HTTP/1.1 2"), said=NOT_HTTP),
        "cut in headers": Fault(
            script=saying_once(HEAD + b"Content-Le"), said="empty", health=Health.NO_BODY
        ),
        "cut in body": Fault(script=saying_once(reply(body=FEED, length=1000)), said=SHORT),
        "cut by one byte": Fault(script=saying_once(reply(body=FEED, length=57)), said=SHORT),
        "cut in chunk": Fault(script=saying_once(CHUNKED + b"ff\r\n<rss"), said=SHORT),
        "cut in chunk mark": Fault(script=saying_once(CHUNKED + b"1\r\nx\r\n1"), said=SHORT),
        "cut before last chunk": Fault(script=saying_once(CHUNKED + b"1\r\nx\r\n"), said=SHORT),
        "cut gzip": Fault(script=saying_once(_coded("gzip", _GZIP[:-9])), said=SHORT),
        "cut deflate": Fault(
            script=saying_once(_coded("deflate", zlib.compress(FEED)[:-5])), said=SHORT
        ),
        "cut br": Fault(script=saying_once(_coded("br", brotli.compress(FEED)[:-2])), said=SHORT),
        "cut zstd": Fault(script=saying_once(_coded("zstd", zstd.compress(FEED)[:-2])), said=SHORT),
        # resets
        "reset at once": Fault(
            script=_resetting(b""), said="closed without an answer", health=gone
        ),
        "reset in status line": Fault(script=_resetting(b"HTTP/1.1"), said=NOT_HTTP),
        "reset in headers": Fault(script=_resetting(HEAD + b"A: b\r\n"), said=NOT_HTTP),
        "reset in body": Fault(script=_resetting(reply(body=FEED, length=1000)), said=SHORT),
        "reset in chunk": Fault(script=_resetting(CHUNKED + b"ff\r\n<rss"), said=SHORT),
        # lengths
        "length of letters": Fault(script=saying_once(_lengths("ten")), said=""),
        "length below zero": Fault(script=saying_once(_lengths("-1")), said=""),
        "length beyond the cap": Fault(script=saying_once(_lengths("1" + "0" * 30)), said=BIG),
        "length with a sign": Fault(script=saying_once(_lengths("+56")), said=""),
        "two lengths": Fault(script=saying_once(_lengths("5", "6")), said=NOT_HTTP),
        "length and chunks": Fault(
            script=saying_once(
                HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
            ),
            said="",
        ),
        "chunk of negative size": Fault(script=saying_once(CHUNKED + b"-5\r\nx"), said=SHORT),
        "chunk of no number": Fault(script=saying_once(CHUNKED + b"zz\r\nx"), said=SHORT),
        "chunk of a huge size": Fault(
            script=saying_once(CHUNKED + b"f" * 17 + b"\r\nx"), said=SHORT
        ),
        # headers
        "headers without end": Fault(script=_endless(HEAD, b"A: b\r\n"), said=NOT_HTTP),
        "a header without end": Fault(script=_endless(HEAD + b"A: ", b"b" * 4096), said=NOT_HTTP),
        "a status line without end": Fault(
            script=_endless(b"HTTP/1.1 200 ", b"b" * 4096), said=NOT_HTTP
        ),
        "no line at all": Fault(script=_endless(b"", b"b" * 4096), said=NOT_HTTP),
        "go-ons without end": Fault(script=_endless(b"", b"HTTP/1.1 100 On\r\n\r\n"), said=BIG),
        "101 headers": Fault(script=saying_once(HEAD + b"A: b\r\n" * 101 + b"\r\n"), said=NOT_HTTP),
        "a header of 70 KiB": Fault(
            script=saying_once(HEAD + b"A: " + b"b" * 70_000 + b"\r\n\r\n"), said=NOT_HTTP
        ),
        "a body of another protocol": Fault(
            script=saying_once(b"SSH-2.0-OpenSSH_9.6\r\n"), said=NOT_HTTP
        ),
        "HTTP/0.9": Fault(script=saying_once(FEED), said=NOT_HTTP),
        "status of letters": Fault(script=saying_once(b"HTTP/1.1 abc OK\r\n\r\n"), said=NOT_HTTP),
        "status beyond all": Fault(script=saying_once(b"HTTP/1.1 9999 OK\r\n\r\n"), said=NOT_HTTP),
        "status of nobody": Fault(
            script=saying_once(b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n"), said="HTTP 999"
        ),
        # redirects
        "redirect to itself": Fault(script=_leading(lambda n: "/"), said=ROUND),
        "redirect to and fro": Fault(script=_leading(lambda n: f"/{n % 2}"), said=ROUND),
        "redirect ever on": Fault(script=_leading(lambda n: f"/{n}"), said=ROUND),
        "redirect ever longer": Fault(
            script=_leading(lambda n: "x" * 600 * n), said="longer than 2048"
        ),
        "redirect without end": Fault(
            script=_endless(b"HTTP/1.1 302 Off\r\nLocation: /\r\n\r\n", b"b" * 4096), said=ROUND
        ),
        "redirect that drips": Fault(
            script=dripping(reply(302, {"Location": "/"}, length=10**6)), said=ROUND
        ),
        "redirect inside": Fault(
            script=saying_once(reply(302, {"Location": "http://10.0.0.1/"})),
            said="not a public address",
        ),
        "redirect to a file": Fault(
            script=saying_once(reply(302, {"Location": "file:///etc/passwd"})),
            said="neither http nor https",
        ),
        # bombs
        "bomb of gzip": Fault(script=saying_once(_bomb("gzip")), said=BIG),
        "bomb of deflate": Fault(script=saying_once(_bomb("deflate")), said=BIG),
        "bomb of br": Fault(script=saying_once(_bomb("br")), said=BIG),
        "bomb of zstd": Fault(script=saying_once(_bomb("zstd")), said=BIG),
        "bomb in chunks": Fault(
            script=_endless(CHUNKED, b"1000\r\n" + b"b" * 4096 + b"\r\n"), said=BIG
        ),
        "bomb of plain text": Fault(script=_endless(reply(length=-1), b"b" * 4096), said=BIG),
        "bomb with a length": Fault(script=_endless(reply(length=10**9), b"b" * 4096), said=BIG),
        "bomb of empty parts": Fault(
            script=saying_once(_coded("gzip", gzip.compress(b"") * 10_000)), said="too many parts"
        ),
        "bomb of empty frames": Fault(
            script=saying_once(_coded("zstd", zstd.compress(b"") * 10_000)), said="too many parts"
        ),
        "bomb in a chunk mark": Fault(script=_endless(CHUNKED + b"1;", b"b" * 4096), said=SHORT),
        "bomb of trailers": Fault(
            script=_endless(CHUNKED + b"1\r\nx\r\n0\r\n", b"A: b\r\n"), said=BIG
        ),
        "bomb twice packed": Fault(
            script=saying_once(_coded("gzip, gzip", gzip.compress(_GZIP))), said="did not ask for"
        ),
    }


_GZIP = gzip.compress(FEED)


def _coded(coding: str, body: bytes, length: int | None = None) -> bytes:
    return reply(200, {"Content-Encoding": coding}, body, length=length)


def _lengths(*written: str) -> bytes:
    return HEAD + b"".join(f"Content-Length: {w}\r\n".encode() for w in written) + b"\r\n" + FEED


@cache
def _bomb(coding: str) -> bytes:
    """64 MiB of nothing."""
    zeros = bytes(64 * 1024 * 1024)
    packers: Mapping[str, Callable[[bytes], bytes]] = {
        "gzip": lambda data: gzip.compress(data, 1),
        "deflate": lambda data: zlib.compress(data, 1),
        "br": lambda data: brotli.compress(data, quality=1),
        "zstd": lambda data: zstd.compress(data, 1),
    }
    return _coded(coding, packers[coding](zeros))


def _stalling(start: bytes) -> Script:
    def script(request: Request, sock: socket.socket, server: Server) -> None:
        sock.sendall(start)
        server.over.wait()

    return script


def _resetting(start: bytes) -> Script:
    def script(request: Request, sock: socket.socket, server: Server) -> None:
        sock.sendall(start)
        # Lingering for no time: closing resets, and what was not yet read is lost.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(sock.detach())  # close() would wait for the file made of it

    return script


def _endless(start: bytes, piece: bytes) -> Script:
    """As fast as it can, for as long as anybody listens."""

    def script(request: Request, sock: socket.socket, server: Server) -> None:
        sock.sendall(start)
        while not server.over.is_set():
            sock.sendall(piece * (65536 // len(piece) + 1))

    return script


def _leading(where: Callable[[int], str]) -> Script:
    numbers: Iterator[int] = count(1)

    def script(request: Request, sock: socket.socket, server: Server) -> None:
        sock.sendall(reply(302, {"Location": where(next(numbers))}))

    return script
