"""`feeds probe`: the command, its listing, its reports, and what it writes back."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import track
from rich.text import Text

from monitor import __version__
from monitor.cli import render
from monitor.cli.discover import newest, shown_url
from monitor.cli.options import Chosen, config_option, json_option, known, pass_chosen
from monitor.core.inert import one_line
from monitor.model import Health

if TYPE_CHECKING:
    from monitor.cli.probe import Probed
    from monitor.config import Config

_MARKUP = re.compile(r"[\\`*_\[\]<>|~&:@]|(?<=www)\.")


@click.command("probe")
@click.option("--feed", "only", metavar="ID", multiple=True, help="This feed; repeatable.")
@click.option("--all", "every", is_flag=True, help="The disabled ones too.")
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the results there as well: Markdown if it ends in .md, else one JSON document.",
)
@click.option("--write", is_flag=True, help="Set the evidence of each feed in feeds/*.toml.")
@json_option("one JSON object a line, as the feeds answer")
@config_option
@pass_chosen
def probe(
    chosen: Chosen,
    *,
    only: tuple[str, ...],
    every: bool,
    report: Path | None,
    write: bool,
    as_json: bool,
) -> None:
    """Fetch and read feeds once, and store nothing.

    Tells which of them answer from this network. Exit code 1 if no feed gave a document.
    """
    if write and chosen.own_folder is None:
        raise click.UsageError("make a configuration of your own first: 'news-monitor init DIR'")
    config = chosen.load_to_read(uses=("monitor.toml", "feeds"), feed_secrets=True)
    for one in only:
        known(one, config.feeds, noun="feed", option="--feed")
    results = _results(config, only, every=every, as_json=as_json)
    if not as_json:
        _tell(results)
    if report:
        _write_report(report, results)
    if results and not any(probed.version for probed in results):
        raise click.ClickException("no feed gave a document; is this machine offline?")
    if write:
        _write_evidence(config, results)


def _results(
    config: "Config", only: tuple[str, ...], *, every: bool, as_json: bool
) -> list["Probed"]:
    """By feed id; with a bar on a terminal, as JSON Lines as they come."""
    from monitor import bootstrap
    from monitor.cli.probe import probe as ask

    wanted = [f for f in config.feeds.values() if (f.id in only if only else every or f.enabled)]
    # A bridge that is not configured is nobody's address.
    wanted = [feed for feed in wanted if feed.id in only or not feed.url.startswith("{")]
    results = []
    with bootstrap.readers_of(config) as (fetcher, parser):
        terminal = Console(stderr=True)
        for probed in track(
            ask(wanted, fetcher, parser, parser, workers=config.settings.fetch_workers),
            "Asking feeds",
            total=len(wanted),
            console=terminal,
            disable=as_json or not terminal.is_terminal,
            transient=True,
        ):
            results.append(probed)
            if as_json:
                render.line(_finding(probed))
    return sorted(results, key=lambda probed: probed.feed.id)


def _tell(results: Sequence["Probed"]) -> None:
    now = datetime.now(UTC)
    columns = ("feed", "result", "entries", "dated", "newest", "format", "took", "remarks")
    render.table(columns, (_row(probed, now) for probed in results))
    well = sum(probed.health is Health.OK for probed in results)
    render.note(f"{well} of {render.plural(len(results), 'feed')} answer with entries.")


def _row(probed: "Probed", now: datetime) -> tuple[str | Text | int, ...]:
    return (
        probed.feed.id,
        render.health(probed.health) + Text(_status(probed)),
        probed.entries,
        probed.dated,
        newest(probed.newest_at, now),
        probed.version,
        f"{probed.took_s:.1f} s",
        "; ".join(_remarks(probed)),
    )


def _status(probed: "Probed") -> str:
    return f" {probed.status}" if probed.status else ""


def _remarks(probed: "Probed") -> list[str]:
    remarks = [probed.problem]
    if probed.url != probed.feed.url:
        remarks.append(f"answered by its mirror {shown_url(probed.url)}")
    if probed.moved_to:
        remarks.append(f'moved for good: url = "{shown_url(probed.moved_to)}"')
    elif probed.redirected_to:
        remarks.append(f"redirected to {shown_url(probed.redirected_to)}")
    if probed.instead and not probed.version:
        remarks.append(f"the page names {' and '.join(map(shown_url, probed.instead))}")
    return [one_line(remark) for remark in (*remarks, probed.flaw) if remark]


def _finding(probed: "Probed") -> dict[str, Any]:
    values = render.as_json(probed)
    return {"feed": probed.feed.id} | {k: v for k, v in values.items() if k != "feed"}


# --- reports -------------------------------------------------------------------------------------


def _write_report(report: Path, results: Sequence["Probed"]) -> None:
    now = datetime.now(UTC)
    if report.suffix.lower() in (".md", ".markdown"):
        text = markdown(results, now)
    else:
        document = {
            "probed_at": render.as_json(now),
            "program": f"news-monitor {__version__}",
            "feeds": [_finding(probed) for probed in results],
        }
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    render.write_file(report, text.encode("utf-8", "replace"))


def markdown(results: Sequence["Probed"], now: datetime) -> str:
    """A page for people: how many feeds are how, then each, the worst first."""
    order = list(Health)
    counts = Counter(probed.health for probed in results)
    summary = ", ".join(f"{counts[h]} {render.words(h)}" for h in order if counts[h])
    ordered = sorted(results, key=lambda probed: -order.index(probed.health))
    rows = [
        (
            probed.feed.id,
            f"{render.words(probed.health)}{_status(probed)}",
            str(probed.entries),
            f"{probed.newest_at:%F}" if probed.newest_at else "",
            "; ".join(_remarks(probed)),
        )
        for probed in ordered
    ]
    lines = [
        f"# Feeds as of {now:%Y-%m-%d %H:%MZ}",
        "",
        f"{render.plural(len(results), 'feed')}: {summary}.",
        "",
        "| feed | result | entries | newest | remarks |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(map(_escaped, row))} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def _escaped(cell: str) -> str:
    """Text that no reader of Markdown takes for markup, a link or a cell's end."""
    return _MARKUP.sub(r"\\\g<0>", one_line(cell))


# --- what is written back ------------------------------------------------------------------------


def _write_evidence(config: "Config", results: Sequence["Probed"]) -> None:
    from monitor.cli.probe import evidence_of, is_evidence_of_ours
    from monitor.config.evidence import write_evidence

    now = datetime.now(UTC)
    learned = {probed.feed.id: evidence_of(probed, now) for probed in results}
    evidence = {name: text for name, text in learned.items() if text}
    files = {name: config.reading.feeds.places[name].file for name in evidence}
    urls = {name: config.reading.feeds.values[name].url for name in evidence}  # bridges not put in
    for path in write_evidence(
        config.folder, files, evidence, urls=urls, is_ours=is_evidence_of_ours
    ):
        render.note(f"evidence written to {path}")
    if passing := [name for name, text in learned.items() if not text]:
        render.note(f"left as it was, for that may pass: {', '.join(passing)}")
