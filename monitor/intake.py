"""Judges what was fetched elsewhere: dedupe, match, story, alert, in the order in which it came."""

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

import structlog

from monitor.errors import StoreError
from monitor.model import Intake
from monitor.pipeline import Absorbed, Line, take_in
from monitor.poller import tell_stopped
from monitor.ports import Store, Unit

log = structlog.get_logger(__name__)

_AT_ONCE = 32  # documents that share a commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """What became of documents that waited.

    Attributes:
        judged: How many.
        failed: Places of those that a bug of ours left waiting; the others need not wait for them.
    """

    judged: int
    failed: tuple[int, ...] = ()


def judge_some(
    store: Store,
    line: Line,
    done: Callable[[Intake, Absorbed], None],
    *,
    skip: Collection[int] = (),
    at_most: int = _AT_ONCE,
) -> Some:
    """Judge some of what waits, in its order.

    Those of feeds that are not configured wait: another process may know them already.

    Args:
        done: Told of each, after its commit.
        skip: Places.

    Raises:
        StoreError: The database is sick; what was told is saved.
    """
    line.grouper.look_ahead(store.archive())
    place, lost, saving = 0, threading.Event(), list[tuple[Intake, Future[Absorbed | None]]]()
    while len(saving) < at_most and (found := store.archive().intakes(place, at_most)):
        place = found[-1].place
        for intake in found:
            if intake.feed_id in line.feeds and intake.place not in skip:
                work = partial(_in_turn, line=line, intake=intake, lost=lost)
                future = store.write_soon(work)
                future.add_done_callback(partial(_note, lost=lost))
                saving.append((intake, future))
    refused: StoreError | None = None
    judged, failed = 0, list[int]()
    for intake, future in saving:
        try:
            absorbed = future.result()
        except _Behind:
            continue
        except StoreError as exc:
            refused = refused or exc
            failed.append(intake.place)
        except Exception:
            log.exception("intake_crashed", feed=intake.feed_id, cure="it waits, and is kept")
            failed.append(intake.place)
        else:
            judged += 1
            if absorbed is not None:
                done(intake, absorbed)
    if refused and store.trouble:
        raise refused
    if refused:
        log.error("intake_refused", problem=str(refused), cure="it waits, and is kept")
    return Some(judged=judged, failed=tuple(failed))


class _Behind(Exception):  # noqa: N818 - no error
    """A document before it was not saved: it waits for its turn."""


def _in_turn(unit: Unit, line: Line, intake: Intake, lost: threading.Event) -> Absorbed | None:
    if lost.is_set():
        raise _Behind
    return take_in(unit, line, intake)


def _note(future: "Future[Absorbed | None]", lost: threading.Event) -> None:
    """In the writer's thread, before its next transaction."""
    if isinstance(future.exception(), StoreError):
        lost.set()


def tell(intake: Intake, absorbed: Absorbed) -> None:
    """The one line of a document that was judged; its keys are those of `poll_done`."""
    log.info(
        "intake_judged",
        feed=intake.feed_id,
        polled_at=f"{intake.polled_at:%Y-%m-%dT%H:%M:%SZ}",
        entries=len(intake.document.entries),
        **absorbed.counts(),
    )
    tell_stopped(intake.feed_id, absorbed)
