"""How each noun is written in TOML: keys, what may be left out, what the file restricts."""

from typing import Annotated, Any, Literal

from pydantic import Field

from monitor.config.decode import Shape
from monitor.model import Calm, Feed, Inhibition, Route, Settings, Watch

FEED = Shape(
    noun=Feed,
    optional={"name": ""},
    examples={
        "id": '"a-short-name"',
        "url": '"https://host/feed.xml"',
        "owner": '"newsroom", the same for all feeds of one newsroom',
    },
)
WATCH = Shape(
    noun=Watch,
    table="watch",
    names={"escalations": "escalate"},
    hints={"min_score": Annotated[float, Field(ge=0, allow_inf_nan=False)]},
    examples={"id": '"a-short-name"', "query": '"@kp AND @rail"'},
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

SETTINGS: dict[str, dict[str, str]] = {
    "service": {
        "database": "database",
        "contact": "contact",
        "fetch_workers": "fetch_workers",
        "parse_workers": "parse_workers",
        "deliver_workers": "deliver_workers",
        "keep_items": "keep_items",
        "keep_dead": "keep_dead",
    },
    "alerts": {"webhooks": "webhooks", "health_webhooks": "health_webhooks"},
    "fetch": {
        "host_gap": "host_gap",
        "deadline": "fetch_deadline",
        "max_body_bytes": "max_body_bytes",
    },
    "network": {"allow_private": "allow_private"},
    "bridge": {"rsshub": "rsshub"},
    "log": {"format": "log_format", "level": "log_level"},
}
"""Section of `monitor.toml` → key → field of `Settings`."""

_WORKERS = Annotated[int, Field(ge=1, le=256)]
_SETTING_HINTS: dict[str, Any] = {
    "fetch_workers": _WORKERS,
    "parse_workers": _WORKERS,
    "deliver_workers": _WORKERS,
    "max_body_bytes": Annotated[int, Field(ge=1024, le=1024**3)],
    "log_format": Literal["auto", "console", "json"],
    "log_level": Literal["debug", "info", "warning", "error"],
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
    return Shape(noun=options)
