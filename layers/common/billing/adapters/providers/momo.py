"""MoMo v2, one-step payments from the wallet. The rules are those of payment-providers.md, section 2.

MoMo signs plain values, joined in a fixed order, with our access key among them. The buyer's return carries the same
fields as the IPN, and nothing is believed of it.
"""

import hashlib
import hmac
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from billing.adapters.providers.bodies import json_object
from billing.adapters.providers.calls import post_json
from billing.adapters.providers.moments import of_milliseconds
from billing.adapters.providers.refunds import NEVER_HEARD_OF
from billing.adapters.settings import Settings, SettingsError
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

SIGNED_REQUEST = (
    *("accessKey", "amount", "extraData", "ipnUrl", "orderId", "orderInfo", "partnerCode", "redirectUrl"),
    *("requestId", "requestType"),
)
SIGNED_RESULT = (
    *("accessKey", "amount", "extraData", "message", "orderId", "orderInfo", "orderType", "partnerCode", "payType"),
    *("requestId", "responseTime", "resultCode", "transId"),
)
SIGNED_QUERY = ("accessKey", "orderId", "partnerCode", "requestId")
SIGNED_REFUND = ("accessKey", "amount", "description", "orderId", "partnerCode", "requestId", "transId")
"""What is signed, in the order in which it is signed."""

WHOLE_NUMBERS = ("amount", "responseTime", "resultCode", "transId")

PAID = 0
UNKNOWN_ORDER = 42
UNDECIDED = {1000, 7000, 7002, 8000, 9000}
FAILED = {98, 99, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1017, 1026, 2019, 4001, 4002, 4100}
"""Result codes that MoMo calls final. 9000 (authorised) is not: a 0 follows once the money is taken."""

REFUND_UNDECIDED = {7000, 7002}
REFUND_REPEATED = {40, 41, 1081}
"""A requestId or orderId that MoMo has seen, or more than is left of the payment: perhaps by this very refund."""

REFUND_FAILED = {21, 22, 42, 1001, 1002, 1004, 1007, 1080, 1081, 1088, 4001, 4002}
"""Final for a refund. Codes about our request as such (11 to 20) or about nothing known (98, 99) are not."""

STATUSES = {Outcome.UNKNOWN_ORDER: 404, Outcome.BAD_SIGNATURE: 401, Outcome.FAULT: 503}
"""How an IPN is answered; 204 otherwise (contract, section 4)."""

_WHOLE = re.compile(r"[0-9]{1,18}")


def make(settings: Settings, credentials: Mapping[str, str]) -> "Momo | None":
    """The partner of the credentials; None unless all three are there.

    While keys are replaced there may be two of each, separated by a comma and in the same order: the first pair signs,
    both are believed.
    """
    partner = credentials.get("MOMO_PARTNER_CODE")
    access, secret = (_several(credentials.get(f"MOMO_{name}", "")) for name in ("ACCESS_KEY", "SECRET_KEY"))
    if not partner or not access or not secret:
        return None
    if len(access) != len(secret):
        raise SettingsError("MOMO_ACCESS_KEY and MOMO_SECRET_KEY must be as many")
    return Momo(partner, tuple(zip(access, secret, strict=True)), settings.required("MOMO_API_URL"))


def answer(outcome: Outcome) -> tuple[int, None]:
    """HTTP status without a body: 204 is the only answer that MoMo takes for an acknowledgement."""
    return STATUSES.get(outcome, 204), None


