"""What Prometheus reads: named by its conventions, true, cheap, and without secrets."""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as open_metrics,
)
from prometheus_client.parser import text_string_to_metric_families as text_format
from pytest_httpserver import HTTPServer

from monitor import bootstrap, daemon
from monitor.adapters.metrics import PrometheusMeter
from monitor.config.changes import Changes
from monitor.errors import ConfigError
from monitor.listen import Receiver
from monitor.model import (
    Answer,
    DeliveryState,
    Judged,
    Judgement,
    Match,
    PollOutcome,
    Reason,
    Status,
    Verdict,
)
from monitor.service import Monitor
from monitor.web.metrics import Standing
from monitor.web.site import Site
from monitor.web.sites import served
from tests.builders import NOW, a_delivery, an_alert, an_item
from tests.cli.conftest import NEWS, SECRET, House, a_house, rss
from tests.web.conftest import Served

ROOT = Path(__file__).parents[2]
PROMTOOL = shutil.which("promtool")
OPEN_METRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}


def values(text: str) -> dict[str, float]:
    """`name{label="value",...}` -> value."""
    return {
        sample.name + "".join(f" {k}={v}" for k, v in sorted(sample.labels.items())): sample.value
        for family in text_format(text)
        for sample in family.samples
    }


@pytest.fixture
def house(tmp_path: Path, httpserver: HTTPServer) -> Iterator[House]:
    httpserver.expect_request("/feed.xml").respond_with_data(rss(*NEWS), content_type="text/xml")
    with Receiver(secret=SECRET) as receiver:
        yield a_house(tmp_path, httpserver.url_for("/feed.xml"), receiver.url)


@pytest.fixture
def working(house: House) -> Iterator[tuple[Monitor, str]]:
    """A service that polled once and delivered, and where its page is."""
    house.write({"monitor.toml": house.tables["monitor.toml"] | {"web": {"listen": "127.0.0.1:0"}}})
    config = bootstrap.load(house.config)
    with bootstrap.monitor_of(config) as (monitor, _), served(lambda: config, monitor) as server:
        monitor.recover()
        monitor.poll(force=True)
        monitor.deliver()
        monitor.loop_turned()
        monitor.report_health()
        yield monitor, server.wait(20)  # type: ignore[attr-defined]
        monitor.stop()


@pytest.fixture
def scraped(working: tuple[Monitor, str]) -> str:
    return requests.get(f"{working[1]}/metrics", timeout=20).text


def test_a_run_is_counted(scraped: str) -> None:
    found = values(scraped)

    def of(name: str) -> float:
        return found[f"news_monitor_{name}"]

    assert of("polls_total outcome=ok") == 1
    assert of("polls_total outcome=failed") == 0
    assert of("entries_total") == 2
    assert of("items_total status=new") == 2
    assert of("matches_total outcome=told watch=rail") == 1
    assert of("alerts_total kind=new severity=high watch=rail") == 1
    assert of("delivery_attempts_total verdict=delivered webhook=desk") == 1
    assert of("delivery_attempts_total verdict=gone webhook=desk") == 0
    assert of("deliveries_settled_total state=delivered webhook=desk") == 1
    assert of("deliveries state=pending webhook=desk") == 0
    assert of("fetched_bytes_total") > 500
    for name in ("poll_duration", "fetch_duration", "parse_duration"):
        assert of(f"{name}_seconds_count") == 1
    assert of("seen_to_sent_seconds_count") == 2
    assert of("published_to_sent_seconds_count") == 2
    assert of("published_to_seen_seconds_count") == 0, "a first poll says nothing of latency"
    assert of("feeds health=ok") == 1
    assert of("feeds_disabled") == 1
    assert of("alive") == of("ready") == 1
    assert of("database_trouble") == of("feeds_overdue") == of("queue_lag_seconds") == 0
    assert of("database_size_bytes") + of("database_wal_size_bytes") > 100_000
    now = datetime.now(UTC).timestamp()
    for name in ("last_turn", "last_poll", "last_write"):
        assert 0 <= now - of(f"{name}_timestamp_seconds") < 60
    assert found["process_resident_memory_bytes"] > 0


def test_nothing_secret_and_no_address_is_told(scraped: str, house: House) -> None:
    key = (house.config / "desk.key").read_text().strip()

    assert key not in scraped
    assert "://" not in scraped
    assert "pennant" not in scraped.lower()


