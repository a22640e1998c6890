"""ZaloPay's side: signatures by the published vectors, orders and their states, callbacks, queries."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from local.attempts import Attempt
from local.simulators.base import Choice, Outcome, Refused, Sent
from local.simulators.zalopay import Zalopay, simulator
from local.simulators.zalopay.signing import digest, joined_digest, same
from tests.support.template import ROOT
from tests.support.wallets import END, NOW, Bench

VECTORS = json.loads((ROOT / "tests" / "vectors" / "zalopay.json").read_text("utf-8"))
(CALLBACK,) = (vector for vector in VECTORS if vector["kind"] == "callback")
RETURNS = [vector for vector in VECTORS if vector["kind"] == "redirect"]
CREDENTIALS = {"ZALOPAY_APP_ID": "2553", "ZALOPAY_KEY1": "key1", "ZALOPAY_KEY2": "key2, older"}
REFERENCE = "261124_pay1"
ATTEMPT = Attempt("pay_1", "zalopay", REFERENCE, "")
SIGNED = ("app_id", "app_trans_id", "app_user", "amount", "app_time", "embed_data", "item")
ORDER = {
    "app_id": "2553",
    "app_user": "goi",
    "app_trans_id": REFERENCE,
    "app_time": str(int(NOW.timestamp()) * 1000),
    "expire_duration_seconds": "1800",
    "amount": "299000",
    "item": "[]",
    "embed_data": '{"redirecturl":"http://goi/app/result.html?order=1"}',
    "description": "Goi Pro 1 thang",
    "callback_url": "http://goi/webhooks/zalopay",
}


class Provider(Bench):
    """The simulator, asked as a merchant asks it."""

    def __init__(self) -> None:
        super().__init__(Zalopay, CREDENTIALS, ATTEMPT)
        self.reply = Sent(1, 200, {"return_code": 1})

    def ask(self, path: str, **content: Any) -> Any:
        """The interface's answer to a form (`data`) or to JSON (`json`)."""
        response = self.respond("POST", f"/local/zalopay/v2/{path}", **content)
        assert response
        return json.loads(response.get_data())

    def create(self, key: str = "key1", **changes: Any) -> Any:
        """An order, asked for with a good mac; None leaves a field out."""
        fields = {name: value for name, value in {**ORDER, **changes}.items() if value is not None}
        mac = joined_digest(key, [fields.get(name) for name in SIGNED])
        return self.ask("create", data={"mac": mac, **fields})

    def found(self, **changes: str) -> Any:
        """The order as a query finds it."""
        mac = joined_digest("key1", ["2553", REFERENCE, "key1"])
        return self.ask("query", data={"app_id": "2553", "app_trans_id": REFERENCE, "mac": mac, **changes})

    def refund(self, key: str = "key1", **changes: str) -> Any:
        """A refund of the payment that was told last, asked for with a good mac."""
        fields = {
            "app_id": "2553",
            "m_refund_id": "261124_2553_1",
            "zp_trans_id": str(json.loads(self.messages()[-1]["data"])["zp_trans_id"]),
            "amount": "99000",
            "description": "Refund of 1",
            "timestamp": ORDER["app_time"],
            **changes,
        }
        signed = ("app_id", "zp_trans_id", "amount", "description", "timestamp")
        return self.ask("refund", data={"mac": joined_digest(key, [fields[name] for name in signed]), **fields})

    def refund_state(self, **changes: str) -> Any:
        """What is told of the refund."""
        fields = {"app_id": "2553", "m_refund_id": "261124_2553_1", "timestamp": ORDER["app_time"]}
        mac = joined_digest("key1", fields.values())
        return self.ask("query_refund", data={**fields, "mac": mac, **changes})

    def messages(self) -> list[Any]:
        """The callbacks as they were posted."""
        assert {(one[0], one[2]["content-type"]) for one in self.posted} <= {
            ("http://goi/webhooks/zalopay", "application/json")
        }
        return [json.loads(body) for _, body, _ in self.posted]


