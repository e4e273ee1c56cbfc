"""What a person looks for, as words, and where these stand in a text of any script.

A run of Han, kana or Hangul has no word edges, so each of its characters is a word of its own, and
what is looked for is found as a sequence of words.
"""

import re
from collections.abc import Iterator

from monitor.core.text import HAN, HANGUL, KANA, fold, fold_text

_DENSE = re.compile(f"[{HANGUL}{KANA}{HAN}]+")
_WORD = re.compile(f"[{HANGUL}{KANA}{HAN}]|[^\\s{HANGUL}{KANA}{HAN}]+")
BEGINNING = "*"
_LEAST = 2  # letters of a beginning: those of one are of half of all words
_LONGEST = 400  # what a database can have in an index has an end
MOST_WORDS = 64
"""More narrow nothing down."""


def spaced(text: str) -> str:
    """The words of a text, folded, separated by spaces; what is too long for one is cut."""
    folded = fold_text(text)
    if not folded.isascii():
        folded = _DENSE.sub(lambda run: f" {' '.join(run[0])} ", folded)
    words = folded.split()
    return " ".join(word[:_LONGEST] for word in words)


def sought(text: str) -> list[str]:
    """What has to be found, each once: words that stand together are a text with spaces.

    One that ends in `*` is the beginning of a word: "train*" finds "trains".
    """
    return list(dict.fromkeys(filter(None, map(_sought, text.split()))))[:MOST_WORDS]


def _sought(word: str) -> str:
    folded = spaced(word)
    begins = word.endswith(BEGINNING) and len(folded.rpartition(" ")[2]) >= _LEAST
    return folded + BEGINNING if begins else folded


def as_beginnings(text: str) -> str:
    """The same with `*` behind every word; empty if none is left without."""
    words = text.split()
    if all(word.endswith(BEGINNING) or not spaced(word) for word in words):
        return ""
    return " ".join(
        word if word.endswith(BEGINNING) or not spaced(word) else word + BEGINNING for word in words
    )


def places(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Where a text has what is sought: code points, in order, none within another.

    Args:
        words: As `sought` gives them.
    """
    folded = fold(text)
    tokens = [(found[0], *found.span()) for found in _WORD.finditer(folded.text)]
    found = sorted(
        folded.span(start, end) for word in words for start, end in _runs(tokens, word.split())
    )
    kept: list[tuple[int, int]] = []
    for start, end in found:
        if start < end and (not kept or end > kept[-1][1]):
            kept.append((start, end))
    return kept


def _runs(tokens: list[tuple[str, int, int]], words: list[str]) -> Iterator[tuple[int, int]]:
    *whole, last = words
    for at in range(len(tokens) - len(whole)):
        token, start, end = tokens[at + len(whole)]
        if all(tokens[at + n][0] == word for n, word in enumerate(whole)) and _is(token, last):
            yield tokens[at][1] if whole else start, end


def _is(token: str, word: str) -> bool:
    stem = word.removesuffix(BEGINNING)
    return token == stem or (stem != word and token.startswith(stem))
