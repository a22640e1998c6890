"""Builders of domain values: what a test does not name is ordinary."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from billing.domain.coupons import Coupon, coupon_from_record
from billing.domain.invoices import Seller
from billing.domain.plans import Catalogue, Plan, Quota, Series, TaxRate
from billing.domain.subscriptions import Period, Term
from billing.domain.times import add_months, from_text

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
EIGHT_PERCENT = TaxRate(datetime(2025, 7, 1).date(), "taxable", 800)  # noqa: DTZ001 - a day, no moment
TEN_PERCENT = TaxRate(datetime(2027, 1, 1).date(), "taxable", 1000)  # noqa: DTZ001

moments = st.datetimes(datetime(2024, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
"""Aware UTC moments to the second."""


def at(text: str) -> datetime:
    """The moment of an RFC 3339 text; without an offset it is meant in Vietnam."""
    return from_text(text if text.endswith("Z") or "+" in text else f"{text}+07:00")


def texts(text: str) -> dict[str, str]:
    """The same text in both languages."""
    return {"vi": text, "en": text}


def quota(feature: str = "tokens", kind: str = "metered", amount: int = 1000, per: str | None = "month") -> Quota:
    """A quota, by default metered by the month."""
    return Quota(feature, texts(feature), kind, amount, per)


def plan(plan_id: str = "pro", **changes: Any) -> Plan:
    """A paid plan: 299.000 ₫ a month, 2.990.000 ₫ a year."""
    values: dict[str, Any] = {
        "id": plan_id,
        "version": 1,
        "rank": 10,
        "free": False,
        "contact_sales": False,
        "name": texts(plan_id),
        "prices": {"month": 299_000, "year": 2_990_000},
        "quotas": (quota(),),
    }
    return Plan(**values | changes)


def catalogue(*plans: Plan, **changes: Any) -> Catalogue:
    """A catalogue of these plans, 8 % VAT and from 2027 on 10 %, prices inclusive."""
    values: dict[str, Any] = {
        "currency": "VND",
        "tax_inclusive": True,
        "zone": HANOI,
        "tax_rates": (EIGHT_PERCENT, TEN_PERCENT),
        "seller": Seller("Công ty Ví Dụ", "0399999999", "Hà Nội", "ketoan@vidu.example"),
        "series": {"vat_invoice": (Series("1", "C{yy}TGO"),), "receipt": (Series("", "BL{yy}"),)},
        "plans": plans or (plan(),),
    }
    return Catalogue(**values | changes)


def coupon(**changes: Any) -> Coupon:
    """A coupon of 10 % without restrictions."""
    return coupon_from_record({"code": "GIAM10", "kind": "percent", "percent_bp": 1000} | changes)


def period(start: datetime, months: int) -> Period:
    """A term's period that begins a chain."""
    return Period(start, add_months(start, months, HANOI), start, months)


def term(placed: Period, plan_id: str = "pro", rank: int = 10, order_id: str = "ord_1") -> Term:
    """A term of a plan."""
    return Term(order_id, plan_id, 1, rank, placed)
