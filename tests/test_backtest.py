"""A backtest tells what the service would have told, for it is the same code."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.adapters.sqlite import SqliteStore
from monitor.backtest import CHANGED, Backtest, backtest
from monitor.core.query import compile_watches
from monitor.model import Item, Lexicon, Reason, Watch
from monitor.pipeline import Line
from tests.builders import NOW, a_feed, a_watch, an_item
from tests.lines import World, an_entry

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def a_line(*watches: Watch) -> Line:
    return Line(
        feeds={},
        watches={watch.id: watch for watch in watches},
        percolator=compile_watches(watches, Lexicon()),
        publishers={},
        webhooks={},
        default_webhooks=(),
        instance="",
    )


def run(items: list[Item], *watches: Watch, since: datetime | None = None) -> Backtest:
    return backtest(items, a_line(*watches), "rail", since=since)


def an_old_item(title: str, at: datetime = NOW, **changes: object) -> Item:
    given = {"id": f"i {title}", "published_at": at, "effective_at": at, "seen_at": at}
    return an_item(title, story_id=f"s {title}", **(given | changes))


def test_matches_alerts_and_what_was_held_are_counted_by_day():
    items = [
        an_old_item("Train one", NOW),
        an_old_item("Bus", NOW),
        an_old_item("Train two", NOW + DAY),
        an_old_item("Train three", NOW + DAY, effective_at=NOW - 9 * DAY),
    ]

    result = run(items, a_watch("train"))

    assert result.current
    assert result.changed is None
    assert (result.texts, result.current.matches, result.current.alerts) == (4, 3, 2)
    assert result.current.held == {Reason.TOO_OLD: 1}
    assert result.current.days == {date(2025, 6, 12): (1, 1), date(2025, 6, 13): (2, 1)}
    assert [one.item.title for one in result.samples] == ["Train three", "Train two", "Train one"]


def test_changed_watch_is_compared_with_the_current_one():
    items = [an_old_item("Train and tram"), an_old_item("Tram alone"), an_old_item("Train alone")]

    result = run(items, a_watch("train"), a_watch("tram", id=f"rail{CHANGED}"))

    assert result.changed
    assert (result.added_count, result.lost_count) == (1, 1)
    assert [one.item.title for one in result.added] == ["Tram alone"]
    assert [one.item.title for one in result.lost] == ["Train alone"]
    assert [one.match.found[0].variant for one in result.lost] == ["Train"]


def test_new_watch_has_nothing_to_be_compared_with():
    result = run([an_old_item("Tram")], a_watch("tram", id=f"rail{CHANGED}"))

    assert result.current is None
    assert result.changed
    assert (result.changed.alerts, result.added_count, result.lost_count) == (1, 0, 0)
    assert [one.item.title for one in result.samples] == ["Tram"]


def test_edit_and_copy_are_told_as_they_are_live():
    first = an_old_item("Train leaves")
    edited = an_old_item("Train left", id=first.id, revision=1, seen_at=NOW + HOUR)
    copy = an_old_item("Train leaves", id="copy", copy_of=first.id, seen_at=NOW + 2 * HOUR)

    result = run([first, edited, copy], a_watch("train"))

    assert result.current
    assert result.current.held == {Reason.ALREADY_TOLD: 1, Reason.COPY: 1}
    assert result.current.items == {first.id, "copy"}


def test_text_from_before_tells_only_what_an_edit_changed():
    before = an_old_item("Train leaves", NOW - DAY)
    edited = an_old_item("Train left", NOW, id=before.id, revision=1)

    result = run([before, edited], a_watch("train"), since=NOW - HOUR)

    assert result.current
    assert (result.texts, result.current.matches, result.current.alerts) == (1, 1, 0)


def test_watch_that_defers_or_is_silenced_is_so_here_too():
    items = [an_old_item("Train leaves Pyongyang"), an_old_item("Train leaves")]
    narrow = a_watch("train Pyongyang", id="narrow")

    deferring = run(items, a_watch("train", defer_to=("narrow",)), narrow)
    silenced = run(items, a_watch("train", unless=("narrow",)), narrow)

    assert deferring.current
    assert silenced.current
    assert deferring.current.held == {Reason.DEFERRED: 1}
    assert (deferring.current.matches, silenced.current.matches) == (2, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "m.sqlite", durable=False) as opened:
        yield opened


WATCHES = [
    a_watch("train OR tram", id="rail", defer_to=("narrow",), min_score=2),
    a_watch("train Pyongyang NOT ferry", id="narrow"),
]
TITLES = st.lists(
    st.sampled_from(("train", "tram", "Pyongyang", "ferry", "news")), min_size=1, max_size=4
).map(" ".join)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 4), TITLES, st.sampled_from(("pennant", "gazette")), st.integers(0, 90)
    ),
    max_size=12,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_backtest_of_what_was_stored_is_what_was_told(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str, str, int]]
):
    """New items, edits and copies in any order, some too old."""
    with SqliteStore(tmp_path_factory.mktemp("m") / "m.sqlite", durable=False) as store:
        world = World(store, WATCHES)
        for feed in ("pennant", "gazette"):
            world.poll(feed=a_feed(feed), now=NOW - DAY)  # what follows is no first poll
        told = []
        for minute, (number, title, feed, age) in enumerate(steps):
            now = NOW + timedelta(minutes=minute)
            entry = an_entry(number, title, paragraphs=(), published_at=now - timedelta(hours=age))
            absorbed = world.poll(entry, feed=a_feed(feed), now=now)
            told += [(alert.watch_id, alert.item_id, alert.severity) for alert in absorbed.alerts]

        result = backtest(store.archive().versions(), a_line(*WATCHES), "rail")

    tally = result.current
    assert tally
    assert tally.alerts == len([one for one in told if one[0] == "rail"])


def test_empty_history_is_no_error():
    result = run([], a_watch("train"))

    assert result == Backtest(
        texts=0,
        first_at=None,
        last_at=None,
        current=result.current,
        changed=None,
        samples=(),
    )
