"""A folder that is valid as it stands, so that a test states only what it breaks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from monitor.model import Secret

FOLDER = {
    "feeds/pennant.toml": """
        [[feed]]
        id = "pennant"
        url = "https://pennant.example.org/feed.xml"
        owner = "pennant"
        language = "en"
    """,
    "lexicon/places.toml": """
        [groups.kp]
        en = ["Pyongyang"]

        [masks.names]
        en = ["Pyongyang Cold Noodles"]
    """,
    "watches/rail.toml": """
        [[watch]]
        id = "rail"
        query = "@kp"
    """,
    "webhooks.toml": """
        [webhooks.console]
        kind = "console"
    """,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleOptions:
    """An option-less kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOptions:
    """A kind with secrets, as those that speak HTTP are."""

    url: Secret
    secrets: tuple[Secret, ...] = ()
    headers: Mapping[str, Secret] = field(default_factory=dict)
    allow_private: tuple[str, ...] = ()
    copy: bool = False

    def __post_init__(self) -> None:
        if any(len(secret.reveal()) < 4 for secret in self.secrets):
            short = [secret.reveal() for secret in self.secrets]
            raise ValueError(f"secrets: {short} are too short")


KINDS: dict[str, type] = {"console": ConsoleOptions, "post": PostOptions}

Writes = Callable[..., Path]


@pytest.fixture
def folder_with(tmp_path: Path) -> Writes:
    """Writes the valid folder with files added or replaced; None leaves a file out."""

    def write(files: Mapping[str, str | bytes | None] | None = None) -> Path:
        folder = tmp_path / "config"
        for name, text in {**FOLDER, **(files or {})}.items():
            if text is None:
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return folder

    return write
