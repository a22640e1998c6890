"""Money: whole dong, one rounding rule, one way to write it."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from billing.domain.money import (
    BASIS,
    CURRENCIES,
    contained_tax,
    divide_half_up,
    format_money,
    format_rate,
    share,
)

AMOUNTS = st.integers(0, 10**15)
RATES = st.integers(0, BASIS)


def test_the_tax_inside_an_inclusive_price() -> None:
    """T43: 20.000 ₫ inclusive of 12 % hold 2.143 ₫."""
    assert contained_tax(20_000, 1_200) == 2_143


@pytest.mark.parametrize(
    ("gross", "rate_bp", "tax"),
    [(299_000, 800, 22_148), (807_300, 800, 59_800), (110, 1_000, 10), (0, 800, 0), (1, 800, 0), (299_000, 0, 0)],
)
def test_contained_tax(gross: int, rate_bp: int, tax: int) -> None:
    assert contained_tax(gross, rate_bp) == tax


@given(AMOUNTS, RATES)
def test_contained_tax_is_the_nearest_whole_dong(gross: int, rate_bp: int) -> None:
    exact = Fraction(gross * rate_bp, BASIS + rate_bp)
    assert abs(contained_tax(gross, rate_bp) - exact) <= Fraction(1, 2)


@given(AMOUNTS, RATES)
def test_net_and_tax_make_up_the_gross_amount_and_agree_with_the_rate(gross: int, rate_bp: int) -> None:
    """T43: taxing the net amount again gives the same tax, to the dong."""
    tax = contained_tax(gross, rate_bp)
    assert 0 <= tax <= gross
    assert abs(share(gross - tax, rate_bp) - tax) <= 1


@given(AMOUNTS, RATES)
def test_tax_added_to_a_net_amount_is_found_again_in_the_sum(net: int, rate_bp: int) -> None:
    """T43: a price stated without tax and the same price stated with it carry the same tax."""
    tax = share(net, rate_bp)
    assert contained_tax(net + tax, rate_bp) == tax


@given(AMOUNTS, AMOUNTS, st.integers(1, BASIS))
def test_a_higher_price_never_holds_less_tax(one: int, other: int, rate_bp: int) -> None:
    low, high = sorted((one, other))
    assert contained_tax(low, rate_bp) <= contained_tax(high, rate_bp)


@pytest.mark.parametrize(
    ("numerator", "denominator", "result"),
    [(1, 2, 1), (3, 2, 2), (5, 2, 3), (1, 3, 0), (2, 3, 1), (0, 7, 0), (7, 7, 1)],
)
def test_halves_round_up(numerator: int, denominator: int, result: int) -> None:
    assert divide_half_up(numerator, denominator) == result


@given(st.integers(0, 10**24), st.integers(1, 10**12))
def test_rounding_is_exact_however_large_the_figures(numerator: int, denominator: int) -> None:
    difference = divide_half_up(numerator, denominator) - Fraction(numerator, denominator)
    assert Fraction(-1, 2) < difference <= Fraction(1, 2)


@given(AMOUNTS, st.integers(0, BASIS))
def test_a_share_and_its_rest_differ_from_the_whole_by_rounding_at_most(amount: int, rate_bp: int) -> None:
    assert share(amount, rate_bp) + share(amount, BASIS - rate_bp) - amount in (0, 1)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        (299_000, "VND", "vi", "299.000 ₫"),
        (299_000, "VND", "en", "₫299,000"),
        (1_234_568, "VND", "vi", "1.234.568 ₫"),
        (0, "VND", "vi", "0 ₫"),
        (999, "VND", "vi", "999 ₫"),
        (-89_700, "VND", "vi", "-89.700 ₫"),
        (-89_700, "VND", "en", "-₫89,700"),
        (123_456, "USD", "en", "$1,234.56"),
        (123_456, "USD", "vi", "1.234,56 $"),
        (5, "EUR", "en", "€0.05"),
        (-5, "EUR", "vi", "-0,05 €"),
    ],
)
def test_amounts_as_people_read_them(amount: int, currency: str, language: str, text: str) -> None:
    assert format_money(amount, currency, language) == text


@given(st.integers(-(10**15), 10**15), st.sampled_from(["vi", "en"]))
def test_dong_are_never_shown_with_decimals(amount: int, language: str) -> None:
    """T44: VND has no minor unit; every digit that is shown is a digit of the amount."""
    text = format_money(amount, "VND", language)
    shown = int("".join(character for character in text if character.isdigit()))
    assert shown == abs(amount)
    assert ("-" in text) == (amount < 0)


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15), st.sampled_from(sorted(CURRENCIES)))
def test_different_amounts_look_different(one: int, other: int, currency: str) -> None:
    assume(one != other)
    assert format_money(one, currency, "vi") != format_money(other, currency, "vi")


@pytest.mark.parametrize(
    ("rate_bp", "language", "text"),
    [
        (0, "vi", "0%"),
        (800, "vi", "8%"),
        (1_000, "en", "10%"),
        (1_250, "vi", "12,5%"),
        (1_250, "en", "12.5%"),
        (525, "en", "5.25%"),
        (5, "vi", "0,05%"),
        (10_000, "vi", "100%"),
    ],
)
def test_rates(rate_bp: int, language: str, text: str) -> None:
    assert format_rate(rate_bp, language) == text
