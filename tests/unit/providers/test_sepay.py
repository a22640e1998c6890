"""SePay's webhooks by key and by signature, the transfers behind them, and every way to tamper with a message."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from billing.adapters.providers import sepay
from billing.adapters.providers.sepay import Sepay, make, sign
from billing.adapters.settings import Settings
from billing.domain.memos import payment_code
from billing.domain.payments import DocumentRequest, Notice, Payment
from billing.domain.vietqr import Transfer, read
from billing.service.provider_port import Attempt, BadSignature, Ignored, Outcome, ProviderUnavailable, WebhookRequest

NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
CODE = payment_code("pay_abc")
CREDENTIALS = {
    "SEPAY_WEBHOOK_API_KEY": "test_api_key",
    "SEPAY_API_TOKEN": "test_token",
    "SEPAY_BANK_BIN": "970422",
    "SEPAY_ACCOUNT_NUMBER": "0123456789",
}
SIGNING = {**CREDENTIALS, "SEPAY_WEBHOOK_SECRET": "test_secret"}
ENVIRONMENT = {"STAGE": "dev", "APP_URL": "https://app.goi.example/app", "SEPAY_API_URL": "https://sepay.example"}
BODY: dict[str, Any] = {
    "id": 92704,
    "gateway": "MBBank",
    "transactionDate": "2026-11-24 00:29:00",
    "accountNumber": "0123456789",
    "subAccount": None,
    "code": None,
    "content": f"MBVCB.3278907687.{CODE}.CT tu 9876543210 NGUYEN VAN A",
    "transferType": "in",
    "description": "BankAPINotify",
    "transferAmount": 299_000,
    "accumulated": 19_077_000,
    "referenceCode": "FT26328000001",
}


def adapter(**changes: str) -> Sepay:
    """The adapter of the credentials, some changed."""
    made = make(Settings(ENVIRONMENT), {**CREDENTIALS, **changes})
    assert made
    return made


BY_KEY = adapter()
BY_SIGNATURE = adapter(SEPAY_WEBHOOK_SECRET="test_secret")


def raw(changes: Mapping[str, Any] | None = None) -> bytes:
    """A webhook's body."""
    return json.dumps({**BODY, **(changes or {})}, ensure_ascii=False).encode()


def keyed(body: bytes, key: str = "Apikey test_api_key", content_type: str = "application/json") -> WebhookRequest:
    """A webhook with an API key."""
    return WebhookRequest("POST", "", {"content-type": content_type, "authorization": key}, body)


def signed(body: bytes, secret: str = "test_secret", at: datetime = NOW) -> WebhookRequest:
    """A signed webhook."""
    timestamp = str(int(at.timestamp()))
    headers = {
        "content-type": "application/json",
        "x-sepay-timestamp": timestamp,
        "x-sepay-signature": f"sha256={sign(secret, timestamp, body)}",
    }
    return WebhookRequest("POST", "", headers, body)


def refused(provider: Sepay, request: WebhookRequest) -> bool:
    """Whether a webhook counts as badly signed."""
    try:
        provider.read_webhook(request, NOW)
    except BadSignature:
        return True
    return False


def test_a_payment_is_a_qr_code_on_our_own_page() -> None:
    attempt = Attempt(
        payment_id="pay_abc",
        reference=BY_KEY.reference("pay_abc", NOW),
        order_id="ord_1",
        amount=299_000,
        currency="VND",
        description="Goi Pro 3 thang",
        buyer_ip="::1",
        language="vi",
        return_url="https://app.goi.example/app/result.html?order=ord_1",
        webhook_url="https://api.goi.example/webhooks/sepay",
        created_at=NOW,
        expires_at=NOW + timedelta(hours=24),
    )
    started = BY_KEY.start(attempt)
    assert started.url == "https://app.goi.example/app/pay.html?order=ord_1"
    assert read(str(started.qr_content)) == Transfer("970422", "0123456789", 299_000, CODE)


@pytest.mark.parametrize(("provider", "request_of"), [(BY_KEY, keyed), (BY_SIGNATURE, signed)], ids=["key", "hmac"])
def test_an_incoming_transfer_is_read(provider: Sepay, request_of: Any) -> None:
    notice = provider.read_webhook(request_of(raw()), NOW)
    assert (notice.outcome, notice.amount, notice.currency) == ("paid", 299_000, "VND")
    assert (notice.reference, notice.transaction) == (CODE, "92704")
    assert notice.occurred_at == datetime(2026, 11, 23, 17, 29, tzinfo=UTC), "SePay's times are in GMT+7"


