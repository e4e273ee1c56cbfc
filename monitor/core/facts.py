"""What a text states that a careful reader checks first: numbers, dates, claims and denials.

Two texts with most of their words in common are not the same news if one of these differs: the 19th
package is not the 20th, and "not confirmed" contains "confirmed".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from monitor.core.claims import claims_of, exclude
from monitor.core.text import plain

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan январь января январе",
            "february feb февраль февраля феврале",
            "march mar март марта марте",
            "april apr апрель апреля апреле",
            "may май мая мае",
            "june jun июнь июня июне",
            "july jul июль июля июле",
            "august aug август августа августе",
            "september sep sept сентябрь сентября сентябре",
            "october oct октябрь октября октябре",
            "november nov ноябрь ноября ноябре",
            "december dec декабрь декабря декабре",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"(?P<day1>\d{{1,2}})(?:st|nd|rd|th|-?го)?\s+(?:of\s+)?(?P<month1>{_MONTH})\b\.?"
    rf"|\b(?P<month2>{_MONTH})\b\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[.,]\d)"
    r"|(?P<month3>\d{1,2})\s*[월月]\s*(?P<day3>\d{1,2})\s*[일日号號]"
    r"|(?P<year4>(?:19|20)\d\d)[-./](?P<month4>\d{1,2})[-./](?P<day4>\d{1,2})(?!\d)"
    r"|(?<!\d)(?P<day5>\d{1,2})\.(?P<month5>\d{1,2})\.(?P<year5>(?:19|20)\d\d)(?!\d)"
)
_SCALES = {
    "thousand": "k",
    "million": "m",
    "billion": "b",
    "trillion": "t",
    "тыс": "k",
    "тысяч": "k",
    "тысячи": "k",
    "млн": "m",
    "миллион": "m",
    "миллиона": "m",
    "миллионов": "m",
    "млрд": "b",
    "миллиард": "b",
    "миллиарда": "b",
    "миллиардов": "b",
    "трлн": "t",
    "mln": "m",
    "bn": "b",
    "tn": "t",
    "천": "천",
    "만": "万",
    "억": "亿",
    "조": "兆",
    "万": "万",
    "萬": "万",
    "亿": "亿",
    "億": "亿",
    "兆": "兆",
}
_NUMBER = re.compile(
    r"(?<![a-z\d])(?P<number>\d+(?:[.,]\d+)*|\d{1,3}(?: \d{3})+)"
    rf"(?:\s?(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})(?![a-zа-я]))?"
    r"|(?<![a-zа-яё])(?P<word>[a-zа-яё]{3,11})(?![a-zа-яё])"
)
_GROUPING = re.compile(r",(?=\d{3}(?:\D|$))")
_COUNTED = {
    word: str(number)
    for number, words in enumerate(
        (
            "one один одна одно одного одной",
            "two два две двух двум",
            "three три трех трём трех",
            "four четыре четырех",
            "five пять пяти",
            "six шесть шести",
            "seven семь семи",
            "eight восемь восьми",
            "nine девять девяти",
            "ten десять десяти",
            "eleven одиннадцать",
            "twelve двенадцать двенадцати",
            "thirteen тринадцать",
            "fourteen четырнадцать",
            "fifteen пятнадцать",
            "sixteen шестнадцать",
            "seventeen семнадцать",
            "eighteen восемнадцать",
            "nineteen девятнадцать",
            "twenty двадцать",
        ),
        1,
    )
    for word in words.split()
    if number > 1  # "one" and "один" are articles as often
}
_ORDINAL = re.compile(
    r"(?P<en>\d+)(?:st|nd|rd|th)\s+(?P<what_en>[a-z]+(?:\s[a-z]+)?)"
    r"|(?P<ru>\d+)-?(?:й|я|е|го|му|м|ю)\s+(?P<what_ru>[а-я]{3,5})"
    r"|제?\s?(?P<ko>\d+)\s?(?P<what_ko>차|번째|호|기)"
    r"|第?(?P<zh>\d+)(?P<what_zh>[轮輪次批届屆号號弾回])"
)
_WORDED = {
    "first": "1",
    "second": "2",
    "third": "3",
    "fourth": "4",
    "fifth": "5",
    "sixth": "6",
    "seventh": "7",
    "eighth": "8",
    "ninth": "9",
    "tenth": "10",
    "eleventh": "11",
    "twelfth": "12",
}
_SIMPLER = str.maketrans("輪屆號弾", "轮届号弹")
_ORDINAL_WORD = re.compile(rf"\b({'|'.join(_WORDED)})\s+([a-z]+)")

_NEGATION = re.compile(
    r"\b(?:not|no|never|cannot|without|neither|nor)\b|n't\b|\bfail(?:s|ed)? to\b|무산"
    r"|\bне\b|\bнет\b|\bбез\b|\bникогда\b"
    r"|않|못\s?하|못했|없[다는이었]|아니[다라]|[没沒]有|[並并]未|尚未|[不未](?=[会會是能可予接再实實确確证證])"
    r"|ない|なかった|ません|せず",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text states.

    Attributes:
        numbers: As digits with a letter for thousands, millions...: "150m"; no dates among them.
        dates: Month and day.
        ordinals: Which of a row -> its number, as in "package" -> "19".
        claims: Names of claims, as in "confirmed".
        negations: How often it says no.
    """

    numbers: frozenset[str] = frozenset()
    dates: frozenset[tuple[int, int]] = frozenset()
    ordinals: tuple[tuple[str, str], ...] = ()
    claims: frozenset[str] = frozenset()
    negations: int = 0


