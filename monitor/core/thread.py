"""A thread of stories after one more item: who says so, what is claimed, and what is new about it.

Claims and origins are counted over stories of all languages, and over the items alone that a watch
matched: what shares nothing but words with a story has no say in it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core.conditions import Facts
from monitor.core.ladder import Reading, Voice, advance
from monitor.core.origins import Corroboration, corroboration, report_of, state_of, wrote
from monitor.core.related import concepts_of
from monitor.model import (
    Claim,
    Item,
    Outlet,
    Report,
    Situation,
    Standing,
    Status,
    Step,
    Thread,
    Tier,
)

_REPORTS = 400  # of a thread that are kept
_HISTORY = 200
_TIMELINE = 12  # steps that an alert shows
_YOUNG = 4  # items up to which a thread is not yet known by all that it is about
_MOSTLY = 0.75  # share of what an item is about that a young thread must have, and more
_OFTEN = 0.25  # share of a thread's items that have what it is about
_TELLING = 3  # subjects that an item must have to go on from a story by them alone
_RETOLD = timedelta(days=1)  # in which an owner's item in another language is a translation
_LATE = timedelta(hours=1)
# Groups of the lexicon that tell how something is said, and by whom, but not of what.
_MANNER = frozenset({"dip", "not", "voices", "states", "pairs", "other", "train", "blocs"})
_PARTIES = {"rf": "RU", "un": "UN", "eu": "EU"}
_CODE = 2  # letters of a group that stands for a state


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one item did to its thread.

    Attributes:
        thread: As it is after the item.
        facts: What conditions may ask.
        overclaims: It lets a party say more than that party said.
        new_word: Its owner had not told of the story, or had claimed something else last.
        new_origin: It is one independent origin more.
        retold: Its owner told the same in another language.
        situation: What an alert of the item shows, but for the languages.
    """

    thread: Thread
    facts: Facts
    overclaims: bool
    new_word: bool
    new_origin: bool
    retold: bool
    situation: Situation


def subjects_of(groups: Iterable[str]) -> frozenset[str]:
    """What an item is about: states and things, not how it is told.

    Args:
        groups: Of the lexicon, of which something stands in its headline or made a watch match.
    """
    families = {one for one in concepts_of(groups) if not one.endswith("_voice")}
    return frozenset(families - _MANNER)


def fits(subjects: Collection[str], thread: Thread, language: str) -> bool:
    """Whether nothing that an item is about is foreign to a thread.

    Words in common are not enough: the train to Moscow is another one than that to Beijing. Who
    tells of it first in a language may name a thing that nobody named before, but no other state.
    """
    if not _shares_a_thing(subjects, thread):
        return False
    if not subjects:
        return True
    shared = sum(one in thread.concepts for one in subjects)
    if shared / len(subjects) <= _MOSTLY:
        return False
    if thread.item_count <= _YOUNG:
        return not _between_others(subjects, thread)
    first = _primary(language) not in thread.languages
    return all(one in thread.concepts for one in subjects if len(one) == _CODE or not first)


def _shares_a_thing(subjects: Collection[str], thread: Thread) -> bool:
    """Two states in common are no story: they have a train, and talks on something else."""
    things = {
        one
        for one, count in thread.concepts.items()
        if len(one) != _CODE and count >= _OFTEN * thread.item_count
    }
    return not things or not things.isdisjoint(subjects)


def _between_others(subjects: Collection[str], thread: Thread) -> bool:
    """Whether each of the two is about a state that the other is not about."""
    ours = {one for one in subjects if len(one) == _CODE}
    theirs = {one for one in thread.concepts if len(one) == _CODE}
    return bool(ours - theirs) and bool(theirs - ours)


def closeness(subjects: Collection[str], thread: Thread) -> float:
    """How much an item and a thread are about the same, from 0 to 1."""
    mostly = [one for one, n in thread.concepts.items() if n >= _MOSTLY * thread.item_count]
    if not subjects or not mostly:
        return 0.0
    shared = sum(one in thread.concepts for one in subjects) / len(subjects)
    return shared * sum(one in subjects for one in mostly) / len(mostly)


def goes_on(subjects: Collection[str], thread: Thread, language: str) -> bool:
    """Whether an item goes on from a thread of its watch by its subjects alone."""
    return len(subjects) >= _TELLING and fits(subjects, thread, language)


