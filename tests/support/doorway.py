"""The webhook's function with its table and its queue in memory: the handler is the deployed one."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any
from unittest import mock

from billing.adapters.settings import Settings
from billing.domain.payments import Notice, Payment
from billing.service.webhooks import Webhooks
from tests.support.attempts import NOW
from tests.support.shop import ENVIRONMENT, load_function
from tests.support.street import Message, settings, vault

LONGEST_KEY = 2048
"""Bytes that DynamoDB takes as a partition key."""

Given = tuple[int, str]
"""Status and body of an answer."""


@dataclass
class Doorway:
    """One attempt is stored; `reads` and `queued` are what a webhook led to."""

    payment: Payment
    function: ModuleType
    reads: int = 0
    queued: list[Mapping[str, Any]] = field(default_factory=list)
    time: datetime = NOW

    def now(self) -> datetime:
        """The clock."""
        return self.time

    def find(self, provider: str, reference: str) -> Payment | None:
        """The table's one attempt."""
        self.reads += 1
        assert 0 < len(f"PAYMENT#{provider}#{reference}".encode()) <= LONGEST_KEY
        return self.payment if (provider, reference) == (self.payment.provider, self.payment.reference) else None

    def is_kept(self, notice: Notice) -> bool:
        """No exception is stored."""
        self.reads += 1
        return False

    def send(self, message: Mapping[str, Any]) -> None:
        """The queue: a message goes there as text."""
        self.queued.append(json.loads(json.dumps(message, ensure_ascii=False).encode()))

    def receive(self, message: Message) -> Given:
        """The answer to a webhook; `reads` and `queued` are those of this one."""
        self.reads, self.queued = 0, []
        answer = self.function.handler(message.event(), None)
        return answer["statusCode"], answer["body"]


@contextmanager
def doorway(payment: Payment, credentials: Mapping[str, str], **more: str) -> Iterator[Doorway]:
    """The function with these credentials, and `more` in its environment; its log lines are few."""
    environment = {**ENVIRONMENT, "PAYMENTS_QUEUE_URL": "https://sqs.invalid/q", **settings(), **more}
    with mock.patch.dict(os.environ, environment):
        function = load_function("payment_webhook")
        door = Doorway(payment, function)
        setattr(function, "settings", Settings(environment))  # noqa: B010 - a module's attribute
        setattr(function, "credentials", vault(credentials))  # noqa: B010
        setattr(function, "webhooks", Webhooks(door, door, door))  # noqa: B010
        yield door
