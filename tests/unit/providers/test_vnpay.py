"""VNPAY's protocol against the published vectors, and against every way to tamper with a message."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from billing.adapters.providers.vnpay import Vnpay, hash_text, local_time, presentable_ip, verified_fields
from billing.service.provider_port import Attempt, BadSignature, WebhookRequest
from tests.support.template import ROOT

VECTORS = json.loads((ROOT / "tests" / "vectors" / "vnpay.json").read_text("utf-8"))
CURRENT = [vector for vector in VECTORS if not vector["kind"].startswith("legacy")]
LEGACY = [vector for vector in VECTORS if vector["kind"].startswith("legacy")]
SIGNED = [vector for vector in CURRENT if "vnp_TxnRef" in vector["params"]]
NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
VNPAY = Vnpay(
    "GOITEST1", "XNBCJFAKAZQSGTARRLGCHVZWCIOIGSHN", "https://pay.example/vpcpay.html", "https://pay.example/api"
)
FIELDS = {
    "vnp_Amount": "29900000",
    "vnp_BankCode": "NCB",
    "vnp_OrderInfo": "Goi Pro 3 thang",
    "vnp_PayDate": "20261124003000",
    "vnp_ResponseCode": "00",
    "vnp_TmnCode": "GOITEST1",
    "vnp_TransactionNo": "14422574",
    "vnp_TransactionStatus": "00",
    "vnp_TxnRef": "PAYABC",
}


def signed(fields: dict[str, str], secret: str = VNPAY.secret) -> str:
    """A query as VNPAY sends it."""
    query = urlencode(sorted(fields.items()))
    return f"{query}&vnp_SecureHash={hash_text(secret, query)}"


def ipn(query: str, method: str = "GET") -> WebhookRequest:
    """The webhook with that query."""
    return WebhookRequest(method, query)


@pytest.mark.parametrize("vector", SIGNED, ids=[vector["source"] for vector in SIGNED])
def test_published_signatures_are_accepted(vector: dict[str, Any]) -> None:
    secret, expected = vector["secret"]["vnp_HashSecret"], vector["expected_signature"]
    fields = {name: value for name, value in vector["params"].items() if name != "vnp_SecureHash"}
    query = f"{urlencode(fields)}&vnp_SecureHash={expected}"
    assert verified_fields(query, secret)["vnp_TxnRef"] == fields["vnp_TxnRef"]
    assert verified_fields(query.replace(expected, expected.upper()), secret)
    with pytest.raises(BadSignature):
        verified_fields(query, f"{secret}x")


@pytest.mark.parametrize("vector", LEGACY, ids=[vector["source"] for vector in LEGACY])
def test_signatures_of_the_old_protocol_are_refused(vector: dict[str, Any]) -> None:
    query = f"{urlencode(vector['params'])}&vnp_SecureHash={vector['expected_signature']}"
    with pytest.raises(BadSignature):
        verified_fields(query, vector["secret"]["vnp_HashSecret"])


@pytest.mark.parametrize("vector", [vector for vector in CURRENT if vector.get("signed_string")])
def test_the_hash_is_that_of_the_published_texts(vector: dict[str, Any]) -> None:
    digest = hash_text(vector["secret"]["vnp_HashSecret"], vector["signed_string"])
    assert digest == vector["expected_signature"].lower()


def test_the_payment_address_carries_what_vnpay_wants() -> None:
    attempt = Attempt(
        payment_id="pay_abc",
        reference=VNPAY.reference("pay_abc", NOW),
        order_id="ord_1",
        amount=299_000,
        currency="VND",
        description="Goi Pro 3 thang",
        buyer_ip="::1",
        language="vi",
        return_url="https://app.goi.example/app/result.html?order=ord_1",
        webhook_url="https://api.goi.example/webhooks/vnpay",
        created_at=NOW,
        expires_at=NOW + timedelta(minutes=30),
    )
    url = VNPAY.start(attempt).url
    assert url is not None
    query = urlsplit(url).query
    fields = dict(parse_qsl(query))
    assert fields["vnp_Amount"] == "29900000"
    assert fields["vnp_CreateDate"] == "20261124003000", "GMT+7: it is the next day in Vietnam"
    assert fields["vnp_ExpireDate"] == "20261124010000"
    assert fields["vnp_IpAddr"] == "127.0.0.1", "::1 is shorter than VNPAY takes"
    assert fields["vnp_TxnRef"].isalnum()
    assert "vnp_SecureHashType" not in fields
    unsigned, _, given = query.rpartition("&vnp_SecureHash=")
    assert unsigned == urlencode(sorted(parse_qsl(unsigned)))
    assert given == hash_text(VNPAY.secret, unsigned)


def test_an_ipn_is_read() -> None:
    notice = VNPAY.read_webhook(ipn(signed(FIELDS)), NOW)
    assert (notice.outcome, notice.amount, notice.currency) == ("paid", 299_000, "VND")
    assert (notice.reference, notice.transaction) == ("PAYABC", "14422574")
    assert notice.occurred_at == datetime(2026, 11, 23, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("response", "status", "outcome"),
    [
        ("00", "00", "paid"),
        ("24", "02", "failed"),
        ("51", "02", "failed"),
        ("99", "01", "failed"),
        ("", "", "failed"),
        ("00", "01", "pending"),
        ("07", "00", "pending"),
        ("07", "07", "pending"),
        ("00", "07", "pending"),
        ("00", "", "pending"),
    ],
)
def test_money_is_paid_only_when_both_codes_say_so(response: str, status: str, outcome: str) -> None:
    fields = {**FIELDS, "vnp_ResponseCode": response, "vnp_TransactionStatus": status}
    kept = {name: value for name, value in fields.items() if value}
    assert VNPAY.read_webhook(ipn(signed(kept)), NOW).outcome == outcome


def mutations() -> list[str]:
    """Every field altered, removed and doubled; hashes of others; truncated, re-encoded and empty messages."""
    good = signed(FIELDS)
    pairs = good.split("&")
    found = ["", "vnp_SecureHash=", "&&&", good[:-1], good[: len(good) // 2], good.replace("+", "%20")]
    found += [signed(FIELDS, "another secret"), f"{urlencode(sorted(FIELDS.items()))}&vnp_SecureHash="]
    found += [good.replace("vnp_SecureHash=", "vnp_SecureHash=0")]
    for index, pair in enumerate(pairs):
        name, _, value = pair.partition("=")
        found.append("&".join(pairs[:index] + pairs[index + 1 :]))
        found.append("&".join([*pairs[:index], f"{name}={value}1", *pairs[index + 1 :]]))
        found.append("&".join([*pairs[:index], f"{name}=", *pairs[index + 1 :]]))
        found.append(f"{good}&{pair}")
        found.append(f"{name}=1&{good}")
        found.append(f"{good}&vnp%5F{name[4:]}=1")
    found += [f"{good}&vnp_Extra=1", f"{good}\ud800"]
    return found


@pytest.mark.parametrize("query", mutations())
def test_an_altered_ipn_is_refused(query: str) -> None:
    """T17, T18: only the bytes that were signed count."""
    with pytest.raises(BadSignature):
        VNPAY.read_webhook(ipn(query), NOW)


def test_an_ipn_for_another_terminal_or_by_post_is_refused() -> None:
    with pytest.raises(BadSignature):
        VNPAY.read_webhook(ipn(signed({**FIELDS, "vnp_TmnCode": "OTHER001"})), NOW)
    with pytest.raises(BadSignature):
        VNPAY.read_webhook(ipn(signed(FIELDS), "POST"), NOW)


@pytest.mark.parametrize("amount", ["29900050", "-100", "1e6", "", "abc"])
def test_an_amount_that_is_no_dong_is_refused(amount: str) -> None:
    with pytest.raises(BadSignature):
        VNPAY.read_webhook(ipn(signed({**FIELDS, "vnp_Amount": amount})), NOW)


def test_order_and_unsigned_parameters_do_not_matter() -> None:
    pairs = signed(FIELDS).split("&")
    assert VNPAY.read_webhook(ipn("&".join(reversed(pairs))), NOW).reference == "PAYABC"
    assert VNPAY.read_webhook(ipn("&".join(["utm=1", *pairs, "vnp_SecureHashType=SHA512"])), NOW).reference == "PAYABC"


def test_local_time_is_gmt_plus_7() -> None:
    assert local_time(datetime(2026, 12, 31, 17, 0, tzinfo=UTC)) == "20270101000000"


@pytest.mark.parametrize(
    ("given", "shown"), [("203.0.113.7", "203.0.113.7"), ("", "127.0.0.1"), ("2001:db8::1", "2001:db8::1")]
)
def test_the_buyers_address_has_a_length_that_vnpay_takes(given: str, shown: str) -> None:
    assert presentable_ip(given) == shown
