"""The part of a refund that an exception keeps: set aside, gone, or free again."""

from datetime import timedelta
from typing import Any

import pytest

from billing.adapters.dynamodb.client import ConditionFailed, Table
from billing.adapters.dynamodb.exceptions import reserve_refund, settle_refund
from billing.domain.refunds import Refund
from tests.support.exceptions import SCENES, Json, act, listed, order_of, shown, the_only, transfer
from tests.support.refunding import PENDING, REFUSED, Bank, put_in_vnpays_place, sweep
from tests.support.refunding import refund as refund_order
from tests.support.shop import START, TABLE, Answer, Shop


def refund(exception: Json, amount: int) -> Refund:
    """A refund of an exception's money that has ended."""
    values: dict[str, Any] = {
        "id": "ref_1",
        "order_id": None,
        "exception_id": exception["id"],
        "account_id": None,
        "provider": exception["provider"],
        "payment_reference": exception["reference"],
        "transaction": exception["transaction"],
        "amount": amount,
        "paid_amount": exception["amount"],
        "given_back": 0,
        "currency": "VND",
        "reason": "Chuyển thừa",
        "by_api": True,
        "bank": None,
        "reference": "R1",
        "status": "succeeded",
        "version": 1,
        "requested_by": "ketoan@goi.example",
        "started_at": START,
        "paid_at": START,
        "created_at": START,
        "settled_at": START + timedelta(minutes=5),
    }
    return Refund(**values)


def reserve(exception: Json, amount: int, version: int = 1) -> None:
    """As the refund's own transaction takes it along."""
    table = Table(TABLE)
    table.transact(reserve_refund(table, exception["id"], version, amount))


def settle(exception: Json, amount: int, *, succeeded: bool) -> None:
    """As the end of the refund takes it along."""
    table = Table(TABLE)
    table.transact(settle_refund(table, exception["id"], refund(exception, amount), succeeded=succeeded))


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    """A provider that gives money back at once."""
    return put_in_vnpays_place(monkeypatch, Bank())


def give_back(shop: Shop, exception: Json, key: str = "k1", **body: Any) -> Answer:
    """POST /admin/exceptions/{id}/refund."""
    asked = {"reason": "Chuyển hai lần", **body}
    return shop.operator().call("POST /admin/exceptions/{id}/refund", asked, key=key, id=exception["id"])


def test_a_second_payment_goes_back_and_the_exception_is_decided(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, bank: Bank
) -> None:
    """T04: what was paid twice goes back once, however often it is asked for."""
    placed = SCENES["second_payment"](shop, monkeypatch)
    exception = the_only(shop)
    made = give_back(shop, exception)
    assert (made.status, made.json["refund"]["status"]) == (201, "succeeded")
    assert (made.json["exception"]["status"], made.json["exception"]["refunded"]) == ("refunded", 299_000)
    assert made.json["exception"]["resolution"]["reason"] == "Chuyển hai lần"
    again = give_back(shop, exception)
    assert (again.status, again.headers["idempotent-replay"]) == (200, "true")
    assert again.json["refund"]["id"] == made.json["refund"]["id"]
    assert give_back(shop, exception, reason="x").json["code"] == "idempotency_conflict"
    another = give_back(shop, exception, "k2")
    assert (another.status, another.json["code"]) == (409, "exception_not_open")
    assert [request.amount for request in bank.said] == [299_000]
    assert order_of(shop.buyer(), placed)["status"] == "fulfilled"
    assert [entry["action"] for entry in shown(shop, exception["id"])["audit"]] == ["refund"]


def test_a_refund_takes_a_key_and_no_more_than_is_left(shop: Shop, monkeypatch: pytest.MonkeyPatch, bank: Bank) -> None:
    SCENES["second_payment"](shop, monkeypatch)
    exception = the_only(shop)
    route = "POST /admin/exceptions/{id}/refund"
    refused = shop.operator().call(route, {"reason": "x"}, id=exception["id"])
    assert refused.json["code"] == "idempotency_key_required"
    for amount in (0, -1, 299_001):
        assert give_back(shop, exception, amount=amount).json["errors"][0]["field"] == "amount"
    assert the_only(shop) == exception
    assert bank.said == []


def test_the_surplus_goes_back_and_the_rest_pays_the_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, bank: Bank
) -> None:
    """T64: more than asked for; the surplus goes back before or after the rest is accepted, and never twice."""
    placed = SCENES["over"](shop, monkeypatch)
    exception = the_only(shop)
    act(shop, "accept", exception["id"])
    assert give_back(shop, exception, amount=10_001).status == 422
    made = give_back(shop, exception)
    assert (made.json["refund"]["amount"], made.json["exception"]["status"]) == (10_000, "accepted")
    assert give_back(shop, exception, "k2").json["code"] == "exception_not_open"
    rest = refund_order(shop, placed["order"]).json["refund"]
    assert rest["amount"] == 299_000, "the order's own money, without what was too much"
    assert order_of(shop.buyer(), placed)["status"] == "refunded"


def test_a_refund_that_hangs_holds_other_decisions_up(shop: Shop, monkeypatch: pytest.MonkeyPatch, bank: Bank) -> None:
    SCENES["cancelled"](shop, monkeypatch)
    exception = the_only(shop)
    bank.answer = PENDING
    assert give_back(shop, exception, amount=100_000).json["refund"]["status"] == "pending"
    for action, body in (("accept", None), ("dismiss", {"reason": "x"})):
        assert act(shop, action, exception["id"], body).json["code"] == "exception_action_impossible"
    assert give_back(shop, exception, "k2").json["code"] == "exception_action_impossible"
    bank.query = REFUSED
    shop.advance(hours=1)
    sweep(shop)
    assert the_only(shop)["refundable"] == 299_000
    assert act(shop, "accept", exception["id"]).status == 200


