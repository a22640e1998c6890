"""An attempt by what its provider calls it, and its place among what is due.

A webhook reads the attempt and no more, unless it was paid before by another transaction.
"""

from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.buckets import Buckets
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import exception_key, payment_key
from billing.adapters.dynamodb.payment_records import payment_from_record
from billing.domain.payments import Notice, Payment

Action = dict[str, Any]

PAYMENTS = "PAYMENTS"


def payment_due(table: Table, due: datetime, provider: str, reference: str, order_id: str) -> Action:
    """The action by which an attempt is asked about at `due`; without a provider, an order's document is looked for."""
    record = {"order_id": order_id, "provider": provider, "reference": reference}
    return Buckets(table, PAYMENTS).put(due, payment_name(provider, reference), record)


def payment_settled(table: Table, payment: Payment) -> Action:
    """The action that takes an attempt's first place back."""
    name = payment_name(payment.provider, payment.reference)
    return Buckets(table, PAYMENTS).remove(payment.expires_at, name)


def payment_name(provider: str, reference: str) -> str:
    """What an attempt is called in its bucket."""
    return f"{provider}#{reference}"


class PaymentTable:
    """The `Payments` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, provider: str, reference: str) -> Payment | None:
        """The attempt that a provider calls `reference`, read consistently."""
        record = self._table.get(payment_key(provider, reference))
        return payment_from_record(record) if record else None

    def is_kept(self, notice: Notice) -> bool:
        """Whether an exception for the notice's transaction is stored, read consistently."""
        return self._table.get(exception_key(notice.provider, notice.transaction or notice.reference)) is not None
