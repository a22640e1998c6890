"""Stripe Checkout: card payments on Stripe's page. The rules are those of payment-providers.md, section 7.

Amounts are in the currency's smallest unit, and dong have none: 299000 is 299.000 ₫ here as everywhere else.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard
from urllib.parse import quote

from billing.adapters.providers.bodies import json_object
from billing.adapters.providers.calls import get_json, post_form
from billing.adapters.providers.refunds import NEVER_HEARD_OF
from billing.adapters.settings import Settings
from billing.domain.payments import Notice, Payment
from billing.service.provider_port import (
    Attempt,
    BadSignature,
    Ignored,
    Outcome,
    ProviderUnavailable,
    RefundAnswer,
    RefundRequest,
    Started,
    WebhookRequest,
)

API_VERSION = "2026-06-24.dahlia"

TOLERANCE = timedelta(minutes=5)
"""How far the time that Stripe signs may be from ours, on both sides."""

OUTCOMES = {
    "checkout.session.completed": "paid",
    "checkout.session.async_payment_succeeded": "paid",
    "checkout.session.async_payment_failed": "failed",
    "checkout.session.expired": "failed",
}
"""What an event says of its session; a completed one is paid only if its `payment_status` says so."""

FAILED_INTENTS = {"requires_payment_method", "canceled"}
"""States of a payment intent whose money will not come, once the session is complete."""

REFUND_STATES = {
    "succeeded": "succeeded",
    "pending": "pending",
    "requires_action": "pending",
    "failed": "failed",
    "canceled": "failed",
}
REFUND_REFUSED = {"charge_already_refunded", "charge_disputed", "resource_missing"}
"""Error codes after which nothing is given back, as with too large an amount. Others may be about our key, or pass."""

REFUNDS_LISTED = 100
REFERENCE_FIELD = "goi_refund"
"""Where a refund's metadata has its reference."""

CALL_SECONDS = 4
"""Time for each of the two calls that making or closing a session may take, within the 10 s that a buyer waits."""

LATEST_SECOND = 253_402_300_799  # the end of the year 9999
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def make(settings: Settings, credentials: Mapping[str, str]) -> "Stripe | None":
    """The account of the credentials; None unless both are there.

    STRIPE_WEBHOOK_SECRET may be two secrets, separated by a comma, while one is replaced by the other.
    """
    key = credentials.get("STRIPE_API_KEY")
    secrets = tuple(one.strip() for one in credentials.get("STRIPE_WEBHOOK_SECRET", "").split(",") if one.strip())
    return Stripe(key, secrets, settings.required("STRIPE_API_URL")) if key and secrets else None


def answer(outcome: Outcome) -> tuple[int, dict[str, Any]]:
    """HTTP status and body: any 2xx is taken as received."""
    if outcome is Outcome.BAD_SIGNATURE:
        return 400, {"received": False}
    if outcome is Outcome.FAULT:
        return 503, {"received": False}
    return 200, {"received": True}


