"""What brings exceptions about: each reason as it comes up in a shop, and what operators see of it."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from billing.adapters import aws
from billing.adapters.providers.vnpay import Vnpay
from billing.domain.payments import Notice, Payment
from tests.support.shop import TABLE, Answer, Buyer, Shop

Json = dict[str, Any]

SEPAY_KEY = "sepay-key-of-tests"
ACCOUNT = "0071000888888"


def unpaid(patch: pytest.MonkeyPatch) -> None:
    """VNPAY says of every attempt that it was not paid."""

    def answer(_: Vnpay, payment: Payment, now: datetime) -> Notice:
        return Notice("vnpay", payment.reference, "failed", payment.amount, "VND", "", "91", now)

    patch.setattr(Vnpay, "query", answer)


def expire(shop: Shop, patch: pytest.MonkeyPatch) -> None:
    """What is open passes its time, and its provider says unpaid."""
    unpaid(patch)
    shop.advance(minutes=31)
    shop.functions["reconcile_payments"].handler({}, None)


def pay(shop: Shop, payment: Json, number: int = 1, **changes: str) -> None:
    """Money for a payment, by VNPAY, settled as far as it goes."""
    shop.ipn(payment, TransactionNo=str(number), **changes)
    assert shop.settle() == []


def unmatched(shop: Shop, patch: pytest.MonkeyPatch) -> Json:
    """Money under a reference that is nobody's, beside a pending order; the order and payment as placed."""
    placed: Json = shop.buyer().order().json
    pay(shop, placed["payment"], TxnRef="NOBODYS")
    return placed


def short(shop: Shop, patch: pytest.MonkeyPatch) -> Json:
    """10.000 ₫ less than asked for."""
    placed: Json = shop.buyer().order().json
    pay(shop, placed["payment"], Amount=str((placed["order"]["total"] - 10_000) * 100))
    return placed


def over(shop: Shop, patch: pytest.MonkeyPatch) -> Json:
    """10.000 ₫ more than asked for."""
    placed: Json = shop.buyer().order().json
    pay(shop, placed["payment"], Amount=str((placed["order"]["total"] + 10_000) * 100))
    return placed


def second_payment(shop: Shop, patch: pytest.MonkeyPatch) -> Json:
    """The same attempt, paid twice."""
    placed: Json = shop.buyer().order().json
    pay(shop, placed["payment"], 1)
    pay(shop, placed["payment"], 2)
    return placed


def cancelled(shop: Shop, patch: pytest.MonkeyPatch) -> Json:
    """Cancelled, then paid."""
    buyer = shop.buyer()
    placed: Json = buyer.order().json
    buyer.call("POST /orders/{id}/cancel", id=placed["order"]["id"])
    pay(shop, placed["payment"])
    return placed


def after_refund(shop: Shop, patch: pytest.MonkeyPatch) -> Json:
    """Paid, given back, and paid again by another transaction."""
    placed: Json = shop.buyer().order().json
    pay(shop, placed["payment"], 1)
    set_status(placed["order"]["id"], "refunded")
    pay(shop, placed["payment"], 2)
    return placed


def coupon_exceeded(shop: Shop, patch: pytest.MonkeyPatch) -> Json:
    """The first of four orders with a coupon for three: it expired, three others took the places, and then it paid."""
    placed: Json = shop.buyer("acc-late").order(coupon_code="SOM3").json
    expire(shop, patch)
    for number in range(3):
        taken = shop.buyer(f"acc-{number}").order(coupon_code="SOM3").json
        pay(shop, taken["payment"], 10 + number)
    pay(shop, placed["payment"])
    return placed


def credit_gone(shop: Shop, patch: pytest.MonkeyPatch) -> Json:
    """An upgrade with credit expired, another one took the credit, and then the first one was paid."""
    buyer = shop.buyer("acc-late")
    buyer.paid("k1", plan_id="starter")
    placed: Json = buyer.order("k2").json
    expire(shop, patch)
    pay(shop, buyer.order("k3").json["payment"], 3)
    pay(shop, placed["payment"], 2)
    return placed


def failed_message(shop: Shop, patch: pytest.MonkeyPatch) -> Json:
    """Paid while the mail server is down, until the queue gave up."""
    placed: Json = shop.buyer().order().json
    shop.ipn(placed["payment"], TransactionNo="1")
    with patch.context() as broken:
        broken.setattr("billing.adapters.mailer.SesMailer.send", down)
        assert len(shop.settle()) == 1
    assert shop.give_up() == []
    return placed


SCENES: dict[str, Callable[[Shop, pytest.MonkeyPatch], Json]] = {
    "unmatched": unmatched,
    "short": short,
    "over": over,
    "second_payment": second_payment,
    "cancelled": cancelled,
    "after_refund": after_refund,
    "coupon_exceeded": coupon_exceeded,
    "credit_gone": credit_gone,
    "failed_message": failed_message,
}
"""Every reason, by name: the scene that leads to one exception of it and no other."""


def down(*_: object, **__: object) -> None:
    """A service that does not answer."""
    raise ConnectionError("not now")


def set_status(order_id: str, status: str) -> None:
    """An order as something else has left it."""
    aws.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": "ORDER"}},
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": status}},
    )


def listed(shop: Shop, query: str = "") -> list[Json]:
    """GET /admin/exceptions."""
    items: list[Json] = shop.operator().call("GET /admin/exceptions", query=query).json["items"]
    return items


def the_only(shop: Shop) -> Json:
    """The one open exception, as the inbox shows it."""
    (found,) = listed(shop)
    return shown(shop, found["id"])


def shown(shop: Shop, exception_id: str) -> Json:
    """GET /admin/exceptions/{id}."""
    answer: Json = shop.operator().call("GET /admin/exceptions/{id}", id=exception_id).json
    return answer


def act(shop: Shop, action: str, exception_id: str, body: Json | None = None, **who: str) -> Answer:
    """POST /admin/exceptions/{id}/action."""
    key = "key-1" if action == "refund" else None
    return shop.operator(**who).call(f"POST /admin/exceptions/{{id}}/{action}", body, key=key, id=exception_id)


def order_of(buyer: Buyer, placed: Json) -> Json:
    """The order as its buyer sees it now."""
    order: Json = buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json
    return order


def transfer(shop: Shop, amount: int, memo: str, number: int = 1) -> None:
    """A bank transfer that SePay tells of, settled as far as it goes."""
    local = shop.now + timedelta(hours=7)
    body = {
        "id": number,
        "transferType": "in",
        "transferAmount": amount,
        "content": memo,
        "accountNumber": ACCOUNT,
        "transactionDate": f"{local:%Y-%m-%d %H:%M:%S}",
    }
    headers = {"authorization": f"Apikey {SEPAY_KEY}"}
    path = {"provider": "sepay"}
    assert shop.request("POST /webhooks/{provider}", json.dumps(body), headers=headers, path=path).status == 200
    assert shop.settle() == []


def open_bank() -> None:
    """SePay's credentials for a shop, beside VNPAY's."""
    client = aws.client("secretsmanager")
    known = json.loads(client.get_secret_value(SecretId="goi/providers")["SecretString"])
    bank = {"SEPAY_WEBHOOK_API_KEY": SEPAY_KEY, "SEPAY_BANK_BIN": "970436", "SEPAY_ACCOUNT_NUMBER": ACCOUNT}
    client.put_secret_value(SecretId="goi/providers", SecretString=json.dumps({**known, **bank}))
