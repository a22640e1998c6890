"""Stripe's interface for merchants: requests checked, each Idempotency-Key executed once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl

from local.simulators.stripe.sessions import Session, SessionRequest

LEAST, MOST = 15_000, 99_999_999
"""Dong: about half a dollar, and the eight digits that an amount may have."""

SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)
"""From a session's making to its end."""

_ITEM = "line_items[0]"
_INTENT_METADATA = re.compile(r"payment_intent_data\[metadata\]\[(\w{1,40})\]")
_REQUIRED = {
    "mode": r"payment",
    "client_reference_id": r".{1,200}",
    f"{_ITEM}[quantity]": r"1",
    f"{_ITEM}[price_data][currency]": r"vnd",
    f"{_ITEM}[price_data][unit_amount]": r"[1-9][0-9]{0,11}",
    f"{_ITEM}[price_data][product_data][name]": r".{1,250}",
    "locale": r"vi|en|auto",
    "success_url": r"https?://\S{1,5000}",
    "cancel_url": r"https?://\S{1,5000}",
}
_OPTIONAL = {"expires_at": r"[0-9]{1,12}"}

Answer = tuple[int, dict[str, Any]]
"""HTTP status and JSON body."""


class Invalid(ValueError):
    """A parameter that Stripe does not take, said in one sentence."""

    def __init__(self, param: str, message: str) -> None:
        super().__init__(message)
        self.param = param


@dataclass(slots=True)
class Desk:
    """Answers a merchant's calls. `open_session` stores a new session, `page` is the address of its page."""

    api_key: str
    sessions: Mapping[str, Session]
    open_session: Callable[[SessionRequest, datetime], Session]
    page: Callable[[Session], str]
    executed: dict[str, tuple[bytes, Answer]] = field(default_factory=dict)

    def admits(self, authorization: str) -> bool:
        """Whether a call carries the account's key."""
        return compare_digest(authorization.encode(), f"Bearer {self.api_key}".encode())

    def create(self, body: bytes, key: str, now: datetime) -> Answer:
        """POST /v1/checkout/sessions. What was refused for its parameters is not remembered under its key."""
        if key in self.executed:
            asked, answer = self.executed[key]
            if asked == body:
                return answer
            return failure(400, "idempotency_error", "the key was used with other parameters")
        try:
            request = read_request(body, now)
        except Invalid as invalid:
            return failure(400, "invalid_request_error", str(invalid), param=invalid.param)
        session = self.open_session(request, now)
        answer = 200, session.as_json(self.page(session))
        if key:
            self.executed[key] = body, answer
        return answer

    def find(self, session_id: str, expand: list[str], now: datetime, as_of: datetime | None = None) -> Answer:
        """GET /v1/checkout/sessions/{id}."""
        session = self.sessions.get(session_id)
        if session is None:
            return missing("checkout.session", session_id)
        session = session.seen(now, as_of)
        found = session.as_json(self.page(session))
        if "payment_intent" in expand:
            found["payment_intent"] = session.intent_as_json()
        return 200, found

    def expire(self, session_id: str, now: datetime) -> Answer:
        """POST /v1/checkout/sessions/{id}/expire: only an open one."""
        session = self.sessions.get(session_id)
        if session is None:
            return missing("checkout.session", session_id)
        session.mature(now)
        if session.status != "open":
            return failure(
                400, "invalid_request_error", f"the session is {session.status}, only an open one can expire"
            )
        session.expire(now)
        return 200, session.as_json()


def read_request(body: bytes, now: datetime) -> SessionRequest:
    """The request in a form; `Invalid` with the parameter that is wrong."""
    fields = _fields(body)
    amount = int(fields[f"{_ITEM}[price_data][unit_amount]"])
    if not LEAST <= amount <= MOST:
        raise Invalid(f"{_ITEM}[price_data][unit_amount]", f"the amount must be from {LEAST} to {MOST}")
    return SessionRequest(
        reference=fields["client_reference_id"],
        amount=amount,
        currency=fields[f"{_ITEM}[price_data][currency]"],
        description=fields[f"{_ITEM}[price_data][product_data][name]"],
        locale=fields["locale"],
        success_url=fields["success_url"],
        cancel_url=fields["cancel_url"],
        metadata={match[1]: value for name, value in fields.items() if (match := _INTENT_METADATA.fullmatch(name))},
        expires_at=_end(fields.get("expires_at"), now),
    )


def _fields(body: bytes) -> dict[str, str]:
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Invalid("", "a parameter stands twice")
    for name, pattern in _REQUIRED.items():
        if not re.fullmatch(pattern, fields.get(name, "")):
            raise Invalid(name, f"{name}: expected {pattern}, got {fields.get(name, '')!r}")
    for name in fields.keys() - _REQUIRED.keys():
        if not re.fullmatch(_OPTIONAL.get(name, ""), fields[name]) and not _INTENT_METADATA.fullmatch(name):
            raise Invalid(name, f"{name}: unknown, or of the wrong form")
    return fields


def _end(seconds: str | None, now: datetime) -> datetime:
    if seconds is None:
        return now + LONGEST
    end = datetime.fromtimestamp(int(seconds), UTC)
    if not SHORTEST <= end - now <= LONGEST:
        raise Invalid("expires_at", "expires_at must be 30 minutes to 24 hours from now")
    return end


def missing(kind: str, name: str, **more: str) -> Answer:
    """The answer for what is not there."""
    return failure(404, "invalid_request_error", f"No such {kind}: {name}", code="resource_missing", **more)


def failure(status: int, kind: str, message: str, **more: str) -> Answer:
    """An answer that says no."""
    return status, {"error": {"type": kind, "message": message, **more}}
