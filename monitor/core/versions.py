"""What a watch and the lexicon are at a time, named by what they say."""

import json
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from monitor.model import Lexicon, Version, Watch


def lexicon_version(lexicon: Lexicon) -> Version:
    """All of its groups and masks."""
    text = _text({"groups": lexicon.groups, "masks": lexicon.masks})
    return Version(id=_name(text), name="", text=text)


def watch_version(watch: Watch, lexicon: Version) -> Version:
    """A watch with its policy; the same words with another lexicon are another version."""
    written = asdict(watch)
    del written["report_to"]  # a place on this machine, which says nothing of the watch
    text = _text(written | {"lexicon": lexicon.id})
    return Version(id=_name(text), name=watch.id, text=text, lexicon=lexicon.id)


def _text(value: Any) -> str:
    """The same for the same, in whatever order it was written."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=_plain)


def _name(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value) if isinstance(value, Path) else asdict(value)
