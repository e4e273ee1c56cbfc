"""Moments as people write them: a length of time before now, or a date."""

from datetime import UTC, datetime

from monitor.config.durations import NotADuration, parse_duration

__all__ = ["NotADuration", "moment_of"]


def moment_of(written: str, now: datetime) -> datetime:
    """As in "2d", "12h" or 2025-06-12 (UTC if it names no zone).

    Raises:
        NotADuration: Neither.
    """
    try:
        at = datetime.fromisoformat(written)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    return now - parse_duration(written)
