"""Why a watch matched an item, or why it did not, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core.query.evaluate import Choice, Close, Every, Expression, Known, Never, Some
from monitor.core.query.plan import Read, Ready
from monitor.core.query.reading import Reading, Segment, View
from monitor.model import Found, Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What became of an item at one watch.

    Attributes:
        masked: What was blanked before the watch looked, whether it matched or not.
        groups: Groups of the query that are present anywhere in the item, or that its feed
            implies, in the order of the query.
        reason: One sentence: what made it match, what was missing or what silenced it.
    """

    watch_id: str
    matched: bool
    reason: str
    match: Match | None = None
    masked: tuple[Found, ...] = ()
    groups: tuple[str, ...] = ()


def explanation_of(
    read: Read, ready: Ready, reading: Reading, match: Match | None, silencer: str | None
) -> Explanation:
    """Put what the percolator decided into words.

    Args:
        silencer: The watch of `unless` that matches as well.
    """
    view = reading.view(read.watch.masks, ready.masks)
    return Explanation(
        watch_id=read.watch.id,
        matched=match is not None,
        reason=_reason(read, ready, view, match, silencer),
        match=match,
        masked=view.found_masked(),
        groups=tuple(dict.fromkeys(_groups(ready.expression, view))),
    )


def _reason(read: Read, ready: Ready, view: View, match: Match | None, silencer: str | None) -> str:
    item = view.reading.item
    if match is not None:
        return f"matched by {_listed([repr(found.term) for found in match.found[:6]])}"
    if not read.watch.enabled:
        return "the watch is disabled"
    if not read.takes(item):
        taken = ", ".join(sorted(read.languages))
        return f"the item is in {item.language or 'no known language'}, the watch takes {taken}"
    if silencer is not None:
        return f"silenced by watch {silencer!r}, which matches as well"
    windows = view.reading.windows(read.watch.window)
    return _why_not(ready.expression, view, windows) + _masked_note(view)


def _groups(expression: Expression, view: View) -> list[str]:
    match expression:
        case Choice():
            present = expression.label.startswith("@") and expression.holds(
                view, view.reading.segments
            )
            return [expression.label[1:]] if present else []
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
    missing = min((_missing(expression, view, window) for window in windows), key=len)
    return f"missing: {missing}"


def _missing(expression: Expression, view: View, window: Sequence[Segment]) -> str:
    """What would have to be there in addition, of an expression that does not hold."""
    match expression:
        case Choice():
            return expression.label + _in_fields(expression.fields)
        case Known():
            return f"the right {expression.label}:"
        case Never():
            return f"the absence of {_named(expression.child)}"
        case Close():
            lacking = [
                _missing(side, view, window)
                for side in (expression.left, expression.right)
                if side.holds(view, window) is None
            ]
            near = f"{_named(expression.left)} within {expression.distance} words of "
            return " and ".join(lacking) or near + _named(expression.right)
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


def _named(expression: Expression) -> str:
    match expression:
        case Choice() | Known():
            return expression.label
        case Never():
            return f"no {_named(expression.child)}"
        case Close():
            return f"{_named(expression.left)} near {_named(expression.right)}"
        case Every():
            return " and ".join(map(_named, expression.children))
        case Some():
            return " or ".join(map(_named, expression.children))


def _in_fields(fields: frozenset[str]) -> str:
    return f" in the {next(iter(fields))}" if len(fields) == 1 else ""


def _masked_note(view: View) -> str:
    masked = view.found_masked()
    if not masked:
        return ""
    field = {"title": view.reading.item.title, "summary": view.reading.item.summary}
    texts = [field.get(found.field, "")[found.start : found.end] for found in masked[:3]]
    return f" (masked: {_listed([repr(text) for text in texts if text])})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))
