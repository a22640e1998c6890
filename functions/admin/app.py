"""/admin: what operators see and decide. Every route asks for the scope or group `billing:admin` itself.

Each group of routes is a module beside this one: a class that is given what it works with.
"""

from typing import Any

from audit_routes import AuditRoutes

from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.audit import AuditTable
from billing.adapters.dynamodb.client import Table
from billing.adapters.http.gateway import Request, serve
from billing.adapters.http.identity import identify_operator
from billing.adapters.secrets import Secret, signer
from billing.adapters.settings import Settings
from billing.domain.tokens import Signer

settings = Settings()
clock = SystemClock()
table = Table(settings.required("TABLE_NAME"))
signing = Secret(settings.required("SIGNING_SECRET_ID"))


def operator(request: Request) -> str:
    """Who acts; `forbidden` for anybody who is no operator."""
    return identify_operator(request, settings, clock.now())


def cursors() -> Signer:
    """Signs where the next page of a list starts."""
    return signer(signing)


ROUTES = {**AuditRoutes(AuditTable(table), operator, cursors, clock).routes}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Entry point of the function."""
    return serve(ROUTES, event)
