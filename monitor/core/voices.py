"""Watches whose last official source went quiet: what they wait for could not be seen."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core.conditions import voices_of
from monitor.core.health import HealthReport, about_ourselves
from monitor.model import Feed, FeedState, Health, Watch, WatchState

VOICE_PATIENCE = timedelta(days=1)


def voice_reports(
    watches: Iterable[Watch],
    watch_states: Mapping[str, WatchState],
    feeds: Mapping[str, Feed],
    feed_states: Mapping[str, FeedState],
    now: datetime,
) -> list[HealthReport]:
    """A report for each watch that lost the last source of a condition, or has one again.

    Conditions for which no feed is enabled at all are the configuration's, and told by its check.
    """
    enabled = [feed for feed in feeds.values() if feed.enabled]
    reports = []
    for watch in watches:
        state = watch_states.get(watch.id)
        if state is None or not watch.enabled:
            continue
        voices = {text: able for text, able in voices_of(watch, enabled).items() if able}
        unheard = tuple(
            text
            for text, able in voices.items()
            if all(_is_lost(feed_states.get(feed.id), now, text in state.unheard) for feed in able)
        )
        after = replace(state, unheard=unheard)
        if lost := tuple(text for text in unheard if text not in state.unheard):
            reports.append(_lost_report(watch, after, lost, voices, feed_states, now))
        if back := tuple(text for text in state.unheard if text in voices and text not in unheard):
            reports.append(_back_report(watch, after, back, voices, feed_states, now))
    return reports


def _is_lost(state: FeedState | None, now: datetime, was_told: bool) -> bool:
    """Whether a feed has been unwell for long; once that was told, until it is well."""
    if state is None or not state.health.is_bad:
        return False
    since = state.failing_since or state.baseline_at
    return state.health is Health.GONE or was_told or since is None or now - since >= VOICE_PATIENCE


def _lost_report(
    watch: Watch,
    after: WatchState,
    lost: tuple[str, ...],
    voices: Mapping[str, tuple[Feed, ...]],
    states: Mapping[str, FeedState],
    now: datetime,
) -> HealthReport:
    named = {
        f"{feed.name} ({feed.id}): {_condition(states[feed.id])}"
        for text in lost
        for feed in voices[text]
    }
    alert = about_ourselves(
        f"Watch has no official source left: {watch.name or watch.id}",
        "\n".join(["Until one is back, nothing can satisfy", *lost, *sorted(named)]),
        f"voices of {watch.id} lost",
        now,
    )
    return HealthReport(alert=alert, watch_state=after)


def _back_report(
    watch: Watch,
    after: WatchState,
    back: tuple[str, ...],
    voices: Mapping[str, tuple[Feed, ...]],
    states: Mapping[str, FeedState],
    now: datetime,
) -> HealthReport:
    well = {
        f"{feed.name} ({feed.id})"
        for text in back
        for feed in voices[text]
        if feed.id not in states or not states[feed.id].health.is_bad
    }
    alert = about_ourselves(
        f"Watch has an official source again: {watch.name or watch.id}",
        "\n".join([f"{', '.join(sorted(well))} can satisfy again", *back]),
        f"voices of {watch.id} back",
        now,
    )
    return HealthReport(alert=alert, watch_state=after)


def _condition(state: FeedState) -> str:
    return f"{state.health.value.replace('_', ' ')}: {state.problem or 'no details'}"
