"""What people said of alerts is what the watches have to get right."""

from monitor.core.query import Regression, compile_watches, regressions
from monitor.model import Lexicon, Rated, Rating, Watch
from tests.builders import NOW, a_watch, an_item


def a_case(title: str, rating: Rating, watch: str = "rail") -> Rated:
    item = an_item(title)
    return Rated(alert_id=f"a {title}", watch_id=watch, rating=rating, rated_at=NOW, item=item)


def wrong(*cases: Rated, watch: Watch | None = None) -> list[Regression]:
    watch = watch or a_watch("train NOT model")
    return regressions(cases, compile_watches([watch], Lexicon()), {watch.id: watch})


def test_good_alert_that_is_found_and_noise_that_is_not_are_right():
    assert wrong(a_case("A train", Rating.GOOD), a_case("A model train", Rating.NOISE)) == []


def test_good_alert_that_is_lost_is_told_with_what_is_missing():
    (one,) = wrong(a_case("A tram", Rating.GOOD))

    assert one.rated.item.title == "A tram"
    assert one.reason == "missing: train"


def test_noise_that_is_still_found_is_told_with_what_finds_it():
    (one,) = wrong(a_case("Toy train", Rating.NOISE))

    assert one.reason == "matched by 'train'"


def test_match_below_the_least_score_counts_as_lost():
    (one,) = wrong(a_case("A train", Rating.GOOD), watch=a_watch("train", min_score=9))

    assert one.reason == "its score 3 is below min_score, 9"


def test_case_of_a_watch_that_is_gone_is_passed_over():
    assert wrong(a_case("A tram", Rating.GOOD, watch="gone")) == []
