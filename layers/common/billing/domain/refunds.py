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
from billing.domain.orders import Order
from billing.domain.quotas import Grant
from billing.domain.subscriptions import Term, end_term
from billing.domain.vietqr import NotVietQr, Transfer, content

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
    up with every change; `request_hash` tells another request under the same key. `lease_until`: somebody is sending
    the e-mail about it, until then.
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
    lease_until: datetime | None = None
    taken_back: tuple[TakenBack, ...] = ()
    request_hash: str = ""

    @property
    def target(self) -> str:
        """What it is a refund of, as audit entries name it."""
        return f"exception {self.exception_id}" if self.exception_id else f"order {self.order_id}"

    @property
    def is_unfinished(self) -> bool:
        """Whether its money may still go back or not."""
        return self.status in UNFINISHED

    @property
    def is_to_be_told(self) -> bool:
        """Whether its buyer has yet to hear of it: only of money that went back, and only where there is an order."""
        return self.status == "succeeded" and self.order_id is not None and self.told_at is None

    @property
    def short_id(self) -> str:
        """What people tell it by: 12 capital letters and digits."""
        return self.id.removeprefix("ref_")[:12].upper()


@dataclass(frozen=True, slots=True)
class PaidMoney:
    """Money that arrived and may go back: an order's payment, or with `exception_id`, money in the operators' inbox.

    Amounts in minor units: `paid_amount` is all of it, `given_back` what went back before, `amount` what is left.
    `started_at` is when its attempt was made, if there was one. `version` is that of the order or exception as it was
    read: a refund is stored under the condition that it is still the same.
    """

    exception_id: str | None
    version: int
    provider: str
    payment_reference: str
    transaction: str
    paid_amount: int
    given_back: int
    amount: int
    currency: str
    occurred_at: datetime
    started_at: datetime | None = None
    order_id: str | None = None
    account_id: str | None = None
    payer: BankAccount | None = None


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


@dataclass(frozen=True, slots=True)
class Effect:
    """What a refund that succeeded does to its order: the order, its grants and the account's terms afterwards.

    `grants` are those that change, each as it was and as it will be.
    """

    order: Order
    grants: tuple[tuple[Grant, Grant], ...]
    terms: tuple[Term, ...]
    taken_back: tuple[TakenBack, ...]

    @property
    def ends_term(self) -> bool:
        """Whether everything went back."""
        return self.order.status == "refunded"


def effect_of(
    refund: Refund, order: Order, grants: tuple[Grant, ...], terms: tuple[Term, ...], now: datetime
) -> Effect:
    """The effect on the order's own time and quota, worked out from what was paid and all that was refunded of it."""
    refunded = order.refunded + refund.amount
    is_all = refunded >= refund.paid_amount
    share = min(refunded, refund.paid_amount)
    after, taken = take_back(grants, share, refund.paid_amount, now, order.quote.zone)
    if is_all:
        after = tuple(_revoked(grant, now) for grant in after)
    return Effect(
        order=replace(
            order,
            status="refunded" if is_all else "partially_refunded",
            refunded=refunded,
            refunding=order.refunding - refund.amount,
        ),
        grants=tuple((before, later) for before, later in zip(grants, after, strict=True) if before != later),
        terms=end_term(terms, order.id, now) if is_all else terms,
        taken_back=taken,
    )


def _revoked(grant: Grant, now: datetime) -> Grant:
    return grant if grant.period.end <= now or grant.revoked_at else replace(grant, revoked_at=now)


def status_of_payment(refund: Refund) -> str:
    """What the payment is once the refund has succeeded."""
    return "refunded" if refund.given_back + refund.amount >= refund.paid_amount else "partially_refunded"


def transfer_code(refund: Refund) -> str | None:
    """The VietQR content by which a person transfers the refund; None where it is none, or its account not complete."""
    if refund.by_api or refund.bank is None or refund.status != "requested":
        return None
    try:
        return content(Transfer(refund.bank.bank, refund.bank.number, refund.amount, f"HOAN TIEN {refund.short_id}"))
    except NotVietQr:
        return None
