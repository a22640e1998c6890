"""SePay's webhooks and its list of transfers, and the app of the buyer's bank."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from local.attempts import Attempt
from local.simulators.base import Bill, Choice, Refused, Sent, World, call, last
from local.simulators.faults import told
from local.simulators.sepay.ledger import BANKS, Entry, Ledger, entry, listing, local_time, webhook
from local.simulators.sepay.qr import TransferForm, scan

API_PATH = "/local/sepay"
LIST_PATH = f"{API_PATH}/v2/transactions"
DUPLICATES = 3
LARGEST_PAGE = 100
UNTIL_LATE = timedelta(hours=24)
"""A late transfer of an attempt whose end is not known."""


class Sepay:
    """The `Simulator` of SePay. Bank transfers do not fail: a buyer who cancels simply sends nothing."""

    addresses: ClassVar[Mapping[str, str]] = {"SepayApiUrl": API_PATH}

    def __init__(self, world: World) -> None:
        self._world = world
        self._ledger = Ledger()

    def answer(self, request: Request) -> Response | None:
        """The list of transfers, API v2."""
        if request.path != LIST_PATH or request.method != "GET":
            return None
        if request.headers.get("authorization", "") != f"Bearer {self._credential('API_TOKEN')}":
            return _json({"status": "error", "error_code": "unauthorized", "message": "Invalid API token"}, 401)
        return told(self._world, lambda as_of: self._list(request, as_of))

    def find(self, payment_id: str) -> Attempt | None:  # noqa: ARG002
        """None: SePay knows of no payment before its money is there."""
        return None

    def bill(self, attempt: Attempt) -> Bill:
        """The transfer that the bank's app makes of the QR code."""
        form = self._scanned(attempt)
        return Bill(
            provider="SePay",
            merchant=form.account,
            reference=form.memo,
            description=BANKS.get(form.bank_bin, form.bank_bin),
            amount=form.amount,
            expires_at=attempt.expires_at or self._world.clock.now() + UNTIL_LATE,
            page="transfer.html",
        )

    def settle(self, attempt: Attempt, choice: Choice) -> Sent:
        """The buyer transfers, or does not; the webhook goes out unless it is lost, held back or late."""
        now, form = self._world.clock.now(), self._scanned(attempt)
        make = _maker(form, choice)
        paid = choice.outcome == "success"
        if paid and choice.webhook == "late":
            self._ledger.plan(attempt.expires_at or now + UNTIL_LATE, make)
            return Sent()
        one = make(now)
        if paid:
            self._ledger.book(one)
        if choice.webhook == "forged":
            return last([self._tell(one, forged=True)])
        if not paid:
            return Sent()
        if choice.webhook == "held":
            self._ledger.hold(one)
        times = {"normal": 1, "duplicate": DUPLICATES, "lost": 0, "held": 0}[choice.webhook]
        return last([self._tell(one) for _ in range(times)])

    def return_address(self, attempt: Attempt) -> str:
        """The page with the QR code: a bank's app leads nowhere."""
        return attempt.url

    def send_due(self) -> None:
        """The webhooks of transfers that came later, and those held back."""
        for one in self._ledger.take_unsent(self._world.clock.now()):
            self._tell(one)

    def _scanned(self, attempt: Attempt) -> TransferForm:
        form = scan(attempt.qr_content)
        if (form.bank_bin, form.account) != (self._credential("BANK_BIN"), self._credential("ACCOUNT_NUMBER")):
            raise Refused("ACCOUNT", "Không tìm thấy tài khoản thụ hưởng", "no such account at this bank")
        return form

    def _tell(self, one: Entry, *, forged: bool = False) -> Sent:
        body = json.dumps(webhook(one), ensure_ascii=False).encode()
        headers = {"content-type": "application/json", "user-agent": "SePay-Webhook", **self._proof(body, forged)}
        sent = call("POST", f"{self._world.address}/webhooks/sepay", body, headers)
        if sent.status in {200, 201} and isinstance(sent.body, dict) and sent.body.get("success") is True:
            one.told += 1
        return sent

    def _proof(self, body: bytes, forged: bool) -> dict[str, str]:  # noqa: FBT001
        """The API key and the signature, as far as the merchant has set them; the newest where there are two."""
        wrong = "not " if forged else ""
        key, secret = self._newest("WEBHOOK_API_KEY"), self._newest("WEBHOOK_SECRET")
        headers = {"authorization": f"Apikey {wrong}{key}"} if key else {}
        if secret:
            timestamp = str(int(self._world.clock.now().timestamp()))
            signed = timestamp.encode() + b"." + body
            digest = hmac.new(f"{wrong}{secret}".encode(), signed, hashlib.sha256).hexdigest()
            headers |= {"x-sepay-timestamp": timestamp, "x-sepay-signature": f"sha256={digest}"}
        return headers

    def _credential(self, name: str) -> str:
        return self._world.credentials.get(f"SEPAY_{name}", "")

    def _newest(self, name: str) -> str:
        return self._credential(name).partition(",")[0].strip()

    def _list(self, request: Request, as_of: datetime | None) -> Response:
        try:
            return _json(self._found(request, as_of))
        except ValueError as error:
            return _json({"status": "error", "error_code": "invalid_parameter", "message": str(error)}, 422)

    def _found(self, request: Request, as_of: datetime | None) -> dict[str, Any]:
        asked = dict(request.args.items())
        first, final = asked.pop("transaction_date_from", ""), asked.pop("transaction_date_to", "9")
        least, most = int(asked.pop("amount_in_min", "0")), int(asked.pop("amount_in_max", "9999999999999"))
        page, per_page = int(asked.pop("page", "1")), int(asked.pop("per_page", "20"))
        if asked:
            raise ValueError(f"unknown: {urlencode(asked)}")
        if page < 1 or not 1 <= per_page <= LARGEST_PAGE:
            raise ValueError("page must be 1 or more, per_page from 1 to 100")
        found = (
            one
            for one in self._ledger.entries(self._world.clock.now(), as_of)
            if first <= local_time(one.at) <= final and least <= one.amount <= most
        )
        return listing(found, page, per_page)


def _maker(form: TransferForm, choice: Choice) -> Callable[[datetime], Entry]:
    amount, memo = choice.amount or form.amount, form.memo if choice.memo is None else choice.memo

    def make(at: datetime) -> Entry:
        return entry(form.bank_bin, form.account, amount, memo, at)

    return make


def _json(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status, content_type="application/json")
