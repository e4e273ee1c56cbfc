"""Silences: what is not sent for a time; begun, after it was seen what that means, and ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.core.inert import one_line
from monitor.core.matchers import LABELS, Matcher
from monitor.model import Silence
from monitor.views.actions import (
    NotSensible,
    end_silence,
    new_silence,
    silence_length,
    silence_matchers,
)
from monitor.views.muting import meant, unknown
from monitor.views.words import moment, plural
from monitor.web.asked import ActionsAsked, ArchiveAsked, PagesAsked, SiteAsked
from monitor.web.notes import NOTES

router = APIRouter()

_OVER = (20, 200, 2_000)
_SHOWN = 20  # alerts of a preview
_MOST = 50  # matchers


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A silence in the list; `muted`: deliveries that it kept from being sent."""

    silence: Silence
    muted: int


@router.get("/silences")
def listed(
    request: Request,
    site: SiteAsked,
    pages: PagesAsked,
    limit: int = _OVER[0],
    note: str = "",
) -> Response:
    archive, now = site.archive(), site.now()
    made = list(reversed(archive.silences())) if archive else []
    holding = [one for one in made if one.is_active(now)]
    later = [one for one in made if one.expired_at is None and one.starts_at > now]
    over = [one for one in made if one not in holding and one not in later]
    limit = min(max(limit, 1), _OVER[-1])

    def rows(found: Sequence[Silence]) -> list[Row]:
        return [Row(silence=one, muted=archive.muted_by(one.id) if archive else 0) for one in found]

    return pages.render(
        request,
        "silences.html",
        note=NOTES.read(note),
        holding=rows(holding),
        later=rows(later),
        over=rows(over[:limit]),
        more=next((n for n in _OVER if n > limit), 0) if len(over) > limit else 0,
    )


# --- a new one -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was written into the form; `wrong`: field -> what is wrong with it."""

    matchers: str
    length: str
    comment: str
    author: str
    parsed: tuple[Matcher, ...]
    silence: Silence | None
    wrong: dict[str, str]


def _wish(matchers: str, length: str, comment: str, author: str, now: datetime) -> Wish:
    wrong: dict[str, str] = {}
    parsed: tuple[Matcher, ...] = ()
    silence = None
    lines = [line.strip() for line in matchers.splitlines() if line.strip()]
    try:
        if not lines:
            raise NotSensible("there is none: every alert would be meant; as in watch=kp-*")
        if len(lines) > _MOST:
            raise NotSensible(f"at most {_MOST}")
        parsed = silence_matchers(lines)
    except NotSensible as error:
        wrong["matchers"] = str(error)
    try:
        lasts = silence_length(length)
    except NotSensible as error:
        wrong["length"] = str(error)
    if not one_line(comment):
        wrong["comment"] = 'is empty; say why, as in "planned drill"'
    if not one_line(author):
        wrong["author"] = "is empty; say who wants it"
    if not wrong:
        silence = new_silence(parsed, lasts, comment[:500], author[:100], now)
    return Wish(
        matchers=matchers,
        length=length,
        comment=comment,
        author=author,
        parsed=parsed,
        silence=silence,
        wrong=wrong,
    )


@router.get("/silences/new")
def form(
    request: Request,
    site: SiteAsked,
    pages: PagesAsked,
    matchers: str | None = None,
    length: str = "8h",
    comment: str = "",
    author: str = "",
) -> Response:
    """The form; with what was written there, also what it would have muted."""
    asked = matchers is not None
    wish = _wish(matchers or "", length, comment, author, site.now())
    return _ask(request, site, pages, wish, asked=asked)


def _ask(
    request: Request,
    site: SiteAsked,
    pages: PagesAsked,
    wish: Wish,
    *,
    asked: bool,
    status: int = 200,
) -> Response:
    archive = site.archive()
    shown: dict[str, Any] = {"found": None, "warnings": []}
    if asked and wish.parsed:
        shown["warnings"] = list(unknown(wish.parsed, site.config()))
        if archive:
            shown["found"] = meant(wish.parsed, archive, site.config(), site.now())
    return pages.render(
        request,
        "silence_new.html",
        status=status,
        wish=wish,
        asked=asked,
        labels=LABELS,
        most=_SHOWN,
        **shown,
    )


@router.post("/silences")
def add(
    request: Request,
    site: SiteAsked,
    pages: PagesAsked,
    actions: ActionsAsked,
    matchers: Annotated[str, Form()] = "",
    length: Annotated[str, Form()] = "",
    comment: Annotated[str, Form()] = "",
    author: Annotated[str, Form()] = "",
) -> Response:
    wish = _wish(matchers, length, comment, author, site.now())
    made = wish.silence
    if made is None:
        return _ask(request, site, pages, wish, asked=True, status=422)
    warnings = list(unknown(wish.parsed, site.config()))
    actions.write(lambda unit: unit.save_silence(made))
    said = f"{made.id} silences {' and '.join(made.matchers)} until {moment(made.ends_at)}."
    return _said(said, *(f"Warning: {one}" for one in warnings))


@router.post("/silences/{silence_id}/expire")
def expire(
    site: SiteAsked, actions: ActionsAsked, archive: ArchiveAsked, silence_id: str
) -> Response:
    now = site.now()
    found = next((one for one in archive.silences() if one.id == silence_id), None)
    if found is None:
        raise HTTPException(404, "No silence has this id.")
    if not found.is_active(now):
        return _said(f"{found.id} is not in force: nothing was changed.", well=False)
    actions.write(lambda unit: end_silence(unit, found, now))
    muted = plural(archive.muted_by(found.id), "delivery")
    return _said(f"{found.id} is over; it muted {muted}. What it muted stays muted.")


def _said(*lines: str, well: bool = True) -> Response:
    return RedirectResponse(f"/silences?note={NOTES.leave(*lines, well=well)}", status_code=303)
