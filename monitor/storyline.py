"""The story room of the line: which story an item belongs to, and what it does to its thread.

Runs in the writer's transaction, between what the watches found and what is told of it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core import expectations, thread
from monitor.core.alert import paragraph_of
from monitor.core.changes import Change, Fact, inline, what_changed, word_diff
from monitor.core.cluster import Article, Placed, article_of
from monitor.core.copies import print_of
from monitor.core.dedupe import as_copy
from monitor.core.ladder import Reading, read
from monitor.core.normalise import digest
from monitor.core.query import Percolation, Percolator
from monitor.core.story import story_opened_by, tell
from monitor.core.telling import PAUSE, News, is_pressing, news_of, pause_after
from monitor.core.thread import Turn, subjects_of
from monitor.core.words import headline, words_of
from monitor.grouping import Grouper
from monitor.model import (
    AlertKind,
    Awaited,
    ClaimVerdict,
    Followed,
    Found,
    Item,
    Judged,
    Judgement,
    Match,
    Outlet,
    Status,
    Story,
    Thread,
    Tier,
    Watch,
)
from monitor.ports import Unit

RELATED = timedelta(hours=36)  # in which words and names relate stories by themselves
_FOLLOWED = 30  # threads of a watch that an item may go on from
_TRANSCRIPT = 3  # paragraphs from which a text may be about many things
_QUESTION = 300  # characters of a passage that stand for a headline
_FORMULA = re.compile(
    r"^[^：:]{1,16}[：:]|能否证实|能否證實|有何评论|有何評論|如何看待|请问|請問|中方|外交部|发言人|發言人|记者|記者"
    r"|\b(?:can you|could you|confirm|comment on|what is your|question|reporter|journalist)\b"
    r"|\b(?:вопрос|журналист|прокомментир\w+|подтверд\w+)\b|질문|기자|확인|質問|確認",
    re.IGNORECASE,
)
_PATIENT = (AlertKind.UPDATE, AlertKind.CORRECTION)
_RETOLD_AT_MOST = 200  # items of a thread
_DIFFED = 4_000  # characters of a text whose edits are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """An item in its story.

    Attributes:
        placed: None: it joins what it is an edit or a copy of, or is in no story.
        passage: The stretch of a transcript that it is about; empty: all of it.
        in_story: False: it concerns nobody (`Percolation.concerns`); the id of the story that it
            would have opened is kept for the day on which it does.
        along: The story in which nobody had asked for what it edits or copies, and which is its own
            from now on (`settle`); else empty.
    """

    judged: Judged
    placed: Placed | None = None
    passage: str = ""
    in_story: bool = True
    along: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """A text of a thread once more: what matched it, and what it did."""

    item: Item
    matches: Sequence[Match]
    turn: Turn


def join(
    unit: Unit,
    grouper: Grouper,
    percolator: Percolator,
    judged: Sequence[Judged],
    percolated: Mapping[str, Percolation],
    outlets: Mapping[str, Outlet],
) -> list[Joined]:
    """Give every item that concerns somebody its story; find copies under other headlines, and
    stories that became one."""
    joined: list[Joined] = []
    moved: dict[str, str] = {}  # what dedupe called a story, and what it is
    roots: dict[str, str | None] = {}  # what dedupe called new, and what it is a copy of
    if any(one.status is not Status.KNOWN for one in judged):
        grouper.refresh(unit)
    for each in judged:
        if each.status is Status.KNOWN:
            joined.append(Joined(judged=each))
            continue
        root = roots.get(each.item.copy_of or each.item.id)
        one = replace(each, item=replace(each.item, copy_of=root)) if root else each
        found = percolated[one.item.id]
        story = moved.get(one.item.story_id, one.item.story_id)
        there = one.status is not Status.NEW and _is_story(unit, story, joined)
        if not found.concerns and not there:
            joined.append(Joined(judged=one, in_story=False))
            continue
        text = print_of(one.item, found.groups)
        same = grouper.originals(text) if one.status is Status.NEW else ()
        if origin := _origin(unit, same, joined):
            copy = as_copy(one.item, origin)
            moved[one.item.story_id] = copy.item.story_id
            roots[one.item.id] = copy.item.copy_of
            joined.append(Joined(judged=copy))
            continue
        if one.status is not Status.COPY or not there:
            grouper.note(text)
        if there:
            joined.append(Joined(judged=_in_story(one, story)))
            continue
        seen, passage = _seen(percolator, one.item, found)
        placed = grouper.place(seen)
        moved[one.item.story_id] = placed.story_id
        for gone in placed.absorbed:
            absorb(unit, gone, placed.story_id)
            moved |= {name: placed.story_id for name, of in moved.items() if of == gone}
            moved[gone] = placed.story_id
            joined = _moved(joined, gone, placed.story_id)
            if kept := unit.find_story(placed.story_id):
                tell_again(unit, percolator, outlets, kept.thread_id)
        of_story = _in_story(one, placed.story_id)
        along = "" if one.status is Status.NEW else story
        joined.append(Joined(judged=of_story, placed=placed, passage=passage, along=along))
    return joined


def settle(unit: Unit, joined: Iterable[Joined]) -> None:
    """What was in no story comes along with its edits and copies, once all of them are saved."""
    for one in joined:
        if one.along:
            unit.merge_story(one.along, one.judged.item.story_id)


def _moved(joined: Iterable[Joined], gone: str, kept: str) -> list[Joined]:
    """Items of a document, after a later one showed that the stories of some are one.

    Only the first of them can have opened it.
    """
    after: list[Joined] = []
    came = False
    for one in joined:
        story = one.judged.item.story_id
        if one.in_story and (story == gone or (came and story == kept)):
            came = True
            placed = one.placed and replace(one.placed, story_id=kept, opened=False)
            after.append(replace(one, judged=_in_story(one.judged, kept), placed=placed))
        else:
            after.append(one)
    return after


def _is_story(unit: Unit, story: str, joined: Sequence[Joined]) -> bool:
    """Whether a story is stored, or was opened by an item before in this document."""
    here = any(
        one.in_story and one.judged.status is not Status.KNOWN and one.judged.item.story_id == story
        for one in joined
    )
    return here or unit.find_story(story) is not None


def absorb(unit: Unit, gone: str, kept: str) -> None:
    """One story turned out to be another one, and so did what is told of them."""
    one, other = unit.find_story(gone), unit.find_story(kept)
    unit.merge_story(gone, kept)
    if one is None or other is None or one.thread_id in ("", other.thread_id):
        return
    merge_threads(unit, one.thread_id, other.thread_id or other.id)


def article(percolator: Percolator, item: Item) -> Article:
    """A stored item as grouping saw it when it came."""
    seen, _ = _seen(percolator, item, percolator.percolate(item))
    return replace(seen, story_id=story_opened_by(item))


def _seen(percolator: Percolator, item: Item, found: Percolation) -> tuple[Article, str]:
    """An item as grouping sees it, and the stretch of a transcript that it is about."""
    about, passage, groups = _about(percolator, item, found)
    return article_of(about, groups, _asked_words(percolator, found.matches)), passage


def merge_threads(unit: Unit, gone: str, kept: str) -> None:
    """What was told of either counts as told of both."""
    one, other = unit.find_thread(gone), unit.find_thread(kept)
    followers = {follower.watch_id: follower for follower in unit.followers(kept)}
    for follower in unit.followers(gone):
        before = followers.get(follower.watch_id)
        both = _both(before, follower) if before else follower
        followers[follower.watch_id] = replace(both, thread_id=kept)
    unit.merge_thread(gone, kept)
    if one is not None:
        unit.save_threads([thread.merged(other, one) if other else replace(one, id=kept)])
    unit.save_followed(list(followers.values()))


def tell_again(
    unit: Unit, percolator: Percolator, outlets: Mapping[str, Outlet], thread_id: str
) -> list[Retold]:
    """A thread of two, made anew of what was said in both, so that no word of either is lost.

    Returns:
        Empty, and the thread stays as it was put together, if not all that was reported is still
        stored, or it is too much to be read within a poll.
    """
    before = unit.find_thread(thread_id)
    if before is None or len(before.reports) > _RETOLD_AT_MOST:
        return []
    retold = retell(unit, percolator, outlets, thread_id)
    stored = {one.item.id for one in retold}
    if not retold or any(report.item_id not in stored for report in before.reports):
        return []
    unit.save_threads([retold[-1].turn.thread])
    return retold


def _both(one: Followed, two: Followed) -> Followed:
    later = max((one, two), key=lambda each: each.told_at or each.last_at)
    return replace(
        later,
        last_at=max(one.last_at, two.last_at),
        told=one.told + two.told,
        rungs=tuple(dict.fromkeys((*one.rungs, *two.rungs))),
    )


def _in_story(judged: Judged, story_id: str) -> Judged:
    return replace(judged, item=replace(judged.item, story_id=story_id))


def _origin(unit: Unit, ids: Iterable[str], joined: Sequence[Joined]) -> Item | None:
    """The oldest item of the same text that is stored, or came before in this document."""
    here = {
        one.judged.item.id: one.judged.item
        for one in joined
        if one.judged.status is not Status.KNOWN
    }
    for item_id in ids:
        if item := here.get(item_id) or unit.find_item(item_id):
            return item
    return None


def _about(
    percolator: Percolator, item: Item, found: Percolation
) -> tuple[Item, str, frozenset[str]]:
    """What of an item tells its story: of a transcript the question that a watch asked for."""
    paragraphs = item.paragraphs
    best = max(found.matches, key=lambda match: match.score, default=None)
    if best is None or len(paragraphs) < _TRANSCRIPT:
        return item, "", found.groups
    at = paragraph_of(item, best)
    if at is None or any(one.field == "title" and one.group for one in _telling(best)):
        return item, "", found.groups
    passage = "\n\n".join(paragraphs[at : at + 2])
    # How questions are put is alike in all of them, and tells of none.
    question = _FORMULA.sub(" ", paragraphs[at])[:_QUESTION]
    short = replace(item, title=question, summary="")
    return short, passage, percolator.groups(replace(short, summary=passage))


def _asked_words(percolator: Percolator, matches: Iterable[Match]) -> dict[str, int]:
    """Words for which watches took an item -> how many terms the narrowest of these asks for."""
    asked: dict[str, int] = {}
    for match in matches:
        terms = percolator.breadth(match.watch_id)
        texts = {one.variant for one in match.found if one.field in ("title", "summary")}
        for word in {word for text in texts for word in words_of(text)}:
            asked[word] = min(terms, asked.get(word, terms))
    return asked


def _telling(match: Match) -> Sequence[Found]:
    """What made the watch true, but for who speaks: that stands above every transcript."""
    names = subjects_of(one.group for one in match.found if one.group)
    return [one for one in match.found if one.group and one.group.partition("_")[0] in names]


# --- threads -------------------------------------------------------------------------------------


def _told(unit: Unit, one: Joined, *, matched: bool) -> Story:
    """The item's story after it, with the thread that it is told under as far as words tell.

    A thread is of what a watch matched: what merely shares words with it is none of it.
    """
    before = unit.find_story(one.judged.item.story_id)
    story = tell(one.judged, before)
    if one.along:
        seen = [item.effective_at for item in unit.items_of(one.along)]
        story = replace(story, first_seen_at=min([story.first_seen_at, *seen]))
    if not story.thread_id:
        related = unit.find_story(one.placed.related) if matched and one.placed else None
        story = replace(story, thread_id=related.thread_id if related else story.id)
    return story


def follow(
    unit: Unit,
    percolator: Percolator,
    one: Joined,
    matches: Sequence[Match],
    watches: Mapping[str, Watch],
    outlets: Mapping[str, Outlet],
) -> tuple[Story, Turn | None]:
    """The item's story and, if a watch matched, its thread after it; both are saved."""
    if not one.in_story:
        return tell(one.judged, None), None
    story = _told(unit, one, matched=bool(matches))
    if not matches:
        unit.save_stories([story])
        return story, None
    before, subjects = _thread(unit, percolator, one, story, matches, watches)
    thread_id = before.id if before else story.id
    made = _turn(before, one.judged, matches, subjects, thread_id, outlets)
    story = replace(story, thread_id=thread_id)
    unit.save_stories([story])
    unit.save_threads([made.thread])
    return story, made


