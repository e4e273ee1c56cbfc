"""Where a page of a list goes on, as it stands in an address."""

from datetime import UTC, datetime

from monitor.ports import Mark


def written(at: datetime, name: str) -> str:
    """What `place_in` reads."""
    return f"{at.isoformat()}~{name}"


def place_in(text: str) -> Mark | None:
    """None: the beginning; so is what cannot be read, for anybody may write an address."""
    at, _, name = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return Mark(moment.astimezone(UTC), name) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
