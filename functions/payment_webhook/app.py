"""/webhooks/{provider}: what payment providers tell us. Verified, queued, answered in the provider's words."""

from typing import Any

from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.payments import PaymentTable
from billing.adapters.http.gateway import Request, Response, serve
from billing.adapters.log import count, log
from billing.adapters.providers.registry import answer, provider
from billing.adapters.queue import PaymentsQueue
from billing.adapters.secrets import Secret
from billing.adapters.settings import Settings
from billing.domain.problems import Problem
from billing.service.provider_port import Outcome, WebhookRequest
from billing.service.webhooks import Webhooks

BODY_LIMIT = 64 * 1024

settings = Settings()
credentials = Secret(settings.required("PROVIDERS_SECRET_ID"))
webhooks = Webhooks(
    payments=PaymentTable(Table(settings.required("TABLE_NAME"))),
    queue=PaymentsQueue(settings.required("PAYMENTS_QUEUE_URL")),
    clock=SystemClock(),
)


def receive(request: Request) -> Response:
    """The answer to one webhook; 404 for a provider that is not switched on or has no secret."""
    if len(request.body) > BODY_LIMIT:
        raise Problem("too_large", maximum=BODY_LIMIT)
    name = request.path.get("provider", "")
    message = WebhookRequest(request.route.split(" ")[0], request.raw_query, request.headers, request.body)
    try:
        outcome = webhooks.receive(provider(name, settings, credentials), message)
    except Problem:
        raise
    except Exception:  # noqa: BLE001 - the provider is told that the fault is ours, and sends it again
        log("error", "webhook failed", exc_info=True, provider=name, request_id=request.id)
        count("WebhookFault")
        outcome = Outcome.FAULT
    if outcome is Outcome.BAD_SIGNATURE:
        count("BadSignature")
    log("info", "webhook", provider=name, outcome=outcome.value, request_id=request.id)
    status, body = answer(name, outcome)
    return Response(status, body)


ROUTES = {"GET /webhooks/{provider}": receive, "POST /webhooks/{provider}": receive}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Entry point of the function."""
    return serve(ROUTES, event)
