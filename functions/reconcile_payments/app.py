"""The scheduled sweep: asks providers about payments whose time has passed, then lets their orders expire."""

import time
from typing import Any

from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.due import DueTable
from billing.adapters.dynamodb.orders import OrderTable
from billing.adapters.dynamodb.payments import PaymentTable
from billing.adapters.log import log
from billing.adapters.providers.registry import provider
from billing.adapters.queue import PaymentsQueue
from billing.adapters.secrets import Secret
from billing.adapters.settings import Settings
from billing.adapters.watch import LogWatch
from billing.service.reconciliation import Reconciliation

settings = Settings()
credentials = Secret(settings.required("PROVIDERS_SECRET_ID"))
table = Table(settings.required("TABLE_NAME"))
reconciliation = Reconciliation(
    due=DueTable(table),
    orders=OrderTable(table),
    payments=PaymentTable(table),
    queue=PaymentsQueue(settings.required("PAYMENTS_QUEUE_URL")),
    clock=SystemClock(),
    provider=lambda name: provider(name, settings, credentials, otherwise="provider_unavailable"),
    watch=LogWatch(),
    elapsed=time.monotonic,
)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One sweep; its counts are the answer."""
    swept = reconciliation.sweep()
    result = {name: getattr(swept, name) for name in swept.__dataclass_fields__}
    log("info", "payments reconciled", **result)
    return result
