"""Every example of docs/commands.md is run, on the seed story in the shipped configuration."""

import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor import bootstrap, config
from monitor.adapters.sqlite import SqliteStore
from monitor.cli import main
from monitor.demo.story import load
from tests.cli.test_docs import _examples
from tests.web.world import a_told_folder

# What does not end, asks the network or a server, or stands for a service: tried where it says.
ELSEWHERE = {
    "demo": "tests/demo",
    "run": "tests/e2e",
    "poll": "tests/cli/test_run.py",
    "web": "tests/e2e/test_page.py",
    "feeds probe": "tests/cli/test_feeds_probe.py",
    "feeds discover": "tests/cli/test_discover.py",
    "doctor --online": "tests/cli/test_doctor.py",
    "status --watch": "tests/cli/test_status.py",
    "webhook test": "tests/cli/test_webhook.py",
    "webhook listen": "tests/cli/test_webhook.py",
    "db": "tests/cli/test_postgres.py",
    "scheduler": "tests/cli/test_cluster.py",
    "worker": "tests/cli/test_cluster.py",
}
RUN = [
    one for one in _examples() if not one.removeprefix("news-monitor ").startswith(tuple(ELSEWHERE))
]
_FAILS_BY_DESIGN = ("status --check", "doctor")  # nothing runs here, and they say so


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped configuration over a database in which the seed story was told."""
    story = a_told_folder(tmp_path_factory.mktemp("story"), load())
    root = tmp_path_factory.mktemp("desk")
    config.init(root / "config")
    (root / "data").mkdir()
    shutil.copy(bootstrap.load(story).settings.database, root / "data" / "monitor.sqlite")
    # The story is of 2025: it would be pruned, and examples may be run in any order.
    (root / "config" / "monitor.toml").write_text('[service]\nkeep_items = "9999d"\n')
    webhooks = root / "config" / "webhooks.toml"
    webhooks.write_text('[webhooks.console]\nkind = "console"\n[webhooks.desk]\nkind = "console"\n')
    return root


@pytest.mark.parametrize("example", RUN)
def test_example_works(desk: Path, example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    monkeypatch.setenv("HOME", str(desk))
    written = prepared(example, desk)
    program, *args = shlex.split(written.partition(" > ")[0])

    result = CliRunner().invoke(main, args)

    assert program == "news-monitor"
    by_design = any(f"news-monitor {one}" in example for one in _FAILS_BY_DESIGN)
    assert result.exit_code in ((0, 1) if by_design else (0,)), (written, result.output[-2000:])


def prepared(example: str, folder: Path) -> str:
    """With ids that there are, and files where a test may write."""
    with SqliteStore(folder / "data" / "monitor.sqlite") as store:
        archive = store.archive()
        alerts = archive.alerts(limit=100)
        threads = archive.threads(limit=10)
        story = max(threads, key=lambda one: one.items).thread.id
        other = next(one.thread.id for one in threads if one.thread.id != story)
        items = [one for one in archive.items_of(story) if not one.copy_of]
        dead = archive.deliveries(limit=1)[0].id
        alert = next(one for one in alerts if one.item_id)
        named = replace(archive.silences()[0], id="q_tpfqz3mh2a", expired_at=None)
        store.write(lambda unit: unit.save_silence(named))
    for pattern, real in (
        ("s_4ecgkzykzqcxzylo", story),
        ("s_k3vtw6yqo5zcb2nd", other),
        ("i_a7jd2mtrk5w3qpxe i_c2", items[-1].id),
        ("i_a7jd2mtrk5w3qpxe", alert.item_id),
        ("https://example.org/news/1", items[0].url),
        ("a_4ecgkzykzqcxzylo", alert.id),
        ("msg_vmlzraycez2ysyl", dead),
        ("/var/backups/", f"{folder}/"),
        ("/tmp/demo", f"{folder}/demo"),
    ):
        example = example.replace(pattern, real)
    if "init config" in example:
        example = example.replace("init config", "init my-config")
    if "feeds import" in example or "restore" in example:
        CliRunner().invoke(main, ["feeds", "export", "--output", "subscriptions.opml"])
        CliRunner().invoke(main, ["backup", f"{folder}/news-monitor.sqlite"])
    if "replay" in example:
        Path("items.jsonl").write_text(
            '{"feed": "nknews", "title": "Train leaves Pyongyang", "link": "https://x.example/1"}\n'
        )
        Path("saved-feeds").mkdir(exist_ok=True)
    return re.sub(r"\s+#.*", "", example)