@pytest.fixture
def zalopay(monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider()
    monkeypatch.setattr(simulator, "call", provider.call)
    return provider


def test_the_published_signatures_are_ours() -> None:
    assert digest(CALLBACK["secret"]["key2"], CALLBACK["params"]["data"]) == CALLBACK["expected_signature"]
    names = ("appid", "apptransid", "pmcid", "bankcode", "amount", "discountamount", "status")
    for vector in RETURNS:
        values = [vector["params"][name] for name in names]
        assert joined_digest(vector["secret"]["key2"], values) == vector["expected_signature"]
    assert not same("é\ud800", "0" * 64)


def test_a_good_request_gives_a_page(zalopay: Provider) -> None:
    answer = zalopay.create()
    assert (answer["return_code"], answer["sub_return_code"]) == (1, 1)
    page = zalopay.respond("GET", answer["order_url"].removeprefix("http://goi"))
    assert page
    assert page.headers["location"].endswith("/local/pay/pay_1")
    assert zalopay.wallet.find(REFERENCE)
    bill = zalopay.wallet.bill(ATTEMPT)
    assert (bill.provider, bill.merchant, bill.amount, bill.expires_at) == ("ZaloPay", "2553", 299_000, END)


def test_a_request_may_be_json(zalopay: Provider) -> None:
    fields = {**ORDER, "app_id": 2553, "amount": 299_000, "app_time": int(ORDER["app_time"])}
    mac = joined_digest("key1", [fields[name] for name in SIGNED])
    assert zalopay.ask("create", json={**fields, "mac": mac})["return_code"] == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"app_id": "2554"}, -402),
        ({"key": "key2"}, -402),
        ({"mac": "0" * 64}, -402),
        ({"mac": ""}, -401),
        ({"app_id": "goi"}, -401),
        ({"app_trans_id": "261123_pay1"}, -401),
        ({"app_trans_id": "pay1"}, -401),
        ({"app_trans_id": "261124_" + "x" * 34}, -401),
        ({"app_time": str(int(NOW.timestamp()))}, -401),
        ({"app_time": str((int(NOW.timestamp()) - 901) * 1000)}, -54),
        ({"app_time": str((int(NOW.timestamp()) + 901) * 1000)}, -54),
        ({"amount": "999"}, -401),
        ({"amount": "50000001"}, -401),
        ({"amount": "299.000"}, -401),
        ({"amount": None}, -401),
        ({"app_user": ""}, -401),
        ({"item": "[}]"}, -401),
        ({"item": None}, -401),
        ({"embed_data": "{]}"}, -401),
        ({"embed_data": "[]"}, -401),
        ({"description": "x" * 257}, -401),
        ({"expire_duration_seconds": "299"}, -401),
        ({"expire_duration_seconds": "2592001"}, -401),
        ({"callback_url": "/webhooks/zalopay"}, -401),
        ({"surprise": "1"}, -401),
    ],
    ids=str,
)
def test_a_bad_request_is_refused(zalopay: Provider, changes: dict[str, Any], code: int) -> None:
    """The day is Vietnam's: a computer in UTC gives the wrong one."""
    answer = zalopay.create(**changes)
    assert (answer["return_code"], answer["sub_return_code"]) == (2, code)
    with pytest.raises(Refused):
        zalopay.wallet.settle(ATTEMPT, Choice("success"))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"app_id=2553&app_id=2553", "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_neither_form_nor_json_is_refused(zalopay: Provider, body: bytes, content_type: str) -> None:
    assert zalopay.ask("create", data=body, content_type=content_type)["sub_return_code"] == -401


def test_other_addresses_are_not_zalopays(zalopay: Provider) -> None:
    assert zalopay.respond("GET", "/local/zalopay/v2/create") is None
    assert zalopay.respond("POST", "/local/other") is None
    page = zalopay.respond("GET", "/local/zalopay/openinapp?order=nothing")
    assert page
    assert page.status_code == 404


