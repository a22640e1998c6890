"""A payment that comes in several transfers: each alone is short, together they are the price."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from billing.adapters import aws
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.payments import PaymentTable
from billing.domain.payments import Notice
from billing.service import messages
from tests.support.shop import TABLE, Buyer, Shop

PRICE = 299_000
FIRST, SECOND = ("FT1", 200_000), ("FT2", 99_000)
BOTH = ("FT1+FT2", PRICE)


def tell(shop: Shop, placed: dict[str, Any], *transfers: tuple[str, int]) -> None:
    """The provider tells of transfers to the order's attempt, each as a message; they are settled."""
    reference = dict(parse_qsl(urlsplit(placed["payment"]["url"]).query))["vnp_TxnRef"]
    payment = PaymentTable(Table(TABLE)).find("vnpay", reference)
    for transaction, amount in transfers:
        notice = Notice("vnpay", reference, "paid", amount, "VND", transaction, "00", shop.now)
        body = json.dumps(messages.settlement(notice, payment))
        aws.client("sqs").send_message(QueueUrl=shop.queue_url, MessageBody=body)
    assert shop.settle() == []


def inbox(shop: Shop) -> list[dict[str, Any]]:
    """What waits for an operator."""
    items: list[dict[str, Any]] = shop.operator().call("GET /admin/exceptions").json["items"]
    return items


def status(buyer: Buyer, placed: dict[str, Any]) -> str:
    """The order's status now."""
    return str(buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json["status"])


def test_transfers_that_add_up_fulfil_the_order_and_leave_the_inbox(shop: Shop, buyer: Buyer) -> None:
    placed = buyer.order().json
    tell(shop, placed, FIRST, SECOND)
    assert (status(buyer, placed), len(inbox(shop))) == ("pending", 2)
    tell(shop, placed, BOTH)
    assert (status(buyer, placed), inbox(shop)) == ("fulfilled", [])
    done = [item["resolution"]["M"] for item in shop.items("EXCEPTION#")]
    assert {(one["action"]["S"], one["by"]["S"], one["reason"]["S"]) for one in done} == {
        ("accept", "goi", "counted in FT1+FT2")
    }


@pytest.mark.parametrize("late", [FIRST, SECOND, BOTH])
def test_a_transfer_that_is_told_after_it_was_counted_in_is_no_exception(
    shop: Shop, buyer: Buyer, late: tuple[str, int]
) -> None:
    placed = buyer.order().json
    tell(shop, placed, BOTH, late)
    assert (status(buyer, placed), shop.items("EXCEPTION#")) == ("fulfilled", [])


def test_transfers_of_which_one_was_decided_already_stay_for_the_operator(shop: Shop, buyer: Buyer) -> None:
    placed = buyer.order().json
    tell(shop, placed, FIRST, SECOND)
    first = next(one for one in inbox(shop) if one["amount"] == FIRST[1])
    shop.operator().call("POST /admin/exceptions/{id}/dismiss", {"reason": "Đã chuyển trả"}, id=first["id"])
    tell(shop, placed, BOTH)
    assert (status(buyer, placed), len(inbox(shop))) == ("pending", 1)


def test_the_document_of_accepted_money_names_it(shop: Shop, buyer: Buyer) -> None:
    placed = buyer.order().json
    tell(shop, placed, FIRST)
    (short,) = inbox(shop)
    assert shop.operator().call("POST /admin/exceptions/{id}/accept", {}, id=short["id"]).status == 200
    assert shop.settle() == []
    (receipt,) = buyer.call("GET /invoices").json["items"]
    assert (receipt["payment_provider"], receipt["payment_reference"]) == ("vnpay", "FT1")
