"""Money that came in and that nobody told us of, found in a provider's own list of transfers.

A query asks for an attempt; this looks at what belongs to none: a transfer without a code, a second one, too little
beside enough, whose webhook was given up. A day is looked through once, when no webhook of it comes any more. What is
found takes the webhook's road; what is known already is a duplicate there.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from billing.domain.payments import Notice
from billing.service import messages
from billing.service.basic_ports import Clock, Payments, Queue
from billing.service.provider_port import ProviderUnavailable, Statement

SETTLED_AFTER = timedelta(days=2)
"""How long ago a day must be: SePay gives a webhook up within five hours, and some banks tell no time of the day."""

MOST_DAYS = 7
"""Days that one run looks through, after an outage."""

PAUSE = timedelta(hours=1)
"""Before a provider that gave no list is asked again."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The days before `day` were looked through; nothing is asked before `next_at`."""

    day: date
    next_at: datetime


class Marks(Protocol):
    """How far each list was read."""

    def mark(self, provider: str) -> Mark | None:
        """None before the first run."""
        ...

    def save(self, provider: str, mark: Mark) -> None:
        """For the next run."""
        ...


class StatementWatch(Protocol):
    """Tells operators what could not be read."""

    def unread(self, provider: str, day: date) -> None:
        """The provider gave no list of a day."""
        ...


@dataclass(frozen=True, slots=True)
class Statements:
    """Looks through the lists of `providers`; one that was just switched on is read from that day on."""

    providers: Callable[[], Iterable[Statement]]
    marks: Marks
    payments: Payments
    queue: Queue
    clock: Clock
    watch: StatementWatch

    def sweep(self) -> int:
        """How many transfers were queued."""
        return sum(self._read(provider) for provider in self.providers())

    def _read(self, provider: Statement) -> int:
        now = self.clock.now()
        until = provider.day_of(now - SETTLED_AFTER)
        mark = self.marks.mark(provider.id)
        if mark is None or until < mark.day:  # a clock that was set back reads again, and finds duplicates
            self.marks.save(provider.id, Mark(until, now))
            return 0
        queued = 0
        for day in days_between(mark.day, until if mark.next_at <= now else mark.day)[:MOST_DAYS]:
            try:
                found = list(provider.untold(day, now))
            except ProviderUnavailable:
                self.watch.unread(provider.id, day)
                self.marks.save(provider.id, Mark(day, now + PAUSE))
                break
            for notice in found:
                self._queue(notice)
            queued += len(found)
            self.marks.save(provider.id, replace(mark, day=day + timedelta(days=1)))
        return queued

    def _queue(self, notice: Notice) -> None:
        payment = self.payments.find(notice.provider, notice.reference) if notice.reference else None
        self.queue.send(messages.settlement(notice, payment))


def days_between(first: date, end: date) -> list[date]:
    """The days from `first` to the one before `end`."""
    return [first + timedelta(days=number) for number in range((end - first).days)]
