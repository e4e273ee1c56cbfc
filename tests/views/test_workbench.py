"""What a changed query would have told, in bounded time."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from monitor import bootstrap
from monitor.adapters.sqlite import SqliteStore
from monitor.config import Config, default_folder
from monitor.model import Item, Judged, Status, Watch
from monitor.views.workbench import Trial, try_out
from tests.builders import NOW, an_item

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def config() -> Config:
    return bootstrap.load(default_folder(), secrets_of=())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "monitor.sqlite", durable=False) as store:
        yield store


def keep(store: SqliteStore, *titles: str) -> None:
    items = [_item(title, number) for number, title in enumerate(titles)]
    judged = [Judged(item=item, status=Status.NEW) for item in items]
    store.write(lambda unit: unit.save_items(judged))


def _item(title: str, number: int) -> Item:
    at = NOW - number * HOUR
    return an_item(title, id=f"i_{number}", seen_at=at, effective_at=at, published_at=at)


def tried(config: Config, store: SqliteStore, watch: Watch, **given: object) -> Trial:
    return try_out(watch, config, store.archive(), now=NOW, days=30, **given)  # type: ignore[arg-type]


def test_added_and_lost_are_told_against_the_watch_as_it_is(
    config: Config, store: SqliteStore
) -> None:
    keep(store, "Train to Pyongyang leaves Beijing", "Ship leaves Pyongyang", "Cats")
    watch = replace(config.watches["kp-border-rail"], query="@kp AND ship")

    trial = tried(config, store, watch)

    assert trial.result
    assert [one.item.title for one in trial.result.added] == ["Ship leaves Pyongyang"]
    assert [one.item.title for one in trial.result.lost] == ["Train to Pyongyang leaves Beijing"]
    assert [trial.narrowed, trial.cut, trial.slow] == [False] * 3


@pytest.mark.parametrize(
    ("query", "said", "at"),
    [
        ("@kp AND\n @rial", "did you mean 'rail'", "@rial"),
        ("@kp AND (train", "", "(train"),
        ("", "", "^"),
        ("NOT train", "nothing has to be found", ""),
    ],
)
def test_what_is_wrong_is_told_at_its_place_and_nothing_is_run(
    config: Config, store: SqliteStore, query: str, said: str, at: str
) -> None:
    trial = tried(config, store, Watch(id="new", query=query))

    assert trial.is_fatal
    assert trial.result is None
    assert said in trial.findings[0].text + trial.findings[0].cure
    assert trial.findings[0].at == at


def test_names_of_other_watches_are_known(config: Config, store: SqliteStore) -> None:
    watch = replace(config.watches["kp-rail-eurasia"], query="@kp AND @rail")

    assert watch.unless
    assert not tried(config, store, watch).findings


def test_slow_patterns_are_stopped_and_told(config: Config, store: SqliteStore) -> None:
    keep(store, *(f"{'a' * 60}! train {number}" for number in range(300)))
    began = time.thread_time()

    trial = tried(config, store, Watch(id="new", query='re"train|(a|aa)+[b]!|(a|a|aa)+!! train"'))

    assert time.thread_time() - began < 5
    assert trial.is_fatal or trial.slow


def test_time_bounds_it_and_it_says_so(config: Config, store: SqliteStore) -> None:
    """With a clock that runs fast, as on a slow machine."""
    keep(store, *(f"Train {number}" for number in range(400)))
    ticks = count()

    trial = tried(config, store, Watch(id="new", query="train"), clock=lambda: next(ticks) * 0.01)

    assert trial.narrowed
    assert trial.result
    assert trial.result.texts < 400
    assert trial.since
    assert trial.since > NOW - 30 * 24 * HOUR
