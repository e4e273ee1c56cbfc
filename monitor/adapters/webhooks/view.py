"""What a webhook shows of an alert: the built-in glance, or what the operator's template makes."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.adapters.webhooks.payload import message
from monitor.adapters.webhooks.templates import TemplateFailed, process
from monitor.core.glance import MAX_HEADLINE, MAX_LINES, MAX_TOLD, Glance, glance
from monitor.core.inert import cut, one_line
from monitor.model import (
    Alert,
    AlertKind,
    Claim,
    Found,
    Severity,
    Situation,
    Step,
    Template,
    Tier,
)

_STRIKES = 3
_LINE = 1_000
_MOMENT = datetime(2025, 6, 12, 12, 5, tzinfo=UTC)


class Flawed(bytes):
    """A body that is not what the configuration asked for."""

    problem: str


@dataclass(slots=True)
class View:
    """For one webhook. A template that is stopped three times in a row is left alone from then on,
    for each time costs two seconds in which nothing is saved."""

    template: Template | None
    strikes: int = 0

    def of(self, alert: Alert) -> Glance:
        """Total, and short enough for every kind; the built-in form if the template fails."""
        seen = glance(alert)
        if self.template is None:
            return seen
        if self.strikes >= _STRIKES:
            return replace(seen, flaw=f"{name_of(self.template)} was stopped too often")
        try:
            told = lines_of(self.template, alert)
        except TemplateFailed as failed:
            self.strikes = self.strikes + 1 if failed.stopped else 0
            return replace(seen, flaw=_in_words(self.template, failed))
        self.strikes = 0
        return replace(seen, headline=cut(told[0], MAX_HEADLINE), told=told[1:])


def noted(body: bytes, seen: Glance) -> bytes:
    """The body, with what went wrong on the way."""
    if not seen.flaw:
        return body
    flawed = Flawed(body)
    flawed.problem = seen.flaw
    return flawed


def lines_of(template: Template, alert: Alert) -> tuple[str, ...]:
    """At least one line, inert, together at most about 4,000 characters.

    Raises:
        TemplateFailed: There is no text.
    """
    text = process.render(template.text, values_of(alert))
    lines = [cut(one_line(line), _LINE) for line in text.splitlines()]
    whole = cut("\n".join([line for line in lines if line][:MAX_LINES]), MAX_TOLD)
    if not whole:
        raise TemplateFailed("it makes nothing")
    return tuple(whole.split("\n"))


def values_of(alert: Alert) -> dict[str, Any]:
    """What a template may name: the data of kind "standard", and the lines of the glance."""
    seen = glance(alert)
    values: dict[str, Any] = _flat(json.loads(message(alert))["data"])
    return values | {
        "lead": seen.lead,
        "source_line": seen.source,
        "why": seen.why,
        "standing": seen.standing,
        "origins": seen.origins,
        "timeline": seen.timeline,
        "also_in": seen.also_in,
        "changed": seen.changed,
        "times": seen.times,
        "link": seen.link,
    }


def _flat(value: Any) -> Any:
    """Each text on one line: a headline must not look like several lines of ours."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, list):
        return [_flat(one) for one in value]
    return {key: _flat(one) for key, one in value.items()} if isinstance(value, dict) else value


def check_template(template: Template | None) -> None:
    """See that a template makes something of an alert with everything, and of one with nothing.

    Raises:
        ValueError: With place and cure.
    """
    if template is None:
        return
    for alert, cure in _SAMPLES:
        try:
            lines_of(template, alert)
        except TemplateFailed as failed:
            what = _in_words(template, failed).removeprefix("the template").strip(" ,:")
            raise ValueError(f"template: {what}; {failed.cure or cure}") from None


def name_of(template: Template) -> str:
    """Where it stands, for people."""
    return f"the template {template.origin}" if template.origin else "the template"


def _in_words(template: Template, failed: TemplateFailed) -> str:
    line = f", line {failed.line}" if failed.line else ""
    return f"{name_of(template)}{line}: {cut(one_line(failed.problem), 200)}"


_STEP = Step(
    item_id="i_sample",
    at=_MOMENT,
    publisher="Sample Wire",
    tier=Tier.WIRE,
    claim=Claim.ANNOUNCED,
    party="CN",
    moved=True,
)
_SITUATION = Situation(
    title="A sample of a first headline",
    claim=Claim.ANNOUNCED,
    state=Claim.ANNOUNCED,
    was=Claim.REPORTED,
    disputed=Claim.DENIED,
    disputed_by="Sample Courier",
    official=_STEP,
    parties=(_STEP,),
    effective_on=_MOMENT.date(),
    independent=("Sample Wire", "Sample Courier"),
    carried_by=("Sample Aggregator",),
    timeline=(_STEP,),
    also_in=("ko",),
    diff="runs on [-two-] {+three+} days",
)
_FULL = Alert(
    id="a_sample",
    kind=AlertKind.ESCALATION,
    severity=Severity.HIGH,
    reason="an official source",
    watch_id="sample",
    watch_name="Sample",
    created_at=_MOMENT + timedelta(minutes=3),
    title="A sample headline with {{ braces }} and <markup>",
    snippet="A sentence in which the watch came true.",
    url="https://example.org/a/1",
    language="en",
    item_id="i_sample",
    story_id="s_sample",
    seq=2,
    supersedes="a_before",
    feed_id="sample",
    feed_name="Sample Wire",
    publisher="Sample Wire",
    owner="sample",
    tier=Tier.WIRE,
    authority_for=("CN",),
    published_at=_MOMENT,
    seen_at=_MOMENT + timedelta(minutes=2),
    found=(
        Found(
            term="headline",
            group="sample",
            field="title",
            start=9,
            end=17,
            clause="@sample",
            variant="headline",
        ),
    ),
    situation=_SITUATION,
)
_BARE = Alert(
    id="a_bare",
    kind=AlertKind.HEALTH,
    severity=Severity.LOW,
    reason="",
    watch_id="health",
    watch_name="",
    created_at=_MOMENT,
    title="A feed went quiet",
)
_SAMPLES = (
    (_FULL, "docs/webhooks.md lists what a template may name"),
    (_BARE, "this alert has no link, source, dates and story: ask with {% if story_now %}"),
)
