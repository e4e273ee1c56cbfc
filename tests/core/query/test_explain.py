"""Why a watch matched, or what was missing, masked or silencing."""

from monitor.core.query import Explanation, compile_watches
from monitor.model import Feed, Item, Lexicon, TermGroup, Watch
from tests.builders import a_feed, a_watch, an_item

LEXICON = Lexicon(
    groups={
        "kp": TermGroup(id="kp", terms={"any": ("DPRK",), "en": ("Pyongyang",)}),
        "cn": TermGroup(id="cn", terms={"en": ("China",)}),
        "rf": TermGroup(id="rf", terms={"en": ("Russia",)}),
    },
    masks={"traps": TermGroup(id="traps", terms={"en": ("train of thought",)})},
)


def explained(item: Item, *watches: Watch, feeds: tuple[Feed, ...] = ()) -> list[Explanation]:
    return compile_watches(watches, LEXICON, {feed.id: feed for feed in feeds}).explain(item)


def reason(query: str, item: Item, **changes: object) -> str:
    (explanation,) = explained(item, a_watch(query, **changes))
    assert not explanation.matched
    assert explanation.match is None
    return explanation.reason


def test_match_is_explained_by_its_terms() -> None:
    item = an_item("Pyongyang train")
    percolator = compile_watches([a_watch("@kp train")], LEXICON)

    (explanation,) = percolator.explain(item)

    assert explanation.matched
    assert [explanation.match] == percolator.match(item)
    assert explanation.groups == ("kp",)
    assert explanation.reason == "matched by 'Pyongyang', 'train'"


def test_what_is_missing_is_named() -> None:
    item = an_item("Pyongyang opens")

    assert reason("@kp train", item) == "missing: train"
    assert reason("@kp (@cn OR @rf)", item) == "missing: (@cn or @rf)"
    assert reason("@cn train", item) == "missing: @cn and train"
    assert reason("@kp summary:opens", item) == "missing: opens in the summary"
    assert reason("@kp -opens", item) == "missing: the absence of opens"
    assert reason("@kp lang:ko", item) == "missing: the right lang:"
    assert reason("@kp NEAR/0 opened", item) == "missing: opened"


def test_words_that_are_too_far_apart_are_named() -> None:
    item = an_item("Pyongyang says that a train")

    assert reason("@kp NEAR/1 train", item) == "missing: @kp within 1 words of train"


def test_words_in_different_paragraphs_are_told() -> None:
    item = an_item("Briefing", summary="Pyongyang.\n\nA train.")

    assert reason("@kp train", item) == (
        "all of it is in the item, but not in one paragraph together with the title"
    )


def test_masked_text_is_shown() -> None:
    item = an_item("A train of thought in Pyongyang")

    (explanation,) = explained(item, a_watch("@kp train", masks=("traps",)))

    assert explanation.reason == "missing: train (masked: 'train of thought')"
    assert [found.term for found in explanation.masked] == ["train of thought"]
    assert explanation.groups == ("kp",)


def test_what_silences_a_watch_is_named() -> None:
    wide, narrow = a_watch("train", id="wide", unless=("narrow",)), a_watch("DPRK", id="narrow")

    first, second = explained(an_item("DPRK train"), wide, narrow)

    assert first.reason == "silenced by watch 'narrow', which matches as well"
    assert second.matched


def test_language_and_switch_are_named() -> None:
    item = an_item("train", language="fr")

    assert reason("train", item, languages=frozenset({"ko", "en"})) == (
        "the item is in fr, the watch takes en, ko"
    )
    assert reason("train", item, enabled=False) == "the watch is disabled"


def test_group_that_the_feed_implies_is_present() -> None:
    feed = a_feed(implied_groups=frozenset({"kp"}))

    (explanation,) = explained(an_item("Briefing"), a_watch("@kp train"), feeds=(feed,))

    assert explanation.groups == ("kp",)
    assert explanation.reason == "missing: train"
