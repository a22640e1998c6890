"""What a provider's message means for an order, and where late money places its time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.changes import place_paid
from billing.domain.identifiers import derived_id, invoice_id, order_id, payment_id, stable_index
from billing.domain.orders import Order
from billing.domain.payments import DocumentRequest, Notice, Payment, effect_is_stored, misfit
from billing.domain.pricing import Account, Wish, make_quote
from billing.domain.subscriptions import Period, Term
from tests.support.values import HANOI, NOON, catalogue, period, term

RECEIPT = DocumentRequest("receipt", "", "BL{yy}", HANOI.key)


def order(terms: tuple[Term, ...] = (), months: int = 1, quoted_at: datetime = NOON) -> Order:
    account, wish = Account("acc-1", terms), Wish("pro", "month", months)
    quote = make_quote(account, wish, catalogue(), discount=0, minimum=5000, now=quoted_at)
    return Order(
        id="ord_1",
        account_id="acc-1",
        email="lan@khach.example",
        language="vi",
        status="pending",
        version=1,
        quote=quote,
        period=quote.period,
        document=RECEIPT,
        buyer=None,
        attempts=(),
        request_hash="",
        created_at=quoted_at,
        expires_at=quoted_at + timedelta(minutes=30),
    )


def placed_at(order: Order, terms: tuple[Term, ...], now: datetime) -> Period:
    """Where the order's time goes when it is paid at `now`."""
    return place_paid(order.quote.bought, terms, now, HANOI).period


PAYMENT = Payment(
    id="pay_1",
    order_id="ord_1",
    account_id="acc-1",
    provider="vnpay",
    reference="R1",
    amount=299_000,
    currency="VND",
    status="open",
    url=None,
    qr_content=None,
    document=RECEIPT,
    created_at=NOON,
    expires_at=NOON + timedelta(minutes=30),
)


def notice(**changes: Any) -> Notice:
    values: dict[str, Any] = {
        "provider": "vnpay",
        "reference": "R1",
        "outcome": "paid",
        "amount": 299_000,
        "currency": "VND",
        "transaction": "T1",
        "reason": "",
        "occurred_at": NOON,
    }
    return Notice(**values | changes)


@given(st.timedeltas(timedelta(0), timedelta(minutes=59, seconds=59)), st.integers(min_value=1, max_value=36))
def test_money_that_comes_soon_gets_the_quoted_period(passed: timedelta, months: int) -> None:
    """What was quoted is what is credited."""
    placed, now = order(months=months), (NOON + passed).replace(microsecond=0)
    assert placed_at(placed, (), now) == placed.quote.period


@given(st.timedeltas(timedelta(hours=1), timedelta(days=400)), st.integers(min_value=1, max_value=36))
def test_money_that_comes_late_loses_no_time(passed: timedelta, months: int) -> None:
    """T11, T63: an order paid days later gets its whole time from the payment on."""
    now = (NOON + passed).replace(microsecond=0)
    placed = placed_at(order(months=months), (), now)
    assert placed.start == now
    assert placed.length(HANOI) == months


def test_renewal_keeps_its_place_however_late_within_the_paid_time() -> None:
    running = (term(period(NOON, 2)),)
    placed, now = order(running), NOON + timedelta(days=30)
    assert placed_at(placed, running, now) == placed.quote.period


def test_two_orders_quoted_for_the_same_time_follow_each_other() -> None:
    """T65: both were quoted from now; the second to be paid is placed after the first."""
    first, second = order(), replace(order(), id="ord_2")
    now = NOON + timedelta(minutes=5)
    won = placed_at(first, (), now)
    paid = (term(won),)
    follows = placed_at(second, paid, now)
    assert follows.start == won.end


def test_renewal_paid_just_after_the_end_leaves_no_gap() -> None:
    running = (term(period(NOON, 1)),)
    end = running[0].period.end
    placed = order(running, quoted_at=end - timedelta(minutes=10))
    soon, late = end + timedelta(minutes=20), end + timedelta(hours=2)
    assert placed_at(placed, running, soon) == placed.quote.period
    assert placed_at(placed, running, late).start == late


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [({}, False), ({"amount": 298_999}, True), ({"amount": 29_900_000}, True), ({"currency": "USD"}, True)],
)
def test_money_has_to_be_what_the_attempt_asked_for(changes: dict[str, Any], wrong: bool) -> None:
    """T19, T44."""
    assert misfit(notice(**changes), PAYMENT) == wrong


@pytest.mark.parametrize(
    ("status", "transaction", "message", "stored"),
    [
        ("open", None, {}, False),
        ("succeeded", "T1", {}, True),
        ("succeeded", "T1", {"transaction": "T2"}, False),
        ("failed", None, {}, False),
        ("expired", None, {}, False),
        ("closed", None, {}, False),
        ("refunded", "T1", {}, True),
        ("open", None, {"outcome": "failed"}, False),
        ("failed", None, {"outcome": "failed"}, True),
        ("succeeded", "T1", {"outcome": "failed"}, True),
    ],
)
def test_duplicate_is_what_has_been_done_not_what_has_been_received(
    status: str, transaction: str | None, message: dict[str, Any], stored: bool
) -> None:
    """T12, T20: a late failure changes nothing; money after a failure does; other money is no duplicate."""
    payment = replace(PAYMENT, status=status, transaction=transaction)
    assert effect_is_stored(notice(**message), payment) == stored


def test_ids_follow_from_what_they_stand_for() -> None:
    """T02, T67: one order for each account and key."""
    assert order_id("a", "k") == order_id("a", "k")
    assert (
        len({order_id("a", "k"), order_id("b", "k"), order_id("a", "l"), order_id("ak", ""), order_id("", "ak")}) == 5
    )
    assert payment_id("ord_1", 1) != payment_id("ord_1", 2)
    assert invoice_id("ord_1").startswith("inv_")


@given(st.lists(st.text(max_size=5), min_size=1, max_size=3), st.lists(st.text(max_size=5), min_size=1, max_size=3))
def test_different_parts_give_different_ids(one: list[str], other: list[str]) -> None:
    assert (derived_id("x", *one) == derived_id("x", *other)) == (one == other)


@given(st.text(max_size=30), st.integers(min_value=1, max_value=20))
def test_stable_choice_is_within_its_range_and_stays(text: str, count: int) -> None:
    assert 0 <= stable_index(text, count) < count
    assert stable_index(text, count) == stable_index(text, count)
