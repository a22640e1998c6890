"""payOS's signatures: HMAC-SHA256 over plain `name=value` pairs, by name, joined by &."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

VIETNAM = timezone(timedelta(hours=7))


def digest(key: str, fields: Mapping[str, Any]) -> str:
    """The signature of some fields in lower-case hexadecimal."""
    return hmac.new(key.encode(), joined(fields).encode(), hashlib.sha256).hexdigest()


def joined(fields: Mapping[str, Any]) -> str:
    """What is signed."""
    return "&".join(f"{name}={_written(value)}" for name, value in sorted(fields.items()))


def envelope(key: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """An answer or a message with its signature."""
    return {"code": "00", "desc": "success", "data": dict(data), "signature": digest(key, data)}


def local_time(moment: datetime) -> str:
    """A moment as YYYY-MM-DD HH:mm:ss in Vietnam."""
    return f"{moment.astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}"


def iso_time(moment: datetime) -> str:
    """A moment in ISO 8601 with Vietnam's offset."""
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds")


def from_unix(seconds: int) -> datetime:
    """Unix seconds as aware UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def _written(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case list():
            return f"[{','.join(_compact(one) for one in value)}]"
        case _:
            return _compact(value)


def _compact(value: Any) -> str:
    ordered = dict(sorted(value.items())) if isinstance(value, dict) else value
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))
