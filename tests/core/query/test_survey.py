"""What recent items say of watches and lexicon."""

from datetime import timedelta

import pytest

from monitor.core.query import compile_watches, quiet_problems, survey, survey_problems
from monitor.core.query.survey import Survey
from monitor.model import Item, Lexicon, TermGroup, Watch
from tests.builders import NOW, a_watch, an_item

LEXICON = Lexicon(
    groups={
        "kp": TermGroup(id="kp", terms={"en": ("Pyongyang", "news"), "ko": ("*평양*",)}),
        "wide": TermGroup(id="wide", terms={"en": ("daily",)}, common=True),
    }
)


def seen_by(items: list[Item], *watches: Watch) -> Survey:
    return survey(compile_watches(watches, LEXICON), items)


def told(items: list[Item], *watches: Watch) -> list[tuple[str, str, str, str]]:
    problems = survey_problems(seen_by(items, *watches), watches, LEXICON)
    assert not any(problem.fatal for problem in problems)
    return [(one.kind, one.id, one.key, one.text) for one in problems]


def days_of(count: int, title: str) -> list[Item]:
    return [an_item(f"{title} {number}") for number in range(count)]


def test_entry_that_stands_everywhere_is_told_where_it_is_written():
    items = [*days_of(30, "daily news from Pyongyang"), *days_of(970, "weather")]

    found = told(items, a_watch("@kp OR @wide"))

    assert found == [
        ("group", "kp", "terms.en[0]", "'Pyongyang' stands in 3% of the last 1,000 items"),
        ("group", "kp", "terms.en[1]", "'news' stands in 3% of the last 1,000 items"),
    ]


def test_entry_that_is_only_excluded_is_not_told():
    items = [*days_of(30, "daily news from Pyongyang"), *days_of(970, "weather")]

    assert told(items, a_watch("weather NOT @kp")) == []


def test_entry_of_a_fiftieth_of_the_items_is_not_told():
    assert told([*days_of(20, "news"), *days_of(980, "weather")], a_watch("@kp")) == []


def test_of_few_items_nothing_is_said():
    assert told(days_of(400, "news"), a_watch("@kp")) == []


def test_watches_that_match_the_same_items_are_told():
    items = [*days_of(12, "train leaves"), *days_of(988, "weather")]
    watches = (a_watch("train"), a_watch("leaves", id="other"), a_watch("weather", id="third"))

    assert told(items, *watches) == [
        ("watch", "other", "query", "matches the very same items as 'rail': 12 of the last 1,000")
    ]


def test_few_shared_matches_may_be_chance():
    items = [*days_of(9, "train leaves"), *days_of(991, "weather")]

    assert told(items, a_watch("train"), a_watch("leaves", id="other")) == []


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("last", "days_seen", "quiet"),
    [
        (None, 31, True),
        (31 * DAY, 30, True),
        (29 * DAY, 30, False),
        (None, 24, False),  # too young a store, or the service stood still
        (None, 0, False),
    ],
)
def test_watch_that_matched_nothing_for_thirty_days_is_told(
    last: timedelta | None, days_seen: int, quiet: bool
):
    watches = [a_watch("train"), a_watch("x", id="off", enabled=False)]
    last_matches = {} if last is None else {"rail": NOW - last}

    problems = quiet_problems(seen_by([]), watches, last_matches, days_seen, NOW)

    assert [one.id for one in problems] == ["rail"] * quiet


def test_changed_query_that_would_match_the_newest_items_is_not_quiet():
    watches = [a_watch("train")]

    assert quiet_problems(seen_by(days_of(1, "train"), *watches), watches, {}, 30, NOW) == []
