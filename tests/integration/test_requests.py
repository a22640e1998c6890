"""What each use case asks of DynamoDB: the budgets of docs/data-model.md."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from billing.domain.providers import PROVIDERS
from tests.support.exceptions import act, cancelled, expire, shown, the_only
from tests.support.market import market
from tests.support.meter import Meter, metered
from tests.support.refunding import Bank, put_in_vnpays_place, refund
from tests.support.shop import COMPANY, Buyer, Shop


@pytest.fixture
def meter(shop: Shop) -> Iterator[Meter]:
    """Counts the functions' requests."""
    with metered() as counting:
        yield counting


def test_the_plans_take_one_read_and_then_none(shop: Shop, meter: Meter) -> None:
    shop.request("GET /plans")
    assert (meter.reads, meter.writes, meter.transactions) == (1, 0, 0)
    shop.request("GET /plans")
    shop.request("GET /providers")
    assert meter.reads == 1


@pytest.mark.parametrize("more", [{}, {"coupon_code": "GIAM20"}, {"invoice": COMPANY}])
def test_an_order_takes_two_reads_and_one_transaction_at_a_cold_start(
    buyer: Buyer, meter: Meter, more: dict[str, object]
) -> None:
    buyer.order("k1", **more)
    assert (meter.reads, meter.writes, meter.transactions) == (2, 0, 1)
    meter.clear()
    buyer.order("k2")
    assert (meter.reads, meter.writes, meter.transactions) == (1, 0, 1), "the catalogue is known by now"


def test_a_free_order_takes_no_more(buyer: Buyer, meter: Meter) -> None:
    buyer.order(coupon_code="FREE100", payment_provider=None)
    assert (meter.reads, meter.writes, meter.transactions) == (2, 0, 1)


def test_a_webhook_takes_one_read(shop: Shop, buyer: Buyer, meter: Meter) -> None:
    payment = buyer.order().json["payment"]
    for changes in ({}, {"Amount": "100"}, {"TxnRef": "NONE"}):
        meter.clear()
        shop.ipn(payment, **changes)
        assert (meter.reads, meter.writes, meter.transactions) == (1, 0, 0)
    meter.clear()
    shop.ipn(payment, secret="another")
    assert meter.reads == 0, "nothing is looked up for a bad signature"
    assert shop.settle() == []
    for changes, reads in (({}, 1), ({"TransactionNo": "14422575"}, 2)):
        meter.clear()
        shop.ipn(payment, **changes)
        assert (meter.reads, meter.writes, meter.transactions) == (reads, 0, 0), "a second payment takes one read more"


def test_a_use_takes_one_read_and_one_transaction(shop: Shop, buyer: Buyer, meter: Meter) -> None:
    """T72: however long the ledger is."""
    buyer.paid()
    service = shop.service()
    service.use(1, "the catalogue is known by now")
    costs = []
    for number in range(5):
        meter.clear()
        service.use(1_000, f"u{number}")
        costs.append((meter.reads, meter.writes, meter.transactions, meter.read_units, meter.write_units))
    assert set(costs) == {(1, 0, 1, 1, 4)}


def test_a_hold_takes_no_more_and_settling_it_one_read_besides(shop: Shop, buyer: Buyer, meter: Meter) -> None:
    buyer.paid()
    service = shop.service()
    service.use(1, "the catalogue is known by now")
    meter.clear()
    holds = [service.hold(100, f"h{number}").json["id"] for number in range(2)]
    assert (meter.reads, meter.writes, meter.transactions) == (2, 0, 2)
    meter.clear()
    service.commit(holds[0], 120)
    assert (meter.reads, meter.writes, meter.transactions) == (2, 0, 1)
    meter.clear()
    service.release(holds[1])
    assert (meter.reads, meter.writes, meter.transactions) == (2, 0, 1)


def test_a_use_that_is_refused_writes_nothing(shop: Shop, buyer: Buyer, meter: Meter) -> None:
    shop.service().use(20_001, "u0")
    meter.clear()
    shop.service().use(20_001, "u1")
    assert (meter.reads, meter.writes, meter.transactions) == (2, 0, 0)


