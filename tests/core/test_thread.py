"""Which items a thread takes in by what they are about."""

import pytest

from monitor.core.thread import fits, goes_on
from monitor.model import Thread
from tests.builders import NOW

FERRY = {"kr": 8, "rf": 8, "ferry": 8, "resume": 5, "port": 1}


def a_thread(items: int = 8, languages: tuple[str, ...] = ("ru", "ko")) -> Thread:
    return Thread(
        id="s_1",
        title="Ferry to run again",
        language="ru",
        first_seen_at=NOW,
        last_seen_at=NOW,
        item_count=items,
        languages=languages,
        concepts=FERRY,
    )


@pytest.mark.parametrize(
    ("subjects", "language", "taken"),
    [
        ({"kr", "rf", "ferry", "resume"}, "ko", True),
        ({"kr", "rf", "ferry", "resume", "firm"}, "ko", False),
        ({"kr", "rf", "ferry", "resume", "firm"}, "ja", True),
        ({"kr", "rf", "ferry", "resume", "firm"}, "ja-JP", True),
        ({"kr", "rf", "ferry", "resume", "jp"}, "ja", False),
        ({"kr", "rf", "ferry", "firm"}, "ja", False),
        ({"kr", "rf"}, "ja", False),
    ],
)
def test_who_tells_first_in_a_language_may_name_one_thing_more_but_no_other_state(
    subjects: set[str], language: str, taken: bool
) -> None:
    assert fits(subjects, a_thread(), language) is taken
    assert goes_on(subjects, a_thread(), language) is (taken and len(subjects) > 2)


def test_young_thread_takes_a_thing_more_in_any_language() -> None:
    subjects = {"kr", "rf", "ferry", "resume", "firm"}

    assert fits(subjects, a_thread(items=3), "ko")
    assert not fits(subjects, a_thread(items=5), "ko")
