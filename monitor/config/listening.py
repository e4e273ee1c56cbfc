"""The section [web]: can it be served so, and is it safe?"""

from collections.abc import Iterator

from monitor.config.addresses import Flaw
from monitor.core.listener import host_of, listener
from monitor.model import Settings

_SHORTEST = 16  # characters of a token that nobody guesses


def web_flaws(settings: Settings) -> Iterator[tuple[str, Flaw]]:
    """Keys of the section, and what is wrong with them; a token that nobody fetched aside."""
    token = settings.web_token
    if token.reveal() and len(token.reveal()) < _SHORTEST:
        yield (
            "token",
            (
                f"is shorter than {_SHORTEST} characters",
                "let a machine choose it, as in 'openssl rand -hex 24'",
            ),
        )
    for name in settings.web_hosts:
        if not name or host_of(name) != name.lower():
            yield "hosts", (f"{name[:40]!r} is no name of a host", 'as in "news.example.org"')
    if not settings.web_listen:
        return
    try:
        place = listener(settings.web_listen)
    except ValueError as error:
        yield "listen", (str(error), 'as in "127.0.0.1:8420"; "" serves no page')
        return
    has_token = bool(token.reveal() or token.reference)
    if not place.is_loopback and not has_token:
        yield (
            "listen",
            (
                "others could read the page, and nothing keeps them out",
                'set web.token, as in "env:NEWS_MONITOR_TOKEN", or listen at 127.0.0.1',
            ),
        )
    if (settings.web_hosts or settings.web_login_to_read) and not has_token:
        key = "hosts" if settings.web_hosts else "login_to_read"
        cure = 'set web.token, as in "env:NEWS_MONITOR_TOKEN"'
        yield key, ("asks for a login, and there is none", cure)
