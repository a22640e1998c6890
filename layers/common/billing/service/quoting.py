"""Quotes: price a wish for an account, freeze it in a signed token, and read such a token back."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from billing.domain.coupons import Use, check_usable, normalise_code
from billing.domain.pricing import (
    Account,
    Offer,
    Quote,
    Wish,
    change_of,
    check_quantity,
    make_quote,
    offer_of,
    quote_from_record,
    quote_to_record,
)
from billing.domain.problems import Problem
from billing.domain.providers import smallest_amount
from billing.domain.subscriptions import unended
from billing.domain.tokens import InvalidToken, Signer
from billing.service.account_ports import Catalogues
from billing.service.basic_ports import Clock
from billing.service.ports import Checkout, Orders

PURPOSE = "quote"


@dataclass(frozen=True, slots=True)
class Quoting:
    """Makes quotes; `providers` are those switched on, `signer` gives the key when a token is made or read."""

    catalogues: Catalogues
    orders: Orders
    clock: Clock
    signer: Callable[[], Signer]
    providers: tuple[str, ...]

    def quote(self, account_id: str, wish: Wish) -> tuple[Quote, str]:
        """The quote and its token. `Problem` for a plan, quantity or coupon that does not fit."""
        wish = tidy(wish)
        quote = self.price(account_id, wish, self.orders.checkout(account_id, wish.coupon_code))
        return quote, self.signer().sign(PURPOSE, quote_to_record(quote))

    def price(self, account_id: str, wish: Wish, checkout: Checkout) -> Quote:
        """The quote for a tidy wish, given what was read for it; an upgrade takes two reads more."""
        catalogue, terms = self.catalogues.current(), checkout.subscription.terms
        now = self.clock.now()
        offer = offer_of(catalogue, wish)
        change = change_of(offer, wish, terms, now)
        if offer.kind == "trial" and checkout.subscription.tried:
            raise Problem("plan_not_purchasable", plan=offer.name, reason="trial_used")
        discount = self.discount(wish, offer, checkout)
        holdings = self.orders.holdings(account_id, unended(terms, now)) if change == "upgrade" else ()
        holds = self.orders.holds(account_id) if holdings else ()
        return make_quote(
            Account(account_id, terms, holdings, holds),
            wish,
            catalogue,
            discount=discount,
            minimum=smallest_amount(self.providers),
            now=now,
        )

    def discount(self, wish: Wish, offer: Offer, checkout: Checkout) -> int:
        """What the wish's coupon takes off; `Problem` with the reason why it cannot be used."""
        if not wish.coupon_code:
            return 0
        if checkout.coupon is None:
            raise Problem("coupon_not_found", coupon=wish.coupon_code)
        use = Use(
            plan_id=wish.plan_id,
            interval=wish.interval,
            quantity=wish.quantity,
            first_purchase=checkout.subscription.purchases == 0,
            taken_by_account=checkout.taken_by_account,
            now=self.clock.now(),
            kind=offer.kind,
        )
        check_usable(checkout.coupon, use)
        return checkout.coupon.discount(offer.unit_amount * wish.quantity)

    def read(self, account_id: str, token: str) -> Quote:
        """The quote of a token of ours, expired or not; `quote_invalid` for any other text or account."""
        try:
            quote = quote_from_record(self.signer().verify(PURPOSE, token))
        except InvalidToken:
            raise Problem("quote_invalid") from None
        if quote.account_id != account_id:
            raise Problem("quote_invalid")
        return quote


def tidy(wish: Wish) -> Wish:
    """The wish with its quantity checked and its coupon code as stored."""
    check_quantity(wish)
    code = normalise_code(wish.coupon_code) if wish.coupon_code and wish.coupon_code.strip() else None
    return replace(wish, coupon_code=code)
