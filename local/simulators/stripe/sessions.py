"""What Stripe remembers of each Checkout Session. The state is kept apart from the events that tell of it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from local.simulators.base import Choice
from local.simulators.stripe.signing import unix

Status = Literal["open", "complete", "expired"]

COMPLETED = "checkout.session.completed"
PAID_LATER = "checkout.session.async_payment_succeeded"
NOT_PAID = "checkout.session.async_payment_failed"
EXPIRED = "checkout.session.expired"

_NEW: Mapping[str, Any] = {
    "status": "open",
    "intent": None,
    "intent_status": "requires_payment_method",
    "received": None,
}
"""What changes of a session, and what it is at first."""


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """What a merchant asked for. `amount` is in the currency's smallest unit, which for dong is the dong."""

    reference: str
    amount: int
    currency: str
    description: str
    locale: str
    success_url: str
    cancel_url: str
    metadata: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a session: the event's type and the session as it was then."""

    kind: str
    session: Mapping[str, Any]
    at: datetime
    id: str = field(default_factory=lambda: f"evt_{secrets.token_hex(12)}")

    def as_json(self) -> dict[str, Any]:
        """What is posted."""
        return {
            "id": self.id,
            "object": "event",
            "api_version": "2026-06-24.dahlia",
            "created": unix(self.at),
            "data": {"object": dict(self.session)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": self.kind,
        }


@dataclass(slots=True)
class Session:
    """A Checkout Session. `received` is what was paid last, `payments` are all that were, by their intent.

    `late` is what is to happen once its time is over, `past` how it stood from a moment on.
    """

    payment_id: str
    request: SessionRequest
    created_at: datetime
    id: str = field(default_factory=lambda: f"cs_test_{secrets.token_hex(24)}")
    intent: str | None = None
    intent_status: str = "requires_payment_method"
    status: Status = "open"
    received: int | None = None
    late: Choice | None = None
    tells_expiry: bool = False
    unsent: list[Event] = field(default_factory=list)
    payments: dict[str, int] = field(default_factory=dict)
    past: list[tuple[datetime, Mapping[str, Any]]] = field(default_factory=list)

    def record(self, choice: Choice, now: datetime) -> Event | None:
        """The payment ends so; what there is to tell of it at once.

        A success for the same amount is the one that already was. It may follow a failure or an end: the money was on
        its way. Of a buyer who goes back Stripe tells nothing until the session's time is over.
        """
        if choice.outcome == "cancel":
            self.tells_expiry = choice.webhook in {"normal", "duplicate", "held", "late"}
            return None
        if choice.outcome == "failure":
            self._complete(self.intent_status if self.received else "requires_payment_method", now)
            return self.event(NOT_PAID, now)
        kind, amount = (PAID_LATER if self.intent else COMPLETED), choice.amount or self.request.amount
        if self.received not in {None, amount}:
            self.intent = None
        self.received = amount
        self.payments[self._complete("succeeded", now)] = amount
        return self.event(kind, now)

    def delay(self, choice: Choice, now: datetime) -> None:
        """The buyer pays by a method that takes its time: what comes of it shows once the session's time is over."""
        self.late = choice
        if choice.outcome != "cancel":
            self._complete(self.intent_status if self.received else "processing", now)

    def expire(self, now: datetime, *, tells: bool = True) -> None:
        """An open session ends; Stripe says so if it `tells`."""
        self.status = "expired"
        self._remember(now)
        if tells:
            self.unsent.append(self.event(EXPIRED, now))

    def mature(self, now: datetime) -> None:
        """Let a delayed payment and the session's time end, once the clock has passed it."""
        if now <= self.request.expires_at:
            return
        if self.late:
            choice, self.late = self.late, None
            event = self.record(choice, now)
            self.unsent.extend([event] if event else [])
        if self.status == "open":
            self.expire(now, tells=self.tells_expiry)

    def seen(self, now: datetime, as_of: datetime | None) -> "Session":
        """The session itself, or a copy of how it stood at `as_of`."""
        self.mature(now)
        if as_of is None:
            return self
        known = [values for moment, values in self.past if moment <= as_of]
        return replace(self, **(known[-1] if known else _NEW), late=None, unsent=[], past=[])

    def _complete(self, intent_status: str, now: datetime) -> str:
        """Its payment's id; the session is complete, and its payment stands so."""
        self.intent = self.intent or f"pi_{secrets.token_hex(12)}"
        self.status, self.intent_status = "complete", intent_status
        self._remember(now)
        return self.intent

    def _remember(self, now: datetime) -> None:
        self.past.append((now, {name: getattr(self, name) for name in _NEW}))

    def event(self, kind: str, now: datetime, claims: Mapping[str, Any] | None = None) -> Event:
        """An event with the session as it is, or as `claims` say."""
        return Event(kind, {**self.as_json(), **(claims or {})}, now)

    def claim(self, choice: Choice, now: datetime) -> Event:
        """An event that says the session was paid, whatever its state."""
        amount = choice.amount or self.request.amount
        paid = {"status": "complete", "payment_status": "paid", "amount_total": amount, "payment_intent": "pi_forged"}
        return self.event(COMPLETED, now, paid)

    def as_json(self, page: str | None = None) -> dict[str, Any]:
        """The session as Stripe shows it; `page` is where the buyer pays while it is open."""
        amount = self.request.amount if self.received is None else self.received
        return {
            "id": self.id,
            "object": "checkout.session",
            "amount_subtotal": amount,
            "amount_total": amount,
            "cancel_url": self.request.cancel_url,
            "client_reference_id": self.request.reference,
            "created": unix(self.created_at),
            "currency": self.request.currency,
            "expires_at": unix(self.request.expires_at),
            "livemode": False,
            "locale": self.request.locale,
            "metadata": {},
            "mode": "payment",
            "payment_intent": self.intent,
            "payment_status": "unpaid" if self.received is None else "paid",
            "status": self.status,
            "success_url": self.request.success_url,
            "url": page if self.status == "open" else None,
        }

    def intent_as_json(self) -> dict[str, Any] | None:
        """The payment intent, once the buyer has tried to pay."""
        if self.intent is None:
            return None
        return {
            "id": self.intent,
            "object": "payment_intent",
            "amount": self.request.amount,
            "amount_received": self.received or 0,
            "currency": self.request.currency,
            "metadata": dict(self.request.metadata),
            "status": self.intent_status,
        }
