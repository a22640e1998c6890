"""ZaloPay's protocol against the published vectors, and against every way to tamper with a message."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.adapters.providers import zalopay as module
from billing.adapters.providers.moments import milliseconds, of_milliseconds
from billing.adapters.providers.zalopay import Zalopay, make, query_text, sign
from billing.adapters.settings import Settings
from billing.domain.identifiers import payment_id
from billing.service.provider_port import BadSignature, Outcome, ProviderUnavailable, WebhookRequest
from tests.support.attempts import END, NOW, Api, attempt, payment
from tests.support.template import ROOT

VECTORS = json.loads((ROOT / "tests" / "vectors" / "zalopay.json").read_text("utf-8"))
(CALLBACK,) = (vector for vector in VECTORS if vector["kind"] == "callback")
(QUERY,) = (vector for vector in VECTORS if vector["kind"] == "query")
RETURNS = [vector for vector in VECTORS if vector["kind"] == "redirect"]
KEY1, KEY2 = "PcY4iZIKFCIdgZvA6ueMcMHHUbRLYjPL", "kLtgPl8HHhfvMuDHPwKfgfsY4Ydm9eIz"
ZALOPAY = Zalopay("2553", KEY1, (KEY2,), "https://api.example")
REFERENCE = ZALOPAY.reference("pay_abc", NOW)
ATTEMPT = attempt("zalopay", REFERENCE)
PAYMENT = payment("zalopay", REFERENCE)
MADE = {
    "return_code": 1,
    "return_message": "Giao dịch thành công",
    "sub_return_code": 1,
    "order_url": "https://pay.example/openinapp?order=1",
    "zp_trans_token": "token",
}
DATA = {
    "app_id": 2553,
    "app_trans_id": REFERENCE,
    "app_time": 1_795_455_000_000,
    "app_user": "goi",
    "amount": 299_000,
    "embed_data": "{}",
    "item": "[]",
    "zp_trans_id": 261_124_000_000_389,
    "server_time": 1_795_455_060_123,
    "channel": 38,
    "merchant_user_id": "Nguyễn",
    "user_fee_amount": 0,
    "discount_amount": 0,
}


def signed(data: object = DATA, key: str = KEY2) -> dict[str, Any]:
    """A callback as ZaloPay sends it; a text is taken as it is."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return {"data": text, "mac": sign(key, text), "type": 1}


def posted(content: object, content_type: str = "application/json") -> WebhookRequest:
    """The webhook with that content, or with those bytes."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return WebhookRequest("POST", "", {"content-type": content_type}, body)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Api]:
    def answering(*answers: Mapping[str, Any]) -> Api:
        made = Api(*answers)
        monkeypatch.setattr(module, "post_form", made.post)
        return made

    return answering


def test_the_published_callback_is_believed() -> None:
    content = {**CALLBACK["params"], "mac": CALLBACK["expected_signature"]}
    notice = ZALOPAY.read_webhook(posted(content), NOW)
    assert (notice.reference, notice.amount) == ("200904_2553_1598435687208", 10_000)
    assert (notice.outcome, notice.transaction) == ("paid", "200904000000389")
    assert notice.occurred_at == datetime(2020, 9, 4, 3, 16, 53, tzinfo=UTC)
    with pytest.raises(BadSignature):
        replace(ZALOPAY, callback_keys=(KEY1,)).read_webhook(posted(content), NOW)


def test_the_published_signatures_of_queries_and_returns_are_ours() -> None:
    text = query_text(QUERY["params"]["app_id"], QUERY["params"]["app_trans_id"], QUERY["secret"]["key1"])
    assert (text, sign(QUERY["secret"]["key1"], text)) == (QUERY["signed_string"], QUERY["expected_signature"])
    for vector in RETURNS:
        assert sign(vector["secret"]["key2"], vector["signed_string"]) == vector["expected_signature"]


def test_an_order_begins_with_the_day_in_vietnam() -> None:
    """A computer in UTC would give yesterday's, and be refused."""
    assert REFERENCE == "261124_payabc"
    assert ZALOPAY.reference("pay_abc", datetime(2026, 11, 23, 16, 59, tzinfo=UTC)) == "261123_payabc"
    references = {ZALOPAY.reference(payment_id(f"ord_{number}", 1), NOW) for number in range(1000)}
    assert len(references) == 1000
    assert {len(one) for one in references} == {36}, "at most 40"


def test_an_order_is_made(api: Callable[..., Api]) -> None:
    asked = api(MADE).asked
    started = ZALOPAY.start(ATTEMPT)
    assert (started.url, started.qr_content) == (MADE["order_url"], None)
    ((url, form),) = asked
    assert url == "https://api.example/v2/create"
    assert all(isinstance(value, str) for value in form.values()), "what is signed is what is sent"
    assert (form["app_id"], form["amount"], form["app_time"]) == ("2553", "299000", "1795455000000")
    assert (form["expire_duration_seconds"], form["callback_url"]) == ("1800", ATTEMPT.webhook_url)
    assert json.loads(form["embed_data"]) == {"redirecturl": ATTEMPT.return_url}
    names = ("app_id", "app_trans_id", "app_user", "amount", "app_time", "embed_data", "item")
    assert form["mac"] == sign(KEY1, "|".join(form[name] for name in names))


