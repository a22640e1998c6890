"""GET /plans and GET /providers: what can be bought and how it can be paid. Open to everybody."""

from typing import Any

from billing.adapters.dynamodb.catalogue import CatalogueCache
from billing.adapters.dynamodb.client import Table
from billing.adapters.http.gateway import Request, Response, serve
from billing.adapters.http.views_plans import plans_view, providers_view
from billing.adapters.settings import Settings

CACHE = "public, max-age=60"

settings = Settings()
catalogue = CatalogueCache(Table(settings.required("TABLE_NAME")))


def plans(request: Request) -> Response:
    """The published plans in the caller's language; 304 where the caller has them."""
    document, digest = catalogue.published()
    etag = f'"{digest[:32]}-{request.language}"'
    headers = {"etag": etag, "cache-control": CACHE, "vary": "accept-language", "content-language": request.language}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(304, None, headers)
    return Response(200, plans_view(document, request.language), headers)


def providers(request: Request) -> Response:
    """The payment providers that are switched on."""
    return Response(200, providers_view(settings.providers), {"cache-control": CACHE})


ROUTES = {"GET /plans": plans, "GET /providers": providers}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Entry point of the function."""
    return serve(ROUTES, event)
