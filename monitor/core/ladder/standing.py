"""Where a story stands: its rung, who stands for it, and who contradicts."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core.ladder.reading import Reading
from monitor.model import Claim, Standing, Step, Tier

_HOLDS = timedelta(days=3)  # how long a party's own word is what others report of it
_PARTY_TIERS = (Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Who makes a claim.

    Attributes:
        own: Its own reporting: no copy, no report of another's report.
        late: The story had moved on when it was published.
        authority_for: Parties for which it can speak.
    """

    item_id: str
    at: datetime
    publisher: str
    owner: str
    tier: Tier
    authority_for: tuple[str, ...] = ()
    own: bool = True
    late: bool = False


def advance(
    before: Standing, reading: Reading, voice: Voice, parties: Collection[str] = ()
) -> tuple[Standing, Claim | None]:
    """The story after one item, and what that item claims, given who it is.

    Args:
        parties: Those that the story is about; empty: not known, any authority counts.
    """
    claim = claimed(before, reading, voice, parties)
    if claim is None or claim is Claim.ANALYSIS:
        return before, claim
    mine = _speaks_for(voice, parties)
    step = Step(
        item_id=voice.item_id,
        at=voice.at,
        publisher=voice.publisher,
        tier=voice.tier,
        claim=claim,
        party=mine[0] if mine else "",
        read_by=reading.read_by,
    )
    after = before
    if voice.own and voice.tier is Tier.OFFICIAL_PRIMARY and mine and claim is not Claim.IN_EFFECT:
        after = replace(after, official=_newest(before.official, step))  # an act is no word
    if voice.own and mine and claim is not Claim.NO_COMMENT:
        said = {party: _newest(before.parties.get(party), step) for party in mine}
        after = replace(after, parties={**after.parties, **said})
    after = _moved(after, claim, voice, reading, official=bool(mine))
    step = replace(
        step,
        moved=(after.claim, after.disputed) != (before.claim, before.disputed),
        state=after.claim,
        disputed=after.disputed,
    )
    return replace(after, history=(*before.history, step)), claim


def _newest(before: Step | None, step: Step) -> Step:
    """The last word by its date, in whatever order they came."""
    return before if before is not None and before.at > step.at else step


def claimed(
    before: Standing, reading: Reading, voice: Voice, parties: Collection[str]
) -> Claim | None:
    """What an item's words are worth, coming from this source.

    A source that speaks for a party may say all of it. Others that let a party speak are worth what
    the party itself said, if we hold that, else a report. Nobody but an authority confirms.
    """
    claim = reading.claim
    if _speaks_for(voice, parties):
        if claim is Claim.CONFIRMED and voice.tier is Tier.STATE_MEDIA:
            return Claim.ANNOUNCED
        return claim or Claim.REPORTED
    held = before.parties.get(reading.speaker)
    official = before.official
    if reading.speaker and official and official.party == reading.speaker:
        held = official if held is None or official.at >= held.at else held
    if claim in (Claim.CONFIRMED, Claim.ANNOUNCED, Claim.PREPARING):
        if held is not None and voice.at - held.at <= _HOLDS:
            return held.claim
        wire = voice.own and voice.tier.rank <= Tier.WIRE.rank
        if claim is Claim.ANNOUNCED and wire and not reading.speaker:
            return claim  # an operator's notice, as a wire has it
        spoken = [
            s for s in before.parties.values() if s.claim is claim and voice.at - s.at <= _HOLDS
        ]
        return claim if spoken else Claim.REPORTED
    if claim is Claim.IN_EFFECT:
        near = voice.tier.rank <= Tier.WIRE.rank or reading.eyewitness
        known = any(s.claim is Claim.IN_EFFECT for s in before.parties.values())
        return claim if near or known else Claim.REPORTED
    if claim is Claim.RUMOURED:
        # A wire stands for its sources, and who passes something on for what was reported.
        known = before.claim is not None and (before.claim.rung or 0) >= _REPORTED
        stands = voice.tier.rank <= Tier.WIRE.rank if voice.own else known
        return Claim.REPORTED if stands else claim
    return claim or Claim.REPORTED


def _speaks_for(voice: Voice, parties: Collection[str]) -> tuple[str, ...]:
    if voice.tier not in _PARTY_TIERS:
        return ()
    return tuple(one for one in voice.authority_for if not parties or one in parties)


def _moved(
    before: Standing, claim: Claim, voice: Voice, reading: Reading, *, official: bool
) -> Standing:
    """Only own reports move a story; a lesser source that contradicts makes it disputed."""
    if not voice.own or claim is Claim.NO_COMMENT:
        return before
    if voice.late:
        return _caught_up(before, claim, voice, reading)
    lesser = before.tier is not None and voice.tier.rank > before.tier.rank
    if claim.goes_down:
        if lesser:
            return before if before.claim is claim else replace(before, disputed=claim)
        # A later day is that of what was put off; what is off has none.
        on = reading.on if claim is Claim.DELAYED else None
        if claim is Claim.SUSPENDED:
            on = before.effective_on
        return replace(
            before, claim=claim, tier=voice.tier, at=voice.at, disputed=None, effective_on=on
        )
    rung = claim.rung
    if rung is None:
        return before
    if before.claim is not None and before.claim.goes_down and (lesser or rung <= _REPORTED):
        # What was taken back is not so again by a rumour; a wire that insists disputes it.
        insists = lesser and voice.tier.rank <= Tier.WIRE.rank and rung >= _REPORTED
        return replace(before, disputed=claim) if insists else before
    at = before.claim.rung if before.claim else None
    higher = at is None or rung > at
    clears = official or (claim is Claim.IN_EFFECT and (higher or reading.eyewitness))
    after = (
        replace(before, disputed=None)
        if (clears and not lesser) or (claim is Claim.IN_EFFECT and clears)
        else before
    )
    if not higher:
        # Who is as close says anew on which day.
        again = rung == at and rung >= _ANNOUNCED and not lesser and reading.on is not None
        return replace(after, effective_on=reading.on) if again else after
    on = reading.on if rung >= _ANNOUNCED and reading.on else before.effective_on
    return replace(after, claim=claim, tier=voice.tier, at=voice.at, effective_on=on)


def _caught_up(before: Standing, claim: Claim, voice: Voice, reading: Reading) -> Standing:
    """After what comes late: it may show that a story had come further, and takes nothing back."""
    at = before.claim.rung if before.claim else None
    if claim.rung is None or at is None or claim.rung <= at:
        return before
    on = reading.on if claim.rung >= _ANNOUNCED and reading.on else before.effective_on
    return replace(before, claim=claim, tier=voice.tier, effective_on=on)


_REPORTED = Claim.REPORTED.rung or 0
_ANNOUNCED = Claim.ANNOUNCED.rung or 0