def test_an_order_lives_at_least_as_long_as_zalopay_wants(api: Callable[..., Api]) -> None:
    asked = api(MADE).asked
    ZALOPAY.start(replace(ATTEMPT, expires_at=NOW + timedelta(seconds=10)))
    assert asked[0][1]["expire_duration_seconds"] == "300"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"return_code": 2, "sub_return_code": -68, "return_message": "Đơn hàng bị trùng"},
        {"return_code": 2, "sub_return_code": -402},
        {"return_code": 3},
        {**MADE, "return_code": "1"},
        {**MADE, "order_url": None},
        {**MADE, "order_url": ""},
    ],
    ids=str,
)
def test_without_a_page_the_provider_is_unavailable(api: Callable[..., Api], answer: dict[str, Any]) -> None:
    """T02: an order that ZaloPay has already is never made under another name."""
    api(answer)
    with pytest.raises(ProviderUnavailable):
        ZALOPAY.start(ATTEMPT)


def test_a_callback_is_read() -> None:
    notice = ZALOPAY.read_webhook(posted(signed()), NOW)
    assert (notice.provider, notice.reference, notice.outcome) == ("zalopay", REFERENCE, "paid")
    assert (notice.amount, notice.currency, notice.transaction) == (299_000, "VND", "261124000000389")
    assert notice.occurred_at == datetime(2026, 11, 23, 17, 31, tzinfo=UTC)


def test_data_is_verified_as_it_came() -> None:
    """T18: spaces, the order of keys and escapes are part of what was signed."""
    written = json.dumps(DATA, indent=2, sort_keys=True)
    assert ZALOPAY.read_webhook(posted(signed(written)), NOW).amount == 299_000
    for other in (json.dumps(DATA, indent=3), json.dumps(DATA), f"{written} "):
        with pytest.raises(BadSignature):
            ZALOPAY.read_webhook(posted({**signed(written), "data": other}), NOW)


def test_two_callback_keys_may_be_valid() -> None:
    """T22: while one is replaced by the other."""
    rotating = replace(ZALOPAY, callback_keys=("new", KEY2))
    for key in rotating.callback_keys:
        assert rotating.read_webhook(posted(signed(key=key)), NOW).outcome == "paid"
    with pytest.raises(BadSignature):
        rotating.read_webhook(posted(signed(key=KEY1)), NOW)


def mutations() -> list[Any]:
    """The message with each part of it and each field of its data altered, removed or doubled."""
    good = signed()
    found: list[Any] = []
    for name, value in DATA.items():
        altered = value + 1 if isinstance(value, int) else f"{value}x"
        pair = f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
        texts = [json.dumps({**DATA, name: altered}, ensure_ascii=False), good["data"].replace(pair, f"{pair}, {pair}")]
        texts.append(json.dumps({key: kept for key, kept in DATA.items() if key != name}, ensure_ascii=False))
        found += [{**good, "data": text} for text in texts]
    text = json.dumps(good)
    wrong: list[Any] = [None, "", 2, True, {}, "\ud800"]
    for name, value in good.items():
        pair = f"{json.dumps(name)}: {json.dumps(value)}"
        found += [text.replace(pair, f"{pair}, {pair}").encode(), {key: good[key] for key in good if key != name}]
        found += [{**good, name: other} for other in [*wrong, [value]]]
    found += [signed(key=KEY1), signed(key=""), {**good, "mac": good["mac"][:-1]}, {**good, "mac": "é"}]
    found += [{**good, "mac": good["mac"].upper()}, {**good, "data": DATA}, {**good, "type": "1"}]
    return found


@pytest.mark.parametrize("content", mutations(), ids=lambda content: str(content)[-110:])
def test_an_altered_callback_is_refused(content: object) -> None:
    """T17: only what was signed counts."""
    with pytest.raises(BadSignature):
        ZALOPAY.read_webhook(posted(content), NOW)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "[]",
        "null",
        '{"app_id": NaN}',
        json.dumps(DATA)[:-1],
        json.dumps(DATA).replace('"amount": 299000', '"amount": 1, "amount": 299000'),
        *({**DATA, "app_id": other} for other in (2554, None)),
        *({**DATA, "app_trans_id": other} for other in (None, 261124)),
        *({**DATA, "amount": other} for other in (None, "299000", 299_000.5, -1, True)),
        *({**DATA, "zp_trans_id": other} for other in (None, "", 0, 1.5, True)),
    ],
    ids=str,
)
def test_signed_data_that_is_no_payment_of_this_application_is_refused(data: object) -> None:
    with pytest.raises(BadSignature):
        ZALOPAY.read_webhook(posted(signed(data)), NOW)


