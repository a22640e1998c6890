"""Documents as issued as the table's records and back."""

from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.mapper import fields
from billing.domain.invoices import Buyer, DocumentLine, Invoice, Seller
from billing.domain.times import from_text, moment_of, to_text

Record = dict[str, Any]


def invoice_to_record(invoice: Invoice) -> Record:
    """A document as issued."""
    record = fields(invoice)
    record["seller"] = fields(invoice.seller)
    record["buyer"] = fields(invoice.buyer) if invoice.buyer else None
    record["lines"] = [fields(line) for line in invoice.lines]
    return {name: to_text(value) if isinstance(value, datetime) else value for name, value in record.items()}


def invoice_from_record(record: Record) -> Invoice:
    """The inverse of `invoice_to_record`."""
    values = {name: record[name] for name in Invoice.__dataclass_fields__}
    for name in ("issued_at", "period_start", "period_end"):
        values[name] = from_text(record[name])
    values["paid_at"] = moment_of(record["paid_at"])
    values["seller"] = Seller(**record["seller"])
    values["buyer"] = Buyer(**record["buyer"]) if record["buyer"] else None
    values["lines"] = tuple(DocumentLine(**line) for line in record["lines"])
    return Invoice(**values)
