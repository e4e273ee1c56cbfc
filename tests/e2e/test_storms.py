"""Many alerts at once: rates that are kept, messages put together, endpoints that fail."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.discord import DiscordWebhook
from monitor.adapters.webhooks.post import UrlOptions
from monitor.adapters.webhooks.slack import SlackWebhook
from monitor.core.delivery import ATTEMPT_DEADLINE
from monitor.core.rates import usual
from monitor.model import Ambiguous, DeliveryState, Policy, Rate, Secret
from monitor.ports import Unit, Webhook
from tests.builders import a_delivery, a_feed, a_watch, an_alert
from tests.e2e.installation import Installation
from tests.servers import Loopback, Reply, Request

SECOND = timedelta(seconds=1)
FAST = (Rate(count=20, per=SECOND),)


def slack(name: str, url: str, session: Session) -> Webhook:
    return SlackWebhook(name, UrlOptions(url=Secret(url)), session)


def discord(name: str, url: str, session: Session) -> Webhook:
    return DiscordWebhook(name, UrlOptions(url=Secret(url)), session)


@pytest.fixture
def install(tmp_path: Path, parser: ChildParser) -> Iterator[Callable[..., Installation]]:
    opened: list[Installation] = []

    def make(hooks: Mapping[str, str], **more: Any) -> Installation:
        feeds, watches = [a_feed()], [a_watch("train")]
        opened.append(
            Installation(tmp_path, parser, feeds=feeds, watches=watches, hooks=hooks, **more)
        )
        opened[-1].ticking = True
        return opened[-1]

    yield make
    for installation in opened:
        with installation:
            pass


def outbox(installation: Installation, count: int, *names: str) -> None:
    """So many alerts for each of the webhooks, as a poll leaves them."""
    now = installation.clock()
    alerts = [an_alert(f"Train {n} leaves", id=f"a_{n}", created_at=now) for n in range(count)]
    webhooks = installation.monitor.line.webhooks
    rows = [
        a_delivery(
            f"msg_{name}_{n}",
            alert_id=alert.id,
            webhook=name,
            payload=webhooks[name].render(alert, f"msg_{name}_{n}"),
            created_at=now + timedelta(microseconds=n),
            due_at=now,
        )
        for n, alert in enumerate(alerts)
        for name in names
    ]
    installation.store.write(lambda unit: unit.save_alerts(alerts))
    installation.store.write(lambda unit: unit.save_deliveries(rows))


@contextmanager
def running(installation: Installation) -> Iterator[None]:
    """Asks what is due as often as the service does, and more."""
    stop = threading.Event()

    def tick() -> None:
        while not stop.wait(0.1):
            installation.monitor.start_deliveries()

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def count(installation: Installation, webhook: str, state: DeliveryState) -> int:
    return len(installation.archive.deliveries(webhook=webhook, state=state, limit=10_000))


def eventually(true: Callable[[], bool], timeout_s: float = 60) -> bool:
    until = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > until:
            return False
        threading.Event().wait(0.02)
    return True


class Limiter:
    """A service that refuses whatever is beyond its rates, counted at arrival."""

    def __init__(self, rates: tuple[Rate, ...], well: Reply) -> None:
        self._rates, self._well = rates, well
        self._arrived: dict[Rate, deque[float]] = {rate: deque() for rate in rates}
        self._lock = threading.Lock()
        self.refused = 0

    def __call__(self, _: Request) -> Reply:
        with self._lock:
            now = time.monotonic()
            for rate, arrived in self._arrived.items():
                while arrived and arrived[0] <= now - rate.per.total_seconds():
                    arrived.popleft()
                if len(arrived) >= rate.count:
                    self.refused += 1
                    return Reply(429, headers={"retry-after": "1"})
            for arrived in self._arrived.values():
                arrived.append(now)
        return self._well


def test_a_thousand_alerts_cause_no_429(install: Callable[..., Installation]) -> None:
    """A chat that takes one message a second, and a program that takes 100, 10 connections."""
    chat = Limiter(usual("slack").rate, Reply(200, b"ok"))
    program = Limiter((Rate(count=100, per=SECOND),), Reply(204))
    with Loopback(chat) as chat_server, Loopback(program) as program_server:
        installation = install(
            {"chat": chat_server.url, "desk": program_server.url},
            kinds={"chat": slack},
            policies={
                "chat": usual("slack"),
                "desk": Policy(rate=(Rate(count=100, per=SECOND),), connections=10),
            },
        )
        outbox(installation, 1000, "desk")
        outbox(installation, 60, "chat")
        with running(installation):
            assert eventually(lambda: count(installation, "desk", DeliveryState.DELIVERED) == 1000)
            assert eventually(lambda: count(installation, "chat", DeliveryState.DELIVERED) == 60)

    assert (chat.refused, program.refused) == (0, 0)
    assert len(program_server.requests) == 1000
    assert len(chat_server.requests) == 3


def test_rate_outlives_a_restart(install: Callable[..., Installation], tmp_path: Path) -> None:
    with Loopback(lambda _: Reply(204)) as hook:
        slow = Policy(rate=(Rate(count=2, per=timedelta(hours=1)),))
        first = install({"desk": hook.url}, policies={"desk": slow})
        outbox(first, 5, "desk")
        assert first.monitor.deliver() == 2
        first.__exit__(None, None, None)

        again = install({"desk": hook.url}, policies={"desk": slow})

        assert again.monitor.deliver() == 0
        assert len(hook.requests) == 2


def headlines(requests: list[Request]) -> str:
    return "\n".join(request.body.decode() for request in requests)


@pytest.mark.parametrize("kind", [slack, discord])
def test_storm_is_put_together_and_each_is_settled(
    install: Callable[..., Installation], kind: Callable[..., Webhook]
) -> None:
    with Loopback(lambda _: Reply(200, b"ok")) as hook:
        installation = install({"chat": hook.url}, kinds={"chat": kind})
        outbox(installation, 45, "chat")

        installation.monitor.deliver()

        texts = headlines(hook.requests)
        assert count(installation, "chat", DeliveryState.DELIVERED) == 45
        assert all(f"Train {n} leaves" in texts for n in range(45))
        # 20 and 20 together; the five that are left are no storm any more.
        assert len(hook.requests) == 7
        assert "20 alerts together, and 25 more wait behind them" in texts.replace("\\", "")
        assert "20 alerts together, and 5 more wait behind them" in texts.replace("\\", "")
        [attempt] = installation.archive.attempts("msg_chat_3")
        assert len(attempt.together) == 19
        assert "msg_chat_3" not in attempt.together
        assert set(attempt.together) <= {f"msg_chat_{n}" for n in range(20)}


def test_ten_are_no_storm(install: Callable[..., Installation]) -> None:
    with Loopback(lambda _: Reply(200, b"ok")) as hook:
        installation = install({"chat": hook.url}, kinds={"chat": slack})
        outbox(installation, 10, "chat")
        installation.monitor.deliver()

        assert len(hook.requests) == 10


def test_programs_get_each_alert_by_itself(install: Callable[..., Installation]) -> None:
    with Loopback(lambda _: Reply(204)) as hook:
        installation = install({"desk": hook.url})
        outbox(installation, 30, "desk")
        installation.monitor.deliver()

        assert len({request.headers["webhook-id"] for request in hook.requests}) == 30


def test_what_is_refused_together_is_sent_alone_and_then_in_plain_words(
    install: Callable[..., Installation],
) -> None:
    """One alert that the service cannot take must not cost the others."""

    def answer(request: Request) -> Reply:
        body = json.loads(request.body)
        bad = "blocks" in body and "Train 7 leaves" in request.body.decode()
        return Reply(400, b"invalid_blocks") if bad else Reply(200, b"ok")

    with Loopback(answer) as hook:
        installation = install({"chat": hook.url}, kinds={"chat": slack})
        outbox(installation, 12, "chat")
        installation.monitor.deliver()

        assert count(installation, "chat", DeliveryState.DELIVERED) == 12
        verdicts = [one.answer.status for one in installation.archive.attempts("msg_chat_7")]
        assert verdicts == [400, 400, 200]
        plain = installation.archive.delivery("msg_chat_7")
        assert plain is not None
        assert plain.form == "plain"
        assert "blocks" not in json.loads(plain.payload)


def test_one_message_alone_tries_whether_the_webhook_works_again(
    install: Callable[..., Installation],
) -> None:
    """The breaker is half open: ten connections and a backlog, but one message."""
    broken = threading.Event()
    broken.set()
    answered = threading.Event()

    def answer(_: Request) -> Reply:
        if broken.is_set():
            return Reply(500)
        answered.wait(60)  # whoever else would be sent, would be sent meanwhile
        return Reply(204)

    with Loopback(answer) as hook:
        installation = install({"desk": hook.url}, policies={"desk": Policy(connections=10)})
        installation.ticking = False
        outbox(installation, 100, "desk")
        installation.monitor.deliver()
        assert len(hook.requests) == 5
        broken.clear()

        installation.now += timedelta(minutes=2)
        with running(installation):
            assert not hook.wait_for(lambda requests: len(requests) > 5, timeout_s=1)
            answered.set()
            assert hook.wait_for(lambda requests: len(requests) > 90)

        assert installation.archive.webhook_states()["desk"].failures == 0


def is_held(installation: Installation, webhook: str) -> bool:
    held_until = installation.archive.webhook_states()[webhook].held_until
    return held_until is not None and held_until > installation.now


def test_half_open_breaker_sees_one_request_until_it_is_answered(
    install: Callable[..., Installation],
) -> None:
    flying, most = [0], [0]
    lock = threading.Lock()
    down = threading.Event()
    down.set()

    def answer(_: Request) -> Reply:
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        threading.Event().wait(0.3)
        with lock:
            flying[0] -= 1
        return Reply(500)

    with Loopback(answer) as hook:
        installation = install({"desk": hook.url}, policies={"desk": Policy(connections=10)})
        installation.ticking = False
        outbox(installation, 50, "desk")
        installation.monitor.deliver()
        most[0] = 0

        for _ in range(3):
            installation.now += timedelta(hours=2)
            before = len(hook.requests)
            installation.monitor.start_deliveries()
            assert eventually(lambda: is_held(installation, "desk"))
            assert len(hook.requests) == before + 1

        assert most[0] == 1


def test_message_without_an_answer_is_held_for_a_person_where_that_is_wished(
    install: Callable[..., Installation],
) -> None:
    answers = iter([Reply(0), Reply(204)])
    with Loopback(lambda _: next(answers)) as chat, Loopback(lambda _: Reply(204)) as other:
        installation = install(
            {"chat": chat.url, "other": other.url},
            policies={"chat": Policy(ambiguous=Ambiguous.HOLD)},
        )
        outbox(installation, 1, "chat")
        installation.monitor.deliver()
        installation.monitor.deliver()

        held = installation.archive.delivery("msg_chat_0")
        assert held is not None
        assert held.state is DeliveryState.AMBIGUOUS
        assert held.problem.startswith("it may have arrived: ")
        assert len(chat.requests) == 1
        assert "may or may not have arrived: webhook chat" in headlines(other.requests)

        installation.store.write(lambda unit: unit.requeue(["msg_chat_0"], installation.clock()))
        installation.monitor.deliver()
        assert count(installation, "chat", DeliveryState.DELIVERED) == 1


def test_what_a_dead_process_was_sending_is_held_too(install: Callable[..., Installation]) -> None:
    with Loopback(lambda _: Reply(204)) as hook:
        installation = install(
            {"chat": hook.url, "desk": hook.url},
            policies={"chat": Policy(ambiguous=Ambiguous.HOLD)},
        )
        outbox(installation, 1, "chat", "desk")
        now = installation.clock()

        def claim_both(unit: Unit) -> None:
            for name in ("chat", "desk"):
                assert unit.claim(name, now, now + timedelta(hours=1), "dead")

        installation.store.write(claim_both)

        assert installation.monitor.recover() == 2

        assert count(installation, "chat", DeliveryState.AMBIGUOUS) == 1
        assert count(installation, "desk", DeliveryState.PENDING) == 1


def test_slow_and_failing_webhooks_delay_no_other(install: Callable[..., Installation]) -> None:
    """A backlog to one that hangs, one that fails, and a healthy one.

    Whoever had to wait for the one that hangs would do so until the attempt's deadline.
    """
    gate, hangs = threading.Event(), threading.Event()

    def hang(_: Request) -> Reply:
        hangs.set()
        gate.wait(60)
        return Reply(204)

    with (
        Loopback(hang) as slow,
        Loopback(lambda _: Reply(500)) as bad,
        Loopback(lambda _: Reply(204)) as good,
    ):
        installation = install(
            {"slow": slow.url, "bad": bad.url, "good": good.url},
            policies={name: Policy(connections=20) for name in ("slow", "bad", "good")},
            deliver_workers=4,
        )
        outbox(installation, 300, "slow", "bad")
        with running(installation):
            assert hangs.wait(60)
            alerts = [an_alert("Train X leaves", id="a_x")]
            row = a_delivery("msg_x", alert_id="a_x", webhook="good")
            installation.store.write(lambda unit: unit.save_alerts(alerts))
            installation.store.write(lambda unit: unit.save_deliveries([row]))
            in_time_s = ATTEMPT_DEADLINE.total_seconds() / 2
            assert good.wait_for(lambda requests: len(requests) == 1, in_time_s)
            gate.set()


def test_order_is_kept_where_one_message_is_sent_at_a_time(
    install: Callable[..., Installation],
) -> None:
    with Loopback(lambda _: Reply(204)) as hook:
        installation = install({"desk": hook.url}, policies={"desk": Policy(connections=1)})
        outbox(installation, 40, "desk")
        with running(installation):
            assert hook.wait_for(lambda requests: len(requests) == 40)

        assert [r.headers["webhook-id"] for r in hook.requests] == [
            f"msg_desk_{n}" for n in range(40)
        ]
