"""payOS: payment links for bank transfers. The rules are those of payment-providers.md, section 4.

A link belongs to an order code, a whole number that JavaScript can hold. payOS posts a message for money only; that a
link was cancelled or has expired is learnt by asking. Its times are in GMT+7.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeGuard

from billing.adapters.providers.bodies import json_object
from billing.adapters.providers.calls import get_json, post_json
from billing.adapters.providers.manual import ByHand
from billing.adapters.settings import Settings
from billing.domain.banks import BankAccount
from billing.domain.payments import Notice, Payment
from billing.service.provider_port import (
    Attempt,
    BadSignature,
    Ignored,
    Outcome,
    ProviderUnavailable,
    Started,
    WebhookRequest,
)

GMT7 = timezone(timedelta(hours=7))
PAY_PAGE = "https://pay.payos.vn/web"

SAMPLE_ORDER_CODE = 123
"""What payOS posts when a webhook address is registered. It wants a 2xx for it; no order of ours has this code."""

LEAST_ORDER_CODE, MOST_ORDER_CODE = 1_000_000, 2**53 - 1
SUCCESS, NO_SUCH_LINK, LINK_EXISTS = "00", "101", "231"

MONEY_ARRIVED = {"PAID", "UNDERPAID"}
CLOSED = {"CANCELLED", "EXPIRED", "FAILED"}

SIGNED_REQUEST = ("amount", "cancelUrl", "description", "orderCode", "returnUrl")

CREATE_SECONDS, FIND_SECONDS = 5, 3
"""Time for the two calls that making a link may take, within the 10 s that a buyer waits."""

LONGEST_TEXT = 100
_BANK = re.compile(r"[0-9]{6}")
_NAME = re.compile(r"\w+")
_LOOKS_LIKE_A_PAIR = re.compile(r"&\w+=")


def make(settings: Settings, credentials: Mapping[str, str]) -> "Payos | None":
    """The payment channel of the credentials; None unless all three are there.

    PAYOS_CHECKSUM_KEY may be two keys, separated by a comma: the first one signs, both are believed.
    """
    client, key = credentials.get("PAYOS_CLIENT_ID"), credentials.get("PAYOS_API_KEY")
    checksum_keys = tuple(one.strip() for one in credentials.get("PAYOS_CHECKSUM_KEY", "").split(",") if one.strip())
    if not client or not key or not checksum_keys:
        return None
    pay_url = settings.optional("PAYOS_PAY_URL", PAY_PAGE)
    return Payos(client, key, checksum_keys, settings.required("PAYOS_API_URL"), pay_url)


def answer(outcome: Outcome) -> tuple[int, dict[str, Any]]:
    """HTTP status and body: any 2xx is taken as received."""
    if outcome is Outcome.BAD_SIGNATURE:
        return 401, {"success": False}
    if outcome is Outcome.FAULT:
        return 503, {"success": False}
    return 200, {"success": True}


@dataclass(frozen=True, slots=True)
class Payos(ByHand):
    """One payOS payment channel."""

    client_id: str
    api_key: str
    checksum_keys: tuple[str, ...]
    api_url: str
    pay_url: str = PAY_PAGE

    id = "payos"
    offline = False
    closes = True
    asks = True

    def reference(self, payment_id: str, now: datetime) -> str:  # noqa: ARG002
        """The order code in decimal digits: 53 bits that only this payment has."""
        digest = int.from_bytes(hashlib.sha256(payment_id.encode()).digest())
        return str(LEAST_ORDER_CODE + digest % (MOST_ORDER_CODE - LEAST_ORDER_CODE + 1))

    def start(self, attempt: Attempt) -> Started:
        """A payment link. One that exists already, because payOS's answer was lost, is found by its order code."""
        answer = post_json(self._link_address(), self._request(attempt), self._headers(), CREATE_SECONDS)
        if answer.get("code") == LINK_EXISTS:
            return self._find_again(attempt)
        data = self._data(answer)
        link, address = data.get("paymentLinkId"), data.get("checkoutUrl")
        if not isinstance(link, str) or not isinstance(address, str) or not _fits(data, attempt):
            raise ProviderUnavailable("payOS made another link than asked for")
        return Started(address, handle=link)

    def read_webhook(self, request: WebhookRequest, now: datetime) -> Notice:
        """A transfer to a link. payOS signs no time of sending, so none is checked.

        `data` alone is signed; what stands beside it must not contradict it.
        """
        message = json_object(request)
        data = message.get("data")
        if not isinstance(data, dict) or not self._is_signed(data, message.get("signature")):
            raise BadSignature("the signature does not fit")
        code, paid = data.get("code"), data.get("code") == SUCCESS
        if message.get("code", code) != code or message.get("success", paid) is not paid:
            raise BadSignature("the message contradicts what is signed")
        if data.get("orderCode") == SAMPLE_ORDER_CODE:
            raise Ignored("the sample of a registration")
        return self._transfer(data, now)

    def close(self, payment: Payment, now: datetime) -> None:  # noqa: ARG002
        """Cancels the link. One that is over already is as good; one that was paid cannot be closed."""
        address = f"{self._link_address(payment.reference)}/cancel"
        answer = post_json(address, {"cancellationReason": "Order closed"}, self._headers(), CREATE_SECONDS)
        if answer.get("code") != SUCCESS:
            answer = self._find(payment.reference)
        data = self._data(answer)
        if data.get("status") not in CLOSED or data.get("amountPaid"):
            raise ProviderUnavailable(f"the link is {data.get('status')}")

    def query(self, payment: Payment, now: datetime) -> Notice:
        """The state of the link, with all that was transferred to it.

        A short sum is pending until the link's time is over: the rest may follow. What payOS answers for an order code
        that it does not know is not documented; an attempt that never got a link cannot have been paid, though.
        """
        answer = self._find(payment.reference)
        if answer.get("code") != SUCCESS and (answer.get("code") == NO_SUCH_LINK or not payment.handle):
            return self._unpaid(payment, "failed", str(answer.get("code")), now)
        data = self._data(answer)
        status, received = str(data.get("status")), data.get("amountPaid")
        if str(data.get("orderCode")) != payment.reference or not _is_amount(received):
            raise ProviderUnavailable("payOS answered for another link")
        may_grow = status == "UNDERPAID" and now < payment.expires_at
        if (status in MONEY_ARRIVED or (status in CLOSED and received)) and not may_grow:
            return self._received(payment, data, received, now)
        return self._unpaid(payment, "failed" if status in CLOSED else "pending", status, now)

    def _request(self, attempt: Attempt) -> dict[str, Any]:
        """A link's fields. The description stands in the buyer's transfer; nine characters are what any bank takes."""
        fields = {
            "orderCode": int(attempt.reference),
            "amount": attempt.amount,
            "description": f"GOI{attempt.reference[-6:]}",
            "cancelUrl": attempt.return_url,
            "returnUrl": attempt.return_url,
            "expiredAt": int(attempt.expires_at.timestamp()),
        }
        return {**fields, "signature": sign(self.checksum_keys[0], {name: fields[name] for name in SIGNED_REQUEST})}

    def _find_again(self, attempt: Attempt) -> Started:
        data = self._data(self._find(attempt.reference))
        link = data.get("id")
        if not isinstance(link, str) or data.get("status") != "PENDING" or not _fits(data, attempt):
            raise ProviderUnavailable("payOS has another link under this order code")
        return Started(f"{self.pay_url}/{link}", handle=link)

    def _find(self, reference: str) -> dict[str, Any]:
        return get_json(self._link_address(reference), self._headers(), FIND_SECONDS)

    def _link_address(self, reference: str = "") -> str:
        return f"{self.api_url}/v2/payment-requests" + (f"/{reference}" if reference else "")

    def _headers(self) -> dict[str, str]:
        return {"x-client-id": self.client_id, "x-api-key": self.api_key}

    def _data(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The signed part of an answer; `ProviderUnavailable` if payOS refused or did not sign it."""
        data = answer.get("data")
        if answer.get("code") != SUCCESS or not isinstance(data, dict):
            raise ProviderUnavailable(f"payOS answered {answer.get('code')}: {answer.get('desc')}")
        if not self._is_signed(data, answer.get("signature")):
            raise ProviderUnavailable("the answer is not signed by payOS")
        return data

    def _is_signed(self, data: Mapping[str, Any], signature: object) -> bool:
        """Whether one of our keys signed `data`, and signed it in this division into fields.

        Names and values are joined as they are. Where one of them looks like several fields, the same signature would
        fit another division, so it is not believed.
        """
        if not isinstance(signature, str) or not _is_unambiguous(data):
            return False
        try:
            matches = [hmac.compare_digest(signature.encode(), sign(key, data).encode()) for key in self.checksum_keys]
        except UnicodeEncodeError:
            return False
        return any(matches)

    def _transfer(self, data: Mapping[str, Any], now: datetime) -> Notice:
        """One transfer. What a code other than success means is not documented, so it decides nothing."""
        code, amount, currency, transaction = (
            data.get(name) for name in ("orderCode", "amount", "currency", "reference")
        )
        if not _is_amount(code) or not _is_amount(amount) or not _is_text(currency) or not _is_text(transaction):
            raise BadSignature("order code, amount, currency or reference is missing")
        return Notice(
            provider=self.id,
            reference=str(code),
            outcome="paid" if data.get("code") == SUCCESS else "pending",
            amount=amount,
            currency=currency,
            transaction=transaction,
            reason=str(data.get("code")),
            occurred_at=moment(data.get("transactionDateTime"), now),
            payer=payer([data]),
        )

    def _received(self, payment: Payment, data: Mapping[str, Any], amount: int, now: datetime) -> Notice:
        """All transfers to a link as one payment, named by the banks' references."""
        transfers = data.get("transactions")
        if not isinstance(transfers, list) or not transfers or not all(isinstance(one, dict) for one in transfers):
            raise ProviderUnavailable("payOS tells of no transfer")
        return Notice(
            provider=self.id,
            reference=payment.reference,
            outcome="paid",
            amount=amount,
            currency="VND",
            transaction="+".join(str(one.get("reference")) for one in transfers),
            reason=str(data.get("status")),
            occurred_at=max(moment(one.get("transactionDateTime"), now) for one in transfers),
            payer=payer(transfers),
        )

    def _unpaid(self, payment: Payment, outcome: str, reason: str, now: datetime) -> Notice:
        return Notice(self.id, payment.reference, outcome, payment.amount, payment.currency, "", reason, now)


def payer(transfers: Sequence[Mapping[str, Any]]) -> BankAccount | None:
    """The one account that all transfers came from, as far as payOS tells; it often knows the name or nothing."""
    accounts = {_counter_account(transfer) for transfer in transfers}
    account = accounts.pop()
    return None if accounts or account == BankAccount() else account


def _counter_account(transfer: Mapping[str, Any]) -> BankAccount:
    bank_id, bank_name, number, name = (
        str(transfer.get(f"counterAccount{field}") or "").strip()[:LONGEST_TEXT]
        for field in ("BankId", "BankName", "Number", "Name")
    )
    return BankAccount(bank_id if _BANK.fullmatch(bank_id) else bank_name or bank_id, number, name)


def sign(key: str, data: Mapping[str, Any]) -> str:
    """HMAC-SHA256 over the fields by name, in lower-case hex."""
    return hmac.new(key.encode(), signed_text(data).encode(), hashlib.sha256).hexdigest()


def signed_text(data: Mapping[str, Any]) -> str:
    """The fields by name as `name=value`, joined by &, nothing encoded."""
    return "&".join(f"{name}={_value_text(data[name])}" for name in sorted(data))


def _value_text(value: object) -> str:
    """A value as payOS signs it: nothing for null, compact JSON with sorted keys for what is no text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _is_unambiguous(data: Mapping[str, Any]) -> bool:
    texts = [value for value in data.values() if isinstance(value, str)]
    return all(map(_NAME.fullmatch, data)) and not any(map(_LOOKS_LIKE_A_PAIR.search, texts))


def moment(text: object, default: datetime) -> datetime:
    """The UTC moment of payOS's local time, with or without its offset; `default` where it gives none."""
    try:
        parsed = datetime.fromisoformat(str(text))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=GMT7)).astimezone(UTC)
    except (ValueError, OverflowError):
        return default


def _fits(data: Mapping[str, Any], attempt: Attempt) -> bool:
    return (str(data.get("orderCode")), data.get("amount")) == (attempt.reference, attempt.amount)


def _is_amount(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != ""
