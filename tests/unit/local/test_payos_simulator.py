"""payOS's side: signatures by the published vectors, links and their states, webhooks, the registration's sample."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from local.attempts import Attempt
from local.simulators.base import Choice, Outcome, Refused, Sent, World
from local.simulators.payos import Payos, simulator
from local.simulators.payos.signing import digest, joined
from tests.support.template import ROOT

VECTORS = json.loads((ROOT / "tests" / "vectors" / "payos.json").read_text("utf-8"))
PLAIN = [vector for vector in VECTORS if vector["signature_type"] == "body"]
CREATE = [vector for vector in VECTORS if vector["kind"] == "create"]
KEY = "test_checksum_key"
NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
END = NOW + timedelta(minutes=30)
CREDENTIALS = {"PAYOS_CLIENT_ID": "client", "PAYOS_API_KEY": "key", "PAYOS_CHECKSUM_KEY": f"{KEY}, older"}
ATTEMPT = Attempt("pay_1", "payos", "9007199254740991", "")
LINK = {
    "orderCode": 9007199254740991,
    "amount": 299_000,
    "description": "GOI740991",
    "cancelUrl": "http://goi/app/result.html?order=1",
    "returnUrl": "http://goi/app/result.html?order=1",
    "expiredAt": int(END.timestamp()),
}


class FakeClock:
    """A clock that stands."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