@dataclass(frozen=True, slots=True)
class Momo:
    """One MoMo partner. `keys` are pairs of access and secret key; `request_id` makes the number of a query.

    A number that was used once gives the same answer for ever, so each query has its own.
    """

    partner_code: str
    keys: tuple[tuple[str, str], ...]
    api_url: str
    request_id: Callable[[], str] = lambda: uuid.uuid4().hex

    id = "momo"
    offline = False
    closes = False
    asks = True
    refunds = True

    def reference(self, payment_id: str, now: datetime) -> str:  # noqa: ARG002
        """The orderId: letters and digits only."""
        return payment_id.replace("_", "").upper()

    def start(self, attempt: Attempt) -> Started:
        """A payment page.

        requestId is MoMo's idempotency key and always the attempt's own: after a lost answer, the same call gives the
        same page. MoMo would like to be waited for longer than a buyer can be made to.
        """
        answer = post_json(f"{self.api_url}/v2/gateway/api/create", self._request(attempt))
        address = answer.get("payUrl")
        if answer.get("resultCode") != PAID or not isinstance(address, str) or not address:
            raise _unavailable(answer)
        if (answer.get("orderId"), answer.get("amount")) != (attempt.reference, attempt.amount):
            raise ProviderUnavailable("MoMo made another page than asked for")
        return Started(address)

    def read_webhook(self, request: WebhookRequest, now: datetime) -> Notice:
        """The IPN. Its responseTime is when MoMo decided, not when it sent, so no time window is checked."""
        message = json_object(request)
        fields = _signed_fields(message)
        if not self._is_signed(fields, message.get("signature")):
            raise BadSignature("the signature does not fit")
        if fields["partnerCode"] != self.partner_code:
            raise BadSignature("not an IPN for this partner")
        code = int(fields["resultCode"])
        return Notice(
            provider=self.id,
            reference=fields["orderId"],
            outcome="paid" if code == PAID else "failed" if code in FAILED else "pending",
            amount=int(fields["amount"]),
            currency="VND",
            transaction=fields["transId"],
            reason=fields["resultCode"],
            occurred_at=of_milliseconds(int(fields["responseTime"]), now),
        )

    def close(self, payment: Payment, now: datetime) -> None:  # noqa: ARG002
        """MoMo cancels only what is authorised and not yet taken; one-step payments never are."""
        raise ProviderUnavailable("MoMo closes nothing")

    def query(self, payment: Payment, now: datetime) -> Notice:
        """What MoMo knows of an attempt. An order that it does not know cannot have been paid. Answers are unsigned."""
        answer = self._ask(payment.reference)
        if answer.get("orderId", payment.reference) != payment.reference:
            raise ProviderUnavailable("MoMo answered for another order")
        code = answer.get("resultCode")
        if code == PAID:
            return self._paid(payment, answer, now)
        if code not in FAILED | UNDECIDED | {UNKNOWN_ORDER}:
            raise _unavailable(answer)
        outcome = "pending" if code in UNDECIDED else "failed"
        return Notice(self.id, payment.reference, outcome, payment.amount, payment.currency, "", str(code), now)

    def refund_reference(self, refund_id: str, now: datetime) -> str:  # noqa: ARG002
        """The refund's orderId: letters and digits only."""
        return refund_id.replace("_", "").upper()

    def refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:
        """Asks for a refund. requestId is its reference, so that MoMo takes it once, however often it is said."""
        answer = post_json(f"{self.api_url}/v2/gateway/api/refund", self._refund_request(request))
        code = _code(answer)
        if code in REFUND_REPEATED:
            known = self.query_refund(request, now)
            if known != NEVER_HEARD_OF:
                return known
        elif code == PAID and (answer.get("orderId"), answer.get("amount")) != (request.reference, request.amount):
            raise ProviderUnavailable("MoMo made another refund than asked for")
        return _refund_state(answer)

    def query_refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:  # noqa: ARG002
        """What the query of the payment tells of this refund."""
        answer = self._ask(request.payment_reference)
        made = answer.get("refundTrans") or []
        if _code(answer) != PAID or not isinstance(made, list):
            raise _unavailable(answer)
        for one in made:
            if isinstance(one, dict) and one.get("orderId") == request.reference:
                if str(one.get("amount")) != str(request.amount):
                    raise ProviderUnavailable("MoMo tells of another amount")
                return _refund_state(one)
        return NEVER_HEARD_OF

    def _request(self, attempt: Attempt) -> dict[str, Any]:
        fields = {
            "partnerCode": self.partner_code,
            "requestId": attempt.reference,
            "amount": attempt.amount,
            "orderId": attempt.reference,
            "orderInfo": attempt.description,
            "redirectUrl": attempt.return_url,
            "ipnUrl": attempt.webhook_url,
            "requestType": "captureWallet",
            "extraData": "",
            "lang": "en" if attempt.language == "en" else "vi",
        }
        return {**fields, "signature": self._sign(fields, SIGNED_REQUEST)}

    def _ask(self, reference: str) -> dict[str, Any]:
        fields = {
            "partnerCode": self.partner_code,
            "requestId": self.request_id(),
            "orderId": reference,
            "lang": "vi",
        }
        question = {**fields, "signature": self._sign(fields, SIGNED_QUERY)}
        return post_json(f"{self.api_url}/v2/gateway/api/query", question)

    def _refund_request(self, request: RefundRequest) -> dict[str, Any]:
        if not _is_number(request.transaction):
            raise ProviderUnavailable("the payment has no transaction of MoMo's")
        fields = {
            "partnerCode": self.partner_code,
            "orderId": request.reference,
            "requestId": request.reference,
            "amount": request.amount,
            "transId": int(request.transaction),
            "lang": "vi",
            "description": request.description,
        }
        return {**fields, "signature": self._sign(fields, SIGNED_REFUND)}

    def _sign(self, fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
        access_key, secret_key = self.keys[0]
        return sign(secret_key, signed_text(access_key, fields, names))

    def _is_signed(self, fields: Mapping[str, str], signature: object) -> bool:
        if not isinstance(signature, str):
            return False
        given = signature.encode("utf-8", "surrogatepass")
        expected = [sign(secret, signed_text(access, fields, SIGNED_RESULT)) for access, secret in self.keys]
        matches = [hmac.compare_digest(given, one.encode()) for one in expected]
        return any(matches)

    def _paid(self, payment: Payment, answer: Mapping[str, Any], now: datetime) -> Notice:
        amount, transaction = answer.get("amount"), answer.get("transId")
        if not _is_number(amount) or not _is_number(transaction):
            raise ProviderUnavailable("MoMo tells neither amount nor transaction of what was paid")
        occurred_at = of_milliseconds(answer.get("responseTime"), now)
        return Notice(self.id, payment.reference, "paid", int(amount), "VND", str(transaction), str(PAID), occurred_at)


def _refund_state(answer: Mapping[str, Any]) -> RefundAnswer:
    """The state that a result code means for a refund; `ProviderUnavailable` if it is none."""
    code, transaction = _code(answer), answer.get("transId")
    if code not in {PAID} | REFUND_UNDECIDED | REFUND_FAILED:
        raise _unavailable(answer)
    outcome = "succeeded" if code == PAID else "pending" if code in REFUND_UNDECIDED else "failed"
    return RefundAnswer(outcome, str(code), str(transaction) if transaction else None)


def _code(answer: Mapping[str, Any]) -> int:
    """The result code; -1, which is none, for anything but a number."""
    code = answer.get("resultCode")
    return code if isinstance(code, int) and not isinstance(code, bool) else -1


def signed_text(access_key: str, fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The fields as `name=value` in this order, joined by &, nothing encoded."""
    values = {**fields, "accessKey": access_key}
    return "&".join(f"{name}={values[name]}" for name in names)


def sign(secret_key: str, text: str) -> str:
    """HMAC-SHA256 in lower-case hex."""
    return hmac.new(secret_key.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _signed_fields(message: Mapping[str, Any]) -> dict[str, str]:
    """What MoMo signs of a message, each value as the text that was signed; `BadSignature` if one is missing.

    Values are signed as they are. One that looks like several fields could be divided in another way under the same
    signature, so it is not believed.
    """
    fields = {name: _text(message.get(name)) for name in SIGNED_RESULT if name != "accessKey"}
    if any(f"&{name}=" in value for value in fields.values() for name in SIGNED_RESULT):
        raise BadSignature("the signed text could be divided in several ways")
    if not all(_WHOLE.fullmatch(fields[name]) for name in WHOLE_NUMBERS):
        raise BadSignature("amount, time, code or transaction is no whole number")
    return fields


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise BadSignature("a signed field is missing")


def _is_number(value: object) -> TypeGuard[int | str]:
    return not isinstance(value, bool) and isinstance(value, int | str) and bool(_WHOLE.fullmatch(str(value)))


def _several(values: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in values.split(",") if value.strip())


def _unavailable(answer: Mapping[str, Any]) -> ProviderUnavailable:
    return ProviderUnavailable(f"MoMo answered {answer.get('resultCode')}: {answer.get('message')}")
