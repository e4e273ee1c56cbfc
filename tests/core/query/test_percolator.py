"""Which watches an item satisfies: windows, masks, languages, groups, NEAR, score, escalations."""

from collections.abc import Iterable
from typing import Any

import pytest

from monitor.core.query import compile_watches
from monitor.errors import QueryError
from monitor.model import (
    Cause,
    Escalation,
    Feed,
    Item,
    Lexicon,
    Match,
    Severity,
    TermGroup,
    Tier,
    Watch,
    Window,
)
from tests.builders import a_feed, a_watch, an_item

LEXICON = Lexicon(
    groups={
        "kp": TermGroup(
            id="kp",
            terms={
                "any": ("{DPRK}",),
                "en": ("North Korea*", "Pyongyang"),
                "ko": ("*북한*", "*북중*"),
                "zh": ("朝鲜",),
                "ja": ("北朝鮮", "中朝"),
                "ru": ("КНДР",),
            },
        ),
        "cn": TermGroup(id="cn", terms={"en": ("China", "Beijing"), "ko": ("*북중*",)}),
        "north": TermGroup(id="north", terms={"any": ("@kp", "{КНДР}")}),
    },
    masks={
        "traps": TermGroup(
            id="traps",
            terms={
                "en": ("train of thought", 're"\\bNorth Korean? cuisine\\b"'),
                "zh": ("朝鲜族", 're"[途]中朝"'),
            },
        )
    },
)


def matches(query: str, item: Item, feeds: Iterable[Feed] = (), **changes: Any) -> list[Match]:
    watch = a_watch(query, **changes)
    return compile_watches([watch], LEXICON, {feed.id: feed for feed in feeds}).match(item)


def fires(query: str, title: str, summary: str = "", language: str = "en", **changes: Any) -> bool:
    item = an_item(title, summary=summary, language=language)
    return bool(matches(query, item, **changes))


# --- boolean -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "title", "expected"),
    [
        ("train", "A train leaves", True),
        ("train", "New trailer released", False),
        ("train Dandong", "A train leaves Dandong", True),
        ("train Dandong", "A train leaves", False),
        ("train OR bus", "A bus leaves", True),
        ("train -bus", "A train and a bus", False),
        ("train (bus OR tram)", "train and tram", True),
        ("train NOT (bus OR tram)", "train and ferry", True),
        ("train NEAR/1 Dandong", "train to Dandong", True),
        ("train NEAR/1 Dandong", "Dandong sees train", True),
        ("train ONEAR/1 Dandong", "Dandong sees train", False),
        ("train NEAR/1 Dandong", "train on to Dandong", False),
        ("train NEAR/0 Dandong", "train Dandong", True),
        ("train NEAR/2 train", "the train", False),
        ("train NEAR/2 train", "train by train", True),
        ("(train OR bus) NEAR/1 Dandong", "bus to Dandong", True),
        ("(train bus) NEAR/2 Dandong", "bus to Dandong, train to Dandong", True),
        ("(train bus) NEAR/2 Dandong", "bus to Dandong and later, much later, a train", False),
        ("(train -fast) NEAR/3 Dandong", "train to Dandong", True),
        ("(train -fast) NEAR/3 Dandong", "fast train to Dandong", False),
        ("a1 NEAR/1 b1 NEAR/1 c1", "c1 x a1 y b1", True),
        ("@kp train", "North Korean train", True),
        ("@north train", "DPRK train", True),
        ("@kp NEAR/2 @cn", "Beijing and Pyongyang", True),
        ("@kp NEAR/2 train", "Pyongyang says that it will restart a train", False),
        ('"night train"', "night train", True),
        ("lang:en train", "train", True),
        ("lang:ko train", "train", False),
    ],
)
def test_query_is_true_of_title(query: str, title: str, expected: bool) -> None:
    assert fires(query, title) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("title:train", False),
        ("summary:train", True),
        ("content:train", True),
        ("text:train", True),
        ("url:pennant", True),
        ("url:train", False),
        ("author:Smith", True),
        ("category:rail", True),
        ("Smith", False),
        ("title:(depot OR train)", True),
        ("train source:pennant", True),
        ("train source:other", False),
        ("train feed:pennant", True),
        ("train owner:(pennant, other)", True),
        ("train country:kr", True),
        ("train tier:wire", True),
        ("train tier:>=press", True),
        ("train tier:>wire", False),
        ("train tier:<=wire", True),
        ("train tier:<wire", False),
        ("train tier:(press, wire)", True),
        ("train domain:example.org", True),
        ("train domain:ample.org", False),
        ("train domain:www.example.org", True),
        ("train topic:rail", True),
        ("train topic:sport", False),
        ("train -topic:sport", True),
    ],
)
def test_fields_and_filters(query: str, expected: bool) -> None:
    item = an_item(
        "Depot opens",
        summary="The first train",
        author="Ann Smith",
        categories=("World", "Rail"),
        country="KR",
        tier=Tier.WIRE,
        url="https://pennant.example.org/a",
    )

    assert bool(matches(query, item, [a_feed(topics=frozenset({"rail"}))])) is expected


