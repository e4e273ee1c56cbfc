"""Kind "email", against real mail servers on loopback."""

import email
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as Caller
from hypothesis import given, settings

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks import smtp
from monitor.adapters.webhooks.email import EmailOptions, EmailWebhook
from monitor.model import Alert, Answer, Secret, Verdict
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, alerts
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import port_to_bind, trust

TLS = Path(__file__).parents[2] / "data" / "tls"
PASSWORD = "s3cret-c4nary"
TO = ("desk@example.org", "night@example.org")


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """Trusts the test authority in the way an operator would make it do so."""
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))
    opened = Session(
        tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8", "::1/128")
    )
    yield opened
    opened.close()


def options(**changes: Any) -> EmailOptions:
    given: dict[str, Any] = {
        "host": "127.0.0.1", "security": "none", "sender": "monitor@example.org", "to": TO,
    }  # fmt: skip
    return EmailOptions(**(given | changes))


def to(port: int, session: Session | None, **changes: Any) -> EmailWebhook:
    made = options(port=port, **changes)
    return EmailWebhook(
        "desk", made, session or Session(tls=trust(), user_agent="news-monitor-test")
    )


WEBHOOK = to(25, None)


def mail_of(raw: bytes) -> EmailMessage:
    read = email.message_from_bytes(raw, policy=default)
    assert isinstance(read, EmailMessage)
    return read


# --- rendering ---

HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
    "Content-Transfer-Encoding", "MIME-Version",
]  # fmt: skip


def subject_length(subject: str) -> int:
    """As it was written: before an encoded word CPython folds so that a space is read twice."""
    return len(re.sub("  +", " ", subject))


def obeys(raw: bytes) -> None:
    """Seven bits, short lines, and no header but ours, whatever a feed wrote."""
    assert raw.isascii()
    lines = raw.split(b"\r\n")
    assert all(len(line) <= 998 and not re.search(rb"[\r\n\0]", line) for line in lines)
    read = mail_of(raw)
    assert sorted(read.keys()) == sorted(HEADERS)
    assert not read.defects
    assert not read["Subject"].defects
    assert [str(read["From"]), str(read["To"])] == [
        "news-monitor <monitor@example.org>", ", ".join(TO),
    ]  # fmt: skip
    assert not re.search("[\r\n\x00-\x1f]", str(read["Subject"]))
    assert 1 <= subject_length(str(read["Subject"])) <= 200
    assert read.get_content_type() == "text/plain"
    assert read["Auto-Submitted"] == "auto-generated"


@settings(max_examples=80, deadline=None)
@given(alert=alerts())
def test_any_mail_has_our_headers_alone(alert: Alert) -> None:
    obeys(WEBHOOK.render(alert, "msg_1"))


@pytest.mark.parametrize("character", ["a", "列", "🚆", "=", "\u0301", ".", '"'])
def test_the_biggest_mail_obeys_too(character: str) -> None:
    obeys(WEBHOOK.render(a_huge_alert(character), "msg_1"))


@pytest.mark.parametrize(
    "headline",
    [
        *HOSTILE,
        "x\r\nBcc: victim@example.org\r\n\r\n<html>",
        "=?utf-8?q?=0d=0aBcc:_victim=40example.org?=",
        "x\n.\nQUIT",
        "x\u2028Bcc: a@b.example\x85Cc: c@d.example",
    ],
)
def test_header_cannot_be_injected(headline: str) -> None:
    hostile = an_alert(headline, snippet=headline, watch_name=headline, publisher=headline)

    obeys(WEBHOOK.render(hostile, "msg_1"))


def test_text_is_what_a_person_must_see() -> None:
    read = mail_of(WEBHOOK.render(an_alert("关于列车的公告"), "msg_1"))

    assert str(read["Subject"]) == "[HIGH] Trains across the DPRK border: new: 关于列车的公告"
    lines = read.get_content().splitlines()
    assert lines[:2] == ["[HIGH] Trains across the DPRK border: new", "关于列车的公告"]
    assert lines[-1] == "https://pennant.example.org/a/1"


def test_name_of_the_mail_is_the_webhook_id() -> None:
    read = mail_of(WEBHOOK.render(an_alert(), "msg_abc"))

    assert read["Message-ID"] == "<msg_abc@example.org>"


# --- a real server ---


