"""The exceptions inbox on moto: every reason, what can be done about it, and that it is done once."""

import pytest

from billing.adapters.dynamodb.inbox import ExceptionTable
from billing.domain.inbox import ACTIONS, SUGGESTIONS
from billing.service.basic_ports import AlreadyDone
from billing.service.inbox import Acceptance
from tests.support.exceptions import (
    SCENES,
    Json,
    act,
    down,
    expire,
    listed,
    order_of,
    pay,
    set_status,
    shown,
    the_only,
    transfer,
)
from tests.support.shop import Buyer, Shop

POSSIBLE = {
    "unmatched": ["attach", "refund", "dismiss"],
    "short": ["accept", "attach", "refund", "dismiss"],
    "over": ["accept", "attach", "refund", "dismiss"],
    "second_payment": ["attach", "refund", "dismiss"],
    "cancelled": ["accept", "attach", "refund", "dismiss"],
    "after_refund": ["attach", "refund", "dismiss"],
    "coupon_exceeded": ["dismiss"],
    "credit_gone": ["dismiss"],
    "failed_message": ["dismiss", "retry"],
}
"""What can be done about each; refunds are asked for under a key, and have tests of their own."""


def body_of(action: str, order_id: str) -> Json | None:
    """What an action takes."""
    reason = {"reason": "Đã trao đổi với khách"}
    return {"attach": {"order_id": order_id}, "dismiss": reason, "refund": reason}.get(action)


