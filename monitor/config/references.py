"""What is wrong between the tables: names that lead nowhere, addresses, sources that are lost."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from monitor.config.addresses import (
    PLACEHOLDER,
    host_flaw,
    literal_address,
    network_flaw,
    networks,
    own_ranges,
    url_flaw,
)
from monitor.config.credentials import credential_flaws, proxy_flaw, sends_secrets
from monitor.config.durations import duration_text
from monitor.config.findings import Findings, Place
from monitor.config.languages import tag_flaw
from monitor.config.listening import web_flaws
from monitor.config.passed_on import google_flaws, tier_flaw
from monitor.config.reading import ID, ID_CURE, Reading
from monitor.config.suggest import did_you_mean, shown
from monitor.core.conditions import problems as condition_problems
from monitor.core.conditions import waits_for
from monitor.core.hours import parse_slots
from monitor.core.mirrors import is_public_bridge
from monitor.core.query import NOTHING_TO_FIND, QueryProblem
from monitor.core.query import problems as query_problems
from monitor.model import Feed, Grouping, Secret, Tier, Watch, WebhookConfig

LEAST_INTERVAL = timedelta(minutes=5)
LONGEST_INTERVAL = timedelta(days=7)
_STALLS = timedelta(seconds=1), timedelta(minutes=10)
RESERVED_WATCH = "health"  # under this name the monitor reports on feeds and webhooks
_OFFICIAL = (Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Checks what was read; notes what is wrong in `findings`."""

    reading: Reading
    findings: Findings

    def check(self) -> None:
        self._settings()
        for name, feed in self.reading.feeds.values.items():
            self._feed(feed, self.reading.feeds.places[name])
        self._same_addresses()
        for name, watch in self.reading.watches.values.items():
            self._watch(watch, self.reading.watches.places[name])
        self._circles()
        for name, webhook in self.reading.webhooks.values.items():
            self._webhook(webhook, self.reading.webhooks.places[name])
        self._queries()
        self._nothing_to_do()
        self._lost_voices()

    # --- settings --------------------------------------------------------------------------------

    def _settings(self) -> None:
        settings, place = self.reading.settings, self.reading.settings_place
        self._settings_webhooks(settings.webhooks, "webhooks")
        self._settings_webhooks(settings.health_webhooks, "health_webhooks")
        self._ranges(settings.allow_private, place, "network.allow_private")
        self._hosts(place)
        if wrong := proxy_flaw(settings.proxy):
            self.findings.error(place, "network.proxy", *wrong)
        for key, length in {
            "min_interval": settings.min_interval,
            "max_latency": settings.max_latency,
        }.items():
            own = bool(settings.allow_private)
            self._length(length, place, f"fetch.{key}", is_asked=settings.adaptive and not own)
        self._range_of_pace(settings.min_interval, settings.max_latency, place, "fetch.")
        self._ranges(settings.heartbeat_allow_private, place, "heartbeat.allow_private")
        if settings.heartbeat_url.reveal():
            ranges = settings.heartbeat_allow_private
            self._secret_url(settings.heartbeat_url, ranges, place, "heartbeat.url")
        if not _STALLS[0] <= settings.stall <= _STALLS[1]:
            what = f"{duration_text(settings.stall)} is too short or too long to tell the dead by"
            self.findings.error(place, "cluster.stall", what, 'write it as in "20s", 1s to 10m')
        for key, of_web in web_flaws(settings):
            self.findings.error(place, f"web.{key}", *of_web)
        if not (settings.contact.isascii() and settings.contact.isprintable()):
            self.findings.error(
                place,
                "service.contact",
                "holds characters that no HTTP header can carry",
                'write a plain address, as in "https://example.org/about" or "desk@example.org"',
            )
        if not settings.database_url.reveal() and Path(settings.database).is_dir():
            self.findings.error(
                place, "service.database", "is a folder", 'name a file, as in "data/monitor.sqlite"'
            )
        if settings.rsshub:
            # The user's own service usually stands on a private address.
            allowed = networks([*settings.allow_private, *own_ranges(settings.rsshub)])
            if PLACEHOLDER in settings.rsshub:
                self.findings.error(
                    place, "bridge.rsshub", "names itself", 'as in "https://rsshub.example.org"'
                )
            elif flaw := url_flaw(settings.rsshub, allowed):
                self.findings.error(place, "bridge.rsshub", *flaw)
            elif is_public_bridge(settings.rsshub):
                self.findings.warning(
                    place,
                    "bridge.rsshub",
                    "a public bridge could forge what it passes on as official",
                    "run your own, or lower the tier of the feeds that use it",
                )

    def _hosts(self, place: Place) -> None:
        """Names of hosts, on which a limit hangs: a misspelt one would be no limit."""
        settings = self.reading.settings
        named = [(f"host_gaps: {name[:40]}", name) for name in settings.host_gaps]
        for key in ("shared_hosts", "tenant_hosts"):
            for number, entry in enumerate(getattr(settings, key), 1):
                names = [entry] if isinstance(entry, str) else entry or [""]
                named += [(f"{key}: entry {number}", name) for name in names]
        for key, name in named:
            if _is_no_host(name):
                what = f"{name[:40]!r} is not the name of a host"
                self.findings.error(place, f"fetch.{key}", what, 'as in "feeds.example.org"')

    def _settings_webhooks(self, names: tuple[str, ...], key: str) -> None:
        key, place = f"alerts.{key}", self.reading.settings_place
        if key not in self.reading.written:
            # Nobody wrote these names: what is missing is the webhook, not in monitor.toml.
            place = Place(file="webhooks.toml")
        if names:
            self._known_webhooks(names, place, key)
        elif not self.findings.is_told(place, key):
            self._nowhere(place, key)

    def _nowhere(self, place: Place, key: str) -> None:
        if key == "alerts.health_webhooks":
            what, cure = "nobody is told when a feed or webhook fails", "name a webhook"
            self.findings.warning(place, key, f"is empty, so {what}", cure)
            return
        watches = self.reading.watches.values
        silent = [name for name, w in watches.items() if w.enabled and not w.webhooks]
        if silent or not watches:
            whose = f" of {', '.join(silent)}" if silent else ""
            self.findings.warning(
                place,
                key,
                f"is empty, so the alerts{whose} are stored, but sent nowhere",
                'name a webhook, as in webhooks = ["console"]',
            )

    def _known_webhooks(self, names: Iterable[str], place: Place, key: str) -> None:
        known = self.reading.webhooks
        self._known(names, known.places, place, key, "webhook")
        if "webhooks.toml" in self.reading.broken:
            return
        usable = [n for n in names if n not in known.values or known.values[n].enabled]
        if names and not usable:
            self.findings.warning(
                place,
                key,
                "every webhook named here is disabled, so alerts are stored, but sent nowhere",
                "enable one, or name another",
            )

    def _known(
        self, names: Iterable[str], known: Iterable[str], place: Place, key: str, noun: str
    ) -> None:
        if _HOMES[noun] in self.reading.broken:
            return  # the name may stand in the file that could not be read
        for name in names:
            if name not in known:
                named = [one for one in known if not one.startswith("?")]
                cure = did_you_mean(name, named) or f"there is no {noun} at all"
                if noun == "webhook" and not cure.startswith("did"):
                    cure += f"; define [webhooks.{name}] in webhooks.toml"
                self.findings.error(place, key, f"no {noun} named {shown(name)}", cure)

    def _ranges(self, ranges: Iterable[str], place: Place, key: str) -> None:
        for written in ranges:
            if flaw := network_flaw(written):
                self.findings.error(place, key, *flaw)

    # --- feeds -----------------------------------------------------------------------------------

    def _feed(self, feed: Feed, place: Place) -> None:
        self._ranges(feed.allow_private, place, "allow_private")
        allowed = networks([*feed.allow_private, *self.reading.settings.allow_private])
        self._address(feed, feed.url, place, "url")
        self._credentials(feed, place)
        for number, mirror in enumerate(feed.mirrors, 1):
            self._address(feed, mirror, place, f"mirrors: entry {number}")
        for number, host in enumerate(feed.link_hosts, 1):
            if _is_no_host(host):
                what = f"{host[:40]!r} is not the name of a host"
                self.findings.error(
                    place, f"link_hosts: entry {number}", what, 'as in "mfa.gov.cn"'
                )
        for key, flaw in google_flaws(feed) if feed.enabled else ():
            self.findings.warning(place, key, *flaw)
        self._known(
            sorted(feed.implied_groups),
            self.reading.groups.places,
            place,
            "implied_groups",
            "group",
        )
        self._language(feed.language, place, "language")
        if not feed.owner.strip():
            self.findings.error(
                place, "owner", "is empty", "all feeds of one newsroom share one owner"
            )
        self._pace(feed, place, is_own=bool(allowed))

    def _pace(self, feed: Feed, place: Place, *, is_own: bool) -> None:
        """How often a feed is asked; one on addresses of the user's own may be at any pace."""
        limits = {"min_interval": feed.min_interval, "max_latency": feed.max_latency}
        written = {key: length for key, length in limits.items() if length is not None}
        for key, length in {"interval": feed.interval, **written}.items():
            self._length(length, place, key, is_asked=feed.enabled and not is_own)
        self._range_of_pace(feed.min_interval, feed.max_latency, place, "")
        adaptive = self.reading.settings.adaptive if feed.adaptive is None else feed.adaptive
        if written and not adaptive:
            self.findings.warning(
                place,
                next(iter(written)),
                "does nothing, for the feed is not adaptive",
                "write adaptive = true, or remove it",
            )

    def _length(self, length: timedelta, place: Place, key: str, *, is_asked: bool) -> None:
        if length > LONGEST_INTERVAL:
            self.findings.error(
                place,
                key,
                "is longer than a week",
                f'write at most "{duration_text(LONGEST_INTERVAL)}", or enabled = false',
            )
        if length < LEAST_INTERVAL and is_asked:
            self.findings.warning(
                place,
                key,
                f"{duration_text(length)} is impolite",
                f'the least that feed owners are used to is "{duration_text(LEAST_INTERVAL)}"',
            )

    def _credentials(self, feed: Feed, place: Place) -> None:
        for key, flaw in credential_flaws(feed):
            self.findings.error(place, key, *flaw)
        is_own = feed.allow_private or self.reading.settings.allow_private
        if sends_secrets(feed) and feed.url.startswith("http:") and not is_own:
            what = "sends a secret in plain, for everybody on the way to read"
            self.findings.warning(place, "url", what, "use https://, if the server has it")

    def _range_of_pace(
        self, least: timedelta | None, most: timedelta | None, place: Place, section: str
    ) -> None:
        if least is not None and most is not None and least > most:
            self.findings.error(
                place,
                f"{section}min_interval",
                f"{duration_text(least)} is longer than max_latency, {duration_text(most)}",
                "a feed is asked not sooner than the one and not later than the other",
            )

    def _address(self, feed: Feed, url: str, place: Place, key: str) -> None:
        settings = self.reading.settings
        if PLACEHOLDER in url and not settings.rsshub:
            if feed.enabled:
                self.findings.error(
                    place,
                    key,
                    "needs a bridge, and bridge.rsshub is empty",
                    "set rsshub under [bridge] in monitor.toml, or enabled = false here",
                )
            return
        if feed.enabled and (flaw := tier_flaw(feed, url, settings)):
            self.findings.error(place, "tier", *flaw)
        ranges = [*feed.allow_private, *settings.allow_private]
        if url.startswith(PLACEHOLDER):
            ranges += own_ranges(settings.rsshub)
            if url_flaw(settings.rsshub, networks(ranges)):
                return  # told at bridge.rsshub
            url = bridged(url, settings.rsshub)
        if flaw := url_flaw(url, networks(ranges)):
            self.findings.error(place, key, *flaw)

    def _language(self, language: str, place: Place, key: str) -> None:
        if language and (flaw := tag_flaw(language)):
            self.findings.error(place, key, *flaw)

    def _same_addresses(self) -> None:
        seen: dict[str, Place] = {}
        for name, feed in self.reading.feeds.values.items():
            place = self.reading.feeds.places[name]
            is_asked = feed.enabled and not name.startswith("?")
            for url in (feed.url, *feed.mirrors) if is_asked else ():
                if (first := seen.setdefault(_compared(url), place)) is not place:
                    self.findings.warning(
                        place,
                        "url",
                        f"is the address of {first.label} ({first.file}) too",
                        "disable one of them",
                    )

    # --- watches ---------------------------------------------------------------------------------

    def _watch(self, watch: Watch, place: Place) -> None:
        watches, masks = self.reading.watches.places, self.reading.masks.places
        self._known(watch.unless, watches, place, "unless", "watch")
        self._known(watch.defer_to, watches, place, "defer_to", "watch")
        self._known(watch.masks, masks, place, "masks", "mask")
        self._known_webhooks(watch.webhooks, place, "webhooks")
        for language in sorted(watch.languages):
            self._language(language, place, "languages")
        if watch.id == RESERVED_WATCH:
            what = f"'{RESERVED_WATCH}' is the name of the monitor's own reports"
            self.findings.error(place, "id", what, "give the watch another id")
        self._silences(watch, place)
        self._report(watch, place)
        pause = self.reading.settings.cooldown if watch.cooldown is None else watch.cooldown
        if timedelta() < watch.follow < pause and watch.grouping is not Grouping.NONE:
            what = "is shorter than the pause after a message (cooldown): what goes on is told anew"
            self.findings.warning(place, "follow", what, "let it be longer than cooldown")
        for number, rule in enumerate(watch.escalations, 1):
            # One with a condition tells of the item, if it raises nothing.
            if not rule.when and rule.severity.rank <= watch.severity.rank:
                self.findings.warning(
                    place,
                    f"escalate: entry {number}",
                    f"{rule.severity} is not above the watch's own severity, {watch.severity}",
                    "it changes nothing; name a higher one, or remove it",
                )

    def _report(self, watch: Watch, place: Place) -> None:
        if watch.report:
            try:
                parse_slots(watch.report)
            except ValueError:
                what = f"{shown(watch.report)} is not a time for reports"
                cure = 'as in "weekly mon 09:00" or "daily 08:00"'
                self.findings.error(place, "report", what, cure)
        elif watch.report_to:
            what = "has no effect without 'report', which says when"
            cure = 'add report = "weekly mon 09:00"'
            self.findings.warning(place, "report_to", what, cure)

    def _silences(self, watch: Watch, place: Place) -> None:
        ids = [one.id for one in watch.expectations]
        feeds = self.reading.feeds.places
        for number, silence in enumerate(watch.expectations, 1):
            key = f"silence: entry {number}"
            self._known(silence.require_healthy, feeds, place, f"{key}: require_healthy", "feed")
            asked = self.reading.feeds.values
            named = [asked[name] for name in silence.require_healthy if name in asked]
            if watch.enabled and named and not any(feed.enabled for feed in named):
                self.findings.warning(
                    place,
                    f"{key}: require_healthy",
                    "every feed named here is disabled, so silence would say nothing",
                    "enable one, or name another",
                )
            if silence.expect.split() == silence.arm.split():
                what = "is what arm says, too: it comes as soon as it is waited for"
                cure = 'name what is to come, as in "claim in [confirmed, denied]"'
                self.findings.error(place, f"{key}: expect", what, cure)
            if silence.id in ids[: number - 1]:
                what = f"{shown(silence.id)} is used twice in this watch"
                self.findings.error(place, f"{key}: id", what, "give one another id")
            elif not ID.fullmatch(silence.id):
                what = f"{shown(silence.id)} cannot be an id"
                self.findings.error(place, f"{key}: id", what, ID_CURE)

    def _circles(self) -> None:
        """Watches that silence each other: an item of both would alert nobody."""
        watches = self.reading.watches.values
        unless = {name: watch.unless for name, watch in watches.items()}
        defer_to = {name: watch.defer_to for name, watch in watches.items()}
        self._circles_of("unless", unless, "silences itself", "is silenced in a circle")
        self._circles_of("defer_to", defer_to, "defers to itself", "defers in a circle")

    def _circles_of(
        self, key: str, named: Mapping[str, tuple[str, ...]], itself: str, others: str
    ) -> None:
        for name, own in named.items():
            if name in _reached(name, lambda watch: named.get(watch, ())):
                self.findings.error(
                    self.reading.watches.places[name],
                    key,
                    itself if name in own else others,
                    f"an item of all these watches would alert nobody; remove one '{key}'",
                )

    def _queries(self) -> None:
        reading = self.reading
        watches = {name: replace(w, id=name) for name, w in reading.watches.values.items()}
        # Which feeds there are is not known while a file of them cannot be read.
        feeds = None if "feeds" in reading.broken else reading.feeds.values.values()
        listed = watches.values()
        found = [
            *query_problems(watches, reading.lexicon, feeds),
            *condition_problems(listed, None if feeds is None else tuple(feeds)),
        ]
        for problem in found:
            if problem.key.startswith(("masks[", "unless[")):
                continue  # told by _watch
            if problem.key == "languages" and self._any_language_is_told():
                continue  # what is no language tag says nothing
            if "lexicon" in reading.broken and "no group named" in problem.text:
                continue  # the group may stand in the file that could not be read
            if problem.text == NOTHING_TO_FIND and self.findings.has_error_in("lexicon"):
                continue  # the list that was refused may hold it
            place, key = where_of(problem, reading)
            tell = self.findings.error if problem.fatal else self.findings.warning
            tell(place, key, problem.text, problem.cure)

    def _any_language_is_told(self) -> bool:
        reading = self.reading
        return any(
            self.findings.is_told(place, key)
            for key, places in (
                ("language", reading.feeds.places),
                ("languages", reading.watches.places),
            )
            for place in places.values()
        )

    # --- webhooks --------------------------------------------------------------------------------

    def _webhook(self, webhook: WebhookConfig, place: Place) -> None:
        own = getattr(webhook.options, "allow_private", ())
        self._ranges(own, place, "allow_private")
        allowed = networks([*self.reading.settings.allow_private, *own])
        server = getattr(webhook.options, "server", None)
        if isinstance(server, str) and (flaw := url_flaw(server, allowed)):
            self.findings.error(place, "server", *flaw)
        host = getattr(webhook.options, "host", None)
        if isinstance(host, str) and (flaw := url_flaw(f"https://{host}/", allowed)):
            self.findings.error(place, "host", *flaw)
        path = getattr(webhook.options, "path", None)
        if isinstance(path, Path) and webhook.enabled:
            self._target(path, place)
        url = getattr(webhook.options, "url", None)
        if isinstance(url, Secret):
            self._secret_url(url, own, place, "url")

    def _target(self, path: Path, place: Place) -> None:
        """A file that is to be written to; what is missing now may be there later (a mount)."""
        with_database = path.parent == Path(self.reading.settings.database).parent
        if with_database and not path.parent.exists():
            return  # made with the database
        if not path.parent.is_dir():
            what, cure = (
                f"there is no folder {path.parent}",
                "make it: only the file itself is made for you",
            )
        elif path.exists() and not os.access(path, os.R_OK | os.W_OK):
            what, cure = f"{path} may not be read and written", "check owner and mode"
        elif not path.exists() and not os.access(path.parent, os.W_OK | os.X_OK):
            what, cure = f"no file may be made in {path.parent}", "check owner and mode"
        else:
            return
        self.findings.warning(place, "path", what, cure)

    def _secret_url(self, url: Secret, own: tuple[str, ...], place: Place, key: str) -> None:
        allowed = networks([*self.reading.settings.allow_private, *own])
        if flaw := url_flaw(url.reveal(), allowed):
            what, cure = flaw
            if url.reference:  # the value is a secret, and so is every part of it
                what, cure = f"{url.reference} holds no address that can be used", _URL_CURE
                if url_flaw(url.reveal(), _ANYWHERE) is None:
                    what, cure = f"{url.reference} leads to a host that is not public", _RANGE_CURE
            self.findings.error(place, key, what, cure)

    # --- the whole -------------------------------------------------------------------------------

    def _enabled_feeds(self) -> list[Feed]:
        return [feed for feed in self.reading.feeds.values.values() if feed.enabled]

    def _nothing_to_do(self) -> None:
        feeds, watches = self.reading.feeds, self.reading.watches
        if self.reading.broken & {"feeds", "watches"}:
            return
        if not feeds.places:
            self.findings.warning(Place(file="feeds"), "", "there is no feed", "add feeds/*.toml")
        elif feeds.values and not self._enabled_feeds():
            self.findings.warning(
                Place(file="feeds"), "", "every feed is disabled", "set enabled = true in some"
            )
        if not watches.places:
            self.findings.warning(
                Place(file="watches"),
                "",
                "there is no watch, so nothing alerts",
                "add watches/*.toml",
            )
        elif watches.values and not any(w.enabled for w in watches.values.values()):
            self.findings.warning(
                Place(file="watches"),
                "",
                "every watch is disabled, so nothing alerts",
                "set enabled = true in some",
            )

    def _lost_voices(self) -> None:
        """Parties whose best official source is not polled: a confirmation cannot be seen."""
        official = [f for f in self.reading.feeds.values.values() if f.tier in _OFFICIAL]
        for party in sorted({party for feed in official for party in feed.authority_for}):
            voices = [feed for feed in official if party in feed.authority_for]
            best = min((feed.tier for feed in voices), key=lambda tier: tier.rank)
            lost = [feed for feed in voices if feed.tier is best]
            if any(feed.enabled for feed in lost) or "feeds" in self.reading.broken:
                continue
            rest = ", only state media" if any(feed.enabled for feed in voices) else ""
            watches = [
                w.id for w in self.reading.watches.values.values() if _waits_for(w, best, party)
            ]
            concerned = f" (watches that wait for one: {', '.join(watches)})" if watches else ""
            self.findings.warning(
                Place(file="feeds"),
                "",
                f"no enabled {best.value} feed speaks for {party}{rest}{concerned}",
                _revival(lost),
            )


