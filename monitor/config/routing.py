"""What is wrong with routes.toml and with when webhooks want to be left alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.config.findings import Findings, Place
from monitor.config.reading import Reading
from monitor.config.suggest import did_you_mean, shown
from monitor.config.zones import zone_cure
from monitor.core.hours import Quiet, is_quiet, parse_quiet, parse_slots
from monitor.core.matchers import LABELS, Matcher, MatcherError, parse, unknown_values
from monitor.model import Calm, Inhibition, Route

_HEALTH = "health"
_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingChecker:
    """Checks what was read; notes what is wrong in `findings`."""

    reading: Reading
    findings: Findings

    def check(self) -> None:
        for name, webhook in self.reading.webhooks.values.items():
            self._calm(webhook.calm, self.reading.webhooks.places[name])
        above: Route | None = None
        for name, route in self.reading.routes.values.items():
            place = self.reading.routes.places[name]
            self._route(route, place)
            if above is not None:
                what = f"is never asked: route '{above.id}' above takes every alert"
                self.findings.warning(place, "", what, "put it above, or write continue = true")
            elif not route.matchers and not route.continues:
                above = route
        for name, rule in self.reading.inhibitions.values.items():
            self._inhibition(rule, self.reading.inhibitions.places[name])

    def _calm(self, calm: Calm, place: Place) -> None:
        zone = self._zone(calm.zone, place)
        hours: list[Quiet] = []
        for number, text in enumerate(calm.quiet_hours, 1):
            try:
                hours.append(parse_quiet(text))
            except ValueError as error:
                self.findings.error(place, f"quiet_hours: entry {number}", str(error))
        every = (_SOME_DAY + timedelta(minutes=n) for n in range(7 * 24 * 60))
        if hours and all(is_quiet(hours, zone, at) for at in every):
            what = "leave no hour of the week in which anything may be sent"
            self.findings.error(place, "quiet_hours", what, "leave some, or write enabled = false")

    def _zone(self, name: str, place: Place) -> ZoneInfo:
        try:
            return ZoneInfo(name or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.findings.error(place, "zone", f"no time zone named {shown(name)}", zone_cure(name))
        return ZoneInfo("UTC")

    def _route(self, route: Route, place: Place) -> None:
        self._matchers(route.matchers, place, "matchers")
        if any(text.replace(" ", "").startswith("webhook") for text in route.matchers):
            what = "a route decides on the webhook, so 'webhook' says nothing here"
            self.findings.error(place, "matchers", what, 'name it under "webhooks"')
        self._webhooks(route.webhooks or (), place)
        self._labels(route.group_by or (), place, "group_by")
        if not route.digest:
            return
        try:
            parse_slots(route.digest)
        except ValueError as error:
            self.findings.error(place, "digest", str(error))
        written = [
            key
            for key in ("group_by", "group_wait", "group_interval", "repeat_interval")
            if getattr(route, key) is not None
        ]
        for key in written:
            what = "has no effect beside 'digest', which tells all that came in one message"
            self.findings.warning(place, key, what, f"remove '{key}' or 'digest'")

    def _webhooks(self, names: Iterable[str], place: Place) -> None:
        known = self.reading.webhooks.places
        if "webhooks.toml" in self.reading.broken:
            return
        for name in names:
            if name not in known:
                near = did_you_mean(name, known) or "there is no webhook at all"
                cure = near if near.startswith("did") else f"{near}; define [webhooks.{name}]"
                self.findings.error(place, "webhooks", f"no webhook named {shown(name)}", cure)

    def _inhibition(self, rule: Inhibition, place: Place) -> None:
        for key, written in (("source", rule.source), ("target", rule.target)):
            self._matchers(written, place, key)
            if not written:
                what = "is empty: every alert would be meant"
                self.findings.error(place, key, what, 'as in ["severity>=high"]')
        self._labels(rule.equal, place, "equal")
        if not rule.equal:
            what = "is empty: any source would mute every target, whatever it is about"
            self.findings.warning(place, "equal", what, 'as in ["story"]')

    def _labels(self, names: Iterable[str], place: Place, key: str) -> None:
        for name in names:
            if name not in LABELS:
                cure = did_you_mean(name, LABELS)
                self.findings.error(place, key, f"no label named {shown(name)}", cure)

    def _matchers(self, texts: Iterable[str], place: Place, key: str) -> None:
        parsed: list[Matcher] = []
        for number, text in enumerate(texts, 1):
            try:
                parsed.append(parse(text))
            except MatcherError as error:
                self.findings.error(place, f"{key}: entry {number}", error.what, error.cure)
        known = known_values(self.reading)
        for matcher, value in unknown_values(parsed, known):
            what = f"'{matcher}': there is no {matcher.label} {shown(value)}"
            near = did_you_mean(value, known[matcher.label])
            self.findings.warning(place, key, what, near if near.startswith("did") else "")


def known_values(reading: Reading) -> Mapping[str, Collection[str]]:
    """Label -> values that it may have; not of kinds of which a file could not be read."""
    known = dict[str, Collection[str]]()
    if "watches" not in reading.broken:
        known["watch"] = [*reading.watches.places, _HEALTH]
    if "webhooks.toml" not in reading.broken:
        known["webhook"] = list(reading.webhooks.places)
    if "feeds" not in reading.broken:
        feeds = reading.feeds.values.values()
        known["feed"] = list(reading.feeds.places)
        known["owner"] = [feed.owner for feed in feeds]
        known["topic"] = [topic for feed in feeds for topic in feed.topics]
        known["authority"] = [party for feed in feeds for party in feed.authority_for]
    return known
