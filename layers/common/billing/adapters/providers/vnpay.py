"""VNPAY 2.1.0: a signed payment URL, the IPN, querydr and refunds.

The rules are those of payment-providers.md, section 1. Amounts are x100 and times are in GMT+7 on VNPAY's side only;
both stay in this module.
"""

import hashlib
import hmac
import re
import uuid
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote_plus, urlencode

from billing.adapters.providers.calls import post_json
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

GMT7 = timezone(timedelta(hours=7))
TIME_FORMAT = "%Y%m%d%H%M%S"
HUNDREDTHS = 100
UNSIGNED = {"vnp_SecureHash", "vnp_SecureHashType"}
SHORTEST_IP, LONGEST_IP = 7, 45
QUERY_ANSWER = (
    "vnp_ResponseId|vnp_Command|vnp_ResponseCode|vnp_Message|vnp_TmnCode|vnp_TxnRef|vnp_Amount|vnp_BankCode|"
    "vnp_PayDate|vnp_TransactionNo|vnp_TransactionType|vnp_TransactionStatus|vnp_OrderInfo|vnp_PromotionCode|"
    "vnp_PromotionAmount"
).split("|")
"""The fields of a querydr answer in the order in which they are signed; an absent one counts as empty."""

REFUND_ANSWER = QUERY_ANSWER[:-2]
"""The same for the answer to a refund: it knows of no promotions."""

PENDING_STATUS = "01"

FULL_REFUND, PARTIAL_REFUND = "02", "03"
"""vnp_TransactionType; a payment itself has 01."""

REFUND_STATES = {"00": "succeeded", "06": "succeeded", "05": "pending", "09": "failed"}
"""vnp_TransactionStatus of a refund: VNPAY has sent it to the bank, works on it, or has refused it."""

NO_PAYMENT, REQUESTED_BEFORE, NOT_PAID = "91", "94", "95"
"""Answers to a refund that decide something; others are about our terminal or our request."""

REFUND_TEXT = "Hoan tien"
CALL_SECONDS = 4
"""Time for each question around a refund, so that it and the refund itself end before our caller does."""

_OUR_REFUND = re.compile(rf"{REFUND_TEXT} (\w+)")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 .,:_-]+")
_LONGEST_TEXT = 200

ANSWERS = {
    Outcome.ACCEPTED: ("00", "Confirm Success"),
    Outcome.DUPLICATE: ("02", "Order already confirmed"),
    Outcome.UNKNOWN_ORDER: ("01", "Order not found"),
    Outcome.WRONG_AMOUNT: ("04", "Invalid amount"),
    Outcome.BAD_SIGNATURE: ("97", "Invalid signature"),
    Outcome.FAULT: ("99", "Unknown error"),
}
"""RspCode and message for each way an IPN ends (contract, section 4)."""


def make(settings: Settings, credentials: Mapping[str, str]) -> "Vnpay | None":
    """The terminal of the credentials; None unless both are there.

    VNPAY_HASH_SECRET may be two secrets, separated by a comma, while one is replaced by the other: the first one signs,
    both are believed.
    """
    terminal = credentials.get("VNPAY_TMN_CODE")
    secrets = tuple(one.strip() for one in credentials.get("VNPAY_HASH_SECRET", "").split(",") if one.strip())
    if not terminal or not secrets:
        return None
    pay_url, api_url = settings.required("VNPAY_PAY_URL"), settings.optional("VNPAY_API_URL")
    return Vnpay(terminal, secrets[0], pay_url, api_url, older_secrets=secrets[1:])


def answer(outcome: Outcome) -> tuple[int, dict[str, str]]:
    """HTTP status and body for each way an IPN ends."""
    code, message = ANSWERS[outcome]
    return 200, {"RspCode": code, "Message": message}


