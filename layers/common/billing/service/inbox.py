"""The exceptions inbox: operators see what fits no order, and decide it. Each decision is one transaction.

The condition of every transaction is the exception as it was read, so that two operators cannot decide it twice; the
audit entry is written with it. The same action again finds the exception decided and answers it as it is.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from billing.domain import identifiers
from billing.domain.audit import AuditEntry
from billing.domain.coupons import CouponPlace
from billing.domain.inbox import (
    Match,
    PaymentException,
    Resolution,
    decided,
    is_repeated,
    possible_actions,
    why_not,
)
from billing.domain.orders import Order
from billing.domain.payments import SETTLED, Notice, Payment
from billing.domain.problems import Problem
from billing.domain.refunds import PaidMoney, Refund
from billing.service import messages
from billing.service.account_ports import Affected, Subscription
from billing.service.basic_ports import AlreadyDone, Clock, Queue
from billing.service.fulfilment import plan_paid
from billing.service.ports import Fulfilment
from billing.service.refunding import Refunding, RefundWish

T = TypeVar("T")

ROUNDS = 5
"""How often a decision is taken up again because something changed at the same moment."""


@dataclass(frozen=True, slots=True)
class AtHand:
    """All that accepting money for an order takes."""

    order: Order
    payments: tuple[Payment, ...]
    subscription: Subscription
    place: CouponPlace | None
    affected: Affected


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Money that becomes an order's: what is written together. `payment` is the attempt it is booked with.

    `is_booked`: the attempt has this very money already. `is_new`: the attempt is made for it.
    """

    before: PaymentException
    after: PaymentException
    fulfilment: Fulfilment
    payment: Payment
    is_booked: bool
    is_new: bool
    audit: AuditEntry


