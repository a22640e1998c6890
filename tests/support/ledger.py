"""An account that buys plans one after another, in memory: quotes and fulfilments by the domain's rules alone."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from billing.domain.credits import Holding, credit_for
from billing.domain.orders import Order
from billing.domain.payments import DocumentRequest
from billing.domain.plans import Catalogue
from billing.domain.pricing import Account, Quote, Wish, change_of, make_quote, offer_of
from billing.domain.quotas import Grant, Hold
from billing.domain.subscriptions import unended
from billing.service.account_ports import Affected, Subscription
from billing.service.fulfilment import plan_fulfilment, terms_to_read
from billing.service.ports import Fulfilment
from tests.support.values import HANOI, NOON, catalogue, plan, quota, texts

STARTER, PRO, MAX = ("starter", 10, 99_000), ("pro", 20, 299_000), ("max", 30, 899_000)
SOLD = catalogue(
    *(
        plan(
            name,
            rank=rank,
            prices={"month": price, "year": price * 10},
            quotas=(quota(), quota("seats", "limit", 3, None)),
        )
        for name, rank, price in (STARTER, PRO, MAX)
    )
)


@dataclass
class Ledger:
    """The account: its subscription, its grants as stored, and the money it paid."""

    now: datetime = NOON
    catalogue: Catalogue = SOLD
    subscription: Subscription = field(default_factory=Subscription)
    grants: dict[tuple[str, datetime, str], Grant] = field(default_factory=dict)
    money: int = 0
    holds: tuple[Hold, ...] = ()
    orders: int = 0

    def holdings(self) -> tuple[Holding, ...]:
        """What the account has of its terms."""
        return tuple(
            Holding(term, term.paid, texts(term.plan_id), {}, self.grants_of(term.order_id))
            for term in unended(self.subscription.terms, self.now)
        )

    def grants_of(self, order_id: str) -> tuple[Grant, ...]:
        """The grants of an order."""
        return tuple(grant for grant in self.grants.values() if grant.order_id == order_id)

    def worth(self) -> int:
        """What all terms would be credited with now."""
        rule, zone = self.catalogue.credit_rule, self.catalogue.zone
        return sum(credit_for(holding, self.now, rule, zone).amount for holding in self.holdings())

    def quote(self, plan_id: str, months: int = 1, *, discount: int = 0, start: str = "after_current") -> Quote:
        """A quote, with the credit that an upgrade has."""
        wish, terms = Wish(plan_id, "month", months, start=start), self.subscription.terms
        upgrade = change_of(offer_of(self.catalogue, wish), wish, terms, self.now) == "upgrade"
        account = Account("acc-1", terms, self.holdings() if upgrade else (), self.holds)
        return make_quote(account, wish, self.catalogue, discount=discount, minimum=5000, now=self.now)

    def order(self, quote: Quote, status: str = "pending") -> Order:
        """A new order of a quote."""
        self.orders += 1
        return Order(
            id=f"ord_{self.orders}",
            account_id="acc-1",
            email="lan@khach.example",
            language="vi",
            status=status,
            version=1,
            quote=quote,
            period=quote.period,
            document=DocumentRequest("receipt", "", "BL{yy}", HANOI.key),
            buyer=None,
            attempts=(),
            request_hash="",
            created_at=self.now,
            expires_at=self.now + timedelta(minutes=30),
        )

    def pay(self, order: Order) -> Fulfilment:
        """The order's effect, as the consumer stores it."""
        needed = {term.order_id for term in terms_to_read(order, self.subscription, self.now)}
        held = tuple(grant for grant in self.grants.values() if grant.order_id in needed)
        effect = plan_fulfilment(order, self.subscription, self.now, Affected(held, self.holds))
        self.money += order.quote.figures.total
        self.subscription = effect.after
        for old, grants in effect.moved:
            self.grants = {key: grant for key, grant in self.grants.items() if grant.order_id != old.order_id}
            self.keep(grants)
        self.keep(effect.grants)
        return effect

    def keep(self, grants: tuple[Grant, ...]) -> None:
        """Grants as stored."""
        self.grants |= {(grant.order_id, grant.period.end, grant.feature): grant for grant in grants}

    def buy(self, plan_id: str, months: int = 1, *, discount: int = 0, start: str = "after_current") -> Fulfilment:
        """Quoted, ordered and paid at once."""
        return self.pay(self.order(self.quote(plan_id, months, discount=discount, start=start)))
