"""The sweep of refunds: providers that had not decided are asked again, buyers who were not told are told.

Each refund has a place in the time buckets from the moment it is stored until nothing is left to do about it, so a lost
answer, a lost message or an outage costs time and nothing else.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from billing.domain.refunds import Refund
from billing.service import messages
from billing.service.basic_ports import Clock, Queue
from billing.service.provider_port import ProviderUnavailable
from billing.service.refund_ports import Refunds
from billing.service.refund_progress import RefundProgress
from billing.service.sweeping import each, wait_after


@dataclass(frozen=True, slots=True)
class DueRefund:
    """A refund that something is to be done about, and its place. `tries` counts how often it was put off."""

    refund_id: str
    key: tuple[str, str]
    tries: int = 0


class DueRefunds(Protocol):
    """The time buckets of refunds."""

    def due(self, now: datetime, limit: int) -> Iterator[DueRefund]:
        """What is due, oldest first within a day, up to `limit`."""
        ...

    def later(self, due: DueRefund, until: datetime) -> None:
        """To be looked at again at `until`."""
        ...

    def drop(self, due: DueRefund) -> None:
        """Nothing is left to do."""
        ...


class RefundWatch(Protocol):
    """Tells operators what needs them."""

    def refund_failed(self, refund: Refund) -> None:
        """The provider refused, after it had left its decision open: nothing went back."""
        ...

    def refund_overdue(self, refund: Refund) -> None:
        """Not finished after three days: a transfer nobody made, or a provider that does not decide."""
        ...

    def refund_fault(self, due: DueRefund, error: Exception) -> None:
        """Something went wrong with this one; it is tried again."""
        ...


@dataclass(frozen=True, slots=True)
class SweptRefunds:
    """What a sweep did, in refunds: finished, told again, put off."""

    refunded: int = 0
    failed: int = 0
    told: int = 0
    waiting: int = 0


OVERDUE = timedelta(days=3)
"""When an unfinished refund is told to operators."""

DAILY = timedelta(days=1)
"""How often they are reminded of a transfer that nobody has made."""


@dataclass(frozen=True, slots=True)
class RefundSweep:
    """Goes through what is due. One run takes `limit` entries at most and begins none after `seconds`.

    `elapsed` counts seconds and never runs back.
    """

    due: DueRefunds
    refunds: Refunds
    progress: RefundProgress
    queue: Queue
    clock: Clock
    watch: RefundWatch
    elapsed: Callable[[], float]
    seconds: float = 50.0
    limit: int = 200

    def sweep(self) -> SweptRefunds:
        """One run; what it leaves, the next one takes up."""
        due = self.due.due(self.clock.now(), self.limit)
        return SweptRefunds(**Counter(each(due, self._go_on, self._spare, self.elapsed, self.seconds)))

    def _spare(self, due: DueRefund, error: Exception) -> tuple[str, ...]:
        self.watch.refund_fault(due, error)
        return (self._put_off(due),)

    def _go_on(self, due: DueRefund) -> tuple[str, ...]:
        refund = self.refunds.get(due.refund_id)
        if refund is None or not (refund.is_unfinished or refund.is_to_be_told):
            self.due.drop(due)
            return ()
        if refund.is_to_be_told:
            self.queue.send(messages.refund(refund.id, refund.order_id))
            self._put_off(due)
            return ("told",)
        return (self._ask(due, refund),)

    def _ask(self, due: DueRefund, refund: Refund) -> str:
        after = refund
        if refund.by_api:
            try:
                after = self.progress.ask(refund)
            except ProviderUnavailable:
                after = refund
        if after.is_unfinished:
            if self.clock.now() >= after.created_at + OVERDUE:
                self.watch.refund_overdue(after)
            return self._put_off(due, at_least=timedelta(0) if after.by_api else DAILY)
        if after.status == "failed":
            self.watch.refund_failed(after)
        self.due.drop(due)
        return "failed" if after.status == "failed" else "refunded"

    def _put_off(self, due: DueRefund, at_least: timedelta = timedelta(0)) -> str:
        wait = max(at_least, wait_after(due.tries))
        self.due.later(replace(due, tries=due.tries + 1), self.clock.now() + wait)
        return "waiting"