def test_a_message_takes_one_read_two_transactions_and_one_write(shop: Shop, buyer: Buyer, meter: Meter) -> None:
    payment = buyer.order(invoice=COMPANY, interval="year", coupon_code="GIAM20").json["payment"]
    shop.ipn(payment)
    meter.clear()
    assert shop.settle() == []
    assert (meter.reads, meter.transactions, meter.writes) == (1, 2, 1)


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_costs_the_same_but_for_what_a_call_brings(moto_engine: None, name: str) -> None:
    """An order 2 reads and 1 transaction, its provider's answer 1 write; the webhook 1 read."""
    with market() as place, metered() as meter:
        answer = place.shop.buyer().order(payment_provider=name)
        called = place.street.asked > 0
        assert (answer.status, called) == (201, not place.street.adapter(name).offline)
        assert (meter.reads, meter.transactions, meter.writes) == (2, 1, int(called))
        meter.clear()
        assert place.pay(answer.json["payment"]).sent == 1
        assert (meter.reads, meter.transactions, meter.writes) == (1, 0, 0)
        assert place.shop.settle() == []
        meter.clear()
        again = place.street.sent[-1]
        place.deliver(again)
        assert (meter.reads, meter.transactions, meter.writes) == (1, 0, 0), "a duplicate"
        meter.clear()
        place.deliver(replace(again, query=again.query[:-1], body=again.body[:-1]))
        assert meter.reads == 0, "nothing is looked up for a bad signature"


def test_a_refund_takes_five_reads_and_two_transactions_and_its_mail_one_read_and_two_writes(
    shop: Shop, buyer: Buyer, meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_vnpays_place(monkeypatch, Bank())
    order = buyer.paid()
    meter.clear()
    assert refund(shop, order).json["refund"]["status"] == "succeeded"
    assert (meter.reads, meter.transactions, meter.writes) == (5, 2, 0)
    meter.clear()
    assert shop.settle() == []
    assert (meter.reads, meter.transactions, meter.writes) == (1, 0, 2)


def test_a_late_message_with_a_coupon_takes_one_read_more(
    shop: Shop, buyer: Buyer, meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = [buyer.order(f"k{number}", coupon_code=code).json for number, code in enumerate(("GIAM20", None))]
    expire(shop, monkeypatch)
    for order, reads in zip(placed, (2, 1), strict=True):
        shop.ipn(order["payment"], TransactionNo=order["order"]["id"])
        meter.clear()
        assert shop.settle() == []
        assert (meter.reads, meter.transactions, meter.writes) == (reads, 2, 1)


def test_keeping_coupons_costs_the_same_however_often_they_were_used(shop: Shop, meter: Meter) -> None:
    """T72: places are counted as they are taken, never by reading them."""
    operator, costs = shop.operator(), []
    operator.call("GET /admin/coupons")
    for number in range(3):
        shop.buyer(f"acc-{number}").order(coupon_code="GIAM20")
        meter.clear()
        operator.call("GET /admin/coupons", query="limit=5")
        assert (meter.reads, meter.writes, meter.transactions) == (2, 0, 0)
        costs.append(meter.read_units)
    assert len(set(costs)) == 1
    meter.clear()
    operator.call("GET /admin/coupons/{code}/redemptions", code="GIAM20")
    assert (meter.reads, meter.writes, meter.transactions) == (2, 0, 0)
    meter.clear()
    operator.call("POST /admin/coupons/{code}", {"status": "paused"}, code="GIAM20")
    assert (meter.reads, meter.writes, meter.transactions) == (2, 0, 1)


def test_a_decision_takes_one_transaction(shop: Shop, meter: Meter, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled(shop, monkeypatch)
    exception = the_only(shop)
    meter.clear()
    shown(shop, exception["id"])
    assert (meter.reads, meter.writes, meter.transactions) == (5, 0, 0)
    meter.clear()
    act(shop, "accept", exception["id"])
    assert (meter.reads, meter.writes, meter.transactions) == (3, 0, 1)


def test_a_long_history_costs_a_payment_nothing(shop: Shop, buyer: Buyer, meter: Meter) -> None:
    """T72: what a webhook and a message cost does not grow with the account."""
    costs = []
    for number in range(8):
        placed = buyer.order(f"k{number}").json
        meter.clear()
        shop.ipn(placed["payment"])
        shop.settle()
        costs.append((meter.reads, meter.transactions, meter.writes, meter.read_units))
        shop.advance(days=40)
    assert len(set(costs[3:])) == 1
