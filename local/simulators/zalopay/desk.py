"""ZaloPay's interface for merchants: requests checked, orders made and told of."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.simulators.course import Course, End
from local.simulators.refunds import Refund, Refunds
from local.simulators.wallet import WalletOrder, milliseconds
from local.simulators.zalopay.signing import Merchant, day, joined_digest, same

LEAST, MOST = 1_000, 50_000_000
"""Dong."""

CLOCK_MILLISECONDS = 15 * 60 * 1000
"""How far app_time may be from ZaloPay's clock."""

SHORTEST_LIFE, LONGEST_LIFE, LIFE = 300, 2_592_000, 15 * 60
"""Seconds."""

_CREATE = {
    "app_id": r"[0-9]{1,10}",
    "app_user": r".{1,50}",
    "app_trans_id": r"(?=.{8,40}$)[0-9]{6}_[0-9A-Za-z_-]+",
    "app_time": r"[0-9]{13}",
    "amount": r"[1-9][0-9]{0,11}",
    "item": r"\[.{0,2046}\]",
    "embed_data": r"\{.{0,1022}\}",
    "description": r".{1,256}",
    "mac": r"[0-9a-f]{64}",
}
_OPTIONAL = {
    "expire_duration_seconds": r"[0-9]{1,7}",
    "bank_code": r".{0,20}",
    "callback_url": r"https?://\S+",
    "title": r".{0,256}",
}
_REFUND = {
    **{name: _CREATE[name] for name in ("app_id", "amount", "mac")},
    "m_refund_id": r"(?=.{1,45}$)[0-9]{6}_[0-9]{1,10}_[0-9A-Za-z]+",
    "zp_trans_id": r"[0-9]{1,15}",
    "timestamp": r"[0-9]{13}",
    "description": r".{1,100}",
}
_QUERY_REFUND = {name: _REFUND[name] for name in ("app_id", "m_refund_id", "timestamp", "mac")}
_QUERY = {name: _CREATE[name] for name in ("app_id", "mac")} | {"app_trans_id": r".{1,40}"}
_SIGNED_REFUND = ("app_id", "zp_trans_id", "amount", "description", "timestamp")
_SIGNED_QUERY_REFUND = ("app_id", "m_refund_id", "timestamp")
_SIGNED = ("app_id", "app_trans_id", "app_user", "amount", "app_time", "embed_data", "item")

_REFUSALS = {
    -68: "DUPLICATE_APPS_TRANS_ID",
    -401: "ILLEGAL_DATA_REQUEST",
    -402: "ILLEGAL_APP_REQUEST",
    -54: "TIME_INVALID",
    -63: "ZPW_BALANCE_NOT_ENOUGH",
    -49: "CANCELLED",
    -101: "ORDER_NOT_FOUND",
    -21: "REFUND_AMOUNT_INVALID",
    -22: "REFUND_REFUSED",
}
"""The names of sub-codes. ZaloPay publishes none for refunds: -21 and -22 stand for them here."""

_ENDS = {"failure": -63, "cancel": -49}

Answer = dict[str, Any]
Fields = dict[str, str]