class Exceptions(Protocol):
    """Exceptions as stored; each write is one transaction, `AlreadyDone` if what it builds on has changed."""

    def get(self, exception_id: str) -> PaymentException | None:
        """The exception, read consistently."""
        ...

    def page(
        self, month: datetime | None, limit: int, after: Mapping[str, Any] | None
    ) -> tuple[list[PaymentException], Any]:
        """Open ones, or the decided ones first seen in a month, newest first; and where the next page starts."""
        ...

    def at_hand(self, order_id: str, now: datetime) -> AtHand | None:
        """The order with its attempts, its account's subscription, its coupon's place and grants it would replace."""
        ...

    def accept(self, acceptance: Acceptance) -> None:
        """Exception, order, attempt and all that the order brings, the document's due entry, audit."""
        ...

    def decide(self, before: PaymentException, after: PaymentException, audit: AuditEntry) -> None:
        """Exception and audit."""
        ...

    def order(self, order_id: str) -> Order | None:
        """An order."""
        ...

    def candidates(
        self, notice: Notice, references: Sequence[str], order_ids: Sequence[str], since: datetime, until: datetime
    ) -> tuple[list[Order], Mapping[str, Sequence[Payment]], set[str]]:
        """Orders that money may be for: by attempts of these references at its provider, by id, by its amount.

        With the attempts that were found, and the ids of the orders that references or ids led to.
        """
        ...

    def acts(self, exception_id: str) -> list[AuditEntry]:
        """What operators did to it, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """An exception with all that an operator decides by."""

    exception: PaymentException
    order: Order | None
    actions: tuple[str, ...]
    matches: Sequence[Match]
    acts: Sequence[AuditEntry]


@dataclass(frozen=True, slots=True)
class Inbox:
    """Shows and decides exceptions. Ids are of the caller's choice, so every method may say `exception_not_found`."""

    exceptions: Exceptions
    queue: Queue
    clock: Clock
    refunding: Refunding

    def page(
        self, month: datetime | None, limit: int, after: Mapping[str, Any] | None
    ) -> tuple[list[PaymentException], Any]:
        """A page of the open ones, or of a month's decided ones."""
        return self.exceptions.page(month, limit, after)

    def get(self, exception_id: str) -> PaymentException:
        """The exception."""
        exception = self.exceptions.get(exception_id)
        if exception is None:
            raise Problem("exception_not_found")
        return exception

    def show(self, exception_id: str) -> Shown:
        """The exception with its order, what can be done, orders it may be for (while open), and what was done."""
        exception = self.get(exception_id)
        order = self.exceptions.order(exception.order_id) if exception.order_id else None
        actions = possible_actions(exception, order.status if order else None)
        found = self._matches(exception) if "attach" in actions else []
        return Shown(exception, order, actions, found, self.exceptions.acts(exception_id))

    def accept(self, actor: str, exception_id: str) -> PaymentException:
        """Its money pays the order it came for in full, whatever its amount.

        `exception_not_open` if it was decided otherwise, `exception_action_impossible` with the reason.
        """
        return self._again(lambda: self._take(actor, exception_id, "accept", None))

    def attach(self, actor: str, exception_id: str, order_id: str) -> PaymentException:
        """Its money pays this order, whatever it came for; refusals as of `accept`, and `order_not_found`."""
        return self._again(lambda: self._take(actor, exception_id, "attach", order_id))

    def dismiss(self, actor: str, exception_id: str, reason: str) -> PaymentException:
        """Nothing is to be done, for a reason that is kept."""
        return self._again(lambda: self._close(actor, exception_id, "dismiss", reason))

    def retry(self, actor: str, exception_id: str) -> PaymentException:
        """Its message goes back to the payments queue; every step of the consumer is done once, however often it comes.

        It is sent before the exception is closed: sent twice is harmless, closed and not sent is not.
        """
        return self._again(lambda: self._close(actor, exception_id, "retry", ""))

    def refund(self, actor: str, exception_id: str, wish: RefundWish) -> tuple[Refund, bool]:
        """Its money, or a part of it, goes back; and whether the wish's key was seen before.

        The exception is decided once all of its money is back; of an accepted one only the surplus can go. `Problem`
        like the other actions, and all that `Refunding.of_exception` says.
        """
        return self._again(lambda: self._give_back(actor, exception_id, wish))

    def _again(self, act: Callable[[], T]) -> T:
        for _ in range(ROUNDS):
            try:
                return act()
            except AlreadyDone:
                continue
        raise Problem("exception_action_impossible", why="busy")

    def _give_back(self, actor: str, exception_id: str, wish: RefundWish) -> tuple[Refund, bool]:
        exception = self.get(exception_id)
        refund_id = identifiers.refund_id(f"exception {exception_id}", wish.idempotency_key)
        if self.refunding.refunds.get(refund_id) is None:
            check_possible(exception, "refund", None)
        at_hand = self.exceptions.at_hand(exception.order_id, self.clock.now()) if exception.order_id else None
        return self.refunding.of_exception(paid_money(exception, at_hand), wish, actor)

    def _close(self, actor: str, exception_id: str, action: str, reason: str) -> PaymentException:
        before = self.get(exception_id)
        if is_repeated(before, action, None):
            return before
        check_possible(before, action, None)
        if action == "retry" and before.message:
            self._send_again(before.message.body)
        after = decided(before, Resolution(action, actor, self.clock.now(), reason))
        self.exceptions.decide(before, after, audit_entry(before, after))
        return after

    def _send_again(self, body: str) -> None:
        from billing.service.failures import readable

        if readable(body) is None:
            raise Problem("exception_action_impossible", why="unreadable")
        self.queue.send(json.loads(body))

    def _take(self, actor: str, exception_id: str, action: str, order_id: str | None) -> PaymentException:
        before = self.get(exception_id)
        if is_repeated(before, action, order_id):
            return before
        target = order_id or before.order_id
        at_hand = self.exceptions.at_hand(target, self.clock.now()) if target else None
        if order_id and at_hand is None:
            raise Problem("order_not_found")
        check_possible(before, action, at_hand.order.status if at_hand else None)
        if at_hand is None or before.notice is None:
            raise Problem("exception_action_impossible", why="no_order")
        acceptance = accepted(before, action, actor, at_hand, before.notice, self.clock.now())
        self.exceptions.accept(acceptance)
        order = acceptance.fulfilment.order
        self.queue.send(messages.documents(order.id, order.account_id, order.document))
        return acceptance.after

    def _matches(self, exception: PaymentException) -> list[Match]:
        from billing.domain.matching import around, matches, named_orders, named_references

        notice = exception.notice
        if notice is None:
            return []
        found, attempts, named = self.exceptions.candidates(
            notice, named_references(notice), named_orders(notice), *around(notice)
        )
        others = [order for order in found if order.id != exception.order_id]
        return matches(notice, others, attempts, named)


