"""What a term gives: amounts of a feature, each valid in a window. Windows are computed, no job resets anything.

A grant of a plan counts only while its term stands among the account's terms (`standing`): where a term was credited to
another purchase, its grants give nothing from that moment on, without a write to any of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from billing.domain.plans import Plan, Quota
from billing.domain.subscriptions import Period, Term
from billing.domain.times import add_months, seconds_between


@dataclass(frozen=True, slots=True)
class Window:
    """`amount` of a feature, usable in [start, end)."""

    amount: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """One stored grant for a feature and a term; `used[i]` of its window `i` is spent.

    `taken_back[i]` of window `i` went back with a refund, `carried[i]` was spent already under a plan that this one
    replaced; from `revoked_at` on, nothing of the grant counts. `standalone`: bought as an add-on, beside any term.
    """

    order_id: str
    feature: str
    type: str
    amount: int
    per: str | None
    period: Period
    used: dict[int, int]
    taken_back: dict[int, int] = field(default_factory=dict)
    revoked_at: datetime | None = None
    carried: dict[int, int] = field(default_factory=dict)
    standalone: bool = False

    def windows(self, zone: ZoneInfo) -> tuple[Window, ...]:
        """One window for each month of a monthly amount, otherwise one for the whole term."""
        return tuple(
            Window(full.amount - self.taken_back.get(index, 0) - self.carried.get(index, 0), full.start, full.end)
            for index, full in enumerate(self.full_windows(zone))
        )

    def full_windows(self, zone: ZoneInfo) -> tuple[Window, ...]:
        """The windows with all that was bought; a month cut short by the end gives its share, rounded up."""
        period = self.period
        if self.per != "month":
            return (Window(self.amount, period.start, period.end),)
        month = period.months - period.length(zone)
        cuts = [add_months(period.anchor, month, zone)]
        while cuts[-1] < period.end:
            month += 1
            cuts.append(add_months(period.anchor, month, zone))
        return tuple(self._month(start, end) for start, end in pairwise(cuts))

    def _month(self, start: datetime, end: datetime) -> Window:
        period = self.period
        whole, had = seconds_between(start, end), seconds_between(start, min(end, period.end))
        return Window(-(-self.amount * had // whole), max(start, period.start), min(end, period.end))


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account has of one feature at a moment; for `limit` and `switch`, `granted` is the highest in force."""

    feature: str
    type: str
    granted: int
    used: int
    held: int
    next_expiry: datetime | None
    upcoming: tuple[Window, ...]

    @property
    def remaining(self) -> int:
        """What can still be used."""
        return self.granted - self.used - self.held


def grants_for(quotas: Iterable[Quota], order_id: str, period: Period) -> tuple[Grant, ...]:
    """The grants that a term of a plan with these quotas brings."""
    return tuple(Grant(order_id, quota.feature, quota.type, quota.amount, quota.per, period, {}) for quota in quotas)


def standing(grants: Iterable[Grant], terms: Iterable[Term]) -> tuple[Grant, ...]:
    """The grants that count: add-ons, and those whose term is among the account's as it was granted for."""
    ends = {(term.order_id, term.period.end) for term in terms}
    return tuple(grant for grant in grants if grant.standalone or (grant.order_id, grant.period.end) in ends)


def used_by_feature(grants: Iterable[Grant]) -> dict[str, int]:
    """All that was spent of each metered feature."""
    used: dict[str, int] = {}
    for grant in grants:
        if grant.type == "metered":
            used[grant.feature] = used.get(grant.feature, 0) + sum(grant.used.values())
    return used


def carry(grants: Iterable[Grant], spent: Mapping[str, int], zone: ZoneInfo) -> tuple[Grant, ...]:
    """New grants, less what was spent of the same features under the plan they replace; no window gets below zero."""
    carried = []
    for grant in grants:
        left, taken = spent.get(grant.feature, 0) if grant.type == "metered" else 0, {}
        for index, window in enumerate(grant.windows(zone)):
            part = min(left, window.amount)
            left -= part
            if part:
                taken[index] = part
        carried.append(replace(grant, carried=taken))
    return tuple(carried)


def moved_grant(grant: Grant, period: Period, zone: ZoneInfo) -> Grant:
    """The grant of a term that was moved to `period`; months that were over by then are left out."""
    over = grant.period.length(zone) - period.length(zone) if grant.per == "month" else 0

    def kept(counts: dict[int, int]) -> dict[int, int]:
        return {index - over: count for index, count in counts.items() if index >= over}

    return replace(
        grant,
        period=period,
        used=kept(grant.used),
        taken_back=kept(grant.taken_back),
        carried=kept(grant.carried),
    )


def balances(grants: Iterable[Grant], now: datetime, zone: ZoneInfo) -> tuple[Balance, ...]:
    """The balance of every feature, in the order in which the features first appear."""
    by_feature: dict[str, list[Grant]] = {}
    for grant in grants:
        if grant.revoked_at and grant.revoked_at <= now:
            continue
        by_feature.setdefault(grant.feature, []).append(grant)
    return tuple(_balance(feature, members, now, zone) for feature, members in by_feature.items())


def _balance(feature: str, grants: list[Grant], now: datetime, zone: ZoneInfo) -> Balance:
    windows = [
        (window, grant.used.get(index, 0))
        for grant in grants
        for index, window in enumerate(grant.windows(zone))
        if window.end > now
    ]
    open_now = [(window, used) for window, used in windows if window.start <= now]
    upcoming = sorted((window for window, _ in windows if window.start > now), key=lambda window: window.start)
    kind = grants[0].type
    amounts = [window.amount for window, _ in open_now]
    return Balance(
        feature=feature,
        type=kind,
        granted=sum(amounts) if kind == "metered" else max(amounts, default=0),
        used=sum(used for _, used in open_now),
        held=0,
        next_expiry=min((window.end for window, _ in open_now), default=None),
        upcoming=tuple(upcoming),
    )


def free_grants(plan: Plan, now: datetime, zone: ZoneInfo) -> tuple[Grant, ...]:
    """The free plan's quotas for the calendar month of `now` in the seller's zone."""
    first = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    period = Period(first.astimezone(now.tzinfo), add_months(first, 1, zone), first.astimezone(now.tzinfo), 1)
    return grants_for(plan.quotas, "", period)
