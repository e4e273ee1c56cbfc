"""The pages of webhooks, and what a person does there."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page

from monitor.adapters.sqlite import SqliteArchive, SqliteStore
from monitor.model import DeliveryState, WebhookState
from tests.servers import Loopback, Reply
from tests.web.acting import Person, refused
from tests.web.conftest import Served
from tests.web.parsing import texts, tree
from tests.web.world import TOKEN


def database(folder: Path) -> Path:
    return folder.parent / "data" / "monitor.sqlite"


def test_webhooks_are_listed_with_their_queues(page_of_story: Served) -> None:
    page = page_of_story.text("/webhooks")

    assert "failing" in texts(page, "tbody .badge")
    assert "503 Service Unavailable" in texts(page, "tbody tr")[0]
    (dead,) = tree(page).css('a[href="/webhooks/desk?state=dead#deliveries"]')
    assert dead.text() == "1"


def test_webhook_shows_attempts_deliveries_and_what_leads_there(page_of_story: Served) -> None:
    page = page_of_story.text("/webhooks/desk")

    assert "pending" in texts(page, "section table th a")
    assert "/watches/kp-border-rail" in [
        node.attributes["href"] for node in tree(page).css("section li a")
    ]
    assert any("204 No Content" in one for one in texts(page, "ul.hits li"))
    assert "<b>said the receiver" in texts(page, "details pre")
    assert not tree(page).css('main form[method="post"]')
    assert "127.0.0.1:9" not in page
    assert "/hook" not in page


def test_deliveries_are_paged_without_loss_or_repetition(page_of_story: Served) -> None:
    seen: list[str] = []
    path = "/webhooks/desk"
    while path:
        page = tree(page_of_story.text(path))
        seen += [str(node.attributes["href"]) for node in page.css("a.head")]
        older = [a.attributes["href"] for a in page.css("a") if a.text() == "Older ones"]
        path = str(older[0]).partition("#")[0] if older else ""

    assert len(seen) == len(set(seen)) == 33
    dead = page_of_story.text("/webhooks/desk?state=dead")
    assert len(tree(dead).css("a.head")) == 1
    assert "400 Bad Request" in texts(dead, "ul.hits li")[0]
    assert "None that is muted" in page_of_story.text("/webhooks/desk?state=muted")


def test_actions_are_refused_without_login_and_form_key(page_of_story: Served) -> None:
    for action in ("test", "enable", "redeliver"):
        refused(page_of_story, f"/webhooks/desk/{action}", state="dead")
    question = page_of_story.text("/webhooks/desk/redeliver?state=dead")
    assert "1 delivery" in question
    assert "Log in" in question
    assert not tree(question).css("main form")


def test_test_and_redelivery_are_done_and_said(
    told_anew: Path, serve: Callable[[Path], Served], tab: Page
) -> None:
    """As a person does them, in a browser."""
    with Loopback(lambda _: Reply(204)) as receiver:
        webhooks = told_anew / "webhooks.toml"
        webhooks.write_text(webhooks.read_text().replace("http://127.0.0.1:9", receiver.url))
        served = serve(told_anew)
        tab.goto(f"{served.url}/login?to=/webhooks/desk")
        tab.fill("#token", TOKEN)
        tab.press("#token", "Enter")
        tab.get_by_role("button", name="Send a test").click()
        assert "desk: delivered: answered 204" in tab.inner_text(".done")
    assert len(receiver.requests) == 1
    assert "TEST" in json.dumps(json.loads(receiver.requests[0].body))

    tab.get_by_role("link", name="Send again: 1 dead").click()
    tab.get_by_role("button", name="Send 1 delivery again").click()

    assert "1 delivery queued." in tab.inner_text(".done")
    with SqliteArchive(database(told_anew)) as archive:
        assert not archive.deliveries_to("desk", state=DeliveryState.DEAD)
        queued = archive.deliveries_to("desk", state=DeliveryState.PENDING)
        assert len(queued) == 2
        (asked,) = [one for row in queued for one in archive.interventions(row.id)]
        assert asked.kind.value == "redelivery asked"


def test_disabled_webhook_is_enabled_and_only_what_was_asked_for_is_sent_again(
    told_anew: Path, serve: Callable[[Path], Served]
) -> None:
    now = datetime.now(UTC)
    with SqliteStore(database(told_anew)) as store:
        gone = WebhookState(webhook="desk", disabled_at=now, problem="410 Gone", failures=1)
        store.write(lambda unit: unit.save_webhook_state(gone))
    served = serve(told_anew)
    person = Person(served)
    page = person.text("/webhooks/desk")
    assert "Disabled since" in texts(page, ".problem")[0]

    # What died after the question was asked is not meant by the answer.
    form = person.form("/webhooks/desk/redeliver?state=dead", "/webhooks/desk/redeliver")
    old = form | {"until": datetime(2020, 1, 1, tzinfo=UTC).isoformat()}
    nothing = person.post("/webhooks/desk/redeliver", **old)
    assert "0 deliveries queued" in person.text(nothing.headers["location"])
    with SqliteArchive(database(told_anew)) as archive:
        assert archive.webhook_states()["desk"].disabled_at

    key = person.form("/webhooks/desk", "/webhooks/desk/enable")
    answer = person.post("/webhooks/desk/enable", **key)
    assert answer.status_code == 303
    assert "was disabled (410 Gone); 1 delivery due now." in person.text(answer.headers["location"])
    with SqliteArchive(database(told_anew)) as archive:
        assert archive.webhook_states()["desk"].disabled_at is None

    assert person.post("/webhooks/desk/redeliver", **form | {"until": "x"}).status_code == 400
    assert person.post("/webhooks/desk/redeliver", **form | {"state": "held"}).status_code == 400
    assert person.post("/webhooks/nope/test", **key).status_code == 404
