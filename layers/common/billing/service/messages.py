"""What travels through the payments queue.

That is what a provider says of a payment, an order whose document is due, or a refund that its buyer is to hear of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.domain.banks import BankAccount
from billing.domain.payments import DocumentRequest, Notice, Payment
from billing.domain.times import from_text, to_text


@dataclass(frozen=True, slots=True)
class Message:
    """A queue message: `notice` is None where only the document is due, the order's ids None where none fits."""

    notice: Notice | None
    order_id: str | None
    account_id: str | None
    document: DocumentRequest | None


def settlement(notice: Notice, payment: Payment | None) -> dict[str, Any]:
    """The message that a provider said something of a payment (None: of one we do not know)."""
    return {
        "notice": {
            "provider": notice.provider,
            "reference": notice.reference,
            "outcome": notice.outcome,
            "amount": notice.amount,
            "currency": notice.currency,
            "transaction": notice.transaction,
            "reason": notice.reason,
            "occurred_at": to_text(notice.occurred_at),
            **({"payer": _fields(notice.payer)} if notice.payer else {}),
        },
        **(_sale(payment.order_id, payment.account_id, payment.document) if payment else {}),
    }


def documents(order_id: str, account_id: str, document: DocumentRequest) -> dict[str, Any]:
    """The message that an order's document is to be issued and sent."""
    return {"notice": None, **_sale(order_id, account_id, document)}


def refund(refund_id: str, order_id: str | None) -> dict[str, Any]:
    """The message that money for an order went back, and its buyer is to hear of it."""
    return {"refund_id": refund_id, "order_id": order_id}


def read(message: Mapping[str, Any]) -> Message:
    """The inverse of `settlement` and `documents`."""
    said = message["notice"]
    document = message.get("document")
    return Message(
        notice=_notice(said) if said else None,
        order_id=message.get("order_id"),
        account_id=message.get("account_id"),
        document=DocumentRequest(**document) if document else None,
    )


def _notice(said: Mapping[str, Any]) -> Notice:
    payer = said.get("payer")
    values = {**said, "occurred_at": from_text(said["occurred_at"]), "payer": BankAccount(**payer) if payer else None}
    return Notice(**values)


def _fields(account: BankAccount) -> dict[str, str]:
    return {"bank": account.bank, "number": account.number, "name": account.name}


def _sale(order_id: str, account_id: str, document: DocumentRequest) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "account_id": account_id,
        "document": {
            "kind": document.kind,
            "form": document.form,
            "symbol": document.symbol,
            "timezone": document.timezone,
        },
    }
