"""Quotes: figures that add up to the dong, frozen, and the same when read back."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.plans import TaxRate
from billing.domain.pricing import (
    QUOTE_LIFETIME,
    Account,
    Quote,
    Wish,
    check_quantity,
    make_quote,
    quote_from_record,
    quote_to_record,
    settle_figures,
)
from billing.domain.problems import Problem
from billing.domain.times import add_months
from tests.support.values import (
    EIGHT_PERCENT,
    HANOI,
    NOON,
    TEN_PERCENT,
    at,
    catalogue,
    coupon,
    period,
    plan,
    quota,
    term,
)

subtotals = st.integers(min_value=0, max_value=10**13)
rates = st.integers(min_value=0, max_value=10_000).map(lambda rate: TaxRate(EIGHT_PERCENT.since, "taxable", rate))
minimums = st.sampled_from([0, 1000, 5000, 15_000])


def quote(wish: Wish | None = None, **changes: Any) -> Quote:
    values: dict[str, Any] = {"discount": 0, "minimum": 5000, "now": NOON, "catalogue": catalogue()} | changes
    account = Account("acc-1", values.pop("terms", ()), values.pop("holdings", ()))
    return make_quote(account, wish or Wish("pro", "month", 3), **values)


@given(subtotals, st.data(), rates, st.booleans(), minimums)
def test_totals_agree_to_the_dong(
    subtotal: int, data: st.DataObject, rate: TaxRate, inclusive: bool, minimum: int
) -> None:
    """T42: total = subtotal - discount - credit - waived (+ tax when not inclusive), and nothing is negative."""
    discount = data.draw(st.integers(min_value=0, max_value=subtotal))
    figures = settle_figures(subtotal, discount, rate, inclusive=inclusive, minimum=minimum)
    added = 0 if inclusive else figures.tax
    assert figures.total == subtotal - discount - figures.credit - figures.waived + added
    assert min(figures.total, figures.tax, figures.waived) >= 0
    assert figures.total == 0 or figures.total >= minimum
    assert figures.tax <= figures.total


@given(subtotals, rates)
def test_tax_inside_a_price_and_net_make_the_price(gross: int, rate: TaxRate) -> None:
    """T43: the extracted tax is the nearest whole dong to gross x rate / (1 + rate)."""
    tax = settle_figures(gross, 0, rate, inclusive=True, minimum=0).tax
    exact_numerator, denominator = gross * rate.rate_bp, 10_000 + rate.rate_bp
    assert 2 * abs(tax * denominator - exact_numerator) <= denominator


@given(subtotals, rates)
def test_tax_on_top_is_rounded_once(net: int, rate: TaxRate) -> None:
    figures = settle_figures(net, 0, rate, inclusive=False, minimum=0)
    assert 2 * abs(figures.tax * 10_000 - net * rate.rate_bp) <= 10_000
    assert figures.total == net + figures.tax


@pytest.mark.parametrize(
    ("gross", "rate_bp", "tax"),
    [
        (20_000, 1200, 2143),
        (299_000, 800, 22_148),
        (299_000, 1000, 27_182),
        (99_000, 800, 7333),
        (1, 800, 0),
        (0, 800, 0),
    ],
)
def test_known_taxes(gross: int, rate_bp: int, tax: int) -> None:
    """T43: 20.000 ₫ with 12 % inside hold 2.143 ₫."""
    rate = TaxRate(EIGHT_PERCENT.since, "taxable", rate_bp)
    assert settle_figures(gross, 0, rate, inclusive=True, minimum=0).tax == tax


def test_remainder_no_provider_takes_is_waived_with_its_tax() -> None:
    figures = settle_figures(299_000, 295_000, EIGHT_PERCENT, inclusive=True, minimum=5000)
    assert (figures.waived, figures.tax, figures.total) == (4000, 0, 0)
    added = settle_figures(299_000, 294_400, EIGHT_PERCENT, inclusive=False, minimum=5000)
    assert (added.waived, added.tax, added.total) == (4600, 0, 0)


def test_least_amount_a_provider_takes_is_not_waived() -> None:
    figures = settle_figures(299_000, 294_000, EIGHT_PERCENT, inclusive=True, minimum=5000)
    assert (figures.waived, figures.total) == (0, 5000)


@given(st.integers(min_value=1, max_value=36), st.integers(min_value=1, max_value=10**12))
def test_coupon_above_the_price_makes_the_order_free_and_never_negative(quantity: int, amount: int) -> None:
    """T34."""
    subtotal = 299_000 * quantity
    discount = coupon(kind="amount", amount=amount).discount(subtotal)
    figures = quote(Wish("pro", "month", quantity), discount=discount).figures
    assert 0 <= figures.total <= subtotal
    assert figures.total == 0 or amount < subtotal


def test_amounts_are_dong_all_the_way() -> None:
    """T44: 299000 is 299.000 ₫: no cents, nothing times 100."""
    made = quote(Wish("pro", "month", 3))
    assert (made.unit_amount, made.figures.subtotal, made.figures.total) == (299_000, 897_000, 897_000)
    assert all(isinstance(figure, int) for figure in quote_to_record(made)["figures"])


def test_three_years_of_an_expensive_plan_fit() -> None:
    """T69."""
    dear = catalogue(plan(prices={"year": 99_999_999_999}))
    assert quote(Wish("pro", "year", 3), catalogue=dear).figures.total == 299_999_999_997


@pytest.mark.parametrize(
    ("now", "tax_rate_bp", "tax"),
    [("2026-12-31T16:59:59Z", 800, 22_148), ("2026-12-31T17:00:00Z", 1000, 27_182)],
)
def test_rate_is_that_of_the_day_in_vietnam(now: str, tax_rate_bp: int, tax: int) -> None:
    """T47."""
    made = quote(Wish("pro", "month", 1), now=at(now))
    assert (made.tax_rate_bp, made.figures.tax, made.figures.total) == (tax_rate_bp, tax, 299_000)


def test_prices_without_tax_have_it_added() -> None:
    made = quote(Wish("pro", "month", 1), catalogue=catalogue(tax_inclusive=False, tax_rates=(TEN_PERCENT,)))
    assert (made.figures.tax, made.figures.total) == (0, 299_000)
    made = quote(Wish("pro", "month", 1), catalogue=catalogue(tax_inclusive=False))
    assert (made.figures.tax, made.figures.total, made.tax_inclusive) == (23_920, 322_920, False)


def test_new_purchase_starts_now_and_is_quoted_for_half_an_hour() -> None:
    made = quote(Wish("pro", "year", 2))
    assert made.change == "new"
    assert (made.period.start, made.period.end) == (NOON, add_months(NOON, 24, HANOI))
    assert made.expires_at == NOON + timedelta(minutes=30) == NOON + QUOTE_LIFETIME


def test_same_plan_is_a_renewal_after_what_is_paid() -> None:
    running = term(period(NOON - timedelta(days=5), 1))
    made = quote(Wish("pro", "month", 2), terms=(running,))
    assert (made.change, made.period.start) == ("renewal", running.period.end)


def test_plan_that_has_ended_is_bought_anew() -> None:
    ended = term(period(NOON - timedelta(days=100), 1), "starter")
    assert quote(terms=(ended,)).change == "new"


def test_a_lower_plan_cannot_run_alongside_a_higher_one() -> None:
    with pytest.raises(Problem) as caught:
        quote(Wish("pro", "month", 1, start="now"), terms=(term(period(NOON, 1), "max", 20),))
    assert (caught.value.code, caught.value.params["reason"]) == ("plan_not_purchasable", "plan_runs")


@pytest.mark.parametrize(("interval", "maximum"), [("month", 36), ("year", 3)])
def test_quantity_has_its_limits(interval: str, maximum: int) -> None:
    for quantity in (1, maximum):
        check_quantity(Wish("pro", interval, quantity))
    for quantity in (0, -1, maximum + 1, 10**9):
        with pytest.raises(Problem) as caught:
            check_quantity(Wish("pro", interval, quantity))
        assert (caught.value.code, caught.value.params["maximum"]) == ("quantity_out_of_range", maximum)


@given(
    st.sampled_from([Wish("pro", "month", 7, "GIAM10"), Wish("pro", "year", 1)]),
    st.integers(min_value=0, max_value=299_000),
    st.booleans(),
    st.booleans(),
)
def test_quote_survives_its_record(wish: Wish, discount: int, renewed: bool, inclusive: bool) -> None:
    """T39: what was quoted is what is ordered, whatever time has passed."""
    terms = (term(period(NOON, 1)),) if renewed else ()
    made = quote(wish, terms=terms, discount=discount, catalogue=catalogue(tax_inclusive=inclusive))
    assert quote_from_record(quote_to_record(made)) == made


def test_windows_are_what_the_purchase_gives() -> None:
    sold = plan(quotas=(quota(), quota("documents", per="term"), quota("seats", "limit", 5, None)))
    windows = quote(Wish("pro", "month", 2), catalogue=catalogue(sold)).windows()
    assert [(feature, window.amount) for feature, window in windows] == [
        ("tokens", 1000),
        ("tokens", 1000),
        ("documents", 1000),
        ("seats", 5),
    ]
