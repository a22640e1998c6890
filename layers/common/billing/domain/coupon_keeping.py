"""Coupons as operators keep them: who owns one, what fits together in its rules, and what may still change of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.domain.plans import Catalogue
from billing.domain.pricing import MAX_QUANTITY
from billing.domain.problems import FieldError

Rules = Mapping[str, Any]
"""A coupon's rules by the names of docs/catalogue.md: dong, basis points, UTC texts; None for no such rule."""

DISCOUNT = {"percent": ("percent_bp", "cap"), "amount": ("amount",)}
"""What each kind of discount is made of; the first of them is needed."""

ALWAYS_CHANGEABLE = ("starts_at", "ends_at", "max_redemptions", "max_per_account")
"""What may change while places are taken: when, and how often. What it takes off, and what it is for, then stay."""

NO_RULES: Rules = {
    "kind": None,
    "percent_bp": None,
    "cap": None,
    "amount": None,
    "starts_at": None,
    "ends_at": None,
    "max_redemptions": None,
    "max_per_account": None,
    "plans": None,
    "intervals": None,
    "minimum_quantity": None,
    "first_purchase_only": False,
}
"""Every rule there is, none being set."""


@dataclass(frozen=True, slots=True)
class KeptCoupon:
    """A coupon with its count of places. `origin`: "catalogue" (catalog.yaml has or had it) or "api" (by an operator).

    Its rules belong to its origin; a pause by an operator (`paused_by`, `paused_at`) stands beside that of the file,
    and neither undoes the other. `version` counts its changes; 0: written before there was one.
    """

    code: str
    rules: Rules
    origin: str
    paused_in_catalogue: bool
    paused_by: str | None
    paused_at: datetime | None
    taken: int
    confirmed: int
    version: int
    created_by: str | None = None
    created_at: datetime | None = None

    @property
    def is_paused(self) -> bool:
        """Whether buyers are refused, whoever wanted it."""
        return self.paused_in_catalogue or self.paused_by is not None

    @property
    def reserved(self) -> int:
        """Places of orders that are not paid yet."""
        return max(0, self.taken - self.confirmed)

    @property
    def left(self) -> int | None:
        """Places that can still be taken; None without a limit."""
        limit = self.rules["max_redemptions"]
        return None if limit is None else max(0, limit - self.taken)


@dataclass(frozen=True, slots=True)
class Redemption:
    """What became of one order's place: "reserved", "confirmed" or "released". `discount` in dong."""

    order_id: str
    account_id: str
    status: str
    discount: int
    reserved_at: datetime
    confirmed_at: datetime | None
    released_at: datetime | None


def rule_errors(rules: Rules, catalogue: Catalogue) -> tuple[FieldError, ...]:
    """What does not fit together in rules that are well formed one by one, or not with what is sold."""
    return (
        *_discount_errors(rules),
        *_window_errors(rules),
        *_quantity_errors(rules),
        *_target_errors(rules, catalogue),
    )


def fixed_errors(before: KeptCoupon, changes: Rules) -> tuple[FieldError, ...]:
    """Changes that places taken so far stand against: a limit below them, another discount or purpose."""
    if not before.taken:
        return ()
    errors = [FieldError(name, "in_use") for name in changes if name not in ALWAYS_CHANGEABLE]
    limit = changes.get("max_redemptions")
    if limit is not None and limit < before.taken:
        errors.append(FieldError("max_redemptions", "below_taken", {"minimum": before.taken}))
    return tuple(errors)


def _discount_errors(rules: Rules) -> Iterator[FieldError]:
    needed, *_ = parts = DISCOUNT[rules["kind"]]
    if rules[needed] is None:
        yield FieldError(needed, "required")
    for name in ("percent_bp", "cap", "amount"):
        if name not in parts and rules[name] is not None:
            yield FieldError(name, "not_for_kind", {"kind": rules["kind"]})


def _window_errors(rules: Rules) -> Iterator[FieldError]:
    starts, ends = rules["starts_at"], rules["ends_at"]
    if starts and ends and starts >= ends:
        yield FieldError("ends_at", "not_after_start")


def _quantity_errors(rules: Rules) -> Iterator[FieldError]:
    longest = max(MAX_QUANTITY[interval] for interval in rules["intervals"] or MAX_QUANTITY)
    if rules["minimum_quantity"] and rules["minimum_quantity"] > longest:
        yield FieldError("minimum_quantity", "out_of_range", {"minimum": 1, "maximum": longest})


def _target_errors(rules: Rules, catalogue: Catalogue) -> Iterator[FieldError]:
    sold: dict[str, set[str]] = {plan.id: set(plan.prices) for plan in catalogue.plans if not plan.free and plan.prices}
    sold |= {addon.id: {"month"} for addon in catalogue.addons}
    for place, plan_id in enumerate(rules["plans"] or ()):
        if plan_id not in sold:
            yield FieldError(f"plans.{place}", "unknown_choice", {"choices": ", ".join(sold)})
        elif rules["intervals"] and not sold[plan_id].intersection(rules["intervals"]):
            yield FieldError(f"plans.{place}", "not_sold_so")
