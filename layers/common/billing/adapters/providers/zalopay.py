"""ZaloPay v2. The rules are those of payment-providers.md, section 3.

Requests are signed with one key, callbacks with another. ZaloPay calls back for money only; that an order was not paid
is learnt by asking. The buyer's return is signed as well, and nothing is believed of it.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from billing.adapters.providers.bodies import json_object, strict_object
from billing.adapters.providers.calls import post_form
from billing.adapters.providers.moments import GMT7, milliseconds, of_milliseconds
from billing.adapters.providers.refunds import NEVER_HEARD_OF
from billing.adapters.settings import Settings
from billing.domain.payments import Notice, Payment
from billing.service.provider_port import (
    Attempt,
    BadSignature,
    Outcome,
    ProviderUnavailable,
    RefundAnswer,
    RefundRequest,
    Started,
    WebhookRequest,
)

APP_USER = "goi"
"""ZaloPay wants a name of the paying user and takes the application's where there is none to give away."""

ORDER_CALLBACK = 1
SHORTEST_LIFE = timedelta(seconds=300)

SUCCESS, FAIL, PROCESSING = 1, 2, 3
UNANSWERED = {-401, -402, -429, -500, -503, -999}
"""Sub-codes that say something about our question, not about the order."""

NOT_FOUND = -101
LONGEST_REFUND_ID, LONGEST_DESCRIPTION = 45, 100

PAST_MIDNIGHT = timedelta(hours=1)
"""How long after its day a refund that ZaloPay has not heard of may still arrive there."""

ANSWERS = {
    Outcome.ACCEPTED: (1, "success"),
    Outcome.DUPLICATE: (2, "order already confirmed"),
    Outcome.UNKNOWN_ORDER: (2, "order not found"),
    Outcome.WRONG_AMOUNT: (1, "success"),
    Outcome.BAD_SIGNATURE: (-1, "mac not equal"),
    Outcome.FAULT: (0, "try again"),
}
"""return_code and message for each way a callback ends (contract, section 4); 0 makes ZaloPay call again."""


def make(settings: Settings, credentials: Mapping[str, str]) -> "Zalopay | None":
    """The application of the credentials; None unless all three are there.

    ZALOPAY_KEY2 may be two keys, separated by a comma, while one is replaced by the other.
    """
    app_id, key1 = credentials.get("ZALOPAY_APP_ID"), credentials.get("ZALOPAY_KEY1")
    callback_keys = tuple(key.strip() for key in credentials.get("ZALOPAY_KEY2", "").split(",") if key.strip())
    if not app_id or not key1 or not callback_keys:
        return None
    return Zalopay(app_id, key1, callback_keys, settings.required("ZALOPAY_API_URL"))


def answer(outcome: Outcome) -> tuple[int, dict[str, Any]]:
    """HTTP status and body for each way a callback ends."""
    code, message = ANSWERS[outcome]
    return 200, {"return_code": code, "return_message": message}


