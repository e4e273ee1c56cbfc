"""Marks never change a text."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Found
from monitor.views.marks import Piece, excerpt, pieces, terms

PLACES = st.lists(
    st.builds(
        Found,
        term=st.just("t"),
        group=st.none(),
        field=st.sampled_from(["title", "summary"]),
        start=st.integers(-5, 400),
        end=st.integers(-5, 400),
    ),
    max_size=8,
)


@given(text=st.text(max_size=300), found=PLACES, masked=PLACES)
def test_the_pieces_are_the_text(text: str, found: list[Found], masked: list[Found]) -> None:
    cut = list(pieces(text, "title", found, masked))

    assert "".join(piece.text for piece in cut) == text
    assert all(piece.text for piece in cut)
    assert all(one.kind != two.kind for one, two in pairwise(cut))


def test_masked_shows_over_found_and_other_fields_are_passed_over() -> None:
    found = [
        Found(term="b", group=None, field="title", start=2, end=5),
        Found(term="b", group=None, field="summary", start=0, end=1),
    ]
    masked = [Found(term="c", group=None, field="title", start=4, end=5)]

    assert list(pieces("a bcd e", "title", found, masked)) == [
        Piece("a "),
        Piece("bc", "found"),
        Piece("d", "masked"),
        Piece(" e"),
    ]


@given(text=st.text(max_size=1_000), found=PLACES)
def test_an_excerpt_is_short(text: str, found: list[Found]) -> None:
    assert sum(len(piece.text) for piece in excerpt(text, "summary", found)) <= 262


def test_terms_are_told_once_each_under_their_part_of_the_query() -> None:
    found = [
        Found(term="Kim", group="kp", field="title", start=0, end=3, clause="@kp", variant="Kim"),
        Found(term="DPRK", group="kp", field="title", start=4, end=8, clause="@kp", variant="DPRK"),
        Found(term="Kim", group="kp", field="title", start=9, end=12, clause="@kp", variant="Kim"),
        Found(term="t", group=None, field="title", start=9, end=12, clause="t", variant="t"),
    ]

    assert terms(found) == [("@kp", "Kim, DPRK"), ("t", "")]
