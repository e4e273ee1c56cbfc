"""The nouns of the program, in the order the data meets them.

All are frozen, slotted, keyword-only. Moments are aware UTC and end in `_at`, durations are
`timedelta`, collections are tuples, frozensets or read-only mappings. What a person wrote
(`Feed`, `Watch`, `WebhookConfig`) is never mixed with what we learned (`FeedState`, `Delivery`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

NOT_KEPT: Mapping[str, Any] = {"kept": False}
"""Metadata of a field that is known for a moment only."""


def kept_fields(noun: type[Any]) -> tuple[str, ...]:
    """The fields that a store keeps, and that a person is shown."""
    return tuple(one.name for one in fields(noun) if one.metadata.get("kept", True))


class Tier(StrEnum):
    """How close a source is to an event, best first; what it may confirm is another fact."""

    OFFICIAL_PRIMARY = "official_primary"
    STATE_MEDIA = "state_media"
    WIRE = "wire"
    PRESS = "press"
    SPECIALIST = "specialist"
    AGGREGATOR = "aggregator"

    @property
    def rank(self) -> int:
        """0 is the best tier."""
        return list(Tier).index(self)


class Severity(StrEnum):
    """How loudly an alert speaks, quietest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 is the quietest."""
        return list(Severity).index(self)


# --- what a person wrote -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One configured source.

    Attributes:
        owner: The unit of independence: all feeds of one newsroom share it.
        authority_for: Parties whose claims this source may confirm, as in ("CN",).
        language: BCP 47, as in "zh-Hans"; decides what script alone cannot (Han: zh or ja).
        implied_groups: Lexicon groups that count as present in every item (KCNA never says "DPRK").
        adaptive: Asked by its rhythm, between min_interval and max_latency; else every interval.
        max_age: Items older than this never alert from this feed, whatever the watch allows.
        expect_every: Silence is abnormal only past this; None: learned or a default.
        mirrors: Other addresses of the very same feed, tried when `url` fails.
        link_hosts: Hosts that its items link to, and all below them; one that links elsewhere has
            the tier of an aggregator, and no authority. Empty: any.
        disabled_reason: Why the feed is not polled; empty if it is.
        allow_private: CIDR ranges this feed may connect to although they are not public.
        headers: Sent to the origin of `url`, and to no other, nor to mirrors elsewhere.
        auth: `user:password` or `Bearer TOKEN`, for the same origin.
        proxy: `http://host:port`, perhaps with a login: asked through that; DIRECT: through none;
            None: as the settings say.
    """

    id: str
    url: str
    name: str
    owner: str
    tier: Tier = Tier.PRESS
    authority_for: tuple[str, ...] = ()
    language: str = ""
    country: str = ""
    topics: frozenset[str] = frozenset()
    implied_groups: frozenset[str] = frozenset()
    interval: timedelta = timedelta(minutes=30)
    adaptive: bool | None = None
    min_interval: timedelta | None = None
    max_latency: timedelta | None = None
    max_age: timedelta | None = None
    expect_every: timedelta | None = None
    mirrors: tuple[str, ...] = ()
    link_hosts: tuple[str, ...] = ()
    enabled: bool = True
    disabled_reason: str = ""
    evidence: str = ""
    note: str = ""
    allow_private: tuple[str, ...] = ()
    headers: Mapping[str, "Secret"] = field(default_factory=dict)
    auth: "Secret | None" = None
    proxy: "Secret | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermGroup:
    """A named list of words of one meaning: `@id` in a query.

    Attributes:
        terms: Language -> entries in the watch language's term notation, one term an entry
            (words separated by spaces are a phrase). "any" applies to every item, "zh" to both
            scripts, the others to items of that language.
        extends: Group that it was made from: a feed that implies that one implies this one too.
        common: Its words stand in much of the news, and are meant to.
    """

    id: str
    terms: Mapping[str, tuple[str, ...]]
    note: str = ""
    extends: str = ""
    common: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """All term groups and masks by id. A masked span is blanked before matching."""

    groups: Mapping[str, TermGroup] = field(default_factory=dict)
    masks: Mapping[str, TermGroup] = field(default_factory=dict)


class Window(StrEnum):
    """The stretch of text in which a query must come true."""

    PARAGRAPH = "paragraph"
    ITEM = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Raises an alert's severity when the item also satisfies all that is set here.

    Attributes:
        query: A query in the watch language; None: any item.
        tiers: Tiers of the feed; empty: any.
        when: A condition on what the item is to its story (docs/stories.md); empty: none. One that
            holds tells of the item whatever was told of the story before, but once a story.
    """

    severity: Severity
    query: str | None = None
    tiers: frozenset[Tier] = frozenset()
    when: str = ""


class Grouping(StrEnum):
    """How alike items have to be to tell of one event, so that it is told but once."""

    NONE = "none"  # every match is told by itself
    LOOSE = "loose"
    NORMAL = "normal"
    STRICT = "strict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a story of a watch has to come to, so that silence is told as well.

    Attributes:
        id: Names it within its watch.
        arm: Condition on an item and its story that starts the waiting.
        expect: Condition that ends it.
        within: How long it may take: from the item that armed it, or from the end of the day that
            was named for the event.
        from_effective_date: The latter.
        require_healthy: Feeds of which one at least has to be well all the time, else silence says
            nothing; empty: the official feeds that the watch can be confirmed by.
        severity: Of the alert that tells of the silence.
    """

    id: str
    arm: str
    expect: str
    within: timedelta
    from_effective_date: bool = False
    require_healthy: tuple[str, ...] = ()
    severity: Severity = Severity.MEDIUM


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A named query with its policy.

    Attributes:
        query: In the watch language (docs/watch-language.md).
        languages: Items of other languages never match; empty: all.
        masks: Ids of mask lists whose spans are blanked before matching.
        unless: Ids of watches whose match silences this one for the same item.
        defer_to: Ids of watches that tell of an item in this one's place, if they do.
        max_age: An item published longer ago never alerts.
        min_score: Matches below are kept, but do not alert.
        webhooks: Names of webhooks; empty: the default ones of `monitor.toml`.
        grouping: How alike items have to be to count as one story.
        follow: How long after its last item a story is gone on from by what names the same states
            and the same subject, in whatever words.
        cooldown: How long after an alert further news of its story wait to be told together; it
            grows with every message of the story. None: as the settings say.
        expectations: Silence that is told.
        report: When a report of its stories is sent, as in "weekly mon 09:00"; empty: never.
        report_to: Folder in which reports are written, too; None: nowhere.
    """

    id: str
    query: str
    name: str = ""
    window: Window = Window.PARAGRAPH
    languages: frozenset[str] = frozenset()
    masks: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    defer_to: tuple[str, ...] = ()
    severity: Severity = Severity.LOW
    escalations: tuple[Escalation, ...] = ()
    max_age: timedelta = timedelta(hours=48)
    min_score: float = 0.0
    webhooks: tuple[str, ...] = ()
    enabled: bool = True
    note: str = ""
    grouping: Grouping = Grouping.NORMAL
    follow: timedelta = timedelta(hours=36)
    cooldown: timedelta | None = None
    expectations: tuple[Expectation, ...] = ()
    report: str = ""
    report_to: Path | None = None


class Secret:
    """A text that never shows itself: `repr` and `str` are masked; `reveal()` gives the value."""

    __slots__ = ("_value", "reference")

    def __init__(self, value: str, *, reference: str = "") -> None:
        self._value = value
        self.reference = reference

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.reference or '***'})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


DIRECT = Secret("none")
"""In place of a proxy: none, whatever the settings say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A text with placeholders, of the operator's; a feed's words are never one.

    Attributes:
        origin: The file it stands in, as the configuration names it; empty: the configuration.
    """

    text: str
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most so many messages in any stretch of this length."""

    count: int
    per: timedelta

    def __str__(self) -> str:
        unit = {1: "s", 60: "min", 3600: "h"}.get(int(self.per.total_seconds()))
        return f"{self.count}/{unit or f'{self.per.total_seconds():g}s'}"


