"""Refunds: an operator asks for one, it is stored, and the provider is told; or a person transfers the money.

The rule of what a refund takes back is in domain/refunds.py and docs/refunds.md; how a refund goes on after it was
stored is in refund_progress.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from billing.domain import identifiers
from billing.domain.audit import AuditEntry
from billing.domain.banks import BankAccount
from billing.domain.orders import Order
from billing.domain.payments import SETTLED, Payment
from billing.domain.problems import FieldError, Problem
from billing.domain.refunds import PaidMoney, Refund
from billing.service.basic_ports import AlreadyDone, Clock, Payments
from billing.service.ports import Orders
from billing.service.provider_port import Provider
from billing.service.refund_ports import Refunds
from billing.service.refund_progress import RefundProgress

ROUNDS = 5
"""How often a request is taken up again because what it decided upon changed meanwhile."""

REFUNDABLE = {"fulfilled", "partially_refunded"}


@dataclass(frozen=True, slots=True)
class RefundWish:
    """What an operator asks for. Without `amount` (minor units), all that is left; `bank` makes it a transfer by hand.

    `request_hash` tells another request under the same key.
    """

    idempotency_key: str
    request_hash: str
    amount: int | None
    reason: str
    bank: BankAccount | None


@dataclass(frozen=True, slots=True)
class Refunding:
    """What operators do about refunds. `provider` makes the adapter of one that is switched on."""

    refunds: Refunds
    orders: Orders
    payments: Payments
    clock: Clock
    provider: Callable[[str], Provider]
    progress: RefundProgress

    def of_order(self, order_id: str, wish: RefundWish, operator: str) -> tuple[Refund, bool]:
        """A refund of the payment that fulfilled an order, and whether its key was seen before.

        `Problem`: `order_not_found`, `refund_not_possible`, `validation_failed` on amount or bank,
        `idempotency_conflict`, `provider_unavailable` for one that is switched off.
        """
        for _ in range(ROUNDS):
            refund_id = identifiers.refund_id(f"order {order_id}", wish.idempotency_key)
            if seen := self._seen(refund_id, wish):
                return seen, True
            money = _money_of(*self._refundable(order_id))
            try:
                return self._begin(self._new(refund_id, money, wish, operator), money), False
            except AlreadyDone:
                continue
        raise Problem("refund_not_possible", reason="unfinished")

    def of_exception(self, money: PaidMoney, wish: RefundWish, operator: str) -> tuple[Refund, bool]:
        """A refund of money in the inbox, and whether its key was seen before; it takes nothing back from any order.

        `AlreadyDone` if the exception changed since it was read; `Problem` like `of_order`.
        """
        refund_id = identifiers.refund_id(f"exception {money.exception_id}", wish.idempotency_key)
        if seen := self._seen(refund_id, wish):
            return seen, True
        return self._begin(self._new(refund_id, money, wish, operator), money), False

    def complete(self, refund_id: str, bank_reference: str, operator: str) -> Refund:
        """A person has transferred the money; `refund_not_possible` for one that is not by hand, or has failed."""
        refund = self._by_hand(refund_id)
        if refund.status == "succeeded" and refund.handle == bank_reference:
            return refund
        _check_open(refund)
        audit = self._act(refund, "refund_complete", operator, {"bank_reference": bank_reference})
        done = self.progress.succeed(replace(refund, handle=bank_reference), audit)
        return _unless_another_was_faster(done, done.status == "succeeded" and done.handle == bank_reference)

    def fail(self, refund_id: str, reason: str, operator: str) -> Refund:
        """A person could not, or will not, transfer the money; `refund_not_possible` like `complete`."""
        refund = self._by_hand(refund_id)
        if refund.status == "failed" and refund.failure == reason:
            return refund
        _check_open(refund)
        done = self.progress.fail(refund, reason, self._act(refund, "refund_fail", operator, {"reason": reason}))
        return _unless_another_was_faster(done, done.status == "failed")

    def get(self, refund_id: str) -> Refund:
        """The refund; `refund_not_found` where there is none."""
        refund = self.refunds.get(refund_id)
        if refund is None:
            raise Problem("refund_not_found")
        return refund

    def _seen(self, refund_id: str, wish: RefundWish) -> Refund | None:
        refund = self.refunds.get(refund_id)
        if refund and refund.request_hash != wish.request_hash:
            raise Problem("idempotency_conflict")
        return refund

    def _refundable(self, order_id: str) -> tuple[Order, Payment]:
        order = self.orders.get(order_id)
        if order is None:
            raise Problem("order_not_found")
        payment = self.payments.find(*order.paid_by) if order.paid_by else None
        if order.refunding:
            raise Problem("refund_not_possible", reason="unfinished")
        if order.status not in REFUNDABLE or payment is None or payment.status not in SETTLED:
            raise Problem("refund_not_possible", reason="nothing_paid")
        self._check_not_credited(order)
        return order, payment

    def _check_not_credited(self, order: Order) -> None:
        """What is left of an order that an upgrade was paid with is in the newer order; that one is refunded first."""
        newer = self.orders.get(order.credited_to) if order.credited_to else None
        if newer and newer.status != "refunded":
            raise Problem("refund_not_possible", reason="credited")

    def _new(self, refund_id: str, money: PaidMoney, wish: RefundWish, operator: str) -> Refund:
        now = self.clock.now()
        amount, bank = _amount(wish, money.amount), wish.bank
        adapter = None if bank else self.provider(money.provider)
        by_api = adapter is not None and adapter.refunds
        if not by_api and bank is None:
            bank = _account_of(money.payer)
        return Refund(
            id=refund_id,
            order_id=money.order_id,
            exception_id=money.exception_id,
            account_id=money.account_id,
            provider=money.provider,
            payment_reference=money.payment_reference,
            transaction=money.transaction,
            amount=amount,
            paid_amount=money.paid_amount,
            given_back=money.given_back,
            currency=money.currency,
            reason=wish.reason,
            by_api=by_api,
            bank=bank,
            reference=adapter.refund_reference(refund_id, now) if adapter and by_api else refund_id,
            status="requested",
            version=1,
            requested_by=operator,
            started_at=money.started_at or money.occurred_at,
            paid_at=money.occurred_at,
            created_at=now,
            request_hash=wish.request_hash,
        )

    def _begin(self, refund: Refund, money: PaidMoney) -> Refund:
        details = {"amount": refund.amount, "currency": refund.currency, "reason": refund.reason}
        self.refunds.create(refund, money, self._act(refund, "refund", refund.requested_by, details))
        return self.progress.say(refund) if refund.by_api else refund

    def _act(self, refund: Refund, action: str, operator: str, details: Mapping[str, Any]) -> AuditEntry:
        return AuditEntry(
            id=identifiers.audit_id(refund.id, action),
            at=self.clock.now(),
            actor=operator,
            action=action,
            target=refund.target,
            details={"refund_id": refund.id, **details},
        )

    def _by_hand(self, refund_id: str) -> Refund:
        refund = self.get(refund_id)
        if refund.by_api:
            raise Problem("refund_not_possible", reason="by_api")
        return refund


def _money_of(order: Order, payment: Payment) -> PaidMoney:
    """The payment of an order in the terms in which all money is given back.

    What was received beyond the order's total is no part of it: that stays with the exception that was accepted.
    """
    paid = payment.amount if payment.received is None else min(payment.amount, payment.received)
    return PaidMoney(
        exception_id=None,
        version=order.version,
        provider=payment.provider,
        payment_reference=payment.received_as or payment.reference,
        transaction=payment.transaction or "",
        paid_amount=paid,
        given_back=order.refunded,
        amount=paid - order.refunded - order.refunding,
        currency=payment.currency,
        occurred_at=payment.paid_at or payment.created_at,
        started_at=payment.created_at,
        order_id=order.id,
        account_id=order.account_id,
        payer=payment.payer,
    )


def _amount(wish: RefundWish, left: int) -> int:
    amount = left if wish.amount is None else wish.amount
    if left <= 0:
        raise Problem("refund_not_possible", reason="nothing_left")
    if not 0 < amount <= left:
        error = FieldError("amount", "out_of_range", {"minimum": 1, "maximum": left})
        raise Problem("validation_failed", errors=(error,))
    return amount


def _account_of(payer: BankAccount | None) -> BankAccount:
    """Where money that is transferred by hand goes; `validation_failed` on `bank` where nobody knows."""
    if payer is None or not payer.bank or not payer.number:
        raise Problem("validation_failed", errors=(FieldError("bank", "required"),))
    return payer


def _unless_another_was_faster(refund: Refund, is_as_wished: bool) -> Refund:  # noqa: FBT001 - a plain condition
    if not is_as_wished:
        raise Problem("refund_not_possible", reason="finished")
    return refund


def _check_open(refund: Refund) -> None:
    if not refund.is_unfinished:
        raise Problem("refund_not_possible", reason="finished")
