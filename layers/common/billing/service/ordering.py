"""Orders: from a quote to something the buyer can pay, once for each Idempotency-Key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.domain import identifiers
from billing.domain.coupons import Coupon
from billing.domain.invoices import Buyer
from billing.domain.kinds import Kind
from billing.domain.orders import Order
from billing.domain.payments import DocumentRequest, Payment
from billing.domain.plans import Catalogue
from billing.domain.pricing import Quote, Wish
from billing.domain.problems import Problem
from billing.domain.providers import choose
from billing.domain.subscriptions import unended
from billing.service import messages
from billing.service.account_ports import Catalogues, Subscription
from billing.service.attempts import Attempts, Caller, with_attempt
from billing.service.basic_ports import AlreadyDone, Clock, Queue
from billing.service.fulfilment import UNAFFECTED, plan_fulfilment, terms_to_read
from billing.service.ports import Checkout, Orders
from billing.service.quoting import Quoting, tidy

ROUNDS = 5
"""How often an order is tried again because another call changed the account meanwhile."""


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What is asked for: a quote's token, or a wish; how it is paid; whom the invoice names."""

    idempotency_key: str
    request_hash: str
    quote_token: str | None
    wish: Wish | None
    provider: str | None
    buyer: Buyer | None


@dataclass(frozen=True, slots=True)
class Placed:
    """An order with its attempts; `replayed` when the key was seen before."""

    order: Order
    payments: tuple[Payment, ...]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Ordering:
    """Places orders."""

    quoting: Quoting
    catalogues: Catalogues
    orders: Orders
    queue: Queue
    clock: Clock
    attempts: Attempts

    def place(self, caller: Caller, request: OrderRequest) -> Placed:
        """A new order, or the one this key made before.

        `Problem`: `idempotency_conflict` for another request under the key, all that quoting refuses,
        `quote_expired`, and what `choose` says of the provider.
        """
        order_id = identifiers.order_id(caller.account_id, request.idempotency_key)
        offered, wish = self._offer(caller, request)
        for _ in range(ROUNDS):
            checkout = self.orders.checkout(caller.account_id, wish.coupon_code, order_id)
            if checkout.order:
                return self._replay(caller, checkout.order, request)
            quote = self._agreed(caller, offered, wish, checkout)
            try:
                return self._store(caller, request, self._new_order(order_id, caller, request, quote), checkout)
            except AlreadyDone:
                made = self.orders.get(order_id)
                if made:
                    return self._replay(caller, made, request)
        raise Problem("internal")

    def attempt(self, caller: Caller, order_id: str, provider: str | None) -> tuple[Payment, bool]:
        """An attempt to pay a pending order, and whether it is new; an open one at the provider is given again.

        Open attempts elsewhere are closed first where their provider can, so that nobody pays twice.
        """
        order = self.own(caller.account_id, order_id)
        if order.status != "pending":
            raise Problem("order_not_pending", status=order.status)
        info = choose(provider, order.quote.figures.total, self.quoting.providers)
        current = self.attempts.current(self.orders.payments([order])[order.id])
        for payment in current:
            if payment.provider == info.id:
                return self.attempts.payable(caller, order, payment), False
        self.attempts.close(current)
        payment = self.attempts.new(caller, order, info)
        try:
            self.orders.add_attempt(order, payment)
        except AlreadyDone:
            return self.attempt(caller, order_id, provider)
        return self.attempts.payable(caller, order, payment), True

    def cancel(self, caller: Caller, order_id: str) -> Order:
        """The order, cancelled; `order_not_pending` once it is anything else."""
        order = self.own(caller.account_id, order_id)
        if order.status != "pending":
            raise Problem("order_not_pending", status=order.status)
        self.attempts.close(self.attempts.current(self.orders.payments([order])[order.id]))
        try:
            self.orders.cancel(order, self.orders.payments([order])[order.id], self.clock.now())
        except AlreadyDone:
            return self.cancel(caller, order_id)
        return self._stored(order_id)

    def own(self, account_id: str, order_id: str) -> Order:
        """The account's order; `order_not_found` for any other."""
        order = self.orders.get(order_id)
        if order is None or order.account_id != account_id:
            raise Problem("order_not_found")
        return order

    def page(self, account_id: str, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Placed], Any]:
        """A page of the account's orders with their attempts, newest first, and the next page's start."""
        orders, following = self.orders.page(account_id, limit, after)
        payments = self.orders.payments(orders)
        return [Placed(order, payments[order.id]) for order in orders], following

    def _offer(self, caller: Caller, request: OrderRequest) -> tuple[Quote | None, Wish]:
        if request.quote_token is not None:
            quote = self.quoting.read(caller.account_id, request.quote_token)
            return quote, quote.wish
        if request.wish is None:
            raise Problem("quote_invalid")
        return None, tidy(request.wish)

    def _agreed(self, caller: Caller, offered: Quote | None, wish: Wish, checkout: Checkout) -> Quote:
        if offered is None:
            quote = self.quoting.price(caller.account_id, wish, checkout)
        else:
            quote = offered
            if self.clock.now() >= offered.expires_at:
                raise Problem("quote_expired")
            if wish.coupon_code:
                check_still_there(checkout.coupon, wish.coupon_code, checkout.subscription.purchases)
        check_terms(quote, checkout.subscription, self.clock.now())
        return quote

    def _new_order(self, order_id: str, caller: Caller, request: OrderRequest, quote: Quote) -> Order:
        now = self.clock.now()
        return Order(
            id=order_id,
            account_id=caller.account_id,
            email=caller.email,
            language=caller.language,
            status="pending",
            version=1,
            quote=quote,
            period=quote.period,
            document=choose_document(self.catalogues.current(), order_id, request.buyer),
            buyer=request.buyer,
            attempts=(),
            request_hash=request.request_hash,
            created_at=now,
            expires_at=now,
        )

    def _store(self, caller: Caller, request: OrderRequest, order: Order, checkout: Checkout) -> Placed:
        now = self.clock.now()
        if not order.quote.figures.total:
            needed = terms_to_read(order, checkout.subscription, now)
            affected = self.orders.affected(order.account_id, needed) if needed else UNAFFECTED
            fulfilment = plan_fulfilment(order, checkout.subscription, now, affected)
            self.orders.create_fulfilled(fulfilment, checkout.coupon, now)
            if order.has_document:
                self.queue.send(messages.documents(order.id, order.account_id, order.document))
            return Placed(fulfilment.order, ())
        info = choose(request.provider, order.quote.figures.total, self.quoting.providers)
        payment = self.attempts.new(caller, order, info)
        order = with_attempt(order, payment)
        self.orders.create(order, payment, checkout.coupon, now, checkout.subscription)
        return Placed(order, (self.attempts.payable(caller, order, payment),))

    def _replay(self, caller: Caller, order: Order, request: OrderRequest) -> Placed:
        if order.request_hash != request.request_hash:
            raise Problem("idempotency_conflict")
        if order.status == "fulfilled" and not order.attempts and not order.invoice_id and order.has_document:
            self.queue.send(messages.documents(order.id, order.account_id, order.document))
        payments = self.orders.payments([order])[order.id]
        return Placed(
            order, tuple(self.attempts.payable(caller, order, payment) for payment in payments), replayed=True
        )

    def _stored(self, order_id: str) -> Order:
        order = self.orders.get(order_id)
        if order is None:
            raise Problem("order_not_found")
        return order


