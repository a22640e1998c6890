"""Refunds: money that goes back, what it takes back of what was bought, and how far each has come.

The rule (docs/refunds.md): a refund of an order takes back quota in proportion, worked out from what was bought and all
that was refunded so far, so that many small refunds take no more than one large one. What was used already cannot be
taken: it is recorded as a shortfall, and no balance goes below zero. Time stays until everything is refunded; then the
term ends. A refund of money that fits no order takes nothing back.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from billing.domain.banks import BankAccount
from billing.domain.quotas import Grant

RefundStatus = Literal["requested", "pending", "succeeded", "failed"]
UNFINISHED = {"requested", "pending"}


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Quota that a refund took from one window.

    `shortfall`: what all refunds so far should have taken from it and could not, because it was used by then.
    """

    feature: str
    window_start: datetime
    amount: int
    shortfall: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back of one payment. `amount` and `paid_amount` in minor units.

    It belongs to an order, or to an exception (money that an operator decided upon), or to both where the exception's
    money came for an order. `by_api` tells whether the provider is asked for it; otherwise a person transfers it to
    `bank`. `reference` is what the provider calls the refund, `handle` the provider's own number of it. `version` goes
    up with every change.
    """

    id: str
    order_id: str | None
    exception_id: str | None
    account_id: str | None
    provider: str
    payment_reference: str
    transaction: str
    amount: int
    paid_amount: int
    given_back: int
    currency: str
    reason: str
    by_api: bool
    bank: BankAccount | None
    reference: str
    status: RefundStatus
    version: int
    requested_by: str
    started_at: datetime
    paid_at: datetime
    created_at: datetime
    handle: str | None = None
    failure: str | None = None
    settled_at: datetime | None = None
    told_at: datetime | None = None
    taken_back: tuple[TakenBack, ...] = ()


def take_back(
    grants: tuple[Grant, ...], refunded: int, total: int, now: datetime, zone: ZoneInfo
) -> tuple[tuple[Grant, ...], tuple[TakenBack, ...]]:
    """The grants of an order after `refunded` of its `total` was given back in all, and what this took from each.

    Only metered quota of windows that have not ended is taken, rounded down, so that a part paid for stays usable.
    """
    changed: list[Grant] = []
    taken: list[TakenBack] = []
    for grant in grants:
        after = dict(grant.taken_back)
        if grant.type == "metered":
            for index, window in enumerate(grant.full_windows(zone)):
                before = grant.taken_back.get(index, 0)
                wanted = window.amount * refunded // total
                if window.end <= now or wanted <= before:
                    continue
                spent = grant.used.get(index, 0) + grant.carried.get(index, 0)
                after[index] = max(before, min(wanted, window.amount - spent))
                taken.append(TakenBack(grant.feature, window.start, after[index] - before, wanted - after[index]))
        changed.append(replace(grant, taken_back=after))
    return tuple(changed), tuple(taken)
