"""Events on their way, as stored. An event's body is written once; each of its deliveries is an item beside it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from billing.adapters.dynamodb.audit import audit_put
from billing.adapters.dynamodb.buckets import Buckets, Entry
from billing.adapters.dynamodb.client import ConditionFailed, Table
from billing.adapters.dynamodb.delivery_records import (
    delivery_from_record,
    delivery_to_record,
    event_from_record,
)
from billing.adapters.dynamodb.keys import (
    delivery_key,
    due_key,
    endpoint_key,
    event_key,
    events_index,
    waiting_key,
)
from billing.adapters.dynamodb.mapper import to_item
from billing.adapters.dynamodb.outbox import EVENTS
from billing.domain.audit import AuditEntry
from billing.domain.deliveries import Delivery
from billing.domain.endpoints import Endpoint
from billing.domain.events import Event
from billing.domain.times import from_text, to_text
from billing.service.basic_ports import AlreadyDone
from billing.service.event_ports import Dispatch, DueEvent

Action = dict[str, Any]

FIRST_LOOK = timedelta(days=10)
"""How far back the very first sweep looks."""


class DeliveryTable:
    """The `Deliveries` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._buckets = Buckets(table, EVENTS, first_look=FIRST_LOOK)

    def due(self, now: datetime, limit: int) -> Iterator[DueEvent]:
        """What is due, from the day of the last complete sweep on."""
        return (_due(entry) for entry in self._buckets.due(now, limit))

    def load(self, event_id: str) -> Dispatch | None:
        """The event and its deliveries: one query, read consistently."""
        records, _ = self._table.query(
            KeyConditionExpression="pk = :event",
            ExpressionAttributeValues={":event": event_key(event_id)["pk"]},
            ConsistentRead=True,
        )
        stored = [record for record in records if record["sk"] == "EVENT"]
        if not stored:
            return None
        deliveries = [delivery_from_record(record) for record in records if record["sk"] != "EVENT"]
        announce_at = from_text(stored[0]["announce_at"]) if stored[0]["announce_at"] else None
        return Dispatch(event_from_record(stored[0]), announce_at, {one.endpoint_id: one for one in deliveries})

    def announce(self, dispatch: Dispatch, endpoints: Sequence[Endpoint], now: datetime) -> Dispatch:
        """The deliveries and their places, in exchange for the event's own place: one transaction."""
        event, announce_at = dispatch.event, dispatch.announce_at
        if announce_at is None:
            raise AlreadyDone
        made = [Delivery(event.id, one.id, event.type, "pending", now) for one in endpoints]
        actions = [
            self._table.update(
                event_key(event.id), "SET announce_at = :none", "announce_at = :at", none=None, at=to_text(announce_at)
            ),
            self._table.delete(due_key(EVENTS, announce_at, event.id)),
            *(action for delivery in made for action in self._begun(delivery)),
        ]
        try:
            self._table.transact(actions)
        except ConditionFailed:
            raise AlreadyDone from None
        return replace(dispatch, announce_at=None, deliveries={one.endpoint_id: one for one in made})

    def claim(self, delivery: Delivery, now: datetime, until: datetime) -> Delivery | None:
        """The lease, if it is free and the delivery as it was read."""
        change = self._table.update(
            delivery_key(delivery.event_id, delivery.endpoint_id),
            "SET lease_until = :until",
            "#status = :pending AND due_at = :due AND (lease_until = :none OR lease_until <= :now)",
            until=to_text(until),
            pending="pending",
            due=to_text(delivery.due_at),
            none=None,
            now=to_text(now),
        )
        try:
            self._table.write(change)
        except ConditionFailed:
            return None
        return replace(delivery, lease_until=until)

    def record(self, before: Delivery, after: Delivery) -> None:
        """The delivery and its place, if it is still held by the lease of `before`."""
        actions = [self._held(before, after), self._remove(before)]
        if after.status == "pending":
            actions.append(self._place(after))
        with suppress(ConditionFailed):
            self._table.transact(actions)

    def park(self, delivery: Delivery, endpoint: Endpoint) -> bool:
        """Out of the time buckets, under the condition that the endpoint is paused: resuming finds what waits."""
        waiting = replace(delivery, status="waiting", lease_until=None)
        record = {"event_id": delivery.event_id, "endpoint_id": endpoint.id}
        actions = [
            self._table.update(
                endpoint_key(endpoint.id), "SET #status = :paused", "#status = :paused", paused="paused"
            ),
            self._held(delivery, waiting),
            self._remove(delivery),
            self._table.put(waiting_key(endpoint.id, delivery.event_id), to_item(record)),
        ]
        try:
            self._table.transact(actions)
        except ConditionFailed:
            return False
        return True

    def unpark(self, endpoint_id: str, now: datetime, limit: int) -> int:
        """Each in a transaction of its own, begun anew."""
        records, _ = self._table.query(
            KeyConditionExpression="pk = :waiting",
            ExpressionAttributeValues={":waiting": waiting_key(endpoint_id, "")["pk"]},
            ConsistentRead=True,
            Limit=limit,
        )
        for record in records:
            stored = self._table.get(delivery_key(record["event_id"], endpoint_id))
            actions = [self._table.delete(waiting_key(endpoint_id, record["event_id"]))]
            if stored and stored["status"] == "waiting":
                delivery = delivery_from_record(stored)
                actions += self._begun(replace(delivery, status="pending", due_at=now, tries=0))
            self._table.transact(actions)
        return len(records)

    def later(self, due: DueEvent, until: datetime) -> None:
        """Moves the entry."""
        names = {"event_id": due.event_id, "endpoint_id": due.endpoint_id}
        name = due.key[1].partition("#")[2]
        record = {key: value for key, value in names.items() if value}
        self._table.transact([self._table.delete(_key(due)), self._buckets.put(until, name, record)])

    def drop(self, due: DueEvent) -> None:
        """Deletes the entry."""
        self._table.write(self._table.delete(_key(due)))

    def page(self, month: datetime, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Event], Any]:
        """The events of one UTC month, newest first, through the index; and where the next page starts."""
        records, following = self._table.page(events_index(month), limit, after)
        return [event_from_record(record) for record in records], following

    def replay(self, event: Event, before: Sequence[Delivery], endpoints: Sequence[str], entry: AuditEntry) -> None:
        """Begins the deliveries to these endpoints anew, due now, with who wanted it."""
        stored = {one.endpoint_id: one for one in before}
        actions = [audit_put(self._table, entry)]
        for endpoint_id in endpoints:
            last = stored.get(endpoint_id)
            fresh = last or Delivery(event.id, endpoint_id, event.type, "pending", entry.at)
            actions += self._begun(replace(fresh, status="pending", due_at=entry.at, tries=0, lease_until=None))
            if last and last.status == "pending" and last.due_at != entry.at:
                actions.append(self._remove(last))
        self._table.transact(actions)

    def _begun(self, delivery: Delivery) -> list[Action]:
        key = delivery_key(delivery.event_id, delivery.endpoint_id)
        return [self._table.put(key, to_item(delivery_to_record(delivery))), self._place(delivery)]

    def _held(self, before: Delivery, after: Delivery) -> Action:
        key = delivery_key(before.event_id, before.endpoint_id)
        lease = to_text(before.lease_until) if before.lease_until else None
        return self._table.put(key, to_item(delivery_to_record(after)), "lease_until = :mine", mine=lease)

    def _place(self, delivery: Delivery) -> Action:
        record = {"event_id": delivery.event_id, "endpoint_id": delivery.endpoint_id}
        return self._buckets.put(delivery.due_at, _name(delivery), record)

    def _remove(self, delivery: Delivery) -> Action:
        return self._buckets.remove(delivery.due_at, _name(delivery))


def resumption(table: Table, endpoint_id: str, now: datetime) -> Action:
    """The action that makes what waits for an endpoint due."""
    return Buckets(table, EVENTS).put(now, f"resumed#{endpoint_id}", {"endpoint_id": endpoint_id})


def _name(delivery: Delivery) -> str:
    return f"{delivery.event_id}#{delivery.endpoint_id}"


def _due(entry: Entry) -> DueEvent:
    record = entry.record
    return DueEvent((record["pk"], record["sk"]), record.get("event_id"), record.get("endpoint_id"))


def _key(due: DueEvent) -> dict[str, dict[str, str]]:
    return {"pk": {"S": due.key[0]}, "sk": {"S": due.key[1]}}
