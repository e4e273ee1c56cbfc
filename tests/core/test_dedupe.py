"""New, edited, known, or a copy: by identity, never by likeness alone."""

from datetime import timedelta
from typing import Any

from monitor.core.dedupe import as_copy, origin_of, recognise
from monitor.model import Item, Judged, Status, Tier
from tests.builders import NOW, an_item

LONG = "Two people briefed on the plan said the service suspended in 2020 would return in weeks."
STORED = an_item(
    "China, North Korea to resume trains",
    id="i_old",
    guid="tag:x,2025:1",
    canonical_url="https://x.example.org/1",
    keys=("g1", "u1"),
    content_hash="old",
    story_id="s_1",
    summary=LONG,
)


def seen_again(shown: str | None = "old", **changes: Any) -> Judged:
    given: dict[str, Any] = {
        "title": STORED.title,
        "id": "i_new",
        "guid": STORED.guid,
        "canonical_url": STORED.canonical_url,
        "keys": ("g1", "u1"),
        "content_hash": "old",
        "summary": LONG,
    }
    item = an_item(**(given | changes))
    return recognise(item, {"g1": STORED, "u1": STORED}, {("i_old", "pennant"): shown or ""})


def test_unknown_keys_are_a_new_item():
    assert recognise(STORED, {}, {}).status is Status.NEW


def test_same_text_is_known():
    judged = seen_again()

    assert judged.status is Status.KNOWN
    assert judged.item.id == "i_old"


def test_changed_text_under_the_same_guid_is_a_revision():
    judged = seen_again(content_hash="new", title="UPDATE 2-China says it has no information")

    assert judged.status is Status.REVISION
    assert (judged.item.id, judged.item.revision, judged.item.story_id) == ("i_old", 1, "s_1")
    assert judged.previous == STORED


def test_pruned_item_stays_known():
    """The seen-set outlives retention: pruning must never alert again."""
    judged = recognise(STORED, {"g1": None}, {})

    assert judged.status is Status.KNOWN
    assert judged.previous is None


def test_sibling_feeds_other_wording_is_a_sighting_not_an_edit():
    """Main feed and section feed word one article differently for ever."""
    assert seen_again(content_hash="other", feed_id="pennant-asia").status is Status.KNOWN


def test_guid_that_changes_with_the_same_link_is_known():
    """BBC counts up a fragment behind the address; others give a new guid at every fetch."""
    judged = seen_again(guid="tag:x,2025:999", keys=("g9", "u1"))

    assert judged.status is Status.KNOWN
    assert judged.item.id == "i_old"


def test_bbc_fragment_may_change_with_the_headline():
    stored = an_item("Old headline", id="i_old", guid="https://b/1#0", canonical_url="https://b/1")
    edited = an_item(
        "Wholly new words", guid="https://b/1#1", canonical_url="https://b/1", keys=("u1",)
    )

    judged = recognise(edited, {"u1": stored}, {("i_old", "pennant"): stored.content_hash})

    assert judged.status is Status.REVISION


def test_guid_given_twice_to_different_articles_loses_neither():
    """A constant guid over several polls: another link, and texts with nothing in common."""
    judged = seen_again(
        title="Ferry sinks off the coast",
        summary="Rescue boats were sent.",
        canonical_url="https://x.example.org/2",
        keys=("g1", "u2"),
        content_hash="ferry",
    )

    assert judged.status is Status.NEW
    assert judged.item.id not in ("i_old", "i_new")


def test_that_other_article_is_known_when_it_returns():
    ferry = an_item("Ferry sinks", canonical_url="https://x.example.org/2", keys=("g1", "u2"))

    judged = recognise(ferry, {"g1": STORED, "u2": ferry}, {})

    assert judged.status is Status.KNOWN
    assert judged.item.id == ferry.id


def test_text_of_a_former_revision_is_a_copy_however_late():
    """A stale republish weeks after the original was edited."""
    stale = an_item("Resume", id="i_stale", feed_id="lantern", owner="lantern", summary=LONG)

    origin = origin_of(stale, [STORED], [])

    assert origin == STORED
    judged = as_copy(stale, STORED)
    assert (judged.status, judged.item.copy_of, judged.item.story_id) == (
        Status.COPY,
        "i_old",
        "s_1",
    )


def test_copy_of_a_copy_names_the_origin():
    copy = an_item("x", id="i_copy", copy_of="i_old", story_id="s_1")

    assert as_copy(an_item("x", id="i_third"), copy).item.copy_of == "i_old"


def test_few_words_are_no_proof_of_copying():
    assert (
        origin_of(an_item("Weather", id="i_a", summary="Read more"), [an_item("Weather")], [])
        is None
    )


def wrap(**changes: Any) -> Item:
    given: dict[str, Any] = {
        "title": STORED.title,
        "id": "i_wrap",
        "owner": "newsagg",
        "feed_id": "newsagg",
        "tier": Tier.AGGREGATOR,
        "content_hash": "wrap",
    }
    return an_item(**(given | changes))


def test_aggregators_pointer_is_a_copy():
    assert origin_of(wrap(), [], [STORED]) == STORED


def test_original_that_arrives_after_its_pointer_joins_it():
    pointer = wrap(id="i_pointer", owner=STORED.owner)

    assert origin_of(STORED, [], [pointer]) == pointer


def test_equal_title_never_silences_another_days_bulletin():
    yesterday = an_item("Headlines at this hour", id="i_1", summary="A. B. C.")
    today = an_item("Headlines at this hour", id="i_2", summary="D. E. F.")

    assert origin_of(today, [], [yesterday]) is None


def test_equal_title_without_text_is_old_news_only_for_three_days():
    late = wrap(effective_at=NOW + timedelta(hours=73))

    assert origin_of(late, [], [STORED]) is None


def test_items_of_one_title_and_date_with_other_links_are_each_new():
    """A batch of notices: same headline, same minute."""
    notice = an_item("Notice", id="i_1", keys=("t1", "u1"), canonical_url="https://x/1")
    other = an_item("Notice", id="i_2", keys=("t1", "u2"), canonical_url="https://x/2")

    assert recognise(other, {"t1": notice, "u1": notice}, {}).status is Status.NEW


def test_series_of_one_owner_with_one_abstract_is_never_silenced():
    """Notices of a sanctions office share title and abstract; each one is another list."""
    notice = an_item("Notice of Sanctions Actions", id="i_1", summary=LONG * 5)
    next_month = an_item(
        "Notice of Sanctions Actions",
        id="i_2",
        summary=LONG * 5,
        effective_at=NOW + timedelta(days=30),
    )

    assert origin_of(next_month, [notice], [notice]) is None


def test_guid_and_link_of_another_day_with_another_text_is_another_article():
    """A page that is overwritten with each edition, under one guid and one link."""
    judged = seen_again(
        title="Ferry sinks off the coast",
        summary="Rescue boats were sent.",
        content_hash="ferry",
        effective_at=NOW + timedelta(days=2),
    )

    assert judged.status is Status.NEW


def test_guid_and_link_of_another_day_with_the_same_text_is_known():
    """Some outlets renew the date at every fetch."""
    assert seen_again(effective_at=NOW + timedelta(days=2)).status is Status.KNOWN
