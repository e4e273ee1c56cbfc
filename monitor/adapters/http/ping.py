"""One request of which nothing but the status counts."""

from monitor.adapters.http.errors import HttpError
from monitor.adapters.http.session import Session
from monitor.model import Secret

_DEADLINE_S = 10.0
_MAX_BYTES = 64 * 1024


def ping(session: Session, method: str, url: Secret) -> str:
    """What was wrong, without the address; empty: it was answered with 2xx."""
    body = b"" if method == "POST" else None
    try:
        answer = session.request(
            method, url.reveal(), body=body, deadline_s=_DEADLINE_S, max_bytes=_MAX_BYTES
        )
    except HttpError as exc:
        return str(exc).replace(url.reveal(), "***")
    return "" if 200 <= answer.status < 300 else f"answered {answer.status}"