def test_an_order_is_made_once(zalopay: Provider) -> None:
    """ZaloPay does not tell its page again."""
    zalopay.create()
    for answer in (zalopay.create(), zalopay.create(amount="5000")):
        assert (answer["sub_return_code"], "order_url" in answer) == (-68, False)


def test_a_success_is_told_with_a_mac(zalopay: Provider) -> None:
    zalopay.create()
    assert zalopay.wallet.settle(ATTEMPT, Choice("success")) == Sent(1, 200, {"return_code": 1})
    (message,) = zalopay.messages()
    assert (message["type"], message["mac"]) == (1, digest("key2", message["data"]))
    data = json.loads(message["data"])
    assert (data["app_id"], data["app_trans_id"], data["amount"]) == (2553, REFERENCE, 299_000)
    assert str(data["zp_trans_id"]).startswith("261124")
    found = zalopay.found()
    assert (found["return_code"], found["amount"], found["zp_trans_id"]) == (1, 299_000, data["zp_trans_id"])


def test_a_success_counts_once_however_often_it_is_told(zalopay: Provider) -> None:
    zalopay.create()
    assert zalopay.wallet.settle(ATTEMPT, Choice("success", "duplicate")).sent == 3
    zalopay.wallet.settle(ATTEMPT, Choice("success"))
    assert len({json.loads(message["data"])["zp_trans_id"] for message in zalopay.messages()}) == 1


def test_another_amount_is_told_as_it_is(zalopay: Provider) -> None:
    zalopay.create()
    zalopay.wallet.settle(ATTEMPT, Choice("success", amount=1_000))
    assert json.loads(zalopay.messages()[0]["data"])["amount"] == 1_000
    assert zalopay.found()["amount"] == 1_000


@pytest.mark.parametrize(("outcome", "code"), [("failure", -63), ("cancel", -49)])
def test_of_an_end_without_money_nothing_is_told(zalopay: Provider, outcome: Outcome, code: int) -> None:
    zalopay.create()
    assert zalopay.wallet.settle(ATTEMPT, Choice(outcome, "duplicate")) == Sent()
    assert zalopay.posted == []
    found = zalopay.found()
    assert (found["return_code"], found["sub_return_code"]) == (2, code)
    zalopay.wallet.settle(ATTEMPT, Choice("success"))
    assert zalopay.found()["return_code"] == 1, "the buyer tried again"


def test_a_lost_message_leaves_the_state(zalopay: Provider) -> None:
    zalopay.create()
    assert zalopay.wallet.settle(ATTEMPT, Choice("success", "lost")) == Sent()
    assert (zalopay.posted, zalopay.found()["return_code"]) == ([], 1)


@pytest.mark.parametrize(("outcome", "code"), [("success", 1), ("failure", 2)])
def test_a_forged_message_claims_success_whatever_the_state(zalopay: Provider, outcome: Outcome, code: int) -> None:
    zalopay.create()
    assert zalopay.wallet.settle(ATTEMPT, Choice(outcome, "forged")).sent == 1
    (message,) = zalopay.messages()
    assert message["mac"] != digest("key2", message["data"])
    assert zalopay.found()["return_code"] == code


@pytest.mark.parametrize(("outcome", "code", "told"), [("success", 1, 1), ("failure", 2, 0)])
def test_a_late_payment_is_processing_until_its_end(zalopay: Provider, outcome: Outcome, code: int, told: int) -> None:
    zalopay.create()
    assert zalopay.wallet.settle(ATTEMPT, Choice(outcome, "late")) == Sent()
    zalopay.clock.time = END
    zalopay.wallet.send_due()
    assert (zalopay.found()["return_code"], zalopay.posted) == (3, [])
    zalopay.clock.time = END + timedelta(seconds=1)
    assert zalopay.found()["return_code"] == code
    zalopay.wallet.send_due()
    zalopay.wallet.send_due()
    assert len(zalopay.posted) == told


