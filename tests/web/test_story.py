"""All of a story, an item, an alert and a delivery, and what a person may do there."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from monitor import bootstrap
from monitor.adapters.sqlite import SqliteStore
from monitor.model import DeliveryState, Found, Judged, JudgedText, Status
from tests.web.conftest import Served
from tests.web.reading import one, page, parsed, words
from tests.web.world import TOKEN

RAIL = "/?watch=kp-border-rail"


@pytest.fixture(scope="session")
def story(page_of_story: Served) -> str:
    """Where the story of the seed is told."""
    card = next(
        found
        for found in page(page_of_story, RAIL).css("article.story")
        if "23 items" in found.text()
    )
    return str(one(card, "h2 a").attributes["href"])


def test_whatever_is_a_part_of_it_leads_to_its_address(page_of_story: Served, story: str) -> None:
    shown = page(page_of_story, story)
    items = {node.attributes["id"] for node in shown.css("article.item")}
    alerts = {node.attributes["id"] for node in shown.css("details.told")}

    for key in [*items][:3] + [*alerts][:2]:
        answer = page_of_story.get(f"/stories/{key}")
        assert (answer.status_code, answer.headers["location"]) == (303, story)
    assert page_of_story.get("/stories/s_nothing").status_code == 404


def test_the_page_tells_all_that_stories_show_does(page_of_story: Served, story: str) -> None:
    shown = page(page_of_story, story)

    assert words(shown, "h1").startswith("Timetable for Pyongyang")
    for said in (
        "Claimed in effect by wire",
        "CN itself confirmed",
        "Takes effect 2025-06-12",
        "Independent Yalu Watch (fictional)",
        "kp-border-rail : told 18 times",
        "Was waited for",
    ):
        assert said in words(shown, "main")
    assert len(shown.css("#history ~ details tbody tr")) == 23
    assert len(shown.css("article.item")) + len(shown.css(".copy")) == 23
    assert len(shown.css("details.told")) == 25


@pytest.mark.parametrize("language", ["en", "ko", "ja", "zh", "ru"])
def test_what_was_found_is_marked_where_it_stands_in_every_language(
    page_of_story: Served, story: str, language: str
) -> None:
    """Offsets are code points of the field: one that is off by a sign marks other words."""
    items = page(page_of_story, story).css(f"section[aria-labelledby=in-{language}] .item")
    seen = 0
    with bootstrap.archive_of(page_of_story.config) as archive:
        for node in items:
            item_id = str(node.attributes["id"])
            now = archive.judged_texts(item_id)[-1]
            assert now.text
            for name, css, text in (
                ("title", "h3", now.text.title),
                ("summary", ".text", now.text.summary),
            ):
                found = [f for one in now.judgements for f in one.match.found if f.field == name]
                assert all(text[f.start : f.end] == f.variant for f in found)
                masks = [f for f in _masked(now) if f.field == name]
                places = {at for f in found for at in range(f.start, f.end)}
                places -= {at for f in masks for at in range(f.start, f.end)}
                runs = "".join(sign if at in places else "\n" for at, sign in enumerate(text))
                marks = [mark.text() for mark in node.css(f"{css}[lang={language}] .found")]
                assert marks == [run for run in runs.split("\n") if run]
                seen += len(marks)
    assert seen


def _masked(text: JudgedText) -> list[Found]:
    of_matches = [found for one in text.judgements for found in one.match.masked]
    return of_matches + [found for drop in text.dropped for found in drop.masked]


def test_what_is_masked_now_is_struck_through_and_nothing_else(
    page_of_story: Served, story: str
) -> None:
    """A mask of a former text must not strike words of the present one."""
    shown = page(page_of_story, story)

    struck = [words(node) for node in shown.css("mark.masked")]
    assert not [text for text in struck if "rvice would return" in text]


def test_an_edit_is_told_word_by_word(page_of_story: Served, story: str) -> None:
    shown = page(page_of_story, story)

    edited = [node for node in shown.css("article.item") if node.css(".diff ins")]
    assert edited
    assert edited[0].css(".diff del")


def test_copies_are_folded_under_their_origin(page_of_story: Served, story: str) -> None:
    folded = one(page(page_of_story, story), "details.copies")

    assert words(folded, "summary").startswith(("1 copy", "2 copies", "3 copies"))
    assert "the same text was seen elsewhere before" in words(folded)


def test_why_this_was_not_sent_is_found_in_two_clicks(page_of_story: Served, story: str) -> None:
    alert = next(
        node
        for node in page(page_of_story, story).css("details.told")
        if node.css(".bad")
        if "desk: dead" in words(node)
    )
    address = one(alert, ".oneway a").attributes["href"]

    shown = page(page_of_story, str(address))

    row = words(one(shown, "tbody tr"))
    assert "refused" in row
    assert "400 Bad Request" in row
    assert "<b>said the receiver" in row, "as text"
    assert '"text": "as it was sent"' in words(shown, "pre")
    assert not shown.css("form[method=post]"), "nobody is logged in"


def test_an_item_tells_its_way_and_what_watches_say_now(page_of_story: Served, story: str) -> None:
    address = f"/items/{one(page(page_of_story, story), 'article.item').attributes['id']}"

    assert not page(page_of_story, address).css("#now ~ ul")
    shown = page(page_of_story, f"{address}?now=1")

    assert "matches kp-border-rail" in words(shown, "#now ~ ul")
    assert story in [node.attributes["href"] for node in shown.css("dd a")]
    assert page_of_story.get("/items/i_nothing").status_code == 404


def test_an_alert_is_shown_as_it_was_told(page_of_story: Served, story: str) -> None:
    told = one(page(page_of_story, story), "details.told")

    shown = page(page_of_story, f"/alerts/{told.attributes['id']}")

    assert words(shown, ".glance strong").startswith("[")
    assert words(shown, ".glance") == words(told, ".glance")
    assert page_of_story.get("/alerts/a_nothing").status_code == 404


def test_deliveries_are_listed_by_state_and_webhook(page_of_story: Served) -> None:
    assert len(page(page_of_story, "/deliveries?state=dead").css("tbody tr")) == 1
    assert len(page(page_of_story, "/deliveries?webhook=desk").css("tbody tr")) > 20
    assert "No delivery is like that" in words(page(page_of_story, "/deliveries?state=held"))


def test_deliveries_go_on_after_the_last_one(page_of_story: Served) -> None:
    with bootstrap.archive_of(page_of_story.config) as archive:
        whole = [found.id for found in archive.outbox(limit=1000)]
        seen: list[str] = []
        before = None
        while rows := archive.outbox(before=before, limit=7):
            seen += [found.id for found in rows]
            before = (rows[-1].created_at, rows[-1].id)
        dead = archive.outbox(state=DeliveryState.DEAD)

    assert seen == whole
    assert [found.state for found in dead] == [DeliveryState.DEAD]


def test_a_dead_letter_is_sent_again_by_who_may_act(
    told_anew: Path, serve: Callable[[Path], Served]
) -> None:
    served = serve(told_anew)
    address = str(one(page(served, "/deliveries?state=dead"), "tbody a").attributes["href"])
    with requests.Session() as person:
        person.post(f"{served.url}/login", data={"token": TOKEN}, timeout=20)
        form = one(parsed(person.get(served.url + address, timeout=20).text), "main form")
        key = one(form, "[name=form_key]").attributes["value"]
        path = form.attributes["action"]

        refused = person.post(f"{served.url}{path}", data={"form_key": "another"}, timeout=20)
        answer = person.post(f"{served.url}{path}", data={"form_key": key}, timeout=20)

        assert refused.status_code == 403
        assert "Queued to be sent again" in answer.text
        assert "redelivered by hand; it was dead" in words(parsed(answer.text), "tbody")
        again = person.post(f"{served.url}{path}", data={"form_key": key}, timeout=20)
        assert "Left alone" in again.text
    assert served.get(address).status_code == 200
    assert requests.post(f"{served.url}{path}", timeout=20).status_code in (401, 403)
    with bootstrap.archive_of(served.config) as archive:
        assert archive.dead_letters() == 0


def test_words_of_feeds_are_text(told_anew: Path, serve: Callable[[Path], Served]) -> None:
    """Markup, scripts, hidden and turning characters of a headline do nothing."""
    served = serve(told_anew)
    with bootstrap.archive_of(served.config) as archive:
        thread = archive.threads(limit=1)[0].thread
        item = archive.items_of(archive.stories_of(thread.id)[0].id)[0]
    hostile = "<script>alert(1)</script>\u202eevil\u200b <img src=x onerror=y>"
    with SqliteStore(Path(served.config.settings.database)) as store:
        store.write(
            lambda unit: unit.save_items(
                [
                    Judged(
                        item=replace(item, title=hostile, url="javascript:alert(1)", revision=9),
                        status=Status.REVISION,
                        previous=item,
                    )
                ]
            )
        )

    for path in (f"/stories/{thread.id}", f"/items/{item.id}"):
        text = served.text(path)
        assert "&lt;" in text
        assert "<script>" not in text
        assert "<img" not in text
        assert "\u202e" not in text
        assert "javascript:" not in text
