"""What is worth telling to a watch, at which severity, and why the rest is not."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core.changes import Change, Fact
from monitor.core.conditions import parse
from monitor.core.normalise import digest
from monitor.core.telling import NOTABLE, News
from monitor.core.thread import Turn
from monitor.model import (
    Alert,
    AlertKind,
    Claim,
    Feed,
    Followed,
    Grouping,
    Item,
    Judged,
    Judgement,
    Match,
    Reason,
    Severity,
    Situation,
    Status,
    Tier,
    Watch,
)

_SNIPPET = 600  # characters
_CHANGED_AT_MOST = 6
_CORROBORATED = 3  # independent origins from which one more is worth a louder word
_IN_WORDS = {
    Reason.FIRST_MATCH: "first match",
    Reason.ESCALATED: "it changes the story",
    Reason.UPDATED: "more of a story that was told",
    Reason.CORRECTED: "an edit changed what it says",
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
        followed: What the watch was told of the thread; None: nothing matched so far.
        told_others: Other watches were told of the thread.
        news: What grouping makes of the item.
        turn: What the item did to its thread; None: not known.
        changes: Facts that the edit changed.
        diff: Both texts of an edit as one.
    """

    told: Collection[str] = ()
    former: Reason | None = None
    matched: bool = False
    loudest: Severity | None = None
    last: tuple[int, str] | None = None
    heard: bool = False
    baseline: bool = False
    followed: Followed | None = None
    told_others: bool = False
    news: News = News.STORY
    turn: Turn | None = None
    changes: tuple[Change, ...] = ()
    diff: str = ""


def judge(
    judged: Judged, match: Match, watch: Watch, feed: Feed, past: Past, now: datetime
) -> Judgement:
    """An alert, or the reason why there is none."""
    reason = _reason(judged, match, watch, feed, past, now)
    rungs = new_rungs(match, watch, past)
    if reason is Reason.COPY and rungs and _is_by_its_author(past.turn):
        reason = Reason.ESCALATED
    if reason in (Reason.FIRST_MATCH, Reason.NEWLY_MATCHING, Reason.ALREADY_TOLD):
        reason = _of_story(judged, match, watch, reason, past, rungs)
    if reason in _IN_WORDS and past.heard:
        reason = Reason.DEFERRED
    alert = None
    if reason in _IN_WORDS:
        alert = _alert(judged.item, match, watch, feed, reason, past, rungs, now)
    return Judgement(match=match, reason=reason, alert=alert)


def _is_by_its_author(turn: Turn | None) -> bool:
    """Whether others had printed a text before, and now its own source has it."""
    return turn is not None and (bool(turn.facts.authority) or turn.new_origin)


def _of_story(
    judged: Judged,
    match: Match,
    watch: Watch,
    reason: Reason,
    past: Past,
    rungs: Mapping[str, Severity],
) -> Reason:
    """What an item is to a watch that was told of its story."""
    if watch.grouping is Grouping.NONE:
        return Reason.CORRECTED if reason is Reason.ALREADY_TOLD and past.changes else reason
    comments = past.turn is not None and past.turn.facts.claim is Claim.ANALYSIS
    if past.followed is None or not past.followed.told:
        return Reason.ANALYSIS if comments and past.told_others else reason
    if reason is Reason.ALREADY_TOLD:
        if rungs:
            return Reason.ESCALATED
        return Reason.CORRECTED if past.changes else reason
    turn = past.turn
    if turn is None:
        return reason if past.news is not News.SAME else Reason.SAME_STORY
    loudest = past.loudest or watch.severity
    if rungs or severity_of(judged.item, match, watch).rank > loudest.rank:
        return Reason.ESCALATED
    if comments:
        return Reason.ANALYSIS
    if turn.retold:
        return Reason.SAME_STORY
    if _adds(judged, turn) or reason is Reason.NEWLY_MATCHING or past.news is not News.SAME:
        return Reason.UPDATED
    return Reason.SAME_STORY


