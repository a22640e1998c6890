"""Credit for unused time: what a higher plan takes over of the terms it replaces.

For each term that runs or comes: what was paid for it, money and earlier credit together, net of refunds, times the
smaller of two shares: time left of the whole term, to the second, and quota left of the feature that was used most. By
the catalogue it may be time alone. Each term's credit is rounded half up, once, and is never above what was paid.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.domain.money import divide_half_up
from billing.domain.plans import Texts
from billing.domain.quotas import Grant
from billing.domain.subscriptions import Period, Term
from billing.domain.times import days_of, seconds_between

MAX_EXTRA_DAYS = 3660
"""A credit lengthens a term by ten years at most."""

Share = tuple[int, int]
"""What is left, and the whole."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A term with what its order says of it: `value`, paid net of refunds; its plan's name; its features' names."""

    term: Term
    value: int
    plan_name: Texts
    feature_names: dict[str, Texts]
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """What one term is credited with. `paid`, `amount` in minor units before added tax; `time` in seconds.

    `quota` and `feature_name` are there where quota decided: what is left of the feature that was used most.
    """

    order_id: str
    plan_id: str
    plan_name: Texts
    paid: int
    amount: int
    time: Share
    quota: Share | None = None
    feature_name: Texts | None = None

    @property
    def unused_days(self) -> int:
        """Days left, rounded half up, for people."""
        return days_of(self.time[0])

    @property
    def total_days(self) -> int:
        """Days of the whole term."""
        return days_of(self.time[1])


def value_of(paid: int, money: int, total: int, refunded: int) -> int:
    """What a term is still worth of what was `paid` for it, before added tax, when `refunded` of `total` went back.

    `money` is the total before added tax. The refund's part is rounded up: never more is credited than what is left.
    """
    given_back = -(-refunded * money // total) if total else 0
    return max(0, paid - given_back)


def credit_for(holding: Holding, now: datetime, rule: str, zone: ZoneInfo) -> Credit:
    """The credit of a term at `now`; `rule` as in the catalogue: "smaller" or "time"."""
    term = holding.term
    time, feature, quota = time_share(term.period, now), "", None
    if rule == "smaller":
        feature, quota = least_quota_share(holding.grants, zone)
    by_quota = quota is not None and quota[0] * time[1] < time[0] * quota[1]
    left, whole = quota if quota is not None and by_quota else time
    return Credit(
        order_id=term.order_id,
        plan_id=term.plan_id,
        plan_name=holding.plan_name,
        paid=holding.value,
        amount=share_of(holding.value, (left, whole)),
        time=time,
        quota=quota if by_quota else None,
        feature_name=holding.feature_names.get(feature) if by_quota else None,
    )


def share_of(paid: int, share: Share) -> int:
    """Dong of what was paid, rounded half up; nothing of a term without length."""
    return divide_half_up(paid * share[0], share[1]) if share[1] else 0


def time_share(period: Period, now: datetime) -> Share:
    """Seconds left and seconds of the whole original period: a term that has not begun is left whole."""
    return seconds_between(max(now, period.start), period.end), seconds_between(period.start, period.end)


def least_quota_share(grants: Iterable[Grant], zone: ZoneInfo) -> tuple[str, Share | None]:
    """The metered feature that was used most, and what is left of it over the whole term; None without any."""
    found: tuple[str, Share | None] = ("", None)
    for grant in grants:
        windows = grant.full_windows(zone) if grant.type == "metered" else ()
        bought = [window.amount - grant.taken_back.get(index, 0) for index, window in enumerate(windows)]
        spent = [grant.used.get(index, 0) + grant.carried.get(index, 0) for index in range(len(bought))]
        whole = sum(bought)
        left = sum(max(0, amount - gone) for amount, gone in zip(bought, spent, strict=True))
        if whole and (found[1] is None or left * found[1][1] < found[1][0] * whole):
            found = grant.feature, (left, whole)
    return found


def extra_days(rest: int, price: int, period: Period) -> int:
    """By how many days `rest` dong of credit lengthen a period that is sold for `price`: whole ones, rounded up."""
    if rest <= 0 or price <= 0:
        return 0
    days = days_of(seconds_between(period.start, period.end))
    return min(MAX_EXTRA_DAYS, -(-rest * days // price))


def credit_to_record(credit: Credit) -> dict[str, Any]:
    """A credit as plain values."""
    return {
        "order_id": credit.order_id,
        "plan_id": credit.plan_id,
        "plan_name": dict(credit.plan_name),
        "paid": credit.paid,
        "amount": credit.amount,
        "time": list(credit.time),
        "quota": list(credit.quota) if credit.quota else None,
        "feature_name": dict(credit.feature_name) if credit.feature_name else None,
    }


def credit_from_record(record: dict[str, Any]) -> Credit:
    """The inverse of `credit_to_record`."""
    time, quota = record["time"], record["quota"]
    values = {"time": (time[0], time[1]), "quota": (quota[0], quota[1]) if quota else None}
    return Credit(**{**record, **values})
