"""Sends events to the endpoints and the event bus: at once by the queue, and what is due by the schedule."""

import json
import secrets
import time
from typing import Any

from billing.adapters.announcing import EventsQueue, announcing_table
from billing.adapters.clock import SystemClock
from billing.adapters.delivery_watch import LogDeliveryWatch
from billing.adapters.dynamodb.alert_events import AlertEvents
from billing.adapters.dynamodb.deliveries import DeliveryTable
from billing.adapters.dynamodb.endings import EndingTable
from billing.adapters.dynamodb.endpoints import EndpointTable
from billing.adapters.log import log
from billing.adapters.outgoing.sender import EventSender
from billing.adapters.queue import MailQueue
from billing.adapters.settings import Settings
from billing.service.alerting import Alerting
from billing.service.delivering import Delivering
from billing.service.ending import Endings

settings = Settings()
clock = SystemClock()
table = announcing_table(settings)
watch = LogDeliveryWatch()
endings = Endings(EndingTable(table), clock, watch)
alerting = Alerting(AlertEvents(table, MailQueue(settings.required("MAIL_QUEUE_URL"))), clock, watch)
delivering = Delivering(
    deliveries=DeliveryTable(table),
    endpoints=EndpointTable(table),
    sender=EventSender(local=settings.stage == "local", bus_name=settings.optional("EVENT_BUS_NAME")),
    queue=EventsQueue(settings.optional("EVENTS_QUEUE_URL")),
    watch=watch,
    clock=clock,
    elapsed=time.monotonic,
    random=secrets.randbelow,
    has_bus=bool(settings.optional("EVENT_BUS_NAME")),
)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Events of the queue's messages, or a sweep of all that is due. No message comes again: what is due stays so."""
    if "Records" in event:
        asked = [event_id for record in event["Records"] for event_id in json.loads(record["body"])["event_ids"]]
        done = delivering.look(list(dict.fromkeys(asked)))
        log("info", "events looked at", done=dict(done))
        return {"batchItemFailures": []}
    looked = endings.sweep() + alerting.sweep()
    done = delivering.sweep()
    log("info", "events swept", looked=looked, done=dict(done))
    return {"looked": looked, **done}
