"""One POST, and what its answer means; shared by the kinds that speak HTTP."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import ConfigDict

from monitor.adapters.http.session import HttpError, Kind, Response, Session
from monitor.adapters.webhooks.view import check_template
from monitor.core.delivery import ATTEMPT_DEADLINE
from monitor.core.http_status import retry_after, verdict
from monitor.core.inert import MAX_URL, cut, one_line
from monitor.model import Answer, Secret, Template, Verdict

MAX_ANSWER_BYTES = 64 * 1024
EXCERPT_BYTES = 2048
JSON = "application/json"

# For the options of every kind: unknown keys are mistakes, and `Secret` is a class of our own.
OPTIONS = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

Judge = Callable[[Response, Answer, datetime], Answer]

_TELLTALE = 6  # shorter parts of a URL ("hook", "v2", "api") are no secrets
_CURES = {
    401: "is the secret or token still valid?",
    403: "is the webhook still allowed to post there?",
    404: "does the webhook still exist?",
    410: "the webhook was removed there; it is disabled here",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlOptions:
    """What `[webhooks.<id>]` may say for a service whose incoming webhook is an address alone.

    Attributes:
        url: The address; whoever has it can post.
        template: What the text says in place of the built-in form.
        allow_private: CIDR ranges this webhook may connect to although they are not public.
    """

    __pydantic_config__: ClassVar = OPTIONS

    url: Secret
    template: Template | None = None
    allow_private: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_url(self.url)
        check_template(self.template)


def check_url(url: Secret, key: str = "url") -> None:
    """Refuse what cannot be a webhook's address.

    Raises:
        ValueError: The text does not repeat the URL.
    """
    text = url.reveal()
    if not re.fullmatch(r"[!-~]+", text) or "\\" in text or len(text) > MAX_URL:
        what = f"is not an address of at most {MAX_URL} printable ASCII characters"
        raise ValueError(f"{key} {what}")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"{key} has no valid host and port") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"{key} does not begin with https:// (or http://) and a host")
    if "@" in parts.netloc:
        raise ValueError(f"{key} holds a user name or password; give a header instead")


def check_server(server: str) -> None:
    """Refuse what cannot be a service's base address, to which paths are appended.

    Raises:
        ValueError: The text says why.
    """
    check_url(Secret(server), "server")
    if "?" in server or "#" in server:
        raise ValueError("server ends before a '?' or '#'; give the base address alone")


def check_token(token: Secret) -> None:
    """Refuse what cannot stand in a header.

    Raises:
        ValueError: The text does not repeat the token.
    """
    if not re.fullmatch(r"[!-~]{1,1024}", token.reveal()):
        raise ValueError("token is not of 1 to 1,024 printable ASCII characters without spaces")


def to_json(message: Mapping[str, Any]) -> bytes:
    """Minified UTF-8."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def json_object(body: bytes) -> dict[str, Any]:
    """What a service said; nothing if it is no JSON object."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def seconds(number: object) -> timedelta | None:
    """A wait as services write it in JSON: a number, or one in a text; None if unreadable."""
    try:
        return timedelta(seconds=float(number))  # type: ignore[arg-type] # TypeError is caught
    except (ValueError, TypeError, OverflowError):
        return None


def longest(*hints: timedelta | None) -> timedelta | None:
    """Of the waits that a service asks for in several places."""
    return max((hint for hint in hints if hint is not None), default=None)


def post(
    session: Session,
    url: Secret,
    body: bytes,
    now: datetime,
    *,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    judge: Judge | None = None,
    hidden: Sequence[str] = (),
) -> Answer:
    """Make one attempt; a redirect is an answer, not followed.

    Args:
        judge: Corrects the answer that the status alone suggests.
        headers: Further ones, or others than ours (in lower case).
        hidden: Texts besides the URL that must not appear in the answer.
    """
    secrets = [*telltales(url.reveal()), *words_of(hidden)]
    try:
        response = session.request(
            method,
            url.reveal(),
            headers={"content-type": JSON, **(headers or {})},
            body=body,
            deadline_s=ATTEMPT_DEADLINE.total_seconds(),
            max_bytes=MAX_ANSWER_BYTES,
        )
    except HttpError as error:
        return Answer(
            verdict=_unheard(error),
            status=error.status,
            text=one_line(redact(str(error), secrets)),
        )
    answer = Answer(
        verdict=verdict(response.status),
        status=response.status,
        text=_in_words(response.status),
        excerpt=excerpt(response.body, secrets),
        retry_after=retry_after(response.headers.get("retry-after"), now),
    )
    judged = judge(response, answer, now) if judge else answer
    return replace(judged, text=redact(judged.text, secrets))


def _unheard(error: HttpError) -> Verdict:
    """What an attempt without a whole answer means: the status has spoken, however long the body
    goes on; without one, what was sent may have arrived all the same."""
    if error.status is not None and error.kind is Kind.TOO_BIG:
        return verdict(error.status)
    return Verdict.AMBIGUOUS if error.sent else Verdict.RETRY


def telltales(url: str) -> list[str]:
    """The URL, and every part of it by which somebody could post, as written and as decoded."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    values = [value for _, value in parse_qsl(parts.query)]
    pieces = [*parts.path.split("/"), *parts.query.split("&"), *values, parts.fragment]
    whole = [target, parts.path, parts.query]
    long = [piece for piece in whole + pieces if len(piece) >= _TELLTALE]
    return [text for written in [url, *long] for text in (written, unquote(written))]


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, longest first."""
    for secret in sorted({s for s in secrets if s}, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def words_of(texts: Iterable[str]) -> list[str]:
    """The texts and their parts: `Bearer abcdef` is as secret as `abcdef`, `whsec_abcdef` too."""
    whole = list(texts)
    words = [word for text in whole for word in re.split(r"[\s=:]|whsec_", text)]
    return [*whole, *(word for word in words if len(word) >= _TELLTALE)]


def excerpt(body: bytes, secrets: Iterable[str]) -> str:
    """The first 2 KiB of an answer, inert and without the secrets."""
    # Redacted before it is cut: half a secret would not be recognised.
    said = redact(one_line(body.decode("utf-8", "replace")), secrets)
    return cut(said, EXCERPT_BYTES, "utf8")


def _in_words(status: int) -> str:
    try:
        phrase = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = str(status)
    if 300 <= status < 400:
        return f"answered {phrase}: redirects are not followed, give the final address"
    return f"answered {phrase}" + (f": {_CURES[status]}" if status in _CURES else "")
