"""What people write by mistake, or out of habit, and what they are told."""

import pytest

from monitor.core.query import parse, problems
from monitor.errors import QueryError
from monitor.model import Lexicon, TermGroup, Watch
from tests.builders import a_feed, a_watch

LEXICON = Lexicon(groups={"kp": TermGroup(id="kp", terms={"en": ("Pyongyang",)})})


def told(query: str, **changes: object) -> list[str]:
    """The problems of a watch, each as one text."""
    watch = a_watch(query, **changes)
    feeds = [a_feed("yna", name="Yonhap News", country="KR", topics=frozenset({"rail"}))]
    return [f"{one.text}; {one.cure}" for one in problems([watch], LEXICON, feeds)]


def told_of_entry(entry: str, language: str = "en") -> list[tuple[str, bool]]:
    """Of an entry of the lexicon: each problem as one text, and whether it stops the start."""
    lexicon = Lexicon(
        groups={**LEXICON.groups, "x1": TermGroup(id="x1", terms={language: (entry,)})}
    )
    return [(f"{one.text}; {one.cure}", one.fatal) for one in problems([], lexicon)]


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        # Dashes of a word processor, and the signs of East Asian keyboards.
        ("train –strike", "train -strike"),
        ("train —strike", "train -strike"),
        ("train −strike", "train -strike"),
        ("train －strike", "train -strike"),
        ("（train OR tram） strike", "(train OR tram) strike"),
        ("train ＡＮＤ strike", "train AND strike"),
        ("ＮＯＴ train strike", "NOT train strike"),
        ("train ＯＲ strike", "train OR strike"),
        ("train｜strike", "train | strike"),
        ("train NEAR／5 strike", "train NEAR/5 strike"),
        ("title：train", "title:train"),
        ("lang：ko train", "lang:ko train"),
        ("lang:(ko、ja) train", "lang:(ko, ja) train"),
        ("＠kp train", "@kp train"),
        ("train＊", "train*"),
        ("＝train", "=train"),
        ("train　strike", "train strike"),
        # Quotes of other keyboards and languages.
        ("＂rolling stock＂", '"rolling stock"'),
        ("“rolling stock”", '"rolling stock"'),
        ("„rolling stock“", '"rolling stock"'),
        ("‹rolling stock›", '"rolling stock"'),
        ("「北京 平壌」", '"北京 平壌"'),
        ("『北京 平壌』", '"北京 平壌"'),
        ("tier:Wire train", "tier:wire train"),
    ],
)
def test_sign_of_another_keyboard_means_the_same(query: str, meant: str) -> None:
    assert parse(query) == parse(meant)
    assert told(query) == told(meant)


