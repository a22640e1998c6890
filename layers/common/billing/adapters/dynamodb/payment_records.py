"""Attempts to pay as the table's records and back."""

from typing import Any

from billing.adapters.dynamodb.mapper import fields, without_nothing
from billing.domain.banks import BankAccount
from billing.domain.payments import DocumentRequest, Payment
from billing.domain.times import from_text, moment_of, text_of, to_text

Record = dict[str, Any]


def payment_to_record(payment: Payment) -> Record:
    """An attempt's attributes."""
    return without_nothing(
        id=payment.id,
        order_id=payment.order_id,
        account_id=payment.account_id,
        provider=payment.provider,
        reference=payment.reference,
        amount=payment.amount,
        currency=payment.currency,
        status=payment.status,
        url=payment.url,
        qr_content=payment.qr_content,
        document=document_to_record(payment.document),
        created_at=to_text(payment.created_at),
        open_until=to_text(payment.expires_at),
        handle=payment.handle,
        transaction=payment.transaction,
        paid_at=text_of(payment.paid_at),
        received=payment.received,
        payer=bank_to_record(payment.payer) if payment.payer else None,
        reason=payment.reason,
        received_as=payment.received_as,
    )


def payment_from_record(record: Record) -> Payment:
    """The inverse of `payment_to_record`."""
    return Payment(
        id=record["id"],
        order_id=record["order_id"],
        account_id=record["account_id"],
        provider=record["provider"],
        reference=record["reference"],
        amount=record["amount"],
        currency=record["currency"],
        status=record["status"],
        url=record.get("url"),
        qr_content=record.get("qr_content"),
        document=DocumentRequest(**record["document"]),
        created_at=from_text(record["created_at"]),
        expires_at=from_text(record["open_until"]),
        handle=record.get("handle"),
        transaction=record.get("transaction"),
        paid_at=moment_of(record.get("paid_at")),
        received=record.get("received"),
        payer=BankAccount(**record["payer"]) if record.get("payer") else None,
        reason=record.get("reason"),
        received_as=record.get("received_as"),
    )


def bank_to_record(account: BankAccount) -> Record:
    """A bank account."""
    return fields(account)


def document_to_record(document: DocumentRequest) -> Record:
    """Which document is asked for."""
    return fields(document)
