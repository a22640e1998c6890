"""The consumer: three resumable steps, each done once, whatever is delivered twice or cut off."""

import json

import pytest

from billing.adapters import aws
from tests.support.shop import COMPANY, SENDER, Buyer, Shop


def _down(*_: object, **__: object) -> None:
    raise ConnectionError("not now")


def test_quota_does_not_wait_for_the_mail_server(shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    """T68: with mail down the quota is credited, and the document is sent once mail is back."""
    placed = buyer.order().json
    shop.ipn(placed["payment"])
    with monkeypatch.context() as patch:
        patch.setattr("billing.adapters.mailer.SesMailer.send", _down)
        assert len(shop.settle()) == 1
        assert len(shop.redeliver()) == 1
    assert buyer.account()["subscription"]["status"] == "active"
    assert shop.mails() == []
    assert shop.redeliver() == []
    assert len(shop.mails()) == len(shop.items("INVOICE#")) == 1


@pytest.mark.parametrize(
    "step",
    [
        "billing.adapters.dynamodb.settlements.SettlementTable.load",
        "billing.adapters.dynamodb.settlements.SettlementTable.fulfil",
        "billing.adapters.dynamodb.settlements.SettlementTable.issue",
        "billing.adapters.files.DocumentBucket.put_once",
        "billing.adapters.mailer.SesMailer.send",
    ],
)
def test_a_message_that_was_cut_off_continues_where_it_stopped(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """T20: what is remembered is what is done, not what was received; a redrive finishes the work."""
    placed = buyer.order(invoice=COMPANY).json
    shop.ipn(placed["payment"])
    with monkeypatch.context() as patch:
        patch.setattr(step, _down)
        assert len(shop.settle()) == 1
    assert shop.redeliver() == []
    order = buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json
    assert order["status"] == "fulfilled"
    assert len(shop.mails()) == 1
    invoice = buyer.call("GET /invoices/{id}", id=order["invoice_id"]).json
    assert invoice["number"] == 1
    grants = [item for item in shop.items("ACCOUNT#") if item["sk"]["S"].startswith("GRANT#")]
    assert len(grants) == 4


def test_a_process_that_died_while_sending_is_taken_over_after_its_lease(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = buyer.order().json
    shop.ipn(placed["payment"])
    with monkeypatch.context() as patch:
        patch.setattr("billing.adapters.mailer.SesMailer.send", _down)
        patch.setattr("billing.adapters.dynamodb.settlements.SettlementTable.release_lease", _down)
        assert len(shop.settle()) == 1
    assert len(shop.redeliver()) == 1, "whoever died may still be sending"
    shop.advance(minutes=4)
    assert shop.redeliver() == []
    assert len(shop.mails()) == 1


def test_the_first_stored_pdf_stays(shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = buyer.order().json
    shop.ipn(placed["payment"])
    with monkeypatch.context() as patch:
        patch.setattr("billing.adapters.mailer.SesMailer.send", _down)
        shop.settle()
    bucket = shop.functions["send_invoice"].consumer.files
    (invoice,) = shop.items("INVOICE#")
    name = f"documents/{invoice['id']['S']}.pdf"
    stored = bucket.get(name)
    assert bucket.put_once(name, b"another") == stored
    shop.redeliver()
    (mail,) = shop.mails()
    (attachment,) = mail.iter_attachments()
    assert attachment.get_content() == stored


def test_numbers_have_no_gap_and_no_double_in_issue_order(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """T57, T58: the number is taken last, in the transaction that stores the document; a failure leaves no gap."""
    payments = [shop.buyer(f"acc-{number}").order(invoice=COMPANY).json["payment"] for number in range(5)]
    for position, payment in enumerate(payments):
        shop.ipn(payment)
        if position == 2:
            with monkeypatch.context() as patch:
                patch.setattr("billing.adapters.dynamodb.settlements.SettlementTable.issue", _down)
                shop.settle()
        shop.settle()
        shop.advance(minutes=1)
    shop.redeliver()
    issued = sorted((int(item["number"]["N"]), item["issued_at"]["S"]) for item in shop.items("INVOICE#"))
    assert [number for number, _ in issued] == [1, 2, 3, 4, 5]
    assert [moment for _, moment in issued] == sorted(moment for _, moment in issued)


def test_issue_times_do_not_run_backwards_when_the_clock_does(shop: Shop) -> None:
    shop.buyer("acc-1").paid()
    shop.now = shop.now.replace(day=20)
    shop.buyer("acc-2").paid()
    first, second = sorted(shop.items("INVOICE#"), key=lambda item: int(item["number"]["N"]))
    assert first["issued_at"]["S"] <= second["issued_at"]["S"]


def test_invoices_and_receipts_have_series_of_their_own(shop: Shop) -> None:
    shop.buyer("acc-1").paid(invoice=COMPANY)
    shop.buyer("acc-2").paid()
    found = {(item["form"]["S"] + item["symbol"]["S"], item["number"]["N"]) for item in shop.items("INVOICE#")}
    assert found == {("1C26TGO", "1"), ("BL26", "1")}


def test_one_bad_message_does_not_hold_back_the_others(shop: Shop, buyer: Buyer) -> None:
    """T07: failures are named one by one, so the rest of the batch is not done again."""
    good = buyer.order().json["payment"]
    shop.ipn(good)
    aws.client("sqs").send_message(QueueUrl=shop.queue_url, MessageBody="no JSON")
    aws.client("sqs").send_message(QueueUrl=shop.queue_url, MessageBody=json.dumps({"notice": None, "order_id": "x"}))
    assert len(shop.settle()) == 2
    assert buyer.account()["subscription"]["status"] == "active"


def test_two_paid_orders_for_different_plans_both_bring_their_time(shop: Shop, buyer: Buyer) -> None:
    """T65: both were ordered before either was paid; the second plan's time follows the first one's."""
    first, second = buyer.order("k1", plan_id="pro").json, buyer.order("k2", plan_id="starter").json
    shop.ipn(first["payment"], TransactionNo="1")
    shop.ipn(second["payment"], TransactionNo="2")
    shop.settle()
    orders = [buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json for placed in (first, second)]
    assert [order["status"] for order in orders] == ["fulfilled", "fulfilled"]
    assert orders[0]["period"]["end"] == orders[1]["period"]["start"]
    assert [term["plan_id"] for term in buyer.account()["subscription"]["terms"]] == ["pro", "starter"]


def test_a_second_payment_of_one_order_is_an_exception(shop: Shop, buyer: Buyer) -> None:
    """T01: one fulfilment, and the other money waits for an operator."""
    placed = buyer.order().json
    shop.ipn(placed["payment"], ResponseCode="24", TransactionStatus="02", TransactionNo="0")
    shop.settle()
    retry = buyer.call("POST /orders/{id}/payments", {"payment_provider": "vnpay"}, id=placed["order"]["id"]).json
    shop.ipn(retry["payment"], TransactionNo="2")
    shop.ipn(placed["payment"], TransactionNo="1")
    shop.settle()
    (exception,) = shop.items("EXCEPTION#")
    assert exception["reason"]["S"] == "second_payment"
    assert exception["suggestion"]["S"] == "refund"
    assert len(buyer.account()["subscription"]["terms"]) == 1
    assert shop.ipn(placed["payment"], TransactionNo="1").json["RspCode"] == "02"


def test_money_for_a_cancelled_order_is_an_exception(shop: Shop, buyer: Buyer) -> None:
    """T63, T66: nobody is fulfilled without a word, and the money is not lost."""
    placed = buyer.order().json
    buyer.call("POST /orders/{id}/cancel", id=placed["order"]["id"])
    assert shop.ipn(placed["payment"]).json["RspCode"] == "00"
    shop.settle()
    (exception,) = shop.items("EXCEPTION#")
    assert (exception["reason"]["S"], exception["suggestion"]["S"]) == ("cancelled", "accept")
    order = buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json
    assert (order["status"], order["payments"][0]["status"]) == ("cancelled", "succeeded")
    assert shop.ipn(placed["payment"]).json["RspCode"] == "02"


def test_time_bought_in_two_orders_is_not_lost_when_the_first_is_paid_later(shop: Shop, buyer: Buyer) -> None:
    first, second = buyer.order("k1").json, buyer.order("k2", quantity=2).json
    shop.ipn(second["payment"], TransactionNo="2")
    shop.settle()
    shop.ipn(first["payment"], TransactionNo="1")
    shop.settle()
    terms = buyer.account()["subscription"]["terms"]
    assert terms[0]["end"] == terms[1]["start"]
    assert buyer.account()["subscription"]["current_period_end"] == "2027-02-23T03:00:00Z"


def test_a_payment_after_the_quoted_time_is_placed_as_of_the_payment(shop: Shop, buyer: Buyer) -> None:
    """Paid time is never lost: three days late, the month begins three days later."""
    placed = buyer.order().json
    shop.advance(days=3)
    shop.ipn(placed["payment"])
    shop.settle()
    order = buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json
    assert order["period"] == {"start": "2026-11-26T03:00:00Z", "end": "2026-12-26T03:00:00Z"}


def test_the_sender_is_the_configured_one(shop: Shop, buyer: Buyer) -> None:
    buyer.paid()
    (mail,) = shop.mails()
    assert SENDER in str(mail["From"])
