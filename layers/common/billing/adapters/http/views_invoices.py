"""Answers about documents: their figures as issued."""

from typing import Any

from billing.adapters.http.views_common import View
from billing.domain.invoices import Invoice
from billing.domain.times import text_of, to_text


def invoice_view(invoice: Invoice) -> View:
    """A document's figures as issued."""
    return {
        "id": invoice.id,
        "kind": invoice.kind,
        "series": invoice.series,
        "number": invoice.number,
        "number_text": invoice.number_text,
        "issued_at": to_text(invoice.issued_at),
        "order_id": invoice.order_id,
        "seller": _fields(invoice.seller),
        "buyer": _fields(invoice.buyer) if invoice.buyer else None,
        "email": invoice.email,
        "lines": [_fields(line) for line in invoice.lines],
        "currency": invoice.currency,
        "subtotal": invoice.subtotal,
        "discount": invoice.discount,
        "coupon_code": invoice.coupon_code or None,
        "credit": invoice.credit,
        "waived": invoice.waived,
        "net": invoice.net,
        "tax": invoice.tax,
        "tax_kind": invoice.tax_kind,
        "tax_rate_bp": invoice.tax_rate_bp,
        "tax_inclusive": invoice.tax_inclusive,
        "total": invoice.total,
        "payment_provider": invoice.payment_provider or None,
        "payment_reference": invoice.payment_reference or None,
        "paid_at": text_of(invoice.paid_at),
        "period": {"start": to_text(invoice.period_start), "end": to_text(invoice.period_end)},
        "filename": f"{invoice.filename}.pdf",
    }


def _fields(value: Any) -> View:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}
