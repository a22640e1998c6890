"""The quote: what a purchase costs and gives, every figure frozen.

sum(lines.amount) = subtotal; total = subtotal - discount - credit - waived (+ tax where prices exclude it). Each
division rounds half up, once, on the document's figure; so lines and totals agree to the dong. The discount comes off
first, then the credit; credit that exceeds the price lengthens the time instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from billing.domain.changes import Bought, check_change, kind_of_change, quoted_period
from billing.domain.credits import Credit, Holding, credit_for, credit_from_record, credit_to_record, extra_days
from billing.domain.kinds import TaxKind
from billing.domain.money import contained_tax, share
from billing.domain.plans import Addon, Catalogue, Quota, TaxRate, Texts, quota_from_document, quota_to_document
from billing.domain.problems import Problem
from billing.domain.quotas import Hold, Window, grants_for, used_by_feature, without_holds
from billing.domain.subscriptions import (
    Period,
    Term,
    beginning,
    paid_until,
    period_from_record,
    period_to_record,
    unended,
)
from billing.domain.times import MONTHS_PER_INTERVAL, from_text, to_text

Kind = Literal["plan", "addon", "trial"]

QUOTE_LIFETIME = timedelta(minutes=30)

MAX_QUANTITY = {"month": 36, "year": 3}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a buyer asks a quote for: a plan or an add-on by its id, or a plan's trial.

    `start` matters while the plan runs: "after_current" (a renewal) or "now" (an addition). An add-on counts packs by
    `quantity`, its interval is "month".
    """

    plan_id: str
    interval: str
    quantity: int
    coupon_code: str | None = None
    start: str = "after_current"
    trial: bool = False

    @property
    def months(self) -> int:
        """The length of the wished term."""
        return self.quantity * MONTHS_PER_INTERVAL[self.interval]


@dataclass(frozen=True, slots=True)
class Figures:
    """The money of a quote, in minor units of its currency."""

    subtotal: int
    discount: int
    credit: int
    waived: int
    tax: int
    total: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What is for sale at an id: the one thing that a plan, its trial and an add-on have in common."""

    kind: Kind
    version: int
    rank: int
    name: Texts
    quotas: tuple[Quota, ...]
    unit_amount: int
    addon_months: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """An offer to one account, good until `expires_at`. `plan_name` is in every language, figures are final.

    `credits` name the terms that end when it is paid; `used` is what was spent of each of their features by then;
    `extra_days` is how much longer the time is than what was bought, by credit above the price. `addon_months`: how
    long an add-on is good, 0 for as long as the time paid for.
    """

    account_id: str
    wish: Wish
    plan_version: int
    plan_rank: int
    plan_name: Texts
    quotas: tuple[Quota, ...]
    change: str
    currency: str
    unit_amount: int
    figures: Figures
    tax_kind: TaxKind
    tax_rate_bp: int
    tax_inclusive: bool
    period: Period
    zone: ZoneInfo
    expires_at: datetime
    kind: Kind = "plan"
    credits: tuple[Credit, ...] = ()
    used: Mapping[str, int] = field(default_factory=dict)
    extra_days: int = 0
    addon_months: int = 0

    @property
    def bought(self) -> Bought:
        """The time of a plan that it sells."""
        wish = self.wish
        return Bought(wish.plan_id, self.plan_rank, wish.start, wish.months, self.extra_days, self.period)

    @property
    def paid(self) -> int:
        """The money that its term is paid with, before added tax."""
        return self.figures.total if self.tax_inclusive else self.figures.total - self.figures.tax

    def windows(self) -> list[tuple[str, Window]]:
        """What the purchase gives: (feature, window) for each month or term."""
        grants = grants_for(self.quotas, "", self.period)
        return [(grant.feature, window) for grant in grants for window in grant.windows(self.zone)]


def check_quantity(wish: Wish) -> None:
    """`quantity_out_of_range` unless it is 1 to 36 months or packs, or 1 to 3 years; a trial is taken once."""
    maximum = 1 if wish.trial else MAX_QUANTITY[wish.interval]
    if not 1 <= wish.quantity <= maximum:
        raise Problem("quantity_out_of_range", maximum=maximum, interval=wish.interval)


def offer_of(catalogue: Catalogue, wish: Wish) -> Offer:
    """What the wish names; `plan_not_found` or `plan_not_purchasable` where it is not for sale so."""
    addon = catalogue.addon(wish.plan_id)
    if addon:
        return _pack(addon, wish)
    plan = catalogue.plan(wish.plan_id)
    if wish.trial:
        if plan.trial is None:
            raise Problem("plan_not_purchasable", plan=plan.name, reason="no_trial")
        return Offer("trial", plan.version, plan.rank, plan.name, plan.quotas, 0)
    return Offer("plan", plan.version, plan.rank, plan.name, plan.quotas, plan.price(wish.interval))


def _pack(addon: Addon, wish: Wish) -> Offer:
    if wish.interval != "month" or wish.trial:
        raise Problem("plan_not_purchasable", plan=addon.name, reason="no_trial" if wish.trial else "default")
    quota = addon.quota
    packs = Quota(quota.feature, quota.name, quota.type, quota.amount * wish.quantity, quota.per)
    return Offer("addon", addon.version, 0, addon.name, (packs,), addon.price, addon.months)


def change_of(offer: Offer, wish: Wish, terms: tuple[Term, ...], now: datetime) -> str:
    """What the purchase is to the account's time; `plan_not_purchasable` where the rules do not allow it."""
    if offer.kind == "addon":
        return "addition"
    if offer.kind == "trial":
        if unended(terms, now):
            raise Problem("plan_not_purchasable", plan=offer.name, reason="trial_beside")
        return "new"
    change = kind_of_change(terms, wish.plan_id, offer.rank, wish.start, now)
    check_change(change, offer.name, wish.start)
    return change