class Provider(Payos):
    """The simulator, with what it posted and answers of the merchant's choosing."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.posted: list[Any] = []
        self.reply = Sent(1, 200, {"success": True})
        world = World("http://goi", CREDENTIALS, self.clock, lambda *_: ATTEMPT)  # type: ignore[arg-type]
        super().__init__(world)

    def call(self, method: str, address: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        assert (method, address, headers["content-type"]) == ("POST", "http://goi/webhooks/payos", "application/json")
        self.posted.append(json.loads(body))
        return self.reply

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, api_key: str = "key") -> Any:
        """The interface's answer."""
        response = self.respond(method, f"/local/payos{path}", body, {"x-client-id": "client", "x-api-key": api_key})
        assert response
        return json.loads(response.get_data())

    def respond(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Response | None:
        builder = EnvironBuilder(path, method=method, json=body or {}, headers=list(headers.items()))
        return self.answer(Request(builder.get_environ()))

    def create(self, **changes: Any) -> Any:
        """A link, asked for with a good signature."""
        fields = {**LINK, **changes}
        kept = {name: value for name, value in fields.items() if value is not None}
        names = ("amount", "cancelUrl", "description", "orderCode", "returnUrl")
        kept.setdefault("signature", digest(KEY, {name: kept.get(name) for name in names}))
        return self.ask("POST", "/v2/payment-requests", kept)

    def found(self) -> Any:
        """The link as a query finds it."""
        answer = self.ask("GET", f"/v2/payment-requests/{ATTEMPT.reference}")
        assert answer["signature"] == digest(KEY, answer["data"])
        return answer["data"]


@pytest.fixture
def payos(monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider()
    monkeypatch.setattr(simulator, "call", provider.call)
    return provider


@pytest.mark.parametrize("vector", PLAIN, ids=lambda vector: vector["source"])
def test_the_published_signatures_are_ours(vector: dict[str, Any]) -> None:
    assert joined(vector["params"]) == vector["signed_string"]
    assert digest(vector["secret"]["checksumKey"], vector["params"]) == vector["expected_signature"]


@pytest.mark.parametrize("vector", CREATE, ids=lambda vector: vector["source"])
def test_five_fields_of_a_request_are_signed(vector: dict[str, Any]) -> None:
    names = ("amount", "cancelUrl", "description", "orderCode", "returnUrl")
    signed = {name: vector["params"][name] for name in names}
    assert digest(vector["secret"]["checksumKey"], signed) == vector["expected_signature"]


def test_a_good_request_gives_a_link(payos: Provider) -> None:
    answer = payos.create()
    data = answer["data"]
    assert (answer["code"], data["status"], data["orderCode"]) == ("00", "PENDING", LINK["orderCode"])
    assert answer["signature"] == digest(KEY, data)
    assert data["checkoutUrl"] == f"http://goi/local/payos/web/{data['paymentLinkId']}"
    page = payos.respond("GET", f"/local/payos/web/{data['paymentLinkId']}", None, {})
    assert page
    assert page.headers["location"].endswith("/local/pay/pay_1")
    assert payos.find(ATTEMPT.reference)
    bill = payos.bill(ATTEMPT)
    assert (bill.amount, bill.expires_at) == (299_000, END)


@pytest.mark.parametrize(
    "changes",
    [
        {"orderCode": 2**53},
        {"orderCode": "9007199254740991"},
        {"orderCode": 0},
        {"amount": 299_000.5},
        {"amount": "299000"},
        {"amount": True},
        {"amount": 1_999},
        {"amount": None},
        {"description": "GOI 740991"},
        {"description": "Gói"},
        {"description": None},
        {"returnUrl": "result.html"},
        {"cancelUrl": None},
        {"expiredAt": int(NOW.timestamp())},
        {"expiredAt": 2**31},
        {"signature": "0" * 64},
        {"signature": ""},
        {"surprise": 1},
    ],
    ids=str,
)
def test_a_bad_request_is_refused(payos: Provider, changes: dict[str, Any]) -> None:
    assert payos.create(**changes)["code"] == "20"
    with pytest.raises(Refused):
        payos.settle(ATTEMPT, Choice("success"))


def test_an_order_code_is_used_once(payos: Provider) -> None:
    assert payos.create()["code"] == "00"
    assert payos.create(amount=5_000)["code"] == "231"
    assert payos.found()["amount"] == 299_000


def test_a_call_without_the_channels_keys_is_refused(payos: Provider) -> None:
    payos.create()
    assert payos.ask("GET", f"/v2/payment-requests/{ATTEMPT.reference}", api_key="other")["code"] == "401"
    assert payos.ask("POST", "/v2/payment-requests", LINK, api_key="")["code"] == "401"


def test_what_does_not_exist_is_not_found(payos: Provider) -> None:
    assert payos.ask("GET", "/v2/payment-requests/1")["code"] == "101"
    assert payos.ask("POST", "/v2/payment-requests/1/cancel")["code"] == "101"
    assert payos.ask("DELETE", "/v2/payment-requests/1")["code"] == "404"
    assert payos.respond("GET", "/local/other", None, {}) is None
    page = payos.respond("GET", "/local/payos/web/nothing", None, {})
    assert page
    assert page.status_code == 404


def test_a_success_is_told_with_a_signature(payos: Provider) -> None:
    payos.create()
    assert payos.settle(ATTEMPT, Choice("success")) == Sent(1, 200, {"success": True})
    (message,) = payos.posted
    assert message["signature"] == digest(KEY, message["data"])
    assert (message["success"], message["data"]["amount"]) == (True, 299_000)
    assert message["data"]["transactionDateTime"] == "2026-11-24 00:30:00", "the time is Vietnam's"
    found = payos.found()
    assert (found["status"], found["amountPaid"], found["amountRemaining"]) == ("PAID", 299_000, 0)
    assert found["transactions"][0]["reference"] == message["data"]["reference"]
    assert "status=PAID" in payos.return_address(ATTEMPT)


def test_a_success_counts_once_however_often_it_is_told(payos: Provider) -> None:
    payos.create()
    assert payos.settle(ATTEMPT, Choice("success", "duplicate")).sent == 3
    payos.settle(ATTEMPT, Choice("success"))
    assert len({message["data"]["reference"] for message in payos.posted}) == 1
    assert payos.found()["amountPaid"] == 299_000


@pytest.mark.parametrize(("amount", "status", "remaining"), [(1_000, "UNDERPAID", 298_000), (300_000, "PAID", 0)])
def test_another_sum_is_another_state(payos: Provider, amount: int, status: str, remaining: int) -> None:
    payos.create()
    payos.settle(ATTEMPT, Choice("success", amount=amount))
    found = payos.found()
    assert (found["status"], found["amountPaid"], found["amountRemaining"]) == (status, amount, remaining)


@pytest.mark.parametrize(("outcome", "status"), [("failure", "FAILED"), ("cancel", "CANCELLED")])
def test_of_an_end_without_money_nothing_is_told(payos: Provider, outcome: Outcome, status: str) -> None:
    payos.create()
    assert payos.settle(ATTEMPT, Choice(outcome, "duplicate")) == Sent()
    assert payos.posted == []
    assert payos.found()["status"] == status
    assert ("cancel=true" in payos.return_address(ATTEMPT)) == (outcome == "cancel")
    payos.settle(ATTEMPT, Choice("success"))
    assert payos.found()["status"] == "PAID", "the transfer was on its way"


def test_a_lost_message_leaves_the_state(payos: Provider) -> None:
    payos.create()
    assert payos.settle(ATTEMPT, Choice("success", "lost")) == Sent()
    assert (payos.posted, payos.found()["status"]) == ([], "PAID")


@pytest.mark.parametrize(("outcome", "status"), [("success", "PAID"), ("cancel", "CANCELLED")])
def test_a_forged_message_claims_success_whatever_the_state(payos: Provider, outcome: Outcome, status: str) -> None:
    payos.create()
    assert payos.settle(ATTEMPT, Choice(outcome, "forged")).sent == 1
    (message,) = payos.posted
    assert message["data"]["code"] == "00"
    assert message["signature"] != digest(KEY, message["data"])
    assert payos.found()["status"] == status


def test_a_late_payment_is_pending_until_the_links_end(payos: Provider) -> None:
    payos.create()
    assert payos.settle(ATTEMPT, Choice("success", "late")) == Sent()
    for moment, status, posted in ((END, "PENDING", 0), (END + timedelta(seconds=1), "PAID", 1)):
        payos.clock.time = moment
        assert payos.found()["status"] == status
        payos.send_due()
        payos.send_due()
        assert len(payos.posted) == posted


def test_a_late_end_without_money_is_not_told(payos: Provider) -> None:
    payos.create()
    payos.settle(ATTEMPT, Choice("failure", "late"))
    payos.clock.time = END + timedelta(seconds=1)
    payos.send_due()
    assert (payos.posted, payos.found()["status"]) == ([], "FAILED")


def test_a_link_that_nobody_paid_expires(payos: Provider) -> None:
    payos.create()
    payos.clock.time = END + timedelta(seconds=1)
    assert payos.found()["status"] == "EXPIRED"


def test_an_open_link_can_be_cancelled_and_no_other(payos: Provider) -> None:
    payos.create()
    path = f"/v2/payment-requests/{ATTEMPT.reference}/cancel"
    cancelled = payos.ask("POST", path, {"cancellationReason": "Changed"})["data"]
    assert (cancelled["status"], cancelled["cancellationReason"]) == ("CANCELLED", "Changed")
    assert cancelled["canceledAt"] == "2026-11-24T00:30:00+07:00"
    assert payos.ask("POST", path)["code"] == "20"
    assert payos.ask("GET", f"/v2/payment-requests/{cancelled['id']}")["data"]["status"] == "CANCELLED"


@pytest.mark.parametrize(("status", "code"), [(200, "00"), (204, "00"), (404, "20"), (None, "20")])
def test_a_webhook_address_is_registered_when_it_takes_the_sample(
    payos: Provider, status: int | None, code: str
) -> None:
    payos.reply = Sent(1, status)
    assert payos.ask("POST", "/confirm-webhook", {"webhookUrl": "http://goi/webhooks/payos"})["code"] == code
    (sample,) = payos.posted
    assert sample["data"]["orderCode"] == 123
    assert sample["signature"] == digest(KEY, sample["data"])
    assert payos.ask("POST", "/confirm-webhook", {"webhookUrl": "http://elsewhere/"})["code"] == "20"
    assert len(payos.posted) == 1
