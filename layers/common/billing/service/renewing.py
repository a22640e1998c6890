"""What a signed link may do: show the ready renewal, buy it once, and end an account's reminders.

A link is no sign-in. It tells plan, time and price, and no person; a forged or expired one is not found.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from billing.domain import identifiers
from billing.domain.invoices import Buyer
from billing.domain.kinds import Language
from billing.domain.orders import Order
from billing.domain.payments import Payment
from billing.domain.pricing import Quote
from billing.domain.problems import Problem
from billing.domain.reminders import Renewal
from billing.domain.renewals import read_renewal, read_unsubscription, wish_of
from billing.domain.tokens import InvalidToken, Signer
from billing.service.attempts import Caller
from billing.service.basic_ports import Clock
from billing.service.ordering import Ordering, OrderRequest, Placed
from billing.service.quoting import Quoting

GIVEN_UP = {"expired", "cancelled"}
"""Order states after which a link buys anew."""


class Links(Protocol):
    """What links need to know of an account."""

    def address(self, account_id: str) -> tuple[str, datetime | None] | None:
        """Its e-mail address and the end of its paid time; None for one that never bought."""
        ...

    def is_unsubscribed(self, account_id: str) -> bool:
        """Whether it wants no reminders."""
        ...

    def unsubscribe(self, account_id: str, now: datetime) -> None:
        """It wants none from now on."""
        ...


@dataclass(frozen=True, slots=True)
class Ready:
    """A renewal priced now; `token` freezes the quote. `renewed`: the time it is about was extended since."""

    renewal: Renewal
    quote: Quote
    token: str
    renewed: bool


@dataclass(frozen=True, slots=True)
class Purchase:
    """How a renewal is bought. `key`: the caller's Idempotency-Key, None to buy once by the link itself."""

    provider: str | None
    buyer: Buyer | None
    quote_token: str | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Renewing:
    """The links' use cases."""

    links: Links
    quoting: Quoting
    ordering: Ordering
    signer: Callable[[], Signer]
    clock: Clock

    def ready(self, link: str) -> Ready:
        """The ready renewal; `not_found` for a link that is not ours or over. Changes nothing."""
        renewal, _, end = self._open(link)
        quote, token = self.quoting.quote(renewal.account_id, wish_of(renewal))
        return Ready(renewal, quote, token, renewed=end > renewal.end)

    def buy(self, link: str, purchase: Purchase, language: Language, ip: str) -> Placed:
        """An order of the link's account with its payment.

        By the link alone it is one order, whoever clicks how often in whichever mail: while it is pending, another
        provider is another attempt of it; only after it expired or was cancelled the link buys anew. With a key of the
        caller it is one order for each key. `Problem` as for any order.
        """
        renewal, email, _ = self._open(link)
        caller = Caller(renewal.account_id, email, language, ip)
        self._check_quote(renewal, purchase)
        if purchase.key is not None:
            digest = _digest(link, purchase.provider, purchase.quote_token, _fields(purchase.buyer))
            return self._place(caller, renewal, purchase, f"link {purchase.key}", digest)
        key, order = self._of_link(caller, link, purchase)
        if order is None:
            return self._place(caller, renewal, purchase, key, _digest(key))
        return self._again(caller, order, purchase)

    def is_unsubscribed(self, link: str) -> bool:
        """Whether the link's account has ended its reminders. Changes nothing."""
        return self.links.is_unsubscribed(self._account(link))

    def unsubscribe(self, link: str) -> None:
        """The link's account gets no more reminders."""
        self.links.unsubscribe(self._account(link), self.clock.now())

    def _open(self, link: str) -> tuple[Renewal, str, datetime]:
        """What the link buys, for which address, and the end of the account's paid time."""
        try:
            renewal = read_renewal(self.signer(), link, self.clock.now())
        except InvalidToken:
            raise Problem("not_found") from None
        email, end = self.links.address(renewal.account_id) or ("", None)
        if end is None:
            raise Problem("not_found")
        return renewal, email, end

    def _account(self, link: str) -> str:
        try:
            return read_unsubscription(self.signer(), link, self.clock.now())
        except InvalidToken:
            raise Problem("not_found") from None

    def _check_quote(self, renewal: Renewal, purchase: Purchase) -> None:
        """A quote that the page was shown may be held to, if it is one of this renewal."""
        if purchase.quote_token is None:
            return
        quote = self.quoting.read(renewal.account_id, purchase.quote_token)
        if quote.wish != wish_of(renewal):
            raise Problem("quote_invalid")

    def _of_link(self, caller: Caller, link: str, purchase: Purchase, number: int = 1) -> tuple[str, Order | None]:
        """The key that the link buys by now, and the order that it made if it did."""
        key = f"link {_digest(link, _fields(purchase.buyer))} {number}"
        order = self.ordering.orders.get(identifiers.order_id(caller.account_id, key))
        if order is None or order.status not in GIVEN_UP:
            return key, order
        return self._of_link(caller, link, purchase, number + 1)

    def _place(self, caller: Caller, renewal: Renewal, purchase: Purchase, key: str, digest: str) -> Placed:
        request = OrderRequest(
            idempotency_key=key,
            request_hash=digest,
            quote_token=purchase.quote_token,
            wish=None if purchase.quote_token else wish_of(renewal),
            provider=purchase.provider,
            buyer=purchase.buyer,
        )
        return self.ordering.place(caller, request)

    def _again(self, caller: Caller, order: Order, purchase: Purchase) -> Placed:
        """The link's order as it is now; while it is pending, with somewhere to pay at the provider named."""
        if order.status != "pending":
            return Placed(order, self._payments(order), replayed=True)
        payment, _ = self.ordering.attempt(caller, order.id, purchase.provider)
        order = self.ordering.own(caller.account_id, order.id)
        others = [one for one in self._payments(order) if one.id != payment.id]
        return Placed(order, (*others, payment), replayed=True)

    def _payments(self, order: Order) -> tuple[Payment, ...]:
        return self.ordering.orders.payments([order])[order.id]


def _fields(buyer: Buyer | None) -> dict[str, str] | None:
    return asdict(buyer) if buyer else None


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
