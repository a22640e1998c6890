"""Refunds as a provider keeps them, apart from what it tells of them."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from local.simulators.behaviour import Behaviour

State = Literal["pending", "succeeded", "failed"]


@dataclass(slots=True)
class Refund:
    """Dong that go back of a payment. `reference` is the merchant's name of it, `number` the provider's."""

    payment: str
    reference: str
    amount: int
    number: int
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)
    state: State = "pending"
    settled_at: datetime | None = None

    def end(self, state: State, now: datetime) -> None:
        """Given back, or not to be given back."""
        self.state, self.settled_at = state, now

    def seen(self, as_of: datetime) -> "Refund":
        """The refund as it was then."""
        known = self.settled_at is not None and self.settled_at <= as_of
        return self if known else replace(self, state="pending", settled_at=None)


class Refunds:
    """All refunds of one provider.

    What is pending ends as `behaviour` says as soon as it no longer says that it is to wait: when somebody looks.
    """

    def __init__(self, behaviour: Behaviour, first_number: int = 1) -> None:
        self._behaviour = behaviour
        self._numbers = itertools.count(first_number)
        self._all: list[Refund] = []

    @property
    def are_refused(self) -> bool:
        """Whether a new one is to be refused."""
        return self._behaviour.refund == "refused"

    def take(
        self,
        payment: str,
        reference: str,
        amount: int,
        now: datetime,
        *,
        at_once: bool = True,
        details: Mapping[str, Any] | None = None,
    ) -> Refund:
        """A new one, ended `at_once` unless they are to wait."""
        one = Refund(payment, reference, amount, next(self._numbers), now, details or {})
        self._all.append(one)
        if at_once:
            self._settle(now)
        return one

    def find(self, reference: str, now: datetime, as_of: datetime | None = None) -> Refund | None:
        """The one that the merchant calls so."""
        return next((one for one in self._seen(now, as_of) if one.reference == reference), None)

    def of(self, payment: str, now: datetime, as_of: datetime | None = None) -> list[Refund]:
        """Those of a payment, oldest first, as they are or as they were."""
        return [one for one in self._seen(now, as_of) if one.payment == payment]

    def left(self, payment: str, paid: int, now: datetime) -> int:
        """What of a payment has not gone back and is not about to, in dong."""
        return paid - sum(one.amount for one in self.of(payment, now) if one.state != "failed")

    def _seen(self, now: datetime, as_of: datetime | None) -> list[Refund]:
        self._settle(now)
        if as_of is None:
            return self._all
        return [one.seen(as_of) for one in self._all if one.at <= as_of]

    def _settle(self, now: datetime) -> None:
        if self._behaviour.refund == "pending":
            return
        for one in self._all:
            if one.state == "pending":
                one.end("failed" if self.are_refused else "succeeded", now)
