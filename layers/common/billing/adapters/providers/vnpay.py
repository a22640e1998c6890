"""VNPAY 2.1.0: a signed payment URL, the IPN, and querydr. The rules are those of payment-providers.md, section 1.

Amounts are x100 and times are in GMT+7 on VNPAY's side only; both stay in this module.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote_plus, urlencode

from billing.adapters.providers.calls import post_json
from billing.adapters.providers.manual import ByHand
from billing.adapters.settings import Settings
from billing.domain.orders import Notice, Payment
from billing.service.ports import Attempt, BadSignature, Outcome, ProviderUnavailable, Started, WebhookRequest

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

PENDING_STATUS = "01"

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


@dataclass(frozen=True, slots=True)
class Vnpay(ByHand):
    """One VNPAY terminal. `request_id` makes the number of a query: 1 to 32 characters, unique for a day.

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

    def answer(self, outcome: Outcome) -> tuple[int, dict[str, str]]:
        """HTTP status and body for each way an IPN ends."""
        code, message = ANSWERS[outcome]
        return 200, {"RspCode": code, "Message": message}

    def close(self, payment: Payment, now: datetime) -> None:  # noqa: ARG002
        """VNPAY has no such call: its page ends with vnp_ExpireDate."""
        raise ProviderUnavailable("VNPAY closes nothing")

    def query(self, payment: Payment, now: datetime) -> Notice:
        """querydr: what VNPAY knows of an attempt."""
        answer = post_json(self.api_url, self._query_request(payment, now))
        if answer.get("vnp_ResponseCode") == "91":
            return Notice(self.id, payment.reference, "failed", payment.amount, payment.currency, "", "91", now)
        if answer.get("vnp_ResponseCode") != "00":
            raise ProviderUnavailable(f"querydr answered {answer.get('vnp_ResponseCode')}")
        signed = "|".join(str(answer.get(name) or "") for name in QUERY_ANSWER)
        if not is_signed(signed, str(answer.get("vnp_SecureHash", "")), self._secrets):
            raise ProviderUnavailable("querydr's answer is not signed by VNPAY")
        status = str(answer.get("vnp_TransactionStatus", ""))
        outcome = "paid" if status == "00" else "pending" if status == PENDING_STATUS else "failed"
        return self._notice(answer, outcome, status, now)

    @property
    def _secrets(self) -> tuple[str, ...]:
        return (self.secret, *self.older_secrets)

    def _query_request(self, payment: Payment, now: datetime) -> dict[str, str]:
        fields = {
            "vnp_RequestId": self.request_id(),
            "vnp_Version": "2.1.0",
            "vnp_Command": "querydr",
            "vnp_TmnCode": self.terminal,
            "vnp_TxnRef": payment.reference,
            "vnp_TransactionDate": local_time(payment.created_at),
            "vnp_CreateDate": local_time(now),
            "vnp_IpAddr": presentable_ip(""),
            "vnp_OrderInfo": f"Truy van {payment.reference}",
        }
        return {**fields, "vnp_SecureHash": hash_text(self.secret, "|".join(fields.values()))}

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
