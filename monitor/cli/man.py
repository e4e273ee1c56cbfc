"""`man` and `completion`: the program for the tools of a shell.

click-man makes a page a command, loses lines that begin with an apostrophe, and knows nothing of
examples that are not to be filled: hence these lines of our own, for one page.
"""

import re
from collections.abc import Iterator

import click

from monitor import __version__
from monitor.cli.completing import script
from monitor.cli.examples import commands_of

_SHELLS = ("bash", "zsh", "fish")
_EVERYWHERE = ("config", "help")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, *, shell: str) -> None:
    """Print what a shell has to read to complete commands.

    Options, and ids of watches, feeds, webhooks, stories, alerts and deliveries are completed as
    well. For the shell that is open: eval "$(news-monitor completion bash)"
    """
    program = ctx.find_root().command
    assert isinstance(program, click.Group)
    click.echo(script(program, shell))


@click.command()
@click.pass_context
def man(ctx: click.Context) -> None:
    """Print the manual page, for man(1) to show."""
    program = ctx.find_root().command
    assert isinstance(program, click.Group)
    click.echo("\n".join(page(program)))


def page(program: click.Group) -> Iterator[str]:
    """All commands on one page, in the language of man(7)."""
    yield f'.TH NEWS-MONITOR 1 "" "news-monitor {_text(__version__)}" "User Commands"'
    yield ".SH NAME\nnews\\-monitor \\- " + _text(_first_line(program))
    yield ".SH SYNOPSIS\n.B news\\-monitor\n[\\-\\-config DIR] COMMAND [OPTIONS]"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(program.help or "")
    yield ".SH OPTIONS"
    yield from _options(program, "news-monitor", above=False)
    yield ".SH COMMANDS\nEach takes \\-\\-config and \\-\\-help, too."
    for path, command in commands_of(program):
        name = f"news-monitor {path}"
        context = click.Context(command, info_name=name)
        usage = " ".join(command.collect_usage_pieces(context))
        yield f'.SS "{_text(name)}"\n.B {_text(name)}\n{_text(usage)}\n.PP'
        yield from _paragraphs(command.help or "")
        yield from _options(command, name)
        yield from _paragraphs(command.epilog or "")
    yield ".SH SEE ALSO\nThe documents of the project, docs/commands.md first."


def _first_line(command: click.Command) -> str:
    return (command.help or "").partition("\n")[0].rstrip(".")


def _options(command: click.Command, name: str, *, above: bool = True) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    for param in command.get_params(context):
        if above and param.name in _EVERYWHERE:
            continue
        record = param.get_help_record(context)
        if record and record[1]:
            yield f".TP\n.B {_text(record[0])}\n{_text(record[1])}"


def _paragraphs(text: str) -> Iterator[str]:
    """Filled, but for those that click is told to leave as they are."""
    for paragraph in re.split(r"\n\s*\n", click.unstyle(text).strip()):
        lines = paragraph.splitlines()
        if lines and lines[0].strip() == "\b":
            yield ".PP\n.nf\n" + "\n".join(map(_text, lines[1:])) + "\n.fi"
        elif lines:
            yield ".PP\n" + "\n".join(_text(line.strip()) for line in lines)


def _text(line: str) -> str:
    r"""No request: "." and "'" mean one at the begin of a line, "\" anywhere."""
    plain = line.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{plain}" if plain.lstrip().startswith((".", "'")) else plain
