"""The consumer: three resumable steps for each message. Fulfil; issue the document; send it.

Each step is guarded by its own condition, so a message that comes again, or twice at once, continues where the work
stopped. Quota never waits for mail.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from billing.domain import identifiers
from billing.domain.inbox import SUGGESTIONS, PaymentException, Resolution, decided
from billing.domain.invoices import DocumentLine, Invoice, pdf_name
from billing.domain.orders import DOCUMENTED, FULFILLABLE, REFUNDED, Order
from billing.domain.payments import Notice, Payment, effect_is_stored, is_part_of, misfit, parts_of
from billing.domain.wording import line_description, line_unit
from billing.service.basic_ports import AlreadyDone, Clock, Files, Mailer
from billing.service.fulfilment import UNAFFECTED, plan_paid, terms_to_read
from billing.service.messages import Message
from billing.service.settlement_ports import Delivery, Documents, Settlement, SettlementKeys, Settlements

LEASE = timedelta(minutes=3)
"""How long whoever numbered a document may take to send it before another delivery of the message does."""

ROUNDS = 5
"""How often a message is taken up again within one delivery because another one was faster."""

T = TypeVar("T")

BY_ITSELF = "goi"
"""Who decides an exception that needs nobody any more."""


class NotYet(Exception):
    """Another delivery of the message is at work; this one is to come again later."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """Settles messages of the payments queue."""

    settlements: Settlements
    documents: Documents
    files: Files
    mailer: Mailer
    clock: Clock

    def process(self, message: Message) -> str:
        """What became of the message: "fulfilled", "failed", "exception", "duplicate" or "documented".

        "noted" is a fulfilled order with an exception beside it: its coupon went beyond a limit, or credit was gone.
        Raises what makes it come again: `NotYet`, or an error of the table, the renderer or the mail service.
        """
        for _ in range(ROUNDS):
            try:
                return self._once(message)
            except AlreadyDone:
                continue
        raise NotYet("other messages of the same account or series were faster")

    def _once(self, message: Message) -> str:
        now = self.clock.now()
        if message.order_id is None or message.account_id is None or message.document is None:
            return self._except(require(message.notice), None, None, "unmatched", now)
        settlement = self.settlements.load(self._keys(message, now))
        outcome = "documented"
        if message.notice:
            outcome, settlement = self._settle(message.notice, settlement, now)
        if settlement.order and settlement.order.status in DOCUMENTED and settlement.order.has_document:
            self._document(settlement, settlement.order, now)
        return outcome

    def _keys(self, message: Message, now: datetime) -> SettlementKeys:
        order_id, document = require(message.order_id), require(message.document)
        notice = message.notice
        return SettlementKeys(
            order_id=order_id,
            account_id=require(message.account_id),
            provider=notice.provider if notice else None,
            reference=notice.reference if notice else None,
            invoice_id=identifiers.invoice_id(order_id),
            series=document.form + document.symbol_at(now),
        )

    def _settle(self, notice: Notice, at_hand: Settlement, now: datetime) -> tuple[str, Settlement]:
        order, payment = require(at_hand.order), require(at_hand.payment)
        if is_part_of(notice, payment):
            outcome = "duplicate"
        elif misfit(notice, payment):
            outcome = "duplicate"
            if notice.outcome == "paid":
                reason = "short" if notice.amount < payment.amount else "over"
                outcome = self._except(notice, order, payment, reason, now)
        elif effect_is_stored(notice, payment):
            outcome = "duplicate"
        elif notice.outcome != "paid":
            self.settlements.fail(payment, notice)
            outcome = "failed"
        elif order.status in FULFILLABLE:
            return self._fulfil(notice, at_hand, order, payment, now)
        else:
            outcome = self._except(notice, order, payment, why_unwanted(order), now)
        return outcome, at_hand

    def _fulfil(
        self, notice: Notice, at_hand: Settlement, order: Order, payment: Payment, now: datetime
    ) -> tuple[str, Settlement]:
        """An order that expired may have lost its coupon's place: that is read, and counted again.

        Several transfers that together are the right amount were kept as exceptions one by one: they count in now. If
        an operator has decided one of them already, its money is gone, and the others stay for the operator too.
        """
        parts = self._parts(notice)
        if any(part.status != "open" or part.refunding for part in parts):
            return "duplicate", at_hand
        place = self.settlements.coupon_place(order) if order.status == "expired" else None
        needed = terms_to_read(order, at_hand.subscription, now)
        affected = self.settlements.affected(order.account_id, needed) if needed else UNAFFECTED
        fulfilment = plan_paid(order, payment, notice, at_hand.subscription, place, affected, now)
        if parts:
            done = Resolution("accept", BY_ITSELF, now, f"counted in {notice.transaction}", order.id)
            fulfilment = replace(fulfilment, counted=tuple((part, decided(part, done)) for part in parts))
        self.settlements.fulfil(fulfilment, payment, notice)
        paid = replace(payment, transaction=notice.transaction, paid_at=notice.occurred_at)
        outcome = "noted" if fulfilment.notes else "fulfilled"
        return outcome, replace(at_hand, order=fulfilment.order, payment=paid)

    def _parts(self, notice: Notice) -> tuple[PaymentException, ...]:
        parts = parts_of(notice.transaction)
        if len(parts) == 1:
            return ()
        return self.settlements.exceptions([identifiers.exception_id(notice.provider, part) for part in parts])

    def _except(self, notice: Notice, order: Order | None, payment: Payment | None, reason: str, now: datetime) -> str:
        exception = PaymentException(
            id=identifiers.exception_id(notice.provider, notice.transaction or notice.reference),
            reason=reason,
            suggestion=SUGGESTIONS[reason],
            notice=notice,
            order_id=order.id if order else None,
            expected_amount=payment.amount if payment else None,
            seen_at=now,
            payment=(payment.provider, payment.reference) if payment else None,
        )
        books = payment if payment and not misfit(notice, payment) else None
        return "exception" if self.settlements.keep_exception(exception, books, notice) else "duplicate"

    def _document(self, at_hand: Settlement, order: Order, now: datetime) -> None:
        invoice, delivery = at_hand.invoice, at_hand.delivery
        if delivery.sent_at:
            return
        if invoice is None:
            invoice = frozen_invoice(replace(at_hand, payment=self._paying(at_hand, order)), order, now)
            self.settlements.issue(invoice, order, now + LEASE)
        else:
            self._take_over(invoice, delivery, now)
        try:
            self._deliver(invoice)
        except Exception:
            self.settlements.release_lease(invoice)
            raise

    def _paying(self, at_hand: Settlement, order: Order) -> Payment | None:
        """The attempt whose money fulfilled the order: in most cases that of the message."""
        payment = at_hand.payment
        if order.paid_by is None or (payment and (payment.provider, payment.reference) == order.paid_by):
            return payment
        return self.settlements.attempt(*order.paid_by)

    def _take_over(self, invoice: Invoice, delivery: Delivery, now: datetime) -> None:
        if delivery.lease_until and now < delivery.lease_until <= now + LEASE:
            raise NotYet(f"{invoice.id} is being sent")
        self.settlements.take_lease(invoice, delivery.lease_until, now + LEASE)

    def _deliver(self, invoice: Invoice) -> None:
        pdf = self.files.put_once(pdf_name(invoice), self.documents.pdf(invoice))
        self.mailer.send(self.documents.mail(invoice, pdf), invoice.email)
        self.settlements.mark_sent(invoice, hashlib.sha256(pdf).hexdigest(), self.clock.now())


def why_unwanted(order: Order) -> str:
    """Why the right amount of money is an exception, by the state of the order it came for."""
    if order.status in REFUNDED:
        return "after_refund"
    return "cancelled" if order.status == "cancelled" else "second_payment"


def require(value: T | None) -> T:
    """`value`, which a rule of the data says is there."""
    if value is None:
        raise LookupError("the message refers to what is not stored")
    return value


def frozen_invoice(at_hand: Settlement, order: Order, now: datetime) -> Invoice:
    """The document of a fulfilled order: the next number of its series, and every figure as agreed.

    The time of issue never runs backwards within a series, whatever clocks say.
    """
    quote, figures = order.quote, order.quote.figures
    issued_at = max(now, at_hand.last_issued_at or now)
    return Invoice(
        id=identifiers.invoice_id(order.id),
        kind=order.document.kind,
        form=order.document.form,
        symbol=order.document.symbol_at(now),
        number=at_hand.last_number + 1,
        issued_at=issued_at,
        language=order.language,
        timezone=quote.zone.key,
        order_id=order.id,
        account_id=order.account_id,
        email=order.email,
        seller=at_hand.catalogue.seller,
        buyer=order.buyer,
        lines=(document_line(order),),
        currency=quote.currency,
        subtotal=figures.subtotal,
        discount=figures.discount,
        coupon_code=quote.wish.coupon_code or "",
        credit=figures.credit,
        waived=figures.waived,
        tax=figures.tax,
        tax_rate_bp=quote.tax_rate_bp,
        tax_kind=quote.tax_kind,
        tax_inclusive=quote.tax_inclusive,
        total=figures.total,
        payment_provider=at_hand.payment.provider if at_hand.payment else "",
        payment_reference=at_hand.payment.transaction or "" if at_hand.payment else "",
        paid_at=order.paid_at,
        period_start=order.period.start,
        period_end=order.period.end,
    )


def document_line(order: Order) -> DocumentLine:
    """The sale as one line of its document."""
    quote = order.quote
    return DocumentLine(
        description=line_description(quote, order.language),
        unit=line_unit(quote, order.language),
        quantity=quote.wish.quantity,
        unit_amount=quote.unit_amount,
        amount=quote.figures.subtotal,
    )
