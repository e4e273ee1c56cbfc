"""What docs/webhooks.md shows is what is sent, and its recipes work."""

import email
import json
import re
import shutil
import subprocess
import tomllib
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from email import policy
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.webhooks.apprise import AppriseOptions
from monitor.adapters.webhooks.console import ConsoleOptions, ConsoleWebhook
from monitor.adapters.webhooks.email import EmailOptions
from monitor.adapters.webhooks.file import FileOptions
from monitor.adapters.webhooks.matrix import MatrixOptions
from monitor.adapters.webhooks.ntfy import NtfyOptions
from monitor.adapters.webhooks.pagerduty import PagerdutyOptions
from monitor.adapters.webhooks.payload import message
from monitor.adapters.webhooks.post import UrlOptions
from monitor.adapters.webhooks.standard import StandardOptions
from monitor.adapters.webhooks.telegram import TelegramOptions
from monitor.config.shapes import POLICY
from monitor.core.delivery import DEFAULT
from monitor.core.signing import secret_bytes, sign, timestamp
from monitor.model import (
    AlertKind,
    Claim,
    Found,
    Secret,
    Severity,
    Situation,
    Step,
    Template,
    Tier,
)
from monitor.plugins import WebhookOptions, webhook_kind
from tests.adapters.webhooks.services import TOKEN, Pagerduty
from tests.builders import an_alert


def a_found(term: str, *, group: str, start: int) -> Found:
    return Found(
        term=term,
        group=group,
        field="title",
        start=start,
        end=start + len(term),
        clause=f"@{group}",
        variant=term,
    )


PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
NOON = datetime(2025, 6, 9, 12, 5, tzinfo=UTC)


def a_step(item: str, at: str, publisher: str, tier: Tier, claim: Claim, **more: Any) -> Step:
    moment = datetime.fromisoformat(f"2025-{at}Z")
    return Step(item_id=item, at=moment, publisher=publisher, tier=tier, claim=claim, **more)


PREPARING = a_step(
    "i_n20", "05-30T00:30", "조선소식", Tier.STATE_MEDIA, Claim.PREPARING, party="KP", moved=True
)
ANNOUNCED = a_step(
    "i_ge2tqnzr", "06-09T12:05", "铁路运营方公告", Tier.OFFICIAL_PRIMARY, Claim.ANNOUNCED,
    party="CN", moved=True,
)  # fmt: skip
SITUATION = Situation(
    title="Timetable for Pyongyang–Beijing train reappears on North Korean tourism site",
    claim=Claim.ANNOUNCED,
    state=Claim.ANNOUNCED,
    was=Claim.PREPARING,
    official=ANNOUNCED,
    parties=(PREPARING, ANNOUNCED),
    effective_on=date(2025, 6, 12),
    independent=("Yalu Watch", "접경일보", "Pennant Wire", "港通信"),
    carried_by=("Harbour Courier", "한빛통신"),
    timeline=(
        a_step("i_n01", "05-26T01:10", "Yalu Watch", Tier.SPECIALIST, Claim.TIMETABLE, moved=True),
        a_step("i_n03", "05-27T02:05", "Pennant Wire", Tier.WIRE, Claim.REPORTED, moved=True),
        a_step(
            "i_n09", "05-27T07:05", "外交部", Tier.OFFICIAL_PRIMARY, Claim.NO_COMMENT, party="CN"
        ),
        PREPARING,
        a_step("i_n22", "05-30T10:00", "山海新闻", Tier.PRESS, Claim.DENIED, moved=True),
        ANNOUNCED,
    ),
    also_in=("en", "ko", "ja", "ru"),
)
ALERT = an_alert(
    "关于6月12日起开行北京、丹东—平壤国际旅客列车的公告",
    id="a_mzxw6ytboi",
    item_id="i_ge2tqnzr",
    story_id="s_ge2tqnzr",
    kind=AlertKind.ESCALATION,
    severity=Severity.CRITICAL,
    reason="escalation: an official source announced",
    seq=6,
    supersedes="a_nbswy3dpeb",
    situation=SITUATION,
    snippet="北京方向每周三对，丹东方向每日一对，车站窗口明日起售票。",
    language="zh-Hans",
    url="https://railop-cn.example.org/a/n29",
    feed_id="railop-cn",
    feed_name="铁路运营方公告",
    publisher="铁路运营方公告",
    owner="railop-cn",
    tier=Tier.OFFICIAL_PRIMARY,
    published_at=NOON,
    seen_at=NOON + timedelta(minutes=2),
    created_at=NOON + timedelta(minutes=2, seconds=30),
    found=(
        a_found("平壤", group="kp", start=16),
        a_found("列车", group="rail", start=22),
    ),
    score=6.0,
)


