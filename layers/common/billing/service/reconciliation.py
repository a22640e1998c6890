"""The sweep of open payments past their time: ask the provider, take the webhook's road, then let the order expire.

It reads the time buckets only, from where the last sweep stopped, so an outage is caught up with.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from billing.domain.orders import Notice, Order, Payment, misfit
from billing.service import messages
from billing.service.ports import AlreadyDone, Clock, Orders, Payments, Provider, ProviderUnavailable, Queue


@dataclass(frozen=True, slots=True)
class Due:
    """An attempt whose time has passed, or an order without anything to pay (no provider), and its place."""

    provider: str
    reference: str
    order_id: str
    key: tuple[str, str]


class DuePayments(Protocol):
    """The time buckets."""

    def due(self, now: datetime, limit: int) -> Iterator[Due]:
        """What is due, oldest first within a day, up to `limit`."""
        ...

    def settle(self, due: Due, payment: Payment, order: Order, now: datetime) -> None:
        """The attempt has expired unpaid; with its last one the order expires and its coupon's place is free."""
        ...

    def later(self, due: Due, until: datetime) -> None:
        """To be asked again at `until`."""
        ...

    def drop(self, due: Due) -> None:
        """Nothing is left to ask."""
        ...


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did, in payments: asked their provider, queued what was paid, let expire, put off."""

    asked: int = 0
    queued: int = 0
    expired: int = 0
    postponed: int = 0

    def plus(self, what: str) -> "Swept":
        """One more of `what`."""
        counts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        counts[what] += 1
        return Swept(**counts)


UNDECIDED = {"open", "failed", "closed"}
"""Attempt states in which money may still have come that we were not told of."""

AGAIN = timedelta(minutes=10)
"""When a provider that could not tell is asked again."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Asks for what webhooks did not tell."""

    due: DuePayments
    orders: Orders
    payments: Payments
    queue: Queue
    clock: Clock
    provider: Callable[[str], Provider]
    limit: int = 500

    def sweep(self) -> Swept:
        """One run, bounded by `limit`."""
        swept = Swept()
        for due in self.due.due(self.clock.now(), self.limit):
            for done in self._reconcile(due):
                swept = swept.plus(done)
        return swept

    def _reconcile(self, due: Due) -> tuple[str, ...]:
        """What was done about one entry, as names of `Swept`."""
        now = self.clock.now()
        payment, order = self.payments.find(due.provider, due.reference), self.orders.get(due.order_id)
        if order is None or payment is None or payment.status not in UNDECIDED:
            return self._document(due, order, now)
        try:
            notice = self.provider(due.provider).query(payment, now)
        except ProviderUnavailable:
            self.due.later(due, now + AGAIN)
            return "asked", "postponed"
        return "asked", self._act(due, payment, order, notice, now)

    def _document(self, due: Due, order: Order | None, now: datetime) -> tuple[str, ...]:
        """Nothing is left to ask; but a fulfilled order must have its document, though its message got lost."""
        if order is None or order.status != "fulfilled" or order.invoice_id:
            self.due.drop(due)
            return ()
        self.queue.send(messages.documents(order))
        self.due.later(due, now + AGAIN)
        return ("queued",)

    def _act(self, due: Due, payment: Payment, order: Order, notice: Notice, now: datetime) -> str:
        if notice.outcome == "pending":
            self.due.later(due, now + AGAIN)
            return "postponed"
        if notice.outcome == "paid":
            self.queue.send(messages.settlement(notice, payment))
            if not misfit(notice, payment):
                self.due.later(due, now + AGAIN)
                return "queued"
        with suppress(AlreadyDone):
            self.due.settle(due, payment, order, now)
        return "queued" if notice.outcome == "paid" else "expired"
