"""Every mistake in watches and lexicon is told at once, with its place and its cure."""

import pytest

from monitor.core.query import QueryProblem, problems
from monitor.model import Escalation, Feed, Lexicon, Severity, TermGroup
from tests.builders import a_feed, a_watch


def a_lexicon(**groups: tuple[str, ...]) -> Lexicon:
    return Lexicon(
        groups={name: TermGroup(id=name, terms={"en": terms}) for name, terms in groups.items()},
        masks={"traps": TermGroup(id="traps", terms={"any": ("train of thought",)})},
    )


def of_query(query: str, lexicon: Lexicon | None = None) -> list[tuple[str, str]]:
    found = problems([a_watch(query)], lexicon or a_lexicon(kp=("Pyongyang",), empty=()))
    return [(problem.text, problem.cure) for problem in found]


def test_good_watches_have_no_problem() -> None:
    watch = a_watch("@kp train -bus", masks=("traps",))

    assert problems([watch], a_lexicon(kp=("Pyongyang",))) == []
    assert problems({"rail": watch}, a_lexicon(kp=("Pyongyang",))) == []


@pytest.mark.parametrize(
    ("query", "text", "cure"),
    [
        ("train AND", "line 1, column 10: expected a term or '(', but the query ends", ""),
        ("train\n@kpp", "line 2, column 1: no group named 'kpp'", "did you mean 'kp'?"),
        ("@KP", "line 1, column 1: no group named 'KP'", "did you mean 'kp'?"),
        ("@quark", "line 1, column 1: no group named 'quark'", "known are empty, kp"),
        ('train OR "..."', "line 1, column 10: the phrase holds no letter or digit", ""),
        ("train NEAR bus", "line 1, column 7: NEAR needs a distance, as in NEAR/5", ""),
        ("train NEAR/99 bus", "line 1, column 7: NEAR/99: the distance may be 50 at most", ""),
        ("a*", "line 1, column 1: the wildcard a* needs at least 2 letters", ""),
    ],
)
def test_mistake_in_a_query_is_told_with_its_place(query: str, text: str, cure: str) -> None:
    assert (text, cure) in of_query(query)


@pytest.mark.parametrize(
    "query",
    [
        "NOT train",
        "lang:en",
        "lang:en -train",
        "(NOT train) NEAR/3 bus",
        "@empty",
        "tier:wire NOT (train OR bus)",
    ],
)
def test_query_without_anything_to_find_is_refused(query: str) -> None:
    assert any("nothing has to be found" in text for text, _ in of_query(query))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("train OR NOT bus", "line 1, column 10: the alternative NOT bus is true of most news"),
        ("train OR lang:en", 'column 10: the alternative lang:"en" is true of most news'),
        ("(a1 OR (b1 OR -c1)) d1", None),  # d1 has to be found
        ("a1 OR (b1 OR -c1)", "column 14: the alternative NOT c1 is true of most news"),
    ],
)
def test_alternative_that_finds_nothing_is_named(query: str, told: str | None) -> None:
    texts = [text for text, _ in of_query(query)]

    assert (any(told in text for text in texts) if told else texts == []) is True


@pytest.mark.parametrize(
    "query", ["train -bus", "lang:en train", "(train OR bus) -tram", "@kp", "title:(a1 OR b1)^2"]
)
def test_query_with_something_to_find_is_accepted(query: str) -> None:
    assert of_query(query) == []


def test_all_mistakes_are_told_at_once() -> None:
    lexicon = Lexicon(
        groups={
            "kp": TermGroup(id="kp", terms={"en": ("Pyongyang", "a*"), "ko": ('re"\\w"', "@gone")}),
            "one": TermGroup(id="one", terms={"any": ("@two",)}),
            "two": TermGroup(id="two", terms={"any": ("x1", "@one")}),
        },
        masks={"traps": TermGroup(id="traps", terms={"en": ('re"("',)})},
    )
    watch = a_watch(
        "@kp OR @kq",
        masks=("trap",),
        unless=("sanction",),
        escalations=(
            Escalation(severity=Severity.HIGH, query="NOT train"),
            Escalation(severity=Severity.HIGH, query="("),
        ),
    )

    found = problems([watch, a_watch("train", id="sanctions")], lexicon)

    assert [(problem.kind, problem.id, problem.key) for problem in found] == [
        ("group", "kp", "terms.en[1]"),
        ("group", "kp", "terms.ko[0]"),
        ("group", "kp", "terms.ko[1]"),
        ("group", "one", "terms.any[0]"),
        ("group", "two", "terms.any[1]"),
        ("mask", "traps", "terms.en[0]"),
        ("watch", "rail", "query"),
        ("watch", "rail", "escalate[1].query"),
        ("watch", "rail", "masks[0]"),
        ("watch", "rail", "unless[0]"),
    ]
    assert found[3].text == "the group holds itself: @one > @two > @one"
    assert found[3].cure == "remove @two here"
    assert found[8].cure == "did you mean 'traps'?"
    assert found[9].cure == "did you mean 'sanctions'?"