def _turn(
    before: Thread | None,
    judged: Judged,
    matches: Sequence[Match],
    subjects: frozenset[str],
    thread_id: str,
    outlets: Mapping[str, Outlet],
    verdict: ClaimVerdict | None = None,
) -> Turn:
    reading = _reading(judged.item, matches, before, subjects)
    if verdict is not None:
        reading = replace(
            reading, claim=verdict.claim, cue="", hedged=False, read_by=verdict.author
        )
    return thread.turn(
        before,
        judged.item,
        judged.status,
        reading,
        subjects,
        thread_id=thread_id,
        seen_at=(judged.seen or judged.item).seen_at,
        watches=len(matches),
        outlets=outlets,
    )


def _thread(
    unit: Unit,
    percolator: Percolator,
    one: Joined,
    story: Story,
    matches: Sequence[Match],
    watches: Mapping[str, Watch],
) -> tuple[Thread | None, frozenset[str]]:
    """The thread that the item belongs to (None: it opens one), and what the item is about."""
    asked = _asked(percolator, one, matches)
    found = unit.find_thread(story.thread_id)
    opened = one.placed is not None and one.placed.opened
    if found and not opened:
        return found, asked[0][1]
    language = one.judged.item.language
    ways = [
        (found, subjects)
        for _, subjects in asked
        if found and thread.fits(subjects, found, language)
    ]
    if one.placed is None or not one.placed.series:
        for match, subjects in asked:
            others = _followed(unit, watches[match.watch_id], one.judged.item, subjects)
            ways += [(other, subjects) for other in others]
    # Of equals the first: words before subjects alone, then the thread that was last heard of.
    best = max(ways, key=lambda way: thread.closeness(way[1], way[0]), default=None)
    return best or (None, asked[0][1])


