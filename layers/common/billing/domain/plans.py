"""Plans, prices and quotas as published. A plan's version never changes; an order keeps the version it bought."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.domain.invoices import Seller, TaxKind
from billing.domain.problems import Problem

Texts = Mapping[str, str]
"""A text for people in each language: {"vi": ..., "en": ...}."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What a plan gives of one feature. `per` ("month" or "term") only where `type` is "metered"."""

    feature: str
    name: Texts
    type: str
    amount: int
    per: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a plan; `prices` maps an interval to dong for one of it."""

    id: str
    version: int
    rank: int
    free: bool
    contact_sales: bool
    name: Texts
    prices: Mapping[str, int]
    quotas: tuple[Quota, ...]

    def price(self, interval: str) -> int:
        """Dong for one `interval`; `plan_not_purchasable` where the plan is not sold by it."""
        if self.free or self.contact_sales or interval not in self.prices:
            raise Problem("plan_not_purchasable", plan=self.id)
        return self.prices[interval]


@dataclass(frozen=True, slots=True)
class TaxRate:
    """The rate in basis points from a day on, in the seller's zone."""

    since: date
    kind: TaxKind
    rate_bp: int


@dataclass(frozen=True, slots=True)
class Series:
    """A document series; `{yy}` in its symbol is the year of issue."""

    form: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything published for sale, with the seller's rules."""

    currency: str
    tax_inclusive: bool
    zone: ZoneInfo
    tax_rates: tuple[TaxRate, ...]
    seller: Seller
    series: Mapping[str, tuple[Series, ...]]
    plans: tuple[Plan, ...]

    def plan(self, plan_id: str) -> Plan:
        """The published plan; `plan_not_found` if there is none."""
        for plan in self.plans:
            if plan.id == plan_id:
                return plan
        raise Problem("plan_not_found", plan=plan_id)

    def free_plan(self) -> Plan | None:
        """The plan whose quotas apply while nothing is paid."""
        return next((plan for plan in self.plans if plan.free), None)

    def tax_at(self, moment: datetime) -> TaxRate:
        """The rate in force on the moment's day in the seller's zone; exempt before the first one."""
        day = moment.astimezone(self.zone).date()
        in_force = [rate for rate in self.tax_rates if rate.since <= day]
        return max(in_force, key=lambda rate: rate.since) if in_force else TaxRate(day, "exempt", 0)


def catalogue_from_document(document: Mapping[str, Any]) -> Catalogue:
    """The published document (docs/catalogue.md) as values; it was validated before it was published."""
    return Catalogue(
        currency=document["currency"],
        tax_inclusive=document["tax_inclusive"],
        zone=ZoneInfo(document["timezone"]),
        tax_rates=tuple(
            TaxRate(date.fromisoformat(rate["from"]), rate["kind"], rate["rate_bp"]) for rate in document["tax_rates"]
        ),
        seller=Seller(**document["seller"]),
        series={
            kind: tuple(Series(entry["form"], entry["symbol"]) for entry in entries)
            for kind, entries in document["series"].items()
        },
        plans=tuple(plan_from_document(plan) for plan in document["plans"]),
    )


def plan_from_document(document: Mapping[str, Any]) -> Plan:
    """One plan of the published document."""
    return Plan(
        id=document["id"],
        version=document["version"],
        rank=document["rank"],
        free=document["free"],
        contact_sales=document["contact_sales"],
        name=document["name"],
        prices={price["interval"]: price["amount"] for price in document["prices"]},
        quotas=tuple(quota_from_document(quota) for quota in document["quotas"]),
    )


def quota_from_document(document: Mapping[str, Any]) -> Quota:
    """One quota of a plan."""
    return Quota(document["feature"], document["name"], document["type"], document["amount"], document["per"])


def quota_to_document(quota: Quota) -> dict[str, Any]:
    """The inverse of `quota_from_document`."""
    return {
        "feature": quota.feature,
        "name": dict(quota.name),
        "type": quota.type,
        "amount": quota.amount,
        "per": quota.per,
    }
