"""Signatures of webhook messages, as Standard Webhooks 1.0.0 has them (v1, HMAC-SHA256)."""

import base64
import binascii
import hmac
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

MAX_SECRETS = 3

_PREFIX = "whsec_"
_MIN_BYTES, _MAX_BYTES = 24, 64
_SECONDS = re.compile("[0-9]{1,11}", re.ASCII)
_CURE = "make one with: echo whsec_$(openssl rand -base64 32)"


class SignatureError(ValueError):
    """A message that must not be trusted; the text says why."""


def secret_bytes(text: str) -> bytes:
    """The key that a `whsec_` secret stands for.

    Raises:
        ValueError: Not a secret of 24 to 64 bytes; the text says how to make one, and nothing
            of what was given.
    """
    given = text.strip()
    if not given.startswith(_PREFIX):
        raise ValueError(f"a signing secret starts with {_PREFIX}; {_CURE}")
    code = given.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(code + "=" * (-len(code) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"a signing secret is base64 after {_PREFIX}; {_CURE}") from None
    if not _MIN_BYTES <= len(key) <= _MAX_BYTES:
        raise ValueError(
            f"a signing secret has {_MIN_BYTES} to {_MAX_BYTES} bytes, not {len(key)}; {_CURE}"
        )
    return key


def sign(secrets: Sequence[bytes], webhook_id: str, at: datetime, body: bytes) -> str:
    """The `webhook-signature`: one signature a secret, so that a secret can be rotated.

    Args:
        secrets: Keys, the newest first.
        at: Aware; the moment of the attempt, which `webhook-timestamp` carries too.

    Raises:
        ValueError: A naive moment, or an id with a dot (dots separate what is signed).
    """
    if "." in webhook_id:
        raise ValueError("a webhook-id holds no dot")
    stamp = timestamp(at)
    return " ".join(_signature(secret, webhook_id, stamp, body) for secret in secrets)


def timestamp(at: datetime) -> str:
    """The `webhook-timestamp`: whole seconds since 1970.

    Raises:
        ValueError: A naive moment: it would be taken for the zone of this machine.
    """
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be signed")
    return str(math.floor(at.timestamp()))


def verify(
    secrets: bytes | Sequence[bytes],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    tolerance: timedelta = timedelta(minutes=5),
) -> None:
    """Accept a message if one of its signatures is by one of the secrets, and it is of now.

    Args:
        headers: Names in any case.
        body: As received, byte for byte.

    Raises:
        SignatureError: It is not to be trusted.
    """
    fields = {name.lower(): value for name, value in headers.items()}
    webhook_id = _field(fields, "webhook-id")
    stamp = _field(fields, "webhook-timestamp")
    given = _field(fields, "webhook-signature").split(" ")
    _check_time(stamp, now, tolerance)
    known = [text.encode("utf-8", "replace") for text in given if text.startswith("v1,")]
    if not known:
        raise SignatureError("webhook-signature holds no v1 signature")
    keys = [secrets] if isinstance(secrets, bytes) else secrets
    expected = [_signature(key, webhook_id, stamp, body).encode("ascii") for key in keys]
    # Texts are compared, not what they decode to: two texts may decode to the same bytes.
    if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in known):
        raise SignatureError("no signature is by our secret: another secret, or a changed message")


def _signature(secret: bytes, webhook_id: str, stamp: str, body: bytes) -> str:
    signed = f"{webhook_id}.{stamp}.".encode("utf-8", "surrogatepass") + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode("ascii")


def _field(fields: Mapping[str, str], name: str) -> str:
    if not fields.get(name):
        raise SignatureError(f"header {name} is missing")
    return fields[name]


def _check_time(stamp: str, now: datetime, tolerance: timedelta) -> None:
    if not _SECONDS.fullmatch(stamp):
        raise SignatureError("webhook-timestamp is not a number of seconds")
    age_s = now.timestamp() - int(stamp)
    if abs(age_s) > tolerance.total_seconds():
        when = "old" if age_s > 0 else "in the future"
        raise SignatureError(
            f"webhook-timestamp is {abs(age_s):.0f} s {when}: a replayed message, or a wrong clock"
        )
