"""SePay's side and the buyer's bank: QR codes, webhooks by key and by signature, the list of transfers."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from local.attempts import Attempt
from local.simulators.base import Choice, Refused, Sent, World
from local.simulators.sepay import Sepay, simulator
from local.simulators.sepay.qr import TransferForm, checksum, scan
from tests.support.template import ROOT

VECTORS = json.loads((ROOT / "tests" / "vectors" / "vietqr.json").read_text("utf-8"))
NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
MEMO = "GOIABCDEFGHJKMN"
CREDENTIALS = {
    "SEPAY_WEBHOOK_API_KEY": "key",
    "SEPAY_API_TOKEN": "token",
    "SEPAY_BANK_BIN": "970422",
    "SEPAY_ACCOUNT_NUMBER": "0123456789",
}


def row(fields: Mapping[str, str]) -> str:
    return "".join(f"{name}{len(value):02d}{value}" for name, value in fields.items())


def qr(account: str = "0123456789", inner: Mapping[str, str] | None = None, **changes: str) -> str:
    """A VietQR code, its fields changed by their numbers: f54="1"."""
    scheme = {"00": "A000000727", "01": row({"00": "970422", "01": account}), "02": "QRIBFTTA", **(inner or {})}
    fields = {"00": "01", "01": "12", "38": row(scheme), "53": "704", "54": "299000", "58": "VN"}
    fields |= {"62": row({"08": MEMO}), **{name[1:]: value for name, value in changes.items()}}
    text = row(fields) + "6304"
    return f"{text}{checksum(text):04X}"


class FakeClock:
    """A clock that stands."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


class Provider(Sepay):
    """The simulator, with what it posted and answers of the merchant's choosing."""

    def __init__(self, **credentials: str) -> None:
        self.clock = FakeClock()
        self.posted: list[tuple[Mapping[str, str], bytes]] = []
        self.reply = Sent(1, 200, {"success": True})
        world = World("http://goi", {**CREDENTIALS, **credentials}, self.clock, lambda *_: None)  # type: ignore[arg-type]
        super().__init__(world)

    def call(self, method: str, address: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        assert (method, address) == ("POST", "http://goi/webhooks/sepay")
        self.posted.append((headers, body))
        return self.reply

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.posted]

    def listed(self, token: str = "token", **query: str) -> tuple[int, Any]:
        """API v2's answer."""
        headers = [("authorization", f"Bearer {token}")]
        builder = EnvironBuilder("/local/sepay/v2/transactions", query_string=urlencode(query), headers=headers)
        answer = self.answer(Request(builder.get_environ()))
        assert answer
        return answer.status_code, json.loads(answer.get_data())


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    return made(monkeypatch)


def made(monkeypatch: pytest.MonkeyPatch, **credentials: str) -> Provider:
    one = Provider(**credentials)
    monkeypatch.setattr(simulator, "call", one.call)
    return one


def attempt(code: str = "") -> Attempt:
    return Attempt("pay_1", "sepay", MEMO, "http://goi/app/pay.html", NOW, NOW + timedelta(hours=24), code or qr())


def test_checksums_are_the_published_ones() -> None:
    for vector in VECTORS:
        assert f"{checksum(vector['params']['qr'][:-4]):04X}" == vector.get("computed_crc")


def test_a_banks_app_fills_in_the_transfer() -> None:
    assert scan(qr()) == TransferForm("970422", "0123456789", 299_000, MEMO)


@pytest.mark.parametrize(
    "code",
    [
        *(
            "",
            "x",
            qr()[:-1],
            qr()[:-4] + "0000",
            qr(f54="0"),
            qr(f54="29.9"),
            qr(f01="11"),
            qr(f53="840"),
            qr(f58="US"),
        ),
        *(qr(account="1" * 20), qr(account=""), qr(inner={"00": "A000000775"}), qr(inner={"02": "QRIBFTTC"})),
        *(qr(f62=row({"08": "x" * 26})), qr(f38="0099"), qr(inner={"01": "0006ABCDEF"}), qr(f38="0")),
        *[vector["params"]["qr"] for vector in VECTORS],
    ],
)
def test_a_code_that_asks_for_no_transfer_of_an_amount_is_refused(code: str) -> None:
    with pytest.raises(Refused):
        scan(code)


def test_another_account_is_unknown_to_the_bank(provider: Provider) -> None:
    with pytest.raises(Refused):
        provider.bill(attempt(qr(account="999")))
    assert provider.bill(attempt()).amount == 299_000


def test_a_transfer_is_told_with_the_api_key(provider: Provider) -> None:
    assert provider.settle(attempt(), Choice("success")) == provider.reply
    (headers, body), (said,) = provider.posted[0], provider.bodies()
    assert headers["authorization"] == "Apikey key"
    assert "x-sepay-signature" not in headers
    assert (said["transferAmount"], said["content"], said["transferType"]) == (299_000, MEMO, "in")
    assert (said["transactionDate"], said["accountNumber"]) == ("2026-11-24 00:30:00", "0123456789")
    assert b"\\u" not in body


