"""routes.toml and when webhooks want to be left alone: what is read, and what is refused."""

from datetime import timedelta

import pytest

from monitor import config
from monitor.model import Calm, Inhibition, Route, Severity
from tests.config.conftest import KINDS, Writes
from tests.config.test_check import told, warned

ROUTES = """
[[route]]
id = "official"
matchers = ["watch=rail", "tier=official_primary"]
webhooks = ["console"]
continue = true

[[route]]
id = "others"
group_by = ["watch", "story"]
group_wait = "45s"
group_interval = "10m"
repeat_interval = "4h"

[[inhibit]]
id = "story"
source = ["severity=critical"]
target = ["severity<=medium"]
for = "1h"
"""
CALM = """
[webhooks.console]
kind = "console"
zone = "Asia/Seoul"
quiet_hours = ["22:00-07:00", "sat,sun 00:00-24:00"]
daily_budget = 40
break_through = "high"
"""


def test_routes_are_read_in_their_order(folder_with: Writes) -> None:
    read = config.load(folder_with({"routes.toml": ROUTES}), KINDS, {})

    assert read.warnings == ()
    assert read.routes == (
        Route(
            id="official",
            matchers=("watch=rail", "tier=official_primary"),
            webhooks=("console",),
            continues=True,
        ),
        Route(
            id="others",
            group_by=("watch", "story"),
            group_wait=timedelta(seconds=45),
            group_interval=timedelta(minutes=10),
            repeat_interval=timedelta(hours=4),
        ),
    )
    assert read.inhibitions == (
        Inhibition(
            id="story",
            source=("severity=critical",),
            target=("severity<=medium",),
            lasts=timedelta(hours=1),
        ),
    )


def test_wishes_of_a_webhook_are_read_whatever_its_kind(folder_with: Writes) -> None:
    read = config.load(folder_with({"webhooks.toml": CALM}), KINDS, {})

    assert read.webhooks["console"].calm == Calm(
        zone="Asia/Seoul",
        quiet_hours=("22:00-07:00", "sat,sun 00:00-24:00"),
        daily_budget=40,
        break_through=Severity.HIGH,
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('zone = "Asia/Soul"', "zone: no time zone named 'Asia/Soul'; did you mean 'Asia/Seoul'?"),
        ('zone = "KST"', "zone: no time zone named 'KST'; did you mean 'Asia/Seoul'?"),
        ('zone = "cst"', "zone: no time zone named 'cst'; did you mean 'Asia/Shanghai' or "),
        ('zone = "tokyo"', "zone: no time zone named 'tokyo'; did you mean 'Asia/Tokyo'?"),
        ('zone = "UTC+9"', "zone: no time zone named 'UTC+9'; write 'Etc/GMT-9' (the sign"),
        ('zone = "GMT+09:00"', "zone: no time zone named 'GMT+09:00'; write 'Etc/GMT-9' ("),
        ('zone = "QQT"', "zone: no time zone named 'QQT'; as in"),
        ("quite_hours = []", "quite_hours: unknown key; did you mean 'quiet_hours'?"),
        ('retrys = ["1m"]', "retrys: unknown key; did you mean 'retries'?"),
        ("enabeld = false", "enabeld: unknown key; did you mean 'enabled'?"),
        ('zone = "../etc/passwd"', "zone: no time zone named '../etc/passwd'"),
        ('quiet_hours = ["22-7"]', "quiet_hours: entry 1: '22-7' is not hours of rest"),
        ('quiet_hours = ["00:00-24:00"]', "quiet_hours: leave no hour of the week"),
        ('quiet_hours = ["00:00-12:00", "12:00-00:00"]', "quiet_hours: leave no hour of the week"),
        ('quiet_hours = "22:00-07:00"', "quiet_hours: must be a list"),
        ("daily_budget = -1", "daily_budget: -1 is out of range"),
        ('break_through = "loud"', "break_through: 'loud' is not one of"),
    ],
)
def test_what_is_wrong_with_quiet_hours_is_told(folder_with: Writes, line: str, said: str) -> None:
    folder = folder_with({"webhooks.toml": f'[webhooks.console]\nkind = "console"\n{line}'})

    (problem,) = told(folder)

    assert problem.startswith(f'webhooks.toml: webhook "console": {said}')


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[[route]]\n", 'route number 1: id: missing; add id = "a-short-name"'),
        (
            '[[route]]\nid = "r"\nmatchers = ["wach=x"]',
            "route \"r\": matchers: entry 1: 'wach=x': no label",
        ),
        (
            '[[route]]\nid = "r"\nwebhooks = ["consle"]',
            "no webhook named 'consle'; did you mean 'console'?",
        ),
        (
            '[[route]]\nid = "r"\ngroup_by = ["watches"]',
            "group_by: no label named 'watches'; did you mean 'watch'?",
        ),
        ('[[route]]\nid = "r"\ndigest = "daily"', "digest: 'daily' is not a time for digests"),
        ('[[route]]\nid = "r"\ngroup_wait = 30', "group_wait:"),
        (
            '[[route]]\nid = "r"\ncontinues = true',
            "continues: unknown key; did you mean 'continue'?",
        ),
        (
            '[[inhibit]]\nid = "r"\nsource = []\ntarget = ["severity=low"]',
            "source: is empty: every alert",
        ),
        ('[[inhibit]]\nid = "r"\nsource = ["severity=high"]', "target: missing"),
        ("[route]\n", "route: must be a list of tables"),
        ('[[rout]]\nid = "r"', "rout: unknown key or section; did you mean 'route'?"),
    ],
)
def test_what_is_wrong_with_routes_is_told(folder_with: Writes, table: str, said: str) -> None:
    problems = told(folder_with({"routes.toml": table}))

    assert any(said in problem for problem in problems), problems
    assert all(problem.startswith("routes.toml: ") for problem in problems)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[[route]]\nid = "all"\n[[route]]\nid = "r"', "route 'all' above takes every alert"),
        (
            '[[route]]\nid = "r"\nmatchers = ["watch=rale"]',
            "'watch=rale': there is no watch 'rale'; did you mean 'rail'?",
        ),
        (
            '[[route]]\nid = "r"\ndigest = "hourly"\ngroup_wait = "1m"',
            "group_wait: has no effect beside 'digest'",
        ),
        (
            '[[inhibit]]\nid = "r"\nsource = ["severity=high"]\ntarget = ["kind=new"]\nequal = []',
            "equal: is empty: any source",
        ),
    ],
)
def test_what_is_likely_a_mistake_in_routes_is_a_warning(
    folder_with: Writes, table: str, said: str
) -> None:
    (problem,) = warned(folder_with({"routes.toml": table}))

    assert said in problem
