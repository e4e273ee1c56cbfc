"""What a condition may ask: of an item, of its story, and of the story before that item."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.model import Claim, Tier

NONE = "none"
"""How a condition writes that nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known when an item has joined its story; `_before`: without that item.

    Attributes:
        claim: What this item claims, coming from its source; None: nothing.
        state: What is claimed of the story.
        disputed: What a lesser source says against it.
        official: The last word of an official source within its authority.
        party: What the party for which this source speaks said itself.
        authority: Parties for which the source can speak.
        origins: Independent ones.
        carriers: Those who only pass on what an origin said.
        parties: How many parties have spoken themselves.
        languages: In how many the story is told.
        watches: How many watches the item matched.
        effective_on: The day that is named for it.
    """

    claim: Claim | None = None
    state: Claim | None = None
    state_before: Claim | None = None
    disputed: Claim | None = None
    disputed_before: Claim | None = None
    official: Claim | None = None
    official_before: Claim | None = None
    party: Claim | None = None
    party_before: Claim | None = None
    tier: Tier = Tier.PRESS
    authority: frozenset[str] = frozenset()
    origins: int = 0
    origins_before: int = 0
    carriers: int = 0
    carriers_before: int = 0
    parties: int = 0
    parties_before: int = 0
    languages: int = 1
    languages_before: int = 1
    language: str = ""
    owner: str = ""
    publisher: str = ""
    watches: int = 1
    effective_on: date | None = None
    effective_before: date | None = None


class Kind(StrEnum):
    """Of what kind a field's values are."""

    CLAIM = "claim"
    TIER = "tier"
    PARTIES = "parties"
    NUMBER = "number"
    TEXT = "text"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A name that conditions use.

    Attributes:
        now: The fact that it names.
        changed: Facts after and before the item, whose difference is a change; none: not known.
    """

    kind: Kind
    now: str
    changed: tuple[str, str] | None = None


def _claim(now: str, changed: str = "") -> Field:
    name = changed or now
    return Field(kind=Kind.CLAIM, now=now, changed=(name, f"{name}_before"))


def _number(now: str, *, known_before: bool = True) -> Field:
    changed = (now, f"{now}_before") if known_before else None
    return Field(kind=Kind.NUMBER, now=now, changed=changed)


FIELDS: Mapping[str, Field] = {
    "claim": _claim("claim", "state"),
    "state": _claim("state"),
    "disputed": _claim("disputed"),
    "official": _claim("official"),
    "party": _claim("party"),
    "tier": Field(kind=Kind.TIER, now="tier"),
    "authority": Field(kind=Kind.PARTIES, now="authority"),
    "independent_origins": _number("origins"),
    "carried_by": _number("carriers"),
    "parties": _number("parties"),
    "languages": _number("languages"),
    "watches": _number("watches", known_before=False),
    "language": Field(kind=Kind.TEXT, now="language"),
    "owner": Field(kind=Kind.TEXT, now="owner"),
    "publisher": Field(kind=Kind.TEXT, now="publisher"),
    "effective_date": Field(
        kind=Kind.DAY, now="effective_on", changed=("effective_on", "effective_before")
    ),
}
"""Every name, as users write it."""
