"""What the facts of each check mean."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import PurePath

import pytest

from monitor.adapters.sqlite.examination import Features, features
from monitor.doctor.checks import (
    all_checks,
    clock,
    cluster,
    configuration,
    database,
    disk,
    feeds,
    file_system,
    integrity,
    libraries,
    limits,
    log,
    network,
    permissions,
    process,
    python,
    sqlite,
    voices,
    webhooks,
    zones,
)
from monitor.doctor.finding import Finding, Level, listed
from monitor.errors import Problem
from monitor.model import Escalation, FeedState, Health, Settings, Severity, Tier, WebhookState
from tests.builders import NOW, a_feed, a_watch

OK, WARNING, BAD = Level.OK, Level.WARNING, Level.BAD
MIB = 1024 * 1024


def levels(found: Iterable[Finding]) -> list[Level]:
    found = list(found)
    assert all(bool(one.cure) is (one.level is not OK) for one in found), "a cure for each trouble"
    return [one.level for one in found]


def test_every_file_of_the_package_is_a_check():
    names = [name for name, _ in all_checks()]

    assert names[0] == "python"
    assert len(names) == len(set(names)) == 19


def test_python_and_what_it_was_built_with():
    new = ((3, 13, 1), (2, 7, 1), (3, 0, 0), "OpenSSL 3.0")

    assert levels(python.judge(*new)) == [OK, OK, OK]
    assert levels(python.judge((3, 11, 3), *new[1:])) == [WARNING, OK, OK]
    assert levels(python.judge(new[0], (2, 5, 0), *new[2:])) == [OK, WARNING, OK]
    assert levels(python.judge(*new[:2], (1, 1, 1), "OpenSSL 1.1.1w")) == [OK, OK, WARNING]


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ((3, 36, 0), BAD),
        ((3, 40, 1), WARNING),
        ((3, 44, 5), WARNING),
        ((3, 44, 6), OK),
        ((3, 45, 1), WARNING),
        ((3, 50, 6), WARNING),
        ((3, 50, 7), OK),
        ((3, 51, 2), WARNING),
        ((3, 51, 3), OK),
        ((3, 53, 1), OK),
    ],
)
def test_sqlite_with_the_bug_that_breaks_databases_is_told(version: tuple[int, ...], level: Level):
    assert levels(sqlite.judge(Features(version=version, fts5=True, json=True))) == [level]


def test_sqlite_without_what_we_need_is_bad():
    version = (3, 53, 0)

    assert levels(sqlite.judge(Features(version=version, fts5=False, json=True))) == [BAD]
    assert levels(sqlite.judge(Features(version=version, fts5=True, json=False))) == [BAD]
    assert features().fts5
    assert features().json


def test_old_libraries_are_told():
    new = {"feedparser": "6.0.14", "requests": "2.33.0", "Jinja2": "3.1.6", "apprise": None}

    assert levels(libraries.judge(new)) == [OK]
    assert levels(libraries.judge(new | {"feedparser": "6.0.12"})) == [WARNING]
    assert levels(libraries.judge(new | {"urllib3": "2.10.0"})) == [OK]
    assert levels(libraries.judge(new | {"Jinja2": None})) == [BAD]
    assert libraries.numbers("2.33.0rc1") == libraries.numbers("2.33")


def test_zone_that_a_webhook_names_has_to_be_known():
    assert levels(zones.judge({"Asia/Seoul"}, set())) == [OK]
    assert levels(zones.judge(set(), {"Asia/Seoul"})) == [WARNING]
    assert levels(zones.judge({"Mars/Olympus"}, {"Mars/Olympus"})) == [BAD]


def test_problems_of_the_configuration_are_counted():
    error = Problem(where="a", what="b", cure="c")
    mild = Problem(where="a", what="b", cure="c", fatal=False)

    assert levels(configuration.judge("config", [], [])) == [OK]
    assert levels(configuration.judge("config", [error, mild], [error])) == [BAD, WARNING]
    assert levels(configuration.judge("config", [error], [])) == [WARNING]  # a secret is missing


def test_secrets_and_configuration_are_closed_to_others():
    File = permissions.File  # noqa: N806 - a class
    closed = [File(path="a", mode=0o100600, is_secret=True), File(path="c", mode=0o100644)]

    assert levels(permissions.judge(closed)) == [OK]
    assert levels(permissions.judge([File(path="a", mode=0o100640, is_secret=True)])) == [BAD]
    assert levels(permissions.judge([File(path="a", mode=0o100666)])) == [BAD]
    assert levels(permissions.judge([File(path="/tmp", mode=0o41777)])) == [OK]
    inline = File(path="a", mode=0o100644, holds=("https://e.example.org/?key=***",))
    assert levels(permissions.judge([inline])) == [WARNING]


def test_database_is_ours_to_write():
    Facts = database.Facts  # noqa: N806 - a class

    assert levels(database.judge(Facts(path="d", owner=5, user=5))) == [OK]
    assert levels(database.judge(Facts(path="d", owner=None, user=5))) == [OK]
    assert levels(database.judge(Facts(path="d", owner=6, user=5))) == [WARNING, OK]
    assert levels(database.judge(Facts(path="d", owner=5, user=5, unreadable="no"))) == [BAD]
    assert levels(database.judge(Facts(path="d", owner=6, user=5, file_writable=False))) == [BAD]
    assert levels(database.judge(Facts(path="d", owner=5, user=5, folder_writable=False))) == [BAD]
    assert levels(database.judge(Facts(path="d", owner=5, user=5, mode=0o666))) == [BAD, OK]


def test_disk_has_room_for_the_log_and_a_backup():
    assert levels(disk.judge(1_000 * MIB, 10 * MIB)) == [OK]
    assert levels(disk.judge(1_000 * MIB, 2_000 * MIB)) == [WARNING]
    assert levels(disk.judge(100 * MIB, 10 * MIB)) == [BAD]


MOUNTS = """\
21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
22 21 0:40 / /srv rw shared:5 - nfs4 host:/export rw
23 22 8:2 / /srv/news\\040data rw - xfs /dev/sdb1 rw
24 21 0:41 / /var rw - ext4 /dev/sdc1 rw
25 21 0:42 / /var rw - 9p host rw
nonsense
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/data/monitor.sqlite", "ext4"),
        ("/srv/monitor.sqlite", "nfs4"),
        ("/srv/news data/monitor.sqlite", "xfs"),
        ("/srvx/monitor.sqlite", "ext4"),
        ("/var/lib/monitor.sqlite", "9p"),
    ],
)
def test_kind_is_that_of_the_nearest_mount(path: str, kind: str):
    assert file_system.kind_of(MOUNTS, PurePath(path)) == kind


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        *((kind, BAD) for kind in ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "vboxsf")),
        *((kind, WARNING) for kind in ("tmpfs", "overlay")),
        *((kind, OK) for kind in ("ext4", "xfs", "btrfs", "zfs", "apfs", "")),
    ],
)
def test_file_system_without_locks_is_bad(kind: str, level: Level):
    assert levels(file_system.judge("d", kind)) == [level]


