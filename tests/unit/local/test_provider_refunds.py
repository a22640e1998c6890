"""Refunds between our adapters and the simulators: each money goes back once, whatever gets lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from billing.domain.payments import Payment
from billing.service.provider_port import ProviderUnavailable, RefundAnswer, RefundRequest
from local.simulators.behaviour import Refund
from tests.support.pairs import Pair

GIVE_BACK = ("vnpay", "momo", "zalopay", "stripe")
UNKNOWN = RefundAnswer("failed", "unknown")


@pytest.fixture(params=GIVE_BACK)
def pair(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Pair:
    return Pair(request.param, monkeypatch)


@pytest.fixture
def paid(pair: Pair) -> tuple[Payment, Any]:
    return pair.paid()


def said(pair: Pair, request: RefundRequest) -> RefundAnswer:
    """A refund that is asked for, and asked about as long as ZaloPay only works on it."""
    answer = pair.adapter.refund(request, pair.clock.now())
    return asked(pair, request) if pair.name == "zalopay" and answer.outcome == "pending" else answer


def asked(pair: Pair, request: RefundRequest) -> RefundAnswer:
    """What became of a refund."""
    return pair.adapter.query_refund(request, pair.clock.now())


def left(pair: Pair, paid: tuple[Payment, Any], amount: int) -> bool:
    """Whether exactly so much can still be given back."""
    too_much = said(pair, pair.refund_of(*paid, amount + 1, given_back=299_000 - amount))
    return too_much.outcome == "failed" and (
        not amount or said(pair, pair.refund_of(*paid, amount, given_back=299_000 - amount)).outcome == "succeeded"
    )


@pytest.mark.parametrize("amount", [299_000, 99_000], ids=["all", "a part"])
def test_money_is_given_back(pair: Pair, paid: tuple[Payment, Any], amount: int) -> None:
    request = pair.refund_of(*paid, amount)
    assert asked(pair, request) == UNKNOWN
    answer = said(pair, request)
    assert answer.outcome == "succeeded"
    assert answer.handle
    assert asked(pair, request) == answer
    assert left(pair, paid, 299_000 - amount)


def test_zalopay_works_on_a_refund_until_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = Pair("zalopay", monkeypatch)
    request = pair.refund_of(*pair.paid(), 99_000)
    assert pair.adapter.refund(request, pair.clock.now()).outcome == "pending"
    assert asked(pair, request).outcome == "succeeded"


def test_a_refund_said_twice_is_one(pair: Pair, paid: tuple[Payment, Any]) -> None:
    request = pair.refund_of(*paid, 99_000)
    assert said(pair, request).outcome == "succeeded"
    pair.clock.time += timedelta(hours=1)
    assert said(pair, request).outcome == "succeeded"
    assert left(pair, paid, 200_000)


def test_a_refund_whose_answer_got_lost_is_one(pair: Pair, paid: tuple[Payment, Any]) -> None:
    """T02: asked for, done, not heard of; then said again."""
    request = pair.refund_of(*paid, 99_000)
    pair.loses = 2 if pair.name == "vnpay" else 1
    with pytest.raises(ProviderUnavailable):
        said(pair, request)
    pair.loses = 0
    assert said(pair, request).outcome == "succeeded"
    assert left(pair, paid, 200_000)


@pytest.mark.parametrize(("then", "outcome"), [("normal", "succeeded"), ("refused", "failed")])
def test_a_pending_refund_ends_as_it_is_switched(
    pair: Pair, paid: tuple[Payment, Any], then: Refund, outcome: str
) -> None:
    request = pair.refund_of(*paid, 99_000)
    pair.behaviour.refund = "pending"
    for _ in range(2):
        assert pair.adapter.refund(request, pair.clock.now()).outcome == "pending"
        assert asked(pair, request).outcome == "pending"
    pair.behaviour.refund = then
    assert asked(pair, request).outcome == outcome
    pair.behaviour.refund = "normal"
    assert asked(pair, request).outcome == outcome
    assert left(pair, paid, 200_000 if outcome == "succeeded" else 299_000)


def test_a_refused_refund_failed_and_gave_nothing_back(pair: Pair, paid: tuple[Payment, Any]) -> None:
    pair.behaviour.refund = "refused"
    answer = said(pair, pair.refund_of(*paid, 99_000))
    assert (answer.outcome, answer.reason != "unknown") == ("failed", True)
    pair.behaviour.refund = "normal"
    assert left(pair, paid, 299_000)


def test_refunds_of_the_same_amount_are_two(pair: Pair, paid: tuple[Payment, Any]) -> None:
    first = pair.refund_of(*paid, 99_000)
    second = pair.refund_of(*paid, 99_000, given_back=99_000)
    answers = [said(pair, first), said(pair, second)]
    assert [answer.outcome for answer in answers] == ["succeeded", "succeeded"]
    assert answers[0].handle != answers[1].handle
    assert left(pair, paid, 101_000)


def test_a_refund_while_another_is_under_way_is_not_lost(pair: Pair, paid: tuple[Payment, Any]) -> None:
    """VNPAY takes one at a time: the second is pending until it can be said again."""
    pair.behaviour.refund = "pending"
    first, second = pair.refund_of(*paid, 99_000), pair.refund_of(*paid, 50_000, given_back=99_000)
    for request in (first, second):
        assert pair.adapter.refund(request, pair.clock.now()).outcome == "pending"
    pair.behaviour.refund = "normal"
    state = asked(pair, second)
    assert (said(pair, second) if state == UNKNOWN else state).outcome == "succeeded"
    assert left(pair, paid, 150_000)


def test_what_was_not_paid_is_not_given_back(pair: Pair, paid: tuple[Payment, Any]) -> None:
    _, notice = paid
    other = pair.open()
    request = replace(pair.refund_of(other, notice, 99_000), transaction="pi_none" if pair.name == "stripe" else "777")
    assert said(pair, request).outcome == "failed"
    assert left(pair, paid, 299_000)


def test_a_failing_provider_says_nothing_of_a_refund(pair: Pair, paid: tuple[Payment, Any]) -> None:
    request = pair.refund_of(*paid, 99_000)
    said(pair, request)
    pair.behaviour.query = "error"
    with pytest.raises(ProviderUnavailable):
        asked(pair, request)
    pair.behaviour.query = "normal"
    assert asked(pair, request).outcome == "succeeded"


def test_a_lagging_provider_has_not_heard_of_a_refund(pair: Pair, paid: tuple[Payment, Any]) -> None:
    pair.clock.time += timedelta(minutes=20)
    request = pair.refund_of(*paid, 99_000)
    said(pair, request)
    pair.behaviour.query = "lag"
    assert asked(pair, request) == UNKNOWN
    pair.clock.time += timedelta(minutes=20)
    assert asked(pair, request).outcome == "succeeded"


def test_a_payment_of_another_amount_is_given_back_by_its_own_number(pair: Pair) -> None:
    """Money that fits no order is refunded as well; what was paid later stays."""
    one = pair.open()
    pair.settle(one, amount=50_000)
    pair.settle(one)
    short, right = pair.told
    request = replace(pair.refund_of(one, short, 50_000), paid_amount=50_000)
    assert said(pair, request).outcome == "succeeded"
    assert left(pair, (one, right), 299_000)
