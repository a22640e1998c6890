"""What a paid order brings: its time, its quota, and the account's subscription afterwards."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from billing.domain import identifiers
from billing.domain.changes import Placement, as_quoted, kind_of_change, place_paid
from billing.domain.coupons import CouponPlace
from billing.domain.credits import Credit, share_of, time_share
from billing.domain.inbox import SUGGESTIONS, PaymentException
from billing.domain.orders import Order
from billing.domain.payments import Notice, Payment
from billing.domain.pricing import Quote, addon_period
from billing.domain.problems import Problem
from billing.domain.quotas import Grant, grants_for, used_by_feature, without_holds
from billing.domain.subscriptions import Period, Term, beginning, unended
from billing.service.account_ports import Affected, Subscription
from billing.service.ports import Fulfilment

UNAFFECTED = Affected()
"""A purchase that ends and moves nothing, like most."""


@dataclass(frozen=True, slots=True)
class Share:
    """How an order's quote divides the account's terms: `spent` are credited to it, `others` stay."""

    spent: tuple[Term, ...]
    others: tuple[Term, ...]


def divided(order: Order, subscription: Subscription, now: datetime) -> Share:
    """The terms an order may still take as credit, unless another open order holds them, and the others."""
    wanted = {credit.order_id for credit in order.quote.credits}
    if subscription.reserved_by not in {None, order.id}:
        wanted = set()
    terms = unended(subscription.terms, now)
    return Share(
        spent=tuple(term for term in terms if term.order_id in wanted),
        others=tuple(term for term in terms if term.order_id not in wanted),
    )


def terms_to_read(order: Order, subscription: Subscription, now: datetime) -> tuple[Term, ...]:
    """The terms whose grants `plan_fulfilment` needs: credited ones, and those that make room. In most cases none."""
    quote, share = order.quote, divided(order, subscription, now)
    if quote.kind != "plan":
        return ()
    bought = quote.bought
    change = kind_of_change(share.others, bought.plan_id, bought.rank, bought.start, now)
    return share.spent + (share.others if change == "upgrade" else ())


def plan_fulfilment(
    order: Order, subscription: Subscription, now: datetime, affected: Affected = UNAFFECTED
) -> Fulfilment:
    """The effect of `order` paid at `now`, given the account's subscription as it is.

    `affected`: the grants of `terms_to_read`, and the account's holds.
    """
    quote = order.quote
    if quote.kind == "addon":
        return _pack(order, subscription, now)
    if quote.kind == "trial":  # taken at once, so it stands as quoted
        return _time(order, subscription, now, UNAFFECTED, Placement(quote.period))
    placement = place_paid(quote.bought, divided(order, subscription, now).others, now, quote.zone)
    return _time(order, subscription, now, affected, placement)


def _pack(order: Order, subscription: Subscription, now: datetime) -> Fulfilment:
    quote = order.quote
    period = as_quoted(quote.bought, _pack_period(quote, subscription, now), now, quote.zone)
    grants = tuple(replace(grant, standalone=True) for grant in grants_for(quote.quotas, order.id, period))
    after = replace(subscription, version=subscription.version + 1, purchases=subscription.purchases + 1)
    return Fulfilment(_fulfilled(order, period, now), period, None, grants, subscription, after, now)


def _pack_period(quote: Quote, subscription: Subscription, now: datetime) -> Period:
    try:
        return addon_period(quote.plan_name, quote.addon_months, subscription.terms, now, quote.zone)
    except Problem:  # the paid time that it was to last for has ended since, and money is real
        return beginning(now, 1, quote.zone)


def _time(
    order: Order, subscription: Subscription, now: datetime, affected: Affected, placement: Placement
) -> Fulfilment:
    quote, zone, period = order.quote, order.quote.zone, placement.period
    share = divided(order, subscription, now)
    taken = available(order, share.spent, now)
    term = term_of(quote, order.id, period, taken)
    replaced = {credited.order_id for credited in share.spent}
    moving = {old.order_id for old, _ in placement.moved}
    ending = tuple(grant for grant in affected.grants if grant.order_id in replaced)
    return Fulfilment(
        order=_fulfilled(order, period, now),
        period=period,
        term=term,
        grants=_brought(order, period, Affected(ending, affected.holds), now),
        before=subscription,
        after=_after(order, subscription, share, placement, term),
        at=now,
        ended=tuple(grant for grant in affected.grants if grant.order_id in replaced | moving and in_use(grant, now)),
        moved=tuple((new, _moving(new, affected, now, zone)) for _, new in placement.moved),
        missing_credit=sum(credit.amount for credit in quote.credits) - taken,
    )


def _brought(order: Order, period: Period, ending: Affected, now: datetime) -> tuple[Grant, ...]:
    """The order's grants, less what was spent since its quote of those that end, and with what holds keep of them."""
    quote = order.quote
    grants = grants_for(quote.quotas, order.id, period)
    if not ending.grants:
        return grants
    from billing.domain.succession import carry, take_over  # most purchases replace nothing: they get by without it

    spent = used_by_feature(without_holds(ending.grants, ending.holds, quote.zone))
    since = {feature: max(0, count - quote.used.get(feature, 0)) for feature, count in spent.items()}
    return take_over(carry(grants, since, quote.zone), ending.grants, ending.holds, now, quote.zone)