def _asked(
    percolator: Percolator, one: Joined, matches: Sequence[Match]
) -> list[tuple[Match, frozenset[str]]]:
    """The matches, the best first, each with what the item is about to it."""
    headline = _headline_groups(percolator, one)
    ranked = sorted(matches, key=lambda match: -match.score)
    return [(match, _subjects(match, headline)) for match in ranked]


def _followed(unit: Unit, watch: Watch, item: Item, subjects: frozenset[str]) -> list[Thread]:
    """Threads of a watch that the item may go on from, whatever its words; the latest first."""
    if watch.follow <= RELATED:
        return []
    at = item.effective_at
    followed = unit.followed_since(watch.id, at - watch.follow, _FOLLOWED)
    threads = [unit.find_thread(one.thread_id) for one in followed]
    # What is much older than all of a story is another one.
    return [
        one
        for one in threads
        if one
        and one.first_seen_at <= at + watch.follow
        and thread.goes_on(subjects, one, item.language)
    ]


def _headline_groups(percolator: Percolator, one: Joined) -> frozenset[str]:
    item = replace(one.judged.item, summary="")
    if one.passage:
        item = replace(item, title=one.passage.partition("\n")[0])
    return percolator.groups(item)


def _subjects(match: Match, headline: frozenset[str]) -> frozenset[str]:
    return subjects_of({*headline, *(found.group for found in match.found if found.group)})


