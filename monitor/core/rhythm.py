"""How often a feed brings news, learned from when it did; and how often to ask it for that."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import exp, log

from monitor.model import Alert, DueReason, Feed, FeedState, Tier

STORY_LASTS = timedelta(hours=6)

_KNOWN_AFTER = 3  # gaps between news: fewer say nothing
_TRUSTED_AFTER = 10  # enough of them to call a silence odd before two weeks are over
_WEIGHT = 0.1  # of the last gap, once ten are known
_PER_GAP = 2  # polls in the usual time between two news
_PER_SILENCE = 12  # polls in the time since the last news: what was silent long will be for longer
_FORGETS_HALF_IN = timedelta(days=60)
_LIVELY = timedelta(days=7)
_LOOKED_BACK = timedelta(days=30)
_LOOKED_AT = 20  # dates of the first document
_LEAST_GAP = timedelta(minutes=1)
_MOST_GAP = timedelta(days=365)
_OFFICIAL = (Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What weighs on how often a feed is asked just now.

    Attributes:
        floor: Less than this its host cannot bear: it is shared with other feeds.
        story_at: Newest alert of a story that concerns it; None: there is none.
    """

    floor: timedelta = timedelta()
    story_at: datetime | None = None


ORDINARY = Moment()


def of_dates(state: FeedState, dates: Iterable[datetime], now: datetime) -> FeedState:
    """With the rhythm that the dates of a feed's first document show."""
    recent = sorted({at for at in dates if now - _LOOKED_BACK <= at <= now})[-_LOOKED_AT - 1 :]
    gaps = [later - earlier for earlier, later in pairwise(recent) if later - earlier >= _LEAST_GAP]
    for gap in gaps:
        state = _with_gap(state, gap)
    if state.longest_gap_s is None:
        return state
    # The silence that is going on may be ordinary, too.
    silence = min(now - recent[-1], _LIVELY).total_seconds()
    return replace(state, longest_gap_s=max(state.longest_gap_s, silence))


def of_news(state: FeedState, longest_wait: timedelta, now: datetime) -> FeedState:
    """With the gap that ends now, as news came.

    Args:
        state: Before this poll.
        longest_wait: What lies between two polls of a running service; the rest of a longer
            absence was not watched and says nothing.
    """
    if state.last_new_at is None or state.last_ok_at is None:
        return state
    watched = state.last_ok_at - state.last_new_at
    return _with_gap(state, watched + min(now - state.last_ok_at, longest_wait))


def pace(
    feed: Feed, state: FeedState, moment: Moment, now: datetime
) -> tuple[timedelta, DueReason]:
    """How long to wait before a feed is asked again, as far as that is ours to say.

    By its fixed interval, or, if it is adaptive, twice in its usual time between news, and ever
    less often while it is silent. A story under way halves all that and more, fading with time.
    """
    if not feed.adaptive:
        return feed.interval, DueReason.INTERVAL
    least = max(feed.min_interval or feed.interval, moment.floor)
    most = max(feed.max_latency or feed.interval, least)
    usual = feed.interval
    if state.news_count >= _KNOWN_AFTER and state.news_gap_s is not None:
        usual = timedelta(seconds=state.news_gap_s) / _PER_GAP
    if state.last_new_at is not None:
        usual = max(usual, (now - state.last_new_at) / _PER_SILENCE)
    usual = min(max(usual, least), most)
    if moment.story_at is not None:
        faded = min(max((now - moment.story_at) / STORY_LASTS, 0.0), 1.0)
        urgent = least + faded * (usual - least)
        if urgent < usual:
            return urgent, DueReason.STORY
    return usual, DueReason.RHYTHM


def is_lively(state: FeedState) -> bool:
    """Whether the feed never was silent for a week, as far as we know it."""
    longest = state.longest_gap_s
    return (
        state.news_count >= _KNOWN_AFTER
        and longest is not None
        and longest <= _LIVELY.total_seconds()
    )


def usual_silence(state: FeedState) -> timedelta | None:
    """The longest time between two news that is not long ago; None: it is not known well."""
    if state.news_count < _TRUSTED_AFTER or state.longest_gap_s is None:
        return None
    return timedelta(seconds=state.longest_gap_s)


def parties(alert: Alert) -> frozenset[str]:
    """Those who have a part in an alert's story: who said so, and whom the text names."""
    named = (*alert.authority_for, *(found.group for found in alert.found if found.group))
    return frozenset(map(str.casefold, named))


def speaks_for(feed: Feed) -> frozenset[str]:
    """The parties for whom a feed speaks officially.

    Groups of the lexicon are called like the parties, or the feed implies them.
    """
    if feed.tier not in _OFFICIAL or not feed.authority_for:
        return frozenset()
    return frozenset(map(str.casefold, (*feed.authority_for, *feed.implied_groups)))


def _with_gap(state: FeedState, gap: timedelta) -> FeedState:
    """Gaps are averaged by their logarithms: a night does not undo what a day has shown."""
    gap_s = min(max(gap, _LEAST_GAP), _MOST_GAP).total_seconds()
    usual = log(state.news_gap_s) if state.news_gap_s else log(gap_s)
    usual += max(1 / (state.news_count + 1), _WEIGHT) * (log(gap_s) - usual)
    kept = 0.5 ** (gap_s / _FORGETS_HALF_IN.total_seconds())
    return replace(
        state,
        news_count=state.news_count + 1,
        news_gap_s=exp(usual),
        longest_gap_s=max(gap_s, kept * (state.longest_gap_s or 0.0)),
    )