def parties_in(concepts: Iterable[str], authority: Collection[str]) -> tuple[str, ...]:
    """Those of a source's parties that a thread is about.

    Who imposes sanctions is a party to them, whomever they hit. If no state is known, all are.
    """
    found = set(concepts)
    states = {_PARTIES.get(one, one.upper()) for one in found if len(one) == _CODE}
    sanctions = "sanc" in found
    if not states and not sanctions:
        return tuple(authority)
    return tuple(
        one
        for one in authority
        if one in states
        or one.partition("-")[0] in states
        or (sanctions and (one.endswith("-sanctions") or one in ("UN", "EU")))
    )


def turn(
    before: Thread | None,
    item: Item,
    status: Status,
    reading: Reading,
    subjects: Collection[str],
    *,
    thread_id: str,
    seen_at: datetime,
    watches: int,
    outlets: Mapping[str, Outlet],
) -> Turn:
    """A thread after an item that a watch matched.

    Args:
        before: None: the item opens it.
        status: NEW, COPY or REVISION.
        seen_at: When this text was seen: of an edit, which says not when it was made, what it
            claims for the first time is said then.
        watches: How many matched it.
        outlets: Names of outlets that it may quote, folded, beside those that are known.
    """
    thread = before or Thread(
        id=thread_id,
        title=item.title,
        language=item.language,
        first_seen_at=item.effective_at,
        last_seen_at=item.effective_at,
    )
    concepts = dict(thread.concepts)
    for one in subjects:
        concepts[one] = concepts.get(one, 0) + 1
    # A ministry that speaks of another state's affair does not make it its own.
    about = thread.concepts if thread.item_count else concepts
    mine = parties_in(about, item.authority_for) if item.authority_for else ()
    report = report_of(item, outlets=outlets)
    speaks = bool(mine) and item.tier in (Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA)
    own = _is_own(item, status, report, thread.reports, speaks=speaks)
    voice = Voice(
        item_id=item.id,
        at=item.effective_at,
        publisher=item.publisher,
        owner=item.owner,
        tier=item.tier,
        authority_for=mine,
        own=own,
        late=_is_late(item.effective_at, thread.standing),
    )
    standing, claim = advance(thread.standing, reading, voice, mine or ("",))
    if status is Status.REVISION and claim is not None:
        said_at = _said_at(claim, item, thread.standing, seen_at)
        voice = replace(voice, at=said_at, late=_is_late(said_at, thread.standing))
        standing, claim = advance(thread.standing, reading, voice, mine or ("",))
    standing = replace(standing, history=standing.history[-_HISTORY:])
    others = tuple(one for one in thread.reports if one.item_id != item.id)
    # Who rewrites a report, as wires do, was an origin all the same.
    was_origin = any(one.item_id == item.id and one.origin for one in thread.reports)
    report = replace(
        report,
        state=state_of(item.tier, mine),
        origin=was_origin or (own and not speaks and _is_of_its_own(claim, reading)),
    )
    reports = (*others, report)[-_REPORTS:]
    after = replace(
        thread,
        last_seen_at=max(thread.last_seen_at, item.effective_at),
        item_count=thread.item_count + (status is not Status.REVISION or before is None),
        standing=standing,
        concepts=concepts,
        languages=tuple(dict.fromkeys((*thread.languages, _primary(item.language)))),
        reports=reports,
    )
    told, now = corroboration(thread.reports), corroboration(reports)
    facts = _facts(thread, after, item, claim, mine if speaks else (), told, now, watches)
    return Turn(
        thread=after,
        facts=facts,
        overclaims=not speaks
        and reading.claim in (Claim.CONFIRMED, Claim.ANNOUNCED)
        and claim is not reading.claim
        and bool(thread.standing.official),
        new_word=_is_new_word(others, thread.standing, item, claim),
        new_origin=now.count > told.count,
        retold=_is_retold(others, thread, item, claim),
        situation=_situation(thread.standing, after, now, claim),
    )


def _is_own(
    item: Item, status: Status, report: Report, others: Iterable[Report], *, speaks: bool
) -> bool:
    """Whether it is its owner's own report."""
    if speaks and item.tier is Tier.OFFICIAL_PRIMARY:
        return True  # whoever printed a ministry's words before it did
    return report.cited is None and (status is not Status.COPY or wrote(report, others))


def _said_at(claim: Claim, item: Item, standing: Standing, seen_at: datetime) -> datetime:
    """When an edited item said so first: what a former text claimed is not said anew."""
    said = [step.at for step in standing.history if step.item_id == item.id and step.claim is claim]
    return max(said[-1], item.effective_at) if said else seen_at


def _is_late(said_at: datetime, standing: Standing) -> bool:
    """Whether the story had moved on when it was said."""
    return standing.at is not None and said_at < standing.at - _LATE


