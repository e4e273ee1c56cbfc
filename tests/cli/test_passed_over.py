"""Commands that read need only what they use: a mistake elsewhere is told, and they go on."""

import pytest

from tests.cli.conftest import House

WRONG = {"route": [{"id": "day", "matchers": ["wach=rail"]}]}


@pytest.mark.parametrize(
    "command",
    [
        ["alerts"],
        ["alerts", "--json"],
        ["search", "train"],
        ["deliveries", "list"],
        ["deliveries", "redeliver", "--webhook", "desk", "--dry-run"],
        ["status"],
        ["feeds", "list"],
        ["watches"],
        ["explain", "--lang", "en", "train"],
        ["silence", "list"],
        ["silence", "add", "watch=rail", "--for", "1h", "--comment", "drill"],
        ["webhook", "test", "console"],
    ],
    ids=" ".join,
)
def test_mistake_in_routes_stops_nothing_that_asks_for_no_route(
    polled: House, command: list[str]
) -> None:
    polled.write({"routes.toml": WRONG})

    result = polled.run(*command)

    assert result.exit_code == 0, result.stderr
    assert result.stdout or command == ["silence", "list"]
    assert 'warning: routes.toml: route "day": matchers: entry 1: ' in result.stderr
    assert "warning" not in result.stdout


@pytest.mark.parametrize("command", [["routes"], ["poll"]], ids=" ".join)
def test_mistake_stops_what_uses_it(polled: House, command: list[str]) -> None:
    polled.write({"routes.toml": WRONG})

    result = polled.run(*command)

    assert result.exit_code == 2
    assert "no label named 'wach'" in result.stderr


@pytest.mark.parametrize(
    "text",
    ['[service]\ndatabse = "x"', "[servise]", "[service", 'service = "x"'],
)
def test_which_database_is_meant_is_never_guessed(polled: House, text: str) -> None:
    (polled.config / "monitor.toml").write_text(text, encoding="utf-8")

    assert polled.run("alerts").exit_code == 2


def test_broken_files_of_all_kinds_leave_the_history_readable(polled: House) -> None:
    for name in ("routes.toml", "webhooks.toml", "feeds/press.toml", "watches/rail.toml"):
        (polled.config / name).write_text("[[", encoding="utf-8")

    result = polled.run("alerts")

    assert result.exit_code == 0, result.stderr
    assert "First train leaves Pyongyang" in result.stdout
    assert "warning: and 1 more; 'news-monitor check' tells all" in result.stderr
