"""Orders as the table's records and back."""

from typing import Any

from billing.adapters.dynamodb.mapper import fields, without_nothing
from billing.adapters.dynamodb.payment_records import document_to_record
from billing.domain.invoices import Buyer
from billing.domain.orders import Order
from billing.domain.payments import DocumentRequest
from billing.domain.pricing import quote_from_record, quote_to_record
from billing.domain.subscriptions import period_from_record, period_to_record
from billing.domain.times import from_text, moment_of, text_of, to_text

Record = dict[str, Any]


def order_to_record(order: Order) -> Record:
    """An order's attributes; what is not yet known is left out."""
    return without_nothing(
        id=order.id,
        account_id=order.account_id,
        email=order.email,
        language=order.language,
        status=order.status,
        version=order.version,
        quote=quote_to_record(order.quote),
        period=period_to_record(order.period),
        document=document_to_record(order.document),
        buyer=fields(order.buyer) if order.buyer else None,
        attempts=[list(attempt) for attempt in order.attempts],
        request_hash=order.request_hash,
        created_at=to_text(order.created_at),
        open_until=to_text(order.expires_at),
        paid_at=text_of(order.paid_at),
        fulfilled_at=text_of(order.fulfilled_at),
        invoice_id=order.invoice_id,
        refunded=order.refunded,
        paid_by=list(order.paid_by) if order.paid_by else None,
        refunding=order.refunding,
        refunds=list(order.refunds),
        credited_to=order.credited_to,
        placed_start=text_of(order.placed_start),
    )


def order_from_record(record: Record) -> Order:
    """The inverse of `order_to_record`."""
    return Order(
        id=record["id"],
        account_id=record["account_id"],
        email=record["email"],
        language=record["language"],
        status=record["status"],
        version=record["version"],
        quote=quote_from_record(record["quote"]),
        period=period_from_record(record["period"]),
        document=DocumentRequest(**record["document"]),
        buyer=Buyer(**record["buyer"]) if record.get("buyer") else None,
        attempts=tuple((provider, reference) for provider, reference in record["attempts"]),
        request_hash=record["request_hash"],
        created_at=from_text(record["created_at"]),
        expires_at=from_text(record["open_until"]),
        paid_at=moment_of(record.get("paid_at")),
        fulfilled_at=moment_of(record.get("fulfilled_at")),
        invoice_id=record.get("invoice_id"),
        refunded=record["refunded"],
        paid_by=(paid_by[0], paid_by[1]) if (paid_by := record.get("paid_by")) else None,
        refunding=record.get("refunding", 0),
        refunds=tuple(record.get("refunds", ())),
        credited_to=record.get("credited_to"),
        placed_start=moment_of(record.get("placed_start")),
    )
