"""What the views put together, as types: field by field as `--json` prints it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import BaseModel, Field

from monitor.adapters.webhooks.story_now import StoryNow
from monitor.model import (
    Alert,
    AlertKind,
    Answer,
    Attempt,
    Awaited,
    Cause,
    Claim,
    Delivery,
    DeliveryState,
    Dropped,
    DueReason,
    Followed,
    Found,
    Guids,
    Health,
    Hold,
    Intervened,
    Item,
    Rating,
    Reason,
    Severity,
    Silence,
    Step,
    StoryVerdict,
    Tier,
    Totals,
    WebhookState,
)


@dataclass(frozen=True, kw_only=True)
class DeliveryWhole(Delivery):
    """All that is known of a delivery.

    Attributes:
        holds: What was decided before it was sent.
        history: Its attempts, oldest first.
        interventions: What people did to it.
    """

    holds: tuple[Hold, ...]
    history: tuple[Attempt, ...]
    interventions: tuple[Intervened, ...]


@dataclass(frozen=True, kw_only=True)
class AlertNow(Alert):
    """An alert.

    Attributes:
        story_now: What was known of its story when it was raised, as in a message of kind
            "standard"; null: it is about no story.
    """

    story_now: StoryNow | None


@dataclass(frozen=True, kw_only=True)
class Way:
    """What became of an alert at one webhook.

    Attributes:
        id: Of the delivery.
        bundle: Id of the delivery that tells of it.
    """

    id: str
    webhook: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    settled_at: datetime | None
    problem: str
    bundle: str | None
    holds: tuple[Hold, ...]
    interventions: tuple[Intervened, ...]


@dataclass(frozen=True, kw_only=True)
class OfStory:
    """Which of the story's alerts to the watch it is.

    Attributes:
        number: From 1.
    """

    number: int
    alerts: int


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What a person thinks of an alert."""

    rating: Rating
    note: str


@dataclass(frozen=True, kw_only=True)
class StoryEntry:
    """A story in a list: what is told as one, in all its languages.

    Attributes:
        title: Of its first item, in its own language.
        claim: What is claimed of it now.
        disputed: What a lesser source says against it.
        effective_on: The day that is named for it.
        independent_origins: Who says so by themselves.
        carried_by: Who only passes it on.
        best_tier: Of those who reported.
        items: Copies, and what no watch matched, included.
        matched: Items that a watch matched.
        alerts: Told of it; of the watch alone, if one is asked for.
    """

    id: str
    title: str
    language: str
    languages: tuple[str, ...]
    claim: Claim | None
    disputed: Claim | None
    effective_on: date | None
    independent_origins: tuple[str, ...]
    carried_by: tuple[str, ...]
    best_tier: Tier | None
    items: int
    matched: int
    alerts: int
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class Became:
    """What a watch made of an item.

    Attributes:
        alert: Null: it was held back.
    """

    watch: str
    reason: Reason
    alert: str | None
    kind: AlertKind | None
    severity: Severity | None


@dataclass(frozen=True, kw_only=True)
class KeptFrom:
    """What kept a watch from matching a text of an item.

    Attributes:
        by: Names of what prevented it: mask lists, exclusions of the query, or another watch.
        revision: Of that text: 0 as it was first seen, then counted up by edits.
    """

    watch: str
    cause: Cause
    by: tuple[str, ...]
    revision: int


@dataclass(frozen=True, kw_only=True)
class StoryCopy:
    """An item of a story that carries the text of another one.

    Attributes:
        dropped: What kept watches from matching it that else would have.
    """

    id: str
    at: datetime
    publisher: str
    owner: str
    tier: Tier
    title: str
    url: str
    revision: int
    became: tuple[Became, ...]
    dropped: tuple[KeptFrom, ...]


@dataclass(frozen=True, kw_only=True)
class StoryItem(StoryCopy):
    """An item of a story."""

    copies: tuple[StoryCopy, ...]


@dataclass(frozen=True, kw_only=True)
class StoryPart:
    """The items of a story that are in one language, and tell of one event."""

    id: str
    title: str
    language: str
    first_seen_at: datetime
    last_seen_at: datetime
    items: tuple[StoryItem, ...]


