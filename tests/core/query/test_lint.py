"""Every mistake in watches and lexicon is told at once, with its place and its cure."""

import pytest

from monitor.core.query import QueryProblem, problems
from monitor.model import Escalation, Lexicon, Severity, TermGroup
from tests.builders import a_watch


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
        "train OR NOT bus",
        "train OR lang:en",
        "(NOT train) NEAR/3 bus",
        "@empty",
        "tier:wire NOT (train OR bus)",
    ],
)
def test_query_without_anything_to_find_is_refused(query: str) -> None:
    assert any("nothing has to be found" in text for text, _ in of_query(query))


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
    lexicon = a_lexicon(many=tuple(f"word{number}" for number in range(1001)))

    assert of_query("@many", lexicon) == []
    ((text, cure),) = of_query("@many AND title:@many", lexicon)
    assert text.startswith("2002 terms")
    assert cure == "split the watch"
