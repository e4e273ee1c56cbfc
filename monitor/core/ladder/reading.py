"""What one item claims: by its headline, or by the answer that a ministry gave to a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import regex

from monitor.core.ladder import cues
from monitor.core.text import plain
from monitor.model import Claim

_BODY = 600  # characters that are read: leads, not background
_HEDGEABLE = (
    Claim.TIMETABLE,
    Claim.REPORTED,
    Claim.ANNOUNCED,
    Claim.CONFIRMED,
    Claim.IN_EFFECT,
)
_SPEAKING = (Claim.CONFIRMED, Claim.DENIED, Claim.NO_COMMENT, Claim.ANNOUNCED, Claim.PREPARING)
_PARTIES = {
    "CN": r"\bchina\b|\bchinese\b|\bbeijing\b|中方|中国|中國|北京|중국|베이징|китай|китая|китае|пекин|кнр\b",
    "KP": r"\bnorth korea\w*|\bdprk\b|\bpyongyang\b|朝方|朝鲜|朝鮮|平壤|平壌|北韓|북한|北(?:매체|은|,)|조선|평양|кндр|пхеньян",
    "RU": r"\brussian?\b|\bmoscow\b|\bkremlin\b|俄方|俄罗斯|俄羅斯|러시아|로씨야|росси\w+|москва|кремль|ロシア",
    "KR": r"\bsouth korea\w*|\bseoul\b|韩方|韩国|韓国|韓國|한국|통일부|сеул|южн\w+ коре\w+",
    "US": r"\bu\.?s\.?\b|\bunited states\b|\bwashington\b|\btreasury\b|美方|美国|美國|미국|米国|сша|вашингтон",
    "JP": r"\bjapan\w*\b|\btokyo\b|日方|日本|일본|япони\w+|токио",
    "UN": r"\bunited nations\b|\bsecurity council\b|联合国|聯合國|安理会|유엔|안보리|国連|安保理|оон\b|совбез",
    "EU": r"\beuropean union\b|\bbrussels\b|欧盟|歐盟|유럽연합|евросоюз|ес\b",
}
_PARTY = {name: regex.compile(words, regex.IGNORECASE) for name, words in _PARTIES.items()}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS_RU = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_DATES = regex.compile(
    r"\b(?P<en>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? (?P<en_day>\d{1,2})\b"
    r"|\b(?P<day_en>\d{1,2}) (?P<en2>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
    r"|(?P<month>\d{1,2}) ?[月월] ?(?P<day>\d{1,2}) ?[日일号]"
    r"|\b(?P<ru_day>\d{1,2}) (?P<ru>янв|фев|мар|апр|ма[яй]|июн|июл|авг|сен|окт|ноя|дек)\w*"
    r"|(?<![\d月월])(?P<only>\d{1,2}) ?[日일号](?!間|间|동안|연속)",
    regex.IGNORECASE,
)
_DATE = regex.compile(
    r"\d{1,2} ?[月日号일월]|\b\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}\b"
    r"|\b\d{1,2} (?:январ|феврал|март|апрел|ма[яй]|июн|июл|август|сентябр|октябр|ноябр|декабр)",
    regex.IGNORECASE,
)
_CLAUSE = regex.compile(r"[.;:!?](?=\s)|[；：。！？，、\n]|, | [-–—] ")
_SENTENCE = regex.compile(r"(?<=[.!?])\s+|(?<=[。！？；;])|\n+")
_BEHIND = 40  # characters behind a departure that may say that it was none
_YEAR = regex.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_WE = regex.compile(
    r"中方|我方|我们|我們|\b(?:we|i|our side)\b|우리|\b(?:мы|я)\b|わが国|我が国|政府として",
    regex.IGNORECASE,
)
_YES = regex.compile(r"yes|that's right|correct|是的|属实|屬實", regex.IGNORECASE)
_BY_OTHERS = regex.compile(r"\s+by (?!us\b|our\b|both\b|the two\b)", regex.IGNORECASE)
_FOR_OTHERS = regex.compile(
    r"(?<!can|able|like|glad|pleased|wish|want) to (?:\w+ly )?$", regex.IGNORECASE
)
_FAR = timedelta(days=200)
_LATELY = timedelta(days=14)
_PASSED = 7  # days after which "the 12th" is that of the next month


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an item claims, with the words that say so.

    Attributes:
        claim: None: nothing that these words know.
        cue: The words, as they stand there.
        hedged: It is said with a reservation, or by somebody without a name.
        eyewitness: Somebody was there.
        speaker: Party that the headline makes say it, as in "CN"; empty: nobody or nobody known.
        passage: Where it stands: headline, or question and answer.
        on: The date that is named, if it is near the day of publication.
    """

    claim: Claim | None = None
    cue: str = ""
    hedged: bool = False
    eyewitness: bool = False
    speaker: str = ""
    passage: str = ""
    on: date | None = None