def test_names_follow_the_conventions(scraped: str) -> None:
    """Prometheus, "Metric and label naming"; promtool knows more of them."""
    families = list(text_format(scraped))
    ours = [one for one in families if one.name.startswith("news_monitor")]
    assert len(ours) > 30
    for family in ours:
        assert re.fullmatch(r"news_monitor(_[a-z]+)+", family.name)
        assert family.documentation
        units = family.name.rpartition("_")[2] in ("seconds", "bytes")
        assert units or not re.search(r"second|minute|_ms|byte|kilo", family.name), family.name
        assert (family.type == "counter") == any(s.name.endswith("_total") for s in family.samples)
        assert all(len(sample.labels) <= 4 for sample in family.samples)
        assert not family.name.endswith("_created")
    if PROMTOOL:
        lint = [PROMTOOL, "check", "metrics"]
        done = subprocess.run(lint, input=scraped, text=True, capture_output=True, check=False)
        ours_only = [line for line in done.stderr.splitlines() if line.startswith("news_monitor")]
        assert ours_only == [], done.stderr
        assert "error" not in done.stderr


def test_open_metrics_is_spoken_to_whoever_asks(working: tuple[Monitor, str]) -> None:
    answer = requests.get(f"{working[1]}/metrics", headers=OPEN_METRICS, timeout=20)

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert len(list(open_metrics(answer.text))) > 30


def test_every_metric_is_in_the_table_of_the_manual(scraped: str) -> None:
    page = (ROOT / "docs" / "operating.md").read_text("utf-8")
    told = set(re.findall(r"^\| `(news_monitor_\w+)", page, re.MULTILINE))
    families = {
        family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
        for family in text_format(scraped)
        if family.name.startswith("news_monitor")
    }

    assert told == families


# --- gauges beside a service ---


def test_beside_a_service_the_database_speaks(page_of_story: Served) -> None:
    found = values(page_of_story.text("/metrics"))

    assert found["news_monitor_deliveries state=dead webhook=desk"] == 1
    assert found["news_monitor_deliveries state=pending webhook=desk"] == 1
    assert found["news_monitor_feeds health=unreachable"] == 1
    assert found["news_monitor_webhook_consecutive_failures webhook=desk"] == 1
    assert found["news_monitor_ready"] == 0, "nothing runs on it"
    assert "news_monitor_polls_total outcome=ok" not in found
    assert found["news_monitor_oldest_pending_age_seconds"] > 0


