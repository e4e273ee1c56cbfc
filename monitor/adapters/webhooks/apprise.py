"""Kind "apprise": any of the services that the Apprise library knows (an extra), unverified."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.post import (
    OPTIONS,
    json_object,
    redact,
    telltales,
    to_json,
    words_of,
)
from monitor.adapters.webhooks.view import View, check_template, noted
from monitor.core.inert import cut, cut_together, one_line
from monitor.model import Alert, Answer, Delivery, Secret, Template, Verdict

DEADLINE_S = 60.0
MAX_TITLE = 200
MAX_BODY = 3_500

_CHECK_S = 20.0
_MISSING = "apprise is not installed; pip install '.[apprise]' in the project's folder"
# All that the child needs of our environment; the rest may hold the secrets of other webhooks.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "SSL_CERT_FILE")
# What some service would obey, for nobody escapes for it: ours look nearly the same.
_LOOKALIKES = str.maketrans("@<>`|", "＠‹›'¦")
_VERDICTS = {
    "sent": Verdict.UNVERIFIED,
    "failed": Verdict.RETRY,
    "late": Verdict.AMBIGUOUS,
    "unreadable": Verdict.HELD,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseOptions:
    """What `[webhooks.<id>]` may say for this kind.

    Attributes:
        service: Apprise's address of it, as in tgram://... or mailto://...
        template: What the text says in place of the built-in form.
        allow_private: CIDR ranges this webhook may connect to although they are not public.
    """

    __pydantic_config__: ClassVar = OPTIONS

    service: Secret
    template: Template | None = None
    allow_private: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not is_installed():
            raise ValueError(f"service: {_MISSING}")
        if not _is_readable(self.service.reveal()):
            raise ValueError("service is no address that apprise can read; see its documentation")
        check_template(self.template)


class AppriseWebhook:
    """Lets Apprise send in a child process; whether that came to anything, only it knows."""

    Options = AppriseOptions

    def __init__(self, id: str, options: AppriseOptions, session: Session) -> None:  # noqa: A002
        self.id = id
        self._view = View(options.template)
        self._options, self._session = options, session

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        seen = self._view.of(alert)
        link = seen.link + (f" ({seen.link_note})" if seen.link_note else "")
        told = "\n".join(cut_together((seen.headline, *seen.details()), MAX_BODY))
        message = {
            "title": cut(seen.lead, MAX_TITLE).translate(_LOOKALIKES),
            "body": told.translate(_LOOKALIKES) + (f"\n{link}" if link else ""),
        }
        return noted(to_json(message), seen)

    def send(self, delivery: Delivery, now: datetime) -> Answer:  # noqa: ARG002 - no timestamp
        message = json_object(delivery.payload)
        service = self._options.service.reveal()
        allowed = self._session.allow_private
        said = ask({**message, "service": service, "allow_private": allowed}, DEADLINE_S)
        outcome, text = str(said.get("outcome")), str(said.get("text", ""))
        secrets = [*telltales(service), *words_of([service])]
        return Answer(
            verdict=_VERDICTS.get(outcome, Verdict.AMBIGUOUS),
            text=cut(one_line(redact(text, secrets)), 500),
        )


def is_installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec("apprise") is not None


@lru_cache(maxsize=64)
def _is_readable(service: str) -> bool:
    return ask({"service": service}, _CHECK_S).get("outcome") != "unreadable"


def ask(request: dict[str, Any], deadline_s: float) -> dict[str, Any]:
    """What a child says to a request (see apprise_child.py); past its time it is killed."""
    command = [sys.executable, "-m", "monitor.adapters.webhooks.apprise_child"]
    environment = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
    process = subprocess.Popen(  # noqa: S603 - our own module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    with process:
        try:
            said, _ = process.communicate(json.dumps(request).encode(), deadline_s)
        except subprocess.TimeoutExpired:
            # Whatever it has started goes too.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return {"outcome": "late", "text": f"not done within {deadline_s:g} s; stopped"}
    return json_object(said) or {"text": f"apprise's process ended (status {process.returncode})"}
