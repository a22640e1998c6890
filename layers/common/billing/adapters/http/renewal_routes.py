"""The signed links of reminders: GET and POST /renewals/{token} and /unsubscribe/{token}; the link is the authority.

A GET changes nothing, for mail programs open links to look at them. create_order loads this with the first link.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.links import LinkTable
from billing.adapters.http.gateway import Request, Response, Route, idempotency_key, json_body
from billing.adapters.http.views_renewals import ready_view
from billing.domain.invoices import Buyer
from billing.domain.tokens import Signer
from billing.service.ordering import Ordering, Placed
from billing.service.renewing import Purchase, Renewing

Asked = tuple[str | None, Buyer | None, str | None]
"""What the body of a purchase names: provider, buyer and quote."""


@dataclass(frozen=True, slots=True)
class RenewalRoutes:
    """`answer` makes the answer of POST /orders, which a renewal has as well; `read` checks the body of a purchase."""

    table: Table
    ordering: Ordering
    sealer: Callable[[], Signer]
    answer: Callable[[Request, Placed], Response]
    read: Callable[[dict[str, Any]], Asked]

    @property
    def routes(self) -> dict[str, Route]:
        """By API Gateway's names."""
        return {
            "GET /renewals/{token}": self.ready,
            "POST /renewals/{token}": self.buy,
            "GET /unsubscribe/{token}": self.wish,
            "POST /unsubscribe/{token}": self.unsubscribe,
        }

    def ready(self, request: Request) -> Response:
        """The ready renewal, priced now."""
        ready = self._renewing().ready(request.path["token"])
        return Response(200, ready_view(ready, self.ordering.quoting.providers, request.language))

    def buy(self, request: Request) -> Response:
        """The renewal bought: an order and its payment."""
        provider, buyer, quote = self.read(json_body(request))
        key = idempotency_key(request) if "idempotency-key" in request.headers else None
        purchase = Purchase(provider, buyer, quote, key)
        return self.answer(request, self._renewing().buy(request.path["token"], purchase, request.language, request.ip))

    def wish(self, request: Request) -> Response:
        """Whether the reminders were ended."""
        return Response(200, {"unsubscribed": self._renewing().is_unsubscribed(request.path["token"])})

    def unsubscribe(self, request: Request) -> Response:
        """No more reminders. Mail programs send a form (RFC 8058), the page nothing: the body is not looked at."""
        self._renewing().unsubscribe(request.path["token"])
        return Response(200, {"unsubscribed": True})

    def _renewing(self) -> Renewing:
        """The use cases; buyers come back from the provider to a page that needs no sign-in."""
        ordering = replace(self.ordering, attempts=replace(self.ordering.attempts, return_page="renew.html"))
        return Renewing(LinkTable(self.table), ordering.quoting, ordering, self.sealer, ordering.clock)
