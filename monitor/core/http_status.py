"""What an HTTP answer means: to a webhook's delivery, to a feed's health, to the timetable."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.model import Health, Verdict

_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)
_HELD = frozenset({401, 403, 404})
_RETRY = frozenset({408, 425})


def http_date(text: str | None) -> datetime | None:
    """Aware UTC of an HTTP date in any of its three historic forms; None if unreadable.

    Source: RFC 9110, section 5.6.7.
    """
    try:
        moment = parsedate_to_datetime(text or "")
        # A date without a zone is meant as GMT (asctime form).
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """How long a server asks us to stay away.

    Args:
        header: Raw `Retry-After`: seconds (fractions are seen in the wild), or an HTTP date.
        now: Aware UTC; a date is measured against it.

    Returns:
        Never negative: zero for a date in the past. None if absent, negative or unreadable
        (a bad header is no reason to fail).

    Source: RFC 9110, section 10.2.3.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return timedelta(seconds=float(text))
    until = http_date(text)
    return None if until is None else max(until - now, timedelta())


def verdict(status: int) -> Verdict:
    """What a webhook's status means for the delivery; 2xx alone is success.

    A redirect is a failure, never followed: following would turn the POST into a GET, or carry the
    alert to an address nobody configured. It is tried again, for a login page or a proxy in the
    way passes. Statuses outside 100-599 say nothing: try again.
    """
    if 200 <= status < 300:
        return Verdict.DELIVERED
    if status == 429:
        return Verdict.THROTTLED
    if status == 410:
        return Verdict.GONE
    if status in _HELD or 300 <= status < 400:
        return Verdict.HELD
    if 400 <= status < 500 and status not in _RETRY:
        return Verdict.REFUSED
    return Verdict.RETRY


def fetch_health(status: int, *, retry_after_given: bool = False) -> Health:
    """What the status of a final answer (redirects followed) says about a feed.

    Args:
        retry_after_given: The answer had a readable Retry-After, so 503 means "too busy for you".
    """
    if 200 <= status < 300 or status == 304:
        return Health.OK
    if status in (401, 403):
        return Health.BLOCKED
    if status == 410:
        return Health.GONE
    if status == 404:
        return Health.NOT_FOUND
    if status == 429 or (status == 503 and retry_after_given):
        return Health.THROTTLED
    return Health.FAILING


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long a server says its answer stays fresh: max-age, else Expires.

    Args:
        headers: Of the answer, looked up case-insensitively.
        now: Aware UTC; Expires is measured against the answer's own Date if there is one, so
            that a server's wrong clock does no harm.

    Returns:
        None if it says nothing, or that the answer is stale at once (no-store, no-cache,
        max-age=0, `Expires: 0`, a date that has passed).

    Source: RFC 9111, sections 4.2.1 and 5.3.
    """
    directives = dict(_directive(part) for part in headers.get("Cache-Control", "").split(","))
    if "no-store" in directives or "no-cache" in directives:
        return None
    if "max-age" in directives:
        seconds = directives["max-age"]
        age = headers.get("Age", "").strip()
        fresh = _whole_seconds(seconds) - _whole_seconds(age)
        return fresh if fresh > timedelta() else None
    expires = http_date(headers.get("Expires"))
    if expires is None:
        return None
    left = expires - (http_date(headers.get("Date")) or now)
    return left if left > timedelta() else None


def clock_of(headers: Mapping[str, str]) -> datetime | None:
    """What the server's clock showed when it answered; None: it does not say.

    A cache passes on the Date of the origin with the Age of the answer (RFC 9111, section 4.2.3).
    """
    date = http_date(headers.get("Date"))
    try:
        return None if date is None else date + _whole_seconds(headers.get("Age", "").strip())
    except OverflowError:
        return None


def _directive(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), value.strip().strip('"')


def _whole_seconds(text: str) -> timedelta:
    """Zero if unreadable, at most 2**31 seconds (RFC 9111, section 1.2.2)."""
    if not (text.isascii() and text.isdigit()):
        return timedelta()
    return timedelta(seconds=min(int(text[:11]), 2**31))
