"""Full text in any script: what is indexed, and what is looked for.

No database takes Han, kana or Hangul apart: a run of them is one word to SQLite's tokenizers as to
PostgreSQL's, and trigrams miss words of two characters. So the index holds the folded text with
each such character as a word of its own, and a word that is looked for becomes a phrase.
"""

import re

from monitor.core.text import HAN, HANGUL, KANA, fold_text

_DENSE = re.compile(f"[{HANGUL}{KANA}{HAN}]+")
# FTS5 limits the depth of an expression to 256; more words narrow nothing down.
_MAX_WORDS = 64
# What PostgreSQL can have in an index has an end; so long a word is none.
_MAX_LENGTH = 400


def indexed(text: str) -> str:
    """The words of a text, separated by spaces."""
    words = _DENSE.sub(lambda run: f" {' '.join(run[0])} ", fold_text(text)).split()
    return " ".join(word[:_MAX_LENGTH] for word in words)


def phrases(text: str) -> list[str]:
    """What an item must hold: of each word that a person wrote the words it is indexed by."""
    return list(dict.fromkeys(filter(None, map(indexed, text.split()))))[:_MAX_WORDS]