def _is_of_its_own(claim: Claim | None, reading: Reading) -> bool:
    """Whether it tells of the event, and not of what a party said of it or against it."""
    if reading.speaker or (claim is not None and claim.goes_down):
        return False
    return claim not in (Claim.NO_COMMENT, Claim.CONFIRMED, Claim.ANALYSIS)


def _is_new_word(
    others: Collection[Report], standing: Standing, item: Item, claim: Claim | None
) -> bool:
    if all(one.owner != item.owner for one in others):
        return True
    said = [step.claim for step in standing.history if step.publisher == item.publisher]
    return claim is not None and bool(said) and said[-1] is not claim


def _is_retold(others: Collection[Report], thread: Thread, item: Item, claim: Claim | None) -> bool:
    """Whether an outlet's other service told it before: a translation."""
    before = [one for one in others if one.owner == item.owner]
    if not before or abs(item.effective_at - before[-1].at) > _RETOLD:
        return False
    said = {step.claim for step in thread.standing.history if step.publisher != item.publisher}
    own = _primary(item.language)
    foreign = all(_primary(one.language) != own for one in before)
    return foreign and (claim is None or claim in said)


def _facts(
    before: Thread,
    after: Thread,
    item: Item,
    claim: Claim | None,
    parties: Collection[str],
    told: Corroboration,
    now: Corroboration,
    watches: int,
) -> Facts:
    was, is_now = before.standing, after.standing
    party = next(iter(parties), "")
    said, says = was.parties.get(party), is_now.parties.get(party)
    return Facts(
        claim=claim,
        state=is_now.claim,
        state_before=was.claim,
        disputed=is_now.disputed,
        disputed_before=was.disputed,
        official=is_now.official.claim if is_now.official else None,
        official_before=was.official.claim if was.official else None,
        party=says.claim if says else None,
        party_before=said.claim if said else None,
        tier=item.tier,
        authority=frozenset(parties),
        origins=now.count,
        origins_before=told.count,
        carriers=len(now.carried_by),
        carriers_before=len(told.carried_by),
        parties=len(is_now.parties),
        parties_before=len(was.parties),
        languages=len(after.languages),
        languages_before=len(before.languages),
        language=item.language,
        owner=item.owner,
        publisher=item.publisher,
        watches=watches,
        effective_on=is_now.effective_on,
        effective_before=was.effective_on,
    )


def _situation(
    was: Standing, thread: Thread, sources: Corroboration, claim: Claim | None
) -> Situation:
    standing = thread.standing
    against = [s for s in standing.history if s.claim is standing.disputed and s.claim is not None]
    return Situation(
        title=thread.title,
        claim=claim,
        state=standing.claim,
        was=was.claim,
        disputed=standing.disputed,
        disputed_by=against[-1].publisher if against else "",
        official=standing.official,
        parties=tuple(
            replace(step, party=party)
            for party, step in sorted(standing.parties.items(), key=lambda one: one[1].at)
        ),
        effective_on=standing.effective_on,
        independent=sources.independent,
        carried_by=sources.carried_by,
        timeline=tuple(_telling(standing.history))[-_TIMELINE:],
        also_in=thread.languages,
    )


def _telling(history: Iterable[Step]) -> Iterable[Step]:
    """What moved the story, and what officials said."""
    last = None
    for step in history:
        said = step.tier is Tier.OFFICIAL_PRIMARY and bool(step.party)
        if (step.moved or said) and (step.claim, step.party) != last:
            last = step.claim, step.party
            yield step


def _primary(language: str) -> str:
    return language.partition("-")[0]


def merged(kept: Thread, gone: Thread) -> Thread:
    """One thread of two; what the kept one claims stays, unless it claims nothing."""
    concepts = dict(kept.concepts)
    for one, count in gone.concepts.items():
        concepts[one] = concepts.get(one, 0) + count
    reports = {one.item_id: one for one in (*gone.reports, *kept.reports)}
    first = min((kept, gone), key=lambda one: (one.first_seen_at, one.id))
    return replace(
        kept,
        title=first.title,
        language=first.language,
        first_seen_at=first.first_seen_at,
        last_seen_at=max(kept.last_seen_at, gone.last_seen_at),
        item_count=kept.item_count + gone.item_count,
        standing=kept.standing if kept.standing.claim else gone.standing,
        concepts=concepts,
        languages=tuple(dict.fromkeys((*kept.languages, *gone.languages))),
        reports=tuple(sorted(reports.values(), key=lambda one: (one.at, one.item_id)))[-_REPORTS:],
    )