@dataclass
class Inbox:
    """What arrived; `refuses` says what is answered to an address instead of 250."""

    mails: list[tuple[list[str], bytes]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    data: str = "250 2.0.0 queued as 5F2A"
    log_ins: list[tuple[str, str]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the server's name
        self, server: Any, caller: Caller, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: Any, caller: Caller, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append((list(envelope.rcpt_tos), envelope.content))
        return self.data

    def log_in(self, *call: Any) -> AuthResult:
        given = call[-1]
        assert isinstance(given, LoginPassword)
        self.log_ins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=given.password == PASSWORD.encode(), handled=False)


def certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "good.pem")
    return context


@contextmanager
def mail_server(
    inbox: Inbox, *, ssl_context: ssl.SSLContext | None = None, **more: Any
) -> Iterator[int]:
    port = port_to_bind()
    server = Controller(
        inbox, hostname="127.0.0.1", port=port, ssl_context=ssl_context, server_hostname="mail",
        **({"authenticator": inbox.log_in} | more),
    )  # fmt: skip
    server.start()
    try:
        yield port
    finally:
        server.stop()


def send(webhook: EmailWebhook, alert: Alert | None = None, **row: Any) -> Answer:
    body = webhook.render(alert or an_alert(), "msg_1")
    return webhook.send(replace(a_delivery(payload=body), **row), NOW)


def test_mail_arrives_as_it_was_rendered(session: Session) -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        webhook = to(port, session)

        answer = send(webhook)

    assert (answer.verdict, answer.status) == (Verdict.ACCEPTED, 250)
    assert answer.text == "the mail server took it for 2 recipients"
    assert answer.remote == '{"message_id": "<msg_1@example.org>"}'
    [(recipients, raw)] = inbox.mails
    assert recipients == list(TO)
    assert raw == webhook.render(an_alert(), "msg_1")


@pytest.mark.parametrize("character", ["a", ".", "🚆"])
def test_biggest_mail_arrives_whole(session: Session, character: str) -> None:
    """A line that begins with a dot keeps it."""
    inbox, alert = Inbox(), a_huge_alert(character, snippet="." + character * 500)
    with mail_server(inbox) as port:
        webhook = to(port, session)

        assert send(webhook, alert).verdict is Verdict.ACCEPTED

    assert inbox.mails[0][1] == webhook.render(alert, "msg_1")


def test_update_of_a_story_refers_to_the_mails_before(session: Session) -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        root, prior = (f'{{"message_id": "<{name}@example.org>"}}' for name in ("m1", "m2"))
        send(to(port, session), root=root, prior=prior)
        send(to(port, session), root=root, prior=root)

    second, third = (mail_of(raw) for _, raw in inbox.mails)
    assert second["In-Reply-To"] == "<m2@example.org>"
    assert second["References"] == "<m1@example.org> <m2@example.org>"
    assert third["References"] == third["In-Reply-To"] == "<m1@example.org>"


@pytest.mark.parametrize(
    "root", ["", "[", '{"message_id": 1}', '{"message_id": "<a\\r\\nBcc: x@y>"}']
)
def test_unreadable_root_is_none(session: Session, root: str) -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        send(to(port, session), root=root, prior=root)

    assert sorted(mail_of(inbox.mails[0][1]).keys()) == sorted(HEADERS)


# --- TLS and accounts ---


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_mail_goes_encrypted_and_under_the_account(
    session: Session, security: str, host: str
) -> None:
    inbox = Inbox()
    given: dict[str, Any] = (
        {"ssl_context": certificate()}
        if security == "tls"
        else {"tls_context": certificate(), "require_starttls": True}
    )
    account = {"username": Secret("monitor"), "password": Secret(PASSWORD)}
    in_talk = security == "starttls"
    with mail_server(inbox, auth_required=in_talk, auth_require_tls=in_talk, **given) as port:
        answer = send(to(port, session, security=security, host=host, **account))

    assert answer.verdict is Verdict.ACCEPTED, answer.text
    assert inbox.log_ins == [("monitor", PASSWORD)]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_untrusted_certificate_gets_neither_mail_nor_password(security: str) -> None:
    session = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))
    inbox = Inbox()
    given: dict[str, Any] = (
        {"ssl_context": certificate()} if security == "tls" else {"tls_context": certificate()}
    )
    account = {"username": Secret("monitor"), "password": Secret(PASSWORD)}
    with mail_server(inbox, **given) as port:
        answer = send(to(port, session, security=security, **account))

    assert answer.verdict is Verdict.RETRY
    assert "certificate cannot be trusted" in answer.text
    assert not inbox.mails
    assert not inbox.log_ins
    session.close()


def test_server_without_tls_gets_nothing(session: Session) -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        answer = send(to(port, session, security="starttls"))

    assert answer.verdict is Verdict.HELD
    assert "offers no TLS" in answer.text
    assert inbox.mails == []


