"""Credit for unused time: exact to the second, of the whole original period, never above what was paid."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.credits import MAX_EXTRA_DAYS, Holding, credit_for, extra_days, share_of, value_of
from billing.domain.plans import Quota
from billing.domain.quotas import Grant, grants_for
from billing.domain.subscriptions import Period
from billing.domain.succession import carry
from billing.domain.wording import credit_description
from tests.support.values import HANOI, NOON, moments, period, quota, term, texts

paid = st.integers(min_value=0, max_value=10**11)


def holding(placed: Period, value: int = 99_000, *quotas: Quota, **used: int) -> Holding:
    """A term of Starter with these quotas, of which `used` is spent in the first window."""
    grants = tuple(
        replace(grant, used={0: used.get(grant.feature, 0)}) for grant in grants_for(quotas, "ord_1", placed)
    )
    features = {each.feature: each.name for each in quotas}
    return Holding(replace(term(placed, "starter"), paid=value), value, texts("Starter"), features, grants)


@given(moments, st.integers(min_value=1, max_value=36), paid, st.timedeltas(timedelta(days=-9), timedelta(days=1200)))
def test_credit_is_the_exact_share_of_the_whole_period(
    start: datetime, months: int, value: int, passed: timedelta
) -> None:
    """T36, T38: seconds left of all seconds, rounded half up once; 0 at the end, everything before the start."""
    placed, now = period(start, months), (start + passed).replace(microsecond=0)
    credit = credit_for(holding(placed, value), now, "smaller", HANOI)
    second = timedelta(seconds=1)
    left, whole = max(0, (placed.end - max(now, start)) // second), (placed.end - start) // second
    assert credit.time == (left, whole)
    assert 2 * abs(credit.amount * whole - value * left) <= whole
    assert 0 <= credit.amount <= value


def test_the_denominator_is_the_whole_period_after_a_change_too() -> None:
    """T36: with 42 of 91 days gone, 49/91 are left, not 49/49."""
    placed = Period(NOON, NOON + timedelta(days=91), NOON, 0)
    credit = credit_for(holding(placed, 910_000), NOON + timedelta(days=42), "smaller", HANOI)
    assert (credit.amount, credit.unused_days, credit.total_days) == (490_000, 49, 91)


@pytest.mark.parametrize(
    ("rule", "used", "amount"),
    [
        ("smaller", {}, 49_500),
        ("smaller", {"tokens": 400}, 49_500),
        ("smaller", {"tokens": 750}, 24_750),
        ("smaller", {"tokens": 750, "documents": 900}, 9_900),
        ("smaller", {"tokens": 1000}, 0),
        ("time", {"tokens": 1000}, 49_500),
    ],
)
def test_the_smaller_share_decides_and_the_feature_used_most(rule: str, used: dict[str, int], amount: int) -> None:
    """T40: what was spent is not given back; the catalogue may have it otherwise."""
    quotas = quota(), quota("documents", per="term"), quota("seats", "limit", 5, None)
    held = holding(period(NOON, 1), 99_000, *quotas, **used)
    assert credit_for(held, NOON + timedelta(days=15), rule, HANOI).amount == amount


def test_a_year_with_one_spent_month_has_eleven_left() -> None:
    held = holding(period(NOON, 12), 1_200_000, quota(), tokens=1000)
    assert credit_for(held, NOON, "smaller", HANOI).amount == 1_100_000


def test_what_a_refund_took_back_counts_neither_as_bought_nor_as_spent() -> None:
    held = holding(period(NOON, 1), 50_000, quota(), tokens=250)
    (grant,) = held.grants
    held = replace(held, grants=(replace(grant, taken_back={0: 500}),))
    assert credit_for(held, NOON, "smaller", HANOI).amount == 25_000


@given(paid, st.integers(min_value=0, max_value=10**9), st.integers(min_value=1, max_value=10**9))
def test_half_a_dong_is_rounded_up_and_never_above_what_was_paid(value: int, left: int, more: int) -> None:
    whole = left + more
    amount = share_of(value, (left, whole))
    assert abs(2 * (amount * whole - value * left)) <= whole
    assert amount <= value


@given(
    st.integers(min_value=1, max_value=10**9),
    st.integers(min_value=1, max_value=10**9),
    st.integers(min_value=1, max_value=36),
)
def test_days_of_a_credit_are_rounded_up_to_whole_ones(rest: int, price: int, months: int) -> None:
    placed = period(NOON, months)
    days, whole = extra_days(rest, price, placed), (placed.end - placed.start).days
    assert days == MAX_EXTRA_DAYS or (days - 1) * price < rest * whole <= days * price


@pytest.mark.parametrize(
    ("figures", "value"),
    [
        ((99_000, 99_000, 99_000, 0), 99_000),
        ((99_000, 99_000, 99_000, 49_000), 50_000),
        ((299_000, 200_000, 200_000, 200_000), 99_000),
        ((99_000, 99_000, 106_920, 53_461), 49_499),
        ((99_000, 0, 0, 0), 99_000),
    ],
)
def test_refunds_take_their_part_of_what_a_term_is_worth(figures: tuple[int, int, int, int], value: int) -> None:
    """Money that went back is not credited again; where tax is added, its part of the refund is no value."""
    assert value_of(*figures) == value


def test_no_credit_is_no_day() -> None:
    assert extra_days(0, 299_000, period(NOON, 1)) == extra_days(-5, 299_000, period(NOON, 1)) == 0


@given(
    st.lists(st.integers(min_value=0, max_value=3000), min_size=1, max_size=4),
    st.integers(min_value=0, max_value=10**5),
)
def test_what_was_spent_before_is_carried_over_and_nothing_gets_below_zero(amounts: list[int], spent: int) -> None:
    grants = [Grant("ord_2", "tokens", "metered", amount, "month", period(NOON, 3), {}) for amount in amounts]
    for grant, after in zip(grants, carry(grants, {"tokens": spent}, HANOI), strict=True):
        before, left = sum(w.amount for w in grant.windows(HANOI)), [w.amount for w in after.windows(HANOI)]
        assert sum(left) == max(0, before - spent)
        assert min(left) >= 0


def test_a_credit_says_why_in_both_languages() -> None:
    by_time = credit_for(holding(period(NOON, 1)), NOON + timedelta(days=13), "time", HANOI)
    assert credit_description(by_time, "vi") == "Khấu trừ 17/30 ngày chưa dùng của gói Starter"
    assert credit_description(by_time, "en") == "Credit for 17 of 30 days unused of the Starter plan"
    held = holding(period(NOON, 1), 99_000, quota(amount=2000), tokens=1500)
    by_quota = credit_for(held, NOON, "smaller", HANOI)
    assert credit_description(by_quota, "vi") == "Khấu trừ 500/2.000 tokens chưa dùng của gói Starter, còn 30/30 ngày"
    assert (
        credit_description(by_quota, "en")
        == "Credit for 500 of 2,000 unused (tokens) of the Starter plan, 30 of 30 days left"
    )