def test_offset_of_a_category_counts_from_the_first_one() -> None:
    item = an_item("x", categories=("World", "Rail"))

    (found,) = matches("category:rail", item)[0].found

    assert ", ".join(item.categories)[found.start : found.end] == "Rail"


# --- windows -------------------------------------------------------------------------------------


def test_words_of_two_paragraphs_do_not_make_one_match() -> None:
    """A transcript asks about Pyongyang in one question and about trains in another."""
    assert not fires("Pyongyang train", "Briefing", "On Pyongyang.\n\nOn trains.")
    assert fires("Pyongyang train", "Briefing", "On Pyongyang.\n\nOn trains.", window=Window.ITEM)


def test_title_goes_with_every_paragraph() -> None:
    assert fires("Pyongyang train", "Pyongyang briefing", "Question one.\n\nOn trains.")


def test_excluded_word_in_another_paragraph_does_not_silence() -> None:
    assert fires("train -bus", "Briefing", "A train.\n\nA bus.")
    assert not fires("train -bus", "Briefing", "A train.\n\nA bus.", window=Window.ITEM)
    assert fires("train -bus", "Train briefing", "A bus.\n\nNothing here.")


def test_near_does_not_cross_paragraphs() -> None:
    text = "In Pyongyang.\n\nTrain here."
    assert not fires("Pyongyang NEAR/5 train", "x", text, window=Window.ITEM)


def test_places_are_offsets_into_the_whole_summary() -> None:
    summary = "First thing.\n\nA P'yŏngyang–Dandong train."
    item = an_item("Briefing", summary=summary)

    (match,) = matches("@kp OR pyongyang train", item)

    texts = [(f.field, f.group, summary[f.start : f.end]) for f in match.found]
    assert texts == [
        ("summary", "kp", "P'yŏngyang"),
        ("summary", None, "P'yŏngyang"),
        ("summary", None, "train"),
    ]


def test_best_window_comes_first() -> None:
    item = an_item("Briefing", summary="One train.\n\nA train to Dandong.")

    (match,) = matches("train OR (train Dandong)", item)

    assert match.score == 2.0
    assert [item.summary[f.start : f.end] for f in match.found] == ["train", "Dandong", "train"]


# --- score ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "title", "summary", "score"),
    [
        ("train", "Train", "", 3.0),
        ("train", "x", "train", 1.0),
        ("train", "train", "train train", 3.0),
        ("train^2", "train", "", 6.0),
        ("train dandong", "train", "dandong", 4.0),
        ("train OR bus", "train and bus", "", 6.0),
        ("train -bus", "train", "", 3.0),
        ("@kp", "DPRK, North Korea, Pyongyang", "", 3.0),
        ("(train dandong) OR (train bus)", "train dandong bus", "", 9.0),
        ("(train bus)^2", "train bus", "", 12.0),
        ("url:pennant train", "train", "", 3.5),
    ],
)
def test_score_counts_each_leaf_once_by_its_best_field(
    query: str, title: str, summary: str, score: float
) -> None:
    item = an_item(title, summary=summary, url="https://pennant.example.org")

    assert matches(query, item)[0].score == score


# --- masks ---------------------------------------------------------------------------------------


def test_masked_span_cannot_hit_but_a_second_one_does() -> None:
    masks: dict[str, Any] = {"masks": ("traps",), "language": "zh"}
    assert not fires("@kp", "朝鲜族美食节", **masks)
    assert fires("@kp", "朝鲜族美食节 朝鲜代表团出席", **masks)
    assert fires("@kp", "朝鲜族美食节", language="zh")


