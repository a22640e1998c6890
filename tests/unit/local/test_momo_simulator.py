"""MoMo's side: signatures by the published vectors, orders and their states, IPN, queries."""

import json
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from local.attempts import Attempt
from local.simulators.base import Choice, Outcome, Refused, Sent
from local.simulators.momo import Momo, simulator
from local.simulators.momo.signing import QUERY, REFUND, REQUEST, RESULT, Merchant, joined
from tests.support.template import ROOT
from tests.support.wallets import END, NOW, Bench

VECTORS = json.loads((ROOT / "tests" / "vectors" / "momo.json").read_text("utf-8"))
MERCHANT = Merchant("MOMO", "access", "secret")
CREDENTIALS = {"MOMO_PARTNER_CODE": "MOMO", "MOMO_ACCESS_KEY": "access, older", "MOMO_SECRET_KEY": "secret"}
ATTEMPT = Attempt("pay_1", "momo", "PAY1", "", expires_at=END)
ORDER = {
    "partnerCode": "MOMO",
    "requestId": "PAY1",
    "amount": 299_000,
    "orderId": "PAY1",
    "orderInfo": "Gói Pro 1 tháng",
    "redirectUrl": "http://goi/app/result.html?order=1",
    "ipnUrl": "http://goi/webhooks/momo",
    "requestType": "captureWallet",
    "extraData": "",
    "lang": "vi",
}
_questions = count(1)


class Provider(Bench):
    """The simulator, asked as a merchant asks it."""

    def __init__(self, attempt: Attempt | None = ATTEMPT) -> None:
        super().__init__(Momo, CREDENTIALS, attempt)
        self.reply = Sent(1, 204, "")

    def ask(self, path: str, body: object) -> Any:
        """The interface's answer."""
        response = self.respond("POST", f"/local/momo/v2/gateway/api/{path}", json=body)
        assert response
        return json.loads(response.get_data())

    def create(self, merchant: Merchant = MERCHANT, **changes: Any) -> Any:
        """An order, asked for with a good signature; None leaves a field out."""
        fields = {name: value for name, value in {**ORDER, **changes}.items() if value is not None}
        signature = merchant.sign({**dict.fromkeys(REQUEST), **fields}, REQUEST)
        return self.ask("create", {"signature": signature, **fields})

    def found(self, **changes: Any) -> Any:
        """The order as a query finds it."""
        fields = {"partnerCode": "MOMO", "requestId": f"q{next(_questions)}", "orderId": "PAY1", "lang": "en"}
        return self.ask("query", {**MERCHANT.signed({**fields, **changes}, QUERY), **changes})

    def refund(self, merchant: Merchant = MERCHANT, **changes: Any) -> Any:
        """A refund of the payment that was told last, asked for with a good signature."""
        fields = {
            "partnerCode": "MOMO",
            "requestId": "RFD1",
            "orderId": "RFD1",
            "amount": 99_000,
            "transId": self.messages()[-1]["transId"],
            "lang": "en",
            "description": "Refund of 1",
            **changes,
        }
        return self.ask("refund", {**merchant.signed(fields, REFUND), **changes})

    def messages(self) -> list[Any]:
        """The IPN as they were posted."""
        assert {address for address, _, _ in self.posted} <= {ORDER["ipnUrl"]}
        return [json.loads(body) for _, body, _ in self.posted]


@pytest.fixture
def momo(monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider()
    monkeypatch.setattr(simulator, "call", provider.call)
    return provider


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["params"]["orderId"])
def test_the_published_signatures_are_ours(vector: dict[str, Any]) -> None:
    access, secret = vector["secret"]["accessKey"], vector["secret"]["secretKey"]
    signed = {name: vector["params"][name] for name in RESULT}
    assert joined({"accessKey": access, **signed}) == vector["signed_string"]
    assert Merchant("", access, secret).sign(vector["params"], RESULT) == vector["expected_signature"]


