"""Open payments in their time buckets, and what a sweep does to them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from billing.adapters.dynamodb import outbox
from billing.adapters.dynamodb.buckets import Buckets, Entry
from billing.adapters.dynamodb.client import ConditionFailed, Table
from billing.adapters.dynamodb.keys import order_key, payment_key
from billing.adapters.dynamodb.orders import give_back
from billing.adapters.dynamodb.payments import PAYMENTS, payment_name
from billing.domain.orders import Order
from billing.domain.payments import Payment
from billing.service.basic_ports import AlreadyDone
from billing.service.reconciliation import Due

Action = dict[str, Any]


class DueTable:
    """The `DuePayments` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._buckets = Buckets(table, PAYMENTS)

    def due(self, now: datetime, limit: int) -> Iterator[Due]:
        """What is due, from the day of the last complete sweep on."""
        return (_due(entry) for entry in self._buckets.due(now, limit))

    def expire(self, payment: Payment, order: Order | None, now: datetime) -> None:
        """Attempt -> expired if it was open; order -> expired, with what it holds, if pending and out of time."""
        actions: list[Action] = []
        if payment.status == "open":
            actions.append(
                self._table.update(
                    payment_key(payment.provider, payment.reference),
                    "SET #status = :expired",
                    "#status = :open",
                    expired="expired",
                    open="open",
                )
            )
        if order and order.status == "pending" and order.expires_at <= now:
            actions += [self._expire_order(order), *give_back(self._table, order, now)]
            actions += outbox.expired(self._table, order, now)
        if not actions:
            return
        try:
            self._table.transact(actions)
        except ConditionFailed:
            raise AlreadyDone from None

    def _expire_order(self, order: Order) -> Action:
        return self._table.update(
            order_key(order.id),
            "SET #status = :expired, version = :next",
            "#status = :pending AND version = :version",
            expired="expired",
            next=order.version + 1,
            pending="pending",
            version=order.version,
        )

    def later(self, due: Due, until: datetime) -> None:
        """Moves the entry to a later place."""
        record = {
            "order_id": due.order_id,
            "provider": due.provider,
            "reference": due.reference,
            "tries": due.tries,
            "last_look": due.last_look,
        }
        moved = self._buckets.put(until, payment_name(due.provider, due.reference), record)
        self._table.transact([self._table.delete(_key(due)), moved])

    def drop(self, due: Due) -> None:
        """Deletes the entry."""
        self._table.write(self._table.delete(_key(due)))


def _due(entry: Entry) -> Due:
    record = entry.record
    return Due(
        provider=record["provider"],
        reference=record["reference"],
        order_id=record["order_id"],
        key=(record["pk"], record["sk"]),
        tries=record.get("tries", 0),
        last_look=record.get("last_look", False),
    )


def _key(due: Due) -> dict[str, dict[str, str]]:
    return {"pk": {"S": due.key[0]}, "sk": {"S": due.key[1]}}
