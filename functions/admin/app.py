"""/admin: what operators see and decide. Every route asks for the scope or group `billing:admin` itself.

Each group of routes is a module beside this one, a class that is given what it works with; those about events and
coupons are in the layer, so that they can be loaded late.
"""

import secrets
from functools import cache
from typing import Any

from audit_routes import AuditRoutes
from exception_routes import ExceptionRoutes
from refund_routes import RefundRoutes

from billing.adapters.announcing import announcing_table
from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.audit import AuditTable
from billing.adapters.dynamodb.inbox import ExceptionTable
from billing.adapters.dynamodb.orders import OrderTable
from billing.adapters.dynamodb.payments import PaymentTable
from billing.adapters.dynamodb.refunds import RefundTable
from billing.adapters.http.gateway import Request, Response, Route, serve
from billing.adapters.http.identity import identify_operator
from billing.adapters.providers.registry import provider
from billing.adapters.queue import PaymentsQueue
from billing.adapters.secrets import Secret, signer
from billing.adapters.settings import Settings
from billing.domain.tokens import Signer
from billing.service.inbox import Inbox
from billing.service.provider_port import Provider
from billing.service.refund_progress import RefundProgress
from billing.service.refunding import Refunding

settings = Settings()
clock = SystemClock()
table = announcing_table(settings)
signing = Secret(settings.required("SIGNING_SECRET_ID"))
credentials = Secret(settings.required("PROVIDERS_SECRET_ID"))
queue = PaymentsQueue(settings.required("PAYMENTS_QUEUE_URL"))
orders, audits, refunds = OrderTable(table), AuditTable(table), RefundTable(table)

EVENT_ROUTES = (
    *("GET /admin/endpoints", "POST /admin/endpoints", "POST /admin/endpoints/{id}"),
    "POST /admin/endpoints/{id}/delete",
    *("GET /admin/events", "GET /admin/events/{id}", "POST /admin/events/{id}/replay"),
)
COUPON_ROUTES = (
    *("GET /admin/coupons", "POST /admin/coupons", "GET /admin/coupons/{code}", "POST /admin/coupons/{code}"),
    "GET /admin/coupons/{code}/redemptions",
)


def operator(request: Request) -> str:
    """Who acts; `forbidden` for anybody who is no operator."""
    return identify_operator(request, settings, clock.now())


def cursors() -> Signer:
    """Signs where the next page of a list starts."""
    return signer(signing)


def adapter(name: str) -> Provider:
    """A provider that is switched on; `provider_unavailable` for any other."""
    return provider(name, settings, credentials, otherwise="provider_unavailable")


@cache
def event_routes() -> dict[str, Route]:
    """The routes about endpoints and events, loaded with the first request to one of them."""
    from billing.adapters.announcing import EventsQueue
    from billing.adapters.dynamodb.deliveries import DeliveryTable
    from billing.adapters.dynamodb.endpoints import EndpointTable
    from billing.adapters.http.event_routes import EventRoutes
    from billing.service.endpoint_keeping import EndpointKeeping, Replaying

    deliveries, endpoints = DeliveryTable(table), EndpointTable(table)
    keeping = EndpointKeeping(endpoints, clock, secrets.token_bytes, local=settings.stage == "local")
    announcements = EventsQueue(settings.optional("EVENTS_QUEUE_URL"))
    replaying = Replaying(deliveries, endpoints, announcements, clock, secrets.token_bytes)
    return EventRoutes(keeping, replaying, deliveries, operator, cursors).routes


def about_events(request: Request) -> Response:
    """Whatever is asked about endpoints and events."""
    return event_routes()[request.route](request)


@cache
def coupon_routes() -> dict[str, Route]:
    """The routes about coupons, loaded with the first request to one of them."""
    from billing.adapters.dynamodb.catalogue import CatalogueCache
    from billing.adapters.dynamodb.coupons import CouponTable
    from billing.adapters.http.coupon_routes import CouponRoutes
    from billing.service.coupon_keeping import CouponKeeping

    keeping = CouponKeeping(CouponTable(table), CatalogueCache(table), clock, secrets.token_bytes)
    return CouponRoutes(keeping, operator, cursors).routes


def about_coupons(request: Request) -> Response:
    """Whatever is asked about coupons."""
    return coupon_routes()[request.route](request)


refunding = Refunding(
    refunds=refunds,
    orders=orders,
    payments=PaymentTable(table),
    clock=clock,
    provider=adapter,
    progress=RefundProgress(refunds, queue, clock, adapter),
)
inbox = Inbox(ExceptionTable(table), queue, clock, refunding)
ROUTES = {
    **AuditRoutes(audits, operator, cursors, clock).routes,
    **RefundRoutes(refunding, orders, audits, operator, cursors).routes,
    **ExceptionRoutes(inbox, operator, cursors).routes,
    **dict.fromkeys(EVENT_ROUTES, about_events),
    **dict.fromkeys(COUPON_ROUTES, about_coupons),
}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Entry point of the function."""
    return serve(ROUTES, event)
