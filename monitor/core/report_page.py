"""A report in words: headings and lines, the same for every format.

What strangers wrote (headlines, names, languages) is inert, on one line and bounded here; what a
character means in some markup is seen to where that markup is written (core/report_markup.py).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from monitor.core.expectations import MET, MISSED
from monitor.core.inert import cut, inert_link, one_line
from monitor.core.report import Headline, Held, StoryPart, StoryReport, Turned, Wanted
from monitor.core.story_lines import in_words
from monitor.model import Claim, Reason

STORIES = 100  # that are listed; the rest is a number
MESSAGE_LINES = 18
MESSAGE_CHARS = 3_000

_TITLE = 300
_NAME = 80
_NAMES = 12
_HOUR = timedelta(hours=1)
_PERIODS = (
    (timedelta(days=7), "Weekly report"),
    (timedelta(days=1), "Daily report"),
    (_HOUR, "Hourly report"),
)
_REASONS = {
    Reason.COPY: "the text was already seen elsewhere",
    Reason.SAME_STORY: "adds nothing to a story that was told",
    Reason.ANALYSIS: "comments on a story that was told",
    Reason.TOO_OLD: "older than the watch allows",
    Reason.UNDATED_BASELINE: "without a date, on the first poll of its feed",
    Reason.ALREADY_TOLD: "an edit of what was told",
    Reason.LOW_SCORE: "below the watch's least score",
    Reason.DEFERRED: "left to another watch, which told of it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line, perhaps with a link and lines of its own. All of it is inert."""

    text: str
    link: str = ""
    below: tuple["Line", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A report on one watch."""

    title: str
    period: str
    chapters: tuple[Chapter, ...]


def page(report: StoryReport, zone: tzinfo = UTC) -> Page:
    """All of a report; chapters with nothing to say are left out.

    Args:
        zone: In which moments are shown.
    """
    chapters = (
        Chapter(heading="In short", lines=tuple(Line(text=one) for one in in_short(report))),
        Chapter(heading="Stories", lines=tuple(_stories(report.stories, zone))),
        Chapter(heading="Held back", lines=tuple(map(_held, report.held))),
        Chapter(heading="Alerts", lines=tuple(_alerts(report))),
        Chapter(heading="Sources", lines=tuple(_sources(report))),
        Chapter(heading="Waited for", lines=tuple(_wanted(one, zone) for one in report.wanted)),
    )
    return Page(
        title=f"{_kind(report)}: {_name(report.watch_name) or _name(report.watch_id)}",
        period=f"{_moment(report.since, zone)} to {_moment(report.until, zone)} ({_zone(zone)})",
        chapters=tuple(one for one in chapters if one.lines),
    )


def headline(report: StoryReport) -> str:
    """`Weekly report: Rail: 3 stories (2 new), 1 confirmed, 12 items held back`."""
    counted = counts(len(report.stories), "story")
    parts = [f"{counted} ({report.new_stories} new)" if report.stories else "no stories"]
    parts += _claimed(report.stories)
    parts += [f"{counts(report.held_items, 'item')} held back"] if report.held else []
    missed = sum(one.outcome == MISSED for one in report.wanted)
    parts += [f"{missed} missed"] if missed else []
    name = _name(report.watch_name) or _name(report.watch_id)
    return f"{_kind(report)}: {name}: {', '.join(parts)}"


def message(report: StoryReport, zone: tzinfo) -> str:
    """The report as the few lines that a chat takes, line breaks between them."""
    lines = [page(report, zone).period, *in_short(report)]
    for story in report.stories[:STORIES]:
        state = "; ".join(_turned(turn, zone) for turn in story.turns[-2:])
        about = state or f"{'new' if story.is_new else 'gone on'}, {_items(story)}"
        lines.append(f"{cut(_title(story.title), 160)} ({about})")
    lines += [_wanted(one, zone).text for one in report.wanted if one.outcome == MISSED]
    kept: list[str] = []
    room = MESSAGE_CHARS
    for line in lines:
        room -= len(line) + 1
        if len(kept) == MESSAGE_LINES - 1 or room < 60:
            kept.append(f"and {len(lines) - len(kept)} lines more")
            break
        kept.append(line)
    return "\n".join(kept)


def in_short(report: StoryReport) -> list[str]:
    """The figures, a line each."""
    before = f"{report.items_before:,} in the time before"
    became = f"{report.told:,} told, {report.held_items:,} held back"
    lines = [f"Items: {report.items:,} ({before}): {became}"]
    if report.stories:
        gone_on = len(report.stories) - report.new_stories
        lines.append(
            f"Stories: {report.new_stories} new, {gone_on} gone on; "
            f"{counts(report.follow_ons, 'follow-on')}"
        )
    if claimed := _claimed(report.stories):
        lines.append(f"Claimed at the end: {', '.join(claimed)}")
    if report.raised:
        lines.append(f"Alerts: {report.raised:,} raised, {report.arrived:,} of them arrived so far")
    if report.best_tier:
        lines.append(f"Closest source: {in_words(report.best_tier)}")
    if report.gained or report.lost:
        lines.append(f"Publishers: {len(report.gained)} gained, {len(report.lost)} lost")
    if report.good or report.noise:
        lines.append(f"Rated: {report.good} good, {report.noise} noise")
    return lines


def counts(count: int, noun: str) -> str:
    """As in "1 story", "2 stories"."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"


# --- stories -------------------------------------------------------------------------------------


def _claimed(stories: Iterable[StoryPart]) -> list[str]:
    """How many stories stand where, the farthest first: "1 confirmed", "2 disputed"."""
    stories = list(stories)
    order = [Claim.IN_EFFECT, Claim.CONFIRMED, Claim.ANNOUNCED, *(c for c in Claim if c.goes_down)]
    found = [(in_words(one), sum(s.state is one for s in stories)) for one in order]
    found.append(("disputed", sum(s.disputed is not None for s in stories)))
    return [f"{count} {name}" for name, count in found if count]


def _stories(stories: Sequence[StoryPart], zone: tzinfo) -> Iterator[Line]:
    for story in stories[:STORIES]:
        lines = [Line(text=text) for text in _story(story, zone)]
        link = inert_link(story.first.url)
        if story.title != story.first.title:  # what is linked is what is named
            first = _headline(story.first)
            lines.insert(1, Line(text=f"First of this time: {first.text}", link=link))
            link = ""
        yield Line(text=_title(story.title), link=link, below=tuple(lines))
    if rest := stories[STORIES:]:
        items = counts(sum(one.items for one in rest), "item")
        yield Line(text=f"and {counts(len(rest), 'story')} more, with {items}")


def _story(story: StoryPart, zone: tzinfo) -> Iterator[str]:
    alerts = f", {counts(story.told, 'alert')}" if story.told else ""
    yield f"{'New' if story.is_new else 'Gone on'}: {_items(story)}{alerts}"
    for turn in story.turns:
        yield _turned(turn, zone)
    if story.state or story.disputed:
        against = f", disputed: {in_words(story.disputed)}" if story.disputed else ""
        yield f"At the end: {_claim(story.state)}{against}"
    if step := story.official:
        who = _name(step.publisher) or _name(step.party)
        yield f"Last official word: {in_words(step.claim)}, {_day(step.at, zone)}, {who}"
    if story.origins:
        yield f"Independent origins {len(story.origins)}: {_names(story.origins)}"
    if story.carriers:
        yield f"Carried by {len(story.carriers)}: {_names(story.carriers)}"
    closest = f"; closest source: {in_words(story.tier)}" if story.tier else ""
    if any(map(one_line, story.languages)):
        yield f"In {_names(story.languages)}{closest}"


def _items(story: StoryPart) -> str:
    behind = f" ({counts(story.follow_ons, 'follow-on')})" if story.follow_ons else ""
    return f"{counts(story.items, 'item')}{behind}"


def _turned(turn: Turned, zone: tzinfo) -> str:
    """`Reported -> announced, 2026-03-10, Xinhua (state media)`."""
    by = f"{_day(turn.at, zone)}, {_name(turn.by) or 'nobody named'} ({in_words(turn.tier)})"
    parts = []
    if turn.state is not turn.was:
        parts.append(f"Claim: {_claim(turn.was)} -> {_claim(turn.state)}")
    if turn.disputed is not turn.was_disputed:
        against = in_words(turn.disputed) if turn.disputed else "no longer"
        parts.append(f"Disputed: {against}")
    return f"{'; '.join(parts)}, {by}"


def _claim(claim: Claim | None) -> str:
    return in_words(claim) if claim else "nothing"


# --- the rest ------------------------------------------------------------------------------------


def _held(held: Held) -> Line:
    why = _REASONS.get(held.reason, "")
    reason = held.reason.value.replace("_", " ")
    return Line(
        text=f"{reason}: {counts(held.count, 'item')}" + (f" ({why})" if why else ""),
        below=tuple(map(_headline, held.headlines)),
    )


def _headline(one: Headline) -> Line:
    who = f" ({name})" if (name := _name(one.publisher)) else ""
    return Line(text=f"{_title(one.title)}{who}", link=inert_link(one.url))


def _alerts(report: StoryReport) -> Iterator[Line]:
    for sent in report.alerts:
        yield Line(text=f"{sent.severity.value}, {sent.kind.value}: {sent.count:,}")
    if waiting := report.raised - report.arrived:
        what = "waiting, silenced, failed, or addressed to nobody"
        yield Line(text=f"{waiting:,} of {report.raised:,} did not arrive so far: {what}")


def _sources(report: StoryReport) -> Iterator[Line]:
    if report.gained:
        yield Line(text=f"Publishers gained: {_names(report.gained)}")
    if report.lost:
        yield Line(text=f"Publishers lost: {_names(report.lost)}")
    if report.publishers:
        yield Line(text=f"Items by publisher: {_counted(report.publishers)}")
    if report.languages:
        yield Line(text=f"Items by language: {_counted(report.languages)}")
    if report.tiers:
        tiers = {in_words(tier): count for tier, count in report.tiers.items()}
        yield Line(text=f"Items by tier: {_counted(tiers)}")


def _wanted(one: Wanted, zone: tzinfo) -> Line:
    since, until = _day(one.armed_at, zone), _day(one.due_at, zone)
    what = {
        MET: f"came, having been waited for since {since}",
        MISSED: f"missed: waited for since {since}, until {until}",
        "": f"waited for since {since}, until {until}",
    }.get(one.outcome, f"not known: waited for since {since}, and no source could have told")
    title = f": {text}" if (text := _title(one.title)) else ""
    return Line(text=f"{_name(one.expectation)}{title} ({what})")


def _kind(report: StoryReport) -> str:
    """A week with a change of the clocks is one, too."""
    length = report.until - report.since
    near = (name for span, name in _PERIODS if span > _HOUR and abs(length - span) <= _HOUR)
    return next(near, "Hourly report" if length == _HOUR else "Report")


def _counted(counted: Mapping[str, int]) -> str:
    names = [f"{_name(name) or '(none)'} {count:,}" for name, count in counted.items()]
    return _some(names)


def _names(names: Iterable[str]) -> str:
    return _some([_name(name) or "(none)" for name in names])


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _NAMES
    return ", ".join([*names[:_NAMES], *([f"and {rest} more"] if rest > 0 else [])])


def _title(text: str) -> str:
    return cut(one_line(text), _TITLE) or "(no headline)"


def _name(text: str) -> str:
    return cut(one_line(text), _NAME)


def _day(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d}"


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _zone(zone: tzinfo) -> str:
    return getattr(zone, "key", "") or "UTC"
