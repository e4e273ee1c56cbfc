"""What patterns may cost: refused where the engine does not bound it, proven where it does."""

import json
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.query import compile_watches, problems
from monitor.core.query.bounds import (
    DOCUMENT_S,
    MAX_LENGTH,
    TIMEOUT_S,
    Patience,
    check_pattern,
)
from monitor.model import Lexicon, TermGroup
from tests.builders import a_watch, an_item

MOST_MIB = 64  # for compiling and matching one pattern, beside what the interpreter has


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("train(?:a{9999}){9999}", "signs long"),
        ("train(?:(?:(?:a?){500}){500}){500}", "signs long"),
        ("train(?:(?:ab|c){2000,}){2000}", "signs long"),
        (r"train(?:\p{L}{2000}){2000}", "signs long"),
        ("train(?:[]{a}]{2000}){2000}", "signs long"),
        ("(" * 5 + "train" + "{100})" * 5, "signs long"),
        (r"(?P<x>(?&x)train)", "calls itself"),
        ("train((?1)?a(?1)?)b", "calls itself"),
        ("train|ab(?R)*", "calls itself"),
        ("train(?P<x>a(?P>x)?)", "calls itself"),
        (r"(?:train){e<=2}", "allows for errors"),
        (r"(?b)(?:train){ 1<=i<=2, d, 2i+2d+1s<=4 : [a-z] }", "allows for errors"),
        ("train" * MAX_LENGTH, "characters"),
    ],
)
def test_pattern_that_no_time_limit_bounds_is_refused(pattern: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<![가-힣])[북北][·ㆍ・ᆞ-][중中러露미美일日]",
        r"train \d{4}-\d{2}-\d{2}.{0,200}(?:\w+ ){1,20}",
        r"train \{e\} \p{L}{2,3} {x} [{e<=1}]",
        r"\(?R\) of the train (?<year>\d{4})(?:a{100}){100}",
        "train[(?R)(?1)]{1000}",
        "sanction(s|ed) list",
    ],
)
def test_pattern_of_a_sane_size_is_allowed(pattern: str) -> None:
    check_pattern(pattern)


@given(st.text(st.sampled_from(r"ab(){}[]\?:|*+,19&R<>=!"), max_size=40))
def test_any_text_is_judged(pattern: str) -> None:
    with suppress(ValueError):
        check_pattern(pattern)


def test_refused_pattern_stops_the_start_with_its_place() -> None:
    [problem] = problems([a_watch('re"train(?:a{9999}){9999}"')], Lexicon())

    assert "signs long with its repeats written out" in problem.text


# --- what is allowed, against texts made for it ---------------------------------------------------

HOSTILE = {
    "nested quantifiers": r"train (a+)+$",
    "nested three times": r"train((a|a)*)*b",
    "many empty groups": r"train((((((((((a*)*)*)*)*)*)*)*)*)*)*b",
    "great repeats": r"train(a{1,9999}){1,9999}b",
    "repeats at the limit": r"train(?:a{140}){140}",
    "look behind without end": r"(?<=(a+)+)train",
    "look behind great repeats": r"(?<=a{1,9999}.*)train",
    "look ahead in look ahead": "train" + "(?=.*" * 50 + "z" + ")" * 50,
    "not ahead": r"train(?!(?:(?:a*)*)*z)",
    "many stars": r"train.*.*.*.*.*z",
    "back references": r"(train.*)(.*)(.*)\3\2\1x",
    "optional, then required": "train" + "a?" * 450 + "a" * 450,
    "any order of lengths": "train(?:" + "|".join("a" * n for n in range(1, 60)) + ")*b",
    "the longest of all": r"(?p)train(?:a|ab|abc|bc)*9",
    "graphemes": r"train\X*\X*\X*z",
    "captures": r"train(?:((((((((a))))))))|b)*9",
    "from the right": r"(?r)train(a+)+b",
}
TEXTS = [
    "train " + "a" * 20_000 + "!",
    "train" + "ab" * 10_000,
    "train " * 3_300,
    "a" * 20_000 + "train",
    "train " + "the quick brawn fax abc " * 800,
]

