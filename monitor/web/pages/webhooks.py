"""Where alerts go: how each webhook stands, what waits, and what may be done about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.config import Config
from monitor.model import (
    Alert,
    Delivery,
    DeliveryState,
    Queue,
    WebhookConfig,
    WebhookState,
)
from monitor.ports import Archive
from monitor.views.actions import requeue
from monitor.views.webhooks import (
    LOST,
    WELL,
    condition,
    condition_lines,
    enable_line,
    manners,
    requeued_lines,
    sent_there,
    test_lines,
    would_requeue,
)
from monitor.web.asked import ActionsAsked, ArchiveAsked, PagesAsked, SiteAsked
from monitor.web.notes import NOTES

router = APIRouter()

_ALL = 1_000_000
_PAGE = 30
_ATTEMPTS = 12
_NAMED = 20  # deliveries that a question shows
WAITING = (DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.HELD)
TONES = {
    DeliveryState.DELIVERED: "good",
    DeliveryState.ACCEPTED: "good",
    DeliveryState.UNVERIFIED: "good",
    DeliveryState.DEAD: "bad",
    DeliveryState.AMBIGUOUS: "warn",
    DeliveryState.PENDING: "warn",
    DeliveryState.LEASED: "warn",
}

Queues = Mapping[DeliveryState, Queue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A webhook in the list.

    Attributes:
        entry: None: it is not configured (any more), but has a history.
        word, tone: How it stands.
        oldest_at: Of what waits.
    """

    name: str
    entry: WebhookConfig | None
    state: WebhookState | None
    word: str
    tone: str
    queues: Queues

    @property
    def waiting(self) -> int:
        return sum(self.count(one) for one in WAITING)

    @property
    def oldest_at(self) -> datetime | None:
        return min((q.oldest_at for s, q in self.queues.items() if s in WAITING), default=None)

    def count(self, state: DeliveryState) -> int:
        queue = self.queues.get(state)
        return queue.count if queue else 0


@router.get("/webhooks")
def listed(request: Request, site: SiteAsked, pages: PagesAsked) -> Response:
    config, archive, now = site.config(), site.archive(), site.now()
    queues = archive.queues() if archive else {}
    states = archive.webhook_states() if archive else {}
    names = dict.fromkeys([*config.webhooks, *sorted(queues)])
    rows = [_row(name, config, states.get(name), queues.get(name, {}), now) for name in names]
    return pages.render(
        request, "webhooks.html", rows=rows, lines_of=condition_lines, State=DeliveryState
    )


def _row(
    name: str, config: Config, state: WebhookState | None, queues: Queues, now: datetime
) -> Row:
    entry = config.webhooks.get(name)
    if state is None and queues:
        state = WebhookState(webhook=name)
    word, tone = condition(entry, state, now)
    return Row(name=name, entry=entry, state=state, word=word, tone=tone, queues=queues)


def _known(name: str, config: Config, archive: Archive | None, now: datetime) -> Row:
    """Raises HTTPException (404) if neither configuration nor database knows it."""
    queues = archive.queues().get(name, {}) if archive else {}
    if name not in config.webhooks and not queues:
        raise HTTPException(404, "No webhook has this name; it may have been renamed or removed.")
    state = archive.webhook_states().get(name) if archive else None
    return _row(name, config, state, queues, now)


@router.get("/webhooks/{name}")
def one(
    request: Request,
    site: SiteAsked,
    pages: PagesAsked,
    name: str,
    state: str = "",
    after: str = "",
    note: str = "",
) -> Response:
    config, archive, now = site.config(), site.archive(), site.now()
    row = _known(name, config, archive, now)
    wanted = DeliveryState(state) if state in set(DeliveryState) else None
    found: Sequence[Delivery] = ()
    if archive:
        found = archive.deliveries_to(name, state=wanted, after=after or None, limit=_PAGE + 1)
    shown = found[:_PAGE]
    return pages.render(
        request,
        "webhook.html",
        row=row,
        note=NOTES.read(note),
        lines=list(condition_lines(row.state, now)),
        manners=list(manners(row.entry)) if row.entry else [],
        sent_there=list(sent_there(config, name)),
        attempts=archive.attempts_at(name, limit=_ATTEMPTS) if archive else (),
        deliveries=shown,
        alerts=_alerts(archive, shown),
        wanted=wanted,
        after=after,
        more=shown[-1].id if len(found) > _PAGE else "",
        states=list(DeliveryState),
        tones=TONES,
        lost=LOST,
        waiting=WAITING,
    )


