"""What a term gives: amounts of a feature, each valid in a window. Windows are computed, no job resets anything."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from billing.domain.plans import Plan, Quota
from billing.domain.subscriptions import Period
from billing.domain.times import add_months


@dataclass(frozen=True, slots=True)
class Window:
    """`amount` of a feature, usable in [start, end)."""

    amount: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """One stored grant for a feature and a term; `used[i]` of its window `i` is spent.

    `taken_back[i]` of window `i` went back with a refund; from `revoked_at` on, nothing of the grant counts.
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

    def windows(self, zone: ZoneInfo) -> tuple[Window, ...]:
        """One window for each month of a monthly amount, otherwise one for the whole term."""
        if self.per != "month":
            return (Window(self._left(0), self.period.start, self.period.end),)
        first = self.period.months - self.period.length(zone)
        cuts = [add_months(self.period.anchor, month, zone) for month in range(first, self.period.months + 1)]
        return tuple(Window(self._left(index), start, end) for index, (start, end) in enumerate(pairwise(cuts)))

    def _left(self, index: int) -> int:
        return self.amount - self.taken_back.get(index, 0)


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
