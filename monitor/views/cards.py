"""Stories as they are listed on a page: where each stands, who says so, and who was told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.core.origins import Corroboration, corroboration
from monitor.core.query.mistakes import value_flaw
from monitor.model import Claim, DeliveryState, Followed, Sent, Standing, Thread, ThreadCount, Tier
from monitor.ports import Archive
from monitor.views.ladder import OFFICIAL, Rung, ladder
from monitor.views.moments import NotADuration, moment_of
from monitor.views.places import place_in, written
from monitor.views.stories import disputed_by
from monitor.views.timeline import Timeline, by_claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a list of stories is narrowed down to.

    Attributes:
        problems: What of it could not be understood, and is left out.
    """

    watch: str = ""
    claim: Claim | None = None
    language: str = ""
    since: str = ""
    since_at: datetime | None = None
    before: tuple[datetime, str] | None = None
    problems: tuple[str, ...] = ()

    @property
    def narrows(self) -> bool:
        return bool(self.watch or self.claim or self.language or self.since)


def asked_for(
    *, watch: str, claim: str, language: str, since: str, before: str, now: datetime
) -> Asked:
    """As a person or a link writes it."""
    problems = []
    if claim and claim not in list(Claim):
        problems.append(f"No story is ever {claim!r}.")
    if language and (flaw := value_flaw("lang", language)):
        problems.append(f"Language: {flaw}.")
        language = ""
    since_at = None
    try:
        since_at = moment_of(since, now) if since else None
    except NotADuration as exc:
        problems.append(f"Since: {exc.what}; {exc.cure}.")
        since = ""
    return Asked(
        watch=watch,
        claim=Claim(claim) if claim in list(Claim) else None,
        language=language.partition("-")[0].lower(),
        since=since,
        since_at=since_at,
        before=place_in(before),
        problems=tuple(problems),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A story in a list.

    Attributes:
        tiers: Party -> the best tier of a source that spoke for it.
        sent: Webhook -> how many of its alerts stand how there.
    """

    thread: Thread
    items: int
    alerts: int
    rungs: tuple[Rung, ...]
    sources: Corroboration
    tiers: Mapping[str, Tier]
    timeline: Timeline | None
    watches: Sequence[Followed]
    sent: Mapping[str, Mapping[DeliveryState, int]] = field(default_factory=dict)

    @property
    def standing(self) -> Standing:
        return self.thread.standing

    @property
    def is_official(self) -> bool:
        """Whether what is claimed is an official voice's own word."""
        return self.standing.tier in OFFICIAL

    @property
    def official_voices(self) -> Sequence[str]:
        """Who spoke for a party, each once."""
        said = (one.publisher for one in self.standing.history if one.party)
        return list(dict.fromkeys(said))

    @property
    def disputed_by(self) -> str:
        return disputed_by(self.standing)


def cards(archive: Archive, asked: Asked, limit: int) -> tuple[Sequence[Card], str]:
    """Of the latest change first, and the cursor of what follows; empty: nothing does."""
    found = archive.threads(
        watch=asked.watch or None,
        since=asked.since_at,
        state=asked.claim,
        language=asked.language or None,
        before=asked.before,
        limit=limit + 1,
    )
    shown = found[:limit]
    sent = by_thread(archive.sent([one.thread.id for one in shown]))
    made = [_card(archive, one, sent.get(one.thread.id, {})) for one in shown]
    if len(found) <= limit:
        return made, ""
    last = shown[-1].thread
    return made, written(last.last_seen_at, last.id)


def by_thread(sent: Iterable[Sent]) -> dict[str, dict[str, dict[DeliveryState, int]]]:
    """Thread -> webhook -> state -> how many."""
    found: dict[str, dict[str, dict[DeliveryState, int]]] = {}
    for one in sent:
        found.setdefault(one.thread_id, {}).setdefault(one.webhook, {})[one.state] = one.count
    return found


def _card(
    archive: Archive, one: ThreadCount, sent: Mapping[str, Mapping[DeliveryState, int]]
) -> Card:
    thread = one.thread
    return Card(
        thread=thread,
        items=one.items,
        alerts=one.alerts,
        rungs=ladder(thread.standing),
        sources=corroboration(thread.reports),
        tiers=best_tiers(thread),
        timeline=by_claim(thread.standing.history),
        watches=archive.followers(thread.id),
        sent=sent,
    )


def best_tiers(thread: Thread) -> dict[str, Tier]:
    """Party -> the best tier of a source that spoke for it, by party."""
    spoken = [(one.party, one.tier) for one in thread.standing.history if one.party]
    spoken += [(party, step.tier) for party, step in thread.standing.parties.items() if party]
    spoken += [(one.state, one.tier) for one in thread.reports if one.state]
    best: dict[str, Tier] = {}
    for party, tier in spoken:
        if party not in best or tier.rank < best[party].rank:
            best[party] = tier
    return dict(sorted(best.items()))
