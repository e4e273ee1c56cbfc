"""How a silence that is told, and the condition of an escalation, are written."""

from datetime import timedelta

import pytest

from monitor import config
from monitor.model import Expectation, Grouping, Severity, Watch
from tests.config.conftest import KINDS, Writes

FEED = '[[feed]]\nid = "pennant"\nurl = "https://pennant.example.org/"\nowner = "pennant"\n'
OFF = '[[feed]]\nid = "off"\nurl = "https://off.example.org/"\nowner = "off"\nenabled = false\n'
WATCH = '[[watch]]\nid = "rail"\nquery = "train"\n'
SILENCE = """
[[watch.silence]]
arm = "claim == reported"
expect = "claim == confirmed"
"""


def watch_of(folder_with: Writes, text: str) -> Watch:
    folder = folder_with({"feeds/pennant.toml": FEED + OFF, "watches/rail.toml": WATCH + text})
    return config.load(folder, KINDS, {}, secrets_of=()).watches["rail"]


def told(folder_with: Writes, text: str) -> list[str]:
    folder = folder_with({"feeds/pennant.toml": FEED + OFF, "watches/rail.toml": WATCH + text})
    place = 'watches/rail.toml: watch "rail": '
    return [
        str(problem).removeprefix(place)
        for problem in config.check(folder, KINDS, {})
        if problem.where.startswith(place)
    ]


def test_silence_is_read_with_what_stands_for_what_is_left_out(folder_with: Writes) -> None:
    watch = watch_of(
        folder_with,
        f"""
        follow = "14d"
        grouping = "strict"
        cooldown = "1h"
        {SILENCE}
        within = "7d"
        {SILENCE}
        within = " effective_date + 2d"
        require_healthy = ["pennant"]
        severity = "high"
        """,
    )

    assert (watch.follow, watch.cooldown) == (timedelta(days=14), timedelta(hours=1))
    assert watch.grouping is Grouping.STRICT
    first, second = watch.expectations
    assert first == Expectation(
        id="silence-1",
        arm="claim == reported",
        expect="claim == confirmed",
        within=timedelta(days=7),
    )
    assert (second.id, second.within) == ("silence-2", timedelta(days=2))
    assert second.from_effective_date
    assert second.require_healthy == ("pennant",)
    assert second.severity is Severity.HIGH


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SILENCE,
            'silence: entry 1: within: missing; add within = "7d"',
        ),
        (
            f'{SILENCE}within = "7"',
            (
                'silence: entry 1: within: 7 has no unit; write "7s" for seconds, '
                '"7m" for minutes, "7h" for hours, "7d" for days, or "effective_date + 2d"'
            ),
        ),
        (
            f'{SILENCE}within = "effective_date + soon"',
            (
                "silence: entry 1: within: 'soon' is not a length of time; "
                'write it as in "90s", "15m", "48h", "7d", "1h30m"'
            ),
        ),
        (
            f'{SILENCE}within = "7d"\narmed = "x"',
            "silence: entry 1: armed: unknown key; did you mean 'arm'?",
        ),
        (
            f'{SILENCE}within = "7d"\nfrom_effective_date = true',
            (
                "silence: entry 1: from_effective_date: unknown key; "
                "known: arm, expect, id, require_healthy, severity, within"
            ),
        ),
        (
            f'{SILENCE}within = "7d"\nrequire_healthy = ["penant"]',
            "silence: entry 1: require_healthy: no feed named 'penant'; did you mean 'pennant'?",
        ),
        (
            f'{SILENCE}within = "7d"\nrequire_healthy = ["off"]',
            (
                "silence: entry 1: require_healthy: every feed named here is disabled, so silence "
                "would say nothing; enable one, or name another"
            ),
        ),
        (
            '[[watch.silence]]\narm = "claim changed"\nexpect = "claim  changed"\nwithin = "1d"',
            (
                "silence: entry 1: expect: is what arm says, too: it comes as soon as it is waited "
                'for; name what is to come, as in "claim in [confirmed, denied]"'
            ),
        ),
        (
            'follow = "10m"',
            (
                "follow: is shorter than the pause after a message (cooldown): what goes on is "
                "told anew; let it be longer than cooldown"
            ),
        ),
        (
            f'{SILENCE}within = "7d"\nid = "a b"',
            (
                "silence: entry 1: id: 'a b' cannot be an id; "
                "Latin letters, digits, '-', '_' and '.', at most 100, a letter or digit first"
            ),
        ),
        (
            f'{SILENCE}within = "7d"\nid = "silence-2"{SILENCE}within = "7d"',
            "silence: entry 2: id: 'silence-2' is used twice in this watch; give one another id",
        ),
        (
            '[[watch.silence]]\narm = "claim = reported"\nexpect = "claim changed"\nwithin = "1d"',
            (
                "silence: entry 1: arm: character 7: what claim is compared by is expected, "
                "not '='; write =="
            ),
        ),
        (
            '[watch.silence]\narm = "x"',
            (
                "silence: must be a list of tables, not a table; "
                "write [[watch.silence]], in two brackets"
            ),
        ),
        (
            '[[watch.escalate]]\nseverity = "high"\nwhem = "claim changed"',
            "escalate: entry 1: whem: unknown key; did you mean 'when'?",
        ),
        (
            '[[watch.escalate]]\nseverity = "high"\nwhen = "claim == x"',
            (
                "escalate: entry 1: when: character 10: no claim 'x'; known: "
                "timetable_published, rumoured, reported, preparing, announced, confirmed, "
                "in_effect, no_comment, denied, delayed, suspended, cancelled, analysis, none"
            ),
        ),
        (
            '[[watch.escalate]]\nseverity = "high"\nwhen = "tier == wire"\ntiers = ["wire"]',
            "escalate: entry 1: when: does not go with tiers; write tier in [...] in the condition",
        ),
        (
            'grouping = "loos"',
            "grouping: 'loos' is not one of none, loose, normal, strict; did you mean 'loose'?",
        ),
    ],
)
def test_mistake_is_told_with_its_key_and_cure(
    folder_with: Writes, text: str, message: str
) -> None:
    assert message in told(folder_with, text)


def test_escalation_with_a_condition_may_be_no_louder_than_its_watch(folder_with: Writes) -> None:
    text = '[[watch.escalate]]\nseverity = "low"\nwhen = "claim changed"'

    assert told(folder_with, text) == []