@dataclass(frozen=True, slots=True)
class Zalopay:
    """One ZaloPay application."""

    app_id: str
    key1: str
    callback_keys: tuple[str, ...]
    api_url: str

    id = "zalopay"
    offline = False
    closes = False
    asks = True
    refunds = True

    def reference(self, payment_id: str, now: datetime) -> str:
        """The app_trans_id: it begins with the day in Vietnam, and has at most 40 characters."""
        return f"{now.astimezone(GMT7):%y%m%d}_{payment_id.replace('_', '')}"

    def start(self, attempt: Attempt) -> Started:
        """The page of a new order.

        ZaloPay takes an app_trans_id once and never tells a page again, so an attempt whose answer got lost has none.
        Nobody can pay it then, since nobody knows where.
        """
        answer = post_form(f"{self.api_url}/v2/create", self._request(attempt))
        address = answer.get("order_url")
        if answer.get("return_code") != SUCCESS or not isinstance(address, str) or not address:
            raise _unavailable(answer)
        return Started(address)

    def read_webhook(self, request: WebhookRequest, now: datetime) -> Notice:
        """The callback for an order that was paid. ZaloPay signs no time of sending, so none is checked."""
        message = json_object(request)
        data, mac, kind = message.get("data"), message.get("mac"), message.get("type")
        if not isinstance(data, str) or not isinstance(mac, str) or not self._is_signed(data, mac):
            raise BadSignature("the mac does not fit")
        if not _is_whole(kind) or kind != ORDER_CALLBACK:
            raise BadSignature("not a callback for an order")
        return self._paid_order(strict_object(data.encode("utf-8", "surrogatepass")), now)

    def close(self, payment: Payment, now: datetime) -> None:  # noqa: ARG002
        """An order ends by itself with the time that it was given."""
        raise ProviderUnavailable("ZaloPay closes nothing")

    def query(self, payment: Payment, now: datetime) -> Notice:
        """What ZaloPay knows of an order. Answers are unsigned; they come from the address that we called."""
        answer = post_form(f"{self.api_url}/v2/query", self._query_request(payment))
        code, reason = answer.get("return_code"), answer.get("sub_return_code")
        if code == SUCCESS:
            return self._paid(payment, answer, now)
        if code == PROCESSING or answer.get("is_processing") is True:
            return self._unpaid(payment, "pending", code, now)
        if code != FAIL or reason in UNANSWERED:
            raise _unavailable(answer)
        return self._unpaid(payment, "failed", reason, now)

    def refund_reference(self, refund_id: str, now: datetime) -> str:
        """The m_refund_id: the day in Vietnam, the application, and the end of the refund's own id."""
        start = f"{now.astimezone(GMT7):%y%m%d}_{self.app_id}_"
        return start + refund_id.replace("_", "")[-20:][: LONGEST_REFUND_ID - len(start)]

    def refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:
        """Asks for a refund, which ZaloPay works on after its answer.

        It takes an m_refund_id once, and on its day only: one that it has not heard of by then failed for good. What it
        calls a repeated one is not documented, so whatever it refuses is looked for before it counts as refused.
        """
        days = {f"{moment.astimezone(GMT7):%y%m%d}_" for moment in (now, now - PAST_MIDNIGHT)}
        if request.reference[:7] not in days:
            known = self.query_refund(request, now)
            return RefundAnswer("failed", "out_of_date") if known == NEVER_HEARD_OF else known
        answer = post_form(f"{self.api_url}/v2/refund", self._refund_request(request, now))
        state = _refund_state(answer)
        if state.outcome != "failed":
            return state
        known = self.query_refund(request, now)
        return state if known == NEVER_HEARD_OF else known

    def query_refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:
        """What became of the refund. Answers are unsigned; they come from the address that we called."""
        fields = {"app_id": self.app_id, "m_refund_id": request.reference, "timestamp": str(milliseconds(now))}
        question = {**fields, "mac": sign(self.key1, "|".join(fields.values()))}
        answer = post_form(f"{self.api_url}/v2/query_refund", question)
        state = _refund_state(answer, request.handle)
        return NEVER_HEARD_OF if (state.outcome, answer.get("sub_return_code")) == ("failed", NOT_FOUND) else state

    def _request(self, attempt: Attempt) -> dict[str, str]:
        life = max(attempt.expires_at - attempt.created_at, SHORTEST_LIFE)
        fields = {
            "app_id": self.app_id,
            "app_user": APP_USER,
            "app_trans_id": attempt.reference,
            "app_time": str(milliseconds(attempt.created_at)),
            "expire_duration_seconds": str(life // timedelta(seconds=1)),
            "amount": str(attempt.amount),
            "item": "[]",
            "embed_data": json.dumps({"redirecturl": attempt.return_url}, separators=(",", ":")),
            "description": attempt.description,
            "callback_url": attempt.webhook_url,
        }
        return {**fields, "mac": sign(self.key1, order_text(fields))}

    def _query_request(self, payment: Payment) -> dict[str, str]:
        text = query_text(self.app_id, payment.reference, self.key1)
        return {"app_id": self.app_id, "app_trans_id": payment.reference, "mac": sign(self.key1, text)}

    def _refund_request(self, request: RefundRequest, now: datetime) -> dict[str, str]:
        signed = {
            "app_id": self.app_id,
            "zp_trans_id": request.transaction,
            "amount": str(request.amount),
            "description": request.description[:LONGEST_DESCRIPTION],
            "timestamp": str(milliseconds(now)),
        }
        return {**signed, "m_refund_id": request.reference, "mac": sign(self.key1, "|".join(signed.values()))}

    def _is_signed(self, data: str, mac: str) -> bool:
        given = mac.encode("utf-8", "surrogatepass")
        matches = [hmac.compare_digest(given, sign(key, data).encode()) for key in self.callback_keys]
        return any(matches)

    def _paid_order(self, data: Mapping[str, Any], now: datetime) -> Notice:
        reference, amount, transaction = data.get("app_trans_id"), data.get("amount"), data.get("zp_trans_id")
        if str(data.get("app_id")) != self.app_id:
            raise BadSignature("not a callback for this application")
        if not isinstance(reference, str) or not _is_whole(amount) or not _is_transaction(transaction):
            raise BadSignature("order, amount or transaction is missing")
        occurred_at = of_milliseconds(data.get("server_time"), now)
        return Notice(self.id, reference, "paid", amount, "VND", str(transaction), str(SUCCESS), occurred_at)

    def _paid(self, payment: Payment, answer: Mapping[str, Any], now: datetime) -> Notice:
        amount, transaction = answer.get("amount"), answer.get("zp_trans_id")
        if not _is_whole(amount) or not _is_transaction(transaction):
            raise ProviderUnavailable("ZaloPay tells neither amount nor transaction of what was paid")
        occurred_at = of_milliseconds(answer.get("server_time"), now)
        return Notice(self.id, payment.reference, "paid", amount, "VND", str(transaction), str(SUCCESS), occurred_at)

    def _unpaid(self, payment: Payment, outcome: str, reason: object, now: datetime) -> Notice:
        return Notice(self.id, payment.reference, outcome, payment.amount, payment.currency, "", str(reason), now)


def order_text(fields: Mapping[str, str]) -> str:
    """What is signed of an order: the texts exactly as they are sent."""
    names = ("app_id", "app_trans_id", "app_user", "amount", "app_time", "embed_data", "item")
    return "|".join(fields[name] for name in names)


def query_text(app_id: str, app_trans_id: str, key1: str) -> str:
    """What is signed of a query: the key is part of the text as well."""
    return f"{app_id}|{app_trans_id}|{key1}"


def sign(key: str, text: str) -> str:
    """HMAC-SHA256 in lower-case hex."""
    return hmac.new(key.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _refund_state(answer: Mapping[str, Any], handle: str | None = None) -> RefundAnswer:
    """What an answer says of a refund; `ProviderUnavailable` if it decides nothing. `handle` is kept if it has none."""
    code, reason, number = (answer.get(name) for name in ("return_code", "sub_return_code", "refund_id"))
    decided = _is_whole(code) and code in {SUCCESS, FAIL, PROCESSING}
    if not decided or (code == FAIL and (not isinstance(reason, int) or reason in UNANSWERED)):
        raise _unavailable(answer)
    outcome = "succeeded" if code == SUCCESS else "pending" if code == PROCESSING else "failed"
    return RefundAnswer(outcome, str(reason), str(number) if _is_transaction(number) else handle)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_transaction(value: object) -> bool:
    return bool(value) and (isinstance(value, str) or _is_whole(value))


def _unavailable(answer: Mapping[str, Any]) -> ProviderUnavailable:
    code, reason = answer.get("return_code"), answer.get("sub_return_code")
    return ProviderUnavailable(f"ZaloPay answered {code} ({reason}): {answer.get('return_message')}")
