"""What the core asks of the world. Each port raises one error class (see errors.py)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from monitor.model import (
    Alert,
    Answer,
    Attempt,
    Awaited,
    Claim,
    ClaimVerdict,
    Company,
    Delivery,
    DeliveryState,
    Dropped,
    Evidence,
    Feed,
    FeedState,
    FeedWindow,
    Fetched,
    Followed,
    GroupingMemory,
    Hit,
    Hold,
    Intake,
    Intervened,
    Item,
    ItemFilter,
    Judged,
    JudgedText,
    Judgement,
    KeptMatch,
    Known,
    Lease,
    Match,
    MemoryChange,
    NotModified,
    Page,
    ParsedFeed,
    PollOutcome,
    Pruned,
    Queue,
    Queued,
    Rated,
    Reason,
    Reported,
    Sent,
    Severity,
    Sighting,
    Silence,
    Story,
    StoryVerdict,
    Thread,
    ThreadCount,
    Tier,
    Totals,
    Version,
    WatchPast,
    WatchState,
    WebhookState,
)

T = TypeVar("T")


class Mark(NamedTuple):
    """A place in a list that is ordered by a moment: that of the entry with this id.

    Of an entry that is gone, the moment stays: then one of the same moment may be listed twice,
    but none is left out.
    """

    at: datetime
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which items are asked for; all of it holds.

    Attributes:
        text: Words that must be in title or summary, each anywhere; none: any item.
        watch: That matched it, or a former text of it.
        language: Without script or country.
        since, until: By when it was published (`effective_at`), `until` excluded.
    """

    text: str = ""
    watch: str = ""
    feed: str = ""
    tier: Tier | None = None
    language: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Fetcher(Protocol):
    """Gets a feed's document."""

    def host_of(self, url: str) -> str:
        """What is asked one request at a time: the host, or what configuration makes of it."""
        ...

    def fetch(self, feed: Feed, state: FeedState, url: str) -> Fetched | NotModified:
        """Ask `url` (the feed's address or a mirror), with the state's validators if its own.

        Raises:
            FetchError: No complete body within the limits, or not an answer with a body.
            Adrift: It is not for this process to ask any more.
        """
        ...


class Parser(Protocol):
    """Reads a feed's document. Hostile bodies cannot hurt the caller."""

    def parse(self, fetched: Fetched, window: FeedWindow | None = None) -> ParsedFeed:
        """Entries in document order.

        Args:
            window: Of the feed's last document: entries that were in it are counted, but not read
                again.

        Raises:
            ParseError: Not a feed, too big, too slow, or nothing in it is readable.
        """
        ...


class PageReader(Protocol):
    """Reads what is no feed for the feeds that it names. Hostile bodies cannot hurt the caller."""

    def links(self, fetched: Fetched) -> Page:
        """Addresses that a page or a sitemap index names, the likeliest kind first.

        Raises:
            ParseError: Too big, too slow, or refused.
        """
        ...


class Webhook(Protocol):
    """One destination."""

    def render(self, alert: Alert, webhook_id: str) -> bytes:
        """The body for an alert: pure, total, within the service's limits, inert.

        One that has a text `problem` is not what the configuration asked for; its row says so.
        """
        ...

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        """Make one attempt; every answer of the receiver is a return value.

        Raises:
            DeliveryError: There was no answer. The text holds no secret.
        """
        ...


@runtime_checkable
class Combines(Protocol):
    """What a kind may do besides: put the alerts of a storm into one message."""

    @property
    def combined_at_most(self) -> int:
        """How many alerts fit into a message, whatever they are."""
        ...

    def combine(self, alerts: Sequence[Alert], webhook_ids: Sequence[str], more: int) -> bytes:
        """The body for all of these: pure, total, within the service's limits, inert.

        Args:
            alerts: At least two, at most `combined_at_most`; each of them must be in the body.
            webhook_ids: Of the deliveries, in the order of the alerts.
            more: How many alerts wait behind these, to be told as "and N more".
        """
        ...