def test_text_in_quotes_and_patterns_keeps_its_signs() -> None:
    assert parse('"ａ（ｂ"').text == "ａ（ｂ"  # type: ignore[union-attr]
    assert parse('re"北[（(]韓"').pattern == "北[（(]韓"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "train NEAR/5f strike",
            "column 7: NEAR takes a whole number, as in NEAR/5; in this",
        ),
        ("train NEAR/-1 strike", "column 7: NEAR takes a whole number, as in NEAR/5"),
        ("train NEAR/x strike", "column 7: NEAR takes a whole number"),
        ("train ONEAR/5f strike", "in this order is ONEAR/5"),
        ("train NEAR strike", "NEAR needs a distance, as in NEAR/5"),
        ("train NEAR(5) strike", "NEAR needs a distance, as in NEAR/5"),
        ("train re“strike”", 'column 7: a pattern is written re"..."'),
        ('train RE"strike"', 'column 7: a pattern is written re"..."'),
        ('train r"strike"', 'a pattern is written re"..."'),
        ("train re'strike'", 'a pattern is written re"..."'),
        ("train re/strike/", 'a pattern is written re"..."'),
        ('re"strike"i train', "patterns take no flags; leave a blank between"),
        ('"rolling"stock', "leave a blank between a quoted phrase and 'stock'"),
        ("{US}Korea", "leave a blank between a {raw} term and 'Korea'"),
        ("train, strike", "',' joins nothing: a blank means AND, write OR for either"),
        ("(train, strike)", "',' joins nothing"),
        ("train && strike", "write one &"),
        ("train || strike", "nothing stands before '|'; write one |"),
        ("train AND AND strike", "write one AND"),
        ("train~1", "'~' after a word means all its forms and takes no number"),
        ("a1\n# note\n(train OR tram", "line 3, column 1: this '(' is never closed; add ')'"),
        ("train OR strike)", "column 16: this ')' closes nothing; remove it"),
        ("train site:bbc.co.uk", "did you mean domain:"),
        ("headline:train", "did you mean title:"),
        ("body:train", "did you mean summary:"),
        ("publisher:Yonhap train", "did you mean source:"),
        ("train after:2020", "how old an item may be is said by max_age of the watch"),
        ("train since:30d", "max_age"),
        ("lang:kr train", "column 6: 'kr' is not a language; did you mean ko?"),
        ("lang:korean train", "did you mean ko?"),
        ("lang:xx train", "'xx' is not a language; as in en, ko"),
        ("lang:e* train", "lang: takes a whole value, without '*'"),
        ("lang:-en train", "the NOT stands before the filter: NOT lang:"),
        ("lang:ko,ja train", "several values stand in parentheses: lang:(ko, ...)"),
        ("feed:yna* train", "feed: takes a whole value, without '*'"),
        ("tier:pres train", "no tier 'pres'; did you mean press?"),
        ("domain:bbc.co.uk/news train", "is not a host; write it alone, as in domain:bbc.co.uk"),
        ("domain:https://bbc.co.uk train", "a domain is a host alone"),
        ("domain:bbc train", "'bbc' is not a host"),
        ("@kp/12 train", "@kp/ needs a count from 2 to 9"),
        ("@kp/2/3 train", "leave a blank between a @group and '/3'"),
        ("{} train", "column 1: '{}' holds no letter or digit"),
        ("t " * 60_000, "120,000 characters; 100,000 are the limit"),
    ],
)
def test_message_says_what_was_expected(query: str, message: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(query)

    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("'rolling stock' train", 'in "\'rolling" is not searched and makes no phrase'),
        ("`rolling stock` train", 'makes no phrase; write "..."'),
        ("+US +sanctions", "'+' in '+US' is not searched; leave it out, a blank means AND"),
        ("wom?n train", "'?' in 'wom?n' is not searched, it is no wildcard; list the forms"),
        ("train AROUND(5) strike", "'AROUND' is a word to be found here; write NEAR/5"),
        ("train w/5 strike", "'w/5' is a word to be found here; write NEAR/5"),
        ("train /5 strike", "'/5' is a word to be found here; write NEAR/5"),
        ("train PRE/3 strike", "write NEAR/3, or ONEAR/3 if the order counts"),
        ("train ADJ5 strike", "'ADJ5' is a word to be found here"),
        ("train [2020 TO 2021]", "the bracket in '[2020' is not searched"),
        ("/strike/ train", "'/strike/' is no pattern; re\"strike\" is one"),
        ("train #strike -model", "column 7: '#strike -model' is a comment"),
        ("train country:Korea", "countries are codes of two letters; the feeds have KR"),
        (
            "train topic:rial",
            "no feed has this topic; did you mean 'rail'?",
        ),
        ("train source:Yonhapp", "source:Yonhapp: no feed has this name; did you mean"),
        ("train lang:zh-Hant", "lang: looks at the language alone, so zh-Hant is any zh"),
        ("title:train NEAR/5 summary:strike", "can never be true"),
        ("url:train NEAR/5 strike", "can never be true"),
        ("@kpp train", "no group named 'kpp'; did you mean 'kp'?"),
        ("@kp.train", "no group named 'kp.train'"),
        ("train " * 3_000, "train stands 3,000 times; once is enough"),
    ],
)
def test_what_works_otherwise_than_meant_is_told(query: str, message: str) -> None:
    assert any(message in text for text in told(query)), told(query)


@pytest.mark.parametrize(
    "query",
    [
        "train strike",
        "U.S. AT&T C++",
        "workers' strike",
        "Xi'an 24/7 Yahoo!",
        "# a note\ntrain # another\nstrike",
        "source:Reuters train",
        "country:kr topic:RAIL train",
        "$100 train",
        "№5 train",
        "after WHO",
        "train within reach",
    ],
)
def test_what_is_meant_is_not_doubted(query: str) -> None:
    assert told(query) == []


