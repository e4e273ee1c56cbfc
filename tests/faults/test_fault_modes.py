"""Every way to fail, on either side: state and reason are kept, deadlines hold, nothing is lost."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.adapters.webhooks import post
from monitor.core.delivery import ATTEMPT_DEADLINE
from monitor.model import AlertKind, Delivery, DeliveryState, Health, Verdict
from monitor.ports import Unit
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import an_entry, rss
from tests.faults.modes import CONNECTION, DOCUMENT, STATUS, TLS, Faulty, Mode, http
from tests.faults.processes import wait_until
from tests.servers import Loopback, Reply

pytestmark = [
    pytest.mark.timeout(300),
    # A peer that is gone before TLS begins: CPython leaves the socket to its collector.
    pytest.mark.filterwarnings("ignore:.*TimedTlsSocket:pytest.PytestUnraisableExceptionWarning"),
]

DEADLINE = ATTEMPT_DEADLINE if os.environ.get("FULL") else timedelta(seconds=4)
# On top, where a machine stands still for a while; and all of the time of who needs no deadline.
SLACK = timedelta(seconds=60)
LATER = timedelta(hours=25)  # past every pause

HUNG_UP = "the connection was closed without an answer"
NO_HTTP = "the answer is not HTTP"
CUT = "the answer was cut short"
TOO_LATE, TOO_BIG = "no complete answer within the deadline", "the answer is too big"
UNTRUSTED = "TLS: the certificate cannot be trusted: "
SAID = {
    "refused": "connection refused",
    "reset_at_once": "connection",
    "closed_at_once": HUNG_UP,
    "closed_after_request": HUNG_UP,
    "reset_after_request": HUNG_UP,
    "silent": "no answer within the deadline",
    "never_reads": "no answer within the deadline",
    "reset_in_headers": NO_HTTP,
    "stall_in_headers": TOO_LATE,
    "drip_headers": TOO_LATE,
    "endless_headers": NO_HTTP,
    "endless_header_line": NO_HTTP,
    "reset_in_body": CUT,
    "cut_in_body": CUT,
    "stall_in_body": TOO_LATE,
    "drip_body": TOO_LATE,
    "cut_in_chunks": CUT,
    "bad_chunks": CUT,
    "endless_body": TOO_BIG,
    "gzip_bomb": TOO_BIG,
    "no_gzip": "the answer is not the gzip it says it is",
    "unknown_coding": "the answer has a coding we did not ask for",
    "another_protocol": NO_HTTP,
    "noise": NO_HTTP,
    "tls_expired": UNTRUSTED + "certificate has expired",
    "tls_self_signed": UNTRUSTED + "self-signed certificate",
    "tls_other_name": UNTRUSTED + "it is for another host",
    "tls_spoken_plain": "TLS: ",
    "tls_handshake_stalls": "no connection within the deadline",
    "tls_handshake_breaks": "connection",  # closed or reset, as it happens
    "tls_cut_in_body": CUT,
}

# --- webhooks ------------------------------------------------------------------------------------

# What left may have arrived; what never left did not.
_NEVER_LEFT = {
    "refused",
    "tls_expired",
    "tls_self_signed",
    "tls_other_name",
    "tls_spoken_plain",
    "tls_handshake_stalls",
    "tls_handshake_breaks",
}
# The status has spoken, however long the body goes on.
_SPOKEN = {"endless_body": Verdict.DELIVERED, "gzip_bomb": Verdict.DELIVERED}
HOOKS: dict[str, tuple[Verdict, str]] = {
    **{
        name: (
            _SPOKEN.get(name, Verdict.RETRY if name in _NEVER_LEFT else Verdict.AMBIGUOUS),
            words,
        )
        for name, words in SAID.items()
    },
    "redirect_to_itself": (Verdict.HELD, "redirects are not followed"),
    "redirect_inside": (Verdict.HELD, "redirects are not followed"),
    "status_400": (Verdict.REFUSED, "400 Bad Request"),
    "status_401": (Verdict.HELD, "is the secret or token still valid?"),
    "status_403": (Verdict.HELD, "still allowed to post there?"),
    "status_404": (Verdict.HELD, "does the webhook still exist?"),
    "status_408": (Verdict.RETRY, "408"),
    "status_410": (Verdict.GONE, "it is disabled here"),
    "status_413": (Verdict.REFUSED, "413"),
    "status_425": (Verdict.RETRY, "425"),
    "status_429": (Verdict.THROTTLED, "429"),
    "status_429_wait": (Verdict.THROTTLED, "429"),
    "status_500": (Verdict.RETRY, "500"),
    "status_502": (Verdict.RETRY, "502"),
    "status_503": (Verdict.RETRY, "503"),
    "status_503_wait": (Verdict.RETRY, "503"),
    "status_504": (Verdict.RETRY, "504"),
    "status_599": (Verdict.RETRY, "599"),
}
_STATES = {
    Verdict.DELIVERED: DeliveryState.DELIVERED,
    Verdict.REFUSED: DeliveryState.DEAD,
}
_ASKED_TO_WAIT = {
    "status_429": timedelta(minutes=1),
    "status_429_wait": timedelta(minutes=30),
    "status_503_wait": timedelta(minutes=30),
}
_HOOK_MODES = CONNECTION | STATUS


@pytest.fixture(autouse=True)
def trust(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))


@pytest.fixture(scope="module")
def parser() -> Iterator[ChildParser]:
    with ChildParser(workers=2) as parser:
        yield parser


def test_modes_are_many():
    assert _HOOK_MODES.keys() == HOOKS.keys()
    assert (_HOOK_MODES | DOCUMENT).keys() == FEEDS.keys()
    assert min(len(HOOKS), len(FEEDS)) >= 24


@pytest.mark.parametrize("slow", [False, True], ids=["quick", "slow"])
def test_webhooks_that_fail(
    slow: bool, parser: ChildParser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(post, "ATTEMPT_DEADLINE", DEADLINE if slow else SLACK)
    modes = {name: mode for name, mode in _HOOK_MODES.items() if mode.slow is slow}
    body = rss([an_entry(1)])
    with ExitStack() as stack:
        feed = stack.enter_context(Loopback(lambda _: Reply(200, body)))
        hooks = faulty(stack, modes, lambda _: http(204))
        addresses = {name: hook.url for name, hook in hooks.items()}
        installation = Installation(
            tmp_path,
            parser,
            feeds=[a_feed(url=feed.url)],
            watches=[a_watch("train")],
            hooks=addresses,
        )
        stack.enter_context(installation)
        installation.poll()
        ids = {row.webhook: row.id for row in news(installation).values()}

        took = deliver_all(installation)

        first = news(installation)
        assert first.keys() == modes.keys()
        if slow:
            assert took < DEADLINE + SLACK
        for name, row in first.items():
            judge_first_attempt(installation, name, row)
        mend_and_resend(installation, hooks)
        assert {row.state for row in news(installation).values()} == {DeliveryState.DELIVERED}
        for name, hook in hooks.items():
            again = [head for head in hook.heads if ids[name].encode() in head]
            assert len(again) == (0 if name in _SPOKEN else 1), name


def judge_first_attempt(installation: Installation, name: str, row: Delivery) -> None:
    verdict, words = HOOKS[name]
    [attempt] = installation.archive.attempts(row.id)
    assert (attempt.answer.verdict, row.state) == (
        verdict,
        _STATES.get(verdict, DeliveryState.PENDING),
    ), name
    assert words in attempt.answer.text, name
    assert (row.problem == attempt.answer.text) is (row.state is not DeliveryState.DELIVERED), name
    state = installation.store.webhook_states()[name]
    assert (state.disabled_at is not None) is (verdict is Verdict.GONE), name
    waits = state.held_until - installation.now if state.held_until else timedelta()
    assert waits >= _ASKED_TO_WAIT.get(name, timedelta()), name


def mend_and_resend(installation: Installation, hooks: Mapping[str, Faulty]) -> None:
    """What an operator does: the receivers work again, are enabled, and get the dead letters."""
    for hook in hooks.values():
        hook.mend()
    installation.now += LATER
    dead = [row.id for row in news(installation).values() if row.state is DeliveryState.DEAD]
    states = installation.store.webhook_states().values()
    disabled = [state.webhook for state in states if state.disabled_at]

    def resend(unit: Unit) -> None:
        unit.requeue(dead, installation.now)
        for name in disabled:
            unit.enable(name, installation.now)

    installation.store.write(resend)
    deliver_all(installation)


def deliver_all(installation: Installation) -> timedelta:
    """Each webhook in its own thread; returns how long it took."""
    started = time.monotonic()
    installation.monitor.start_deliveries()
    courier = installation.monitor._courier
    assert wait_until(lambda: not courier._turns, (DEADLINE + SLACK).total_seconds())
    return timedelta(seconds=time.monotonic() - started)


def news(installation: Installation) -> dict[str, Delivery]:
    """Webhook -> the delivery of the one alert that is about an item."""
    [alert] = [a for a in installation.archive.alerts() if a.kind is not AlertKind.HEALTH]
    rows = installation.archive.deliveries(alert_id=alert.id, limit=1000)
    return {row.webhook: row for row in rows}


def faulty(
    stack: ExitStack, modes: Mapping[str, Mode], answer: Callable[[bytes], bytes]
) -> dict[str, Faulty]:
    return {name: stack.enter_context(Faulty(mode, answer)) for name, mode in modes.items()}


def always(answer: bytes, _request: bytes) -> bytes:
    return answer


# --- feeds ---------------------------------------------------------------------------------------

_NO_ANSWER = {
    "refused",
    "reset_at_once",
    "closed_at_once",
    "closed_after_request",
    "reset_after_request",
    "silent",
    "never_reads",
    "stall_in_headers",
    "drip_headers",
    "tls_handshake_stalls",
    "tls_handshake_breaks",
}
FEEDS: dict[str, tuple[Health, str]] = {
    **{
        name: (Health.UNREACHABLE if name in _NO_ANSWER else Health.FAILING, words)
        for name, words in SAID.items()
    },
    "redirect_to_itself": (Health.FAILING, "redirected in a circle"),
    "redirect_inside": (Health.FAILING, "not a public address"),
    "status_400": (Health.FAILING, "HTTP 400"),
    "status_401": (Health.BLOCKED, "a login is needed"),
    "status_403": (Health.BLOCKED, "the server refuses us"),
    "status_404": (Health.NOT_FOUND, "has the feed moved?"),
    "status_408": (Health.FAILING, "HTTP 408"),
    "status_410": (Health.GONE, "gone for good"),
    "status_413": (Health.FAILING, "HTTP 413"),
    "status_425": (Health.FAILING, "HTTP 425"),
    "status_429": (Health.THROTTLED, "we ask too often"),
    "status_429_wait": (Health.THROTTLED, "we ask too often"),
    "status_500": (Health.FAILING, "HTTP 500"),
    "status_502": (Health.FAILING, "HTTP 502"),
    "status_503": (Health.FAILING, "HTTP 503"),
    "status_503_wait": (Health.THROTTLED, "HTTP 503"),
    "status_504": (Health.FAILING, "HTTP 504"),
    "status_599": (Health.FAILING, "HTTP 599"),
    "empty_body": (Health.NO_BODY, "the body is empty"),
    "login_page": (Health.NOT_A_FEED, "an HTML page, not a feed"),
    "not_json": (Health.NOT_A_FEED, "begins like JSON"),
    "a_billion_laughs": (Health.FAILING, "declares entities"),
    "deep_nesting": (Health.EMPTY, "has never had an entry"),
    "no_entries": (Health.EMPTY, "has never had an entry"),
}


@pytest.mark.parametrize("slow", [False, True], ids=["quick", "slow"])
def test_feeds_that_fail(slow: bool, parser: ChildParser, tmp_path: Path):
    every = CONNECTION | STATUS | DOCUMENT
    modes = {name: mode for name, mode in every.items() if mode.slow is slow}
    with ExitStack() as stack:
        servers: dict[str, Faulty] = {}
        for number, (name, mode) in enumerate(modes.items()):
            body = rss([an_entry(number, f"Train to {name}", description=f"{name} is its name.")])
            servers |= faulty(stack, {name: mode}, partial(always, http(200, "", body)))
        installation = Installation(
            tmp_path,
            parser,
            feeds=[a_feed(name, url=server.url) for name, server in servers.items()],
            watches=[a_watch("train")],
            fetch_deadline=DEADLINE if slow else SLACK,
        )
        stack.enter_context(installation)

        started = time.monotonic()
        polled = installation.monitor.poll(force=True)
        took = timedelta(seconds=time.monotonic() - started)

        if slow:
            assert took < DEADLINE + SLACK
        assert len(polled) == len(modes)
        for name in modes:
            health, words = FEEDS[name]
            state = installation.state(name)
            assert (state.health, words in state.problem) == (health, True), (name, state.problem)
            assert state.etag is state.last_modified is state.body_hash is None, name
        for server in servers.values():
            server.mend()
        installation.now += LATER
        installation.monitor.poll()
        gone = {"Train to status_410"}  # asked no more, and said so
        assert set(installation.titles) == {f"Train to {name}" for name in modes} - gone
