"""How each noun is written in TOML: keys, what may be left out, what the file restricts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, PlainValidator

from monitor.config.decode import SecretOrPlain, Shape, TextOrTexts, deadline, rates, secret_or_none
from monitor.model import Calm, Expectation, Feed, Inhibition, Policy, Route, Settings, Watch

FEED = Shape(
    noun=Feed,
    hints={"headers": Mapping[str, SecretOrPlain], "proxy": SecretOrPlain},
    optional={"name": ""},
    examples={
        "id": '"a-short-name"',
        "url": '"https://host/feed.xml"',
        "owner": '"newsroom", the same for all feeds of one newsroom',
    },
)


@dataclass(frozen=True, kw_only=True)
class _SilenceShape(Shape[Expectation]):
    """`within` says two things: how long, and from when."""

    def built(self, form: BaseModel) -> Expectation:
        fields = self.fields_of(form)
        within, from_date = fields.pop("within")
        return self.noun(**fields, within=within, from_effective_date=from_date)


SILENCE = _SilenceShape(
    noun=Expectation,
    hints={"within": Annotated[Any, PlainValidator(deadline)]},
    optional={"id": ""},
    hidden=frozenset({"from_effective_date"}),
)


def _numbered(silences: tuple[Expectation, ...]) -> tuple[Expectation, ...]:
    """With a name for each: silence-1, silence-2, ..."""
    return tuple(
        one if one.id else replace(one, id=f"silence-{number}")
        for number, one in enumerate(silences, 1)
    )


WATCH = Shape(
    noun=Watch,
    table="watch",
    names={"escalations": "escalate", "expectations": "silence"},
    hints={
        "min_score": Annotated[float, Field(ge=0, allow_inf_nan=False)],
        "expectations": Annotated[
            tuple[Annotated[Expectation, SILENCE], ...], AfterValidator(_numbered)
        ],
    },
    examples={
        "id": '"a-short-name"',
        "query": '"@kp AND @rail"',
        "severity": '"high"',
        "arm": '"claim in [reported, preparing]"',
        "expect": '"claim in [announced, confirmed]"',
        "within": '"7d"',
    },
)
ROUTE = Shape(noun=Route, names={"continues": "continue"}, examples={"id": '"a-short-name"'})
INHIBITION = Shape(
    noun=Inhibition,
    names={"lasts": "for"},
    examples={
        "id": '"a-short-name"',
        "source": '["severity=critical"]',
        "target": '["severity<=medium"]',
    },
)
CALM = Shape(noun=Calm, hints={"daily_budget": Annotated[int, Field(ge=0, le=1_000_000)]})
"""Keys of every webhook, whatever its kind."""

POLICY = Shape(
    noun=Policy,
    hints={
        "retries": Annotated[tuple[timedelta, ...], Field(min_length=1, max_length=100)],
        "rate": Annotated[Any, PlainValidator(rates)],
        "connections": Annotated[int, Field(ge=1, le=64)],
    },
)
"""What every webhook's table may hold beside the options of its kind."""

SETTINGS: dict[str, dict[str, str]] = {
    "service": {
        "database": "database",
        "contact": "contact",
        "fetch_workers": "fetch_workers",
        "parse_workers": "parse_workers",
        "deliver_workers": "deliver_workers",
        "keep_items": "keep_items",
        "keep_dead": "keep_dead",
        "watch_config": "watch_config",
        "keep_evidence": "keep_evidence",
    },
    "alerts": {
        "webhooks": "webhooks",
        "health_webhooks": "health_webhooks",
        "cooldown": "cooldown",
    },
    "fetch": {
        "host_gap": "host_gap",
        "host_gaps": "host_gaps",
        "shared_hosts": "shared_hosts",
        "tenant_hosts": "tenant_hosts",
        "adaptive": "adaptive",
        "min_interval": "min_interval",
        "max_latency": "max_latency",
        "deadline": "fetch_deadline",
        "max_body_bytes": "max_body_bytes",
    },
    "cluster": {"stall": "stall"},
    "network": {"allow_private": "allow_private", "proxy": "proxy"},
    "bridge": {"rsshub": "rsshub"},
    "log": {"format": "log_format", "level": "log_level"},
    "heartbeat": {
        "url": "heartbeat_url",
        "interval": "heartbeat_interval",
        "method": "heartbeat_method",
        "allow_private": "heartbeat_allow_private",
    },
    "web": {
        "listen": "web_listen",
        "token": "web_token",
        "hosts": "web_hosts",
        "login_to_read": "web_login_to_read",
    },
}
"""Section of `monitor.toml` → key → field of `Settings`."""

_WORKERS = Annotated[int, Field(ge=1, le=256)]
_SETTING_HINTS: dict[str, Any] = {
    "fetch_workers": _WORKERS,
    "parse_workers": _WORKERS,
    "deliver_workers": _WORKERS,
    "max_body_bytes": Annotated[int, Field(ge=1024, le=1024**3)],
    "proxy": SecretOrPlain,
    "shared_hosts": tuple[TextOrTexts, ...],
    "log_format": Literal["auto", "console", "json"],
    "log_level": Literal["debug", "info", "warning", "error"],
    "heartbeat_url": Annotated[Any, PlainValidator(secret_or_none)],
    "web_token": Annotated[Any, PlainValidator(secret_or_none)],
    "heartbeat_method": Literal["POST", "GET"],
}


def section_shape(section: str) -> Shape[Settings]:
    """How one section of `monitor.toml` is written: a `Settings` with only its keys set."""
    keys = SETTINGS[section]
    return Shape(
        noun=Settings,
        names={field: key for key, field in keys.items()},
        hints=_SETTING_HINTS,
        hidden=frozenset(Settings.__dataclass_fields__) - set(keys.values()),
    )


def options_shape(options: type) -> Shape[Any]:
    """How a webhook is written: the options of its kind."""
    return Shape(noun=options, beside=frozenset({"kind", "enabled", *CALM.keys, *POLICY.keys}))
