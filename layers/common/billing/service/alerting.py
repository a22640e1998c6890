"""Alerts about balances on their way to the product behind."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from billing.service.alerts import Raised
from billing.service.basic_ports import Clock
from billing.service.event_ports import DeliveryWatch


class PassedOn(Protocol):
    """Alerts as stored, and how they are passed on."""

    def due(self, now: datetime, limit: int) -> Iterator[Raised]:
        """What was raised and not passed on yet."""
        ...

    def pass_on(self, alert: Raised, now: datetime) -> None:
        """Once for each alert."""
        ...


@dataclass(frozen=True, slots=True)
class Alerting:
    """Passes alerts on. One that fails holds no other one up, and comes again with the next sweep."""

    alerts: PassedOn
    clock: Clock
    watch: DeliveryWatch
    limit: int = 500

    def sweep(self) -> int:
        """How many alerts were due."""
        seen, now = 0, self.clock.now()
        for alert in self.alerts.due(now, self.limit):
            seen += 1
            try:
                self.alerts.pass_on(alert, now)
            except Exception as error:  # noqa: BLE001 - told to an operator; the alert is still due
                self.watch.failed({"account_id": alert.account_id, "feature": alert.feature}, error)
        return seen
