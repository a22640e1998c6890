"""Attempts to pay an order, and what providers say of them. Money that arrived is real, whatever was thought."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from billing.domain.banks import BankAccount
from billing.domain.kinds import Kind

SETTLED = {"succeeded", "refunded", "partially_refunded"}
"""Attempt states in which its money is booked."""


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """Which document a sale will have, chosen with the order: its kind, and its series' form and symbol.

    `{yy}` in the symbol stands for the year of issue in the seller's zone, `timezone`.
    """

    kind: Kind
    form: str
    symbol: str
    timezone: str

    def symbol_at(self, moment: datetime) -> str:
        """The symbol of a document issued at `moment`."""
        year = moment.astimezone(ZoneInfo(self.timezone)).year
        return self.symbol.replace("{yy}", f"{year % 100:02d}")


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to pay an order at one provider, known there by `reference`; `amount` in minor units.

    `handle` is the provider's own id of it where it has one, `transaction` its number of the money that arrived,
    `received` how much that was, `payer` whose bank account it came from, where the provider tells, `reason` its code
    of a failure; each is None until then.
    `received_as`: the reference that the money came under, where an operator gave it to this attempt and the provider
    knows it by another.
    """

    id: str
    order_id: str
    account_id: str
    provider: str
    reference: str
    amount: int
    currency: str
    status: str
    url: str | None
    qr_content: str | None
    document: DocumentRequest
    created_at: datetime
    expires_at: datetime
    handle: str | None = None
    transaction: str | None = None
    paid_at: datetime | None = None
    received: int | None = None
    payer: BankAccount | None = None
    reason: str | None = None
    received_as: str | None = None

    @property
    def can_be_paid(self) -> bool:
        """Whether the buyer has somewhere to pay."""
        return self.status == "open" and (self.url is not None or self.qr_content is not None)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a provider says of a payment, signed: by webhook or in answer to our query. `amount` in minor units.

    `outcome`: "paid", "failed", or "pending" (nothing decided yet). `reason`: the provider's code, or the memo of a
    bank transfer. `payer`: whose account the money came from, where the provider tells.
    """

    provider: str
    reference: str
    outcome: str
    amount: int
    currency: str
    transaction: str
    reason: str
    occurred_at: datetime
    payer: BankAccount | None = None


def misfit(notice: Notice, payment: Payment) -> bool:
    """Whether the money is not what the attempt asked for."""
    return (notice.amount, notice.currency) != (payment.amount, payment.currency)


def parts_of(transaction: str) -> tuple[str, ...]:
    """The transactions that one payment came in, as providers tell that add up several transfers: joined by "+"."""
    return tuple(transaction.split("+"))


def is_part_of(notice: Notice, payment: Payment) -> bool:
    """Whether `notice` is one of several transfers that together have paid the attempt."""
    parts = parts_of(payment.transaction or "")
    return payment.status in SETTLED and len(parts) > 1 and notice.transaction in parts


def effect_is_stored(notice: Notice, payment: Payment) -> bool:
    """Whether what `notice` says has been acted upon, so that it is a mere duplicate."""
    if notice.outcome == "paid":
        return payment.status in SETTLED and payment.transaction == notice.transaction
    return payment.status != "open"