def test_log_that_does_not_shrink_is_told():
    assert levels(log.judge(0, is_running=True)) == [OK]
    assert levels(log.judge(64 * MIB, is_running=True)) == [OK]
    assert levels(log.judge(500 * MIB, is_running=True)) == [WARNING]


def test_damage_is_told():
    assert levels(integrity.judge([])) == [OK]
    assert levels(integrity.judge(["page 3 is never used"])) == [BAD]


def test_service_of_another_version_is_to_be_restarted():
    assert levels(process.judge("process 7", "1.0", "1.0", "")) == [OK]
    assert levels(process.judge("process 7", "", "1.0", "")) == [OK]
    assert levels(process.judge("process 7", "1.0", "1.1", "")) == [WARNING]
    assert levels(process.judge("process 7", "1.0", "1.0", "disk full")) == [BAD]
    assert levels(process.judge(None, "1.0", "1.0", "")) == [WARNING]


def test_workers_need_files():
    need = limits.needed(Settings(), 1)

    assert levels(limits.judge(2 * need, need)) == [OK]
    assert levels(limits.judge(need, need)) == [WARNING]
    assert levels(limits.judge(need - 1, need)) == [BAD]
    assert levels(limits.judge(-1, need)) == [OK]  # RLIM_INFINITY


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(0, OK), (-30, OK), (90, WARNING), (-90, WARNING), (600, BAD), (-600, BAD)],
)
def test_clock_is_compared_with_those_of_three_servers(seconds: int, level: Level):
    skews = {name: timedelta(seconds=seconds) for name in "abc"} | {"d": timedelta(days=300)}

    assert levels(clock.judge(skews)) == [level]


