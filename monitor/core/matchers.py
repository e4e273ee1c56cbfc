"""Matchers: which alerts a route, an inhibition or a silence means.

A matcher is a label, a sign and values: `watch=kp-*`, `severity>=high`, `language!=zh,ja`. Values
are alternatives; `*` and `?` stand for any characters. All matchers of a list must hold, as in
Alertmanager, whose vocabulary this is.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal, cast

from monitor.model import Alert, AlertKind, Severity, Tier

Sign = Literal["=", "!=", ">=", "<=", ">", "<"]
Labels = Mapping[str, tuple[str, ...]]

LABELS = (
    "watch",
    "story",
    "severity",
    "kind",
    "tier",
    "authority",
    "language",
    "topic",
    "feed",
    "owner",
    "publisher",
    "webhook",
)
_RANKS: Mapping[str, tuple[str, ...]] = {
    "severity": tuple(Severity),
    "tier": tuple(reversed(Tier)),  # the best is the greatest
}
_CHOICES: Mapping[str, tuple[str, ...]] = {**_RANKS, "kind": tuple(AlertKind)}
_LONGEST, _VALUES = 2_000, 100
_WRITTEN = re.compile(r"\s*([A-Za-z_]*)\s*(>=|<=|!=|==|=~|!~|=|>|<)\s*(.*?)\s*", re.DOTALL)


class MatcherError(ValueError):
    """Not a matcher; `cure` says what to write."""

    def __init__(self, what: str, cure: str = "") -> None:
        super().__init__(what)
        self.what, self.cure = what, cure


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label."""

    label: str
    sign: Sign
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.label}{self.sign}{','.join(self.values)}"

    def matches(self, labels: Labels) -> bool:
        """A label that an alert does not have is an empty text, as in `authority=`."""
        had = labels.get(self.label) or ("",)
        if self.sign == "=":
            return any(_is_like(self.label, one, value) for one in had for value in self.values)
        if self.sign == "!=":
            return not any(_is_like(self.label, one, value) for one in had for value in self.values)
        ranks = _RANKS[self.label]
        limit = ranks.index(self.values[0])
        return any(one in ranks and _compared(ranks.index(one), self.sign, limit) for one in had)


@lru_cache(maxsize=1024)  # those of silences and inhibitions are asked for with every alert
def parse(text: str) -> Matcher:
    """A matcher as it is written.

    Raises:
        MatcherError: Unknown label, sign or value.
    """
    if len(text) > _LONGEST:
        raise MatcherError(f"{text[:40]!r}... is too long", f"at most {_LONGEST} characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MatcherError(f"{text!r} is no text", "write it in UTF-8") from None
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise MatcherError(f"{text!r} is not label, sign and value", 'as in "severity>=high"')
    label, sign, rest = found.groups()
    if label not in LABELS:
        raise MatcherError(f"{text!r}: no label named {label!r}", f"known: {', '.join(LABELS)}")
    if sign in ("==", "=~", "!~"):
        cure = f"write {label}{'!' if sign == '!~' else ''}={rest}; '*' stands for any characters"
        raise MatcherError(f"{text!r}: {sign} is not a sign of this language", cure)
    values = tuple(part.strip() for part in rest.split(","))
    if len(values) > _VALUES:
        cure = f"at most {_VALUES}; '*' stands for any characters"
        raise MatcherError(f"{text[:40]!r}... has too many values", cure)
    _check(text, label, sign, values)
    return Matcher(label, cast("Sign", sign), values)


def _check(text: str, label: str, sign: str, values: tuple[str, ...]) -> None:
    ordered = sign not in ("=", "!=")
    if ordered and label not in _RANKS:
        raise MatcherError(
            f"{text!r}: {label} has no order", f"{sign} goes with {' and '.join(_RANKS)}"
        )
    if ordered and len(values) > 1:
        raise MatcherError(f"{text!r}: {sign} takes one value", f"as in {label}{sign}{values[0]}")
    choices = _CHOICES.get(label)
    for value in values:
        if choices and not any(fnmatchcase(one, value) for one in choices) and (value or ordered):
            raise MatcherError(
                f"{text!r}: {value!r} is no {label}", f"one of {', '.join(_CHOICES[label])}"
            )
        if ordered and value not in _RANKS[label]:
            raise MatcherError(f"{text!r}: {sign} takes one {label}", f"as in {label}{sign}high")


def parse_all(texts: Iterable[str]) -> tuple[Matcher, ...]:
    """Raises MatcherError at the first that is none, or if they are too many."""
    texts = list(texts)
    if len(texts) > _VALUES:
        raise MatcherError(f"{len(texts)} matchers are too many", f"at most {_VALUES}")
    return tuple(parse(text) for text in texts)


def all_match(matchers: Iterable[Matcher], labels: Labels) -> bool:
    """True for no matchers at all."""
    return all(matcher.matches(labels) for matcher in matchers)


def labels_of(alert: Alert, topics: Sequence[str] = (), webhook: str = "") -> Labels:
    """What matchers see of an alert.

    Args:
        topics: Of the alert's feed.
        webhook: The one that the alert is about to go to.
    """
    return {
        "watch": (alert.watch_id,),
        "story": (alert.story_id,),
        "severity": (str(alert.severity),),
        "kind": (str(alert.kind),),
        "tier": (str(alert.tier or ""),),
        "authority": alert.authority_for,
        "language": (alert.language,),
        "topic": tuple(topics),
        "feed": (alert.feed_id,),
        "owner": (alert.owner,),
        "publisher": (alert.publisher,),
        "webhook": (webhook,),
    }


def unknown_values(
    matchers: Iterable[Matcher], known: Mapping[str, Collection[str]]
) -> list[tuple[Matcher, str]]:
    """Values that nothing configured can ever have: likely a typing mistake.

    Args:
        known: Label -> the values that it can have; labels that are not here are passed over.
    """
    return [
        (matcher, value)
        for matcher in matchers
        for value in matcher.values
        if value
        and matcher.label in known
        and not any(_is_like(matcher.label, one, value) for one in known[matcher.label])
    ]


def _is_like(label: str, had: str, wanted: str) -> bool:
    if label == "language":
        # "zh" is every Chinese, as in BCP 47's basic filtering (RFC 4647, section 3.3.1).
        had, wanted = had.casefold(), wanted.casefold()
        return fnmatchcase(had, wanted) or (wanted != "" and had.startswith(wanted + "-"))
    return fnmatchcase(had, wanted)


def _compared(rank: int, sign: Sign, limit: int) -> bool:
    if sign == ">=":
        return rank >= limit
    if sign == "<=":
        return rank <= limit
    return rank > limit if sign == ">" else rank < limit
