"""Sentences and clauses: what stands around a cue, and what it says of other days."""

from datetime import date, timedelta

import regex

from monitor.core.ladder import caveats, cues
from monitor.core.ladder.cue import Cue

_CLAUSE = regex.compile(
    r"[.;:!?](?=\s)|[；：。！？，、\n]|, |(?<=[\p{Han}\p{Pe}\d]),(?!\d)| [-–—] "
)
_SENTENCE = regex.compile(
    r"(?<=[.!?])\s+|,\s+(?=(?:and|but|while) (?:we|I)\b)|(?<=[。！？；;])|(?<=[!?])(?=[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}])|\n+"
)
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_BEHIND = 40  # characters behind a departure that may say that it was none
_YEAR = regex.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_ONCE = regex.compile(
    r"\W*(?:(?:back|early|late|ещ[её]) )?(?:in|on|since|by|в|с)? ?(?:[\w.]+ ){0,2}?(?:19|20)\d\d\b[^,，、]{0,12}[,，、]",
    regex.IGNORECASE,
)
"""A sentence that opens with a time of another year."""
_NOW = regex.compile(
    r"\b(?:today|now|this (?:week|month|year))\b|今日|今天|本日|现在|오늘|현재|지금|\b(?:сегодня|сейчас)\b",
    regex.IGNORECASE,
)
_LATE = timedelta(days=60)  # from which on a year that has ended is another one


def sentences(text: str) -> list[str]:
    return [one for one in _SENTENCE.split(text) if one.strip()]


def clause_before(text: str, found: "regex.Match[str]") -> str:
    """What stands before some words in their clause."""
    start = max((end.end() for end in _CLAUSE.finditer(text, 0, found.start())), default=0)
    return text[start : found.start()]


def acts(sentence: str) -> bool:
    """Whether it says that something was, is or will be done."""
    return bool((cues.ACTS_JA if _KANA.search(sentence) else cues.ACTS).search(sentence))


def departure(pattern: Cue, text: str) -> "regex.Match[str] | None":
    """What has come to pass: not what is to come, did not come, or came another year."""
    for found in pattern.finditer(text):
        before = clause_before(text, found) + found.group()
        behind = text[found.end() : found.end() + _BEHIND]
        if not caveats.NOT_YET.search(before) and not caveats.NOT_SO.search(behind):
            return found
    return None


def of_now(pattern: Cue, text: str, published: date) -> "regex.Match[str] | None":
    """What is said of these days, not of another year."""
    first = pattern.search(text)
    if first is None or not _YEAR.search(text):
        return first
    return next((one for one in pattern.finditer(text) if not _is_past(text, one, published)), None)


def years_in(text: str) -> set[int]:
    return {int(year) for year in _YEAR.findall(text)}


def _is_past(text: str, found: "regex.Match[str]", published: date) -> bool:
    start = max((end.end() for end in _SENTENCE.finditer(text, 0, found.start())), default=0)
    end = _CLAUSE.search(text, found.end())
    behind = text[found.end() : end.start() if end else len(text)]
    opening = _ONCE.match(text, start, found.start())
    around = clause_before(text, found) + found.group() + behind
    years = years_in(around + (opening.group() if opening else ""))
    return bool(years) and max(years) < (published - _LATE).year and not _NOW.search(around)