def test_a_transfer_is_signed_once_there_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = made(monkeypatch, SEPAY_WEBHOOK_SECRET="new, old")
    provider.settle(attempt(), Choice("success"))
    provider.settle(attempt(), Choice("success", "forged"))
    for (headers, body), secret in zip(provider.posted, ("new", "not new"), strict=True):
        signed = headers["x-sepay-timestamp"].encode() + b"." + body
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["x-sepay-signature"] == f"sha256={digest}"
        assert headers["x-sepay-timestamp"] == str(int(NOW.timestamp()))


def test_amount_and_memo_may_be_others(provider: Provider) -> None:
    provider.settle(attempt(), Choice("success", amount=1_000, memo="goi abcd efgh jkmn"))
    (said,) = provider.bodies()
    assert (said["transferAmount"], said["content"]) == (1_000, "goi abcd efgh jkmn")


def test_duplicates_are_one_transfer_and_another_payment_is_another(provider: Provider) -> None:
    assert provider.settle(attempt(), Choice("success", "duplicate")).sent == 3
    provider.settle(attempt(), Choice("success"))
    numbers = [said["id"] for said in provider.bodies()]
    assert numbers[0] == numbers[1] == numbers[2] != numbers[3]
    assert len(provider.listed()[1]["data"]) == 2


@pytest.mark.parametrize("outcome", ["failure", "cancel"])
@pytest.mark.parametrize("webhook", ["normal", "lost", "late", "duplicate"])
def test_a_buyer_who_sends_nothing_leaves_no_trace(provider: Provider, outcome: Any, webhook: Any) -> None:
    assert provider.settle(attempt(), Choice(outcome, webhook)) == Sent()
    provider.clock.time += timedelta(days=3)
    provider.send_due()
    assert (provider.posted, provider.listed()[1]["data"]) == ([], [])


@pytest.mark.parametrize(("outcome", "transfers"), [("success", 1), ("failure", 0)])
def test_a_forged_webhook_says_nothing_of_the_money(provider: Provider, outcome: Any, transfers: int) -> None:
    provider.reply = Sent(1, 401, {"success": False})
    provider.settle(attempt(), Choice(outcome, "forged"))
    assert provider.posted[0][0]["authorization"] == "Apikey not key"
    assert provider.bodies()[0]["transferAmount"] == 299_000
    assert len(provider.listed()[1]["data"]) == transfers


def test_a_late_transfer_comes_after_the_attempts_end(provider: Provider) -> None:
    assert provider.settle(attempt(), Choice("success", "late")) == Sent()
    provider.clock.time += timedelta(hours=24)
    provider.send_due()
    assert (provider.posted, provider.listed()[1]["data"]) == ([], [])
    provider.clock.time += timedelta(seconds=1)
    assert len(provider.listed()[1]["data"]) == 1, "the list shows it at once"
    provider.send_due()
    provider.send_due()
    assert len(provider.posted) == 1


def test_the_list_tells_whether_the_webhook_was_taken(provider: Provider) -> None:
    provider.settle(attempt(), Choice("success", "lost"))
    provider.settle(attempt(), Choice("success"))
    provider.reply = Sent(1, 503, {"success": False})
    provider.settle(attempt(), Choice("success"))
    assert [one["webhook_success"] for one in provider.listed()[1]["data"]] == [0, 1, 0]


def test_the_list_is_limited_by_time_and_amount_and_paged(provider: Provider) -> None:
    for amount in range(1, 6):
        provider.settle(attempt(), Choice("success", "lost", amount))
    assert [one["amount_in"] for one in provider.listed(amount_in_min="2", amount_in_max="3")[1]["data"]] == [3, 2]
    day = {"transaction_date_from": "2026-11-24 00:00:00", "transaction_date_to": "2026-11-24 23:59:59"}
    assert len(provider.listed(**day)[1]["data"]) == 5
    assert provider.listed(transaction_date_from="2026-11-25 00:00:00")[1]["data"] == []
    _, page = provider.listed(page="2", per_page="2")
    assert [one["amount_in"] for one in page["data"]] == [3, 2]
    assert page["meta"]["pagination"] == {"total": 5, "per_page": 2, "current_page": 2, "has_more": True}
    assert provider.listed(page="3", per_page="2")[1]["meta"]["pagination"]["has_more"] is False


@pytest.mark.parametrize("query", [{"page": "0"}, {"per_page": "101"}, {"per_page": "x"}, {"colour": "red"}])
def test_the_list_refuses_what_it_does_not_know(provider: Provider, query: dict[str, str]) -> None:
    assert provider.listed(**query)[0] == 422


def test_the_list_needs_the_token(provider: Provider) -> None:
    assert provider.listed(token="other")[0] == 401
    assert provider.answer(Request(EnvironBuilder("/local/sepay/v2/transactions", method="POST").get_environ())) is None
    assert provider.answer(Request(EnvironBuilder("/local/pay/x").get_environ())) is None
