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
    assert reason("@kp -opens", item) == "excluded by NOT: opens in the title"
    assert reason("@kp lang:ko", item) == "missing: lang:ko (the item has en)"
    assert reason("@kp NEAR/0 opened", item) == "missing: opened"


def test_words_that_are_too_far_apart_are_named() -> None:
    item = an_item("Pyongyang says that a train")

    assert reason("@kp NEAR/1 train", item) == "missing: @kp within 1 word of train"


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

    assert first.reason == "left to watch 'narrow', which matches as well"
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


def test_words_in_the_wrong_order_are_told_apart_from_words_too_far_apart() -> None:
    assert reason("strike ONEAR/2 port", an_item("Port strike")) == (
        "missing: strike before port: they are close enough, but in the other order"
    )
    assert reason("strike ONEAR/1 port", an_item("A strike in the old port")) == (
        "missing: strike before port, with at most 1 word between"
    )


def test_filter_that_is_false_tells_what_is_wanted_and_what_there_is() -> None:
    item = an_item("train", country="", url="https://www.pennant.example.org/1")
    feed = a_feed(topics=frozenset({"rail", "ports"}))

    def told(query: str) -> str:
        (explanation,) = explained(item, a_watch(f"train {query}"), feeds=(feed,))
        return explanation.reason

    assert told("tier:>=wire") == "missing: tier:>=wire (the item has press)"
    assert told("owner:harbour") == "missing: owner:harbour (the item has pennant)"
    assert told("feed:(a1, b1)") == "missing: feed:(a1, b1) (the item has pennant)"
    assert told("source:Harbour") == "missing: source:Harbour (the item has Pennant)"
    assert told("country:CN") == "missing: country:CN (the item has none)"
    assert told("topic:sport") == "missing: topic:sport (the item has ports, rail)"
    assert told("domain:example.com") == (
        "missing: domain:example.com (the item has www.pennant.example.org)"
    )
    assert told("-owner:pennant") == "excluded by NOT: owner:pennant"


def test_what_is_missing_and_what_is_excluded_are_told_apart() -> None:
    item = an_item("A lucky bus", summary="The bus was lucky.")

    assert reason("(train bus) -lucky", item) == (
        "missing: train; excluded by NOT: lucky in the title and the summary"
    )
    assert reason("bus (train OR -lucky)", item) == "missing: (train or a text without lucky)"