def test_one_unknown_group_is_one_message() -> None:
    assert told("@kpp train") == ["line 1, column 1: no group named 'kpp'; did you mean 'kp'?"]


def test_nested_mixture_is_told_once_a_place() -> None:
    query = "a1 b1 OR c1"
    for number in range(30):
        query = f"({query}) d{number} OR e{number}"

    mixed = [text for text in told(query) if "mixed" in text]
    assert len(mixed) <= 31
    assert len(mixed) == len({text.partition(": ")[0] for text in mixed})


@pytest.mark.parametrize(
    ("entry", "message", "fatal"),
    [
        (
            "train OR tram",
            "'OR' in 'train OR tram' is searched as a word",
            False,
        ),
        ("train NEAR/5 strike", "'NEAR/5' in", False),
        ("NOT train", "'NOT' in", False),
        (
            "train, tram, bus",
            "is one phrase; write an entry for each term",
            False,
        ),
        ("title:train", "title: in 'title:train' is searched as a word", False),
        ("-train", "'-' in '-train' excludes nothing", False),
        ("train^2", "'^' in 'train^2' is no boost", False),
        ("train # note", "'#' in 'train # note' begins no comment", False),
        ("wom?n", "'?' in 'wom?n' is not searched", False),
        ("tra*n", "'*' in the middle of 'tra*n': it stands before or after a word", True),
        ("rolling st*ck", "'*' in the middle of 'st*ck'", True),
        ("{OFAC}*", "stands alone in an entry", True),
        ("@kp/2", "a count stands in a query only: write @kp here", True),
        ('"rolling stock" train', "a quoted phrase stands alone in an entry", True),
    ],
)
def test_query_in_the_lexicon_is_told(entry: str, message: str, fatal: bool) -> None:
    found = told_of_entry(entry)

    assert [(message in text, stops) for text, stops in found] == [(True, fatal)], found


@pytest.mark.parametrize(
    "entry",
    ["train", "night train", "=No =Trains", "AT&T", "U.S.", "Jean-Paul", "TRAIN OR BUS"],
)
def test_usual_entry_is_not_doubted(entry: str) -> None:
    assert told_of_entry(entry) == []


def test_quoted_entry_may_have_slop() -> None:
    lexicon = Lexicon(groups={"x1": TermGroup(id="x1", terms={"en": ('"rolling stock"~3',)})})

    assert problems([a_watch("@x1")], lexicon) == []


@pytest.mark.parametrize(
    ("entry", "language", "cure"),
    [
        ("열차", "en", "write it under ko or any"),
        ("열차", "zh", "write it under ko or any"),
        ("поезд", "ko", "write it under ru or any"),
        ("ストライキ", "zh", "write it under ja or any"),
        ("铁路", "en", "write it under zh or any"),
    ],
)
def test_entry_in_a_script_of_another_language_is_told(
    entry: str, language: str, cure: str
) -> None:
    ((text, fatal),) = told_of_entry(entry, language)

    assert f"'{entry}' cannot stand in a text in {language}, by its script; {cure}" == text
    assert not fatal


@pytest.mark.parametrize(
    ("entry", "language"),
    [("KTX", "ko"), ("北", "ko"), ("铁路", "ja"), ("БелАЗ", "uk"), ("열차", "any")],
)
def test_entry_in_a_script_of_its_language_is_not_told(entry: str, language: str) -> None:
    assert told_of_entry(entry, language) == []


def test_score_that_no_item_reaches_is_told() -> None:
    assert told("train", min_score=3) == []
    assert told("train^2 @kp", min_score=9) == []
    (text,) = told("train^2 @kp -bus", min_score=10)

    assert text.startswith("no item reaches 10: the query scores 9 at most; lower it")


@pytest.mark.parametrize("key", ["unless", "defer_to"])
def test_leaving_items_to_a_disabled_watch_is_told(key: str) -> None:
    other = Watch(id="other", query="tram", enabled=False)

    found = problems([a_watch("train", **{key: ("other",)}), other], LEXICON)

    assert [(one.key, one.text) for one in found] == [
        (f"{key}[0]", "watch 'other' is disabled, so it never matches")
    ]
