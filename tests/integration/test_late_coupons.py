"""Coupons of orders that are paid after their place was given back (contract, section 5, promise 3)."""

import pytest

from billing.adapters.dynamodb.settlements import SettlementTable
from billing.domain.coupons import CouponPlace
from billing.domain.orders import Order
from tests.support.exceptions import SCENES, act, expire, listed, order_of, pay, the_only
from tests.support.shop import Buyer, Shop


def taken(shop: Shop, code: str) -> int:
    """Places of a coupon that are counted."""
    (coupon,) = [item for item in shop.items(f"COUPON#{code}") if item["sk"]["S"] == "COUPON"]
    return int(coupon["taken"]["N"])


def test_a_late_payment_takes_its_coupons_place_again(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 3: while places are left, nobody has to look at it, and the counter tells the truth."""
    placed = buyer.order(coupon_code="SOM3").json
    expire(shop, monkeypatch)
    assert taken(shop, "SOM3") == 0
    pay(shop, placed["payment"])
    assert (order_of(buyer, placed)["status"], taken(shop, "SOM3"), listed(shop)) == ("fulfilled", 1, [])
    for number in range(2):
        assert shop.buyer(f"acc-x{number}").order(coupon_code="SOM3").status == 201
    assert shop.buyer("acc-9").order(coupon_code="SOM3").json["code"] == "coupon_exhausted"


def test_a_late_payment_beyond_a_coupons_limit_is_fulfilled_and_listed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 3: only money that arrives after its place was given back may exceed n, and somebody sees it."""
    placed = SCENES["coupon_exceeded"](shop, monkeypatch)
    order = order_of(shop.buyer("acc-late"), placed)
    assert (order["status"], taken(shop, "SOM3")) == ("fulfilled", 4)
    exception = the_only(shop)
    assert (exception["order_id"], exception["actions"], exception["refundable"]) == (order["id"], ["dismiss"], 0)
    assert exception["matches"] == []
    pay(shop, placed["payment"])
    assert (taken(shop, "SOM3"), len(listed(shop))) == (4, 1)


def test_an_accounts_own_limit_is_exceeded_in_the_same_way(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = buyer.order("first", coupon_code="GIAM50K").json
    expire(shop, monkeypatch)
    pay(shop, buyer.order("second", coupon_code="GIAM50K").json["payment"], 1)
    pay(shop, placed["payment"], 2)
    assert the_only(shop)["reason"] == "coupon_exceeded"
    assert taken(shop, "GIAM50K") == 2


def test_money_accepted_for_a_cancelled_order_takes_its_coupons_place_again(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = buyer.order(coupon_code="SOM3").json
    buyer.call("POST /orders/{id}/cancel", id=placed["order"]["id"])
    for number in range(3):
        shop.buyer(f"acc-x{number}").order(coupon_code="SOM3")
    pay(shop, placed["payment"])
    exception = the_only(shop)
    assert act(shop, "accept", exception["id"]).status == 200
    assert taken(shop, "SOM3") == 4
    assert the_only(shop)["reason"] == "coupon_exceeded"


def test_places_that_change_at_the_same_moment_are_read_again(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last place is taken between reading and writing: what was within the limit is beyond it now, and listed."""
    placed = buyer.order(coupon_code="SOM3").json
    expire(shop, monkeypatch)
    for number in range(2):
        shop.buyer(f"acc-x{number}").order(coupon_code="SOM3")
    read = SettlementTable.coupon_place

    def overtaken(table: SettlementTable, order: Order) -> CouponPlace | None:
        found = read(table, order)
        monkeypatch.setattr(SettlementTable, "coupon_place", read)
        shop.buyer("acc-9").order(coupon_code="SOM3")
        return found

    monkeypatch.setattr(SettlementTable, "coupon_place", overtaken)
    pay(shop, placed["payment"])
    assert (taken(shop, "SOM3"), the_only(shop)["reason"]) == (4, "coupon_exceeded")
