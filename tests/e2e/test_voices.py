"""A watch that waits for officials, and a ministry's server that refuses for days."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.adapters.feeds import ChildParser
from monitor.model import Escalation, Severity, Tier
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import an_entry, rss
from tests.servers import Loopback, Reply, Request

NOON = datetime(2025, 6, 12, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WHEN = "claim == confirmed and tier == official_primary and authority in [CN, KP]"


def test_last_official_source_is_missed_once_and_welcomed_once_over_a_restart(
    tmp_path: Path, parser: ChildParser
) -> None:
    refuses = True

    def answer(request: Request) -> Reply:
        refused = refuses and request.path == "/mfa"
        return Reply(403) if refused else Reply(200, rss([an_entry(1)]))

    told: list[tuple[timedelta, str]] = []

    def watched(installation: Installation, hours: int) -> None:
        for _ in range(hours):
            installation.now += HOUR
            installation.monitor.poll(force=True)
            titles = [report.alert.title for report in installation.monitor.report_health()]
            told.extend((installation.now - NOON, t) for t in titles if t.startswith("Watch"))

    watch = a_watch(escalations=(Escalation(severity=Severity.HIGH, when=WHEN),))
    with Loopback(answer) as server:
        feeds = [
            a_feed(
                "mfa",
                url=f"{server.url}/mfa",
                tier=Tier.OFFICIAL_PRIMARY,
                authority_for=("CN",),
            ),
            a_feed("pennant", url=f"{server.url}/pennant"),
        ]
        with Installation(tmp_path, parser, feeds=feeds, watches=[watch], now=NOON) as first:
            watched(first, 30)
        with Installation(
            tmp_path, parser, feeds=feeds, watches=[watch], now=NOON + 30 * HOUR
        ) as second:
            watched(second, 10)
            refuses = False
            watched(second, 10)

    assert told == [
        (25 * HOUR, "Watch has no official source left: rail"),
        (41 * HOUR, "Watch has an official source again: rail"),
    ]
