"""What a person is told of an alert's story, a line for each question; empty if nothing is known.

Names, texts and diffs are strangers' words: every line is inert, on one line and bounded.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from monitor.core.inert import ELLIPSIS, cut, one_line
from monitor.model import Alert, AlertKind, Claim, Situation, Step, Tier

MAX_CHANGE = 160
MAX_STANDING = 400
MAX_ORIGINS = 450
MAX_TIMELINE = 600
MAX_ALSO_IN = 150
MAX_CHANGED = 500

_NAME = 40
_WHO = 60
_PARTY = 20
_LANGUAGE = 20
_NAMES = 6  # of independent origins that are named
_PARTIES = 6
_LANGUAGES = 12
_AROUND = 40  # characters that are kept on either side of a change
_MARKED = 160  # of one removed or added stretch
_DIFF = 4_000  # of a diff that is looked at, from its first change on
_ABOUT_STORIES = (AlertKind.NEW, AlertKind.ESCALATION, AlertKind.UPDATE, AlertKind.CORRECTION)
_SPOKEN = (Claim.RUMOURED, Claim.REPORTED, Claim.ANNOUNCED, Claim.CONFIRMED, Claim.DENIED)
_OFFICIAL = (Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA)
_MARKS = re.compile(r"(\[-.*?-\]|\{\+.*?\+\})")


def in_words(noun: Claim | Tier) -> str:
    """As people say it: "timetable published", "state media"."""
    return noun.value.replace("_", " ")


def change(alert: Alert) -> str:
    """What an alert changes: `ANNOUNCED by X (was: preparing)`, or `update, no comment`."""
    kind = alert.kind
    if told := moved(alert):
        plain = kind in (AlertKind.ESCALATION, AlertKind.UPDATE)
        return cut(told if plain else f"{kind.value}: {told}", MAX_CHANGE)
    about = alert.situation if kind in _ABOUT_STORIES else None
    return _counted(kind.value + (_claim(alert, about) if about else ""), alert)


def moved(alert: Alert) -> str:
    """`ANNOUNCED by X (was: preparing, disputed)`; empty if the state is the old one."""
    now = alert.situation
    if now is None or alert.kind not in _ABOUT_STORIES:
        return ""
    is_first = alert.kind is AlertKind.NEW and now.was is None
    if now.state is None or now.state is now.was or is_first:
        return ""
    return cut(_moved(alert, now, now.state), MAX_CHANGE)


def standing(alert: Alert) -> str:
    """`Takes effect: 2025-06-12 | KP: preparing 05-30 | last official word: denied 05-27 (X)`."""
    now = alert.situation
    if now is None:
        return ""
    parts = [f"Takes effect: {now.effective_on.isoformat()}"] if now.effective_on else []
    parts += list(dict.fromkeys(_position(step, alert) for step in now.parties[-_PARTIES:]))
    official = now.official
    if official and all(official.item_id != step.item_id for step in now.parties):
        by = cut(one_line(official.publisher) or one_line(official.party), _NAME)
        label = "last official word" if parts else "Last official word"
        word = f"{label}: {in_words(official.claim)} {_day(official.at, alert)}"
        parts.append(f"{word} ({by})" if by else word)
    return cut(" | ".join(parts), MAX_STANDING)


def origins(alert: Alert) -> str:
    """`Independent origins 4: A, B, C, D | carried by 6 more | disputed: denied by E`."""
    now = alert.situation
    if now is None or (now.independent == (alert.publisher,) and not _is_carried(now)):
        return ""  # that stands above
    parts = []
    if now.independent:
        count, names = len(now.independent), ", ".join(_listed(now.independent))
        parts.append(f"Independent origins {count}" + (f": {names}" if names else ""))
    if now.carried_by:
        more = " more" if now.independent else ""
        parts.append(f"{'carried' if more else 'Carried'} by {len(now.carried_by)}{more}")
    if now.disputed:
        by = cut(one_line(now.disputed_by), _WHO)
        label = "disputed" if parts else "Disputed"
        parts.append(f"{label}: {in_words(now.disputed)}" + (f" by {by}" if by else ""))
    return cut(" | ".join(parts), MAX_ORIGINS)


def timeline(alert: Alert) -> str:
    """`Timeline: 05-26 timetable published > 05-27 reported > 05-30 preparing (KP)`; the latest."""
    steps = alert.situation.timeline if alert.situation else ()
    if len(steps) == 1 and steps[0].item_id == alert.item_id:
        return ""  # that stands above
    told = [_entry(step, alert) for step in steps]
    for first in range(len(told)):
        line = " > ".join([*([ELLIPSIS] if first else []), *told[first:]])
        if len(line) + len("Timeline: ") <= MAX_TIMELINE:
            return f"Timeline: {line}"
    return ""


def also_in(alert: Alert) -> str:
    """`Also in: ko, zh, ru`."""
    tags = alert.situation.also_in if alert.situation else ()
    named = [tag for tag in (cut(one_line(tag), _LANGUAGE) for tag in tags) if tag]
    if not named:
        return ""
    more = f", and {len(named) - _LANGUAGES} more" if len(named) > _LANGUAGES else ""
    return cut(f"Also in: {', '.join(named[:_LANGUAGES])}{more}", MAX_ALSO_IN)


def changed(alert: Alert) -> str:
    """`Changed: … trains a week [-two-] {+three+} …`."""
    diff = excerpt(alert.situation.diff, MAX_CHANGED - 20) if alert.situation else ""
    return f"Changed: {diff}" if diff else ""


def excerpt(diff: str, limit: int) -> str:
    """The changes of an inline diff, with a few words around each; inert, on one line."""
    line = one_line(diff)
    marks = [place for place in (line.find("[-"), line.find("{+")) if place >= 0]
    start = max(min(marks) - _AROUND, 0) if marks else 0
    pieces = _MARKS.split(line[start : start + _DIFF])
    last = len(pieces) - 1
    told = "".join(
        _marked(piece) if n % 2 else _between(piece, first=n == 0, last=n == last)
        for n, piece in enumerate(pieces)
    )
    ahead = ELLIPSIS if start and not told.startswith(ELLIPSIS) else ""
    return cut((ahead + told).strip(), limit)


def _is_carried(now: Situation) -> bool:
    return bool(now.carried_by or now.disputed)


def _counted(text: str, alert: Alert) -> str:
    behind = f", alert {alert.seq} of this story" if alert.seq > 1 else ""
    return cut(text, MAX_CHANGE) + cut(behind, 60)


def _claim(alert: Alert, now: Situation) -> str:
    """What the item claims; what nobody official says is not left to sound as if one did."""
    if now.claim is None:
        return ""
    if alert.tier is None or alert.tier in _OFFICIAL or not _lacks_official_word(now.claim, now):
        return f", {in_words(now.claim)}"
    by = in_words(alert.tier)
    return f": {in_words(now.claim)} (claimed by {by}, not seen in an official source)"


def _lacks_official_word(claim: Claim, now: Situation) -> bool:
    rung, official = claim.rung, now.official.claim if now.official else None
    if not claim.goes_down and (rung is None or rung < _REPORTED):
        return False
    if official is None:
        return claim is not Claim.REPORTED
    if claim.goes_down:
        return official is not claim
    return official.rung is None or official.rung < (rung or 0)


def _moved(alert: Alert, now: Situation, state: Claim) -> str:
    steps = [step for step in now.timeline if step.moved]
    who = alert.publisher if now.claim is state else ""
    who = who or next((one.publisher for one in reversed(steps) if one.claim is state), "")
    who = cut(one_line(who), _WHO)
    told = in_words(state).upper()
    if who:
        told += f" by {who}" if state in _SPOKEN else f", says {who}"
    if now.was is None:
        return told
    before = [step for step in steps if step.item_id != alert.item_id]
    objected = bool(before) and before[-1].claim.goes_down and before[-1].claim is not now.was
    disputed = ", disputed" if now.disputed or objected else ""
    return f"{told} (was: {in_words(now.was)}{disputed})"


def _position(step: Step, alert: Alert) -> str:
    who = cut(one_line(step.party), _PARTY) or cut(one_line(step.publisher), _NAME)
    said = f"{in_words(step.claim)} {_day(step.at, alert)}"
    return f"{who}: {said}" if who else said


def _entry(step: Step, alert: Alert) -> str:
    who = cut(one_line(step.party), _PARTY)
    rung = step.claim.rung
    if not who and (rung is None or rung >= _PREPARING):
        who = in_words(step.tier)
    return f"{_day(step.at, alert)} {in_words(step.claim)}" + (f" ({who})" if who else "")


def _listed(names: Sequence[str]) -> list[str]:
    shown = [one for one in (cut(one_line(name), _NAME) for name in names) if one][:_NAMES]
    more = len(names) - len(shown)
    return [*shown, *([f"and {more} more"] if shown and more else [])]


def _day(at: datetime, alert: Alert) -> str:
    """The year only where it is another one than that of the alert."""
    day = at.astimezone(UTC).date()
    year = alert.created_at.astimezone(UTC).year
    return day.isoformat()[5:] if day.year == year else day.isoformat()


def _marked(piece: str) -> str:
    return piece[:2] + cut(piece[2:-2], _MARKED) + piece[-2:]


def _between(piece: str, *, first: bool, last: bool) -> str:
    """Unchanged words: those next to a change."""
    if len(piece) <= 2 * _AROUND + 10:
        return piece
    head = "" if first and not last else piece[:_AROUND]
    tail = "" if last else piece[-_AROUND:]
    return f"{head}{ELLIPSIS}{tail}"


_REPORTED = Claim.REPORTED.rung or 0
_PREPARING = Claim.PREPARING.rung or 0
