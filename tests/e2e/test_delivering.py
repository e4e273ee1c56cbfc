"""From a committed alert to the receiver's 2xx, on real sockets."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.adapters.webhooks.standard import StandardWebhook
from monitor.core.query import Percolation, Percolator, compile_watches
from monitor.model import (
    AlertKind,
    Answer,
    Delivery,
    DeliveryState,
    Health,
    Item,
    Lexicon,
    Verdict,
)
from monitor.ports import Webhook
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import an_entry, rss
from tests.servers import Loopback, Reply, Request

Answering = Callable[[Request], Reply]


@pytest.fixture
def feed_server() -> Iterator[Loopback]:
    body = rss([an_entry(1)])
    with Loopback(lambda _: Reply(200, body)) as server:
        yield server


@pytest.fixture
def installed(
    tmp_path: Path, parser: ChildParser, feed_server: Loopback
) -> Iterator[Callable[..., Installation]]:
    opened: list[Installation] = []

    def install(**hooks: str) -> Installation:
        feeds = [a_feed(url=feed_server.url)]
        opened.append(
            Installation(tmp_path, parser, feeds=feeds, watches=[a_watch("train")], hooks=hooks)
        )
        return opened[-1]

    yield install
    for installation in opened:
        with installation:
            pass


def states(installation: Installation) -> dict[str, DeliveryState]:
    return {row.webhook: row.state for row in installation.archive.deliveries()}


def test_alert_is_posted_and_settled(installed: Callable[..., Installation]):
    with Loopback(lambda _: Reply(204)) as hook:
        installation = installed(desk=hook.url)
        installation.poll()

        assert installation.monitor.deliver() == 1

        assert states(installation) == {"desk": DeliveryState.DELIVERED}
        body = json.loads(hook.requests[0].body)
        assert body["data"]["headline"] == "Train number 1 leaves"
        [attempt] = installation.archive.attempts(hook.requests[0].headers["webhook-id"])
        assert attempt.answer.status == 204


def test_refused_alert_is_tried_again_with_the_same_id_and_bytes(
    installed: Callable[..., Installation],
):
    answers = iter([Reply(503), Reply(0), Reply(204)])
    with Loopback(lambda _: next(answers)) as hook:
        installation = installed(desk=hook.url)
        installation.poll()
        for _ in range(3):
            installation.monitor.deliver()
            installation.now += timedelta(minutes=1)

        assert states(installation) == {"desk": DeliveryState.DELIVERED}
        assert len(hook.requests) == 3
        assert len({r.headers["webhook-id"] for r in hook.requests}) == 1
        assert len({r.body for r in hook.requests}) == 1


def test_failing_webhook_does_not_delay_a_healthy_one(installed: Callable[..., Installation]):
    with Loopback(lambda _: Reply(500)) as bad, Loopback(lambda _: Reply(204)) as good:
        installation = installed(bad=bad.url, good=good.url)
        installation.poll()

        installation.monitor.deliver()

        assert states(installation) == {
            "bad": DeliveryState.PENDING,
            "good": DeliveryState.DELIVERED,
        }


def test_retry_after_holds_the_whole_webhook(installed: Callable[..., Installation]):
    answers = iter([Reply(429, headers={"retry-after": "120"}), Reply(204)])
    with Loopback(lambda _: next(answers)) as hook:
        installation = installed(desk=hook.url)
        installation.poll()
        assert installation.monitor.deliver() == 1

        installation.now += timedelta(seconds=119)
        assert installation.monitor.deliver() == 0
        installation.now += timedelta(seconds=2)
        assert installation.monitor.deliver() == 1
        assert states(installation) == {"desk": DeliveryState.DELIVERED}


def test_redirect_is_a_failure_never_followed_and_tried_again(
    installed: Callable[..., Installation],
):
    """A login page in the way passes; the alert must not be lost to it."""
    answers = iter([True, False])
    with (
        Loopback(lambda _: Reply(204)) as target,
        Loopback(
            lambda _: Reply(302, headers={"location": target.url}) if next(answers) else Reply(204)
        ) as hook,
    ):
        installation = installed(desk=hook.url)
        installation.poll()
        installation.monitor.deliver()
        assert states(installation) == {"desk": DeliveryState.PENDING}

        installation.now += timedelta(minutes=1)
        installation.monitor.deliver()

        assert states(installation) == {"desk": DeliveryState.DELIVERED}
        assert target.requests == []


def test_dead_letters_are_told_through_another_webhook_once_a_day(
    installed: Callable[..., Installation], feed_server: Loopback
):
    with Loopback(lambda _: Reply(400)) as bad, Loopback(lambda _: Reply(204)) as good:
        installation = installed(bad=bad.url, good=good.url)
        installation.feeds["other"] = a_feed("other", url=feed_server.url + "/other")
        installation.poll()
        installation.monitor.deliver()
        installation.monitor.deliver()

        told = [json.loads(r.body)["data"]["headline"] for r in good.requests]
        assert told.count("Alerts cannot be delivered: webhook bad") == 1
        assert not any(b"cannot be delivered" in r.body for r in bad.requests)


def test_only_webhook_is_not_told_of_its_own_dead_letters(installed: Callable[..., Installation]):
    with Loopback(lambda _: Reply(400)) as bad:
        installation = installed(bad=bad.url)
        installation.poll()
        installation.monitor.deliver()
        installation.monitor.deliver()

        assert len(bad.requests) == 1


def test_dead_letter_can_be_sent_again_under_the_same_id(installed: Callable[..., Installation]):
    answers = iter([Reply(400), Reply(200)])
    with Loopback(lambda _: next(answers)) as hook:
        installation = installed(desk=hook.url)
        installation.poll()
        installation.monitor.deliver()
        [dead] = installation.archive.deliveries(state=DeliveryState.DEAD)

        queued = installation.store.write(lambda u: u.requeue([dead.id], installation.now))
        installation.monitor.deliver()

        assert queued == 1
        assert states(installation) == {"desk": DeliveryState.DELIVERED}
        assert len({r.headers["webhook-id"] for r in hook.requests}) == 1


def test_dead_webhook_is_reported_through_another(installed: Callable[..., Installation]):
    with Loopback(lambda _: Reply(500)) as bad, Loopback(lambda _: Reply(204)) as good:
        installation = installed(bad=bad.url, good=good.url)
        installation.poll()
        installation.monitor.deliver()
        installation.now += timedelta(hours=2)
        installation.monitor.deliver()

        [report] = installation.monitor.report_health()
        installation.monitor.deliver()

        assert report.alert.kind is AlertKind.HEALTH
        assert "bad" in report.alert.title
        told = [json.loads(r.body)["data"]["headline"] for r in good.requests]
        assert report.alert.title in told
        assert all(b"Webhook fails" not in r.body for r in bad.requests)
        assert installation.monitor.report_health() == []


def test_the_only_webhook_for_health_is_reported_through_any_other(
    installed: Callable[..., Installation],
):
    """And for good: after five days it is disabled, which is told as well."""
    with Loopback(lambda _: Reply(403)) as bad, Loopback(lambda _: Reply(204)) as good:
        installation = installed(bad=bad.url, good=good.url)
        monitor = installation.monitor
        settings = replace(monitor.settings, health_webhooks=("bad",))
        monitor.use(settings, monitor.line, installation.fetcher)
        installation.poll()

        for _ in range(6 * 24):
            installation.now += timedelta(hours=1)
            monitor.deliver()
            monitor.report_health()
        monitor.deliver()

        told = [json.loads(r.body)["data"]["headline"] for r in good.requests]
        assert "Webhook fails: bad" in told
        assert "Webhook is disabled: bad" in told
        assert installation.archive.webhook_states()["bad"].disabled_at is not None


def test_dead_feed_is_reported_once_and_when_it_recovers(
    installed: Callable[..., Installation], feed_server: Loopback
):
    with Loopback(lambda _: Reply(204)) as hook:
        installation = installed(desk=hook.url)
        feeds = installation.feeds
        feed = feeds["pennant"]
        with Loopback(lambda _: Reply(200)) as closed:
            feeds["pennant"] = a_feed(url=closed.url)
        installation.poll()
        assert installation.state().health is Health.UNREACHABLE
        assert installation.monitor.report_health() == []

        installation.poll(timedelta(hours=7))
        [report] = installation.monitor.report_health()
        assert "Pennant" in report.alert.title
        assert installation.monitor.report_health() == []

        feeds["pennant"] = feed
        installation.poll(timedelta(hours=1))
        [recovered] = installation.monitor.report_health()
        assert "works again" in recovered.alert.title


def test_lease_of_a_dead_process_is_released_at_start(installed: Callable[..., Installation]):
    with Loopback(lambda _: Reply(204)) as hook:
        installation = installed(desk=hook.url)
        installation.poll()
        now = installation.now
        installation.store.write(
            lambda u: u.claim("desk", now, now + timedelta(hours=1), "of-the-dead")
        )
        assert installation.monitor.deliver() == 0

        assert installation.monitor.recover() == 1

        assert installation.monitor.deliver() == 1


def test_machine_without_a_network_is_told_so_once(
    installed: Callable[..., Installation], capsys: pytest.CaptureFixture[str]
):
    """A first run must not look as if there were no news."""
    with Loopback(lambda _: Reply(204)) as closed:
        pass
    installation = installed()
    installation.feeds |= {name: a_feed(name, url=closed.url) for name in ("pennant", "harbour")}

    installation.poll()
    installation.poll(timedelta(minutes=10))

    said = capsys.readouterr().out
    assert said.count("machine_seems_offline") == 1
    assert "none of 2 feeds could be reached" in said
    assert "news-monitor demo" in said


def test_rows_of_a_webhook_that_is_switched_off_wait_for_it(
    installed: Callable[..., Installation],
):
    with Loopback(lambda _: Reply(204)) as hook:
        installation = installed(desk=hook.url)
        installation.poll()
        webhooks: dict[str, Webhook] = dict(installation.monitor.line.webhooks)
        off = replace(installation.monitor.line, webhooks={})
        installation.monitor.use(installation.monitor.settings, off, installation.fetcher)

        assert installation.monitor.deliver() == 0
        assert states(installation) == {"desk": DeliveryState.PENDING}

        on = replace(off, webhooks=webhooks)
        installation.monitor.use(installation.monitor.settings, on, installation.fetcher)
        assert installation.monitor.deliver() == 1


def test_slow_webhook_with_a_backlog_does_not_keep_the_workers(tmp_path: Path, parser: ChildParser):
    """One worker: the quick webhook is served between two attempts of the slow one."""
    body = rss(an_entry(number) for number in range(4))
    gate = threading.Semaphore(1)

    def slow(_: Request) -> Reply:
        gate.acquire()
        return Reply(204)

    with (
        Loopback(lambda _: Reply(200, body)) as feed,
        Loopback(slow) as held,
        Loopback(lambda _: Reply(204)) as quick,
        Installation(
            tmp_path,
            parser,
            feeds=[a_feed(url=feed.url)],
            watches=[a_watch("train")],
            hooks={"aslow": held.url, "quick": quick.url},
            deliver_workers=1,
        ) as installation,
    ):
        installation.poll()
        installation.monitor.start_deliveries()

        # The slow one's first attempt passes, its second waits: by then the quick one had a turn.
        assert quick.wait_for(lambda requests: len(requests) >= 1)
        gate.release(10)
        assert held.wait_for(lambda requests: len(requests) == 4)


def test_corrected_address_of_a_feed_that_was_gone_is_asked_at_once(
    tmp_path: Path, parser: ChildParser
):
    with Loopback(
        lambda r: Reply(410) if r.path == "/old" else Reply(200, rss([an_entry(1)]))
    ) as s:
        feed = a_feed(url=s.url + "/old")
        with Installation(
            tmp_path, parser, feeds=[feed], watches=[a_watch("train")]
        ) as installation:
            installation.poll()
            assert installation.state().health is Health.GONE

            installation.feeds["pennant"] = replace(feed, url=s.url + "/new")
            monitor = installation.monitor
            monitor.use(monitor.settings, monitor.line, installation.fetcher)

            assert len(monitor.poll()) == 1
            assert installation.titles == ["Train number 1 leaves"]


def test_clock_that_goes_back_stops_neither_polls_nor_deliveries(
    installed: Callable[..., Installation],
):
    answers = iter([Reply(503), Reply(204)])
    with Loopback(lambda _: next(answers)) as hook:
        installation = installed(desk=hook.url)
        installation.poll()
        installation.monitor.deliver()

        back = -timedelta(days=3)
        installation.now += back
        installation.monitor.clock_jumped(back)

        assert installation.monitor.deliver() == 1
        assert installation.state().due_at - installation.now <= timedelta(minutes=33)


def test_feeds_that_fail_one_after_the_other_are_one_report(tmp_path: Path, parser: ChildParser):
    """A lost network is noticed by each feed at its own time."""
    with Loopback(lambda _: Reply(200)) as closed:
        pass
    feeds = [a_feed(f"f{n}", url=closed.url) for n in range(12)]
    with Installation(tmp_path, parser, feeds=feeds, watches=[a_watch("train")]) as installation:
        reports = 0
        for n in range(12):
            installation.poll(timedelta(minutes=5), only=f"f{n}")
        for _ in range(12 * 12):
            installation.now += timedelta(minutes=5)
            reports += len(installation.monitor.report_health())

        assert reports == 1


def test_webhook_switched_off_in_its_turn_keeps_its_rows(tmp_path: Path, parser: ChildParser):
    """A reload while a backlog is being sent must not make dead letters of the rest."""
    body = rss(an_entry(number) for number in range(5))
    asked, gate = threading.Event(), threading.Event()

    def slow(_: Request) -> Reply:
        asked.set()
        gate.wait(60)
        return Reply(204)

    with (
        Loopback(lambda _: Reply(200, body)) as feed,
        Loopback(slow) as hook,
        Installation(
            tmp_path,
            parser,
            feeds=[a_feed(url=feed.url)],
            watches=[a_watch("train")],
            hooks={"desk": hook.url},
        ) as installation,
    ):
        monitor = installation.monitor
        installation.poll()
        monitor.start_deliveries()
        assert asked.wait(60)
        off = replace(monitor.line, webhooks={})
        monitor.use(monitor.settings, off, installation.fetcher)
        gate.set()
        assert monitor.stop(10)

        settled = [row.state for row in installation.archive.deliveries()]
        assert sorted(settled) == ["delivered", *["pending"] * 4]
        assert len(hook.requests) == 1


def test_nothing_is_sent_after_the_order_to_stop(tmp_path: Path, parser: ChildParser):
    """Turns that wait for a worker must not begin."""
    gate = threading.Event()

    def slow(_: Request) -> Reply:
        gate.wait(60)
        return Reply(204)

    with (
        Loopback(lambda _: Reply(200, rss([an_entry(1), an_entry(2)]))) as feed,
        Loopback(slow) as hook,
        Installation(
            tmp_path,
            parser,
            feeds=[a_feed(url=feed.url)],
            watches=[a_watch("train")],
            hooks={"desk": hook.url},
            deliver_workers=1,
        ) as installation,
    ):
        monitor = installation.monitor
        installation.poll()
        monitor.start_deliveries()
        monitor.stop(0)
        gate.set()
        assert monitor.stop(10)

        assert len(hook.requests) <= 1


class Broken:
    """A percolator with a bug."""

    def percolate(self, _item: Item, _patience: object = None) -> Percolation:
        raise ZeroDivisionError


def test_bug_while_absorbing_costs_the_feed_one_poll_not_a_poll_a_second(
    installed: Callable[..., Installation],
):
    installation = installed()
    monitor = installation.monitor
    broken: Any = Broken()
    line = replace(monitor.line, percolator=broken)
    monitor.use(monitor.settings, line, installation.fetcher)

    polled = installation.poll()

    assert polled.state.health is Health.FAILING
    assert "ZeroDivisionError" in polled.state.problem
    assert polled.state.due_at > installation.now
    monitor.use(
        monitor.settings, replace(line, percolator=whole_percolator()), installation.fetcher
    )
    assert installation.poll(timedelta(hours=1)).absorbed
    assert installation.titles == ["Train number 1 leaves"]


def whole_percolator() -> Percolator:
    return compile_watches([a_watch("train")], Lexicon())


def test_lost_lease_is_no_dead_letter(installed: Callable[..., Installation]):
    """Somebody else holds the row now: what becomes of it is theirs to tell."""
    opened: list[Installation] = []
    late = iter([True, False])

    def refuse_late(_: Request) -> Reply:
        if not next(late):
            return Reply(204)
        now = opened[0].now
        opened[0].store.write(lambda unit: unit.release_leases(now))
        return Reply(400)

    with Loopback(refuse_late) as bad, Loopback(lambda _: Reply(204)) as good:
        opened.append(installed(bad=bad.url, good=good.url))
        opened[0].poll()
        opened[0].monitor.deliver()
        opened[0].monitor.deliver()

        assert states(opened[0]) == dict.fromkeys(("bad", "good"), DeliveryState.DELIVERED)
        assert not any(b"cannot be delivered" in request.body for request in good.requests)


def test_an_attempt_that_hangs_is_told_and_made_again(
    tmp_path: Path, parser: ChildParser, feed_server: Loopback
):
    """As in a name look-up that never ends; the webhook-id stays the same."""
    gate, entered, now_s = threading.Event(), threading.Event(), [0.0]

    class HangingWebhook(StandardWebhook):
        def send(self, delivery: Delivery, now: datetime) -> Answer:
            if not entered.is_set():
                entered.set()
                gate.wait(60)
                return Answer(verdict=Verdict.RETRY, text="much too late")
            return super().send(delivery, now)

    with Loopback(lambda _: Reply(204)) as hook:
        installation = Installation(
            tmp_path,
            parser,
            feeds=[a_feed(url=feed_server.url)],
            watches=[a_watch("train")],
            hooks={"desk": hook.url},
            webhook=HangingWebhook,
            monotonic=lambda: now_s[0],
        )
        with installation:
            installation.poll()
            installation.monitor.start_deliveries()
            assert entered.wait(20)
            now_s[0] = 101.0
            installation.now += timedelta(seconds=101)
            started = installation.monitor.start_deliveries()
            delivered = hook.wait_for(lambda requests: len(requests) == 1)
            reports = installation.monitor.report_health()
            gate.set()
            installation.monitor.stop(20)
            about_us = {report.alert.id for report in reports}
            rows = installation.archive.deliveries()
            [row] = [row for row in rows if row.alert_id not in about_us]

    assert started == 1
    assert delivered
    assert [report.alert.title for report in reports] == ["Work hung: webhook desk"]
    assert (row.state, row.id) == (DeliveryState.DELIVERED, hook.requests[0].headers["webhook-id"])
