"""What a fulfilled order writes: the order, its attempt, subscription, term, grants and coupon.

The same for an order that its payment fulfils, for one whose money an operator accepts, and, without an attempt, for a
free one. Each action has a condition that holds once.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from billing.adapters.dynamodb import outbox
from billing.adapters.dynamodb.account_records import grant_to_record, subscription_to_record, term_to_record
from billing.adapters.dynamodb.client import ABSENT, Table
from billing.adapters.dynamodb.keys import (
    account_key,
    coupon_account_key,
    coupon_key,
    grant_key,
    order_key,
    payment_key,
    redemption_key,
    term_key,
    usage_index,
    usage_key,
)
from billing.adapters.dynamodb.mapper import to_item
from billing.adapters.dynamodb.payment_records import bank_to_record
from billing.adapters.dynamodb.payments import payment_due, payment_settled
from billing.domain.coupons import CouponPlace
from billing.domain.orders import Order
from billing.domain.payments import Notice, Payment
from billing.domain.quotas import Grant
from billing.domain.subscriptions import Term, period_to_record
from billing.domain.times import to_text
from billing.service.ports import Fulfilment

Action = dict[str, Any]

MOST_ACTIONS = 88
"""A transaction takes 100 actions; the others are the order's, the payment's, the coupon's, and an operator's decision.

What does not fit of the grants that end counts no more all the same; only a use at this very moment may slip through.
"""

DOCUMENT_GRACE = timedelta(minutes=10)
"""When the document of an order that no message of a payment brings is looked for."""

PLACE_LEFT = "attribute_not_exists(max_redemptions) OR max_redemptions = :none OR taken < max_redemptions"
"""The limit is read from the item itself, so that lowering it takes effect at once."""


def paid_order(
    table: Table, fulfilment: Fulfilment, payment: Payment, statuses: Collection[str], *, makes_attempt: bool = False
) -> Action:
    """The order, fulfilled by the money of `payment`, from one of `statuses`; with the attempt if it is made for it."""
    order = fulfilment.order
    attempt = [payment.provider, payment.reference]
    allowed = {f"status_{number}": status for number, status in enumerate(sorted(statuses))}
    return table.update(
        order_key(order.id),
        "SET #status = :fulfilled, version = :next, period = :period, paid_at = :paid, fulfilled_at = :now,"
        " paid_by = :attempt" + (", attempts = list_append(attempts, :attempts)" if makes_attempt else ""),
        f"version = :before AND #status IN ({', '.join(f':{name}' for name in allowed)})",
        fulfilled="fulfilled",
        next=order.version,
        period=period_to_record(fulfilment.period),
        paid=to_text(order.paid_at or fulfilment.at),
        now=to_text(fulfilment.at),
        attempt=attempt,
        before=order.version - 1,
        **allowed,
        **({"attempts": [attempt]} if makes_attempt else {}),
    )


def booked(table: Table, payment: Payment, notice: Notice) -> list[Action]:
    """The attempt has succeeded with the money of `notice`, and is no longer due to be asked for."""
    other = notice.reference != payment.reference
    return [
        table.update(
            payment_key(payment.provider, payment.reference),
            "SET #status = :succeeded, #transaction = :transaction, paid_at = :at, received = :received"
            + (", received_as = :other" if other else "")
            + (", payer = :payer" if notice.payer else ""),
            "#status = :before",
            succeeded="succeeded",
            transaction=notice.transaction,
            at=to_text(notice.occurred_at),
            received=notice.amount,
            before=payment.status,
            **({"other": notice.reference} if other else {}),
            **({"payer": bank_to_record(notice.payer)} if notice.payer else {}),
        ),
        payment_settled(table, payment),
    ]


def document_due(table: Table, order: Order, now: datetime) -> Action:
    """Reconciliation looks whether the document was issued, in case the message about it got lost."""
    return payment_due(table, now + DOCUMENT_GRACE, "", order.id, order.id)


def effect_writes(table: Table, fulfilment: Fulfilment) -> list[Action]:
    """The actions, each under a condition that holds once: subscription as it was read, term and grants not there.

    Grants in use that end do so under the condition that no more of them was used than was read; those of credited
    terms that come need no write, since their term is no longer among the account's.
    """
    from billing.adapters.dynamodb.renewals import reminder_due  # a cold start gets by without it

    account_id, before = fulfilment.order.account_id, fulfilment.before.version
    actions = [
        table.put(
            account_key(account_id),
            to_item({**subscription_to_record(fulfilment.after), **_address(fulfilment.order)}),
            "version = :before" if before else ABSENT,
            **({"before": before} if before else {}),
        ),
        *_term(table, fulfilment),
        *(_grant(table, account_id, grant) for grant in fulfilment.grants),
        *reminder_due(table, fulfilment),
        *outbox.fulfilled(table, fulfilment),
    ]
    actions += _credited(table, fulfilment)
    starts = {term.order_id: term.period.start for term in fulfilment.before.terms}
    for term, grants in fulfilment.moved:
        actions += _moved(table, account_id, term, grants, starts[term.order_id])
    endings = [_end(table, account_id, grant, fulfilment.at) for grant in fulfilment.ended]
    return actions + endings[: max(0, MOST_ACTIONS - len(actions))]


def _address(order: Order) -> dict[str, str]:
    """Where the account is written to, and in which language: as with its last purchase."""
    return {"email": order.email, "language": order.language}


def _term(table: Table, fulfilment: Fulfilment) -> list[Action]:
    """The term's history, or that of an add-on, which has none: what the account's statement says of the order."""
    order, term = fulfilment.order, fulfilment.term
    if term is None:
        record = {"order_id": order.id, "period": period_to_record(fulfilment.period), **_brought(fulfilment)}
        return [table.put(usage_key(order.id), to_item(record), ABSENT)]
    credited = [credit.order_id for credit in order.quote.credits]
    history = {**_brought(fulfilment), **({"credited": credited} if credited else {})}
    key = term_key(order.account_id, term.period.start, order.id)
    return [table.put(key, to_item({**term_to_record(term), **history}), ABSENT)]


def _credited(table: Table, fulfilment: Fulfilment) -> list[Action]:
    """Orders whose time was given for this one's price: what is left of them cannot be refunded as well."""
    kept = {term.order_id for term in fulfilment.after.terms}
    gone = {term.order_id for term in fulfilment.before.terms} - kept
    spent = sorted(gone & {credit.order_id for credit in fulfilment.order.quote.credits})
    change = "SET credited_to = :order"
    return [table.update(order_key(order_id), change, order=fulfilment.order.id) for order_id in spent]


