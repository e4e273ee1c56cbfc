"""Kind "email": a plain mail, handed to a mail server."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from email.utils import format_datetime
from typing import ClassVar, Literal

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.post import OPTIONS, json_object
from monitor.adapters.webhooks.smtp import MailServer, hand_over
from monitor.adapters.webhooks.view import View, check_template, noted
from monitor.core.inert import cut
from monitor.model import Alert, Answer, Delivery, Secret, Template

MAX_SUBJECT = 200
MAX_RECIPIENTS = 20

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9.-]{1,253})", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}", re.ASCII)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,400}>", re.ASCII)
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
# Seven bits in headers and body, whatever the text: every server passes that on as it is.
_POLICY = MAIL.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailOptions:
    """What `[webhooks.<id>]` may say for this kind.

    Attributes:
        host: Mail server that takes the mail.
        port: Of the server; None: 587, with `security` "tls" 465, with "none" 25.
        security: Whether TLS begins on request, at once, or never.
        username: Account at the server; None: it asks for none.
        password: Of the account.
        sender: Address it comes from.
        to: Addresses it goes to, which all recipients see.
        template: What the text says in place of the built-in form.
        allow_private: CIDR ranges this webhook may connect to although they are not public.
    """

    __pydantic_config__: ClassVar = OPTIONS

    host: str
    port: int | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: Secret | None = None
    password: Secret | None = None
    sender: str
    to: tuple[str, ...]
    template: Template | None = None
    allow_private: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host):
            raise ValueError("host is not the name of a host; as in mail.example.org")
        if self.port is not None and not 1 <= self.port <= 65_535:
            raise ValueError("port is not between 1 and 65535")
        _check_address("sender", self.sender)
        if not 1 <= len(self.to) <= MAX_RECIPIENTS or len(set(self.to)) < len(self.to):
            raise ValueError(f"to is not a list of 1 to {MAX_RECIPIENTS} different addresses")
        for address in self.to:
            _check_address("to", address)
        if self.username and not self.password:
            raise ValueError("username stands without a password; give both, or neither")
        if self.password and not self.username:
            raise ValueError("password stands without a username; give both, or neither")
        if self.username and not re.fullmatch(r"[ -~]{1,256}", self.username.reveal()):
            raise ValueError("username is not of at most 256 printable ASCII characters")
        if self.password is not None and self.security == "none":
            raise ValueError('security = "none" would show the password; use "starttls" or "tls"')
        check_template(self.template)


class EmailWebhook:
    """Accepted means that the mail server took it; what becomes of it then, nobody tells us."""

    Options = EmailOptions

    def __init__(self, id: str, options: EmailOptions, session: Session) -> None:  # noqa: A002
        self.id = id
        self._view = View(options.template)
        self._options, self._session = options, session
        self._server = MailServer(
            host=options.host,
            port=options.port or _PORTS[options.security],
            security=options.security,
            username=options.username,
            password=options.password,
        )

    def render(self, alert: Alert, webhook_id: str) -> bytes:
        seen = self._view.of(alert)
        mail = EmailMessage(policy=_POLICY)
        mail["From"] = Address("news-monitor", addr_spec=self._options.sender)
        mail["To"] = [Address(addr_spec=address) for address in self._options.to]
        mail["Subject"] = _subject(f"{seen.lead}: {seen.headline}")
        mail["Date"] = format_datetime(alert.created_at.astimezone(UTC))
        mail["Message-ID"] = self._message_id(webhook_id)
        mail["Auto-Submitted"] = "auto-generated"
        link = seen.link + (f" ({seen.link_note})" if seen.link_note else "")
        lines = (seen.lead, seen.headline, *seen.details(), link)
        mail.set_content("".join(f"{line}\n" for line in lines if line))
        return noted(mail.as_bytes(), seen)

    def send(self, delivery: Delivery, now: datetime) -> Answer:  # noqa: ARG002 - no timestamp
        own = json.dumps({"message_id": self._message_id(delivery.id)})
        return hand_over(
            self._session,
            self._server,
            sender=self._options.sender,
            to=self._options.to,
            mail=_references(delivery) + delivery.payload,
            attempts=delivery.attempts,
            remote=own,
        )

    def _message_id(self, webhook_id: str) -> str:
        return f"<{webhook_id}@{self._options.sender.rpartition('@')[2]}>"


def _subject(text: str) -> str:
    """A feed's `=?utf-8?q?...?=` would be decoded: by the library, and by every reader."""
    return cut(text.replace("=?", "= ?"), MAX_SUBJECT)


def _references(delivery: Delivery) -> bytes:
    """The header lines that put a mail below the story's former ones."""
    root, prior = _named(delivery.root), _named(delivery.prior)
    if not root or not prior:
        return b""
    chain = root if root == prior else f"{root}\r\n {prior}"
    return f"In-Reply-To: {prior}\r\nReferences: {chain}\r\n".encode("ascii")


def _named(remote: str) -> str:
    name = json_object(remote.encode()).get("message_id")
    return name if isinstance(name, str) and _MESSAGE_ID.fullmatch(name) else ""


def _check_address(key: str, address: str) -> None:
    found = _ADDRESS.fullmatch(address)
    if not found or ".." in address or found[1].startswith((".", "-")):
        raise ValueError(f"{key}: {address[:100]!r} is no address; as in desk@example.org")
    try:
        Address(addr_spec=address)
    except (ValueError, IndexError):
        raise ValueError(f"{key}: {address[:100]!r} is no address") from None
