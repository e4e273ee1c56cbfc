"""Python, and what it was built with."""

import ssl
import sys
from collections.abc import Iterable, Iterator
from pyexpat import EXPAT_VERSION

from monitor.doctor.finding import Finding, warning, well
from monitor.doctor.world import World

PLACE = 10

Numbers = tuple[int, ...]
# Python's own library holds urlsplit and TLS, expat reads every feed.
_PYTHON = (
    ((3, 11), (3, 11, 4), "CVE-2023-24329: addresses that begin with a blank pass for others"),
    ((3, 11), (3, 11, 5), "CVE-2023-40217: TLS may be passed by"),
)
_EXPAT = (
    ((2, 6, 0), "CVE-2023-52425: long tokens take quadratic time"),
    ((2, 6, 3), "CVE-2024-45490 to -45492: memory is overwritten"),
    ((2, 7, 0), "CVE-2024-8176: deep nesting overflows the stack"),
)


def look(_: World) -> Iterable[Finding]:
    expat = tuple(map(int, EXPAT_VERSION.removeprefix("expat_").split(".")))
    return judge(sys.version_info[:3], expat, ssl.OPENSSL_VERSION_INFO[:3], ssl.OPENSSL_VERSION)


def judge(python: Numbers, expat: Numbers, tls: Numbers, tls_name: str) -> Iterator[Finding]:
    flaws = [
        what for line, fixed, what in _PYTHON if python[: len(line)] == line and python < fixed
    ]
    yield _told("Python", python, flaws, "install the newest Python of this line")
    flaws = [what for fixed, what in _EXPAT if expat < fixed]
    cure = "update the system's libexpat, or Python if it brings its own; feeds are read in a "
    yield _told("expat", expat, flaws, f"{cure}child with limits meanwhile")
    flaws = [] if tls >= (3, 0, 0) else ["it gets no security fixes any more"]
    yield _told(tls_name, (), flaws, "use a Python that is linked to OpenSSL 3")


def _told(name: str, version: Numbers, flaws: list[str], cure: str) -> Finding:
    text = f"{name} {'.'.join(map(str, version))}".strip()
    return warning(f"{text}: {'; '.join(flaws)}", cure) if flaws else well(text)
