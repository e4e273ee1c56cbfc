"""What a person says of stories: that two are one, that one is two, or what a text claims.

It is kept, and binds: what was called two does not become one by itself, and a text claims what
was read from it. All of it is one transaction; where grouping changes, its memory gets another
name, so that a running service reads it again.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from monitor import storyline
from monitor.core.alert import rungs_that_hold
from monitor.core.expectations import MISSED, UNKNOWN, after
from monitor.core.normalise import digest
from monitor.core.story import story_opened_by
from monitor.errors import StoryError
from monitor.model import (
    Alert,
    AlertKind,
    Awaited,
    Claim,
    ClaimVerdict,
    Followed,
    Item,
    Match,
    Story,
    StoryVerdict,
    Thread,
    Watch,
)
from monitor.pipeline import Line
from monitor.ports import Unit
from monitor.storyline import Retold

MERGE, SPLIT = "merge", "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What became of two stories.

    Attributes:
        story, other: The one that there was, and the one that is gone (merge) or new (split).
        thread_id, other_thread_id: Those of both.
        items: How many items have another story now; 0: only what is told as one changed.
    """

    story: str
    other: str
    thread_id: str
    other_thread_id: str
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What became of a text's claim.

    Attributes:
        claims: What it claims now, coming from its source.
        was, state: What is claimed of the story; None: nothing.
    """

    item: Item
    thread_id: str
    claims: Claim | None
    was: Claim | None
    state: Claim | None


# --- two are one ---------------------------------------------------------------------------------


def merge(unit: Unit, line: Line, one: str, two: str, author: str, now: datetime) -> Said:
    """Two stories are one; of two languages they stay two, and are told as one.

    Raises:
        StoryError: There is no such story, or they are one already.
    """
    first, second = _story(unit, one), _story(unit, two)
    if first.id == second.id:
        raise StoryError(f"{first.id} and {two} are one story already")
    alike = _primary(first) == _primary(second)
    if not alike and first.thread_id == second.thread_id:
        raise StoryError(
            f"{first.id} and {second.id} are told as one already; stories in two languages stay two"
        )
    line.grouper.refresh(unit)
    kept, gone = _ordered(line, first, second) if alike else (first, second)
    threads = kept.thread_id, gone.thread_id
    awaited = [one for name in set(threads) for one in _awaited(unit, name)]
    items = len(unit.items_of(gone.id)) if alike else 0
    if alike:
        storyline.absorb(unit, gone.id, kept.id)
    else:
        _take_back(unit, threads, author, now)
        storyline.merge_threads(unit, gone.thread_id, kept.thread_id)
    _tell_again(unit, line, kept.thread_id, awaited)
    _keep(unit, line, MERGE, kept.id, gone.id, author, now)
    return Said(
        story=kept.id,
        other=gone.id,
        thread_id=kept.thread_id,
        other_thread_id=gone.thread_id,
        items=items,
    )


def _take_back(unit: Unit, threads: tuple[str, str], author: str, now: datetime) -> None:
    """What was said of stories of two threads before, which are to be told as one."""
    ours, theirs = ({story.id for story in unit.stories_of(name)} for name in threads)
    for verdict in unit.verdicts():
        pair = {verdict.one, verdict.two}
        if verdict.kind == SPLIT and pair & ours and pair & theirs:
            unit.save_verdict(replace(verdict, kind=MERGE, author=author, at=now))


def _ordered(line: Line, first: Story, second: Story) -> tuple[Story, Story]:
    """Which of two stories stays: what is still open has to, else the older one."""
    ours, theirs = line.grouper.is_open(first.id), line.grouper.is_open(second.id)
    if ours and theirs:
        gone = line.grouper.merge(first.id, second.id)
    elif ours or theirs:
        gone = second.id if ours else first.id
    else:
        gone = max((first, second), key=lambda one: (one.first_seen_at, one.id)).id
    return (second, first) if gone == first.id else (first, second)


def _tell_again(unit: Unit, line: Line, thread_id: str, awaited: Sequence[Awaited]) -> None:
    """The thread of two, made anew, if all that was reported is still stored."""
    if retold := storyline.tell_again(unit, line.percolator, line.outlets, thread_id):
        for follower in unit.followers(thread_id):
            _await_again(unit, line.watches.get(follower.watch_id), thread_id, retold, awaited)


# --- one is two ----------------------------------------------------------------------------------


def split(
    unit: Unit, line: Line, story_id: str, item_ids: Sequence[str], author: str, now: datetime
) -> Said:
    """Items of a story, with their copies, become a story and a thread of their own.

    If they are all that the story has, it leaves those with which it is told as one.

    Raises:
        StoryError: There is no such story or item, or nothing would be left.
    """
    story = _story(unit, story_id)
    items = unit.items_of(story.id)
    named = _named(unit, items, item_ids)
    moved = [item for item in items if item.id in named or item.copy_of in named]
    rest = [item for item in items if item not in moved]
    line.grouper.refresh(unit)
    if not rest:
        return _leave(unit, line, story, author, now)
    new = next(name for name in _names(moved) if _is_free(unit, name))
    if line.grouper.is_open(story.id):
        kept = [storyline.article(line.percolator, item) for item in _originals(rest)]
        ours = [storyline.article(line.percolator, item) for item in _originals(moved)]
        line.grouper.split(story.id, kept, [replace(one, story_id=new) for one in ours])
    count_moved = unit.move_items(sorted(named), new)
    unit.save_stories([_of(story, rest), replace(_of(story, moved), id=new, thread_id=new)])
    _part(unit, line, story.thread_id, new, [item.id for item in moved])
    _keep(unit, line, SPLIT, story.id, new, author, now)
    return Said(
        story=story.id,
        other=new,
        thread_id=story.thread_id,
        other_thread_id=new,
        items=count_moved,
    )


def _named(unit: Unit, items: Sequence[Item], item_ids: Sequence[str]) -> frozenset[str]:
    """The items by which a story is split, each an original.

    Raises:
        StoryError: One is unknown, of another story, or a copy.
    """
    own = {item.id: item for item in items}
    for item_id in item_ids:
        item = own.get(item_id) or unit.find_item(item_id)
        if item is None:
            raise StoryError(f"no item {item_id!r} is stored")
        if item_id not in own:
            raise StoryError(f"item {item_id} is of another story, {item.story_id}")
        if item.copy_of in own:
            raise StoryError(f"item {item_id} is a copy of {item.copy_of}, with which it goes")
    return frozenset(item_ids)


def _leave(unit: Unit, line: Line, story: Story, author: str, now: datetime) -> Said:
    """A story is not told as one with others any more.

    Raises:
        StoryError: There are none.
    """
    others = [one for one in unit.stories_of(story.thread_id) if one.id != story.id]
    if not others:
        raise StoryError(f"these are all items of {story.id}: nothing would be left of it")
    # The id of a thread is that of a story in it: whose id it is keeps it.
    going = [story] if story.id != story.thread_id else others
    new = next(one.id for one in going if one.id != story.thread_id)
    unit.save_stories([replace(one, thread_id=new) for one in going])
    moved = [item.id for one in going for item in unit.items_of(one.id)]
    _part(unit, line, story.thread_id, new, moved)
    _keep(unit, line, SPLIT, story.id, others[0].id, author, now)
    return Said(
        story=others[0].id,
        other=story.id,
        thread_id=others[0].thread_id if going == [story] else new,
        other_thread_id=new if going == [story] else story.thread_id,
        items=0,
    )


def _part(unit: Unit, line: Line, thread_id: str, new: str, moved: Sequence[str]) -> None:
    """Make two threads of one whose stories have parted; each keeps what was told of its items."""
    before, followers = unit.find_thread(thread_id), unit.followers(thread_id)
    awaited = _awaited(unit, thread_id)
    unit.move_told(moved, thread_id, new)
    unit.drop_followers(thread_id)
    for name in (thread_id, new):
        retold = _made_anew(unit, line, name, before if name == thread_id else None, moved)
        alerts = unit.alerts_of(name)
        found = (
            _told(one, line.watches.get(one.watch_id), retold, alerts, name) for one in followers
        )
        unit.save_followed([one for one in found if one is not None])
        for follower in followers:
            _await_again(unit, line.watches.get(follower.watch_id), name, retold, awaited)


def _made_anew(
    unit: Unit, line: Line, thread_id: str, before: Thread | None, moved: Iterable[str] = ()
) -> list[Retold]:
    """A thread made of the texts that it has now, and of what `before` knows of pruned items."""
    retold = storyline.retell(unit, line.percolator, line.outlets, thread_id)
    thread = retold[-1].turn.thread if retold else _untold(unit, thread_id)
    if before is not None:
        stored = {item.id for item, _ in unit.texts_of(thread_id)} | set(moved)
        thread = _with_pruned(thread, before, stored)
    unit.save_threads([thread])
    return retold


def _untold(unit: Unit, thread_id: str) -> Thread:
    """A thread of which no item matched a watch: it holds its place, lest the other takes it."""
    first = unit.stories_of(thread_id)[0]
    return Thread(
        id=thread_id,
        title=first.title,
        language=first.language,
        first_seen_at=first.first_seen_at,
        last_seen_at=first.last_seen_at,
    )


def _with_pruned(thread: Thread, before: Thread, stored: Iterable[str]) -> Thread:
    """With what is known of items that are not stored any more."""
    known = set(stored)
    reports = tuple(one for one in before.reports if one.item_id not in known)
    steps = tuple(one for one in before.standing.history if one.item_id not in known)
    if not reports and not steps:
        return thread
    standing = thread.standing if thread.standing.claim else before.standing
    return replace(
        thread,
        title=before.title,
        language=before.language,
        first_seen_at=before.first_seen_at,
        item_count=thread.item_count + len(reports),
        languages=before.languages,
        standing=replace(standing, history=(*steps, *thread.standing.history)),
        reports=(*reports, *thread.reports),
    )


def _told(
    before: Followed,
    watch: Watch | None,
    retold: Iterable[Retold],
    alerts: Iterable[Alert],
    thread_id: str,
) -> Followed | None:
    """What a watch was told of a half; None: nothing of it matched.

    Args:
        alerts: Of this half.
    """
    mine = _of_watch(retold, before.watch_id)
    own = [
        alert
        for alert in alerts
        if alert.watch_id == before.watch_id and alert.kind is not AlertKind.SILENCE
    ]
    if not mine and not own:
        return None
    # What came since then waits for the end of the pause.
    told = [one for one in own if before.told_at and one.created_at <= before.told_at]
    told_at = max((alert.created_at for alert in told), default=None)
    return replace(
        before,
        thread_id=thread_id,
        last_at=max((one.item.effective_at for one, _ in mine), default=before.last_at),
        told=len(told),
        told_at=told_at,
        paused_until=before.paused_until if told_at == before.told_at else None,
        rungs=_rungs(before, watch, mine, {alert.item_id for alert in own}),
    )


def _rungs(
    before: Followed,
    watch: Watch | None,
    retold: Iterable[tuple[Retold, Match]],
    told: Collection[str],
) -> tuple[str, ...]:
    """Escalations that were told and still hold of what was told: others can come true yet.

    Args:
        retold: What the watch matched.
        told: Items of its alerts.
    """
    if watch is None:
        return before.rungs
    held = {
        name
        for one, match in retold
        if one.item.id in told
        for name in rungs_that_hold(match, watch, one.turn)
    }
    return tuple(name for name in before.rungs if name in held)


# --- what a text claims --------------------------------------------------------------------------


def read_as(
    unit: Unit, line: Line, item_id: str, claim: Claim | None, author: str, now: datetime
) -> Read:
    """An item's present text claims this, whatever its words say; None: what they say, again.

    Who says it stays: nobody but an authority confirms.

    Raises:
        StoryError: There is no such item, no watch matched it, or nothing was said of it.
    """
    item = unit.find_item(item_id)
    if item is None:
        raise StoryError(f"no item {item_id!r} is stored")
    story = unit.find_story(item.story_id)
    thread_id = story.thread_id if story else ""
    before = unit.find_thread(thread_id)
    unmatched = StoryError(f"no watch matched item {item_id}: it claims nothing of a story")
    if before is None:
        raise unmatched
    if claim is not None:
        verdict = ClaimVerdict(
            item_id=item.id, revision=item.revision, claim=claim, at=now, author=author
        )
        unit.save_claim_verdict(verdict)
    elif not unit.drop_claim_verdict(item.id, item.revision):
        raise StoryError(f"nobody said what item {item_id} claims: it is read from its words")
    retold = _told_otherwise(unit, line, before)
    text = item.id, item.revision
    mine = next((one for one in retold if (one.item.id, one.item.revision) == text), None)
    if mine is None:
        raise unmatched
    return Read(
        item=item,
        thread_id=thread_id,
        claims=mine.turn.facts.claim,
        was=before.standing.claim,
        state=retold[-1].turn.thread.standing.claim,
    )


def _told_otherwise(unit: Unit, line: Line, before: Thread) -> list[Retold]:
    """A thread of which a text claims something else; what a watch was told of it otherwise can be
    told again, as it should have been."""
    awaited, alerts = _awaited(unit, before.id), unit.alerts_of(before.id)
    retold = _made_anew(unit, line, before.id, before)
    for follower in unit.followers(before.id):
        watch = line.watches.get(follower.watch_id)
        mine = _of_watch(retold, follower.watch_id)
        told = {one.item_id for one in alerts if one.watch_id == follower.watch_id}
        unit.save_followed([replace(follower, rungs=_rungs(follower, watch, mine, told))])
        _await_again(unit, watch, before.id, retold, awaited)
    return retold


def _of_watch(retold: Iterable[Retold], watch_id: str) -> list[tuple[Retold, Match]]:
    return [(one, match) for one in retold for match in one.matches if match.watch_id == watch_id]


# --- both ----------------------------------------------------------------------------------------


def _await_again(
    unit: Unit,
    watch: Watch | None,
    thread_id: str,
    retold: Sequence[Retold],
    before: Sequence[Awaited],
) -> None:
    """What a thread has to come to, after the texts that it has now.

    Args:
        before: What was waited for; silence that was told is not told again.
    """
    if watch is None or not watch.expectations:
        return
    told = {
        one.expectation: one
        for one in before
        if one.watch_id == watch.id and one.outcome in (MISSED, UNKNOWN)
    }
    known: dict[str, Awaited] = {}
    for one in retold:
        if any(match.watch_id == watch.id for match in one.matches):
            changed = after(watch, known, one.turn, one.item, one.item.seen_at)
            known |= {each.expectation: each for each in changed}
    for name, silent in told.items():
        open_one = known.get(name)
        if open_one is not None and not open_one.outcome:
            known[name] = replace(open_one, settled_at=silent.settled_at, outcome=silent.outcome)
    unit.save_awaited([replace(one, thread_id=thread_id) for one in known.values()])
    texts = {one.item.id for one in retold}
    for was in before:
        if was.watch_id == watch.id and was.expectation not in known and was.armed_by in texts:
            unit.drop_awaited(watch.id, thread_id, was.expectation)


def _awaited(unit: Unit, thread_id: str) -> list[Awaited]:
    return [
        one
        for follower in unit.followers(thread_id)
        for one in unit.awaited(follower.watch_id, thread_id)
    ]


def _keep(
    unit: Unit, line: Line, kind: str, one: str, two: str, author: str, now: datetime
) -> None:
    """The last word on two stories counts, whichever is named first."""
    first, second = sorted((one, two))
    unit.save_verdict(StoryVerdict(one=first, two=second, kind=kind, at=now, author=author))
    line.grouper.reconsider()
    line.grouper.keep(unit)


def _story(unit: Unit, story_id: str) -> Story:
    story = unit.find_story(story_id)
    if story is not None and story.merged_into:
        story = unit.find_story(story.merged_into)
    if story is None:
        raise StoryError(f"there is no story {story_id!r}")
    return story


def _primary(story: Story) -> str:
    return story.language.partition("-")[0]


def _originals(items: Sequence[Item]) -> Sequence[Item]:
    return [item for item in items if not item.copy_of] or items


def _names(moved: Sequence[Item]) -> Iterator[str]:
    """Ids for the story of these items: that which the first would have opened, or others."""
    yield story_opened_by(moved[0])
    for number in count(1):
        yield f"s_{digest('story', moved[0].id, str(number))}"


def _is_free(unit: Unit, name: str) -> bool:
    """Whether nothing that lives bears the id: no story, and no thread."""
    story = unit.find_story(name)
    return (story is None or bool(story.merged_into)) and not unit.stories_of(name)


def _of(story: Story, items: Sequence[Item]) -> Story:
    """A story of these items."""
    return replace(
        story,
        title=items[0].title,
        language=items[0].language,
        first_seen_at=items[0].effective_at,
        last_seen_at=items[-1].effective_at,
        item_count=len(items),
        merged_into="",
    )
