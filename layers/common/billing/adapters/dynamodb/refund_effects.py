"""What refunds write to orders, payments, grants and terms, as actions for their transactions."""

from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.account_records import grant_to_record, term_to_record
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import account_key, grant_key, order_key, payment_key, term_key
from billing.adapters.dynamodb.order_records import order_from_record
from billing.domain.orders import Order
from billing.domain.payments import SETTLED
from billing.domain.quotas import Grant
from billing.domain.refunds import PaidMoney, Refund, status_of_payment
from billing.domain.subscriptions import Term, paid_until
from billing.domain.times import to_text
from billing.service.refund_ports import SettledRefund

Action = dict[str, Any]


def order_reserved(table: Table, money: PaidMoney, refund: Refund) -> list[Action]:
    """The order's money on its way back, if the order is still as it was read."""
    return [
        table.update(
            order_key(refund.order_id or ""),
            "SET refunding = :amount, refunds = list_append(if_not_exists(refunds, :none), :refund), version = :next",
            "version = :version",
            amount=refund.amount,
            none=[],
            refund=[refund.id],
            next=money.version + 1,
            version=money.version,
        )
    ]


def order_noted(table: Table, refund: Refund) -> list[Action]:
    """A refund of money in the inbox is listed with the order that the money came for; it changes nothing else."""
    if refund.order_id is None:
        return []
    return [
        table.update(
            order_key(refund.order_id),
            "SET refunds = list_append(if_not_exists(refunds, :none), :refund)",
            "attribute_exists(pk)",
            none=[],
            refund=[refund.id],
        )
    ]


def order_released(table: Table, refund: Refund) -> list[Action]:
    """The refund has failed: its amount is no longer on its way."""
    return [
        table.update(
            order_key(refund.order_id or ""),
            "SET refunding = refunding - :amount, version = version + :one",
            "refunding >= :amount",
            amount=refund.amount,
            one=1,
        )
    ]


def payment_refunded(table: Table, settled: SettledRefund) -> list[Action]:
    """The attempt's status, where the money that went back is the money that it is booked with."""
    refund, payment = settled.refund, settled.before.payment
    if payment is None or payment.status not in SETTLED or payment.transaction != refund.transaction:
        return []
    return [
        table.update(
            payment_key(payment.provider, payment.reference),
            "SET #status = :status",
            "#status = :before",
            status=status_of_payment(refund),
            before=payment.status,
        )
    ]


def effect_actions(table: Table, settled: SettledRefund) -> list[Action]:
    """Order, changed grants and, where everything went back, the account's terms; each as it was read.

    What was taken back becomes lines of the account's statement.
    """
    effect, order = settled.effect, settled.before.order
    if effect is None or order is None:
        raise LookupError("a refund of an order without its order")
    from billing.adapters.dynamodb.statement import take_back_put

    changed = [_grant(table, order, before, after) for before, after in effect.grants]
    taken = [each for each in effect.taken_back if each.amount]
    lines = [take_back_put(table, order.account_id, settled.refund.id, order.id, taken, settled.at)] if taken else []
    return [_order(table, settled, effect.order), *changed, *_terms(table, settled, order), *lines]


def _order(table: Table, settled: SettledRefund, order: Order) -> Action:
    return table.update(
        order_key(order.id),
        "SET #status = :status, refunded = :refunded, refunding = refunding - :amount, version = :next",
        "version = :version AND refunding >= :amount",
        status=order.status,
        refunded=order.refunded,
        amount=settled.refund.amount,
        next=order.version + 1,
        version=order.version,
    )


def _grant(table: Table, order: Order, before: Grant, after: Grant) -> Action:
    """The changed grant, if nothing was used or taken of it meanwhile."""
    was, will = grant_to_record(before), grant_to_record(after)
    kept = "taken_back = :was_taken" if "taken_back" in was else "attribute_not_exists(taken_back)"
    changes = {name: will[name] for name in ("taken_back", "revoked_at") if name in will}
    return table.update(
        grant_key(order.account_id, before.period.end, order.id, before.feature),
        "SET " + ", ".join(f"{name} = :{name}" for name in changes),
        f"used = :used AND {kept}",
        used=was["used"],
        **({"was_taken": was["taken_back"]} if "taken_back" in was else {}),
        **changes,
    )


def _terms(table: Table, settled: SettledRefund, order: Order) -> list[Action]:
    """The subscription without the order's time from now on, and a note of it on the term as it was placed."""
    effect, subscription = settled.effect, settled.before.subscription
    if effect is None or effect.terms == subscription.terms:
        return []
    from billing.adapters.dynamodb.outbox import subscription_watch

    end = paid_until(effect.terms, settled.at) or settled.at
    return [
        *subscription_watch(table, order.account_id, end, settled.at),
        *_reminder(table, subscription.terms, effect.terms, settled.at),
        table.update(
            account_key(order.account_id),
            "SET terms = :terms, version = :next",
            "version = :version",
            terms=[term_to_record(term) for term in effect.terms],
            next=subscription.version + 1,
            version=subscription.version,
        ),
        table.update(
            term_key(order.account_id, order.placed_start or order.period.start, order.id),
            "SET ended_at = :now, ended_by = :refund",
            "attribute_exists(pk)",
            now=to_text(settled.at),
            refund=settled.refund.id,
        ),
    ]


def _reminder(table: Table, before: tuple[Term, ...], after: tuple[Term, ...], now: datetime) -> list[Action]:
    """The first reminder of an earlier end of paid time: of what was bought with it. None where nothing is left."""
    from billing.adapters.dynamodb.renewals import first_reminder
    from billing.domain.renewals import last_term, paid_end

    last = last_term(after)
    if last is None or last.period.end <= now or last.period.end == paid_end(before):
        return []
    record = table.get(order_key(last.order_id))
    if record is None:
        raise LookupError(f"no order {last.order_id}")
    return first_reminder(table, order_from_record(record), last, now)