@dataclass(frozen=True, kw_only=True)
class StoryWhole:
    """All that is known of a story.

    Attributes:
        story: The part by which it was asked for.
        tier: Of the source whose word the claim is.
        official: The last word of an official source.
        parties: Party -> its own last word.
        history: What was claimed, the earliest first.
        awaited: What it has or had to come to.
        watches: What each watch was told.
        alerts: Ids, the oldest first.
        verdicts: What people said of its parts.
    """

    id: str
    story: str
    title: str
    language: str
    languages: tuple[str, ...]
    first_seen_at: datetime
    last_seen_at: datetime
    claim: Claim | None
    tier: Tier | None
    claimed_at: datetime | None
    disputed: Claim | None
    disputed_by: str | None
    official: Step | None
    parties: Mapping[str, Step]
    effective_on: date | None
    independent_origins: tuple[str, ...]
    carried_by: tuple[str, ...]
    history: tuple[Step, ...]
    awaited: tuple[Awaited, ...]
    watches: tuple[Followed, ...]
    alerts: tuple[str, ...]
    verdicts: tuple[StoryVerdict, ...]
    stories: tuple[StoryPart, ...]


@dataclass(frozen=True, kw_only=True)
class WayOfText:
    """A delivery of what was told of a text.

    Attributes:
        bundle: Id of the delivery that tells of it.
        unseen: Attempts of which nobody saw the answer.
    """

    id: str
    webhook: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    settled_at: datetime | None
    problem: str
    bundle: str | None
    unseen: tuple[datetime, ...]


@dataclass(frozen=True, kw_only=True)
class BecameOfText:
    """What a watch made of a text when it came.

    Attributes:
        alert: Null: it was held back.
    """

    reason: Reason
    alert: str | None
    score: float
    deliveries: tuple[WayOfText, ...]


@dataclass(frozen=True, kw_only=True)
class WatchSays:
    """What a watch, as it is configured now, says of an item, and what became of it for that watch.

    Attributes:
        reason: Why it matches, or what is missing.
        severity: Of an alert; null: it does not match.
        held: Why there would be no alert as the watch is now.
        groups: Lists of which something is found, as far as it was looked for.
        dropped: What alone keeps it from matching now.
        was_dropped: What kept it from matching when a text of it came.
        became: What was told or held back, the earliest first.
    """

    watch: str
    matched: bool
    reason: str
    score: float | None
    severity: Severity | None
    held: Reason | None
    found: tuple[Found, ...]
    masked: tuple[Found, ...]
    groups: tuple[str, ...]
    dropped: Dropped | None
    was_dropped: tuple[Dropped, ...]
    became: tuple[BecameOfText, ...]


@dataclass(frozen=True, kw_only=True)
class PlaceInStory:
    """In which story an item is, and why.

    Attributes:
        thread: Id of what the story is told as.
        why: "opened", "joined", "copy" or "goes on".
        first: Id of the first item of the story.
        shared: Words that its headline has in common with the first one.
        verdict: What a person said of the story last.
    """

    id: str
    thread: str
    why: str
    first: str
    shared: tuple[str, ...]
    verdict: StoryVerdict | None


@dataclass(frozen=True, kw_only=True)
class ItemExplained:
    """Why each watch matches an item or does not, and what became of it.

    Attributes:
        stored: Whether it is.
        story: Null: none that is stored.
        not_asked: Watches that are disabled.
    """

    stored: bool
    item: Item
    story: PlaceInStory | None
    watches: tuple[WatchSays, ...]
    not_asked: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FeedEntry:
    """A feed in a list.

    Attributes:
        problem: Why it is not well.
        newest_at: The newest date of publication seen.
        due_at: When it is asked next.
        failures: In a row.
        moved_to: Where permanent redirects lead.
        gap_at: When entries were missed last.
        wait_s: From the last poll to the next.
    """

    id: str
    name: str
    url: str
    owner: str
    tier: Tier
    language: str
    interval_s: float
    enabled: bool
    disabled_reason: str
    evidence: str
    health: Health
    problem: str
    failing_since: datetime | None
    polled_at: datetime | None
    last_ok_at: datetime | None
    last_new_at: datetime | None
    newest_at: datetime | None
    due_at: datetime | None
    failures: int
    moved_to: str | None
    gap_at: datetime | None
    due_reason: DueReason | None
    wait_s: float | None


@dataclass(frozen=True, kw_only=True)
class FeedWhole(FeedEntry):
    """All that is known of a feed.

    Attributes:
        earliest_at: Before this its server wants no question.
        news_gap_s: Usual gap between news.
        answer_s: How long it usually takes to answer.
        guids: Whether an entry's guid says what it is.
    """

    adaptive: bool | None
    min_interval_s: float | None
    max_latency_s: float | None
    earliest_at: datetime | None
    news_count: int
    news_gap_s: float | None
    longest_gap_s: float | None
    answer_s: float | None
    moved_count: int
    guids: Guids


@dataclass(frozen=True, kw_only=True)
class WatchEntry:
    """A watch, and how often it matched.

    Attributes:
        matches: Texts of the last 30 days, told or held.
    """

    watch: str
    name: str
    enabled: bool
    severity: Severity
    matches: int
    last_match_at: datetime | None
    query: str