def _moving(term: Term, affected: Affected, now: datetime, zone: ZoneInfo) -> tuple[Grant, ...]:
    from billing.domain.succession import moved_grant

    own = (grant for grant in affected.grants if grant.order_id == term.order_id)
    return tuple(moved_grant(grant, term.period, affected.holds, now, zone) for grant in own)


def in_use(grant: Grant, now: datetime) -> bool:
    """Whether the product may be spending it at this moment."""
    return grant.type == "metered" and grant.period.start <= now


def _after(order: Order, subscription: Subscription, share: Share, placement: Placement, term: Term) -> Subscription:
    moved = {old.order_id: new for old, new in placement.moved}
    is_trial = order.quote.kind == "trial"
    return Subscription(
        version=subscription.version + 1,
        terms=(*(moved.get(other.order_id, other) for other in share.others), term),
        purchases=subscription.purchases + (0 if is_trial else 1),
        reserved_by=None if subscription.reserved_by == order.id else subscription.reserved_by,
        tried=subscription.tried or is_trial,
    )


def term_of(quote: Quote, order_id: str, period: Period, credit: int) -> Term:
    """The term of a fulfilled order; worth the money paid and the credit it really took."""
    return Term(
        order_id=order_id,
        plan_id=quote.wish.plan_id,
        plan_version=quote.plan_version,
        rank=quote.plan_rank,
        period=period,
        paid=quote.paid + credit,
        features=tuple(quota.feature for quota in quote.quotas),
        trial=quote.kind == "trial",
    )


def available(order: Order, spent: tuple[Term, ...], now: datetime) -> int:
    """Dong of the quoted credit that are there: all of a reserved term, of others what time has left of them."""
    by_order = {credit.order_id: credit for credit in order.quote.credits}
    return sum(_worth(order, by_order[term.order_id], term, now) for term in spent)


def _worth(order: Order, credit: Credit, term: Term, now: datetime) -> int:
    if order.status == "pending":
        return credit.amount
    return min(credit.amount, share_of(credit.paid, time_share(term.period, now)))


def _fulfilled(order: Order, period: Period, now: datetime) -> Order:
    return replace(
        order,
        status="fulfilled",
        version=order.version + 1,
        period=period,
        paid_at=order.paid_at or now,
        fulfilled_at=now,
    )


def plan_paid(
    order: Order,
    payment: Payment,
    notice: Notice,
    subscription: Subscription,
    place: CouponPlace | None,
    affected: Affected,
    now: datetime,
) -> Fulfilment:
    """The effect of an order paid by the money of `notice`, which `payment` is booked with; with what is to be noted.

    An order that gave its coupon's place back takes one again; where none is left, or quoted credit is gone, this is an
    exception of its own, and changes nothing for the buyer (contract, section 5, promise 3).
    """
    planned = plan_fulfilment(replace(order, paid_at=notice.occurred_at), subscription, now, affected)
    notes = []
    if place and place.is_lost and (place.is_beyond_total or place.is_beyond_account):
        note = identifiers.noted_exception_id("coupon_exceeded", order.id)
        notes.append(_note(note, "coupon_exceeded", payment, notice, now))
    if planned.missing_credit:
        note = identifiers.noted_exception_id("credit_gone", order.id)
        expected = payment.amount + planned.missing_credit
        notes.append(replace(_note(note, "credit_gone", payment, notice, now), expected_amount=expected))
    return replace(planned, place=place, notes=tuple(notes))


def _note(note_id: str, reason: str, payment: Payment, notice: Notice, now: datetime) -> PaymentException:
    """What an operator has to know of an order that was fulfilled all the same, beside any exception of its money."""
    return PaymentException(
        id=note_id,
        reason=reason,
        suggestion=SUGGESTIONS[reason],
        notice=notice,
        order_id=payment.order_id,
        expected_amount=payment.amount,
        seen_at=now,
        payment=(payment.provider, payment.reference),
    )