def test_group_that_names_itself_is_a_cycle() -> None:
    (problem,) = problems([], a_lexicon(kp=("@kp",)))

    assert isinstance(problem, QueryProblem)
    assert problem.text == "the group holds itself: @kp > @kp"


def test_query_of_too_many_terms_is_refused() -> None:
    lexicon = a_lexicon(
        many=tuple(f"word{number}" for number in range(3_000)),
        more=tuple(f"other{number}" for number in range(3_000)),
    )

    assert of_query("@many OR (title:@many train)", lexicon) == []
    assert of_query("@many OR @more", lexicon) == [
        (
            "6,000 terms with all groups spelled out; 5,000 are the limit",
            "split the watch",
        )
    ]


def test_query_that_writes_too_many_terms_itself_is_refused() -> None:
    ((text, cure),) = of_query(" OR ".join(f"word{number}" for number in range(2_001)))

    assert text == "2,001 terms; 2,000 are the limit"
    assert cure == "put them into a group of the lexicon, or split the watch"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("@kp and train", "line 1, column 5: 'and' is a word to be found here"),
        ("train Or bus", "line 1, column 7: 'Or' is a word"),
        ("train not bus", "line 1, column 7: 'not' is a word"),
        ("not bus train", "line 1, column 1: 'not' is a word"),
        ("train\n(bus near/3 tram)", "line 2, column 6: 'near/3' is a word"),
        ("train near tram", "line 1, column 7: 'near' is a word"),
        ("поезд или трамвай", "line 1, column 7: 'или' is a word"),
        ("поезд не трамвай", "line 1, column 7: 'не' is a word"),
        ("열차 또는 버스", "line 1, column 4: '또는' is a word"),
        ("列车 或 公交", "line 1, column 4: '或' is a word"),
    ],
)
def test_operator_that_is_taken_as_a_word_is_a_warning(query: str, told: str) -> None:
    found = problems([a_watch(query)], a_lexicon(kp=("Pyongyang",)))

    assert any(told in problem.text for problem in found)
    assert [problem.fatal for problem in found] == [False] * len(found)


@pytest.mark.parametrize(
    "query", ['train "and" bus', "train AND bus", "and", "or train", "train OR and", "train near"]
)
def test_word_that_can_be_no_operator_there_is_no_warning(query: str) -> None:
    assert not any("operators" in text for text, _ in of_query(query))


def test_filter_that_no_feed_can_make_true_is_a_warning() -> None:
    feeds = [a_feed("pennant", owner="Harbour Press"), a_feed("asleep", enabled=False)]
    watch = a_watch(
        'train feed:(Pennant, penant, asleep) owner:"harbour press" -owner:nobody',
        escalations=(Escalation(severity=Severity.HIGH, query="feed:nosuch"),),
    )

    found = problems([watch], Lexicon(), feeds)

    assert [(one.key, one.text, one.cure, one.fatal) for one in found] == [
        (
            "query",
            "line 1, column 7: feed:penant is never true: no feed has this id",
            "did you mean 'pennant'?",
            False,
        ),
        (
            "query",
            "line 1, column 61: owner:nobody is never true: no feed has this owner",
            "see 'news-monitor feeds list'",
            False,
        ),
        (
            "escalate[0].query",
            "line 1, column 1: feed:nosuch is never true: no feed has this id",
            "see 'news-monitor feeds list'",
            False,
        ),
    ]
    assert problems([watch], Lexicon()) == []


def test_messages_name_the_sign_and_the_cure() -> None:
    assert of_query('train "bus')[0][0] == (
        'line 1, column 7: the quote " is never closed; add " where it ends'
    )
    (entry,) = problems([], a_lexicon(kp=("*",)))
    assert entry.text == "'*' holds no letter or digit"


def test_sign_of_the_language_itself_is_not_called_full_width() -> None:
    (entry,) = problems([], a_lexicon(kp=("(",)))

    assert entry.text == "'(' holds no letter or digit"


# --- doubts --------------------------------------------------------------------------------------


