from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import config
from monitor.config.shapes import SETTINGS
from monitor.core.rates import usual
from monitor.errors import ConfigError
from monitor.model import (
    Ambiguous,
    Escalation,
    Feed,
    Policy,
    Rate,
    Secret,
    Settings,
    Severity,
    TermGroup,
    Tier,
    Watch,
    Window,
)
from tests.builders import a_feed
from tests.config.conftest import KINDS, Writes


def test_feed_has_what_was_written_and_defaults_for_the_rest(folder_with: Writes) -> None:
    loaded = config.load(folder_with(), KINDS, {})

    assert loaded.feeds["pennant"] == Feed(
        id="pennant",
        url="https://pennant.example.org/feed.xml",
        name="pennant",
        owner="pennant",
        language="en",
    )


def test_every_key_of_a_feed_arrives(folder_with: Writes) -> None:
    folder = folder_with(
        {
            "feeds/all.toml": """
                [[feed]]
                id = "all"
                url = "https://all.example.org/"
                name = "All"
                owner = "newsroom"
                tier = "wire"
                authority_for = ["CN", "KP"]
                language = "zh-Hans"
                country = "CN"
                topics = ["rail"]
                implied_groups = ["kp"]
                interval = "15m"
                adaptive = true
                min_interval = "6m"
                max_latency = "2h"
                max_age = "7d"
                expect_every = "14d"
                mirrors = ["https://mirror.example.org/"]
                enabled = false
                disabled_reason = "dead: gone"
                evidence = "measured 2026-09-01"
                note = "a note"
                allow_private = ["10.0.0.0/8"]
                headers = { X-Key = "env:KEY", accept-language = "ko" }
                auth = "file:login"
                proxy = "http://proxy.example.org:3128"
            """
        }
    )

    assert config.load(folder, KINDS, {}).feeds["all"] == Feed(
        id="all",
        url="https://all.example.org/",
        name="All",
        owner="newsroom",
        tier=Tier.WIRE,
        authority_for=("CN", "KP"),
        language="zh-Hans",
        country="CN",
        topics=frozenset({"rail"}),
        implied_groups=frozenset({"kp"}),
        interval=timedelta(minutes=15),
        adaptive=True,
        min_interval=timedelta(minutes=6),
        max_latency=timedelta(hours=2),
        max_age=timedelta(days=7),
        expect_every=timedelta(days=14),
        mirrors=("https://mirror.example.org/",),
        enabled=False,
        disabled_reason="dead: gone",
        evidence="measured 2026-09-01",
        note="a note",
        allow_private=("10.0.0.0/8",),
        headers={"X-Key": Secret(""), "accept-language": Secret("ko")},  # disabled: not fetched
        auth=Secret(""),
        proxy=Secret("http://proxy.example.org:3128"),
    )


def test_every_key_of_a_watch_arrives(folder_with: Writes) -> None:
    folder = folder_with(
        {
            "watches/all.toml": """
                [[watch]]
                id = "all"
                query = "@kp"
                name = "All"
                window = "item"
                languages = ["en"]
                masks = ["names"]
                unless = ["rail"]
                severity = "medium"
                max_age = "24h"
                min_score = 2
                webhooks = ["console"]
                enabled = true
                note = "a note"

                [[watch.escalate]]
                severity = "critical"
                query = "@kp"
                tiers = ["official_primary", "state_media"]
            """
        }
    )

    assert config.load(folder, KINDS, {}).watches["all"] == Watch(
        id="all",
        query="@kp",
        name="All",
        window=Window.ITEM,
        languages=frozenset({"en"}),
        masks=("names",),
        unless=("rail",),
        severity=Severity.MEDIUM,
        escalations=(
            Escalation(
                severity=Severity.CRITICAL,
                query="@kp",
                tiers=frozenset({Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA}),
            ),
        ),
        max_age=timedelta(hours=24),
        min_score=2.0,
        webhooks=("console",),
        note="a note",
    )


CREDENTIALS = """
    [[feed]]
    id = "inside"
    url = "https://inside.example.org/"
    owner = "inside"
    headers = { X-Key = "env:KEY" }
    auth = "env:LOGIN"
"""


def test_secrets_of_feeds_are_fetched_only_if_they_are_needed(folder_with: Writes) -> None:
    folder = folder_with({"feeds/inside.toml": CREDENTIALS})
    env = {"KEY": "k3y", "LOGIN": "me:w0rd"}

    polling = config.load(folder, KINDS, env).feeds["inside"]
    reading = config.load(folder, KINDS, {}, secrets_of=()).feeds["inside"]
    probing = config.load(folder, KINDS, env, secrets_of=(), feed_secrets=True).feeds["inside"]

    assert polling == probing
    assert polling.headers["X-Key"].reveal() == "k3y"
    assert (polling.auth, reading.auth) == (Secret("me:w0rd"), Secret(""))
    assert "w0rd" not in repr(polling)
    with pytest.raises(ConfigError, match="LOGIN is not set"):
        config.load(folder, KINDS, {})