def read(
    title: str,
    paragraphs: Sequence[str],
    published: date,
    *,
    at: int | None = None,
    official: bool = False,
) -> Reading:
    """What an item claims of what it is about.

    Args:
        at: The paragraph that is about it; None: the headline is, or all of the item.
        official: The source speaks for itself: its body counts as its headline does, and what it
            says of the future is a plan, not a rumour.
    """
    if _is_transcript(title, paragraphs):
        return _of_answer(*_pair(paragraphs, at), published)
    headline = cues.NOT_DOWN.sub(" ", cues.BACKGROUND.sub(" ", plain(title)))
    if cues.ANALYSIS.search(headline):
        return Reading(claim=Claim.ANALYSIS, passage=title)
    lead = cues.NOT_DOWN.sub(" ", _lead(paragraphs, at))
    claim, cue = _first(headline)
    passage = title
    if claim is None or (official and claim in (Claim.REPORTED, Claim.TIMETABLE)):
        further, words = _first(lead)
        # What a paper tells below its headline may be of another year.
        background = further is Claim.NO_COMMENT or (further is not None and further.goes_down)
        if further is not None and (official or not background):
            claim, cue, passage = further, words, lead
    if claim is not None and claim.goes_down and not official and cues.OPEN.search(headline):
        claim = Claim.RUMOURED
    hedged = not official and bool(
        cues.HEDGED.search(headline)
        or (claim in (None, Claim.REPORTED) and cues.HEDGED.search(lead))
    )
    speaker = _speaker(headline, cue) if claim in _SPEAKING and not official else ""
    if claim in _HEDGEABLE and hedged:
        claim = Claim.RUMOURED
    return Reading(
        claim=claim,
        cue=cue,
        hedged=hedged,
        eyewitness=bool(cues.EYEWITNESS.search(f"{headline}\n{lead}")),
        speaker=speaker,
        passage=passage,
        on=date_in(f"{headline}\n{lead}", published),
    )


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


def _first(text: str) -> tuple[Claim | None, str]:
    """The first cue of the list that stands in the text, not the first in the text."""
    for claim, pattern in cues.CUES:
        found = _departure(pattern, text) if claim is Claim.IN_EFFECT else pattern.search(text)
        if found:
            return claim, found.group()
    # What is to come, or did not: that much is reported.
    spoken_of = cues.IN_EFFECT.search(text)
    return (Claim.REPORTED, spoken_of.group()) if spoken_of else (None, "")


def _departure(pattern: cues.Cue, text: str) -> "regex.Match[str] | None":
    """What has come to pass: not what is to come, did not come, or came another year."""
    for found in pattern.finditer(text):
        before = _clause_before(text, found) + found.group()
        behind = text[found.end() : found.end() + _BEHIND]
        if not cues.NOT_YET.search(before) and not cues.NOT_SO.search(behind):
            return found
    return None


def _clause_before(text: str, found: "regex.Match[str]") -> str:
    """What stands before some words in their clause."""
    start = max((end.end() for end in _CLAUSE.finditer(text, 0, found.start())), default=0)
    return text[start : found.start()]


def _lead(paragraphs: Sequence[str], at: int | None) -> str:
    chosen = paragraphs[:1] if at is None else paragraphs[at : at + 2]
    return cues.BACKGROUND.sub(" ", plain("\n".join(chosen)))[:_BODY]


def _speaker(headline: str, cue: str) -> str:
    """The party named before the cue, the last one before it; else the first that is named."""
    place = headline.find(cue)
    named = [
        (found.start(), name)
        for name, pattern in _PARTY.items()
        for found in pattern.finditer(headline)
    ]
    before = [one for one in named if one[0] < place]
    return min(before)[1] if before else ""


# --- transcripts -----------------------------------------------------------------------------


def _is_transcript(title: str, paragraphs: Sequence[str]) -> bool:
    asked = sum(bool(cues.QUESTION.search(plain(one))) for one in paragraphs)
    if asked == 0:
        return False
    return (
        bool(cues.TRANSCRIPT.search(plain(title)))
        or asked > 1
        or bool([one for one in paragraphs if cues.ANSWER.search(plain(one))])
    )


