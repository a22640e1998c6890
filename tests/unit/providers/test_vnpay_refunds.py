"""VNPAY's refunds: what is asked and signed, what each answer means, and that nothing is given back twice."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from billing.adapters.providers import vnpay as module
from billing.adapters.providers.vnpay import Vnpay
from billing.domain.identifiers import derived_id
from billing.service.provider_port import ProviderUnavailable, RefundAnswer, RefundRequest
from tests.support.attempts import NOW, Script, payment, refund_request

SECRET = "XNBCJFAKAZQSGTARRLGCHVZWCIOIGSHN"
VNPAY = Vnpay("GOITEST1", SECRET, "https://pay.example", "https://api.example", iter("abcdefgh").__next__)
REFERENCE = VNPAY.refund_reference("rfd_abc", NOW)
LATER = NOW + timedelta(days=1)
UNKNOWN = RefundAnswer("failed", "unknown")
LOST = ProviderUnavailable("no answer in time")

QUERY_REQUEST = "RequestId Version Command TmnCode TxnRef TransactionDate CreateDate IpAddr OrderInfo"
REFUND_REQUEST = (
    "RequestId Version Command TmnCode TransactionType TxnRef Amount TransactionNo TransactionDate CreateBy CreateDate "
    "IpAddr OrderInfo"
)
REFUND_ANSWER = (
    "ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo TransactionType "
    "TransactionStatus OrderInfo"
)
QUERY_ANSWER = f"{REFUND_ANSWER} PromotionCode PromotionAmount"


def asked(**changes: Any) -> RefundRequest:
    """A refund of a part of a payment."""
    return refund_request(REFERENCE, "PAYABC", "14422574", **changes)


def digest(fields: Mapping[str, Any], names: str) -> str:
    """The documented signature: values in order, an absent one empty, joined by |."""
    text = "|".join(str(fields.get(f"vnp_{name}", "")) for name in names.split())
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha512).hexdigest()


def answer(names: str, **changes: str) -> dict[str, str]:
    """A signed answer about the refund, as it is when VNPAY works on it."""
    known = {
        "ResponseId": "r1",
        "ResponseCode": "00",
        "Message": "Success",
        "TmnCode": "GOITEST1",
        "TxnRef": "PAYABC",
        "Amount": "9900000",
        "TransactionNo": "14422600",
        "TransactionType": "03",
        "TransactionStatus": "05",
        "OrderInfo": f"Hoan tien {REFERENCE} Refund of ord_1",
    }
    fields = {f"vnp_{name}": value for name, value in {**known, **changes}.items()}
    return {**fields, "vnp_SecureHash": digest(fields, names)}


def told(**changes: str) -> dict[str, str]:
    """querydr's answer about the refund."""
    return answer(QUERY_ANSWER, **changes)


def done(**changes: str) -> dict[str, str]:
    """The answer to the refund itself."""
    return answer(REFUND_ANSWER, **changes)


NOT_REFUNDED = told(TransactionType="01", TransactionStatus="00", Amount="29900000", OrderInfo="Goi Pro 3 thang")


def test_the_requests_are_signed_as_vnpay_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    """TransactionDate is the pay request's CreateDate; both it and now are Vietnam's time."""
    script = Script(monkeypatch, module, NOT_REFUNDED, done())
    VNPAY.refund(asked(), LATER)
    query, refund = (call.content for call in script.calls)
    assert query["vnp_SecureHash"] == digest(query, QUERY_REQUEST)
    assert refund["vnp_SecureHash"] == digest(refund, REFUND_REQUEST)
    assert list(refund) == [*(f"vnp_{name}" for name in REFUND_REQUEST.split()), "vnp_SecureHash"]
    assert (refund["vnp_TransactionDate"], refund["vnp_CreateDate"]) == ("20261124003000", "20261125003000")
    assert (refund["vnp_Amount"], refund["vnp_TransactionNo"], refund["vnp_CreateBy"]) == (
        "9900000",
        "14422574",
        "admin-1",
    )
    assert refund["vnp_OrderInfo"] == f"Hoan tien {REFERENCE} Refund of ord_1"
    assert refund["vnp_RequestId"] != query["vnp_RequestId"]