def test_masks_are_of_the_items_language() -> None:
    assert fires("thought train", "A train of thought", masks=("traps",), language="fr")
    assert not fires("thought train", "A train of thought", masks=("traps",))


def test_match_tells_what_was_masked() -> None:
    item = an_item("North Korean cuisine reaches Pyongyang by train of thought")

    (match,) = matches("@kp", item, masks=("traps",))

    assert [item.title[f.start : f.end] for f in match.found] == ["Pyongyang"]
    assert [item.title[f.start : f.end] for f in match.masked] == [
        "North Korean cuisine",
        "train of thought",
    ]
    assert {f.group for f in match.masked} == {"traps"}


# --- languages, groups, unless, escalations ------------------------------------------------------


def test_terms_of_a_group_are_of_the_items_language() -> None:
    """中朝 is Japanese for China-DPRK here; the Chinese list does not have it."""
    assert fires("@kp", "中朝貿易が拡大", language="ja")
    assert not fires("@kp", "途中朝窗外", language="zh")
    assert fires("@kp", "DPRK 열차", language="ko")


def test_watch_with_languages_looks_at_no_other() -> None:
    assert not fires("train", "train", languages=frozenset({"ko"}))
    assert fires("train", "train", languages=frozenset({"ko", "en-GB"}))


def test_group_that_the_feed_implies_counts_as_present() -> None:
    feed = a_feed(implied_groups=frozenset({"kp"}))
    item = an_item("First train leaves")

    (match,) = matches("@kp train", item, [feed])

    assert match.score == 3.5
    assert [(f.term, f.field) for f in match.found] == [("train", "title"), ("@kp", "feed")]
    assert not matches("@kp train", item)
    assert matches("@north train", item, [feed])
    assert not matches("title:@kp train", item, [feed])


def test_watch_is_silent_if_another_matches() -> None:
    watches = [
        a_watch("train", id="wide", unless=("narrow",)),
        a_watch("train Dandong", id="narrow"),
        a_watch("bus", id="other"),
    ]
    percolator = compile_watches(watches, LEXICON)

    assert [m.watch_id for m in percolator.match(an_item("train to Dandong"))] == ["narrow"]
    assert [m.watch_id for m in percolator.match(an_item("train, bus"))] == ["wide", "other"]


def test_disabled_watch_neither_matches_nor_silences() -> None:
    watches = [
        a_watch("train", id="wide", unless=("narrow",)),
        a_watch("train", id="narrow", enabled=False),
    ]
    percolator = compile_watches(watches, LEXICON)

    assert [m.watch_id for m in percolator.match(an_item("train"))] == ["wide"]


def test_escalations_that_hold_are_named() -> None:
    watch = a_watch(
        "train",
        escalations=(
            Escalation(severity=Severity.MEDIUM, query="title:@kp"),
            Escalation(severity=Severity.HIGH, tiers=frozenset({Tier.WIRE})),
            Escalation(severity=Severity.CRITICAL, query="@kp", tiers=frozenset({Tier.WIRE})),
            Escalation(severity=Severity.HIGH, query="NOT @cn"),
        ),
    )
    percolator = compile_watches([watch], LEXICON)

    (press,) = percolator.match(an_item("Pyongyang train"))
    (wire,) = percolator.match(an_item("Train", summary="In Pyongyang", tier=Tier.WIRE))
    (far,) = percolator.match(an_item("x", summary="A train.\n\nIn Pyongyang."))

    assert press.escalations == (0, 3)
    assert wire.escalations == (1, 2, 3)
    assert far.escalations == (3,)


def test_bad_query_is_refused_when_compiled() -> None:
    with pytest.raises(QueryError):
        compile_watches([a_watch("train AND")], LEXICON)


def test_watch_whose_group_has_no_word_in_the_language_is_silent() -> None:
    assert not fires("@cn train", "Китай train", language="ru")


