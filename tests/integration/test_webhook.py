"""The VNPAY webhook: each answer of the contract, and what it leaves behind."""

import base64
from typing import Any

import pytest

from tests.support.shop import Buyer, Shop, ipn_query


def test_a_paid_order_is_accepted_once_and_then_a_duplicate(shop: Shop, buyer: Buyer) -> None:
    """T49: the same payment told three times is credited once; "duplicate" only once its effect is stored."""
    payment = buyer.order().json["payment"]
    assert [shop.ipn(payment).json["RspCode"] for _ in range(3)] == ["00", "00", "00"]
    assert shop.settle() == []
    assert shop.ipn(payment).json["RspCode"] == "02"
    assert shop.queued() == []
    assert len(shop.items("INVOICE#")) == len(shop.mails()) == 1
    tokens = [item for item in shop.items("ACCOUNT#acc-1") if item["sk"]["S"].endswith("#tokens")]
    assert len(tokens) == 1


def test_a_bad_signature_changes_nothing_and_is_counted(
    shop: Shop, buyer: Buyer, capsys: pytest.CaptureFixture[str]
) -> None:
    """T17: nobody can poison an order without the secret."""
    payment = buyer.order().json["payment"]
    before = shop.items("")
    for secret in ("another", "", "XNBCJFAKAZQSGTARRLGCHVZWCIOIGSHM"):
        for changes in ({}, {"ResponseCode": "24", "TransactionStatus": "02"}):
            answer = shop.ipn(payment, secret=secret, **changes)
            assert (answer.status, answer.json["RspCode"]) == (200, "97")
    assert '"BadSignature":[1.0]' in capsys.readouterr().out
    assert shop.queued() == []
    assert shop.items("") == before
    assert shop.ipn(payment).json["RspCode"] == "00"


def test_a_wrong_amount_becomes_an_exception_once(shop: Shop, buyer: Buyer) -> None:
    """T19: answering 04 does not give the money back, so it is booked for an operator."""
    payment = buyer.order().json["payment"]
    for _ in range(3):
        assert shop.ipn(payment, Amount="29899900").json["RspCode"] == "04"
        assert shop.settle() == []
    (exception,) = shop.items("EXCEPTION#")
    assert exception["reason"]["S"] == "short"
    assert exception["amount"]["N"] == "298999"
    assert exception["expected_amount"]["N"] == "299000"
    assert buyer.account()["subscription"]["status"] == "none"


def test_money_for_an_unknown_order_becomes_an_exception_once(shop: Shop, buyer: Buyer) -> None:
    """T14, T16: what arrives before or without its order is kept, and the order it belongs to is not spoilt."""
    payment = buyer.order().json["payment"]
    for _ in range(2):
        assert shop.ipn(payment, TxnRef="KHONGCO1", TransactionNo="777").json["RspCode"] == "01"
        shop.settle()
    (exception,) = shop.items("EXCEPTION#")
    assert (exception["reason"]["S"], exception["transaction"]["S"]) == ("unmatched", "777")
    assert shop.ipn(payment, TxnRef="KHONGCO2", ResponseCode="24", TransactionStatus="02").json["RspCode"] == "01"
    assert shop.queued() == [], "a failure of an unknown order is no money"
    assert shop.ipn(payment).json["RspCode"] == "00"


def test_a_second_transaction_of_a_paid_attempt_is_kept_once_and_then_a_duplicate(shop: Shop, buyer: Buyer) -> None:
    """T19, T49: the money is real, an operator sees it once, and VNPAY is told to stop."""
    payment = buyer.order().json["payment"]
    shop.ipn(payment)
    shop.settle()
    second = {"TransactionNo": "14422575"}
    assert [shop.ipn(payment, **second).json["RspCode"] for _ in range(2)] == ["00", "00"]
    assert shop.settle() == []
    assert shop.ipn(payment, **second).json["RspCode"] == "02"
    assert shop.ipn(payment).json["RspCode"] == "02"
    assert shop.queued() == []
    (exception,) = shop.items("EXCEPTION#")
    assert (exception["reason"]["S"], exception["transaction"]["S"]) == ("second_payment", "14422575")


