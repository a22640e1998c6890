"""Messages that failed for good: kept in the inbox, sent again by an operator."""

import pytest

from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.exceptions import keep
from billing.domain.inbox import PaymentException
from tests.support.exceptions import SCENES, act, down, listed, the_only
from tests.support.shop import Shop


def test_a_failed_message_is_kept_with_what_it_tells_and_done_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T68: what failed for good is not forgotten in a queue; it continues where it stopped, and nothing twice."""
    placed = SCENES["failed_message"](shop, monkeypatch)
    exception = the_only(shop)
    assert (exception["order_id"], exception["amount"], exception["transaction"]) == (
        placed["order"]["id"],
        299_000,
        "1",
    )
    assert exception["message_body"].startswith("{")
    shop.advance(minutes=5)
    assert act(shop, "retry", exception["id"]).json["status"] == "retried"
    assert shop.settle() == []
    assert len(shop.mails()) == len(shop.items("INVOICE#")) == 1
    assert len(shop.buyer().account()["subscription"]["terms"]) == 1


def test_a_message_that_nobody_can_read_is_kept_but_not_retried(shop: Shop) -> None:
    shop.unsettled += ["no JSON", '{"notice": {"provider": "vnpay"}}', "[]"]
    assert shop.give_up() == []
    found = listed(shop)
    assert [(one["reason"], one["amount"], one["suggestion"]) for one in found] == [
        ("failed_message", None, "dismiss")
    ] * 3
    refused = act(shop, "retry", found[0]["id"])
    assert (refused.status, refused.json["code"]) == (409, "exception_action_impossible")
    assert act(shop, "dismiss", found[0]["id"], {"reason": "Không đọc được"}).status == 200


def test_a_failed_message_is_kept_and_counted_once_however_often_it_is_delivered(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(shop.functions["keep_failed"], "count", counted.append)
    for _ in range(2):
        shop.unsettled.append("no JSON")
        assert shop.give_up() == []
    assert (len(listed(shop)), counted) == (1, ["PaymentException"])


def test_what_cannot_be_kept_stays_in_the_queue_and_the_rest_does_not(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = shop.functions["keep_failed"]

    def fail_once(table: Table, exception: PaymentException) -> bool:
        monkeypatch.setattr(function, "keep", keep)
        raise ConnectionError("not now")

    monkeypatch.setattr(function, "keep", fail_once)
    shop.unsettled += ["one", "two"]
    assert shop.give_up() == ["msg-1"]
    assert [one["message_id"] for one in listed(shop)] == ["msg-2"]


def test_a_retry_whose_message_could_not_be_sent_stays_open(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    SCENES["failed_message"](shop, monkeypatch)
    exception = the_only(shop)
    with monkeypatch.context() as patch:
        patch.setattr("billing.adapters.queue.PaymentsQueue.send", down)
        assert act(shop, "retry", exception["id"]).status == 500
    assert the_only(shop) == exception
