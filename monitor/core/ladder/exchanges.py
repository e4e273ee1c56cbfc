"""Who asks and who answers in the transcript of a press conference.

Ministries mark it in many ways: `路透社记者：`, `QUESTION:`, `<질문>`, `【山田外務大臣】`, or only by
a question mark. What bears no mark goes on from what stands before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

import regex

from monitor.core.text import plain

_TITLE = regex.compile(
    r"(?:例行|定例|regular|daily|press|department).{0,12}(?:记者会|記者會|新闻发布会|新聞發佈會|新聞發布會|发布会|記者会見|발표|briefing|conference)"
    r"|記者会見|会見記録|(?:答|问)记者问|答記者問|정례 ?브리핑|брифинг\w*|ответы? .{0,90}на вопрос",
    regex.IGNORECASE,
)
_LABEL = regex.compile(
    r"\s*(?:[【(\[<〈〔《]\s*(?P<marked>[^】)\]>〉〕》\n]{1,40})[】)\]>〉〕》]\s*:?"
    r"|(?P<named>[^:。!?\n]{1,48}?)\s*:(?!/|(?<=\d:)\d)|(?P<bare>Q)\d? (?=\P{Ll})|(?P<mark>[QA])\d?[.)] |(?P<sign>[问問答]) )"
)
_ASKS = regex.compile(
    r"^q\d*$|\bquestion|\breporter|\bjournalist|\bcorrespondent|^the press$|(?<!答)(?:记者|記者)(?!会|會)|提问|提問|追问|追問"
    r"|^[问問]\d?$|기자|질문|질의|^문$|вопрос|журналист|корреспондент"
    r"|^[\p{Han}\w]{1,12}(?:社|报|報|台|网|網|通信|新闻|新聞|ニュース|テレビ)$",
    regex.IGNORECASE,
)
_ANSWERS = regex.compile(
    r"^a\d*$|^answer|spokes|secretary|minister|ambassador|president\b|\bofficial|^(?:mr|ms|mrs|dr|gen|adm)\b"
    r"|发言人|發言人|^答|대변인|장관|차관|당국자|답변|응답|^답$|報道官|长官|長官|大臣|総理|首相|部长|部長|司长|^答え"
    r"|^ответ|официальный представитель|пресс-секретарь|министр|^посол"
    r"|^[а-яё]\. ?(?:[а-яё]\. ?)?[а-яё]+$",
    regex.IGNORECASE,
)
_NAME = regex.compile(
    r"(?:\p{Lu}[\w.&'-]*|of|the)(?: (?:\p{Lu}[\w.&'-]*|of|the|and)){0,5}|\p{Han}{2,4}"
)
_NO_NAME = regex.compile(
    r"(?:first|second|third|finally|lastly|note|source|photo|update|对此|对于|来源|图片|首先|其次|最后)\w*",
    regex.IGNORECASE,
)
_WITHIN = regex.compile(
    r"\n+|(?<=[.?!。」』)\]\s])\s*(?=<(?:질문|답변)>|(?:[问問答]|Вопрос|Ответ|QUESTION|Q|A)\s*:"
    r"|(?:MR|MS|MRS)\.? \p{Lu}{2,} ?:|\p{Han}{2,8}[社报報台网]记者\s*:)"
)
_ASIDE = regex.compile(r"\([^)]*\)")  # "Reuters (asked in English):"
_OPEN = regex.compile(r"\?\W*$")


class Part(Enum):
    ASKED = auto()
    ANSWERED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question and its answer, as evened text without the names of who speaks.

    Attributes:
        question: Empty: nobody asked, it was said at the start.
        passage: Both, as they stand there.
    """

    question: str = ""
    answer: str = ""
    passage: str = ""


UNKNOWN = Exchange()
"""It is a transcript, and nobody said which of its questions."""


@dataclass(frozen=True, slots=True)
class _Piece:
    origin: int  # index of the paragraph
    text: str
    said: str  # without the label
    label: str
    known: Part | None

    @property
    def asks(self) -> bool:
        return bool(_OPEN.search(self.text))


