"""What a refund takes back of what was bought, and what it leaves."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.banks import BankAccount
from billing.domain.orders import Order
from billing.domain.quotas import Grant, balances, grants_for
from billing.domain.refunds import Effect, Refund, TakenBack, effect_of, status_of_payment, take_back, transfer_code
from billing.domain.subscriptions import Term, end_term, paid_until
from billing.domain.vietqr import read
from tests.support.orders import fulfilled
from tests.support.refunds import refund
from tests.support.values import HANOI, NOON, period, quota, term

TOTAL = 299_000

amounts = st.integers(min_value=1, max_value=10**9)
totals = st.integers(min_value=1_000, max_value=10**9)
months = st.integers(min_value=1, max_value=36)


def grant(amount: int = 1000, length: int = 1, per: str = "month", used: dict[int, int] | None = None) -> Grant:
    """A metered grant that begins at NOON."""
    (made,) = grants_for([quota(amount=amount, per=per)], "ord_1", period(NOON, length))
    return replace(made, used=used or {})


@st.composite
def used_grants(draw: st.DrawFn) -> Grant:
    """A grant of which any part of any window is used."""
    amount, length = draw(amounts), draw(months)
    used = draw(st.dictionaries(st.integers(0, length - 1), st.integers(0, amount)))
    return grant(amount, length, used=used)


@st.composite
def parts(draw: st.DrawFn) -> tuple[int, list[int]]:
    """A total, and sums that were refunded of it after one another, each with those before."""
    total = draw(totals)
    sums = sorted(draw(st.lists(st.integers(1, total), min_size=1, max_size=6)))
    return total, sums


@given(used_grants(), parts(), st.integers(0, 36 * 31))
def test_parts_take_as_much_as_one_refund_of_the_same_sum(
    made: Grant, refunds: tuple[int, list[int]], days: int
) -> None:
    """T56: each refund is worked out from what was bought and all that was refunded, not from what is left."""
    total, sums = refunds
    now = NOON + timedelta(days=days)
    grants: tuple[Grant, ...] = (made,)
    for refunded in sums:
        grants, _ = take_back(grants, refunded, total, now, HANOI)
    at_once, _ = take_back((made,), sums[-1], total, now, HANOI)
    assert grants == at_once


@given(used_grants(), parts())
def test_no_balance_goes_below_zero_and_every_shortfall_is_recorded(
    made: Grant, refunds: tuple[int, list[int]]
) -> None:
    """T56: what was used is not taken; taken and shortfall together are what the refund was to take."""
    total, sums = refunds
    grants: tuple[Grant, ...] = (made,)
    for refunded in sums:
        before, (grants, taken) = grants[0], take_back(grants, refunded, total, NOON, HANOI)
        windows = {window.start: index for index, window in enumerate(made.windows(HANOI))}
        for one in taken:
            wanted = made.amount * refunded // total - before.taken_back.get(windows[one.window_start], 0)
            assert one.amount + one.shortfall == wanted
            assert one.amount >= 0
            assert one.shortfall >= 0
        for window, used in zip(grants[0].windows(HANOI), by_window(grants[0]), strict=True):
            assert 0 <= used <= window.amount
    assert all(balance.remaining >= 0 for balance in balances(grants, NOON, HANOI))


def by_window(made: Grant) -> list[int]:
    """What is used of each window."""
    return [made.used.get(index, 0) for index in range(len(made.windows(HANOI)))]


@given(used_grants(), totals)
def test_a_full_refund_takes_all_that_is_unused(made: Grant, total: int) -> None:
    (after,), _ = take_back((made,), total, total, NOON, HANOI)
    assert [window.amount for window in after.windows(HANOI)] == by_window(after)


def test_the_worked_examples_of_the_docs() -> None:
    """docs/refunds.md: half of 299.000 ₫ goes back while 1.900.000 of 2.000.000 tokens are used."""
    (after,), taken = take_back((grant(2_000_000, used={0: 1_900_000}),), 149_500, TOTAL, NOON, HANOI)
    assert taken == (TakenBack("tokens", NOON, 100_000, 900_000),)
    assert after.taken_back == {0: 100_000}
    (after,), taken = take_back((grant(2_000_000),), 100_000, TOTAL, NOON, HANOI)
    assert taken == (TakenBack("tokens", NOON, 668_896, 0),)
    _, taken = take_back((after,), 200_000, TOTAL, NOON, HANOI)
    assert taken == (TakenBack("tokens", NOON, 1_337_792 - 668_896, 0),)


def test_windows_that_are_over_keep_what_they_gave() -> None:
    made = grant(1000, 3, used={0: 800})
    now = made.windows(HANOI)[1].start
    (after,), taken = take_back((made,), TOTAL, TOTAL, now, HANOI)
    assert after.taken_back == {1: 1000, 2: 1000}
    assert [one.window_start for one in taken] == [window.start for window in made.windows(HANOI)[1:]]


@pytest.mark.parametrize("kind", ["limit", "switch"])
def test_limits_and_switches_last_as_long_as_the_term(kind: str) -> None:
    made = grants_for([quota("seats", kind, 10, None)], "ord_1", period(NOON, 1))
    assert take_back(made, TOTAL - 1, TOTAL, NOON, HANOI) == (made, ())


def effect(amount: int, order: Order | None = None, terms: tuple[Term, ...] = (), now: datetime = NOON) -> Effect:
    """What a refund of `amount` does to a fulfilled order of one month."""
    bought = order or fulfilled(refunding=amount)
    grants = grants_for(bought.quote.quotas, bought.id, bought.period)
    return effect_of(refund(amount=amount, paid_amount=TOTAL), bought, grants, terms, now)


def test_a_part_leaves_time_and_grants_in_force() -> None:
    terms = (term(fulfilled().period),)
    done = effect(100_000, terms=terms)
    assert (done.order.status, done.order.refunded, done.order.refunding) == ("partially_refunded", 100_000, 0)
    assert (done.terms, done.ends_term) == (terms, False)
    assert all(after.revoked_at is None for _, after in done.grants)


def test_everything_back_ends_the_term_and_revokes_its_grants() -> None:
    now = NOON + timedelta(days=3)
    bought = fulfilled(refunding=TOTAL)
    done = effect(TOTAL, bought, (term(bought.period, order_id=bought.id),), now)
    assert (done.order.status, done.ends_term) == ("refunded", True)
    assert [one.period.end for one in done.terms] == [now]
    assert [after.revoked_at for _, after in done.grants] == [now]
    assert balances([after for _, after in done.grants], now, HANOI) == ()


def test_the_last_part_is_everything_as_well() -> None:
    bought = fulfilled(status="partially_refunded", refunded=200_000, refunding=99_000)
    assert effect(99_000, bought).order.status == "refunded"


def test_a_term_that_is_over_is_left_as_it_was() -> None:
    bought = fulfilled(refunding=TOTAL)
    done = effect(TOTAL, bought, (), bought.period.end)
    assert (done.order.status, done.grants, done.taken_back) == ("refunded", (), ())


def test_of_several_terms_only_the_orders_own_ends() -> None:
    running, later, last = (
        term(period(NOON + timedelta(days=30 * index), 1), order_id=f"ord_{index}") for index in range(3)
    )
    terms, now = (running, later, last), NOON + timedelta(days=2)
    assert end_term(terms, "ord_1", now) == (running, last)
    cut = end_term(terms, "ord_0", now)
    assert (cut[0].period.start, cut[0].period.end, cut[1:]) == (NOON, now, (later, last))
    assert paid_until(cut, now) is None, "the others keep their days"
    assert end_term(terms, "ord_9", now) == terms


def test_a_term_refunded_in_its_first_second_is_over() -> None:
    (only,) = end_term((term(period(NOON, 1)),), "ord_1", NOON)
    assert only.period.start == only.period.end == NOON


@pytest.mark.parametrize(("amount", "given_back", "status"), [(1, 0, "partially_refunded"), (99, 200, "refunded")])
def test_a_payment_is_refunded_once_all_of_it_went_back(amount: int, given_back: int, status: str) -> None:
    assert status_of_payment(refund(amount=amount, given_back=given_back, paid_amount=299)) == status


BANK = BankAccount("970436", "0071000123456", "NGUYEN THI LAN")


def test_a_transfer_by_hand_has_a_code_to_scan() -> None:
    made = refund(by_api=False, bank=BANK, amount=50_000)
    transfer = read(transfer_code(made) or "")
    assert (transfer.bank_bin, transfer.account, transfer.amount) == (BANK.bank, BANK.number, 50_000)
    assert transfer.memo == f"HOAN TIEN {made.short_id}"


@pytest.mark.parametrize(
    "changes",
    [
        {"by_api": True},
        {"bank": None},
        {"bank": replace(BANK, bank="Vietcombank")},
        {"bank": replace(BANK, number="VN 12-34")},
        {"status": "succeeded"},
        {"status": "failed"},
    ],
)
def test_there_is_no_code_for_what_nobody_is_to_transfer(changes: dict[str, object]) -> None:
    made: Refund = replace(refund(by_api=False, bank=BANK), **changes)  # type: ignore[arg-type]
    assert transfer_code(made) is None