class Ambiguous(StrEnum):
    """What becomes of a message that was sent without an answer: it may have arrived."""

    RETRY = "retry"  # sent again, so that it may arrive twice
    HOLD = "hold"  # kept until a person decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How alerts are delivered to a webhook, whatever its kind.

    Attributes:
        retries: Wait before each further attempt, counted from the one before.
        give_up_after: How long it is tried, counted from the first attempt, the last wait being
            repeated; None: until `retries` are used up.
        rate: All of these hold at the same time; empty: as fast as it takes them.
        connections: How many are sent at the same time; with 1 the order is kept.
    """

    retries: tuple[timedelta, ...] = (
        # The example schedule of Standard Webhooks 1.0.0, with one early step more.
        timedelta(seconds=5),
        timedelta(seconds=30),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=5),
        timedelta(hours=10),
        timedelta(hours=14),
        timedelta(hours=20),
        timedelta(hours=24),
    )
    give_up_after: timedelta | None = None
    ambiguous: Ambiguous = Ambiguous.RETRY
    rate: tuple[Rate, ...] = ()
    connections: int = 1

    @property
    def limit(self) -> timedelta:
        """How long a delivery is tried at most."""
        return self.give_up_after or sum(self.retries, timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """When a webhook wants to be left alone (part of its table in `webhooks.toml`).

    Attributes:
        zone: IANA name, as in "Asia/Seoul"; empty: UTC.
        quiet_hours: As in "22:00-07:00" or "sat,sun 00:00-24:00", in that zone.
        daily_budget: Messages in a local day, before the rest waits for the next; 0: no limit.
        break_through: From this severity on, alerts wait for none of this, nor for a digest.
    """

    zone: str = ""
    quiet_hours: tuple[str, ...] = ()
    daily_budget: int = 0
    break_through: Severity = Severity.CRITICAL


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConfig:
    """A named destination: its kind, and the options that its kind declares (already validated)."""

    id: str
    kind: str
    options: Any
    calm: Calm = field(default_factory=Calm)
    enabled: bool = True
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which alerts go where, and how: the vocabulary is Alertmanager's.

    Attributes:
        matchers: All must hold (core.matchers); none: every alert.
        webhooks: None: those of the alert's watch; empty: it is stored, but sent nowhere.
        continues: Routes further down are asked too.
        group_by: Labels whose values make a group; groups are told as one message. None: each
            alert is a message, unless one of the next three is given.
        group_wait: How long the first alert of a group waits for others.
        group_interval: Least time between two messages of a group.
        repeat_interval: Alerts of a story and watch that were told not longer ago than this wait
            until then, unless they are more severe.
        digest: When all that came is told together, as in "daily 08:00"; empty: as it comes.
    """

    id: str
    matchers: tuple[str, ...] = ()
    webhooks: tuple[str, ...] | None = None
    continues: bool = False
    group_by: tuple[str, ...] | None = None
    group_wait: timedelta | None = None
    group_interval: timedelta | None = None
    repeat_interval: timedelta | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibition:
    """An alert that makes others superfluous, as one on a story does those on its items.

    Attributes:
        source: Matchers of what speaks.
        target: Matchers of what is not sent then.
        equal: Labels in which both must agree.
        lasts: How long the source counts.
    """

    id: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    equal: tuple[str, ...] = ("story",)
    lasts: timedelta = timedelta(hours=6)