@runtime_checkable
class Plain(Protocol):
    """What a kind may do besides: say an alert in a few words when its full form was refused."""

    def plain(self, alert: Alert, webhook_id: str) -> bytes:
        """The body with nothing in it that a service may object to: pure, total, inert."""
        ...


@runtime_checkable
class Digests(Protocol):
    """What a kind may do besides: tell of several alerts as members of one."""

    @property
    def digest_at_most(self) -> int:
        """How many alerts fit into a message, whatever they are."""
        ...

    def render_digest(self, alert: Alert, members: Sequence[Alert], webhook_id: str) -> bytes:
        """The body of a digest: pure, total, within the service's limits, inert.

        Args:
            alert: Of kind "digest".
            members: What it tells of, the most severe first.
        """
        ...


class Meter(Protocol):
    """Counts what a run does. Quick, thread-safe, and never in the way: it raises nothing."""

    def knows(self, watches: Collection[str], webhooks: Collection[str]) -> None:
        """These are configured now: nothing else is counted by name."""
        ...

    def fetched(self, took: timedelta, size: int) -> None:
        """A server was asked, and sent so many bytes."""
        ...

    def parsed(self, took: timedelta) -> None:
        """A document was read, or could not be."""
        ...

    def polled(self, outcome: PollOutcome, took: timedelta) -> None:
        """A poll is over: saved, or lost."""
        ...

    def absorbed(
        self,
        entries: int,
        judged: Sequence[Judged],
        judgements: Sequence[Judgement],
        *,
        baseline: bool,
    ) -> None:
        """What a document held was saved.

        Args:
            baseline: It was the first of its feed, full of what is not new.
        """
        ...

    def alerted(self, alerts: Sequence[Alert]) -> None:
        """These were saved."""
        ...

    def attempted(
        self, answer: Answer, began_at: datetime, ended_at: datetime, rows: Sequence[Delivery]
    ) -> None:
        """A message was sent, or not taken.

        Args:
            rows: What it consisted of, as each stands now.
        """
        ...

    def reloaded(self, *, taken: bool) -> None:
        """Another configuration is in use, or was refused."""
        ...

    def turned(self, at: datetime) -> None:
        """The main loop turned."""
        ...

    def compared_clocks(self, skew: timedelta | None) -> None:
        """How far our clock is behind; None: it is right, as far as one can tell."""
        ...


class NoMeter:
    """Counts nothing."""

    def knows(self, watches: Collection[str], webhooks: Collection[str]) -> None: ...
    def fetched(self, took: timedelta, size: int) -> None: ...
    def parsed(self, took: timedelta) -> None: ...
    def polled(self, outcome: PollOutcome, took: timedelta) -> None: ...
    def absorbed(
        self,
        entries: int,
        judged: Sequence[Judged],
        judgements: Sequence[Judgement],
        *,
        baseline: bool,
    ) -> None: ...
    def alerted(self, alerts: Sequence[Alert]) -> None: ...
    def attempted(
        self, answer: Answer, began_at: datetime, ended_at: datetime, rows: Sequence[Delivery]
    ) -> None: ...
    def reloaded(self, *, taken: bool) -> None: ...
    def turned(self, at: datetime) -> None: ...
    def compared_clocks(self, skew: timedelta | None) -> None: ...


class Told(Protocol):
    """What was told, and what was held, before."""

    def told_watches(self, item_id: str) -> frozenset[str]:
        """Watches that were alerted of this item (any revision)."""
        ...

    def held_for(self, item_id: str, watch_id: str) -> Reason | None:
        """Why the item's last match of the watch was held; None: it was told, or never matched."""
        ...

    def loudest(self, story_id: str, watch_id: str) -> Severity | None:
        """Highest severity of the story's alerts to the watch."""
        ...

    def last_alert(self, story_id: str, watch_id: str) -> tuple[int, str] | None:
        """Sequence number and id of the story's last alert to the watch."""
        ...

    def followers(self, thread_id: str) -> Sequence[Followed]:
        """Of all watches that an item of the thread matched."""
        ...


