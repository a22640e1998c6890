"""Every simulator, asked by our own adapter: faults of its queries, and webhooks that come out of order."""

import threading
from datetime import timedelta

import pytest

from billing.adapters.providers.calls import TOTAL_SECONDS
from billing.service.provider_port import ProviderUnavailable
from local.simulators import PROVIDERS, faults
from local.simulators.behaviour import LAG, LONGER_THAN_ANYBODY_WAITS, Query
from tests.support.pairs import Pair

LATER = timedelta(hours=2)
"""After this SePay's list counts: no webhook can come any more that names the same transfer otherwise."""

MUCH_LATER = timedelta(days=15)
"""After this it counts a transfer too that a webhook told of: no queue keeps that message any longer."""

UNDECIDED = {"sepay": "failed"}
"""A list without the transfer is all that SePay tells of what has not come."""

TELL_FAILURES = {"vnpay", "momo", "stripe"}


@pytest.fixture(params=list(PROVIDERS))
def pair(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Pair:
    return Pair(request.param, monkeypatch)


def test_a_provider_in_order_tells_of_its_payments(pair: Pair) -> None:
    one = pair.open()
    assert pair.query(one).outcome in {"pending", "failed"}
    pair.settle(one, webhook="lost")
    pair.clock.time += LATER
    notice = pair.query(one)
    assert (notice.outcome, notice.amount, notice.reference) == ("paid", one.amount, one.reference)


def test_a_lagging_provider_tells_how_it_was(pair: Pair) -> None:
    one = pair.open()
    pair.clock.time = one.expires_at - timedelta(minutes=5)
    pair.settle(one, webhook="lost")
    pair.clock.time = one.expires_at + timedelta(minutes=1)
    pair.behaviour.query = "lag"
    assert pair.query(one).outcome == UNDECIDED.get(pair.name, "pending")
    pair.clock.time += LAG + LATER
    assert pair.query(one).outcome == "paid"


@pytest.mark.parametrize("outcome", ["success", "failure"])
def test_a_late_payment_is_pending_for_a_lagging_provider_as_well(pair: Pair, outcome: str) -> None:
    one = pair.open()
    pair.settle(one, "success" if outcome == "success" else "failure", "late")
    pair.clock.time = one.expires_at + timedelta(minutes=1)
    pair.behaviour.query = "lag"
    assert pair.query(one).outcome == UNDECIDED.get(pair.name, "pending")
    pair.clock.time += LAG + LATER
    assert (pair.query(one).outcome == "paid") == (outcome == "success")


def test_an_unpaid_attempt_is_over_for_a_lagging_provider_as_well(pair: Pair) -> None:
    one = pair.open()
    pair.behaviour.query = "lag"
    pair.clock.time = one.expires_at + LAG + timedelta(minutes=1)
    assert pair.query(one).outcome == ("pending" if pair.name == "stripe" else "failed")
    pair.behaviour.query = "normal"
    assert pair.query(one).outcome == "failed"


def test_a_failing_provider_decides_nothing(pair: Pair) -> None:
    one, _ = pair.paid()
    pair.behaviour.query = "error"
    with pytest.raises(ProviderUnavailable):
        pair.query(one)
    pair.behaviour.query = "normal"
    pair.clock.time += MUCH_LATER
    assert pair.query(one).outcome == "paid"


def test_a_late_answer_keeps_nobody_else_waiting(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = pair.paid()
    pair.clock.time += MUCH_LATER
    waited: list[float] = []
    outcomes: list[str] = []

    def wait(seconds: float) -> None:
        """Meanwhile somebody else asks, and is answered."""
        waited.append(seconds)
        pair.behaviour.query = "normal"
        other = threading.Thread(target=lambda: outcomes.append(pair.query(one).outcome), daemon=True)
        other.start()
        other.join(20)

    monkeypatch.setattr(faults, "wait", wait)
    pair.behaviour.query = "timeout"
    assert pair.query(one).outcome == "paid"
    assert (waited, outcomes) == ([LONGER_THAN_ANYBODY_WAITS], ["paid"])
    assert LONGER_THAN_ANYBODY_WAITS > TOTAL_SECONDS


def test_a_webhook_held_back_comes_with_the_next_drain_and_once(pair: Pair) -> None:
    one = pair.open()
    assert pair.settle(one, webhook="held").sent == 0
    assert pair.told == []
    pair.simulator.send_due()
    pair.simulator.send_due()
    (notice,) = pair.told
    assert (notice.outcome, notice.reference) == ("paid", one.reference)


def test_a_held_payment_is_settled_at_once(pair: Pair) -> None:
    one = pair.open()
    pair.settle(one, webhook="held")
    pair.clock.time += LATER
    assert pair.query(one).outcome == "paid"


def test_a_failure_can_be_told_after_the_success_that_came_after_it(pair: Pair) -> None:
    one = pair.open()
    pair.settle(one, "failure", "held")
    pair.settle(one)
    pair.simulator.send_due()
    late = ["failed"] if pair.name in TELL_FAILURES else []
    assert [notice.outcome for notice in pair.told] == ["paid", *late]
    pair.clock.time += MUCH_LATER
    assert pair.query(one).outcome == "paid"


@pytest.mark.parametrize("query", ["error", "timeout", "lag"])
def test_faults_of_one_provider_are_its_own(monkeypatch: pytest.MonkeyPatch, query: Query) -> None:
    first, second = Pair("vnpay", monkeypatch), Pair("momo", monkeypatch)
    first.behaviour.query = query
    one, _ = second.paid()
    assert second.query(one).outcome == "paid"
