"""`backup` and `restore`: a copy of the database, and the way back."""

from pathlib import Path

import click

from monitor.cli import render
from monitor.cli.options import Chosen, archive_of, config_option, json_option, pass_chosen
from monitor.model import DeliveryState

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_FILE)
@json_option("one JSON document")
@config_option
@pass_chosen
def backup(chosen: Chosen, *, file: Path, as_json: bool) -> None:
    """Copy the database into a file, beside the service.

    The copy is of one moment, is checked, and takes the name of FILE only when it is whole; a
    backup of that name is replaced.
    """
    from monitor import bootstrap

    config = chosen.load_to_read(uses=())
    with archive_of(config):
        size = bootstrap.back_up(config, file)
    if as_json:
        render.document({"file": str(file), "bytes": size})
        return
    render.say(f"{file}: {size / 1_000_000:,.1f} MB, checked.")


@click.command()
@click.argument("file", type=_FILE)
@json_option("one JSON document")
@config_option
@pass_chosen
def restore(chosen: Chosen, *, file: Path, as_json: bool) -> None:
    """Put a backup in the place of the database.

    Not beside a running service. The backup is checked first; the former database is kept beside
    the new one. What was not delivered in the backup is sent again under the same ids.
    """
    from monitor import bootstrap

    config = chosen.load_to_read(uses=())
    aside = bootstrap.restore(config, file)
    if as_json:
        document = {"database": config.settings.database, "aside": str(aside) if aside else None}
        render.document(document)
        return
    render.say(f"{config.settings.database} is now what {file} holds.")
    if aside:
        render.say(f"What was there before is kept: {aside}")
    waiting = _waiting(chosen)
    if waiting:
        render.say(f"{render.plural(waiting, 'delivery')} will be sent, under the ids they had.")


def _waiting(chosen: Chosen) -> int:
    """Not told of an older schema, which the next start brings up to date."""
    from monitor.errors import StoreError

    try:
        with archive_of(chosen.load_to_read(uses=())) as archive:
            counts = archive.totals().deliveries
    except StoreError:
        return 0
    return counts.get(DeliveryState.PENDING, 0) + counts.get(DeliveryState.LEASED, 0)
