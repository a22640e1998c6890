"""Answers to operators: what a buyer's view does not show."""

from collections.abc import Sequence
from typing import Any

from billing.adapters.http.views import order_view, payment_view
from billing.domain.audit import AuditEntry
from billing.domain.banks import BankAccount
from billing.domain.inbox import Match, PaymentException, Resolution
from billing.domain.orders import Order
from billing.domain.payments import Notice, Payment
from billing.domain.refunds import Refund, transfer_code
from billing.domain.times import text_of, to_text
from billing.domain.wording import line_description
from billing.service.inbox import Shown

View = dict[str, Any]


def audit_view(entry: AuditEntry) -> View:
    """One act of an operator."""
    return {
        "id": entry.id,
        "at": to_text(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "details": dict(entry.details),
    }


def refund_view(refund: Refund) -> dict[str, Any]:
    """A refund. `qr_content` is there as long as a person is to transfer it, and a bank's app can be told to."""
    return {
        "id": refund.id,
        "status": refund.status,
        "order_id": refund.order_id,
        "exception_id": refund.exception_id,
        "account_id": refund.account_id,
        "provider": refund.provider,
        "payment_reference": refund.payment_reference,
        "transaction": refund.transaction,
        "amount": refund.amount,
        "currency": refund.currency,
        "reason": refund.reason,
        "by": "api" if refund.by_api else "hand",
        "bank": bank_view(refund.bank),
        "qr_content": transfer_code(refund),
        "reference": refund.reference,
        "handle": refund.handle,
        "failure": refund.failure,
        "requested_by": refund.requested_by,
        "created_at": to_text(refund.created_at),
        "settled_at": to_text(refund.settled_at) if refund.settled_at else None,
        "told_at": to_text(refund.told_at) if refund.told_at else None,
        "taken_back": [
            {
                "feature": taken.feature,
                "window_start": to_text(taken.window_start),
                "amount": taken.amount,
                "shortfall": taken.shortfall,
            }
            for taken in refund.taken_back
        ],
    }


def bank_view(account: BankAccount | None) -> dict[str, str] | None:
    """A bank account."""
    return {"bank": account.bank, "number": account.number, "name": account.name} if account else None


def order_detail_view(
    order: Order, payments: Sequence[Payment], refunds: Sequence[Refund], acts: Sequence[AuditEntry]
) -> dict[str, Any]:
    """An order with everything that was paid for it, given back of it and done about it."""
    shown = order_view(order, ())
    return {
        "order": {
            **{name: value for name, value in shown.items() if name != "payments"},
            "account_id": order.account_id,
            "email": order.email,
            "refunding": order.refunding,
        },
        "payments": [payment_detail_view(payment, is_payer=_paid(order, payment)) for payment in payments],
        "refunds": [refund_view(refund) for refund in refunds],
        "audit": [audit_view(entry) for entry in acts],
    }


def payment_detail_view(payment: Payment, *, is_payer: bool) -> dict[str, Any]:
    """An attempt with what its provider told; `fulfilled_order` marks the one whose money fulfilled the order."""
    return {
        **payment_view(payment),
        "reference": payment.reference,
        "amount": payment.amount,
        "currency": payment.currency,
        "received": payment.received,
        "transaction": payment.transaction,
        "payer": bank_view(payment.payer),
        "created_at": to_text(payment.created_at),
        "paid_at": to_text(payment.paid_at) if payment.paid_at else None,
        "fulfilled_order": is_payer,
    }


def _paid(order: Order, payment: Payment) -> bool:
    return order.paid_by == (payment.provider, payment.reference)


def exception_view(exception: PaymentException) -> View:
    """An exception: what was received, what was expected, what became of it."""
    return {
        "id": exception.id,
        "status": exception.status,
        "reason": exception.reason,
        "suggestion": exception.suggestion,
        **_money_view(exception.notice),
        "expected_amount": exception.expected_amount,
        "order_id": exception.order_id,
        "refunded": exception.refunded,
        "refunding": exception.refunding,
        "refundable": exception.refundable,
        "message_id": exception.message.id if exception.message else None,
        "seen_at": to_text(exception.seen_at),
        "resolution": _resolution_view(exception.resolution) if exception.resolution else None,
    }


def _money_view(notice: Notice | None) -> View:
    """What the provider said; all of it null for a message that names no payment."""
    payer = notice.payer if notice else None
    return {
        "provider": notice.provider if notice else None,
        "reference": notice.reference if notice else None,
        "transaction": notice.transaction if notice else None,
        "amount": notice.amount if notice else None,
        "currency": notice.currency if notice else None,
        "memo": notice.reason if notice else None,
        "payer": {"bank": payer.bank, "number": payer.number, "name": payer.name} if payer else None,
        "occurred_at": to_text(notice.occurred_at) if notice else None,
    }


def _resolution_view(done: Resolution) -> View:
    return {
        "action": done.action,
        "by": done.by,
        "at": to_text(done.at),
        "reason": done.reason or None,
        "order_id": done.order_id,
    }


def shown_exception_view(shown: Shown, language: str) -> View:
    """An exception with its order, the message that failed, possible actions, matching orders and what was done."""
    exception = shown.exception
    return {
        **exception_view(exception),
        "order": _order_view(shown.order, language) if shown.order else None,
        "message_body": exception.message.body if exception.message else None,
        "actions": list(shown.actions),
        "matches": [match_view(match, language) for match in shown.matches],
        "audit": [audit_view(entry) for entry in shown.acts],
    }


def match_view(match: Match, language: str) -> View:
    """An order that the money may be for, why, and whether it can take it now."""
    return {**_order_view(match.order, language), "reasons": list(match.reasons), "can_take": match.can_take}


def _order_view(order: Order, language: str) -> View:
    return {
        "order_id": order.id,
        "account_id": order.account_id,
        "plan": line_description(order.quote, language),
        "total": order.quote.figures.total,
        "currency": order.quote.currency,
        "status": order.status,
        "created_at": to_text(order.created_at),
        "paid_at": text_of(order.paid_at),
    }
