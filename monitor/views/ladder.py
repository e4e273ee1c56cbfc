"""The ladder that a story climbs, rung by rung, as far as it came."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model import Claim, Standing, Tier

OFFICIAL = (Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA)

_NAMES = {Claim.TIMETABLE: "timetable", Claim.IN_EFFECT: "in effect"}


class Reached(StrEnum):
    """How a rung stands."""

    PRESENT = "present"
    REACHED = "reached"
    PASSED = "passed over"  # a higher one was reached without it
    OPEN = "not reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the ladder.

    Attributes:
        at: When somebody first claimed it; None: nobody did.
        disputed: The present claim, against which something else is said.
    """

    claim: Claim
    state: Reached
    at: datetime | None = None
    disputed: bool = False

    @property
    def name(self) -> str:
        return _NAMES.get(self.claim, self.claim.value)


def ladder(standing: Standing) -> tuple[Rung, ...]:
    """All rungs, the lowest first."""
    present = standing.claim.rung if standing.claim else None
    moved = [one.state.rung for one in standing.history if one.moved and one.state]
    top = max((rung for rung in (present, *moved) if rung is not None), default=-1)
    rungs = []
    for claim in Claim:
        if claim.rung is None:
            continue
        at = next((one.at for one in standing.history if one.claim is claim), None)
        state = _state(claim.rung, present, top, was_claimed=at is not None)
        disputed = state is Reached.PRESENT and standing.disputed is not None
        rungs.append(Rung(claim=claim, state=state, at=at, disputed=disputed))
    return tuple(rungs)


def _state(rung: int, present: int | None, top: int, *, was_claimed: bool) -> Reached:
    if rung == present:
        return Reached.PRESENT
    if rung > top:
        return Reached.OPEN
    return Reached.REACHED if was_claimed else Reached.PASSED
