"""What the use cases need of the outside world. Each port has one real adapter and, in tests, a small fake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from billing.domain.coupons import Coupon, CouponPlace
from billing.domain.credits import Holding
from billing.domain.inbox import PaymentException
from billing.domain.invoices import Invoice
from billing.domain.orders import Notice, Order, Payment
from billing.domain.plans import Catalogue
from billing.domain.quotas import Grant, Hold
from billing.domain.subscriptions import Period, Term


class Clock(Protocol):
    """Aware UTC, to the second."""

    def now(self) -> datetime:
        """This moment."""
        ...


class Catalogues(Protocol):
    """The published catalogue."""

    def current(self) -> Catalogue:
        """As published, at most a minute ago."""
        ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """An account's paid time that runs or comes, and how often it has bought. Version 0: nothing stored yet.

    `reserved_by`: the open order that the terms are to be credited to. `tried`: it had its trial.
    """

    version: int = 0
    terms: tuple[Term, ...] = ()
    purchases: int = 0
    reserved_by: str | None = None
    tried: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """An account at a moment: its subscription, the grants that end later, and every hold that is not settled.

    Of the free plan's grants only those of which something was taken are stored; their order is "".
    """

    subscription: Subscription = field(default_factory=Subscription)
    grants: tuple[Grant, ...] = ()
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class Affected:
    """What a purchase ends or moves: grants of terms it replaces or that make room, and the account's holds."""

    grants: tuple[Grant, ...] = ()
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkout:
    """All that deciding on a purchase takes, read at once."""

    subscription: Subscription
    coupon: Coupon | None
    taken_by_account: int
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """The effect of a paid order: its time, its grants, and the account's subscription as it was and will be.

    No `term` for an add-on. `ended`: grants in use of terms that are credited to it or make room for it. `moved`: terms
    that made room, with their grants there. `missing_credit`: dong of the quoted credit that were no longer there.
    `place`: the order's place of its coupon where it was read, for an order that is not pending any more may have lost
    it. `notes`: exceptions to keep with it, for an operator to know. `counted`: kept exceptions whose money is part of
    what paid the order, each as it was and decided.
    """

    order: Order
    period: Period
    term: Term | None
    grants: tuple[Grant, ...]
    before: Subscription
    after: Subscription
    at: datetime
    ended: tuple[Grant, ...] = ()
    moved: tuple[tuple[Term, tuple[Grant, ...]], ...] = ()
    missing_credit: int = 0
    place: CouponPlace | None = None
    notes: tuple[PaymentException, ...] = ()
    counted: tuple[tuple[PaymentException, PaymentException], ...] = ()


class AlreadyDone(Exception):
    """A condition failed because another call did the same thing first; read again."""


class Orders(Protocol):
    """Orders and their attempts as stored."""

    def checkout(self, account_id: str, coupon_code: str | None, order_id: str | None = None) -> Checkout:
        """One consistent read."""
        ...

    def holdings(self, account_id: str, terms: Sequence[Term]) -> tuple[Holding, ...]:
        """What the account has of these terms: their orders and grants, one consistent read."""
        ...

    def holds(self, account_id: str) -> tuple[Hold, ...]:
        """The account's holds that are not settled, one consistent read."""
        ...

    def affected(self, account_id: str, terms: Sequence[Term]) -> Affected:
        """The grants of these terms and then the account's holds, each in one consistent read."""
        ...

    def create(
        self, order: Order, payment: Payment | None, coupon: Coupon | None, now: datetime, seen: Subscription
    ) -> None:
        """One transaction; `AlreadyDone` if the order exists, `Problem` if the coupon has no place left.

        With credit, `AlreadyDone` as well if the account's terms are not those `seen`.
        """
        ...

    def create_fulfilled(self, fulfilment: Fulfilment, coupon: Coupon | None, now: datetime) -> None:
        """Like `create`, for an order without anything to pay: order and effect in one transaction."""
        ...

    def opened(self, payment: Payment) -> None:
        """The provider has answered: the attempt's address, QR content and handle."""
        ...

    def close(self, payment: Payment) -> None:
        """Open -> closed; whatever else it is by now, it stays."""
        ...

    def add_attempt(self, order: Order, payment: Payment) -> None:
        """Another attempt of a pending order; `AlreadyDone` if the order changed meanwhile."""
        ...

    def cancel(self, order: Order, payments: Sequence[Payment], now: datetime) -> None:
        """Pending -> cancelled, attempts closed, the coupon's place given back; `AlreadyDone` if it changed."""
        ...

    def get(self, order_id: str) -> Order | None:
        """The order, read consistently."""
        ...

    def payments(self, orders: Sequence[Order]) -> Mapping[str, tuple[Payment, ...]]:
        """The attempts of each order, by order id, oldest first."""
        ...

    def page(self, account_id: str, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Order], Any]:
        """An account's orders, newest first, and where the next page starts (None at the end)."""
        ...


class Payments(Protocol):
    """Looking an attempt up by what its provider calls it."""

    def find(self, provider: str, reference: str) -> Payment | None:
        """The attempt, read consistently."""
        ...

    def is_kept(self, notice: Notice) -> bool:
        """Whether the money is kept as an exception already, read consistently."""
        ...