@dataclass(frozen=True, slots=True)
class Stripe:
    """One Stripe account."""

    api_key: str
    webhook_secrets: tuple[str, ...]
    api_url: str

    id = "stripe"
    offline = False
    closes = True
    asks = True
    refunds = True

    def reference(self, payment_id: str, now: datetime) -> str:  # noqa: ARG002
        """client_reference_id: Stripe takes the id as it is."""
        return payment_id

    def start(self, attempt: Attempt) -> Started:
        """A Checkout Session. The same attempt always gives the same one: its id is the Idempotency-Key.

        Stripe wants 30 minutes between a session's making and its end. Where a retry comes too late for that, the
        session is left to Stripe's own end after a day; the attempt is then asked about until it is decided.
        """
        fields = session_fields(attempt)
        session = self._create({**fields, "expires_at": str(int(attempt.expires_at.timestamp()))}, attempt.payment_id)
        if _error(session).get("param") == "expires_at":
            session = self._create(fields, f"{attempt.payment_id}-late")
        handle, address = session.get("id"), session.get("url")
        if not isinstance(handle, str) or not isinstance(address, str):
            raise ProviderUnavailable(f"Stripe made no session: {_error(session)}")
        return Started(address, handle=handle)

    def read_webhook(self, request: WebhookRequest, now: datetime) -> Notice:
        """An event about a Checkout Session; `Ignored` for every other kind."""
        self._verify(request, now)
        event = json_object(request)
        kind = str(event.get("type"))
        if event.get("object") != "event" or kind not in OUTCOMES:
            raise Ignored(f"an event of type {kind}")
        data = event.get("data")
        session = data.get("object") if isinstance(data, dict) else None
        if not isinstance(session, dict):
            raise BadSignature("an event without a session")
        if session.get("mode") != "payment":
            raise Ignored("a session without a payment")
        outcome = OUTCOMES[kind]
        if outcome == "paid" and session.get("payment_status") == "unpaid":
            outcome = "pending"
        notice = self._notice(session, outcome, kind, moment(event.get("created"), now))
        if notice is None:
            raise BadSignature("a session without id, amount or currency")
        return notice

    def close(self, payment: Payment, now: datetime) -> None:  # noqa: ARG002
        """Expires the session. One that has expired already is as good; one that is complete cannot be closed."""
        session = post_form(f"{self._session_address(payment)}/expire", {}, self._headers(), CALL_SECONDS)
        if _error(session):
            session = self._find(payment)
        if session.get("status") != "expired" or session.get("payment_status") == "paid":
            raise ProviderUnavailable(f"the session is {session.get('status')}")

    def query(self, payment: Payment, now: datetime) -> Notice:
        """The state of the session. An attempt without one was never shown to the buyer, so nobody paid it."""
        if not payment.handle:
            return self._unpaid(payment, "not_started", now)
        session = self._find(payment)
        if _error(session).get("code") == "resource_missing":
            return self._unpaid(payment, "resource_missing", now)
        outcome = state(session)
        if outcome == "failed":
            return self._unpaid(payment, str(session.get("status")), now)
        notice = self._notice(session, outcome, str(session.get("status")), now)
        if notice is None or notice.reference != payment.reference:
            raise ProviderUnavailable("Stripe answered for another session")
        return notice

    def refund_reference(self, refund_id: str, now: datetime) -> str:  # noqa: ARG002
        """The Idempotency-Key, and what stands in the refund's metadata: the refund's own id."""
        return refund_id

    def refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:
        """Gives money back, unless Stripe knows of it: an Idempotency-Key is kept for a day only."""
        known = self.query_refund(request, now)
        if known != NEVER_HEARD_OF:
            return known
        fields = {
            "payment_intent": request.transaction,
            "amount": str(request.amount),
            "reason": "requested_by_customer",
            f"metadata[{REFERENCE_FIELD}]": request.reference,
        }
        headers = {**self._headers(), "idempotency-key": request.reference}
        answer = post_form(f"{self.api_url}/v1/refunds", fields, headers, CALL_SECONDS)
        error = _error(answer)
        reason = str(error.get("code") or error.get("param"))
        if reason not in REFUND_REFUSED | {"amount"}:
            return _refund_state(answer, request)
        known = self.query_refund(request, now)
        return RefundAnswer("failed", reason) if known == NEVER_HEARD_OF else known

    def query_refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:  # noqa: ARG002
        """The refund by its number, or, as long as Stripe has told none, among those of the payment."""
        if request.handle:
            return _refund_state(get_json(self._refund_address(request.handle), self._headers(), CALL_SECONDS), request)
        address = f"{self._refund_address()}?payment_intent={quote(request.transaction, '')}&limit={REFUNDS_LISTED}"
        listed = get_json(address, self._headers(), CALL_SECONDS)
        if _error(listed).get("code") == "resource_missing":
            return NEVER_HEARD_OF
        made = listed.get("data")
        if not isinstance(made, list):
            raise ProviderUnavailable(f"Stripe gave no list of refunds: {_error(listed)}")
        for one in made:
            if isinstance(one, dict) and _reference(one) == request.reference:
                return _refund_state(one, request)
        if listed.get("has_more"):
            raise ProviderUnavailable("more refunds than are looked through")
        return NEVER_HEARD_OF

    def _refund_address(self, handle: str = "") -> str:
        return f"{self.api_url}/v1/refunds" + (f"/{quote(handle, '')}" if handle else "")

    def _create(self, fields: Mapping[str, str], key: str) -> dict[str, Any]:
        headers = {**self._headers(), "idempotency-key": key}
        return post_form(f"{self.api_url}/v1/checkout/sessions", fields, headers, CALL_SECONDS)

    def _find(self, payment: Payment) -> dict[str, Any]:
        address = f"{self._session_address(payment)}?expand%5B%5D=payment_intent"
        return get_json(address, self._headers(), CALL_SECONDS)

    def _session_address(self, payment: Payment) -> str:
        return f"{self.api_url}/v1/checkout/sessions/{payment.handle}"

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.api_key}", "stripe-version": API_VERSION}

    def _verify(self, request: WebhookRequest, now: datetime) -> None:
        """Stripe-Signature: a time near ours, and a v1 signature by one of our secrets; other schemes do not count."""
        pairs = [part.strip().partition("=") for part in request.headers.get("stripe-signature", "").split(",")]
        times = [value for name, _, value in pairs if name == "t"]
        if len(times) != 1 or not _TIMESTAMP.fullmatch(times[0]):
            raise BadSignature("no time is signed")
        if abs(int(times[0]) - now.timestamp()) > TOLERANCE.total_seconds():
            raise BadSignature("the time is too far from ours")
        given = [value.encode("utf-8", "replace") for name, _, value in pairs if name == "v1"]
        expected = [sign(secret, times[0], request.body).encode() for secret in self.webhook_secrets]
        matches = [hmac.compare_digest(one, other) for one in given for other in expected]
        if not any(matches):
            raise BadSignature("the signature does not fit")

    def _notice(self, session: Mapping[str, Any], outcome: str, reason: str, at: datetime) -> Notice | None:
        """A session as a notice; None if it is no whole one.

        A session that other software of the account made without a reference goes by its own id: if it was paid, an
        operator sees the money.
        """
        handle, amount, currency = session.get("id"), session.get("amount_total"), session.get("currency")
        if not isinstance(handle, str) or not isinstance(currency, str) or not _is_amount(amount):
            return None
        reference = session.get("client_reference_id") or handle
        transaction = _intent(session).get("id") or handle
        return Notice(self.id, str(reference), outcome, amount, currency.upper(), str(transaction), reason, at)

    def _unpaid(self, payment: Payment, reason: str, now: datetime) -> Notice:
        return Notice(self.id, payment.reference, "failed", payment.amount, payment.currency, "", reason, now)


