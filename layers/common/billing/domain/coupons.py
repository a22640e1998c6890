"""Discount codes: who may use one, when, on what, and what it takes off. Discounts come off before tax."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.domain.money import share
from billing.domain.problems import Problem
from billing.domain.times import moment_of

CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon as published, with `taken`: places reserved or redeemed so far. None means no such restriction.

    `paused` by catalog.yaml or by an operator.
    """

    code: str
    kind: str
    percent_bp: int
    cap: int | None
    amount: int
    starts_at: datetime | None
    ends_at: datetime | None
    max_redemptions: int | None
    max_per_account: int | None
    plans: tuple[str, ...] | None
    intervals: tuple[str, ...] | None
    minimum_quantity: int | None
    first_purchase_only: bool
    paused: bool
    taken: int

    def discount(self, subtotal: int) -> int:
        """Dong off a subtotal: never more than it."""
        if self.kind == "amount":
            return min(self.amount, subtotal)
        off = share(subtotal, self.percent_bp)
        return min(off, subtotal if self.cap is None else self.cap)


@dataclass(frozen=True, slots=True)
class CouponPlace:
    """An order's place of a coupon ("reserved", "confirmed" or "released") and how many are taken, of how many.

    A limit of None: there is none.
    """

    code: str
    status: str
    taken: int
    limit: int | None
    taken_by_account: int
    limit_for_account: int | None

    @property
    def is_lost(self) -> bool:
        """Whether the place was given back, so that the order has to take one again."""
        return self.status == "released"

    @property
    def is_beyond_total(self) -> bool:
        """Whether one place more exceeds the coupon's limit."""
        return self.limit is not None and self.taken >= self.limit

    @property
    def is_beyond_account(self) -> bool:
        """Whether one place more exceeds the account's limit."""
        return self.limit_for_account is not None and self.taken_by_account >= self.limit_for_account


@dataclass(frozen=True, slots=True)
class Use:
    """What a coupon is to be used for, and by whom. `kind`: "plan", "addon" or "trial"."""

    plan_id: str
    interval: str
    quantity: int
    first_purchase: bool
    taken_by_account: int
    now: datetime
    kind: str = "plan"


def normalise_code(text: str) -> str:
    """The code as stored: upper case, no surrounding space; `coupon_not_found` for what no code can be."""
    code = text.strip().upper()
    if not CODE.fullmatch(code):
        raise Problem("coupon_not_found", coupon=text.strip()[:40])
    return code


def check_usable(coupon: Coupon, use: Use) -> None:
    """`Problem` with the first reason why `coupon` cannot be used so."""
    if coupon.ends_at and use.now >= coupon.ends_at:
        raise Problem("coupon_expired", coupon=coupon.code, until=coupon.ends_at)
    if coupon.paused:
        raise Problem("coupon_not_applicable", coupon=coupon.code, reason="paused")
    if coupon.starts_at and use.now < coupon.starts_at:
        raise Problem("coupon_not_started", coupon=coupon.code, since=coupon.starts_at)
    check_applicable(coupon, use)
    if coupon.max_per_account is not None and use.taken_by_account >= coupon.max_per_account:
        raise Problem("coupon_already_used", coupon=coupon.code)
    if coupon.max_redemptions is not None and coupon.taken >= coupon.max_redemptions:
        raise Problem("coupon_exhausted", coupon=coupon.code)


def check_applicable(coupon: Coupon, use: Use) -> None:
    """`coupon_not_applicable` with a reason when the purchase is not of the kind the coupon is for.

    An add-on is discounted only by a coupon that names it; a trial costs nothing anyway.
    """
    reason = None
    if use.kind == "trial":
        reason = "trial"
    elif use.kind == "addon" and use.plan_id not in (coupon.plans or ()):
        reason = "addon"
    elif coupon.plans is not None and use.plan_id not in coupon.plans:
        reason = "plan"
    elif coupon.intervals is not None and use.interval not in coupon.intervals:
        reason = "interval"
    elif coupon.minimum_quantity is not None and use.quantity < coupon.minimum_quantity:
        reason = "minimum_quantity"
    elif coupon.first_purchase_only and not use.first_purchase:
        reason = "first_purchase"
    if reason:
        raise Problem("coupon_not_applicable", coupon=coupon.code, reason=reason, minimum=coupon.minimum_quantity)


def coupon_from_record(record: dict[str, Any]) -> Coupon:
    """A stored coupon; its fields are those of docs/catalogue.md."""
    return Coupon(
        code=record["code"],
        kind=record["kind"],
        percent_bp=record.get("percent_bp") or 0,
        cap=record.get("cap"),
        amount=record.get("amount") or 0,
        starts_at=moment_of(record.get("starts_at")),
        ends_at=moment_of(record.get("ends_at")),
        max_redemptions=record.get("max_redemptions"),
        max_per_account=record.get("max_per_account"),
        plans=_choices(record.get("plans")),
        intervals=_choices(record.get("intervals")),
        minimum_quantity=record.get("minimum_quantity"),
        first_purchase_only=bool(record.get("first_purchase_only")),
        paused=bool(record.get("paused") or record.get("paused_by")),
        taken=record.get("taken") or 0,
    )


def _choices(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
