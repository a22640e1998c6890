"""MoMo's protocol against the published vectors, and against every way to tamper with a message."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from billing.adapters.providers import momo as module
from billing.adapters.providers.momo import SIGNED_QUERY, SIGNED_REQUEST, SIGNED_RESULT, Momo, make, sign, signed_text
from billing.adapters.settings import Settings, SettingsError
from billing.domain.identifiers import payment_id
from billing.service.provider_port import BadSignature, Outcome, ProviderUnavailable, WebhookRequest
from tests.support.attempts import END, NOW, Api, attempt, payment
from tests.support.template import ROOT

VECTORS = json.loads((ROOT / "tests" / "vectors" / "momo.json").read_text("utf-8"))
ACCESS, SECRET = "F8BBA842ECF85", "K951B6PE1waDMi640xX08PD3vg6EkVlz"
MOMO = Momo("MOMO", ((ACCESS, SECRET),), "https://api.example", lambda: "question-1")
REFERENCE = MOMO.reference("pay_abc", NOW)
ATTEMPT = attempt("momo", REFERENCE)
PAYMENT = payment("momo", REFERENCE)
MADE = {
    "partnerCode": "MOMO",
    "orderId": REFERENCE,
    "requestId": REFERENCE,
    "amount": 299_000,
    "responseTime": 1_795_455_001_000,
    "message": "Thành công.",
    "resultCode": 0,
    "payUrl": "https://pay.example/v2/gateway/pay?t=1",
}
RESULT = {
    "partnerCode": "MOMO",
    "orderId": REFERENCE,
    "requestId": REFERENCE,
    "amount": 299_000,
    "orderInfo": "Goi Pro 3 thang",
    "orderType": "momo_wallet",
    "transId": 4_225_107_942,
    "resultCode": 0,
    "message": "Thành công.",
    "payType": "qr",
    "responseTime": 1_795_455_060_123,
    "extraData": "",
}


def signed(fields: Mapping[str, Any] = RESULT, secret: str = SECRET, access: str = ACCESS) -> dict[str, Any]:
    """A message as MoMo sends it."""
    return {**fields, "signature": sign(secret, signed_text(access, fields, SIGNED_RESULT))}


def posted(content: object, content_type: str = "application/json; charset=UTF-8") -> WebhookRequest:
    """The webhook with that content, or with those bytes."""
    body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return WebhookRequest("POST", "", {"content-type": content_type}, body)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Api]:
    def answering(*answers: Mapping[str, Any]) -> Api:
        made = Api(*answers)
        monkeypatch.setattr(module, "post_json", made.post)
        return made

    return answering


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["params"]["orderId"])
def test_the_published_results_are_believed(vector: dict[str, Any]) -> None:
    access, secret = vector["secret"]["accessKey"], vector["secret"]["secretKey"]
    params = vector["params"]
    assert signed_text(access, params, SIGNED_RESULT) == vector["signed_string"]
    adapter = replace(MOMO, partner_code=params["partnerCode"], keys=((access, secret),))
    numbers = {name: int(params[name]) for name in module.WHOLE_NUMBERS}
    for content in (params, {**params, **numbers}):
        notice = adapter.read_webhook(posted({**content, "signature": vector["expected_signature"]}), NOW)
        assert (notice.reference, notice.amount) == (params["orderId"], int(params["amount"]))
        assert notice.outcome == ("paid" if params["resultCode"] == "0" else "failed")


def test_an_order_id_is_made_of_letters_and_digits() -> None:
    references = {MOMO.reference(payment_id(f"ord_{number}", 1), NOW) for number in range(1000)}
    assert len(references) == 1000
    assert all(one.isascii() and one.isalnum() and one == one.upper() and len(one) <= 50 for one in references)


def test_a_page_is_made(api: Callable[..., Api]) -> None:
    asked = api(MADE).asked
    started = MOMO.start(ATTEMPT)
    assert (started.url, started.qr_content, started.handle) == (MADE["payUrl"], None, None)
    ((url, body),) = asked
    assert url == "https://api.example/v2/gateway/api/create"
    assert (body["orderId"], body["amount"], body["requestType"]) == (REFERENCE, 299_000, "captureWallet")
    assert body["ipnUrl"] == "https://api.goi.example/webhooks/momo"
    assert body["redirectUrl"] == "https://app.goi.example/app/result.html?order=ord_1"
    assert body["signature"] == sign(SECRET, signed_text(ACCESS, body, SIGNED_REQUEST))
    assert ACCESS not in body.values()


def test_what_is_signed_of_a_request_is_in_alphabetical_order(api: Callable[..., Api]) -> None:
    asked = api(MADE).asked
    MOMO.start(ATTEMPT)
    assert signed_text(ACCESS, asked[0][1], SIGNED_REQUEST) == (
        f"accessKey={ACCESS}&amount=299000&extraData=&ipnUrl=https://api.goi.example/webhooks/momo&orderId=PAYABC"
        "&orderInfo=Goi Pro 3 thang&partnerCode=MOMO&redirectUrl=https://app.goi.example/app/result.html?order=ord_1"
        "&requestId=PAYABC&requestType=captureWallet"
    )
    for names in (SIGNED_REQUEST, SIGNED_RESULT, SIGNED_QUERY):
        assert list(names) == sorted(names)


def test_a_retry_is_the_same_request(api: Callable[..., Api]) -> None:
    """T02: MoMo answers a requestId that it knows as it did the first time."""
    asked = api(MADE, MADE).asked
    assert MOMO.start(ATTEMPT) == MOMO.start(ATTEMPT)
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    "change",
    [
        {"resultCode": 7000},
        {"resultCode": 13},
        {"resultCode": 40},
        {"resultCode": 41},
        {"resultCode": None},
        {"payUrl": None},
        {"payUrl": ""},
        {"orderId": "PAYOTHER"},
        {"amount": 298_999},
    ],
    ids=str,
)
def test_without_a_page_for_this_attempt_the_provider_is_unavailable(
    api: Callable[..., Api], change: dict[str, Any]
) -> None:
    api({**MADE, **change})
    with pytest.raises(ProviderUnavailable):
        MOMO.start(ATTEMPT)


def test_an_ipn_is_read() -> None:
    notice = MOMO.read_webhook(posted(signed()), NOW)
    assert (notice.provider, notice.reference, notice.outcome) == ("momo", REFERENCE, "paid")
    assert (notice.amount, notice.currency, notice.transaction) == (299_000, "VND", "4225107942")
    assert notice.occurred_at == datetime(2026, 11, 23, 17, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        *((code, "failed") for code in (99, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1017, 1026, 4001, 4100)),
        *((code, "pending") for code in (9000, 1000, 7000, 7002, 8000)),
        *((code, "pending") for code in (10, 42, 1088, 31415)),
    ],
)
def test_only_final_codes_decide(code: int, outcome: str) -> None:
    """9000 is money that MoMo has put aside, and not taken yet."""
    assert MOMO.read_webhook(posted(signed({**RESULT, "resultCode": code})), NOW).outcome == outcome


def test_fields_that_are_not_signed_do_not_matter() -> None:
    content = {**signed(), "paymentOption": "momo", "userFee": 0, "promotionInfo": None}
    assert MOMO.read_webhook(posted(content), NOW).outcome == "paid"


def test_two_pairs_of_keys_may_be_valid() -> None:
    """T22: while one is replaced by the other. The parts of different pairs do not belong together."""
    rotating = replace(MOMO, keys=(("new-access", "new-secret"), *MOMO.keys))
    for access, secret in rotating.keys:
        assert rotating.read_webhook(posted(signed(RESULT, secret, access)), NOW).outcome == "paid"
    with pytest.raises(BadSignature):
        rotating.read_webhook(posted(signed(RESULT, SECRET, "new-access")), NOW)


def mutations() -> list[Any]:
    """The message with each signed field altered, removed, emptied and doubled, and with wrong signatures."""
    found: list[Any] = []
    good = signed()
    text = json.dumps(good)
    for name, value in good.items():
        altered = value + 1 if isinstance(value, int) else f"{value}x"
        found += [{**good, name: altered}, {**good, name: None}, {**good, name: [value]}]
        found += [{**good, name: ""}] if value else []
        found.append({key: kept for key, kept in good.items() if key != name})
        pair = f"{json.dumps(name)}: {json.dumps(value)}"
        found.append(text.replace(pair, f"{pair}, {pair}").encode())
    found += [signed(secret="another"), signed(access="another"), signed({**RESULT, "partnerCode": "OTHER"})]
    found += [{**good, "signature": wrong} for wrong in (0, "0" * 64, good["signature"][:-1], "é", "\ud800")]
    found += [{**good, "signature": good["signature"].upper()}, {**good, "message": "\ud800"}]
    return found


@pytest.mark.parametrize("content", mutations(), ids=lambda content: str(content)[-90:])
def test_an_altered_ipn_is_refused(content: object) -> None:
    """T17, T18: only what was signed counts."""
    with pytest.raises(BadSignature):
        MOMO.read_webhook(posted(json.dumps(content).encode() if isinstance(content, dict) else content), NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 299_000.0},
        {"amount": True},
        {"amount": -299_000},
        {"amount": "2,990"},
        {"resultCode": "0.0"},
        {"resultCode": ""},
        {"transId": ""},
        {"responseTime": "soon"},
        {"extraData": None},
        {"message": {"vi": "ok"}},
    ],
    ids=str,
)
def test_a_signed_message_with_a_value_of_another_kind_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        MOMO.read_webhook(posted(signed({**RESULT, **change})), NOW)


def test_a_message_that_could_be_divided_in_another_way_is_refused() -> None:
    """A buyer of other software of the same partner who chooses its order's text must not choose our order with it."""
    theirs = {**RESULT, "orderId": "THEIRS", "orderInfo": f"x&orderId={REFERENCE}&orderInfo=y"}
    ours = {**RESULT, "message": f"{RESULT['message']}&orderId=THEIRS&orderInfo=x", "orderInfo": "y"}
    assert signed(theirs)["signature"] == signed(ours)["signature"]
    for content in (theirs, ours):
        with pytest.raises(BadSignature):
            MOMO.read_webhook(posted(signed(content)), NOW)


