"""All that is known of one feed, in words and as JSON."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from monitor.config.durations import duration_text
from monitor.core.inert import one_line
from monitor.core.schedule import longest_silence
from monitor.model import DueReason, Feed, FeedState, Guids, Health
from monitor.views.words import moment, plural, span

_WHY = {
    DueReason.INTERVAL: "its interval",
    DueReason.RHYTHM: "its rhythm",
    DueReason.STORY: "a story under way in which it may speak next",
    DueReason.MAX_AGE: "the server's max-age or Expires",
    DueReason.TTL: "ttl or updatePeriod of the document",
    DueReason.SKIPPED: "hours or days that the document asks to skip",
    DueReason.RETRY_AFTER: "the server's Retry-After",
    DueReason.BACK_OFF: "back-off, since it failed",
    DueReason.GONE: "never, for it is gone (410) until its url is changed",
}


def next_poll(feed: Feed, state: FeedState | None, now: datetime) -> str:
    """When it is asked next: "never", "now", "in 5 min"."""
    if not feed.enabled or (state and state.health is Health.GONE):
        return "never"
    if state is None or state.due_at <= now:
        return "now"
    return f"in {span(state.due_at - now)}"


def why_then(state: FeedState) -> str:
    """What decided when it is asked next."""
    return _WHY[state.due_reason]


def waits(state: FeedState) -> timedelta | None:
    """From the last poll to the next; None if there is none of the two."""
    if state.polled_at is None or state.health is Health.GONE:
        return None
    return state.due_at - state.polled_at


def pace(feed: Feed, state: FeedState | None) -> str:
    """How often a feed is asked at present, and why if it is not its interval."""
    interval = duration_text(feed.interval)
    wait = waits(state) if state else None
    if state is None or wait is None or state.due_reason is DueReason.INTERVAL:
        return interval
    return f"{span(wait)} ({state.due_reason.value.replace('_', ' ')})"


def lines(feed: Feed, state: FeedState | None, now: datetime) -> Iterator[tuple[str, str]]:
    """What it is called and what it says, in the order that one asks.

    Args:
        feed: With its own pace or that of the settings.
    """
    yield "name", one_line(feed.name)
    yield "url", one_line(feed.url)
    yield "owner, tier", f"{feed.owner}, {feed.tier.value}"
    if feed.authority_for:
        yield "speaks for", ", ".join(feed.authority_for)
    yield "asked", _limits(feed)
    if not feed.enabled:
        yield "disabled", one_line(feed.disabled_reason)
    if state is None:
        yield "health", "unknown: never asked yet"
        return
    since = f" since {moment(state.failing_since)}" if state.failing_since else ""
    problem = f": {one_line(state.problem)}" if state.problem else ""
    yield "health", f"{state.health.value.replace('_', ' ')}{since}{problem}"
    yield "last asked", _ago(state.polled_at, now)
    yield "last answer", _ago(state.last_ok_at, now)
    yield "last news", _ago(state.last_new_at, now)
    yield "asked next", _next(state)
    if state.earliest_at:
        yield "server allows", moment(state.earliest_at)
    if state.news_gap_s and state.longest_gap_s:
        usual, longest = (timedelta(seconds=s) for s in (state.news_gap_s, state.longest_gap_s))
        gaps = plural(state.news_count, "gap")
        yield "rhythm", f"news every {span(usual)}, {span(longest)} at most ({gaps})"
    yield "stale after", f"{span(longest_silence(feed, state))} without news"
    if state.moved_to:
        polls = plural(state.moved_count, "poll")
        yield "moved to", f"{one_line(state.moved_to)} (said by {polls} in a row)"
    if state.answer_s is not None:
        yield "answers in", f"{state.answer_s:.1f} s"
    if state.guids is not Guids.TRUSTED:
        yield "guids", f"{_GUIDS[state.guids]}: not believed, the link tells"


_GUIDS = {
    Guids.REGENERATED: "new ones for the same entries at each poll",
    Guids.CONSTANT: "the same one for different entries",
}


def _limits(feed: Feed) -> str:
    if not feed.adaptive or feed.min_interval is None or feed.max_latency is None:
        return f"every {duration_text(feed.interval)}"
    least, most = duration_text(feed.min_interval), duration_text(feed.max_latency)
    return f"by its rhythm, every {least} to {most}"


def _next(state: FeedState) -> str:
    wait = waits(state)
    if wait is None:
        return _WHY[state.due_reason]
    after = f"{span(wait)} after the last time"
    return f"{moment(state.due_at)}, {after}: {_WHY[state.due_reason]}"


def _ago(at: datetime | None, now: datetime) -> str:
    return f"{moment(at)} ({span(now - at)} ago)" if at else "never"


def learned(feed: Feed, state: FeedState | None) -> dict[str, Any]:
    """What `feeds show` adds to it."""
    return {
        "adaptive": feed.adaptive,
        "min_interval_s": feed.min_interval,
        "max_latency_s": feed.max_latency,
        "earliest_at": state.earliest_at if state else None,
        "news_count": state.news_count if state else 0,
        "news_gap_s": state.news_gap_s if state else None,
        "longest_gap_s": state.longest_gap_s if state else None,
        "answer_s": state.answer_s if state else None,
        "moved_to": state.moved_to if state else None,
        "moved_count": state.moved_count if state else 0,
        "guids": state.guids if state else Guids.TRUSTED,
    }


def entry(feed: Feed, state: FeedState | None) -> dict[str, Any]:
    """A feed in a list, as JSON."""
    return {
        "id": feed.id,
        "name": feed.name,
        "url": feed.url,
        "owner": feed.owner,
        "tier": feed.tier,
        "language": feed.language,
        "interval_s": feed.interval,
        "enabled": feed.enabled,
        "disabled_reason": feed.disabled_reason,
        "evidence": feed.evidence,
        "health": state.health if state else Health.UNKNOWN,
        "problem": state.problem if state else "",
        "failing_since": state.failing_since if state else None,
        "polled_at": state.polled_at if state else None,
        "last_ok_at": state.last_ok_at if state else None,
        "last_new_at": state.last_new_at if state else None,
        "newest_at": state.newest_at if state else None,
        "due_at": state.due_at if state else None,
        "failures": state.failures if state else 0,
        "moved_to": state.moved_to if state else None,
        "gap_at": state.gap_at if state else None,
        "due_reason": state.due_reason if state else None,
        "wait_s": waits(state) if state else None,
    }
