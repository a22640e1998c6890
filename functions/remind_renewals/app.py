"""The scheduled sweep of ends of paid time: whose reminder has come is handed to the queue of mails."""

import time
from typing import Any

from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.reminders import ReminderTable
from billing.adapters.log import count, log
from billing.adapters.queue import MailQueue
from billing.adapters.settings import Settings
from billing.service.reminding import DueReminder, Reminding

settings = Settings()


def failed(due: DueReminder, error: Exception) -> None:
    """One entry could not be handled; the next run tries again."""
    count("ReminderSweepFault")
    account_id, kind = due.reminder.renewal.account_id, type(error).__name__
    log("error", "reminder not queued", exc_info=True, account_id=account_id, step=due.reminder.step, error=kind)


reminding = Reminding(
    due=ReminderTable(Table(settings.required("TABLE_NAME"))),
    queue=MailQueue(settings.required("MAIL_QUEUE_URL")),
    clock=SystemClock(),
    failed=failed,
    elapsed=time.monotonic,
)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One sweep; its counts are the answer."""
    done = reminding.sweep()
    result = {name: getattr(done, name) for name in done.__dataclass_fields__}
    log("info", "renewals reminded", **result)
    return result