@dataclass(frozen=True, slots=True)
class Vnpay:
    """One VNPAY terminal. `request_id` makes the number of a call: 1 to 32 characters, unique for a day.

    `secret` signs; what VNPAY signed with one of `older_secrets` is believed as well.
    """

    terminal: str
    secret: str
    pay_url: str
    api_url: str
    request_id: Callable[[], str] = lambda: uuid.uuid4().hex
    older_secrets: tuple[str, ...] = ()

    id = "vnpay"
    offline = True
    closes = False
    asks = True
    refunds = True

    def reference(self, payment_id: str, now: datetime) -> str:  # noqa: ARG002
        """vnp_TxnRef: letters and digits only."""
        return payment_id.replace("_", "").upper()

    def start(self, attempt: Attempt) -> Started:
        """The signed address that the buyer's browser is sent to. No call is made."""
        fields = {
            "vnp_Version": "2.1.0",
            "vnp_Command": "pay",
            "vnp_TmnCode": self.terminal,
            "vnp_Amount": str(attempt.amount * HUNDREDTHS),
            "vnp_CreateDate": local_time(attempt.created_at),
            "vnp_CurrCode": attempt.currency,
            "vnp_IpAddr": presentable_ip(attempt.buyer_ip),
            "vnp_Locale": "en" if attempt.language == "en" else "vn",
            "vnp_OrderInfo": attempt.description,
            "vnp_OrderType": "other",
            "vnp_ReturnUrl": attempt.return_url,
            "vnp_TxnRef": attempt.reference,
            "vnp_ExpireDate": local_time(attempt.expires_at),
        }
        query = urlencode(sorted(fields.items()))
        return Started(f"{self.pay_url}?{query}&vnp_SecureHash={sign(self.secret, query)}")

    def read_webhook(self, request: WebhookRequest, now: datetime) -> Notice:
        """The IPN in the query. It carries no time that VNPAY signs as its sending time, so none is checked."""
        fields = verified_fields(request.raw_query, *self._secrets)
        if request.method != "GET" or fields.get("vnp_TmnCode") != self.terminal:
            raise BadSignature("not an IPN for this terminal")
        response = fields.get("vnp_ResponseCode", "")
        return self._notice(fields, outcome_of(response, fields.get("vnp_TransactionStatus", "")), response, now)

    def close(self, payment: Payment, now: datetime) -> None:  # noqa: ARG002
        """VNPAY has no such call: its page ends with vnp_ExpireDate."""
        raise ProviderUnavailable("VNPAY closes nothing")

    def query(self, payment: Payment, now: datetime) -> Notice:
        """querydr: what VNPAY knows of an attempt.

        Of a payment that was given back it tells the refund only. Then it was paid, but how much is not known: unless
        all of it went back, that is for an operator.
        """
        answer = post_json(self.api_url, self._query_request(payment.reference, payment.created_at, now))
        if answer.get("vnp_ResponseCode") == NO_PAYMENT:
            return Notice(self.id, payment.reference, "failed", payment.amount, payment.currency, "", NO_PAYMENT, now)
        self._verify(answer, QUERY_ANSWER)
        status, kind = (str(answer.get(f"vnp_Transaction{name}") or "") for name in ("Status", "Type"))
        if kind in {FULL_REFUND, PARTIAL_REFUND} and (kind, REFUND_STATES.get(status)) != (FULL_REFUND, "succeeded"):
            raise ProviderUnavailable(f"querydr tells of a refund ({kind}, {status})")
        paid = status == "00" and kind != FULL_REFUND
        return self._notice(
            answer, "paid" if paid else "pending" if status == PENDING_STATUS else "failed", status, now
        )

    def refund_reference(self, refund_id: str, now: datetime) -> str:  # noqa: ARG002
        """What stands in the refund's description: VNPAY has no field for our number of it."""
        return refund_id.replace("_", "").upper()

    def refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:
        """Asks for a refund, unless VNPAY knows of it.

        VNPAY refuses a second request only while it works on the first. After that, a request said again would be
        another refund; so it is looked for first. One that VNPAY refused gave nothing back and may be asked for again.
        """
        known = self.query_refund(request, now)
        if known.outcome != "failed":
            return known
        answer = post_json(self.api_url, self._refund_request(request, now))
        code = str(answer.get("vnp_ResponseCode"))
        self._verify(answer, REFUND_ANSWER, {"00", NO_PAYMENT, REQUESTED_BEFORE, NOT_PAID})
        if code == "00":
            return _refund_state(answer, request)
        known = self.query_refund(request, now)
        if known.outcome != "failed":
            return known
        return RefundAnswer("pending" if code == REQUESTED_BEFORE else "failed", code)

    def query_refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:
        """What querydr tells of the payment's last refund, if it is this one."""
        question = self._query_request(request.payment_reference, request.started_at, now)
        answer = post_json(self.api_url, question, timeout=CALL_SECONDS)
        self._verify(answer, QUERY_ANSWER, {"00", NO_PAYMENT})
        if answer.get("vnp_ResponseCode") == NO_PAYMENT or not _is_about(answer, request):
            return NEVER_HEARD_OF
        return _refund_state(answer, request)

    @property
    def _secrets(self) -> tuple[str, ...]:
        return (self.secret, *self.older_secrets)

    def _query_request(self, reference: str, started_at: datetime, now: datetime) -> dict[str, str]:
        fields = {
            "vnp_RequestId": self.request_id(),
            "vnp_Version": "2.1.0",
            "vnp_Command": "querydr",
            "vnp_TmnCode": self.terminal,
            "vnp_TxnRef": reference,
            "vnp_TransactionDate": local_time(started_at),
            "vnp_CreateDate": local_time(now),
            "vnp_IpAddr": presentable_ip(""),
            "vnp_OrderInfo": f"Truy van {reference}",
        }
        return {**fields, "vnp_SecureHash": hash_text(self.secret, "|".join(fields.values()))}

    def _refund_request(self, request: RefundRequest, now: datetime) -> dict[str, str]:
        fields = {
            "vnp_RequestId": self.request_id(),
            "vnp_Version": "2.1.0",
            "vnp_Command": "refund",
            "vnp_TmnCode": self.terminal,
            "vnp_TransactionType": FULL_REFUND if request.is_full else PARTIAL_REFUND,
            "vnp_TxnRef": request.payment_reference,
            "vnp_Amount": str(request.amount * HUNDREDTHS),
            "vnp_TransactionNo": request.transaction,
            "vnp_TransactionDate": local_time(request.started_at),
            "vnp_CreateBy": plain(request.operator) or "goi",
            "vnp_CreateDate": local_time(now),
            "vnp_IpAddr": presentable_ip(""),
            "vnp_OrderInfo": plain(f"{REFUND_TEXT} {request.reference} {request.description}"),
        }
        return {**fields, "vnp_SecureHash": hash_text(self.secret, "|".join(fields.values()))}

    def _verify(self, answer: Mapping[str, Any], names: list[str], decisive: Container[str] = ("00",)) -> None:
        """`ProviderUnavailable` unless the answer decides something and VNPAY signed it; no hash is no signature."""
        code = str(answer.get("vnp_ResponseCode"))
        if code not in decisive:
            raise ProviderUnavailable(f"VNPAY answered {code}: {answer.get('vnp_Message')}")
        signed = "|".join(str(answer.get(name) or "") for name in names)
        if not is_signed(signed, str(answer.get("vnp_SecureHash", "")), self._secrets):
            raise ProviderUnavailable("the answer is not signed by VNPAY")

    def _notice(self, fields: Mapping[str, Any], outcome: str, reason: str, now: datetime) -> Notice:
        """VNPAY's fields as a notice; `BadSignature` if the amount is no whole number of dong."""
        try:
            amount, rest = divmod(int(fields["vnp_Amount"]), HUNDREDTHS)
            reference = str(fields["vnp_TxnRef"])
        except (KeyError, ValueError):
            raise BadSignature("amount or reference is missing") from None
        if rest or amount < 0:
            raise BadSignature("the amount is no whole number of dong")
        return Notice(
            provider=self.id,
            reference=reference,
            outcome=outcome,
            amount=amount,
            currency="VND",
            transaction=str(fields.get("vnp_TransactionNo") or ""),
            reason=reason,
            occurred_at=moment(str(fields.get("vnp_PayDate") or ""), now),
        )