# --- hostile text --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["train NEAR/3 bus NEAR/3 tram", '"bus train"~3', 're"(b+u+s+)+\\s*(train\\s*)+!!"', "*ra*"],
)
@pytest.mark.timeout(20)
def test_text_of_ten_thousand_words_is_read_in_time(query: str) -> None:
    text = "bus train tram " * 3_000

    found = matches(query, an_item(text, summary=text))

    assert all(len(match.found) <= 200 for match in found)


SLOW = r're"(\d+)*(\d+)*(\d+)*x strike"'


@pytest.mark.timeout(120)  # processor time is limited; a busy machine takes its own
def test_pattern_that_a_text_makes_slow_is_given_up() -> None:
    text = "\n\n".join(["1" * 2_000 + " x strike"] * 300)

    item = an_item("x", summary=text)
    percolator = compile_watches([a_watch(SLOW)], LEXICON)

    percolation = percolator.percolate(item)

    assert not percolation.matches
    assert percolation.stopped == (SLOW,)
    assert "stopped, too slow for this text: re" in percolator.explain(item)[0].reason


def test_exclusion_that_is_too_slow_does_not_lose_the_item() -> None:
    text = "1" * 2_000 + " x strike"
    watch = a_watch(f"train NOT {SLOW}")

    percolation = compile_watches([watch], LEXICON).percolate(an_item("train", summary=text))

    assert len(percolation.matches) == len(percolation.stopped) == 1


@pytest.mark.timeout(10)
def test_members_are_counted_in_time_however_often_they_stand_there() -> None:
    percolator = compile_watches([a_watch("@kp/2")], LEXICON)
    text = "북한북중" * 5_000

    assert percolator.match(an_item(text, language="ko"))


# --- what kept a watch from matching -------------------------------------------------------------


def drops(item: Item, *watches: Watch) -> list[tuple[str, Cause, tuple[str, ...]]]:
    percolation = compile_watches(watches, LEXICON).percolate(item)
    return [(one.watch_id, one.cause, one.by) for one in percolation.dropped]


def test_mask_over_what_would_have_matched_is_told():
    item = an_item("朝鲜族文化节", language="zh")
    watch = a_watch("@kp", masks=("traps",))

    (drop,) = compile_watches([watch], LEXICON).percolate(item).dropped

    assert (drop.cause, drop.by) == (Cause.MASK, ("traps",))
    assert [found.variant for found in drop.found] == ["朝鲜"]
    assert [found.variant for found in drop.masked] == ["朝鲜族"]


def test_mask_that_does_not_matter_is_not_told():
    assert drops(an_item("朝鲜族与朝鲜", language="zh"), a_watch("@kp", masks=("traps",))) == []
    assert drops(an_item("朝鲜族", language="zh"), a_watch("@kp 列车", masks=("traps",))) == []


def test_exclusion_that_alone_prevented_it_is_told():
    watch = a_watch("train NOT (bus OR tram)")

    assert drops(an_item("A train and a tram"), watch) == [("rail", Cause.NOT, ("bus or tram",))]
    assert drops(an_item("A tram"), watch) == []
    assert drops(an_item("A ferry"), watch) == []


def test_mask_and_exclusion_together_are_told_together():
    item = an_item("朝鲜族 tram", language="zh")
    watch = a_watch("@kp NOT tram", masks=("traps",))

    assert drops(item, watch) == [("rail", Cause.MASK, ("traps", "tram"))]


def test_watch_that_silences_is_told_by_name():
    watches = (a_watch("train"), a_watch("leaves", id="other", unless=("rail",)))

    assert drops(an_item("A train leaves"), *watches) == [("other", Cause.UNLESS, ("rail",))]


def test_item_of_another_language_or_disabled_watch_is_no_near_miss():
    item = an_item("A train and a bus", language="en")

    assert drops(item, a_watch("train NOT bus", languages=frozenset({"ko"}))) == []
    assert drops(item, a_watch("train NOT bus", enabled=False)) == []


def test_percolate_and_match_agree():
    watches = [a_watch("train"), a_watch("bus NOT train", id="b"), a_watch("x", id="c")]
    percolator = compile_watches(watches, LEXICON)
    item = an_item("A train and a bus")

    assert list(percolator.percolate(item).matches) == percolator.match(item)


# --- so many different members of a group --------------------------------------------------------

