"""Any of some phrases, looked for in the scripts that a text has."""

from collections.abc import Iterator
from functools import lru_cache

import regex

_FLAGS = regex.IGNORECASE | regex.VERSION1
_SCRIPTS = {
    "Latin": regex.compile(r"[A-Za-z]"),
    "Cyrillic": regex.compile(r"[\u0400-\u04ff]"),
    "Hangul": regex.compile(r"[\uac00-\ud7ff]"),
    "Han": regex.compile(r"[\u2e80-\u30ff\u3400-\u9fff]"),  # and kana
}
_SYNTAX = regex.compile(r"\\(?:p\{\w+\}|\w)|\(\?P?<\w+>|\{[\d,]*\}")


class Cue:
    """Any of some phrases.

    Those in a script that a text does not have are not looked for in it; what is left is compiled
    when first asked for, as most commands never do.
    """

    def __init__(self, *phrases: str) -> None:
        self._phrases = [(phrase, _scripts_of(_SYNTAX.sub(" ", phrase))) for phrase in phrases]
        self._patterns: dict[frozenset[str], regex.Pattern[str]] = {}

    def search(self, text: str) -> "regex.Match[str] | None":
        return self._pattern(text).search(text)

    def finditer(self, text: str) -> "Iterator[regex.Match[str]]":
        """Matches at every place, also within another one."""
        return self._pattern(text).finditer(text, overlapped=True)

    def sub(self, instead: str, text: str) -> str:
        return self._pattern(text).sub(instead, text)

    def _pattern(self, text: str) -> "regex.Pattern[str]":
        there = _scripts_of(text)
        found = self._patterns.get(there)
        if found is None:
            phrases = [one for one, scripts in self._phrases if not scripts or scripts & there]
            found = regex.compile("|".join(phrases) or _NOTHING, _FLAGS)
            self._patterns[there] = found
        return found


_NOTHING = r"(?!)"


@lru_cache(maxsize=256)
def _scripts_of(text: str) -> frozenset[str]:
    return frozenset(name for name, letter in _SCRIPTS.items() if letter.search(text))