def test_a_callback_for_an_agreement_is_refused() -> None:
    with pytest.raises(BadSignature):
        ZALOPAY.read_webhook(posted({**signed(), "type": 2}), NOW)


def test_bytes_that_are_no_json_message_are_refused() -> None:
    """T18: nor is a good message in another encoding, method or type."""
    text = json.dumps(signed())
    bodies = [b"", b"[]", b"null", b"\xff", text[:-1].encode(), text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode()]
    requests = [posted(body) for body in [*bodies, b'{"a":' * 30_000]]
    requests += [posted(signed(), kind) for kind in ("", "text/plain", "application/x-www-form-urlencoded")]
    for request in [*requests, replace(posted(signed()), method="GET")]:
        with pytest.raises(BadSignature):
            ZALOPAY.read_webhook(request, NOW)
    assert ZALOPAY.read_webhook(posted(signed(), "Application/JSON; charset=utf-8"), NOW).outcome == "paid"


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.ACCEPTED, 1),
        (Outcome.DUPLICATE, 2),
        (Outcome.UNKNOWN_ORDER, 2),
        (Outcome.WRONG_AMOUNT, 1),
        (Outcome.BAD_SIGNATURE, -1),
        (Outcome.FAULT, 0),
    ],
)
def test_answers_are_those_of_the_contract(outcome: Outcome, code: int) -> None:
    status, body = module.answer(outcome)
    assert (status, body["return_code"], list(body)) == (200, code, ["return_code", "return_message"])


def found(code: object = 1, **changes: Any) -> dict[str, Any]:
    """ZaloPay's answer to a query."""
    known = {name: DATA[name] for name in ("amount", "zp_trans_id", "server_time", "discount_amount")}
    return {"return_code": code, "sub_return_code": 1, "is_processing": False, **known, **changes}


def test_money_is_found_by_asking(api: Callable[..., Api]) -> None:
    """T11: with every callback lost. It is the transaction that the callback names."""
    asked = api(found()).asked
    notice = ZALOPAY.query(PAYMENT, END)
    assert (notice.outcome, notice.amount, notice.currency) == ("paid", 299_000, "VND")
    assert notice.transaction == ZALOPAY.read_webhook(posted(signed()), NOW).transaction
    assert notice.occurred_at == datetime(2026, 11, 23, 17, 31, tzinfo=UTC)
    mac = sign(KEY1, f"2553|{REFERENCE}|{KEY1}")
    assert asked == [("https://api.example/v2/query", {"app_id": "2553", "app_trans_id": REFERENCE, "mac": mac})]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (found(2, sub_return_code=-54), "failed"),
        (found(2, sub_return_code=-49), "failed"),
        (found(2, sub_return_code=-101), "failed"),
        (found(3, sub_return_code=-49), "pending"),
        (found(3, is_processing=True), "pending"),
        (found(2, is_processing=True), "pending"),
    ],
)
def test_what_was_not_paid_has_failed_or_is_undecided(
    api: Callable[..., Api], answer: dict[str, Any], outcome: str
) -> None:
    api({**answer, "amount": 0, "zp_trans_id": 0})
    notice = ZALOPAY.query(PAYMENT, END)
    assert (notice.outcome, notice.amount, notice.transaction) == (outcome, 299_000, "")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        *(found(2, sub_return_code=code) for code in (-401, -402, -429, -500, -503, -999)),
        found(0),
        found("1"),
        found(amount=None),
        found(amount="299000"),
        found(amount=-1),
        found(zp_trans_id=None),
        found(zp_trans_id=0),
    ],
    ids=str,
)
def test_an_answer_that_is_not_understood_decides_nothing(api: Callable[..., Api], answer: dict[str, Any]) -> None:
    api(answer)
    with pytest.raises(ProviderUnavailable):
        ZALOPAY.query(PAYMENT, END)


def test_nothing_can_be_closed() -> None:
    assert not ZALOPAY.closes
    with pytest.raises(ProviderUnavailable):
        ZALOPAY.close(PAYMENT, NOW)


CREDENTIALS = {"ZALOPAY_APP_ID": "2553", "ZALOPAY_KEY1": "k1", "ZALOPAY_KEY2": "k2, older"}
SETTINGS = Settings({"STAGE": "dev", "ZALOPAY_API_URL": "https://api.example"})


@pytest.mark.parametrize("missing", CREDENTIALS)
def test_without_all_credentials_there_is_no_application(missing: str) -> None:
    assert make(SETTINGS, {**CREDENTIALS, missing: ""}) is None
    adapter = make(SETTINGS, CREDENTIALS)
    assert adapter
    assert adapter.callback_keys == ("k2", "older")


@pytest.mark.parametrize("value", [None, "1", True, -1, 10**18, 1.5])
def test_a_time_that_is_none_is_now(value: object) -> None:
    assert of_milliseconds(value, NOW) == NOW


def test_times_are_whole_milliseconds() -> None:
    assert of_milliseconds(milliseconds(NOW) + 999, END) == NOW
    assert milliseconds(NOW + timedelta(microseconds=1999)) == milliseconds(NOW) + 1