def _pair(paragraphs: Sequence[str], at: int | None) -> tuple[str, str]:
    """Question and answer around a paragraph; empty if it is not said which."""
    if at is None or not 0 <= at < len(paragraphs):
        asked = [n for n, one in enumerate(paragraphs) if cues.QUESTION.search(plain(one))]
        if len(asked) != 1:
            return "", ""
        at = asked[0]
    start = at
    while start > 0 and not cues.QUESTION.search(plain(paragraphs[start])):
        start -= 1
    end = start + 1
    while end < len(paragraphs) and not cues.QUESTION.search(plain(paragraphs[end])):
        end += 1
    return plain(paragraphs[start]), plain("\n".join(paragraphs[start + 1 : end]))


def _of_answer(question: str, answer: str, published: date) -> Reading:
    """A spokesperson's answer says something only if it clearly does; else it is none.

    Yes is a word of confirmation or denial, or a fact with a date or an agreement in it that takes
    up what was asked.
    """
    passage = f"{question}\n{answer}".strip()
    claim, cue = Claim.NO_COMMENT, ""
    said = "\n".join(one for one in _sentences(answer) if not cues.CONDITIONAL.search(one))
    said = cues.NOT_DOWN.sub(" ", cues.BACKGROUND.sub(" ", said))
    if found := cues.NO_COMMENT.search(answer):
        cue = found.group()
    else:
        for down, pattern in cues.CUES[1:5]:
            if found := pattern.search(said):
                claim, cue = down, found.group()
                break
        else:
            found = _own_word(said) or _departure(cues.IN_EFFECT, said)
            if found is None and _takes_up(question, said):
                found = _affirmed(question, said) or _planned(question, said, published)
            if found:
                claim, cue = Claim.CONFIRMED, found.group()
    return Reading(
        claim=claim if answer else None,
        cue=cue,
        passage=passage,
        on=None if claim is Claim.NO_COMMENT else date_in(said, published),
    )


def _sentences(text: str) -> list[str]:
    return [one for one in _SENTENCE.split(text) if one.strip()]


def _own_word(said: str) -> "regex.Match[str] | None":
    """A word of confirmation that is not told of somebody else."""
    for found in cues.CONFIRMED.finditer(said):
        clause = _clause_before(said, found)
        if _BY_OTHERS.match(said, found.end()) or _FOR_OTHERS.search(clause):
            continue
        if _WE.search(clause) or not any(one.search(clause) for one in _PARTY.values()):
            return found
    return None


def _affirmed(question: str, said: str) -> "regex.Match[str] | None":
    """A yes, or an agreement about what was asked."""
    for sentence in _sentences(said):
        found = cues.AFFIRMED.search(sentence)
        if found and (_YES.match(found.group()) or _pieces(question) & _pieces(sentence)):
            return found
    return None


def _planned(question: str, said: str, published: date) -> "regex.Match[str] | None":
    """A day on which what was asked about is to be done, or was done of late."""
    for sentence in _sentences(said):
        if not _pieces(question) & _pieces(sentence):
            continue
        found = _DATE.search(sentence)
        years = {int(year) for year in _YEAR.findall(sentence)}
        if found is None or years - {published.year, published.year + 1}:
            continue
        on = date_in(sentence, published)
        if on is not None and on >= published - _LATELY and cues.DOES.search(sentence):
            return found
    return None


def _takes_up(question: str, answer: str) -> bool:
    """Whether the answer speaks of what was asked, in more than one word."""
    shared = _pieces(question) & _pieces(answer)
    return len(shared) >= 2


_COMMON = frozenset(
    [
        "中方",
        "双方",
        "雙方",
        "两国",
        "兩國",
        "发言",
        "言人",
        "有关",
        "有關",
        "记者",
        "證實",
        "证实",
        "能否",
        "方面",
        "我们",
        "關係",
        "关系",
    ]
)
_WORD = regex.compile(r"[\p{Latin}\p{Cyrillic}]{5,}")
_RUN = regex.compile(r"[\p{Han}]{2,}|[\p{Hangul}]{2,}")


def _pieces(text: str) -> set[str]:
    words = set(_WORD.findall(text.casefold()))
    runs = _RUN.findall(text)
    return (words | {run[n : n + 2] for run in runs for n in range(len(run) - 1)}) - _COMMON
