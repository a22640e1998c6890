"""Events that Goi sends, signed as Standard Webhooks say (standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from goi.errors import BadSignature

TOLERANCE = timedelta(minutes=5)
"""How far the time of sending may be from the receiver's clock, both sides."""
PREFIX = "whsec_"
VERSION = "v1"
LONGEST_TIMESTAMP = 12


class Headers(Protocol):
    """The headers as a web framework has them; upper and lower case are the same."""

    def items(self) -> Iterable[tuple[str, str]]:
        """(name, value) pairs."""
        ...


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. An event may arrive more than once: `id` is the same each time.

    `data` is the object as the API shows it; of two events of one object, the greater `version` is newer. `occurred_at`
    is aware UTC.
    """

    id: str
    type: str
    occurred_at: datetime
    data: Mapping[str, Any]
    account_id: str = ""
    version: int = 0


def verify_event(secret: str | Sequence[str], headers: Headers, body: bytes, *, now: datetime | None = None) -> Event:
    """The event in a request, once its signature is found right; `BadSignature` otherwise.

    `secret` is "whsec_" and base64, or several of them while one is being replaced; `ValueError` if one is none. `body`
    is what was received, byte for byte: not parsed and written again. `now` is aware, by default the machine's time.
    """
    keys = [_key(one) for one in ([secret] if isinstance(secret, str) else secret)]
    if not keys:
        raise ValueError("a secret is needed")
    received = {name.lower(): value for name, value in headers.items()}
    event_id, sent_at, signatures = (received.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not (event_id and sent_at and signatures):
        raise BadSignature("webhook-id, webhook-timestamp or webhook-signature is missing")
    _check_time(sent_at, now or datetime.now(UTC))
    content = f"{event_id}.{sent_at}.".encode("utf-8", "replace") + body
    if not _signed(keys, content, signatures):
        raise BadSignature("no signature fits")
    return _event(event_id, body)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if not key:
        raise ValueError(f"a secret is {PREFIX} and base64")
    return key


def _check_time(sent_at: str, now: datetime) -> None:
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= LONGEST_TIMESTAMP):
        raise BadSignature("webhook-timestamp is no time")
    if abs(now.timestamp() - int(sent_at)) > TOLERANCE.total_seconds():
        raise BadSignature("webhook-timestamp is too far from now")


def _signed(keys: Iterable[bytes], content: bytes, signatures: str) -> bool:
    """Compares everything with everything, in constant time."""
    given = [one.encode("utf-8", "replace") for one in signatures.split()]
    fits = False
    for key in keys:
        digest = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest())
        for one in given:
            fits |= hmac.compare_digest(VERSION.encode() + b"," + digest, one)
    return fits


def _event(event_id: str, body: bytes) -> Event:
    try:
        content = json.loads(body)
        return Event(
            id=event_id,
            type=str(content["type"]),
            occurred_at=datetime.fromisoformat(content["timestamp"]).astimezone(UTC),
            data=dict(content["data"]),
            account_id=str(content.get("account_id", "")),
            version=int(content.get("version", 0)),
        )
    except (ValueError, TypeError, LookupError, AttributeError):
        raise BadSignature("what was signed is no event") from None
