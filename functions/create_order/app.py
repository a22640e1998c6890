"""Quotes, orders and payment attempts: /quotes, /orders and what can be done to an order, and renewals by a link."""

from typing import Any

import incoming

from billing.adapters.announcing import announcing_table
from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.catalogue import CatalogueCache
from billing.adapters.dynamodb.orders import OrderTable
from billing.adapters.http.gateway import Request, Response, idempotency_key, json_body, serve
from billing.adapters.http.identity import identify
from billing.adapters.http.paging import page_limit, page_start, page_view
from billing.adapters.http.views import order_view, payment_view, quote_view
from billing.adapters.log import log
from billing.adapters.providers.registry import provider
from billing.adapters.queue import PaymentsQueue
from billing.adapters.secrets import Secret, signer
from billing.adapters.settings import Settings
from billing.domain.tokens import Signer
from billing.service.attempts import Attempts, Caller
from billing.service.ordering import Ordering, Placed
from billing.service.quoting import Quoting

settings = Settings()
clock = SystemClock()
signing = Secret(settings.required("SIGNING_SECRET_ID"))
credentials = Secret(settings.required("PROVIDERS_SECRET_ID"))
table = announcing_table(settings)
catalogues, orders = CatalogueCache(table), OrderTable(table)


def sealer() -> Signer:
    """Signs quotes and cursors."""
    return signer(signing)


quoting = Quoting(catalogues, orders, clock, sealer, settings.providers)
attempts = Attempts(
    orders=orders,
    clock=clock,
    provider=lambda name: provider(name, settings, credentials, otherwise="provider_unavailable"),
    lifetimes=settings.attempt_lifetimes,
    app_url=settings.required("APP_URL"),
    api_url=settings.optional("API_URL"),
)
ordering = Ordering(
    quoting=quoting,
    catalogues=catalogues,
    orders=orders,
    queue=PaymentsQueue(settings.required("PAYMENTS_QUEUE_URL")),
    clock=clock,
    attempts=attempts,
)


def caller(request: Request) -> Caller:
    """Who buys."""
    me = identify(request, settings, clock.now())
    return Caller(me.account_id, me.email, request.language, request.ip)


def quote(request: Request) -> Response:
    """Every figure of a purchase, frozen in a token."""
    buyer = caller(request)
    offer, token = quoting.quote(buyer.account_id, incoming.wish(json_body(request)))
    return Response(200, quote_view(offer, token, buyer.language))


def place(request: Request) -> Response:
    """A new order with its payment, or the one that this Idempotency-Key made."""
    buyer = caller(request)
    key = idempotency_key(request)
    return placed_answer(request, ordering.place(buyer, incoming.order_request(key, json_body(request))))


def placed_answer(request: Request, placed: Placed) -> Response:
    """201 for a new order, 200 for one that was there."""
    payment = placed.payments[-1] if placed.payments else None
    body = {
        "order": order_view(placed.order, placed.payments),
        "payment": payment_view(payment) if payment else None,
    }
    log("info", "order placed", order_id=placed.order.id, replayed=placed.replayed, request_id=request.id)
    if placed.replayed:
        return Response(200, body, {"idempotent-replay": "true"})
    return Response(201, body, {"location": f"/orders/{placed.order.id}"})


def by_link(request: Request) -> Response:
    """What the signed link of a reminder does; loaded with the first one."""
    from billing.adapters.http.renewal_routes import RenewalRoutes

    return RenewalRoutes(table, ordering, sealer, placed_answer, incoming.renewal).routes[request.route](request)


def listing(request: Request) -> Response:
    """The account's orders, newest first."""
    account_id = caller(request).account_id
    purpose = f"orders {account_id}"
    found, following = ordering.page(account_id, page_limit(request), page_start(request, purpose, sealer))
    views = [order_view(placed.order, placed.payments) for placed in found]
    return Response(200, page_view(views, following, purpose, sealer))


def one(request: Request) -> Response:
    """The order as it is now."""
    order = ordering.own(caller(request).account_id, request.path["id"])
    return Response(200, order_view(order, orders.payments([order])[order.id]))


def attempt(request: Request) -> Response:
    """Another attempt to pay; 200 with the open one where there is one at that provider."""
    wanted = incoming.payment_provider(json_body(request))
    payment, is_new = ordering.attempt(caller(request), request.path["id"], wanted)
    return Response(201 if is_new else 200, {"payment": payment_view(payment)})


def cancel(request: Request) -> Response:
    """The order, cancelled by its buyer."""
    order = ordering.cancel(caller(request), request.path["id"])
    return Response(200, order_view(order, orders.payments([order])[order.id]))


ROUTES = {
    "POST /quotes": quote,
    "POST /orders": place,
    "GET /orders": listing,
    "GET /orders/{id}": one,
    "POST /orders/{id}/payments": attempt,
    "POST /orders/{id}/cancel": cancel,
    "GET /renewals/{token}": by_link,
    "POST /renewals/{token}": by_link,
    "GET /unsubscribe/{token}": by_link,
    "POST /unsubscribe/{token}": by_link,
}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Entry point of the function."""
    return serve(ROUTES, event)
