"""The scheduled sweep: payments whose time has passed are asked about, refunds that are not finished gone on with.

And what came in, and no webhook told of, is looked for in the lists of providers that have one.
"""

import time
from typing import Any

from billing.adapters.announcing import announcing_table
from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.due import DueTable
from billing.adapters.dynamodb.due_refunds import DueRefundTable
from billing.adapters.dynamodb.orders import OrderTable
from billing.adapters.dynamodb.payments import PaymentTable
from billing.adapters.dynamodb.refunds import RefundTable
from billing.adapters.dynamodb.statement_marks import StatementMarks
from billing.adapters.log import log
from billing.adapters.providers.registry import provider, statement
from billing.adapters.queue import PaymentsQueue
from billing.adapters.refund_watch import RefundLogWatch
from billing.adapters.secrets import Secret
from billing.adapters.settings import Settings
from billing.adapters.watch import LogWatch
from billing.service.provider_port import Provider
from billing.service.reconciliation import Reconciliation
from billing.service.refund_progress import RefundProgress
from billing.service.refund_sweep import RefundSweep
from billing.service.statements import Statements

settings = Settings()
credentials = Secret(settings.required("PROVIDERS_SECRET_ID"))
table = announcing_table(settings)
queue, clock = PaymentsQueue(settings.required("PAYMENTS_QUEUE_URL")), SystemClock()

PAYMENT_SECONDS, REFUND_SECONDS = 150.0, 50.0
"""How long each part begins new work; what is begun then may take 20 s more. Lambda ends the run after 240 s."""


def adapter(name: str) -> Provider:
    """A provider that is switched on."""
    return provider(name, settings, credentials, otherwise="provider_unavailable")


reconciliation = Reconciliation(
    due=DueTable(table),
    orders=OrderTable(table),
    payments=PaymentTable(table),
    queue=queue,
    clock=clock,
    provider=adapter,
    watch=LogWatch(),
    elapsed=time.monotonic,
    seconds=PAYMENT_SECONDS,
)
statements = Statements(
    providers=lambda: filter(None, (statement(name, settings, credentials) for name in settings.providers)),
    marks=StatementMarks(table),
    payments=PaymentTable(table),
    queue=queue,
    clock=clock,
    watch=LogWatch(),
)
refunds = RefundTable(table)
refund_sweep = RefundSweep(
    due=DueRefundTable(table),
    refunds=refunds,
    progress=RefundProgress(refunds, queue, clock, adapter),
    queue=queue,
    clock=clock,
    watch=RefundLogWatch(),
    elapsed=time.monotonic,
    seconds=REFUND_SECONDS,
)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One sweep; its counts are the answer."""
    payments, refunded = counts(reconciliation.sweep()), counts(refund_sweep.sweep())
    result: dict[str, Any] = {**payments, "overlooked": statements.sweep(), "refunds": refunded}
    log("info", "payments reconciled", **result)
    return result


def counts(swept: Any) -> dict[str, int]:
    """What a sweep did, by name."""
    return {name: getattr(swept, name) for name in swept.__dataclass_fields__}
