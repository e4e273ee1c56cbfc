"""What comes along for Prometheus speaks of metrics that exist, in expressions that can be read."""

import json
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
RULES = ROOT / "deploy" / "prometheus-rules.yaml"
DASHBOARD = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text("utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
PROMTOOL = shutil.which("promtool")
_ROW = re.compile(r"^\| `(news_monitor_\w+)` \|([^|]*)\|", re.MULTILINE)
_USED = re.compile(r"(news_monitor_\w+)(?:\{([^}]*)\})?")
_ANY = {"job", "instance", "le"}
ALL_OF_THEM = dict(_ROW.findall((ROOT / "docs" / "operating.md").read_text("utf-8")))
"""Metric -> the cell of its labels; a test of the page has it that these are all there are."""


def expressions() -> dict[str, str]:
    drawn = {
        f"panel {panel['title']} {target['refId']}": target["expr"]
        for panel in PANELS
        for target in panel.get("targets", ())
    }
    rules = yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]
    asked = {f"variable {one['name']}": one.get("definition", "") for one in _variables()}
    return drawn | asked | {f"rule {rule['alert']}": rule["expr"] for rule in rules}


def _variables() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = DASHBOARD["templating"]["list"]
    return found


@pytest.mark.parametrize("where", expressions())
def test_what_is_asked_for_exists(where: str) -> None:
    for name, matchers in _USED.findall(expressions()[where]):
        metric = re.sub(r"(?<=_seconds)_(bucket|sum|count)$", "", name)
        assert metric in ALL_OF_THEM
        labels = {one.group(1) for one in re.finditer(r"(\w+)\s*[=!]~?", matchers)}
        assert labels <= set(re.findall(r"`(\w+)`", ALL_OF_THEM[metric])) | _ANY


def test_every_metric_is_drawn() -> None:
    drawn = " ".join(expressions().values())

    assert not [name for name in ALL_OF_THEM if name not in drawn]


def test_panels_stand_beside_each_other() -> None:
    places = [one["gridPos"] for one in PANELS]

    assert all(one["x"] >= 0 and one["x"] + one["w"] <= 24 for one in places)
    for one, two in combinations(places, 2):
        apart_x = one["x"] + one["w"] <= two["x"] or two["x"] + two["w"] <= one["x"]
        assert apart_x or one["y"] + one["h"] <= two["y"] or two["y"] + two["h"] <= one["y"]
    assert len({one["id"] for one in PANELS}) == len(PANELS)
    assert all(panel["description"] for panel in PANELS if panel["type"] != "row")


def test_rules_say_what_to_do() -> None:
    for rule in yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]:
        assert rule["alert"].startswith("NewsMonitor")
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (of Prometheus) is not installed")
def test_prometheus_reads_the_rules_and_they_fire(tmp_path: Path) -> None:
    assert PROMTOOL
    drawn = [
        re.sub(r"\$__rate_interval", "5m", text).replace("$job", "n")
        for where, text in expressions().items()
        if where.startswith("panel")
    ]
    rules = [{"record": f"drawn:{n}", "expr": text} for n, text in enumerate(drawn)]
    dashboard = tmp_path / "dashboard.yaml"
    dashboard.write_text(yaml.safe_dump({"groups": [{"name": "drawn", "rules": rules}]}))
    cases = ROOT / "tests" / "data" / "prometheus-rules-test.yaml"

    for command in (["check", "rules", str(RULES), str(dashboard)], ["test", "rules", str(cases)]):
        done = subprocess.run([PROMTOOL, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
