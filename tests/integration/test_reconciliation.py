"""The sweep of open payments: what webhooks did not tell is asked for, then orders expire."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.payments import payment_due
from billing.adapters.providers.vnpay import Vnpay
from billing.domain.payments import Notice, Payment
from billing.service.provider_port import ProviderUnavailable
from tests.support.shop import TABLE, Buyer, Shop

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
    """What one run of the scheduled function did about payments."""
    result = shop.functions["reconcile_payments"].handler({}, None)
    return {name: count for name, count in result.items() if name not in {"refunds", "overlooked"}}


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


def test_the_first_sweep_finds_what_became_due_before_there_was_one(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]
) -> None:
    placed = buyer.order().json
    provider(says("paid"))
    shop.advance(days=10)
    sweep(shop)
    shop.settle()
    assert status(buyer, placed) == "fulfilled"


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


def test_an_expired_attempt_is_asked_about_once_more_a_day_later(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]
) -> None:
    """T63: the money came after the end, and its webhook was lost too."""
    placed = buyer.order().json
    provider(says("failed"))
    shop.advance(minutes=31)
    sweep(shop)
    assert status(buyer, placed) == "expired"
    provider(says("paid"))
    shop.advance(hours=23)
    assert sweep(shop)["asked"] == 0
    shop.advance(hours=2)
    assert sweep(shop)["queued"] == 1
    shop.settle()
    assert status(buyer, placed) == "fulfilled"


def test_the_last_look_is_the_last(shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]) -> None:
    buyer.order()
    provider(says("failed"))
    shop.advance(minutes=31)
    assert sweep(shop)["asked"] == 1
    shop.advance(days=1)
    assert sweep(shop)["asked"] == 1
    shop.advance(days=30)
    assert sweep(shop)["asked"] == 0
    assert shop.items("DUE#PAYMENTS") == []


def test_a_provider_that_does_not_answer_is_asked_less_and_less_often(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]
) -> None:
    buyer.order()
    provider(unreachable)
    shop.advance(minutes=31)
    waits: list[int] = []
    minutes = 0
    while len(waits) < 9:
        if sweep(shop)["asked"]:
            waits.append(minutes)
            minutes = 0
        shop.advance(minutes=10)
        minutes += 10
    assert waits == [0, 10, 20, 40, 80, 160, 320, 360, 360]


def test_a_fault_with_one_payment_does_not_hold_the_others_up(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]
) -> None:
    placed = [buyer.order(f"k{number}").json for number in range(3)]
    poisoned = placed[1]["order"]["id"]
    paid = says("paid")

    def answer(payment: Payment, now: datetime) -> Notice:
        if payment.order_id == poisoned:
            raise ZeroDivisionError
        return paid(payment, now)

    provider(answer)
    shop.advance(minutes=31)
    assert sweep(shop)["queued"] == 2
    shop.settle()
    assert [status(buyer, order) for order in placed] == ["fulfilled", "pending", "fulfilled"]
    provider(paid)
    shop.advance(minutes=11)
    sweep(shop)
    shop.settle()
    assert status(buyer, placed[1]) == "fulfilled"


def test_a_provider_that_was_switched_off_leaves_its_open_payments_for_later(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = buyer.order().json
    provider(says("paid"))
    shop.advance(minutes=31)
    with monkeypatch.context() as switched_off:
        switched_off.setenv("PROVIDERS", "sepay")
        assert sweep(shop)["postponed"] == 1
    shop.advance(minutes=11)
    sweep(shop)
    shop.settle()
    assert status(buyer, placed) == "fulfilled"


def test_where_nobody_can_be_asked_the_attempt_ends_and_an_operator_is_told(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    placed = buyer.order().json
    monkeypatch.setattr(Vnpay, "asks", False)
    shop.advance(minutes=31)
    assert sweep(shop) == {"asked": 0, "queued": 0, "expired": 1, "postponed": 0}
    assert '"PaymentNotAsked":[1' in capsys.readouterr().out.replace(" ", "")
    assert (status(buyer, placed), shop.items("DUE#PAYMENTS")) == ("expired", [])
    assert shop.ipn(placed["payment"]).json["RspCode"] == "00", "its webhook still counts"
    shop.settle()
    assert status(buyer, placed) == "fulfilled"


def test_a_run_begins_nothing_after_its_time(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        buyer.order(f"k{number}")
    provider(says("failed"))
    shop.advance(hours=1)
    function, seconds = shop.functions["reconcile_payments"], iter(range(0, 10_000, 90))
    patient = replace(function.reconciliation, elapsed=lambda: next(seconds), seconds=200.0)
    monkeypatch.setattr(function, "reconciliation", patient)
    assert [sweep(shop)["expired"] for _ in range(3)] == [3, 2, 0]


def test_a_day_with_more_than_a_page_of_due_payments_is_caught_up_with_after_an_outage(shop: Shop) -> None:
    sweep(shop)
    table = Table(TABLE)
    for number in range(450):
        table.write(payment_due(table, shop.now, "vnpay", f"GONE{number:03d}", f"ord_{number}"))
    shop.advance(days=5)
    sweep(shop)
    assert shop.items("DUE#PAYMENTS") == [], "entries without an order have nothing to ask"


def test_an_order_waits_for_another_attempt_that_is_not_decided(
    shop: Shop, buyer: Buyer, provider: Callable[[Answers], None]
) -> None:
    """The coupon's place must not be given back while one provider has not said unpaid."""
    placed = buyer.order(coupon_code="SOM3").json
    shop.advance(minutes=29)
    shop.ipn(placed["payment"], ResponseCode="24", TransactionStatus="02", TransactionNo="0")
    shop.settle()
    second = buyer.call("POST /orders/{id}/payments", {"payment_provider": "vnpay"}, id=placed["order"]["id"]).json
    silent = dict(parse_qsl(urlsplit(second["payment"]["url"]).query))["vnp_TxnRef"]
    refused = says("failed")
    provider(lambda payment, now: unreachable() if payment.reference == silent else refused(payment, now))
    shop.advance(hours=2)
    sweep(shop)
    assert status(buyer, placed) == "pending"
    provider(refused)
    shop.advance(minutes=11)
    sweep(shop)
    assert status(buyer, placed) == "expired"


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