def doubts_of(query: str) -> list[tuple[str, str]]:
    found = problems([a_watch(query)], a_lexicon(kp=("Pyongyang",)))
    assert not any(problem.fatal for problem in found)
    return [(problem.text, problem.cure) for problem in found]


@pytest.mark.parametrize(
    ("query", "text", "cure"),
    [
        (
            "train bus OR tram",
            ("line 1, column 1: AND and OR are mixed without parentheses; AND binds more tightly"),
            "if that is meant, write (train AND bus) OR tram",
        ),
        (
            "tr* bus",
            "line 1, column 1: the wildcard tr* is so short that it finds very many words",
            "give it 3 letters or more",
        ),
        (
            "train OR (bus OR tram) OR train",
            "line 1, column 27: train stands twice",
            "once is enough",
        ),
        (
            "train OR the",
            "line 1, column 10: the is a word of nearly every text, and enough by itself here",
            "ask for something else beside it",
        ),
        (
            '"of the" OR поезд',
            'line 1, column 1: "of the" is a word of nearly every text, and enough by itself here',
            "ask for something else beside it",
        ),
        (
            "train (bus OR NOT bus)",
            "line 1, column 8: bus OR NOT bus is true of every item",
            "remove it, it changes nothing",
        ),
    ],
)
def test_doubtful_part_is_a_warning_with_its_place(query: str, text: str, cure: str) -> None:
    assert doubts_of(query) == [(text, cure)]


@pytest.mark.parametrize(
    "query",
    [
        "(train bus) OR tram",
        "train AND (bus OR tram)",
        "rail* OR *열차* OR 铁路*",
        "train the",
        "train NEAR/3 the",
        "US OR WHO OR IT",
        '"the train"',
        "train -the",
    ],
)
def test_part_that_is_as_it_should_be_is_no_warning(query: str) -> None:
    assert doubts_of(query) == []


def test_stop_word_in_a_list_is_a_warning() -> None:
    (problem,) = problems([], a_lexicon(kp=("Pyongyang", "the", "of the north")))

    assert (problem.kind, problem.id, problem.key) == ("group", "kp", "terms.en[1]")
    assert "'the' is a word of nearly every text" in problem.text


# --- never true, and in which languages ----------------------------------------------------------


def test_query_that_can_never_be_true_is_refused() -> None:
    ((text, cure),) = of_query("@kp lang:ko\nlang:ja")

    assert text == 'line 1, column 5: lang:"ko" AND lang:"ja" can never be true'
    assert cure == "its parts exclude each other"


@pytest.mark.parametrize(("count", "fatal"), [(2, False), (3, True)])
def test_count_of_more_members_than_a_group_has_is_refused(count: int, fatal: bool) -> None:
    lexicon = a_lexicon(cn=("China", "Beijing"), rf=("Russia",), states=("@cn", "@rf"))

    found = of_query(f"@states/{count}", lexicon)

    assert bool(found) is fatal
    if fatal:
        assert found[0][0].endswith("@states/3 is never true: @states has 2 members")


def test_watch_whose_words_are_of_another_language_than_its_own_is_refused() -> None:
    watch = a_watch("열차", languages=frozenset({"en"}))

    (problem,) = problems([watch], Lexicon())

    assert problem.fatal
    assert problem.text == "nothing that the query asks for stands in items in en"


def test_watch_for_a_language_that_no_feed_has_is_a_warning() -> None:
    feeds = [a_feed("one", language="en"), a_feed("two", language="ja")]

    (problem,) = problems([a_watch("열차 OR 철도")], Lexicon(), feeds)

    assert not problem.fatal
    assert problem.text == "can only match items in ko, but no enabled feed is in that language"
    assert problem.cure == "enable a feed in it, or add terms for en or ja"


@pytest.mark.parametrize(
    "feeds",
    [
        [a_feed("one", language="ko-KR")],
        [a_feed("one", language="en"), a_feed("two", language="")],  # nobody can tell
        [],
    ],
)
def test_watch_whose_language_may_come_is_no_warning(feeds: list[Feed]) -> None:
    assert problems([a_watch("열차")], Lexicon(), feeds) == []


def test_entry_that_cannot_be_read_is_told_though_a_watch_uses_its_group() -> None:
    lexicon = a_lexicon(kp=("Pyongyang", 're"(train"'))
    feeds = [a_feed("one", language="en")]

    (problem,) = problems([a_watch("@kp")], lexicon, feeds)

    assert (problem.kind, problem.id, problem.key) == ("group", "kp", "terms.en[1]")
    assert "does not compile" in problem.text
