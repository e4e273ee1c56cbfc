"""Options that commands share, and the configuration folder they work on."""

import getpass
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.config import default_folder
from monitor.config.suggest import did_you_mean
from monitor.core.inert import inert
from monitor.errors import Problem
from monitor.views.moments import NotADuration, moment_of

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.ports import Archive

F = TypeVar("F", bound=Callable[..., Any])

FOLDER_VARIABLE = "NEWS_MONITOR_CONFIG"


class Chosen:
    """The configuration folder that the command line names, or the default one."""

    def __init__(self) -> None:
        self.named: Path | None = None

    @property
    def own_folder(self) -> Path | None:
        """The user's; None: there is only the one that came with the program."""
        if self.named:
            return self.named
        if Path("config").is_dir():
            return Path("config")
        named = os.environ.get(FOLDER_VARIABLE)
        return Path(named) if named else None

    @property
    def folder(self) -> Path:
        """Says on standard error if it is the shipped one, for nobody named that."""
        if own := self.own_folder:
            return own
        shipped = default_folder()
        click.echo(
            f"Using the configuration that came with the program ({shipped}); "
            "'news-monitor init DIR' makes one of your own.",
            err=True,
        )
        return shipped

    def load(self) -> "Config":
        """Read the folder, with what it takes to send.

        Raises:
            ConfigError: With every problem.
        """
        from monitor import bootstrap

        return bootstrap.load(self.folder)

    def load_to_read(
        self,
        *,
        uses: Collection[str] | None = None,
        secrets_of: Collection[str] = (),
        feed_secrets: bool = False,
    ) -> "Config":
        """Read the folder without secrets, which may be the service's alone.

        Args:
            uses: Files and folders (`feeds`, `routes.toml`) that the command cannot do without; ()
                for the database alone. A mistake elsewhere is told on standard error, and that is
                all. None: it needs the whole.
            secrets_of: Webhooks whose secrets are needed all the same.
            feed_secrets: Those of feeds are needed all the same.

        Raises:
            ConfigError: With every problem, missing secrets aside.
        """
        from monitor import bootstrap

        config = bootstrap.load(
            self.folder, secrets_of=secrets_of, feed_secrets=feed_secrets, uses=uses
        )
        _tell_passed_over(config.passed_over)
        return config


_TOLD_AT_MOST = 3


def _tell_passed_over(errors: Sequence[Problem]) -> None:
    """That the service would not start so, but that this command can do without."""
    for problem in errors[:_TOLD_AT_MOST]:
        click.echo(f"warning: {inert(str(problem))}", err=True)
    if len(errors) > _TOLD_AT_MOST:
        more = len(errors) - _TOLD_AT_MOST
        click.echo(f"warning: and {more} more; 'news-monitor check' tells all", err=True)


pass_chosen = click.make_pass_decorator(Chosen, ensure=True)


def _remember_folder(ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
    chosen = ctx.ensure_object(Chosen)
    chosen.named = value or chosen.named


def config_option(command: F) -> F:
    """`--config`, which may stand before or after a command's name."""
    option = click.option(
        "--config",
        metavar="DIR",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_remember_folder,
        help="Configuration folder  [default: ./config, else $NEWS_MONITOR_CONFIG, "
        "else the shipped one].",
    )
    return option(command)


def json_option(shape: str) -> Callable[[F], F]:
    """`--json`.

    Args:
        shape: What is printed, as in "one JSON object a line".
    """
    return click.option("--json", "as_json", is_flag=True, help=f"Print {shape}.")


def limit_option(default: int) -> Callable[[F], F]:
    return click.option(
        "--limit",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        metavar="N",
        help="Show at most so many.",
    )


def _since(_ctx: click.Context, _param: click.Parameter, written: str | None) -> datetime | None:
    """A length of time before now, or a date (in UTC if it names no zone)."""
    if written is None:
        return None
    try:
        return moment_of(written, datetime.now(UTC))
    except NotADuration as exc:
        raise click.BadParameter(f"{exc.what}; {exc.cure}, or a date as in 2025-06-12") from None


since_option = click.option(
    "--since", callback=_since, metavar="AGO|DATE", help='As in "2d", "12h" or 2025-06-12.'
)


until_option = click.option(
    "--until", callback=_since, metavar="AGO|DATE", help="Before it; written alike."
)


def _author() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


author_option = click.option(
    "--author", default=_author, show_default="you", metavar="NAME", help="Who."
)


def known(name: str, names: Iterable[str], *, noun: str, option: str) -> str:
    """The name if it is one of these.

    Raises:
        BadParameter: It is not; says what may have been meant.
    """
    names = list(names)
    if name in names:
        return name
    near = did_you_mean(name, names)
    raise click.BadParameter(
        f"no {noun} named {name!r}" + (f"; {near}" if near else ""), param_hint=option
    )


def has_database(config: "Config") -> bool:
    """Whether there may be something to read."""
    from monitor import bootstrap

    return bootstrap.database(config).exists()


@contextmanager
def archive_of(config: "Config") -> "Iterator[Archive]":
    """The read side of the configured database.

    Raises:
        ClickException: Nothing was ever polled into it.
        StoreError: It cannot be read.
    """
    from monitor import bootstrap

    if not has_database(config):
        raise click.ClickException(
            f"there is no database at {config.settings.database} yet: "
            "'news-monitor run' or 'news-monitor poll' makes it"
        )
    with bootstrap.archive_of(config) as archive:
        yield archive