def test_a_good_request_gives_a_page(momo: Provider) -> None:
    answer = momo.create()
    assert (answer["resultCode"], answer["orderId"], answer["amount"]) == (0, "PAY1", 299_000)
    page = momo.respond("GET", answer["payUrl"].removeprefix("http://goi"))
    assert page
    assert page.headers["location"].endswith("/local/pay/pay_1")
    assert momo.wallet.find("PAY1")
    assert momo.wallet.find("PAY2") is None
    bill = momo.wallet.bill(ATTEMPT)
    assert (bill.provider, bill.merchant, bill.amount, bill.expires_at) == ("MoMo", "MOMO", 299_000, END)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"partnerCode": "OTHER"}, 13),
        ({"amount": 999}, 22),
        ({"amount": 50_000_001}, 22),
        ({"amount": "299000"}, 20),
        ({"amount": 299_000.5}, 20),
        ({"amount": True}, 20),
        ({"amount": None}, 20),
        ({"orderId": "PAY_1-"}, 20),
        ({"orderId": "PAY 1"}, 20),
        ({"orderInfo": ""}, 20),
        ({"orderInfo": "x" * 256}, 20),
        ({"requestId": "x" * 51}, 20),
        ({"requestType": "payWithATM"}, 20),
        ({"extraData": None}, 20),
        ({"extraData": "{}"}, 20),
        ({"lang": "vn"}, 20),
        ({"ipnUrl": "/webhooks/momo"}, 20),
        ({"redirectUrl": None}, 20),
        ({"surprise": 1}, 20),
        ({"signature": "0" * 64}, 20),
        ({"signature": ""}, 20),
        ({"merchant": Merchant("MOMO", "access", "other")}, 20),
        ({"merchant": Merchant("MOMO", "other", "secret")}, 20),
    ],
    ids=str,
)
def test_a_bad_request_is_refused(momo: Provider, changes: dict[str, Any], code: int) -> None:
    answer = momo.create(**changes)
    assert answer["resultCode"] == code
    assert "payUrl" not in answer
    with pytest.raises(Refused):
        momo.wallet.settle(ATTEMPT, Choice("success"))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"{", "application/json"), (b"[]", "application/json"), (b"amount=299000", "application/x-www-form-urlencoded")],
)
def test_what_is_no_json_is_refused(momo: Provider, body: bytes, content_type: str) -> None:
    response = momo.respond("POST", "/local/momo/v2/gateway/api/create", data=body, content_type=content_type)
    assert response
    assert json.loads(response.get_data())["resultCode"] == 20


def test_other_addresses_are_not_momos(momo: Provider) -> None:
    assert momo.respond("GET", "/local/momo/v2/gateway/api/create") is None
    assert momo.respond("POST", "/local/other") is None
    page = momo.respond("GET", "/local/momo/v2/gateway/pay?t=nothing")
    assert page
    assert page.status_code == 404


def test_the_same_request_gives_the_same_answer(momo: Provider) -> None:
    first = momo.create()
    momo.clock.time = END
    assert momo.create() == first
    assert momo.create(amount=300_000)["resultCode"] == 40
    assert momo.create(requestId="PAY1b")["resultCode"] == 41


def test_a_success_is_told_with_a_signature(momo: Provider) -> None:
    momo.create()
    assert momo.wallet.settle(ATTEMPT, Choice("success")) == Sent(1, 204, "")
    (message,) = momo.messages()
    assert message["signature"] == MERCHANT.sign(message, RESULT)
    assert (message["resultCode"], message["amount"], message["orderInfo"]) == (0, 299_000, "Gói Pro 1 tháng")
    assert message["responseTime"] == int(NOW.timestamp()) * 1000
    assert momo.posted[0][2] == {"content-type": "application/json; charset=UTF-8"}
    found = momo.found()
    assert (found["resultCode"], found["amount"], found["transId"]) == (0, 299_000, message["transId"])


def test_a_success_counts_once_however_often_it_is_told(momo: Provider) -> None:
    momo.create()
    assert momo.wallet.settle(ATTEMPT, Choice("success", "duplicate")).sent == 3
    momo.wallet.settle(ATTEMPT, Choice("success"))
    assert len({message["transId"] for message in momo.messages()}) == 1


def test_another_amount_is_told_as_it_is(momo: Provider) -> None:
    momo.create()
    momo.wallet.settle(ATTEMPT, Choice("success", amount=1_000))
    assert (momo.messages()[0]["amount"], momo.found()["amount"]) == (1_000, 1_000)


@pytest.mark.parametrize(("outcome", "code"), [("failure", 1001), ("cancel", 1006)])
def test_an_end_without_money_is_told_too(momo: Provider, outcome: Outcome, code: int) -> None:
    momo.create()
    assert momo.wallet.settle(ATTEMPT, Choice(outcome)).sent == 1
    (message,) = momo.messages()
    assert (message["resultCode"], message["signature"]) == (code, MERCHANT.sign(message, RESULT))
    assert momo.found()["resultCode"] == code


def test_a_lost_message_leaves_the_state(momo: Provider) -> None:
    momo.create()
    assert momo.wallet.settle(ATTEMPT, Choice("success", "lost")) == Sent()
    assert (momo.posted, momo.found()["resultCode"]) == ([], 0)


