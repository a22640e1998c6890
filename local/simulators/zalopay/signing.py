"""ZaloPay's signatures: HMAC-SHA256 over values joined by |, or over a text as it is sent."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Merchant:
    """What ZaloPay knows of an application: one key is for requests, the other for callbacks and returns."""

    app_id: str
    request_key: str
    callback_key: str


def digest(key: str, text: str) -> str:
    """HMAC-SHA256 in lower-case hexadecimal."""
    return hmac.new(key.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def joined_digest(key: str, values: Iterable[object]) -> str:
    """The signature over values joined by |."""
    return digest(key, "|".join(str(value) for value in values))


def same(given: str, expected: str) -> bool:
    """Compares signatures in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def day(moment: datetime) -> str:
    """The day in Vietnam, yymmdd."""
    return f"{moment.astimezone(VIETNAM):%y%m%d}"
