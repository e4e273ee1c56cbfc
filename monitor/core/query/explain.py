"""Why a watch matched an item, or why it did not, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.core.query.evaluate import (
    Choice,
    Close,
    Every,
    Expression,
    Known,
    Never,
    Quorum,
    Some,
    named,
)
from monitor.core.query.plan import Read, Ready
from monitor.core.query.reading import Segment, View
from monitor.model import Cause, Dropped, Found, Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What became of an item at one watch.

    Attributes:
        masked: What was blanked before the watch looked, whether it matched or not.
        groups: Groups of the query that are present anywhere in the item, or that its feed
            implies, in the order of the query.
        reason: One sentence: what made it match, what was missing or what silenced it.
        dropped: What alone kept it from matching, if it was one thing.
    """

    watch_id: str
    matched: bool
    reason: str
    match: Match | None = None
    masked: tuple[Found, ...] = ()
    groups: tuple[str, ...] = ()
    dropped: Dropped | None = None


def explanation_of(
    read: Read, ready: Ready, view: View, match: Match | None, dropped: Dropped | None
) -> Explanation:
    """Put what the percolator decided into words."""
    return Explanation(
        watch_id=read.watch.id,
        matched=match is not None,
        reason=_reason(read, ready, view, match, dropped) + _stopped_note(view),
        match=match,
        masked=view.found_masked(),
        groups=tuple(dict.fromkeys(_groups(ready.expression, view))),
        dropped=dropped,
    )


def _reason(
    read: Read, ready: Ready, view: View, match: Match | None, dropped: Dropped | None
) -> str:
    item = view.reading.item
    if match is not None:
        return f"matched by {_listed([repr(found.term) for found in match.found[:6]])}"
    if not read.watch.enabled:
        return "the watch is disabled"
    if not read.takes(item):
        taken = ", ".join(sorted(read.languages))
        return f"the item is in {item.language or 'no known language'}, the watch takes {taken}"
    if dropped is not None and dropped.cause is Cause.UNLESS:
        return f"left to watch {dropped.by[0]!r}, which matches as well"
    windows = view.reading.windows(read.watch.window)
    return _why_not(ready.expression, view, windows) + _masked_note(view)


def _groups(expression: Expression, view: View) -> list[str]:
    match expression:
        case Choice():
            present = expression.label.startswith("@") and expression.holds(
                view, view.reading.segments
            )
            return [expression.label[1:]] if present else []
        case Quorum():
            return _groups(expression.choice, view)
        case Close():
            return _groups(expression.left, view) + _groups(expression.right, view)
        case Every() | Some():
            return [name for child in expression.children for name in _groups(child, view)]
        case Never():
            return _groups(expression.child, view)
        case _:
            return []


def _why_not(expression: Expression, view: View, windows: Sequence[Sequence[Segment]]) -> str:
    """What is missing where most is there."""
    together = [segment for window in windows for segment in window]
    whole = list(dict.fromkeys(together))
    if len(windows) > 1 and expression.holds(view, whole) is not None:
        return "all of it is in the item, but not in one paragraph together with the title"
    return min((_lacking(expression, view, window) for window in windows), key=len)


def _lacking(expression: Expression, view: View, window: Sequence[Segment]) -> str:
    """What must come, and what must go, for the expression to hold in a window."""
    parts = [part for part in _parts(expression) if part.holds(view, window) is None]
    missing = [_missing(part, view, window) for part in parts if not isinstance(part, Never)]
    excluded = [_excluded(part, view, window) for part in parts if isinstance(part, Never)]
    told = [f"missing: {' and '.join(missing)}"] if missing else []
    told += [f"excluded by NOT: {' and '.join(excluded)}"] if excluded else []
    return "; ".join(told)


def _parts(expression: Expression) -> list[Expression]:
    """What has to be true all at once."""
    if isinstance(expression, Every):
        return [part for child in expression.children for part in _parts(child)]
    return [expression]


def _excluded(expression: Never, view: View, window: Sequence[Segment]) -> str:
    hits = expression.child.holds(view, window) or []
    fields = dict.fromkeys(hit.segment.field for hit in hits if hit.segment)
    return named(expression.child) + (f" in the {' and the '.join(fields)}" if fields else "")


def _missing(expression: Expression, view: View, window: Sequence[Segment]) -> str:
    """What would have to be there in addition, of an expression that does not hold."""
    match expression:
        case Choice():
            return expression.label + _in_fields(expression.fields)
        case Quorum():
            there = expression.choice.holds(view, window) or []
            names = dict.fromkeys(hit.source.text for hit in there)
            only = f" (only {', '.join(names)} is there)" if names else ""
            return expression.label + _in_fields(expression.choice.fields) + only
        case Known():
            has = expression.has(view.reading.item)
            return f"{expression.label} (the item has {has or 'none'})"
        case Never():
            return f"a text without {named(expression.child)}"
        case Close():
            lacking = [
                _missing(side, view, window)
                for side in (expression.left, expression.right)
                if side.holds(view, window) is None
            ]
            return " and ".join(lacking) or _apart(expression, view, window)
        case Every():
            lacking = [
                _missing(child, view, window)
                for child in expression.children
                if child.holds(view, window) is None
            ]
            return " and ".join(lacking)
        case Some():
            ways = [_missing(child, view, window) for child in expression.children]
            return f"({' or '.join(f'({way})' if ' and ' in way else way for way in ways)})"


def _apart(close: Close, view: View, window: Sequence[Segment]) -> str:
    """Why two that are there do not count as close: the distance, or the order alone."""
    left, right = named(close.left), named(close.right)
    words = f"{close.distance} word{'' if close.distance == 1 else 's'}"
    if not close.ordered:
        return f"{left} within {words} of {right}"
    if replace(close, ordered=False).holds(view, window) is not None:
        return f"{left} before {right}: they are close enough, but in the other order"
    return f"{left} before {right}, with at most {words} between"


def _in_fields(fields: frozenset[str]) -> str:
    return f" in the {next(iter(fields))}" if len(fields) == 1 else ""


def _masked_note(view: View) -> str:
    masked = view.found_masked()
    if not masked:
        return ""
    field = {"title": view.reading.item.title, "summary": view.reading.item.summary}
    texts = [field.get(found.field, "")[found.start : found.end] for found in masked[:3]]
    return f" (masked: {_listed([repr(text) for text in texts if text])})"


def _stopped_note(view: View) -> str:
    """Patterns that count as not found because they took too long."""
    stopped = tuple(view.reading.stopped)
    return f" (stopped, too slow for this text: {_listed(stopped)})" if stopped else ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))