class Unit(Told, Protocol):
    """One write transaction: what is read stays true until it commits."""

    def feed_state(self, feed_id: str) -> FeedState | None: ...
    def find_known(self, keys: Iterable[str]) -> Mapping[str, Item | None]:
        """Key -> its item. Keys never seen are absent; None: seen, but pruned since."""
        ...

    def find_same_text(self, content_hash: str) -> Sequence[Item]:
        """Items whose present or former text has this hash, whenever seen; oldest first."""
        ...

    def find_same_title(self, title_hash: str) -> Sequence[Item]:
        """Items that have or had this title, each with the text it had under it; in order of
        arrival, the newest hundred."""
        ...

    def find_story(self, story_id: str) -> Story | None: ...
    def find_item(self, item_id: str) -> Item | None: ...
    def find_thread(self, thread_id: str) -> Thread | None: ...
    def save_threads(self, threads: Sequence[Thread]) -> None: ...
    def followed(self, watch_id: str, thread_id: str) -> Followed | None: ...
    def followed_since(self, watch_id: str, since: datetime, at_most: int) -> Sequence[Followed]:
        """Threads of which an item matched the watch since then, the latest first."""
        ...

    def save_followed(self, followed: Sequence[Followed]) -> None: ...
    def awaited(self, watch_id: str, thread_id: str) -> Sequence[Awaited]: ...
    def overdue(self, now: datetime) -> Sequence[Awaited]:
        """What was waited for until now and did not come, longest due first."""
        ...

    def save_awaited(self, awaited: Sequence[Awaited]) -> None: ...
    def merge_story(self, gone: str, kept: str) -> None:
        """The items of a story belong to another one from now on, and that is counted anew; so is a
        story that is both."""
        ...

    def merge_thread(self, gone: str, kept: str) -> None:
        """Stories, alerts and what is waited for; the thread itself is deleted."""
        ...

    def move_items(self, item_ids: Sequence[str], story_id: str) -> int:
        """Items and their copies, to another story; returns how many."""
        ...

    def move_told(self, item_ids: Sequence[str], thread_id: str, other: str) -> None:
        """What was told of items, and what is waited for since them, to another thread."""
        ...

    def drop_followers(self, thread_id: str) -> None:
        """Forget what watches were told of a thread."""
        ...

    def stories_of(self, thread_id: str) -> Sequence[Story]:
        """Of a thread, the earliest first, without those that became another one."""
        ...

    def items_of(self, story_id: str) -> Sequence[Item]:
        """Copies included, the oldest first."""
        ...

    def texts_of(self, thread_id: str) -> Sequence[tuple[Item, Sequence[Match]]]:
        """Every text that the items of a thread had, in the order in which they came, and what
        matched it; the `seen_at` of an edit that matched is its own."""
        ...

    def alerts_of(self, thread_id: str) -> Sequence[Alert]:
        """Told of a thread, the oldest first."""
        ...

    def verdicts(self) -> Sequence[StoryVerdict]:
        """What people said of stories, oldest first."""
        ...

    def save_verdict(self, verdict: StoryVerdict) -> None:
        """Takes the place of what was said of the two before."""
        ...

    def drop_awaited(self, watch_id: str, thread_id: str, expectation: str) -> None:
        """It is not waited for."""
        ...

    def claim_verdicts(self, thread_id: str) -> Sequence[ClaimVerdict]:
        """What people said that texts of the thread's items claim."""
        ...

    def save_claim_verdict(self, verdict: ClaimVerdict) -> None:
        """Takes the place of what was said of the text before."""
        ...

    def drop_claim_verdict(self, item_id: str, revision: int) -> bool:
        """Whether there was one."""
        ...

    def memory_version(self) -> str:
        """Which memory of grouping is stored now; empty: none."""
        ...

    def recall(self) -> GroupingMemory: ...
    def memorise(self, change: MemoryChange) -> str:
        """Returns the new version."""
        ...

    def sighted(self, item_id: str, feed_id: str) -> str | None:
        """Content hash under which this feed last showed the item; None: never."""
        ...

    def save_items(self, judged: Sequence[Judged]) -> None:
        """New items and copies, revisions with the old text kept, sightings of known ones."""
        ...

    def save_stories(self, stories: Sequence[Story]) -> None: ...
    def save_judgements(
        self, judgements: Sequence[Judgement], versions: Mapping[str, str] = ...
    ) -> None:
        """Matches with what became of them, and the alerts among them.

        Args:
            versions: Watch -> id of the version that matched.
        """
        ...

    def save_versions(
        self, versions: Sequence[Version], lexicon: Version | None, now: datetime
    ) -> None:
        """What is there already keeps the moment when it came into use."""
        ...

    def save_evidence(self, evidence: Sequence[Evidence]) -> None:
        """Of items that are stored; what is there already stays."""
        ...

    def save_dropped(self, item: Item, dropped: Sequence[Dropped], now: datetime) -> None:
        """What kept watches from matching this revision of the item."""
        ...

    def save_alerts(self, alerts: Sequence[Alert]) -> None: ...
    def save_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """Rows that are already there (same id) are left alone."""
        ...

    def due_groups(self, now: datetime) -> Sequence[tuple[str, str]]:
        """Webhook and group key of held deliveries to be looked at, longest due first."""
        ...

    def held_deliveries(self, webhook: str, group_key: str, at_most: int) -> Sequence[Delivery]:
        """A group, oldest first, whether due or not."""
        ...

    def move_held(self, deliveries: Sequence[Delivery]) -> None:
        """Save what became of held rows; those that are held no more are left alone."""
        ...

    def find_alert(self, alert_id: str) -> Alert | None: ...
    def last_message(self, webhook: str, group_key: str) -> datetime | None:
        """When a group was last told."""
        ...

    def told_to(
        self, webhook: str, watch_id: str, story_id: str
    ) -> Sequence[tuple[Severity, datetime]]:
        """When alerts of this watch and story were last told there, by severity."""
        ...

    def messages_since(self, webhook: str, since: datetime) -> int:
        """How many messages were given to a webhook; a bundle is one."""
        ...

    def spoken_to(self, webhook: str, since: datetime, story_id: str | None) -> Sequence[Alert]:
        """Alerts for a webhook that were not muted, newest first, the newest 200."""
        ...

    def save_holds(self, holds: Sequence[Hold]) -> None:
        """Added to those that a delivery has."""
        ...

    def active_silences(self, now: datetime) -> Sequence[Silence]: ...
    def save_silence(self, silence: Silence) -> None:
        """Takes the place of one with the same id."""
        ...

    def save_feed_state(self, state: FeedState) -> None:
        """Whatever is stored of the feed; for who has just read it."""
        ...

    def save_polled(self, state: FeedState) -> bool:
        """Save what a poll made of the state that it began with, under the next `poll_seq`.

        What was reported of the feed meanwhile stays.

        Returns:
            False: another poll was saved since, and nothing is changed.
        """
        ...

    def save_intake(self, intake: Intake) -> None:
        """Behind all that wait; its `place` is given here."""
        ...

    def intakes(self, after: int, limit: int) -> Sequence[Intake]:
        """Documents that wait to be judged, in the order in which they were committed.

        Args:
            after: The place of the last one that is not wanted; 0: all are.
        """
        ...

    def drop_intake(self, intake: Intake) -> bool:
        """It is judged. False: it is not there; another one may have its place by now."""
        ...

    def claim(self, webhook: str, now: datetime, until: datetime, lease: str) -> Delivery | None:
        """Lease the webhook's oldest due delivery.

        A lease that ran out before leaves an attempt of which the answer is UNKNOWN.
        """
        ...

    def claim_more(
        self, webhook: str, now: datetime, until: datetime, lease: str, limit: int
    ) -> Sequence[Delivery]:
        """Lease further ones that may go into one message with others; oldest first."""
        ...

    def count_due(self, webhook: str, now: datetime) -> int:
        """How many deliveries wait that may go into one message with others."""
        ...

    def hold_expired(self, webhook: str, problem: str, now: datetime) -> int:
        """Leases that ran out become ambiguous: what was sent under them may have arrived.

        Each leaves an attempt of which the answer is UNKNOWN.
        """
        ...

    def webhook_state(self, webhook: str) -> WebhookState | None: ...
    def save_webhook_state(self, state: WebhookState) -> None: ...
    def save_rated(self, rated: Rated) -> None:
        """Takes the place of what was said of the alert before."""
        ...

    def delete_rated(self, alert_id: str) -> bool:
        """False: nothing was said of the alert."""
        ...

    def save_watch_states(self, states: Sequence[WatchState]) -> None: ...
    def reported(self, watch_id: str) -> Reported | None:
        """None: no report was ever asked for."""
        ...

    def save_reported(self, reported: Sequence[Reported]) -> None: ...
    def requeue(self, delivery_ids: Iterable[str], now: datetime) -> int:
        """Settled rows become pending again under the same id, attempts from 0, with a row of
        their history that says so; returns how many."""
        ...

    def cancel(self, delivery_ids: Iterable[str], reason: str, now: datetime) -> int:
        """Rows that wait (pending, ambiguous) are given up, and kept with the reason."""
        ...

    def delete_settled(self, delivery_ids: Iterable[str]) -> int:
        """Delete rows that wait for nothing any more; returns how many."""
        ...

    def enable(self, webhook: str, now: datetime) -> WebhookState | None:
        """Forget what is wrong with a webhook, and make due what waits for it.

        Returns:
            How it stood before.
        """
        ...

    def make_due(self, now: datetime) -> None:
        """After the clock went back: pending deliveries and held webhooks are due now."""
        ...

    def release_leases(
        self, now: datetime, unsure: Collection[str] = (), webhook: str | None = None
    ) -> int:
        """Leases of a dead instance become pending at once; returns how many.

        Each leaves an attempt of which the answer is UNKNOWN.

        Args:
            unsure: Webhooks whose rows become ambiguous instead.
            webhook: Of this one alone.
        """
        ...

    def beat(self, now: datetime, room: int = 0) -> None:
        """Note that the owner of the database wrote at this moment.

        Args:
            room: Bytes that are written besides, to see whether there is room for so many.
        """
        ...

    def remember(self, name: str, value: str) -> str:
        """Note what was told of the service itself; returns what stood there, empty at first."""
        ...

    def prune(
        self, items_before: datetime, dead_before: datetime, at_most: int | None = None
    ) -> Pruned:
        """Delete old items (never their keys, nor what is undelivered) and old dead letters.

        Args:
            at_most: Of each kind, so that others need not wait long.
        """
        ...

    def settle(self, delivery: Delivery, attempt: Attempt | None) -> bool:
        """Save the delivery's new state if its lease is still the one on the row."""
        ...


