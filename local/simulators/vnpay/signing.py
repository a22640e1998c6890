"""VNPAY's signatures: HMAC-SHA512 over encoded, sorted pairs (pages, IPN) or over values joined by | (interfaces)."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote_plus

HASH = "vnp_SecureHash"
VIETNAM = timezone(timedelta(hours=7))


def digest(secret: str, text: str) -> str:
    """HMAC-SHA512 in lower-case hexadecimal."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha512).hexdigest()


def encode(fields: Mapping[str, str]) -> str:
    """The fields that have a value, by name, form-encoded: what is signed, and what is sent."""
    return "&".join(f"{quote_plus(name)}={quote_plus(fields[name])}" for name in sorted(fields) if fields[name])


def signed_query(secret: str, fields: Mapping[str, str]) -> str:
    """A query with its signature at the end."""
    text = encode(fields)
    return f"{text}&{HASH}={digest(secret, text)}"


def is_signed(secret: str, fields: Mapping[str, str]) -> bool:
    """Whether the fields of a page request carry their own signature."""
    unsigned = {name: value for name, value in fields.items() if name != HASH}
    return same(fields.get(HASH, ""), digest(secret, encode(unsigned)))


def joined_digest(secret: str, fields: Mapping[str, str], names: Iterable[str]) -> str:
    """The signature of an interface's request or answer: values in this order, an absent one is empty."""
    return digest(secret, "|".join(fields.get(name, "") for name in names))


def same(given: str, expected: str) -> bool:
    """Compares signatures in constant time, whatever their case."""
    return hmac.compare_digest(given.lower().encode(), expected.lower().encode())


def vnpay_time(moment: datetime) -> str:
    """A moment as yyyyMMddHHmmss in GMT+7."""
    return f"{moment.astimezone(VIETNAM):%Y%m%d%H%M%S}"


def from_vnpay_time(text: str) -> datetime:
    """The moment in aware UTC; ValueError if the text is none."""
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM).astimezone(UTC)
