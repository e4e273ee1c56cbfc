"""`news-monitor`: the commands, and how errors end a program."""

import sys
from io import TextIOWrapper
from typing import IO, Any

import click

from monitor import __version__
from monitor.cli.alerts import alerts, search
from monitor.cli.backtest import backtest
from monitor.cli.backup import backup, restore
from monitor.cli.cluster import scheduler, worker
from monitor.cli.completing import complete_ids
from monitor.cli.db import db
from monitor.cli.doctor import doctor
from monitor.cli.examples import show_examples
from monitor.cli.explain import explain
from monitor.cli.export import export
from monitor.cli.feeds import feeds
from monitor.cli.man import completion, man
from monitor.cli.options import config_option
from monitor.cli.prune import prune
from monitor.cli.render import problem_lines
from monitor.cli.replay import replay
from monitor.cli.replays import deliveries
from monitor.cli.report import report
from monitor.cli.run import poll, run
from monitor.cli.setup import check, demo, init
from monitor.cli.silence import routes, silence
from monitor.cli.status import status
from monitor.cli.stories import stories
from monitor.cli.watches import watches
from monitor.cli.web import web
from monitor.cli.webhook import webhook
from monitor.core.inert import inert
from monitor.errors import AlreadyRunning, ConfigError, MonitorError


class Failure(click.ClickException):
    """An error raised on purpose, as the command line ends with it: in words, no traceback."""

    def __init__(self, error: MonitorError) -> None:
        super().__init__(inert(str(error), newlines=True))


class Busy(Failure):
    """The database is held by another process."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h: it may work later


class Refused(click.ClickException):
    """A configuration with errors: every problem on a line, then their number."""

    exit_code = 2

    def __init__(self, error: ConfigError) -> None:
        super().__init__("\n".join(problem_lines(error.problems)))

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=True)


class Program(click.Group):
    """A group that ends in words where an error was raised on purpose."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise Refused(error) from error
        except AlreadyRunning as error:
            raise Busy(error) from error
        except MonitorError as error:
            raise Failure(error) from error

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click asks so
        """In the order in which a newcomer meets them, not by letter."""
        return [*self.commands]


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@config_option
@click.version_option(__version__, prog_name="news-monitor")
def main() -> None:
    """Watch news feeds, keep every item once, and alert webhooks until they said 2xx.

    \b
    A first start:
      news-monitor demo       the whole of it on fictional news, without a network
      news-monitor init DIR   a configuration of your own
      news-monitor run        the service

    Exit codes: 0 well, 1 failed, 2 usage or configuration, 75 already running.
    """
    # The terminal may not know the script that a headline is written in.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


for _command in (
    demo,
    init,
    check,
    run,
    poll,
    status,
    doctor,
    feeds,
    watches,
    explain,
    backtest,
    search,
    stories,
    alerts,
    report,
    export,
    deliveries,
    routes,
    silence,
    webhook,
    web,
    replay,
    backup,
    restore,
    prune,
    db,
    scheduler,
    worker,
    completion,
    man,
):
    main.add_command(_command)
complete_ids(main)
show_examples(main)
