"""Orders, attempts and coupon places as stored."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from billing.adapters.dynamodb import outbox
from billing.adapters.dynamodb.account_records import subscription_from_record
from billing.adapters.dynamodb.client import ABSENT, ConditionFailed, Table
from billing.adapters.dynamodb.fulfilment import PLACE_LEFT, document_due, effect_writes
from billing.adapters.dynamodb.holdings import read_affected, read_holdings, read_holds
from billing.adapters.dynamodb.keys import (
    account_key,
    attempts_index,
    coupon_account_key,
    coupon_key,
    order_key,
    orders_index,
    payment_key,
    redemption_key,
    redemptions_index,
)
from billing.adapters.dynamodb.mapper import to_item
from billing.adapters.dynamodb.order_records import order_from_record, order_to_record
from billing.adapters.dynamodb.payment_records import payment_from_record, payment_to_record
from billing.adapters.dynamodb.payments import payment_due
from billing.domain.coupons import Coupon, coupon_from_record
from billing.domain.credits import Holding
from billing.domain.orders import Order
from billing.domain.payments import Payment
from billing.domain.problems import Problem
from billing.domain.quotas import Hold
from billing.domain.subscriptions import Term
from billing.domain.times import to_text
from billing.service.account_ports import Affected, Subscription
from billing.service.basic_ports import AlreadyDone
from billing.service.ports import Checkout, Fulfilment

Action = dict[str, Any]


class OrderTable:
    """The `Orders` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def checkout(self, account_id: str, coupon_code: str | None, order_id: str | None = None) -> Checkout:
        """Subscription, coupon, the account's use of it, and the order if it is there: one consistent read."""
        keys = [account_key(account_id)]
        if coupon_code:
            keys += [coupon_key(coupon_code), coupon_account_key(coupon_code, account_id)]
        if order_id:
            keys += [order_key(order_id)]
        found = self._table.get_many(keys)
        subscription, rest = found[0], found[1:]
        coupon, uses = rest[:2] if coupon_code else (None, None)
        order = rest[-1] if order_id else None
        return Checkout(
            subscription=subscription_from_record(subscription),
            coupon=coupon_from_record(coupon) if coupon else None,
            taken_by_account=uses["taken"] if uses else 0,
            order=order_from_record(order) if order else None,
        )

    def holdings(self, account_id: str, terms: Sequence[Term]) -> tuple[Holding, ...]:
        """The orders and grants of terms that may be credited: one consistent read."""
        return read_holdings(self._table, account_id, terms)

    def holds(self, account_id: str) -> tuple[Hold, ...]:
        """The account's holds: one consistent read."""
        return read_holds(self._table, account_id)

    def affected(self, account_id: str, terms: Sequence[Term]) -> Affected:
        """The grants of these terms, then the account's holds: a consistent read each."""
        return read_affected(self._table, account_id, terms)

    def create(
        self, order: Order, payment: Payment | None, coupon: Coupon | None, now: datetime, seen: Subscription
    ) -> None:
        """Order, attempt, its place in the time buckets, its credit and the coupon's place: one transaction."""
        actions = [self._put_order(order), *reserve_credit(self._table, order, seen)]
        if payment:
            actions += self._put_payment(payment)
        self._create(actions, order, coupon, now)

    def create_fulfilled(self, fulfilment: Fulfilment, coupon: Coupon | None, now: datetime) -> None:
        """An order without anything to pay, and all it brings: one transaction."""
        order = fulfilment.order
        actions = [self._put_order(order), *effect_writes(self._table, fulfilment)]
        if order.has_document:
            actions.append(document_due(self._table, order, now))
        self._create(actions, order, coupon, now, status="confirmed")

    def _create(
        self, actions: list[Action], order: Order, coupon: Coupon | None, now: datetime, status: str = "reserved"
    ) -> None:
        places = self._take_place(order, coupon, now, status) if order.quote.wish.coupon_code and coupon else []
        first_place = len(actions)
        try:
            self._table.transact([*actions, *places])
        except ConditionFailed as failed:
            if min(failed.positions) < first_place:
                raise AlreadyDone from None
            raise _refusal(min(failed.positions) - first_place, order) from None

    def _put_order(self, order: Order) -> Action:
        index = {"gsi1pk": orders_index(order.account_id), "gsi1sk": f"{to_text(order.created_at)}#{order.id}"}
        return self._table.put(order_key(order.id), to_item({**order_to_record(order), **index}), ABSENT)

    def _put_payment(self, payment: Payment) -> list[Action]:
        provider, reference = payment.provider, payment.reference
        return [
            payment_put(self._table, payment),
            payment_due(self._table, payment.expires_at, provider, reference, payment.order_id),
        ]

    def _take_place(self, order: Order, coupon: Coupon, now: datetime, status: str) -> list[Action]:
        """A place of the coupon for this order: counted in all and for the account, each under its limit."""
        table = self._table
        limit = coupon.max_per_account
        counted = "ADD taken :one, confirmed :one" if status == "confirmed" else "ADD taken :one"
        redemption = {
            "status": status,
            "account_id": order.account_id,
            "discount": order.quote.figures.discount,
            "reserved_at": to_text(now),
            **({"confirmed_at": to_text(now)} if status == "confirmed" else {}),
            "gsi1pk": redemptions_index(coupon.code),
            "gsi1sk": f"{to_text(now)}#{order.id}",
        }
        return [
            table.update(coupon_key(coupon.code), counted, PLACE_LEFT, one=1, none=None),
            table.update(
                coupon_account_key(coupon.code, order.account_id),
                "ADD taken :one",
                None if limit is None else f"{ABSENT} OR taken < :limit",
                one=1,
                **({} if limit is None else {"limit": limit}),
            ),
            table.put(redemption_key(coupon.code, order.id), to_item(redemption), ABSENT),
        ]

    def opened(self, payment: Payment) -> None:
        """Where the attempt can be paid, as the provider answered."""
        given = {"url": payment.url, "qr_content": payment.qr_content, "handle": payment.handle}
        known = {name: value for name, value in given.items() if value is not None}
        change = "SET " + ", ".join(f"#{name} = :{name}" for name in known)
        self._table.write(self._table.update(payment_key(payment.provider, payment.reference), change, **known))

    def close(self, payment: Payment) -> None:
        """Open -> closed; one that is decided already stays as it is."""
        with suppress(ConditionFailed):
            self._table.write(_closing(self._table, payment))

    def add_attempt(self, order: Order, payment: Payment) -> None:
        """Another attempt of an order that is still pending and unchanged since it was read."""
        change = self._table.update(
            order_key(order.id),
            "SET attempts = list_append(attempts, :attempt), open_until = :until, version = :next",
            "#status = :pending AND version = :version",
            attempt=[[payment.provider, payment.reference]],
            until=to_text(max(order.expires_at, payment.expires_at)),
            next=order.version + 1,
            pending="pending",
            version=order.version,
        )
        self._guarded([change, *self._put_payment(payment)])

    def cancel(self, order: Order, payments: Sequence[Payment], now: datetime) -> None:
        """Pending -> cancelled, with credit and coupon's place given back and open attempts closed."""
        change = self._table.update(
            order_key(order.id),
            "SET #status = :cancelled, version = :next, cancelled_at = :now",
            "#status = :pending AND version = :version",
            cancelled="cancelled",
            next=order.version + 1,
            now=to_text(now),
            pending="pending",
            version=order.version,
        )
        closings = [_closing(self._table, payment) for payment in payments if payment.status == "open"]
        actions = [change, *closings, *give_back(self._table, order, now)]
        self._guarded([*actions, *outbox.cancelled(self._table, order, now)])

    def _guarded(self, actions: Sequence[Action]) -> None:
        try:
            self._table.transact(actions)
        except ConditionFailed:
            raise AlreadyDone from None

    def get(self, order_id: str) -> Order | None:
        """The order, read consistently."""
        record = self._table.get(order_key(order_id))
        return order_from_record(record) if record else None

    def payments(self, orders: Sequence[Order]) -> Mapping[str, tuple[Payment, ...]]:
        """The attempts of each order, oldest first; one call for up to 100 of them."""
        keys = [(order.id, payment_key(*attempt)) for order in orders for attempt in order.attempts]
        found = self._table.get_many([key for _, key in keys]) if keys else []
        attempts: dict[str, list[Payment]] = {order.id: [] for order in orders}
        for (order_id, _), record in zip(keys, found, strict=True):
            if record:
                attempts[order_id].append(payment_from_record(record))
        return {order_id: tuple(payments) for order_id, payments in attempts.items()}

    def page(self, account_id: str, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Order], Any]:
        """An account's orders, newest first, through the index; and where the next page starts."""
        records, following = self._table.page(orders_index(account_id), limit, after)
        return [order_from_record(record) for record in records], following


