"""What is worth telling to a watch, at which severity, and why the rest is not."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.normalise import digest
from monitor.model import (
    Alert,
    AlertKind,
    Feed,
    Item,
    Judged,
    Judgement,
    Match,
    Reason,
    Severity,
    Status,
    Watch,
)

_SNIPPET = 600  # characters
_IN_WORDS = {
    Reason.FIRST_MATCH: "first match",
    Reason.NEWLY_MATCHING: "an edit made it match",
    Reason.BETTER_SOURCE: "known text, now from a source that matters more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was said before.

    Attributes:
        told: Watches that were alerted of this item.
        former: Why this watch's match of the item was held before; None: it was not.
        matched: The text before this edit matched the watch as well.
        loudest: Severity of the loudest alert of this story to the watch; None: none yet.
        last: Sequence number and id of the last alert of (story, watch).
        heard: A watch to which this one defers told of the item.
        baseline: This is the first poll of the feed: how old its entries are nobody knows.
    """

    told: Collection[str] = ()
    former: Reason | None = None
    matched: bool = False
    loudest: Severity | None = None
    last: tuple[int, str] | None = None
    heard: bool = False
    baseline: bool = False


def judge(
    judged: Judged, match: Match, watch: Watch, feed: Feed, past: Past, now: datetime
) -> Judgement:
    """An alert, or the reason why there is none."""
    reason = _reason(judged, match, watch, feed, past, now)
    if reason in _IN_WORDS and past.heard:
        reason = Reason.DEFERRED
    alert = None
    if reason in _IN_WORDS:
        alert = _alert(judged.item, match, watch, feed, reason, past, now)
    return Judgement(match=match, reason=reason, alert=alert)


def _reason(
    judged: Judged, match: Match, watch: Watch, feed: Feed, past: Past, now: datetime
) -> Reason:
    item = judged.item
    if watch.id in past.told:
        return Reason.ALREADY_TOLD
    if match.score < watch.min_score:
        return Reason.LOW_SCORE
    if judged.status is Status.REVISION:
        return _reason_of_edit(item, watch, feed, past, now)
    old = _is_old_news(item, watch, feed, past, now)
    if judged.status is Status.COPY and past.loudest is not None and not old:
        louder = severity_of(item, match, watch).rank > past.loudest.rank
        return Reason.BETTER_SOURCE if louder else Reason.COPY
    return old or Reason.FIRST_MATCH


def _reason_of_edit(item: Item, watch: Watch, feed: Feed, past: Past, now: datetime) -> Reason:
    """What was held stays held, unless the edit is what made it match (or match enough).

    We saw the text change since the last poll: that is news, however old the article.
    """
    if not past.matched or past.former is Reason.LOW_SCORE:
        return Reason.NEWLY_MATCHING
    return past.former or _is_old_news(item, watch, feed, past, now) or Reason.FIRST_MATCH


def _is_old_news(item: Item, watch: Watch, feed: Feed, past: Past, now: datetime) -> Reason | None:
    if item.published_at is None and past.baseline:
        return Reason.UNDATED_BASELINE
    if now - item.effective_at > min(watch.max_age, feed.max_age or timedelta.max):
        return Reason.TOO_OLD
    return None


def in_order(matches: Iterable[Match], watches: Mapping[str, Watch]) -> list[Match]:
    """The matches of an item so that a watch comes after those to which it defers."""

    def depth(watch_id: str, above: tuple[str, ...] = ()) -> int:
        if watch_id in above or watch_id not in watches:
            return 0
        others = watches[watch_id].defer_to
        return max((depth(other, (*above, watch_id)) + 1 for other in others), default=0)

    return sorted(matches, key=lambda match: depth(match.watch_id))


def severity_of(item: Item, match: Match, watch: Watch) -> Severity:
    """The watch's severity, raised by the escalations that hold."""
    raised = [
        watch.escalations[index].severity
        for index in match.escalations
        if not watch.escalations[index].tiers or item.tier in watch.escalations[index].tiers
    ]
    return max([watch.severity, *raised], key=lambda severity: severity.rank)


def snippet_of(item: Item, match: Match) -> str:
    """The paragraph in which the watch came true and the one after it (question and answer)."""
    starts = [found.start for found in match.found if found.field == "summary"]
    if not starts:
        return _cut(item.paragraphs[0]) if item.paragraphs else ""
    offset, paragraphs = 0, item.paragraphs
    for index, paragraph in enumerate(paragraphs):
        offset += len(paragraph) + 2
        if starts[0] < offset:
            return _cut("\n".join(paragraphs[index : index + 2]))
    return ""


def _cut(text: str) -> str:
    return text if len(text) <= _SNIPPET else text[: _SNIPPET - 1].rstrip() + "…"


def _alert(
    item: Item, match: Match, watch: Watch, feed: Feed, reason: Reason, past: Past, now: datetime
) -> Alert:
    seq, supersedes = (past.last[0] + 1, past.last[1]) if past.last else (1, None)
    return Alert(
        id=f"a_{digest('alert', AlertKind.NEW, watch.id, item.id, str(item.revision))}",
        kind=AlertKind.ESCALATION if reason is Reason.BETTER_SOURCE else AlertKind.NEW,
        severity=severity_of(item, match, watch),
        reason=_IN_WORDS[reason],
        watch_id=watch.id,
        watch_name=watch.name or watch.id,
        created_at=now,
        title=item.title,
        snippet=snippet_of(item, match),
        url=item.url,
        language=item.language,
        item_id=item.id,
        revision=item.revision,
        story_id=item.story_id,
        seq=seq,
        supersedes=supersedes,
        feed_id=feed.id,
        feed_name=feed.name,
        publisher=item.publisher,
        owner=item.owner,
        tier=item.tier,
        authority_for=item.authority_for,
        published_at=item.published_at,
        seen_at=item.seen_at,
        found=match.found,
        masked=match.masked,
        score=match.score,
    )