def _adds(judged: Judged, turn: Turn) -> bool:
    """Whether it is worth a word in a story that was told, even in words that are not new."""
    close = judged.item.tier.rank <= Tier.WIRE.rank
    crossed = turn.new_origin and turn.facts.origins in NOTABLE
    backwards = turn.facts.claim is not None and turn.facts.claim.goes_down
    return ((close or backwards) and turn.new_word) or crossed or turn.overclaims


def new_rungs(match: Match, watch: Watch, past: Past) -> Mapping[str, Severity]:
    """Escalations on the story that hold and were not told of it: their name -> severity."""
    told = past.followed.rungs if past.followed else ()
    found = rungs_that_hold(match, watch, past.turn) if past.turn else {}
    return {name: severity for name, severity in found.items() if name not in told}


def rungs_that_hold(match: Match, watch: Watch, turn: Turn) -> Mapping[str, Severity]:
    """Escalations on the story that hold for an item: their name -> severity."""
    found = {}
    for index, one in enumerate(watch.escalations):
        if not one.when or ((one.query or one.tiers) and index not in match.escalations):
            continue
        condition = parse(one.when)
        if condition.holds(turn.facts):
            found[f"{one.when}: {condition.told_of(turn.facts)}"] = one.severity
    return found


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
    """The watch's severity, raised by the escalations that hold for the item alone."""
    raised = [
        one.severity
        for one in (watch.escalations[index] for index in match.escalations)
        if not one.when and (not one.tiers or item.tier in one.tiers)
    ]
    return max([watch.severity, *raised], key=lambda severity: severity.rank)


def snippet_of(item: Item, match: Match) -> str:
    """The paragraph in which the watch came true and the one after it (question and answer)."""
    at = paragraph_of(item, match)
    if at is None:
        return _cut(item.paragraphs[0]) if item.paragraphs else ""
    return _cut("\n".join(item.paragraphs[at : at + 2]))


def paragraph_of(item: Item, match: Match) -> int | None:
    """The paragraph in which the watch came true; None: only elsewhere."""
    starts = [found.start for found in match.found if found.field == "summary"]
    offset = 0
    for index, paragraph in enumerate(item.paragraphs if starts else ()):
        offset += len(paragraph) + 2
        if starts[0] < offset:
            return index
    return None


def _cut(text: str) -> str:
    return text if len(text) <= _SNIPPET else text[: _SNIPPET - 1].rstrip() + "…"


def _kind_of(reason: Reason, past: Past, rungs: Mapping[str, Severity]) -> AlertKind:
    if reason is Reason.CORRECTED:
        return AlertKind.CORRECTION
    if reason in (Reason.BETTER_SOURCE, Reason.ESCALATED):
        return AlertKind.ESCALATION
    if reason is Reason.UPDATED:
        return AlertKind.UPDATE
    # What others were told of long ago is not new to the world, even if it is to this watch.
    return AlertKind.ESCALATION if rungs and past.told_others else AlertKind.NEW


def _severity(
    reason: Reason,
    item: Item,
    match: Match,
    watch: Watch,
    past: Past,
    rungs: Mapping[str, Severity],
) -> Severity:
    """Of more of the same, no more than the watch's own; of what is new, the loudest that holds."""
    if reason is Reason.UPDATED:
        one_more = past.turn is not None and past.turn.new_origin
        if one_more and past.turn and past.turn.facts.origins >= _CORROBORATED:
            return max(watch.severity, Severity.MEDIUM, key=lambda severity: severity.rank)
        return watch.severity
    levels = [watch.severity if reason is Reason.CORRECTED else severity_of(item, match, watch)]
    return max([*levels, *rungs.values()], key=lambda severity: severity.rank)


