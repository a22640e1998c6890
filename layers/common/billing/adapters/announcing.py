"""A table that sends the events it stores on their way: one message, once the transaction is done.

The message only saves time. Should it get lost, or the queue be down, the event's place in the time buckets makes up
for it a minute later.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from billing.adapters import aws
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.outbox import events_in
from billing.adapters.log import log
from billing.adapters.settings import Settings


class EventsQueue:
    """The queue of events to be sent now."""

    def __init__(self, url: str, client: Any = None) -> None:
        self._url = url
        self._client = client

    def send(self, event_ids: Sequence[str], delay: int = 0) -> None:
        """The events are looked at after `delay` seconds, at most 900; what fails is left to the time buckets."""
        if not self._url or not event_ids:
            return
        try:
            client = self._client or aws.client("sqs")
            body = json.dumps({"event_ids": list(event_ids)})
            client.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=delay)
        except Exception as error:  # noqa: BLE001 - the event is stored and due: nothing is lost but a minute
            log("warning", "event not announced", event_ids=list(event_ids), error=type(error).__name__)


def announcing_table(settings: Settings) -> Table:
    """The table, with the events of each transaction announced. Without EVENTS_QUEUE_URL they wait for the sweep."""
    queue = EventsQueue(settings.optional("EVENTS_QUEUE_URL"))

    def committed(actions: Sequence[Mapping[str, Any]]) -> None:
        queue.send(events_in(actions))

    return Table(settings.required("TABLE_NAME"), committed=committed)
