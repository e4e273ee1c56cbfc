"""`prune`: retention by hand, and a smaller file."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from monitor.cli import render
from monitor.cli.options import Chosen, archive_of, config_option, json_option, pass_chosen
from monitor.model import Known, Pruned, Settings

if TYPE_CHECKING:
    from monitor.config import Config

_PAUSE_S = 0.05  # between two transactions: a running service has its turn


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@click.option("--vacuum", is_flag=True, help="Make the file smaller; not beside a running service.")
@json_option("one JSON document")
@config_option
@pass_chosen
def prune(chosen: Chosen, *, dry_run: bool, vacuum: bool, as_json: bool) -> None:
    """Delete what is past its time, now.

    A running service does so every six hours; this works beside it. What was seen stays known, so
    nothing old is told again; what is not delivered yet stays.
    """
    from monitor import bootstrap

    if dry_run and vacuum:
        raise click.UsageError("--vacuum changes the file, and --dry-run changes nothing")
    config = chosen.load_to_read(uses=())
    now = datetime.now(UTC)
    with archive_of(config) as archive:
        known = archive.known()
        settings = config.settings
        pruned = archive.prunable(now - settings.keep_items, now - settings.keep_dead)
    sizes = None
    if vacuum:
        with bootstrap.held(config):  # all of it, so that no service starts in between
            pruned = _pruned(config, now)
            with render.working("Copying the database without its gaps"):
                sizes = bootstrap.vacuum(config)
    elif not dry_run:
        pruned = _pruned(config, now)
    if as_json:
        render.document(_document(pruned, known, sizes, dry_run=dry_run))
        return
    _tell(pruned, known, settings, dry_run=dry_run)
    if sizes:
        before, after = sizes
        render.say(f"{settings.database}: {_size(before)}, now {_size(after)}.")
    elif not dry_run and pruned.items:
        render.say("It keeps its size; its room is used again (--vacuum makes it smaller).")


def _pruned(config: "Config", now: datetime) -> Pruned:
    from monitor import bootstrap

    with render.working("Deleting"):
        return bootstrap.prune(config, now, _PAUSE_S)


def _tell(pruned: Pruned, known: Known, settings: Settings, *, dry_run: bool) -> None:
    verb = "Would be deleted" if dry_run else "Deleted"
    render.say(f"{verb}:")
    kept, kept_dead = render.span(settings.keep_items), render.span(settings.keep_dead)
    render.say(f"  {render.plural(pruned.items, 'item')} not seen for {kept}")
    render.say(f"  {render.plural(pruned.alerts, 'alert')} settled for {kept}, with what was sent")
    dead = render.plural(pruned.dead_letters, "dead letter")
    render.say(f"  {dead} given up for {kept_dead}")
    render.say(f"  {render.plural(pruned.stories, 'story')} without an item")
    stay = f"{known.keys:,} ids and addresses and {render.plural(known.texts, 'text')} stay known"
    render.say(f"{stay}: what was seen is not told again.")


def _size(count: int) -> str:
    return f"{count / 1_000_000:,.1f} MB"


def _document(
    pruned: Pruned, known: Known, sizes: tuple[int, int] | None, *, dry_run: bool
) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "items": pruned.items,
        "alerts": pruned.alerts,
        "dead_letters": pruned.dead_letters,
        "stories": pruned.stories,
        "known": known,
        "bytes_before": sizes[0] if sizes else None,
        "bytes_after": sizes[1] if sizes else None,
    }
