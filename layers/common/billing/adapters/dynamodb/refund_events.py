"""What the product behind hears of a refund, in the transaction that ends it (see outbox.py)."""

from typing import Any

from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.outbox import event_writes
from billing.domain.events import event
from billing.domain.refunds import Refund

Action = dict[str, Any]

BETWEEN_US_AND_THE_BUYER = {"bank", "qr_content", "requested_by", "told_at"}
"""What a refund's event leaves out of what operators see."""


def refund_told(table: Table, refund: Refund) -> list[Action]:
    """refund.succeeded or refund.failed, with the refund as it is afterwards; none for money of no known account."""
    if refund.account_id is None or refund.settled_at is None:
        return []
    from billing.adapters.http.views_admin import refund_view

    shown = {name: value for name, value in refund_view(refund).items() if name not in BETWEEN_US_AND_THE_BUYER}
    kind, at = f"refund.{refund.status}", refund.settled_at
    return event_writes(table, event(kind, (refund.id,), refund.account_id, at, refund.version, shown), now=at)