def test_bytes_that_are_no_json_message_are_refused() -> None:
    """T18: nor is a good message in another encoding, method or type."""
    text = json.dumps(signed())
    bodies = [b"", b"[]", b"null", b"\xff", text[:-1].encode(), text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode()]
    bodies += [text.replace("299000", "NaN").encode(), b'{"a":' * 30_000]
    requests = [posted(body) for body in bodies]
    requests += [posted(signed(), kind) for kind in ("", "text/plain", "application/x-www-form-urlencoded")]
    for request in [*requests, replace(posted(signed()), method="GET")]:
        with pytest.raises(BadSignature):
            MOMO.read_webhook(request, NOW)


def test_the_buyers_return_is_no_ipn() -> None:
    """It carries the same signed fields, but nothing is believed that comes through a browser."""
    with pytest.raises(BadSignature):
        MOMO.read_webhook(WebhookRequest("GET", VECTORS[0]["query_string"]), NOW)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.ACCEPTED, 204),
        (Outcome.DUPLICATE, 204),
        (Outcome.UNKNOWN_ORDER, 404),
        (Outcome.WRONG_AMOUNT, 204),
        (Outcome.BAD_SIGNATURE, 401),
        (Outcome.FAULT, 503),
    ],
)
def test_answers_are_those_of_the_contract(outcome: Outcome, status: int) -> None:
    assert module.answer(outcome) == (status, None)


def found(code: object = 0, **changes: Any) -> dict[str, Any]:
    """MoMo's answer to a query."""
    answer = {name: RESULT[name] for name in ("partnerCode", "orderId", "amount", "transId", "message", "responseTime")}
    return {**answer, "requestId": "question-1", "resultCode": code, **changes}


def test_money_is_found_by_asking(api: Callable[..., Api]) -> None:
    """T11: with every IPN lost. It is the transaction that the IPN names."""
    asked = api(found()).asked
    notice = MOMO.query(PAYMENT, END)
    assert (notice.outcome, notice.amount, notice.currency) == ("paid", 299_000, "VND")
    assert notice.transaction == MOMO.read_webhook(posted(signed()), NOW).transaction
    assert notice.occurred_at == datetime(2026, 11, 23, 17, 31, tzinfo=UTC)
    ((url, body),) = asked
    assert url == "https://api.example/v2/gateway/api/query"
    text = f"accessKey={ACCESS}&orderId={REFERENCE}&partnerCode=MOMO&requestId=question-1"
    assert body["signature"] == sign(SECRET, text)


def test_every_query_has_a_number_of_its_own(api: Callable[..., Api]) -> None:
    """MoMo would repeat what it answered to a number that it has seen."""
    asked = api(found(1000), found(0)).asked
    adapter = Momo("MOMO", ((ACCESS, SECRET),), "https://api.example")
    assert [adapter.query(PAYMENT, END).outcome for _ in range(2)] == ["pending", "paid"]
    first, second = (body["requestId"] for _, body in asked)
    assert first != second
    assert 0 < len(first) <= 50


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(1005, "failed"), (1006, "failed"), (99, "failed"), (42, "failed")]
    + [(code, "pending") for code in (1000, 7000, 7002, 8000, 9000)],
)
def test_what_was_not_paid_has_failed_or_is_undecided(api: Callable[..., Api], code: int, outcome: str) -> None:
    api(found(code, amount=0, transId=0))
    notice = MOMO.query(PAYMENT, END)
    assert (notice.outcome, notice.amount, notice.transaction, notice.reason) == (outcome, 299_000, "", str(code))


@pytest.mark.parametrize(
    "answer",
    [
        *({"resultCode": code} for code in (10, 11, 13, 20, 40, 98765, None, "0")),
        {},
        found(orderId="PAYOTHER"),
        found(amount=None),
        found(amount=299_000.5),
        found(amount=True),
        found(transId=None),
        found(transId=""),
    ],
    ids=str,
)
def test_an_answer_that_is_not_understood_decides_nothing(api: Callable[..., Api], answer: dict[str, Any]) -> None:
    api(answer)
    with pytest.raises(ProviderUnavailable):
        MOMO.query(PAYMENT, END)


def test_nothing_can_be_closed() -> None:
    assert not MOMO.closes
    with pytest.raises(ProviderUnavailable):
        MOMO.close(PAYMENT, NOW)


CREDENTIALS = {"MOMO_PARTNER_CODE": "MOMO", "MOMO_ACCESS_KEY": "a", "MOMO_SECRET_KEY": "s"}
SETTINGS = Settings({"STAGE": "dev", "MOMO_API_URL": "https://api.example"})


@pytest.mark.parametrize("missing", CREDENTIALS)
def test_without_all_credentials_there_is_no_partner(missing: str) -> None:
    assert make(SETTINGS, {**CREDENTIALS, missing: ""}) is None
    assert make(SETTINGS, CREDENTIALS) is not None


def test_keys_come_in_pairs() -> None:
    adapter = make(SETTINGS, {**CREDENTIALS, "MOMO_ACCESS_KEY": "new, old", "MOMO_SECRET_KEY": "newer,older"})
    assert adapter
    assert adapter.keys == (("new", "newer"), ("old", "older"))
    with pytest.raises(SettingsError):
        make(SETTINGS, {**CREDENTIALS, "MOMO_SECRET_KEY": "new,old"})
