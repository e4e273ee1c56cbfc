"""Long columns are read and written as if nothing of them were kept from before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from monitor.adapters.sql.nested import nested
from monitor.model import Claim, Outlet, Report, Standing, Step, Tier
from tests.builders import NOW

REPORTS = TypeAdapter(tuple[Report, ...])
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_reports = st.builds(
    Report,
    item_id=_texts,
    owner=_texts,
    name=_texts,
    at=st.integers(0, 999).map(lambda n: NOW + timedelta(seconds=n)),
    tier=st.sampled_from(Tier),
    cited=st.none() | st.builds(Outlet, owner=_texts, name=_texts, state=_texts),
    origin=st.booleans(),
)


def a_report(number: int) -> Report:
    return Report(item_id=f"i_{number}", owner="pennant", name="Pennant Wire", at=NOW)


@given(st.lists(_reports, max_size=30), st.lists(_reports, max_size=3))
def test_a_list_that_grows_is_what_would_be_made_of_it_anew(
    first: Sequence[Report], more: Sequence[Report]
):
    write, read = nested(tuple[Report, ...])
    reports = tuple(first)

    for value in (reports, (*reports, *more), (*more, *reports), reports[1:]):
        text = write(value)
        assert text == REPORTS.dump_json(value).decode()
        assert read(text) == value


def test_what_was_written_is_not_parsed_again():
    write, read = nested(tuple[Report, ...])
    reports = tuple(map(a_report, range(40)))

    text = write(reports)

    assert read(text) is reports
    assert read(" " + text) == reports  # somebody else's words for it
    assert read(" " + text) is not reports


def test_what_was_kept_gives_way_to_what_comes():
    write, read = nested(tuple[Report, ...])
    first = tuple(map(a_report, range(40)))
    text = write(first)

    for number in range(150):  # as many parts as are kept, and more
        write(tuple(replace(one, owner=f"owner {number}") for one in first))

    assert read(text) == first
    assert read(text) is not first


def test_a_noun_of_many_parts_is_whole():
    write, read = nested(Standing)
    step = Step(item_id="i", at=NOW, publisher="Pennant Wire", tier=Tier.WIRE, claim=Claim.REPORTED)
    standing = Standing(history=tuple(replace(step, item_id=f"i_{n}") for n in range(50)))

    text = write(standing)

    assert read(text) == standing
    assert nested(Standing)[1](text) == standing
