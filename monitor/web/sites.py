"""Where the page gets what it shows: from the service that serves it, or beside one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from threading import Lock
from typing import Any

from monitor import bootstrap
from monitor.config import Config
from monitor.model import Answer
from monitor.ports import Archive, Unit
from monitor.service import Monitor
from monitor.trial import send_test
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
        test=lambda name: send_test(monitor.line.webhooks[name], name),
        wake=monitor.nudge,
    )
    site = Site(
        config=config,
        archive=monitor.store.archive,
        actions=actions if monitor.settings.web_token.reveal() else None,
        stuck=monitor.stuck,
        serves_itself=True,
        meter=monitor.meter if isinstance(monitor.meter, PrometheusMeter) else None,
    )
    return WebServer(site, listen)


@contextmanager
def beside(config: Config) -> Iterator[Site]:
    """The page of a database, beside a running service or without one."""
    with ExitStack() as held:
        opened: list[Archive] = []
        lock = Lock()

        def archive() -> Archive | None:
            """It may be there later than the page."""
            with lock:
                if not opened and bootstrap.database(config).exists():
                    opened.append(held.enter_context(bootstrap.archive_of(config)))
                return opened[0] if opened else None

        def write(work: Callable[[Unit], Any]) -> Any:
            with bootstrap.guest_store(config) as store:
                return store.write(work)

        def test(name: str) -> Answer:
            return send_test(bootstrap.webhooks_of(config, only=name)[name], name)

        actions = Actions(write=write, line=lambda: bootstrap.line_of(config, "", {}), test=test)
        token = config.settings.web_token.reveal()
        yield Site(config=lambda: config, archive=archive, actions=actions if token else None)
