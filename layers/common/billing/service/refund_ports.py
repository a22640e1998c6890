"""What the use cases of refunds need of the table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from billing.domain.audit import AuditEntry
from billing.domain.orders import Order
from billing.domain.payments import Payment
from billing.domain.quotas import Grant
from billing.domain.refunds import Effect, PaidMoney, Refund
from billing.service.account_ports import Subscription


@dataclass(frozen=True, slots=True)
class RefundAtHand:
    """A refund with what its success touches; `order` is None where it takes nothing back."""

    refund: Refund
    order: Order | None = None
    payment: Payment | None = None
    subscription: Subscription = field(default_factory=Subscription)
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class SettledRefund:
    """A refund that succeeded, what it was decided upon, and what it does (`effect` None: nothing to any order)."""

    refund: Refund
    before: RefundAtHand
    effect: Effect | None
    at: datetime


class Refunds(Protocol):
    """Refunds as stored. Writes raise `AlreadyDone` where what they decided upon changed meanwhile."""

    def get(self, refund_id: str) -> Refund | None:
        """Read consistently."""
        ...

    def create(self, refund: Refund, money: PaidMoney, audit: AuditEntry) -> None:
        """Refund, reserved money, due entry and audit in one transaction.

        `refund_not_possible` while another refund of the same payment is not finished.
        """
        ...

    def at_hand(self, refund: Refund) -> RefundAtHand:
        """All that settling it takes, as of now."""
        ...

    def pending(self, refund: Refund) -> None:
        """The provider has taken it on; `refund` holds its number."""
        ...

    def succeed(self, settled: SettledRefund, audit: AuditEntry | None) -> None:
        """The money went back: refund, order, payment, grants and terms in one transaction."""
        ...

    def fail(self, refund: Refund, audit: AuditEntry | None) -> None:
        """Nothing goes back: what was reserved is free again."""
        ...

    def many(self, refund_ids: tuple[str, ...]) -> list[Refund]:
        """These refunds, in their order."""
        ...

    def page(self, month: datetime | None, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Refund], Any]:
        """Unfinished refunds, or with `month` those finished that were asked for in it; and the next page's start."""
        ...
