"""Terms that stand beside what a watch finds."""

import pytest

from monitor.core.query import Suggestion, compile_watches, suggest
from monitor.model import Item, Lexicon, Watch
from tests.builders import a_watch, an_item


def suggested(
    items: list[Item], watch: Watch | None = None, noise: frozenset[str] = frozenset()
) -> dict[str, Suggestion]:
    percolator = compile_watches([watch or a_watch("train")], Lexicon())
    return {one.term: one for one in suggest(lambda: items, percolator, "rail", noise)}


def items_of(*titles: str, language: str = "en") -> list[Item]:
    return [
        an_item(title, id=f"i{number} {title}", language=language)
        for number, title in enumerate(titles)
    ]


HITS = tuple(f"Train and locomotive number{n} in the yard" for n in range(6))
OTHERS = tuple(f"Weather of day{n} in the north" for n in range(60))


def test_term_beside_the_hits_is_suggested_with_its_counts():
    found = suggested(items_of(*HITS, *OTHERS, "A locomotive alone"))

    one = found["locomotive"]
    assert (one.hits, one.of_hits, one.elsewhere, one.of_elsewhere) == (6, 6, 1, 61)
    assert one.example == "A locomotive alone"
    assert one.language == "en"


def test_what_the_query_finds_and_what_says_nothing_is_not_suggested():
    found = suggested(items_of(*HITS, *OTHERS))

    assert "train" not in found
    assert "the" not in found
    assert not any("number" in term for term in found)  # each stands in one hit alone


def test_term_of_the_query_that_was_not_close_enough_to_be_found_is_not_suggested():
    hits = tuple(f"Train strike number{n}, and far away in the yard a locomotive" for n in range(6))
    watch = a_watch("train NEAR/1 (strike OR locomotive)")

    found = suggested(items_of(*hits, *OTHERS), watch)

    assert "yard" in found
    assert "locomotive" not in found


def test_word_that_is_as_common_elsewhere_is_not_suggested():
    titles = (*(f"{title} today" for title in HITS), *(f"{title} today" for title in OTHERS))

    assert "today" not in suggested(items_of(*titles))


def test_phrase_takes_the_place_of_its_words():
    hits = tuple(f"Train with rolling stock number{n}" for n in range(6))

    found = suggested(items_of(*hits, *OTHERS))

    assert '"rolling stock"' in found
    assert "rolling" not in found


@pytest.mark.parametrize(
    ("query", "title", "language", "term"),
    [
        ("*열차*", "열차와 기관차를 {n} 공개", "ko", "*기관차*"),
        ("列车", "列车与机车 {n} 亮相", "zh", "机车"),
        ("列車", "列車とディーゼル {n} 号", "ja", "ディーゼル"),
        ("поезд", "Поезд и локомотив {n}", "ru", "локомотив"),
    ],
)
def test_each_script_has_terms_of_its_own(query: str, title: str, language: str, term: str):
    hits = items_of(*(title.format(n=n) for n in range(6)), language=language)
    others = items_of(*(f"{n}" for n in range(60)), language=language)

    assert term in suggested([*hits, *others], a_watch(query))


def test_what_was_rated_noise_is_no_hit():
    items = items_of(*HITS, *OTHERS)
    noise = frozenset(item.id for item in items[:6])

    assert suggested(items, noise=noise) == {}


def test_copies_do_not_count():
    first, *rest = items_of(*(["Train and locomotive"] * 6))
    copies = [an_item(item.title, id=item.id, copy_of=first.id) for item in rest]

    assert suggested([first, *copies, *items_of(*OTHERS)]) == {}