def exchange(title: str, paragraphs: Sequence[str], at: int | None) -> Exchange | None:
    """What is asked and answered around a paragraph; None: it is no transcript."""
    heading = plain(title)
    pieces = [
        _piece(origin, text, heading)
        for origin, paragraph in enumerate(paragraphs)
        for text in _WITHIN.split(plain(paragraph))
        if text.strip()
    ]
    parts = _parts(pieces, by_title=bool(_TITLE.search(heading)))
    if parts is None:
        return None
    starts = [n for n in range(len(pieces)) if _opens(pieces, parts, n)]
    if at is None or not 0 <= at < len(paragraphs):
        if len(starts) != 1:
            return UNKNOWN
        return _from(pieces, parts, starts[0])
    inside = [n for n in starts if pieces[n].origin == at]
    if len(inside) > 1:
        return UNKNOWN
    before = [n for n in starts if pieces[n].origin <= at]
    if before:
        return _from(pieces, parts, before[-1])
    opening = "\n".join(one.text for one in pieces if one.origin == at)
    return Exchange(answer=opening, passage=opening)


def _piece(origin: int, text: str, heading: str) -> _Piece:
    found = _LABEL.match(text)
    label = _ASIDE.sub("", next(filter(None, found.groups()))).strip() if found else ""
    known = None
    if label.casefold().startswith("ответ"):
        known = Part.ANSWERED
    elif label and _ASKS.search(label):
        known = Part.ASKED
    elif label and (_ANSWERS.search(label) or label.casefold() in heading.casefold()):
        known = Part.ANSWERED
    elif label and (not _NAME.fullmatch(label) or _NO_NAME.fullmatch(label)):
        label = ""
    said = text[found.end() :] if found and label else text
    return _Piece(origin, text, said, label, known)


def _parts(pieces: Sequence[_Piece], *, by_title: bool) -> list[Part | None] | None:
    """What each piece is; None: nobody asks anybody."""
    asked = sum(one.known is Part.ASKED for one in pieces)
    answered = any(one.known is Part.ANSWERED for one in pieces)
    named = [one for one in pieces if one.label and one.known is None]
    marked = asked > 1 or (answered and (asked or any(one.asks for one in pieces)))
    if not (by_title or marked or _is_dialogue(named)):
        return None
    askers = asked > 0 or any(one.asks for one in named)
    answerers = answered or any(not one.asks for one in named)
    replies = {
        two.label
        for one, two in pairwise(pieces)
        if one.asks and not two.asks and two.label != one.label
    }
    parts: list[Part | None] = []
    names: dict[str, Part] = {}
    last: Part | None = None
    for one in pieces:
        if one.known is not None:
            last = one.known
        elif one.label:
            says = last is Part.ASKED or (last is None and one.label in replies)
            last = names.get(one.label) or (Part.ANSWERED if says and not one.asks else Part.ASKED)
            names[one.label] = last
        elif one.asks and not askers:
            last = Part.ASKED
        elif last is Part.ASKED and not answerers:
            last = Part.ANSWERED
        parts.append(last)
    return parts if Part.ASKED in parts else None


def _is_dialogue(named: Sequence[_Piece]) -> bool:
    """Whether some speak in turn, under names that say nothing of their part."""
    names = {one.label for one in named}
    return 1 < len(names) < len(named) and any(one.asks for one in named)


def _opens(pieces: Sequence[_Piece], parts: Sequence[Part | None], n: int) -> bool:
    """Whether a question begins here."""
    if parts[n] is not Part.ASKED:
        return False
    return n == 0 or parts[n - 1] is not Part.ASKED or bool(pieces[n].label)


def _from(pieces: Sequence[_Piece], parts: Sequence[Part | None], start: int) -> Exchange:
    end = start + 1
    while end < len(pieces) and parts[end] is Part.ASKED and not pieces[end].label:
        end += 1
    stop = end
    while stop < len(pieces) and parts[stop] is Part.ANSWERED:
        stop += 1
    return Exchange(
        question="\n".join(one.said for one in pieces[start:end]),
        answer="\n".join(one.said for one in pieces[end:stop]),
        passage="\n".join(one.text for one in pieces[start:stop]),
    )