def _why(reason: Reason, past: Past, rungs: Mapping[str, Severity]) -> str:
    """In words, for people."""
    if reason is Reason.CORRECTED:
        told = list(dict.fromkeys(map(_changed, past.changes)))[:_CHANGED_AT_MOST]
        return f"{_IN_WORDS[reason]}: {'; '.join(told)}"
    if rungs:
        return "; ".join(name.rpartition(": ")[0] for name in rungs)
    if reason is Reason.UPDATED and past.turn:
        if past.turn.overclaims:
            return "claimed by others, not seen in an official source"
        if past.turn.new_origin:
            return f"independent origin no. {past.turn.facts.origins}"
        if past.news is News.CONTINUES:
            return "the story goes on"
    return _IN_WORDS[reason]


def _changed(change: Change) -> str:
    if change.fact is Fact.NEGATION:
        return "a negation"
    if change.fact is Fact.CLAIM:
        parts = [f"no longer says {_spoken(change.before)}"] if change.before else []
        parts += [f"now says {_spoken(change.after)}"] if change.after else []
        return ", ".join(parts)
    return f"{change.fact.value} {change.before or 'none'} > {change.after or 'none'}"


def _spoken(claims: str) -> str:
    return claims.replace("_", " ")


def _alert(
    item: Item,
    match: Match,
    watch: Watch,
    feed: Feed,
    reason: Reason,
    past: Past,
    rungs: Mapping[str, Severity],
    now: datetime,
) -> Alert:
    base = _of_item(
        item,
        watch,
        feed,
        _kind_of(reason, past, rungs),
        _severity(reason, item, match, watch, past, rungs),
        _why(reason, past, rungs),
        past.turn.thread.id if past.turn else item.story_id,
        past.last,
        now,
    )
    return replace(
        base,
        # Whatever it is told as: the same text is told to a watch once.
        id=f"a_{digest('alert', AlertKind.NEW, watch.id, item.id, str(item.revision))}",
        snippet=snippet_of(item, match),
        found=match.found,
        masked=match.masked,
        score=match.score,
        situation=_situation(item, past),
    )


def _of_item(
    item: Item,
    watch: Watch,
    feed: Feed,
    kind: AlertKind,
    severity: Severity,
    reason: str,
    thread_id: str,
    last: tuple[int, str] | None,
    now: datetime,
) -> Alert:
    """What every alert of an item says."""
    return Alert(
        id=f"a_{digest('alert', kind, watch.id, item.id, str(item.revision))}",
        kind=kind,
        severity=severity,
        reason=reason,
        watch_id=watch.id,
        watch_name=watch.name or watch.id,
        created_at=now,
        title=item.title,
        url=item.url,
        language=item.language,
        item_id=item.id,
        revision=item.revision,
        story_id=thread_id,
        seq=last[0] + 1 if last else 1,
        supersedes=last[1] if last else None,
        feed_id=feed.id,
        feed_name=feed.name,
        publisher=item.publisher,
        owner=item.owner,
        tier=item.tier,
        authority_for=item.authority_for,
        published_at=item.published_at,
        seen_at=item.seen_at,
    )


def withdrawn(
    judged: Judged,
    watch: Watch,
    feed: Feed,
    thread_id: str,
    last: tuple[int, str] | None,
    diff: str,
    now: datetime,
) -> Alert:
    """Told when an edit took away what a watch was told of.

    Args:
        last: Sequence number and id of the thread's last alert to the watch.
        diff: Both texts as one.
    """
    item = judged.item
    kind, reason = AlertKind.CORRECTION, "an edit took away what made it match"
    return replace(
        _of_item(item, watch, feed, kind, watch.severity, reason, thread_id, last, now),
        snippet=_cut(item.paragraphs[0]) if item.paragraphs else "",
        situation=Situation(title=item.title, diff=diff),
    )


def _situation(item: Item, past: Past) -> Situation | None:
    if past.turn is None:
        return Situation(diff=past.diff) if past.diff else None
    now = past.turn.situation
    own = item.language.partition("-")[0]
    return replace(now, also_in=tuple(one for one in now.also_in if one != own), diff=past.diff)