def payment_put(table: Table, payment: Payment) -> Action:
    """The action that stores a new attempt; by its amount, operators find it for money that names no order."""
    name = f"{to_text(payment.created_at)}#{payment.provider}#{payment.reference}"
    index = {"gsi1pk": attempts_index(payment.amount), "gsi1sk": name}
    record = {**payment_to_record(payment), **index}
    return table.put(payment_key(payment.provider, payment.reference), to_item(record), ABSENT)


def _closing(table: Table, payment: Payment) -> Action:
    return table.update(
        payment_key(payment.provider, payment.reference),
        "SET #status = :closed",
        "#status = :open",
        closed="closed",
        open="open",
    )


def reserve_credit(table: Table, order: Order, seen: Subscription) -> list[Action]:
    """The action that keeps the account's terms for this order; none without credit.

    It holds while the account is as it was seen, so that of two orders only one gets them.
    """
    if not order.quote.credits:
        return []
    return [
        table.update(
            account_key(order.account_id),
            "SET reserved_by = :order, version = :next",
            "version = :seen AND attribute_not_exists(reserved_by)",
            order=order.id,
            next=seen.version + 1,
            seen=seen.version,
        )
    ]


def give_back(table: Table, order: Order, now: datetime) -> list[Action]:
    """The actions that give back what a pending order had reserved: credit, and a place of its coupon."""
    return [*_release_credit(table, order), *_release_place(table, order, now)]


def _release_credit(table: Table, order: Order) -> list[Action]:
    if not order.quote.credits:
        return []
    change = "REMOVE reserved_by ADD version :one"
    return [table.update(account_key(order.account_id), change, "reserved_by = :order", order=order.id, one=1)]


def _release_place(table: Table, order: Order, now: datetime) -> list[Action]:
    """The actions that give a reserved place of the order's coupon back; none without a coupon."""
    code = order.quote.wish.coupon_code
    if not code:
        return []
    return [
        table.update(
            redemption_key(code, order.id),
            "SET #status = :released, released_at = :now",
            "#status = :reserved",
            released="released",
            now=to_text(now),
            reserved="reserved",
        ),
        table.update(coupon_key(code), "ADD taken :minus", minus=-1),
        table.update(coupon_account_key(code, order.account_id), "ADD taken :minus", minus=-1),
    ]


def _refusal(place: int, order: Order) -> Problem | AlreadyDone:
    """What a failed condition of `_take_place` means, by its position."""
    coupon = order.quote.wish.coupon_code
    if place == 0:
        return Problem("coupon_exhausted", coupon=coupon)
    if place == 1:
        return Problem("coupon_already_used", coupon=coupon)
    return AlreadyDone()
