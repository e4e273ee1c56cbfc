"""Titles that come again with other news: bulletins, forecasts, "headlines at this hour".

An equal title must not silence another article. Whether two items of one title are one article is
asked of their texts and of the time between them.
"""

import re
from collections.abc import Set

from monitor.core.text import fold_text

_MASK = re.compile(
    r"\d+|\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|(?:mon|tues?|wednes|thurs?|fri|satur|sun)day"
    r"|am|pm|morning|noon|midday|afternoon|evening|night|tonight"
    r"|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
    r"|понедельник|вторник|среда|среду|четверг|пятница|пятницу|суббота|субботу|воскресенье"
    r"|утро|утром|день|днем|вечер|вечером|ночь|ночью)\b"
    r"|[월화수목금토일]요일|[月火水木金土日]曜日?|星期[一二三四五六日天]|周[一二三四五六日]"
    r"|오전|오후|아침|저녁|午前|午后|午後|上午|下午|早间|晚间|夜间|朝刊|夕刊"
)
_SOON = 3 / 24  # days in which an owner's equal title without a text is the same article again
_ALIKE = 0.3  # share of the smaller text's words, soon
_SAME = 0.6  # at any time
_TELLING = 8  # words of a text that can be compared
_GENERIC = 4  # words up to which a title of several outlets may be a mere heading


def mask_of(title: str) -> str:
    """The title without numbers, days and times: equal for all items of a series."""
    return " ".join(_MASK.sub(" ", fold_text(title)).split())


def is_another(
    *, days: float, same_owner: bool, words: Set[str], ours: Set[str], theirs: Set[str]
) -> bool:
    """Whether two items whose titles have one mask are two articles.

    Args:
        days: Between them.
        words: Of the title.
        ours, theirs: Words of their texts.
    """
    shorter = min(len(ours), len(theirs))
    if shorter >= _TELLING:
        shared = len(ours & theirs) / shorter
        if same_owner:
            return shared < (_ALIKE if days <= _SOON else _SAME)
        return shared < _ALIKE and len(words) <= _GENERIC
    if same_owner:
        return days > _SOON
    return len(words) <= _GENERIC and days > _SOON
