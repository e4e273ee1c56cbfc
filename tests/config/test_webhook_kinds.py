"""The options of the real kinds, as they stand in webhooks.toml: every mistake with its cure."""

import os
from pathlib import Path

import pytest

from monitor import config
from monitor.plugins import WebhookOptions
from tests.config.conftest import Writes

ENV = {
    "BOT": "123456:AAE-s3cret_of-a-bot-abcdefghijkl",
    "TOKEN": "syt_s3cret",
    "KEY": "R0" * 16,
    "SLACK": "https://hooks.example.com/x",
    "APPRISE": "json://notify.example.com/x",
    "USER": "monitor",
}
_MATRIX = 'room = "!a:example.org"\ntoken = "env:TOKEN"'
_LOOPBACK = 'allow_private = ["127.0.0.0/8"]'
_MAIL = 'sender = "a@example.org"\nto = ["b@example.org"]'


def told(folder_with: Writes, table: str, **files: str | bytes) -> list[str]:
    written: dict[str, str | bytes | None] = {"webhooks.toml": f"[webhooks.console]\n{table}\n"}
    return [
        str(problem)
        for problem in config.check(folder_with(written | files), WebhookOptions(), ENV)
    ]


@pytest.mark.parametrize(
    "table",
    [
        'kind = "telegram"\ntoken = "env:BOT"\nchat = "-1001"\ntopic = 5',
        f'kind = "matrix"\nserver = "https://matrix.example.com"\n{_MATRIX}',
        'kind = "ntfy"\ntopic = "env:TOKEN"',
        'kind = "pagerduty"\nrouting_key = "env:KEY"',
        'kind = "mattermost"\nurl = "env:SLACK"',
        f'kind = "email"\nhost = "mail.example.com"\nsecurity = "tls"\n{_MAIL}',
        f'kind = "email"\nhost = "127.0.0.1"\nsecurity = "none"\n{_MAIL}\n{_LOOPBACK}',
        'kind = "file"\npath = "alerts.jsonl"',
        'kind = "apprise"\nservice = "env:APPRISE"',
        'kind = "standard"\nurl = "env:SLACK"\nformat = "cloudevents"',
        'kind = "slack"\nurl = "env:SLACK"\ntemplate = "{{ headline }}"',
    ],
)
def test_valid_options_have_no_problem(folder_with: Writes, table: str) -> None:
    assert told(folder_with, table) == []


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            'kind = "telegram"\ntoken = "env:TOKEN"\nchat = "1"',
            "token: env:TOKEN: is not a bot's, as in 123456:ABC-...; ask @BotFather for it",
        ),
        (
            'kind = "telegram"\ntoken = "env:BOT"\nchat = "x"',
            'chat: is neither a number in quotes nor a name; as in "-1001234"',
        ),
        (
            f'kind = "matrix"\nserver = "http://127.0.0.1:8008"\n{_MATRIX}',
            "server: 127.0.0.1 is not a public address; if it is meant, add allow_private",
        ),
        (
            f'kind = "email"\nhost = "localhost"\n{_MAIL}',
            "host: localhost is not a public address; if it is meant, add allow_private",
        ),
        (
            f'kind = "email"\nhost = "mail.example.com"\nsecurity = "ssl"\n{_MAIL}',
            "security: 'ssl' is not one of starttls, tls, none",
        ),
        (
            f'kind = "email"\nhost = "mail.example.com"\nusername = "env:USER"\n{_MAIL}',
            "username: env:USER: stands without a password; give both, or neither",
        ),
        (
            'kind = "standard"\nurl = "env:SLACK"\nformat = "cloudevent"',
            "format: 'cloudevent' is not one of standard, cloudevents; did you mean 'cloudevents'?",
        ),
        ('kind = "file"\npath = 3', 'path: must be the path of a file as in "data/alerts.jsonl"'),
        ('kind = "ntfy"\ntopic = "desk"', "topic: a secret must not stand in the file"),
        (
            'kind = "apprise"\nservice = "env:TOKEN"',
            "service: env:TOKEN: is no address that apprise can read; see its documentation",
        ),
        ('kind = "console"\ntemplate = 3', "template: must be a text or a file as in"),
        (
            'kind = "console"\ntemplate = "file:templates/gone.j2"',
            "template: the file templates/gone.j2 cannot be read (No such file or directory); a ",
        ),
        (
            'kind = "console"\ntemplate = "file:templates/bad.j2"',
            "template: templates/bad.j2, line 2: 'hedline' is undefined; docs/webhooks.md lists",
        ),
        (
            'kind = "console"\ntemplate = """a\n{% if x %}\n"""',
            "template: line 2: Unexpected end of template.",
        ),
    ],
)
def test_mistake_is_named_with_file_key_and_cure(
    folder_with: Writes, table: str, message: str
) -> None:
    problems = told(folder_with, table, **{"templates/bad.j2": "a\n{{ hedline }}"})

    [problem] = problems
    assert problem.startswith('webhooks.toml: webhook "console": ' + message)
    assert not [secret for secret in ENV.values() if secret in problem]


