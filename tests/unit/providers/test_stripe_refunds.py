"""Stripe's refunds: what is asked, what each state means, and that nothing is given back twice."""

from typing import Any

import pytest

from billing.adapters.providers import stripe as module
from billing.adapters.providers.stripe import Stripe
from billing.service.provider_port import ProviderUnavailable, RefundAnswer, RefundRequest
from tests.support.attempts import NOW, Script, refund_request

STRIPE = Stripe("sk_test_1", ("whsec_test",), "https://api.example")
REFERENCE = STRIPE.refund_reference("rfd_abc", NOW)
UNKNOWN = RefundAnswer("failed", "unknown")
LOST = ProviderUnavailable("no answer in time")


def asked(**changes: Any) -> RefundRequest:
    """A refund of a part of a payment."""
    return refund_request(REFERENCE, "pay_abc", "pi_1", **changes)


def refund(status: object = "succeeded", reference: object = REFERENCE, **changes: Any) -> dict[str, Any]:
    """A refund as Stripe shows it."""
    known = {"id": "re_1", "object": "refund", "amount": 99_000, "currency": "vnd", "payment_intent": "pi_1"}
    return {**known, "status": status, "metadata": {"goi_refund": reference}, **changes}


def listed(*made: Any, **changes: Any) -> dict[str, Any]:
    """The refunds of a payment."""
    return {"object": "list", "data": list(made), "has_more": False, **changes}


def refused(**error: str) -> dict[str, Any]:
    """An error of Stripe's."""
    return {"error": {"type": "invalid_request_error", "message": "no", **error}}


OTHER = refund(reference="rfd_other", id="re_0")


def test_a_refund_is_asked_for_under_its_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, module, listed(OTHER), refund())
    assert STRIPE.refund(asked(), NOW) == RefundAnswer("succeeded", "succeeded", "re_1")
    question, request = script.calls
    assert question.url == "https://api.example/v1/refunds?payment_intent=pi_1&limit=100"
    assert (request.method, request.url) == ("POST", "https://api.example/v1/refunds")
    assert request.content == {
        "payment_intent": "pi_1",
        "amount": "99000",
        "reason": "requested_by_customer",
        "metadata[goi_refund]": "rfd_abc",
    }
    assert request.headers["idempotency-key"] == "rfd_abc"
    assert {call.headers["authorization"] for call in script.calls} == {"Bearer sk_test_1"}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("succeeded", "succeeded"),
        ("pending", "pending"),
        ("requires_action", "pending"),
        ("failed", "failed"),
        ("canceled", "failed"),
    ],
)
def test_the_state_decides(monkeypatch: pytest.MonkeyPatch, status: str, outcome: str) -> None:
    expected = RefundAnswer(outcome, status, "re_1")
    script = Script(monkeypatch, module, listed(), refund(status), refund(status), listed(OTHER, refund(status)))
    assert STRIPE.refund(asked(), NOW) == expected
    assert STRIPE.query_refund(asked(handle="re_1"), NOW) == expected
    assert STRIPE.query_refund(asked(), NOW) == expected
    assert script.calls[2].url == "https://api.example/v1/refunds/re_1"


def test_why_a_refund_failed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Script(monkeypatch, module, refund("failed", failure_reason="expired_or_canceled_card"))
    answer = STRIPE.query_refund(asked(handle="re_1"), NOW)
    assert answer == RefundAnswer("failed", "expired_or_canceled_card", "re_1")


@pytest.mark.parametrize(
    "said",
    [
        refund("reversed"),
        refund(None),
        refund([]),
        refund(reference="rfd_other"),
        refund(metadata=None),
        refund(amount=98_000),
        refund(currency="usd"),
        refused(message="Invalid API Key provided"),
        refused(code="rate_limit"),
        refused(code="balance_insufficient"),
        {"error": {"type": "idempotency_error"}},
        {},
        LOST,
    ],
)
def test_an_answer_about_something_else_decides_nothing(monkeypatch: pytest.MonkeyPatch, said: Any) -> None:
    Script(monkeypatch, module, listed(), said, said)
    with pytest.raises(ProviderUnavailable):
        STRIPE.refund(asked(), NOW)
    with pytest.raises(ProviderUnavailable):
        STRIPE.query_refund(asked(handle="re_1"), NOW)


@pytest.mark.parametrize("code", ["charge_already_refunded", "charge_disputed", "resource_missing"])
def test_a_final_refusal_failed(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    Script(monkeypatch, module, listed(), refused(code=code), listed(OTHER))
    assert STRIPE.refund(asked(), NOW) == RefundAnswer("failed", code)


def test_more_than_is_left_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Script(monkeypatch, module, listed(), refused(param="amount"), listed(OTHER))
    assert STRIPE.refund(asked(), NOW) == RefundAnswer("failed", "amount")


def test_a_refusal_because_it_was_done_meanwhile_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    Script(monkeypatch, module, listed(), refused(code="charge_already_refunded"), listed(refund()))
    assert STRIPE.refund(asked(), NOW).outcome == "succeeded"


def test_a_refund_said_again_after_a_lost_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """T02: an Idempotency-Key is forgotten after a day, our reference in the metadata is not."""
    script = Script(monkeypatch, module, listed(), LOST, listed(refund("pending")))
    with pytest.raises(ProviderUnavailable):
        STRIPE.refund(asked(), NOW)
    assert STRIPE.refund(asked(), NOW) == RefundAnswer("pending", "pending", "re_1")
    assert [call.method for call in script.calls] == ["GET", "POST", "GET"]


@pytest.mark.parametrize("said", [refused(), listed(OTHER, has_more=True), {"data": {}}, LOST])
def test_a_refund_is_not_asked_for_while_nobody_knows_of_the_first_one(
    monkeypatch: pytest.MonkeyPatch, said: Any
) -> None:
    script = Script(monkeypatch, module, said)
    with pytest.raises(ProviderUnavailable):
        STRIPE.refund(asked(), NOW)
    assert script.is_over


@pytest.mark.parametrize("said", [listed(), listed(OTHER, "no refund"), refused(code="resource_missing")])
def test_a_refund_that_stripe_does_not_list_is_unknown(monkeypatch: pytest.MonkeyPatch, said: dict[str, Any]) -> None:
    Script(monkeypatch, module, said)
    assert STRIPE.query_refund(asked(), NOW) == UNKNOWN


def test_stripe_can_be_asked_and_gives_back() -> None:
    assert (STRIPE.asks, STRIPE.refunds) == (True, True)
