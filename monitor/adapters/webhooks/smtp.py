"""Hands a mail to a server within a total deadline, over judged sockets."""

import re
import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from monitor.adapters.http import sockets
from monitor.adapters.http.session import HttpError, Session
from monitor.adapters.webhooks.post import MAX_ANSWER_BYTES, excerpt, redact, words_of
from monitor.core.delivery import ATTEMPT_DEADLINE
from monitor.core.inert import cut, one_line
from monitor.model import Answer, Secret, Verdict

# So long the whole mail waits for a recipient that is refused for the time being (greylisting):
# attempts at 0 s, 5 s, 35 s and 5.5 min. Then those who can have it get it.
PATIENCE = 4

_MAX_TEXT = 1_000

Replies = Mapping[str, tuple[int, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: Secret | None = None
    password: Secret | None = None


def hand_over(
    session: Session,
    server: MailServer,
    *,
    sender: str,
    to: Sequence[str],
    mail: bytes,
    attempts: int,
    remote: str,
) -> Answer:
    """Make one attempt.

    Args:
        mail: Headers and text, lines ending in CR LF, seven bits.
        attempts: How many were made before.
        remote: The name of the message, if it is taken.
    """
    account = [secret.reveal() for secret in (server.username, server.password) if secret]
    secrets = words_of(account)
    talk = _Talk(server, account)
    deadline_s = ATTEMPT_DEADLINE.total_seconds()
    with session.attempt(deadline_s=deadline_s, wire_bytes=MAX_ANSWER_BYTES):
        try:
            answer = talk.deliver(sender, to, mail, attempts)
        except (smtplib.SMTPException, HttpError, OSError) as exc:
            answer = talk.failure(exc)
        finally:
            talk.close()
    named = remote if answer.verdict is Verdict.ACCEPTED else ""
    # Redacted before it is cut: half a secret would not be recognised.
    told = cut(redact(one_line(answer.text), secrets), _MAX_TEXT)
    shown = excerpt(answer.excerpt.encode(), secrets)
    return replace(answer, text=told, excerpt=shown, remote=named)


class _Smtp(smtplib.SMTP):
    """Connects to judged addresses only; its socket obeys the deadline of the attempt."""

    def __init__(self, server: MailServer) -> None:
        super().__init__(local_hostname=_own_name())
        self._server = server
        self._host = server.host  # what STARTTLS asks the certificate for

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002
        opened = sockets.connect(host, port)
        if self._server.security != "tls":
            return opened
        return sockets.tls_context().wrap_socket(opened, server_hostname=host)


class _Talk:
    """One conversation, and how far it came: a mail that is on its way may arrive, said or not."""

    def __init__(self, server: MailServer, account: Sequence[str]) -> None:
        self._server, self._account = server, account
        self._smtp: smtplib.SMTP | None = None
        self._about_the_mail = self._on_its_way = False

    def deliver(self, sender: str, to: Sequence[str], mail: bytes, attempts: int) -> Answer:
        smtp = self._open()
        self._about_the_mail = True
        size = [f"size={len(mail)}"] if smtp.has_extn("size") else []
        self._expect(smtp.mail(sender, size), 250)
        replies = {address: smtp.rcpt(address) for address in to}
        refused = {address: said for address, said in replies.items() if said[0] // 100 != 2}
        later = any(code // 100 != 5 for code, _ in refused.values())
        if len(refused) == len(to) or (later and attempts < PATIENCE):
            return _refusal(refused, later=later)
        self._expect(smtp.docmd("DATA"), 354)
        self._on_its_way = True
        smtp.send(_stuffed(mail))
        code, said = smtp.getreply()
        self._on_its_way = False
        self._expect((code, said), 250)
        return _taken(said, len(to) - len(refused), refused)

    def _open(self) -> smtplib.SMTP:
        server = self._server
        self._smtp = smtp = _Smtp(server)
        self._expect(smtp.connect(server.host, server.port), 220)
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            smtp.starttls(context=sockets.tls_context())
            smtp.ehlo_or_helo_if_needed()
        if self._account:
            smtp.login(*self._account)
        return smtp

    def _expect(self, said: tuple[int, bytes], code: int) -> None:
        if said[0] != code:
            raise smtplib.SMTPResponseException(*said)

    def close(self) -> None:
        if self._smtp is None:
            return
        with suppress(smtplib.SMTPException, HttpError, OSError):
            # Nothing depends on what it says to this.
            self._smtp.putcmd("quit")
        self._smtp.close()

    def failure(self, problem: Exception) -> Answer:
        """What it means that the conversation ended otherwise than by the book."""
        if isinstance(problem, smtplib.SMTPResponseException):
            said = problem.smtp_error
            return self._answered(problem.smtp_code, said if isinstance(said, bytes) else b"")
        if type(problem) in (smtplib.SMTPNotSupportedError, smtplib.SMTPException):
            missing = "log-in" if self._tls_is_on() else "TLS"
            text = f"the server offers no {missing} that we know"
            return Answer(verdict=Verdict.HELD, text=text)
        unheard = Verdict.AMBIGUOUS if self._on_its_way else Verdict.RETRY
        if isinstance(problem, ssl.SSLError):
            return Answer(verdict=unheard, text=str(sockets.tls_problem(problem)))
        if isinstance(problem, HttpError):
            return Answer(verdict=unheard, text=str(problem))
        if isinstance(problem, smtplib.SMTPServerDisconnected):
            return Answer(verdict=unheard, text="the connection was closed without an answer")
        return Answer(verdict=unheard, text=f"the connection broke ({type(problem).__name__})")

    def _answered(self, code: int, said: bytes) -> Answer:
        """5xx about this mail is final; about connection, TLS or account somebody must look."""
        final = Verdict.REFUSED if self._about_the_mail else Verdict.HELD
        verdict = final if code // 100 == 5 else Verdict.RETRY
        words = said.decode("utf-8", "replace")
        what = "" if self._about_the_mail else " before the mail (account, TLS or address refused?)"
        status = code if code > 0 else None
        text = f"answered {code}{what}: {words}" if code > 0 else "the answer is not SMTP"
        return Answer(verdict=verdict, status=status, text=text, excerpt=words)

    def _tls_is_on(self) -> bool:
        return self._smtp is not None and isinstance(self._smtp.sock, ssl.SSLSocket)


def _refusal(refused: Replies, *, later: bool) -> Answer:
    code, said = next(reply for reply in refused.values() if not later or reply[0] // 100 != 5)
    return Answer(
        verdict=Verdict.RETRY if later else Verdict.REFUSED,
        status=code,
        text=f"not taken for {_listed(refused)}",
        excerpt=said.decode("utf-8", "replace"),
    )


def _taken(said: bytes, number: int, refused: Replies) -> Answer:
    text = f"the mail server took it for {number} recipient{'s' * (number != 1)}"
    if refused:
        text += f", but not for {_listed(refused)}"
    return Answer(
        verdict=Verdict.ACCEPTED,
        status=250,
        text=text,
        excerpt=said.decode("utf-8", "replace"),
    )


def _listed(refused: Replies) -> str:
    return ", ".join(
        f"{address} ({code} {said.decode('utf-8', 'replace')})"
        for address, (code, said) in refused.items()
    )


def _stuffed(mail: bytes) -> bytes:
    """With a dot before each line that begins with one, and the lone dot at the end."""
    doubled = re.sub(rb"(?m)^\.", b"..", mail)
    return doubled + (b"" if doubled.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _own_name() -> str:
    """How we introduce ourselves; looking it up in the name service could take for ever."""
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name) else "[127.0.0.1]"
