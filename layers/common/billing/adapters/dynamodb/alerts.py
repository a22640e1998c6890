"""Alerts about balances: stored in the transaction that calls for them, until somebody has passed them on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.buckets import Buckets, Entry
from billing.adapters.dynamodb.client import Table
from billing.domain.ledger import Alert
from billing.domain.times import from_text, to_text
from billing.service.alerts import Raised

ALERTS = "ALERTS"


def alert_put(table: Table, alert: Alert) -> dict[str, Any]:
    """The action that stores an alert, due at once. Its name is the same for the same balance and level."""
    window_end = to_text(alert.slot.end)
    record = {
        "account_id": alert.account_id,
        "feature": alert.feature,
        "level": alert.level,
        "granted": alert.granted,
        "used": alert.used,
        "window_end": window_end,
        "at": to_text(alert.at),
    }
    name = "#".join((alert.account_id, alert.feature, window_end, str(alert.granted), alert.level))
    return Buckets(table, ALERTS).put(alert.at, name, record)


@dataclass(frozen=True, slots=True)
class AlertTable:
    """The `Alerts` port on the table."""

    table: Table

    def due(self, now: datetime, limit: int) -> Iterator[Raised]:
        """What was raised and not passed on yet, the oldest first."""
        return (_raised(entry) for entry in Buckets(self.table, ALERTS).due(now, limit))

    def done(self, alert: Raised) -> None:
        """It was passed on."""
        partition, sort = alert.key
        self.table.write(self.table.delete({"pk": {"S": partition}, "sk": {"S": sort}}))


def _raised(entry: Entry) -> Raised:
    record = entry.record
    return Raised(
        account_id=record["account_id"],
        feature=record["feature"],
        event=f"quota.{record['level']}",
        granted=record["granted"],
        used=record["used"],
        window_end=from_text(record["window_end"]),
        at=from_text(record["at"]),
        key=(record["pk"], record["sk"]),
    )
