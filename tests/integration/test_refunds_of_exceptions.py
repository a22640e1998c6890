"""Money in the operators' inbox goes back by the same road as an order's, and takes nothing back from any order."""

from dataclasses import replace
from typing import Any

import pytest

from billing.domain.banks import BankAccount
from billing.domain.identifiers import exception_id
from billing.domain.problems import Problem
from billing.domain.refunds import PaidMoney, Refund
from billing.domain.times import from_text
from billing.service.basic_ports import AlreadyDone
from billing.service.refunding import Refunding, RefundWish
from tests.support.refunding import PENDING, REFUSED, SUCCEEDED, Bank, put_in_vnpays_place, refund, sweep
from tests.support.shop import Buyer, Shop

PRICE = 299_000


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    """A provider that gives money back at once."""
    return put_in_vnpays_place(monkeypatch, Bank())


def paid_twice(buyer: Buyer) -> tuple[dict[str, Any], PaidMoney]:
    """An order that was paid by two attempts, and the money of the second one."""
    shop, placed = buyer.shop, buyer.order().json
    shop.ipn(placed["payment"], ResponseCode="24", TransactionStatus="02", TransactionNo="0")
    shop.settle()
    second = buyer.call("POST /orders/{id}/payments", {"payment_provider": "vnpay"}, id=placed["order"]["id"]).json
    shop.ipn(placed["payment"])
    shop.ipn(second["payment"], TransactionNo="777")
    shop.settle()
    return placed["order"], money(shop)


def money(shop: Shop) -> PaidMoney:
    """The money of the one exception, as the inbox hands it over."""
    (item,) = shop.items("EXCEPTION#")
    paid, back = int(item["amount"]["N"]), int(item.get("refunded", {"N": 0})["N"])
    return PaidMoney(
        exception_id=exception_id("vnpay", "777"),
        version=int(item.get("version", {"N": 0})["N"]),
        provider=item["provider"]["S"],
        payment_reference=item["reference"]["S"],
        transaction=item["transaction"]["S"],
        paid_amount=paid,
        given_back=back,
        amount=paid - back - int(item.get("refunding", {"N": 0})["N"]),
        currency=item["currency"]["S"],
        occurred_at=from_text(item["occurred_at"]["S"]),
        order_id=item.get("order_id", {}).get("S"),
        account_id="acc-1",
    )


def give_back(shop: Shop, what: PaidMoney, key: str = "k1", **wish: Any) -> tuple[Refund, bool]:
    """What the inbox does when an operator decides for a refund."""
    refunding: Refunding = shop.functions["admin"].refunding
    values = {"amount": None, "reason": "Trả hai lần", "bank": None, "request_hash": "h1", **wish}
    return refunding.of_exception(what, RefundWish(idempotency_key=key, **values), "ketoan@goi.example")


def test_a_second_payment_goes_back_and_the_plan_stays(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    order, twice = paid_twice(buyer)
    before = buyer.account()
    made, replayed = give_back(shop, twice)
    assert (made.status, made.amount, made.taken_back, replayed) == ("succeeded", PRICE, (), False)
    assert buyer.account() == before
    after = buyer.call("GET /orders/{id}", id=order["id"]).json
    assert (after["status"], after["refunded"]) == ("fulfilled", 0)
    assert [payment["status"] for payment in after["payments"]] == ["succeeded", "refunded"]
    left = money(shop)
    assert (left.given_back, left.amount) == (PRICE, 0)
    with pytest.raises(Problem, match="refund_not_possible"):
        give_back(shop, left, "k2")
    shop.settle()
    text = shop.mails()[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Gói và hạn mức của bạn không thay đổi" in text
    assert refund(shop, order).json["refund"]["amount"] == PRICE, "the order's own money is refunded by itself"


def test_the_operator_sees_it_with_the_order(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    order, twice = paid_twice(buyer)
    made, _ = give_back(shop, twice)
    seen = shop.operator().call("GET /admin/orders/{id}", id=order["id"]).json
    assert [one["id"] for one in seen["refunds"]] == [made.id]
    assert seen["order"]["refunding"] == 0


def test_the_same_key_is_the_same_refund_and_what_changed_is_read_again(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    _, twice = paid_twice(buyer)
    first, _ = give_back(shop, twice, amount=100_000)
    again, replayed = give_back(shop, twice, amount=100_000)
    assert (again.id, replayed) == (first.id, True)
    with pytest.raises(Problem, match="idempotency_conflict"):
        give_back(shop, twice, request_hash="h2")
    with pytest.raises(AlreadyDone):
        give_back(shop, twice, "k2")
    rest, _ = give_back(shop, money(shop), "k2")
    assert (rest.amount, rest.given_back) == (PRICE - 100_000, 100_000)
    assert len(bank.said) == 2


def test_a_refund_that_fails_frees_the_money_and_one_at_a_time_is_on_its_way(
    shop: Shop, buyer: Buyer, bank: Bank
) -> None:
    _, twice = paid_twice(buyer)
    bank.answer, bank.query = PENDING, REFUSED
    give_back(shop, twice, amount=100_000)
    assert money(shop).amount == PRICE - 100_000
    with pytest.raises(Problem, match="refund_not_possible"):
        give_back(shop, money(shop), "k2", amount=1_000)
    shop.advance(minutes=11)
    assert sweep(shop)["failed"] == 1
    assert (money(shop).amount, money(shop).given_back) == (PRICE, 0)
    bank.answer = SUCCEEDED
    give_back(shop, money(shop), "k2")
    assert money(shop).given_back == PRICE


def test_money_that_fits_no_order_goes_back_without_a_letter(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    placed = buyer.order().json
    shop.ipn(placed["payment"], TxnRef="NONE", TransactionNo="777")
    shop.settle()
    before = len(shop.mails())
    made, _ = give_back(shop, money(shop))
    assert (made.status, made.order_id) == ("succeeded", None)
    shop.settle()
    shop.advance(minutes=11)
    sweep(shop)
    shop.settle()
    assert len(shop.mails()) == before
    assert shop.items("DUE#REFUNDS#") == []


def test_the_payers_account_is_where_a_transfer_by_hand_goes(
    shop: Shop, buyer: Buyer, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_vnpays_place(monkeypatch, bank, refunds=False)
    _, twice = paid_twice(buyer)
    with pytest.raises(Problem, match="validation_failed"):
        give_back(shop, twice)
    payer = BankAccount("970436", "0071000123456", "NGUYEN THI LAN")
    made, _ = give_back(shop, replace(twice, payer=payer))
    assert (made.status, made.by_api, made.bank) == ("requested", False, payer)
