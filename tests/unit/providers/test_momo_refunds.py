"""MoMo's refunds: what is asked and signed, what each code means, and that nothing is given back twice."""

import hashlib
import hmac
from itertools import count
from typing import Any

import pytest

from billing.adapters.providers import momo as module
from billing.adapters.providers.momo import Momo
from billing.domain.identifiers import derived_id
from billing.service.provider_port import ProviderUnavailable, RefundAnswer, RefundRequest
from tests.support.attempts import NOW, Script, refund_request

ACCESS, SECRET = "F8BBA842ECF85", "K951B6PE1waDMi640xX08PD3vg6EkVlz"
_questions = count(1)
MOMO = Momo("MOMO", ((ACCESS, SECRET),), "https://api.example", lambda: f"q{next(_questions)}")
REFERENCE = MOMO.refund_reference("rfd_abc", NOW)
UNKNOWN = RefundAnswer("failed", "unknown")
LOST = ProviderUnavailable("no answer in time")


def asked(**changes: Any) -> RefundRequest:
    """A refund of a part of a payment."""
    return refund_request(REFERENCE, "PAYABC", "4225107942", **changes)


def done(code: object = 0, **changes: Any) -> dict[str, Any]:
    """The answer to the refund."""
    known = {"partnerCode": "MOMO", "orderId": REFERENCE, "requestId": REFERENCE, "amount": 99_000}
    return {**known, "transId": 4_225_107_999, "resultCode": code, "message": "x", "responseTime": 1, **changes}


def told(*made: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The payment as a query finds it, with these refunds."""
    paid = {"orderId": "PAYABC", "amount": 299_000, "transId": 4_225_107_942, "resultCode": 0}
    return {**paid, "refundTrans": list(made), **changes}


def made(code: object = 0, reference: str = REFERENCE, amount: int = 99_000) -> dict[str, Any]:
    """One of a payment's refunds."""
    return {"orderId": reference, "amount": amount, "resultCode": code, "transId": 4_225_107_999, "createdTime": 1}


OTHER = made(reference="RFDOTHER")


def test_the_request_is_signed_as_momo_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, module, done())
    MOMO.refund(asked(), NOW)
    (call,) = script.calls
    body = dict(call.content)
    assert call.url == "https://api.example/v2/gateway/api/refund"
    text = (
        f"accessKey={ACCESS}&amount=99000&description=Refund of ord_1&orderId=RFDABC&partnerCode=MOMO"
        "&requestId=RFDABC&transId=4225107942"
    )
    assert body.pop("signature") == hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert body == {
        "partnerCode": "MOMO",
        "orderId": "RFDABC",
        "requestId": "RFDABC",
        "amount": 99_000,
        "transId": 4_225_107_942,
        "lang": "vi",
        "description": "Refund of ord_1",
    }


def test_references_are_letters_and_digits_and_of_one_refund() -> None:
    references = {MOMO.refund_reference(derived_id("rfd", str(number)), NOW) for number in range(1000)}
    assert len(references) == 1000
    assert all(one.isascii() and one.isalnum() and len(one) <= 50 for one in references)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (0, "succeeded"),
        *((code, "pending") for code in (7000, 7002)),
        *((code, "failed") for code in (21, 22, 42, 1001, 1002, 1004, 1007, 1080, 1088, 4001, 4002)),
    ],
)
def test_a_code_decides(monkeypatch: pytest.MonkeyPatch, code: int, outcome: str) -> None:
    expected = RefundAnswer(outcome, str(code), "4225107999")
    Script(monkeypatch, module, done(code), told(OTHER, made(code)))
    assert MOMO.refund(asked(), NOW) == expected
    assert MOMO.query_refund(asked(), NOW) == expected


@pytest.mark.parametrize("code", [10, 11, 12, 13, 20, 43, 47, 98, 99, 1000, 9000, 12345, "0", True, None, [], 0.0])
def test_a_code_about_something_else_decides_nothing(monkeypatch: pytest.MonkeyPatch, code: object) -> None:
    Script(monkeypatch, module, done(code), told(made(code)))
    with pytest.raises(ProviderUnavailable):
        MOMO.refund(asked(), NOW)
    with pytest.raises(ProviderUnavailable):
        MOMO.query_refund(asked(), NOW)


@pytest.mark.parametrize("changes", [{"orderId": "RFDOTHER"}, {"amount": 98_000}, {"orderId": None}])
def test_an_answer_about_another_refund_decides_nothing(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    Script(monkeypatch, module, done(**changes))
    with pytest.raises(ProviderUnavailable):
        MOMO.refund(asked(), NOW)


def test_a_refund_said_again_after_a_lost_answer_is_the_same_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """T02: MoMo answers a requestId that it knows as it did the first time."""
    script = Script(monkeypatch, module, LOST, done())
    with pytest.raises(ProviderUnavailable):
        MOMO.refund(asked(), NOW)
    assert MOMO.refund(asked(), NOW).outcome == "succeeded"
    assert script.calls[0] == script.calls[1]


@pytest.mark.parametrize("code", [40, 41, 1081])
@pytest.mark.parametrize(("state", "outcome"), [(0, "succeeded"), (7002, "pending"), (1080, "failed")])
def test_a_repeated_refund_is_found_among_the_payments(
    monkeypatch: pytest.MonkeyPatch, code: int, state: int, outcome: str
) -> None:
    script = Script(monkeypatch, module, done(code), told(OTHER, made(state)))
    assert MOMO.refund(asked(), NOW) == RefundAnswer(outcome, str(state), "4225107999")
    question = script.calls[1]
    assert question.url == "https://api.example/v2/gateway/api/query"
    text = f"accessKey={ACCESS}&orderId=PAYABC&partnerCode=MOMO&requestId={question.content['requestId']}"
    assert question.content["signature"] == hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_a_repeated_number_without_a_refund_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    Script(monkeypatch, module, done(41), told(OTHER), done(40), LOST)
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            MOMO.refund(asked(), NOW)


def test_more_than_is_left_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Script(monkeypatch, module, done(1081, transId=0), told(OTHER))
    assert MOMO.refund(asked(), NOW) == RefundAnswer("failed", "1081")


@pytest.mark.parametrize("refunds", [[], None, [OTHER], ["no refund"]])
def test_a_refund_that_is_not_among_the_payments_is_unknown(monkeypatch: pytest.MonkeyPatch, refunds: Any) -> None:
    Script(monkeypatch, module, told(refundTrans=refunds))
    assert MOMO.query_refund(asked(), NOW) == UNKNOWN


@pytest.mark.parametrize(
    "said",
    [
        told(resultCode=42),
        told(resultCode=1000),
        told(resultCode=99),
        told(refundTrans="x"),
        told(made(amount=1)),
        LOST,
    ],
)
def test_a_question_whose_answer_decides_nothing(monkeypatch: pytest.MonkeyPatch, said: Any) -> None:
    Script(monkeypatch, module, said)
    with pytest.raises(ProviderUnavailable):
        MOMO.query_refund(asked(), NOW)


def test_a_payment_without_momos_number_cannot_be_refunded(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, module)
    with pytest.raises(ProviderUnavailable):
        MOMO.refund(refund_request(REFERENCE, "PAYABC", ""), NOW)
    assert script.calls == []


def test_momo_can_be_asked_and_gives_back() -> None:
    assert (MOMO.asks, MOMO.refunds) == (True, True)