def check_still_there(coupon: Coupon | None, code: str, purchases: int) -> None:
    """A quote keeps its discount when the coupon is paused or ends meanwhile; its places are taken with the order.

    Only what the account did since can stand against it: `coupon_not_applicable` after a first purchase.
    """
    if coupon is None:
        raise Problem("coupon_not_found", coupon=code)
    if coupon.first_purchase_only and purchases:
        raise Problem("coupon_not_applicable", coupon=code, reason="first_purchase")


def check_terms(quote: Quote, subscription: Subscription, now: datetime) -> None:
    """What a quote builds upon must still be there, and free.

    `credit_reserved` while another open order is to be paid with the same credit, `quote_expired` when a credited term
    has gone since, `plan_not_purchasable` when the account has had its trial, or pays, by now.
    """
    if quote.kind == "trial":
        reason = "trial_used" if subscription.tried else "trial_beside" if unended(subscription.terms, now) else None
        if reason:
            raise Problem("plan_not_purchasable", plan=quote.plan_name, reason=reason)
    if quote.credits:
        if subscription.reserved_by:
            raise Problem("credit_reserved", order=subscription.reserved_by)
        standing = {term.order_id for term in unended(subscription.terms, now)}
        if not standing.issuperset(credit.order_id for credit in quote.credits):
            raise Problem("quote_expired")


def choose_document(catalogue: Catalogue, order_id: str, buyer: Buyer | None) -> DocumentRequest:
    """VAT invoice for a named buyer, otherwise a receipt; among several series a choice that never changes."""
    kind: Kind = "vat_invoice" if buyer else "receipt"
    options = catalogue.series[kind]
    series = options[identifiers.stable_index(order_id, len(options))]
    return DocumentRequest(kind, series.form, series.symbol, catalogue.zone.key)
