"""What settling a message of the payments queue needs of the outside world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from billing.domain.coupons import CouponPlace
from billing.domain.inbox import PaymentException
from billing.domain.invoices import Invoice
from billing.domain.orders import Order
from billing.domain.payments import Notice, Payment
from billing.domain.plans import Catalogue
from billing.domain.subscriptions import Term
from billing.service.account_ports import Affected, Subscription
from billing.service.ports import Fulfilment


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far a document has come: the stored file's hash and when the e-mail was sent."""

    lease_until: datetime | None = None
    sent_at: datetime | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """All that settling one message takes, read at once."""

    order: Order | None
    payment: Payment | None
    subscription: Subscription
    invoice: Invoice | None
    delivery: Delivery
    last_number: int
    last_issued_at: datetime | None
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class SettlementKeys:
    """Where `Settlement` is to be read."""

    order_id: str
    account_id: str
    provider: str | None
    reference: str | None
    invoice_id: str
    series: str


class Settlements(Protocol):
    """The consumer's reads and writes, each write guarded by its own condition (`AlreadyDone` when it fails)."""

    def load(self, keys: SettlementKeys) -> Settlement:
        """One consistent read."""
        ...

    def affected(self, account_id: str, terms: Sequence[Term]) -> Affected:
        """The grants of these terms and then the account's holds, each in one consistent read."""
        ...

    def coupon_place(self, order: Order) -> CouponPlace | None:
        """The order's place of its coupon, read consistently; None for an order without a coupon."""
        ...

    def exceptions(self, ids: Sequence[str]) -> tuple[PaymentException, ...]:
        """Those of these exceptions that are kept, one consistent read."""
        ...

    def attempt(self, provider: str, reference: str) -> Payment | None:
        """An attempt, read consistently."""
        ...

    def fulfil(self, fulfilment: Fulfilment, payment: Payment, notice: Notice) -> None:
        """Everything a paid order brings, all or nothing; with it what an operator has to know of it."""
        ...

    def fail(self, payment: Payment, notice: Notice) -> None:
        """Open -> failed."""
        ...

    def keep_exception(self, exception: PaymentException, payment: Payment | None, notice: Notice) -> bool:
        """Whether it is new: once for each provider and transaction; books `payment` with it where one is given."""
        ...

    def issue(self, invoice: Invoice, order: Order, lease_until: datetime) -> None:
        """Number, time and figures in one transaction; the caller holds the sending until `lease_until`."""
        ...

    def take_lease(self, invoice: Invoice, previous: datetime | None, until: datetime) -> None:
        """Takes the sending over from whoever held it until `previous`."""
        ...

    def release_lease(self, invoice: Invoice) -> None:
        """Sending failed; whoever comes next may try."""
        ...

    def mark_sent(self, invoice: Invoice, sha256: str, now: datetime) -> None:
        """The document is stored and e-mailed."""
        ...


class Documents(Protocol):
    """Rendering: pure functions of the record."""

    def pdf(self, invoice: Invoice) -> bytes:
        """The document, the same bytes for the same record."""
        ...

    def mail(self, invoice: Invoice, pdf: bytes) -> bytes:
        """A complete MIME message to `invoice.email`."""
        ...
