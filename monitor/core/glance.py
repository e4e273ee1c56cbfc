"""What a person must see of an alert on one screen, in one order everywhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from monitor.core import story_lines
from monitor.core.inert import cut, cut_together, inert_link, one_line
from monitor.model import Alert, AlertKind, Found

MAX_HEADLINE = 500
MAX_LINES = 20
MAX_TOLD = 3_500
NO_HEADLINE = "(no headline)"

_NAME = 120
_SNIPPET = 700
_WHY = 1_000
_TERMS = 12
_WRAPPERS = {"news.google.com": "Google News"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The lines of a message, in order; each is inert, on one line, and empty if unknown.

    Attributes:
        lead: Severity, watch, and what this alert changes: `[HIGH] Rail: new`,
            `[CRITICAL] Rail: ANNOUNCED by X (was: preparing, disputed)`.
        headline: In its own language, untouched; never empty.
        source: Language tag, who says so, and how close that source is to the event.
        why: Reason, watch, and the terms by field and group.
        standing: When it takes effect, and the last words of the parties and of officials.
        origins: Who says so independently, who merely carries it, who disputes it.
        timeline: What has been claimed so far, day by day.
        also_in: Other languages in which the story is told.
        changed: Of an edit: the words that changed, between those around them.
        snippet: Where the watch came true.
        times: When it was published, and when we first saw it.
        link: ASCII, http(s), or empty.
        link_note: What the reader should know of the link.
        told: A template's lines in place of those between headline and link; None: there is no
            template.
        flaw: Why there is none although there should be; empty: all is well.
    """

    lead: str
    headline: str
    source: str
    why: str
    standing: str
    origins: str
    timeline: str
    also_in: str
    changed: str
    snippet: str
    times: str
    link: str
    link_note: str
    told: tuple[str, ...] | None = None
    flaw: str = ""

    def details(self) -> tuple[str, ...]:
        """The lines between headline and link that say something."""
        if self.told is not None:
            return self.told
        flaw = f"(built-in form: {self.flaw})" if self.flaw else ""
        about = (self.standing, self.origins, self.timeline, self.also_in, self.changed)
        lines = (self.source, self.why, *about, self.snippet, self.times, flaw)
        return tuple(line for line in lines if line)


def glance(alert: Alert) -> Glance:
    """Total: any alert has a glance of at most about 5,500 characters and a link."""
    link = inert_link(alert.url)
    return Glance(
        lead=_lead(alert),
        headline=cut(one_line(alert.title), MAX_HEADLINE) or NO_HEADLINE,
        source=_source(alert),
        why=_why(alert),
        standing=story_lines.standing(alert),
        origins=story_lines.origins(alert),
        timeline=story_lines.timeline(alert),
        also_in=story_lines.also_in(alert),
        changed=story_lines.changed(alert),
        snippet=cut(one_line(alert.snippet), _SNIPPET),
        times=_times(alert),
        link=link,
        link_note=_link_note(link),
        told=_report(alert),
    )


def heading(alerts: Sequence[Alert], more: int) -> str:
    """What stands above several alerts in one message, with the number of those that follow it."""
    behind = f", and {more:,} more wait behind them" if more else ""
    loudest = max((alert.severity for alert in alerts), key=lambda severity: severity.rank)
    return f"[{loudest.upper()}] {len(alerts):,} alerts together{behind}"


def brief(alert: Alert, limit: int) -> str:
    """One alert of many on a line: severity, headline, who says so, which watch, what changed."""
    headline = cut(one_line(alert.title), MAX_HEADLINE) or NO_HEADLINE
    who = _short(alert.publisher) or _short(alert.feed_name)
    watch = _short(alert.watch_name) or _short(alert.watch_id)
    told = "; ".join(part for part in (watch, story_lines.moved(alert)) if part)
    rest = ", ".join(part for part in (who, told) if part)
    line = f"[{alert.severity.upper()}] {headline}" + (f" ({rest})" if rest else "")
    return cut(line, limit, "utf16")


def in_a_few_words(alert: Alert) -> str:
    """An alert without anything that a service may object to but its words and its link."""
    seen = glance(alert)
    return "\n".join(part for part in (seen.lead, seen.headline, seen.link) if part)


def _lead(alert: Alert) -> str:
    watch = _short(alert.watch_name) or _short(alert.watch_id) or "(no watch)"
    return f"[{alert.severity.upper()}] {watch}: {story_lines.change(alert)}"


def _report(alert: Alert) -> tuple[str, ...] | None:
    """The lines of a report, which says all itself; None: the alert is none."""
    if alert.kind is not AlertKind.DIGEST or alert.members:
        return None
    lines = [line for line in map(one_line, alert.snippet.split("\n")) if line]
    return tuple(cut_together(lines[:MAX_LINES], MAX_TOLD)) or None


def _source(alert: Alert) -> str:
    publisher, feed = _short(alert.publisher), _short(alert.feed_name)
    who = publisher or feed
    if publisher and feed and publisher != feed:
        who = feed if feed.startswith(f"{publisher} via ") else f"{publisher} via {feed}"
    standing = alert.tier.value if alert.tier else ""
    if alert.authority_for:
        parties = ", ".join(cut(one_line(party), 20) for party in alert.authority_for[:8])
        standing = f"{standing} for {parties}".strip()
    return " | ".join(part for part in (cut(one_line(alert.language), 35), who, standing) if part)


def _why(alert: Alert) -> str:
    found = ", ".join(_found(alert.found))
    watch = _short(alert.watch_id)
    because = f"{watch} {found}".strip() if found else ""
    parts = [part for part in (cut(one_line(alert.reason), 200), because) if part]
    return cut(f"Why: {' | '.join(parts)}", _WHY) if parts else ""


def _found(found: tuple[Found, ...]) -> Iterator[str]:
    """`[rail: trains] [kp: 평양] in title`, a text for each field, each word found once."""
    seen = list(dict.fromkeys((f.field, f.group, f.variant or f.term) for f in found))
    shown = seen[:_TERMS]
    for field in dict.fromkeys(place for place, _, _ in shown):
        terms = " ".join(_term(group, term) for place, group, term in shown if place == field)
        yield f"{terms} in {cut(one_line(field), 20)}"
    if len(seen) > len(shown):
        yield f"and {len(seen) - len(shown)} more"


def _term(group: str | None, term: str) -> str:
    word = cut(one_line(term), 60)
    return f"[{cut(one_line(group), 40)}: {word}]" if group else f"[{word}]"


def _times(alert: Alert) -> str:
    if alert.kind is AlertKind.HEALTH and alert.published_at is None and alert.seen_at is None:
        return f"at {_minute(alert.created_at)}"
    published = _minute(alert.published_at) if alert.published_at else "at an unknown time"
    seen = f", first seen {_minute(alert.seen_at)}" if alert.seen_at else ""
    return f"published {published}{seen}"


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}Z"


def _link_note(link: str) -> str:
    wrapper = _WRAPPERS.get(urlsplit(link).hostname or "")
    return f"wrapped by {wrapper}" if wrapper else ""


def _short(name: str) -> str:
    return cut(one_line(name), _NAME)