def test_folder_of_a_file_that_is_not_there_or_may_not_be_written_is_told(
    folder_with: Writes, tmp_path: Path
) -> None:
    """A warning: it may be a disk that comes later, and other webhooks go on."""
    folder = folder_with(
        {"webhooks.toml": '[webhooks.console]\nkind = "file"\npath = "logs/alerts.jsonl"'}
    )

    def said() -> list[str]:
        return [str(one) for one in config.check(folder, WebhookOptions(), ENV)]

    [missing] = said()
    (tmp_path / "logs").mkdir()
    fine = said()
    (tmp_path / "logs" / "alerts.jsonl").mkdir()
    [is_folder] = said()

    assert missing == (
        f'webhooks.toml: webhook "console": path: there is no folder {tmp_path / "logs"}; '
        "make it: only the file itself is made for you"
    )
    assert fine == []
    assert "is not that of a file" in is_folder


def test_folder_of_the_database_is_made_with_it(folder_with: Writes) -> None:
    table = '[webhooks.console]\nkind = "file"\npath = "data/alerts.jsonl"'

    assert config.check(folder_with({"webhooks.toml": table}), WebhookOptions(), ENV) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_file_that_may_not_be_written_is_told(folder_with: Writes, tmp_path: Path) -> None:
    folder = folder_with(
        {"webhooks.toml": '[webhooks.console]\nkind = "file"\npath = "logs/alerts.jsonl"'}
    )
    (tmp_path / "logs").mkdir(mode=0o500)

    [problem] = config.check(folder, WebhookOptions(), ENV)

    assert "no file may be made in" in problem.what


def test_relative_file_stands_beside_the_folder(folder_with: Writes, tmp_path: Path) -> None:
    table = '[webhooks.console]\nkind = "file"\npath = "data/alerts.jsonl"'

    loaded = config.load(folder_with({"webhooks.toml": table}), WebhookOptions(), ENV)

    assert loaded.webhooks["console"].options.path == tmp_path / "data" / "alerts.jsonl"


def test_template_file_is_read_from_the_folder(folder_with: Writes) -> None:
    table = '[webhooks.console]\nkind = "console"\ntemplate = "file:templates/a.j2"'
    files = {"webhooks.toml": table, "templates/a.j2": "{{ headline }} 列车"}

    loaded = config.load(folder_with(files), WebhookOptions(), ENV)

    assert loaded.webhooks["console"].options.template.text == "{{ headline }} 列车"


@pytest.mark.parametrize(("raw", "why"), [(b"\xff", "not UTF-8 text"), (b"x" * 70_000, "64 KiB")])
def test_file_that_cannot_be_a_template_is_refused(
    folder_with: Writes, raw: bytes, why: str
) -> None:
    table = 'kind = "console"\ntemplate = "file:a.j2"'

    [problem] = told(folder_with, table, **{"a.j2": raw})

    assert why in problem
