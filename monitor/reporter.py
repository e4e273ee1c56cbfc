"""Sends the reports that are due, once each: the message and what was reported commit together."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from monitor.core.report import report_on, stretch_before
from monitor.core.report_markup import as_html, as_markdown
from monitor.core.report_page import page
from monitor.core.reporting import DueReport, as_alert, begun, due_reports
from monitor.failpoints import failpoint
from monitor.model import Watch
from monitor.outbox import enter_report
from monitor.pipeline import Line
from monitor.ports import Store, Unit
from monitor.report_files import write_all

log = structlog.get_logger(__name__)

_UTC = ZoneInfo("UTC")


def send_due(store: Store, line: Line, now: datetime) -> int:
    """Returns how many reports were made."""
    watches = [watch for watch in line.watches.values() if watch.report]
    if not watches:
        return 0
    states = {one.watch_id: one for one in store.archive().reported()}
    if fresh := begun(watches, states, now):
        store.write(lambda unit: unit.save_reported(fresh))
    due = due_reports(watches, states, zones_of(watches, line), now)
    return sum(_send(store, line, one, now) for one in due)


def zones_of(watches: list[Watch], line: Line) -> Mapping[str, ZoneInfo]:
    """Where each watch's slots are: in the zone of the first of its webhooks."""
    named = {watch.id: watch.webhooks or line.default_webhooks for watch in watches}
    return {
        name: line.outbox.rest(webhooks[0]).zone if webhooks else _UTC
        for name, webhooks in named.items()
    }


def _send(store: Store, line: Line, due: DueReport, now: datetime) -> bool:
    """False: somebody else was faster."""
    past = store.archive().past(due.watch.id, stretch_before(due.since, due.until), due.until)
    report = report_on(due.watch, past, due.since, due.until)
    alert = as_alert(report, due.zone, now)
    if due.watch.report_to:
        pages = [page(report, due.zone)]
        texts = {"html": as_html(pages), "md": as_markdown(pages)}
        try:
            # First: should the process die in between, the same files are written once more.
            write_all(due.watch.report_to, due.name, texts)
            failpoint("report.written")
        except OSError as exc:
            problem = exc.strerror or type(exc).__name__
            log.error("report_not_written", watch=due.watch.id, problem=problem)

    def work(unit: Unit) -> bool:
        if unit.reported(due.watch.id) != due.before:
            return False
        unit.save_reported([due.after])
        if unit.find_alert(alert.id) is None:
            unit.save_alerts([alert])
            enter_report(unit, line.outbox, alert, due.watch.webhooks, now)
        failpoint("report.before_commit")
        return True

    made = store.write(work)
    failpoint("report.saved")
    if made:
        log.info("report_made", watch=due.watch.id, items=report.items, stories=len(report.stories))
    return made
