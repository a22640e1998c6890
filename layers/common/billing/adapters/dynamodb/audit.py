"""Operators' acts as stored: written with what they change, read by target or by month."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.client import ABSENT, Table
from billing.adapters.dynamodb.keys import audit_index, audit_key, audit_partition
from billing.adapters.dynamodb.mapper import to_item
from billing.domain.audit import AuditEntry
from billing.domain.times import from_text, to_text


def audit_put(table: Table, entry: AuditEntry) -> dict[str, Any]:
    """The action that stores an entry, for the transaction of the act itself."""
    record = {
        "id": entry.id,
        "at": to_text(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "details": dict(entry.details),
        "gsi1pk": audit_index(entry.at),
        "gsi1sk": f"{to_text(entry.at)}#{entry.id}",
    }
    return table.put(audit_key(entry.target, entry.at, entry.id), to_item(record), ABSENT)


class AuditTable:
    """Reads entries."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, target: str) -> list[AuditEntry]:
        """What was done to one target, oldest first; the first page, for nothing is decided more than a few times."""
        records, _ = self._table.query(
            KeyConditionExpression="pk = :target",
            ExpressionAttributeValues={":target": {"S": audit_partition(target)}},
            ConsistentRead=True,
        )
        return [_entry(record) for record in records]

    def page(self, month: datetime, limit: int, after: Mapping[str, Any] | None) -> tuple[list[AuditEntry], Any]:
        """The entries of one UTC month, newest first, through the index; and where the next page starts."""
        records, following = self._table.page(audit_index(month), limit, after)
        return [_entry(record) for record in records], following


def _entry(record: Mapping[str, Any]) -> AuditEntry:
    return AuditEntry(
        record["id"], from_text(record["at"]), record["actor"], record["action"], record["target"], record["details"]
    )