def outcome_of(response: str, status: str) -> str:
    """Paid when both codes are 00. Debited but suspicious (07), or codes that disagree: undecided, asked later."""
    if (response, status) == ("00", "00"):
        return "paid"
    return "pending" if response in {"00", "07"} else "failed"


def plain(text: str) -> str:
    """What VNPAY takes for a text: no diacritics, nothing that encoders write differently."""
    return _NOT_PLAIN.sub(" ", text)[:_LONGEST_TEXT].strip()


def _is_about(answer: Mapping[str, Any], request: RefundRequest) -> bool:
    """Whether what querydr told of a payment is this refund of it; `ProviderUnavailable` if that cannot be known.

    VNPAY tells of a payment's last refund, without our number of it except where it repeats our description.
    """
    if str(answer.get("vnp_TransactionType")) not in {FULL_REFUND, PARTIAL_REFUND} or not _has_amount(answer, request):
        return False
    if described := _OUR_REFUND.search(str(answer.get("vnp_OrderInfo") or "")):
        return described[1] == request.reference
    if request.given_back and (request.handle is None or _handle(answer) != request.handle):
        raise ProviderUnavailable("VNPAY does not tell apart refunds of the same amount")
    return True


def _refund_state(answer: Mapping[str, Any], request: RefundRequest) -> RefundAnswer:
    status = str(answer.get("vnp_TransactionStatus") or "05")
    outcome = REFUND_STATES.get(status)
    if outcome is None or answer.get("vnp_TxnRef") != request.payment_reference or not _has_amount(answer, request):
        raise ProviderUnavailable(f"VNPAY tells of another refund, or of none ({status})")
    return RefundAnswer(outcome, status, _handle(answer))