@pytest.mark.parametrize(("outcome", "code"), [("success", 0), ("failure", 1001)])
def test_a_forged_message_claims_success_whatever_the_state(momo: Provider, outcome: Outcome, code: int) -> None:
    momo.create()
    assert momo.wallet.settle(ATTEMPT, Choice(outcome, "forged")).sent == 1
    (message,) = momo.messages()
    assert message["resultCode"] == 0
    assert message["signature"] != MERCHANT.sign(message, RESULT)
    assert momo.found()["resultCode"] == code


def test_a_late_payment_is_waited_for_until_its_end(momo: Provider) -> None:
    momo.create()
    assert momo.wallet.settle(ATTEMPT, Choice("success", "late")) == Sent()
    momo.clock.time = END
    momo.wallet.send_due()
    assert (momo.found()["resultCode"], momo.posted) == (1000, [])
    momo.clock.time = END.replace(second=1)
    assert momo.found()["resultCode"] == 0
    momo.wallet.send_due()
    momo.wallet.send_due()
    assert len(momo.posted) == 1


def test_an_order_that_nobody_paid_expires(momo: Provider) -> None:
    momo.create()
    assert (momo.found()["resultCode"], momo.found()["transId"]) == (1000, 0)
    momo.clock.time = END.replace(second=1)
    assert momo.found()["resultCode"] == 1005


def test_an_order_of_no_attempt_has_an_end_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    momo = Provider(attempt=None)
    momo.create()
    assert momo.wallet.bill(Attempt("PAY1", "momo", "PAY1", "")).expires_at == NOW + simulator.PAGE_LIFE


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"orderId": "PAY2"}, 42),
        ({"partnerCode": "OTHER"}, 13),
        ({"lang": "xx"}, 20),
        ({"requestId": "PAY1"}, 40),
        ({"surprise": 1}, 20),
        ({"signature": "0" * 64}, 20),
    ],
    ids=str,
)
def test_a_bad_query_is_refused(momo: Provider, changes: dict[str, Any], code: int) -> None:
    momo.create()
    answer = momo.found(**changes)
    assert answer["resultCode"] == code
    assert "transId" not in answer


def test_a_question_has_one_answer(momo: Provider) -> None:
    momo.create()
    assert [momo.found(requestId="q")["resultCode"] for _ in range(2)] == [1000, 40]


@pytest.mark.parametrize(("outcome", "code"), [("success", "0"), ("cancel", "1006"), (None, "1006")])
def test_the_buyer_comes_back_with_signed_fields(momo: Provider, outcome: Outcome | None, code: str) -> None:
    """Somebody who just leaves the page has refused."""
    momo.create(lang="en")
    if outcome:
        momo.wallet.settle(ATTEMPT, Choice(outcome))
    address = momo.wallet.return_address(ATTEMPT)
    assert address.startswith("http://goi/app/result.html?order=1&")
    fields = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    assert (fields["resultCode"], fields["orderId"]) == (code, "PAY1")
    assert fields["signature"] == MERCHANT.sign(fields, RESULT)


def test_a_refund_is_made_once_however_often_it_is_asked_for(momo: Provider) -> None:
    momo.create()
    momo.wallet.settle(ATTEMPT, Choice("success"))
    first = momo.refund()
    assert (first["resultCode"], first["amount"], first["orderId"]) == (0, 99_000, "RFD1")
    assert momo.refund() == first
    assert momo.refund(amount=98_000)["resultCode"] == 40
    assert momo.refund(requestId="RFD1b")["resultCode"] == 41
    assert momo.found()["refundTrans"] == [
        {
            "orderId": "RFD1",
            "amount": 99_000,
            "resultCode": 0,
            "transId": first["transId"],
            "createdTime": int(NOW.timestamp()) * 1000,
        }
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"transId": 1}, 42),
        ({"transId": "x"}, 42),
        ({"transId": None}, 42),
        ({"amount": 999}, 22),
        ({"amount": "99000"}, 20),
        ({"amount": 299_001}, 1081),
        ({"orderId": "PAY1"}, 41),
        ({"orderId": "RFD 1"}, 20),
        ({"requestId": "x" * 51}, 20),
        ({"lang": "xx"}, 20),
        ({"surprise": 1}, 20),
        ({"partnerCode": "OTHER"}, 13),
        ({"signature": "0" * 64}, 20),
        ({"merchant": Merchant("MOMO", "access", "other")}, 20),
    ],
    ids=str,
)
def test_a_bad_refund_is_refused(momo: Provider, changes: dict[str, Any], code: int) -> None:
    momo.create()
    momo.wallet.settle(ATTEMPT, Choice("success"))
    assert momo.refund(**changes)["resultCode"] == code
    assert momo.found()["refundTrans"] == []


def test_what_was_not_paid_does_not_go_back(momo: Provider) -> None:
    momo.create()
    momo.wallet.settle(ATTEMPT, Choice("failure"))
    assert momo.refund()["resultCode"] == 42