STATES = Lexicon(
    groups={
        "us": TermGroup(id="us", terms={"en": ("United States", "{US}", "Trump")}),
        "rf": TermGroup(id="rf", terms={"en": ("Russia*", "Putin"), "ko": ("*러시아*",)}),
        "asia": TermGroup(id="asia", terms={"any": ("@kr",)}),
        "kr": TermGroup(id="kr", terms={"en": ("South Korea",), "ko": ("*한국*",)}),
        "states": TermGroup(id="states", terms={"any": ("@us", "@rf", "@asia"), "en": ("Korea",)}),
    }
)


@pytest.mark.parametrize(
    ("query", "title", "expected"),
    [
        ("@states/2", "Trump calls Putin", True),
        ("@states/2", "Trump and the US", False),  # two names of one
        ("@states/2", "South Korea waits", False),  # one name inside another
        ("@states/2", "South Korea and Korea", True),
        ("@states/3", "US, Russia and South Korea meet", True),
        ("@states/3", "US and Russia meet", False),
        ("title:(@states/2)", "Trump calls", False),
        ("@states/2 calls", "Putin calls Trump", True),
        ("Putin NOT @states/2", "Putin calls", True),
        ("Putin NOT @states/2", "Putin calls Trump", False),
    ],
)
def test_members_of_a_group_are_counted(query: str, title: str, expected: bool):
    percolator = compile_watches([a_watch(query)], STATES)

    assert bool(percolator.match(an_item(title))) is expected


def test_members_are_those_of_the_items_language():
    percolator = compile_watches([a_watch("@states/2")], STATES)

    assert percolator.match(an_item("한국과 러시아", language="ko"))
    assert not percolator.match(an_item("Trump, 러시아", language="ko"))


def test_group_that_the_feed_implies_is_a_member():
    feed = a_feed("agency", implied_groups=frozenset({"rf"}))
    percolator = compile_watches([a_watch("@states/2")], STATES, {"agency": feed})

    assert percolator.match(an_item("Trump called", feed_id="agency"))
    assert not percolator.match(an_item("Trump called"))


def test_one_word_for_two_states_is_two_members():
    lexicon = Lexicon(
        groups={
            "kp": TermGroup(id="kp", terms={"ko": ("*북러*", "*북한*")}),
            "rf": TermGroup(id="rf", terms={"ko": ("*북러*", "*러시아*")}),
            "states": TermGroup(id="states", terms={"any": ("@kp", "@rf")}),
        }
    )
    percolator = compile_watches([a_watch("@states/2")], lexicon)

    assert percolator.match(an_item("북러 정상회담", language="ko"))
    assert not percolator.match(an_item("북한 발표", language="ko"))


def test_word_and_pattern_in_one_place_are_two_members():
    lexicon = Lexicon(
        groups={"states": TermGroup(id="states", terms={"ko": ("*북러*", 're"북러|러북"')})}
    )

    assert compile_watches([a_watch("@states/2")], lexicon).match(an_item("북러", language="ko"))


def test_escalation_with_a_condition_is_not_decided_by_the_text() -> None:
    """What the item is to its story is known only once it has joined it."""
    rules = (
        Escalation(severity=Severity.HIGH, when="claim == denied"),
        Escalation(severity=Severity.MEDIUM),
    )
    watch = a_watch("train", escalations=rules)

    [match] = compile_watches([watch], Lexicon()).match(an_item("A train leaves"))

    assert match.escalations == (1,)


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("train", 1),
        ("train AND Pyongyang", 2),
        ('train OR "freight line" OR re"rail(way)?"', 3),
        ("train AND NOT (bus OR ferry)", 1),
        ("train AND tier:wire", 1),
        ("title:train^2 NEAR/3 border", 2),
        ("@places", 4),
        ("@places AND (train OR tram)", 6),
        ("@nowhere OR train", 1),
    ],
)
def test_breadth_is_how_many_terms_may_make_a_watch_true(query: str, terms: int):
    lexicon = Lexicon(
        groups={
            "towns": TermGroup(id="towns", terms={"en": ("Dandong", "Sinuiju")}),
            "places": TermGroup(
                id="places", terms={"any": ("Yalu",), "en": ("Tumen", "@towns"), "ko": ("단둥",)}
            ),
        }
    )
    percolator = compile_watches([a_watch(query, id="w")], lexicon, {})

    assert percolator.breadth("w") == terms
