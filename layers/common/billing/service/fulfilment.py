"""What a paid order brings: its time, its quota, and the account's subscription afterwards."""

from dataclasses import replace
from datetime import datetime

from billing.domain.orders import Order, period_at_fulfilment
from billing.domain.quotas import grants_for
from billing.domain.subscriptions import Term, place, unended
from billing.service.ports import Fulfilment, Subscription


def plan_fulfilment(order: Order, subscription: Subscription, now: datetime) -> Fulfilment:
    """The effect of `order` paid at `now`, given the account's subscription as it is."""
    quote = order.quote
    placed_now = place(subscription.terms, quote.wish.months, now, quote.zone)
    period = period_at_fulfilment(order, placed_now, now)
    term = Term(order.id, quote.wish.plan_id, quote.plan_version, quote.plan_rank, period)
    fulfilled = replace(
        order,
        status="fulfilled",
        version=order.version + 1,
        period=period,
        paid_at=order.paid_at or now,
        fulfilled_at=now,
    )
    after = Subscription(
        version=subscription.version + 1,
        terms=(*unended(subscription.terms, now), term),
        purchases=subscription.purchases + 1,
    )
    grants = grants_for(quote.quotas, order.id, period)
    return Fulfilment(fulfilled, period, term, grants, subscription, after, now)
