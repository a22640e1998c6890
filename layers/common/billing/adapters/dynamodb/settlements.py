"""The consumer's reads and writes. One read brings all that a message touches; each write has its own condition."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from billing.adapters.dynamodb import outbox
from billing.adapters.dynamodb.account_records import subscription_from_record
from billing.adapters.dynamodb.client import ABSENT, ConditionFailed, Table
from billing.adapters.dynamodb.exceptions import exception_from_record, exception_put
from billing.adapters.dynamodb.fulfilment import (
    booked,
    coupon_confirmation,
    coupon_place,
    effect_writes,
    noted,
    paid_order,
)
from billing.adapters.dynamodb.holdings import read_affected
from billing.adapters.dynamodb.invoice_records import invoice_from_record, invoice_to_record
from billing.adapters.dynamodb.keys import (
    account_key,
    catalogue_key,
    exception_id_key,
    invoice_key,
    invoices_index,
    order_key,
    payment_key,
    series_key,
)
from billing.adapters.dynamodb.mapper import to_item
from billing.adapters.dynamodb.order_records import order_from_record
from billing.adapters.dynamodb.payment_records import payment_from_record
from billing.domain.coupons import CouponPlace
from billing.domain.inbox import PaymentException
from billing.domain.invoices import Invoice
from billing.domain.orders import FULFILLABLE, Order
from billing.domain.payments import SETTLED, Notice, Payment
from billing.domain.plans import catalogue_from_document
from billing.domain.subscriptions import Term
from billing.domain.times import from_text, moment_of, to_text
from billing.service.account_ports import Affected
from billing.service.basic_ports import AlreadyDone
from billing.service.ports import Fulfilment
from billing.service.settlement_ports import Delivery, Settlement, SettlementKeys

Action = dict[str, Any]

NO_LEASE = "attribute_not_exists(lease_until)"


class SettlementTable:
    """The `Settlements` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def load(self, keys: SettlementKeys) -> Settlement:
        """Order, account, document, series counter, catalogue and attempt: one consistent read."""
        wanted = [
            order_key(keys.order_id),
            account_key(keys.account_id),
            invoice_key(keys.invoice_id),
            series_key(keys.series),
            catalogue_key(),
        ]
        if keys.provider and keys.reference:
            wanted.append(payment_key(keys.provider, keys.reference))
        order, account, invoice, series, catalogue, *payment = self._table.get_many(wanted)
        if catalogue is None:
            raise LookupError("no catalogue has been published")
        return Settlement(
            order=order_from_record(order) if order else None,
            payment=payment_from_record(payment[0]) if payment and payment[0] else None,
            subscription=subscription_from_record(account),
            invoice=invoice_from_record(invoice) if invoice else None,
            delivery=_delivery(invoice),
            last_number=series["last_number"] if series else 0,
            last_issued_at=from_text(series["last_issued_at"]) if series else None,
            catalogue=catalogue_from_document(json.loads(catalogue["document"])),
        )

    def affected(self, account_id: str, terms: Sequence[Term]) -> Affected:
        """The grants of these terms, then the account's holds: a consistent read each."""
        return read_affected(self._table, account_id, terms)

    def fulfil(self, fulfilment: Fulfilment, payment: Payment, notice: Notice) -> None:
        """Order, attempt, subscription, term, grants and coupon: all or nothing, once for each payment."""
        self._guarded(
            [
                paid_order(self._table, fulfilment, payment, FULFILLABLE),
                *booked(self._table, payment, notice),
                *effect_writes(self._table, fulfilment),
                *coupon_confirmation(self._table, fulfilment),
                *noted(self._table, fulfilment),
            ]
        )

    def coupon_place(self, order: Order) -> CouponPlace | None:
        """The order's place of its coupon; no read for an order without one."""
        return coupon_place(self._table, order)

    def exceptions(self, ids: Sequence[str]) -> tuple[PaymentException, ...]:
        """Those of these exceptions that are kept, one consistent read."""
        found = self._table.get_many([exception_id_key(exception_id) for exception_id in ids])
        return tuple(exception_from_record(record) for record in found if record)

    def attempt(self, provider: str, reference: str) -> Payment | None:
        """An attempt, read consistently."""
        (record,) = self._table.get_many([payment_key(provider, reference)])
        return payment_from_record(record) if record else None

    def fail(self, payment: Payment, notice: Notice) -> None:
        """Open -> failed; a success is never undone."""
        change = self._table.update(
            payment_key(payment.provider, payment.reference),
            "SET #status = :failed, reason = :reason",
            "#status = :open",
            failed="failed",
            reason=notice.reason,
            open="open",
        )
        try:
            self._table.write(change)
        except ConditionFailed:
            raise AlreadyDone from None

    def keep_exception(self, exception: PaymentException, payment: Payment | None, notice: Notice) -> bool:
        """Whether the exception is new; `payment` is booked with it where it fits."""
        put = exception_put(self._table, exception)
        books = booked(self._table, payment, notice) if payment and payment.status not in SETTLED else []
        try:
            if books:
                self._table.transact([put, *books])
            else:
                self._table.write(put)
        except ConditionFailed as failed:
            if 0 not in failed.positions:
                raise AlreadyDone from None
            return False
        return True

    def issue(self, invoice: Invoice, order: Order, lease_until: datetime) -> None:
        """Number, time, frozen figures and the event in one transaction: no gap, no double, in issue order."""
        index = {
            "gsi1pk": invoices_index(invoice.account_id),
            "gsi1sk": f"{to_text(invoice.issued_at)}#{invoice.id}",
        }
        record = {**invoice_to_record(invoice), **index, "lease_until": to_text(lease_until)}
        count = self._table.update(
            series_key(invoice.series),
            "SET last_number = :number, last_issued_at = :at",
            ABSENT if invoice.number == 1 else "last_number = :before",
            number=invoice.number,
            at=to_text(invoice.issued_at),
            **({} if invoice.number == 1 else {"before": invoice.number - 1}),
        )
        self._guarded(
            [
                count,
                self._table.put(invoice_key(invoice.id), to_item(record), ABSENT),
                self._table.update(
                    order_key(order.id),
                    "SET invoice_id = :invoice",
                    "attribute_not_exists(invoice_id)",
                    invoice=invoice.id,
                ),
                *outbox.issued(self._table, invoice),
            ]
        )

    def take_lease(self, invoice: Invoice, previous: datetime | None, until: datetime) -> None:
        """Who sends the document, until when; from one holder to the next under a condition."""
        change = self._table.update(
            invoice_key(invoice.id),
            "SET lease_until = :until",
            f"attribute_not_exists(sent_at) AND {'lease_until = :previous' if previous else NO_LEASE}",
            until=to_text(until),
            **({"previous": to_text(previous)} if previous else {}),
        )
        try:
            self._table.write(change)
        except ConditionFailed:
            raise AlreadyDone from None

    def release_lease(self, invoice: Invoice) -> None:
        """Sending failed: the next delivery of the message may try at once."""
        self._table.write(self._table.update(invoice_key(invoice.id), "REMOVE lease_until"))

    def mark_sent(self, invoice: Invoice, sha256: str, now: datetime) -> None:
        """The document is stored and e-mailed."""
        self._table.write(
            self._table.update(
                invoice_key(invoice.id), "SET sha256 = :sha256, sent_at = :now", sha256=sha256, now=to_text(now)
            )
        )

    def _guarded(self, actions: Sequence[Action]) -> None:
        try:
            self._table.transact(actions)
        except ConditionFailed:
            raise AlreadyDone from None


def _delivery(record: dict[str, Any] | None) -> Delivery:
    """How far a document has come."""
    if record is None:
        return Delivery()
    return Delivery(moment_of(record.get("lease_until")), moment_of(record.get("sent_at")), record.get("sha256"))
