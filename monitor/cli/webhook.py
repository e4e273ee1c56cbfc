"""`webhook`: try a destination, or be one."""

import os
import sys
from contextlib import nullcontext, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.cli import render
from monitor.cli.options import (
    Chosen,
    archive_of,
    config_option,
    json_option,
    known,
    pass_chosen,
)
from monitor.cli.selection import ALL
from monitor.config.secrets import NotASecret, Secrets
from monitor.core.signing import secret_bytes
from monitor.model import DeliveryState, Secret
from monitor.trial import send_test
from monitor.views.webhooks import WELL, enable_line, test_lines


@click.group()
@config_option
def webhook() -> None:
    """Try a webhook, or be one."""


@webhook.command()
@click.argument("name")
@json_option("one JSON document")
@config_option
@pass_chosen
def test(chosen: Chosen, *, name: str, as_json: bool) -> None:
    """Send one alert to a webhook, marked as a test.

    It is sent at once, and nothing is stored. Exit code 1 if it was not taken.
    """
    from monitor import bootstrap

    config = chosen.load_to_read(uses=("monitor.toml", "webhooks.toml"), secrets_of=(name,))
    known(name, config.webhooks, noun="webhook", option="NAME")
    if not config.webhooks[name].enabled:
        raise click.BadParameter(f"{name!r} is disabled in webhooks.toml", param_hint="NAME")
    target = bootstrap.webhooks_of(config, only=name)[name]
    # What a console prints is nothing for the program that reads our JSON.
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        answer = send_test(target, name)
    if as_json:
        render.document({"webhook": name} | render.as_json(answer))
    else:
        for line in test_lines(name, answer):
            render.say(line)
    if answer.verdict not in WELL:
        raise SystemExit(1)


@webhook.command()
@click.argument("name")
@json_option("one JSON document")
@config_option
@pass_chosen
def enable(chosen: Chosen, *, name: str, as_json: bool) -> None:
    """Send to a webhook again that was disabled or is held.

    It was disabled because it answered 410 or failed for five days; what waits for it is due at
    once. Works beside a running service.
    """
    from monitor import bootstrap

    config = chosen.load_to_read(uses=("webhooks.toml",))
    known(name, config.webhooks, noun="webhook", option="NAME")
    with archive_of(config) as archive:
        waiting = archive.deliveries(state=DeliveryState.PENDING, webhook=name, limit=ALL)
    with bootstrap.guest_store(config) as store:
        before = store.write(lambda unit: unit.enable(name, datetime.now(UTC)))
    was_disabled = bool(before and before.disabled_at)
    if as_json:
        render.document({"webhook": name, "was_disabled": was_disabled, "waiting": len(waiting)})
        return
    render.say(enable_line(name, before, len(waiting)))


@webhook.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9000,
    show_default=True,
    help="0: any free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option(
    "--secret",
    "reference",
    metavar="env:NAME|file:PATH|credential:NAME",
    help="Where the whsec_ secret stands; what it did not sign is refused with 401.",
)
def listen(*, port: int, host: str, reference: str | None) -> None:
    """Receive alerts and print them, until Ctrl-C."""
    from monitor import listen as receiver

    secret = _secret(reference) if reference else None
    try:
        receiver.listen(host, port, secret, sys.stdout)
    except (OSError, OverflowError) as exc:
        reason = getattr(exc, "strerror", None) or type(exc).__name__
        raise click.ClickException(f"cannot listen on {host} port {port}: {reason}") from exc


def _secret(reference: str) -> Secret:
    try:
        secret = Secrets(folder=Path(), env=os.environ).resolve(reference)
        secret_bytes(secret.reveal())
    except NotASecret as exc:
        raise click.BadParameter(f"{exc.what}; {exc.cure}", param_hint="--secret") from None
    except ValueError as exc:
        raise click.BadParameter(str(exc), param_hint="--secret") from None
    return secret
