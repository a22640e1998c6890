"""Balances that are low or used up, as e-mails and events: each alert in exchange for its event, in one transaction.

The message for the e-mail goes out before: a crash in between hands it over twice, and what sends it sends once.
"""

from collections.abc import Iterator
from datetime import datetime

from billing.adapters.dynamodb.alerts import AlertTable
from billing.adapters.dynamodb.client import ConditionFailed, Table
from billing.adapters.dynamodb.outbox import event_writes
from billing.domain.events import Event, event
from billing.domain.times import to_text
from billing.service.alerts import Raised, raised_to_record
from billing.service.basic_ports import Queue


class AlertEvents:
    """The `Alerts` port, where passing an alert on is queueing its e-mail and storing its event."""

    def __init__(self, table: Table, mails: Queue) -> None:
        self._table = table
        self._mails = mails
        self._alerts = AlertTable(table)

    def due(self, now: datetime, limit: int) -> Iterator[Raised]:
        """What was raised and not passed on yet."""
        return self._alerts.due(now, limit)

    def pass_on(self, alert: Raised, now: datetime) -> None:
        """The event in place of the alert; one that is stored already is not told again."""
        self._mails.send({"alert": raised_to_record(alert)})
        partition, sort = alert.key
        done = self._table.delete({"pk": {"S": partition}, "sk": {"S": sort}})
        try:
            self._table.transact([*event_writes(self._table, quota_told(alert), now=now), done])
        except ConditionFailed:
            self._alerts.done(alert)


def quota_told(raised: Raised) -> Event:
    """quota.low or quota.exhausted, the same for the same balance and level. Of two, the later is the newer."""
    data = {
        "feature": raised.feature,
        "granted": raised.granted,
        "used": raised.used,
        "remaining": raised.granted - raised.used,
        "next_expiry": to_text(raised.window_end),
    }
    version = int(raised.at.timestamp())
    return event(raised.event, (raised.key[1],), raised.account_id, raised.at, version, data)
