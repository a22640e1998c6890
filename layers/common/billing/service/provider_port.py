"""What the use cases need of a payment provider: one adapter for each, by docs/adding-a-provider.md."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from billing.domain.payments import Notice, Payment


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


class Statement(Protocol):
    """A provider that can list what came in."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    def day_of(self, moment: datetime) -> date:
        """The day of a moment in its list."""
        ...

    def untold(self, day: date, now: datetime) -> Iterator[Notice]:
        """What came in on a day and no webhook told of; `ProviderUnavailable` if it cannot be learnt now."""
        ...