_URL = UrlOptions(url=Secret("https://hooks.example/x"))
SHOWN: dict[str, Any] = {
    "standard": StandardOptions(url=_URL.url),
    "slack": _URL,
    "discord": _URL,
    "teams": _URL,
    "mattermost": _URL,
    "telegram": TelegramOptions(token=Secret(TOKEN), chat="-1001234567890"),
    "matrix": MatrixOptions(
        server="https://matrix.example.org", room="!abc:example.org", token=Secret("x")
    ),
    "file": FileOptions(path=Path("data/alerts.jsonl")),
    "apprise": AppriseOptions(service=Secret("json://notify.example")),
    "ntfy": NtfyOptions(topic=Secret("x")),
    "pagerduty": PagerdutyOptions(routing_key=Secret(Pagerduty.key)),
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def section(kind: str) -> str:
    """The text of a kind's section."""
    return PAGE.partition(f"\n### {kind}\n")[2].partition("\n### ")[0].partition("\n## ")[0]


@pytest.mark.parametrize("kind", SHOWN)
def test_message_of_the_page_is_the_one_that_is_sent(kind: str) -> None:
    shown = re.findall(r"^```json\n(.*?)^```", section(kind), re.DOTALL | re.MULTILINE)
    webhook = webhook_kind(kind)(kind, SHOWN[kind], None)

    assert json.loads(shown[0]) == json.loads(webhook.render(ALERT, "msg_1"))


def test_places_of_the_page_are_those_of_the_terms() -> None:
    for found in ALERT.found:
        assert ALERT.title[found.start : found.end] == found.term


def test_headers_of_the_page_are_those_of_the_mail() -> None:
    (shown,) = re.findall(r"^```text\n(.*?)^```", section("email"), re.DOTALL | re.MULTILINE)
    addresses = ("desk@example.org", "night@example.org")
    options = EmailOptions(host="mail.example.org", sender="monitor@example.org", to=addresses)
    webhook = webhook_kind("email")("mail", options, None)

    sent = email.message_from_bytes(webhook.render(ALERT, "msg_1"), policy=policy.default)
    written = email.message_from_string(shown, policy=policy.default)
    assert dict(written) == {name: sent[name] for name in written}


def test_screen_of_the_page_is_the_one_that_is_printed() -> None:
    (shown,) = re.findall(r"^```text\n(.*?)^```", section("console"), re.DOTALL | re.MULTILINE)

    assert shown == ConsoleWebhook("c", ConsoleOptions()).render(ALERT, "msg_1").decode()


def test_template_of_the_page_makes_the_text_of_the_page() -> None:
    part = PAGE.partition("\n## Templates\n")[2].partition("\n## ")[0]
    (text,) = re.findall(r"^```jinja\n(.*?)^```", part, re.DOTALL | re.MULTILINE)
    (shown,) = re.findall(r"^```text\n(.*?)^```", part, re.DOTALL | re.MULTILINE)
    webhook = ConsoleWebhook("c", ConsoleOptions(template=Template(text=text)))

    assert webhook.render(ALERT, "msg_1").decode() == shown


def test_every_kind_has_a_section_and_an_example_with_options_it_knows() -> None:
    examples: dict[str, set[str]] = {}
    for block in blocks("toml"):
        for table in tomllib.loads(block)["webhooks"].values():
            written = set(table) - {"kind"} - set(POLICY.keys)
            examples.setdefault(table["kind"], set()).update(written)

    assert set(examples) == set(WebhookOptions())
    for kind, written in examples.items():
        assert f"### {kind}\n" in PAGE
        assert written <= {option.name for option in fields(WebhookOptions()[kind])}


def test_every_option_is_explained() -> None:
    options = {option.name for kind in WebhookOptions().values() for option in fields(kind)}

    assert all(f"| `{name}` |" in PAGE for name in options)


def test_schedule_of_the_page_is_the_one_that_is_kept() -> None:
    assert f"{len(DEFAULT.retries) + 1} attempts" in PAGE
    assert f"{DEFAULT.limit / timedelta(hours=1):.1f} hours" in PAGE


def test_python_recipe_verifies_a_message_of_ours() -> None:
    (recipe,) = blocks("python")
    body, now = message(ALERT), datetime.now(UTC)
    names = {
        "secret": SECRET,
        "body": body,
        "headers": {
            "Webhook-Id": "msg_1",
            "Webhook-Timestamp": timestamp(now),
            "Webhook-Signature": sign([secret_bytes(SECRET)], "msg_1", now, body),
        },
    }

    exec(recipe, names)

    assert names["alert"] == json.loads(body)


def test_shell_recipe_computes_our_signature(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    (recipe,) = blocks("sh")
    body, now = message(ALERT), datetime.now(UTC)
    (tmp_path / "body").write_bytes(body)
    given = f"secret={SECRET} webhook_id=msg_1 webhook_timestamp={timestamp(now)}\n"

    done = subprocess.run(
        ["sh", "-euc", given + recipe], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert "v1," + done.stdout.strip() == sign([secret_bytes(SECRET)], "msg_1", now, body)
