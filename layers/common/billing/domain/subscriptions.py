"""Terms: paid time, [start, end), in calendar months of the seller's zone, one after another without gap or overlap."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.domain.money import divide_half_up
from billing.domain.times import add_days, add_months, from_text, seconds_between, to_text


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end), and what its end was counted from: `months` after `anchor`, the first day of the unbroken chain.

    `end` lies later than that where a credit lengthened the time by days; a trial by the day has no months at all.
    """

    start: datetime
    end: datetime
    anchor: datetime
    months: int

    def month_start(self, index: int, zone: ZoneInfo) -> datetime:
        """When the period's month number `index` (from 0) begins."""
        return add_months(self.anchor, self.months - self.length(zone) + index, zone)

    def length(self, zone: ZoneInfo) -> int:
        """How many months it holds, one begun among them; days after the last of them are not counted."""
        count = 0
        while add_months(self.anchor, self.months - count, zone) > self.start:
            count += 1
        return count

    def is_regular(self, zone: ZoneInfo) -> bool:
        """Whether it ends with a month, so that time after it keeps its anchor."""
        return add_months(self.anchor, self.months, zone) == self.end

    def lengthened(self, days: int, zone: ZoneInfo) -> "Period":
        """The same with `days` more."""
        return Period(self.start, add_days(self.end, days, zone), self.anchor, self.months)


@dataclass(frozen=True, slots=True)
class Term:
    """Time of one plan that one order paid for.

    `paid` is what it was paid with, in minor units before added tax: money, and the credit of terms it replaced.
    `features` name its grants. `trial`: it was had for nothing, to try the plan.
    """

    order_id: str
    plan_id: str
    plan_version: int
    rank: int
    period: Period
    paid: int = 0
    features: tuple[str, ...] = ()
    trial: bool = False


def running(terms: tuple[Term, ...], now: datetime) -> Term | None:
    """The term that holds `now`; the highest plan if there are several."""
    holding = [term for term in terms if term.period.start <= now < term.period.end]
    return max(holding, key=lambda term: term.rank, default=None)


def unended(terms: tuple[Term, ...], now: datetime) -> tuple[Term, ...]:
    """The terms that run or come, by their start."""
    return tuple(sorted((term for term in terms if term.period.end > now), key=lambda term: term.period.start))


def last_ended(terms: tuple[Term, ...], now: datetime) -> Term | None:
    """The term that ended last."""
    return max((term for term in terms if term.period.end <= now), key=lambda term: term.period.end, default=None)


def leading(terms: tuple[Term, ...], now: datetime) -> Term | None:
    """The highest of the terms that run or come: what a purchase is compared with."""
    return max(unended(terms, now), key=lambda term: term.rank, default=None)


def paid_until(terms: tuple[Term, ...], now: datetime) -> datetime | None:
    """The end of all continuous paid time from `now`; None when nothing runs."""
    end = None
    for term in unended(terms, now):
        if term.period.start <= (end or now):
            end = max(end or term.period.end, term.period.end)
    return end


def beginning(now: datetime, months: int, zone: ZoneInfo) -> Period:
    """`months` from now on: the first of a chain."""
    return Period(now, add_months(now, months, zone), now, months)


def following(period: Period, months: int, zone: ZoneInfo) -> Period:
    """`months` right after `period`.

    Time that follows other time keeps its anchor, so that a subscription begun on the 31st ends on the last day of
    short months and on the 31st again of long ones. After odd days a new chain begins.
    """
    if not period.is_regular(zone):
        return beginning(period.end, months, zone)
    total = period.months + months
    return Period(period.end, add_months(period.anchor, total, zone), period.anchor, total)


def place(terms: tuple[Term, ...], months: int, now: datetime, zone: ZoneInfo) -> Period:
    """Where `months` bought at `now` go: after all time paid so far, or from now on."""
    last = max(unended(terms, now), key=lambda term: term.period.end, default=None)
    return following(last.period, months, zone) if last else beginning(now, months, zone)


def moved_behind(term: Term, last: Period, shift: tuple[int, int], now: datetime, zone: ZoneInfo) -> Term:
    """`term` makes room: its time goes on after `last`. `shift`: the months and days that came in between.

    Whole time that has not begun follows `last` as it was bought. Time that has begun is paused: what is left keeps
    its calendar, is never shorter than it was, and is worth its share of what was paid.
    """
    period = term.period
    count = period.length(zone)
    odd = period.end - add_months(period.anchor, period.months, zone)
    if period.start > now and period.month_start(0, zone) == period.start:
        moved = following(last, count, zone)
        return _with(term, Period(moved.start, moved.end + odd, moved.anchor, moved.months), term.paid)
    since = max(now, period.start)
    left = period.end - since
    anchor, months = add_days(period.anchor, shift[1], zone), period.months + shift[0]
    end = max(add_months(anchor, months, zone) + odd, last.end + left)
    share = seconds_between(since, period.end), seconds_between(period.start, period.end)
    return _with(term, Period(last.end, end, anchor, months), divide_half_up(term.paid * share[0], share[1]))


def _with(term: Term, period: Period, paid: int) -> Term:
    return replace(term, period=period, paid=paid)


def end_term(terms: tuple[Term, ...], order_id: str, now: datetime) -> tuple[Term, ...]:
    """The terms when an order's time ends at `now`: cut off where it runs, left out where it has not begun.

    Other terms stay where they are, for their buyers were told their days.
    """
    kept = (term for term in terms if term.order_id != order_id or term.period.start <= now)
    return tuple(
        replace(term, period=replace(term.period, end=min(term.period.end, now))) if term.order_id == order_id else term
        for term in kept
    )


def period_to_record(period: Period) -> dict[str, Any]:
    """A period as plain values."""
    return {
        "start": to_text(period.start),
        "end": to_text(period.end),
        "anchor": to_text(period.anchor),
        "months": period.months,
    }


def period_from_record(record: dict[str, Any]) -> Period:
    """The inverse of `period_to_record`."""
    return Period(from_text(record["start"]), from_text(record["end"]), from_text(record["anchor"]), record["months"])