@pytest.mark.parametrize(
    "changes",
    [
        {"content": CODE.lower()},
        {"content": f"thanh toan {CODE[:3]} {CODE[3:7]}-{CODE[7:]} goi pro"},
        {"content": "CHUYEN TIEN", "code": CODE},
        {"content": None, "code": CODE.lower()},
        {"accountNumber": "1111111111", "subAccount": "0123456789"},
    ],
)
def test_a_payment_is_found_in_an_altered_memo(changes: dict[str, Any]) -> None:
    """T64: banks alter memos; SePay may know the code already; the account may be a virtual one."""
    assert BY_KEY.read_webhook(keyed(raw(changes)), NOW).reference == CODE


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "CHUYEN TIEN GOI PRO"},
        {"content": None},
        {"content": CODE[:-1]},
        {"accountNumber": "1111111111"},
        {"accountNumber": None, "subAccount": ["0123456789"]},
    ],
)
def test_money_that_fits_no_payment_is_still_told(changes: dict[str, Any]) -> None:
    """T64: without a code, or on another account of the company, an operator decides."""
    notice = BY_KEY.read_webhook(keyed(raw(changes)), NOW)
    assert (notice.reference, notice.outcome, notice.transaction) == ("", "paid", "92704")


def test_an_operator_sees_the_memo() -> None:
    assert BY_KEY.read_webhook(keyed(raw({"content": "tien goi pro cua Lan"})), NOW).reason == "tien goi pro cua Lan"
    assert len(BY_KEY.read_webhook(keyed(raw({"content": "x" * 9_000})), NOW).reason) == 200


def test_a_memo_that_a_bank_has_cut_within_a_character_is_told_as_text() -> None:
    """Half of it cannot be written anywhere; the money is real all the same."""
    body = json.dumps({**BODY, "content": f"{CODE} \ud83d"}).encode()
    notice = BY_KEY.read_webhook(keyed(body), NOW)
    assert (notice.reference, notice.reason) == (CODE, f"{CODE} ?")


def test_a_signature_that_cannot_be_written_is_wrong() -> None:
    request = signed(raw())
    headers = {**request.headers, "x-sepay-signature": "sha256=\ud800"}
    assert refused(BY_SIGNATURE, replace(request, headers=headers))


def test_money_that_goes_out_is_none_of_our_payments() -> None:
    with pytest.raises(Ignored):
        BY_KEY.read_webhook(keyed(raw({"transferType": "out"})), NOW)


@pytest.mark.parametrize("wrong", ["299000", 299_000.5, 0, -1, True, None, [], {}])
@pytest.mark.parametrize("name", ["transferAmount", "id"])
def test_an_amount_or_id_that_is_no_positive_integer_is_refused(name: str, wrong: object) -> None:
    """T44: no floats, no texts."""
    assert refused(BY_KEY, keyed(raw({name: wrong})))


@pytest.mark.parametrize("direction", ["IN", "", None, 1, "refund", ["in"]])
def test_a_direction_that_is_neither_in_nor_out_is_refused(direction: object) -> None:
    assert refused(BY_KEY, keyed(raw({"transferType": direction})))


@pytest.mark.parametrize("date", ["", None, "2026-11-24", "24/11/2026 00:29:00", 5, "0001-01-01 00:00:00"])
def test_an_unreadable_date_becomes_now(date: object) -> None:
    assert BY_KEY.read_webhook(keyed(raw({"transactionDate": date})), NOW).occurred_at == NOW


WRONG_KEYS = (
    "",
    "wrong",
    "test_api_ke",
    "TEST_API_KEY",
    "test_api_key x",
    "test_api_key,test_api_key",
    "\u0111",
    "\ud800",
)


@pytest.mark.parametrize(
    "key", ["", "Apikey", "test_api_key", "Bearer test_api_key", *(f"Apikey {wrong}" for wrong in WRONG_KEYS)]
)
def test_a_wrong_api_key_is_refused(key: str) -> None:
    assert refused(BY_KEY, keyed(raw(), key))


