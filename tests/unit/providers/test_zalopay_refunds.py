"""ZaloPay's refunds: what is asked and signed, what each code means, and that nothing is given back twice."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.adapters.providers import zalopay as module
from billing.adapters.providers.zalopay import Zalopay
from billing.domain.identifiers import derived_id
from billing.service.provider_port import ProviderUnavailable, RefundAnswer, RefundRequest
from tests.support.attempts import NOW, Script, refund_request

KEY1 = "PcY4iZIKFCIdgZvA6ueMcMHHUbRLYjPL"
ZALOPAY = Zalopay("2553", KEY1, ("key2",), "https://api.example")
REFERENCE = ZALOPAY.refund_reference("rfd_abc", NOW)
LATER = NOW + timedelta(hours=10)
TIMESTAMP = str(int(LATER.timestamp()) * 1000)
UNKNOWN = RefundAnswer("failed", "unknown")
LOST = ProviderUnavailable("no answer in time")


def asked(**changes: Any) -> RefundRequest:
    """A refund of a part of a payment."""
    return refund_request(REFERENCE, "261124_payabc", "261124000000389", **changes)


def said(code: object, reason: object = 1, **changes: Any) -> dict[str, Any]:
    """An answer of ZaloPay's."""
    return {"return_code": code, "return_message": "x", "sub_return_code": reason, **changes}


NOT_FOUND = said(2, -101)


def mac(text: str) -> str:
    """The documented signature."""
    return hmac.new(KEY1.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_the_request_is_signed_as_zalopay_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, module, said(3, refund_id=261_125_000_001))
    assert ZALOPAY.refund(asked(), LATER) == RefundAnswer("pending", "1", "261125000001")
    (call,) = script.calls
    assert call.url == "https://api.example/v2/refund"
    assert call.content == {
        "app_id": "2553",
        "m_refund_id": REFERENCE,
        "zp_trans_id": "261124000000389",
        "amount": "99000",
        "description": "Refund of ord_1",
        "timestamp": TIMESTAMP,
        "mac": mac(f"2553|261124000000389|99000|Refund of ord_1|{TIMESTAMP}"),
    }


def test_the_question_is_signed_as_zalopay_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, module, said(1))
    assert ZALOPAY.query_refund(asked(handle="261125000001"), LATER) == RefundAnswer("succeeded", "1", "261125000001")
    (call,) = script.calls
    assert call.url == "https://api.example/v2/query_refund"
    assert call.content == {
        "app_id": "2553",
        "m_refund_id": REFERENCE,
        "timestamp": TIMESTAMP,
        "mac": mac(f"2553|{REFERENCE}|{TIMESTAMP}"),
    }


def test_a_reference_begins_with_the_day_in_vietnam_and_is_not_too_long() -> None:
    """A computer in UTC would give yesterday's, and be refused."""
    assert REFERENCE == "261124_2553_rfdabc"
    assert ZALOPAY.refund_reference("rfd_abc", datetime(2026, 11, 23, 16, 59, tzinfo=UTC)) == "261123_2553_rfdabc"
    for app_id in ("2", "2147483647", "2" * 20):
        application = replace(ZALOPAY, app_id=app_id)
        references = {application.refund_reference(derived_id("rfd", str(number)), NOW) for number in range(1000)}
        assert len(references) == 1000
        assert all(one.startswith(f"261124_{app_id}_") and len(one) <= 45 for one in references)


@pytest.mark.parametrize(
    ("answer", "outcome"), [(said(1), "succeeded"), (said(3, 2), "pending"), (said(2, -13), "failed")]
)
def test_a_code_decides(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], outcome: str) -> None:
    Script(monkeypatch, module, answer, answer, answer)
    expected = RefundAnswer(outcome, str(answer["sub_return_code"]))
    assert ZALOPAY.query_refund(asked(), NOW) == expected
    assert ZALOPAY.refund(asked(), NOW) == expected


@pytest.mark.parametrize(
    "answer",
    [
        *(said(2, reason) for reason in (-401, -402, -429, -500, -503, -999)),
        said(2, None),
        said(0),
        said(-1),
        said("1"),
        said(True),
        said(None),
        said([]),
        {},
        LOST,
    ],
)
def test_an_answer_about_something_else_decides_nothing(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    Script(monkeypatch, module, answer, answer)
    with pytest.raises(ProviderUnavailable):
        ZALOPAY.refund(asked(), NOW)
    with pytest.raises(ProviderUnavailable):
        ZALOPAY.query_refund(asked(), NOW)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (said(1), RefundAnswer("succeeded", "1")),
        (said(3, 3), RefundAnswer("pending", "3")),
        (said(2, -13), RefundAnswer("failed", "-13")),
        (NOT_FOUND, RefundAnswer("failed", "-68")),
    ],
)
def test_a_refund_said_again_after_a_lost_answer_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], expected: RefundAnswer
) -> None:
    """T02: whatever sub-code a repeated m_refund_id gets, what became of the first one counts."""
    script = Script(monkeypatch, module, LOST, said(2, -68), found)
    with pytest.raises(ProviderUnavailable):
        ZALOPAY.refund(asked(), NOW)
    assert ZALOPAY.refund(asked(), NOW) == expected
    assert script.calls[0].content["m_refund_id"] == script.calls[1].content["m_refund_id"] == REFERENCE


@pytest.mark.parametrize(
    ("found", "expected"),
    [(NOT_FOUND, RefundAnswer("failed", "out_of_date")), (said(1), RefundAnswer("succeeded", "1"))],
)
def test_a_refund_is_not_asked_for_after_its_day(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], expected: RefundAnswer
) -> None:
    """ZaloPay would not take the reference any more; an hour after midnight nothing can be on its way either."""
    script = Script(monkeypatch, module, found, said(3))
    midnight = datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert ZALOPAY.refund(asked(), midnight + timedelta(hours=1)) == expected
    assert ZALOPAY.refund(asked(), midnight + timedelta(minutes=59)).outcome == "pending"
    assert [call.url.rpartition("/")[2] for call in script.calls] == ["query_refund", "refund"]


def test_a_refusal_is_not_believed_while_nobody_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    Script(monkeypatch, module, said(2, -68), LOST)
    with pytest.raises(ProviderUnavailable):
        ZALOPAY.refund(asked(), NOW)


def test_a_refund_that_zalopay_does_not_know_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    Script(monkeypatch, module, NOT_FOUND)
    assert ZALOPAY.query_refund(asked(), NOW) == UNKNOWN


def test_a_description_is_not_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, module, said(3))
    ZALOPAY.refund(asked(description="x" * 300), NOW)
    assert len(script.calls[0].content["description"]) == 100


def test_zalopay_can_be_asked_and_gives_back() -> None:
    assert (ZALOPAY.asks, ZALOPAY.refunds) == (True, True)
