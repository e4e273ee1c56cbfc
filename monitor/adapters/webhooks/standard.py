"""Kind "standard": signed JSON for programs, after Standard Webhooks 1.0.0."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.payload import MEMBERS_AT_MOST, digest_message, message
from monitor.adapters.webhooks.post import OPTIONS, check_url, post
from monitor.core.signing import MAX_SECRETS, secret_bytes, sign, timestamp
from monitor.model import Alert, Answer, Delivery, Secret

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}", re.ASCII)
_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?", re.ASCII)
_OURS = ("webhook-", "content-", "transfer-", "host", "connection", "user-agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardOptions:
    """What `[webhooks.<id>]` may say for this kind.

    Attributes:
        url: Where to post.
        secrets: Up to 3 `whsec_` secrets, the newest first; each signs. None: unsigned.
        headers: Further headers, as for a bearer token.
        allow_private: CIDR ranges this webhook may connect to although they are not public.
    """

    __pydantic_config__: ClassVar = OPTIONS

    url: Secret
    secrets: tuple[Secret, ...] = ()
    headers: Mapping[str, Secret] = field(default_factory=dict)
    allow_private: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_url(self.url)
        if len(self.secrets) > MAX_SECRETS:
            raise ValueError(f"secrets: {len(self.secrets)} are too many; at most {MAX_SECRETS}")
        for secret in self.secrets:
            secret_bytes(secret.reveal())
        for name, value in self.headers.items():
            _check_header(name, value)


class StandardWebhook:
    """Posts the alert as JSON; any 2xx is success."""

    Options = StandardOptions

    def __init__(self, id: str, options: StandardOptions, session: Session) -> None:  # noqa: A002
        self.id = id
        self._options, self._session = options, session
        self._keys = [secret_bytes(secret.reveal()) for secret in options.secrets]

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it goes in a header
        return message(alert)

    digest_at_most = MEMBERS_AT_MOST

    def render_digest(self, alert: Alert, members: Sequence[Alert], webhook_id: str) -> bytes:  # noqa: ARG002 - it goes in a header
        return digest_message(alert, members)

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        own = {name: value.reveal() for name, value in self._options.headers.items()}
        return post(
            self._session,
            self._options.url,
            delivery.payload,
            now,
            headers={**own, **self._signed(delivery, now)},
            hidden=[*own.values(), *(secret.reveal() for secret in self._options.secrets)],
        )

    def _signed(self, delivery: Delivery, now: datetime) -> dict[str, str]:
        headers = {"webhook-id": delivery.id, "webhook-timestamp": timestamp(now)}
        if self._keys:
            headers["webhook-signature"] = sign(self._keys, delivery.id, now, delivery.payload)
        return headers


def _check_header(name: str, value: Secret) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"headers: {name!r} is no header name")
    if name.lower().startswith(_OURS):
        raise ValueError(f"headers: {name} is set by the monitor itself")
    if not _VALUE.fullmatch(value.reveal()):
        raise ValueError(f"headers: the value of {name} is empty or not printable ASCII")
