"""Stripe's refunds: made, found by their number, listed by their payment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from local.simulators.refunds import Refund, Refunds
from local.simulators.stripe.desk import Answer, failure, missing
from local.simulators.stripe.sessions import Session
from local.simulators.stripe.signing import unix

_REQUIRED = {"payment_intent": r"pi_\w{1,60}", "amount": r"[1-9][0-9]{0,11}"}
_REASON = r"duplicate|fraudulent|requested_by_customer"
_METADATA = re.compile(r"metadata\[(\w{1,40})\]")
LARGEST_PAGE = 100


@dataclass(slots=True)
class RefundDesk:
    """Answers a merchant's calls about refunds. What was executed is kept under its Idempotency-Key."""

    sessions: Mapping[str, Session]
    refunds: Refunds
    executed: dict[str, tuple[bytes, Answer]] = field(default_factory=dict)

    def create(self, body: bytes, key: str, now: datetime) -> Answer:
        """POST /v1/refunds. What was refused is not remembered under its key."""
        if key in self.executed:
            asked, answer = self.executed[key]
            return answer if asked == body else failure(400, "idempotency_error", "used with other parameters")
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if wrong := _misfit(fields):
            return failure(
                400, "invalid_request_error", f"{wrong}: unknown, missing, or of the wrong form", param=wrong
            )
        answer = self._refunded(fields, now)
        if key and "error" not in answer[1]:
            self.executed[key] = body, answer
        return answer

    def find(self, number: str, now: datetime, as_of: datetime | None) -> Answer:
        """GET /v1/refunds/{id}."""
        one = next((one for one in self._all(now, as_of) if name(one) == number), None)
        return (200, shown(one)) if one else missing("refund", number)

    def page(self, asked: Mapping[str, str], now: datetime, as_of: datetime | None) -> Answer:
        """GET /v1/refunds?payment_intent=...&limit=..., newest first."""
        intent, limit = asked.get("payment_intent", ""), asked.get("limit", "10")
        if asked.keys() - {"payment_intent", "limit"} or not limit.isdigit() or not 0 < int(limit) <= LARGEST_PAGE:
            return failure(400, "invalid_request_error", "payment_intent and limit are what is known here")
        if self._paid(intent) is None:
            return missing("payment_intent", intent, param="payment_intent")
        made = self.refunds.of(intent, now, as_of)[::-1]
        listed = [shown(one) for one in made[: int(limit)]]
        return 200, {"object": "list", "data": listed, "has_more": len(made) > len(listed), "url": "/v1/refunds"}

    def _refunded(self, fields: Mapping[str, str], now: datetime) -> Answer:
        intent, amount = fields["payment_intent"], int(fields["amount"])
        paid = self._paid(intent)
        if paid is None:
            return missing("payment_intent", intent, param="payment_intent")
        left = self.refunds.left(intent, paid, now)
        if not left:
            return _refusal("the charge has already been refunded", code="charge_already_refunded")
        if amount > left:
            return _refusal(f"{amount} is more than the {left} that were not refunded yet", param="amount")
        if self.refunds.are_refused:
            return _refusal("the charge is disputed", code="charge_disputed")
        metadata = {match[1]: value for name, value in fields.items() if (match := _METADATA.fullmatch(name))}
        details = {"metadata": metadata, "reason": fields.get("reason")}
        return 200, shown(self.refunds.take(intent, "", amount, now, details=details))

    def _paid(self, intent: str) -> int | None:
        return next((one.payments[intent] for one in self.sessions.values() if intent in one.payments), None)

    def _all(self, now: datetime, as_of: datetime | None) -> list[Refund]:
        intents = [intent for session in self.sessions.values() for intent in session.payments]
        return [one for intent in intents for one in self.refunds.of(intent, now, as_of)]


def name(one: Refund) -> str:
    """Stripe's id of a refund."""
    return f"re_test_{one.number}"


def shown(one: Refund) -> dict[str, Any]:
    """The refund as Stripe shows it."""
    reason = {"failure_reason": "declined"} if one.state == "failed" else {}
    return {
        "id": name(one),
        "object": "refund",
        "amount": one.amount,
        "created": unix(one.at),
        "currency": "vnd",
        "payment_intent": one.payment,
        "status": one.state,
        **one.details,
        **reason,
    }


def _refusal(message: str, **more: str) -> Answer:
    return failure(400, "invalid_request_error", message, **more)


def _misfit(fields: Mapping[str, str]) -> str:
    """The first parameter that Stripe does not take, "" if it takes them all."""
    for name, pattern in _REQUIRED.items():
        if not re.fullmatch(pattern, fields.get(name, "")):
            return name
    if not re.fullmatch(_REASON, fields.get("reason", "duplicate")):
        return "reason"
    unknown = fields.keys() - _REQUIRED.keys() - {"reason"}
    return next((name for name in sorted(unknown) if not _METADATA.fullmatch(name)), "")
