"""MoMo's interface for merchants: requests checked, orders made and told of."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.simulators.course import End
from local.simulators.momo import results
from local.simulators.momo.signing import ANSWER, QUERY, REFUND, REQUEST, Merchant
from local.simulators.refunds import Refunds
from local.simulators.wallet import WalletOrder, milliseconds

LEAST, MOST = 1_000, 50_000_000
"""Dong."""

_ORDER_ID = r"(?=.{1,200}$)[0-9a-zA-Z]([-_.]*[0-9a-zA-Z]+)*"
_CREATE = {
    "partnerCode": r".{1,50}",
    "requestId": r".{1,50}",
    "orderId": _ORDER_ID,
    "orderInfo": r".{1,255}",
    "redirectUrl": r"https?://\S+",
    "ipnUrl": r"https?://\S+",
    "requestType": r"captureWallet",
    "extraData": r"[A-Za-z0-9+/=]{0,1000}",
    "lang": r"vi|en",
    "signature": r"[0-9a-f]{64}",
}
_QUERY = {name: _CREATE[name] for name in ("partnerCode", "requestId", "orderId", "lang", "signature")}
_REFUND = {**_QUERY, "description": r".{0,255}"}
_OPTIONAL = {"partnerName", "storeName", "storeId", "orderGroupId", "autoCapture"}

Fields = dict[str, Any]


@dataclass(slots=True)
class Desk:
    """Answers a merchant's calls. `open_order` remembers a new order, `page` is the address of its page."""

    merchant: Merchant
    orders: Mapping[str, WalletOrder]
    open_order: Callable[[Fields, datetime], WalletOrder]
    page: Callable[[WalletOrder], str]
    refunds: Refunds
    _answers: dict[str, tuple[str, Fields]] = field(default_factory=dict)

    def create(self, body: bytes, now: datetime) -> Fields:
        """/v2/gateway/api/create. A requestId whose order was made gives the same answer again."""
        request = read_object(body)
        code = self._refusal(request, _CREATE, REQUEST) or _amount_refusal(request.get("amount"))
        if code:
            return self._answer(request, code, now)
        if known := self._answers.get(request["requestId"]):
            signature, answer = known
            return answer if signature == request["signature"] else self._answer(request, results.REQUEST_ID_USED, now)
        if request["orderId"] in self.orders:
            return self._answer(request, results.ORDER_ID_USED, now)
        address = self.page(self.open_order(request, now))
        made = {**self._answer(request, results.DONE, now), "amount": request["amount"], "payUrl": address}
        made = {**self.merchant.signed(made, ANSWER), "deeplink": f"momo://?{address}", "qrCodeUrl": address}
        self._answers[request["requestId"]] = (request["signature"], made)
        return made

    def refund(self, body: bytes, now: datetime) -> Fields:
        """/v2/gateway/api/refund. A requestId that was taken gives the same answer again."""
        request = read_object(body)
        code = self._refusal(request, _REFUND, REFUND) or _amount_refusal(request.get("amount"))
        if code:
            return self._answer(request, code, now)
        if known := self._answers.get(request["requestId"]):
            signature, answer = known
            return answer if signature == request["signature"] else self._answer(request, results.REQUEST_ID_USED, now)
        if request["orderId"] in self.orders or self.refunds.find(request["orderId"], now):
            return self._answer(request, results.ORDER_ID_USED, now)
        answer = self._refunded(request, now)
        self._answers[request["requestId"]] = (request["signature"], answer)
        return answer

    def _refunded(self, request: Fields, now: datetime) -> Fields:
        transaction = request.get("transId")
        paid = next((end for end in self._payments() if results.transaction(end) == transaction), None)
        if paid is None:
            return self._answer(request, results.NO_ORDER, now)
        payment = str(transaction)
        if self.refunds.left(payment, paid.amount, now) < request["amount"]:
            return self._answer(request, results.NOTHING_LEFT, now)
        if self.refunds.are_refused:
            return self._answer(request, results.REFUND_REFUSED, now)
        known = results.refund_result(self.refunds.take(payment, request["orderId"], request["amount"], now))
        return {**self._answer(request, known["resultCode"], now), **known}

    def _payments(self) -> list[End]:
        return [end for order in self.orders.values() for end in order.course.ends if end.paid]

    def query(self, body: bytes, now: datetime, as_of: datetime | None = None) -> Fields:
        """/v2/gateway/api/query. A requestId is good for one question."""
        request = read_object(body)
        if code := self._refusal(request, _QUERY, QUERY):
            return self._answer(request, code, now)
        if request["requestId"] in self._answers:
            return self._answer(request, results.REQUEST_ID_USED, now)
        self._answers[request["requestId"]] = (request["signature"], {})
        order = self.orders.get(request["orderId"])
        if order is None:
            return self._answer(request, results.NO_ORDER, now)
        course = order.course.seen(now, as_of)
        code, amount, transaction = results.state(course, as_of or now)
        made = [one for end in course.ends for one in self.refunds.of(str(results.transaction(end)), now, as_of)]
        refunds = [
            {"orderId": one.reference, **results.refund_result(one), "createdTime": milliseconds(one.at)}
            for one in made
        ]
        known = {"amount": amount, "transId": transaction, "payType": "qr", "refundTrans": refunds, "extraData": ""}
        return {**self._answer(request, code, now), **known}

    def _refusal(self, request: Fields, patterns: Mapping[str, str], signed: tuple[str, ...]) -> int:
        """The code for what is wrong with a request's form or signature, 0 for nothing."""
        texts = {name: request.get(name) for name in patterns}
        if not all(isinstance(text, str) and re.fullmatch(patterns[name], text) for name, text in texts.items()):
            return results.MALFORMED
        if request.keys() - patterns.keys() - _OPTIONAL - set(signed):
            return results.MALFORMED
        if request["partnerCode"] != self.merchant.partner_code:
            return results.NO_PARTNER
        return 0 if self.merchant.has_signed({**dict.fromkeys(signed), **request}, signed) else results.MALFORMED

    def _answer(self, request: Fields, code: int, now: datetime) -> Fields:
        return {
            **{name: request.get(name, "") for name in ("partnerCode", "orderId", "requestId")},
            "responseTime": milliseconds(now),
            "message": results.message(code, request.get("lang")),
            "resultCode": code,
        }


def read_object(body: bytes) -> Fields:
    """A body's JSON object; an empty one if it is none."""
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    return content if isinstance(content, dict) else {}


def _amount_refusal(amount: object) -> int:
    if not isinstance(amount, int) or isinstance(amount, bool):
        return results.MALFORMED
    return 0 if LEAST <= amount <= MOST else results.OUT_OF_RANGE
