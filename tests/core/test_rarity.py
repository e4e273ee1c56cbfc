"""Words that many stories have tell little; so do words of the hour; memory has an end."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.rarity import Rarity


def counted(*items: str) -> Rarity:
    rarity = Rarity()
    for words in items:
        rarity.count(words.split(), words.split(), opened=True)
    return rarity


def test_a_word_of_many_stories_tells_less():
    rarity = counted(*(["rail strike"] + ["rail a", "rail b", "rail c"] * 20))

    assert rarity.weight("rail") < rarity.weight("strike")


def test_a_large_story_does_not_make_its_own_words_common():
    of_one, of_many = Rarity(), Rarity()
    of_one.count(["gryphon"], ["gryphon"], opened=True)
    for _ in range(30):
        of_one.count(["gryphon"], [], opened=False)
        of_many.count(["gryphon"], ["gryphon"], opened=True)
    for rarity in (of_one, of_many):
        for _ in range(10_000):
            rarity.count([], [], opened=False)

    assert of_one.weight("gryphon") > of_many.weight("gryphon") + 1


def test_a_word_of_the_hour_tells_less_until_it_is_quiet_again():
    rarity = counted(*["calm"] * 2_000)
    for _ in range(400):
        rarity.count(["storm"], [], opened=False)
    in_the_storm = rarity.weight("storm")
    for _ in range(5_000):
        rarity.count(["calm"], [], opened=False)

    assert rarity.weight("storm") > in_the_storm + 1


def test_words_that_came_once_are_forgotten_after_long():
    rarity = counted("once")
    rarity.changes()
    for number in range(30_000):
        rarity.count([f"w{number % 50}"], [], opened=False)

    assert "once" not in rarity.words
    assert rarity.changes()["once"] is None


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True, max_size=4), max_size=50))
def test_weights_are_never_negative(items):
    rarity = counted(*map(" ".join, items))

    for word in "abcdefg":
        assert 0 < rarity.weight(word) < 12
        assert rarity.often(word) >= 0