def settle_figures(
    subtotal: int, discount: int, tax: TaxRate, *, inclusive: bool, minimum: int, credit: int = 0
) -> Figures:
    """The figures of a purchase; `credit` is at most what the discount leaves.

    A total that no provider would take (below `minimum`) is waived.
    """
    base = subtotal - discount - credit
    tax_amount = contained_tax(base, tax.rate_bp) if inclusive else share(base, tax.rate_bp)
    total = base if inclusive else base + tax_amount
    if total < minimum:
        return Figures(subtotal, discount, credit, base, 0, 0)
    return Figures(subtotal, discount, credit, 0, tax_amount, total)


@dataclass(frozen=True, slots=True)
class Account:
    """Who a quote is for: the account's terms, what it has of those that an upgrade replaces, and its holds."""

    id: str
    terms: tuple[Term, ...] = ()
    holdings: tuple[Holding, ...] = ()
    holds: tuple[Hold, ...] = ()


def make_quote(
    account: Account, wish: Wish, catalogue: Catalogue, *, discount: int, minimum: int, now: datetime
) -> Quote:
    """The quote for a wish whose coupon takes `discount` dong off; `minimum` is the least a provider takes."""
    offer, zone = offer_of(catalogue, wish), catalogue.zone
    change, tax = change_of(offer, wish, account.terms, now), catalogue.tax_at(now)
    holdings = [_spent(holding, account.holds, zone) for holding in account.holdings]
    credited = tuple(credit_for(holding, now, catalogue.credit_rule, zone) for holding in holdings)
    subtotal, credit = offer.unit_amount * wish.quantity, sum(each.amount for each in credited)
    rest, inclusive = subtotal - discount, catalogue.tax_inclusive
    period = _period(catalogue, wish, change, account.terms, now)
    days = extra_days(credit - rest, subtotal, period)
    return Quote(
        account_id=account.id,
        wish=wish,
        plan_version=offer.version,
        plan_rank=offer.rank,
        plan_name=offer.name,
        quotas=offer.quotas,
        change=change,
        currency=catalogue.currency,
        unit_amount=offer.unit_amount,
        figures=settle_figures(subtotal, discount, tax, inclusive=inclusive, minimum=minimum, credit=min(credit, rest)),
        tax_kind=tax.kind,
        tax_rate_bp=tax.rate_bp,
        tax_inclusive=inclusive,
        period=period.lengthened(days, zone) if days else period,
        zone=zone,
        expires_at=now + QUOTE_LIFETIME,
        kind=offer.kind,
        credits=credited,
        used=used_by_feature(grant for holding in holdings for grant in holding.grants),
        extra_days=days,
        addon_months=offer.addon_months,
    )


