"""`web`: the page alone, beside a running service or without one."""

import signal
import threading
from dataclasses import replace

import click

from monitor.cli import render
from monitor.cli.options import Chosen, config_option, pass_chosen
from monitor.model import Settings

_START_S = 30.0


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="There instead of where monitor.toml says.")
@config_option
@pass_chosen
def web(chosen: Chosen, *, listen: str | None) -> None:
    """Serve the page and the API, without polling.

    'news-monitor run' serves them itself; this shows a database beside it, or one at rest. What is
    saved in the folder is shown as soon as it is (or at SIGHUP), as the service takes it over.

    \b
      news-monitor web --listen 127.0.0.1:8421
    """
    from monitor import bootstrap, logs
    from monitor.config.listening import web_flaws
    from monitor.config.sources import Sources
    from monitor.web.following import Following
    from monitor.web.server import WebServer
    from monitor.web.sites import beside

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    following = Following(Sources(chosen.folder), bootstrap.load)
    config = following.config
    # "" is said to the service, which has other things to do; who asks for the page wants one.
    place = listen or config.settings.web_listen or Settings().web_listen
    settings = replace(config.settings, web_listen=place)
    for key, (what, cure) in web_flaws(settings):
        raise click.UsageError(f"web.{key}: {what}; {cure}")
    logs.configure(settings.log_level, settings.log_format)
    stop, hangup = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with (
        following,
        beside(config, lambda: following.config, lambda: following.refused) as site,
        WebServer(site, settings.web_listen) as server,
    ):
        signal.signal(signal.SIGHUP, lambda *_: hangup.set())
        if address := server.wait(_START_S):
            render.note(f"The page is at {address}/ until Ctrl-C.")
        while not stop.wait(0.5):
            if hangup.is_set():
                hangup.clear()
                following.look()