def test_the_payment_can_be_found_before_the_buyer_can_pay(shop: Shop, buyer: Buyer) -> None:
    """T14: the reference is stored in the order's own transaction, with the address that is answered."""
    payment = buyer.order().json["payment"]
    (stored,) = shop.items("PAYMENT#vnpay#")
    assert stored["url"]["S"] == payment["url"]
    assert f"vnp_TxnRef={stored['reference']['S']}" in payment["url"]


def test_response_24_is_recorded_and_the_order_can_still_be_paid(shop: Shop, buyer: Buyer) -> None:
    placed = buyer.order().json
    cancelled: dict[str, str] = {"ResponseCode": "24", "TransactionStatus": "02", "TransactionNo": "0"}
    assert shop.ipn(placed["payment"], **cancelled).json["RspCode"] == "00"
    shop.settle()
    assert shop.ipn(placed["payment"], **cancelled).json["RspCode"] == "02"
    order = buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json
    assert (order["status"], order["payments"][0]["status"]) == ("pending", "failed")
    assert shop.ipn(placed["payment"]).json["RspCode"] == "00", "money is real"
    shop.settle()
    assert buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json["status"] == "fulfilled"


def test_a_late_failure_does_not_undo_a_paid_order(shop: Shop, buyer: Buyer) -> None:
    order = buyer.paid()
    (stored,) = shop.items("PAYMENT#")
    payment = {"url": stored["url"]["S"]}
    assert shop.ipn(payment, ResponseCode="24", TransactionStatus="02").json["RspCode"] == "02"
    shop.settle()
    again = buyer.call("GET /orders/{id}", id=order["id"]).json
    assert (again["status"], again["payments"][0]["status"]) == ("fulfilled", "succeeded")


def test_an_ipn_through_a_base64_body_event_is_still_read_from_its_query(shop: Shop, buyer: Buyer) -> None:
    """T18: API Gateway may encode the body; what is signed is the raw query."""
    payment = buyer.order().json["payment"]
    function = shop.functions["payment_webhook"]
    event: dict[str, Any] = {
        "routeKey": "GET /webhooks/{provider}",
        "rawQueryString": ipn_query(payment, shop.now),
        "headers": {},
        "pathParameters": {"provider": "vnpay"},
        "requestContext": {"requestId": "r"},
        "isBase64Encoded": True,
        "body": base64.b64encode(b"\xff\xfe").decode(),
    }
    assert '"RspCode":"00"' in function.handler(event, None)["body"]


def test_truncated_and_empty_messages_are_bad_signatures(shop: Shop, buyer: Buyer) -> None:
    query = ipn_query(buyer.order().json["payment"], shop.now)
    for cut in ("", "vnp_TxnRef", query[:-1], query[: len(query) // 2], query.split("&vnp_SecureHash")[0]):
        assert shop.webhook(cut).json["RspCode"] == "97"
    assert shop.queued() == []


def test_our_fault_is_told_as_such_and_the_message_is_not_lost(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T20: when the queue is down VNPAY is told 99, sends again, and the second time counts."""
    payment = buyer.order().json["payment"]
    webhooks = shop.functions["payment_webhook"].webhooks
    with monkeypatch.context() as patch:
        patch.setattr(type(webhooks.queue), "send", _fail)
        assert shop.ipn(payment).json["RspCode"] == "99"
    assert shop.ipn(payment).json["RspCode"] == "00"


def _fail(*_: object) -> None:
    raise ConnectionError("the queue does not answer")


@pytest.mark.parametrize("name", ["momo", "stripe", "nothing", "VNPAY", "..%2f"])
def test_a_provider_that_is_not_switched_on_is_not_found(shop: Shop, name: str) -> None:
    answer = shop.webhook("a=b", provider=name)
    assert (answer.status, answer.json["code"]) == (404, "not_found")


def test_a_body_over_64_kib_is_too_large(shop: Shop) -> None:
    answer = shop.request("POST /webhooks/{provider}", "x" * (64 * 1024 + 1), path={"provider": "vnpay"})
    assert (answer.status, answer.json["code"]) == (413, "too_large")
    assert shop.request("POST /webhooks/{provider}", "x" * 1024, path={"provider": "vnpay"}).json["RspCode"] == "97"
