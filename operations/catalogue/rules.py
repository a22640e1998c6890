"""What has to fit together beyond each value's own shape. Each rule yields (place, sentence)."""

from collections.abc import Hashable, Iterable, Iterator
from difflib import get_close_matches
from itertools import pairwise

from billing.domain.pricing import MAX_QUANTITY
from operations.catalogue.schema import Addon, Catalogue, Coupon, Plan, Price, Quota, Series, TaxRate
from operations.catalogue.source import Place

Finding = tuple[Place, str]


def suggestion(word: str, known: Iterable[str]) -> str:
    """The question "did you mean ...?" for the closest known word, as the end of a sentence; or nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def check_tax_rates(rates: list[tuple[TaxRate, Place]]) -> Iterator[Finding]:
    """Days ascend; only taxable rates are above 0."""
    for rate, place in rates:
        if rate.kind != "taxable" and rate.rate_bp:
            yield (*place, "rate_bp"), f"expected 0 because the kind is {rate.kind}, got {rate.rate_bp}"
    for (before, _), (rate, place) in pairwise(rates):
        if rate.since <= before.since:
            yield (*place, "from"), f"expected a day after {before.since}, got {rate.since}"


def check_series(series: Series) -> Iterator[Finding]:
    """No two series print the same: they would share numbers."""
    entries = [(("series", "vat_invoice", i), e.form + e.symbol) for i, e in enumerate(series.vat_invoice)]
    entries += [(("series", "receipt", i), e.form + e.symbol) for i, e in enumerate(series.receipt)]
    yield from _repeated(entries, "series")


def check_plan(plan: Plan, place: Place) -> Iterator[Finding]:
    """What one plan's parts owe to each other."""
    yield from _check_plan_prices(plan, place)
    yield from _check_trial(plan, (*place, "trial"))
    yield from _repeated([((*place, "quotas", i, "feature"), q.feature) for i, q in enumerate(plan.quotas)], "feature")
    for index, quota in enumerate(plan.quotas):
        if plan.free and quota.rollover:
            yield (*place, "quotas", index, "rollover"), "expected nothing because the plan is free"


def _check_plan_prices(plan: Plan, place: Place) -> Iterator[Finding]:
    prices = (*place, "prices")
    if plan.free and plan.contact_sales:
        yield (*place, "contact_sales"), "expected false because the plan is free"
    if plan.contact_sales and plan.prices:
        yield prices, "expected no prices because contact_sales is true"
    if not (plan.contact_sales or plan.free or plan.prices):
        yield prices, "expected at least one price (or free: true, or contact_sales: true)"
    for index, price in enumerate(plan.prices):
        yield from _check_price(plan, price, (*prices, index, "amount"))
    yield from _repeated([((*prices, i, "interval"), p.interval) for i, p in enumerate(plan.prices)], "interval")


def _check_trial(plan: Plan, place: Place) -> Iterator[Finding]:
    if plan.trial is None:
        return
    if plan.free or plan.contact_sales:
        yield place, f"expected no trial because the plan is {'free' if plan.free else 'not sold online'}"
    if (plan.trial.months is None) == (plan.trial.days is None):
        yield place, "expected either months or days"


def _check_price(plan: Plan, price: Price, place: Place) -> Iterator[Finding]:
    if plan.free and price.amount:
        yield place, f"expected 0 because the plan is free, got {price.amount}"
    if not plan.free and not price.amount:
        yield place, "expected an amount above 0 (a plan that costs nothing says free: true)"


def check_quota(quota: Quota, place: Place) -> Iterator[Finding]:
    """A quota's type decides on the rest."""
    if quota.type == "metered" and quota.per is None:
        yield (*place, "per"), 'expected "month" or "term" because the type is metered'
    if quota.type != "metered" and quota.per is not None:
        yield (*place, "per"), f'expected nothing because the type is {quota.type}, got "{quota.per}"'
    yield from _check_rollover(quota, (*place, "rollover"))
    if quota.type == "switch" and quota.amount > 1:
        yield (*place, "amount"), f"expected 1 (on) or 0 (off) because the type is switch, got {quota.amount}"


def _check_rollover(quota: Quota, place: Place) -> Iterator[Finding]:
    rollover = quota.rollover
    if rollover is None:
        return
    if quota.per != "month":
        yield place, "expected nothing because only what is given by the month rolls over"
    elif rollover.max > quota.amount:
        yield (*place, "max"), f"expected at most {quota.amount}, a month's amount, got {rollover.max}"
    if rollover.min > rollover.max:
        yield (*place, "min"), f"expected at most max ({rollover.max}), got {rollover.min}"


