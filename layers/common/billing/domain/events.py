"""What happened, told to the product behind: one event for each happening, with the whole object inside."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from billing.domain.identifiers import derived_id
from billing.domain.times import to_text

TYPES = (
    "order.fulfilled",
    "order.expired",
    "order.cancelled",
    "invoice.issued",
    "quota.granted",
    "quota.low",
    "quota.exhausted",
    "subscription.expiring",
    "subscription.expired",
    "refund.succeeded",
    "refund.failed",
)

NOTICE = timedelta(days=7)
"""How long before its end a subscription is told to be expiring."""


@dataclass(frozen=True, slots=True)
class Event:
    """A happening, and what is told of it.

    `body` is what is signed and sent, the same bytes however often: it is made once, when the event is stored. Its
    `data` is the object as the API shows it; of two events about one object, the greater `version` is newer.
    """

    id: str
    type: str
    account_id: str
    occurred_at: datetime
    body: str


def event(
    kind: str, happening: tuple[str, ...], account_id: str, occurred_at: datetime, version: int, data: Mapping[str, Any]
) -> Event:
    """An event of a type of `TYPES`. Its id follows from the type and `happening`: the same happening is one event."""
    if kind not in TYPES:
        raise ValueError(f"{kind} is no type of event")
    event_id = derived_id("evt", kind, *happening)
    content = {
        "id": event_id,
        "type": kind,
        "timestamp": to_text(occurred_at),
        "account_id": account_id,
        "version": version,
        "data": dict(data),
    }
    return Event(
        event_id, kind, account_id, occurred_at, json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    )