def _brought(fulfilment: Fulfilment) -> dict[str, Any]:
    """When it was placed and what quota came with it; `carried` of which was used under the plan it replaces."""
    placed_at = to_text(fulfilment.at)
    return {
        "placed_at": placed_at,
        "grants": [
            {
                "feature": grant.feature,
                "amount": grant.amount,
                "per": grant.per,
                "carried": sum(grant.carried.values()),
            }
            for grant in fulfilment.grants
            if grant.type == "metered"
        ],
        "gsi1pk": usage_index(fulfilment.order.account_id),
        "gsi1sk": f"{placed_at}#{fulfilment.order.id}",
    }


def _grant(table: Table, account_id: str, grant: Grant) -> Action:
    key = grant_key(account_id, grant.period.end, grant.order_id, grant.feature)
    return table.put(key, to_item(grant_to_record(grant)), ABSENT)


def _moved(table: Table, account_id: str, term: Term, grants: tuple[Grant, ...], previous: datetime) -> list[Action]:
    """A term's new place: its grants there, and its order's period. The grants at its old place count no more.

    The term's history stays where it was first placed: the order remembers where.
    """
    order = table.update(
        order_key(term.order_id),
        "SET period = :period, placed_start = if_not_exists(placed_start, :previous) ADD version :one",
        period=period_to_record(term.period),
        previous=to_text(previous),
        one=1,
    )
    return [order, *(_grant(table, account_id, grant) for grant in grants)]


def _end(table: Table, account_id: str, grant: Grant, at: datetime) -> Action:
    return table.update(
        grant_key(account_id, grant.period.end, grant.order_id, grant.feature),
        "SET revoked_at = :at",
        "used = :used",
        at=to_text(at),
        used={str(window): count for window, count in grant.used.items()},
    )


def coupon_place(table: Table, order: Order) -> CouponPlace | None:
    """The order's place of its coupon, by one consistent read; None without a coupon."""
    code = order.quote.wish.coupon_code
    if not code:
        return None
    keys = [redemption_key(code, order.id), coupon_key(code), coupon_account_key(code, order.account_id)]
    redemption, coupon, uses = table.get_many(keys)
    if redemption is None or coupon is None:
        raise LookupError(f"the coupon of {order.id} is not stored")
    return CouponPlace(
        code=code,
        status=redemption["status"],
        taken=coupon.get("taken") or 0,
        limit=coupon.get("max_redemptions"),
        taken_by_account=uses["taken"] if uses else 0,
        limit_for_account=coupon.get("max_per_account"),
    )


def coupon_confirmation(table: Table, fulfilment: Fulfilment) -> list[Action]:
    """The actions that confirm the order's redemption and count it; none without a coupon.

    A place that was given back is taken again, beyond a limit if it must be.
    """
    code, place = fulfilment.order.quote.wish.coupon_code, fulfilment.place
    if not code:
        return []
    if place and place.is_lost:
        return _taken_again(table, fulfilment, place)
    return [
        table.update(
            redemption_key(code, fulfilment.order.id),
            "SET #status = :confirmed, confirmed_at = :at",
            confirmed="confirmed",
            at=to_text(fulfilment.at),
        ),
        table.update(coupon_key(code), "ADD confirmed :one", one=1),
    ]


def _taken_again(table: Table, fulfilment: Fulfilment, place: CouponPlace) -> list[Action]:
    """Both counters, each under the condition that it is within its limit, or is not, as it was when it was read."""
    order, limit = fulfilment.order, place.limit_for_account
    total = ("taken >= max_redemptions", {}) if place.is_beyond_total else (PLACE_LEFT, {"none": None})
    if limit is None:
        account: tuple[str | None, dict[str, int]] = (None, {})
    else:
        account = ("taken >= :limit" if place.is_beyond_account else f"{ABSENT} OR taken < :limit", {"limit": limit})
    return [
        table.update(
            redemption_key(place.code, order.id),
            "SET #status = :confirmed, confirmed_at = :at",
            "#status = :released",
            confirmed="confirmed",
            at=to_text(fulfilment.at),
            released="released",
        ),
        table.update(coupon_key(place.code), "ADD taken :one, confirmed :one", total[0], one=1, **total[1]),
        table.update(
            coupon_account_key(place.code, order.account_id), "ADD taken :one", account[0], one=1, **account[1]
        ),
    ]


def noted(table: Table, fulfilment: Fulfilment) -> list[Action]:
    """What an operator has to know of the fulfilment, and kept money that it counts in.

    In most cases nothing, and then nothing is loaded for it.
    """
    if not fulfilment.notes and not fulfilment.counted:
        return []
    from billing.adapters.dynamodb.exceptions import exception_decide, exception_put

    puts = [exception_put(table, note) for note in fulfilment.notes]
    return [*puts, *(exception_decide(table, before, after) for before, after in fulfilment.counted)]
