"""Orders: what was agreed, and what became of it. States only move forward."""

from dataclasses import dataclass
from datetime import datetime

from billing.domain.invoices import Buyer
from billing.domain.kinds import Language
from billing.domain.payments import DocumentRequest
from billing.domain.pricing import Quote
from billing.domain.subscriptions import Period

FULFILLABLE = {"pending", "expired"}
"""Order states that a payment turns into `fulfilled` by itself (contract, section 2)."""

ACCEPTABLE = FULFILLABLE | {"cancelled"}
"""Order states that money turns into `fulfilled` when an operator accepts it."""

REFUNDED = {"partially_refunded", "refunded"}
"""Order states after money went back."""


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase. `quote` is what was agreed, `period` where the time was placed once fulfilled (quoted until then).

    `paid_by` names the attempt whose money fulfilled it. `refunded` of that money went back, `refunding` is on its way
    back (minor units); `refunds` are the ids of all refunds asked for, whatever became of them. `credited_to`: the
    order whose upgrade took what was left of this one as credit. `placed_start`: where its time began before it made
    room for other time; None where it never did.
    """

    id: str
    account_id: str
    email: str
    language: Language
    status: str
    version: int
    quote: Quote
    period: Period
    document: DocumentRequest
    buyer: Buyer | None
    attempts: tuple[tuple[str, str], ...]
    request_hash: str
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None = None
    fulfilled_at: datetime | None = None
    invoice_id: str | None = None
    refunded: int = 0
    paid_by: tuple[str, str] | None = None
    refunding: int = 0
    refunds: tuple[str, ...] = ()
    credited_to: str | None = None
    placed_start: datetime | None = None

    @property
    def has_document(self) -> bool:
        """Whether it brings a document: every purchase does, a trial is none."""
        return not self.quote.wish.trial


DOCUMENTED = {"fulfilled", "partially_refunded", "refunded"}
"""Order states in which its sale has a document, or will have one."""
