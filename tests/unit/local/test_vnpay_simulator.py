"""VNPAY's side: signatures by the published vectors, requests, transactions, querydr."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from local.simulators.base import Choice, Refused
from local.simulators.behaviour import Behaviour
from local.simulators.refunds import Refunds
from local.simulators.vnpay.querydr import ANSWER_FIELDS, REQUEST_FIELDS, QueryDesk
from local.simulators.vnpay.refund import ANSWER as REFUND_ANSWER
from local.simulators.vnpay.refund import REQUEST as REFUND_REQUEST
from local.simulators.vnpay.refund import RefundDesk
from local.simulators.vnpay.request import Merchant, PayRequest, read_pay_request
from local.simulators.vnpay.signing import (
    digest,
    encode,
    from_vnpay_time,
    is_signed,
    joined_digest,
    signed_query,
    vnpay_time,
)
from local.simulators.vnpay.transactions import Event, Transaction, notification

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "vectors" / "vnpay.json").read_text("utf-8"))
CURRENT = [vector for vector in VECTORS if vector["kind"] in {"ipn", "create"}]
LEGACY = [vector for vector in VECTORS if vector["kind"].startswith("legacy")]

MERCHANT = Merchant("CGXZLS0Z", "secret")
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
REQUEST = {
    "vnp_Version": "2.1.0",
    "vnp_Command": "pay",
    "vnp_TmnCode": "CGXZLS0Z",
    "vnp_Amount": "29900000",
    "vnp_CreateDate": "20261123090000",
    "vnp_CurrCode": "VND",
    "vnp_IpAddr": "127.0.0.1",
    "vnp_Locale": "vn",
    "vnp_OrderInfo": "Goi Pro 1 thang",
    "vnp_OrderType": "other",
    "vnp_ReturnUrl": "http://127.0.0.1:3000/app/result.html?order=1",
    "vnp_TxnRef": "PAY1",
    "vnp_ExpireDate": "20261123093000",
}


def read(
    changes: Mapping[str, str | None] = MappingProxyType({}), now: datetime = NOW, secret: str = "secret"
) -> PayRequest:
    fields = {**REQUEST, **changes}
    return read_pay_request(signed_query(secret, {k: v for k, v in fields.items() if v is not None}), MERCHANT, now)


@pytest.mark.parametrize("vector", CURRENT, ids=lambda vector: vector["kind"])
def test_the_published_signatures_are_ours(vector: dict[str, Any]) -> None:
    secret = vector["secret"]["vnp_HashSecret"]
    assert encode(vector["params"]) == vector["signed_string"]
    assert digest(secret, vector["signed_string"]) == vector["expected_signature"].lower()
    assert is_signed(secret, {**vector["params"], "vnp_SecureHash": vector["expected_signature"]})


@pytest.mark.parametrize("vector", LEGACY, ids=lambda vector: vector["kind"])
def test_signatures_of_older_versions_are_refused(vector: dict[str, Any]) -> None:
    assert not is_signed(
        vector["secret"]["vnp_HashSecret"], {**vector["params"], "vnp_SecureHash": vector["expected_signature"]}
    )


def test_times_are_vietnams() -> None:
    assert vnpay_time(NOW) == "20261123090000"
    assert from_vnpay_time("20261123090000") == NOW


def test_a_good_request_is_taken() -> None:
    request = read()
    assert (request.reference, request.amount, request.description) == ("PAY1", 299_000, "Goi Pro 1 thang")
    assert (request.created_at, request.expires_at) == (NOW, NOW + timedelta(minutes=30))
    assert read({"vnp_BankCode": "NCB", "vnp_Bill_City": "Hanoi"}).amount == 299_000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"vnp_Version": "2.0.0"}, "03"),
        ({"vnp_Command": "refund"}, "03"),
        ({"vnp_TmnCode": "OTHER"}, "02"),
        ({"vnp_Amount": "29900050"}, "03"),
        ({"vnp_Amount": "299.000"}, "03"),
        ({"vnp_Amount": "499900"}, "03"),
        ({"vnp_Amount": "100000000000"}, "03"),
        ({"vnp_CurrCode": "USD"}, "03"),
        ({"vnp_IpAddr": "::1"}, "03"),
        ({"vnp_Locale": "vi"}, "03"),
        ({"vnp_OrderInfo": "Gói Pro"}, "03"),
        ({"vnp_OrderInfo": "Goi Pro (1 thang)"}, "03"),
        ({"vnp_OrderInfo": None}, "03"),
        ({"vnp_ReturnUrl": "http://a"}, "03"),
        ({"vnp_ReturnUrl": "http://a.example/" + "x" * 250}, "03"),
        ({"vnp_TxnRef": "a b"}, "03"),
        ({"vnp_ExpireDate": "20261123080000"}, "03"),
        ({"vnp_ExpireDate": "20261399093000"}, "03"),
        ({"vnp_ExpireDate": None}, "03"),
        ({"vnp_SecureHashType": "SHA512"}, "03"),
        ({"vnp_Surprise": "1"}, "03"),
        ({"vnp_CreateDate": "20261123100000", "vnp_ExpireDate": "20261123103000"}, "03"),
        ({"vnp_CreateDate": "20261123020000", "vnp_ExpireDate": "20261123023000"}, "15"),
    ],
)
def test_a_bad_request_is_refused_with_vnpays_code(changes: dict[str, str | None], code: str) -> None:
    """The last one is a link made in UTC instead of GMT+7: it was over before it was made."""
    with pytest.raises(Refused) as refused:
        read(changes)
    assert refused.value.code == code


def test_a_wrong_signature_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        read(secret="other")
    assert refused.value.code == "70"


def test_a_field_that_stands_twice_is_refused() -> None:
    with pytest.raises(Refused, match="twice"):
        read_pay_request(signed_query("secret", REQUEST) + "&vnp_Amount=1", MERCHANT, NOW)


def test_a_link_is_over_when_its_time_is() -> None:
    read(now=NOW + timedelta(minutes=30))
    with pytest.raises(Refused) as refused:
        read(now=NOW + timedelta(minutes=31))
    assert refused.value.code == "15"


@pytest.fixture
def transaction() -> Transaction:
    return Transaction("pay_1", read())


def test_a_payment_that_nobody_made_is_pending_and_then_over(transaction: Transaction) -> None:
    assert transaction.outcome(NOW).status == "01"
    assert transaction.outcome(NOW + timedelta(hours=1)).status == "02"


def test_a_success_is_taken_once(transaction: Transaction) -> None:
    first = transaction.record(Choice("success"), NOW)
    assert transaction.record(Choice("success"), NOW + timedelta(minutes=1)) is first
    assert (first.response_code, first.status, first.amount) == ("00", "00", 299_000)


def test_another_amount_is_another_payment(transaction: Transaction) -> None:
    short = transaction.record(Choice("success", amount=1000), NOW)
    right = transaction.record(Choice("success"), NOW)
    assert (short.amount, right.amount) == (1000, 299_000)
    assert short.number != right.number


def test_a_failed_try_may_be_followed_by_a_success(transaction: Transaction) -> None:
    failed = transaction.record(Choice("failure"), NOW)
    paid = transaction.record(Choice("success"), NOW)
    assert (failed.response_code, failed.status) == ("51", "02")
    assert failed.number != paid.number
    assert transaction.outcome(NOW) is paid


def test_a_late_failure_does_not_undo_a_success(transaction: Transaction) -> None:
    paid = transaction.record(Choice("success"), NOW)
    transaction.record(Choice("failure"), NOW)
    assert transaction.outcome(NOW) is paid


def test_a_late_payment_is_pending_until_its_time_is_over(transaction: Transaction) -> None:
    transaction.late = Choice("success", "late")
    assert transaction.outcome(NOW + timedelta(minutes=30)).status == "01"
    assert transaction.outcome(NOW + timedelta(minutes=31)).paid
    assert len(transaction.unsent) == 1


def test_a_notification_says_what_happened(transaction: Transaction) -> None:
    told = notification(transaction.request, Event("00", "00", "14500001", 299_000, NOW))
    assert told["vnp_Amount"] == "29900000"
    assert told["vnp_PayDate"] == "20261123090000"
    assert told["vnp_TxnRef"] == "PAY1"
    cancelled = notification(transaction.request, transaction.record(Choice("cancel"), NOW))
    assert (cancelled["vnp_ResponseCode"], cancelled["vnp_TransactionStatus"], cancelled["vnp_TransactionNo"]) == (
        "24",
        "02",
        "0",
    )


QUERY = {
    "vnp_RequestId": "r1",
    "vnp_Version": "2.1.0",
    "vnp_Command": "querydr",
    "vnp_TmnCode": "CGXZLS0Z",
    "vnp_TxnRef": "PAY1",
    "vnp_TransactionDate": "20261123090000",
    "vnp_CreateDate": "20261123093500",
    "vnp_IpAddr": "127.0.0.1",
    "vnp_OrderInfo": "Truy van",
}


def ask(desk: QueryDesk, secret: str = "secret", **changes: str) -> dict[str, str]:
    fields = {**QUERY, **changes}
    signed = {**fields, "vnp_SecureHash": joined_digest(secret, fields, REQUEST_FIELDS)}
    return desk.answer(json.dumps(signed).encode(), NOW + timedelta(minutes=35))


def test_a_query_is_answered_with_a_signed_state(transaction: Transaction) -> None:
    transaction.record(Choice("success"), NOW)
    answer = ask(QueryDesk(MERCHANT, {"PAY1": transaction}.get))
    assert (answer["vnp_ResponseCode"], answer["vnp_TransactionStatus"], answer["vnp_Amount"]) == (
        "00",
        "00",
        "29900000",
    )
    assert answer["vnp_SecureHash"] == joined_digest("secret", answer, ANSWER_FIELDS)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"vnp_TxnRef": "PAY2"}, "91"),
        ({"vnp_TransactionDate": "20261123090001"}, "91"),
        ({"vnp_TmnCode": "OTHER"}, "02"),
        ({"vnp_Version": "2.0.0"}, "03"),
        ({"vnp_RequestId": "r" * 33}, "03"),
        ({"vnp_IpAddr": "::1"}, "03"),
        ({"vnp_OrderInfo": ""}, "03"),
        ({"vnp_CreateDate": "20261122093500"}, "03"),
        ({"secret": "other"}, "97"),
    ],
)
def test_a_bad_query_is_refused(transaction: Transaction, changes: dict[str, str], code: str) -> None:
    assert ask(QueryDesk(MERCHANT, {"PAY1": transaction}.get), **changes)["vnp_ResponseCode"] == code


def test_a_request_id_counts_once(transaction: Transaction) -> None:
    desk = QueryDesk(MERCHANT, {"PAY1": transaction}.get)
    assert ask(desk)["vnp_ResponseCode"] == "00"
    assert ask(desk)["vnp_ResponseCode"] == "94"


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{}", b"null"])
def test_a_query_that_is_no_object_is_malformed(body: bytes) -> None:
    assert QueryDesk(MERCHANT, lambda _: None).answer(body, NOW)["vnp_ResponseCode"] == "03"


REFUND = {
    "vnp_RequestId": "r2",
    "vnp_Version": "2.1.0",
    "vnp_Command": "refund",
    "vnp_TmnCode": "CGXZLS0Z",
    "vnp_TransactionType": "03",
    "vnp_TxnRef": "PAY1",
    "vnp_Amount": "9900000",
    "vnp_TransactionNo": "",
    "vnp_TransactionDate": "20261123090000",
    "vnp_CreateBy": "admin-1",
    "vnp_CreateDate": "20261123093500",
    "vnp_IpAddr": "127.0.0.1",
    "vnp_OrderInfo": "Hoan tien RFD1",
}


@pytest.fixture
def refunds(transaction: Transaction) -> RefundDesk:
    transaction.record(Choice("success"), NOW)
    return RefundDesk(MERCHANT, {"PAY1": transaction}.get, Refunds(Behaviour(), 900), set())


def give_back(desk: RefundDesk, secret: str = "secret", **changes: str) -> dict[str, str]:
    fields = {**REFUND, **changes}
    signed = {**fields, "vnp_SecureHash": joined_digest(secret, fields, REFUND_REQUEST)}
    return desk.answer(json.dumps(signed).encode(), NOW + timedelta(minutes=35))


def test_a_refund_is_answered_with_a_signature(refunds: RefundDesk) -> None:
    answer = give_back(refunds)
    assert (answer["vnp_ResponseCode"], answer["vnp_TransactionStatus"]) == ("00", "06")
    assert (answer["vnp_Amount"], answer["vnp_TransactionType"], answer["vnp_TransactionNo"]) == (
        "9900000",
        "03",
        "900",
    )
    assert answer["vnp_SecureHash"] == joined_digest("secret", answer, REFUND_ANSWER)
    assert list(REFUND_REQUEST) == list(REFUND), "signed in the documented order"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"vnp_TxnRef": "PAY2"}, "91"),
        ({"vnp_TransactionDate": "20261123090001"}, "91"),
        ({"vnp_TransactionNo": "1"}, "95"),
        ({"vnp_Amount": "30000000"}, "95"),
        ({"vnp_TransactionType": "02"}, "95"),
        ({"vnp_Amount": "29900000"}, "95"),
        ({"vnp_TmnCode": "OTHER"}, "02"),
        ({"vnp_Version": "2.0.0"}, "03"),
        ({"vnp_TransactionType": "01"}, "03"),
        ({"vnp_Amount": "9900050"}, "03"),
        ({"vnp_Amount": "0"}, "03"),
        ({"vnp_RequestId": "r" * 33}, "03"),
        ({"vnp_RequestId": ""}, "03"),
        ({"vnp_CreateBy": ""}, "03"),
        ({"vnp_IpAddr": "::1"}, "03"),
        ({"vnp_OrderInfo": "Hoàn tiền"}, "03"),
        ({"vnp_CreateDate": "20261122093500"}, "03"),
        ({"secret": "other"}, "97"),
    ],
)
def test_a_bad_refund_is_refused(refunds: RefundDesk, changes: dict[str, str], code: str) -> None:
    answer = give_back(refunds, **changes)
    assert (answer["vnp_ResponseCode"], "vnp_TransactionNo" in answer) == (code, False)
    assert answer["vnp_SecureHash"] == joined_digest("secret", answer, REFUND_ANSWER)


def test_all_of_a_payment_goes_back_once(refunds: RefundDesk) -> None:
    full = {"vnp_TransactionType": "02", "vnp_Amount": "29900000"}
    assert give_back(refunds, **full)["vnp_ResponseCode"] == "00"
    assert give_back(refunds, **full)["vnp_ResponseCode"] == "94"
    assert give_back(refunds, vnp_RequestId="r3", **full)["vnp_ResponseCode"] == "94"


def test_what_was_not_paid_does_not_go_back(transaction: Transaction) -> None:
    transaction.record(Choice("failure"), NOW)
    desk = RefundDesk(MERCHANT, {"PAY1": transaction}.get, Refunds(Behaviour()), set())
    assert give_back(desk)["vnp_ResponseCode"] == "95"
