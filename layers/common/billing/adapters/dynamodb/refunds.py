"""Refunds as stored, each with what it reserves: of an order, or of money in the operators' inbox.

A refund of an exception's money takes the exception along: `exceptions.reserve_refund(table, exception_id,
version, amount)` gives the actions that set the money aside if the exception is still as it was read, for the
transaction that stores the refund; `exceptions.settle_refund(table, exception_id, refund, succeeded=...)` those that
book its end.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from billing.adapters.dynamodb.account_records import grant_from_record, subscription_from_record
from billing.adapters.dynamodb.audit import audit_put
from billing.adapters.dynamodb.buckets import Buckets
from billing.adapters.dynamodb.client import ABSENT, ConditionFailed, Table
from billing.adapters.dynamodb.exceptions import reserve_refund, settle_refund
from billing.adapters.dynamodb.keys import (
    account_key,
    grant_key,
    order_key,
    payment_key,
    refund_key,
    refund_lock_key,
    refunds_index,
    unfinished_refunds_index,
)
from billing.adapters.dynamodb.mapper import to_item
from billing.adapters.dynamodb.order_records import order_from_record
from billing.adapters.dynamodb.payment_records import payment_from_record
from billing.adapters.dynamodb.refund_effects import (
    effect_actions,
    order_noted,
    order_released,
    order_reserved,
    payment_refunded,
)
from billing.adapters.dynamodb.refund_events import refund_told
from billing.adapters.dynamodb.refund_records import refund_from_record, refund_to_record, taken_to_record
from billing.domain.audit import AuditEntry
from billing.domain.orders import Order
from billing.domain.problems import Problem
from billing.domain.refunds import PaidMoney, Refund
from billing.domain.times import to_text
from billing.service.basic_ports import AlreadyDone
from billing.service.refund_ports import RefundAtHand, SettledRefund

Action = dict[str, Any]

REFUNDS = "REFUNDS"
"""The kind of its due work."""

FIRST_LOOK = timedelta(minutes=10)
"""When a refund by API, or the e-mail about one, is looked after; anything quicker has come to its end by then."""

FIRST_REMINDER = timedelta(days=3)
"""When a transfer by hand is looked after."""

LOCK = 1
"""Where the lock of the payment stands in the transaction that stores a refund."""


class RefundTable:
    """The `Refunds` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._buckets = Buckets(table, REFUNDS)

    def get(self, refund_id: str) -> Refund | None:
        """The refund, read consistently."""
        record = self._table.get(refund_key(refund_id))
        return refund_from_record(record) if record else None

    def many(self, refund_ids: tuple[str, ...]) -> list[Refund]:
        """These refunds, in their order; one call for up to 100."""
        found = self._table.get_many([refund_key(refund_id) for refund_id in refund_ids]) if refund_ids else []
        return [refund_from_record(record) for record in found if record]

    def page(self, month: datetime | None, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Refund], Any]:
        """A page of the index, newest first; it lags a little, so nothing about money is decided by it."""
        partition = refunds_index(month) if month else unfinished_refunds_index()
        records, following = self._table.page(partition, limit, after)
        return [refund_from_record(record) for record in records], following

    def create(self, refund: Refund, money: PaidMoney, audit: AuditEntry) -> None:
        """Refund, lock of its payment, reserved money, due entry and audit: one transaction."""
        index = {"gsi1pk": unfinished_refunds_index(), "gsi1sk": f"{to_text(refund.created_at)}#{refund.id}"}
        due = refund.created_at + (FIRST_LOOK if refund.by_api else FIRST_REMINDER)
        actions = [
            self._table.put(refund_key(refund.id), to_item({**refund_to_record(refund), **index}), ABSENT),
            self._table.put(_lock(refund), to_item({"refund_id": refund.id}), ABSENT),
            *self._reserved(refund, money),
            self._due(refund, due),
            audit_put(self._table, audit),
        ]
        try:
            self._table.transact(actions)
        except ConditionFailed as failed:
            if failed.positions == {LOCK}:
                raise Problem("refund_not_possible", reason="unfinished") from None
            raise AlreadyDone from None

    def _reserved(self, refund: Refund, money: PaidMoney) -> list[Action]:
        if refund.exception_id is None:
            return order_reserved(self._table, money, refund)
        aside = reserve_refund(self._table, refund.exception_id, money.version, refund.amount)
        return [*aside, *order_noted(self._table, refund)]

    def at_hand(self, refund: Refund) -> RefundAtHand:
        """The refund as it is now; for one that takes back, its order, and in a second read the account's grants."""
        takes_back = refund.order_id if refund.exception_id is None else None
        its_money = order_key(takes_back) if takes_back else payment_key(refund.provider, refund.payment_reference)
        found, money = self._table.get_many([refund_key(refund.id), its_money])
        current = refund_from_record(found) if found else refund
        if takes_back and money:
            return self._with_account(current, order_from_record(money))
        return RefundAtHand(current, payment=payment_from_record(money) if money else None)

    def _with_account(self, refund: Refund, order: Order) -> RefundAtHand:
        features = [quota.feature for quota in order.quote.quotas]
        keys = [grant_key(order.account_id, order.period.end, order.id, feature) for feature in features]
        paid_by = payment_key(*(order.paid_by or (refund.provider, refund.payment_reference)))
        account, payment, *grants = self._table.get_many([account_key(order.account_id), paid_by, *keys])
        return RefundAtHand(
            refund=refund,
            order=order,
            payment=payment_from_record(payment) if payment else None,
            subscription=subscription_from_record(account),
            grants=tuple(grant_from_record(record) for record in grants if record),
        )

    def pending(self, refund: Refund) -> None:
        """Requested -> pending, with the provider's number."""
        change = self._table.update(
            refund_key(refund.id),
            f"SET #status = :pending, version = :next{', handle = :handle' if refund.handle else ''}",
            "version = :before",
            pending="pending",
            next=refund.version,
            before=refund.version - 1,
            **({"handle": refund.handle} if refund.handle else {}),
        )
        try:
            self._table.write(change)
        except ConditionFailed:
            raise AlreadyDone from None

    def succeed(self, settled: SettledRefund, audit: AuditEntry | None) -> None:
        """Refund, order, payment, grants, terms: all or nothing, once."""
        refund = settled.refund
        booked = (
            settle_refund(self._table, refund.exception_id, refund, succeeded=True)
            if refund.exception_id
            else effect_actions(self._table, settled)
        )
        tell = [self._due(refund, settled.at + FIRST_LOOK)] if refund.is_to_be_told else []
        self._settle(refund, [*booked, *payment_refunded(self._table, settled), *tell], audit)

    def fail(self, refund: Refund, audit: AuditEntry | None) -> None:
        """The refund has failed, and what it reserved is free."""
        released = (
            settle_refund(self._table, refund.exception_id, refund, succeeded=False)
            if refund.exception_id
            else order_released(self._table, refund)
        )
        self._settle(refund, released, audit)

    def _settle(self, refund: Refund, effects: Sequence[Action], audit: AuditEntry | None) -> None:
        given = {"handle": refund.handle, "failure": refund.failure}
        known = {name: value for name, value in given.items() if value is not None}
        change = self._table.update(
            refund_key(refund.id),
            "SET #status = :status, version = :next, settled_at = :at, taken_back = :taken, gsi1pk = :month"
            + "".join(f", #{name} = :{name}" for name in known),
            "version = :before",
            status=refund.status,
            next=refund.version,
            at=to_text(refund.settled_at or refund.created_at),
            taken=taken_to_record(refund.taken_back),
            month=refunds_index(refund.created_at),
            before=refund.version - 1,
            **known,
        )
        actions = [change, self._table.delete(_lock(refund)), *effects, *refund_told(self._table, refund)]
        try:
            self._table.transact([*actions, audit_put(self._table, audit)] if audit else actions)
        except ConditionFailed:
            raise AlreadyDone from None

    def _due(self, refund: Refund, due: datetime) -> Action:
        return self._buckets.put(due, refund.id, {"refund_id": refund.id})


def _lock(refund: Refund) -> dict[str, dict[str, str]]:
    """One unfinished refund for each payment; money that fits none is known by its transaction."""
    return refund_lock_key(refund.provider, refund.payment_reference or refund.transaction)
