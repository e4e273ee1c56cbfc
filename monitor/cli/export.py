"""`export`: items, stories, and all that is known of one story, for other programs and people."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, TextIO

import click

from monitor.cli import render, stories
from monitor.cli.options import (
    Chosen,
    archive_of,
    config_option,
    known,
    pass_chosen,
    since_option,
    until_option,
)
from monitor.core import spreadsheet
from monitor.core.query.mistakes import value_flaw
from monitor.model import Item, ItemFilter, ThreadCount, Tier
from monitor.views import pack
from monitor.views.stories import listed

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.ports import Archive

_STORY_COLUMNS = (
    *("id", "title", "language", "languages", "claim", "disputed", "effective_on"),
    *("independent_origins", "carried_by", "best_tier", "items", "matched", "alerts"),
    *("first_seen_at", "last_seen_at"),
)

_watch_option = click.option("--watch", metavar="ID", help="That this watch matched.")
_language_option = click.option("--language", metavar="xx", help="In this language, as in 'ko'.")
_format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv"]),
    help="JSON Lines or CSV  [default: by the ending of --output, else jsonl].",
)
_output_option = click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write there, whole or not at all  [default: standard output].",
)


@click.group()
@config_option
def export() -> None:
    """Write what is stored, or the evidence of one story."""


@export.command("items")
@_watch_option
@click.option("--feed", metavar="ID", help="That this feed showed.")
@_language_option
@click.option(
    "--tier", type=click.Choice([tier.value for tier in Tier]), help="Of sources of this tier."
)
@since_option
@until_option
@_format_option
@_output_option
@config_option
@pass_chosen
def export_items(
    chosen: Chosen,
    *,
    watch: str | None,
    feed: str | None,
    language: str | None,
    tier: str | None,
    since: datetime | None,
    until: datetime | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Write the stored items, in the order in which they came.

    However many there are, it takes little memory.
    """
    config = chosen.load_to_read()
    wanted = ItemFilter(
        watch=watch,
        feed=feed,
        language=_language(language),
        tier=Tier(tier) if tier else None,
        since=since,
        until=until,
    )
    with archive_of(config) as archive:
        _known_watch(archive, config, watch)
        if feed and feed not in archive.feed_states():
            known(feed, config.feeds, noun="feed", option="--feed")
        found = archive.all_items(wanted)
        lines = pack.item_rows(found) if _form(form, output) == "csv" else _item_lines(found)
        _write(lines, output)


@export.command("stories")
@_watch_option
@_language_option
@since_option
@until_option
@_format_option
@_output_option
@config_option
@pass_chosen
def export_stories(
    chosen: Chosen,
    *,
    watch: str | None,
    language: str | None,
    since: datetime | None,
    until: datetime | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Write the stories of which an item matched a watch.

    As 'stories list --json' does, or as a table. --since and --until are about their last items.
    """
    config = chosen.load_to_read()
    with archive_of(config) as archive:
        _known_watch(archive, config, watch)
        found = archive.all_threads(
            watch=watch, language=_language(language), since=since, until=until
        )
        is_csv = _form(form, output) == "csv"
        _write(_story_rows(found) if is_csv else _story_lines(found), output)


@export.command("story")
@click.argument("key", metavar="KEY")
@click.option(
    "--output",
    metavar="FOLDER|FILE.zip",
    type=click.Path(path_type=Path),
    help="A new folder or archive  [default: KEY.zip, with the id of the story].",
)
@config_option
@pass_chosen
def export_story(chosen: Chosen, *, key: str, output: Path | None) -> None:
    """Write the evidence of one story, for others to check.

    That is all that is known of it, the bytes that its feeds sent, and a page to print. KEY is the
    id of a story, an item or an alert, a beginning that only one has, or the address of an item.
    """
    with archive_of(chosen.load_to_read()) as archive:
        story = stories.story_of(archive, key)
        made = pack.pack_of(archive, story, datetime.now(UTC))
    target = output or Path(f"{story.thread_id}.zip")
    try:
        count = pack.write(made, target)
    except OSError as exc:
        raise click.ClickException(f"{target} cannot be written: {exc.strerror}") from exc
    render.note(f"Wrote {target}: {render.plural(count, 'file')}")


def _known_watch(archive: "Archive", config: "Config", watch: str | None) -> None:
    """One that was renamed or removed still has its history."""
    if watch and watch not in archive.last_matches():
        known(watch, config.watches, noun="watch", option="--watch")


def _language(written: str | None) -> str | None:
    if written and (flaw := value_flaw("lang", written)):
        raise click.BadParameter(flaw, param_hint="--language")
    return written.partition("-")[0].lower() if written else None


def _form(form: str | None, output: Path | None) -> str:
    return form or ("csv" if output and output.suffix.lower() == ".csv" else "jsonl")


def _item_lines(found: Iterable[tuple[Item, Iterable[str]]]) -> Iterator[str]:
    for item, watches in found:
        document: dict[str, Any] = render.as_json(item)
        yield render.json_text(document | {"watches": tuple(watches)}) + "\n"


def _story_lines(found: Iterable[ThreadCount]) -> Iterator[str]:
    for one in found:
        yield render.json_text(listed(one)) + "\n"


def _story_rows(found: Iterable[ThreadCount]) -> Iterator[str]:
    yield spreadsheet.row(_STORY_COLUMNS)
    for one in found:
        document = listed(one)
        lists = {name: "; ".join(document[name]) for name in ("independent_origins", "carried_by")}
        yield spreadsheet.row([{**document, **lists}[name] for name in _STORY_COLUMNS])


def _write(lines: Iterable[str], output: Path | None) -> None:
    if output is None:
        for line in lines:
            click.echo(line, nl=False)
        return
    try:
        with _whole(output) as file:
            file.writelines(lines)
    except OSError as exc:
        raise click.ClickException(f"{output} cannot be written: {exc.strerror}") from exc
    render.note(f"Wrote {output}")


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """A file that takes its name when all of it is there."""
    half = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with half.open("x", encoding="utf-8", newline="") as file:
            yield file
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
