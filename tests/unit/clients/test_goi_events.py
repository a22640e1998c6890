"""Events as a product receives them: only what Goi signed, within five minutes, is one."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import goi

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret of a test").decode()
BODY = json.dumps(
    {
        "id": "evt_1",
        "type": "quota.low",
        "timestamp": "2026-11-23T16:59:00Z",
        "account_id": "acc-1",
        "version": 3,
        "data": {"feature": "tokens", "name": "Hạn mức"},
    },
    ensure_ascii=False,
).encode()


def signature(secret: str, event_id: str, timestamp: str, body: bytes) -> str:
    """The rule of Standard Webhooks: HMAC-SHA256 of id, time and body with a dot between, by the decoded secret."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, b".".join((event_id.encode(), timestamp.encode(), body)), hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def signed(*secrets: str, body: bytes = BODY, at: datetime = NOW) -> dict[str, str]:
    """The headers that are sent."""
    timestamp = str(int(at.timestamp()))
    signatures = [signature(secret, "evt_1", timestamp, body) for secret in secrets or (SECRET,)]
    return {"Webhook-Id": "evt_1", "Webhook-Timestamp": timestamp, "Webhook-Signature": " ".join(signatures)}


def test_the_rule_is_that_of_the_published_example() -> None:
    found = signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_signed_event_is_read() -> None:
    assert goi.verify_event(SECRET, signed(), BODY, now=NOW) == goi.Event(
        id="evt_1",
        type="quota.low",
        occurred_at=datetime(2026, 11, 23, 16, 59, tzinfo=UTC),
        data={"feature": "tokens", "name": "Hạn mức"},
        account_id="acc-1",
        version=3,
    )


@pytest.mark.parametrize(
    ("known", "used"), [([OTHER, SECRET], [SECRET]), ([SECRET], [OTHER, SECRET]), ([OTHER], [OTHER, SECRET])]
)
def test_secrets_are_replaced_without_a_gap(known: list[str], used: list[str]) -> None:
    assert goi.verify_event(known, signed(*used), BODY, now=NOW).id == "evt_1"


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_both_sides_are_let_through(seconds: int) -> None:
    sent = NOW + timedelta(seconds=seconds)
    assert goi.verify_event(SECRET, signed(at=sent), BODY, now=NOW).id == "evt_1"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_event_or_one_from_the_future_is_refused(seconds: int) -> None:
    with pytest.raises(goi.BadSignature, match="too far"):
        goi.verify_event(SECRET, signed(at=NOW + timedelta(seconds=seconds)), BODY, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"Webhook-Id": "evt_2"},
        {"Webhook-Id": ""},
        {"Webhook-Timestamp": str(int(NOW.timestamp()) + 1)},
        {"Webhook-Timestamp": ""},
        {"Webhook-Timestamp": "nan"},
        {"Webhook-Timestamp": "-5"},
        {"Webhook-Timestamp": "1" * 5000},
        {"Webhook-Timestamp": "١٢٣"},
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "v1,"},
        {"Webhook-Signature": "é ,"},
        {"Webhook-Signature": signed(OTHER)["Webhook-Signature"]},
        {"Webhook-Signature": signed()["Webhook-Signature"].replace("v1,", "v1a,")},
        {"Webhook-Signature": signed()["Webhook-Signature"].removeprefix("v1,")},
    ],
)
def test_a_changed_header_is_no_signature(changes: dict[str, str]) -> None:
    with pytest.raises(goi.BadSignature):
        goi.verify_event(SECRET, {**signed(), **changes}, BODY, now=NOW)


def test_a_changed_byte_is_no_event() -> None:
    with pytest.raises(goi.BadSignature, match="no signature fits"):
        goi.verify_event(SECRET, signed(), BODY.replace(b"acc-1", b"acc-2"), now=NOW)


@pytest.mark.parametrize(
    "content", [[], {}, "event", {"type": "a", "timestamp": 5, "data": {}}, {"type": "a", "timestamp": "x", "data": {}}]
)
def test_what_is_signed_but_no_event_is_refused(content: Any) -> None:
    body = json.dumps(content).encode()
    with pytest.raises(goi.BadSignature, match="no event"):
        goi.verify_event(SECRET, signed(body=body), body, now=NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", [], [SECRET, "whsec_"]])
def test_a_receiver_without_a_secret_is_a_mistake_of_its_own(secret: Any) -> None:
    """An empty secret would let anybody sign."""
    with pytest.raises(ValueError, match="secret"):
        goi.verify_event(secret, signed(), BODY, now=NOW)


def test_the_machines_clock_is_the_receivers_otherwise() -> None:
    assert goi.verify_event(SECRET, signed(at=datetime.now(UTC)), BODY).id == "evt_1"
    with pytest.raises(goi.BadSignature, match="too far"):
        goi.verify_event(SECRET, signed(at=NOW - timedelta(days=400)), BODY)
