"""What is trusted is read once: that costs more than ten requests."""

import ssl
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from monitor import bootstrap
from monitor.adapters.http.session import Session
from monitor.adapters.http.sockets import tls_context
from tests.adapters.http.servers import TLS, reply, saying, serving

READS = ("load_verify_locations", "set_default_verify_paths")
NEW_CONTEXT: CodeType = ssl.SSLContext.__new__.__code__


def counted(work: Callable[[], object]) -> Counter[str]:
    """How often the interpreter entered what makes a context, or reads what it trusts."""
    seen: Counter[str] = Counter()

    def note(frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call" and arg.__name__ in READS:
            seen[arg.__name__] += 1
        elif event == "call" and frame.f_code is NEW_CONTEXT:
            seen["contexts"] += 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return seen


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))


def a_session(tls: ssl.SSLContext | None = None) -> Session:
    return Session(user_agent="x", allow_private=["127.0.0.0/8", "::1/128"], tls=tls)


def test_a_session_reads_what_it_trusts_once(trusting: None) -> None:
    opened: list[Session] = []

    assert counted(lambda: opened.append(a_session())) == {
        "contexts": 1,
        "set_default_verify_paths": 1,  # the system's
        "load_verify_locations": 1,  # the bundle of requests
    }
    opened[0].close()


@pytest.mark.parametrize("again", [{}, {"Connection": "close"}], ids=["kept", "new each time"])
def test_no_request_reads_it_again(trusting: None, again: dict[str, str]) -> None:
    session = a_session()
    with (
        serving(saying(reply(200, again)), certificate="good") as one,
        serving(saying(reply(200, again)), certificate="good") as other,
    ):
        urls = [server.url(host="localhost", scheme="https") for server in (one, other)]

        def asking() -> None:
            for url in urls * 3:
                session.request("GET", url, deadline_s=30, max_bytes=10)

        assert counted(asking) == {}
        session.close()

    assert [server.accepted for server in (one, other)] == ([3, 3] if again else [1, 1])


def test_sessions_may_share_it(trusting: None) -> None:
    context = tls_context()
    with serving(saying(reply()), certificate="good") as server:

        def asking() -> None:
            for _ in range(3):
                session = a_session(context)
                url = server.url(host="localhost", scheme="https")
                session.request("GET", url, deadline_s=30, max_bytes=10)
                session.close()

        assert counted(asking) == {}


def test_the_service_reads_it_once_for_feeds_and_webhooks(tmp_path: Path) -> None:
    """Webhooks on the own network have sessions with exceptions of their own."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "webhooks.toml").write_text(
        "".join(
            f'[webhooks.w{n}]\nkind = "standard"\nurl = "http://127.0.0.1:{n + 8000}/"\n'
            f'secrets = ["env:KEY"]\nallow_private = ["127.0.0.{n}/32"]\n'
            for n in range(1, 4)
        )
    )
    (folder / "monitor.toml").write_text(
        '[alerts]\nwebhooks = ["w1"]\nhealth_webhooks = ["w1"]\n[network]\n'
        'allow_private = ["127.0.0.1/32"]\n'
    )
    config = bootstrap.load(folder, {"KEY": "whsec_" + "QUFB" * 10})

    built: list[bootstrap.Built] = []
    seen = counted(lambda: built.append(bootstrap.build(config, "x")))
    built[0].close()

    assert len(built[0].sessions) == 3
    assert seen["contexts"] == 1
