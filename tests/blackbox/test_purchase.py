"""A purchase from outside, with everything that may go wrong between the provider and us."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from local.settings import DEFAULT_CREDENTIALS
from local.simulators.vnpay.signing import signed_query, vnpay_time
from tests.blackbox.conftest import Buyer, System

STARTER_TOKENS = 500_000


def test_a_paid_order_is_fulfilled_and_its_document_mailed(system: System, buyer: Buyer) -> None:
    order, payment = buyer.order()
    assert system.pay(payment) == {"sent": 1, "status": 200, "body": {"RspCode": "00", "Message": "Confirm Success"}}
    assert system.drain() == {"processed": 1, "failed": 0, "dead": 0}
    assert buyer.state(order) == "fulfilled"
    assert buyer.tokens() == STARTER_TOKENS
    (mail,) = buyer.mails()
    (attachment,) = mail["attachments"]
    (invoice,) = buyer.get("/invoices")["items"]
    pdf = system.http.get(f"/invoices/{invoice['id']}/pdf", headers=buyer.headers)
    assert pdf.headers["content-type"] == "application/pdf"
    assert system.http.get(attachment["url"]).content == pdf.content
    assert attachment["size"] == len(pdf.content)


def test_a_buyer_pays_on_the_providers_page(system: System, buyer: Buyer) -> None:
    order, payment = buyer.order()
    page = system.http.get(payment["url"], follow_redirects=True)
    assert page.url.path == f"/local/pay/{payment['id']}"
    assert "99.000 ₫" in page.text
    back = system.http.post(page.url.path, data={"outcome": "success", "webhook": "normal", "amount": ""})
    assert back.status_code == 303
    address = httpx.URL(back.headers["location"])
    assert (address.path, address.params["order"]) == ("/app/result.html", order["id"])
    assert address.params["vnp_ResponseCode"] == "00"
    system.drain()
    assert buyer.state(order) == "fulfilled"


def test_three_webhooks_credit_once(system: System, buyer: Buyer) -> None:
    """T49: the same payment is told three times."""
    order, payment = buyer.order()
    assert system.pay(payment, webhook="duplicate")["sent"] == 3
    system.drain()
    assert buyer.state(order) == "fulfilled"
    assert (buyer.tokens(), len(buyer.mails())) == (STARTER_TOKENS, 1)
    assert system.pay(payment)["body"]["RspCode"] == "02"
    system.drain()
    assert (buyer.tokens(), len(buyer.mails())) == (STARTER_TOKENS, 1)


def test_webhooks_at_the_same_moment_credit_once(system: System, buyer: Buyer) -> None:
    """T49: and in parallel."""
    order, payment = buyer.order()
    with ThreadPoolExecutor(5) as threads:
        list(threads.map(lambda _: system.pay(payment), range(5)))
    counts = system.drain()
    assert (counts["failed"], counts["dead"]) == (0, 0)
    assert buyer.state(order) == "fulfilled"
    assert (buyer.tokens(), len(buyer.mails())) == (STARTER_TOKENS, 1)


def test_a_forged_webhook_changes_nothing(system: System, buyer: Buyer) -> None:
    """T17: a bad signature leaves no trace either: the real webhook is still taken."""
    order, payment = buyer.order()
    assert system.pay(payment, "failure", "forged")["body"]["RspCode"] == "97"
    system.drain()
    assert buyer.state(order) == "pending"
    assert system.pay(payment)["body"]["RspCode"] == "00"
    system.drain()
    assert buyer.state(order) == "fulfilled"


def test_a_lost_webhook_is_made_good_by_asking_the_provider(system: System, buyer: Buyer) -> None:
    """T11: paid, but nobody told us."""
    order, payment = buyer.order()
    assert system.pay(payment, webhook="lost") == {"sent": 0, "status": None, "body": None}
    system.drain()
    assert buyer.state(order) == "pending"
    system.move(advance="PT31M")
    system.reconcile()
    system.drain()
    assert buyer.state(order) == "fulfilled"
    assert (buyer.tokens(), len(buyer.mails())) == (STARTER_TOKENS, 1)


def test_a_late_payment_is_sent_by_the_first_drain_after_its_time(system: System, buyer: Buyer) -> None:
    order, payment = buyer.order()
    assert system.pay(payment, webhook="late")["sent"] == 0
    system.drain()
    assert buyer.state(order) == "pending"
    system.move(advance="PT31M")
    assert system.drain()["processed"] == 1
    assert buyer.state(order) == "fulfilled"


def test_money_that_comes_after_expiry_is_fulfilled_all_the_same(system: System, buyer: Buyer) -> None:
    order, payment = buyer.order()
    system.move(advance="PT2H")
    system.reconcile()
    system.drain()
    assert buyer.state(order) == "expired"
    assert system.pay(payment)["body"]["RspCode"] == "00"
    system.drain()
    assert buyer.state(order) == "fulfilled"


@pytest.mark.parametrize("outcome", ["failure", "cancel"])
def test_an_unpaid_attempt_can_be_followed_by_a_paid_one(system: System, buyer: Buyer, outcome: str) -> None:
    order, payment = buyer.order()
    assert system.pay(payment, outcome)["body"]["RspCode"] == "00"
    system.drain()
    assert buyer.state(order) == "pending"
    answer = system.http.post(
        f"/orders/{order['id']}/payments", json={"payment_provider": "vnpay"}, headers=buyer.headers
    )
    assert answer.status_code == 201
    again = answer.json()["payment"]
    assert again["id"] != payment["id"]
    assert system.pay(again)["body"]["RspCode"] == "00"
    system.drain()
    assert buyer.state(order) == "fulfilled"


def test_a_late_failure_does_not_undo_a_paid_order(system: System, buyer: Buyer) -> None:
    """T12."""
    order, payment = buyer.order()
    system.pay(payment)
    system.drain()
    system.pay(payment, "failure")
    system.drain()
    assert buyer.state(order) == "fulfilled"
    assert buyer.tokens() == STARTER_TOKENS


def test_a_wrong_amount_is_kept_and_not_credited(system: System, buyer: Buyer) -> None:
    """T19: the provider holds the money whatever we answer."""
    order, payment = buyer.order()
    assert system.pay(payment, amount=1_000)["body"]["RspCode"] == "04"
    system.drain()
    assert buyer.state(order) == "pending"
    assert buyer.get("/account")["subscription"]["status"] == "none"


def test_money_for_an_unknown_order_is_told_so(system: System) -> None:
    """T14: the provider knows a payment that we do not (yet)."""
    now = datetime.now(UTC)
    fields = {
        "vnp_Version": "2.1.0",
        "vnp_Command": "pay",
        "vnp_TmnCode": DEFAULT_CREDENTIALS["VNPAY_TMN_CODE"],
        "vnp_Amount": "9900000",
        "vnp_CreateDate": vnpay_time(now),
        "vnp_CurrCode": "VND",
        "vnp_IpAddr": "127.0.0.1",
        "vnp_Locale": "vn",
        "vnp_OrderInfo": "Khong co don hang",
        "vnp_OrderType": "other",
        "vnp_ReturnUrl": f"{system.address}/app/result.html",
        "vnp_TxnRef": "NOBODYKNOWS",
        "vnp_ExpireDate": vnpay_time(now + timedelta(minutes=30)),
    }
    query = signed_query(DEFAULT_CREDENTIALS["VNPAY_HASH_SECRET"], fields)
    page = system.http.get(f"/local/vnpay/vpcpay.html?{query}", follow_redirects=True)
    assert (page.status_code, page.url.path) == (200, "/local/pay/NOBODYKNOWS")
    assert system.pay({"id": "NOBODYKNOWS"})["body"]["RspCode"] == "01"
    assert system.drain()["dead"] == 0


def test_the_same_key_makes_one_order(system: System, buyer: Buyer) -> None:
    """T02, T67: a double click."""
    with ThreadPoolExecutor(4) as threads:
        orders = {order["id"] for order, _ in threads.map(lambda _: buyer.order(), range(4))}
    assert len(orders) == 1
    assert len(buyer.get("/orders")["items"]) == 1


def test_a_full_discount_needs_no_provider(system: System, buyer: Buyer) -> None:
    """T34."""
    order, payment = buyer.order(coupon_code="FREE100")
    assert (order["total"], payment) == (0, None)
    system.drain()
    assert buyer.state(order) == "fulfilled"
    assert len(buyer.mails()) == 1


def test_another_accounts_order_does_not_exist(system: System, buyer: Buyer) -> None:
    order, _ = buyer.order()
    other = {"authorization": f"Bearer {system.login('somebody-else', 'b@khach.example')}"}
    answer = system.http.get(f"/orders/{order['id']}", headers=other)
    assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")
