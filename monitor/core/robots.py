"""robots.txt: what a site asks programs to leave alone, and where its sitemaps are.

We ask for what a person configured; only addresses that we merely guess are held against it.
Source: RFC 9309.
"""

from dataclasses import dataclass, field
from urllib.robotparser import RobotFileParser

from monitor.core.urls import join

AGENT = "news-monitor"
MAX_BYTES = 500 * 1024  # section 2.5: at least so much must be read
_MAX_SITEMAPS = 100


@dataclass(frozen=True, slots=True)
class Robots:
    """One site's wishes.

    Attributes:
        sitemaps: Absolute addresses, in the order of the file.
    """

    _rules: RobotFileParser = field(repr=False)
    sitemaps: tuple[str, ...] = ()

    def allow(self, url: str) -> bool:
        try:
            return self._rules.can_fetch(AGENT, url)
        except ValueError:  # an address that cannot be taken apart
            return False


def read_robots(body: bytes, url: str) -> Robots:
    """The rules of a robots.txt; what cannot be read of it says nothing.

    Args:
        url: Of the file.
    """
    rules = RobotFileParser()
    lines = body[:MAX_BYTES].decode("utf-8-sig", "replace").splitlines()
    try:
        rules.parse(lines)
    except ValueError:  # "Disallow: //[x" is no path
        return everything_allowed()
    named = (join(url, sitemap) for sitemap in (rules.site_maps() or ())[:_MAX_SITEMAPS])
    return Robots(rules, tuple(dict.fromkeys(filter(None, named))))


def everything_allowed() -> Robots:
    """Of a site without the file (section 2.3.1.3)."""
    return read_robots(b"", "")


def nothing_allowed() -> Robots:
    """Of a site that could not say what it wishes (section 2.3.1.4)."""
    return read_robots(b"User-agent: *\nDisallow: /", "")
