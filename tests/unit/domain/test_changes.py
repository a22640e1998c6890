"""Change of plan: no gap, no overlap, nothing lost, and no money made of credit."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.domain.changes import kind_of_change
from billing.domain.quotas import standing
from billing.domain.subscriptions import paid_until, running, unended
from billing.domain.times import add_months, to_text
from tests.support.ledger import MAX, PRO, SOLD, STARTER, Ledger
from tests.support.values import HANOI, NOON, at, moments, period, term

plans = st.sampled_from([STARTER[0], PRO[0], MAX[0]])
months = st.integers(min_value=1, max_value=14)
spans = st.timedeltas(timedelta(0), timedelta(days=50)).map(
    lambda span: span - timedelta(microseconds=span.microseconds)
)
purchases = st.lists(st.tuples(plans, months, spans), min_size=1, max_size=7)


@pytest.mark.parametrize(
    ("running_plan", "bought", "start", "change"),
    [
        (None, "pro", "after_current", "new"),
        (None, "pro", "now", "new"),
        ("pro", "pro", "after_current", "renewal"),
        ("pro", "pro", "now", "addition"),
        ("starter", "pro", "after_current", "upgrade"),
        ("starter", "pro", "now", "upgrade"),
        ("max", "pro", "after_current", "downgrade"),
    ],
)
def test_what_a_purchase_is(running_plan: str | None, bought: str, start: str, change: str) -> None:
    terms = (term(period(NOON, 1), running_plan, SOLD.plan(running_plan).rank),) if running_plan else ()
    assert kind_of_change(terms, bought, SOLD.plan(bought).rank, start, NOON) == change


def test_the_highest_plan_that_is_paid_for_decides_even_if_it_comes_later() -> None:
    """Otherwise its time would be credited to a purchase of the same plan."""
    low = term(period(NOON, 1), "starter", 10)
    later = term(period(low.period.end, 1), "pro", 20)
    assert kind_of_change((low, later), "pro", 20, "after_current", NOON) == "renewal"
    assert kind_of_change((low, later), "starter", 10, "after_current", NOON) == "downgrade"


def check_chain(account: Ledger) -> None:
    """Paid time is one piece: it holds now, and no two terms of it touch more than their ends."""
    terms = unended(account.subscription.terms, account.now)
    assert running(terms, account.now)
    for before, after in pairwise(terms):
        assert before.period.end == after.period.start
    assert paid_until(terms, account.now) == terms[-1].period.end


@settings(max_examples=60, deadline=None)
@given(moments, purchases)
def test_purchases_in_any_order_leave_no_gap_and_no_overlap(
    start: datetime, bought: list[tuple[str, int, timedelta]]
) -> None:
    """T41, T45: upgrades, renewals and downgrades, each paid when it was quoted."""
    account = Ledger(now=start)
    for plan_id, count, passed in bought:
        account.buy(plan_id, count)
        check_chain(account)
        account.now += passed


@settings(max_examples=60, deadline=None)
@given(moments, purchases, st.integers(min_value=0, max_value=400_000))
def test_credit_never_makes_money(start: datetime, bought: list[tuple[str, int, timedelta]], discount: int) -> None:
    """T38, T40, T42: what an account could be credited with is never above what it paid, whatever it bought before."""
    account = Ledger(now=start)
    for plan_id, count, passed in bought:
        quote = account.quote(plan_id, count, discount=min(discount, SOLD.plan(plan_id).price("month") * count))
        figures = quote.figures
        assert figures.total == figures.subtotal - figures.discount - figures.credit - figures.waived >= 0
        assert all(0 <= credit.amount <= credit.paid for credit in quote.credits)
        account.pay(account.order(quote))
        assert account.worth() <= account.money
        account.now += passed


@settings(max_examples=40, deadline=None)
@given(moments, months, months, spans)
def test_an_upgrade_gives_the_months_bought_and_the_days_of_the_credit(
    start: datetime, first: int, second: int, passed: timedelta
) -> None:
    """What is credited above the price is never lost: at least its worth in days, less than one day more."""
    account = Ledger(now=start)
    end = account.buy("starter", first).period.end
    account.now = min(start + passed, end - timedelta(seconds=1))
    effect = account.buy("pro", second)
    quote = effect.order.quote
    credit = sum(each.amount for each in quote.credits)
    assert effect.period.start == account.now
    assert effect.period.end.astimezone(HANOI).time() == account.now.astimezone(HANOI).time()
    rest, days = max(0, credit - quote.figures.subtotal), quote.extra_days
    regular = (add_months(account.now, second, HANOI) - account.now).days
    assert (days - 1) * quote.figures.subtotal < rest * regular or rest == days == 0
    assert rest * regular <= days * quote.figures.subtotal


@settings(max_examples=60, deadline=None)
@given(moments, plans, plans, months, months, spans, st.booleans())
def test_orders_paid_in_parallel_both_bring_their_time(
    start: datetime, one: str, other: str, first: int, second: int, passed: timedelta, swapped: bool
) -> None:
    """T65: both quoted while nothing ran; whichever is paid first, and however late the other, no month is lost."""
    account = Ledger(now=start)
    orders = [account.order(account.quote(one, first)), account.order(account.quote(other, second))]
    early, late = reversed(orders) if swapped else orders
    account.pay(early)
    end = account.subscription.terms[0].period.end
    account.now = min(start + passed, end - timedelta(seconds=1))
    left = end - account.now
    effect = account.pay(late)
    check_chain(account)
    ends = paid_until(account.subscription.terms, account.now)
    assert ends
    assert len(account.subscription.terms) == 2
    assert ends - effect.period.end >= left or effect.period.end == ends
    assert ends >= add_months(account.now, late.quote.wish.months, HANOI)
    kept = standing(account.grants.values(), account.subscription.terms)
    assert len(kept) == len(account.subscription.terms) * 2, "every term has its grants"


def test_a_month_moved_behind_an_upgrade_keeps_its_day() -> None:
    """T45, T47: 23:00 UTC is the 31st in Vietnam, and stays the 31st behind a month of another plan."""
    account = Ledger(now=at("2027-01-30T23:00:00Z"))
    small, large = account.order(account.quote("starter", 2)), account.order(account.quote("pro"))
    account.pay(small)
    account.now += timedelta(days=2)
    account.pay(large)
    spans = [
        (each.plan_id, to_text(each.period.start), to_text(each.period.end)) for each in account.subscription.terms
    ]
    assert spans == [
        ("starter", "2027-03-01T23:00:00Z", "2027-04-29T23:00:00Z"),
        ("pro", "2027-02-01T23:00:00Z", "2027-03-01T23:00:00Z"),
    ]


def test_time_moved_twice_is_still_all_there() -> None:
    account = Ledger()
    orders = [account.order(account.quote(plan_id)) for plan_id in ("starter", "pro", "max")]
    left = timedelta(0)
    for order in orders:
        account.pay(order)
        account.now += timedelta(days=3)
    account.now -= timedelta(days=3)
    check_chain(account)
    for each in account.subscription.terms:
        left += each.period.end - max(each.period.start, account.now)
    assert left >= timedelta(days=3 * 30 - 6)
    assert [each.plan_id for each in unended(account.subscription.terms, account.now)] == ["max", "pro", "starter"]


def test_an_upgrade_follows_where_too_much_time_would_have_to_move_at_once() -> None:
    """A transaction has its limits, and money is real: then the higher plan comes last, and nothing is lost."""
    account = Ledger()
    order = account.order(account.quote("pro"))
    for _ in range(20):
        account.buy("starter")
    effect = account.pay(order)
    check_chain(account)
    assert (effect.moved, effect.period.start) == ((), add_months(NOON, 20, HANOI))


def test_credit_is_counted_before_tax_where_tax_is_added() -> None:
    """A credit comes off before tax: credited with its tax, 99.000 would be worth 106.920 twice taxed."""
    account = Ledger(catalogue=replace(SOLD, tax_inclusive=False))
    account.buy("starter")
    figures = account.quote("pro").figures
    assert (account.money, figures.credit, figures.tax, figures.total) == (106_920, 99_000, 16_000, 216_000)


def test_a_late_upgrade_takes_what_time_has_left_of_the_credit() -> None:
    """Its credit was given back when it expired: days later it is worth less, and the rest is missing."""
    account = Ledger()
    account.buy("starter")
    order = account.order(account.quote("pro"))
    account.now += timedelta(days=15)
    on_time = Ledger(now=account.now, subscription=account.subscription).pay(order)
    assert (on_time.missing_credit, on_time.term and on_time.term.paid) == (0, 299_000)
    late = account.pay(replace(order, status="expired"))
    assert late.missing_credit == 49_500
    assert late.term
    assert late.term.paid == 200_000 + 49_500
    assert late.period.start == account.now


def test_credit_held_by_another_order_is_not_touched() -> None:
    account = Ledger()
    first = account.buy("starter")
    order = account.order(account.quote("pro"))
    account.subscription = replace(account.subscription, reserved_by="ord_other")
    late = account.pay(replace(order, status="expired"))
    assert late.missing_credit == 99_000
    assert late.after.reserved_by == "ord_other"
    assert {each.order_id for each in late.after.terms} == {first.order.id, order.id}