def test_an_order_that_nobody_paid_expires(zalopay: Provider) -> None:
    zalopay.create(expire_duration_seconds=None)
    zalopay.clock.time = NOW + timedelta(minutes=15)
    assert zalopay.found()["return_code"] == 3
    zalopay.clock.time = NOW + timedelta(minutes=15, seconds=1)
    assert (zalopay.found()["return_code"], zalopay.found()["sub_return_code"]) == (2, -54)


def test_a_bad_query_is_refused(zalopay: Provider) -> None:
    zalopay.create()
    assert zalopay.found(mac="0" * 64)["sub_return_code"] == -402
    assert zalopay.found(mac="")["sub_return_code"] == -401
    assert zalopay.found(surprise="1")["sub_return_code"] == -401
    mac = joined_digest("key1", ["2553", "261124_pay2", "key1"])
    assert zalopay.found(app_trans_id="261124_pay2", mac=mac)["sub_return_code"] == -101


@pytest.mark.parametrize(("outcome", "status"), [("success", "1"), ("cancel", "-49"), (None, "-49")])
def test_the_buyer_comes_back_with_signed_fields(zalopay: Provider, outcome: Outcome | None, status: str) -> None:
    zalopay.create()
    if outcome:
        zalopay.wallet.settle(ATTEMPT, Choice(outcome))
    address = zalopay.wallet.return_address(ATTEMPT)
    assert address.startswith("http://goi/app/result.html?order=1&")
    fields = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    del fields["order"]
    checksum = fields.pop("checksum")
    assert (fields["status"], fields["apptransid"]) == (status, REFERENCE)
    assert checksum == joined_digest("key2", fields.values())


def test_an_order_without_addresses_leads_home(zalopay: Provider) -> None:
    zalopay.create(embed_data="{}", callback_url=None)
    zalopay.wallet.settle(ATTEMPT, Choice("success"))
    assert zalopay.messages()
    assert zalopay.wallet.return_address(ATTEMPT).startswith("http://goi?appid=2553&")


def test_a_refund_is_worked_on_and_done_when_it_is_asked_about(zalopay: Provider) -> None:
    zalopay.create()
    zalopay.wallet.settle(ATTEMPT, Choice("success"))
    assert zalopay.refund_state()["sub_return_code"] == -101
    answer = zalopay.refund()
    assert answer["return_code"] == 3
    assert str(answer["refund_id"]).startswith("261124")
    assert zalopay.refund()["sub_return_code"] == -68
    assert zalopay.refund_state()["return_code"] == 1
    assert zalopay.refund_state()["refund_id"] == answer["refund_id"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"m_refund_id": "261123_2553_1"}, -401),
        ({"m_refund_id": "261124_2554_1"}, -401),
        ({"m_refund_id": "261124_1"}, -401),
        ({"m_refund_id": "261124_2553_" + "1" * 40}, -401),
        ({"timestamp": str((int(NOW.timestamp()) - 3600) * 1000)}, -401),
        ({"amount": "0"}, -401),
        ({"description": ""}, -401),
        ({"surprise": "1"}, -401),
        ({"amount": "299001"}, -21),
        ({"zp_trans_id": "777"}, -101),
        ({"app_id": "2554"}, -402),
        ({"key": "key2"}, -402),
    ],
    ids=str,
)
def test_a_bad_refund_is_refused(zalopay: Provider, changes: dict[str, str], code: int) -> None:
    zalopay.create()
    zalopay.wallet.settle(ATTEMPT, Choice("success"))
    answer = zalopay.refund(**changes)
    assert (answer["return_code"], answer["sub_return_code"]) == (2, code)
    assert zalopay.refund_state()["sub_return_code"] == -101


@pytest.mark.parametrize(
    "changes", [{"timestamp": "1"}, {"mac": "0" * 64}, {"app_id": "1"}, {"surprise": "1"}], ids=str
)
def test_a_bad_question_about_a_refund_is_refused(zalopay: Provider, changes: dict[str, str]) -> None:
    assert zalopay.refund_state(**changes)["sub_return_code"] in {-401, -402}