def check_possible(exception: PaymentException, action: str, order_status: str | None) -> None:
    """`exception_not_open` for one that is decided, `exception_action_impossible` for what cannot be done now."""
    why = why_not(exception, action, order_status)
    if why == "decided":
        raise Problem("exception_not_open", state=exception.status)
    if why:
        raise Problem("exception_action_impossible", why=why, status=order_status)


def paid_money(exception: PaymentException, at_hand: AtHand | None) -> PaidMoney:
    """The exception's money in the terms in which all money is given back."""
    notice = exception.notice
    if notice is None:
        raise Problem("exception_action_impossible", why="no_money")
    payments = at_hand.payments if at_hand else ()
    came_for = [one for one in payments if (one.provider, one.reference) == (notice.provider, notice.reference)]
    return PaidMoney(
        exception_id=exception.id,
        version=exception.version,
        provider=notice.provider,
        payment_reference=notice.reference,
        transaction=notice.transaction,
        paid_amount=notice.amount,
        given_back=exception.refunded,
        amount=exception.refundable,
        currency=notice.currency,
        occurred_at=notice.occurred_at,
        started_at=came_for[0].created_at if came_for else None,
        order_id=exception.order_id,
        account_id=at_hand.order.account_id if at_hand else None,
        payer=notice.payer,
    )


def accepted(
    before: PaymentException, action: str, actor: str, at_hand: AtHand, notice: Notice, now: datetime
) -> Acceptance:
    """All that is written when money becomes an order's.

    `exception_action_impossible` for another currency's money, or where so much went back that the rest is too little.
    """
    order = at_hand.order
    if notice.currency != order.quote.currency:
        raise Problem("exception_action_impossible", why="currency")
    if before.refunded and notice.amount - before.refunded < order.quote.figures.total:
        raise Problem("exception_action_impossible", why="refunded")
    payment, is_new = attempt_for(before, order, at_hand.payments, notice)
    fulfilment = plan_paid(order, payment, notice, at_hand.subscription, at_hand.place, at_hand.affected, now)
    if is_new:
        attempts = (*order.attempts, (payment.provider, payment.reference))
        fulfilment = replace(fulfilment, order=replace(fulfilment.order, attempts=attempts))
    after = replace(
        decided(before, Resolution(action, actor, now, "", order.id)),
        order_id=order.id,
        payment=(payment.provider, payment.reference),
        expected_amount=order.quote.figures.total,
    )
    is_booked = payment.status in SETTLED
    return Acceptance(before, after, fulfilment, payment, is_booked, is_new, audit_entry(before, after))


def attempt_for(
    exception: PaymentException, order: Order, payments: Sequence[Payment], notice: Notice
) -> tuple[Payment, bool]:
    """The order's attempt that the money is booked with, and whether it is made for it.

    The one it came for if it is this order's and has no other money; else one at the same provider without money; else
    a new one, which is known by the exception's id and has succeeded at once.
    """
    for payment in payments:
        own = (payment.provider, payment.reference) == exception.payment
        if own and (payment.status not in SETTLED or payment.transaction == notice.transaction):
            return payment, False
    for payment in payments:
        if payment.provider == notice.provider and payment.status not in SETTLED:
            return payment, False
    made = Payment(
        id=identifiers.payment_id(order.id, len(order.attempts) + 1),
        order_id=order.id,
        account_id=order.account_id,
        provider=notice.provider,
        reference=exception.id,
        amount=order.quote.figures.total,
        currency=order.quote.currency,
        status="succeeded",
        url=None,
        qr_content=None,
        document=order.document,
        created_at=notice.occurred_at,
        expires_at=notice.occurred_at,
        transaction=notice.transaction,
        paid_at=notice.occurred_at,
        received=notice.amount,
        payer=notice.payer,
        received_as=notice.reference,
    )
    return made, True


def audit_entry(before: PaymentException, after: PaymentException) -> AuditEntry:
    """What was done, by whom, to how much money."""
    done = after.resolution
    if done is None:
        raise ValueError(f"{after.id} is not decided")
    details = {
        "reason": done.reason,
        "kind": before.reason,
        "order_id": done.order_id,
        "amount": before.amount,
        "currency": before.notice.currency if before.notice else None,
        "expected_amount": after.expected_amount,
    }
    known = {name: value for name, value in details.items() if value not in {None, ""}}
    return AuditEntry(
        identifiers.audit_id(before.id, done.action), done.at, done.by, done.action, f"exception {before.id}", known
    )