_ENTRY = re.compile(r"terms\.(\w+)\[(\d+)\]")
_ANYWHERE = networks(["0.0.0.0/0", "::/0"])
_RANGE_CURE = 'if it is meant, add its range to allow_private, as in ["127.0.0.0/8"]'
_URL_CURE = "it must be an https:// address of a public host, or of a range in allow_private"


def _is_no_host(name: str) -> bool:
    is_url = ":" in name and literal_address(name) is None
    return is_url or bool(host_flaw(name, _ANYWHERE))  # a machine of one's own may have no dot


def where_of(problem: QueryProblem, reading: Reading) -> tuple[Place, str]:
    """The table and the key that a problem is about."""
    if entry := _ENTRY.fullmatch(problem.key):
        # In a list that takes over another one's terms, it may stand elsewhere.
        return reading.origins[problem.kind][problem.id, entry[1], int(entry[2])]
    tables: Mapping[str, Mapping[str, Place]] = {
        "group": reading.groups.places,
        "mask": reading.masks.places,
        "watch": reading.watches.places,
    }
    return tables[problem.kind][problem.id], _key_of(problem.key)


_HOMES = {
    "feed": "feeds",
    "webhook": "webhooks.toml",
    "group": "lexicon",
    "mask": "lexicon",
    "watch": "watches",
}


