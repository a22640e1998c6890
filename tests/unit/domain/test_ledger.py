"""Which window pays, what a commit keeps, what rolls over, and when a balance is worth a word."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.ledger import allocate, level_of, merged, split
from billing.domain.plans import Quota, Rollover
from billing.domain.quotas import Balance, Grant, Hold, balances, grants_for, slots
from tests.support.values import HANOI, NOON, at, period, quota, texts

amounts = st.integers(min_value=0, max_value=2_000)


def grant(days: int, amount: int, used: int = 0, order_id: str = "ord_1") -> Grant:
    """A grant of `amount` for the whole of a term that began `days` ago and lasts one month."""
    made = Grant(order_id, "tokens", "metered", amount, "term", period(NOON - timedelta(days=days), 1), {})
    return replace(made, used={0: used}) if used else made


@given(st.lists(st.tuples(st.integers(0, 27), amounts), max_size=5), amounts)
def test_what_ends_first_is_taken_first_and_whole_or_not_at_all(plans: list[tuple[int, int]], amount: int) -> None:
    """T54: a request is served in full or refused; no window gives more than it has."""
    grants = [grant(days, size, order_id=f"ord_{number}") for number, (days, size) in enumerate(plans)]
    open_slots = slots(grants, NOON, HANOI)
    taken = allocate(open_slots, amount)
    if taken is None:
        assert sum(slot.free for slot in open_slots) < amount
        return
    assert sum(count for _, count in taken) == amount
    assert all(0 < count <= slot.free for slot, count in taken)
    assert all(count == slot.free for slot, count in taken[:-1]), "a later one is touched once an earlier is empty"
    assert [slot.grant for slot, _ in taken] == [slot.grant for slot in open_slots if slot.free][: len(taken)]


@given(st.lists(st.integers(1, 100), min_size=1, max_size=4), st.integers(0, 500))
def test_a_commit_keeps_the_first_parts_and_gives_the_last_back(sizes: list[int], amount: int) -> None:
    parts = [
        slot.part(size)
        for size, slot in zip(
            sizes, slots([grant(n, 100, order_id=f"o{n}") for n in range(4)], NOON, HANOI), strict=False
        )
    ]
    kept, given_back = split(parts, amount)
    assert sum(part.amount for part in kept) == min(amount, sum(sizes))
    assert merged([*kept, *given_back]) == tuple(parts)
    assert all(part.amount > 0 for part in (*kept, *given_back))


def test_an_expired_hold_is_free_again_for_people_but_still_counted_in_the_grant() -> None:
    made = grant(0, 1_000, used=700)
    (slot,) = slots([made], NOON, HANOI)
    live = Hold("use_1", "tokens", NOON + timedelta(seconds=1), (slot.part(300),))
    lapsed = Hold("use_2", "tokens", NOON, (slot.part(200),))
    (balance,) = balances([made], NOON, HANOI, [live, lapsed])
    assert (balance.granted, balance.used, balance.held, balance.remaining) == (1_000, 200, 300, 500)
    (certain,) = slots([made], NOON, HANOI, [live])
    assert certain.free == 300


def test_a_hold_that_is_seen_without_its_count_shows_nothing_impossible() -> None:
    made = grant(0, 1_000)
    (slot,) = slots([made], NOON, HANOI)
    hold = Hold("use_1", "tokens", NOON + timedelta(seconds=1), (slot.part(300),))
    (balance,) = balances([made], NOON, HANOI, [hold])
    assert (balance.used, balance.held, balance.remaining) == (0, 300, 700)


def rolling(used: dict[int, int], maximum: int = 500, minimum: int = 1) -> Grant:
    """A year of 1000 a month of which something moves on."""
    monthly = Quota("tokens", texts("tokens"), "metered", 1_000, "month", Rollover(maximum, minimum))
    (made,) = grants_for([monthly], "ord_1", period(at("2026-01-31T09:00:00"), 12))
    return replace(made, used=used)


def granted(made: Grant, month: int) -> int:
    """What the balance grants in a month (from 0)."""
    (balance,) = balances([made], made.windows(HANOI)[month].start, HANOI)
    return balance.granted


@pytest.mark.parametrize(
    ("used", "second"), [({}, 1_500), ({0: 400}, 1_500), ({0: 700}, 1_300), ({0: 1_000}, 1_000), ({0: 0}, 1_500)]
)
def test_what_is_left_of_a_month_moves_on_up_to_a_maximum(used: dict[int, int], second: int) -> None:
    """T52: computed from what was used, at the very instant the month turns; there is no job that could fail."""
    assert granted(rolling(used), 1) == second


def test_less_than_the_minimum_stays_behind() -> None:
    assert granted(rolling({0: 801}, minimum=200), 1) == 1_000
    assert granted(rolling({0: 800}, minimum=200), 1) == 1_200


def test_what_moved_on_is_used_first_and_ends_with_its_month() -> None:
    """T52: of the second month's 1500, 500 came along and are used first; 1000 - 100 of its own are left."""
    assert granted(rolling({1: 600}), 2) == 1_500
    assert granted(rolling({1: 1_200}), 2) == 1_300
    assert granted(rolling({1: 300}), 2) == 1_500, "not 500 and what is left of what came along"


def test_the_first_month_and_the_next_term_start_with_their_amount() -> None:
    assert granted(rolling({}), 0) == 1_000
    made = rolling({})
    assert balances([made], made.period.end, HANOI)[0].granted == 0


def test_what_will_move_on_is_not_promised() -> None:
    made = rolling({})
    (balance,) = balances([made], made.period.start, HANOI)
    assert {window.amount for window in balance.upcoming} == {1_000}


def test_what_a_refund_took_back_does_not_move_on() -> None:
    made = replace(rolling({}), taken_back={0: 800})
    assert granted(made, 1) == 1_200


@given(st.lists(st.integers(0, 1_500), max_size=11))
def test_no_month_gives_more_than_its_amount_and_the_maximum(use: list[int]) -> None:
    made = rolling({})
    for month, wish in enumerate(use):
        (slot,) = slots([made], made.windows(HANOI)[month].start, HANOI)
        assert 1_000 <= slot.limit <= 1_500
        made = replace(made, used={**made.used, month: min(wish, slot.limit)})


@pytest.mark.parametrize(
    ("used", "granted_in_all", "level"),
    [(0, 0, None), (79, 100, None), (80, 100, "low"), (99, 100, "low"), (100, 100, "exhausted"), (4, 5, "low")],
)
def test_levels(used: int, granted_in_all: int, level: str | None) -> None:
    assert level_of(Balance("tokens", "metered", granted_in_all, used, 0, None, ())) == level


def test_features_are_apart() -> None:
    made = grants_for([quota("tokens"), quota("documents")], "ord_1", period(NOON, 1))
    (slot, _) = slots(made, NOON, HANOI)
    hold = Hold("use_1", slot.grant.feature, NOON + timedelta(days=1), (slot.part(10),))
    held = {balance.feature: balance.held for balance in balances(made, NOON, HANOI, [hold])}
    assert held == {"documents": 10, "tokens": 0}
