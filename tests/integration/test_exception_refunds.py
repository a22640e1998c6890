"""The part of a refund that an exception keeps: set aside, gone, or free again."""

from datetime import timedelta
from typing import Any

import pytest

from billing.adapters.dynamodb.client import ConditionFailed, Table
from billing.adapters.dynamodb.exceptions import reserve_refund, settle_refund
from billing.domain.refunds import Refund
from tests.support.exceptions import SCENES, Json, act, listed, shown, the_only
from tests.support.shop import START, TABLE, Shop


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
