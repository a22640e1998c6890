"""The body of a webhook as JSON, read strictly: whatever two readers could understand differently is refused."""

import json
from typing import Any

from billing.service.provider_port import BadSignature, WebhookRequest


def json_object(request: WebhookRequest) -> dict[str, Any]:
    """The JSON object that was posted; `BadSignature` for any other method, content type, encoding or content.

    A key that stands twice is refused, and so are the numbers that JSON does not know (NaN, Infinity).
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method != "POST" or media_type != "application/json":
        raise BadSignature("not posted as JSON")
    return strict_object(request.body)


def strict_object(text: bytes) -> dict[str, Any]:
    """The JSON object in UTF-8 bytes that somebody else wrote; `BadSignature` as for a posted one."""
    try:
        content = json.loads(text.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise BadSignature("not readable as JSON") from None
    if not isinstance(content, dict):
        raise BadSignature("no JSON object")
    return content


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key stands twice")
    return members