def test_a_transfer_that_names_nobody_goes_back_to_the_account_that_an_operator_names(bank_transfers: Shop) -> None:
    transfer(bank_transfers, 299_000, "khong ro")
    exception = the_only(bank_transfers)
    assert give_back(bank_transfers, exception).json["errors"][0]["field"] == "bank"
    account = {"bank": "970436", "number": "0071000888888", "name": "NGUYEN VAN A"}
    made = give_back(bank_transfers, exception, bank=account).json
    assert (made["refund"]["by"], made["refund"]["status"]) == ("hand", "requested")
    assert (made["exception"]["status"], made["exception"]["refunding"]) == ("open", 299_000)
    operator = bank_transfers.operator()
    done = {"bank_reference": "FT123"}
    assert operator.call("POST /admin/refunds/{id}/complete", done, id=made["refund"]["id"]).status == 200
    assert shown(bank_transfers, exception["id"])["status"] == "refunded"


def test_money_that_was_given_to_an_order_goes_back_under_the_reference_it_came_by(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, bank: Bank
) -> None:
    placed = SCENES["unmatched"](shop, monkeypatch)
    act(shop, "attach", the_only(shop)["id"], {"order_id": placed["order"]["id"]})
    assert refund_order(shop, placed["order"]).json["refund"]["amount"] == 299_000
    assert [request.payment_reference for request in bank.said] == ["NOBODYS"]


def test_all_of_the_money_given_back_decides_the_exception(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    SCENES["second_payment"](shop, monkeypatch)
    exception = the_only(shop)
    reserve(exception, 299_000)
    waiting = the_only(shop)
    assert (waiting["refunding"], waiting["refundable"], waiting["actions"]) == (299_000, 0, [])
    assert act(shop, "dismiss", exception["id"], {"reason": "x"}).json["code"] == "exception_action_impossible"
    settle(exception, 299_000, succeeded=True)
    done = shown(shop, exception["id"])
    assert (done["status"], done["refunded"], done["refunding"]) == ("refunded", 299_000, 0)
    assert done["resolution"] == {
        "action": "refund",
        "by": "ketoan@goi.example",
        "at": "2026-11-23T03:05:00Z",
        "reason": "Chuyển thừa",
        "order_id": None,
    }
    assert listed(shop) == []
    assert [one["id"] for one in listed(shop, "month=2026-11")] == [exception["id"]]


def test_a_part_given_back_leaves_the_rest_to_decide(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """First the surplus goes back, then the rest pays the order."""
    SCENES["over"](shop, monkeypatch)
    exception = the_only(shop)
    reserve(exception, 10_000)
    settle(exception, 10_000, succeeded=True)
    rest = the_only(shop)
    assert (rest["status"], rest["refunded"], rest["refundable"]) == ("open", 10_000, 299_000)
    done = act(shop, "accept", exception["id"]).json
    assert (done["status"], done["refundable"]) == ("accepted", 0)


def test_too_little_that_is_left_is_not_accepted(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    SCENES["over"](shop, monkeypatch)
    exception = the_only(shop)
    reserve(exception, 10_001)
    settle(exception, 10_001, succeeded=True)
    refused = act(shop, "accept", exception["id"])
    assert (refused.status, refused.json["code"]) == (409, "exception_action_impossible")


def test_a_refund_that_failed_frees_the_money(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    SCENES["second_payment"](shop, monkeypatch)
    exception = the_only(shop)
    reserve(exception, 299_000)
    settle(exception, 299_000, succeeded=False)
    free = the_only(shop)
    assert (free["status"], free["refunded"], free["refundable"]) == ("open", 0, 299_000)


def test_the_surplus_of_an_accepted_exception_goes_back_and_it_stays_accepted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    SCENES["over"](shop, monkeypatch)
    exception = the_only(shop)
    act(shop, "accept", exception["id"])
    reserve(exception, 10_000, version=2)
    settle(exception, 10_000, succeeded=True)
    done = shown(shop, exception["id"])
    assert (done["status"], done["refunded"], done["refundable"]) == ("accepted", 10_000, 0)
    assert done["resolution"]["action"] == "accept"


def test_money_that_changed_since_it_was_read_is_not_set_aside(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two refunds at once, or a refund and a decision: one of them holds."""
    SCENES["second_payment"](shop, monkeypatch)
    exception = the_only(shop)
    reserve(exception, 200_000)
    with pytest.raises(ConditionFailed):
        reserve(exception, 200_000)
    settle(exception, 200_000, succeeded=False)
    act(shop, "dismiss", exception["id"], {"reason": "x"})
    with pytest.raises(ConditionFailed):
        reserve(exception, 200_000, version=4)


def test_a_refund_of_nothing_that_is_stored_is_our_fault(shop: Shop) -> None:
    table = Table(TABLE)
    with pytest.raises(LookupError):
        settle_refund(
            table,
            "exc_none",
            refund({"id": "exc_none", "provider": "vnpay", "reference": "R", "transaction": "1", "amount": 1}, 1),
            succeeded=True,
        )
