"""Queues on SQS: payments to complete, reminders to send."""

import json
from collections.abc import Mapping
from typing import Any

from billing.adapters import aws


class PaymentsQueue:
    """The `Queue` port: what `send` returned from is stored durably."""

    def __init__(self, url: str, client: Any = None) -> None:
        self._url = url
        self._client = client

    def send(self, message: Mapping[str, Any]) -> None:
        """One message, as JSON."""
        client = self._client or aws.client("sqs")
        client.send_message(QueueUrl=self._url, MessageBody=json.dumps(message, ensure_ascii=False))


class MailQueue(PaymentsQueue):
    """The same port for reminders that are to be sent."""
