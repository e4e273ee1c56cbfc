import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.secrets import NotASecret, Secrets
from monitor.model import Secret

VALUE = "whsec_s3cr3t"


def secrets_in(folder: Path, **env: str) -> Secrets:
    return Secrets(folder=folder, env=env)


def private_file(folder: Path, text: str | bytes = VALUE, mode: int = 0o600) -> Path:
    path = folder / "desk"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def refused(secrets: Secrets, reference: str) -> NotASecret:
    with pytest.raises(NotASecret) as caught:
        secrets.resolve(reference)
    assert VALUE not in str(caught.value) + caught.value.cure
    return caught.value


def test_secret_comes_from_the_environment(tmp_path: Path) -> None:
    secret = secrets_in(tmp_path, DESK=VALUE + "\n").resolve("env:DESK")

    assert secret.reveal() == VALUE
    assert repr(secret) == "Secret(env:DESK)"


@pytest.mark.parametrize(
    ("env", "what"), [({}, "not set"), ({"DESK": ""}, "empty"), ({"DESK": " \n"}, "empty")]
)
def test_variable_without_a_value_is_named(tmp_path: Path, env: dict[str, str], what: str) -> None:
    problem = refused(secrets_in(tmp_path, **env), "env:DESK")

    assert problem.what == f"the environment variable DESK is {what}"


def test_secret_comes_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    private_file(tmp_path, VALUE + "\n")

    assert secrets_in(tmp_path).resolve("file:desk").reveal() == VALUE


def test_secret_comes_from_a_file_anywhere(tmp_path: Path) -> None:
    path = private_file(tmp_path)

    assert secrets_in(Path("/nowhere")).resolve(f"file:{path}").reveal() == VALUE


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_file_that_others_may_open_is_refused(tmp_path: Path, mode: int) -> None:
    path = private_file(tmp_path, mode=mode)

    problem = refused(secrets_in(tmp_path), "file:desk")

    assert problem.what == "the file desk is open to others"
    assert problem.cure == f"chmod 600 {path}"


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    problem = refused(secrets_in(tmp_path), "file:secrets/desk")

    assert "the file secrets/desk cannot be read (No such file or directory)" in problem.what


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (f"{VALUE}\nsecond line", "line break or control character"),
        (f"{VALUE}\0", "line break or control character"),
        ("x" * 70_000, "is too big for a secret"),
    ],
)
def test_file_that_holds_no_secret_is_refused(
    tmp_path: Path, content: str | bytes, what: str
) -> None:
    private_file(tmp_path, content)

    assert what in refused(secrets_in(tmp_path), "file:desk").what


def test_folder_or_pipe_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """A named pipe without a writer would hold the start for ever."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)

    assert refused(secrets_in(tmp_path), "file:pipe").what == "pipe is not a file"
    assert "folder" in refused(secrets_in(tmp_path), "file:folder").what


@pytest.mark.parametrize(
    "reference",
    [
        VALUE,
        f"https://hooks.example.org/{VALUE}",
        f"http://127.0.0.1.example.org/{VALUE}",
        f"http://user:{VALUE}@localhost/",
        f"ftp://localhost/{VALUE}",
        f"ENV:{VALUE}",
        "env:",
        "file:",
        "",
    ],
)
def test_secret_written_in_plain_is_refused_and_not_repeated(
    tmp_path: Path, reference: str
) -> None:
    problem = refused(secrets_in(tmp_path), reference)

    assert problem.what == "a secret must not stand in the file"
    assert '"env:DESK_SECRET"' in problem.cure


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8099/", "http://localhost/hook", "https://[::1]:1/"]
)
def test_address_of_this_machine_is_no_secret(tmp_path: Path, url: str) -> None:
    assert secrets_in(tmp_path).resolve(url).reveal() == url


def test_reference_that_is_not_needed_is_not_followed(tmp_path: Path) -> None:
    secret = Secrets(folder=tmp_path, env={}, needed=False).resolve("env:DESK")

    assert secret.reveal() == ""


def resolved_or_refused(text: str) -> Secret | NotASecret:
    try:
        return Secrets(folder=Path("/nowhere"), env={}).resolve(text)
    except NotASecret as problem:
        return problem


@given(st.text())
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    outcome = resolved_or_refused(text)

    assert isinstance(outcome, Secret) or (outcome.what and outcome.cure)


def credentials_in(folder: Path, text: str = VALUE, mode: int = 0o440) -> Secrets:
    """As systemd has them: the access list for the service's user shows as the group's."""
    (folder / "desk").write_text(text)
    (folder / "desk").chmod(mode)
    return secrets_in(Path("/nowhere"), CREDENTIALS_DIRECTORY=str(folder))


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600])
def test_secret_comes_from_a_credential_of_systemd(tmp_path: Path, mode: int) -> None:
    secret = credentials_in(tmp_path, VALUE + "\n", mode).resolve("credential:desk")

    assert secret.reveal() == VALUE
    assert repr(secret) == "Secret(credential:desk)"


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        ("credential:other", "the credential other cannot be read (No such file or directory)"),
        ("credential:../desk", "'../desk' is no name of a credential"),
        ("credential:.", "'.' is no name of a credential"),
    ],
)
def test_credential_that_is_none_is_refused(tmp_path: Path, reference: str, what: str) -> None:
    assert refused(credentials_in(tmp_path), reference).what == what


def test_credential_open_to_others_is_refused(tmp_path: Path) -> None:
    assert "open to others" in refused(credentials_in(tmp_path, mode=0o444), "credential:desk").what


def test_credential_outside_of_systemd_is_refused_with_the_cure(tmp_path: Path) -> None:
    problem = refused(secrets_in(tmp_path), "credential:desk")

    assert "CREDENTIALS_DIRECTORY is not set" in problem.what
    assert "LoadCredential=desk:" in problem.cure
