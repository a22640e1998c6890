"""POST /usage and what can be done to a hold: for the product's own services, by the scope or group `billing:usage`."""

from typing import Any

import usage_bodies

from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.catalogue import CatalogueCache
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.ledger import LedgerTable
from billing.adapters.http.gateway import Request, Response, serve
from billing.adapters.http.identity import USAGE, identify_member
from billing.adapters.settings import Settings
from billing.domain.ledger import Entry
from billing.domain.times import to_text
from billing.service.usage import Usage

settings = Settings()
clock = SystemClock()
table = Table(settings.required("TABLE_NAME"))
usage = Usage(LedgerTable(table), CatalogueCache(table), clock)


def check_service(request: Request) -> None:
    """`forbidden` for whoever is not one of the product's services."""
    identify_member(request, settings, clock.now(), USAGE)


def record(request: Request) -> Response:
    """Use or hold; the same key and request again is answered the same."""
    check_service(request)
    recorded = usage.record(usage_bodies.asked(request))
    until = recorded.entry.expires_at
    more = {"expires_at": to_text(until)} if until else {}
    replay = {"idempotent-replay": "true"} if recorded.replayed else {}
    return Response(200, {**entry_view(recorded.entry), **more}, replay)


def commit(request: Request) -> Response:
    """A hold becomes use."""
    check_service(request)
    entry_id, amount = usage_bodies.entry_id(request), usage_bodies.committed(request)
    return Response(200, entry_view(usage.commit(entry_id, amount)))


def release(request: Request) -> Response:
    """A hold is given back."""
    check_service(request)
    return Response(200, entry_view(usage.release(usage_bodies.entry_id(request))))


def entry_view(entry: Entry) -> dict[str, Any]:
    """The entry and what remained after it."""
    return {"id": entry.id, "remaining": entry.remaining}


ROUTES = {
    "POST /usage": record,
    "POST /usage/{id}/commit": commit,
    "POST /usage/{id}/release": release,
}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Entry point of the function."""
    return serve(ROUTES, event)
