"""What one item claims: by its headline, or by the answer that a ministry gave to a question."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.core.ladder import caveats, cues
from monitor.core.ladder.answers import of_answer
from monitor.core.ladder.clauses import acts, departure, of_now, sentences
from monitor.core.ladder.dates import date_in
from monitor.core.ladder.exchanges import UNKNOWN, exchange
from monitor.core.ladder.parties import PARTY
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
_VAGUE = (None, Claim.REPORTED, Claim.TIMETABLE)
_SPEAKING = (Claim.CONFIRMED, Claim.DENIED, Claim.NO_COMMENT, Claim.ANNOUNCED, Claim.PREPARING)


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
        read_by: The person who says that it claims this; empty: its words do.
    """

    claim: Claim | None = None
    cue: str = ""
    hedged: bool = False
    eyewitness: bool = False
    speaker: str = ""
    passage: str = ""
    on: date | None = None
    read_by: str = ""


def read(
    title: str,
    paragraphs: Sequence[str],
    published: date,
    *,
    at: int | None = None,
    official: bool = False,
    about: Collection[str] = (),
) -> Reading:
    """What an item claims of what it is about.

    Args:
        at: The paragraph that is about it; None: the headline is, or all of the item.
        official: The source speaks for itself: its body counts as its headline does, and what it
            says of the future is a plan, not a rumour.
        about: Words that stand there and tell what it is about; they choose between questions that
            are asked in one breath.
    """
    asked = exchange(title, paragraphs, at)
    if asked is UNKNOWN:
        return Reading()
    if asked is not None and asked.question:
        answered, words, on = of_answer(asked, published, about)
        return Reading(claim=answered, cue=words, passage=asked.passage, on=on)
    if asked is not None:
        paragraphs, at = (asked.answer,), 0  # what was said before anybody asked
    headline = _claiming(plain(title))
    if cues.ANALYSIS.search(headline):
        return Reading(claim=Claim.ANALYSIS, passage=title)
    whole = _lead(paragraphs, at)
    lead = _claiming(_told(whole))
    claim, cue = _first(headline, published)
    passage = title
    topic = official and asked is None and lead and caveats.TOPIC.search(headline)
    if topic:
        claim, cue = Claim.REPORTED if claim else None, ""
    planned = official and claim in _VAGUE and not topic and _is_plan(headline, published)
    if claim is None or (official and claim in (Claim.REPORTED, Claim.TIMETABLE)):
        further, words = _word(lead, published) if official else _first(lead, published)
        # What a paper tells below its headline may be of another year.
        if further is not None and (official or not _says_no(further)):
            claim, cue, passage = further, words, lead
    told = _act_in(lead, about, published) if official and claim in _VAGUE else ""
    if told or (planned and claim in (*_VAGUE, Claim.NO_COMMENT)):
        claim, cue, passage = Claim.ANNOUNCED, "", told or title
    if official and claim in _VAGUE and caveats.ASKED.search(f"{title}\n{whole}"):
        claim = Claim.NO_COMMENT  # somebody asked, and this is all that was said
    open_ = caveats.OPEN.search(headline) or caveats.MIGHT.search(headline)
    if claim is not None and claim.goes_down and not official and open_:
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


def _is_plan(headline: str, published: date) -> bool:
    """Whether a source says of itself on which day it does something."""
    on = date_in(headline, published)
    if on is None or on < published or not cues.DOES.search(headline):
        return False
    return not caveats.CONDITIONAL.search(headline) and not caveats.UNSETTLED.search(headline)


def _act_in(lead: str, about: Collection[str], published: date) -> str:
    """The sentence in which a source says what it does itself; empty: none.

    Openings tell of this and that: if any sentence has a word of what it is about, those count.
    """
    spoken = sentences(lead)
    meant = [one for one in spoken if any(word in one for word in about)] or spoken
    return next((one for one in meant if _is_act(one, published)), "")


def _is_act(sentence: str, published: date) -> bool:
    """Whether a source says in a sentence of its own on which day it does something."""
    on = date_in(sentence, published) or (published if caveats.TODAY.search(sentence) else None)
    if on is None or on < published or not acts(sentence):
        return False
    return not (
        caveats.CONDITIONAL.search(sentence)
        or caveats.UNSETTLED.search(sentence)
        or caveats.NEGATED.search(sentence)
    )


def _first(text: str, published: date) -> tuple[Claim | None, str]:
    """The first cue of the list that stands in the text, not the first in the text."""
    for claim, pattern in cues.CUES:
        if claim is Claim.IN_EFFECT:
            found = departure(pattern, text)
        elif claim.goes_down:
            found = of_now(pattern, text, published)
        else:
            found = pattern.search(text)
        if found:
            return claim, found.group()
    # What is to come, or did not: that much is reported.
    spoken_of = cues.IN_EFFECT.search(text)
    return (Claim.REPORTED, spoken_of.group()) if spoken_of else (None, "")


def _word(lead: str, published: date) -> tuple[Claim | None, str]:
    """What a source says of itself: the first thing that it takes back or does not say."""
    whole = _first(lead, published)
    if not _says_no(whole[0]):
        return whole
    each = (_first(one, published) for one in sentences(lead))
    return next((one for one in each if _says_no(one[0])), whole)


def _says_no(claim: Claim | None) -> bool:
    return claim is not None and (claim is Claim.NO_COMMENT or claim.goes_down)


def _lead(paragraphs: Sequence[str], at: int | None) -> str:
    chosen = paragraphs[:1] if at is None else paragraphs[at : at + 2]
    return plain("\n".join(chosen))[:_BODY]


def _told(lead: str) -> str:
    """What is told, without questions, and without "for details see" behind what is said."""
    told = [one for one in sentences(lead) if not one.rstrip().endswith("?")]
    return "\n".join(
        one
        for n, one in enumerate(told)
        if n == 0 or not (caveats.FURTHER.search(one) and cues.NO_COMMENT.search(one))
    )


def _claiming(text: str) -> str:
    """What is left without what was asked, was once, or takes nothing back."""
    for pattern in (caveats.ASKED, caveats.VIEWS, caveats.BACKGROUND, caveats.NOT_DOWN):
        text = pattern.sub(" ", text)
    return text


def _speaker(headline: str, cue: str) -> str:
    """The party named before the cue, the last one before it; else the first that is named."""
    place = headline.find(cue)
    named = [
        (found.start(), name)
        for name, pattern in PARTY.items()
        for found in pattern.finditer(headline)
    ]
    before = [one for one in named if one[0] < place]
    return min(before)[1] if before else ""
