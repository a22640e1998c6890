"""Endpoints as stored: one partition, so that all of them are one read."""

from collections.abc import Sequence

from billing.adapters.dynamodb.audit import audit_put
from billing.adapters.dynamodb.client import ABSENT, ConditionFailed, Table
from billing.adapters.dynamodb.deliveries import resumption
from billing.adapters.dynamodb.delivery_records import endpoint_from_record, endpoint_to_record
from billing.adapters.dynamodb.keys import endpoint_key
from billing.adapters.dynamodb.mapper import to_item
from billing.domain.audit import AuditEntry
from billing.domain.endpoints import Endpoint


class EndpointTable:
    """The `Endpoints` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def all(self) -> Sequence[Endpoint]:
        """Every endpoint, by creation; there are few."""
        records, _ = self._table.query(
            KeyConditionExpression="pk = :all",
            ExpressionAttributeValues={":all": endpoint_key("")["pk"]},
            ConsistentRead=True,
        )
        return sorted((endpoint_from_record(record) for record in records), key=lambda one: (one.created_at, one.id))

    def add(self, endpoint: Endpoint, entry: AuditEntry) -> None:
        """A new one, with who made it."""
        put = self._table.put(endpoint_key(endpoint.id), to_item(endpoint_to_record(endpoint)), ABSENT)
        self._table.transact([put, audit_put(self._table, entry)])

    def change(self, before: Endpoint, after: Endpoint, entry: AuditEntry | None, *, resumed: bool = False) -> bool:
        """`after` in place of `before`, whose version is the condition; with who wanted it, if anybody did."""
        record = to_item(endpoint_to_record(after))
        put = self._table.put(endpoint_key(before.id), record, "version = :before", before=before.version)
        try:
            if entry is None:
                self._table.write(put)
            else:
                waiting = [resumption(self._table, before.id, entry.at)] if resumed else []
                self._table.transact([put, audit_put(self._table, entry), *waiting])
        except ConditionFailed:
            return False
        return True

    def remove(self, endpoint: Endpoint, entry: AuditEntry) -> bool:
        """Its item, with who took it away; its version is the condition."""
        taken = self._table.delete(endpoint_key(endpoint.id), "version = :before", before=endpoint.version)
        waiting = resumption(self._table, endpoint.id, entry.at)
        try:
            self._table.transact([taken, audit_put(self._table, entry), waiting])
        except ConditionFailed:
            return False
        return True
