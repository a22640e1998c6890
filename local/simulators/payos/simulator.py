"""payOS's payment page, webhooks and interface."""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from local.attempts import Attempt
from local.events import read_body
from local.simulators.base import Bill, Choice, Refused, Sent, World, call, last
from local.simulators.faults import told
from local.simulators.payos.desk import MERCHANT_KEYS, Answer, Desk, Merchant, read_object
from local.simulators.payos.links import Link, LinkRequest, Transfer, new_transfer
from local.simulators.payos.signing import envelope, local_time
from local.views import page

API_PATH = "/local/payos"
LINKS_PATH = f"{API_PATH}/v2/payment-requests"
CONFIRM_PATH = f"{API_PATH}/confirm-webhook"
PAGE_PATH = f"{API_PATH}/web/"
API_LIMIT = 64 * 1024
DUPLICATES = 3

SAMPLE = {
    "orderCode": 123,
    "amount": 3000,
    "description": "VQRIO123",
    "accountNumber": "12345678",
    "reference": "TF230204212323",
    "transactionDateTime": local_time(datetime(2023, 2, 4, 11, 25, tzinfo=UTC)),
    "currency": "VND",
    "paymentLinkId": "sample",
    "code": "00",
    "desc": "success",
    "counterAccountName": None,
    "counterAccountNumber": None,
}
"""What is posted to a webhook address that is registered; it belongs to no order."""