def _alerts(archive: Archive | None, deliveries: Sequence[Delivery]) -> Mapping[str, Alert | None]:
    if archive is None:
        return {}
    return {one: archive.alert(one) for one in {row.alert_id for row in deliveries}}


# --- what a person does --------------------------------------------------------------------------


def _said(name: str, *lines: str, well: bool = True) -> Response:
    note = NOTES.leave(*lines, well=well)
    return RedirectResponse(f"/webhooks/{quote(name, safe='')}?note={note}", status_code=303)


def _usable(config: Config, name: str) -> None:
    """Raises HTTPException if nothing can be sent there."""
    entry = config.webhooks.get(name)
    if entry is None:
        raise HTTPException(404, "No webhook has this name.")
    if not entry.enabled:
        raise HTTPException(409, f"{name} is switched off in webhooks.toml (enabled = false).")


@router.post("/webhooks/{name}/test")
def test(site: SiteAsked, actions: ActionsAsked, name: str) -> Response:
    _usable(site.config(), name)
    answer = actions.test(name)
    return _said(name, *test_lines(name, answer), well=answer.verdict in WELL)


@router.post("/webhooks/{name}/enable")
def enable(site: SiteAsked, actions: ActionsAsked, archive: ArchiveAsked, name: str) -> Response:
    _usable(site.config(), name)
    now = site.now()
    before = actions.write(lambda unit: unit.enable(name, now))
    actions.wake()
    pending = archive.queues().get(name, {}).get(DeliveryState.PENDING)
    return _said(name, enable_line(name, before, pending.count if pending else 0))


def _meant(
    archive: Archive, name: str, state: str, delivery: str, until: datetime
) -> Sequence[Delivery]:
    """The one of this id, or all in this state since before a moment; newest first.

    Raises:
        HTTPException: There is no such delivery, or the state is none that is sent again.
    """
    if delivery:
        found = archive.delivery(delivery)
        if found is None or found.webhook != name:
            raise HTTPException(404, "No delivery to this webhook has this id.")
        return [found]
    if state not in LOST:
        raise HTTPException(400, f"Sent again are those that are {' or '.join(LOST)}.")
    of_state = archive.deliveries_to(name, state=DeliveryState(state), limit=_ALL)
    return [one for one in of_state if one.settled_at is None or one.settled_at <= until]


@router.get("/webhooks/{name}/redeliver")
def ask_again(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    pages: PagesAsked,
    name: str,
    state: str = "",
    delivery: str = "",
) -> Response:
    """The question before: what exactly would be sent again."""
    now = site.now()
    row = _known(name, site.config(), archive, now)
    found = _meant(archive, name, state, delivery, now)
    return pages.render(
        request,
        "redeliver.html",
        row=row,
        found=found[:_NAMED],
        plan=would_requeue(found, archive.webhook_states(), now),
        alerts=_alerts(archive, found[:_NAMED]),
        state=state,
        delivery=delivery,
        until=now.isoformat(),
        usable=row.entry is not None and row.entry.enabled,
    )


@router.post("/webhooks/{name}/redeliver")
def redeliver(
    site: SiteAsked,
    actions: ActionsAsked,
    archive: ArchiveAsked,
    name: str,
    state: Annotated[str, Form()] = "",
    delivery: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "",
) -> Response:
    """Those that the question named: what was given up since is not among them."""
    now = site.now()
    _known(name, site.config(), archive, now)
    try:
        moment = datetime.fromisoformat(until) if until else now
        if moment.tzinfo is None:
            raise ValueError("no zone")
    except ValueError:
        raise HTTPException(400, "This is no moment; load the page anew.") from None
    found = _meant(archive, name, state, delivery, moment)
    requeued = actions.write(lambda unit: requeue(unit, found, now))
    actions.wake()
    return _said(name, *requeued_lines(requeued), well=bool(requeued.queued))
