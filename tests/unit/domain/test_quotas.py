"""Windows and balances are computed from the grants: no job resets anything."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.quotas import Grant, balances, free_grants, grants_for
from billing.domain.subscriptions import place
from billing.domain.times import to_text
from tests.support.values import HANOI, NOON, at, moments, period, plan, quota, term

counts = st.integers(min_value=1, max_value=36)


def grant(start: datetime, months: int, **changes: object) -> Grant:
    values = {"kind": "metered", "amount": 1000, "per": "month", "feature": "tokens"} | changes
    (made,) = grants_for([quota(**values)], "ord_1", period(start, months))  # type: ignore[arg-type]
    return made


@given(moments, counts)
def test_monthly_windows_cover_the_term_exactly(start: datetime, months: int) -> None:
    made = grant(start, months)
    windows = made.windows(HANOI)
    assert len(windows) == months
    assert (windows[0].start, windows[-1].end) == (made.period.start, made.period.end)
    assert all(before.end == after.start for before, after in pairwise(windows))


@given(moments, counts, counts)
def test_renewed_term_has_its_own_windows_and_no_others(start: datetime, first: int, second: int) -> None:
    """T45: the windows of a renewal are counted from the chain's anchor, so that they meet the first term's."""
    running = period(start, first)
    renewed = place((term(running),), second, start, HANOI)
    (made,) = grants_for([quota()], "ord_2", renewed)
    windows = made.windows(HANOI)
    assert len(windows) == second
    assert (windows[0].start, windows[-1].end) == (running.end, renewed.end)


def test_windows_of_a_term_begun_on_the_31st() -> None:
    windows = grant(at("2026-01-31T09:00:00"), 3).windows(HANOI)
    assert [to_text(window.start)[:10] for window in windows] == ["2026-01-31", "2026-02-28", "2026-03-31"]


def test_amount_for_the_term_is_given_once() -> None:
    made = grant(NOON, 12, per="term")
    (window,) = made.windows(HANOI)
    assert (window.amount, window.start, window.end) == (1000, made.period.start, made.period.end)


@given(moments, counts, st.integers(min_value=0, max_value=35))
def test_balance_at_any_moment_is_that_months_window(start: datetime, months: int, month: int) -> None:
    """T51, T52: at the reset's instant the new month counts, fully and once, without any job."""
    made = grant(start, months)
    windows = made.windows(HANOI)
    month %= months
    for moment in (windows[month].start, windows[month].end - timedelta(seconds=1)):
        (balance,) = balances([made], moment, HANOI)
        assert (balance.granted, balance.used, balance.remaining) == (1000, 0, 1000)
        assert balance.next_expiry == windows[month].end
        assert balance.upcoming == windows[month + 1 :]


def test_use_counts_in_its_own_month_only() -> None:
    used = Grant("ord_1", "tokens", "metered", 1000, "month", period(NOON, 2), {0: 400})
    (first,) = balances([used], NOON, HANOI)
    (second,) = balances([used], used.windows(HANOI)[1].start, HANOI)
    assert (first.used, first.remaining) == (400, 600)
    assert (second.used, second.remaining) == (0, 1000)


def test_grants_of_one_feature_add_up_and_expire_one_by_one() -> None:
    bought = grant(NOON, 1)
    added = grant(NOON + timedelta(days=10), 1, amount=500)
    (balance,) = balances([bought, added], NOON + timedelta(days=11), HANOI)
    assert (balance.granted, balance.next_expiry) == (1500, bought.period.end)
    (balance,) = balances([bought, added], bought.period.end, HANOI)
    assert balance.granted == 500


@pytest.mark.parametrize(("kind", "amounts", "highest"), [("limit", [3, 10], 10), ("switch", [0, 1], 1)])
def test_limits_and_switches_do_not_add_up(kind: str, amounts: list[int], highest: int) -> None:
    grants = [grant(NOON, 1, kind=kind, amount=amount, per=None) for amount in amounts]
    (balance,) = balances(grants, NOON, HANOI)
    assert (balance.type, balance.granted) == (kind, highest)


def test_before_and_after_the_term_nothing_is_granted() -> None:
    made = grant(NOON, 1)
    (before,) = balances([made], NOON - timedelta(seconds=1), HANOI)
    (after,) = balances([made], made.period.end, HANOI)
    assert (before.granted, before.next_expiry, len(before.upcoming)) == (0, None, 1)
    assert (after.granted, after.next_expiry, after.upcoming) == (0, None, ())


def test_features_keep_the_order_of_the_plan() -> None:
    grants = grants_for([quota("tokens"), quota("seats", "limit", 3, None), quota("documents")], "o", period(NOON, 1))
    assert [balance.feature for balance in balances(grants, NOON, HANOI)] == ["tokens", "seats", "documents"]


@given(moments)
def test_free_quotas_are_those_of_the_calendar_month_in_vietnam(now: datetime) -> None:
    """T47: at 17:00 UTC on the last day, the next month has begun."""
    free = plan("free", free=True, prices={}, quotas=(quota(per="month"), quota("documents", per="term")))
    for each in free_grants(free, now, HANOI):
        (window,) = each.windows(HANOI)
        start, end, local = window.start.astimezone(HANOI), window.end.astimezone(HANOI), now.astimezone(HANOI)
        assert window.start <= now < window.end
        assert (start.year, start.month, start.day, start.hour) == (local.year, local.month, 1, 0)
        assert (end - start).days in {28, 29, 30, 31}
        assert (end.day, end.hour) == (1, 0)


def test_free_month_turns_at_midnight_in_vietnam() -> None:
    """T47: 30 November, 17:00 UTC is 1 December in Vietnam."""
    (grant_before,) = free_grants(plan(quotas=(quota(),)), at("2026-11-30T16:59:59Z"), HANOI)
    (grant_after,) = free_grants(plan(quotas=(quota(),)), at("2026-11-30T17:00:00Z"), HANOI)
    assert to_text(grant_before.period.end) == to_text(grant_after.period.start) == "2026-11-30T17:00:00Z"


def test_what_a_refund_took_back_is_not_granted() -> None:
    made = replace(grant(NOON, 2), used={0: 100}, taken_back={0: 600, 1: 500})
    (balance,) = balances([made], NOON, HANOI)
    assert (balance.granted, balance.used, balance.remaining) == (400, 100, 300)
    assert [window.amount for window in balance.upcoming] == [500]


def test_a_revoked_grant_gives_nothing() -> None:
    made = replace(grant(NOON, 2), revoked_at=NOON + timedelta(days=1))
    assert len(balances([made], NOON, HANOI)) == 1
    assert balances([made], NOON + timedelta(days=1), HANOI) == ()
