"""What became of a payment: how it ended as chosen, and what is still to be told about it."""

import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime

from local.simulators.base import Choice, Outcome

DUPLICATES = 3

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class End:
    """One end of a payment; `amount` in dong, `number` is its own."""

    outcome: Outcome
    amount: int
    number: int
    at: datetime

    @property
    def paid(self) -> bool:
        """Whether money moved."""
        return self.outcome == "success"


@dataclass(slots=True)
class Course:
    """A payment of `amount` dong from its making on. `late` is what is to happen once its time is over."""

    amount: int
    expires_at: datetime
    ends: list[End] = field(default_factory=list)
    late: Choice | None = None
    unsent: list[End] = field(default_factory=list)

    def play(self, choice: Choice, now: datetime) -> list[End]:
        """Let the payment end as chosen; what is told of it now, message by message."""
        if choice.webhook == "late":
            self.late = choice
            return []
        end = self.record(choice, now)
        if choice.webhook == "forged":
            return [new_end(Choice("success"), end.amount, now)]
        if choice.webhook == "held":
            self.unsent.append(end)
            return []
        return [end] * {"normal": 1, "duplicate": DUPLICATES, "lost": 0}[choice.webhook]

    def record(self, choice: Choice, now: datetime) -> End:
        """The payment ends so. A success for the same amount is the one that already was: it is taken once."""
        amount = choice.amount or self.amount
        if choice.outcome == "success":
            for end in self.ends:
                if end.paid and end.amount == amount:
                    return end
        end = new_end(choice, amount, now)
        self.ends.append(end)
        return end

    def state(self, now: datetime) -> End | None:
        """How it stands: paid if it ever was, else its last end; None where nothing has happened."""
        self._mature(now)
        return next((end for end in reversed(self.ends) if end.paid), self.ends[-1] if self.ends else None)

    def is_over(self, now: datetime) -> bool:
        """Whether the time for paying has passed."""
        return now > self.expires_at

    def seen(self, now: datetime, as_of: datetime | None) -> "Course":
        """The payment itself, or a copy that knows of nothing after `as_of`: what is still to come keeps that open."""
        self._mature(now)
        if as_of is None:
            return self
        known = [end for end in self.ends if end.at <= as_of]
        goes_on = self.late is not None or len(known) < len(self.ends)
        return replace(self, ends=known, late=None, unsent=[], expires_at=now if goes_on else self.expires_at)

    def take_due(self, now: datetime) -> list[End]:
        """The ends of late payments and those held back that are to be told by now; each is given once."""
        self._mature(now)
        due, self.unsent = self.unsent, []
        return due

    def _mature(self, now: datetime) -> None:
        if self.late and self.is_over(now):
            self.unsent.append(self.record(self.late, now))
            self.late = None


def new_end(choice: Choice, amount: int, now: datetime) -> End:
    """An end with a number of its own."""
    return End(choice.outcome, amount, next(_numbers), now)