@pytest.mark.parametrize(("amount", "kind"), [(299_000, "02"), (99_000, "03")])
def test_a_refund_is_full_or_partial(monkeypatch: pytest.MonkeyPatch, amount: int, kind: str) -> None:
    script = Script(monkeypatch, module, NOT_REFUNDED, done(Amount=f"{amount}00"))
    Vnpay("GOITEST1", SECRET, "", "https://api.example").refund(asked(amount=amount), NOW)
    assert script.calls[1].content["vnp_TransactionType"] == kind
    assert len({call.content["vnp_RequestId"] for call in script.calls}) == 2
    assert all(1 <= len(call.content["vnp_RequestId"]) <= 32 for call in script.calls)


def test_texts_are_as_plain_as_vnpay_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, module, NOT_REFUNDED, done())
    terminal = Vnpay("GOITEST1", SECRET, "", "https://api.example")
    terminal.refund(asked(description="a|b(c)!" + "x" * 300, operator="ké@toán"), NOW)
    refund = script.calls[1].content
    assert refund["vnp_OrderInfo"].startswith(f"Hoan tien {REFERENCE} a b c x")
    assert (len(refund["vnp_OrderInfo"]), refund["vnp_CreateBy"]) == (200, "k to n")


def test_references_are_letters_and_digits_and_of_one_refund() -> None:
    references = {VNPAY.refund_reference(derived_id("rfd", str(number)), NOW) for number in range(1000)}
    assert len(references) == 1000
    assert all(one.isascii() and one.isalnum() for one in references)


@pytest.mark.parametrize(
    ("status", "outcome"), [("00", "succeeded"), ("06", "succeeded"), ("05", "pending"), ("09", "failed")]
)
def test_the_status_decides(monkeypatch: pytest.MonkeyPatch, status: str, outcome: str) -> None:
    expected = RefundAnswer(outcome, status, "14422600")
    Script(monkeypatch, module, NOT_REFUNDED, done(TransactionStatus=status), told(TransactionStatus=status))
    terminal = Vnpay("GOITEST1", SECRET, "", "https://api.example")
    assert terminal.refund(asked(), NOW) == expected
    assert terminal.query_refund(asked(), NOW) == expected


def test_a_refund_taken_without_a_status_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    Script(monkeypatch, module, NOT_REFUNDED, done(TransactionStatus="", TransactionNo=""))
    assert Vnpay("GOITEST1", SECRET, "", "a").refund(asked(), NOW) == RefundAnswer("pending", "05", None)


@pytest.mark.parametrize("code", ["91", "95"])
def test_a_final_refusal_failed(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    Script(monkeypatch, module, NOT_REFUNDED, done(ResponseCode=code), NOT_REFUNDED)
    assert Vnpay("GOITEST1", SECRET, "", "a").refund(asked(), NOW) == RefundAnswer("failed", code)


@pytest.mark.parametrize("code", ["02", "03", "97", "99", "", "77"])
def test_a_refusal_of_our_request_decides_nothing(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    Script(monkeypatch, module, NOT_REFUNDED, done(ResponseCode=code))
    with pytest.raises(ProviderUnavailable):
        Vnpay("GOITEST1", SECRET, "", "a").refund(asked(), NOW)


def unsigned(fields: Mapping[str, str]) -> dict[str, str]:
    """An answer without its hash."""
    return {name: value for name, value in fields.items() if name != "vnp_SecureHash"}


@pytest.mark.parametrize(
    "said",
    [
        unsigned(done()),
        {**done(), "vnp_SecureHash": ""},
        {**done(), "vnp_SecureHash": digest(done(), QUERY_ANSWER)},
        {**done(), "vnp_TransactionStatus": "06"},
        unsigned(done(ResponseCode="95")),
        done(TransactionStatus="07"),
        done(TransactionStatus="02"),
        done(Amount="9900100"),
        done(TxnRef="PAYXYZ"),
        LOST,
    ],
)
def test_an_answer_that_cannot_be_believed_decides_nothing(monkeypatch: pytest.MonkeyPatch, said: Any) -> None:
    """The hash is required: an answer without one is as good as none."""
    Script(monkeypatch, module, NOT_REFUNDED, said)
    with pytest.raises(ProviderUnavailable):
        Vnpay("GOITEST1", SECRET, "", "a").refund(asked(), NOW)


@pytest.mark.parametrize("said", [unsigned(told()), told(ResponseCode="99"), told(TransactionStatus="04"), LOST])
def test_a_refund_is_not_asked_for_while_nobody_knows_of_the_first_one(
    monkeypatch: pytest.MonkeyPatch, said: Any
) -> None:
    script = Script(monkeypatch, module, said)
    with pytest.raises(ProviderUnavailable):
        Vnpay("GOITEST1", SECRET, "", "a").refund(asked(), NOW)
    assert script.is_over


def test_a_refund_said_again_after_a_lost_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """T02: VNPAY would refuse a second one only while the first is under way."""
    script = Script(monkeypatch, module, NOT_REFUNDED, LOST, told(TransactionStatus="06"))
    terminal = Vnpay("GOITEST1", SECRET, "", "a")
    with pytest.raises(ProviderUnavailable):
        terminal.refund(asked(), NOW)
    assert terminal.refund(asked(), NOW) == RefundAnswer("succeeded", "06", "14422600")
    assert [call.content["vnp_Command"] for call in script.calls] == ["querydr", "refund", "querydr"]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (told(), RefundAnswer("pending", "05", "14422600")),
        (told(TransactionStatus="06"), RefundAnswer("succeeded", "06", "14422600")),
        (NOT_REFUNDED, RefundAnswer("pending", "94")),
    ],
)
def test_a_refund_that_was_requested_before_is_asked_about(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, str], expected: RefundAnswer
) -> None:
    Script(monkeypatch, module, NOT_REFUNDED, done(ResponseCode="94"), found)
    assert Vnpay("GOITEST1", SECRET, "", "a").refund(asked(), NOW) == expected