def test_too_few_servers_tell_nothing_of_the_clock():
    assert levels(clock.judge({"a": timedelta(days=1)})) == [OK]


def test_feeds_that_never_answered_are_told():
    feeds_ = [a_feed("a"), a_feed("b"), a_feed("c")]
    good = FeedState(feed_id="a", due_at=NOW, polled_at=NOW, last_ok_at=NOW)
    never = FeedState(feed_id="b", due_at=NOW, polled_at=NOW)

    assert levels(feeds.judge(feeds_, {})) == [OK]
    assert levels(feeds.judge(feeds_, {"a": good})) == [OK]
    assert levels(feeds.judge(feeds_, {"a": good, "b": never})) == [WARNING]
    assert levels(feeds.judge(feeds_, {"b": never})) == [BAD]


def test_watch_that_waits_for_a_word_needs_somebody_to_say_it():
    wanted = "claim == confirmed and tier == official_primary and authority in [CN]"
    raised = Escalation(severity=Severity.HIGH, when=wanted)
    watch = a_watch(escalations=(raised,))
    voice = a_feed("mfa", tier=Tier.OFFICIAL_PRIMARY, authority_for=("CN",))
    ill = FeedState(feed_id="mfa", due_at=NOW, health=Health.BLOCKED)

    assert levels(voices.judge([a_watch()], [], {})) == [OK]
    assert levels(voices.judge([watch], [voice], {})) == [OK]
    assert levels(voices.judge([watch], [], {})) == [WARNING]
    assert levels(voices.judge([watch], [voice], {"mfa": ill})) == [WARNING]


def test_webhooks_that_take_nothing_are_told():
    failing = WebhookState(webhook="desk", failing_since=NOW, failures=3, problem="HTTP 500")
    disabled = WebhookState(webhook="desk", failing_since=NOW, disabled_at=NOW)

    assert levels(webhooks.judge(["desk"], {})) == [OK]
    assert levels(webhooks.judge(["desk"], {"desk": failing})) == [WARNING]
    assert levels(webhooks.judge(["desk"], {"desk": disabled})) == [BAD]
    assert levels(webhooks.judge([], {"desk": disabled})) == [OK]
    assert levels(webhooks.reached({"a": "", "b": "connection refused"})) == [BAD, OK]


def test_hosts_that_give_no_answer_are_told():
    Asked = network.Asked  # noqa: N806 - a class
    good = Asked(host="a", skew=timedelta(seconds=1))
    silent = Asked(host="b", problem="no such host")

    assert levels(network.judge([])) == [OK]
    assert levels(network.judge([good])) == [OK, OK]
    assert levels(network.judge([good, silent])) == [WARNING]
    assert levels(network.judge([silent])) == [BAD]
    late = [Asked(host=name, skew=timedelta(hours=1)) for name in "abc"]
    assert levels(network.judge(late)) == [OK, BAD]


def test_long_lists_are_cut():
    assert listed(["a", "b"]) == "a, b"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"


WELL_SET = {
    "autovacuum": "on",
    "idle_in_transaction_session_timeout": "10000",
    "lock_timeout": "3000",
    "max_connections": "300",
    "statement_timeout": "30000",
    "synchronous_commit": "on",
    "tcp_keepalives_idle": "10",
}


@pytest.mark.parametrize(
    ("changes", "processes", "says"),
    [
        ({}, 7, []),
        ({"tcp_keepalives_idle": "7200"}, 7, ["only after 7200 s of silence"]),
        ({"tcp_keepalives_idle": "0"}, 7, ["only after 7200 s of silence"]),
        ({"lock_timeout": "0"}, 7, ["lock_timeout is off"]),
        ({"autovacuum": "off"}, 7, ["autovacuum is off"]),
        ({"synchronous_commit": "off"}, 7, ["may lose what was told as saved"]),
        ({"max_connections": "100"}, 7, ["7 processes may want 112 connections"]),
    ],
)
def test_settings_of_a_server_that_would_hurt_are_named(
    changes: dict[str, str], processes: int, says: list[str]
) -> None:
    found = list(cluster.judge_server(WELL_SET | changes, processes))

    assert len(found) == len(says)
    assert all(part in one.text for part, one in zip(says, found, strict=True))
    assert all(one.cure for one in found)