def _key_of(key: str) -> str:
    """`terms.en[3]` → `en: entry 4`, `escalate[1].query` → `escalate: entry 2: query`."""
    counted = re.sub(r"\[(\d+)\]", lambda found: f": entry {int(found[1]) + 1}", key)
    return counted.removeprefix("terms.").replace(".", ": ")


def _revival(lost: list[Feed]) -> str:
    alive = [feed for feed in lost if not feed.disabled_reason.startswith("dead")]
    if not alive:
        return f"those known are dead ({', '.join(feed.id for feed in lost)})"
    bridge = any(PLACEHOLDER in feed.url for feed in alive)
    first = "set rsshub under [bridge] in monitor.toml and " if bridge else ""
    return f"{first}enable {' or '.join(feed.id for feed in alive)}"


def _waits_for(watch: Watch, tier: Tier, party: str) -> bool:
    by_tier = any(tier in escalation.tiers for escalation in watch.escalations)
    return watch.enabled and (by_tier or waits_for(watch, tier, party))


def _compared(url: str) -> str:
    scheme, _, rest = url.strip().partition("://")
    host, slash, path = rest.partition("/")
    return f"{host.lower()}{slash}{path}" if scheme in ("http", "https") else url


def _reached(start: str, following: Callable[[str], Iterable[str]]) -> set[str]:
    found: set[str] = set()
    ahead = list(following(start))
    while ahead:
        if (name := ahead.pop()) not in found:
            found.add(name)
            ahead += following(name)
    return found


def bridged(url: str, rsshub: str) -> str:
    """The address with the bridge put in; as it is if there is none."""
    if not rsshub or not url.startswith(PLACEHOLDER):
        return url
    return rsshub.rstrip("/") + url.removeprefix(PLACEHOLDER)
