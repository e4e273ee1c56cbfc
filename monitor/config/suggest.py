"""What somebody may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """A cure that names the nearest known word, else all of them if they are few; may be empty."""
    words = sorted(set(known))
    by_folded = {word.casefold(): word for word in reversed(words)}
    near = get_close_matches(written.casefold(), list(by_folded), n=1, cutoff=0.6)
    if near:
        return f"did you mean '{by_folded[near[0]]}'?"
    return f"known: {', '.join(words)}" if 0 < len(words) <= 12 else ""


def shown(value: object) -> str:
    """A value as it may stand in a message: quoted, on one line, control characters escaped."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:56]}..."
