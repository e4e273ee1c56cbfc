"""The words of a text that say what it is about: stems, without particles and stopwords."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from sys import intern

from monitor.core.query.inflection import PARTICLES, english_stem, russian_stem
from monitor.core.query.stopwords import STOPWORDS
from monitor.core.text import HAN, HANGUL, KANA, fold_text

_TAG = re.compile(
    # [속보] (종합2보) 【速報】 (LEAD) in front; UPDATE 1-, WRAPUP 2-, BREAKING: and the like.
    r"^(?:\s*(?:\[[^\[\]]{1,12}\]|【[^【】]{1,12}】|［[^［］]{1,12}］|"
    r"\((?:\d+(?:st|nd|rd|th)\s+)?(?:LEAD|LD|URGENT|UPDATE|종합\d?보?|\d보)\)|"
    r"(?:UPDATE|WRAPUP|REFILE|CORRECTED|EXCLUSIVE|BREAKING|URGENT|LIVE|VIDEO|WATCH|PHOTOS?|"
    r"FACTBOX|INSIGHT|Молния|Срочно|МОЛНИЯ|СРОЧНО)\s?\d{0,2}\s?[-:—–|.])\s*)+"
)
_TAG_END = re.compile(
    r"\s*(?:\((?:\d+(?:st|nd|rd|th)\s+)?(?:LEAD|LD|URGENT|UPDATED?|\d|VIDEO|PHOTOS?|종합\d?보?|\d보)\)|"
    r"\[[^\[\]]{1,12}\]|--? Update|\s\.\.\.|…)\s*$"
)
_HANGUL = re.compile(f"[{HANGUL}]")
_CJK = re.compile(f"[{KANA}{HAN}]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_RUN = re.compile(f"[\u30a1-\u30fa\u30fc]+|[{HAN}]+")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_TELLING = 4  # letters of a word that title case would write with a capital
# Longer ones are no words, and what a database can look up by has an end.
_LONGEST_WORD = 100
_LONGEST_PARTICLE = max(map(len, PARTICLES))


def headline(title: str) -> str:
    """A title without the marks that say how it came: [속보], UPDATE 1-, (LEAD), "..."."""
    bare = _TAG.sub("", title)
    bare = _TAG_END.sub("", bare)
    return bare if bare.strip() else title


def names_in(title: str) -> frozenset[str]:
    """Words of a title that are names, as words_of gives them; empty where that cannot be told.

    Names are written with a capital. Where most words are (headlines in title case, capitals
    alone), and in scripts without capitals, nothing can be told; nor of the first word.
    """
    words = _WORD.findall(title)[1:]
    long = [word for word in words if len(word) >= _TELLING]
    capitals = [word for word in words if word[0].isupper()]
    if 2 * sum(word[0].isupper() for word in long) > len(long):
        return frozenset()
    return frozenset(name for word in capitals for name in words_of(word)) & set(words_of(title))


def words_of(text: str) -> list[str]:
    """The words of a text in their order, folded and stemmed; a word may come several times."""
    tokens = fold_text(text).split()
    return [word for token in tokens for word in _words(token)]


@lru_cache(maxsize=16_384)
def _words(token: str) -> tuple[str, ...]:
    """Its words, of which there is one object each: many stories keep them for days."""
    return tuple(intern(word[:_LONGEST_WORD]) for word in _parts(token))


def _parts(token: str) -> tuple[str, ...]:
    """What one folded token is made of: itself, or of a run of Han and kana its pieces."""
    if _CJK.match(token):
        return tuple(_pieces(token))
    if token in STOPWORDS or (len(token) == 1 and not token.isdigit()):
        return ()
    if _HANGUL.match(token):
        bare = bare_noun(token)
        return () if bare in STOPWORDS else (bare,)
    if _CYRILLIC.match(token):
        return (russian_stem(token),)
    return (english_stem(token),) if token.isascii() and token.isalpha() else (token,)


def _pieces(run: str) -> Iterator[str]:
    """Katakana words whole, of Han every two neighbours; hiragana joins words, it is none."""
    for part in _RUN.findall(run):
        if "\u30a1" <= part[0] <= "\u30fc" or len(part) == 1:
            if part not in STOPWORDS:
                yield part
        else:
            yield from (a + b for a, b in pairwise(part))


def bare_noun(token: str) -> str:
    """A Korean word without its particle; at least two syllables stay."""
    for size in range(min(_LONGEST_PARTICLE, len(token) - 2), 0, -1):
        if token[-size:] in PARTICLES:
            return token[:-size]
    return token