def test_wrong_password_needs_somebody_to_look(session: Session) -> None:
    inbox = Inbox()
    account = {"username": Secret("monitor"), "password": Secret("wrong-c4nary")}
    with mail_server(inbox, tls_context=certificate()) as port:
        answer = send(to(port, session, security="starttls", **account))

    assert (answer.verdict, answer.status) == (Verdict.HELD, 535)
    assert "wrong-c4nary" not in str(answer)


# --- recipients ---


def test_one_refused_recipient_does_not_keep_the_mail_from_the_others(session: Session) -> None:
    inbox = Inbox(refuses={TO[0]: "550 5.1.1 no such user"})
    with mail_server(inbox) as port:
        answer = send(to(port, session))

    assert answer.verdict is Verdict.ACCEPTED
    assert "took it for 1 recipient, but not for desk@example.org (550" in answer.text
    assert [recipients for recipients, _ in inbox.mails] == [[TO[1]]]


@pytest.mark.parametrize(
    ("attempts", "mails"), [(0, 0), (smtp.PATIENCE - 1, 0), (smtp.PATIENCE, 1)]
)
def test_recipient_put_off_is_waited_for_a_while(
    session: Session, attempts: int, mails: int
) -> None:
    """Nobody gets it twice, and a full mailbox does not keep it from the others for good."""
    inbox = Inbox(refuses={TO[0]: "451 4.7.1 greylisted"})
    with mail_server(inbox) as port:
        answer = send(to(port, session), attempts=attempts)

    assert answer.verdict is (Verdict.ACCEPTED if mails else Verdict.RETRY)
    assert "desk@example.org (451" in answer.text
    assert len(inbox.mails) == mails


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [("550 no", "553 no", Verdict.REFUSED), ("550 no", "450 later", Verdict.RETRY)],
)
def test_mail_that_nobody_may_have(
    session: Session, first: str, second: str, verdict: Verdict
) -> None:
    inbox = Inbox(refuses={TO[0]: first, TO[1]: second})
    with mail_server(inbox) as port:
        answer = send(to(port, session), attempts=9)

    assert answer.verdict is verdict
    assert inbox.mails == []


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("554 5.7.1 looks like spam", Verdict.REFUSED),
        ("451 4.3.0 try again", Verdict.RETRY),
        ("552 5.3.4 too big", Verdict.REFUSED),
    ],
)
def test_code_after_the_mail_decides(session: Session, said: str, verdict: Verdict) -> None:
    with mail_server(Inbox(data=said)) as port:
        answer = send(to(port, session))

    assert (answer.verdict, answer.status) == (verdict, int(said[:3]))
    assert answer.excerpt == said[4:]
    assert answer.remote == ""


# --- servers that misbehave ---

Step = tuple[bytes, bytes | None]
_UP_TO_DATA: list[Step] = [
    (b"EHLO", b"250 hi\r\n"),
    (b"MAIL", b"250 ok\r\n"),
    (b"RCPT", b"250 ok\r\n"),
    (b"RCPT", b"250 ok\r\n"),
]
_MAIL: list[Step] = [*_UP_TO_DATA, (b"DATA", b"354 go on\r\n")]


@contextmanager
def scripted(greeting: bytes, steps: list[Step]) -> Iterator[int]:
    """Says its lines, one for each that begins as expected, then hangs up; None: stays silent."""

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as received:
                connection.settimeout(30)
                connection.sendall(greeting)
                for expected, answer in steps:
                    line = received.readline()
                    while line and not line.upper().startswith(expected):
                        line = received.readline()
                    if answer is None:
                        received.read()
                        return
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


class Hurried(Session):
    """A session whose deadlines pass twenty times as fast: for who is never answered."""

    def attempt(self, *, deadline_s: float, wire_bytes: int, **rest: Any) -> Any:
        return super().attempt(deadline_s=deadline_s / 20, wire_bytes=wire_bytes, **rest)


