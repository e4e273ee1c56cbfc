"""What docs/webhooks.md shows is what is sent, and its recipes work."""

import json
import re
import shutil
import subprocess
import tomllib
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.adapters.webhooks.console import ConsoleOptions, ConsoleWebhook
from monitor.adapters.webhooks.payload import message
from monitor.config.shapes import POLICY
from monitor.core.delivery import DEFAULT
from monitor.core.signing import secret_bytes, sign, timestamp
from monitor.model import Found, Tier
from monitor.plugins import WebhookOptions
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
NOON = datetime(2025, 6, 12, 12, 5, tzinfo=UTC)
ALERT = an_alert(
    "关于6月12日起开行北京、丹东—平壤国际旅客列车的公告",
    id="a_mzxw6ytboi",
    item_id="i_ge2tqnzr",
    story_id="s_ge2tqnzr",
    snippet="自6月12日起，北京、丹东至平壤间国际旅客列车恢复开行。",
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


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_message_of_the_page_is_the_one_that_is_sent() -> None:
    (shown,) = blocks("json")

    assert json.loads(shown) == json.loads(message(ALERT))
    for found in ALERT.found:
        assert ALERT.title[found.start : found.end] == found.term


def test_screen_of_the_page_is_the_one_that_is_printed() -> None:
    (shown,) = blocks("text")

    assert shown == ConsoleWebhook("c", ConsoleOptions()).render(ALERT, "msg_1").decode()


def test_every_kind_has_a_section_and_an_example_with_options_it_knows() -> None:
    examples = [
        (table["kind"], set(table) - {"kind"} - set(POLICY.keys))
        for block in blocks("toml")
        for table in tomllib.loads(block)["webhooks"].values()
    ]

    assert {kind for kind, _ in examples} == set(WebhookOptions())
    for kind, written in examples:
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