def check_coupon(coupon: Coupon, place: Place) -> Iterator[Finding]:
    """What one coupon's parts owe to each other."""
    yield from _check_discount(coupon, place)
    if coupon.starts_at and coupon.ends_at and coupon.starts_at >= coupon.ends_at:
        message = f"expected a moment after starts_at ({coupon.starts_at}), got {coupon.ends_at}"
        yield (*place, "ends_at"), message
    longest = max(MAX_QUANTITY[interval] for interval in coupon.intervals or MAX_QUANTITY)
    if coupon.minimum_quantity and coupon.minimum_quantity > longest:
        yield (*place, "minimum_quantity"), f"expected at most {longest}, the longest purchase there is"
    for name in ("plans", "intervals"):
        values = getattr(coupon, name) or []
        yield from _repeated([((*place, name, index), value) for index, value in enumerate(values)], "entry")


def _check_discount(coupon: Coupon, place: Place) -> Iterator[Finding]:
    needed, others = {"percent": ("percent_bp", ("amount",)), "amount": ("amount", ("percent_bp", "cap"))}[coupon.kind]
    if getattr(coupon, needed) is None:
        yield (*place, needed), f"missing; needed because the kind is {coupon.kind}"
    for name in others:
        if getattr(coupon, name) is not None:
            yield (*place, name), f"expected nothing because the kind is {coupon.kind}"


def check_whole(catalogue: Catalogue) -> Iterator[Finding]:
    """What the parts owe to each other across the file."""
    yield from _check_plans_together(catalogue.plans)
    codes = [(("coupons", i, "code"), coupon.code) for i, coupon in enumerate(catalogue.coupons)]
    yield from _repeated(codes, "code")
    sold: dict[str, set[str]] = {
        plan.id: {str(price.interval) for price in plan.prices} for plan in catalogue.plans if not plan.free
    }
    sold |= {addon.id: {"month"} for addon in catalogue.addons}
    known = [*(plan.id for plan in catalogue.plans), *(addon.id for addon in catalogue.addons)]
    for index, coupon in enumerate(catalogue.coupons):
        yield from _check_coupon_target(coupon, sold, known, ("coupons", index))
    yield from _check_addons(catalogue.addons, catalogue.plans)


def _check_addons(addons: list[Addon], plans: list[Plan]) -> Iterator[Finding]:
    """Plans and add-ons are bought by their ids; an add-on is more of what some plan meters."""
    taken = {plan.id for plan in plans}
    yield from _repeated([(("addons", index, "id"), addon.id) for index, addon in enumerate(addons)], "id")
    metered = sorted({quota.feature for plan in plans for quota in plan.quotas if quota.type == "metered"})
    for index, addon in enumerate(addons):
        if addon.id in taken:
            yield ("addons", index, "id"), f'id "{addon.id}" is a plan\'s, and both are bought by their ids'
        if addon.feature not in metered:
            message = f'no plan has a metered feature "{addon.feature}"{suggestion(addon.feature, metered)}'
            yield ("addons", index, "feature"), message


def _check_plans_together(plans: list[Plan]) -> Iterator[Finding]:
    yield from _repeated([(("plans", i, "id"), plan.id) for i, plan in enumerate(plans)], "id")
    yield from _repeated([(("plans", i, "rank"), plan.rank) for i, plan in enumerate(plans)], "rank")
    free = [index for index, plan in enumerate(plans) if plan.free]
    if not free:
        yield ("plans",), "expected exactly one plan with free: true, got none"
    for index in free[1:]:
        yield ("plans", index, "free"), f'expected exactly one free plan, and "{plans[free[0]].id}" is one'
    if free and plans[free[0]].rank > min(plan.rank for plan in plans):
        yield ("plans", free[0], "rank"), "expected the lowest rank because the plan is free"
    yield from _check_feature_types(plans)


def _check_feature_types(plans: list[Plan]) -> Iterator[Finding]:
    first: dict[str, tuple[str, str]] = {}
    for index, plan in enumerate(plans):
        for number, quota in enumerate(plan.quotas):
            kind, where = first.setdefault(quota.feature, (quota.type, plan.id))
            if quota.type != kind:
                place = ("plans", index, "quotas", number, "type")
                yield place, f'expected "{kind}" as for {quota.feature} in plan "{where}", got "{quota.type}"'


def _check_coupon_target(
    coupon: Coupon, sold: dict[str, set[str]], known: list[str], place: Place
) -> Iterator[Finding]:
    for index, plan_id in enumerate(coupon.plans or []):
        if plan_id not in known:
            yield (*place, "plans", index), f'no plan "{plan_id}" in this file{suggestion(plan_id, known)}'
        elif not sold.get(plan_id):
            yield (*place, "plans", index), f'plan "{plan_id}" is not sold, so no coupon can apply to it'
        elif coupon.intervals and not sold[plan_id].intersection(coupon.intervals):
            yield (*place, "plans", index), f'plan "{plan_id}" is not sold by {" or ".join(coupon.intervals)}'


def _repeated(entries: Iterable[tuple[Place, Hashable]], what: str) -> Iterator[Finding]:
    first: dict[Hashable, Place] = {}
    for place, value in entries:
        if value in first:
            yield place, f'{what} "{value}" is given twice'
        first.setdefault(value, place)
