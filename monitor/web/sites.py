"""Where the page gets what it shows: from the service that serves it, or beside one."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from threading import BoundedSemaphore, Lock
from typing import Any

from monitor import bootstrap
from monitor.config import Config
from monitor.model import Answer
from monitor.pipeline import Line
from monitor.ports import Archive, Unit
from monitor.service import Monitor
from monitor.trial import send_test
from monitor.web.gate import Busy
from monitor.web.site import Actions, Site


def served(config: Callable[[], Config], monitor: Monitor) -> AbstractContextManager[object]:
    """The page of a service, as long as this is entered; nothing if its settings want none."""
    listen = monitor.settings.web_listen
    if not listen:
        return nullcontext()
    # Half a second, which a service without can save.
    from monitor.adapters.metrics import PrometheusMeter
    from monitor.web.server import WebServer

    actions = Actions(
        write=monitor.store.write,
        line=lambda: monitor.line,
        test=_few(lambda name: send_test(monitor.line.webhooks[name], name)),
        wake=monitor.nudge,
    )
    site = Site(
        config=config,
        archive=monitor.store.archive,
        percolator=lambda: monitor.line.percolator,
        actions=actions if monitor.settings.web_token.reveal() else None,
        stuck=monitor.stuck,
        refused=lambda: monitor.refused,
        serves_itself=True,
        meter=monitor.meter if isinstance(monitor.meter, PrometheusMeter) else None,
    )
    return WebServer(site, listen)


def _few(test: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """Two at a time: a receiver that never answers must not hold all threads of the page.

    The function raises Busy.
    """
    free = BoundedSemaphore(2)

    def tested(name: str) -> Answer:
        if not free.acquire(blocking=False):
            raise Busy
        try:
            return test(name)
        finally:
            free.release()

    return tested


@contextmanager
def beside(
    config: Config,
    current: Callable[[], Config] | None = None,
    refused: Callable[[], Sequence[str]] = tuple,
) -> Iterator[Site]:
    """The page of a database, beside a running service or without one.

    Args:
        current: The configuration as it is now; None: it stays as it is.
        refused: Mistakes for which what is saved is not in use.
    """
    current = current or (lambda: config)
    with ExitStack() as held:
        opened: dict[Hashable, Archive] = {}
        lock = Lock()

        def archive() -> Archive | None:
            """It may be there later than the page, and another one after a restore."""
            with lock:
                database = bootstrap.database(config)
                if not database.exists():
                    return None
                which = database.identity()
                if which not in opened:
                    opened[which] = held.enter_context(bootstrap.archive_of(config))
                return opened[which]

        compiled: dict[int, tuple[Config, Line]] = {}

        def line() -> Line:
            """Made when somebody asks for it: compiling all watches takes a second."""
            with lock:
                now = current()
                if id(now) not in compiled:
                    compiled.clear()
                    compiled[id(now)] = now, bootstrap.line_of(now, "", {})
                return compiled[id(now)][1]

        def write(work: Callable[[Unit], Any]) -> Any:
            with bootstrap.guest_store(config) as store:
                return store.write(work)

        def test(name: str) -> Answer:
            return send_test(bootstrap.webhooks_of(current(), only=name)[name], name)

        actions = Actions(write=write, line=line, test=_few(test))
        token = config.settings.web_token.reveal()
        yield Site(
            config=current,
            archive=archive,
            percolator=lambda: line().percolator,
            actions=actions if token else None,
            refused=refused,
        )
