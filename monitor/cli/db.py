"""`db`: the tables of a database, and its way into another one."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor import __version__
from monitor.cli import render
from monitor.cli.options import Chosen, config_option, json_option, pass_chosen

if TYPE_CHECKING:
    from monitor.databases import Database

_FILE = "sqlite:"


@click.group()
def db() -> None:
    """Make, bring up to date and move the database.

    A SQLite file needs none of this: the service makes it and brings it up to date when it
    starts. A PostgreSQL database may be written by several processes, so that is done once, for
    all of them.
    """


@db.command("init")
@click.option(
    "--partitions",
    type=click.IntRange(1, 4096),
    metavar="N",
    help="Of hosts, for the workers of a cluster: 64 without it, 256 for a million feeds.",
)
@config_option
@pass_chosen
def init_(chosen: Chosen, *, partitions: int | None) -> None:
    """Make the tables in a new database.

    In PostgreSQL it is a database of its own, as `createdb` makes it.
    """
    from monitor import bootstrap

    _upgrade(chosen, new=True)
    if partitions is not None:
        bootstrap.shared_database(chosen.load_to_read(uses=())).repartition(partitions)
        render.say(f"Hosts are shared out over {render.plural(partitions, 'partition')}.")


@db.command()
@click.argument("partitions", type=click.IntRange(1, 4096))
@config_option
@pass_chosen
def repartition(chosen: Chosen, *, partitions: int) -> None:
    """Share the hosts out over so many partitions.

    Each is polled by one worker of a cluster at a time. Stop all its processes before.
    """
    from monitor import bootstrap

    config = chosen.load_to_read(uses=())
    bootstrap.shared_database(config).repartition(partitions)
    render.say(f"{config.settings.database} has {render.plural(partitions, 'partition')} of hosts.")


@db.command()
@config_option
@pass_chosen
def upgrade(chosen: Chosen) -> None:
    """Bring the tables to the schema of this version.

    In one transaction. Stop the service before; versions older than this one refuse the database
    afterwards.
    """
    _upgrade(chosen, new=False)


@db.command()
@click.option("--from", "source", required=True, metavar="FROM", help="sqlite:FILE, or as in --to.")
@click.option(
    "--to",
    "target",
    required=True,
    metavar="TO",
    help="env:NAME, file:PATH or postgresql://...: the other kind; empty or new.",
)
@json_option("one JSON document")
def copy(*, source: str, target: str, as_json: bool) -> None:
    """Copy all that a SQLite file holds into PostgreSQL, or back.

    Nothing is alerted again afterwards, and what was not delivered is sent under the ids it has.
    All is copied or nothing; what is copied from stays as it was. No service may run on either. An
    address with a password is given by reference, for others can read a command line.
    """
    from monitor import databases

    _refuse_same_kind(source, target)
    counts = databases.copy(_named(source, "--from"), _named(target, "--to"))
    if as_json:
        render.document({"rows": dict(counts)})
        return
    rows = ((table, f"{count:,}") for table, count in counts.items() if count)
    render.table(("table", "rows"), rows)
    render.say(f"{render.plural(sum(counts.values()), 'row')} copied.")


def _upgrade(chosen: Chosen, *, new: bool) -> None:
    from monitor import bootstrap

    config = chosen.load_to_read(uses=())
    bootstrap.database(config).upgrade(new=new)
    render.say(f"{config.settings.database} has the tables of news-monitor {__version__}.")


def _refuse_same_kind(source: str, target: str) -> None:
    if source.startswith(_FILE) == target.startswith(_FILE):
        raise click.UsageError(
            "one of --from and --to is sqlite:FILE, the other one PostgreSQL; for a copy of a file "
            "there is 'news-monitor backup', for one of PostgreSQL pg_dump"
        )


def _named(written: str, option: str) -> "Database":
    from monitor.config.databases import address_of, is_address
    from monitor.config.secrets import NotASecret, Secrets
    from monitor.databases import File, Served

    if written.startswith(_FILE):
        return File(Path(written.removeprefix(_FILE)).expanduser())
    if not is_address(written):
        raise click.BadParameter(
            'write "sqlite:FILE", "postgresql://..." or "env:NAME"', param_hint=option
        )
    try:
        _, address = address_of(written, Secrets(folder=Path.cwd(), env=os.environ))
    except NotASecret as problem:
        text = f"{problem.what}; {problem.cure}"
        raise click.BadParameter(text, param_hint=option) from None
    return Served(address)
