"""VNPAY's refund interface: the request checked, the money given back, the answer signed."""

import re
import secrets
from collections.abc import Callable
from datetime import datetime

from local.simulators.refunds import Refunds
from local.simulators.vnpay.querydr import FULL, Fields, read_fields, refund_facts
from local.simulators.vnpay.request import Merchant
from local.simulators.vnpay.signing import HASH, joined_digest, same, vnpay_time
from local.simulators.vnpay.transactions import Event, Transaction

REQUEST = {
    "vnp_RequestId": r"[A-Za-z0-9]{1,32}",
    "vnp_Version": r"2\.1\.0",
    "vnp_Command": r"refund",
    "vnp_TmnCode": r".{1,64}",
    "vnp_TransactionType": r"0[23]",
    "vnp_TxnRef": r"[A-Za-z0-9._-]{1,100}",
    "vnp_Amount": r"[1-9][0-9]{0,9}00",
    "vnp_TransactionNo": r"[0-9]{0,15}",
    "vnp_TransactionDate": r"[0-9]{14}",
    "vnp_CreateBy": r"[A-Za-z0-9 .,:_-]{1,245}",
    "vnp_CreateDate": r"[0-9]{14}",
    "vnp_IpAddr": r"[0-9A-Fa-f.:]{7,45}",
    "vnp_OrderInfo": r"[A-Za-z0-9 .,:_-]{1,255}",
}
"""A request's fields and their forms, in the order in which they are signed."""

ANSWER = (
    *("vnp_ResponseId", "vnp_Command", "vnp_ResponseCode", "vnp_Message", "vnp_TmnCode", "vnp_TxnRef", "vnp_Amount"),
    *("vnp_BankCode", "vnp_PayDate", "vnp_TransactionNo", "vnp_TransactionType", "vnp_TransactionStatus"),
    "vnp_OrderInfo",
)

_MESSAGES = {
    "00": "Success",
    "02": "Invalid terminal",
    "03": "Invalid format",
    "91": "Transaction not found",
    "94": "Refund already requested",
    "95": "Refund refused",
    "97": "Invalid checksum",
}


class RefundDesk:
    """Answers refund. `find` gives the transaction of a reference; `seen` are the numbers of the calls so far."""

    def __init__(
        self, merchant: Merchant, find: Callable[[str], Transaction | None], refunds: Refunds, seen: set[str]
    ) -> None:
        self._merchant = merchant
        self._find = find
        self._refunds = refunds
        self._seen = seen

    def answer(self, body: bytes, now: datetime) -> Fields:
        """The signed answer to a request body."""
        request = read_fields(body)
        code, facts = self._examine(request, now)
        answer = {
            "vnp_ResponseId": secrets.token_hex(16),
            "vnp_Command": "refund",
            "vnp_ResponseCode": code,
            "vnp_Message": _MESSAGES[code],
            "vnp_TmnCode": self._merchant.terminal,
            "vnp_TxnRef": request.get("vnp_TxnRef", ""),
            **facts,
        }
        return {**answer, HASH: joined_digest(self._merchant.secret, answer, ANSWER)}

    def _examine(self, request: Fields, now: datetime) -> tuple[str, Fields]:
        if refusal := self._refusal(request, now):
            return refusal, {}
        self._seen.add(request["vnp_RequestId"])
        transaction = self._find(request["vnp_TxnRef"])
        if transaction is None or request["vnp_TransactionDate"] != vnpay_time(transaction.request.created_at):
            return "91", {}
        paid = _payment(transaction, request["vnp_TransactionNo"])
        if paid is None:
            return "95", {}
        amount = int(request["vnp_Amount"]) // 100
        if refusal := self._state_refusal(paid, amount, request["vnp_TransactionType"], now):
            return refusal, {}
        one = self._refunds.take(paid.number, request["vnp_OrderInfo"], amount, now)
        return "00", refund_facts(one, paid.amount)

    def _refusal(self, request: Fields, now: datetime) -> str:
        """The code for what is wrong with a request, "" for nothing."""
        if not all(re.fullmatch(pattern, request.get(name, "")) for name, pattern in REQUEST.items()):
            return "03"
        if request["vnp_TmnCode"] != self._merchant.terminal:
            return "02"
        if not same(request.get(HASH, ""), joined_digest(self._merchant.secret, request, REQUEST)):
            return "97"
        if request["vnp_CreateDate"][:8] != vnpay_time(now)[:8]:
            return "03"
        return "94" if request["vnp_RequestId"] in self._seen else ""

    def _state_refusal(self, paid: Event, amount: int, kind: str, now: datetime) -> str:
        """The code for what VNPAY does not do: a second refund at a time, all of it twice, more than was paid."""
        made = self._refunds.of(paid.number, now)
        given = [one for one in made if one.state == "succeeded"]
        if any(one.state == "pending" for one in made) or (kind == FULL and any(one.amount == amount for one in given)):
            return "94"
        fits = (kind == FULL) == (amount == paid.amount) and amount <= self._refunds.left(paid.number, paid.amount, now)
        return "" if fits and not self._refunds.are_refused else "95"


def _payment(transaction: Transaction, number: str) -> Event | None:
    """The payment that is meant: by VNPAY's number, or the one there is."""
    paid = [event for event in transaction.events if event.paid]
    return next((event for event in reversed(paid) if not number or event.number == number), None)
