"""The dead-letter queue's consumer: each message that failed for good becomes an exception that an operator decides."""

from typing import Any

from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.exceptions import keep
from billing.adapters.log import count, log
from billing.adapters.settings import Settings
from billing.service.failures import failed_message

settings = Settings()
clock = SystemClock()
table = Table(settings.required("TABLE_NAME"))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Keeps each record; those that could not be kept are named, and stay in the queue."""
    failed = [record["messageId"] for record in event["Records"] if not kept(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def kept(record: dict[str, Any]) -> bool:
    """Whether the record is in the inbox, once however often it is delivered."""
    message_id = record["messageId"]
    try:
        exception = failed_message(message_id, record["body"], clock.now())
        is_new = keep(table, exception)
    except Exception:  # noqa: BLE001 - one message's failure is its own: it stays in the queue, the others are done
        log("error", "failed message not kept", exc_info=True, message_id=message_id)
        return False
    log("warning", "failed message kept", exception_id=exception.id, order_id=exception.order_id, message_id=message_id)
    if is_new:
        count("PaymentException")
    return True
