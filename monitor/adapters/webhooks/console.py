"""Kind "console": one screen per alert on standard output; needs no account anywhere."""

import sys
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import ClassVar

from rich.console import Console
from rich.text import Text

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.post import OPTIONS
from monitor.adapters.webhooks.view import View, check_template, noted
from monitor.core.inert import inert
from monitor.model import Alert, Answer, Delivery, Severity, Template, Verdict

_STYLES = {
    Severity.LOW: "bold",
    Severity.MEDIUM: "bold yellow",
    Severity.HIGH: "bold red",
    Severity.CRITICAL: "bold white on red",
}
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleOptions:
    """What `[webhooks.<id>]` may say for this kind.

    Attributes:
        template: What the text says in place of the built-in form.
    """

    __pydantic_config__: ClassVar = OPTIONS

    template: Template | None = None

    def __post_init__(self) -> None:
        check_template(self.template)


class ConsoleWebhook:
    """Prints; delivered means that standard output took it."""

    Options = ConsoleOptions

    def __init__(self, id: str, options: ConsoleOptions, session: Session | None = None) -> None:  # noqa: A002, ARG002 - every kind is built alike
        self.id = id
        self._view = View(options.template)

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - nobody needs it
        seen = self._view.of(alert)
        note = f" ({seen.link_note})" if seen.link_note else ""
        lines = (seen.lead, seen.headline, *seen.details(), seen.link and seen.link + note)
        return noted("".join(f"{line}\n" for line in lines if line).encode(), seen)

    def send(self, delivery: Delivery, now: datetime) -> Answer:  # noqa: ARG002 - no timestamp
        # Once more, since what a terminal obeys may also come from an older database.
        text = inert(delivery.payload.decode("utf-8", "replace"), newlines=True)
        try:
            with _ONE_AT_A_TIME:
                _print(text)
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            problem = f"standard output: {type(error).__name__}"
            return Answer(verdict=Verdict.RETRY, text=problem)
        return Answer(verdict=Verdict.DELIVERED, text="printed")


def _print(text: str) -> None:
    """Colours on a terminal; in a pipe the text as it is, unwrapped."""
    out = sys.stdout
    printable = text.encode(out.encoding or "utf-8", "replace").decode(out.encoding or "utf-8")
    lead, _, rest = printable.partition("\n")
    terminal = Console(file=out, highlight=False, soft_wrap=True)
    terminal.print(Text(lead, style=_style(lead)))
    terminal.print(Text(rest))
    out.flush()


def _style(lead: str) -> str:
    return next((_STYLES[s] for s in Severity if lead.startswith(f"[{s.upper()}]")), "")