# In a process of its own, for what it takes at most is the measure; and it may be killed.
_MEASURED = """
import json, resource, sys, time
from monitor.core.query.literals import compiled
from monitor.core.query.bounds import check_pattern, TIMEOUT_S
patterns, texts = json.load(sys.stdin)
compiled("warm").search("up")
worst = {}
for name, pattern in patterns.items():
    check_pattern(pattern)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    longest, stopped = 0, False
    for text in texts:
        if stopped:
            break  # the next would be stopped as well
        started = time.thread_time()
        try:
            for found in compiled(pattern).finditer(text, timeout=TIMEOUT_S):
                pass
        except TimeoutError:
            stopped = True
        longest = max(longest, time.thread_time() - started)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    worst[name] = [longest, grown / 1024]
json.dump(worst, sys.stdout)
"""


@pytest.mark.timeout(300)
def test_what_is_allowed_ends_in_time_and_in_little_memory() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _MEASURED],
        input=json.dumps([HOSTILE, TEXTS]),
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
    )
    worst: dict[str, tuple[float, float]] = json.loads(ran.stdout)

    assert {name: s for name, (s, _) in worst.items() if s > TIMEOUT_S + 1} == {}
    assert {name: mib for name, (_, mib) in worst.items() if mib > MOST_MIB} == {}


# --- a whole document -----------------------------------------------------------------------------

SLOW = r're"(\d+)*(\d+)*(\d+)*x strike"'


@pytest.mark.timeout(120)
def test_document_of_entries_that_make_a_pattern_slow_is_read_in_time() -> None:
    """5,000 entries that take half a second each would hold the writer for an hour."""
    assert DOCUMENT_S < 15  # what other feeds may wait
    percolator = compile_watches([a_watch(SLOW), a_watch("train", id="plain")], Lexicon())
    items = [an_item(f"train {n}", summary="1" * 2_000 + " x strike") for n in range(60)]
    patience, started = Patience(time.thread_time, seconds=1), time.thread_time()

    percolated = [percolator.percolate(item, patience) for item in items]

    assert time.thread_time() - started < 1 + 2 * TIMEOUT_S + 1
    assert all(one.stopped == (SLOW,) for one in percolated)
    # Words are looked for all the same.
    assert [len(one.matches) for one in percolated] == [1] * len(items)


@pytest.mark.timeout(60)
def test_item_of_many_short_paragraphs_with_as_many_terms_is_read_in_time() -> None:
    """Each paragraph asks for what stands in it alone, not for all that stands in the item."""
    words = [f"word{number}" for number in range(2_000)]
    lexicon = Lexicon(groups={"many": TermGroup(id="many", terms={"any": tuple(words)})})
    watches = [a_watch(f"@many AND other{n}", id=f"w{n}") for n in range(10)]
    percolator = compile_watches([*watches, a_watch("@many NOT word7", id="all")], lexicon)
    item = an_item("other1", summary="\n\n".join(words), language="en")
    started = time.thread_time()

    percolation = percolator.percolate(item)

    assert time.thread_time() - started < 2
    assert {match.watch_id for match in percolation.matches} == {"w1", "all"}


def test_patience_is_spent_by_patterns_alone() -> None:
    ticks = iter([10.0, 13.0, 20.0, 29.0])
    patience = Patience(lambda: next(ticks), seconds=5)

    with patience.spent():
        pass
    assert patience.left == 2
    with patience.spent():
        pass
    assert patience.left == 0


def test_pattern_in_good_time_is_not_touched_by_patience() -> None:
    percolator = compile_watches([a_watch('re"x strike"')], Lexicon())

    percolation = percolator.percolate(an_item("x strike"), Patience(time.thread_time))

    assert len(percolation.matches) == 1
    assert percolation.stopped == ()