class KeepEvidence(StrEnum):
    """Of which items it is kept what their feed sent, byte for byte."""

    MATCHED = "matched"  # those that a watch matched
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The service itself (`monitor.toml`).

    Attributes:
        database: Path of the SQLite file.
        contact: URL or e-mail that the User-Agent names, so that feed owners can reach us.
        webhooks: Where watches without webhooks of their own send.
        health_webhooks: Where feeds and webhooks that went quiet are reported.
        stall: After how long without a sign of life others go on with what a process did.
        cooldown: Of watches that have none themselves.
        host_gap: Least time between two requests to one host.
        host_gaps: Domain → the same for it and its sub-domains.
        shared_hosts: Domains, or groups of them, that are one host with all their sub-domains.
        tenant_hosts: Domains where the first part of the path names a host of its own.
        adaptive, min_interval, max_latency: Of feeds that do not say so themselves.
        keep_items, keep_dead: How long the text of items, and dead letters, are kept.
        keep_evidence: Of which items it is kept what their feed sent, for as long as the item.
        allow_private: CIDR ranges that all may connect to although they are not public.
        proxy: `http://host:port`, perhaps with a login: feeds and webhooks are asked through that.
            DIRECT: through none.
        rsshub: Base address of the user's own RSSHub; feeds with `{rsshub}` need it.
        log_format: "auto" (colours on a terminal, else JSON), "console" or "json".
        watch_config: Whether a changed folder is taken over without being asked.
        heartbeat_url: Pinged as long as all is well; empty: nothing is.
        heartbeat_method: "POST" or "GET".
        heartbeat_allow_private: CIDR ranges that this address may lie in although not public.
        web_listen: Where the page is served, as `host:port`; empty: nowhere.
        web_token: What lets a person act on the page; empty: nobody can.
        web_hosts: Names by which the page may be asked, besides those of this machine.
        web_login_to_read: Nobody sees the page without the token.
    """

    database: str = "data/monitor.sqlite"
    database_url: Secret = field(default_factory=lambda: Secret(""))
    contact: str = ""
    webhooks: tuple[str, ...] = ("console",)
    health_webhooks: tuple[str, ...] = ("console",)
    stall: timedelta = timedelta(seconds=20)
    cooldown: timedelta = timedelta(minutes=30)
    fetch_workers: int = 16
    parse_workers: int = 2
    deliver_workers: int = 8
    host_gap: timedelta = timedelta(seconds=2)
    host_gaps: Mapping[str, timedelta] = field(default_factory=dict)
    shared_hosts: tuple[str | tuple[str, ...], ...] = ()
    tenant_hosts: tuple[str, ...] = ()
    adaptive: bool = False
    min_interval: timedelta = timedelta(minutes=5)
    max_latency: timedelta = timedelta(hours=1)
    fetch_deadline: timedelta = timedelta(seconds=30)
    max_body_bytes: int = 10 * 1024 * 1024
    keep_items: timedelta = timedelta(days=365)
    keep_dead: timedelta = timedelta(days=30)
    watch_config: bool = True
    keep_evidence: KeepEvidence = KeepEvidence.MATCHED
    allow_private: tuple[str, ...] = ()
    proxy: Secret = DIRECT
    rsshub: str = ""
    log_format: str = "auto"
    log_level: str = "info"
    heartbeat_url: Secret = field(default_factory=lambda: Secret(""))
    heartbeat_interval: timedelta = timedelta(minutes=1)
    heartbeat_method: str = "POST"
    heartbeat_allow_private: tuple[str, ...] = ()
    web_listen: str = "127.0.0.1:8420"
    web_token: Secret = field(default_factory=lambda: Secret(""))
    web_hosts: tuple[str, ...] = ()
    web_login_to_read: bool = False


# --- fetch ---------------------------------------------------------------------------------------


class Health(StrEnum):
    """The state of a feed, as far as we know it."""

    UNKNOWN = "unknown"  # never polled
    OK = "ok"
    STALE = "stale"  # answers, but its newest item is far older than its rhythm
    SLOW = "slow"  # answers, but takes much of the time that it may take
    EMPTY = "empty"  # answers with a feed without entries
    NO_BODY = "no_body"  # answers with nothing at all
    ERROR_FEED = "error_feed"  # answers with an error of its own program in place of entries
    NOT_A_FEED = "not_a_feed"  # answers with a page
    LOGIN = "login"  # answers with a page that asks to log in
    BLOCKED = "blocked"  # 401, 403, a check of browsers: not wanted, or not from here
    THROTTLED = "throttled"  # 429, 503 with Retry-After
    UNREACHABLE = "unreachable"  # no answer at all
    NOT_FOUND = "not_found"  # 404: a page that is not there now
    FAILING = "failing"  # any other failure
    GONE = "gone"  # 410: polled no more

    @property
    def is_bad(self) -> bool:
        return self not in (Health.UNKNOWN, Health.OK) and not self.is_odd

    @property
    def is_odd(self) -> bool:
        """It answers with a feed, but something about it needs a look."""
        return self in (Health.STALE, Health.SLOW)


class PollOutcome(StrEnum):
    """How a poll ended."""

    OK = "ok"  # a document was read, and what it held was saved
    UNCHANGED = "unchanged"  # the server says so, or sent the very bytes we know
    EMPTY = "empty"  # a feed without entries
    FAILED = "failed"  # no answer, or no feed
    LOST = "lost"  # the database refused it: it is done again


class DueReason(StrEnum):
    """What decided when a feed is asked next."""

    INTERVAL = "interval"  # its own interval
    RHYTHM = "rhythm"  # how often it brings news
    STORY = "story"  # a story under way in which it may speak next
    MAX_AGE = "max_age"  # Cache-Control or Expires: the answer is still fresh
    TTL = "ttl"  # ttl or sy:updatePeriod of the document
    SKIPPED = "skipped"  # skipHours or skipDays of the document
    RETRY_AFTER = "retry_after"  # the server asks us to stay away
    BACK_OFF = "back_off"  # it failed
    GONE = "gone"  # never: 410


class Guids(StrEnum):
    """What a feed's guids are worth (core.guids)."""

    TRUSTED = "trusted"
    REGENERATED = "regenerated"  # new ones for the same entries
    CONSTANT = "constant"  # one for several entries


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What we learned of a feed. A feed without a row is due at once.

    Attributes:
        due_reason: What made it `due_at`.
        earliest_at: Before this the server does not want to be asked; None: it said nothing.
        url: The configured address that all of this was learned of.
        address: Which of url + mirrors is in use (index).
        etag, last_modified: Byte for byte as the server gave them; sent only to `validated_url`.
        validated_url: The address that gave the validators.
        body_hash: Of the last body that was fully parsed.
        body_at: When a body came last, be it the same one.
        failures: Polls in a row that brought no feed document.
        failing_since: First of these.
        baseline_at: First poll that was parsed; None: everything is still old news.
        newest_at: The newest publication date seen.
        news_count, news_gap_s, longest_gap_s: Its rhythm: gaps between news that were seen, the
            usual one, the longest one that is not long ago (core.rhythm).
        answer_s: How long it usually takes to answer.
        ttl_s: Seconds that the last document asked us to wait (ttl, sy:updatePeriod).
        skip_hours, skip_days: When it asked not to be asked (see `ParsedFeed`).
        moved_to, moved_count: Target of a permanent redirect, polls in a row that gave it.
        told_moved: Target that was reported.
        gap_at: Last poll whose oldest item was newer than all seen before: some were missed.
        guids: Whether an entry's guid says what it is.
        guid_doubts: Polls in a row that spoke for guids made anew.
        doubted_guid, doubted_times: A guid (its digest) under which one entry took the place of
            another, and how often.
        problem: Why `health` is not ok, in words for the operator.
        told: The health that was last reported by a health alert.
        poll_seq: How many polls were saved: one that began before the last of them is not.
    """

    feed_id: str
    due_at: datetime
    due_reason: DueReason = DueReason.INTERVAL
    earliest_at: datetime | None = None
    url: str = ""
    address: int = 0
    etag: str | None = None
    last_modified: str | None = None
    validated_url: str | None = None
    body_hash: str | None = None
    body_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    polled_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_new_at: datetime | None = None
    baseline_at: datetime | None = None
    newest_at: datetime | None = None
    news_count: int = 0
    news_gap_s: float | None = None
    longest_gap_s: float | None = None
    answer_s: float | None = None
    ttl_s: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    moved_to: str | None = None
    moved_count: int = 0
    told_moved: str | None = None
    gap_at: datetime | None = None
    guids: Guids = Guids.TRUSTED
    guid_doubts: int = 0
    doubted_guid: str = ""
    doubted_times: int = 0
    health: Health = Health.UNKNOWN
    problem: str = ""
    told: Health = Health.UNKNOWN
    poll_seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A complete body.

    Attributes:
        url: Final address, after redirects.
        moved_to: Target if every hop was permanent (301, 308); else None.
        fresh_for: How long the server says the body stays fresh (max-age, Expires).
        status: Of the answer: 2xx.
        headers: Those that may be shown to others (core.evidence), by their names in small letters.
        retry_after: How long it asks us to stay away, all the same.
        server_at: The server's own clock when it answered.
        took: From the first byte of the request to the last of the answer.
    """

    url: str
    body: bytes
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    fresh_for: timedelta | None = None
    retry_after: timedelta | None = None
    moved_to: str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    server_at: datetime | None = field(default=None, compare=False)
    took: timedelta = field(default=timedelta(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server said 304; validators it changed are given, else None."""

    etag: str | None = None
    last_modified: str | None = None
    fresh_for: timedelta | None = None
    retry_after: timedelta | None = None
    server_at: datetime | None = field(default=None, compare=False)
    took: timedelta = field(default=timedelta(), compare=False)


# --- parse ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """An entry as the feed said it: plain text already (no markup), nothing judged yet.

    Attributes:
        paragraphs: Description or content, one text a paragraph, in order.
        published: The date as written; `published_at` if it could be read.
        links: Further addresses of the same entry (feedburner:origLink, rel=canonical).
        source_title, source_url: The RSS `<source>` element (aggregators name the publisher there).
        partial: The document ends inside this entry: what is missing may be what identifies it.
        raw: Its very bytes in the document; None: that was read as a whole.
    """

    guid: str | None = None
    link: str | None = None
    title: str = ""
    paragraphs: tuple[str, ...] = ()
    published: str | None = None
    published_at: datetime | None = None
    author: str | None = None
    categories: tuple[str, ...] = ()
    language: str | None = None
    links: tuple[str, ...] = ()
    source_title: str | None = None
    source_url: str | None = None
    partial: bool = False
    raw: bytes | None = field(default=None, compare=False, repr=False)


NEWS_SITEMAP = "sitemap-news"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document in our terms.

    Attributes:
        version: As feedparser names it: "rss20", "atom10", "rss10"; "json11"; NEWS_SITEMAP.
        ttl: How long the document asks us to wait (ttl, sy:updatePeriod); None: it does not say.
        skip_hours, skip_days: When it asks not to be asked: hours of the day (GMT), days of the
            week (Monday is 0), in order.
        flaw: What was wrong with a document that could be read all the same; empty: nothing.
        complete: False if the document ends in the middle: what follows is still to be had.
        shared: Names (core.normalise.shared_names) that entries of a document share of which these
            are only a part; they identify nothing.
        without_guids: Its guids do not say what an entry is (core.guids).
        known: How many of its entries were seen before and are not among these.
        window: What to give to the parser with the feed's next document; None: all of it will be
            new to it.
    """

    version: str
    title: str = ""
    language: str | None = None
    entries: tuple[RawEntry, ...] = ()
    ttl: timedelta | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    flaw: str = ""
    complete: bool = True
    shared: frozenset[str] = frozenset()
    without_guids: bool = False
    known: int = 0
    window: "FeedWindow | None" = field(default=None, compare=False, repr=False)

    @property
    def may_be_empty(self) -> bool:
        """Whether having no entries is no fault: a news sitemap lists the last two days only."""
        return self.version == NEWS_SITEMAP


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedWindow:
    """What a parser remembers of a document, so that its next one costs what is new in it.

    Attributes:
        context: A name of what stood around the entries; they mean the same only within it.
        rows: The entries' names, packed.
        document: The document without its entries.
    """

    context: bytes
    rows: bytes
    document: ParsedFeed


class LinkKind(StrEnum):
    """Why an address may be that of a feed, the likeliest first."""

    FEED = "feed"  # <link rel="alternate"> of a feed's type
    ANCHOR = "anchor"  # <a href> that reads like one
    SITEMAP = "sitemap"  # <link rel="sitemap">, or a part of a sitemap index


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that a page names. `title` is the page's word for it."""

    url: str
    kind: LinkKind
    title: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A document that is no feed, but may name some: a web page, or a sitemap index."""

    title: str = ""
    links: tuple[Link, ...] = ()


# --- normalise, dedupe ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry in our terms.

    Attributes:
        id: Derived from what identifies the entry (see core/normalise.py), not counted.
        keys: Everything by which this item may be recognised again, strongest first.
        owner: Of the publisher if the entry names one we know, else of the feed.
        publisher: Who wrote it, for people: the entry's source, else the feed's name.
        url: As given (http or https), empty if none; `canonical_url` for comparison.
        summary: Plain text, paragraphs separated by a blank line.
        language: "en", "ko", "zh", "ja", "ru", ...: decided by script, then by the feed.
        published_at: As the feed says, None if it does not or cannot be true.
        effective_at: For order and age: published_at within sane bounds, else seen_at.
        content_hash: Of title and summary, normalised: differs if and only if the text was edited.
        revision: 0 when first seen, then counted up by edits.
    """

    id: str
    feed_id: str
    owner: str
    publisher: str
    tier: Tier
    authority_for: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    guid: str | None = None
    url: str = ""
    canonical_url: str = ""
    title: str
    summary: str = ""
    author: str = ""
    categories: tuple[str, ...] = ()
    language: str = ""
    country: str = ""
    published_at: datetime | None = None
    effective_at: datetime
    seen_at: datetime
    content_hash: str
    title_hash: str = ""
    revision: int = 0
    story_id: str = ""
    copy_of: str | None = None

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(self.summary.split("\n\n")) if self.summary else ()


class Status(StrEnum):
    """What an entry turned out to be."""

    NEW = "new"
    REVISION = "revision"
    KNOWN = "known"
    COPY = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An entry after dedupe.

    Attributes:
        item: With its final id, revision and story; for KNOWN the entry as seen now.
        previous: For REVISION the item as it was stored.
        seen: The entry as its feed showed it now (feed, moment, text), where `item` differs.
    """

    item: Item
    status: Status
    previous: Item | None = None
    seen: Item | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A feed that showed an item.

    Attributes:
        guid, url: As this feed gave them last.
    """

    feed_id: str
    guid: str | None
    url: str
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """Which items are asked for; None: all of them.

    Attributes:
        watch: Matched by it, in any revision.
        feed: Shown by it, first or later.
        language: As in "zh"; "zh-Hans" is one of these.
        since, until: Of the present text, first seen: since (included) until (excluded).
    """

    watch: str | None = None
    feed: str | None = None
    language: str | None = None
    tier: Tier | None = None
    since: datetime | None = None
    until: datetime | None = None


# --- match ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A term at a place.

    Attributes:
        term: As the lexicon or the query writes it.
        group: Lexicon group that holds it; None: written in the query itself.
        field: "title", "summary", "url", "author" or "category"; "feed" for an implied group.
        start, end: Code-point offsets in the item's field.
        clause: The part of the query that it makes true, as in "@kp" or "train".
        variant: What stands there in the text.
    """

    term: str
    group: str | None
    field: str
    start: int
    end: int
    clause: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A watch that an item satisfies, and why.

    Attributes:
        found: The terms that made it true, best window first, in the order of the text.
        masked: Spans that were blanked before.
        score: Sum of boost x field weight (title 3, summary 1).
        escalations: Indexes of the watch's escalations whose query is true as well; those with a
            condition are not among them.
    """

    watch_id: str
    item_id: str
    score: float
    found: tuple[Found, ...] = ()
    masked: tuple[Found, ...] = ()
    escalations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An item that a watch matched, and what became of that.

    Attributes:
        item: As it is now; `match` speaks of its text at this `revision`.
        alert_id: None: it was held, and `reason` says why.
    """

    item: Item
    match: Match
    revision: int
    made_at: datetime
    reason: "Reason"
    alert_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchState:
    """What we learned of a watch.

    Attributes:
        query: The query that this is about; a changed one begins anew.
        since: Since when that query is in use.
        told: True if it was reported that it finds nothing.
        unheard: Its conditions of which it was reported that no source is left for them.
    """

    watch_id: str
    query: str
    since: datetime
    told: bool = False
    unheard: tuple[str, ...] = ()


class Cause(StrEnum):
    """What kept a watch from matching an item that holds what it looks for."""

    MASK = "mask"  # what was found is masked
    NOT = "not"  # the query excludes something else that is there
    UNLESS = "unless"  # another watch matches too


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A match that was not to be: without `cause` the watch would have matched the item.

    Attributes:
        by: Names of what prevented it: mask lists, exclusions of the query, or the other watch.
        found: The terms that would have made it true.
        masked: For a mask: the spans that cover them.
    """

    watch_id: str
    item_id: str
    cause: Cause
    by: tuple[str, ...]
    found: tuple[Found, ...] = ()
    masked: tuple[Found, ...] = ()


# --- evidence ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a document came from, fit to be shown to others.

    Attributes:
        fetched_at: When it was complete, by the clock of this machine.
        asked, url: The address asked and, after redirects, the one that answered; without secrets.
        headers: Of the answer, those of `core.evidence.SHOWN`.
        body_sha256, body_bytes: Of the whole document, as it was once unpacked.
    """

    fetched_at: datetime
    asked: str
    url: str
    status: int
    headers: Mapping[str, str]
    body_sha256: str
    body_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A document that a poll brought and that nobody has judged yet.

    Attributes:
        feed_id: Of the configured feed.
        feed_name: As it is called with who handed the document over (core.mirrors).
        baseline: Whether it is the feed's first: all that it holds is old news.
        polled_at: When it was read; what comes of it came at this moment.
        document: Of its entries those that were new to the poll, without its window.
        place: Its turn; the lowest is the next. 0: it was given none yet.
    """

    feed_id: str
    feed_name: str
    baseline: bool
    polled_at: datetime
    document: ParsedFeed
    source: Provenance | None = None
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A key that a process may work at.

    Attributes:
        was_lost: Whoever held it before did not give it back.
        note: What that one left for its successor.
    """

    key: str
    was_lost: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A process of a cluster.

    Attributes:
        name: As in "process 1234 on host".
        queues: What it does.
        slots: How many keys it works at at a time.
        config: A name of the configuration in use.
        seen_s: Seconds since it last showed that it lives.
        up_s: Seconds since it began.
        skew_s: How far the clock of the database is ahead of its own.
        trouble: What is wrong with it; empty: nothing.
    """

    id: str
    name: str
    queues: tuple[str, ...]
    slots: int
    version: str
    config: str
    seen_s: float
    up_s: float
    skew_s: float
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A lease that is held: its key, the id of the process, and for how many seconds."""

    key: str
    process: str
    for_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The processes that work on a database, and who does what.

    Attributes:
        waiting: Documents that were fetched and wait to be judged.
        oldest_s: How long the first of them has waited.
    """

    processes: tuple[Member, ...] = ()
    holdings: tuple[Holding, ...] = ()
    partitions: int = 0
    waiting: int = 0
    oldest_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a feed sent of one revision of an item; see `Provenance` for the rest.

    Attributes:
        guid, link, published: As the entry says them.
        entry_sha256, entry_bytes: Of the entry's bytes in the document; None: it was read whole.
        entry: These bytes, the first 256 KiB of them at most, packed by zlib.
    """

    item_id: str
    revision: int
    feed_id: str
    fetched_at: datetime
    asked: str
    url: str
    status: int
    headers: Mapping[str, str]
    body_sha256: str
    body_bytes: int
    guid: str | None = None
    link: str | None = None
    published: str | None = None
    entry_sha256: str | None = None
    entry_bytes: int | None = None
    entry: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a watch, or the lexicon, was at a time.

    Attributes:
        id: SHA-256 of the text, in UTF-8.
        name: Id of the watch.
        text: All of it, as JSON.
        lexicon: Id of the lexicon's version that its query was read with; of a lexicon empty.
        first_seen_at: When it came into use; None: it is not stored yet.
    """

    id: str
    name: str
    text: str
    lexicon: str = ""
    first_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMatch:
    """A match as it is kept.

    Attributes:
        revision: Of the item.
        version: Id of the watch's version; empty: from before versions were kept.
    """

    judgement: "Judgement"
    revision: int
    made_at: datetime
    version: str = ""


# --- story, alert --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Items of one language that tell of one event, whichever watch asks. Every item that concerns
    somebody (`Percolation.concerns`) has one.

    Attributes:
        thread_id: Of what is told as one: stories of several languages that tell of the event, and
            those that go on from it. It is the id of the first of these stories.
        merged_into: The story that this one turned out to be; empty: none.
    """

    id: str
    title: str
    language: str
    first_seen_at: datetime
    last_seen_at: datetime
    item_count: int = 1
    thread_id: str = ""
    merged_into: str = ""


class Claim(StrEnum):
    """What is claimed of an event. The first seven are a ladder, the lowest rung first."""

    TIMETABLE = "timetable_published"
    RUMOURED = "rumoured"
    REPORTED = "reported"
    PREPARING = "preparing"
    ANNOUNCED = "announced"  # by an operator or an organ of a party
    CONFIRMED = "confirmed"  # by an authority of a party
    IN_EFFECT = "in_effect"
    NO_COMMENT = "no_comment"
    DENIED = "denied"
    DELAYED = "delayed"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    ANALYSIS = "analysis"

    @property
    def rung(self) -> int | None:
        """Its height on the ladder, from 0; None: it is none of the ladder."""
        order = list(Claim).index(self)
        return order if order <= list(Claim).index(Claim.IN_EFFECT) else None

    @property
    def goes_down(self) -> bool:
        """Whether it takes back what was claimed before."""
        return self in (Claim.DENIED, Claim.DELAYED, Claim.SUSPENDED, Claim.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry of a story's history: what an item claims, and whether it moved the story.

    Attributes:
        state, disputed: What is claimed of the story after it, and against it.
        read_by: Who said that the item claims this (`ClaimVerdict`); empty: its words do.
    """

    item_id: str
    at: datetime
    publisher: str
    tier: Tier
    claim: Claim
    party: str = ""
    moved: bool = False
    state: Claim | None = None
    disputed: Claim | None = None
    read_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is claimed of a story now.

    Attributes:
        claim: None: nothing yet.
        tier: Of the source whose word it is.
        disputed: What a lesser source says against it; None: nothing, or it was cleared.
        parties: Party -> its own last word that says something, by an organ of its own.
        official: The last word of an official source within its authority, a non-answer included.
        effective_on: The day that is named for it.
    """

    claim: Claim | None = None
    tier: Tier | None = None
    at: datetime | None = None
    disputed: Claim | None = None
    parties: Mapping[str, Step] = field(default_factory=dict)
    official: Step | None = None
    effective_on: date | None = None
    history: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet that others quote.

    Attributes:
        state: That it speaks for, as in "CN"; empty if none.
    """

    owner: str
    name: str
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one item says of where its story comes from.

    Attributes:
        owner, name: Whose item it is; for people, its publisher.
        state: The state that its owner speaks for, as in "CN"; empty if none.
        text: Names the text that it shares with others; its own id if with nobody.
        cited: The outlet that it quotes as its source; one without an owner is not known.
        origin: It tells of the event itself: it is no party's word, no report of one, no comment.
    """

    item_id: str
    owner: str
    name: str
    at: datetime
    tier: Tier = Tier.PRESS
    state: str = ""
    text: str = ""
    cited: Outlet | None = None
    origin: bool = True
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What is told as one: stories of several languages that tell of one event, and those that go
    on from it. It counts the items that a watch matched.

    Attributes:
        id: Of its first story.
        title, language: Of the first item.
        item_count: Copies included.
        concepts: What the lexicon finds in the items -> in how many of them.
        reports: Of the items, the earliest first.
    """

    id: str
    title: str
    language: str
    first_seen_at: datetime
    last_seen_at: datetime
    item_count: int = 0
    standing: Standing = field(default_factory=Standing)
    concepts: Mapping[str, int] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    reports: tuple[Report, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadCount:
    """A thread as it is listed.

    Attributes:
        thread: Of items that no watch matched: without a standing, its item_count 0.
        items: In all its stories, copies and what no watch matched included.
        alerts: Told of it.
        changed_at: By which it is listed; of all its items, if all stories were asked for.
    """

    thread: Thread
    items: int
    alerts: int
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What a watch was told of a thread.

    Attributes:
        last_at: The last item that matched.
        told: Messages so far, and one for what waits.
        told_at: Of the last message; if that is yet to come, there are updates that wait for it.
        paused_until: Until then updates wait to be told together.
        rungs: Escalations that were told, as the condition and what it was told of.
    """

    watch_id: str
    thread_id: str
    last_at: datetime
    told: int = 0
    told_at: datetime | None = None
    paused_until: datetime | None = None
    rungs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """Something that a story has to come to (see `Expectation`).

    Attributes:
        armed_at: By the item `armed_by`.
        settled_at: When it came, or when it was told that it did not; None: it is waited for.
        outcome: "met", "missed", "unknown" (nobody could have said so); empty: not yet.
    """

    watch_id: str
    thread_id: str
    expectation: str
    armed_at: datetime
    armed_by: str
    due_at: datetime
    settled_at: datetime | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryVerdict:
    """What a person said of two stories: "merge" (they are one) or "split" (they are not)."""

    one: str
    two: str
    kind: str
    at: datetime
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimVerdict:
    """What a text of an item claims, as a person reads it; an edit is another text."""

    item_id: str
    revision: int
    claim: Claim
    at: datetime
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupingMemory:
    """All that grouping has to remember, as it is stored.

    Attributes:
        version: Another one after every change.
        stories: Open ones, packed.
        words: Language, word, stories that have it, items recently and often, as of which item.
        counts: Language -> items and stories.
        prints: Texts of the last days, packed, the oldest first.
    """

    version: str = ""
    stories: tuple[bytes, ...] = ()
    words: tuple[tuple[str, str, float, float, float, int], ...] = ()
    counts: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    prints: tuple[bytes, ...] = ()
    verdicts: tuple[StoryVerdict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryChange:
    """What of it is another one now; the shapes are those of `GroupingMemory`.

    Attributes:
        stories: Id and packed story.
        closed: Ids of stories that are over.
        forgotten: Language and word.
        counts: Language, items and stories.
        prints: Item id, days since 1970, packed.
        prints_since: Older ones are forgotten.
    """

    stories: tuple[tuple[str, bytes], ...] = ()
    closed: tuple[str, ...] = ()
    words: tuple[tuple[str, str, float, float, float, int], ...] = ()
    forgotten: tuple[tuple[str, str], ...] = ()
    counts: tuple[tuple[str, int, float], ...] = ()
    prints: tuple[tuple[str, float, bytes], ...] = ()
    prints_since: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of a story when an alert of it is raised.

    Attributes:
        title: Headline of the first item that a watch matched.
        claim: What this item claims, coming from this source; None: nothing.
        state, was: What is claimed of the story after and before it.
        disputed: What a lesser source says against it, and who does.
        official: The last word of an official source within its authority.
        parties: The last word of each party, the earliest first.
        effective_on: The day that is named for it.
        independent: Names of the independent origins, the earliest first.
        carried_by: Names of those who only pass on what an origin said.
        timeline: What moved the story, and official words; the last dozen.
        also_in: Languages in which it is told, but that of the alert.
        diff: Of an edit: both texts as one, [-removed-] {+added+}.
    """

    title: str = ""
    claim: Claim | None = None
    state: Claim | None = None
    was: Claim | None = None
    disputed: Claim | None = None
    disputed_by: str = ""
    official: Step | None = None
    parties: tuple[Step, ...] = ()
    effective_on: date | None = None
    independent: tuple[str, ...] = ()
    carried_by: tuple[str, ...] = ()
    timeline: tuple[Step, ...] = ()
    also_in: tuple[str, ...] = ()
    diff: str = ""


class AlertKind(StrEnum):
    """What an alert is about."""

    NEW = "new"
    ESCALATION = "escalation"
    UPDATE = "update"
    CORRECTION = "correction"
    SILENCE = "silence"
    HEALTH = "health"
    DIGEST = "digest"


class Reason(StrEnum):
    """Why a match was told or held back."""

    FIRST_MATCH = "first_match"  # told: the watch's first item of this story
    ESCALATED = "escalated"  # told: it changes what is claimed, or who stands for it
    UPDATED = "updated"  # told: it adds to a story that was told
    CORRECTED = "corrected"  # told: an edit changed a fact of an item that was told
    NEWLY_MATCHING = "newly_matching"  # told: an edit made the item match
    BETTER_SOURCE = "better_source"  # told: a copy, but from a source that makes it more severe
    COPY = "copy"  # held: the text was already seen elsewhere
    SAME_STORY = "same_story"  # held: it adds nothing to a story that was told
    ANALYSIS = "analysis"  # held: it comments on a story that was told
    TOO_OLD = "too_old"  # held: older than max_age
    UNDATED_BASELINE = "undated_baseline"  # held: no date, on the first poll of its feed
    ALREADY_TOLD = "already_told"  # held: an edit of an item that alerted before
    LOW_SCORE = "low_score"  # held: below min_score
    DEFERRED = "deferred"  # held: a watch that this one defers to tells of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of a match: an alert, or silence with its reason."""

    match: Match
    reason: Reason
    alert: "Alert | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something worth telling to one watch; holds all that a message needs.

    Attributes:
        id: Derived: the same cause gives the same id.
        story_id: The story under which it is told: the first of those that go on from each other,
            or tell of one event in several languages (`Story.thread_id`).
        seq: Counts the alerts of this watch in this story from 1.
        situation: What is known of the story; None: it is about none.
        supersedes: Id of the alert of the same story and watch before this one.
        title: The headline, in its own language, untouched.
        snippet: The stretch of text in which the watch came true.
        reason: For people, as in "first match".
        feed_name, publisher, owner, tier, authority_for: Who says so.
        found, masked, score: As in the match.
        members: Of a digest: ids of the alerts that it tells of.
    """

    id: str
    kind: AlertKind
    severity: Severity
    reason: str
    watch_id: str
    watch_name: str
    created_at: datetime
    title: str
    snippet: str = ""
    url: str = ""
    language: str = ""
    item_id: str = ""
    revision: int = 0
    story_id: str = ""
    seq: int = 1
    supersedes: str | None = None
    feed_id: str = ""
    feed_name: str = ""
    publisher: str = ""
    owner: str = ""
    tier: Tier | None = None
    authority_for: tuple[str, ...] = ()
    published_at: datetime | None = None
    seen_at: datetime | None = None
    found: tuple[Found, ...] = ()
    masked: tuple[Found, ...] = ()
    score: float = 0.0
    members: tuple[str, ...] = ()
    situation: Situation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedText:
    """One text of an item, and what its watches made of it.

    Attributes:
        text: None: it is not kept any more.
        seen_at: When it was seen; None: nobody kept it.
    """

    revision: int
    text: Item | None
    seen_at: datetime | None = None
    judgements: tuple[Judgement, ...] = ()
    dropped: tuple[Dropped, ...] = ()


class Rating(StrEnum):
    """What a person thinks of an alert."""

    GOOD = "good"
    NOISE = "noise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A person's word on an alert: from then on a case that the watch has to get right.

    Attributes:
        item: As it was alerted; kept here, for items are pruned.
        note: Why, for people.
    """

    alert_id: str
    watch_id: str
    rating: Rating
    rated_at: datetime
    item: Item
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """One text of an item that a watch matched, and what became of that.

    Attributes:
        thread_id: The story that it is a part of now (`Alert.story_id`).
        made_at: When the match was made.
        told: Whether an alert was raised; `reason` says why, or why not.
    """

    item_id: str
    thread_id: str
    made_at: datetime
    told: bool
    reason: Reason
    title: str
    publisher: str
    owner: str
    tier: Tier
    url: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPast:
    """What a watch saw and told in a stretch of time.

    Attributes:
        matches: Of every item that it matched in this time, all matches up to its end: also those
            from before, the earliest first.
        earlier: Stories (threads) among these that it had matched before this time.
        threads: Of the items, and of what is waited for, as they are now.
        alerts: Raised in this time, digests left out, the earliest first.
        arrived: Ids of alerts that a webhook took, by themselves or in a digest.
        awaited: All that the watch ever waited for.
        rated: What people said of its alerts in this time.
    """

    matches: tuple[Matched, ...] = ()
    earlier: frozenset[str] = frozenset()
    threads: tuple[Thread, ...] = ()
    alerts: tuple[Alert, ...] = ()
    arrived: frozenset[str] = frozenset()
    awaited: tuple[Awaited, ...] = ()
    rated: tuple[Rated, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """Up to when a watch's stories were reported.

    Attributes:
        since: Since when reports are asked for.
        through: End of the last one; None: there was none yet.
    """

    watch_id: str
    since: datetime
    through: datetime | None = None


# --- deliver -------------------------------------------------------------------------------------


class DeliveryState(StrEnum):
    """Where an outbox row stands."""

    HELD = "held"  # not to be sent yet: see the row's holds
    BUNDLED = "bundled"  # told as part of another row, its `bundle`
    MUTED = "muted"  # not to be sent at all: silenced or inhibited
    PENDING = "pending"
    LEASED = "leased"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"  # taken, but the receiver cannot prove it (Teams)
    UNVERIFIED = "unverified"  # another program said that it was sent (Apprise)
    DEAD = "dead"
    CANCELLED = "cancelled"
    AMBIGUOUS = "ambiguous"  # it may have arrived; a person decides whether it is sent again


class Form(StrEnum):
    """In which shape a delivery is sent next."""

    FULL = "full"  # as the kind renders it; together with others if they are many
    SINGLE = "single"  # as the kind renders it, by itself: together it was refused
    PLAIN = "plain"  # a few words of plain text: the full message was refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert to one webhook.

    Attributes:
        id: The webhook-id: derived, the same over every attempt, restart and restored backup.
        payload: The body, rendered once; the same bytes on every attempt (another time, as plain
            text, if a chat refuses them).
        attempts: Attempts that used up a try.
        lease: Token of the claim under which it is being sent.
        tried_since: First attempt since it was made, or since a person asked for it again.
        due_at: When it may be sent; of a held one, when its group is looked at again.
        group_key: What it is or was held together with; empty: it goes alone.
        released_at: When it became a message of its own; None: it did not.
        bundle: Id of the delivery that tells of it.
        remote: The service's own name of the delivered message, as `Answer.remote` gave it.
        root: The `remote` of the first message that this webhook delivered of the same watch and
            story; empty: there is none. Known once the row is claimed.
        prior: The same, of the latest one.
    """

    id: str
    alert_id: str
    webhook: str
    payload: bytes
    created_at: datetime
    due_at: datetime
    group_key: str = ""
    released_at: datetime | None = None
    bundle: str | None = None
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    lease: str | None = None
    leased_until: datetime | None = None
    settled_at: datetime | None = None
    problem: str = ""
    tried_since: datetime | None = None
    form: Form = Form.FULL
    remote: str = ""
    root: str = field(default="", metadata=NOT_KEPT)
    prior: str = field(default="", metadata=NOT_KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How many alerts of a thread stand so at a webhook."""

    thread_id: str
    webhook: str
    state: DeliveryState
    count: int


class HoldCause(StrEnum):
    """Why an alert was not sent when it was raised."""

    GROUP_WAIT = "group_wait"
    GROUP_INTERVAL = "group_interval"
    REPEAT_INTERVAL = "repeat_interval"
    PAUSE = "pause"  # of a story that was told a moment ago
    DIGEST = "digest"
    QUIET_HOURS = "quiet_hours"
    DAILY_BUDGET = "daily_budget"
    SILENCED = "silenced"
    INHIBITED = "inhibited"
    BUNDLED = "bundled"  # told now, together with others
    RELEASED = "released"  # told now, by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One decision on a delivery before it was sent, as it is kept.

    Attributes:
        until: When it is decided anew; None: it is final.
        text: In words, with the route, silence or alert that is the reason.
        by: Id of that silence, alert, route or bundle; empty: it is none.
    """

    delivery_id: str
    at: datetime
    cause: HoldCause
    until: datetime | None = None
    text: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A person's word that some alerts are not to be sent for a time.

    Attributes:
        matchers: All must hold (core.matchers).
        author, comment: Who wants it, and why.
        expired_at: Ended by a person before its time.
    """

    id: str
    matchers: tuple[str, ...]
    author: str
    comment: str
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    expired_at: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        return self.expired_at is None and self.starts_at <= now < self.ends_at


class Verdict(StrEnum):
    """What an answer of a webhook means."""

    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    UNVERIFIED = "unverified"
    RETRY = "retry"
    THROTTLED = "throttled"  # retry, without using up an attempt
    HELD = "held"  # 3xx, 401, 403, 404: the webhook is at fault, not the message; someone must look
    REFUSED = "refused"  # never going to work
    GONE = "gone"  # 410: the webhook is to be disabled
    AMBIGUOUS = "ambiguous"  # sent, no answer
    UNKNOWN = (
        "unknown"  # nobody saw the answer: the sender ended, or lost track; no webhook says it
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The outcome of one attempt.

    Attributes:
        text: What happened, for people; no secret in it.
        excerpt: First 2 KiB of what the receiver said.
        retry_after: How long it asks us to stay away.
        remote: The service's own name of the message, as JSON, at most 512 characters: later
            messages of the story refer to it. Empty: it has none.
    """

    verdict: Verdict
    status: int | None = None
    text: str = ""
    excerpt: str = ""
    retry_after: timedelta | None = None
    remote: str = field(default="", metadata=NOT_KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One row of a delivery's history.

    Attributes:
        at: When it began; of an UNKNOWN one, when it was claimed.
        took: Zero if it is UNKNOWN.
        together: Ids of the deliveries that went out in the same message; empty: by itself.
    """

    delivery_id: str
    at: datetime
    took: timedelta
    answer: Answer
    together: tuple[str, ...] = ()


class Intervention(StrEnum):
    """What a person did to a delivery."""

    REDELIVERY = "redelivery asked"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervened:
    """A row of a delivery's history that is no attempt.

    Attributes:
        before: How the delivery stood until then, for people.
    """

    delivery_id: str
    at: datetime
    kind: Intervention
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """How many deliveries to a webhook are in a state.

    Attributes:
        oldest_at: When the first of them was made.
        due_at: When the first of them may be sent; of what was given up the same as `oldest_at`.
    """

    webhook: str
    state: DeliveryState
    count: int
    oldest_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookState:
    """What we learned of a webhook.

    Attributes:
        held_until: Nothing is sent before (Retry-After, or the breaker is open).
        disabled_at: It answered 410, or failed for days: nothing is sent until someone enables it.
        failures: Attempts in a row that failed.
        told: True if a health alert was raised for the present failure.
        sent: When its last messages were answered, as far back as its rate asks.
    """

    webhook: str
    held_until: datetime | None = None
    disabled_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    problem: str = ""
    told: bool = False
    sent: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The deliveries of a webhook that are in one state. `oldest_at`: when the first was made."""

    count: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the store holds, counted; a digest tells of alerts, and is none."""

    items: int = 0
    revisions: int = 0
    copies: int = 0
    matches: int = 0
    alerts: int = 0
    deliveries: Mapping[DeliveryState, int] = field(default_factory=dict)
    oldest_pending_at: datetime | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was deleted for its age, counted.

    Attributes:
        more: There is more to delete.
    """

    items: int = 0
    alerts: int = 0
    dead_letters: int = 0
    stories: int = 0
    more: bool = False

    def __add__(self, later: "Pruned") -> "Pruned":
        return Pruned(
            items=self.items + later.items,
            alerts=self.alerts + later.alerts,
            dead_letters=self.dead_letters + later.dead_letters,
            stories=self.stories + later.stories,
            more=later.more,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is remembered of items whether they are kept or not, so that none comes as new again.

    Attributes:
        keys: Guids, addresses and the like.
        texts: Hashes.
    """

    keys: int = 0
    texts: int = 0
