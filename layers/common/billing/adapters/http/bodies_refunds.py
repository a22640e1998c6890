"""What operators send. It is loaded with the first request that has a body."""

from typing import Annotated, Any

from billing.adapters.http.bodies import Strict, checked, line
from billing.adapters.http.gateway import body_hash
from billing.domain.banks import BankAccount
from billing.service.refunding import RefundWish

Reason = Annotated[str, line(300, 1)]


class BankBody(Strict):
    """Where a person transfers a refund to. `bank`: NAPAS's six digits (then there is a QR code) or the bank's name."""

    bank: Annotated[str, line(64, 1)]
    number: Annotated[str, line(34, 1)]
    name: Annotated[str, line(100, 1)]


class RefundBody(Strict):
    """POST /admin/orders/{id}/refunds."""

    amount: int | None = None
    reason: Reason
    bank: BankBody | None = None


class CompleteBody(Strict):
    """POST /admin/refunds/{id}/complete."""

    bank_reference: Annotated[str, line(64, 1)]


class FailBody(Strict):
    """POST /admin/refunds/{id}/fail."""

    reason: Reason


def refund_wish(key: str, body: dict[str, Any]) -> RefundWish:
    """A refund as asked for; `validation_failed` names every field that does not fit."""
    asked = checked(RefundBody, body)
    bank = BankAccount(asked.bank.bank, asked.bank.number, asked.bank.name) if asked.bank else None
    return RefundWish(key, body_hash(body), asked.amount, asked.reason, bank)


def bank_reference(body: dict[str, Any]) -> str:
    """What the bank calls a transfer that was made."""
    return checked(CompleteBody, body).bank_reference


def failure(body: dict[str, Any]) -> str:
    """Why a transfer was not made."""
    return checked(FailBody, body).reason
