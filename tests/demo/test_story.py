"""The seed story as the demo reads it."""

from collections import Counter

from monitor.demo.story import load

STORY = load()


def test_the_story_is_whole() -> None:
    assert (len(STORY.items), len(STORY.outlets)) == (40, 20)
    assert STORY.languages == {"en": 19, "zh-Hans": 8, "ko": 6, "ja": 4, "ru": 3}
    assert {item.feed for item in STORY.items} == STORY.outlets.keys()


def test_items_come_in_the_order_of_their_dates() -> None:
    dates = [item.published_at for item in STORY.items]

    assert dates == sorted(dates)


def test_expectations_are_those_of_the_file() -> None:
    watches = Counter(watch for item in STORY.items for watch in item.watches)

    assert watches == {
        "kp-border-rail": 25,
        "kp-diplomacy": 9,
        "kp-rail-eurasia": 1,
        "sanctions": 3,
    }


def test_an_edit_replaces_and_a_copy_copies() -> None:
    edit, wrap = STORY.item("n11"), STORY.item("n05")

    assert (edit.replaces, edit.copy_of) == ("n03", None)
    assert (wrap.replaces, wrap.copy_of, wrap.is_exact_copy) == (None, "n03", True)
    assert [item.id for item in STORY.versions(edit)] == ["n03", "n11"]


def test_every_headline_in_another_language_has_its_english() -> None:
    assert {item.id for item in STORY.items if item.gloss} == {
        item.id for item in STORY.items if item.language != "en"
    }
