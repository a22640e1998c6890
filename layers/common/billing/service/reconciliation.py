"""The sweep of open payments past their time: ask the provider, take the webhook's road, then let the order expire.

It reads the time buckets only, from where the last complete sweep stopped, so an outage is caught up with. One entry
that fails holds no other one up. An attempt that expired unpaid is asked about once more a day later: a bank transfer
can come at any time, and its webhook may be lost as well.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from billing.domain.orders import DOCUMENTED, Order
from billing.domain.payments import Notice, Payment, misfit
from billing.service import messages
from billing.service.basic_ports import AlreadyDone, Clock, Payments, Queue
from billing.service.ports import Orders
from billing.service.provider_port import Provider, ProviderUnavailable
from billing.service.sweeping import each, wait_after


@dataclass(frozen=True, slots=True)
class Due:
    """An attempt whose time has passed, or an order without anything to pay (no provider), and its place.

    `tries` counts how often it was put off; `last_look` is set once the attempt has expired.
    """

    provider: str
    reference: str
    order_id: str
    key: tuple[str, str]
    tries: int = 0
    last_look: bool = False


class DuePayments(Protocol):
    """The time buckets."""

    def due(self, now: datetime, limit: int) -> Iterator[Due]:
        """What is due, oldest first within a day, up to `limit`."""
        ...

    def expire(self, payment: Payment, order: Order | None, now: datetime) -> None:
        """Open -> expired; with it `order`, if it is pending and its time over, and its coupon's place is free.

        `AlreadyDone` if either changed meanwhile.
        """
        ...

    def later(self, due: Due, until: datetime) -> None:
        """To be asked again at `until`."""
        ...

    def drop(self, due: Due) -> None:
        """Nothing is left to ask."""
        ...


class Watch(Protocol):
    """Tells operators what a sweep could not do."""

    def unasked(self, payment: Payment) -> None:
        """The provider cannot be asked: the attempt ends on what webhooks said alone."""
        ...

    def undecided(self, due: Due) -> None:
        """The provider has not decided, or not answered, for a day."""
        ...

    def failed(self, due: Due, error: Exception) -> None:
        """Something else went wrong with this entry; it is tried again."""
        ...


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did, in payments: asked their provider, queued what was paid, let expire, put off."""

    asked: int = 0
    queued: int = 0
    expired: int = 0
    postponed: int = 0


UNDECIDED = {"open", "failed", "closed", "expired"}
"""Attempt states in which money may still have come that we were not told of."""

LAST_LOOK = timedelta(days=1)
"""How long after an attempt has expired it is asked about once more."""

TRIES_OF_A_DAY = 8
"""So often an attempt was put off when a day has passed."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Asks for what webhooks did not tell.

    One run takes `limit` entries at most and begins none after `seconds`; `elapsed` counts seconds and never runs back.
    """

    due: DuePayments
    orders: Orders
    payments: Payments
    queue: Queue
    clock: Clock
    provider: Callable[[str], Provider]
    watch: Watch
    elapsed: Callable[[], float]
    seconds: float = 200.0
    limit: int = 500

    def sweep(self) -> Swept:
        """One run; what it leaves, the next one takes up."""
        due = self.due.due(self.clock.now(), self.limit)
        return Swept(**Counter(each(due, self._reconcile, self._spare, self.elapsed, self.seconds)))

    def _spare(self, due: Due, error: Exception) -> tuple[str, ...]:
        self.watch.failed(due, error)
        return (self._postpone(due, self.clock.now()),)

    def _reconcile(self, due: Due) -> tuple[str, ...]:
        now = self.clock.now()
        payment, order = self.payments.find(due.provider, due.reference), self.orders.get(due.order_id)
        if order is None or payment is None or payment.status not in UNDECIDED:
            return self._document(due, order, now)
        provider = self.provider(due.provider)
        if not provider.asks:
            self.watch.unasked(payment)
            return (self._expire(due, payment, order, now, again=None),)
        try:
            notice = provider.query(payment, now)
        except ProviderUnavailable:
            return "asked", self._postpone(due, now)
        return "asked", self._act(due, payment, order, notice, now)

    def _document(self, due: Due, order: Order | None, now: datetime) -> tuple[str, ...]:
        """Nothing is left to ask; but a fulfilled order must have its document, though its message got lost."""
        if order is None or order.status not in DOCUMENTED or not order.has_document or order.invoice_id:
            self.due.drop(due)
            return ()
        self.queue.send(messages.documents(order.id, order.account_id, order.document))
        self._postpone(due, now)
        return ("queued",)

    def _act(self, due: Due, payment: Payment, order: Order, notice: Notice, now: datetime) -> str:
        if notice.outcome == "pending":
            return self._postpone(due, now)
        again = None if due.last_look else now + LAST_LOOK
        if notice.outcome == "failed":
            return self._expire(due, payment, order, now, again)
        self.queue.send(messages.settlement(notice, payment))
        if misfit(notice, payment):
            self._expire(due, payment, order, now, again)
        else:
            self._postpone(due, now)
        return "queued"

    def _expire(self, due: Due, payment: Payment, order: Order, now: datetime, again: datetime | None) -> str:
        """The attempt is over; its order too, unless another attempt of it is not decided yet."""
        try:
            self.due.expire(payment, None if self._waits_for_another(order, payment) else order, now)
        except AlreadyDone:
            return self._postpone(due, now)
        if again:
            self.due.later(replace(due, tries=0, last_look=True), again)
        else:
            self.due.drop(due)
        return "expired"

    def _waits_for_another(self, order: Order, payment: Payment) -> bool:
        if order.status != "pending" or len(order.attempts) == 1:
            return False
        others = (one for one in self.orders.payments([order])[order.id] if one.id != payment.id)
        return any(one.status == "open" for one in others)

    def _postpone(self, due: Due, now: datetime) -> str:
        if due.tries >= TRIES_OF_A_DAY:
            self.watch.undecided(due)
        self.due.later(replace(due, tries=due.tries + 1), now + wait_after(due.tries))
        return "postponed"
