"""The end of paid time, what is ready to be bought again, and the links that carry it."""

from datetime import timedelta

import pytest

from billing.domain.pricing import Wish
from billing.domain.reminders import Renewal
from billing.domain.renewals import (
    last_term,
    paid_end,
    read_renewal,
    read_unsubscription,
    ready_renewal,
    renewal_expiry,
    renewal_token,
    unsubscribe_token,
    wish_of,
)
from billing.domain.tokens import InvalidToken, Signer
from tests.support.values import at, period, term

END = at("2026-12-23T10:00")
RENEWAL = Renewal("acc-1", END, "pro", "month", 3)
SIGNER = Signer([b"one"])


def test_the_end_of_paid_time_is_that_of_the_term_that_ends_last() -> None:
    first = term(period(at("2026-11-23T10:00"), 1))
    second = term(period(at("2026-12-23T10:00"), 2), order_id="ord_2")
    assert paid_end(()) is None
    assert paid_end((second, first)) == second.period.end
    assert last_term((second, first)) == second


def test_the_same_plan_interval_and_quantity_are_ready() -> None:
    last = term(period(at("2026-11-23T10:00"), 12), order_id="ord_2")
    ready = ready_renewal("acc-1", last, Wish("pro", "year", 1, "GIAM20"), "ord_2", 12)
    assert wish_of(ready) == Wish("pro", "year", 1)
    assert ready.end == last.period.end


@pytest.mark.parametrize(("months", "quantity"), [(0, 1), (3, 3), (40, 36)])
def test_time_that_made_room_is_ready_again_by_the_month(months: int, quantity: int) -> None:
    last = term(period(at("2026-11-23T10:00"), 3), plan_id="starter", order_id="ord_1")
    ready = ready_renewal("acc-1", last, Wish("pro", "year", 1), "ord_2", months)
    assert wish_of(ready) == Wish("starter", "month", quantity)


def test_a_link_says_what_it_was_made_for_until_two_weeks_after_the_end() -> None:
    token = renewal_token(SIGNER, RENEWAL)
    last_moment = renewal_expiry(RENEWAL) - timedelta(seconds=1)
    assert renewal_expiry(RENEWAL) == END + timedelta(days=14)
    assert read_renewal(SIGNER, token, last_moment) == RENEWAL
    with pytest.raises(InvalidToken):
        read_renewal(SIGNER, token, last_moment + timedelta(seconds=1))


def test_the_same_end_gives_the_same_link_and_two_keys_are_good() -> None:
    token = renewal_token(SIGNER, RENEWAL)
    assert token == renewal_token(SIGNER, RENEWAL)
    assert read_renewal(Signer([b"two", b"one"]), token, END) == RENEWAL
    assert len(token) < 300


def test_a_link_is_good_for_its_one_purpose() -> None:
    with pytest.raises(InvalidToken):
        read_unsubscription(SIGNER, renewal_token(SIGNER, RENEWAL), END)
    with pytest.raises(InvalidToken):
        read_renewal(SIGNER, unsubscribe_token(SIGNER, RENEWAL.account_id, RENEWAL.end), END)
    with pytest.raises(InvalidToken):
        read_renewal(Signer([b"another"]), renewal_token(SIGNER, RENEWAL), END)


def test_reminders_can_be_ended_for_a_year() -> None:
    token = unsubscribe_token(SIGNER, RENEWAL.account_id, RENEWAL.end)
    assert read_unsubscription(SIGNER, token, END + timedelta(days=364)) == "acc-1"
    with pytest.raises(InvalidToken):
        read_unsubscription(SIGNER, token, END + timedelta(days=365))