class _Asked:
    """Stands for an archive, and counts how often it is asked for."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def test_many_who_look_cost_the_database_nothing(page_of_story: Served) -> None:
    asked = _Asked()
    site = Site(
        config=lambda: page_of_story.config,
        archive=asked,
        percolator=lambda: pytest.fail("nothing is explained here"),
    )
    standing = Standing(site)

    seen = [list(standing.collect()) for _ in range(5)]

    assert asked.times == 1
    assert all(one == seen[0] for one in seen)


# --- counters ---


def counted(meter: PrometheusMeter) -> dict[str, float]:
    found: list[Metric] = list(meter.registry.collect())
    return {
        sample.name + "".join(f" {k}={v}" for k, v in sorted(sample.labels.items())): sample.value
        for family in found
        for sample in family.samples
    }


def test_what_is_not_configured_is_counted_without_its_name() -> None:
    meter = PrometheusMeter()
    meter.knows(["rail"], ["desk"])
    row = a_delivery(webhook="gone", state=DeliveryState.DEAD)

    meter.alerted([an_alert(watch_id="removed"), an_alert(watch_id="health")])
    meter.attempted(Answer(verdict=Verdict.REFUSED), NOW, NOW, [row])

    found = counted(meter)
    assert found["news_monitor_alerts_total kind=new severity=high watch=other"] == 1
    assert found["news_monitor_alerts_total kind=new severity=high watch=health"] == 1
    assert found["news_monitor_deliveries_settled_total state=dead webhook=other"] == 1
    assert not any("removed" in name or "gone" in name.split("=") for name in found)


def test_latencies_are_measured_from_what_is_known() -> None:
    asked: list[Any] = []

    def published_at(ids: Any) -> dict[str, datetime]:
        asked.append(list(ids))
        return {"a_1": NOW - timedelta(minutes=4)}

    meter = PrometheusMeter(published_at)
    meter.knows(["rail"], ["desk"])
    item = an_item(published_at=NOW - timedelta(minutes=3), seen_at=NOW)
    old = an_item("Old", published_at=NOW - timedelta(days=9), seen_at=NOW)
    undated = an_item("Undated", published_at=None)
    new = [Judged(item=one, status=Status.NEW) for one in (item, undated)]

    meter.absorbed(1, [Judged(item=old, status=Status.NEW)], [], baseline=True)
    meter.absorbed(
        2,
        new,
        [Judgement(match=Match(watch_id="rail", item_id="i_1", score=1), reason=Reason.COPY)],
        baseline=False,
    )
    rows = [
        a_delivery("msg_1", state=DeliveryState.DELIVERED),
        a_delivery("msg_2", alert_id="a_2", state=DeliveryState.DELIVERED),
        a_delivery("msg_3", alert_id="a_3", state=DeliveryState.PENDING),
    ]
    meter.attempted(Answer(verdict=Verdict.DELIVERED), NOW, NOW + timedelta(minutes=1), rows)
    meter.catch_up()
    meter.catch_up()

    found = counted(meter)
    assert found["news_monitor_published_to_seen_seconds_count"] == 1
    assert found["news_monitor_published_to_seen_seconds_sum"] == 180
    assert found["news_monitor_seen_to_sent_seconds_count"] == 2
    assert found["news_monitor_published_to_sent_seconds_sum"] == 300
    assert asked == [["a_1", "a_2"]]
    assert found["news_monitor_matches_total outcome=held watch=rail"] == 1


def test_what_nobody_looks_at_is_looked_up_in_time() -> None:
    asked: list[Any] = []

    def published_at(ids: Any) -> dict[str, datetime]:
        asked.append(ids)
        return {}

    meter = PrometheusMeter(published_at)
    row = a_delivery(state=DeliveryState.DELIVERED)

    for _ in range(1_200):
        meter.attempted(Answer(verdict=Verdict.DELIVERED), NOW, NOW, [row])

    assert [len(ids) for ids in asked] == [500, 500]


class _Reload:
    """A configuration that is refused, or taken over."""

    def __init__(self, outcome: daemon.Reloaded | None) -> None:
        self.changed, self._outcome = threading.Event(), outcome

    def __call__(self) -> daemon.Reloaded:
        if self._outcome is None:
            raise ConfigError(())
        return self._outcome


def test_reloads_are_counted(working: tuple[Monitor, str]) -> None:
    monitor, url = working

    reloads = daemon._Reloads(bootstrap.supervisor())

    reloads.reload(monitor, _Reload(None), "files")
    reloads.reload(monitor, _Reload(daemon.Reloaded(changes=Changes())), "signal")

    found = values(requests.get(f"{url}/metrics", timeout=20).text)
    assert found["news_monitor_config_reloads_total outcome=refused"] == 1
    assert found["news_monitor_config_reloads_total outcome=taken"] == 1


@pytest.mark.parametrize(
    ("body", "outcome"),
    [("<rss version='2.0'><channel/></rss>", "empty"), ("<html>no feed</html>", "failed")],
)
def test_polls_are_counted_by_how_they_end(
    working: tuple[Monitor, str], httpserver: Any, body: str, outcome: str
) -> None:
    monitor, url = working
    monitor.poll(force=True)
    httpserver.clear()
    httpserver.expect_request("/feed.xml").respond_with_data(body, content_type="text/xml")
    monitor.poll(force=True)

    found = values(requests.get(f"{url}/metrics", timeout=20).text)
    assert found[f"news_monitor_polls_total outcome={PollOutcome.UNCHANGED}"] == 1
    assert found[f"news_monitor_polls_total outcome={outcome}"] == 1
    assert found["news_monitor_poll_duration_seconds_count"] == 3


def test_a_meter_is_no_part_of_a_silent_service(house: House) -> None:
    config = bootstrap.load(house.config)
    assert not config.settings.web_listen
    with bootstrap.monitor_of(config) as (monitor, _):
        assert not isinstance(monitor.meter, PrometheusMeter)