@lru_cache(maxsize=2048)
def facts_of(text: str) -> Facts:
    """The numbers, dates, claims and negations of a text in any of the five languages."""
    lower = plain(text).casefold()
    rest = _DATE.sub(" ", lower)
    return Facts(
        numbers=frozenset(_numbers(rest)),
        dates=frozenset(_dates(lower)),
        ordinals=tuple(sorted(set(_ordinals(rest)))),
        claims=claims_of(rest),
        negations=len(_NEGATION.findall(rest)),
    )


def numbers_in(text: str) -> list[str]:
    """The numbers of a text in their order, as digits: "150m"; without those of dates."""
    return list(_numbers(_DATE.sub(" ", plain(text).casefold())))


def dates_in(text: str) -> list[str]:
    """The dates of a text in their order, as month and day: "06-12"."""
    return [f"{month:02}-{day:02}" for month, day in _dates(plain(text).casefold())]


def ordinals_in(text: str) -> list[tuple[str, str]]:
    """What is counted in a text, and which of them it is: ("package", "19")."""
    return list(_ordinals(_DATE.sub(" ", plain(text).casefold())))


def negations_in(text: str) -> list[str]:
    """The words by which a text says no, in their order."""
    return [found.strip() for found in _NEGATION.findall(plain(text).casefold())]


def contradiction(one: Facts, two: Facts) -> str:
    """Which kind of fact keeps two texts from being the same; empty if none does.

    A shorter text may leave facts out; only if each states what the other does not, they differ.
    """
    if _differ(one.dates, two.dates):
        return "date"
    if _ordinals_differ(one, two):
        return "number"
    if _differ(one.numbers, two.numbers):
        return "number"
    if exclude(one.claims, two.claims):
        return "claim"
    return ""


def _ordinals_differ(one: Facts, two: Facts) -> bool:
    ours, theirs = dict(one.ordinals), dict(two.ordinals)
    return any(number != theirs[what] for what, number in ours.items() if what in theirs)


def _differ(ours: frozenset[object], theirs: frozenset[object]) -> bool:
    return bool(ours - theirs) and bool(theirs - ours)


def _dates(text: str) -> Iterator[tuple[int, int]]:
    for found in _DATE.finditer(text):
        groups = found.groupdict()
        day = next(groups[f"day{n}"] for n in range(1, 6) if groups[f"day{n}"])
        month = next(groups[f"month{n}"] for n in range(1, 6) if groups[f"month{n}"])
        date = (_MONTHS.get(month) or int(month), int(day))
        if 1 <= date[0] <= 12 and 1 <= date[1] <= 31:
            yield date


def _numbers(text: str) -> Iterator[str]:
    for found in _NUMBER.finditer(text):
        if found["word"]:
            if found["word"] in _COUNTED:
                yield _COUNTED[found["word"]]
            continue
        digits = found["number"].replace(" ", "")
        # A comma before three digits groups them; elsewhere it is a decimal point (Russian).
        digits = _GROUPING.sub("", digits).replace(",", ".").rstrip(".")
        yield digits + _SCALES.get(found["scale"] or "", "")


def _ordinals(text: str) -> Iterator[tuple[str, str]]:
    for found in _ORDINAL.finditer(text):
        for language in ("en", "ru", "ko", "zh"):
            if found[language]:
                for what in found[f"what_{language}"].split():
                    yield what.translate(_SIMPLER), found[language]
    for word, what in _ORDINAL_WORD.findall(text):
        yield what, _WORDED[word]
