"""What a purchase is to the time an account has already paid for, and where its own time goes.

Compared with the highest plan among the terms that run or come: the same plan is a renewal and follows all paid time,
or with `start: now` an addition that runs alongside; a higher plan is an upgrade and begins at once; a lower one is a
downgrade and follows all paid time. What was paid is placed by the same rules as of the payment, whatever happened to
the account's terms since the quote; then nothing is refused, and nothing is lost.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from billing.domain.plans import Texts
from billing.domain.problems import Problem
from billing.domain.subscriptions import Period, Term, beginning, leading, moved_behind, place, unended
from billing.domain.times import add_months

STANDS_AS_QUOTED = timedelta(hours=1)
"""A purchase paid this soon after its quoted start keeps the quoted period; later it is placed as of the payment."""


MOST_MOVED = 45
"""Grants and terms that may be moved in one transaction of 100 writes, 40 of which may be the new plan's own grants."""


@dataclass(frozen=True, slots=True)
class Bought:
    """Time of a plan, as quoted: `period` is where the quote saw it; `months` and `extra_days` are its length."""

    plan_id: str
    rank: int
    start: str
    months: int
    extra_days: int
    period: Period


@dataclass(frozen=True, slots=True)
class Placement:
    """Where bought time goes; `moved`: terms that have to make room, each as it was and as it will be."""

    period: Period
    moved: tuple[tuple[Term, Term], ...] = ()


def kind_of_change(terms: tuple[Term, ...], plan_id: str, rank: int, start: str, now: datetime) -> str:
    """`new`, `renewal`, `addition`, `upgrade` or `downgrade`."""
    top = leading(terms, now)
    if top is None:
        return "new"
    if top.plan_id == plan_id:
        return "addition" if start == "now" else "renewal"
    return "upgrade" if rank > top.rank else "downgrade"


def check_change(change: str, name: Texts, start: str) -> None:
    """`plan_not_purchasable` for a lower plan that is to run alongside: its time follows, or there is none."""
    if change == "downgrade" and start == "now":
        raise Problem("plan_not_purchasable", plan=name, reason="plan_runs")


def quoted_period(change: str, terms: tuple[Term, ...], months: int, now: datetime, zone: ZoneInfo) -> Period:
    """Where a quote sees its time."""
    if change in {"new", "addition", "upgrade"}:
        return beginning(now, months, zone)
    return place(terms, months, now, zone)


def place_paid(bought: Bought, others: tuple[Term, ...], now: datetime, zone: ZoneInfo) -> Placement:
    """Where paid time goes at `now`, beside `others`: the account's terms without those credited to it.

    An upgrade moves what is left of them behind itself: two plans bought in parallel both get their time. Where there
    are too many to be moved at once, it follows them.
    """
    change = kind_of_change(others, bought.plan_id, bought.rank, bought.start, now)
    if change == "upgrade" and sum(1 + len(term.features) for term in unended(others, now)) > MOST_MOVED:
        change = "downgrade"
    period = as_quoted(bought, quoted_period(change, others, bought.months, now, zone), now, zone)
    if change != "upgrade":
        return Placement(period)
    days = (period.end - add_months(period.anchor, period.months, zone)).days
    moved, last = [], period
    for term in unended(others, now):
        after = moved_behind(term, last if term.period.start > now else period, (bought.months, days), now, zone)
        if after.period != term.period:
            moved.append((term, after))
        last = max(last, after.period, key=lambda one: one.end)
    return Placement(period, tuple(moved))


def as_quoted(bought: Bought, placed: Period, now: datetime, zone: ZoneInfo) -> Period:
    """The quoted period if it still holds, otherwise `placed` with the days a credit added.

    It still holds when the account's other time ends where the quote saw it end, and the money came soon after.
    """
    quoted = bought.period
    if placed.start == quoted.start:
        return quoted
    if placed.start == now and quoted.start <= now < quoted.start + STANDS_AS_QUOTED:
        return quoted
    return placed.lengthened(bought.extra_days, zone) if bought.extra_days else placed