def test_lexicon_files_merge(folder_with: Writes) -> None:
    folder = folder_with({"lexicon/more.toml": '[groups.rail]\nnote = "n"\nzh = ["列车", "铁路"]'})

    lexicon = config.load(folder, KINDS, {}).lexicon

    assert set(lexicon.groups) == {"kp", "rail"}
    assert set(lexicon.masks) == {"names"}
    assert lexicon.groups["rail"] == TermGroup(id="rail", terms={"zh": ("列车", "铁路")}, note="n")


def test_every_setting_has_its_place_in_the_file() -> None:
    fields = [field for keys in SETTINGS.values() for field in keys.values()]

    one_key = {"database_url"}  # of the database, too
    assert sorted(fields) == sorted(Settings.__dataclass_fields__.keys() - one_key)


def test_settings_arrive_and_the_rest_keeps_its_default(folder_with: Writes) -> None:
    folder = folder_with(
        {"monitor.toml": '[fetch]\nhost_gap = "5s"\n[log]\nformat = "json"\n[alerts]\nwebhooks=[]'}
    )

    settings = config.load(folder, KINDS, {}).settings

    assert settings.host_gap == timedelta(seconds=5)
    assert settings.log_format == "json"
    assert settings.webhooks == ()
    assert settings.fetch_workers == Settings().fetch_workers


def test_hosts_may_have_rules_of_their_own(folder_with: Writes) -> None:
    text = """
        [fetch]
        host_gaps = { "example.org" = "10s", "rsshub" = "0.1s" }
        shared_hosts = ["blogspot.com", ["bbc.co.uk", "bbci.co.uk"]]
        tenant_hosts = ["127.0.0.1"]
    """

    settings = config.load(folder_with({"monitor.toml": text}), KINDS, {}).settings

    assert settings.host_gaps == {
        "example.org": timedelta(seconds=10),
        "rsshub": timedelta(seconds=0.1),
    }
    assert settings.shared_hosts == ("blogspot.com", ("bbc.co.uk", "bbci.co.uk"))
    assert settings.tenant_hosts == ("127.0.0.1",)


def test_database_stands_beside_the_configuration_folder(
    folder_with: Writes, tmp_path: Path
) -> None:
    assert config.load(folder_with(), KINDS, {}).settings.database == str(
        tmp_path / "data" / "monitor.sqlite"
    )


def test_folders_beside_each_other_share_no_database(folder_with: Writes, tmp_path: Path) -> None:
    other = folder_with().rename(tmp_path / "other")

    assert config.load(other, KINDS, {}).settings.database == str(
        tmp_path / "data" / "other.sqlite"
    )


def test_database_that_is_written_down_is_the_one_whatever_the_folder_is_called(
    folder_with: Writes, tmp_path: Path
) -> None:
    settings = '[service]\ndatabase = "data/monitor.sqlite"'
    other = folder_with({"monitor.toml": settings}).rename(tmp_path / "other")

    assert config.load(other, KINDS, {}).settings.database == str(
        tmp_path / "data" / "monitor.sqlite"
    )


@pytest.mark.parametrize(
    ("written", "absolute"),
    [("/var/lib/x.sqlite", "/var/lib/x.sqlite"), ("/var/../x.sqlite", "/x.sqlite")],
)
def test_absolute_database_is_taken_as_it_is(
    folder_with: Writes, written: str, absolute: str
) -> None:
    folder = folder_with({"monitor.toml": f'[service]\ndatabase = "{written}"'})

    assert config.load(folder, KINDS, {}).settings.database == absolute


@pytest.mark.parametrize(
    ("written", "env", "name"),
    [
        (
            "env:DATABASE_URL",
            "postgresql://u:geheim@db.example.org:5433/news?sslmode=require",
            None,
        ),
        ("env:DATABASE_URL", "postgres:///news?host=/run/postgresql&password=geheim", ""),
        ("postgresql://u@db.example.org:5433/news", "", None),
    ],
)
def test_database_of_a_server_is_named_without_its_secrets(
    folder_with: Writes, written: str, env: str, name: str | None
) -> None:
    folder = folder_with({"monitor.toml": f'[service]\ndatabase = "{written}"'})

    settings = config.load(folder, KINDS, {"DATABASE_URL": env}).settings

    host = "db.example.org:5433" if name is None else name
    assert settings.database == f"postgresql://{host}/news"
    assert settings.database_url.reveal() == env or written
    assert "geheim" not in repr(settings)


