"""querydr: what VNPAY says of an attempt, over HTTP, and what is made of it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from billing.adapters.providers.vnpay import QUERY_ANSWER, Vnpay, hash_text
from billing.domain.payments import DocumentRequest, Payment
from billing.service.provider_port import ProviderUnavailable

NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
SECRET = "XNBCJFAKAZQSGTARRLGCHVZWCIOIGSHN"
PAYMENT = Payment(
    id="pay_abc",
    order_id="ord_1",
    account_id="acc-1",
    provider="vnpay",
    reference="PAYABC",
    amount=299_000,
    currency="VND",
    status="open",
    url="https://pay.example",
    qr_content=None,
    document=DocumentRequest("receipt", "", "BL{yy}", "Asia/Ho_Chi_Minh"),
    created_at=NOW - timedelta(minutes=30),
    expires_at=NOW,
)
FIELDS = {
    "vnp_ResponseId": "r1",
    "vnp_Command": "querydr",
    "vnp_ResponseCode": "00",
    "vnp_Message": "QueryDR Success",
    "vnp_TmnCode": "GOITEST1",
    "vnp_TxnRef": "PAYABC",
    "vnp_Amount": "29900000",
    "vnp_BankCode": "NCB",
    "vnp_PayDate": "20261124002000",
    "vnp_TransactionNo": "14422574",
    "vnp_TransactionType": "01",
    "vnp_TransactionStatus": "00",
    "vnp_OrderInfo": "Truy van PAYABC",
}


def signed(**changes: str) -> dict[str, str]:
    """VNPAY's answer, signed over its fields in order; absent ones count as empty."""
    fields = {**FIELDS, **{f"vnp_{name}": value for name, value in changes.items()}}
    text = "|".join(fields.get(name, "") for name in QUERY_ANSWER)
    return {**fields, "vnp_SecureHash": hash_text(SECRET, text)}


def by(secret: str) -> dict[str, str]:
    """The same answer, signed with another secret."""
    text = "|".join(FIELDS.get(name, "") for name in QUERY_ANSWER)
    return {**FIELDS, "vnp_SecureHash": hash_text(secret, text)}


@contextmanager
def vnpay(answer: object, status: int = 200) -> Iterator[tuple[Vnpay, list[dict[str, Any]]]]:
    """A terminal whose query address is served here, and the requests that came."""
    seen: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/api"
            yield Vnpay("GOITEST1", SECRET, "https://pay.example", address, lambda: "q1"), seen
        finally:
            server.shutdown()
            thread.join()


def test_the_request_is_signed_as_vnpay_wants() -> None:
    with vnpay(signed()) as (terminal, seen):
        terminal.query(PAYMENT, NOW)
    (request,) = seen
    names = (
        "RequestId",
        "Version",
        "Command",
        "TmnCode",
        "TxnRef",
        "TransactionDate",
        "CreateDate",
        "IpAddr",
        "OrderInfo",
    )
    text = "|".join(request[f"vnp_{name}"] for name in names)
    assert request["vnp_SecureHash"] == hash_text(SECRET, text)
    assert request["vnp_RequestId"] == "q1"
    assert request["vnp_TransactionDate"] == "20261124000000", "the pay request's vnp_CreateDate, in GMT+7"


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [({}, "paid"), ({"TransactionStatus": "01"}, "pending"), ({"TransactionStatus": "02"}, "failed")],
)
def test_the_transactions_status_decides(changes: dict[str, str], outcome: str) -> None:
    with vnpay(signed(**changes)) as (terminal, _):
        notice = terminal.query(PAYMENT, NOW)
    assert (notice.outcome, notice.amount, notice.transaction) == (outcome, 299_000, "14422574")
    assert notice.occurred_at == datetime(2026, 11, 23, 17, 20, tzinfo=UTC)


def test_an_answer_by_either_of_two_secrets_is_believed_and_the_first_one_asks() -> None:
    """T22: VNPAY may still sign with the old secret while ours is replaced."""
    for secret in (SECRET, "older"):
        with vnpay(by(secret)) as (terminal, seen):
            assert replace(terminal, older_secrets=("older",)).query(PAYMENT, NOW).outcome == "paid"
        text = "|".join(value for name, value in seen[0].items() if name != "vnp_SecureHash")
        assert seen[0]["vnp_SecureHash"] == hash_text(SECRET, text)
    with vnpay(by("another")) as (terminal, _), pytest.raises(ProviderUnavailable):
        replace(terminal, older_secrets=("older",)).query(PAYMENT, NOW)


def test_what_vnpay_does_not_know_was_not_paid() -> None:
    with vnpay({"vnp_ResponseCode": "91"}) as (terminal, _):
        assert terminal.query(PAYMENT, NOW).outcome == "failed"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({**signed(), "vnp_SecureHash": ""}, 200),
        ({name: value for name, value in signed().items() if name != "vnp_SecureHash"}, 200),
        ({**signed(), "vnp_Amount": "1"}, 200),
        (signed(ResponseCode="94"), 200),
        (b"<html>", 200),
        ([], 200),
        (signed(), 503),
    ],
)
def test_an_answer_that_decides_nothing_is_asked_for_again(answer: object, status: int) -> None:
    with vnpay(answer, status) as (terminal, _), pytest.raises(ProviderUnavailable):
        terminal.query(PAYMENT, NOW)


def test_nobody_there_decides_nothing() -> None:
    terminal = Vnpay("GOITEST1", SECRET, "https://pay.example", "http://127.0.0.1:1/api")
    with pytest.raises(ProviderUnavailable):
        terminal.query(PAYMENT, NOW)
    with pytest.raises(ProviderUnavailable):
        terminal.close(PAYMENT, NOW)
