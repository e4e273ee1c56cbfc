"""`report`: what became of the stories of watches, for people to read and to keep."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from monitor.cli import render
from monitor.cli.options import Chosen, archive_of, config_option, known, pass_chosen, since_option
from monitor.core.hours import moment
from monitor.core.report import StoryReport, report_on, stretch_before
from monitor.core.report_markup import ENDINGS, FORMATS, as_text
from monitor.core.report_page import page
from monitor.core.reporting import file_name
from monitor.report_files import write_whole

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


class _Zone(click.ParamType[ZoneInfo]):
    name = "zone"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> ZoneInfo:
        try:
            return value if isinstance(value, ZoneInfo) else ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.fail(f"no time zone named {value!r}; as in Europe/Berlin", param, ctx)


class _Day(click.ParamType[date]):
    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date; as in 2025-06-12", param, ctx)


@click.command()
@click.argument("names", metavar="[WATCH]...", nargs=-1)
@since_option
@click.option("--from", "first", type=_Day(), metavar="DATE", help="From the begin of this day.")
@click.option("--to", "last", type=_Day(), metavar="DATE", help="To the end of this day.")
@click.option("--zone", type=_Zone(), default="UTC", metavar="NAME", help="As in Europe/Berlin.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "html", "json"]),
    help="Of what is written  [default: by the ending of --output, else text].",
)
@click.option(
    "--output",
    metavar="FILE|FOLDER",
    help="A file for all, or a folder (one that is there, or ends in '/') for a file each.",
)
@config_option
@pass_chosen
def report(
    chosen: Chosen,
    *,
    names: Sequence[str],
    since: datetime | None,
    first: date | None,
    last: date | None,
    zone: ZoneInfo,
    form: str | None,
    output: str | None,
) -> None:
    """Tell what became of the stories of watches.

    Of those named, else of all that are enabled.

    Without --since, or --from and --to, of the last seven days.
    """
    begin, end = _span(since, first, last, zone, datetime.now(UTC))
    config = chosen.load_to_read()
    for name in names:
        known(name, config.watches, noun="watch", option="WATCH")
    watches = [w for w in config.watches.values() if (w.id in names if names else w.enabled)]
    with archive_of(config) as archive:
        before = stretch_before(begin, end)
        reports = [report_on(w, archive.past(w.id, before, end), begin, end) for w in watches]
    form = form or _form_of(output)
    if output is None:
        click.echo(_written(reports, form, zone), nl=False)
    elif output.endswith("/") or Path(output).is_dir():
        for one in reports:
            name = f"{file_name(one.watch_id, end, zone)}.{ENDINGS[form]}"
            _write(Path(output) / name, _written([one], form, zone))
    else:
        _write(Path(output), _written(reports, form, zone))


def _span(
    since: datetime | None, first: date | None, last: date | None, zone: ZoneInfo, now: datetime
) -> tuple[datetime, datetime]:
    """From and to, aware UTC.

    Raises:
        UsageError: They contradict each other, or there is nothing between them.
    """
    if since is not None and (first or last):
        raise click.UsageError("give either --since or --from and --to")
    try:
        end = moment(last + _DAY, time(), zone) if last else now
        begin = moment(first, time(), zone) if first else since or end - _WEEK
        stretch_before(begin, end)
    except OverflowError:
        raise click.UsageError("that is too long ago, or too far ahead") from None
    if begin >= end:
        raise click.UsageError("the report would end before it begins")
    return begin, end


def _written(reports: Sequence[StoryReport], form: str, zone: ZoneInfo) -> str:
    if form == "json":
        return "".join(f"{render.json_line(_document(one))}\n" for one in reports)
    return FORMATS.get(form, as_text)([page(one, zone) for one in reports])


def _document(one: StoryReport) -> dict[str, Any]:
    counted = ("new_stories", "follow_ons", "held_items", "raised", "best_tier")
    return {**render.as_json(one), **{n: render.as_json(getattr(one, n)) for n in counted}}


def _form_of(output: str | None) -> str:
    ending = Path(output or "").suffix.removeprefix(".").lower()
    return next((form for form, one in ENDINGS.items() if one == ending), "text")


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as exc:
        raise click.ClickException(f"{path} cannot be written: {exc.strerror}") from exc
    render.note(f"Wrote {path}")
