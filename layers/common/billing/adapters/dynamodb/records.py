"""The domain's values as the table's records (plain dicts) and back. One pair of functions for each kind of item."""

from datetime import datetime
from typing import Any

from billing.domain.banks import BankAccount
from billing.domain.invoices import Buyer, DocumentLine, Invoice, Seller
from billing.domain.orders import DocumentRequest, Order, Payment
from billing.domain.plans import rollover_from_document, rollover_to_document
from billing.domain.pricing import period_from_record, period_to_record, quote_from_record, quote_to_record
from billing.domain.quotas import Grant, Mark, Origin
from billing.domain.subscriptions import Term
from billing.domain.times import from_text, to_text
from billing.service.ports import Delivery, Subscription

Record = dict[str, Any]


def order_to_record(order: Order) -> Record:
    """An order's attributes; what is not yet known is left out."""
    return _without_nothing(
        id=order.id,
        account_id=order.account_id,
        email=order.email,
        language=order.language,
        status=order.status,
        version=order.version,
        quote=quote_to_record(order.quote),
        period=period_to_record(order.period),
        document=document_to_record(order.document),
        buyer=_fields(order.buyer) if order.buyer else None,
        attempts=[list(attempt) for attempt in order.attempts],
        request_hash=order.request_hash,
        created_at=to_text(order.created_at),
        open_until=to_text(order.expires_at),
        paid_at=_text(order.paid_at),
        fulfilled_at=_text(order.fulfilled_at),
        invoice_id=order.invoice_id,
        refunded=order.refunded,
        paid_by=list(order.paid_by) if order.paid_by else None,
        refunding=order.refunding,
        refunds=list(order.refunds),
        credited_to=order.credited_to,
        placed_start=_text(order.placed_start),
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
        paid_at=_moment(record.get("paid_at")),
        fulfilled_at=_moment(record.get("fulfilled_at")),
        invoice_id=record.get("invoice_id"),
        refunded=record["refunded"],
        paid_by=(paid_by[0], paid_by[1]) if (paid_by := record.get("paid_by")) else None,
        refunding=record.get("refunding", 0),
        refunds=tuple(record.get("refunds", ())),
        credited_to=record.get("credited_to"),
        placed_start=_moment(record.get("placed_start")),
    )


def payment_to_record(payment: Payment) -> Record:
    """An attempt's attributes."""
    return _without_nothing(
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
        paid_at=_text(payment.paid_at),
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
        paid_at=_moment(record.get("paid_at")),
        received=record.get("received"),
        payer=BankAccount(**record["payer"]) if record.get("payer") else None,
        reason=record.get("reason"),
        received_as=record.get("received_as"),
    )


def bank_to_record(account: BankAccount) -> Record:
    """A bank account."""
    return _fields(account)


def document_to_record(document: DocumentRequest) -> Record:
    """Which document is asked for."""
    return _fields(document)


def subscription_to_record(subscription: Subscription) -> Record:
    """An account's subscription."""
    return {
        "version": subscription.version,
        "terms": [term_to_record(term) for term in subscription.terms],
        "purchases": subscription.purchases,
        **({"reserved_by": subscription.reserved_by} if subscription.reserved_by else {}),
        **({"tried": True} if subscription.tried else {}),
    }


def subscription_from_record(record: Record | None) -> Subscription:
    """The inverse; an account that never bought has none stored."""
    if record is None:
        return Subscription()
    terms = tuple(term_from_record(term) for term in record["terms"])
    return Subscription(
        record["version"], terms, record["purchases"], record.get("reserved_by"), record.get("tried", False)
    )


def term_to_record(term: Term) -> Record:
    """A term."""
    return {
        "order_id": term.order_id,
        "plan_id": term.plan_id,
        "plan_version": term.plan_version,
        "rank": term.rank,
        "period": period_to_record(term.period),
        "paid": term.paid,
        "features": list(term.features),
        **({"trial": True} if term.trial else {}),
    }


def term_from_record(record: Record) -> Term:
    """The inverse of `term_to_record`."""
    return Term(
        record["order_id"],
        record["plan_id"],
        record["plan_version"],
        record["rank"],
        period_from_record(record["period"]),
        record.get("paid", 0),
        tuple(record.get("features", ())),
        record.get("trial", False),
    )


