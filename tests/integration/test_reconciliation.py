"""The sweep of open payments: what webhooks did not tell is asked for, then orders expire."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from billing.adapters.providers.vnpay import Vnpay
from billing.domain.orders import Notice, Payment
from billing.service.ports import ProviderUnavailable
from tests.support.shop import Buyer, Shop

Answers = Callable[[Payment, datetime], Notice]


def says(outcome: str, *, short: int = 0) -> Answers:
    """A provider's answer to our query."""

    def answer(payment: Payment, now: datetime) -> Notice:
        amount = payment.amount - short
        return Notice("vnpay", payment.reference, outcome, amount, "VND", "777", "00", now)

    return answer


def unreachable(*_: object) -> Notice:
    """A provider that does not answer."""
    raise ProviderUnavailable("no answer")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answers], None]:
    """Decides what VNPAY answers from now on."""

    def decide(answers: Answers) -> None:
        monkeypatch.setattr(Vnpay, "query", lambda _, payment, now: answers(payment, now))

    return decide


def sweep(shop: Shop) -> dict[str, int]:
    """One run of the scheduled function."""
    result: dict[str, int] = shop.functions["reconcile_payments"].handler({}, None)
    return result


def status(buyer: Buyer, placed: dict[str, Any]) -> str:
    """The order's status now."""
    return str(buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json["status"])


def test_a_payment_whose_webhook_was_lost_is_fulfilled(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]
) -> None:
    """T11: paid, and no webhook ever came."""
    placed = buyer.order().json
    provider(says("paid"))
    assert sweep(shop) == {"asked": 0, "queued": 0, "expired": 0, "postponed": 0}, "its time has not passed"
    shop.advance(minutes=31)
    assert sweep(shop)["queued"] == 1
    assert shop.settle() == []
    assert status(buyer, placed) == "fulfilled"
    shop.advance(hours=1)
    assert sweep(shop)["asked"] == 0
    assert len(shop.mails()) == 1


def test_an_unpaid_order_expires_and_gives_its_coupon_back(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]
) -> None:
    placed = [shop.buyer(f"acc-{number}").order(coupon_code="SOM3").json for number in range(3)]
    assert buyer.order("late", coupon_code="SOM3").json["code"] == "coupon_exhausted"
    provider(says("failed"))
    shop.advance(minutes=31)
    assert sweep(shop)["expired"] == 3
    order = shop.buyer("acc-0").call("GET /orders/{id}", id=placed[0]["order"]["id"]).json
    assert (order["status"], order["payments"][0]["status"]) == ("expired", "expired")
    assert buyer.order("late", coupon_code="SOM3").status == 201


def test_a_late_success_after_expiry_is_fulfilled_all_the_same(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]
) -> None:
    """T63: the shown expiry does not make money less real."""
    placed = buyer.order().json
    provider(says("failed"))
    shop.advance(minutes=31)
    sweep(shop)
    assert status(buyer, placed) == "expired"
    shop.advance(days=2)
    assert shop.ipn(placed["payment"]).json["RspCode"] == "00"
    assert shop.settle() == []
    assert status(buyer, placed) == "fulfilled"


@pytest.mark.parametrize("answers", [unreachable, says("pending")])
def test_an_undecided_payment_is_asked_about_again(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None], answers: Answers
) -> None:
    placed = buyer.order().json
    provider(answers)
    shop.advance(minutes=31)
    assert sweep(shop)["postponed"] == 1
    assert sweep(shop)["asked"] == 0, "not before its next time"
    assert status(buyer, placed) == "pending"
    provider(says("paid"))
    shop.advance(minutes=11)
    sweep(shop)
    shop.settle()
    assert status(buyer, placed) == "fulfilled"


def test_a_sweep_that_was_down_for_days_catches_up(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]
) -> None:
    sweep(shop)
    placed = []
    for day in range(4):
        placed.append(buyer.order(f"k{day}").json)
        shop.advance(days=1)
    provider(says("failed"))
    shop.advance(days=21)
    assert sweep(shop)["expired"] == 4
    assert [status(buyer, order) for order in placed] == ["expired"] * 4


def test_a_clock_that_was_set_back_loses_nothing(shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]) -> None:
    shop.advance(days=25)
    sweep(shop)
    shop.advance(days=-25)
    sweep(shop)
    placed = buyer.order().json
    provider(says("failed"))
    shop.advance(hours=1)
    assert sweep(shop)["expired"] == 1
    assert status(buyer, placed) == "expired"


def test_a_short_payment_that_is_asked_for_becomes_an_exception(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]
) -> None:
    placed = buyer.order().json
    provider(says("paid", short=1_000))
    shop.advance(minutes=31)
    assert sweep(shop)["queued"] == 1
    shop.settle()
    (exception,) = shop.items("EXCEPTION#")
    assert exception["reason"]["S"] == "short"
    assert status(buyer, placed) == "expired", "no buyer is kept waiting for an attempt that is over"


def test_an_order_lives_as_long_as_its_longest_attempt(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]
) -> None:
    placed = buyer.order().json
    shop.ipn(placed["payment"], ResponseCode="24", TransactionStatus="02", TransactionNo="0")
    shop.settle()
    shop.advance(minutes=20)
    buyer.call("POST /orders/{id}/payments", {"payment_provider": "vnpay"}, id=placed["order"]["id"])
    provider(says("failed"))
    shop.advance(minutes=11)
    sweep(shop)
    assert status(buyer, placed) == "pending"
    shop.advance(minutes=20)
    sweep(shop)
    assert status(buyer, placed) == "expired"


def test_one_run_is_bounded_and_the_next_goes_on(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        buyer.order(f"k{number}")
    provider(says("failed"))
    shop.advance(hours=1)
    function = shop.functions["reconcile_payments"]
    monkeypatch.setattr(function, "reconciliation", replace(function.reconciliation, limit=2))
    assert [sweep(shop)["expired"] for _ in range(4)] == [2, 2, 1, 0]


def test_a_free_order_whose_message_got_lost_is_documented(shop: Shop, buyer: Buyer) -> None:
    placed = buyer.order(coupon_code="FREE100", payment_provider=None).json
    assert len(shop.queued()) == 1, "taken off the queue: lost"
    shop.advance(minutes=11)
    assert sweep(shop)["queued"] == 1
    shop.settle()
    assert buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json["invoice_id"]
    shop.advance(minutes=11)
    assert sweep(shop)["queued"] == 0
    assert len(shop.mails()) == 1
