"""Contract, section 4: what each provider is answered, over the simulators' own messages; and buying through each.

A provider that is invented for the tests runs through the same, so that adding one takes no test that is not its own.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from billing.adapters.providers import registry
from local.simulators.base import Sent
from tests.support.invented import registered
from tests.support.market import Market, market
from tests.support.shop import Buyer

INVENTED = "heodat"
NAMES = [*registry.MODULES, INVENTED]

Answer = tuple[int, Any]


class Answers(NamedTuple):
    """Status and body, or the body's member that decides; None where the provider tells nobody of it."""

    member: str
    paid: Answer
    failed: Answer | None
    duplicate: Answer
    unknown_order: Answer
    wrong_amount: Answer
    bad_signature: Answer
    our_fault: Answer


ANSWERS = {
    "vnpay": Answers(
        "RspCode", (200, "00"), (200, "00"), (200, "02"), (200, "01"), (200, "04"), (200, "97"), (200, "99")
    ),
    "momo": Answers("", (204, ""), (204, ""), (204, ""), (404, ""), (204, ""), (401, ""), (503, "")),
    "zalopay": Answers("return_code", (200, 1), None, (200, 2), (200, 2), (200, 1), (200, -1), (200, 0)),
    "payos": Answers("success", (200, True), None, (200, True), (200, True), (200, True), (401, False), (503, False)),
    "sepay": Answers("success", (200, True), None, (200, True), (200, True), (200, True), (401, False), (503, False)),
    "stripe": Answers(
        "received", (200, True), (200, True), (200, True), (200, True), (200, True), (400, False), (503, False)
    ),
    INVENTED: Answers(
        "taken", (200, True), (200, True), (200, True), (200, True), (200, True), (401, False), (503, False)
    ),
}


@pytest.fixture(scope="module")
def known() -> Iterator[None]:
    """The invented provider is one of them."""
    with registered():
        yield


@pytest.fixture(scope="module", params=NAMES)
def provider(request: pytest.FixtureRequest, known: None) -> str:
    """A provider's id."""
    return str(request.param)


@pytest.fixture
def place(provider: str, moto_engine: None) -> Iterator[Market]:
    """The market."""
    with market() as opened:
        yield opened


class Visit(NamedTuple):
    """A buyer with an order to pay at the provider."""

    place: Market
    buyer: Buyer
    order: dict[str, Any]
    payment: dict[str, Any]
    answers: Answers

    def answered(self, sent: Sent) -> Answer:
        """Our answer as the table has it."""
        return sent.status or 0, sent.body[self.answers.member] if self.answers.member else sent.body

    def again(self) -> Answer:
        """The answer to the same message, sent once more."""
        return self.answered(self.place.deliver(self.place.street.sent[-1]))

    def status(self) -> str:
        """The order's."""
        return str(self.buyer.call("GET /orders/{id}", id=self.order["id"]).json["status"])

    def settled(self) -> int:
        """How many exceptions were kept for what is queued."""
        before = len(self.place.shop.items("EXCEPTION#"))
        assert self.place.shop.settle() == []
        return len(self.place.shop.items("EXCEPTION#")) - before


@pytest.fixture
def visit(place: Market, provider: str) -> Visit:
    """A buyer with a new order."""
    buyer = place.shop.buyer()
    answer = buyer.order(payment_provider=provider)
    assert answer.status == 201
    return Visit(place, buyer, answer.json["order"], answer.json["payment"], ANSWERS[provider])


def test_every_provider_has_its_row() -> None:
    assert list(ANSWERS) == NAMES


def test_paid_and_then_a_duplicate(visit: Visit) -> None:
    """T20, T49: a duplicate only once the effect is stored; until then the message is queued again."""
    assert visit.answered(visit.place.pay(visit.payment)) == visit.answers.paid
    assert visit.again() == visit.answers.paid
    assert visit.settled() == 0
    assert visit.status() == "fulfilled"
    assert visit.again() == visit.answers.duplicate
    assert visit.place.shop.queued() == []


def test_failed(visit: Visit) -> None:
    sent = visit.place.pay(visit.payment, "failure")
    assert (visit.answered(sent) if sent.sent else None) == visit.answers.failed
    assert visit.settled() == 0
    assert visit.status() == "pending"
    assert visit.answered(visit.place.pay(visit.payment)) == visit.answers.paid, "money is real"
    assert visit.settled() == 0
    assert visit.status() == "fulfilled"


def test_unknown_order(visit: Visit, provider: str) -> None:
    """T19: an exception once, however often it is sent."""
    deal = visit.place.street.deal(provider, "pay_nobody_has")
    visit.place.street.message(deal)
    assert visit.settled() == 1
    assert visit.again() == visit.answers.unknown_order
    assert visit.settled() == 0
    assert visit.status() == "pending"


def test_wrong_amount(visit: Visit) -> None:
    """T19, T64: an exception once, and no credit."""
    amount = visit.order["total"] - 1
    assert visit.answered(visit.place.pay(visit.payment, amount=amount)) == visit.answers.wrong_amount
    assert visit.settled() == 1
    assert visit.again() == visit.answers.wrong_amount
    assert visit.settled() == 0
    assert visit.status() == "pending"


def test_bad_signature(visit: Visit) -> None:
    """T17: nothing is stored and nothing queued."""
    before = visit.place.shop.items("")
    assert visit.answered(visit.place.pay(visit.payment, webhook="forged")) == visit.answers.bad_signature
    assert visit.place.shop.queued() == []
    assert visit.place.shop.items("") == before


def test_our_fault(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """T20: when the queue is down the provider is told to send again, and the second time counts."""
    queue = visit.place.shop.functions["payment_webhook"].webhooks.queue
    with monkeypatch.context() as patch:
        patch.setattr(type(queue), "send", _fail)
        assert visit.answered(visit.place.pay(visit.payment)) == visit.answers.our_fault
    assert visit.again() == visit.answers.paid
    assert visit.settled() == 0
    assert visit.status() == "fulfilled"


def test_credentials_that_cannot_be_read_are_our_fault(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """T20: so the provider sends again."""
    credentials = visit.place.shop.functions["payment_webhook"].credentials
    with monkeypatch.context() as patch:
        patch.setattr(type(credentials), "values", _fail)
        assert visit.answered(visit.place.pay(visit.payment)) == visit.answers.our_fault
    assert visit.again() == visit.answers.paid


def _fail(*_: object) -> None:
    raise ConnectionError("the queue does not answer")
