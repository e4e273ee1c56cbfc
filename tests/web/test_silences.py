"""The page of silences, and what a person does there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page

from monitor.adapters.sqlite import SqliteArchive, SqliteStore
from monitor.model import Alert
from monitor.ports import Unit
from tests.web.acting import Person, refused
from tests.web.conftest import Served
from tests.web.parsing import texts, tree
from tests.web.test_webhooks import database
from tests.web.world import NOW, TOKEN

WISH = {"matchers": "watch=kp-*\nseverity>=low", "length": "8h", "comment": "drill", "author": "me"}


def _retold(unit: Unit, alerts: tuple[Alert, ...]) -> None:
    """The newest alerts once more, as of today."""
    at = NOW - timedelta(hours=1)
    unit.save_alerts([replace(one, id=f"{one.id}x", created_at=at) for one in alerts])


def test_silences_are_listed_by_whether_they_hold(page_of_story: Served) -> None:
    page = page_of_story.text("/silences")

    row = texts(page, "section tbody tr")[0]
    assert "watch=kp-sanctions" in row
    assert "a planned drill" in row
    assert not tree(page).css('main form[method="post"]')


def test_it_is_shown_what_it_would_have_muted_before_it_is_made(
    told_anew: Path, serve: Callable[[Path], Served], tab: Page
) -> None:
    """As a person does it, in a browser."""
    with SqliteStore(database(told_anew)) as store:
        alerts = tuple(store.archive().alerts(limit=3))
        store.write(lambda unit: _retold(unit, alerts))
    served = serve(told_anew)
    tab.goto(f"{served.url}/login?to=/silences/new")
    tab.fill("#token", TOKEN)
    tab.press("#token", "Enter")
    for name, value in WISH.items():
        tab.fill(f"#{name}", value)
    tab.get_by_role("button", name="See what it would mute").click()
    kp = sum(one.watch_id.startswith("kp-") for one in alerts)
    assert f"{kp} alerts of the 3 alerts" in tab.inner_text("#preview + p")
    with SqliteArchive(database(told_anew)) as archive:
        assert len(archive.silences()) == 1

    tab.get_by_role("button", name="Silence them for 8h").click()

    assert "silences watch=kp-* and severity>=low until" in tab.inner_text(".done")
    with SqliteArchive(database(told_anew)) as archive:
        made = archive.silences()[-1]
    assert (made.matchers, made.comment, made.author) == (
        ("watch=kp-*", "severity>=low"),
        "drill",
        "me",
    )
    assert made.ends_at - made.starts_at == timedelta(hours=8)

    tab.get_by_role("button", name=f"End {made.id} now").click()

    assert f"{made.id} is over; it muted 0 deliveries." in tab.inner_text(".done")
    with SqliteArchive(database(told_anew)) as archive:
        assert archive.silences()[-1].expired_at


def test_actions_are_refused_without_login_and_form_key(page_of_story: Served) -> None:
    refused(page_of_story, "/silences", **WISH)
    refused(page_of_story, "/silences/q_planned/expire")


def test_what_is_wrong_is_told_and_nothing_is_made(
    told_anew: Path, serve: Callable[[Path], Served]
) -> None:
    served = serve(told_anew)
    shown = served.text("/silences/new?matchers=watch%3Dkp-bordr-rail&length=8h&comment=a&author=b")
    assert "did you mean 'kp-border-rail'?" in texts(shown, ".notice")[0]
    assert "Log in" in shown
    empty = served.text("/silences/new?matchers=&length=8&comment=&author=")
    assert len(texts(empty, ".problem")) == 4
    person = Person(served)
    key = person.form("/", "/logout")

    for field, odd in (
        ("matchers", ""),
        ("matchers", "watch~kp"),
        ("matchers", "severity>=loud"),
        ("length", "400d"),
        ("length", ""),
        ("comment", " \u202e "),
        ("author", ""),
    ):
        answer = person.post("/silences", **key, **(WISH | {field: odd}))
        assert answer.status_code == 422, (field, odd)
        assert texts(answer.text, ".problem")
    assert person.post("/silences/q_nope/expire", **key).status_code == 404
    with SqliteArchive(database(told_anew)) as archive:
        assert len(archive.silences()) == 1

    first = person.post("/silences/q_planned/expire", **key).headers["location"]
    again = person.post("/silences/q_planned/expire", **key).headers["location"]
    assert "is over; it muted 0" in person.text(first)
    assert "nothing was changed" in person.text(again)
    assert "by a person" in person.text("/silences")