class Payos:
    """The `Simulator` of payOS."""

    addresses: ClassVar[Mapping[str, str]] = {"PayosApiUrl": API_PATH, "PayosPayUrl": "/local/payos/web"}

    def __init__(self, world: World) -> None:
        self._world = world
        client_id, api_key, checksum_keys = (world.credentials.get(name, "") for name in MERCHANT_KEYS)
        self._merchant = Merchant(client_id, api_key, checksum_keys.partition(",")[0].strip())
        self._links: dict[str, Link] = {}
        self._lock = threading.RLock()
        self._desk = Desk(self._merchant, self._links, self._open, self._page)

    def answer(self, request: Request) -> Response | None:
        """The payment page's address and the interface for merchants."""
        path = request.path
        if path.startswith(PAGE_PATH) and request.method == "GET":
            return self._open_page(path.removeprefix(PAGE_PATH))
        if path not in {LINKS_PATH, CONFIRM_PATH} and not path.startswith(f"{LINKS_PATH}/"):
            return None
        if not self._desk.admits(request.headers.get("x-client-id", ""), request.headers.get("x-api-key", "")):
            return _json((401, {"code": "401", "desc": "Unauthorized"}))
        body = read_body(request, API_LIMIT)
        if path == CONFIRM_PATH:
            return _json(self._confirm(body))
        name = path.removeprefix(LINKS_PATH).strip("/")
        if request.method == "GET" and name:
            return told(self._world, lambda as_of: self._find(name, as_of))
        with self._lock:
            return _json(self._serve(request.method, name, body))

    def find(self, payment_id: str) -> Attempt | None:
        """A payment by its order code: one that has a link, but is not in the table."""
        with self._lock:
            link = self._links.get(payment_id)
        return Attempt(payment_id, "payos", payment_id, "") if link else None

    def bill(self, attempt: Attempt) -> Bill:
        """What the page shows."""
        with self._lock:
            request = self._link(attempt).request
        return Bill(
            provider="payOS",
            merchant=self._merchant.client_id,
            reference=str(request.order_code),
            description=request.description,
            amount=request.amount,
            expires_at=request.expires_at,
        )

    def settle(self, attempt: Attempt, choice: Choice) -> Sent:
        """The payment ends as chosen. payOS tells of money only: of a failure or a cancellation nothing is sent."""
        now = self._world.clock.now()
        with self._lock:
            link = self._link(attempt)
            if choice.webhook == "late":
                link.late = choice
                return Sent()
            transfer = link.record(choice, now)
            if transfer and choice.webhook == "held":
                link.unsent.append(transfer)
        if choice.webhook == "forged":
            claim = new_transfer(choice.amount or link.request.amount, now)
            return last([self._notify(link, claim, key=f"not {self._merchant.checksum_key}")])
        times = {"normal": 1, "duplicate": DUPLICATES, "lost": 0, "held": 0}[choice.webhook]
        return last([self._notify(link, transfer) for _ in range(times)]) if transfer else Sent()

    def return_address(self, attempt: Attempt) -> str:
        """The merchant's page with payOS's fields, which are not signed."""
        with self._lock:
            link = self._link(attempt)
            status = link.status(self._world.clock.now())
        cancelled = status == "CANCELLED"
        address = link.request.cancel_url if cancelled else link.request.return_url
        fields = {
            "code": "00",
            "id": link.id,
            "cancel": str(cancelled).lower(),
            "status": status,
            "orderCode": link.request.order_code,
        }
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(fields)}"

    def send_due(self) -> None:
        """The webhooks of late payments whose time is over, and those held back."""
        now = self._world.clock.now()
        with self._lock:
            due = [(link, transfer) for link in self._links.values() for transfer in _take_due(link, now)]
        for link, transfer in due:
            self._notify(link, transfer)

    def _serve(self, method: str, name: str, body: bytes) -> Answer:
        now = self._world.clock.now()
        if method == "POST" and not name:
            return self._desk.create(body, now)
        if method == "POST" and name.endswith("/cancel"):
            return self._desk.cancel(name.removesuffix("/cancel"), body, now)
        return 404, {"code": "404", "desc": "Not Found"}

    def _find(self, name: str, as_of: datetime | None) -> Response:
        with self._lock:
            return _json(self._desk.find(name, self._world.clock.now(), as_of))

    def _confirm(self, body: bytes) -> Answer:
        """Registers the webhook address: ours is the only one that is called."""
        address = f"{self._world.address}/webhooks/payos"
        if read_object(body).get("webhookUrl") != address:
            return 400, {"code": "20", "desc": "Webhook url invalid"}
        status = self._post({**envelope(self._merchant.checksum_key, SAMPLE), "success": True}).status or 0
        taken = status // 100 == 2  # noqa: PLR2004  any 2xx
        return (
            (200, {"code": "00", "desc": "success"}) if taken else (400, {"code": "20", "desc": "Webhook url invalid"})
        )

    def _open(self, request: LinkRequest, now: datetime) -> Link:
        reference = str(request.order_code)
        found = self._world.find("payos", reference)
        link = Link(found.id if found else reference, request, now)
        self._links[reference] = link
        return link

    def _page(self, link: Link) -> str:
        return f"{self._world.address}{PAGE_PATH}{link.id}"

    def _open_page(self, link_id: str) -> Response:
        with self._lock:
            link = next((one for one in self._links.values() if one.id == link_id), None)
        if link:
            return redirect(f"/local/pay/{link.payment_id}", 302)
        refusal = Refused("101", "Mã thanh toán không tồn tại", "there is no such payment link")
        return Response(page("refused.html", provider="payOS", refusal=refusal), 404, content_type="text/html")

    def _link(self, attempt: Attempt) -> Link:
        link = self._links.get(attempt.reference)
        if link is None:
            raise Refused("101", "Mã thanh toán không tồn tại", "no payment link was made for this payment")
        return link

    def _notify(self, link: Link, transfer: Transfer, key: str | None = None) -> Sent:
        data = link.as_message(transfer)
        return self._post({**envelope(key or self._merchant.checksum_key, data), "success": True})

    def _post(self, message: Mapping[str, Any]) -> Sent:
        body = json.dumps(message, ensure_ascii=False).encode()
        return call("POST", f"{self._world.address}/webhooks/payos", body, {"content-type": "application/json"})


def _take_due(link: Link, now: datetime) -> list[Transfer]:
    link.mature(now)
    due, link.unsent = link.unsent, []
    return due


def _json(answer: Answer) -> Response:
    status, content = answer
    return Response(json.dumps(content, ensure_ascii=False), status, content_type="application/json; charset=utf-8")
