"""Templates of the operator's: what they may do, and what hostile text in them cannot."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.apprise import AppriseOptions, AppriseWebhook
from monitor.adapters.webhooks.console import ConsoleOptions, ConsoleWebhook
from monitor.adapters.webhooks.discord import DiscordWebhook
from monitor.adapters.webhooks.email import EmailOptions, EmailWebhook
from monitor.adapters.webhooks.matrix import MatrixOptions, MatrixWebhook
from monitor.adapters.webhooks.mattermost import MattermostWebhook
from monitor.adapters.webhooks.ntfy import NtfyOptions, NtfyWebhook
from monitor.adapters.webhooks.pagerduty import PagerdutyOptions, PagerdutyWebhook
from monitor.adapters.webhooks.post import UrlOptions
from monitor.adapters.webhooks.slack import SlackWebhook
from monitor.adapters.webhooks.teams import TeamsWebhook
from monitor.adapters.webhooks.telegram import TelegramOptions, TelegramWebhook
from monitor.adapters.webhooks.templates import TemplateFailed, TemplateProcess
from monitor.adapters.webhooks.view import View, check_template, lines_of, values_of
from monitor.core.glance import glance
from monitor.model import Alert, Secret, Template
from monitor.ports import Webhook
from tests.adapters.webhooks import (
    test_apprise,
    test_discord,
    test_email,
    test_matrix,
    test_mattermost,
    test_ntfy,
    test_pagerduty,
    test_slack,
    test_teams,
    test_telegram,
)
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, a_situation_of, alerts
from tests.adapters.webhooks.services import TOKEN, Matrix, Pagerduty
from tests.builders import an_alert
from tests.servers import trust

# All of an alert, with what the services would obey in the operator's own words too.
ECHO = Template(
    text="{{ headline }}\n{{ snippet }} @everyone <b>\n{% for m in matched %}\n"
    "* {{ m.term }} {{ m.variant }} {{ m.group }}\n{% endfor %}\n{{ watch_name }}{{ reason }}"
    "{{ source.name }}\n{{ url }}\n{{ why }}\n{{ timeline }}{{ story_now }}\n"
)
SESSION = Session(tls=trust(), user_agent="news-monitor-test")
URL = UrlOptions(url=Secret("https://hooks.example/x"), template=ECHO)
KINDS: dict[str, tuple[Webhook, Any]] = {
    "slack": (SlackWebhook("x", URL, SESSION), test_slack.obeys),
    "discord": (DiscordWebhook("x", URL, SESSION), test_discord.obeys),
    "teams": (TeamsWebhook("x", URL, SESSION), test_teams.obeys),
    "mattermost": (MattermostWebhook("x", URL, SESSION), test_mattermost.obeys),
    "telegram": (
        TelegramWebhook(
            "x", TelegramOptions(token=Secret(TOKEN), chat="-1001", template=ECHO), SESSION
        ),
        test_telegram.obeys,
    ),
    "ntfy": (
        NtfyWebhook("x", NtfyOptions(topic=Secret("t"), template=ECHO), SESSION),
        test_ntfy.obeys,
    ),
    "matrix": (
        MatrixWebhook(
            "x",
            MatrixOptions(
                server="https://x.example", room=Matrix.room, token=Secret("t"), template=ECHO
            ),
            SESSION,
        ),
        test_matrix.obeys,
    ),
    "pagerduty": (
        PagerdutyWebhook(
            "x", PagerdutyOptions(routing_key=Secret(Pagerduty.key), template=ECHO), SESSION
        ),
        test_pagerduty.obeys,
    ),
    "apprise": (
        AppriseWebhook(
            "x", AppriseOptions(service=Secret("json://notify.example"), template=ECHO), SESSION
        ),
        test_apprise.obeys,
    ),
}


def obeyed(kind: str, alert: Alert) -> None:
    webhook, obeys = KINDS[kind]
    body = webhook.render(alert, "msg_1")
    assert not getattr(body, "problem", "")
    obeys(json.loads(body))


@given(alert=alerts())
def test_what_a_template_makes_obeys_the_limits_of_the_kind(alert: Alert) -> None:
    for kind in KINDS:
        obeyed(kind, alert)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("character", ["a", "&", '"', "🚆", "*", "\u0301"])
def test_the_biggest_output_obeys_too(kind: str, character: str) -> None:
    obeyed(kind, a_huge_alert(character))


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_headlines_stay_inert_in_a_template(kind: str) -> None:
    for headline in HOSTILE:
        obeyed(kind, an_alert(headline, snippet=headline, watch_name=headline))


def test_mail_of_a_template_has_our_headers_alone() -> None:
    options = test_email.options(template=ECHO)
    webhook = EmailWebhook("x", options, SESSION)
    assert isinstance(options, EmailOptions)

    for headline in [*HOSTILE, "x\r\nBcc: a@b.example"]:
        test_email.obeys(webhook.render(an_alert(headline, snippet=headline), "msg_1"))


# --- what a template is ---


def lines(text: str, alert: Alert | None = None) -> tuple[str, ...]:
    return lines_of(Template(text=text), alert or an_alert())


def test_feeds_words_are_values_and_never_compiled() -> None:
    hostile = "{{ 7*7 }} {% for x in y %} {# gone #} ${7*7} {0.__class__} %s"

    assert lines("{{ headline }}", an_alert(hostile)) == (hostile,)


def test_headline_cannot_look_like_lines_of_ours() -> None:
    alert = an_alert("All clear\n[CRITICAL] Rail: new\r\nhttps://evil.example", snippet="x\u2028y")

    assert len(lines("{{ headline }}\n{{ snippet }}", alert)) == 2


def test_fields_and_built_in_lines_have_names() -> None:
    values, seen = values_of(an_alert()), glance(an_alert())

    assert (values["lead"], values["why"], values["times"]) == (seen.lead, seen.why, seen.times)
    assert (values["source_line"], values["link"]) == (seen.source, seen.link)
    assert values["matched"][0]["term"] == "train"


def test_the_story_is_told_by_its_fields_and_by_its_lines() -> None:
    text = (
        "{{ headline }}\n{% if story_now %}\n{{ story_now.state }} {{ story_now.effective_on }}\n"
        "{{ story_now.independent_origins.count }}: {{ origins }}\n{{ standing }}\n"
        "{{ timeline }}\n{{ also_in }}\n{{ changed }}\n{% endif %}\n"
    )
    check_template(Template(text=text))

    alert = an_alert(situation=a_situation_of("x", 2))
    seen = glance(alert)
    assert lines(text, alert) == (
        alert.title,
        "timetable_published 9999-12-31",
        f"2: {seen.origins}",
        seen.standing,
        seen.timeline,
        seen.also_in,
        seen.changed,
    )
    assert lines(text, an_alert()) == (an_alert().title,)


def test_first_line_is_the_headline_and_lead_and_link_stay() -> None:
    webhook = ConsoleWebhook("c", ConsoleOptions(template=Template(text="A\n\n\nB {{ kind }}\n")))

    assert webhook.render(an_alert(), "msg_1").decode().splitlines() == [
        "[HIGH] Trains across the DPRK border: new",
        "A",
        "B new",
        "https://pennant.example.org/a/1",
    ]


FAILING = {
    "{{ hedline }}": (1, "'hedline' is undefined"),
    "x\n{{ headline.x.y }}": (2, "has no attribute 'x'"),
    "x\n\n{% if %}": (3, "Expected an expression"),
    "{{ headline": (1, "unexpected end of template"),
    "{% include 'x' %}": (0, "names another template"),
    "{% extends '/etc/passwd' %}": (0, "names another template"),
    "{% import 'x' as y %}": (0, "names another template"),
    "{{ ''.__class__.__mro__ }}": (1, "unsafe"),
    "{{ headline.__class__ }}": (1, "unsafe"),
    "{{ self.__init__.__globals__ }}": (1, "unsafe"),
    "{{ '{0.__class__}'.format(1) }}": (1, "format is not available"),
    "{{ headline.format_map({}) }}": (1, "format is not available"),
    "{{ '%s'|format(1) }}": (1, "No filter named 'format'"),
    "{{ matched.append(1) }}": (1, "unsafe"),
    "{{ range(9) }}": (1, "'range' is undefined"),
    "{{ lipsum() }}": (1, "'lipsum' is undefined"),
    "{{ 1/0 }}": (1, "ZeroDivisionError"),
    "{{ 'a' * 10**9 }}": (0, "too much memory"),
    "{% for a in 'x' * 9999 %}yyyyyyyy{% endfor %}": (0, "more than 32 KiB"),
    "  \n \u200b": (0, "makes nothing"),
    "{{ '\\u202e' }}": (0, "makes nothing"),
}


@pytest.mark.parametrize("text", FAILING)
def test_template_that_fails_says_where_and_why(text: str) -> None:
    line, why = FAILING[text]

    with pytest.raises(TemplateFailed) as caught:
        lines(text)

    assert why in caught.value.problem
    assert line in (0, caught.value.line)
    assert not caught.value.stopped


def test_check_names_file_line_and_cure() -> None:
    with pytest.raises(ValueError, match=r"^template: templates/a\.j2, line 2: .*; ."):
        check_template(Template(text="x\n{{ y }}", origin="templates/a.j2"))


def test_check_tries_an_alert_that_has_nothing() -> None:
    check_template(
        Template(text="{{ headline }}{% if published_at %}{{ published_at[:9] }}{% endif %}")
    )

    with pytest.raises(ValueError, match="this alert has no link, source, dates and story"):
        check_template(Template(text="{{ headline }} {{ published_at[:10] }}"))


# --- while running ---

SLOW = "{% for a in 'x' * 9999 %}{% for b in 'x' * 99999 %}{% endfor %}{% endfor %}{{ headline }}"


@pytest.fixture
def child() -> Iterator[TemplateProcess]:
    made = TemplateProcess(deadline_s=1)
    yield made
    made.close()


def test_slow_template_is_stopped_and_the_next_one_served(child: TemplateProcess) -> None:
    began = time.monotonic()

    with pytest.raises(TemplateFailed, match="longer than 1 s") as caught:
        child.render(SLOW, {"headline": "x"})

    assert caught.value.stopped
    assert time.monotonic() - began < 30
    assert child.render("{{ headline }}", {"headline": "x"}) == "x"


def test_killed_child_is_replaced(child: TemplateProcess) -> None:
    child.render("x", {})
    running = child._process
    assert running
    os.kill(running.pid, signal.SIGKILL)
    running.wait()

    assert child.render("{{ a }}", {"a": "y"}) == "y"


def test_child_sees_nothing_of_our_environment(child: TemplateProcess) -> None:
    os.environ["NEWS_MONITOR_CANARY"] = "s3cret"
    try:
        child.render("x", {})
        assert child._process
        environment = Path(f"/proc/{child._process.pid}/environ").read_bytes()
    finally:
        del os.environ["NEWS_MONITOR_CANARY"]

    assert b"s3cret" not in environment


ODD = Template(text="{{ headline }}{% if headline == 'Boom' %}{{ x.y }}{% endif %}", origin="a.j2")


def test_failing_template_leaves_the_built_in_form_that_says_so() -> None:
    webhook = ConsoleWebhook("c", ConsoleOptions(template=ODD))

    body = webhook.render(an_alert("Boom"), "msg_1")

    problem = "the template a.j2, line 1: 'x' is undefined"
    assert getattr(body, "problem", "") == problem
    native = ConsoleWebhook("c", ConsoleOptions()).render(an_alert("Boom"), "msg_1").decode()
    *before, link = native.splitlines()
    assert body.decode().splitlines() == [*before, f"(built-in form: {problem})", link]


def test_template_that_is_stopped_again_and_again_is_left_alone() -> None:
    view = View(Template(text=SLOW))
    view.strikes = 2
    assert "took longer" in view.of(an_alert()).flaw

    began = time.monotonic()
    seen = view.of(an_alert())

    assert time.monotonic() - began < 1
    assert "stopped too often" in seen.flaw
    assert seen.headline == "First train leaves Pyongyang"