def _reading(
    item: Item, matches: Sequence[Match], before: Thread | None, subjects: frozenset[str]
) -> Reading:
    best = max(matches, key=lambda match: match.score)
    concepts = {*subjects, *(before.concepts if before else ())}
    party = bool(item.authority_for and thread.parties_in(concepts, item.authority_for))
    return read(
        item.title,
        item.paragraphs,
        item.effective_at.date(),
        at=paragraph_of(item, best),
        official=party and item.tier in (Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA),
        about=[found.variant for found in best.found if found.field == "summary"],
    )


def retell(
    unit: Unit, percolator: Percolator, outlets: Mapping[str, Outlet], thread_id: str
) -> list[Retold]:
    """A thread made anew from the texts that it has now, in the order in which they came.

    What matched them is what was found then. What a person read from a text counts for what its
    words say. Nothing is saved.
    """
    said = {(one.item_id, one.revision): one for one in unit.claim_verdicts(thread_id)}
    retold: list[Retold] = []
    before: Thread | None = None
    for item, matches in unit.texts_of(thread_id):
        if not matches:
            continue
        one = _as_it_came(percolator, item, matches)
        asked = [subjects for _, subjects in _asked(percolator, one, matches)]
        subjects = asked[0]
        if before is not None and item.story_id == story_opened_by(item):
            fitting = (one for one in asked if thread.fits(one, before, item.language))
            subjects = next(fitting, asked[0])
        verdict = said.get((item.id, item.revision))
        made = _turn(before, one.judged, matches, subjects, thread_id, outlets, verdict)
        retold.append(Retold(item=item, matches=matches, turn=made))
        before = made.thread
    return retold


def _as_it_came(percolator: Percolator, item: Item, matches: Sequence[Match]) -> Joined:
    if item.revision:
        return Joined(judged=Judged(item=item, status=Status.REVISION))
    if item.copy_of:
        return Joined(judged=Judged(item=item, status=Status.COPY))
    _, passage, _ = _about(percolator, item, Percolation(matches=tuple(matches)))
    return Joined(judged=Judged(item=item, status=Status.NEW), passage=passage)


# --- what was told -------------------------------------------------------------------------------


def news(one: Joined, story: Story, watch: Watch, turn: Turn | None) -> News:
    """What grouping makes of an item, for a watch."""
    if one.placed is None:
        return News.SAME
    made = news_of(one.placed, watch.grouping)
    if made is News.STORY and turn is not None and story.thread_id != story.id:
        return News.CONTINUES
    return made


