"""Events as stored: in the transaction that does what they tell, so that neither is there without the other.

Whoever writes something that the product behind is to hear of adds the actions of one of these functions to its
transaction, and makes its table with `adapters/announcing.py`, so that the event is sent at once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from billing.adapters.dynamodb.buckets import Buckets
from billing.adapters.dynamodb.client import ABSENT, Table
from billing.adapters.dynamodb.keys import event_key, events_index
from billing.adapters.dynamodb.mapper import to_item
from billing.domain.events import NOTICE, Event, event
from billing.domain.invoices import Invoice
from billing.domain.orders import Order
from billing.domain.subscriptions import paid_until
from billing.domain.times import to_text
from billing.service.ports import Fulfilment

Action = dict[str, Any]

EVENTS = "EVENTS"
SUBSCRIPTIONS = "SUBSCRIPTIONS"

ANNOUNCED_BY = timedelta(minutes=1)
"""When the sweep sends an event whose message got lost."""


def event_writes(table: Table, *events: Event, now: datetime) -> list[Action]:
    """The actions that store events and make them due. `ConditionFailed` where the same event is stored already."""
    buckets = Buckets(table, EVENTS)
    actions = []
    for one in events:
        due = now + ANNOUNCED_BY
        actions += [
            table.put(event_key(one.id), to_item(_record(one, due)), ABSENT),
            buckets.put(due, one.id, {"event_id": one.id}),
        ]
    return actions


def events_in(actions: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ids of the events that a transaction stored."""
    items = [action["Put"]["Item"] for action in actions if "Put" in action]
    return [item["id"]["S"] for item in items if item["sk"]["S"] == "EVENT"]


def fulfilled(table: Table, fulfilment: Fulfilment) -> list[Action]:
    """order.fulfilled and quota.granted, and the day on which the subscription is looked at."""
    order, at = fulfilment.order, fulfilment.at
    end = paid_until(fulfilment.after.terms, at) or fulfilment.period.end
    return [
        *event_writes(table, order_event("order.fulfilled", order, at), _granted(fulfilment), now=at),
        *subscription_watch(table, order.account_id, end, at),
    ]


def _granted(fulfilment: Fulfilment) -> Event:
    from billing.adapters.http.views_common import period_view, window_view

    order = fulfilment.order
    data = {
        "order_id": order.id,
        "plan_id": order.quote.wish.plan_id,
        "period": period_view(fulfilment.period),
        "grants": [
            {
                "feature": grant.feature,
                "type": grant.type,
                "windows": [window_view(window) for window in grant.windows(order.quote.zone)],
            }
            for grant in fulfilment.grants
        ],
    }
    return event("quota.granted", (order.id,), order.account_id, fulfilment.at, fulfilment.after.version, data)


def expired(table: Table, order: Order, now: datetime) -> list[Action]:
    """order.expired, with the order as it is afterwards; `order` as it was before."""
    return event_writes(table, order_event("order.expired", order, now, status="expired"), now=now)


def cancelled(table: Table, order: Order, now: datetime) -> list[Action]:
    """order.cancelled, likewise."""
    return event_writes(table, order_event("order.cancelled", order, now, status="cancelled"), now=now)


def issued(table: Table, invoice: Invoice) -> list[Action]:
    """invoice.issued: the document as GET /invoices/{id} shows it. A person's number is nobody's business on a bus."""
    from billing.adapters.http.views_invoices import invoice_view

    shown, at = invoice_view(invoice), invoice.issued_at
    if shown["buyer"]:
        shown["buyer"] = {name: value for name, value in shown["buyer"].items() if name != "national_id"}
    return event_writes(table, event("invoice.issued", (invoice.id,), invoice.account_id, at, 1, shown), now=at)


def order_event(kind: str, order: Order, at: datetime, status: str | None = None) -> Event:
    """The order as GET /orders/{id} shows it, without its attempts; `status`: what it is about to become."""
    from billing.adapters.http.views import order_view

    version = order.version + (1 if status else 0)
    shown = {name: value for name, value in order_view(order, ()).items() if name != "payments"}
    return event(kind, (order.id,), order.account_id, at, version, {**shown, "status": status or order.status})


def subscription_watch(table: Table, account_id: str, end: datetime, now: datetime) -> list[Action]:
    """Paid time ends at `end`: the account is looked at `NOTICE` before, or at the end where that is sooner.

    To be called wherever an account's terms get another end. What is told then is decided by the terms as they are.
    """
    due = end - NOTICE if end - NOTICE > now else end
    return [Buckets(table, SUBSCRIPTIONS).put(due, account_id, {"account_id": account_id})]


def _record(one: Event, due: datetime) -> dict[str, Any]:
    occurred = to_text(one.occurred_at)
    return {
        "id": one.id,
        "type": one.type,
        "account_id": one.account_id,
        "occurred_at": occurred,
        "body": one.body,
        "announce_at": to_text(due),
        "gsi1pk": events_index(one.occurred_at),
        "gsi1sk": f"{occurred}#{one.id}",
    }
