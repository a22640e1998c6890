"""Stripe's Checkout page, events and interface."""

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar
from urllib.parse import parse_qsl

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from local.attempts import Attempt
from local.events import raw_query, read_body
from local.simulators.base import Bill, Choice, Refused, Sent, World, call, last
from local.simulators.faults import told
from local.simulators.refunds import Refunds
from local.simulators.stripe.desk import Answer, Desk
from local.simulators.stripe.refunds import RefundDesk
from local.simulators.stripe.sessions import Event, Session, SessionRequest
from local.simulators.stripe.signing import signature_header
from local.views import page

API_PATH = "/local/stripe"
SESSIONS_PATH = f"{API_PATH}/v1/checkout/sessions"
REFUNDS_PATH = f"{API_PATH}/v1/refunds"
PAGE_PATH = f"{API_PATH}/c/pay/"
API_LIMIT = 64 * 1024
DUPLICATES = 3
NOT_FOUND: Answer = 404, {"error": {"type": "invalid_request_error", "message": "Unrecognized request URL"}}


class Stripe:
    """The `Simulator` of Stripe."""

    addresses: ClassVar[Mapping[str, str]] = {"StripeApiUrl": API_PATH}

    def __init__(self, world: World) -> None:
        self._world = world
        self._secret = world.credentials.get("STRIPE_WEBHOOK_SECRET", "").partition(",")[0].strip()
        self._sessions: dict[str, Session] = {}
        self._lock = threading.RLock()
        self._refunds = RefundDesk(self._sessions, Refunds(world.behaviour))
        self._desk = Desk(world.credentials.get("STRIPE_API_KEY", ""), self._sessions, self._open, self._page)

    def answer(self, request: Request) -> Response | None:
        """The payment page's address and the interface for merchants."""
        path = request.path
        if path.startswith(PAGE_PATH) and request.method == "GET":
            return self._open_page(path.removeprefix(PAGE_PATH))
        base = next((one for one in (SESSIONS_PATH, REFUNDS_PATH) if f"{path}/".startswith(f"{one}/")), None)
        if base is None:
            return None
        if not self._desk.admits(request.headers.get("authorization", "")):
            return _json((401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}))
        body, name = read_body(request, API_LIMIT), path.removeprefix(base).strip("/")
        if request.method == "GET":
            query = parse_qsl(raw_query(request))
            return told(self._world, lambda as_of: self._find(base, name, query, as_of))
        with self._lock:
            return _json(self._serve(request, base, name, body))

    def find(self, payment_id: str) -> Attempt | None:
        """A payment by its reference: one that has a session, but is not in the table."""
        with self._lock:
            known = any(one.request.reference == payment_id for one in self._sessions.values())
        return Attempt(payment_id, "stripe", payment_id, "") if known else None

    def bill(self, attempt: Attempt) -> Bill:
        """What the page shows."""
        with self._lock:
            request = self._session(attempt).request
        return Bill(
            provider="Stripe",
            merchant="acct_test",
            reference=request.reference,
            description=request.description,
            amount=request.amount,
            expires_at=request.expires_at,
        )

    def settle(self, attempt: Attempt, choice: Choice) -> Sent:
        """The payment ends as chosen; its event goes out unless it is lost, held or late. Going back makes none."""
        now = self._world.clock.now()
        with self._lock:
            session = self._session(attempt)
            session.mature(now)
            if choice.webhook == "late":
                session.delay(choice, now)
                return Sent()
            event = session.record(choice, now)
            claim = session.claim(choice, now)
            if event and choice.webhook == "held":
                session.unsent.append(event)
        if choice.webhook == "forged":
            return last([self._notify(claim, secret=f"not {self._secret}")])
        times = {"normal": 1, "duplicate": DUPLICATES, "lost": 0, "held": 0}[choice.webhook]
        return last([self._notify(event) for _ in range(times)]) if event else Sent()

    def return_address(self, attempt: Attempt) -> str:
        """The merchant's page: Stripe adds nothing to it."""
        with self._lock:
            session = self._session(attempt)
            request = session.request
            return request.success_url if session.status == "complete" else request.cancel_url

    def send_due(self) -> None:
        """The events of late payments, those held back, and those of sessions that have ended."""
        now = self._world.clock.now()
        with self._lock:
            due = [event for session in self._sessions.values() for event in _take_due(session, now)]
        for event in due:
            self._notify(event)

    def _find(self, base: str, name: str, query: Sequence[tuple[str, str]], as_of: datetime | None) -> Response:
        now = self._world.clock.now()
        with self._lock:
            if base == SESSIONS_PATH:
                expand = [value for key, value in query if key == "expand[]"]
                return _json(self._desk.find(name, expand, now, as_of) if name else NOT_FOUND)
            return _json(self._refunds.find(name, now, as_of) if name else self._refunds.page(dict(query), now, as_of))

    def _serve(self, request: Request, base: str, name: str, body: bytes) -> Answer:
        now, key = self._world.clock.now(), request.headers.get("idempotency-key", "")
        if request.method == "POST" and not name:
            desk = self._desk if base == SESSIONS_PATH else self._refunds
            return desk.create(body, key, now)
        if request.method == "POST" and base == SESSIONS_PATH and name.endswith("/expire"):
            return self._desk.expire(name.removesuffix("/expire"), now)
        return NOT_FOUND

    def _open(self, request: SessionRequest, now: datetime) -> Session:
        found = self._world.find("stripe", request.reference)
        session = Session(found.id if found else request.reference, request, now)
        self._sessions[session.id] = session
        return session

    def _page(self, session: Session) -> str:
        return f"{self._world.address}{PAGE_PATH}{session.id}"

    def _open_page(self, session_id: str) -> Response:
        with self._lock:
            session = self._sessions.get(session_id)
        if session:
            return redirect(f"/local/pay/{session.payment_id}", 302)
        refusal = Refused("resource_missing", "Không có phiên thanh toán này", "there is no such session")
        return Response(page("refused.html", provider="Stripe", refusal=refusal), 404, content_type="text/html")

    def _session(self, attempt: Attempt) -> Session:
        """The attempt's last session."""
        for session in reversed(self._sessions.values()):
            if session.request.reference == attempt.reference:
                return session
        raise Refused("resource_missing", "Không có phiên thanh toán này", "no session was made for this payment")

    def _notify(self, event: Event, secret: str | None = None) -> Sent:
        body = json.dumps(event.as_json(), indent=2, ensure_ascii=False).encode()
        signature = signature_header(secret or self._secret, body, self._world.clock.now())
        headers = {
            "content-type": "application/json; charset=utf-8",
            "stripe-signature": signature,
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        return call("POST", f"{self._world.address}/webhooks/stripe", body, headers)


def _take_due(session: Session, now: datetime) -> list[Event]:
    session.mature(now)
    due, session.unsent = session.unsent, []
    return due


def _json(answer: Answer) -> Response:
    status, content = answer
    return Response(json.dumps(content, ensure_ascii=False), status, content_type="application/json; charset=utf-8")
