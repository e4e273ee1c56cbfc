"""The sources: how each is, and all of one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from monitor.config import paced
from monitor.model import Feed, FeedState, Health, Item, Tier
from monitor.ports import Archive
from monitor.views.feeds import lines, next_poll, why_then
from monitor.web import charts
from monitor.web.asked import PagesAsked, SiteAsked

router = APIRouter()

_DAYS = 14
_DAYS_OF_ONE = 30
_RECENT = timedelta(days=7)
_LOOKED_AT = 200  # items, for how soon they are seen
_LIMITS = (100, 500, 5_000)
LIMITS_OF_ONE = (20, 100, 500)
DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A feed in the list.

    Attributes:
        health: As words; "disabled" if it is not polled.
        marks: What else needs a look, each a word or two.
    """

    feed: Feed
    state: FeedState | None
    health: str
    tone: str
    problem: str
    marks: tuple[str, ...]
    next_poll: str
    why: str


def tone_of(health: str) -> str:
    """How a health is coloured."""
    if health == DISABLED or health == Health.UNKNOWN:
        return ""
    known = Health(health)
    return "bad" if known.is_bad else "warn" if known.is_odd else "good"


@router.get("/feeds")
def listed(
    request: Request,
    site: SiteAsked,
    pages: PagesAsked,
    q: str = "",
    health: str = "",
    tier: str = "",
    language: str = "",
    limit: int = _LIMITS[0],
) -> Response:
    config, archive, now = site.config(), site.archive(), site.now()
    states = archive.feed_states() if archive else {}
    rows = [_row(feed, states.get(feed.id), now) for feed in config.feeds.values()]
    counts = Counter(row.health for row in rows)
    wanted = q.casefold().strip()
    fitting = [
        row
        for row in rows
        if health in ("", row.health)
        and tier in ("", row.feed.tier)
        and language in ("", row.feed.language)
        and (not wanted or _is_named(row.feed, wanted))
    ]
    fitting.sort(key=lambda row: (-_urgency(row.health), row.feed.name.casefold()))
    limit = min(max(limit, 1), _LIMITS[-1])
    shown = fitting[:limit]
    return pages.render(
        request,
        "feeds.html",
        rows=shown,
        found=len(fitting),
        total=len(rows),
        counts=sorted(counts.items(), key=lambda one: -_urgency(one[0])),
        tone_of=tone_of,
        charts_of=_charts(archive, [row.feed.id for row in shown], now),
        days=_DAYS,
        asked={"q": q, "health": health, "tier": tier, "language": language},
        tiers=list(Tier),
        languages=sorted({row.feed.language for row in rows} - {""}),
        more=next((n for n in _LIMITS if n > limit), 0) if len(fitting) > limit else 0,
    )


def _is_named(feed: Feed, wanted: str) -> bool:
    named = (feed.id, feed.name, feed.owner, feed.url, *feed.topics)
    return any(wanted in one.casefold() for one in named)


def _urgency(health: str) -> int:
    """The worst is the greatest; what is not polled comes last."""
    return -1 if health == DISABLED else list(Health).index(Health(health))


def _row(feed: Feed, state: FeedState | None, now: datetime) -> Row:
    if not feed.enabled:
        health, problem = DISABLED, feed.disabled_reason
    else:
        health = str(state.health if state else Health.UNKNOWN)
        problem = state.problem if state else ""
    return Row(
        feed=feed,
        state=state,
        health=health,
        tone=tone_of(health),
        problem=problem,
        marks=_marks(feed, state, now),
        next_poll=next_poll(feed, state, now),
        why=why_then(state) if feed.enabled and state else "",
    )


def _marks(feed: Feed, state: FeedState | None, now: datetime) -> tuple[str, ...]:
    if state is None or not feed.enabled:
        return ()
    found = []
    if state.gap_at and now - state.gap_at < _RECENT:
        found.append("gap")
    if state.moved_to:
        found.append("moved")
    if state.address:
        found.append("by a mirror")
    return tuple(found)


def _since(now: datetime, days: int) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days - 1)


def _charts(
    archive: Archive | None, feed_ids: list[str], now: datetime
) -> Mapping[str, charts.Chart]:
    found = archive.feed_days(feed_ids, _since(now, _DAYS)) if archive else {}
    return {name: _by_day(found.get(name, {}), _DAYS, now) for name in feed_ids}


def _by_day(counts: Mapping[date, int], days: int, now: datetime) -> charts.Chart:
    pairs = {day: (n, 0) for day, n in counts.items()}
    return charts.by_day(pairs, days, now, whole="item")


@router.get("/feeds/{feed_id}")
def one(
    request: Request,
    site: SiteAsked,
    pages: PagesAsked,
    feed_id: str,
    limit: int = LIMITS_OF_ONE[0],
) -> Response:
    config, archive, now = site.config(), site.archive(), site.now()
    if feed_id not in config.feeds:
        raise HTTPException(404, "No feed has this id; it may have been renamed or removed.")
    feed = paced(config.feeds[feed_id], config.settings)
    state = archive.feed_states().get(feed.id) if archive else None
    limit = min(max(limit, 1), LIMITS_OF_ONE[-1])
    items = archive.feed_items(feed.id, limit=max(limit + 1, _LOOKED_AT)) if archive else ()
    since = _since(now, _DAYS_OF_ONE)
    days = archive.feed_days([feed.id], since).get(feed.id, {}) if archive else {}
    hours = archive.feed_hours(feed.id, since) if archive else {}
    by_hour = [(f"{hour:02}:00", hours.get(hour, 0), 0) for hour in range(24)]
    return pages.render(
        request,
        "feed.html",
        feed=feed,
        row=_row(feed, state, now),
        state=state,
        facts=list(lines(feed, state, now)),
        chart=_by_day(days, _DAYS_OF_ONE, now),
        by_hour=charts.bars(by_hour, f"the last {_DAYS_OF_ONE} days, by hour (UTC)", whole="item"),
        seen_after=_seen_after(items, state),
        looked_at=_LOOKED_AT,
        items=items[:limit],
        more=next((n for n in LIMITS_OF_ONE if n > limit), 0) if len(items) > limit else 0,
    )


def _seen_after(
    items: Sequence[Item], state: FeedState | None
) -> tuple[timedelta, timedelta, int] | None:
    """How long after its publication an item is seen: half of them within, nine of ten within.

    What the first poll brought is old news, and of an edit the moment of the first text is gone.
    """
    began = state.baseline_at if state else None
    waits = sorted(
        item.seen_at - item.published_at
        for item in items
        if item.published_at and not item.revision and not (began and item.seen_at <= began)
    )
    if not waits:
        return None
    return waits[len(waits) // 2], waits[int(len(waits) * 0.9)], len(waits)
