"""The sweep of ends of paid time: a reminder that has come is handed to the queue, its entry moves to the next step.

First the message, then the move under a condition. A crash in between hands the message over twice, and what sends it
sends once (`billing.service.reminder_mail`); the other way round it would be lost. docs/renewals.md thinks it through.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from billing.domain.reminders import Reminder, reminder_to_record, turn
from billing.service.basic_ports import AlreadyDone, Clock, Queue


@dataclass(frozen=True, slots=True)
class DueReminder:
    """An account's next reminder, and its place among due work."""

    reminder: Reminder
    key: tuple[str, str]


class DueReminders(Protocol):
    """The time buckets, and what an account has paid for."""

    def due(self, now: datetime, limit: int) -> Iterator[DueReminder]:
        """What is due, oldest first within a day, up to `limit`."""
        ...

    def paid_end(self, account_id: str) -> datetime | None:
        """The end of all the account's paid time, read consistently."""
        ...

    def move(self, due: DueReminder, reminder: Reminder) -> None:
        """To the time of the step of `reminder`; `AlreadyDone` if the entry is no longer there."""
        ...

    def drop(self, due: DueReminder) -> None:
        """Nothing is left to say."""
        ...


@dataclass(frozen=True, slots=True)
class Reminded:
    """What a sweep did, in accounts: handed to the queue, skipped as stale, quiet since renewed, failed."""

    queued: int = 0
    stale: int = 0
    renewed: int = 0
    failed: int = 0

    def plus(self, what: str) -> "Reminded":
        """One more of `what`."""
        counts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        counts[what] += 1
        return Reminded(**counts)


@dataclass(frozen=True, slots=True)
class Reminding:
    """Finds who is to be reminded. One run takes `limit` entries at most and begins none after `seconds`.

    `failed` is told of an entry that could not be handled: it stays where it is, and the next run tries again.
    """

    due: DueReminders
    queue: Queue
    clock: Clock
    failed: Callable[[DueReminder, Exception], None]
    elapsed: Callable[[], float]
    seconds: float = 200.0
    limit: int = 5000

    def sweep(self) -> Reminded:
        """One run; what it leaves, the next one takes up."""
        done, end = Reminded(), self.elapsed() + self.seconds
        for due in self.due.due(self.clock.now(), self.limit):
            done = done.plus(self._guarded(due))
            if self.elapsed() > end:
                break
        return done

    def _guarded(self, due: DueReminder) -> str:
        try:
            return self._remind(due)
        except Exception as error:  # noqa: BLE001 - told to an operator; the other accounts must not wait for this one
            self.failed(due, error)
            return "failed"

    def _remind(self, due: DueReminder) -> str:
        """What was done about one entry, as a name of `Reminded`."""
        if self.due.paid_end(due.reminder.renewal.account_id) != due.reminder.renewal.end:
            self.due.drop(due)
            return "renewed"
        now = turn(due.reminder, self.clock.now())
        if now.send is not None:
            self.queue.send(reminder_to_record(replace(due.reminder, step=now.send)))
        self._move_on(due, now.following)
        return "stale" if now.send is None else "queued"

    def _move_on(self, due: DueReminder, following: int | None) -> None:
        if following is None:
            self.due.drop(due)
            return
        try:
            self.due.move(due, replace(due.reminder, step=following))
        except AlreadyDone:  # a sweep at the same time was quicker; whoever sends does so once
            return
