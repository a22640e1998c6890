"""The mail queue's consumer: each reminder and each alert about a balance once, no faster than the mail service allows.

What the mail service refuses for its rate comes again later, and so does the rest of the batch, which would only be
refused as well.
"""

import json
import time
from typing import Any

from billing.adapters.clock import SystemClock
from billing.adapters.dynamodb.alert_mails import AlertMailTable
from billing.adapters.dynamodb.catalogue import CatalogueCache
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.orders import OrderTable
from billing.adapters.dynamodb.reminders import ReminderTable
from billing.adapters.log import log
from billing.adapters.mailer import SesMailer, is_throttled
from billing.adapters.pace import Pace
from billing.adapters.secrets import Secret, signer
from billing.adapters.settings import Settings
from billing.domain.reminders import reminder_from_record
from billing.domain.tokens import Signer
from billing.service.alert_mail import AlertMail, BalanceLetter
from billing.service.alerts import raised_from_record
from billing.service.quoting import Quoting
from billing.service.reminder_mail import Letter, ReminderMail

SENDERS = 2
"""How many of this function run at once: MaximumConcurrency in template.yaml, a test compares."""

settings = Settings()
clock = SystemClock()
table = Table(settings.required("TABLE_NAME"))
signing = Secret(settings.required("SIGNING_SECRET_ID"))
sender = settings.required("SENDER_ADDRESS")


def sealer() -> Signer:
    """Signs the links."""
    return signer(signing)


def compose(letter: Letter) -> bytes:
    """The message. Its libraries are loaded with the first one."""
    from letters.mail import compose_letter

    return compose_letter(letter, sender, settings.required("APP_URL"), settings.optional("API_URL"))


mailer = Pace(SesMailer(sender), int(settings.required("REMINDERS_PER_SECOND")), SENDERS, time.monotonic, time.sleep)
mail = ReminderMail(
    reminders=ReminderTable(table),
    quoting=Quoting(CatalogueCache(table), OrderTable(table), clock, sealer, settings.providers),
    signer=sealer,
    compose=compose,
    mailer=mailer,
    clock=clock,
)


def compose_alert(letter: BalanceLetter) -> bytes:
    """The message about a balance."""
    from letters.balance import compose_balance

    return compose_balance(letter, sender, settings.required("APP_URL"), settings.optional("API_URL"))


alerts = AlertMail(AlertMailTable(table), CatalogueCache(table), sealer, compose_alert, mailer, clock)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Sends each; those that failed are named, and only they come again."""
    failed: list[str] = []
    throttled = False
    for record in event["Records"]:
        done, refused = (False, True) if throttled else sent(record)
        throttled = throttled or refused
        failed += [] if done else [record["messageId"]]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def sent(record: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the record is done with, and whether the mail service wants us to wait."""
    try:
        outcome = processed(json.loads(record["body"]))
    except Exception as error:  # noqa: BLE001 - one message's failure is its own: it comes again, the others are done
        throttled = is_throttled(error)
        log("warning" if throttled else "error", "reminder not sent", exc_info=True, message_id=record["messageId"])
        return False, throttled
    log("info", "reminder handled", outcome=outcome, message_id=record["messageId"])
    return True, False


def processed(message: dict[str, Any]) -> str:
    """What became of a message: about a balance, or else about the end of paid time."""
    if "alert" in message:
        return alerts.send(raised_from_record(message["alert"]))
    return mail.send(reminder_from_record(message))