def test_a_refused_refund_may_be_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was given back."""
    Script(monkeypatch, module, told(TransactionStatus="09"), done())
    assert Vnpay("GOITEST1", SECRET, "", "a").refund(asked(), NOW).outcome == "pending"


@pytest.mark.parametrize(
    "found",
    [
        NOT_REFUNDED,
        told(ResponseCode="91"),
        told(Amount="5000000"),
        told(OrderInfo="Hoan tien RFDOTHER Refund of ord_1"),
    ],
    ids=["not refunded", "no such payment", "another amount", "another refund"],
)
def test_a_refund_that_vnpay_does_not_tell_of_is_unknown(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, str]
) -> None:
    Script(monkeypatch, module, found)
    assert Vnpay("GOITEST1", SECRET, "", "a").query_refund(asked(given_back=50_000), NOW) == UNKNOWN


def test_refunds_of_the_same_amount_are_told_apart_by_number_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where VNPAY does not repeat our description, a second refund of an amount could be the first one."""
    terminal, plain = Vnpay("GOITEST1", SECRET, "", "a"), told(OrderInfo="Goi Pro 3 thang")
    Script(monkeypatch, module, *[plain] * 4)
    assert terminal.query_refund(asked(), NOW).outcome == "pending"
    assert terminal.query_refund(asked(given_back=99_000, handle="14422600"), NOW).outcome == "pending"
    for handle in (None, "14422599"):
        with pytest.raises(ProviderUnavailable):
            terminal.query_refund(asked(given_back=99_000, handle=handle), NOW)


def test_answers_signed_with_an_older_secret_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """T22: while one secret is replaced by the other."""
    Script(monkeypatch, module, NOT_REFUNDED, done())
    terminal = Vnpay("GOITEST1", "newer", "", "a", older_secrets=(SECRET,))
    assert terminal.refund(asked(), NOW).outcome == "pending"


@pytest.mark.parametrize(("kind", "status", "decided"), [("02", "06", True), ("03", "06", False), ("02", "05", False)])
def test_a_payment_given_back_before_it_was_told_is_no_payment(
    monkeypatch: pytest.MonkeyPatch, kind: str, status: str, decided: bool
) -> None:
    """querydr tells of the refund alone; what is left of the payment is for an operator."""
    Script(monkeypatch, module, told(TransactionType=kind, TransactionStatus=status))
    terminal = Vnpay("GOITEST1", SECRET, "", "a")
    if decided:
        assert terminal.query(payment("vnpay", "PAYABC"), NOW).outcome == "failed"
        return
    with pytest.raises(ProviderUnavailable):
        terminal.query(payment("vnpay", "PAYABC"), NOW)


def test_vnpay_can_be_asked_and_gives_back() -> None:
    assert (VNPAY.asks, VNPAY.refunds) == (True, True)