def _spent(holding: Holding, holds: tuple[Hold, ...], zone: ZoneInfo) -> Holding:
    """What was really used of it: a hold that is open counts in the plan that it is settled under."""
    return replace(holding, grants=without_holds(holding.grants, holds, zone))


def _period(catalogue: Catalogue, wish: Wish, change: str, terms: tuple[Term, ...], now: datetime) -> Period:
    addon, zone = catalogue.addon(wish.plan_id), catalogue.zone
    if addon:
        return addon_period(addon.name, addon.months, terms, now, zone)
    trial = catalogue.plan(wish.plan_id).trial if wish.trial else None
    if trial:
        return beginning(now, trial.months, zone).lengthened(trial.days, zone)
    return quoted_period(change, terms, wish.months, now, zone)


def addon_period(name: Texts, months: int, terms: tuple[Term, ...], now: datetime, zone: ZoneInfo) -> Period:
    """How long an add-on bought now is good; `plan_not_purchasable` where it needs paid time and there is none."""
    if months:
        return beginning(now, months, zone)
    end = paid_until(terms, now)
    if end is None:
        raise Problem("plan_not_purchasable", plan=name, reason="addon_needs_plan")
    return Period(now, end, now, 0)


def quote_to_record(quote: Quote) -> dict[str, Any]:
    """A quote as plain values, for its token and for the order."""
    figures, period = quote.figures, quote.period
    return {
        "account_id": quote.account_id,
        "plan_id": quote.wish.plan_id,
        "interval": quote.wish.interval,
        "quantity": quote.wish.quantity,
        "coupon_code": quote.wish.coupon_code,
        "start": quote.wish.start,
        "trial": quote.wish.trial,
        "plan_version": quote.plan_version,
        "plan_rank": quote.plan_rank,
        "plan_name": dict(quote.plan_name),
        "quotas": [quota_to_document(quota) for quota in quote.quotas],
        "change": quote.change,
        "currency": quote.currency,
        "unit_amount": quote.unit_amount,
        "figures": [
            figures.subtotal,
            figures.discount,
            figures.credit,
            figures.waived,
            figures.tax,
            figures.total,
        ],
        "tax_kind": quote.tax_kind,
        "tax_rate_bp": quote.tax_rate_bp,
        "tax_inclusive": quote.tax_inclusive,
        "period": period_to_record(period),
        "timezone": quote.zone.key,
        "expires_at": to_text(quote.expires_at),
        "kind": quote.kind,
        "credits": [credit_to_record(credit) for credit in quote.credits],
        "used": dict(quote.used),
        "extra_days": quote.extra_days,
        "addon_months": quote.addon_months,
    }


def quote_from_record(record: dict[str, Any]) -> Quote:
    """The inverse of `quote_to_record`; a record of before there were credits and add-ons has none."""
    return Quote(
        account_id=record["account_id"],
        wish=_wish(record),
        plan_version=record["plan_version"],
        plan_rank=record["plan_rank"],
        plan_name=record["plan_name"],
        quotas=tuple(quota_from_document(quota) for quota in record["quotas"]),
        change=record["change"],
        currency=record["currency"],
        unit_amount=record["unit_amount"],
        figures=Figures(*record["figures"]),
        tax_kind=record["tax_kind"],
        tax_rate_bp=record["tax_rate_bp"],
        tax_inclusive=record["tax_inclusive"],
        period=period_from_record(record["period"]),
        zone=ZoneInfo(record["timezone"]),
        expires_at=from_text(record["expires_at"]),
        kind=record.get("kind", "plan"),
        credits=tuple(credit_from_record(credit) for credit in record.get("credits", ())),
        used=record.get("used", {}),
        extra_days=record.get("extra_days", 0),
        addon_months=record.get("addon_months", 0),
    )


def _wish(record: dict[str, Any]) -> Wish:
    return Wish(
        plan_id=record["plan_id"],
        interval=record["interval"],
        quantity=record["quantity"],
        coupon_code=record["coupon_code"],
        start=record.get("start", "after_current"),
        trial=record.get("trial", False),
    )
