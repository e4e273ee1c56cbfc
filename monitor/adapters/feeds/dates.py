"""The ways feeds write a moment."""

import calendar
import re
from datetime import UTC, datetime, timedelta
from time import struct_time

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan янв ene gen", "feb фев fév fev", "mar мар mär mrt", "apr апр avr abr",
            "may мая май mai mag maj", "jun июн giu", "jul июл lug", "aug авг aoû ago aou",
            "sep сен set", "oct окт okt ott out", "nov ноя", "dec дек déc dez dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTHS |= {"juin": 6, "juil": 7, "juillet": 7}

# Hours east of Greenwich. RFC 822 defines the American ones; the others are what servers write.
_ZONES = {
    "": 0, "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "brt": -3, "art": -3,
    "west": 1, "bst": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2, "mest": 2, "mesz": 2,
    "eet": 2, "eest": 3, "msk": 3, "msd": 4, "trt": 3, "gst": 4, "pkt": 5, "ist": 5.5,
    "ict": 7, "wib": 7, "hkt": 8, "sgt": 8, "pht": 8, "awst": 8, "kst": 9, "jst": 9,
    "vlat": 10, "aest": 10, "aedt": 11, "acst": 9.5, "nzst": 12, "nzdt": 13,
}  # fmt: skip

_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:[.,]\d+)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?"
)
_ZONE = r"\s*(?P<zone>(?:gmt|utc|ut|z)?\s*[+-]\s*\d{1,2}:?\d{0,2}|[a-z]{1,5})?\s*(?:\(.*\))?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_WEEKDAY = r"(?:[^\W\d]+(?:\.?\s*,\s*|\.\s*|\s+))?"
_MONTH = r"(?P<month>[^\W\d]{3,})\.?"
_FORMS = tuple(
    re.compile(day + rf"(?:{separator}{_TIME}{_ZONE})?" + after + r"\s*$")
    for day, separator, after in (
        # 2025-06-12T09:30:00Z, 2025/6/12 9:30, 2025-06-12
        (
            r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})z?",
            r"(?:\s*,\s*|\s+|\s*t\s*)",
            "",
        ),
        # Thu, 12 Jun 2025 09:30:00 +0000; Wed,14-Dec-2022 11:17:59 GMT; 12 июня 2025
        (
            rf"{_WEEKDAY}(?P<day>\d{{1,2}})\.?[\s./-]*{_MONTH},?[\s./-]*{_YEAR},?",
            r"[\st]+",
            "",
        ),
        # June 12, 2025 09:30
        (
            rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}),?",
            r"\s+(?:at\s+)?",
            "",
        ),
        # Thu Jun 12 09:30:00 CST 2025 (Java, asctime)
        (rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})", r"\s+", r"\s+(?P<year>\d{4})"),
        # 12.06.2025 09:30 (dots: the day is first)
        (r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})", r"[\s,]+", ""),
    )
)
_PACKED = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    rf"(?:t?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d){_ZONE})?$"
)
# 2025年6月12日 17:30; 2025년 06월 12일 오후 5:30:00; 2025-06-12 오후 5:30:00
_EASTERN = re.compile(
    r"(?P<year>\d{4})\s*[년年./-]\s*(?P<month>\d{1,2})\s*[월月./-]\s*(?P<day>\d{1,2})\s*[일日号號.]?"
    r"\s*(?:\(.\)|星期.|[월화수목금토일月火水木金土日]曜日)?"
    r"\s*(?P<noon>오전|오후|上午|下午|午前|午後)?"
    r"(?:\s*(?P<hour>\d{1,2})\s*[:시时時点]\s*(?:(?P<minute>\d{1,2})\s*[:분分]?)?"
    r"(?:\s*(?P<second>\d{1,2})\s*[초秒]?)?)?\s*$"
)
_AFTERNOON = frozenset({"오후", "下午", "午後"})


def read_moment(
    raw: str, *, language: str = "", parsed: struct_time | None = None
) -> datetime | None:
    """A date as a feed wrote it, in UTC; None if no reading of it makes sense.

    Args:
        language: Of the feed; decides what its clock shows where the text does not say: "CST"
            in a Chinese feed is China's, a date written in Hangul is Seoul's.
        parsed: What feedparser made of the same text, for the forms unknown here.

    A moment without a zone counts as UTC (as feedparser does).
    """
    text = " ".join(raw[:100].split())
    try:
        if re.fullmatch(r"1\d{9}(?:\d{3})?", text):
            return datetime.fromtimestamp(int(text[:10]), UTC)
        lowered = text.lower()
        for form in (*_FORMS, _PACKED):
            if found := form.match(lowered):
                return _moment(found.groupdict(), language)
        if found := _EASTERN.match(text):
            return _eastern(found.groupdict(), language)
    except (ValueError, OverflowError):
        pass  # looked familiar, but is not: feedparser may know the month's name
    return _from_struct(parsed)


def _moment(part: dict[str, str | None], language: str) -> datetime:
    year = int(part["year"] or "")
    if year < 100:
        year += 1900 if year >= 70 else 2000
    hour = int(part.get("hour") or 0)
    if half := part.get("half"):
        hour = hour % 12 + (12 if half == "p" else 0)
    day = datetime(year, _month(part["month"] or ""), int(part["day"] or ""), tzinfo=UTC)
    clock = _clock(hour, part.get("minute"), part.get("second"))
    return day + clock - _offset(part.get("zone") or "", language)


def _eastern(part: dict[str, str | None], language: str) -> datetime:
    hour = int(part["hour"] or 0)
    if noon := part["noon"]:
        hour = hour % 12 + (12 if noon in _AFTERNOON else 0)
    day = datetime(int(part["year"] or ""), int(part["month"] or ""), int(part["day"] or ""),
                   tzinfo=UTC)  # fmt: skip
    return (
        day
        + _clock(hour, part["minute"], part["second"])
        - timedelta(hours=8 if language.lower().startswith("zh") else 9)
    )


def _clock(hour: int, minute: str | None, second: str | None) -> timedelta:
    minutes, seconds = int(minute or 0), int(second or 0)
    # 24:00 and leap seconds are real; anything beyond is a broken date.
    if hour > 24 or minutes > 59 or seconds > 60:
        raise ValueError("no such time of day")
    return timedelta(hours=hour, minutes=minutes, seconds=seconds)


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    month = _MONTHS.get(text) or _MONTHS.get(text[:4]) or _MONTHS.get(text[:3])
    if month is None:
        raise ValueError("no such month")
    return month


def _offset(zone: str, language: str) -> timedelta:
    zone = zone.replace(" ", "")
    if found := re.fullmatch(r"(?:gmt|utc|ut|z)?([+-])(\d{1,2}):?(\d{0,2})", zone):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours > 14 or minutes > 59:
            raise ValueError("no such zone")
        return timedelta(hours=hours, minutes=minutes) * (-1 if found[1] == "-" else 1)
    if zone == "cst" and language.lower().startswith("zh"):
        return timedelta(hours=8)
    return timedelta(hours=_ZONES.get(zone, 0))


def _from_struct(parsed: struct_time | None) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
