"""Subscriptions that come to their end: told a week before and at the end, by the terms as they are then."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from billing.domain.events import NOTICE
from billing.domain.subscriptions import Term, last_ended, paid_until, running
from billing.service.basic_ports import Clock
from billing.service.event_ports import DeliveryWatch

FAULT_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Watched:
    """An account that is to be looked at, and its place."""

    account_id: str
    key: tuple[str, str]


class Subscriptions(Protocol):
    """The accounts' terms, and when each is to be looked at."""

    def due(self, now: datetime, limit: int) -> Iterator[Watched]:
        """Whom to look at."""
        ...

    def terms(self, account_id: str) -> tuple[int, tuple[Term, ...]]:
        """The subscription's version and terms, read consistently."""
        ...

    def later(self, watched: Watched, until: datetime) -> None:
        """The account is looked at then instead."""
        ...

    def tell(self, watched: Watched, ending: "Ending", version: int, again: datetime | None, now: datetime) -> None:
        """The event, once for each end and state, with the account to be looked at `again` (None: no more)."""
        ...


@dataclass(frozen=True, slots=True)
class Ending:
    """What is told: `state` "expiring", "expired", or None where time was added meanwhile; the plan that ends when."""

    state: str | None
    plan_id: str
    end: datetime


@dataclass(frozen=True, slots=True)
class Endings:
    """Looks at the accounts whose time may end."""

    subscriptions: Subscriptions
    clock: Clock
    watch: DeliveryWatch
    limit: int = 500

    def sweep(self) -> int:
        """How many accounts were looked at."""
        looked, now = 0, self.clock.now()
        for watched in self.subscriptions.due(now, self.limit):
            looked += 1
            try:
                self._look(watched, now)
            except Exception as error:  # noqa: BLE001 - told to an operator; the others must not wait for this one
                self.watch.failed({"account_id": watched.account_id}, error)
                self.subscriptions.later(watched, now + FAULT_AGAIN)
        return looked

    def _look(self, watched: Watched, now: datetime) -> None:
        version, terms = self.subscriptions.terms(watched.account_id)
        ending = ending_of(terms, now)
        again = ending.end if ending.state == "expiring" else None
        self.subscriptions.tell(watched, ending, version, again, now)


def ending_of(terms: tuple[Term, ...], now: datetime) -> Ending:
    """How an account's paid time stands: `end` is that of all continuous time, or of the last there was.

    Time that comes later, behind a gap that a refund left, is neither: its end is told when it has run.
    """
    end = paid_until(terms, now)
    if end is None:
        last = last_ended(terms, now)
        return Ending("expired", last.plan_id, last.period.end) if last else Ending(None, "", now)
    current = running(terms, now)
    return Ending("expiring" if end - now <= NOTICE else None, current.plan_id if current else "", end)