def test_two_keys_or_secrets_may_be_valid() -> None:
    """T22: while one is replaced by the other."""
    keys = adapter(SEPAY_WEBHOOK_API_KEY="new, old")
    assert keys.read_webhook(keyed(raw(), "Apikey new"), NOW) == keys.read_webhook(keyed(raw(), "apikey old"), NOW)
    secrets = adapter(SEPAY_WEBHOOK_SECRET="new,old")
    assert secrets.read_webhook(signed(raw(), "new"), NOW) == secrets.read_webhook(signed(raw(), "old"), NOW)
    assert refused(secrets, signed(raw(), "new,old"))


def test_once_a_secret_is_set_every_webhook_is_signed() -> None:
    assert refused(BY_SIGNATURE, keyed(raw()))
    assert not refused(BY_SIGNATURE, signed(raw()))


@pytest.mark.parametrize(("seconds", "fine"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_signed_time_must_be_near_ours(seconds: int, fine: bool) -> None:
    assert refused(BY_SIGNATURE, signed(raw(), at=NOW + timedelta(seconds=seconds))) is not fine


@pytest.mark.parametrize("timestamp", ["", "abc", "1" * 13, "-5", "\u0661\u0662", "1795455000.0", " 1795455000"])
def test_a_signed_time_that_is_none_is_refused(timestamp: str) -> None:
    request = signed(raw())
    signature = f"sha256={sign('test_secret', timestamp, request.body)}"
    headers = {**request.headers, "x-sepay-timestamp": timestamp, "x-sepay-signature": signature}
    assert refused(BY_SIGNATURE, replace(request, headers=headers))


def mutations() -> Iterator[WebhookRequest]:
    """Every field altered, removed and doubled under the good signature; headers and other people's signatures."""
    good = signed(raw())
    for name, value in BODY.items():
        rest = {other: kept for other, kept in BODY.items() if other != name}
        yield replace(good, body=json.dumps(rest, ensure_ascii=False).encode())
        yield replace(good, body=raw({name: f"{value}1"}))
        yield replace(good, body=raw()[:-1] + f', "{name}": {json.dumps(value)}}}'.encode())
    for body in (
        b"",
        b"{}",
        raw()[:-1],
        raw()[: len(raw()) // 2],
        raw() + b"\n",
        b" " + raw(),
        raw().replace(b" ", b""),
    ):
        yield replace(good, body=body)
    yield replace(good, body=json.dumps(BODY, sort_keys=True).encode())
    for name in ("x-sepay-signature", "x-sepay-timestamp"):
        yield replace(good, headers={key: value for key, value in good.headers.items() if key != name})
    signature, timestamp = good.headers["x-sepay-signature"], good.headers["x-sepay-timestamp"]
    for wrong in (
        "",
        "sha256=",
        signature[:-1],
        signature[7:],
        signature[:-1] + "g",
        f"sha512={signature[7:]}",
        "\u0111",
    ):
        yield replace(good, headers={**good.headers, "x-sepay-signature": wrong})
    yield replace(good, headers={**good.headers, "x-sepay-timestamp": str(int(timestamp) + 1)})
    yield signed(raw(), "another secret")
    yield signed(raw(), "")


def test_no_altered_webhook_is_accepted() -> None:
    found = list(mutations())
    assert len(found) > 50
    assert [request for request in found if not refused(BY_SIGNATURE, request)] == []


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=x", "application/jsonx"])
def test_another_content_type_is_refused(content_type: str) -> None:
    assert refused(BY_KEY, keyed(raw(), content_type=content_type))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"\xff", b"{" * 40_000, b'{"id": NaN}', raw()[:-1] + b', "id": 1}']
)
def test_an_unreadable_body_is_refused_also_with_the_right_key(body: bytes) -> None:
    assert refused(BY_KEY, keyed(body))


def test_a_get_is_no_webhook() -> None:
    assert refused(BY_KEY, replace(keyed(raw()), method="GET"))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_answers_are_those_of_the_contract(outcome: Outcome) -> None:
    status, body = sepay.answer(outcome)
    expected = {Outcome.BAD_SIGNATURE: 401, Outcome.FAULT: 503}.get(outcome, 200)
    assert (status, body["success"]) == (expected, expected == 200)


@pytest.mark.parametrize("missing", [["SEPAY_BANK_BIN"], ["SEPAY_ACCOUNT_NUMBER"], ["SEPAY_WEBHOOK_API_KEY"]])
def test_without_its_credentials_there_is_no_adapter(missing: list[str]) -> None:
    kept = {name: value for name, value in CREDENTIALS.items() if name not in missing}
    assert make(Settings(ENVIRONMENT), kept) is None


def test_nothing_is_closed() -> None:
    with pytest.raises(ProviderUnavailable):
        BY_KEY.close(PAYMENT, NOW)


PAYMENT = Payment(
    id="pay_abc",
    order_id="ord_1",
    account_id="acc-1",
    provider="sepay",
    reference=CODE,
    amount=299_000,
    currency="VND",
    status="open",
    url="https://app.goi.example/app/pay.html?order=ord_1",
    qr_content="",
    document=DocumentRequest("receipt", "", "BL{yy}", "Asia/Ho_Chi_Minh"),
    created_at=NOW - timedelta(hours=25),
    expires_at=NOW - timedelta(hours=1),
)
LISTED: dict[str, Any] = {
    "id": "07ad3dc9-0000-4000-8000-0afffe87053b",
    "transaction_date": "2026-11-23 20:00:00",
    "account_number": "0123456789",
    "va": "",
    "transfer_type": "in",
    "amount_in": 299_000,
    "amount_out": 0,
    "transaction_content": f"MBVCB.1.{CODE.lower()}.CT",
    "reference_number": "FT26328000001",
    "code": "",
    "webhook_success": 0,
}


class Api:
    """SePay's list of transfers: pages as given, and what was asked."""

    def __init__(self, *transfers: Mapping[str, Any]) -> None:
        self.transfers = [{**LISTED, **one} for one in transfers]
        self.asked: list[dict[str, str]] = []
        self.headers: list[Mapping[str, str]] = []

    def get_json(self, url: str, headers: Mapping[str, str], timeout: float) -> dict[str, Any]:
        """A page of those that fit the amounts."""
        assert urlsplit(url).path == "/v2/transactions"
        asked = dict(parse_qsl(urlsplit(url).query))
        self.asked.append(asked)
        self.headers.append(headers)
        least, most = int(asked.get("amount_in_min", 0)), int(asked.get("amount_in_max", 10**12))
        fitting = [one for one in self.transfers if least <= one["amount_in"] <= most]
        start = (int(asked["page"]) - 1) * int(asked["per_page"])
        page = fitting[start : start + int(asked["per_page"])]
        more = start + len(page) < len(fitting)
        return {"status": "success", "data": page, "meta": {"pagination": {"has_more": more}}}


def queried(monkeypatch: pytest.MonkeyPatch, api: Api) -> Notice:
    """What the adapter makes of a list."""
    monkeypatch.setattr(sepay, "get_json", api.get_json)
    return BY_KEY.query(PAYMENT, NOW)


def test_a_transfer_in_the_list_has_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """T11: without any webhook."""
    api = Api({})
    notice = queried(monkeypatch, api)
    assert (notice.outcome, notice.amount, notice.reference) == ("paid", 299_000, CODE)
    assert notice.transaction == LISTED["id"]
    assert notice.occurred_at == datetime(2026, 11, 23, 13, tzinfo=UTC)
    assert api.headers == [{"authorization": "Bearer test_token"}]
    assert api.asked[0]["transaction_date_from"] == "2026-11-22 00:00:00", "days in GMT+7, banks may leave out the time"
    assert api.asked[0]["transaction_date_to"] == "2026-11-24 23:59:59"


@pytest.mark.parametrize(
    "change",
    [
        {"transaction_content": "CHUYEN TIEN"},
        {"transaction_content": payment_code("pay_other")},
        {"transfer_type": "out"},
        {"account_number": "1111111111"},
        {"amount_in": 0},
        {"amount_in": "299000", "transfer_type": "out"},
    ],
)
def test_a_transfer_that_is_not_ours_has_not_paid(monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]) -> None:
    api = Api()
    api.transfers = [{**LISTED, **change}]
    monkeypatch.setattr(Api, "get_json", lambda *_: {"status": "success", "data": api.transfers})
    assert queried(monkeypatch, api).outcome == "failed"


