"""What is learned of a feed's guids."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.guids import learned
from monitor.model import FeedState, Guids, Item, Judged, Status
from tests.builders import NOW, an_item

FRESH = FeedState(feed_id="pennant", due_at=NOW)


def an_entry(number: int, guid: str | None = "g") -> Item:
    link = f"https://pennant.example/{number}"
    return replace(
        an_item(),
        id=f"i_{number}",
        guid=f"{guid}-{number}" if guid else None,
        canonical_url=link,
        title=f"Train {number} leaves",
        published_at=NOW + timedelta(hours=number),
    )


def known(item: Item, **changes: object) -> Judged:
    """Of an item that is stored, shown with these changes."""
    now = replace(item, **changes)  # type: ignore[arg-type]
    return Judged(item=now, status=Status.KNOWN, previous=item, seen=now)


def poll(renamed: int, same: int, new: int = 0) -> list[Judged]:
    again = [known(an_entry(n), guid=f"new-{n}") for n in range(renamed)]
    again += [known(an_entry(100 + n)) for n in range(same)]
    return again + [Judged(item=an_entry(200 + n), status=Status.NEW) for n in range(new)]


def after(*polls: list[Judged]) -> FeedState:
    state = FRESH
    for judged in polls:
        state = learned(state, judged)
    return state


@pytest.mark.parametrize(
    ("polls", "worth"),
    [
        ([poll(4, 0), poll(4, 0)], Guids.REGENERATED),
        ([poll(4, 0)], Guids.TRUSTED),  # once, as when a site is moved to another system
        ([poll(4, 0), poll(0, 4), poll(4, 0)], Guids.TRUSTED),
        ([poll(4, 0), [], poll(4, 0)], Guids.REGENERATED),  # nothing new says nothing
        ([poll(5, 5), poll(5, 5)], Guids.REGENERATED),
        ([poll(4, 6), poll(4, 6)], Guids.TRUSTED),
        ([poll(9, 0, new=1), poll(9, 0, new=1)], Guids.REGENERATED),
        ([poll(8, 0, new=2), poll(8, 0, new=2)], Guids.TRUSTED),
        ([poll(2, 0), poll(2, 0)], Guids.TRUSTED),  # too few
        ([poll(4, 0), poll(4, 0), poll(0, 9)], Guids.REGENERATED),  # for good
    ],
)
def test_guids_that_are_made_anew(polls: list[list[Judged]], worth: Guids):
    assert after(*polls).guids is worth


def test_entries_that_are_as_they_were_count_as_well():
    """The parser leaves out what it has read before."""
    edited = poll(3, 0)

    assert learned(learned(FRESH, edited, 37), edited, 37).guids is Guids.TRUSTED
    assert learned(learned(FRESH, edited, 2), edited, 2).guids is Guids.REGENERATED


def test_guids_of_a_sibling_feed_are_its_own():
    theirs = [known(an_entry(n), guid=f"other-{n}") for n in range(6)]
    state = FeedState(feed_id="gazette", due_at=NOW)

    assert learned(learned(state, theirs), theirs).guids is Guids.TRUSTED


def test_updates_of_a_wire_keep_their_guid_beside_others():
    beside = Judged(item=an_entry(50), status=Status.NEW)

    assert after(*([took_its_place(n), beside] for n in range(4))).guids is Guids.TRUSTED
    alone = [took_its_place(n) for n in range(4)]
    state = FRESH
    for one in alone:
        state = learned(state, [one], known=5)
    assert state.guids is Guids.TRUSTED


def test_what_counts_up_behind_a_guid_makes_no_other_one():
    edits = [known(an_entry(n), guid=f"g-{n}#5") for n in range(6)]

    assert after(edits, edits, edits) == FRESH


def took_its_place(number: int, **changes: object) -> Judged:
    """The entry after the one that is stored, under the same guid."""
    before, now = an_entry(number, guid=None), an_entry(number + 1, guid=None)
    before, now = replace(before, guid="feed"), replace(now, guid="feed", id=before.id)
    edited = replace(now, **changes)  # type: ignore[arg-type]
    return Judged(item=edited, status=Status.REVISION, previous=before)


def test_one_guid_for_three_articles():
    assert after([took_its_place(0)]).guids is Guids.TRUSTED
    assert after([took_its_place(0)], [took_its_place(1)]).guids is Guids.CONSTANT
    other = [replace(took_its_place(1), item=replace(took_its_place(1).item, guid="another"))]
    assert after([took_its_place(0)], other).guids is Guids.TRUSTED


@pytest.mark.parametrize(
    "changes",
    [
        {"canonical_url": an_entry(0).canonical_url},
        {"title": an_entry(0).title},
        {"published_at": an_entry(0).published_at},
        {"published_at": None},
        {"canonical_url": ""},
    ],
    ids=["link", "title", "date", "no date", "no link"],
)
def test_edit_of_an_article_is_no_other_one(changes: dict[str, object]):
    state = after(*([took_its_place(n, **changes)] for n in (0, 0, 0)))

    assert state.guids is Guids.TRUSTED


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)), max_size=6))
def test_nothing_else_of_the_state_is_touched(polls: list[tuple[int, int, int]]):
    state = after(*(poll(*counts) for counts in polls))

    told = ("guids", "guid_doubts", "doubted_guid", "doubted_times")
    assert replace(state, **{name: getattr(FRESH, name) for name in told}) == FRESH
