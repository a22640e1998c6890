"""What the use cases need of the outside world. Each port has one real adapter and, in tests, a small fake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from billing.domain.coupons import Coupon, CouponPlace
from billing.domain.credits import Holding
from billing.domain.inbox import PaymentException
from billing.domain.orders import Order
from billing.domain.payments import Payment
from billing.domain.quotas import Grant, Hold
from billing.domain.subscriptions import Period, Term
from billing.service.account_ports import Affected, Subscription


@dataclass(frozen=True, slots=True)
class Checkout:
    """All that deciding on a purchase takes, read at once."""

    subscription: Subscription
    coupon: Coupon | None
    taken_by_account: int
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """The effect of a paid order: its time, its grants, and the account's subscription as it was and will be.

    No `term` for an add-on. `ended`: grants in use of terms that are credited to it or make room for it. `moved`: terms
    that made room, with their grants there. `missing_credit`: dong of the quoted credit that were no longer there.
    `place`: the order's place of its coupon where it was read, for an order that is not pending any more may have lost
    it. `notes`: exceptions to keep with it, for an operator to know. `counted`: kept exceptions whose money is part of
    what paid the order, each as it was and decided.
    """

    order: Order
    period: Period
    term: Term | None
    grants: tuple[Grant, ...]
    before: Subscription
    after: Subscription
    at: datetime
    ended: tuple[Grant, ...] = ()
    moved: tuple[tuple[Term, tuple[Grant, ...]], ...] = ()
    missing_credit: int = 0
    place: CouponPlace | None = None
    notes: tuple[PaymentException, ...] = ()
    counted: tuple[tuple[PaymentException, PaymentException], ...] = ()


class Orders(Protocol):
    """Orders and their attempts as stored."""

    def checkout(self, account_id: str, coupon_code: str | None, order_id: str | None = None) -> Checkout:
        """One consistent read."""
        ...

    def holdings(self, account_id: str, terms: Sequence[Term]) -> tuple[Holding, ...]:
        """What the account has of these terms: their orders and grants, one consistent read."""
        ...

    def holds(self, account_id: str) -> tuple[Hold, ...]:
        """The account's holds that are not settled, one consistent read."""
        ...

    def affected(self, account_id: str, terms: Sequence[Term]) -> Affected:
        """The grants of these terms and then the account's holds, each in one consistent read."""
        ...

    def create(
        self, order: Order, payment: Payment | None, coupon: Coupon | None, now: datetime, seen: Subscription
    ) -> None:
        """One transaction; `AlreadyDone` if the order exists, `Problem` if the coupon has no place left.

        With credit, `AlreadyDone` as well if the account's terms are not those `seen`.
        """
        ...

    def create_fulfilled(self, fulfilment: Fulfilment, coupon: Coupon | None, now: datetime) -> None:
        """Like `create`, for an order without anything to pay: order and effect in one transaction."""
        ...

    def opened(self, payment: Payment) -> None:
        """The provider has answered: the attempt's address, QR content and handle."""
        ...

    def close(self, payment: Payment) -> None:
        """Open -> closed; whatever else it is by now, it stays."""
        ...

    def add_attempt(self, order: Order, payment: Payment) -> None:
        """Another attempt of a pending order; `AlreadyDone` if the order changed meanwhile."""
        ...

    def cancel(self, order: Order, payments: Sequence[Payment], now: datetime) -> None:
        """Pending -> cancelled, attempts closed, the coupon's place given back; `AlreadyDone` if it changed."""
        ...

    def get(self, order_id: str) -> Order | None:
        """The order, read consistently."""
        ...

    def payments(self, orders: Sequence[Order]) -> Mapping[str, tuple[Payment, ...]]:
        """The attempts of each order, by order id, oldest first."""
        ...

    def page(self, account_id: str, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Order], Any]:
        """An account's orders, newest first, and where the next page starts (None at the end)."""
        ...