@dataclass(frozen=True, kw_only=True)
class WebhookEntry:
    """A webhook, and how it stands.

    Attributes:
        enabled: By configuration.
        open: Whether anything is sent to it now.
        state: Null: nothing is known of it yet.
    """

    webhook: str
    kind: str
    enabled: bool
    open: bool
    state: WebhookState | None


@dataclass(frozen=True, kw_only=True)
class TroubledFeed:
    """A feed that was polled and is not well."""

    id: str
    name: str
    health: Health
    since: datetime | None
    due_at: datetime
    problem: str


@dataclass(frozen=True, kw_only=True)
class FeedsInBrief:
    """How the feeds are.

    Attributes:
        health: How many are so.
        troubled: The worst first.
    """

    enabled: int
    disabled: int
    health: Mapping[Health, int]
    troubled: tuple[TroubledFeed, ...]


@dataclass(frozen=True, kw_only=True)
class ProcessOfCluster:
    """One that gave a sign of life a moment ago.

    Attributes:
        queues: What it does: control, fetch, story, deliver.
        slots: How many partitions or webhooks it may work at at a time.
        holds: At how many it does.
        clock_skew_seconds: How far the database's clock is ahead of its own.
        trouble: What is wrong with it; empty: nothing.
    """

    id: str
    name: str
    queues: tuple[str, ...]
    slots: int
    holds: int
    version: str
    seen_seconds_ago: float
    up_seconds: int
    clock_skew_seconds: float
    trouble: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Processes that share the work.

    Attributes:
        lacking: What somebody must see to, in words.
        partitions: Of hosts.
        partitions_held: Those that are polled now.
        waiting_to_be_judged: Documents that were fetched.
        oldest_waiting_seconds: How long the first of them has waited.
    """

    lacking: tuple[str, ...]
    partitions: int
    partitions_held: int
    waiting_to_be_judged: int
    oldest_waiting_seconds: float
    processes: tuple[ProcessOfCluster, ...]


@dataclass(frozen=True, kw_only=True)
class Status:
    """How the service is.

    Attributes:
        process: That runs on the database; null: none.
        sick: Why the database cannot be written; empty: it can.
        overdue: Feeds that wait for their poll longer than they should.
        held: Matches that were held back.
        webhooks: That fail, are held, or disabled.
        lag_seconds: How late polls are: p50, p95, p99 and max over the feeds.
        cluster: null: one process does all.
    """

    now: datetime
    database: str
    process: str | None
    looks_dead: bool
    sick: str
    last_poll_at: datetime | None
    overdue: int
    totals: Totals
    held: Mapping[Reason, int]
    feeds: FeedsInBrief
    webhooks: tuple[WebhookState, ...]
    lag_seconds: Mapping[str, float]
    cluster: Cluster | None


@dataclass(frozen=True, kw_only=True)
class Enabled:
    """What `enable` did.

    Attributes:
        waiting: Deliveries that are due now.
    """

    webhook: str
    was_disabled: bool
    waiting: int


@dataclass(frozen=True, kw_only=True)
class AlertWhole(AlertNow):
    """All that is known of an alert.

    Attributes:
        of_story: Null: it is about no story.
        rated: Null: nobody said anything of it.
        deliveries: Newest first.
    """

    of_story: OfStory | None
    rated: Opinion | None
    deliveries: tuple[Way, ...]


@dataclass(frozen=True, kw_only=True)
class SilenceNow(Silence):
    """A person's word that some alerts are not to be sent for a time.

    Attributes:
        active: Whether it holds now.
        muted: How many deliveries it kept from being sent.
    """

    active: bool
    muted: int


@dataclass(frozen=True, kw_only=True)
class SilenceMade(SilenceNow):
    """A silence as it was begun.

    Attributes:
        warnings: What it names and nothing is called: likely a typing mistake.
    """

    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TestAnswer(Answer):
    """What a webhook answered to a test.

    Attributes:
        webhook: Its name.
    """

    webhook: str


class NewSilence(BaseModel):
    """Which alerts are not to be sent, how long, and why."""

    matchers: list[str] = Field(
        min_length=1,
        max_length=20,
        description="All must hold: labels as in `watch='kp-*'`, `severity<=medium`.",
        examples=[["watch=kp-sanctions", "severity<=medium"]],
    )
    length: str = Field(alias="for", description='As in "8h".', examples=["8h"])
    comment: str = Field(
        min_length=1, max_length=500, description="Why.", examples=["planned drill"]
    )
    author: str = Field(default="api", max_length=100, description="Who.", examples=["desk"])