@pytest.fixture
def hurried() -> Iterator[Session]:
    opened = Hurried(user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("greeting", "steps", "verdict"),
    [
        (b"554 5.7.1 your address is listed\r\n", [], Verdict.HELD),
        (b"421 4.3.2 too busy\r\n", [], Verdict.RETRY),
        (b"", [], Verdict.RETRY),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", [], Verdict.RETRY),
        (b"220 hi\r\n", [(b"EHLO", b"")], Verdict.RETRY),
        (b"220 hi\r\n", [(b"EHLO", None)], Verdict.RETRY),
        (b"220 hi\r\n", [*_UP_TO_DATA, (b"DATA", b"")], Verdict.RETRY),
        (b"220 hi\r\n", [*_UP_TO_DATA, (b"DATA", b"554 no\r\n")], Verdict.REFUSED),
        (b"220 hi\r\n", [(b"EHLO", b"250 hi\r\n"), (b"MAIL", b"550 no\r\n")], Verdict.REFUSED),
        (b"220 hi\r\n", [(b"EHLO", b"250 hi\r\n"), (b"MAIL", b"452 full\r\n")], Verdict.RETRY),
        (b"220 hi\r\n", [*_MAIL, (b".\r\n", b"")], Verdict.AMBIGUOUS),
        (b"220 hi\r\n", [*_MAIL, (b".\r\n", None)], Verdict.AMBIGUOUS),
        (b"220 hi\r\n", _MAIL, Verdict.AMBIGUOUS),
        (b"220 hi\r\n", [*_MAIL, (b".\r\n", b"250 ok\r\n"), (b"QUIT", None)], Verdict.ACCEPTED),
    ],
)
def test_end_of_the_talk_decides_what_may_have_arrived(
    session: Session, hurried: Session, greeting: bytes, steps: list[Step], verdict: Verdict
) -> None:
    falls_silent = None in (answer for _, answer in steps)
    with scripted(greeting, steps) as port:
        answer = send(to(port, hurried if falls_silent else session))

    assert answer.verdict is verdict
    assert answer.text


def test_server_that_drips_is_left_at_the_deadline(hurried: Session) -> None:
    """A line that never ends, a byte at a time: each read succeeds, the whole is too late."""
    stop = threading.Event()

    def drip() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                while not stop.wait(0.05):
                    connection.sendall(b"2")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()

        answer = send(to(listener.getsockname()[1], hurried))

        assert time.monotonic() - began < 30, "for ever, without a deadline"
        stop.set()
        thread.join()
    assert answer.verdict is Verdict.RETRY
    assert "within the deadline" in answer.text


def test_private_server_is_not_connected_to_unless_configuration_names_it() -> None:
    session = Session(tls=trust(), user_agent="news-monitor-test")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        answer = send(to(listener.getsockname()[1], session))

        assert answer.verdict is Verdict.RETRY
        assert "not a public address" in answer.text
        with pytest.raises(BlockingIOError):
            listener.accept()
    session.close()


def test_server_that_repeats_the_password_does_not_get_it_recorded(session: Session) -> None:
    inbox = Inbox(data=f"250 thank you, {PASSWORD} of monitor-account")
    account = {"username": Secret("monitor-account"), "password": Secret(PASSWORD)}
    with mail_server(inbox, tls_context=certificate()) as port:
        webhook = to(port, session, security="starttls", **account)
        answer = send(webhook)

    assert answer.verdict is Verdict.ACCEPTED
    for text in (str(answer), repr(webhook), str(vars(webhook))):
        assert PASSWORD not in text


def test_long_answer_is_cut_but_never_in_the_middle_of_a_password(session: Session) -> None:
    said = "550 " + "x" * 480 + PASSWORD
    inbox = Inbox(refuses=dict.fromkeys(TO, said))
    account = {"username": Secret("monitor-account"), "password": Secret(PASSWORD)}
    with mail_server(inbox, tls_context=certificate()) as port:
        answer = send(to(port, session, security="starttls", **account))

    assert answer.verdict is Verdict.REFUSED
    assert "c4nary" not in str(answer)
    assert "s3cret" not in str(answer)
    assert len(answer.text) <= 1_000


# --- options ---


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"host": ""}, "host"),
        ({"host": "mail.example.org/x"}, "host"),
        ({"port": 0}, "port"),
        ({"port": 70_000}, "port"),
        ({"sender": "monitor"}, "sender"),
        ({"sender": "a@b.example\r\nBcc: c@d.example"}, "sender"),
        ({"sender": "Name <a@b.example>"}, "sender"),
        ({"to": ()}, "to is not"),
        ({"to": ("a@b.example", "a@b.example")}, "to is not"),
        ({"to": ("a@b.example, c@d.example",)}, "to: "),
        ({"to": ("ü@b.example",)}, "to: "),
        ({"to": (".a@b.example",)}, "to: "),
        ({"username": Secret("x")}, "stands without a"),
        ({"password": Secret("x"), "security": "tls"}, "stands without a"),
        ({"username": Secret("x"), "password": Secret("y")}, "would show the password"),
    ],
)
def test_options_that_cannot_be_are_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        options(**wrong)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_port_follows_security(security: str, port: int) -> None:
    webhook = EmailWebhook("desk", options(security=security), Session(tls=trust(), user_agent="x"))

    assert webhook._server.port == port
