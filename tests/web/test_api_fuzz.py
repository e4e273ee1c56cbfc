"""Questions that nobody thought of: the API answers each as it describes itself, and never fails.

`HYPOTHESIS_PROFILE=thorough` asks many more, among them every parameter at its edges.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from monitor import bootstrap
from monitor.web.server import WebServer
from monitor.web.sites import beside
from tests.web.conftest import Served
from tests.web.world import TOKEN

HOLDER = {"Authorization": f"Bearer {TOKEN}"}
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
ASKED = settings(
    max_examples=100 if THOROUGH else 6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def copy(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page that is thrown away; its webhook leads nowhere."""
    root = tmp_path_factory.mktemp("fuzzed") / "copy"
    shutil.copytree(told.parent, root)
    file = root / "config" / "monitor.toml"
    file.write_text(file.read_text().replace(str(told.parent), str(root)))
    config = bootstrap.load(root / "config")
    with beside(config) as site, WebServer(site, "127.0.0.1:0") as server:
        yield Served(server.wait(20), config)


def names_of(served: Served, path: str) -> list[str]:
    """What there is under a path with a name in it."""
    if "{" not in path:
        return []
    found = served.get(f"{path.partition('/{')[0]}?limit=500").json()["results"]
    return [str(one.get("id") or one.get("watch") or one["webhook"]) for one in found]


SENSIBLE: dict[str, list[Any]] = {
    "since": ["2d", "2020-01-01", "1h"],
    "until": ["2030-01-01"],
    "watch": ["sanctions", "health"],
    "webhook": ["desk"],
    "language": ["ko", "zh-Hans"],
    "q": ["train", "北京"],
    "cursor": [""],
    "all": [True, False],
    "limit": [1, 2, 500],
}
SILENCE = {"matchers": ["watch='kp-*'", "severity<=low"], "for": "8h", "comment": "drill"}


def known_half_the_time(case: Any, data: st.DataObject, names: Sequence[str]) -> None:
    """Chance never finds a name that there is."""
    is_known: bool = data.draw(st.booleans())
    if names and is_known:
        case.path_parameters = dict.fromkeys(
            case.path_parameters, data.draw(st.sampled_from(names))
        )
    for name in SENSIBLE.keys() & case.query.keys():
        if data.draw(st.booleans()):
            case.query[name] = data.draw(st.sampled_from(SENSIBLE[name]))
    if case.operation.label == "POST /api/v1/silences" and data.draw(st.booleans()):
        case.body = SILENCE


def ask_everything(served: Served, headers: dict[str, str], **which: Any) -> list[str]:
    """Returns what was asked, as in "GET /api/v1/alerts"."""
    schema = schemathesis.openapi.from_url(f"{served.url}/api/v1/openapi.json")
    whole = schema.include(**which).exclude(path="/api/v1/events")  # the one that is without end
    asked = []
    with requests.Session() as session:
        for found in whole.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()
            names = names_of(served, operation.path)
            sensible = operation.as_strategy(GenerationMode.POSITIVE)

            @ASKED
            @given(
                case=sensible | operation.as_strategy(GenerationMode.NEGATIVE),
                data=st.data(),
                names=st.just(names),
            )
            def ask(case: Any, data: st.DataObject, names: list[str]) -> None:
                known_half_the_time(case, data, names)
                case.call_and_validate(session=session, headers=headers, checks=CHECKS, timeout=20)

            ask()
            asked.append(operation.label)
    return asked


def test_whatever_is_asked_is_answered_as_described(copy: Served) -> None:
    assert len(ask_everything(copy, {}, method="GET")) == 18


def test_whatever_is_done_is_answered_as_described(copy: Served) -> None:
    assert len(ask_everything(copy, HOLDER, method=["POST", "DELETE"])) == 5
