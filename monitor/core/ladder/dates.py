"""Days that a text names."""

from datetime import date, timedelta

import regex

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS_RU = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_TO = r"(?: ?[-–—] ?\d{1,2}| (?:to|and|по|и) \d{1,2})?"  # of a range the first day
_DATES = regex.compile(
    r"\b(?P<en>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? (?P<en_day>\d{1,2})\b"
    rf"|\b(?P<day_en>\d{{1,2}}){_TO} (?P<en2>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
    r"|(?P<month>\d{1,2}) ?[月월] ?(?P<day>\d{1,2}) ?[日일号]"
    rf"|\b(?P<ru_day>\d{{1,2}}){_TO} (?P<ru>янв|фев|мар|апр|ма[яй]|июн|июл|авг|сен|окт|ноя|дек)\w*"
    r"|(?<![\d月월])(?P<only>\d{1,2}) ?[日일号](?!間|间|동안|연속)",
    regex.IGNORECASE,
)
DATE = regex.compile(
    r"\d{1,2} ?[月日号일월]|\b\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}\b"
    r"|\b\d{1,2} (?:январ|феврал|март|апрел|ма[яй]|июн|июл|август|сентябр|октябр|ноябр|декабр)",
    regex.IGNORECASE,
)
_FAR = timedelta(days=200)
_PASSED = 7  # days after which "the 12th" is that of the next month


def date_in(text: str, published: date) -> date | None:
    """The first date that the text names, in the year that makes it nearest to its publication."""
    for found in _DATES.finditer(text):
        month, day = _month_and_day(found, published)
        days = [one for year in (-1, 0, 1) if (one := _day(published.year + year, month, day))]
        near = min(days, key=lambda one: abs(one - published), default=None)
        if near is not None and abs(near - published) <= _FAR:
            return near
    return None


def _month_and_day(found: "regex.Match[str]", published: date) -> tuple[int, int]:
    parts = found.groupdict()
    if name := parts["en"] or parts["en2"]:
        return _MONTHS.index(name.lower()) + 1, int(parts["en_day"] or parts["day_en"])
    if name := parts["ru"]:
        short = name.lower()[:3]
        index = next(n for n, one in enumerate(_MONTHS_RU) if short == one or short[:2] == one)
        return index + 1, int(parts["ru_day"])
    if parts["month"]:
        return int(parts["month"]), int(parts["day"])
    # "the 12th": of this month, or of the next if that is long past
    day = int(parts["only"])
    late = day < published.day - _PASSED
    return (published.month % 12 + 1 if late else published.month), day


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
