"""Refunds in their time buckets."""

from collections.abc import Iterator
from datetime import datetime

from billing.adapters.dynamodb.buckets import Buckets
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import Key
from billing.adapters.dynamodb.refunds import REFUNDS
from billing.service.refund_sweep import DueRefund


class DueRefundTable:
    """The `DueRefunds` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._buckets = Buckets(table, REFUNDS)

    def due(self, now: datetime, limit: int) -> Iterator[DueRefund]:
        """What is due, from the day of the last complete sweep on."""
        for entry in self._buckets.due(now, limit):
            record = entry.record
            yield DueRefund(record["refund_id"], (record["pk"], record["sk"]), record.get("tries", 0))

    def later(self, due: DueRefund, until: datetime) -> None:
        """Moves the entry to a later place."""
        moved = self._buckets.put(until, due.refund_id, {"refund_id": due.refund_id, "tries": due.tries})
        self._table.transact([self._table.delete(_key(due)), moved])

    def drop(self, due: DueRefund) -> None:
        """Deletes the entry."""
        self._table.write(self._table.delete(_key(due)))


def _key(due: DueRefund) -> Key:
    return {"pk": {"S": due.key[0]}, "sk": {"S": due.key[1]}}
