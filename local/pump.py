"""Lambda's event source mappings: takes messages from the queues and hands them to the functions in batches."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from local.deployment import QueueSource
from local.engine import Engine
from local.logs import Log
from local.template import REGION
from local.workers import EventTooLarge, FunctionBusy, FunctionFailed, Workers

POLL_SECONDS = 0.5
RECEIVE_LIMIT = 10
"""SQS gives at most so many messages at once."""

Message = Mapping[str, Any]


DEAD_ROUNDS = 5
"""How often `drain` offers what waits in a dead-letter queue in vain: SQS itself would never stop."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Deliveries that succeeded, deliveries that failed, and messages that went to a dead-letter queue.

    A message that a function takes from a dead-letter queue has gone there before: it counts as dead, not as processed.
    """

    processed: int = 0
    failed: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class Mapped:
    """A queue mapped to a function. `url` and `dead_url` are addresses; there may be no dead-letter queue."""

    source: QueueSource
    workers: Workers
    url: str
    dead_url: str | None

    @property
    def is_reminder(self) -> bool:
        """Whether its messages only hasten what the function's schedule does anyway: they are not counted."""
        return bool(self.workers.function.schedules)


class Pump:
    """One batch at a time, in the background or by `drain`."""

    def __init__(self, engine: Engine, mappings: Sequence[Mapped], log: Log) -> None:
        dead = {one.dead_url for one in mappings if one.dead_url}
        self._engine = engine
        self._sources = [one for one in mappings if one.url not in dead]
        self._dead_letters = [one for one in mappings if one.url in dead]
        self._dead_urls = dead
        self._log = log
        self._counts = Counts()
        self._dead_before = 0
        self._turn = threading.Lock()
        self._wanted = threading.Event()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Deliver in the background; what is sent is taken at once."""
        self._engine.on_message = self._wanted.set
        threading.Thread(target=self._run, name="pump", daemon=True).start()

    def stop(self) -> None:
        """Take no further message, and wait for the batch under way."""
        self._stopped.set()
        self._wanted.set()
        with self._turn:
            pass

    def drain(self) -> Counts:
        """Deliver until the queues are empty, failed messages at once and up to their queue's maxReceiveCount.

        The counts are those since the last drain, so that they do not depend on what the background was quick enough
        to do before.
        """
        with self._turn:
            while sum([self._release(one) for one in self._sources]):
                for one in self._sources:
                    self._deliver(one)
            for one in self._dead_letters:
                self._drain_dead(one)
            waiting = sum(self._size(url) for url in self._dead_urls)
            counts = replace(self._counts, dead=self._counts.dead + waiting - self._dead_before)
            self._counts, self._dead_before = Counts(), waiting
            return counts

    def _drain_dead(self, mapped: Mapped) -> None:
        """Deliver until the dead-letter queue is empty, or what is left has failed often enough."""
        rounds = DEAD_ROUNDS
        while rounds and (before := self._release(mapped)):
            self._deliver(mapped)
            rounds -= self._size(mapped.url) == before

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wanted.wait(POLL_SECONDS)
            self._wanted.clear()
            for one in (*self._sources, *self._dead_letters):
                self._exhaust(one)

    def _exhaust(self, mapped: Mapped) -> None:
        found = True
        while found and not self._stopped.is_set():
            with self._turn:
                found = self._deliver(mapped)

    def _deliver(self, mapped: Mapped) -> bool:
        """One batch; whether there was any message."""
        client = self._engine.client("sqs")
        messages: list[Message] = client.receive_message(
            QueueUrl=mapped.url,
            MaxNumberOfMessages=min(mapped.source.batch_size, RECEIVE_LIMIT),
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not messages:
            return False
        failed = self._invoke(mapped, messages)
        for message in messages:
            if message["MessageId"] not in failed:
                client.delete_message(QueueUrl=mapped.url, ReceiptHandle=message["ReceiptHandle"])
        if not mapped.is_reminder:
            self._count(mapped, len(messages) - len(failed), len(failed))
        return True

    def _count(self, mapped: Mapped, done: int, failed: int) -> None:
        counts, is_dead = self._counts, mapped in self._dead_letters
        self._counts = Counts(
            processed=counts.processed + (0 if is_dead else done),
            failed=counts.failed + failed,
            dead=counts.dead + (done if is_dead else 0),
        )

    def _invoke(self, mapped: Mapped, messages: Sequence[Message]) -> set[str]:
        """The ids of the messages that were not processed."""
        ids = {message["MessageId"] for message in messages}
        event = {"Records": [_record(message, mapped.source.queue_arn) for message in messages]}
        try:
            answer = mapped.workers.invoke(event)
        except (FunctionFailed, FunctionBusy, EventTooLarge) as failure:
            self._log.warn("queue", f"{mapped.workers.function.name}: {failure}")
            return ids
        return failed_ids(answer, ids) if mapped.source.reports_failures else set()

    def _release(self, mapped: Mapped) -> int:
        """Make every message of the queue visible now; how many there are."""
        with self._engine.locked("sqs"):
            messages = self._messages(mapped.url)
            for message in messages:
                message.visible_at = message.delayed_until = 0
            return len(messages)

    def _size(self, url: str) -> int:
        with self._engine.locked("sqs"):
            return len(self._messages(url))

    def _messages(self, url: str) -> list[Any]:
        """Moto's list of all messages of a queue; its public one leaves out those that wait."""
        messages: list[Any] = self._engine.backend("sqs").queues[url.rpartition("/")[2]]._messages  # noqa: SLF001
        return messages


def failed_ids(answer: Any, ids: set[str]) -> set[str]:
    """What a function reports as failed. As with Lambda, a report that makes no sense fails the whole batch."""
    try:
        failed = {one["itemIdentifier"] for one in (answer or {}).get("batchItemFailures") or []}
    except (AttributeError, KeyError, TypeError):
        return ids
    return ids if failed - ids else failed


def _record(message: Message, queue_arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {"stringValue": value.get("StringValue"), "dataType": value["DataType"]}
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }
