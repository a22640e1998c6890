"""payOS's protocol against the published vectors, and against every way to tamper with a message."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.adapters.providers import payos as module
from billing.adapters.providers.payos import Payos, make, moment, sign, signed_text
from billing.adapters.settings import Settings
from billing.domain.banks import BankAccount
from billing.domain.payments import DocumentRequest, Payment
from billing.service.provider_port import Attempt, BadSignature, Ignored, Outcome, ProviderUnavailable, WebhookRequest
from tests.support.attempts import refund_request
from tests.support.template import ROOT

VECTORS = json.loads((ROOT / "tests" / "vectors" / "payos.json").read_text("utf-8"))
BODIES = [vector for vector in VECTORS if vector["signature_type"] == "body"]
(CREATE,) = (vector for vector in VECTORS if vector["kind"] == "create")
(WEBHOOK,) = (vector for vector in VECTORS if vector["kind"] == "webhook")
KEY = "test_checksum_key"
NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
END = NOW + timedelta(minutes=30)
PAYOS = Payos("client", "key", (KEY,), "https://api.example")
REFERENCE = PAYOS.reference("pay_abc", NOW)
ATTEMPT = Attempt(
    payment_id="pay_abc",
    reference=REFERENCE,
    order_id="ord_1",
    amount=299_000,
    currency="VND",
    description="Goi Pro 3 thang",
    buyer_ip="203.0.113.7",
    language="vi",
    return_url="https://app.goi.example/app/result.html?order=ord_1",
    webhook_url="https://api.goi.example/webhooks/payos",
    created_at=NOW,
    expires_at=END,
)
PAYMENT = Payment(
    id="pay_abc",
    order_id="ord_1",
    account_id="acc-1",
    provider="payos",
    reference=REFERENCE,
    amount=299_000,
    currency="VND",
    status="open",
    url="https://pay.payos.vn/web/link-1",
    qr_content=None,
    document=DocumentRequest("receipt", "", "BL{yy}", "Asia/Ho_Chi_Minh"),
    created_at=NOW,
    expires_at=END,
    handle="link-1",
)
MADE = {
    "amount": 299_000,
    "orderCode": int(REFERENCE),
    "paymentLinkId": "link-1",
    "status": "PENDING",
    "checkoutUrl": "https://pay.payos.vn/web/link-1",
    "currency": "VND",
}
TRANSFER = {
    "reference": "FT1",
    "amount": 299_000,
    "transactionDateTime": "2026-11-24T00:31:00+07:00",
    "counterAccountName": "NGUYỄN VĂN A",
}
FOUND = {
    "id": "link-1",
    "orderCode": int(REFERENCE),
    "amount": 299_000,
    "amountPaid": 0,
    "amountRemaining": 299_000,
    "status": "PENDING",
    "transactions": [],
    "canceledAt": None,
}
DATA = {**WEBHOOK["params"], "orderCode": int(REFERENCE), "amount": 299_000, "reference": "FT1"}


def signed(data: Mapping[str, Any], key: str = KEY) -> dict[str, Any]:
    """An answer of payOS."""
    return {"code": "00", "desc": "success", "data": dict(data), "signature": sign(key, data)}


def refused(code: str) -> dict[str, Any]:
    """An answer that says no."""
    return {"code": code, "desc": "no", "data": None}


def message(data: Mapping[str, Any] = DATA, key: str = KEY) -> dict[str, Any]:
    """A webhook's content."""
    return {**signed(data, key), "success": True}


def posted(content: object, content_type: str = "application/json", method: str = "POST") -> WebhookRequest:
    """The webhook with that content, or with those bytes."""
    body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return WebhookRequest(method, "", {"content-type": content_type}, body)


class Api:
    """payOS's interface with answers that are given in advance; what was asked of it is kept."""

    def __init__(self, *answers: Mapping[str, Any]) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, str, Any, Mapping[str, str]]] = []

    def post_json(self, url: str, body: Any, headers: Mapping[str, str], _timeout: float) -> Any:
        self.calls.append(("POST", url, body, headers))
        return self.answers.pop(0)

    def get_json(self, url: str, headers: Mapping[str, str], _timeout: float) -> Any:
        self.calls.append(("GET", url, None, headers))
        return self.answers.pop(0)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Api]:
    def answering(*answers: Mapping[str, Any]) -> Api:
        made = Api(*answers)
        monkeypatch.setattr(module, "post_json", made.post_json)
        monkeypatch.setattr(module, "get_json", made.get_json)
        return made

    return answering


@pytest.mark.parametrize("vector", BODIES, ids=lambda vector: vector["source"])
def test_the_published_signatures_are_ours(vector: dict[str, Any]) -> None:
    assert signed_text(vector["params"]) == vector["signed_string"]
    assert sign(vector["secret"]["checksumKey"], vector["params"]) == vector["expected_signature"]


def test_the_published_signature_of_a_request_is_ours() -> None:
    fields = {name: CREATE["params"][name] for name in module.SIGNED_REQUEST}
    assert signed_text(fields) == CREATE["signed_string"]
    assert sign(KEY, fields) == CREATE["expected_signature"]


def test_letters_beyond_ascii_and_lists_are_signed_as_they_are() -> None:
    data = {"b": [{"z": None, "a": "Nguyễn"}, "x"], "a": None, "c": True, "d": "", "e": 10**15}
    assert signed_text(data) == 'a=&b=[{"a":"Nguyễn","z":null},"x"]&c=true&d=&e=1000000000000000'


def test_an_order_code_is_a_number_that_javascript_can_hold() -> None:
    codes = {PAYOS.reference(f"pay_{number}", NOW) for number in range(5_000)}
    assert len(codes) == 5_000
    assert all(10**6 <= int(code) <= 2**53 - 1 and str(int(code)) == code for code in codes)
    assert PAYOS.reference("pay_abc", END) == REFERENCE


def test_a_link_is_made(api: Callable[..., Api]) -> None:
    calls = api(signed(MADE)).calls
    started = PAYOS.start(ATTEMPT)
    assert (started.url, started.handle, started.qr_content) == ("https://pay.payos.vn/web/link-1", "link-1", None)
    ((method, url, body, headers),) = calls
    assert (method, url) == ("POST", "https://api.example/v2/payment-requests")
    assert headers == {"x-client-id": "client", "x-api-key": "key"}
    assert (body["orderCode"], body["amount"], body["expiredAt"]) == (int(REFERENCE), 299_000, int(END.timestamp()))
    assert len(body["description"]) == 9, "what a bank account that is not linked through payOS may carry"
    assert body["signature"] == sign(KEY, {name: body[name] for name in module.SIGNED_REQUEST})


def test_a_link_whose_answer_was_lost_is_found_again(api: Callable[..., Api]) -> None:
    """T02: the same attempt never makes a second link."""
    calls = api(refused("231"), signed(FOUND)).calls
    started = PAYOS.start(ATTEMPT)
    assert (started.url, started.handle) == ("https://pay.payos.vn/web/link-1", "link-1")
    assert calls[1][:2] == ("GET", f"https://api.example/v2/payment-requests/{REFERENCE}")


@pytest.mark.parametrize(
    "answers",
    [
        [refused("20")],
        [refused("401")],
        [{}],
        [{"code": "00", "data": MADE}],
        [signed(MADE, "another key")],
        [signed({**MADE, "amount": 298_999})],
        [signed({**MADE, "orderCode": 5})],
        [signed({**MADE, "checkoutUrl": None})],
        [signed({**MADE, "paymentLinkId": 1})],
        [{"code": "00", "data": [], "signature": ""}],
        [refused("231"), refused("101")],
        [refused("231"), signed({**FOUND, "status": "CANCELLED"})],
        [refused("231"), signed({**FOUND, "amount": 1})],
        [refused("231"), signed({**FOUND, "id": None})],
    ],
    ids=str,
)
def test_without_a_link_for_this_attempt_the_provider_is_unavailable(
    api: Callable[..., Api], answers: list[dict[str, Any]]
) -> None:
    api(*answers)
    with pytest.raises(ProviderUnavailable):
        PAYOS.start(ATTEMPT)


def test_a_message_is_read() -> None:
    notice = PAYOS.read_webhook(posted(message()), NOW)
    assert (notice.provider, notice.reference, notice.outcome) == ("payos", REFERENCE, "paid")
    assert (notice.amount, notice.currency, notice.transaction) == (299_000, "VND", "FT1")
    assert notice.occurred_at == datetime(2025, 12, 12, 2, 0, tzinfo=UTC), "its times are Vietnam's"


def test_the_published_message_is_believed_and_a_field_more_does_not_matter() -> None:
    content = {**message(WEBHOOK["params"]), "signature": WEBHOOK["expected_signature"]}
    assert PAYOS.read_webhook(posted(content), NOW).amount == 20_000
    assert PAYOS.read_webhook(posted(message({**DATA, "newField": [1, None]})), NOW).amount == 299_000
    bare = {name: value for name, value in message().items() if name in {"data", "signature"}}
    assert PAYOS.read_webhook(posted(bare), NOW).outcome == "paid", "what is signed says it all"


def test_the_sample_of_a_registration_is_acknowledged() -> None:
    with pytest.raises(Ignored):
        PAYOS.read_webhook(posted(message({**DATA, "orderCode": 123})), NOW)
    with pytest.raises(BadSignature):
        PAYOS.read_webhook(posted(message({**DATA, "orderCode": 123}, "another key")), NOW)


def test_a_code_other_than_success_decides_nothing() -> None:
    content = {**message({**DATA, "code": "01"}), "code": "01", "success": False}
    assert PAYOS.read_webhook(posted(content), NOW).outcome == "pending"


def test_two_checksum_keys_may_be_valid() -> None:
    """T22: while one is replaced by the other."""
    rotating = replace(PAYOS, checksum_keys=("new", KEY))
    for key in ("new", KEY):
        assert rotating.read_webhook(posted(message(key=key)), NOW).outcome == "paid"
    with pytest.raises(BadSignature):
        rotating.read_webhook(posted(message(key="newer")), NOW)


def mutations() -> list[Any]:
    """The message with each signed field altered, removed or doubled, and with each other part wrong."""
    found: list[Any] = []
    for name, value in DATA.items():
        altered = value + 1 if isinstance(value, int) else f"{value}x"
        found.append({**message(), "data": {**DATA, name: altered}})
        found.append({**message(), "data": {key: kept for key, kept in DATA.items() if key != name}})
        found.append({**message(), "data": {**DATA, f"{name}2": value}})
        text, pair = json.dumps(message()), f'"{name}": {json.dumps(value)}'
        found.append(text.replace(pair, f"{pair}, {pair}", 1).encode())
    found += [{**message(), name: value} for name, value in (("code", "01"), ("success", False), ("success", 1))]
    found += [{key: kept for key, kept in message().items() if key != name} for name in ("data", "signature")]
    found += [
        {**message(), "signature": wrong} for wrong in ("", None, 0, "0" * 64, sign(KEY, DATA)[:-1], "é", "\ud800")
    ]
    found += [{**message(), "signature": sign(KEY, DATA).upper()}, message(key="another"), message(key="")]
    return found


@pytest.mark.parametrize("content", mutations(), ids=lambda content: str(content)[-90:])
def test_an_altered_message_is_refused(content: object) -> None:
    """T17, T18: only what was signed counts."""
    with pytest.raises(BadSignature):
        PAYOS.read_webhook(posted(json.dumps(content).encode() if isinstance(content, dict) else content), NOW)


@pytest.mark.parametrize(
    "data",
    [
        {**DATA, "description": f"a&orderCode=5&x={DATA['description']}"},
        {**DATA, "a=1&b": ""},
        {name: value for name, value in DATA.items() if name != "amount"}
        | {"accountNumber": "0123456789&amount=299000"},
    ],
)
def test_a_message_that_could_be_cut_into_other_fields_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        PAYOS.read_webhook(posted(message(data)), NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "299000"},
        {"amount": 299_000.5},
        {"amount": -1},
        {"amount": True},
        {"amount": None},
        {"orderCode": REFERENCE},
        {"orderCode": None},
        {"currency": None},
        {"reference": ""},
        {"description": "\ud800"},
    ],
    ids=str,
)
def test_a_message_without_an_amount_or_an_order_is_refused(change: dict[str, Any]) -> None:
    data = {**DATA, **change}
    content = {**message(), "data": data, "signature": _signature(data)}
    with pytest.raises(BadSignature):
        PAYOS.read_webhook(posted(json.dumps(content).encode()), NOW)


def _signature(data: dict[str, Any]) -> str:
    try:
        return sign(KEY, data)
    except UnicodeEncodeError:
        return ""


def test_bytes_that_are_no_json_message_are_refused() -> None:
    """T18: nor is a good message in another encoding, method or type."""
    text = json.dumps(message())
    bodies = [b"", b"[]", b"null", b"\xff", text[:-1].encode(), text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode()]
    bodies += [text.replace("299000", "NaN").encode(), b'{"a":' * 30_000]
    requests = [posted(body) for body in bodies]
    requests += [posted(message(), kind) for kind in ("", "text/plain", "application/x-www-form-urlencoded")]
    for request in [*requests, posted(message(), method="GET")]:
        with pytest.raises(BadSignature):
            PAYOS.read_webhook(request, NOW)
    assert PAYOS.read_webhook(posted(message(), "Application/JSON; charset=utf-8"), NOW).outcome == "paid"


@pytest.mark.parametrize(
    ("outcome", "status", "success"),
    [
        (Outcome.ACCEPTED, 200, True),
        (Outcome.DUPLICATE, 200, True),
        (Outcome.UNKNOWN_ORDER, 200, True),
        (Outcome.WRONG_AMOUNT, 200, True),
        (Outcome.BAD_SIGNATURE, 401, False),
        (Outcome.FAULT, 503, False),
    ],
)
def test_answers_are_those_of_the_contract(outcome: Outcome, status: int, success: bool) -> None:
    assert module.answer(outcome) == (status, {"success": success})


def paid(status: str = "PAID", amount: int = 299_000, *transfers: dict[str, Any]) -> dict[str, Any]:
    """A link with money, as it is found."""
    return signed({**FOUND, "status": status, "amountPaid": amount, "transactions": list(transfers or (TRANSFER,))})


def test_money_is_found_by_asking(api: Callable[..., Api]) -> None:
    """T11: with every webhook lost."""
    calls = api(paid()).calls
    notice = PAYOS.query(PAYMENT, END)
    assert (notice.outcome, notice.amount, notice.currency, notice.transaction) == ("paid", 299_000, "VND", "FT1")
    assert notice.occurred_at == datetime(2026, 11, 23, 17, 31, tzinfo=UTC)
    assert calls[0][:2] == ("GET", f"https://api.example/v2/payment-requests/{REFERENCE}")


def test_several_transfers_are_one_payment(api: Callable[..., Api]) -> None:
    second = {**TRANSFER, "reference": "FT2", "transactionDateTime": "2026-11-24T00:40:00+07:00"}
    api(paid("PAID", 299_000, {**TRANSFER, "amount": 199_000}, {**second, "amount": 100_000}))
    notice = PAYOS.query(PAYMENT, END)
    assert (notice.amount, notice.transaction) == (299_000, "FT1+FT2")
    assert notice.occurred_at == datetime(2026, 11, 23, 17, 40, tzinfo=UTC)


def test_a_short_sum_is_pending_until_the_links_end(api: Callable[..., Api]) -> None:
    """T19: then it is money that does not fit, which an operator sees."""
    api(paid("UNDERPAID", 1_000), paid("UNDERPAID", 1_000))
    assert PAYOS.query(PAYMENT, END - timedelta(seconds=1)).outcome == "pending"
    notice = PAYOS.query(PAYMENT, END)
    assert (notice.outcome, notice.amount) == ("paid", 1_000)


@pytest.mark.parametrize("status", ["CANCELLED", "EXPIRED", "FAILED"])
def test_an_end_without_money_has_failed_and_one_with_money_has_not(api: Callable[..., Api], status: str) -> None:
    """T63: money that came in is real, whatever became of the link."""
    api(signed({**FOUND, "status": status}), paid(status))
    assert (PAYOS.query(PAYMENT, END).outcome, PAYOS.query(PAYMENT, END).outcome) == ("failed", "paid")


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "SOMETHING_NEW"])
def test_any_other_state_is_undecided(api: Callable[..., Api], status: str) -> None:
    api(signed({**FOUND, "status": status}))
    assert PAYOS.query(PAYMENT, END).outcome == "pending"


def test_what_payos_does_not_know_was_not_paid(api: Callable[..., Api]) -> None:
    api(refused("101"), refused("404"))
    assert PAYOS.query(PAYMENT, END).outcome == "failed"
    assert PAYOS.query(replace(PAYMENT, handle=None, url=None), END).outcome == "failed"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        refused("401"),
        refused("20"),
        {"code": "00", "data": FOUND},
        {"code": "00", "data": FOUND, "signature": "0" * 64},
        signed({**FOUND, "orderCode": 5}),
        signed({**FOUND, "amountPaid": "299000"}),
        signed({**FOUND, "status": "PAID", "amountPaid": 299_000}),
        signed({**FOUND, "status": "PAID", "amountPaid": 299_000, "transactions": ["FT1"]}),
    ],
    ids=str,
)
def test_an_answer_that_is_not_understood_decides_nothing(api: Callable[..., Api], answer: dict[str, Any]) -> None:
    api(answer)
    with pytest.raises(ProviderUnavailable):
        PAYOS.query(PAYMENT, END)


def test_a_link_is_cancelled(api: Callable[..., Api]) -> None:
    """T01: before the buyer pays elsewhere."""
    calls = api(signed({**FOUND, "status": "CANCELLED"})).calls
    PAYOS.close(PAYMENT, NOW)
    assert calls[0][:3] == (
        "POST",
        f"https://api.example/v2/payment-requests/{REFERENCE}/cancel",
        {"cancellationReason": "Order closed"},
    )
    api(refused("20"), signed({**FOUND, "status": "EXPIRED"}))
    PAYOS.close(PAYMENT, NOW)


@pytest.mark.parametrize(
    "answers",
    [
        [refused("20"), paid()],
        [refused("20"), signed(FOUND)],
        [refused("20"), refused("101")],
        [paid("CANCELLED", 1_000)],
        [{**signed({**FOUND, "status": "CANCELLED"}), "signature": ""}],
    ],
    ids=["paid", "open", "unknown", "cancelled with money", "unsigned"],
)
def test_a_link_that_may_still_bring_money_is_not_closed(
    api: Callable[..., Api], answers: list[dict[str, Any]]
) -> None:
    api(*answers)
    with pytest.raises(ProviderUnavailable):
        PAYOS.close(PAYMENT, NOW)


def test_without_all_credentials_there_is_no_channel() -> None:
    settings = Settings({"STAGE": "dev", "PAYOS_API_URL": "https://api.example"})
    credentials = {"PAYOS_CLIENT_ID": "client", "PAYOS_API_KEY": "key", "PAYOS_CHECKSUM_KEY": " new , old,"}
    made = make(settings, credentials)
    assert made
    assert (made.checksum_keys, made.pay_url) == (("new", "old"), "https://pay.payos.vn/web")
    for name in credentials:
        assert make(settings, {**credentials, name: ""}) is None
    assert make(settings, {**credentials, "PAYOS_CHECKSUM_KEY": ", "}) is None


@pytest.mark.parametrize("text", ["", None, "yesterday", 5])
def test_a_time_that_is_none_is_now(text: object) -> None:
    assert moment(text, NOW) == NOW


COUNTER_ACCOUNT = {
    "counterAccountBankId": "970436",
    "counterAccountBankName": "Vietcombank",
    "counterAccountNumber": "9876543210",
    "counterAccountName": "NGUYEN VAN A",
}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (COUNTER_ACCOUNT, BankAccount("970436", "9876543210", "NGUYEN VAN A")),
        (
            {**COUNTER_ACCOUNT, "counterAccountBankId": "01202001"},
            BankAccount("Vietcombank", "9876543210", "NGUYEN VAN A"),
        ),
        (dict.fromkeys(COUNTER_ACCOUNT), None),
        (dict.fromkeys(COUNTER_ACCOUNT, ""), None),
        ({**dict.fromkeys(COUNTER_ACCOUNT), "counterAccountName": "A" * 500}, BankAccount("", "", "A" * 100)),
    ],
)
def test_whose_account_the_money_came_from_is_told(
    api: Callable[..., Api], said: dict[str, str | None], expected: BankAccount | None
) -> None:
    """It is where a refund by hand goes; payOS often knows little of it."""
    assert PAYOS.read_webhook(posted(message({**DATA, **said})), NOW).payer == expected
    api(signed({**FOUND, "status": "PAID", "amountPaid": 299_000, "transactions": [{**TRANSFER, **said}]}))
    assert PAYOS.query(PAYMENT, NOW).payer == expected


@pytest.mark.parametrize(("second", "known"), [("9876543210", True), ("1111111111", False)])
def test_transfers_from_several_accounts_have_no_one_payer(api: Callable[..., Api], second: str, known: bool) -> None:
    transfers = [{**TRANSFER, **COUNTER_ACCOUNT, "counterAccountNumber": number} for number in ("9876543210", second)]
    api(signed({**FOUND, "status": "PAID", "amountPaid": 598_000, "transactions": transfers}))
    assert (PAYOS.query(PAYMENT, NOW).payer is not None) == known


def test_payos_can_be_asked_and_gives_nothing_back() -> None:
    assert (PAYOS.asks, PAYOS.refunds) == (True, False)
    assert PAYOS.refund_reference("rfd_abc", NOW) == "rfd_abc"
    for call in (PAYOS.refund, PAYOS.query_refund):
        with pytest.raises(ProviderUnavailable):
            call(refund_request("rfd_abc", REFERENCE, "FT1"), NOW)
