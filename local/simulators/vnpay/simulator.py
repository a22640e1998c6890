"""VNPAY's payment page, notifications and interfaces."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from local.attempts import Attempt
from local.events import raw_query, read_body
from local.simulators.base import Bill, Choice, Refused, Sent, World, call, last
from local.simulators.faults import told
from local.simulators.refunds import Refunds
from local.simulators.vnpay.querydr import QueryDesk, read_fields
from local.simulators.vnpay.refund import RefundDesk
from local.simulators.vnpay.request import Merchant, read_pay_request
from local.simulators.vnpay.signing import signed_query
from local.simulators.vnpay.transactions import Event, Transaction, new_event, notification
from local.views import page

PAY_PATH = "/local/vnpay/vpcpay.html"
API_PATH = "/local/vnpay/merchant_webapi/api/transaction"
DUPLICATES = 3
FIRST_REFUND = 14_900_001
API_LIMIT = 64 * 1024


class Vnpay:
    """The `Simulator` of VNPAY."""

    addresses: ClassVar[Mapping[str, str]] = {"VnpayPayUrl": PAY_PATH, "VnpayApiUrl": API_PATH}

    def __init__(self, world: World) -> None:
        self._world = world
        credentials = world.credentials
        secret = credentials.get("VNPAY_HASH_SECRET", "").partition(",")[0].strip()
        self._merchant = Merchant(credentials.get("VNPAY_TMN_CODE", ""), secret)
        self._transactions: dict[str, Transaction] = {}
        self._lock = threading.RLock()
        refunds, seen = Refunds(world.behaviour, FIRST_REFUND), set[str]()
        self._queries = QueryDesk(self._merchant, self._transactions.get, refunds, seen)
        self._refunds = RefundDesk(self._merchant, self._transactions.get, refunds, seen)

    def answer(self, request: Request) -> Response | None:
        """The payment page's address and the interface for queries and refunds."""
        if request.path == PAY_PATH and request.method == "GET":
            return self._open_page(raw_query(request))
        if request.path == API_PATH and request.method == "POST":
            body = read_body(request, API_LIMIT)
            if read_fields(body).get("vnp_Command") == "refund":
                return self._say(lambda now: self._refunds.answer(body, now))
            return told(self._world, lambda as_of: self._say(lambda now: self._queries.answer(body, now, as_of)))
        return None

    def _say(self, ask: Callable[[datetime], Mapping[str, str]]) -> Response:
        with self._lock:
            answer = ask(self._world.clock.now())
        return Response(json.dumps(answer), content_type="application/json")

    def find(self, payment_id: str) -> Attempt | None:
        """A payment by its reference: one that was opened, but is not in the table."""
        with self._lock:
            transaction = self._transactions.get(payment_id)
        return Attempt(payment_id, "vnpay", payment_id, "") if transaction else None

    def bill(self, attempt: Attempt) -> Bill:
        """What the page shows."""
        with self._lock:
            request = self._transaction(attempt).request
        return Bill(
            provider="VNPAY",
            merchant=request.terminal,
            reference=request.reference,
            description=request.description,
            amount=request.amount,
            expires_at=request.expires_at,
        )

    def settle(self, attempt: Attempt, choice: Choice) -> Sent:
        """The payment ends as chosen; the IPN goes out unless it is lost, held back or late."""
        now = self._world.clock.now()
        with self._lock:
            transaction = self._transaction(attempt)
            if choice.webhook == "late":
                transaction.late = choice
                return Sent()
            event = transaction.record(choice, now)
            if choice.webhook == "held":
                transaction.unsent.append(event)
        if choice.webhook == "forged":
            claim = new_event(Choice("success"), event.amount, now)
            return last([self._notify(transaction, claim, secret=f"not {self._merchant.secret}")])
        times = {"normal": 1, "duplicate": DUPLICATES, "lost": 0, "held": 0}[choice.webhook]
        return last([self._notify(transaction, event) for _ in range(times)])

    def return_address(self, attempt: Attempt) -> str:
        """The merchant's return page with VNPAY's signed fields."""
        with self._lock:
            transaction = self._transaction(attempt)
            event = transaction.events[-1] if transaction.events else transaction.outcome(self._world.clock.now())
        query = signed_query(self._merchant.secret, notification(transaction.request, event))
        address = transaction.request.return_url
        return f"{address}{'&' if urlsplit(address).query else '?'}{query}"

    def send_due(self) -> None:
        """The IPNs of late payments whose time is over, and those held back."""
        now = self._world.clock.now()
        with self._lock:
            due = [(one, event) for one in self._transactions.values() for event in self._take_due(one, now)]
        for transaction, event in due:
            self._notify(transaction, event)

    @staticmethod
    def _take_due(transaction: Transaction, now: datetime) -> Sequence[Event]:
        transaction.mature(now)
        due, transaction.unsent = transaction.unsent, []
        return due

    def _open_page(self, query: str) -> Response:
        try:
            transaction = self._open(query)
        except Refused as refusal:
            return Response(page("refused.html", provider="VNPAY", refusal=refusal), 400, content_type="text/html")
        return redirect(f"/local/pay/{transaction.payment_id}", 302)

    def _open(self, query: str, attempt: Attempt | None = None) -> Transaction:
        """The transaction of a signed request; VNPAY knows it from now on."""
        opened_at = (attempt and attempt.created_at) or self._world.clock.now()
        request = read_pay_request(query, self._merchant, opened_at)
        with self._lock:
            known = self._transactions.get(request.reference)
            if known is None:
                found = attempt or self._world.find("vnpay", request.reference)
                known = Transaction(found.id if found else request.reference, request)
                self._transactions[request.reference] = known
            if known.request != request:
                raise Refused("01", "Mã giao dịch (vnp_TxnRef) đã tồn tại", "vnp_TxnRef was used before")
            return known

    def _transaction(self, attempt: Attempt) -> Transaction:
        """The transaction of an attempt.

        A buyer who never opened the address is taken to have done so when it was made, so that a payment can end after
        its time: the money was on its way.
        """
        known = self._transactions.get(attempt.reference)
        return known or self._open(urlsplit(attempt.url).query, attempt)

    def _notify(self, transaction: Transaction, event: Event, secret: str | None = None) -> Sent:
        query = signed_query(secret or self._merchant.secret, notification(transaction.request, event))
        return call("GET", f"{self._world.address}/webhooks/vnpay?{query}", headers={"user-agent": "Apache-HttpClient"})
