"""Answers to operators: what a buyer's view does not show."""

from collections.abc import Sequence
from typing import Any

from billing.adapters.http.views import order_view, payment_view
from billing.domain.audit import AuditEntry
from billing.domain.banks import BankAccount
from billing.domain.orders import Order, Payment
from billing.domain.refunds import Refund, transfer_code
from billing.domain.times import to_text


def audit_view(entry: AuditEntry) -> dict[str, Any]:
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
