"""The process in which feeds are read: `python -m monitor.adapters.feeds.child CPU_S MAX_MIB`.

Reads requests from standard input until it ends (so it does not outlive its parent by more
than one document) and writes answers to standard output; see wire.py.
"""

import math
import os
import resource
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from monitor.adapters.feeds import wire
from monitor.adapters.feeds.page import read_page
from monitor.adapters.feeds.reader import read
from monitor.errors import ParseError
from monitor.model import Health

MAX_FILES = 16  # codecs are imported when first needed


def main(cpu_s: float, max_rss_mib: int) -> None:
    # Only answers may go to the pipe; once all is well, words go nowhere (they could be a feed's).
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _give_up_rights(max_rss_mib)
    _send(sink, wire.MORE)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    while (head := _receive(source)) is not None and (body := _receive(source)) is not None:
        _limit_cpu(cpu_s)
        answer = _answer(head, body, max_rss_mib)
        last = _has_grown(max_rss_mib)
        _send(sink, (wire.LAST if last else wire.MORE) + answer)
        if last:
            return


def _answer(head: bytes, body: bytes, max_rss_mib: int) -> bytes:
    request = wire.unpack_head(head)
    task = request.pop("task")
    try:
        if task == wire.PAGE:
            return wire.pack_page(read_page(body, **request))
        return wire.pack_feed(read(body, **request))
    except ParseError as exc:
        return wire.pack_error(exc)
    except MemoryError:
        text = f"reading it needs more than {max_rss_mib} MiB of memory; stopped"
    except RecursionError:
        text = "it is nested too deeply"
    except Exception as exc:  # noqa: BLE001 - whatever a body does to us costs that feed only
        text = f"the parser failed on it ({type(exc).__name__})"
    return wire.pack_error(ParseError(text, health=Health.FAILING))


def _give_up_rights(max_rss_mib: int) -> None:
    # The parent decides when to stop; a terminal's Ctrl-C or systemd's SIGTERM is meant for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.dont_write_bytecode = True
    most = max_rss_mib * 1024 * 1024
    for kind, limit in (
        (resource.RLIMIT_AS, most),
        (resource.RLIMIT_NOFILE, MAX_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (allowed, allowed))


def _limit_cpu(cpu_s: float) -> None:
    """Allow this much more processor time from now on; past it the kernel ends us (SIGXCPU)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(usage.ru_utime + usage.ru_stime + cpu_s)
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _has_grown(max_rss_mib: int) -> bool:
    """After huge documents, end: what the heap does not give back would fail an innocent feed.

    Not ru_maxrss: that one begins with the peak of the parent, which forked us.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:  # no Linux
        return False
    return pages * resource.getpagesize() > max_rss_mib * 1024 * 1024 / 2


def _receive(source: BinaryIO) -> bytes | None:
    prefix = source.read(wire.LENGTH.size)
    if len(prefix) < wire.LENGTH.size:
        return None
    (length,) = wire.LENGTH.unpack(prefix)
    payload = source.read(length)
    return payload if len(payload) == length else None


def _send(sink: BinaryIO, payload: bytes) -> None:
    sink.write(wire.frame(payload))
    sink.flush()


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