def session_fields(attempt: Attempt) -> dict[str, str]:
    """A session's parameters in Stripe's notation, without its end."""
    item = "line_items[0]"
    return {
        "mode": "payment",
        "client_reference_id": attempt.reference,
        f"{item}[quantity]": "1",
        f"{item}[price_data][currency]": attempt.currency.lower(),
        f"{item}[price_data][unit_amount]": str(attempt.amount),
        f"{item}[price_data][product_data][name]": attempt.description,
        "payment_intent_data[metadata][order_id]": attempt.order_id,
        "locale": attempt.language,
        "success_url": attempt.return_url,
        "cancel_url": attempt.return_url,
    }


def state(session: Mapping[str, Any]) -> str:
    """The outcome that a session's state means: "paid", "failed" or "pending"."""
    status, paid = session.get("status"), session.get("payment_status")
    if status not in {"open", "complete", "expired"} or paid not in {"paid", "unpaid", "no_payment_required"}:
        raise ProviderUnavailable(f"Stripe told no state of a session: {_error(session)}")
    if paid == "paid":
        return "paid"
    refused = status == "complete" and _intent(session).get("status") in FAILED_INTENTS
    return "failed" if status == "expired" or refused else "pending"


def _refund_state(refund: Mapping[str, Any], request: RefundRequest) -> RefundAnswer:
    """The state of a refund; `ProviderUnavailable` if it is another one than was asked for, or none."""
    status, handle = str(refund.get("status")), refund.get("id")
    said = (_reference(refund), refund.get("amount"), refund.get("currency"))
    if status not in REFUND_STATES or said != (request.reference, request.amount, request.currency.lower()):
        raise ProviderUnavailable(f"Stripe told of no such refund: {_error(refund)}")
    reason = refund.get("failure_reason") or status
    return RefundAnswer(REFUND_STATES[status], str(reason), str(handle) if handle else None)


def _reference(refund: Mapping[str, Any]) -> object:
    metadata = refund.get("metadata")
    return metadata.get(REFERENCE_FIELD) if isinstance(metadata, dict) else None


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the time in Unix seconds, a dot and the raw body, in lower-case hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def moment(seconds: object, default: datetime) -> datetime:
    """The UTC moment of Unix seconds; `default` where Stripe gives none."""
    if not isinstance(seconds, int) or not 0 <= seconds <= LATEST_SECOND:
        return default
    return datetime.fromtimestamp(seconds, UTC)


def _intent(session: Mapping[str, Any]) -> Mapping[str, Any]:
    """The session's payment intent, which Stripe gives by its id or as a whole."""
    intent = session.get("payment_intent")
    return intent if isinstance(intent, dict) else {"id": intent}


def _error(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    error = answer.get("error")
    return error if isinstance(error, dict) else {}


def _is_amount(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
