"""Due work of one kind in time buckets: a partition for each UTC day and shard, sorted by when it is due.

A sweep reads only what is due. It starts from the day of the last sweep that saw everything, so that an outage is
caught up with, and never scans.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import DUE_SHARDS, Key, due_key, due_partition, sweep_key
from billing.adapters.dynamodb.mapper import to_item
from billing.domain.times import from_text, to_text

REACH_BACK = timedelta(days=1)
"""How far before the last sweep the next one looks, so that a clock that was set back loses nothing."""

FIRST_LOOK = timedelta(days=14)
"""How far the very first sweep looks back: work may have become due before the sweep was ever switched on."""

PAGE = 100

Action = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is due: where it is stored, and what was stored with it."""

    key: Key
    record: dict[str, Any]


class Buckets:
    """The buckets of one kind of work, such as "PAYMENTS"; `reach_back` as `REACH_BACK` where it is not that.

    `first_look`: how far the very first sweep looks back, where that is not `FIRST_LOOK`.
    """

    def __init__(
        self, table: Table, kind: str, reach_back: timedelta = REACH_BACK, first_look: timedelta | None = None
    ) -> None:
        self._table = table
        self._kind = kind
        self._reach_back = reach_back
        self._first_look = first_look or max(reach_back, FIRST_LOOK)

    def put(self, due: datetime, name: str, record: dict[str, Any]) -> Action:
        """The action that makes `name` due at that time."""
        return self._table.put(due_key(self._kind, due, name), to_item(record))

    def remove(self, due: datetime, name: str) -> Action:
        """The action that takes back what `put` did."""
        return self._table.delete(due_key(self._kind, due, name))

    def due(self, now: datetime, limit: int) -> Iterator[Entry]:
        """Up to `limit` entries that are due, day by day. Whoever takes them all moves the sweep's place on."""
        left = limit
        for partition in self._partitions(now):
            for record in self._in(partition, now):
                if left == 0:
                    return
                left -= 1
                yield Entry({"pk": {"S": record["pk"]}, "sk": {"S": record["sk"]}}, record)
        self._table.write(self._table.put(sweep_key(self._kind), to_item({"swept_until": to_text(now)})))

    def _partitions(self, now: datetime) -> Iterator[str]:
        record = self._table.get(sweep_key(self._kind))
        since = from_text(record["swept_until"]) if record else now - self._first_look
        day = min(since, now) - self._reach_back
        while day.date() <= now.date():
            yield from (due_partition(self._kind, day, shard) for shard in range(DUE_SHARDS))
            day += timedelta(days=1)

    def _in(self, partition: str, now: datetime) -> Iterator[dict[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            records, following = self._table.query(
                KeyConditionExpression="pk = :bucket AND sk <= :now",
                ExpressionAttributeValues={":bucket": {"S": partition}, ":now": {"S": f"{to_text(now)}~"}},
                Limit=PAGE,
                **start,
            )
            yield from records
            if not following:
                return
            start = {"ExclusiveStartKey": following}
