"""Attempts to pay: made, started at their provider, given again, closed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from billing.domain import identifiers
from billing.domain.kinds import Language
from billing.domain.orders import Order
from billing.domain.payments import Payment
from billing.domain.problems import Problem
from billing.domain.providers import PROVIDERS, ProviderInfo
from billing.domain.text import without_marks
from billing.service.basic_ports import Clock
from billing.service.ports import Orders
from billing.service.provider_port import Attempt, Provider, ProviderUnavailable


@dataclass(frozen=True, slots=True)
class Caller:
    """Who buys, from where, and in which language."""

    account_id: str
    email: str
    language: Language
    ip: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """Speaks to providers about attempts. `provider` makes the adapter of one that is switched on.

    `lifetimes`: how long an attempt lives at each provider; `return_page` of the dashboard: where buyers come back to.
    """

    orders: Orders
    clock: Clock
    provider: Callable[[str], Provider]
    lifetimes: Mapping[str, timedelta]
    app_url: str
    api_url: str
    return_page: str = "result.html"

    def new(self, caller: Caller, order: Order, info: ProviderInfo) -> Payment:
        """The order's next attempt, not stored yet; started already where that takes no call."""
        now = self.clock.now()
        adapter = self.provider(info.id)
        payment_id = identifiers.payment_id(order.id, len(order.attempts) + 1)
        payment = Payment(
            id=payment_id,
            order_id=order.id,
            account_id=order.account_id,
            provider=info.id,
            reference=adapter.reference(payment_id, now),
            amount=order.quote.figures.total,
            currency=order.quote.currency,
            status="open",
            url=None,
            qr_content=None,
            document=order.document,
            created_at=now,
            expires_at=now + self.lifetimes[info.id],
        )
        return self._started(caller, order, payment, adapter) if adapter.offline else payment

    def payable(self, caller: Caller, order: Order, payment: Payment) -> Payment:
        """A stored attempt with somewhere to pay, if it is still open.

        `provider_unavailable` leaves it as it is, for the next try under the same key.
        """
        if payment.can_be_paid or payment not in self.current([payment]):
            return payment
        try:
            started = self._started(caller, order, payment, self.provider(payment.provider))
        except ProviderUnavailable:
            raise Problem("provider_unavailable", provider=PROVIDERS[payment.provider].name) from None
        self.orders.opened(started)
        return started

    def current(self, payments: Iterable[Payment]) -> list[Payment]:
        """Those that are open and whose time has not passed."""
        now = self.clock.now()
        return [payment for payment in payments if payment.status == "open" and payment.expires_at > now]

    def close(self, payments: Sequence[Payment]) -> None:
        """Closes what can be closed at its provider. What cannot stays open; money for it would become an exception."""
        for payment in payments:
            adapter = self.provider(payment.provider)
            if adapter.closes and payment.can_be_paid:
                with suppress(ProviderUnavailable):
                    adapter.close(payment, self.clock.now())
                    self.orders.close(payment)

    def _started(self, caller: Caller, order: Order, payment: Payment, adapter: Provider) -> Payment:
        started = adapter.start(
            Attempt(
                payment_id=payment.id,
                reference=payment.reference,
                order_id=order.id,
                amount=payment.amount,
                currency=payment.currency,
                description=describe(order),
                buyer_ip=caller.ip,
                language=order.language,
                return_url=f"{self.app_url}/{self.return_page}?order={order.id}",
                webhook_url=f"{self.api_url}/webhooks/{payment.provider}",
                created_at=payment.created_at,
                expires_at=payment.expires_at,
            )
        )
        return replace(payment, url=started.url, qr_content=started.qr_content, handle=started.handle)


def with_attempt(order: Order, payment: Payment) -> Order:
    """The order with one attempt more, living as long as its longest one."""
    return replace(
        order,
        attempts=(*order.attempts, (payment.provider, payment.reference)),
        expires_at=max(order.expires_at, payment.expires_at),
    )


def describe(order: Order) -> str:
    """The order in plain ASCII letters, digits and spaces, as providers take it."""
    wish = order.quote.wish
    unit = "goi" if order.quote.kind == "addon" else {"month": "thang", "year": "nam"}[wish.interval]
    text = without_marks(f"{order.quote.plan_name['vi']} {wish.quantity} {unit} {order.id[4:16]}")
    return "".join(character if character.isascii() and character.isalnum() else " " for character in text)