class Store(Protocol):
    """Everything, in one place."""

    @property
    def instance(self) -> str:
        """Identity of this database, made when it was created and kept by its backups."""
        ...

    def write(self, work: Callable[[Unit], T]) -> T:
        """Run `work` in the writer thread, in one transaction; returns after the commit.

        Raises:
            StoreError: Not committed. Any exception of `work` itself passes through, rolled back.
        """
        ...

    def write_soon(
        self, work: Callable[[Unit], T], *, patience_s: float = 0, again: bool = False
    ) -> Future[T]:
        """The same, without waiting: what is asked for later is written after it.

        Args:
            patience_s: May wait so long for others to share its commit.
            again: It may be run more than once before it is committed, which makes it cheaper.

        Returns:
            Its callbacks run in the writer thread, which they must not hold up.
        """
        ...

    @property
    def trouble(self) -> str:
        """What the database said when it last refused to be written; empty: all is well.

        Once there is trouble, it stays until `probe` finds that it is over.
        """
        ...

    def probe(self, now: datetime) -> bool:
        """Try to write; True if it works (again)."""
        ...

    def feed_states(self) -> Mapping[str, FeedState]: ...
    def feed_states_of(self, feed_ids: Collection[str]) -> Mapping[str, FeedState]:
        """Of these feeds, and of all that are not asked at their configured address."""
        ...

    def webhook_states(self) -> Mapping[str, WebhookState]: ...
    def watch_states(self) -> Mapping[str, WatchState]: ...
    def due_webhooks(self, now: datetime) -> Sequence[str]:
        """Webhooks that have a delivery to send now and are neither held nor disabled."""
        ...

    def has_due_groups(self, now: datetime) -> bool:
        """Whether held deliveries are to be looked at."""
        ...

    def archive(self) -> "Archive":
        """The read side of the same database, on read-only connections, for any thread."""
        ...

    def close(self) -> None: ...


