"""When a watch's report is due, over what time, and the alert that it is sent as."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.core.hours import last_slot, parse_slots
from monitor.core.normalise import digest
from monitor.core.report import StoryReport
from monitor.core.report_page import headline, message
from monitor.model import Alert, AlertKind, Reported, Severity, Watch

SETTLED = timedelta(minutes=1)
"""After this, what was found until a moment is saved: a report of it is whole."""

_LONGEST = timedelta(days=62)  # that a report looks back, however long there was none
_REASON = "report of the watch"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueReport:
    """A report that is to be sent.

    Attributes:
        before: Up to when the watch was reported; the report is saved only if it still is so.
    """

    watch: Watch
    since: datetime
    until: datetime
    zone: ZoneInfo
    before: Reported

    @property
    def after(self) -> Reported:
        """Up to when it is reported once this was saved."""
        return Reported(watch_id=self.watch.id, since=self.before.since, through=self.until)

    @property
    def name(self) -> str:
        """Of its files, without an ending; the same for the same watch and time."""
        return file_name(self.watch.id, self.until, self.zone)


def begun(
    watches: Iterable[Watch], states: Mapping[str, Reported], now: datetime
) -> list[Reported]:
    """States to be saved: of watches for which reports are asked from now on."""
    return [
        Reported(watch_id=watch.id, since=now)
        for watch in watches
        if watch.report and watch.id not in states
    ]


def due_reports(
    watches: Iterable[Watch],
    states: Mapping[str, Reported],
    zones: Mapping[str, ZoneInfo],
    now: datetime,
) -> list[DueReport]:
    """One for each watch at most: slots that were slept through are told as one.

    A report goes on where the last one ended, so that every item is in one of them.

    Args:
        states: Watches without one have only just begun.
        zones: Watch -> where its slots are.
    """
    found = []
    for watch in watches:
        state = states.get(watch.id)
        if not watch.report or state is None:
            continue
        slots, zone = parse_slots(watch.report), zones[watch.id]
        until = last_slot(slots, zone, now - SETTLED)
        if until <= (state.through or state.since):
            continue
        since = state.through or last_slot(slots, zone, until - timedelta(microseconds=1))
        found.append(
            DueReport(
                watch=watch,
                since=max(since, until - _LONGEST),
                until=until,
                zone=zone,
                before=state,
            )
        )
    return found


def as_alert(report: StoryReport, zone: ZoneInfo, now: datetime) -> Alert:
    """What is sent; the same report has the same id in every run."""
    until = report.until.astimezone(UTC).isoformat()
    return Alert(
        id=f"a_{digest('report', report.watch_id, until)}",
        kind=AlertKind.DIGEST,
        severity=Severity.LOW,
        reason=_REASON,
        watch_id=report.watch_id,
        watch_name=report.watch_name,
        created_at=now,
        title=headline(report),
        snippet=message(report, zone),
    )


def file_name(watch_id: str, until: datetime, zone: ZoneInfo) -> str:
    """Of a report's files, without an ending, as in "rail-2025-06-12-0900"."""
    return f"{watch_id}-{until.astimezone(zone):%Y-%m-%d-%H%M}"
