"""GET /account, what its balances came from (GET /usage), and its documents (GET /invoices and what is below)."""

from typing import Any

from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.accounts import AccountTable
from billing.adapters.dynamodb.catalogue import CatalogueCache
from billing.adapters.dynamodb.client import Table
from billing.adapters.files import DocumentBucket
from billing.adapters.http.gateway import Request, Response, serve
from billing.adapters.http.identity import Identity, identify
from billing.adapters.http.paging import page_limit, page_start, page_view
from billing.adapters.http.views_account import account_view, line_view
from billing.adapters.http.views_invoices import invoice_view
from billing.adapters.secrets import Secret, signer
from billing.adapters.settings import Settings
from billing.domain.tokens import Signer
from billing.service.accounts import Accounts

settings = Settings()
clock = SystemClock()
table = Table(settings.required("TABLE_NAME"))
signing = Secret(settings.required("SIGNING_SECRET_ID"))
accounts = Accounts(
    store=AccountTable(table),
    catalogues=CatalogueCache(table),
    files=DocumentBucket(settings.required("DOCUMENTS_BUCKET")),
    clock=clock,
)


def caller(request: Request) -> Identity:
    """The account that asks."""
    return identify(request, settings, clock.now())


def cursors() -> Signer:
    """Signs where the next page of a list starts."""
    return signer(signing)


def account(request: Request) -> Response:
    """Subscription and balances."""
    me = caller(request)
    return Response(200, account_view(me.account_id, me.email, accounts.view(me.account_id)))


def statement(request: Request) -> Response:
    """What was granted, used, held and taken back, newest first."""
    me = caller(request)
    purpose = f"usage {me.account_id}"
    found, following = accounts.statement(me.account_id, page_limit(request), page_start(request, purpose, cursors))
    return Response(200, page_view([line_view(line) for line in found], following, purpose, cursors))


def invoices(request: Request) -> Response:
    """The account's documents, newest first."""
    me = caller(request)
    purpose = f"invoices {me.account_id}"
    found, following = accounts.invoices(me.account_id, page_limit(request), page_start(request, purpose, cursors))
    return Response(200, page_view([invoice_view(invoice) for invoice in found], following, purpose, cursors))


def invoice(request: Request) -> Response:
    """One document's figures as issued."""
    found = accounts.invoice(caller(request).account_id, request.path["id"])
    return Response(200, invoice_view(found))


def invoice_pdf(request: Request) -> Response:
    """The stored file."""
    found, content = accounts.pdf(caller(request).account_id, request.path["id"])
    disposition = f'attachment; filename="{found.filename}.pdf"'
    return Response(200, content, {"content-type": "application/pdf", "content-disposition": disposition})


ROUTES = {
    "GET /account": account,
    "GET /usage": statement,
    "GET /invoices": invoices,
    "GET /invoices/{id}": invoice,
    "GET /invoices/{id}/pdf": invoice_pdf,
}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Entry point of the function."""
    return serve(ROUTES, event)
