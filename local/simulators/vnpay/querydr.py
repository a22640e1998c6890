"""VNPAY's query interface: the request checked, the answer signed."""

import json
import secrets
from collections.abc import Callable
from datetime import datetime

from local.simulators.behaviour import Behaviour
from local.simulators.refunds import Refund, Refunds
from local.simulators.vnpay.request import Merchant
from local.simulators.vnpay.signing import HASH, joined_digest, same, vnpay_time
from local.simulators.vnpay.transactions import Transaction, notification

FULL, PARTIAL = "02", "03"
"""vnp_TransactionType of a refund."""

REFUND_STATES = {"succeeded": "06", "pending": "05", "failed": "09"}
"""vnp_TransactionStatus of a refund."""

Fields = dict[str, str]

REQUEST_FIELDS = (
    *("vnp_RequestId", "vnp_Version", "vnp_Command", "vnp_TmnCode", "vnp_TxnRef", "vnp_TransactionDate"),
    *("vnp_CreateDate", "vnp_IpAddr", "vnp_OrderInfo"),
)
ANSWER_FIELDS = (
    *("vnp_ResponseId", "vnp_Command", "vnp_ResponseCode", "vnp_Message", "vnp_TmnCode", "vnp_TxnRef", "vnp_Amount"),
    *("vnp_BankCode", "vnp_PayDate", "vnp_TransactionNo", "vnp_TransactionType", "vnp_TransactionStatus"),
    *("vnp_OrderInfo", "vnp_PromotionCode", "vnp_PromotionAmount"),
)
"""In the order in which they are signed."""

_MESSAGES = {
    "00": "Success",
    "02": "Invalid terminal",
    "03": "Invalid format",
    "91": "Transaction not found",
    "94": "Duplicate request",
    "97": "Invalid checksum",
}


class QueryDesk:
    """Answers querydr. `find` gives the transaction of a reference; `seen` are the numbers of the calls so far."""

    def __init__(
        self,
        merchant: Merchant,
        find: Callable[[str], Transaction | None],
        refunds: Refunds | None = None,
        seen: set[str] | None = None,
    ) -> None:
        self._merchant = merchant
        self._find = find
        self._refunds = refunds or Refunds(Behaviour())
        self._seen = set() if seen is None else seen

    def answer(self, body: bytes, now: datetime, as_of: datetime | None = None) -> Fields:
        """The signed answer to a request body, with the state of `as_of`."""
        request = read_fields(body)
        code, facts = self._examine(request, now, as_of)
        answer = {
            "vnp_ResponseId": secrets.token_hex(16),
            "vnp_Command": "querydr",
            "vnp_ResponseCode": code,
            "vnp_Message": _MESSAGES[code],
            "vnp_TmnCode": self._merchant.terminal,
            "vnp_TxnRef": request.get("vnp_TxnRef", ""),
            **facts,
        }
        return {**answer, HASH: joined_digest(self._merchant.secret, answer, ANSWER_FIELDS)}

    def _examine(self, request: Fields, now: datetime, as_of: datetime | None) -> tuple[str, Fields]:
        if refusal := self._refusal(request, now):
            return refusal, {}
        self._seen.add(request["vnp_RequestId"])
        transaction = self._find(request["vnp_TxnRef"])
        if transaction is None or request["vnp_TransactionDate"] != vnpay_time(transaction.request.created_at):
            return "91", {}
        transaction = transaction.seen(now, as_of)
        if facts := self._refunded(transaction, now, as_of):
            return "00", facts
        told = notification(transaction.request, transaction.outcome(as_of or now))
        names = ("vnp_Amount", "vnp_BankCode", "vnp_PayDate", "vnp_TransactionNo", "vnp_TransactionStatus")
        return "00", {
            **{name: told[name] for name in (*names, "vnp_OrderInfo")},
            "vnp_TransactionType": "01",
        }

    def _refunded(self, transaction: Transaction, now: datetime, as_of: datetime | None) -> Fields:
        """What is told of a payment's last refund, nothing where there is none."""
        made = {
            one.number: refund_facts(one, event.amount)
            for event in transaction.events
            for one in self._refunds.of(event.number, now, as_of)
        }
        return made[max(made)] if made else {}

    def _refusal(self, request: Fields, now: datetime) -> str:
        """The code for what is wrong with a request, "" for nothing."""
        if not all(request.get(name) for name in REQUEST_FIELDS) or not _is_formed(request):
            return "03"
        if request["vnp_TmnCode"] != self._merchant.terminal:
            return "02"
        expected = joined_digest(self._merchant.secret, request, REQUEST_FIELDS)
        if not same(request.get(HASH, ""), expected):
            return "97"
        if request["vnp_CreateDate"][:8] != vnpay_time(now)[:8]:
            return "03"
        return "94" if request["vnp_RequestId"] in self._seen else ""


def refund_facts(one: Refund, paid: int) -> Fields:
    """The fields that tell of a refund of a payment over `paid` dong."""
    return {
        "vnp_Amount": str(one.amount * 100),
        "vnp_BankCode": "NCB",
        "vnp_PayDate": vnpay_time(one.at),
        "vnp_TransactionNo": str(one.number),
        "vnp_TransactionType": FULL if one.amount == paid else PARTIAL,
        "vnp_TransactionStatus": REFUND_STATES[one.state],
        "vnp_OrderInfo": one.reference,
    }


def _is_formed(request: Fields) -> bool:
    return (
        request["vnp_Version"] == "2.1.0"
        and request["vnp_Command"] == "querydr"
        and len(request["vnp_RequestId"]) <= 32  # noqa: PLR2004  an[1,32]
        and 7 <= len(request["vnp_IpAddr"]) <= 45  # noqa: PLR2004  an[7,45]
    )


def read_fields(body: bytes) -> Fields:
    """The request's fields as texts; none if it is no JSON object."""
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return {name: str(value) for name, value in content.items()} if isinstance(content, dict) else {}