def test_while_the_webhook_may_still_come_nothing_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Webhook and list name one transfer by different ids: both together would look like two payments."""
    assert queried(monkeypatch, Api({"transaction_date": "2026-11-23 23:31:00"})).outcome == "pending"
    assert queried(monkeypatch, Api({"transaction_date": "2026-11-23 23:30:00"})).outcome == "paid"


def test_a_short_transfer_counts_if_no_webhook_told_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """T19, T64: it is kept as an exception, once."""
    assert queried(monkeypatch, Api({"amount_in": 1_000})).amount == 1_000
    assert queried(monkeypatch, Api({"amount_in": 1_000, "webhook_success": 1})).outcome == "failed"
    assert queried(monkeypatch, Api({"amount_in": 1_000}, {})).amount == 299_000, "the right amount comes first"


def test_a_transfer_whose_webhook_still_waits_in_a_queue_is_not_taken_for_a_second_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """T07, T49: the webhook was taken, its message comes late; the list names the same transfer by another id."""
    assert queried(monkeypatch, Api({"webhook_success": 1})).outcome == "pending"
    long_ago = f"{NOW - timedelta(days=15):%Y-%m-%d} 20:00:00"
    assert queried(monkeypatch, Api({"webhook_success": 1, "transaction_date": long_ago})).outcome == "paid"


def test_a_short_transfer_waits_for_its_webhook_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """T64: else it would be kept as two exceptions, one by each of its ids."""
    just_now = {"amount_in": 1_000, "transaction_date": "2026-11-23 23:31:00"}
    assert queried(monkeypatch, Api(just_now)).outcome == "pending"
    assert queried(monkeypatch, Api(just_now | {"transaction_date": "2026-11-23 23:30:00"})).outcome == "paid"


def test_all_pages_are_turned_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [{"transaction_content": "CHUYEN TIEN"}] * 250
    api = Api(*others, {})
    assert queried(monkeypatch, api).outcome == "paid"
    assert [asked["page"] for asked in api.asked] == ["1", "2", "3"]
    api = Api(*others * 10)
    assert queried(monkeypatch, api).outcome == "failed"
    assert len(api.asked) == 20


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"status": "error", "data": []},
        {"status": "success", "data": None},
        {"status": "success", "data": {}},
        {"status": "success", "data": [1]},
    ],
)
def test_an_answer_without_a_list_decides_nothing(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]) -> None:
    monkeypatch.setattr(sepay, "get_json", lambda *_: answer)
    with pytest.raises(ProviderUnavailable):
        BY_KEY.query(PAYMENT, NOW)


@pytest.mark.parametrize(("token", "asks"), [("", False), ("a-token", True)])
def test_only_with_a_token_can_the_list_be_asked_for(token: str, asks: bool) -> None:
    assert adapter(SEPAY_API_TOKEN=token).asks is asks


def test_what_no_webhook_told_of_is_listed_day_by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """T64: with a code or without, to our account or another of the company's."""
    api = Api(
        {"id": "1"},
        {"id": "2", "transaction_content": "CHUYEN TIEN", "amount_in": 1_000},
        {"id": "3", "account_number": "999"},
        {"id": "4", "webhook_success": 1},
        {"id": "5", "transfer_type": "out"},
    )
    monkeypatch.setattr(sepay, "get_json", api.get_json)
    found = list(BY_KEY.untold(BY_KEY.day_of(NOW), NOW))
    assert [(one.transaction, one.reference, one.amount) for one in found] == [
        ("1", CODE, 299_000),
        ("2", "", 1_000),
        ("3", "", 299_000),
    ]
    assert {one.outcome for one in found} == {"paid"}
    (asked,) = api.asked
    days = (asked["transaction_date_from"], asked["transaction_date_to"])
    assert days == ("2026-11-24 00:00:00", "2026-11-24 23:59:59"), "half past midnight in Vietnam"
    assert "amount_in_min" not in asked


def test_a_day_of_many_transfers_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(*[{"id": str(number)} for number in range(1_250)])
    monkeypatch.setattr(sepay, "get_json", api.get_json)
    assert len(list(BY_KEY.untold(NOW.date(), NOW))) == 1_250
