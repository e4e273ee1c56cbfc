"""What is known of an alert's story, as the machine-readable message holds it."""

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import Field

from monitor.adapters.webhooks.texts import UTF8, Part, Texts
from monitor.core.inert import length
from monitor.core.story_lines import excerpt
from monitor.model import Claim, Situation, Step, Tier

SMALL_BYTES = 4_800
LARGE_BYTES = 2 * SMALL_BYTES

_NAMES_BYTES = 600
_CARRIERS_BYTES = 400
_PARTIES_BYTES = 700
_TIMELINE_BYTES = 1_500
_LANGUAGES = 8
_LADDER = "From lowest to highest: timetable_published, rumoured, reported, preparing, announced, "


class Said(Part):
    """What one source claimed at one time."""

    item: str = Field(description="Id of the item; of the alert's own item that of `data.item`.")
    at: datetime
    publisher: str
    tier: Tier
    claim: Claim
    party: str = Field(description="The party that it speaks for, as in CN; empty if for none.")
    moved: bool = Field(description="It changed what is claimed of the story.")
    read_by: str = Field(description="Who said that it claims this; empty: its words do.")


class Disputed(Part):
    """A lesser source says something else."""

    claim: Claim
    by: str = Field(description="Who does; empty if unknown.")


class Names(Part):
    """Sources."""

    count: int = Field(description="All of them.")
    names: tuple[str, ...] = Field(description="The earliest first, as many as have room.")


class StoryNow(Part):
    """What is known of the story when the alert is raised."""

    title: str = Field(description="Headline of the first item that the watch matched.")
    claim: Claim | None = Field(
        description="What this item claims, coming from this source; null: nothing."
    )
    state: Claim | None = Field(
        description="What is claimed of the story now; null: nothing yet. "
        + _LADDER
        + "confirmed, in_effect."
    )
    was: Claim | None = Field(description="The state before this item; equal: it did not change.")
    disputed: Disputed | None = Field(description="What a lesser source says against the state.")
    official: Said | None = Field(
        description="Last word of an official source within its authority, a refusal to comment "
        "included."
    )
    parties: tuple[Said, ...] = Field(description="Last word of each party, the earliest first.")
    effective_on: date | None = Field(description="The day that is named for it.")
    independent_origins: Names = Field(description="Sources that do not follow each other.")
    carried_by: Names = Field(description="Sources that only pass on what an origin said.")
    timeline: tuple[Said, ...] = Field(
        description="What changed the state, and official words, the earliest first."
    )
    timeline_omitted: int = Field(description="Earlier entries, left out for size.")
    also_in: tuple[str, ...] = Field(description="Other languages of the story, BCP 47.")
    diff: str = Field(
        description="Of an edit: what changed, [-removed-] {+added+}, between a few words around."
    )


def story_now(situation: Situation, texts: Texts, max_bytes: int) -> StoryNow:
    """Of at most `max_bytes` as JSON, of which it wants `SMALL_BYTES` at least."""
    times = max(max_bytes // SMALL_BYTES, 1)
    official = situation.official
    parties = _latest(situation.parties, texts, times * _PARTIES_BYTES)
    timeline = _latest(situation.timeline, texts, times * _TIMELINE_BYTES)
    languages = situation.also_in[:_LANGUAGES]
    texts.cut_any |= len(parties) + len(languages) < len(situation.parties + situation.also_in)
    disputed = Disputed(
        claim=situation.disputed or Claim.DENIED, by=texts.fit(situation.disputed_by, 80)
    )
    return StoryNow(
        title=texts.fit(situation.title, 200 * times),
        claim=situation.claim,
        state=situation.state,
        was=situation.was,
        disputed=disputed if situation.disputed else None,
        official=_said(official, texts) if official else None,
        parties=parties,
        effective_on=situation.effective_on,
        independent_origins=_names(situation.independent, texts, times * _NAMES_BYTES),
        carried_by=_names(situation.carried_by, texts, times * _CARRIERS_BYTES),
        timeline=timeline,
        timeline_omitted=len(situation.timeline) - len(timeline),
        also_in=tuple(texts.fit(tag, 20) for tag in languages),
        diff=texts.fit(excerpt(situation.diff, 600 * times), 600 * times),
    )


def _said(step: Step, texts: Texts) -> Said:
    return Said(
        item=texts.fit(step.item_id, 60),
        at=step.at,
        publisher=texts.fit(step.publisher, 60),
        tier=step.tier,
        claim=step.claim,
        party=texts.fit(step.party, 20),
        moved=step.moved,
        read_by=texts.fit(step.read_by, 60),
    )


def _latest(steps: Sequence[Step], texts: Texts, room: int) -> tuple[Said, ...]:
    """As many as have room, in their order."""
    kept: list[Said] = []
    for step in reversed(steps):
        said = _said(step, texts)
        room -= length(said.model_dump_json(), UTF8) + 1
        if room < 0:
            break
        kept.append(said)
    return tuple(reversed(kept))


def _names(names: Sequence[str], texts: Texts, room: int) -> Names:
    kept: list[str] = []
    for name in names:
        short = texts.fit(name, 60)
        room -= length(Names(count=0, names=(short,)).model_dump_json(), UTF8) - 20
        if room < 0:
            break
        kept.append(short)
    return Names(count=len(names), names=tuple(kept))
