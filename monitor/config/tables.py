"""`[[feed]]` tables as the program writes them, and ids for them."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

import tomli_w


def feed_table(values: Mapping[str, Any]) -> str:
    """One `[[feed]]` table of a file for `feeds/`; what is empty is left out."""
    kept = {key: value for key, value in values.items() if value not in ("", [])}
    return f"[[feed]]\n{tomli_w.dumps(kept)}"


def slug(text: str) -> str:
    """Small Latin letters, digits and hyphens; empty if nothing of the text is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def unused(wanted: str, taken: Collection[str]) -> str:
    """An id that no feed has yet."""
    name, number = wanted or "feed", 1
    while name in taken:
        number += 1
        name = f"{wanted or 'feed'}-{number}"
    return name
