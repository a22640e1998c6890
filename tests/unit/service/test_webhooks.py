"""What a webhook leads to, whoever sends it: an answer, and at most one message in the queue."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from billing.domain.payments import DocumentRequest, Notice, Payment
from billing.service.basic_ports import Payments
from billing.service.provider_port import BadSignature, Ignored, Outcome, Provider, WebhookRequest
from billing.service.webhooks import Webhooks
from tests.support.values import HANOI, NOON

PAYMENT = Payment(
    id="pay_1",
    order_id="ord_1",
    account_id="acc-1",
    provider="stripe",
    reference="R1",
    amount=299_000,
    currency="VND",
    status="open",
    url=None,
    qr_content=None,
    document=DocumentRequest("receipt", "", "BL{yy}", HANOI.key),
    created_at=NOON,
    expires_at=NOON + timedelta(minutes=35),
)
NOTICE = Notice("stripe", "R1", "paid", 299_000, "VND", "pi_1", "paid", NOON)


@dataclass
class Sender:
    """A provider whose next message is known."""

    message: Notice | Exception

    def read_webhook(self, request: WebhookRequest, now: datetime) -> Notice:
        if isinstance(self.message, Exception):
            raise self.message
        return self.message


@dataclass
class Desk:
    """The webhooks with one stored payment, and what they queued."""

    payment: Payment | None = PAYMENT
    queued: list[Mapping[str, Any]] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    reads: int = 0

    def now(self) -> datetime:
        return NOON

    def find(self, provider: str, reference: str) -> Payment | None:
        self.reads += 1
        payment = self.payment
        return payment if payment and (provider, reference) == (payment.provider, payment.reference) else None

    def is_kept(self, notice: Notice) -> bool:
        self.reads += 1
        return notice.transaction in self.kept

    def send(self, message: Mapping[str, Any]) -> None:
        self.queued.append(message)

    def receive(self, message: Notice | Exception) -> Outcome:
        webhooks = Webhooks(cast("Payments", self), self, self)
        return webhooks.receive(cast("Provider", Sender(message)), WebhookRequest("POST"))


def test_a_bad_signature_reads_and_queues_nothing() -> None:
    desk = Desk()
    assert desk.receive(BadSignature()) is Outcome.BAD_SIGNATURE
    assert desk.queued == []


def test_a_message_that_is_about_no_payment_is_acknowledged_and_changes_nothing() -> None:
    """T15: the provider does not send it again, and nothing is remembered that could hide a later message."""
    desk = Desk()
    assert desk.receive(Ignored()) is Outcome.ACCEPTED
    assert desk.queued == []


def test_what_is_not_decided_yet_is_acknowledged_and_changes_nothing() -> None:
    """T13: neither a short amount nor a payment that has succeeded since makes more of it."""
    for payment in (PAYMENT, replace(PAYMENT, status="succeeded")):
        for amount in (299_000, 1):
            desk = Desk(payment)
            assert desk.receive(replace(NOTICE, outcome="pending", amount=amount)) is Outcome.ACCEPTED
            assert desk.queued == []
    assert Desk(None).receive(replace(NOTICE, outcome="pending")) is Outcome.UNKNOWN_ORDER


@pytest.mark.parametrize("outcome", ["paid", "failed"])
def test_news_of_a_payment_is_queued(outcome: str) -> None:
    desk = Desk()
    assert desk.receive(replace(NOTICE, outcome=outcome)) is Outcome.ACCEPTED
    (message,) = desk.queued
    assert (message["order_id"], message["notice"]["outcome"]) == ("ord_1", outcome)


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"amount": 1}, Outcome.WRONG_AMOUNT), ({"currency": "USD"}, Outcome.WRONG_AMOUNT), ({"reference": "R2"}, None)],
)
def test_money_that_does_not_fit_is_queued_and_a_failure_that_does_not_fit_is_not(
    change: dict[str, Any], expected: Outcome | None
) -> None:
    """T19: the money is real."""
    for outcome, messages in (("paid", 1), ("failed", 0)):
        desk = Desk()
        assert desk.receive(replace(NOTICE, outcome=outcome, **change)) is (expected or Outcome.UNKNOWN_ORDER)
        assert len(desk.queued) == messages


def test_what_is_stored_already_is_a_duplicate() -> None:
    paid = replace(PAYMENT, status="succeeded", transaction="pi_1")
    for message in (NOTICE, replace(NOTICE, outcome="failed")):
        desk = Desk(paid)
        assert desk.receive(message) is Outcome.DUPLICATE
        assert desk.queued == []


@pytest.mark.parametrize("status", ["succeeded", "partially_refunded", "refunded"])
def test_a_second_payment_of_an_attempt_is_news_until_its_exception_is_stored(status: str) -> None:
    """T19, T49: the money is kept once, and the provider learns that it need not send again."""
    desk = Desk(replace(PAYMENT, status=status, transaction="pi_1"))
    second = replace(NOTICE, transaction="pi_2")
    assert desk.receive(second) is Outcome.ACCEPTED
    assert len(desk.queued) == 1
    desk.kept.add("pi_2")
    assert desk.receive(second) is Outcome.DUPLICATE
    assert desk.receive(NOTICE) is Outcome.DUPLICATE
    assert len(desk.queued) == 1


def test_only_a_second_payment_of_an_attempt_is_looked_up_twice() -> None:
    paid = replace(PAYMENT, status="succeeded", transaction="pi_1")
    for payment in (PAYMENT, paid, replace(PAYMENT, status="failed"), None):
        for message in (NOTICE, replace(NOTICE, amount=1), replace(NOTICE, outcome="failed")):
            desk = Desk(payment)
            desk.receive(message)
            assert desk.reads == 1
    desk = Desk(paid)
    desk.receive(replace(NOTICE, transaction="pi_2", outcome="pending"))
    assert desk.reads == 1, "nothing is decided yet"