class Queue(Protocol):
    """The payments queue: what is sent is processed at least once."""

    def send(self, message: Mapping[str, Any]) -> None:
        """Durably stored when this returns."""
        ...


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


class Files(Protocol):
    """Documents as stored. A name is written once; the first content stays."""

    def put_once(self, name: str, content: bytes) -> bytes:
        """What is stored under `name` afterwards."""
        ...

    def get(self, name: str) -> bytes | None:
        """What is stored under `name`."""
        ...


class Documents(Protocol):
    """Rendering: pure functions of the record."""

    def pdf(self, invoice: Invoice) -> bytes:
        """The document, the same bytes for the same record."""
        ...

    def mail(self, invoice: Invoice, pdf: bytes) -> bytes:
        """A complete MIME message to `invoice.email`."""
        ...


class Mailer(Protocol):
    """Hands a complete message to the mail service."""

    def send(self, message: bytes, recipient: str) -> None:
        """Accepted for delivery when this returns."""
        ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a provider is asked to collect. `description` is plain ASCII; `return_url` is where the buyer comes back."""

    payment_id: str
    reference: str
    order_id: str
    amount: int
    currency: str
    description: str
    buyer_ip: str
    language: str
    return_url: str
    webhook_url: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Started:
    """Where the buyer pays: a page, the content of a QR code, or both; `handle` is the provider's own id of it."""

    url: str | None
    qr_content: str | None = None
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A webhook exactly as received: the raw query and the raw body are what was signed."""

    method: str
    raw_query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money to be given back through a provider's API. Amounts in minor units, `reference` as `refund_reference` gave.

    `payment_reference`, `transaction` and `paid_at` name the payment as the provider knows it, `started_at` is when
    the attempt was made; `paid_amount` is all of the payment, `given_back` what was refunded of it before.
    `description` is plain ASCII; `operator` who asked for it; `handle` the provider's own number of the refund, None
    until it has told one.
    """

    reference: str
    payment_reference: str
    transaction: str
    amount: int
    paid_amount: int
    given_back: int
    currency: str
    description: str
    operator: str
    started_at: datetime
    paid_at: datetime
    handle: str | None = None

    @property
    def is_full(self) -> bool:
        """Whether all of the payment goes back at once."""
        return self.amount == self.paid_amount


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """What a provider says of a refund. `outcome`: "succeeded", "pending" or "failed" (nothing will be given back).

    `handle` is the provider's number of it, where it tells one; `reason` its code.
    """

    outcome: str
    reason: str
    handle: str | None = None


class BadSignature(Exception):
    """The message was not signed by the provider, or cannot be read at all. It changes nothing."""


class Ignored(Exception):
    """The message is the provider's, but says nothing about a payment of ours: acknowledged, and nothing changes."""


class ProviderUnavailable(Exception):
    """The provider did not answer, or not in a way that decides anything."""


class Outcome(Enum):
    """How a webhook ends; each provider has its own words for it (contract, section 4)."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    UNKNOWN_ORDER = "unknown_order"
    WRONG_AMOUNT = "wrong_amount"
    BAD_SIGNATURE = "bad_signature"
    FAULT = "fault"


class Provider(Protocol):
    """A payment provider."""

    @property
    def id(self) -> str:
        """Its name in addresses and requests."""
        ...

    @property
    def offline(self) -> bool:
        """Whether `start` makes no call: then it is done before the order is stored, and stored with it."""
        ...

    @property
    def closes(self) -> bool:
        """Whether an open attempt can be closed at the provider."""
        ...

    @property
    def asks(self) -> bool:
        """Whether `query` can learn anything; otherwise attempts end unasked, and an operator is told."""
        ...

    @property
    def refunds(self) -> bool:
        """Whether money can be given back through its API; otherwise a person transfers it."""
        ...

    def reference(self, payment_id: str, now: datetime) -> str:
        """What the provider will call an attempt made now: in its alphabet and length, unique for the payment."""
        ...

    def start(self, attempt: Attempt) -> Started:
        """Where the buyer pays; `ProviderUnavailable` if the provider does not answer."""
        ...

    def read_webhook(self, request: WebhookRequest, now: datetime) -> Notice:
        """The message, once its signature is verified; `BadSignature` otherwise.

        `Ignored` for a verified message that is about no payment.
        """
        ...

    def close(self, payment: Payment, now: datetime) -> None:
        """Nobody can pay the attempt any more, if `closes`; `ProviderUnavailable` if that is not certain."""
        ...

    def query(self, payment: Payment, now: datetime) -> Notice:
        """What the provider knows of an attempt; `ProviderUnavailable` if it cannot be learnt now."""
        ...

    def refund_reference(self, refund_id: str, now: datetime) -> str:
        """What the provider will call a refund made now: in its alphabet and length, unique for the refund."""
        ...

    def refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:
        """Gives money back, if `refunds`. The same request again, after a lost answer, gives nothing back twice.

        `ProviderUnavailable` if it is not certain what became of it: ask with `query_refund`, or say it again.
        """
        ...

    def query_refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:
        """What became of a refund, if `refunds`; `ProviderUnavailable` if it cannot be learnt now.

        `failed` with reason "unknown" where the provider has never heard of it: then `refund` may be said again.
        """
        ...
