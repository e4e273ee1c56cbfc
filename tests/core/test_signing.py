"""Signatures, checked against two foreign implementations."""

import base64
import random
import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from monitor.core.signing import SignatureError, secret_bytes, sign, timestamp, verify
from tests.builders import NOW

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
BODY = b'{"type":"alert.new"}'


def headers_of(body: bytes = BODY, *keys: bytes, at: datetime = NOW) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": timestamp(at),
        "webhook-signature": sign(keys or (KEY,), "msg_1", at, body),
    }


def test_a_thousand_random_bodies_verify_with_the_reference_library() -> None:
    """Its verify() looks at the clock, so these are signed for the present."""
    dice, oracle, now = random.Random(28), Webhook(SECRET), datetime.now(UTC)
    for _ in range(1_000):
        body = "".join(chr(dice.randrange(0xD800)) for _ in range(dice.randrange(50))).encode()
        headers = headers_of(body, at=now)

        oracle.verify(body, headers, json_parse=False)
        verify(KEY, headers, body, now)


@given(body=st.text(), webhook_id=st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
def test_signature_is_the_one_of_the_reference_library(body: str, webhook_id: str) -> None:
    ours = sign([KEY], webhook_id, NOW, body.encode())

    assert ours == Webhook(SECRET).sign(webhook_id, NOW, body)


def test_a_thousand_random_bodies_have_the_signatures_that_openssl_computes(
    tmp_path: Path,
) -> None:
    """One process for all of them: it prints a line for each file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    dice = random.Random(28)
    bodies = {f"{number:04}": dice.randbytes(dice.randrange(2_000)) for number in range(1_000)}
    for name, body in bodies.items():
        (tmp_path / name).write_bytes(b"msg_1." + timestamp(NOW).encode() + b"." + body)
    command = [openssl, "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{KEY.hex()}", "-r"]

    said = subprocess.run(
        [*command, *bodies], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout

    for line in said.splitlines():
        digest, name = line.split(" *")
        foreign = "v1," + base64.b64encode(bytes.fromhex(digest)).decode()
        assert sign([KEY], "msg_1", NOW, bodies.pop(name)) == foreign
    assert not bodies


def test_single_bits_are_refused_by_the_reference_library_too() -> None:
    now = datetime.now(UTC)
    headers = headers_of(at=now)
    for changed in flips(BODY):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(changed.decode("latin-1").encode(), headers, json_parse=False)


def test_signature_is_the_one_openssl_computes() -> None:
    """A second implementation that shares no code with the first: C, and no knowledge of us."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    body = "火车 \x00\n.".encode()
    command = [openssl, "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{KEY.hex()}"]

    foreign = subprocess.run(
        [*command, "-binary"],
        input=b"msg_1." + timestamp(NOW).encode() + b"." + body,
        capture_output=True,
        check=True,
    ).stdout

    assert sign([KEY], "msg_1", NOW, body) == "v1," + base64.b64encode(foreign).decode()


def flips(text: bytes) -> list[bytes]:
    """Every text that differs in one bit."""
    return [
        text[:i] + bytes([text[i] ^ 1 << bit]) + text[i + 1 :]
        for i in range(len(text))
        for bit in range(8)
    ]


def test_every_single_bit_of_the_body_counts() -> None:
    headers = headers_of()
    for changed in flips(BODY):
        with pytest.raises(SignatureError):
            verify(KEY, headers, changed, NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_every_single_bit_of_a_header_counts(name: str) -> None:
    """The last character of a base64 text holds bits that decoding ignores; they count too."""
    headers = headers_of()
    for changed in flips(headers[name].encode()):
        with pytest.raises(SignatureError):
            verify(KEY, headers | {name: changed.decode("latin-1")}, BODY, NOW)


def test_another_secret_is_refused() -> None:
    with pytest.raises(SignatureError, match="no signature is by our secret"):
        verify(OTHER, headers_of(), BODY, NOW)


def test_a_secret_can_be_rotated_on_either_side() -> None:
    rotating_sender = headers_of(BODY, OTHER, KEY)

    verify(KEY, rotating_sender, BODY, NOW)
    verify(OTHER, rotating_sender, BODY, NOW)
    verify([OTHER, KEY], headers_of(), BODY, NOW)


def test_header_names_may_be_in_any_case() -> None:
    verify(KEY, {name.title(): value for name, value in headers_of().items()}, BODY, NOW)


def test_signatures_of_other_versions_are_passed_over() -> None:
    headers = headers_of()
    headers["webhook-signature"] = "v1a,AAAA " + headers["webhook-signature"] + " v2,x"

    verify(KEY, headers, BODY, NOW)


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_five_minutes_of_skew_are_forgiven(minutes: int) -> None:
    verify(KEY, headers_of(), BODY, NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(("seconds", "says"), [(301, "301 s old"), (-301, "301 s in the future")])
def test_more_skew_is_a_replay(seconds: int, says: str) -> None:
    with pytest.raises(SignatureError, match=says):
        verify(KEY, headers_of(), BODY, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_a_missing_header_is_named(name: str, how: str) -> None:
    headers = headers_of() | {name: ""}
    if how == "absent":
        del headers[name]

    with pytest.raises(SignatureError, match=f"header {name} is missing"):
        verify(KEY, headers, BODY, NOW)


@pytest.mark.parametrize("stamp", ["soon", "-1", "1e9", " 1749720600", "１７", "9" * 400])
def test_a_timestamp_is_a_plain_number(stamp: str) -> None:
    with pytest.raises(SignatureError, match="not a number of seconds"):
        verify(KEY, headers_of() | {"webhook-timestamp": stamp}, BODY, NOW)


@given(headers=st.dictionaries(st.sampled_from(list(headers_of())), st.text()), body=st.binary())
def test_no_message_without_the_secret_gets_through(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(SignatureError):
        verify(KEY, headers, body, NOW)


def test_signing_in_another_zone_gives_the_same_signature() -> None:
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))

    assert headers_of(at=tokyo) == headers_of()


def test_naive_moments_and_dotted_ids_cannot_be_signed() -> None:
    with pytest.raises(ValueError, match="time zone"):
        sign([KEY], "msg_1", NOW.replace(tzinfo=None), BODY)
    with pytest.raises(ValueError, match="no dot"):
        sign([KEY], "msg.1", NOW, BODY)


@pytest.mark.parametrize("size", [24, 32, 64])
@pytest.mark.parametrize("padding", ["padded", "bare"])
def test_secrets_of_24_to_64_bytes_are_read(size: int, padding: str) -> None:
    text = base64.b64encode(bytes(size)).decode()

    assert secret_bytes(f" whsec_{text if padding == 'padded' else text.rstrip('=')}\n") == bytes(
        size
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "starts with whsec_"),
        ("hunter2hunter2hunter2hunter2", "starts with whsec_"),
        ("whsec_hunter2hunter2?", "is base64"),
        ("whsec_hünter2", "is base64"),
        ("whsec_" + base64.b64encode(bytes(23)).decode(), "24 to 64 bytes, not 23"),
        ("whsec_" + base64.b64encode(bytes(65)).decode(), "24 to 64 bytes, not 65"),
    ],
)
def test_bad_secrets_are_refused_with_a_cure_and_not_repeated(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        secret_bytes(text)

    assert "make one with" in str(caught.value)
    assert "nter2" not in str(caught.value)
    assert caught.value.__cause__ is None
