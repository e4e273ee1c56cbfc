"""The configuration that the demo gives to the daemon is the shipped one over other feeds."""

from pathlib import Path

import pytest

from monitor import bootstrap
from monitor.config import Config, default_folder
from monitor.demo.folder import Folder, furnish, new_secret, record
from monitor.demo.story import load
from monitor.replay import replay

STORY = load()


def address(feed_id: str) -> str:
    number = list(STORY.outlets).index(feed_id) + 2
    return f"http://127.0.0.{number}:8000/feed.xml"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(root=tmp_path)
    furnish(
        made,
        STORY.outlets.values(),
        address,
        webhook_url="http://127.0.0.1:8099/",
        secret=new_secret(),
    )
    return made


@pytest.fixture
def config(folder: Folder) -> Config:
    return bootstrap.load(folder.config, env={})


def test_watches_and_lexicon_are_the_shipped_ones_but_for_the_broad(folder: Folder) -> None:
    for part in ("watches", "lexicon"):
        shipped = {p.name: p.read_bytes() for p in (default_folder() / part).iterdir()}
        shipped.pop("broad.toml", None)
        assert {p.name: p.read_bytes() for p in (folder.config / part).iterdir()} == shipped


def test_feeds_say_who_speaks(config: Config) -> None:
    feed = config.feeds["xinguang-en"]

    assert (feed.owner, feed.tier, feed.authority_for) == ("xinguang", "state_media", ("CN",))
    assert (feed.language, feed.implied_groups) == ("en", frozenset({"cn"}))
    assert set(config.feeds) == set(STORY.outlets)


def test_all_feeds_can_be_asked_in_one_go(config: Config) -> None:
    assert config.settings.fetch_workers >= len(config.feeds)


def test_every_alert_goes_to_the_receiver_signed(config: Config) -> None:
    assert config.settings.webhooks == ("desk",)
    assert config.webhooks["desk"].options.secrets


def test_the_secret_stands_in_a_file_of_its_owner_alone(folder: Folder) -> None:
    secret = folder.config / "secrets" / "desk"

    assert secret.stat().st_mode & 0o077 == 0
    assert "whsec_" not in (folder.config / "webhooks.toml").read_text()


def test_the_recorded_items_replay_to_what_the_story_expects(
    folder: Folder, config: Config
) -> None:
    record(folder, STORY.items)

    results = list(replay(folder.recording, config))

    fired = [{match["watch"] for match in result["matches"]} for result in results]
    assert len(fired) == len(STORY.items)
    for item, watches in zip(STORY.items, fired, strict=True):
        assert item.watches <= watches <= item.watches | item.optional, item.id
