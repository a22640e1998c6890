"""What MoMo and ZaloPay have in common: an order is made by a call, and has a page of the wallet's own."""

import secrets
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from local.attempts import Attempt
from local.simulators.base import Bill, Choice, Refused, Sent, World, last
from local.simulators.course import Course, End
from local.simulators.refunds import Refunds
from local.views import page

API_LIMIT = 64 * 1024
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class WalletOrder:
    """An order that the wallet has taken: the merchant's fields as they came, and what became of it since.

    `token` stands in its page's address.
    """

    payment_id: str
    reference: str
    description: str
    fields: Mapping[str, Any]
    course: Course
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))


class Wallet(ABC):
    """A `Simulator` but for the wallet's own interface, messages and addresses."""

    provider: ClassVar[str]
    name: ClassVar[str]

    def __init__(self, world: World) -> None:
        self._world = world
        self._orders: dict[str, WalletOrder] = {}
        self._refunds = Refunds(world.behaviour)
        self._lock = threading.RLock()

    @property
    @abstractmethod
    def _merchant_name(self) -> str:
        """What the page calls the merchant."""

    @abstractmethod
    def _notify(self, order: WalletOrder, end: End, *, forged: bool = False) -> Sent:
        """Tell the merchant, or do not where the wallet would not; with a wrong signature if `forged`."""

    def find(self, payment_id: str) -> Attempt | None:
        """A payment by its reference: one that the wallet has an order for, but is not in the table."""
        with self._lock:
            known = payment_id in self._orders
        return Attempt(payment_id, self.provider, payment_id, "") if known else None

    def bill(self, attempt: Attempt) -> Bill:
        """What the page shows."""
        with self._lock:
            order = self._order(attempt)
        return Bill(
            provider=self.name,
            merchant=self._merchant_name,
            reference=order.reference,
            description=order.description,
            amount=order.course.amount,
            expires_at=order.course.expires_at,
        )

    def settle(self, attempt: Attempt, choice: Choice) -> Sent:
        """The payment ends as chosen, and the merchant is told as chosen."""
        with self._lock:
            order = self._order(attempt)
            told = order.course.play(choice, self._world.clock.now())
        answers = [self._notify(order, end, forged=choice.webhook == "forged") for end in told]
        return last([answer for answer in answers if answer.sent])

    def send_due(self) -> None:
        """The messages about late payments whose time is over, and those held back."""
        now = self._world.clock.now()
        with self._lock:
            due = [(order, end) for order in self._orders.values() for end in order.course.take_due(now)]
        for order, end in due:
            self._notify(order, end)

    def _take(self, reference: str, description: str, fields: Mapping[str, Any], course: Course) -> WalletOrder:
        """Remember a new order."""
        found = self._world.find(self.provider, reference)
        order = WalletOrder(found.id if found else reference, reference, description, fields, course)
        self._orders[reference] = order
        return order

    def _order(self, attempt: Attempt) -> WalletOrder:
        order = self._orders.get(attempt.reference)
        if order is None:
            raise Refused("404", "Đơn hàng không tồn tại", "no order was made for this payment")
        return order

    def _open_page(self, token: str) -> Response:
        with self._lock:
            order = next((one for one in self._orders.values() if one.token == token), None)
        if order:
            return redirect(f"/local/pay/{order.payment_id}", 302)
        refusal = Refused("404", "Đơn hàng không tồn tại", "there is no such order")
        return Response(page("refused.html", provider=self.name, refusal=refusal), 404, content_type="text/html")


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)
