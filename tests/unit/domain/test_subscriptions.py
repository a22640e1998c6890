"""Terms: paid time is placed without gap or overlap, and never lost."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.subscriptions import Term, paid_until, place, running, unended
from billing.domain.times import add_months, to_text
from tests.support.values import HANOI, NOON, at, moments, period, term

purchases = st.lists(st.integers(min_value=1, max_value=36), min_size=1, max_size=8)
"""The months of each purchase."""


def chain(start: datetime, counts: list[int]) -> tuple[Term, ...]:
    """Purchases made one after another at the same moment."""
    terms: tuple[Term, ...] = ()
    for number, months in enumerate(counts):
        terms += (term(place(terms, months, start, HANOI), order_id=f"ord_{number}"),)
    return terms


def test_first_purchase_starts_now() -> None:
    placed = place((), 1, at("2026-01-31T09:00:00"), HANOI)
    assert (placed.start, placed.end) == (at("2026-01-31T09:00:00"), at("2026-02-28T09:00:00"))


def test_subscription_begun_on_the_31st_is_on_the_31st_again_in_long_months() -> None:
    """T45: month by month, 31 January leads to 28 February, 31 March, 30 April, 31 May."""
    terms = chain(at("2026-01-31T09:00:00"), [1, 1, 1, 1])
    assert [to_text(each.period.end)[:10] for each in terms] == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]


@given(moments, purchases)
def test_renewals_follow_each_other_without_gap_or_overlap(start: datetime, counts: list[int]) -> None:
    terms = chain(start, counts)
    assert terms[0].period.start == start
    for before, after in pairwise(terms):
        assert after.period.start == before.period.end


@given(moments, purchases)
def test_many_small_purchases_end_where_one_large_would(start: datetime, counts: list[int]) -> None:
    """T45: the end depends on the months paid, not on how they were bought."""
    assert chain(start, counts)[-1].period.end == add_months(start, sum(counts), HANOI)


@given(moments, purchases, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_early_renewal_loses_nothing(start: datetime, counts: list[int], early: timedelta) -> None:
    terms = chain(start, counts)
    bought_at = max(start, terms[-1].period.end - early - timedelta(seconds=1))
    assert place(terms, 1, bought_at, HANOI).end == add_months(start, sum(counts) + 1, HANOI)


@given(moments, purchases)
def test_purchase_after_the_end_starts_anew(start: datetime, counts: list[int]) -> None:
    terms = chain(start, counts)
    end = terms[-1].period.end
    placed = place(terms, 1, end, HANOI)
    assert (placed.start, placed.anchor, placed.months) == (end, end, 1)
    assert place(terms, 1, end + timedelta(days=3), HANOI).start == end + timedelta(days=3)


@given(moments, purchases)
def test_length_and_month_starts_count_the_months_bought(start: datetime, counts: list[int]) -> None:
    for each, months in zip(chain(start, counts), counts, strict=True):
        assert each.period.length(HANOI) == months
        assert each.period.month_start(0, HANOI) == each.period.start
        assert each.period.month_start(months, HANOI) == each.period.end


@given(moments, purchases, st.timedeltas(timedelta(days=-10), timedelta(days=2000)))
def test_exactly_one_term_of_a_chain_runs_while_time_is_paid(
    start: datetime, counts: list[int], passed: timedelta
) -> None:
    terms, now = chain(start, counts), (start + passed).replace(microsecond=0)
    found = running(terms, now)
    inside = start <= now < terms[-1].period.end
    assert (found is not None) == inside
    assert paid_until(terms, now) == (terms[-1].period.end if inside else None)
    assert all(each.period.end > now for each in unended(terms, now))


def test_end_belongs_to_the_next_term() -> None:
    """T51's neighbour: at the instant of the end, the next term runs and the old one does not."""
    first, second = chain(NOON, [1, 1])
    end = first.period.end
    assert running((first, second), end - timedelta(seconds=1)) == first
    assert running((first, second), end) == second
    assert unended((first, second), end) == (second,)


def test_higher_plan_runs_when_two_run_at_once() -> None:
    low, high = term(period(NOON, 2), "starter", 10), term(period(NOON, 1), "pro", 20)
    assert running((low, high), NOON) == high
    assert paid_until((low, high), NOON) == low.period.end


def test_time_after_a_gap_is_not_continuous() -> None:
    now_term = term(period(NOON, 1))
    later = term(period(now_term.period.end + timedelta(days=1), 1))
    assert paid_until((later, now_term), NOON) == now_term.period.end


@pytest.mark.parametrize("terms", [(), (term(period(NOON + timedelta(days=9), 1)),)])
def test_nothing_is_paid_until_when_nothing_runs(terms: tuple[Term, ...]) -> None:
    assert paid_until(terms, NOON) is None
    assert running(terms, NOON) is None