@dataclass(slots=True)
class Desk:
    """Answers a merchant's calls. `open_order` remembers a new order, `page` is the address of its page."""

    merchant: Merchant
    orders: Mapping[str, WalletOrder]
    open_order: Callable[[Fields], WalletOrder]
    page: Callable[[WalletOrder], str]
    refunds: Refunds

    def create(self, request: Fields, now: datetime) -> Answer:
        """/v2/create, with the fields' texts."""
        refusal = self._form_refusal(request, now) or self._key_refusal(request, [request.get(one) for one in _SIGNED])
        if refusal:
            return refused(refusal)
        if request["app_trans_id"] in self.orders:
            return refused(-68)
        order = self.open_order(request)
        return {
            **_said(1, "SUCCESS", 1, "SUCCESS"),
            "order_url": self.page(order),
            "zp_trans_token": order.token,
            "order_token": order.token,
            "qr_code": self.page(order),
        }

    def refund(self, request: Fields, now: datetime) -> Answer:
        """/v2/refund: taken in now and worked on later. An m_refund_id is taken once."""
        if refusal := self._refund_refusal(request, _REFUND, _SIGNED_REFUND, now):
            return refused(refusal)
        reference, payment, amount = request["m_refund_id"], request["zp_trans_id"], int(request["amount"])
        if self.refunds.find(reference, now):
            return refused(-68)
        if not reference.startswith(f"{day(now)}_{self.merchant.app_id}_"):
            return refused(-401)
        paid = next((end for end in self._payments() if str(transaction(end.number, end.at)) == payment), None)
        if paid is None:
            return refused(-101)
        if self.refunds.left(payment, paid.amount, now) < amount:
            return refused(-21)
        return _refund_state(self.refunds.take(payment, reference, amount, now, at_once=self.refunds.are_refused))

    def query_refund(self, request: Fields, now: datetime, as_of: datetime | None = None) -> Answer:
        """/v2/query_refund."""
        if refusal := self._refund_refusal(request, _QUERY_REFUND, _SIGNED_QUERY_REFUND, now):
            return refused(refusal)
        one = self.refunds.find(request["m_refund_id"], now, as_of)
        return _refund_state(one) if one else refused(-101)

    def _payments(self) -> list[End]:
        return [end for order in self.orders.values() for end in order.course.ends if end.paid]

    def query(self, request: Fields, now: datetime, as_of: datetime | None = None) -> Answer:
        """/v2/query, with the fields' texts."""
        if not _fits(request, _QUERY, {}):
            return refused(-401)
        key = self.merchant.request_key
        if refusal := self._key_refusal(request, [request["app_id"], request["app_trans_id"], key]):
            return refused(refusal)
        order = self.orders.get(request["app_trans_id"])
        return _state(order.course.seen(now, as_of), as_of or now) if order else refused(-101)

    def _refund_refusal(
        self, request: Fields, patterns: Mapping[str, str], signed: tuple[str, ...], now: datetime
    ) -> int:
        """The sub-code for what is wrong with the form, the time or the mac, 0 for nothing."""
        if not _fits(request, patterns, {}) or abs(int(request["timestamp"]) - milliseconds(now)) > CLOCK_MILLISECONDS:
            return -401
        return self._key_refusal(request, [request[name] for name in signed])

    def _form_refusal(self, request: Fields, now: datetime) -> int:
        if not _fits(request, _CREATE, _OPTIONAL) or not _is_json(request["item"], list):
            return -401
        if not _is_json(request["embed_data"], dict) or not LEAST <= int(request["amount"]) <= MOST:
            return -401
        if not request["app_trans_id"].startswith(f"{day(now)}_"):
            return -401
        if abs(int(request["app_time"]) - milliseconds(now)) > CLOCK_MILLISECONDS:
            return -54
        life = int(request.get("expire_duration_seconds", LIFE))
        return 0 if SHORTEST_LIFE <= life <= LONGEST_LIFE else -401

    def _key_refusal(self, request: Fields, values: list[str | None]) -> int:
        signed = same(request["mac"], joined_digest(self.merchant.request_key, values))
        return 0 if signed and request["app_id"] == self.merchant.app_id else -402


def _fits(request: Fields, required: Mapping[str, str], optional: Mapping[str, str]) -> bool:
    """Whether all required fields are there, no unknown one is, and all have their form."""
    patterns = {**required, **optional}
    if required.keys() - request.keys() or request.keys() - patterns.keys():
        return False
    return all(re.fullmatch(patterns[name], value) for name, value in request.items())


def _is_json(text: str, kind: type) -> bool:
    try:
        return isinstance(json.loads(text), kind)
    except ValueError:
        return False


def _refund_state(one: Refund) -> Answer:
    if one.state == "failed":
        return refused(-22)
    code, name = (1, "SUCCESS") if one.state == "succeeded" else (3, "PROCESSING")
    return {**_said(code, name, code, name), "refund_id": transaction(one.number, one.at)}


def _state(course: Course, now: datetime) -> Answer:
    """How an order stands: paid, failed, over, or nothing of these yet."""
    end = course.state(now)
    if end and end.paid:
        return {
            **_said(1, "SUCCESS", 1, "SUCCESS"),
            "amount": end.amount,
            "discount_amount": 0,
            "zp_trans_id": transaction(end.number, end.at),
            "server_time": milliseconds(end.at),
        }
    if course.is_over(now) or end:
        return refused(_ENDS[end.outcome] if end else -54)
    return {**_said(3, "PROCESSING", 3, "PROCESSING"), "is_processing": False, "amount": 0, "zp_trans_id": 0}


def transaction(number: int, moment: datetime) -> int:
    """zp_trans_id: the day, and a number."""
    return int(f"{day(moment)}{number:09d}")


def refused(reason: int) -> Answer:
    """An answer that says no."""
    return {**_said(2, "FAIL", reason, _REFUSALS[reason]), "is_processing": False}


def _said(code: int, message: str, reason: int, detail: str) -> Answer:
    return {
        "return_code": code,
        "return_message": message,
        "sub_return_code": reason,
        "sub_return_message": detail,
    }
