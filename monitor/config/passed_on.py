"""Feeds of those who pass on what others wrote: Google News, and bridges (RSSHub, RSS-Bridge).

What such a feed says is said by whoever runs it. A bridge of your own may carry a ministry's tier,
for you run it; that of a stranger could forge a confirmation, so it counts for no more than an
aggregator unless the feed says where its items must link to.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import SplitResult, parse_qs, urlsplit

from monitor.config.addresses import PLACEHOLDER, Flaw, own_ranges
from monitor.core.mirrors import is_bridge, is_public_bridge
from monitor.core.urls import host_of
from monitor.model import Feed, Settings, Tier

LEAST_GOOGLE_INTERVAL = timedelta(minutes=15)
_GOOGLE = "news.google.com"
_CURE = (
    'write tier = "aggregator", or where its items link to, as in link_hosts = ["mfa.gov.cn"], '
    "or run a bridge of your own: rsshub under [bridge]"
)
_CONFIRMING = (Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA, Tier.WIRE)


def tier_flaw(feed: Feed, url: str, settings: Settings) -> Flaw | None:
    """Why the feed cannot have its tier: a stranger passes it on.

    Args:
        url: One of its addresses, as it is written.
    """
    if feed.tier not in _CONFIRMING or feed.link_hosts:
        return None
    if url.startswith(PLACEHOLDER):
        strange = is_public_bridge(settings.rsshub)
    else:
        own = bool(own_ranges(url)) or host_of(url) == host_of(settings.rsshub)
        strange = is_public_bridge(url) or (is_bridge(url) and not own)
    if not strange:
        return None
    what = f"a stranger's bridge could forge what it passes on, so it is no source of {feed.tier}"
    return what, _CURE


def google_flaws(feed: Feed) -> Iterator[tuple[str, Flaw]]:
    """Key and flaw of a feed of Google News that will not bring what is meant."""
    parts = urlsplit(feed.url) if host_of(feed.url) == _GOOGLE else None
    if parts is None:
        return
    yield from (("url", flaw) for flaw in _query_flaws(parts))
    if feed.tier in (Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA):
        yield (
            "tier",
            (
                f"Google News passes on what others wrote, so it is no source of {feed.tier}",
                'write tier = "aggregator"',
            ),
        )
    if feed.max_age is None:
        yield (
            "max_age",
            (
                "Google News shows old pages again, and nothing says here what is too old",
                'write max_age = "2d", or longer for what is published rarely',
            ),
        )
    if feed.interval < LEAST_GOOGLE_INTERVAL:
        yield (
            "interval",
            ("Google News answers 429 to whoever asks often", 'write at least "15m"'),
        )


def _query_flaws(parts: SplitResult) -> Iterator[Flaw]:
    given = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if missing := [key for key in ("hl", "gl", "ceid") if not given.get(key)]:
        yield (
            f"names no edition: {' and '.join(missing)} missing",
            "write all three, as in hl=en-US&gl=US&ceid=US:en",
        )
    elif not _is_one_edition(given["hl"], given["gl"], given["ceid"]):
        yield (
            f"hl={given['hl']}, gl={given['gl']} and ceid={given['ceid']} are no one edition",
            "they must agree, as in hl=ko&gl=KR&ceid=KR:ko",
        )
    if parts.path.endswith("/search") and "when:" not in given.get("q", ""):
        yield (
            "the query has no when:, so it brings what fits best, not what is new",
            "add when:2d, or when:7d for what is published rarely",
        )


def _is_one_edition(hl: str, gl: str, ceid: str) -> bool:
    country, _, language = ceid.partition(":")
    primary = language.partition("-")[0].lower()
    named = hl.partition("-")[2]
    region = named if re.fullmatch("[A-Za-z]{2}", named) else gl
    return (
        country.upper() == gl.upper() == region.upper() and hl.partition("-")[0].lower() == primary
    )
