"""ZaloPay's payment page, callback and interface."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug.wrappers import Request, Response

from local.attempts import Attempt
from local.events import read_body
from local.simulators.base import Sent, World, call
from local.simulators.course import Course, End
from local.simulators.faults import told
from local.simulators.wallet import API_LIMIT, EPOCH, Wallet, WalletOrder, milliseconds
from local.simulators.zalopay.desk import LIFE, Desk, transaction
from local.simulators.zalopay.signing import Merchant, digest, joined_digest

BASE_PATH = "/local/zalopay"
CREATE_PATH = f"{BASE_PATH}/v2/create"
QUERY_PATH = f"{BASE_PATH}/v2/query"
REFUND_PATH = f"{BASE_PATH}/v2/refund"
QUERY_REFUND_PATH = f"{BASE_PATH}/v2/query_refund"
PAGE_PATH = f"{BASE_PATH}/openinapp"

WALLET_CHANNEL = 38
PAID, NOT_PAID = 1, -49
"""What the buyer's return says."""

KEYS = ("ZALOPAY_APP_ID", "ZALOPAY_KEY1", "ZALOPAY_KEY2")


class Zalopay(Wallet):
    """The `Simulator` of ZaloPay."""

    addresses: ClassVar[Mapping[str, str]] = {"ZalopayApiUrl": BASE_PATH}
    provider = "zalopay"
    name = "ZaloPay"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._merchant = Merchant(*(world.credentials.get(key, "").partition(",")[0].strip() for key in KEYS))
        self._desk = Desk(self._merchant, self._orders, self._open_order, self._page, self._refunds)
        self._requests = {CREATE_PATH: self._desk.create, REFUND_PATH: self._desk.refund}
        self._questions = {QUERY_PATH: self._desk.query, QUERY_REFUND_PATH: self._desk.query_refund}

    @property
    def _merchant_name(self) -> str:
        return self._merchant.app_id

    def answer(self, request: Request) -> Response | None:
        """The payment page's address and the interface for merchants."""
        if request.path == PAGE_PATH and request.method == "GET":
            return self._open_page(request.args.get("order", ""))
        if request.path not in {*self._requests, *self._questions} or request.method != "POST":
            return None
        fields = _fields(request.mimetype, read_body(request, API_LIMIT))
        if ask := self._questions.get(request.path):
            return told(self._world, lambda as_of: self._say(lambda now: ask(fields, now, as_of)))
        return self._say(lambda now: self._requests[request.path](fields, now))

    def _say(self, ask: Callable[[datetime], Mapping[str, Any]]) -> Response:
        with self._lock:
            answer = ask(self._world.clock.now())
        return Response(json.dumps(answer), content_type="application/json")

    def return_address(self, attempt: Attempt) -> str:
        """The merchant's page with ZaloPay's fields."""
        with self._lock:
            order = self._order(attempt)
            end = order.course.state(self._world.clock.now())
        paid = end is not None and end.paid
        fields = {
            "appid": self._merchant.app_id,
            "apptransid": order.reference,
            "pmcid": WALLET_CHANNEL if paid else 0,
            "bankcode": "",
            "amount": end.amount if end else order.course.amount,
            "discountamount": 0,
            "status": PAID if paid else NOT_PAID,
        }
        query = urlencode({**fields, "checksum": joined_digest(self._merchant.callback_key, fields.values())})
        address = json.loads(order.fields["embed_data"]).get("redirecturl") or self._world.address
        return f"{address}{'&' if urlsplit(address).query else '?'}{query}"

    def _open_order(self, fields: Mapping[str, str]) -> WalletOrder:
        made_at = EPOCH + timedelta(milliseconds=int(fields["app_time"]))
        expires_at = made_at + timedelta(seconds=int(fields.get("expire_duration_seconds", LIFE)))
        course = Course(int(fields["amount"]), expires_at)
        return self._take(fields["app_trans_id"], fields["description"], fields, course)

    def _page(self, order: WalletOrder) -> str:
        return f"{self._world.address}{PAGE_PATH}?order={order.token}"

    def _notify(self, order: WalletOrder, end: End, *, forged: bool = False) -> Sent:
        """ZaloPay calls for money only: of a failure or a cancellation nothing is sent."""
        if not end.paid:
            return Sent()
        data = callback_data(order, end)
        key = f"not {self._merchant.callback_key}" if forged else self._merchant.callback_key
        body = json.dumps({"data": data, "mac": digest(key, data), "type": 1}).encode()
        address = order.fields.get("callback_url") or f"{self._world.address}/webhooks/zalopay"
        return call("POST", address, body, {"content-type": "application/json"})


def callback_data(order: WalletOrder, end: End) -> str:
    """The text of a callback's data."""
    asked = order.fields
    content: dict[str, Any] = {
        "app_id": int(asked["app_id"]),
        "app_trans_id": order.reference,
        "app_time": int(asked["app_time"]),
        "app_user": asked["app_user"],
        "amount": end.amount,
        "embed_data": asked["embed_data"],
        "item": asked["item"],
        "zp_trans_id": transaction(end.number, end.at),
        "server_time": milliseconds(end.at),
        "channel": WALLET_CHANNEL,
        "merchant_user_id": "",
        "user_fee_amount": 0,
        "discount_amount": 0,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _fields(media_type: str, body: bytes) -> dict[str, str]:
    """A request's fields as texts, from a form or from JSON; none if it is neither, or if one stands twice."""
    try:
        if media_type == "application/json":
            content = json.loads(body)
            return {name: str(value) for name, value in content.items()} if isinstance(content, dict) else {}
        pairs = parse_qsl(body.decode(), keep_blank_values=True)
    except ValueError:
        return {}
    return dict(pairs) if len(dict(pairs)) == len(pairs) else {}
