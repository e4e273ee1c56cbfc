"""What a watch was told of a story by now, and lengths of time in words."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Followed
from monitor.views.stories import telling
from monitor.views.words import to_go

NOW = datetime(2025, 6, 12, 15, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("told", "told_at", "words", "last_at", "coming_at"),
    [
        (0, None, "told 0 times", None, None),
        (1, NOW - timedelta(hours=1), "told 1 time", NOW - timedelta(hours=1), None),
        (2, LATER, "told once so far", None, LATER),
        (4, LATER, "told 3 times so far", None, LATER),
        (1, LATER, "not told yet", None, LATER),
    ],
)
def test_what_is_to_be_told_is_not_told_yet(
    told: int,
    told_at: datetime | None,
    words: str,
    last_at: datetime | None,
    coming_at: datetime | None,
) -> None:
    one = Followed(watch_id="w", thread_id="s", last_at=NOW, told=told, told_at=told_at)

    seen = telling(one, NOW)

    assert (seen.words, seen.last_at, seen.coming_at) == (words, last_at, coming_at)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (29, "29 s"),
        (59.9, "1 min"),
        (90, "2 min"),
        (3_599, "1 h"),
        (8 * 3_600 - 1, "8 h"),
        (7.4 * 3_600, "7 h"),
        (86_399, "1 d"),
        (23 * 3_600, "23 h"),
        (-5, "0 s"),
    ],
)
def test_what_is_left_is_told_to_the_nearest(seconds: float, words: str) -> None:
    assert to_go(timedelta(seconds=seconds)) == words