class LeaseBook(Protocol):
    """Who may work at what, where all processes see it. For one process; thread-safe.

    All may raise StoreError.
    """

    @property
    def stall_s(self) -> float:
        """How long a lease lasts after it was taken or renewed last."""
        ...

    def take(self, key: str) -> Lease | None:
        """None: another process holds it."""
        ...

    def renew(self, keys: Collection[str], trouble: str) -> frozenset[str]:
        """Hold them for longer, and be seen to be alive; returns those that are still held.

        Args:
            trouble: What is wrong with this process; empty: nothing.
        """
        ...

    def give_back(self, key: str, note: str) -> None: ...
    def slots_of(self, queue: str) -> Sequence[int]:
        """Of each process of this queue that showed within a stall that it lives."""
        ...

    def holders(self, prefix: str) -> Mapping[str, str]:
        """Key -> process that holds it, of all keys that begin so and are held."""
        ...


class Placed(NamedTuple):
    """An alert, and where it stands among all in the order in which they were stored."""

    place: int
    alert: Alert


class Archive(Protocol):
    """Questions about what is stored; never waits for a writer."""

    @property
    def instance(self) -> str:
        """Identity of this database (see `Store`)."""
        ...

    def memory_version(self) -> str:
        """As `Unit.memory_version`."""
        ...

    def recall(self) -> GroupingMemory:
        """What is remembered for grouping, all of one moment."""
        ...

    def feed_states(self) -> Mapping[str, FeedState]: ...
    def webhook_states(self) -> Mapping[str, WebhookState]: ...
    def watch_states(self) -> Mapping[str, WatchState]: ...
    def alerts(
        self,
        *,
        watch: str | None = None,
        since: datetime | None = None,
        before: Mark | None = None,
        limit: int = 50,
    ) -> Sequence[Alert]:
        """Newest first.

        Args:
            before: Those that stand behind this one.
        """
        ...

    def alerts_after(self, place: int, *, watch: str | None, limit: int) -> Sequence[Placed]:
        """By the order in which they were stored, the earliest first.

        Args:
            place: Of the last one that is not wanted; 0: all are.
        """
        ...

    def last_place(self) -> int:
        """Of the alert that was stored last; 0: there is none."""
        ...

    def place_of(self, mark: Mark) -> int:
        """Of an alert. Of one that is gone, a place before all that came since."""
        ...

    def alert(self, alert_id: str) -> Alert | None:
        """By its id, or by a beginning that only one has."""
        ...

    def deliveries(
        self,
        *,
        state: DeliveryState | None = None,
        states: Collection[DeliveryState] = (),
        webhook: str | None = None,
        alert_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: Mark | None = None,
        limit: int = 50,
    ) -> Sequence[Delivery]:
        """Newest first.

        Args:
            state, states: In one of these; without either in any.
            since, until: By the moment they were made, `until` excluded.
            before: Those that stand behind this one.
        """
        ...

    def delivery(self, delivery_id: str) -> Delivery | None:
        """By id or a prefix of it that only one delivery has."""
        ...

    def attempts(self, delivery_id: str) -> Sequence[Attempt]:
        """Oldest first."""
        ...

    def interventions(self, delivery_id: str) -> Sequence[Intervened]:
        """What people did to the delivery, oldest first."""
        ...

    def holds(self, delivery_id: str) -> Sequence[Hold]:
        """What was decided before it was sent, oldest first."""
        ...

    def queue(self) -> Sequence[Queued]:
        """What is not over yet, and what was given up, counted by webhook and state."""
        ...

    def published_at(self, alert_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Of those of these alerts that are stored and have a date."""
        ...

    def silences(self) -> Sequence[Silence]:
        """All that were ever made, oldest first."""
        ...

    def muted_by(self, silence_id: str) -> int:
        """How many deliveries a silence kept from being sent."""
        ...

    def item(self, key: str) -> Item | None:
        """By id, URL or canonical URL."""
        ...

    def threads(
        self,
        *,
        watch: str | None = None,
        since: datetime | None = None,
        state: Claim | None = None,
        language: str | None = None,
        every: bool = False,
        before: tuple[datetime, str] | None = None,
        limit: int = 50,
    ) -> Sequence[ThreadCount]:
        """Latest change first.

        Args:
            watch: Alone those of which an item matched it; alerts are then counted of it alone.
            state: What is claimed of them.
            language: One of those in which they are told, without script or country.
            every: Also those of which no item matched a watch.
            before: Last change and id of the one that they come after.
        """
        ...

    def sent(self, thread_ids: Sequence[str]) -> Sequence[Sent]:
        """How the alerts of threads stand at each webhook."""
        ...

    def dead_letters(self) -> int:
        """How many deliveries were given up."""
        ...

    def judged_texts(self, item_id: str) -> Sequence[JudgedText]:
        """Every text of an item, the present one last, and what watches made of it."""
        ...

    def deliveries_of(self, alert_ids: Sequence[str]) -> Mapping[str, Sequence[Delivery]]:
        """Alert -> its deliveries, oldest first, without what is sent."""
        ...

    def outbox(
        self,
        *,
        state: DeliveryState | None = None,
        webhook: str | None = None,
        before: tuple[datetime, str] | None = None,
        limit: int = 50,
    ) -> Sequence[Delivery]:
        """Newest first, without what is sent.

        Args:
            before: When the one that they come after was made, and its id.
        """
        ...

    def story(self, key: str) -> Story | None:
        """The story of this id, or of the thread, item or alert of this id.

        Args:
            key: May be a beginning that only one has, or the address of an item.

        Returns:
            Of one that became another story, that other one.
        """
        ...

    def thread(self, thread_id: str) -> Thread | None: ...
    def stories_of(self, thread_id: str) -> Sequence[Story]:
        """Of a thread, the earliest first, without those that became another one."""
        ...

    def items_of(self, story_id: str) -> Sequence[Item]:
        """Copies included, the oldest first."""
        ...

    def alerts_of(self, thread_id: str) -> Sequence[Alert]:
        """Told of a thread, the oldest first."""
        ...

    def followers(self, thread_id: str) -> Sequence[Followed]:
        """What each watch was told of a thread."""
        ...

    def awaited_of(self, thread_id: str) -> Sequence[Awaited]:
        """What a thread has or had to come to, longest due first."""
        ...

    def verdicts(self) -> Sequence[StoryVerdict]:
        """What people said of stories, oldest first."""
        ...

    def revisions(self, item_id: str) -> Sequence[Item]:
        """The item as it was, oldest first, the present text excluded."""
        ...

    def judgements(self, item_id: str) -> Sequence[Judgement]:
        """What became of the item's matches, in the order they were made."""
        ...

    def dropped(self, item_id: str) -> Sequence[Dropped]:
        """What kept watches from matching the item, or a former revision; oldest first."""
        ...

    def search(
        self, asked: str | Sought, *, before: Mark | None = None, limit: int = 50
    ) -> Sequence[Item]:
        """Newest first; finds two Han or Hangul characters inside running text.

        Args:
            asked: Words alone, or words and filters.
            before: Items that stand behind this one, by `effective_at`.
        """
        ...

    def newest_items(
        self, *, since: datetime | None = None, before: Mark | None = None, limit: int = 50
    ) -> Sequence[Item]:
        """The last to arrive first.

        Args:
            since: Present texts that were seen since.
            before: Items that arrived before this one, by `seen_at`.
        """
        ...

    def items(self, *, since: datetime | None = None, limit: int = 1000) -> Sequence[Item]:
        """By order of arrival."""
        ...

    def rated(self, watch: str | None = None) -> Sequence[Rated]:
        """By the time of rating, oldest first."""
        ...

    def recent_items(self, limit: int) -> Iterator[Item]:
        """The newest by order of arrival, newest first."""
        ...

    def all_items(self, wanted: ItemFilter) -> Iterator[tuple[Item, Sequence[str]]]:
        """In the order in which they came, each with the watches that it matched."""
        ...

    def all_threads(
        self,
        *,
        watch: str | None = None,
        language: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[ThreadCount]:
        """Of which an item matched a watch, by id; the times are those of their last items."""
        ...

    def sightings(self, item_id: str) -> Sequence[Sighting]:
        """Where an item was shown, the first feed first."""
        ...

    def kept_matches(self, item_id: str) -> Sequence[KeptMatch]:
        """Of all its revisions, in their order."""
        ...

    def evidence(self, item_id: str) -> Sequence[Evidence]:
        """What its feeds sent, by revision."""
        ...

    def watch_version(self, version: str) -> Version | None: ...
    def lexicon_version(self, version: str) -> Version | None: ...
    def versions(self, since: datetime | None = None) -> Iterator[Item]:
        """Of all items whose present text was seen since: every text they had, by the time it was
        seen."""
        ...

    def intakes(self, after: int, limit: int) -> Sequence[Intake]:
        """See `Unit.intakes`."""
        ...

    def company(self) -> Company:
        """The processes that work on the database, if several do."""
        ...

    def seen_since(self, count: int) -> datetime | None:
        """When the newest `count` texts begin; None: there are not more than so many."""
        ...

    def days_seen(self, since: datetime) -> int:
        """On how many days (UTC) since then items came in."""
        ...

    def last_matches(self) -> Mapping[str, datetime]:
        """Watch -> when its newest match was made."""
        ...

    def match_counts(self, since: datetime) -> Mapping[str, int]:
        """Watch -> how many texts it matched since, told or held."""
        ...

    def watch_days(self, watch_id: str, since: datetime) -> Mapping[date, tuple[int, int]]:
        """Day (UTC) -> matches and alerts of a watch; only days with any."""
        ...

    def hits(self, watch_id: str, *, limit: int = 20) -> Sequence[Hit]:
        """What a watch matched, newest first."""
        ...

    def publishers(self, watch_id: str, *, at_most: int = 1000) -> Mapping[str, int]:
        """Who published the newest `at_most` matches of a watch, most first."""
        ...

    def feed_days(
        self, feed_ids: Collection[str], since: datetime
    ) -> Mapping[str, Mapping[date, int]]:
        """Feed -> day (UTC) -> how many items it brought first; only days with any."""
        ...

    def feed_hours(self, feed_id: str, since: datetime) -> Mapping[int, int]:
        """Hour of the day (UTC) -> how many items the feed brought first."""
        ...

    def feed_items(self, feed_id: str, *, limit: int = 20) -> Sequence[Item]:
        """What a feed brought first, the newest first."""
        ...

    def queues(self) -> Mapping[str, Mapping[DeliveryState, Queue]]:
        """Webhook -> state -> its deliveries in it; only states that some are in."""
        ...

    def deliveries_to(
        self,
        webhook: str,
        *,
        state: DeliveryState | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Sequence[Delivery]:
        """Newest first.

        Args:
            after: Id of a delivery: only those that come behind it.
        """
        ...

    def ways(self, since: datetime) -> Mapping[str, Sequence[str]]:
        """Alert that was raised since -> the webhooks that it goes to; only those with any."""
        ...

    def attempts_at(self, webhook: str, *, limit: int = 20) -> Sequence[Attempt]:
        """The newest first, of the last 2,000 attempts at all webhooks."""
        ...

    def past(self, watch_id: str, since: datetime, until: datetime) -> WatchPast:
        """What a watch saw and told from `since` (included) to `until` (excluded)."""
        ...

    def reported(self) -> Sequence[Reported]:
        """Up to when the stories of each watch were reported, by watch."""
        ...

    def written_at(self) -> datetime | None:
        """When the owner of the database last noted that it can write; None: never so far."""
        ...

    def totals(self) -> Totals: ...
    def prunable(self, items_before: datetime, dead_before: datetime) -> Pruned:
        """What `Unit.prune` would delete."""
        ...

    def known(self) -> Known:
        """What outlives the items."""
        ...

    def held(self, since: datetime | None = None) -> Mapping[Reason, int]:
        """Matches that were held back, counted by reason."""
        ...