@pytest.mark.parametrize("reason", SUGGESTIONS)
def test_each_reason_comes_up_once_and_allows_what_it_should_and_nothing_else(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """T19, T63, T64, T66: whatever money fits nothing, and what failed for good, is in the inbox."""
    SCENES[reason](shop, monkeypatch)
    another = shop.buyer("acc-other").order("other").json["order"]["id"]
    exception = the_only(shop)
    assert (exception["reason"], exception["suggestion"]) == (reason, SUGGESTIONS[reason])
    assert exception["actions"] == POSSIBLE[reason]
    for action in set(ACTIONS) - set(POSSIBLE[reason]):
        refused = act(shop, action, exception["id"], body_of(action, another))
        assert (refused.status, refused.json["code"]) == (409, "exception_action_impossible")
    assert the_only(shop) == exception, "a refused action changes nothing"


@pytest.mark.parametrize(
    ("reason", "action"),
    [(reason, action) for reason, actions in POSSIBLE.items() for action in actions if action != "refund"],
)
def test_each_possible_action_decides_once_with_an_audit_entry(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, reason: str, action: str
) -> None:
    SCENES[reason](shop, monkeypatch)
    other = shop.buyer("acc-other")
    placed = other.order("other").json
    exception = the_only(shop)
    body = body_of(action, placed["order"]["id"])
    done = act(shop, action, exception["id"], body)
    assert done.status == 200, done.json
    assert act(shop, action, exception["id"], body).json == done.json, "the same again answers it as it is"
    assert done.json["resolution"]["by"] == "ketoan@goi.example"
    (entry,) = shown(shop, exception["id"])["audit"]
    assert (entry["action"], entry["actor"], entry["target"]) == (
        action,
        "ketoan@goi.example",
        f"exception {exception['id']}",
    )
    assert entry["details"]["kind"] == reason
    assert listed(shop) == []
    assert [one["id"] for one in listed(shop, "month=2026-11")] == [exception["id"]]
    wrong = "dismiss" if action != "dismiss" else "attach"
    refused = act(shop, wrong, exception["id"], body_of(wrong, placed["order"]["id"]))
    assert (refused.status, refused.json["code"]) == (409, "exception_not_open")
    assert len(shown(shop, exception["id"])["audit"]) == 1


def test_a_short_payment_that_is_accepted_brings_all_of_the_order(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """T19: the seller bears the rest, and it is recorded; quota, time and document are those that were ordered."""
    placed = SCENES["short"](shop, monkeypatch)
    buyer, exception = shop.buyer(), the_only(shop)
    assert exception["order"]["order_id"] == placed["order"]["id"]
    assert exception["expected_amount"] - exception["amount"] == 10_000
    assert act(shop, "accept", exception["id"]).json["status"] == "accepted"
    order = order_of(buyer, placed)
    assert (order["status"], order["payments"][0]["status"]) == ("fulfilled", "succeeded")
    assert buyer.account()["subscription"]["status"] == "active"
    (payment,) = shop.items("PAYMENT#")
    assert (payment["received"]["N"], payment["amount"]["N"]) == ("289000", "299000")
    assert shop.settle() == []
    (mail,) = shop.mails()
    assert mail["To"] == buyer.address
    assert order_of(buyer, placed)["invoice_id"]
    assert len(shown(shop, exception["id"])["audit"]) == 1


def test_money_that_was_accepted_is_not_taken_for_new_money_when_it_is_told_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = SCENES["short"](shop, monkeypatch)
    exception = the_only(shop)
    act(shop, "accept", exception["id"])
    pay(shop, placed["payment"], Amount=str(exception["amount"] * 100))
    assert listed(shop) == []
    assert shown(shop, exception["id"])["status"] == "accepted"
    assert len(shop.buyer().account()["subscription"]["terms"]) == 1


def test_the_surplus_of_an_accepted_payment_stays_refundable(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    SCENES["over"](shop, monkeypatch)
    exception = the_only(shop)
    assert exception["refundable"] == 309_000
    assert act(shop, "accept", exception["id"]).json["refundable"] == 10_000


def test_a_cancelled_order_whose_money_is_accepted_is_fulfilled_as_of_the_payment(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T63, T66: the buyer gets what was paid for, by an operator's word and not without one."""
    placed = SCENES["cancelled"](shop, monkeypatch)
    buyer = shop.buyer()
    act(shop, "accept", the_only(shop)["id"])
    order = order_of(buyer, placed)
    assert (order["status"], len(order["payments"]), order["payments"][0]["status"]) == ("fulfilled", 1, "succeeded")
    assert order["paid_at"] == "2026-11-23T03:00:00Z"


def test_a_document_is_issued_though_its_message_got_lost(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = SCENES["cancelled"](shop, monkeypatch)
    exception = the_only(shop)
    with monkeypatch.context() as patch:
        patch.setattr("billing.adapters.queue.PaymentsQueue.send", down)
        assert act(shop, "accept", exception["id"]).status == 500
    assert act(shop, "accept", exception["id"]).status == 200, "it was accepted before the queue failed"
    assert shop.queued() == []
    expire(shop, monkeypatch)
    assert shop.settle() == []
    assert order_of(shop.buyer(), placed)["invoice_id"]
    assert len(shop.mails()) == 1


def test_a_second_payment_can_pay_another_order_of_its_buyer(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """T01, T04: money paid twice is not lost; the second order has an attempt of its own that says where it is from."""
    buyer = shop.buyer()
    wanted = buyer.order("another", plan_id="starter").json
    buyer.call("POST /orders/{id}/cancel", id=wanted["order"]["id"])
    SCENES["second_payment"](shop, monkeypatch)
    exception = the_only(shop)
    done = act(shop, "attach", exception["id"], {"order_id": wanted["order"]["id"]}).json
    assert (done["status"], done["order_id"]) == ("accepted", wanted["order"]["id"])
    assert done["refundable"] == 299_000 - 99_000
    order = order_of(buyer, wanted)
    assert order["status"] == "fulfilled"
    assert [payment["status"] for payment in order["payments"]] == ["succeeded"]
    assert [term["plan_id"] for term in buyer.account()["subscription"]["terms"]] == ["pro", "starter"]


def test_money_by_another_provider_makes_an_attempt_that_has_succeeded(bank_transfers: Shop) -> None:
    buyer = bank_transfers.buyer()
    wanted = buyer.order().json
    transfer(bank_transfers, 299_000, "mua goi pro")
    exception = the_only(bank_transfers)
    assert act(bank_transfers, "attach", exception["id"], {"order_id": wanted["order"]["id"]}).status == 200
    order = order_of(buyer, wanted)
    assert [(one["provider"], one["status"]) for one in order["payments"]] == [
        ("vnpay", "open"),
        ("sepay", "succeeded"),
    ]
    pay(bank_transfers, wanted["payment"])
    assert the_only(bank_transfers)["reason"] == "second_payment", "the first attempt's own money is news"


def test_an_unmatched_transfer_is_booked_with_the_orders_open_transfer(bank_transfers: Shop) -> None:
    """T64: the code was missing; the order's QR code is settled and nobody asks for it again."""
    buyer = bank_transfers.buyer()
    wanted = buyer.order(payment_provider="sepay").json
    transfer(bank_transfers, 299_000, "chuyen tien mua goi")
    exception = the_only(bank_transfers)
    assert (exception["reason"], exception["memo"], exception["order"]) == ("unmatched", "chuyen tien mua goi", None)
    act(bank_transfers, "attach", exception["id"], {"order_id": wanted["order"]["id"]})
    order = order_of(buyer, wanted)
    assert [(one["provider"], one["status"]) for one in order["payments"]] == [("sepay", "succeeded")]
    assert [item for item in bank_transfers.items("DUE#") if "sepay" in item["sk"]["S"]] == []


@pytest.mark.parametrize("status", ["fulfilled", "refunded", "partially_refunded"])
def test_an_order_that_takes_no_money_is_refused_by_name(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    placed = SCENES["unmatched"](shop, monkeypatch)
    set_status(placed["order"]["id"], status)
    exception = the_only(shop)
    refused = act(shop, "attach", exception["id"], {"order_id": placed["order"]["id"]})
    assert (refused.status, refused.json["code"]) == (409, "exception_action_impossible")
    assert "đơn hàng đang ở trạng thái" in refused.json["detail"]


@pytest.mark.parametrize(
    ("action", "body", "status", "code"),
    [
        ("attach", {"order_id": "ord_none"}, 404, "order_not_found"),
        ("attach", {}, 422, "validation_failed"),
        ("attach", {"order_id": "ord_1", "amount": 5}, 422, "validation_failed"),
        ("dismiss", {}, 422, "validation_failed"),
        ("dismiss", {"reason": " "}, 422, "validation_failed"),
        ("dismiss", {"reason": "x" * 501}, 422, "validation_failed"),
        ("dismiss", {"reason": "a\nb"}, 422, "validation_failed"),
        ("accept", {"amount": 5}, 422, "validation_failed"),
    ],
)
def test_what_an_action_cannot_read_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, action: str, body: Json, status: int, code: str
) -> None:
    SCENES["short"](shop, monkeypatch)
    exception = the_only(shop)
    refused = act(shop, action, exception["id"], body)
    assert (refused.status, refused.json["code"]) == (status, code)
    assert the_only(shop) == exception


@pytest.mark.parametrize("action", ACTIONS)
def test_an_exception_that_is_not_there_cannot_be_decided(shop: Shop, action: str) -> None:
    answer = act(shop, action, "exc_none", body_of(action, "ord_1"))
    assert (answer.status, answer.json["code"]) == (404, "exception_not_found")
    assert shop.operator().call("GET /admin/exceptions/{id}", id="exc_none").status == 404


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_but_an_operator_decides(shop: Shop, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    placed = SCENES["short"](shop, monkeypatch)
    exception = the_only(shop)
    body = body_of(action, placed["order"]["id"])
    assert act(shop, action, exception["id"], body, scope="billing:usage").status == 403
    for route in ("GET /admin/exceptions", "GET /admin/exceptions/{id}"):
        assert shop.operator(scope="").call(route, id=exception["id"]).status == 403
    assert the_only(shop) == exception


def test_of_two_operators_at_once_one_decides(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exception changed between reading and deciding: it is read again, and the other decision holds."""
    SCENES["cancelled"](shop, monkeypatch)
    exception = the_only(shop)
    accept = ExceptionTable.accept

    def overtaken(table: ExceptionTable, acceptance: Acceptance) -> None:
        monkeypatch.setattr(ExceptionTable, "accept", accept)
        act(shop, "dismiss", exception["id"], {"reason": "Khách không cần nữa"}, address="khac@goi.example")
        accept(table, acceptance)

    monkeypatch.setattr(ExceptionTable, "accept", overtaken)
    refused = act(shop, "accept", exception["id"])
    assert (refused.status, refused.json["code"]) == (409, "exception_not_open")
    now = shown(shop, exception["id"])
    assert (now["status"], now["resolution"]["by"], len(now["audit"])) == ("dismissed", "khac@goi.example", 1)
    assert now["order"]["status"] == "cancelled"


def test_an_order_that_is_paid_at_the_same_moment_is_not_fulfilled_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = SCENES["short"](shop, monkeypatch)
    exception = the_only(shop)
    accept = ExceptionTable.accept

    def overtaken(table: ExceptionTable, acceptance: Acceptance) -> None:
        monkeypatch.setattr(ExceptionTable, "accept", accept)
        pay(shop, placed["payment"], 77)
        accept(table, acceptance)

    monkeypatch.setattr(ExceptionTable, "accept", overtaken)
    refused = act(shop, "accept", exception["id"])
    assert (refused.status, refused.json["code"]) == (409, "exception_action_impossible")
    assert len(shop.buyer().account()["subscription"]["terms"]) == 1
    assert the_only(shop)["status"] == "open"


def test_a_decision_that_never_gets_through_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    SCENES["cancelled"](shop, monkeypatch)

    def never(*_: object) -> None:
        raise AlreadyDone

    monkeypatch.setattr(ExceptionTable, "decide", never)
    refused = act(shop, "dismiss", the_only(shop)["id"], {"reason": "x"})
    assert (refused.status, refused.json["code"]) == (409, "exception_action_impossible")


def test_open_ones_are_listed_page_by_page_newest_first(shop: Shop, buyer: Buyer) -> None:
    payment = buyer.order().json["payment"]
    for number in range(3):
        pay(shop, payment, number, TxnRef="NOBODYS")
        shop.advance(days=20)
    operator = shop.operator()
    first = operator.call("GET /admin/exceptions", query="limit=2").json
    rest = operator.call("GET /admin/exceptions", query=f"limit=2&cursor={first['next_cursor']}").json
    assert [one["transaction"] for one in first["items"] + rest["items"]] == ["2", "1", "0"]
    assert operator.call("GET /admin/exceptions", query=f"month=2026-11&cursor={first['next_cursor']}").status == 422
    assert operator.call("GET /admin/exceptions", query="month=november").status == 422
    assert listed(shop, "month=2026-11") == []


def test_money_is_kept_once_and_counted_once_however_often_it_is_told(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(shop.functions["send_invoice"], "count", counted.append)
    payment = buyer.order().json["payment"]
    for _ in range(3):
        pay(shop, payment, TxnRef="NOBODYS")
    assert len(listed(shop)) == 1
    assert counted == ["PaymentException"]
