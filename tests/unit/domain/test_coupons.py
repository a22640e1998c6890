"""What a coupon takes off, and who may use it when on what."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.coupons import Use, check_usable, normalise_code
from billing.domain.problems import Problem
from billing.domain.times import to_text
from tests.support.values import NOON, coupon

subtotals = st.integers(min_value=0, max_value=10**12)
amounts = st.integers(min_value=1, max_value=10**11)


def use(**changes: Any) -> Use:
    values: dict[str, Any] = {
        "plan_id": "pro",
        "interval": "month",
        "quantity": 1,
        "first_purchase": True,
        "taken_by_account": 0,
        "now": NOON,
    }
    return Use(**values | changes)


def refusal(changes: dict[str, Any], **using: Any) -> tuple[str, Any]:
    """The code and the reason with which a coupon is refused."""
    with pytest.raises(Problem) as caught:
        check_usable(coupon(**changes), use(**using))
    return caught.value.code, caught.value.params.get("reason")


@given(subtotals, st.integers(min_value=1, max_value=10_000), st.none() | amounts)
def test_percentage_is_rounded_half_up_capped_and_never_above_the_price(
    subtotal: int, rate: int, cap: int | None
) -> None:
    """T34, T44: dong are whole, and nothing becomes negative."""
    off = coupon(percent_bp=rate, cap=cap).discount(subtotal)
    exact = subtotal * rate
    assert 0 <= off <= subtotal
    assert off == min((exact + 5000) // 10_000, subtotal if cap is None else cap)


@given(subtotals, amounts)
def test_amount_above_the_price_takes_the_price_off(subtotal: int, amount: int) -> None:
    """T34: a coupon larger than the purchase leaves 0, not less."""
    off = coupon(kind="amount", percent_bp=None, amount=amount).discount(subtotal)
    assert off == min(amount, subtotal)


@given(subtotals)
def test_everything_off_leaves_nothing(subtotal: int) -> None:
    assert coupon(percent_bp=10_000).discount(subtotal) == subtotal


def test_half_a_dong_is_rounded_up() -> None:
    assert coupon(percent_bp=5).discount(1000) == 1
    assert coupon(percent_bp=4).discount(1000) == 0


def test_coupon_without_restrictions_is_usable_by_anybody() -> None:
    check_usable(coupon(), use(first_purchase=False, taken_by_account=99, quantity=36, interval="year"))


@pytest.mark.parametrize(
    ("changes", "using", "expected"),
    [
        ({"paused": True}, {}, ("coupon_not_applicable", "paused")),
        ({"plans": ["starter"]}, {}, ("coupon_not_applicable", "plan")),
        ({"intervals": ["year"]}, {}, ("coupon_not_applicable", "interval")),
        ({"minimum_quantity": 6}, {"quantity": 5}, ("coupon_not_applicable", "minimum_quantity")),
        ({"first_purchase_only": True}, {"first_purchase": False}, ("coupon_not_applicable", "first_purchase")),
        ({"max_per_account": 1}, {"taken_by_account": 1}, ("coupon_already_used", None)),
        ({"max_redemptions": 3, "taken": 3}, {}, ("coupon_exhausted", None)),
        ({"max_redemptions": 3, "taken": 4}, {}, ("coupon_exhausted", None)),
        ({"plans": []}, {}, ("coupon_not_applicable", "plan")),
    ],
)
def test_restriction_is_refused_with_its_own_code(
    changes: dict[str, Any], using: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    """T31 among them: a coupon for plan B is no good for plan A."""
    assert refusal(changes, **using) == expected


@pytest.mark.parametrize(
    ("changes", "using"),
    [
        ({"plans": ["pro"], "intervals": ["month"]}, {}),
        ({"minimum_quantity": 6}, {"quantity": 6}),
        ({"first_purchase_only": True}, {"first_purchase": True}),
        ({"max_per_account": 2}, {"taken_by_account": 1}),
        ({"max_redemptions": 3, "taken": 2}, {}),
    ],
)
def test_restriction_that_is_met_does_not_matter(changes: dict[str, Any], using: dict[str, Any]) -> None:
    check_usable(coupon(**changes), use(**using))


def test_window_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    opened = {"starts_at": to_text(NOON), "ends_at": to_text(NOON + timedelta(hours=1))}
    check_usable(coupon(**opened), use(now=NOON))
    check_usable(coupon(**opened), use(now=NOON + timedelta(minutes=59, seconds=59)))
    assert refusal(opened, now=NOON - timedelta(seconds=1))[0] == "coupon_not_started"
    assert refusal(opened, now=NOON + timedelta(hours=1))[0] == "coupon_expired"


def test_expired_is_said_before_anything_about_places() -> None:
    over = {"ends_at": to_text(NOON), "max_redemptions": 1, "taken": 1, "plans": ["starter"]}
    assert refusal(over)[0] == "coupon_expired"


@pytest.mark.parametrize("text", ["giam10", " Giam10 ", "GIAM10", "\tgiam10\n"])
def test_codes_are_the_same_in_any_case(text: str) -> None:
    assert normalise_code(text) == "GIAM10"


@pytest.mark.parametrize("text", ["", " ", "A B", "-A", "_A", "A" * 41, "GIẢM", "A#B", "A\x00", "COUPON#A", "a/b"])
def test_what_cannot_be_a_code_is_not_found(text: str) -> None:
    """A code is part of a key: nothing but letters, digits, _ and - gets there."""
    with pytest.raises(Problem) as caught:
        normalise_code(text)
    assert caught.value.code == "coupon_not_found"


@given(st.text(max_size=60))
def test_any_text_is_a_code_in_normal_form_or_refused(text: str) -> None:
    with suppress(Problem):
        code = normalise_code(text)
        assert code.isascii()
        assert normalise_code(code) == code
