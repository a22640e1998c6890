"""What operators send about coupons, checked name by name: a handful of fields need no library at a cold start.

A field that is null says that there is no such rule.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from billing.domain.coupon_keeping import NO_RULES
from billing.domain.coupons import CODE
from billing.domain.problems import FieldError, Problem
from billing.domain.times import from_text, to_text
from billing.service.coupon_keeping import CouponChange

MOST = 100_000_000_000
"""The largest amount in dong, and the largest count; catalog.yaml takes as much."""
MOST_BP = 10_000
LONGEST_CODE, LONGEST_ID, MOST_NAMES = 40, 40, 100
STATUSES = ("active", "paused")

_MOMENT = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d.*", re.ASCII)

Errors = list[FieldError]
Check = Callable[[str, Any], tuple[Any, Errors]]
"""From a field's name and value to the value as it is kept, and what is wrong with it."""


def new_coupon(body: Mapping[str, Any]) -> tuple[str, CouponChange]:
    """(code, its rules) of POST /admin/coupons; `validation_failed` names every field that does not fit."""
    code, errors = _code("code", body.get("code"))
    wanted, more = _wanted({name: value for name, value in body.items() if name != "code"})
    missing = [] if "kind" in body else [FieldError("kind", "required")]
    _refuse([*errors, *missing, *more])
    return code, wanted


def coupon_change(body: Mapping[str, Any]) -> CouponChange:
    """The change of POST /admin/coupons/{code}."""
    wanted, errors = _wanted(body)
    _refuse(errors)
    return wanted


def _wanted(body: Mapping[str, Any]) -> tuple[CouponChange, Errors]:
    rules: dict[str, Any] = {}
    status, errors = _status("status", body.get("status"))
    for name, value in body.items():
        if name in NO_RULES:
            rules[name], wrong = _CHECKS[name](name, value)
            errors = [*errors, *wrong]
        elif name != "status":
            errors = [*errors, FieldError(name, "unknown_field")]
    return CouponChange(rules, status), errors


def _refuse(errors: Errors) -> None:
    if errors:
        raise Problem("validation_failed", errors=tuple(errors))


def _code(name: str, value: Any) -> tuple[str, Errors]:
    if value is None:
        return "", [FieldError(name, "required")]
    if not isinstance(value, str):
        return "", [FieldError(name, "wrong_type", {"expected": "string"})]
    code = value.strip().upper()
    if len(code) > LONGEST_CODE:
        return "", [FieldError(name, "too_long", {"maximum": LONGEST_CODE})]
    return code, [] if CODE.fullmatch(code) else [FieldError(name, "invalid")]


def _number(highest: int) -> Check:
    def check(name: str, value: Any) -> tuple[Any, Errors]:
        if value is None:
            return None, []
        if not isinstance(value, int) or isinstance(value, bool):
            return None, [FieldError(name, "wrong_type", {"expected": "int"})]
        fits = 1 <= value <= highest
        return value, [] if fits else [FieldError(name, "out_of_range", {"minimum": 1, "maximum": highest})]

    return check


def _choice(*choices: str) -> Check:
    def check(name: str, value: Any) -> tuple[Any, Errors]:
        if isinstance(value, str) and value in choices:
            return value, []
        return None, [FieldError(name, "unknown_choice", {"choices": ", ".join(choices)})]

    return check


def _status(name: str, value: Any) -> tuple[Any, Errors]:
    return (None, []) if value is None else _choice(*STATUSES)(name, value)


def _flag(name: str, value: Any) -> tuple[Any, Errors]:
    return value, [] if isinstance(value, bool) else [FieldError(name, "wrong_type", {"expected": "bool"})]


def _moment(name: str, value: Any) -> tuple[Any, Errors]:
    if value is None:
        return None, []
    if not isinstance(value, str):
        return None, [FieldError(name, "wrong_type", {"expected": "string"})]
    try:
        return (to_text(from_text(value)), []) if _MOMENT.fullmatch(value) else (None, [FieldError(name, "moment")])
    except (ValueError, OverflowError):
        return None, [FieldError(name, "moment")]


def _names(check: Check) -> Check:
    """A list of at least one name, none of them twice."""

    def checked(name: str, value: Any) -> tuple[Any, Errors]:
        if value is None:
            return None, []
        if not isinstance(value, list):
            return None, [FieldError(name, "wrong_type", {"expected": "list"})]
        if not 1 <= len(value) <= MOST_NAMES:
            return None, [FieldError(name, "too_short" if not value else "invalid")]
        wrong = [error for place, one in enumerate(value) for error in check(f"{name}.{place}", one)[1]]
        repeated = [
            FieldError(f"{name}.{place}", "repeated") for place, one in enumerate(value) if one in value[:place]
        ]
        return value, wrong or repeated

    return checked


def _id(name: str, value: Any) -> tuple[Any, Errors]:
    if not isinstance(value, str):
        return None, [FieldError(name, "wrong_type", {"expected": "string"})]
    too_long = len(value) > LONGEST_ID
    return value, [FieldError(name, "too_long", {"maximum": LONGEST_ID})] if too_long else []


_CHECKS: Mapping[str, Check] = {
    "kind": _choice("percent", "amount"),
    "percent_bp": _number(MOST_BP),
    "cap": _number(MOST),
    "amount": _number(MOST),
    "starts_at": _moment,
    "ends_at": _moment,
    "max_redemptions": _number(MOST),
    "max_per_account": _number(MOST),
    "plans": _names(_id),
    "intervals": _names(_choice("month", "year")),
    "minimum_quantity": _number(MOST),
    "first_purchase_only": _flag,
}
