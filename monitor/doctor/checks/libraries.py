"""Libraries with defects that we know of: other packages may have pulled in old ones."""

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

from monitor.doctor.finding import Finding, bad, warning, well
from monitor.doctor.world import World

PLACE = 30

_FLOORS = {
    "feedparser": ("6.0.14", "breaks without sgmllib"),
    "Jinja2": ("3.1.6", "CVE-2025-27516: a way out of the sandbox"),
    "requests": ("2.33", "CVE-2026-25645"),
    "urllib3": ("2.6.3", "CVE-2025-66418, -66471, CVE-2026-21441: packed bodies without a limit"),
    "sqlite-utils": ("4.0", "other rules for transactions"),
    "python-multipart": ("0.0.22", "CVE-2026-24486"),
    "ahocorasick-rs": ("1.0.3", "not tested below"),
    "brotli": ("1.2", "what a document unpacks to has no limit"),
    "apprise": ("2.2", "redirects cannot be switched off"),
}
_EXTRAS = frozenset({"brotli", "apprise"})


def look(_: World) -> Iterable[Finding]:
    return judge({name: _installed(name) for name in _FLOORS})


def judge(installed: Mapping[str, str | None]) -> Iterator[Finding]:
    """Args: name -> version; None: it is not there."""
    old = [
        f"{name} {found} ({_FLOORS[name][1]}; mended in {_FLOORS[name][0]})"
        for name, found in installed.items()
        if found and numbers(found) < numbers(_FLOORS[name][0])
    ]
    gone = [name for name, found in installed.items() if not found and name not in _EXTRAS]
    if gone:
        yield bad(f"not installed: {', '.join(gone)}", "install news-monitor again")
    if old:
        names = " ".join(text.split()[0] for text in old)
        yield warning("; ".join(old), f"pip install --upgrade {names}")
    if not gone and not old:
        yield well(f"{sum(map(bool, installed.values()))} libraries without known defects")


def numbers(text: str) -> tuple[int, ...]:
    """Of a version, as far as they are plain: "6.0.14" is (6, 0, 14)."""
    plain = re.match(r"[0-9]+(?:\.[0-9]+)*", text)
    found = [int(part) for part in plain[0].split(".")] if plain else []
    while found and not found[-1]:
        found.pop()  # 2.33 is 2.33.0
    return tuple(found)


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
