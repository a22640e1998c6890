"""Accounts whose time may end, in their time buckets, and the events that tell of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from billing.adapters.dynamodb.account_records import subscription_from_record
from billing.adapters.dynamodb.buckets import Buckets
from billing.adapters.dynamodb.client import ConditionFailed, Table
from billing.adapters.dynamodb.keys import account_key
from billing.adapters.dynamodb.outbox import SUBSCRIPTIONS, event_writes
from billing.domain.events import event
from billing.domain.subscriptions import Term
from billing.domain.times import to_text
from billing.service.ending import Ending, Watched

FIRST_LOOK = timedelta(days=40)
"""How far back the very first sweep looks."""


class EndingTable:
    """The `Subscriptions` port of service/ending.py on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._buckets = Buckets(table, SUBSCRIPTIONS, first_look=FIRST_LOOK)

    def due(self, now: datetime, limit: int) -> Iterator[Watched]:
        """Whom to look at."""
        for entry in self._buckets.due(now, limit):
            yield Watched(entry.record["account_id"], (entry.record["pk"], entry.record["sk"]))

    def terms(self, account_id: str) -> tuple[int, tuple[Term, ...]]:
        """The subscription's version and terms."""
        subscription = subscription_from_record(self._table.get(account_key(account_id)))
        return subscription.version, subscription.terms

    def later(self, watched: Watched, until: datetime) -> None:
        """The account is looked at then instead."""
        self._table.transact(self._moved(watched, until))

    def tell(self, watched: Watched, ending: Ending, version: int, again: datetime | None, now: datetime) -> None:
        """The event and the account's next place; an event that is stored already is not told again."""
        moved = self._moved(watched, again)
        if ending.state is None:
            self._table.transact(moved)
            return
        data = {"account_id": watched.account_id, "plan_id": ending.plan_id, "status": ending.state}
        told = event(
            f"subscription.{ending.state}",
            (watched.account_id, to_text(ending.end)),
            watched.account_id,
            now,
            version,
            {**data, "current_period_end": to_text(ending.end)},
        )
        try:
            self._table.transact([*event_writes(self._table, told, now=now), *moved])
        except ConditionFailed:
            self._table.transact(moved)

    def _moved(self, watched: Watched, until: datetime | None) -> list[dict[str, Any]]:
        partition, sort = watched.key
        actions = [self._table.delete({"pk": {"S": partition}, "sk": {"S": sort}})]
        if until:
            actions.append(self._buckets.put(until, watched.account_id, {"account_id": watched.account_id}))
        return actions
