"""Plans, prices and quotas as published. A plan's version never changes; an order keeps the version it bought."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.domain.invoices import Seller
from billing.domain.kinds import TaxKind
from billing.domain.problems import Problem

Texts = Mapping[str, str]
"""A text for people in each language: {"vi": ..., "en": ...}."""


@dataclass(frozen=True, slots=True)
class Rollover:
    """What is left of a month's amount moves on into the next month: at most `maximum`, and only from `minimum` on."""

    maximum: int
    minimum: int = 1


@dataclass(frozen=True, slots=True)
class Quota:
    """What a plan gives of one feature. `per` ("month" or "term") only where `type` is "metered".

    `rollover` only with `per` "month".
    """

    feature: str
    name: Texts
    type: str
    amount: int
    per: str | None
    rollover: Rollover | None = None


@dataclass(frozen=True, slots=True)
class TrialLength:
    """How long a trial lasts: months or days, the other is 0."""

    months: int
    days: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a plan; `prices` maps an interval to dong for one of it. `trial`: what an account may try once."""

    id: str
    version: int
    rank: int
    free: bool
    contact_sales: bool
    name: Texts
    prices: Mapping[str, int]
    quotas: tuple[Quota, ...]
    trial: TrialLength | None = None

    def price(self, interval: str) -> int:
        """Dong for one `interval`; `plan_not_purchasable` where the plan is not sold by it."""
        if self.free or self.contact_sales or interval not in self.prices:
            raise Problem("plan_not_purchasable", plan=self.name)
        return self.prices[interval]


@dataclass(frozen=True, slots=True)
class Addon:
    """One version of an add-on: a pack of a metered feature for `price` dong, bought beside any plan.

    `months` is how long it may be used; 0: as long as the time paid for when it is bought.
    """

    id: str
    version: int
    name: Texts
    price: int
    quota: Quota
    months: int


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
    """Everything published for sale, with the seller's rules.

    `credit_rule` says what of an unused term is credited: "smaller" of its time and quota, or "time" alone.
    """

    currency: str
    tax_inclusive: bool
    zone: ZoneInfo
    tax_rates: tuple[TaxRate, ...]
    seller: Seller
    series: Mapping[str, tuple[Series, ...]]
    plans: tuple[Plan, ...]
    addons: tuple[Addon, ...] = ()
    credit_rule: str = "smaller"

    def addon(self, item_id: str) -> Addon | None:
        """The published add-on; add-ons and plans share their ids."""
        return next((addon for addon in self.addons if addon.id == item_id), None)

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
        addons=tuple(addon_from_document(addon) for addon in document.get("addons", ())),
        credit_rule=document.get("credit", "smaller"),
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
        trial=trial_from_document(document.get("trial")),
    )


def trial_from_document(document: Mapping[str, Any] | None) -> TrialLength | None:
    """A plan's trial."""
    return TrialLength(document["months"] or 0, document["days"] or 0) if document else None


def addon_from_document(document: Mapping[str, Any]) -> Addon:
    """One add-on of the published document."""
    return Addon(
        id=document["id"],
        version=document["version"],
        name=document["name"],
        price=document["price"],
        quota=Quota(document["feature"], document["name"], "metered", document["amount"], "term"),
        months=document["valid_months"] or 0,
    )


def quota_from_document(document: Mapping[str, Any]) -> Quota:
    """One quota of a plan."""
    return Quota(
        feature=document["feature"],
        name=document["name"],
        type=document["type"],
        amount=document["amount"],
        per=document["per"],
        rollover=rollover_from_document(document.get("rollover")),
    )


def quota_to_document(quota: Quota) -> dict[str, Any]:
    """The inverse of `quota_from_document`."""
    return {
        "feature": quota.feature,
        "name": dict(quota.name),
        "type": quota.type,
        "amount": quota.amount,
        "per": quota.per,
        **({"rollover": rollover_to_document(quota.rollover)} if quota.rollover else {}),
    }


def rollover_from_document(document: Mapping[str, int] | None) -> Rollover | None:
    """A quota's `rollover`; `min` is 1 where it is not given."""
    return Rollover(document["max"], document.get("min", 1)) if document else None


def rollover_to_document(rollover: Rollover) -> dict[str, int]:
    """The inverse of `rollover_from_document`."""
    return {"max": rollover.maximum, "min": rollover.minimum}
