"""MoMo's payment page, IPN and interface."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Request, Response

from local.attempts import Attempt
from local.events import read_body
from local.simulators.base import Choice, Sent, World, call
from local.simulators.course import Course, End, new_end
from local.simulators.faults import told
from local.simulators.momo.desk import Desk
from local.simulators.momo.results import result
from local.simulators.momo.signing import Merchant
from local.simulators.wallet import API_LIMIT, Wallet, WalletOrder

BASE_PATH = "/local/momo"
CREATE_PATH = f"{BASE_PATH}/v2/gateway/api/create"
QUERY_PATH = f"{BASE_PATH}/v2/gateway/api/query"
REFUND_PATH = f"{BASE_PATH}/v2/gateway/api/refund"
PAGE_PATH = f"{BASE_PATH}/v2/gateway/pay"

PAGE_LIFE = timedelta(minutes=100)
"""How long a page lives that belongs to no attempt of ours."""

KEYS = ("MOMO_PARTNER_CODE", "MOMO_ACCESS_KEY", "MOMO_SECRET_KEY")


class Momo(Wallet):
    """The `Simulator` of MoMo."""

    addresses: ClassVar[Mapping[str, str]] = {"MomoApiUrl": BASE_PATH}
    provider = "momo"
    name = "MoMo"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._merchant = Merchant(*(world.credentials.get(key, "").partition(",")[0].strip() for key in KEYS))
        self._desk = Desk(self._merchant, self._orders, self._open_order, self._page, self._refunds)

    @property
    def _merchant_name(self) -> str:
        return self._merchant.partner_code

    def answer(self, request: Request) -> Response | None:
        """The payment page's address and the interface for merchants."""
        if request.path == PAGE_PATH and request.method == "GET":
            return self._open_page(request.args.get("t", ""))
        if request.path not in {CREATE_PATH, QUERY_PATH, REFUND_PATH} or request.method != "POST":
            return None
        body = read_body(request, API_LIMIT) if request.mimetype == "application/json" else b""
        if request.path == QUERY_PATH:
            return told(self._world, lambda as_of: self._say(lambda now: self._desk.query(body, now, as_of)))
        ask = self._desk.create if request.path == CREATE_PATH else self._desk.refund
        return self._say(lambda now: ask(body, now))

    def _say(self, ask: Callable[[datetime], Mapping[str, Any]]) -> Response:
        with self._lock:
            answer = ask(self._world.clock.now())
        return Response(json.dumps(answer, ensure_ascii=False), content_type="application/json;charset=UTF-8")

    def return_address(self, attempt: Attempt) -> str:
        """The merchant's page with the fields of an IPN."""
        now = self._world.clock.now()
        with self._lock:
            order = self._order(attempt)
            end = order.course.state(now) or new_end(Choice("cancel"), order.course.amount, now)
        address = order.fields["redirectUrl"]
        query = urlencode(result(self._merchant, order, end))
        return f"{address}{'&' if urlsplit(address).query else '?'}{query}"

    def _open_order(self, fields: Mapping[str, Any], now: datetime) -> WalletOrder:
        """An order that lives as long as our attempt: MoMo is not told its end, and has one of its own."""
        reference = fields["orderId"]
        attempt = self._world.find(self.provider, reference)
        expires_at = (attempt and attempt.expires_at) or now + PAGE_LIFE
        return self._take(reference, fields["orderInfo"], fields, Course(fields["amount"], expires_at))

    def _page(self, order: WalletOrder) -> str:
        return f"{self._world.address}{PAGE_PATH}?t={order.token}"

    def _notify(self, order: WalletOrder, end: End, *, forged: bool = False) -> Sent:
        merchant = replace(self._merchant, secret_key=f"not {self._merchant.secret_key}") if forged else self._merchant
        body = json.dumps(result(merchant, order, end), ensure_ascii=False).encode()
        return call("POST", order.fields["ipnUrl"], body, {"content-type": "application/json; charset=UTF-8"})
