"""The quote: what a purchase costs and gives, every figure frozen.

sum(lines.amount) = subtotal; total = subtotal - discount - credit - waived (+ tax where prices exclude it). Each
division rounds half up, once, on the document's figure; so lines and totals agree to the dong.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from billing.domain.invoices import TaxKind
from billing.domain.money import contained_tax, share
from billing.domain.plans import Catalogue, Plan, Quota, TaxRate, Texts, quota_from_document, quota_to_document
from billing.domain.problems import Problem
from billing.domain.quotas import Window, grants_for
from billing.domain.subscriptions import Period, Term, place, unended
from billing.domain.times import MONTHS_PER_INTERVAL, from_text, to_text

QUOTE_LIFETIME = timedelta(minutes=30)
MAX_QUANTITY = {"month": 36, "year": 3}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a buyer asks a quote for. `start` matters while the plan runs: "after_current" (a renewal) or "now"."""

    plan_id: str
    interval: str
    quantity: int
    coupon_code: str | None = None
    start: str = "after_current"

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
class Quote:
    """An offer to one account, good until `expires_at`. `plan_name` is in every language, figures are final."""

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

    def windows(self) -> list[tuple[str, Window]]:
        """What the purchase gives: (feature, window) for each month or term."""
        grants = grants_for(self.quotas, "", self.period)
        return [(grant.feature, window) for grant in grants for window in grant.windows(self.zone)]


def check_quantity(wish: Wish) -> None:
    """`quantity_out_of_range` unless it is 1 to 36 months, or 1 to 3 years."""
    if not 1 <= wish.quantity <= MAX_QUANTITY[wish.interval]:
        raise Problem("quantity_out_of_range", maximum=MAX_QUANTITY[wish.interval], interval=wish.interval)


def kind_of_change(terms: tuple[Term, ...], plan: Plan, wish: Wish, now: datetime) -> str:
    """`new` or `renewal`; `plan_not_purchasable` for time of another plan, or alongside, while some is paid for."""
    following = unended(terms, now)
    if not following:
        return "new"
    if following[-1].plan_id != plan.id:
        raise Problem("plan_not_purchasable", plan=plan.id, reason="another_plan_runs")
    if wish.start == "now":
        raise Problem("plan_not_purchasable", plan=plan.id, reason="plan_runs")
    return "renewal"


def settle_figures(subtotal: int, discount: int, tax: TaxRate, *, inclusive: bool, minimum: int) -> Figures:
    """The figures of a purchase; a total that no provider would take (below `minimum`) is waived."""
    base = subtotal - discount
    tax_amount = contained_tax(base, tax.rate_bp) if inclusive else share(base, tax.rate_bp)
    total = base if inclusive else base + tax_amount
    if total < minimum:
        return Figures(subtotal, discount, 0, base, 0, 0)
    return Figures(subtotal, discount, 0, 0, tax_amount, total)


def make_quote(
    account_id: str,
    wish: Wish,
    catalogue: Catalogue,
    terms: tuple[Term, ...],
    *,
    discount: int,
    minimum: int,
    now: datetime,
) -> Quote:
    """The quote for a wish whose coupon takes `discount` dong off; `minimum` is the least a provider takes."""
    plan = catalogue.plan(wish.plan_id)
    unit_amount = plan.price(wish.interval)
    tax = catalogue.tax_at(now)
    return Quote(
        account_id=account_id,
        wish=wish,
        plan_version=plan.version,
        plan_rank=plan.rank,
        plan_name=plan.name,
        quotas=plan.quotas,
        change=kind_of_change(terms, plan, wish, now),
        currency=catalogue.currency,
        unit_amount=unit_amount,
        figures=settle_figures(
            unit_amount * wish.quantity, discount, tax, inclusive=catalogue.tax_inclusive, minimum=minimum
        ),
        tax_kind=tax.kind,
        tax_rate_bp=tax.rate_bp,
        tax_inclusive=catalogue.tax_inclusive,
        period=place(terms, wish.months, now, catalogue.zone),
        zone=catalogue.zone,
        expires_at=now + QUOTE_LIFETIME,
    )


def quote_to_record(quote: Quote) -> dict[str, Any]:
    """A quote as plain values, for its token and for the order."""
    figures, period = quote.figures, quote.period
    return {
        "account_id": quote.account_id,
        "plan_id": quote.wish.plan_id,
        "interval": quote.wish.interval,
        "quantity": quote.wish.quantity,
        "coupon_code": quote.wish.coupon_code,
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
    }


def quote_from_record(record: dict[str, Any]) -> Quote:
    """The inverse of `quote_to_record`."""
    return Quote(
        account_id=record["account_id"],
        wish=Wish(record["plan_id"], record["interval"], record["quantity"], record["coupon_code"]),
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
    )


def period_to_record(period: Period) -> dict[str, Any]:
    """A period as plain values."""
    return {
        "start": to_text(period.start),
        "end": to_text(period.end),
        "anchor": to_text(period.anchor),
        "months": period.months,
    }


def period_from_record(record: dict[str, Any]) -> Period:
    """The inverse of `period_to_record`."""
    return Period(from_text(record["start"]), from_text(record["end"]), from_text(record["anchor"]), record["months"])
