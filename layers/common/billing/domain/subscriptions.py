"""Terms: paid time, [start, end), in calendar months of the seller's zone, one after another without gap or overlap."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from billing.domain.times import add_months


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end), and what its end was counted from: `months` after `anchor`, the first day of the unbroken chain."""

    start: datetime
    end: datetime
    anchor: datetime
    months: int

    def month_start(self, index: int, zone: ZoneInfo) -> datetime:
        """When the period's month number `index` (from 0) begins."""
        return add_months(self.anchor, self.months - self.length(zone) + index, zone)

    def length(self, zone: ZoneInfo) -> int:
        """How many months it holds."""
        count = 0
        while add_months(self.anchor, self.months - count, zone) > self.start:
            count += 1
        return count


@dataclass(frozen=True, slots=True)
class Term:
    """Time of one plan that one order paid for."""

    order_id: str
    plan_id: str
    plan_version: int
    rank: int
    period: Period


def running(terms: tuple[Term, ...], now: datetime) -> Term | None:
    """The term that holds `now`; the highest plan if there are several."""
    holding = [term for term in terms if term.period.start <= now < term.period.end]
    return max(holding, key=lambda term: term.rank, default=None)


def unended(terms: tuple[Term, ...], now: datetime) -> tuple[Term, ...]:
    """The terms that run or come, by their start."""
    return tuple(sorted((term for term in terms if term.period.end > now), key=lambda term: term.period.start))


def paid_until(terms: tuple[Term, ...], now: datetime) -> datetime | None:
    """The end of all continuous paid time from `now`; None when nothing runs."""
    end = None
    for term in unended(terms, now):
        if term.period.start <= (end or now):
            end = max(end or term.period.end, term.period.end)
    return end


def place(terms: tuple[Term, ...], months: int, now: datetime, zone: ZoneInfo) -> Period:
    """Where `months` bought at `now` go: after all time paid so far, or from now on.

    Time that follows other time keeps its anchor, so that a subscription begun on the 31st ends on the last day of
    short months and on the 31st again of long ones.
    """
    following = unended(terms, now)
    if not following:
        return Period(now, add_months(now, months, zone), now, months)
    last = max(following, key=lambda term: term.period.end).period
    total = last.months + months
    return Period(last.end, add_months(last.anchor, total, zone), last.anchor, total)


def end_term(terms: tuple[Term, ...], order_id: str, now: datetime) -> tuple[Term, ...]:
    """The terms when an order's time ends at `now`: cut off where it runs, left out where it has not begun.

    Other terms stay where they are, for their buyers were told their days.
    """
    kept = (term for term in terms if term.order_id != order_id or term.period.start <= now)
    return tuple(
        replace(term, period=replace(term.period, end=min(term.period.end, now))) if term.order_id == order_id else term
        for term in kept
    )
