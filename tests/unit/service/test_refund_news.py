"""Telling a buyer of a refund, with fakes: once, and only of money that went back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from billing.domain.refunds import Refund
from billing.service.basic_ports import AlreadyDone
from billing.service.refund_news import RefundNews, RefundTeller
from billing.service.settlement import LEASE, NotYet
from tests.support.invoices import SELLER
from tests.support.orders import fulfilled
from tests.support.refunds import Clockwork, Sent, refund, refunded
from tests.support.values import NOON


@dataclass
class Store:
    """The `RefundsToTell` port; `taken` makes somebody else quicker at the lease."""

    refund: Refund
    taken: bool = False

    def news(self, refund_id: str, order_id: str) -> RefundNews | None:
        """The one refund."""
        return RefundNews(self.refund, fulfilled(), SELLER) if refund_id == self.refund.id else None

    def take_lease(self, one: Refund, until: datetime) -> None:
        """From now until then."""
        if self.taken:
            raise AlreadyDone
        self.refund = replace(self.refund, lease_until=until)

    def release_lease(self, one: Refund) -> None:
        """Free."""
        self.refund = replace(self.refund, lease_until=None)

    def mark_told(self, one: Refund, now: datetime) -> None:
        """Done."""
        self.refund = replace(self.refund, told_at=now)


class Letters:
    """The `RefundLetters` port."""

    def refund_mail(self, news: RefundNews) -> bytes:
        """Not a real message."""
        return f"{news.refund.id} to {news.order.email}".encode()


def teller(store: Store, mailer: Sent) -> RefundTeller:
    """The use case at NOON."""
    return RefundTeller(store, Letters(), mailer, Clockwork())


def test_a_buyer_is_told_once() -> None:
    store, mailer = Store(refunded()), Sent()
    outcomes = [teller(store, mailer).tell(store.refund.id, "ord_1") for _ in range(2)]
    assert outcomes == ["told", "duplicate"]
    assert len(mailer.messages) == 1
    assert store.refund.told_at == NOON


@pytest.mark.parametrize(
    "one",
    [
        refund(),
        refund(status="pending"),
        refund(status="failed"),
        refunded(order_id=None, exception_id="exc_1"),
        refunded(told_at=NOON),
    ],
)
def test_there_is_nothing_to_tell(one: Refund) -> None:
    """T62: nothing is said of money that did not go back; money without an account has nobody to hear of it."""
    mailer = Sent()
    assert teller(Store(one), mailer).tell(one.id, "ord_1") == "duplicate"
    assert teller(Store(one), mailer).tell("ref_unknown", "ord_1") == "duplicate"
    assert mailer.messages == []


@pytest.mark.parametrize(
    "store", [Store(refunded(lease_until=NOON + timedelta(minutes=1))), Store(refunded(), taken=True)]
)
def test_who_comes_while_another_sends_waits(store: Store) -> None:
    mailer = Sent()
    with pytest.raises(NotYet):
        teller(store, mailer).tell(store.refund.id, "ord_1")
    assert mailer.messages == []


@pytest.mark.parametrize("until", [NOON, NOON - LEASE, NOON + LEASE + timedelta(seconds=1)])
def test_a_lease_that_is_over_or_of_another_clock_holds_nobody_up(until: datetime) -> None:
    store, mailer = Store(refunded(lease_until=until)), Sent()
    assert teller(store, mailer).tell(store.refund.id, "ord_1") == "told"


def test_a_failure_to_send_frees_the_lease() -> None:
    store, mailer = Store(refunded()), Sent(broken=True)
    with pytest.raises(ConnectionError):
        teller(store, mailer).tell(store.refund.id, "ord_1")
    mailer.broken = False
    assert teller(store, mailer).tell(store.refund.id, "ord_1") == "told"