def test_database_does_not_depend_on_the_spelling_of_the_folder(
    folder_with: Writes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_with()
    monkeypatch.chdir(folder / "feeds")

    for spelling in (Path(".."), folder / "feeds" / ".."):
        loaded = config.load(spelling, KINDS, {})
        assert loaded.settings.database == str(tmp_path / "data" / "monitor.sqlite")


def test_database_of_an_installed_default_stands_in_the_current_directory(
    folder_with: Writes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be kept among the installed packages."""
    package, here = tmp_path / "monitor", tmp_path / "here"
    package.mkdir()
    here.mkdir()
    (package / "model.py").touch()
    folder = folder_with().rename(package / "default_config")
    monkeypatch.chdir(here)

    loaded = config.load(folder, KINDS, {})

    assert loaded.settings.database == str(here / "data" / "monitor.sqlite")


def test_webhook_options_are_of_the_kind_and_hold_the_secret(folder_with: Writes) -> None:
    folder = folder_with(
        {
            "webhooks.toml": """
                [webhooks.console]
                kind = "console"

                [webhooks.desk]
                kind = "post"
                url = "env:DESK"
                secrets = ["file:key"]
                headers = { authorization = "env:TOKEN" }
                copy = true
            """,
            "key": "whsec_file",
        }
    )
    (folder / "key").chmod(0o600)
    env = {"DESK": "https://hooks.example.org/c4n4ry", "TOKEN": "Bearer c4n4ry"}

    desk = config.load(folder, KINDS, env).webhooks["desk"]

    assert desk.kind == "post"
    assert desk.options == KINDS["post"](
        url=Secret("https://hooks.example.org/c4n4ry"),
        secrets=(Secret("whsec_file"),),
        headers={"authorization": Secret("Bearer c4n4ry")},
        copy=True,
    )
    assert "c4n4ry" not in repr(desk)


def test_disabled_webhook_needs_no_secret(folder_with: Writes) -> None:
    folder = folder_with(
        {
            "webhooks.toml": '[webhooks.console]\nkind = "console"\n'
            '[webhooks.desk]\nkind = "post"\nurl = "env:DESK"\nenabled = false\n'
        }
    )

    desk = config.load(folder, KINDS, {}).webhooks["desk"]

    assert not desk.enabled
    assert desk.options is None


def test_environment_of_the_process_is_the_default(
    folder_with: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '[webhooks.console]\nkind = "post"\nurl = "env:NEWS_MONITOR_TEST_URL"\n'
    monkeypatch.setenv("NEWS_MONITOR_TEST_URL", "https://hooks.example.org/x")

    assert config.load(folder_with({"webhooks.toml": text}), KINDS).webhooks["console"].options


def test_bridge_is_put_into_the_addresses_that_name_it(folder_with: Writes) -> None:
    folder = folder_with(
        {
            "monitor.toml": '[bridge]\nrsshub = "http://127.0.0.1:1200/"',
            "feeds/mfa.toml": '[[feed]]\nid = "mfa"\nurl = "{rsshub}/gov/mfa"\nowner = "mfa"\n',
        }
    )

    feeds = config.load(folder, KINDS, {}).feeds

    assert feeds["mfa"].url == "http://127.0.0.1:1200/gov/mfa"
    assert feeds["mfa"].allow_private == ("127.0.0.1/32",)
    assert feeds["pennant"].allow_private == ()


def test_bridge_may_be_a_mirror(folder_with: Writes) -> None:
    folder = folder_with(
        {
            "monitor.toml": '[bridge]\nrsshub = "https://rsshub.example.org"',
            "feeds/mfa.toml": '[[feed]]\nid = "mfa"\nurl = "https://mfa.example.org"\n'
            'owner = "mfa"\nmirrors = ["{rsshub}/gov/mfa"]\n',
        }
    )

    mfa = config.load(folder, KINDS, {}).feeds["mfa"]

    assert mfa.url == "https://mfa.example.org"
    assert mfa.mirrors == ("https://rsshub.example.org/gov/mfa",)
    assert mfa.allow_private == ()


def test_disabled_feed_may_wait_for_a_bridge(folder_with: Writes) -> None:
    feed = '[[feed]]\nid = "mfa"\nurl = "{rsshub}/x"\nowner = "mfa"\nenabled = false\n'
    folder = folder_with({"feeds/mfa.toml": feed})

    mfa = config.load(folder, KINDS, {}).feeds["mfa"]

    assert mfa.url == "{rsshub}/x"
    assert mfa.disabled_reason == "switched off"


def test_reason_of_a_feed_that_was_switched_on_again_is_forgotten(folder_with: Writes) -> None:
    feed = '[[feed]]\nid = "a"\nurl = "https://a.example.org"\nowner = "a"\n'
    folder = folder_with({"feeds/a.toml": feed + 'enabled = true\ndisabled_reason = "off"\n'})

    assert config.load(folder, KINDS, {}).feeds["a"].disabled_reason == ""


def test_load_refuses_with_every_problem(folder_with: Writes) -> None:
    folder = folder_with({"feeds/a.toml": "=", "watches/a.toml": "=", "x.toml": ""})

    with pytest.raises(ConfigError) as caught:
        config.load(folder, KINDS, {})

    assert caught.value.problems == tuple(config.check(folder, KINDS, {}))
    assert len(caught.value.problems) == 3


def test_refusal_holds_no_secret_anywhere(folder_with: Writes) -> None:
    """Neither in its text, nor in the errors that led to it (tracebacks show those)."""
    text = '[webhooks.console]\nkind = "post"\nurl = "https://h/c4n4ry"\nsecrets = ["env:KEY"]\n'
    folder = folder_with({"webhooks.toml": text})

    with pytest.raises(ConfigError) as caught:
        config.load(folder, KINDS, {"KEY": "c4n4ry"})

    assert "c4n4ry" not in repr(caught.value.problems)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_what_was_loaded_cannot_be_changed(folder_with: Writes) -> None:
    loaded = config.load(folder_with(), KINDS, {})

    with pytest.raises(TypeError):
        loaded.feeds["x"] = loaded.feeds["pennant"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("written", "paced"),
    [
        ({}, (False, 5, 60)),
        ({"adaptive": True}, (True, 5, 60)),
        ({"interval": timedelta(hours=12)}, (False, 5, 720)),
        ({"interval": timedelta(minutes=1)}, (False, 1, 60)),
        ({"min_interval": timedelta(hours=2)}, (False, 120, 120)),
        ({"max_latency": timedelta(minutes=2)}, (False, 2, 2)),
    ],
)
def test_what_a_feed_does_not_say_of_its_pace_the_settings_do(
    written: dict[str, Any], paced: tuple[bool, int, int]
) -> None:
    feed = config.paced(a_feed(**written), Settings())

    assert feed.min_interval
    assert feed.max_latency
    minutes = (feed.min_interval // MINUTE, feed.max_latency // MINUTE)
    assert (feed.adaptive, *minutes) == paced
    assert config.paced(a_feed(adaptive=False), Settings(adaptive=True)).adaptive is False
    assert config.paced(a_feed(), Settings(adaptive=True)).adaptive is True


MINUTE = timedelta(minutes=1)


def policies(folder_with: Writes, lines: str) -> Policy:
    text = f"""
        [webhooks.console]
        kind = "console"
        [webhooks.desk]
        kind = "post"
        url = "http://127.0.0.1/"
        allow_private = ["127.0.0.0/8"]
        {lines}
    """
    loaded = config.load(folder_with({"webhooks.toml": text}), KINDS, {})
    return loaded.webhooks["desk"].policy


def test_webhook_is_delivered_to_as_its_kind_usually_is(folder_with: Writes) -> None:
    assert policies(folder_with, "") == usual("post")
    assert str(usual("post").rate[0]) == "10/s"
    assert [str(rate) for rate in usual("telegram").rate] == ["1/s", "20/min"]


def test_delivery_policy_is_read(folder_with: Writes) -> None:
    lines = """
        retries = ["1s", "1m"]
        give_up_after = "3d"
        ambiguous = "hold"
        rate = ["1/s", "20/min"]
        connections = 7
    """

    policy = policies(folder_with, lines)

    assert policy == Policy(
        retries=(timedelta(seconds=1), timedelta(minutes=1)),
        give_up_after=timedelta(days=3),
        ambiguous=Ambiguous.HOLD,
        rate=(
            Rate(count=1, per=timedelta(seconds=1)),
            Rate(count=20, per=timedelta(minutes=1)),
        ),
        connections=7,
    )


def test_rate_may_be_one_or_none(folder_with: Writes) -> None:
    assert policies(folder_with, 'rate = "5/h"').rate == (Rate(count=5, per=timedelta(hours=1)),)
    assert policies(folder_with, 'rate = "off"').rate == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("retries = []", "retries: "),
        ("retries = [5]", "retries: entry 1: 5 has no unit"),
        ('ambiguous = "maybe"', "ambiguous: 'maybe' is not one of retry, hold"),
        ('rate = "fast"', "rate: 'fast' is no rate"),
        ('rate = "5000/s"', "rate: '5000/s' is no rate"),
        ("rate = 5", 'rate: must be a rate as in "10/s", not a number'),
        ("connections = 0", "connections: 0 is out of range"),
    ],
)
def test_delivery_policy_that_makes_no_sense_is_refused(
    folder_with: Writes, line: str, told: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        policies(folder_with, line)

    assert f'webhooks.toml: webhook "desk": {told}' in str(refused.value)
