"""Keeping coupons: made, changed, paused and resumed by operators, beside those that catalog.yaml keeps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from billing.domain.audit import AuditEntry
from billing.domain.coupon_keeping import NO_RULES, KeptCoupon, Redemption, Rules, fixed_errors, rule_errors
from billing.domain.problems import Problem
from billing.service.account_ports import Catalogues
from billing.service.basic_ports import Clock

ID_BYTES = 10

Start = Mapping[str, Any] | None
"""Where a page starts."""


class Coupons(Protocol):
    """The coupons as stored."""

    def get(self, code: str) -> KeptCoupon | None:
        """One coupon with its count of places."""
        ...

    def page(self, limit: int, after: Start) -> tuple[Sequence[KeptCoupon], Any]:
        """A page of all of them by code, and the next page's start."""
        ...

    def add(self, coupon: KeptCoupon, entry: AuditEntry) -> bool:
        """A new one, with who made it; False where the code is taken."""
        ...

    def change(self, before: KeptCoupon, rules: Rules, paused_by: str | None, entry: AuditEntry) -> bool:
        """These rules and this pause in place of what `before` has, with who wanted it.

        False where it changed since, or where places taken since stand against it.
        """
        ...

    def redemptions(self, code: str, limit: int, after: Start) -> tuple[Sequence[Redemption], Any]:
        """A page of what became of its places, the newest first, and the next page's start."""
        ...


@dataclass(frozen=True, slots=True)
class CouponChange:
    """What an operator wants: the rules that are to change, None for no such rule; "active", "paused" or as it is."""

    rules: Rules
    status: str | None = None


@dataclass(frozen=True, slots=True)
class CouponKeeping:
    """`entropy`: so many random bytes."""

    coupons: Coupons
    catalogues: Catalogues
    clock: Clock
    entropy: Callable[[int], bytes]

    def get(self, code: str) -> KeptCoupon:
        """The coupon of a code as stored; `not_found` if there is none."""
        coupon = self.coupons.get(code)
        if coupon is None:
            raise Problem("not_found")
        return coupon

    def redemptions(self, code: str, limit: int, after: Start) -> tuple[Sequence[Redemption], Any]:
        """A page of a coupon's redemptions; `not_found` if there is no such coupon."""
        self.get(code)
        return self.coupons.redemptions(code, limit, after)

    def create(self, actor: str, code: str, wanted: CouponChange) -> KeptCoupon:
        """A new coupon; `validation_failed` for rules that do not fit together, `coupon_exists`."""
        now, rules = self.clock.now(), {**NO_RULES, **wanted.rules}
        self._check(rules)
        paused = wanted.status == "paused"
        coupon = KeptCoupon(
            code=code,
            rules=rules,
            origin="api",
            paused_in_catalogue=False,
            paused_by=actor if paused else None,
            paused_at=now if paused else None,
            taken=0,
            confirmed=0,
            version=1,
            created_by=actor,
            created_at=now,
        )
        told = {name: value for name, value in rules.items() if value not in (None, False)}
        entry = self._entry(actor, "create", code, now, {**told, **({"status": "paused"} if paused else {})})
        if not self.coupons.add(coupon, entry):
            raise Problem("coupon_exists", coupon=code)
        return coupon

    def change(self, actor: str, code: str, wanted: CouponChange) -> KeptCoupon:
        """The coupon as changed; one that is so already stays as it is, without an entry.

        `validation_failed` for rules that do not fit together or can no longer change; `coupon_in_catalogue` where
        catalog.yaml decides; `coupon_changed` where somebody or something else was faster.
        """
        before = self.get(code)
        rules = {name: value for name, value in wanted.rules.items() if value != before.rules[name]}
        if before.origin == "catalogue" and (rules or (wanted.status == "active" and before.paused_in_catalogue)):
            raise Problem("coupon_in_catalogue", coupon=code)
        if rules:
            self._check({**before.rules, **rules}, fixed_errors(before, rules))
        paused_by = {"paused": before.paused_by or actor, "active": None, None: before.paused_by}[wanted.status]
        moved = paused_by != before.paused_by
        if not rules and not moved:
            return before
        action = "change" if rules else "pause" if paused_by else "resume"
        status = {"status": wanted.status} if moved and rules else {}
        entry = self._entry(actor, action, code, self.clock.now(), {**rules, **status})
        if not self.coupons.change(before, rules, paused_by, entry):
            raise Problem("coupon_changed", coupon=code)
        return self.get(code)

    def _check(self, rules: Rules, fixed: tuple[Any, ...] = ()) -> None:
        errors = (*fixed, *rule_errors(rules, self.catalogues.current()))
        if errors:
            raise Problem("validation_failed", errors=errors)

    def _entry(self, actor: str, action: str, code: str, now: datetime, details: dict[str, Any]) -> AuditEntry:
        return AuditEntry(f"aud_{self.entropy(ID_BYTES).hex()}", now, actor, action, f"coupon {code}", details)