def _has_amount(answer: Mapping[str, Any], request: RefundRequest) -> bool:
    return str(answer.get("vnp_Amount")) == str(request.amount * HUNDREDTHS)


def _handle(answer: Mapping[str, Any]) -> str | None:
    return str(answer.get("vnp_TransactionNo") or "") or None


def verified_fields(raw_query: str, *secrets: str) -> dict[str, str]:
    """The vnp_ fields of a query that one of `secrets` signed; `BadSignature` otherwise.

    The signature is checked over the query as received, its pairs sorted and the hash taken out, so that no encoder's
    habits matter. A field that stands twice is refused: its meaning would depend on who reads it.
    """
    pairs = [pair.partition("=") for pair in raw_query.split("&") if unquote_plus(pair).startswith("vnp_")]
    names = [unquote_plus(name) for name, _, _ in pairs]
    if len(set(names)) != len(names):
        raise BadSignature("a field stands twice")
    signed = "&".join(f"{name}={value}" for name, _, value in sorted(pairs) if name not in UNSIGNED and value)
    fields = {name: unquote_plus(value) for name, (_, _, value) in zip(names, pairs, strict=True)}
    if not is_signed(signed, fields.get("vnp_SecureHash", ""), secrets):
        raise BadSignature("the signature does not fit")
    return fields


def is_signed(text: str, signature: str, secrets: Iterable[str]) -> bool:
    """Whether `signature`, in either case, is that of `text` by one of `secrets`."""
    given = signature.lower().encode("utf-8", "surrogatepass")
    matches = [hmac.compare_digest(given, hash_text(secret, text).encode()) for secret in secrets]
    return any(matches)


def sign(secret: str, signed: str) -> str:
    """HMAC-SHA512 over the sorted, form-encoded pairs, in lower-case hex."""
    return hash_text(secret, signed)


def hash_text(secret: str, text: str) -> str:
    """HMAC-SHA512 in lower-case hex."""
    return hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha512).hexdigest()


def local_time(moment_utc: datetime) -> str:
    """YyyyMMddHHmmss in GMT+7."""
    return moment_utc.astimezone(GMT7).strftime(TIME_FORMAT)


def moment(text: str, default: datetime) -> datetime:
    """The UTC moment of VNPAY's local time; `default` where it gives none."""
    try:
        return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=GMT7).astimezone(UTC)
    except (ValueError, OverflowError):
        return default


def presentable_ip(ip: str) -> str:
    """An address of the length VNPAY takes: "::1" and none become 127.0.0.1."""
    return ip if SHORTEST_IP <= len(ip) <= LONGEST_IP else "127.0.0.1"
