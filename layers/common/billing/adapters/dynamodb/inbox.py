"""The exceptions inbox as stored: reads for an operator's decision, and the decision as one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.account_records import subscription_from_record
from billing.adapters.dynamodb.audit import AuditTable, audit_put
from billing.adapters.dynamodb.client import INDEX, ConditionFailed, Table
from billing.adapters.dynamodb.exceptions import exception_decide, exception_from_record
from billing.adapters.dynamodb.fulfilment import (
    booked,
    coupon_confirmation,
    coupon_place,
    document_due,
    effect_writes,
    noted,
    paid_order,
)
from billing.adapters.dynamodb.holdings import read_affected
from billing.adapters.dynamodb.keys import (
    account_key,
    attempts_index,
    exception_id_key,
    exceptions_index,
    open_exceptions_index,
    order_key,
    payment_key,
)
from billing.adapters.dynamodb.order_records import order_from_record
from billing.adapters.dynamodb.orders import payment_put
from billing.adapters.dynamodb.payment_records import payment_from_record
from billing.domain.audit import AuditEntry
from billing.domain.inbox import PaymentException
from billing.domain.orders import ACCEPTABLE, Order
from billing.domain.payments import Notice, Payment
from billing.domain.times import to_text
from billing.service.basic_ports import AlreadyDone
from billing.service.fulfilment import UNAFFECTED, terms_to_read
from billing.service.inbox import Acceptance, AtHand

Action = dict[str, Any]

MOST_REFERENCES = 100
"""One read's worth of references that a memo may have meant."""

MOST_ATTEMPTS = 20
"""How many attempts of the same amount are looked at, the newest first."""


class ExceptionTable:
    """The `Exceptions` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, exception_id: str) -> PaymentException | None:
        """The exception, read consistently."""
        record = self._table.get(exception_id_key(exception_id))
        return exception_from_record(record) if record else None

    def page(
        self, month: datetime | None, limit: int, after: Mapping[str, Any] | None
    ) -> tuple[list[PaymentException], Any]:
        """Open ones, or the decided ones first seen in a month, newest first, through the index."""
        partition = exceptions_index(month) if month else open_exceptions_index()
        records, following = self._table.page(partition, limit, after)
        return [exception_from_record(record) for record in records], following

    def order(self, order_id: str) -> Order | None:
        """An order, read consistently."""
        record = self._table.get(order_key(order_id))
        return order_from_record(record) if record else None

    def at_hand(self, order_id: str, now: datetime) -> AtHand | None:
        """The order; its account and attempts; its coupon; grants that it would replace: a read for each."""
        order = self.order(order_id)
        if order is None:
            return None
        attempts = [payment_key(provider, reference) for provider, reference in order.attempts]
        account, *payments = self._table.get_many([account_key(order.account_id), *attempts])
        subscription = subscription_from_record(account)
        needed = terms_to_read(order, subscription, now)
        return AtHand(
            order=order,
            payments=tuple(payment_from_record(record) for record in payments if record),
            subscription=subscription,
            place=coupon_place(self._table, order),
            affected=read_affected(self._table, order.account_id, needed) if needed else UNAFFECTED,
        )

    def accept(self, acceptance: Acceptance) -> None:
        """One transaction; `AlreadyDone` if the exception, the order, its account or its coupon has changed."""
        fulfilment, table = acceptance.fulfilment, self._table
        self._guarded(
            [
                exception_decide(table, acceptance.before, acceptance.after),
                self._order(acceptance),
                *self._payment(acceptance),
                *effect_writes(table, fulfilment),
                *coupon_confirmation(table, fulfilment),
                *noted(table, fulfilment),
                document_due(table, fulfilment.order, fulfilment.at),
                audit_put(table, acceptance.audit),
            ]
        )

    def _order(self, acceptance: Acceptance) -> Action:
        return paid_order(
            self._table,
            acceptance.fulfilment,
            acceptance.payment,
            ACCEPTABLE,
            makes_attempt=acceptance.is_new,
        )

    def _payment(self, acceptance: Acceptance) -> list[Action]:
        if acceptance.is_new:
            return [payment_put(self._table, acceptance.payment)]
        if acceptance.is_booked or acceptance.before.notice is None:
            return []
        return booked(self._table, acceptance.payment, acceptance.before.notice)

    def decide(self, before: PaymentException, after: PaymentException, audit: AuditEntry) -> None:
        """One transaction; `AlreadyDone` if the exception has changed."""
        self._guarded([exception_decide(self._table, before, after), audit_put(self._table, audit)])

    def _guarded(self, actions: Sequence[Action]) -> None:
        try:
            self._table.transact(actions)
        except ConditionFailed:
            raise AlreadyDone from None

    def candidates(
        self, notice: Notice, references: Sequence[str], order_ids: Sequence[str], since: datetime, until: datetime
    ) -> tuple[list[Order], Mapping[str, Sequence[Payment]], set[str]]:
        """One query of the index by amount, one read by references, one of the orders."""
        keys = [payment_key(notice.provider, reference) for reference in references[:MOST_REFERENCES]]
        meant = [payment_from_record(record) for record in self._table.get_many(keys) if record] if keys else []
        payments = [*meant, *self._of_amount(notice.amount, since, until)]
        ids = list(dict.fromkeys([*order_ids, *(payment.order_id for payment in payments)]))
        found = self._table.get_many([order_key(order_id) for order_id in ids]) if ids else []
        attempts: dict[str, list[Payment]] = {}
        for payment in payments:
            attempts.setdefault(payment.order_id, []).append(payment)
        named = {*order_ids, *(payment.order_id for payment in meant)}
        return [order_from_record(record) for record in found if record], attempts, named

    def _of_amount(self, amount: int, since: datetime, until: datetime) -> list[Payment]:
        """The newest attempts to pay this amount in a span of time."""
        records, _ = self._table.query(
            IndexName=INDEX,
            KeyConditionExpression="gsi1pk = :amount AND gsi1sk BETWEEN :since AND :until",
            ExpressionAttributeValues={
                ":amount": {"S": attempts_index(amount)},
                ":since": {"S": to_text(since)},
                ":until": {"S": f"{to_text(until)}~"},
            },
            ScanIndexForward=False,
            Limit=MOST_ATTEMPTS,
        )
        return [payment_from_record(record) for record in records]

    def acts(self, exception_id: str) -> list[AuditEntry]:
        """What operators did to it, oldest first."""
        return AuditTable(self._table).of(f"exception {exception_id}")
