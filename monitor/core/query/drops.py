"""What kept a watch from matching an item that holds what it looks for."""

from collections.abc import Iterable, Iterator

from monitor.core.query.evaluate import Close, Every, Expression, Never, Some, named
from monitor.core.query.plan import Read, Ready
from monitor.core.query.reading import Hit, Masks, Reading, View, found_in_order
from monitor.model import Cause, Dropped


def dropped(read: Read, ready: Ready, reading: Reading, masks: Masks) -> Dropped | None:
    """Why a watch that does not match would do so, but for its masks or its exclusions.

    Returns:
        None if it would not match without them either.
    """
    view = reading.view(read.watch.masks, masks)
    if view.masked:
        bare = View(reading)
        if hits := _true(read, ready, bare):
            return _told(read, view, Cause.MASK, hits, _masks_over(view, hits))
    if not ready.excludes:
        return None
    if hits := _true(read, ready, View(reading, masks, heeds_not=False)):
        return _told(read, view, Cause.NOT, hits, _exclusions(read, ready, view))
    if view.masked and (hits := _true(read, ready, View(reading, heeds_not=False))):
        by = (*_masks_over(view, hits), *_exclusions(read, ready, view))
        return _told(read, view, Cause.MASK, hits, by)
    return None


def _true(read: Read, ready: Ready, view: View) -> list[Hit] | None:
    """The hits of the first window that makes the query true."""
    windows = view.reading.windows(read.watch.window)
    found = (ready.expression.holds(view, window) for window in windows)
    return next((hits for hits in found if hits is not None), None)


def _told(read: Read, view: View, cause: Cause, hits: Iterable[Hit], by: Iterable[str]) -> Dropped:
    hits = list(hits)
    return Dropped(
        watch_id=read.watch.id,
        item_id=view.reading.item.id,
        cause=cause,
        by=tuple(dict.fromkeys(by)),
        found=found_in_order(hits),
        masked=view.over(hits) if cause is Cause.MASK else (),
    )


def _masks_over(view: View, hits: Iterable[Hit]) -> list[str]:
    return [masked.group or "" for masked in view.over(hits)]


def _exclusions(read: Read, ready: Ready, view: View) -> Iterator[str]:
    """What is there and must not be, as the query writes it."""
    for window in view.reading.windows(read.watch.window):
        for never in _nevers(ready.expression):
            if never.child.holds(view, window) is not None:
                yield named(never.child)


def _nevers(expression: Expression) -> Iterator[Never]:
    match expression:
        case Never():
            yield expression
        case Every() | Some():
            for child in expression.children:
                yield from _nevers(child)
        case Close():
            yield from _nevers(expression.left)
            yield from _nevers(expression.right)
