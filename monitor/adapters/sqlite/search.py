"""Full text in any script: what is indexed, and how a person's words become a query.

SQLite's tokenizers take a run of Han, kana or Hangul for one word, and its trigrams miss words
of two characters. So the index holds the folded text with each such character as a word of its
own, and a word that is looked for becomes a phrase.
"""

import re

from monitor.core.text import HAN, HANGUL, KANA, fold_text

_DENSE = re.compile(f"[{HANGUL}{KANA}{HAN}]+")
# FTS5 limits the depth of an expression to 256; more words narrow nothing down.
_MAX_WORDS = 64


def indexed(text: str) -> str:
    """The words of a text, separated by spaces."""
    return " ".join(_DENSE.sub(lambda run: f" {' '.join(run[0])} ", fold_text(text)).split())


def as_query(text: str) -> str:
    """An FTS5 query for items that hold every word; empty if there is no word in the text.

    Quoted words are never syntax, and folding leaves nothing but letters and digits of them.
    """
    words = dict.fromkeys(filter(None, map(indexed, text.split())))
    return " AND ".join(f'"{word}"' for word in list(words)[:_MAX_WORDS])
