"""The time buckets of open payments: one partition for each UTC day and shard, sorted by when a payment is due."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from billing.adapters.dynamodb.client import ConditionFailed, Table
from billing.adapters.dynamodb.keys import DUE_SHARDS, due_key, due_partition, order_key, payment_key, sweep_key
from billing.adapters.dynamodb.mapper import to_item
from billing.adapters.dynamodb.orders import release_place
from billing.domain.orders import Order, Payment
from billing.domain.times import from_text, to_text
from billing.service.ports import AlreadyDone
from billing.service.reconciliation import Due

REACH_BACK = timedelta(days=1)
"""How far before the last sweep the next one looks, so that a clock that was set back loses nothing."""

PAGE = 100


class DueTable:
    """The `DuePayments` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def due(self, now: datetime, limit: int) -> Iterator[Due]:
        """What is due, from the day of the last complete sweep on; the sweep's place moves on once all was seen."""
        left = limit
        for day in self._days(now):
            for shard in range(DUE_SHARDS):
                for due in self._bucket(due_partition(day, shard), now, left):
                    left -= 1
                    yield due
                if left <= 0:
                    return
        self._table.write(self._table.put(sweep_key(), to_item({"swept_until": to_text(now)})))

    def _days(self, now: datetime) -> Iterator[datetime]:
        record = self._table.get(sweep_key())
        since = from_text(record["swept_until"]) if record else now - REACH_BACK
        day = min(since, now) - REACH_BACK
        while day.date() <= now.date():
            yield day
            day += timedelta(days=1)

    def _bucket(self, partition: str, now: datetime, limit: int) -> Iterator[Due]:
        records, _ = self._table.query(
            KeyConditionExpression="pk = :bucket AND sk <= :now",
            ExpressionAttributeValues={":bucket": {"S": partition}, ":now": {"S": f"{to_text(now)}~"}},
            Limit=min(limit, PAGE),
        )
        for record in records:
            yield Due(record["provider"], record["reference"], record["order_id"], (record["pk"], record["sk"]))

    def settle(self, due: Due, payment: Payment, order: Order, now: datetime) -> None:
        """Attempt -> expired if it was open; order -> expired with its last attempt; the coupon's place is free."""
        actions = [self._table.delete(self._key(due))]
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
        if order.status == "pending" and order.expires_at <= now:
            actions.append(
                self._table.update(
                    order_key(order.id),
                    "SET #status = :expired, version = :next",
                    "#status = :pending AND version = :version",
                    expired="expired",
                    next=order.version + 1,
                    pending="pending",
                    version=order.version,
                )
            )
            actions += release_place(self._table, order, now)
        try:
            self._table.transact(actions)
        except ConditionFailed:
            raise AlreadyDone from None

    def later(self, due: Due, until: datetime) -> None:
        """Moves the entry to a later place."""
        entry = {"order_id": due.order_id, "provider": due.provider, "reference": due.reference}
        moved = self._table.put(due_key(until, due.provider, due.reference), to_item(entry))
        self._table.transact([self._table.delete(self._key(due)), moved])

    def drop(self, due: Due) -> None:
        """Deletes the entry."""
        self._table.write(self._table.delete(self._key(due)))

    def _key(self, due: Due) -> dict[str, dict[str, str]]:
        return {"pk": {"S": due.key[0]}, "sk": {"S": due.key[1]}}