def grant_to_record(grant: Grant) -> Record:
    """A grant; `used` counts what is used or held by window number as text, since a map's keys are texts."""
    return {
        "order_id": grant.order_id,
        "feature": grant.feature,
        "type": grant.type,
        "amount": grant.amount,
        "per": grant.per,
        "period": period_to_record(grant.period),
        "used": _by_text(grant.used),
        **({"taken_back": _by_text(grant.taken_back)} if grant.taken_back else {}),
        **({"revoked_at": to_text(grant.revoked_at)} if grant.revoked_at else {}),
        **({"carried": _by_text(grant.carried)} if grant.carried else {}),
        **({"standalone": True} if grant.standalone else {}),
        **({"rollover": rollover_to_document(grant.rollover)} if grant.rollover else {}),
        **({"alerted": mark_to_record(grant.alerted)} if grant.alerted else {}),
        **({"opening": _by_text(grant.opening)} if grant.opening else {}),
        **({"rolled_in": grant.rolled_in} if grant.rolled_in else {}),
        **({"origins": [_origin_to_record(origin) for origin in grant.origins]} if grant.origins else {}),
    }


def grant_from_record(record: Record) -> Grant:
    """The inverse of `grant_to_record`."""
    return Grant(
        order_id=record["order_id"],
        feature=record["feature"],
        type=record["type"],
        amount=record["amount"],
        per=record["per"],
        period=period_from_record(record["period"]),
        used=_by_number(record["used"]),
        taken_back=_by_number(record.get("taken_back", {})),
        revoked_at=_moment(record.get("revoked_at")),
        carried=_by_number(record.get("carried", {})),
        standalone=record.get("standalone", False),
        rollover=rollover_from_document(record.get("rollover")),
        alerted=Mark(**record["alerted"]) if "alerted" in record else None,
        opening=_by_number(record.get("opening", {})),
        rolled_in=record.get("rolled_in", 0),
        origins=tuple(_origin_from_record(origin) for origin in record.get("origins", ())),
    )


def mark_to_record(mark: Mark) -> Record:
    """What was said of a balance."""
    return _fields(mark)


def _origin_to_record(origin: Origin) -> Record:
    return {**_fields(origin), "end": to_text(origin.end)}


def _origin_from_record(record: Record) -> Origin:
    return Origin(**{**record, "end": from_text(record["end"])})


def _by_text(counts: dict[int, int]) -> dict[str, int]:
    return {str(window): count for window, count in counts.items()}


def _by_number(counts: dict[str, int]) -> dict[int, int]:
    return {int(window): count for window, count in counts.items()}


def invoice_to_record(invoice: Invoice) -> Record:
    """A document as issued."""
    record = _fields(invoice)
    record["seller"] = _fields(invoice.seller)
    record["buyer"] = _fields(invoice.buyer) if invoice.buyer else None
    record["lines"] = [_fields(line) for line in invoice.lines]
    return {name: to_text(value) if isinstance(value, datetime) else value for name, value in record.items()}


def invoice_from_record(record: Record) -> Invoice:
    """The inverse of `invoice_to_record`."""
    values = {name: record[name] for name in Invoice.__dataclass_fields__}
    for name in ("issued_at", "period_start", "period_end"):
        values[name] = from_text(record[name])
    values["paid_at"] = _moment(record["paid_at"])
    values["seller"] = Seller(**record["seller"])
    values["buyer"] = Buyer(**record["buyer"]) if record["buyer"] else None
    values["lines"] = tuple(DocumentLine(**line) for line in record["lines"])
    return Invoice(**values)


def delivery_from_record(record: Record | None) -> Delivery:
    """How far a document has come."""
    if record is None:
        return Delivery()
    return Delivery(_moment(record.get("lease_until")), _moment(record.get("sent_at")), record.get("sha256"))


def _fields(value: Any) -> Record:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _text(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None


def _without_nothing(**record: Any) -> Record:
    return {name: value for name, value in record.items() if value is not None}