def diff_of(judged: Judged) -> str:
    """Both texts of an edit as one."""
    assert judged.previous
    return inline(word_diff(_text(judged.previous), _text(judged.item)))


def edit_of(judged: Judged) -> tuple[tuple[Change, ...], str]:
    """Facts that an edit changed, and both texts as one."""
    if judged.status is not Status.REVISION or judged.previous is None:
        return (), ""
    # "UPDATE 1-" counts what a wire wrote, and says nothing of the event.
    before, after = (
        _text(replace(item, title=headline(item.title))) for item in (judged.previous, judged.item)
    )
    changed = tuple(one for one in what_changed(before, after) if _contradicts(one))
    return changed, diff_of(judged) if changed else ""


def _contradicts(change: Change) -> bool:
    """Whether an edit took something back; a text that grows tells more, and takes back nothing."""
    if change.fact in (Fact.NUMBER, Fact.DATE):
        return bool(change.before and change.after)
    return True


def _text(item: Item) -> str:
    return f"{item.title}\n{item.summary}"[:_DIFFED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """An alert is told together with others, for its story was told a moment ago.

    Attributes:
        until: When.
        joins: Another one waits for that already: it makes no message more.
    """

    until: datetime
    joins: bool


def wait_of(
    before: Followed | None, judgement: Judgement, watch: Watch, pressing: bool, now: datetime
) -> Wait | None:
    """Whether an alert waits to be told together with others; None: it is told at once.

    Args:
        pressing: Whether it waits for the shortest of pauses alone (`is_pressing`).
    """
    alert = judgement.alert
    if alert is None or alert.kind not in _PATIENT:
        return None
    claim = alert.situation.claim if alert.situation else None
    if claim is not None and claim.goes_down:
        return None  # what takes back is told at once
    if before is None or before.paused_until is None or before.paused_until <= now:
        return None
    coming = _coming(before, now)
    until = coming or before.paused_until
    if pressing:
        until = min(until, now + _first_pause(watch))
    return Wait(until=until, joins=coming is not None)


def _coming(followed: Followed, now: datetime) -> datetime | None:
    """When what waits is told; None: nothing does."""
    at = followed.told_at
    return at if at is not None and at > now else None


def followed_after(
    before: Followed | None,
    judgement: Judgement,
    watch: Watch,
    turn: Turn,
    wait: Wait | None,
    rungs: Iterable[str],
    now: datetime,
    *,
    pressing: bool,
) -> Followed:
    """What a watch was told of a thread, after one more item that matched it.

    Args:
        wait, pressing: As of its alert (`wait_of`).
    """
    item_at = turn.thread.last_seen_at
    after = before or Followed(watch_id=watch.id, thread_id=turn.thread.id, last_at=item_at)
    after = replace(after, last_at=max(after.last_at, item_at))
    # A rung that held when the item was held back for its age was not told; but it is past.
    after = replace(after, rungs=tuple(dict.fromkeys((*after.rungs, *rungs))))
    if judgement.alert is None:
        return after
    told = after.told + (wait is None or not wait.joins)
    # What is told at once does not hasten what waits.
    told_at = wait.until if wait else _coming(after, now) or now
    pause = pause_after(told, pressing=pressing, first=_first_pause(watch))
    return replace(after, told=told, told_at=told_at, paused_until=told_at + pause)


def _first_pause(watch: Watch) -> timedelta:
    return PAUSE if watch.cooldown is None else watch.cooldown


def presses(one: Joined, story: Story, watch: Watch, turn: Turn, judgement: Judgement) -> bool:
    """Whether what is told of an item may wait for the shortest of pauses alone."""
    if judgement.alert is not None and judgement.alert.kind is AlertKind.CORRECTION:
        return True
    return is_pressing(news(one, story, watch, turn), turn.facts.tier)


def expect(unit: Unit, watch: Watch, turn: Turn, item: Item, now: datetime) -> Sequence[Awaited]:
    """What is waited for after this item; saved."""
    if not watch.expectations:
        return ()
    known = {one.expectation: one for one in unit.awaited(watch.id, turn.thread.id)}
    changed = expectations.after(watch, known, turn, item, now)
    if changed:
        unit.save_awaited(changed)
    return changed


def silence_id(awaited: Awaited) -> str:
    """The same silence has the same id in every run."""
    return f"a_{digest('silence', awaited.watch_id, awaited.thread_id, awaited.expectation)}"
