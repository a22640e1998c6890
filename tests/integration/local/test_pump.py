"""Queues: batches, partial failures, redelivery and the dead-letter queue."""

import json
import time
from collections.abc import Iterator

import pytest

from local import template as cloudformation
from local.deployment import QueueSource
from local.engine import Engine
from local.logs import Log
from local.pump import Counts, Mapped, Pump
from local.resources import Resources
from tests.integration.local.conftest import MakeWorkers

FAILS_FIRST = """
    import os
    def handler(event, context):
        failures = []
        for record in event["Records"]:
            first = record["attributes"]["ApproximateReceiveCount"] == "1"
            if record["body"] == "poison" or (record["body"] == "twice" and first):
                failures.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failures}
    """


class Queue:
    """A queue of the template's with a function behind it."""

    def __init__(
        self, engine: Engine, make_workers: MakeWorkers, code: str, *, reports: bool = True, keeps: str = ""
    ) -> None:
        template = cloudformation.load({"Stage": "local"})
        resources = Resources(template, engine.client, stack=f"test-{time.monotonic_ns()}")
        resources.create()
        self.url = resources.lookup("PaymentsQueue", "")
        self.dead_url = resources.lookup("PaymentsDeadLetterQueue", "")
        source = QueueSource(resources.lookup("PaymentsQueue", "Arn"), 5, reports_failures=reports)
        self.workers = make_workers(code)
        mappings = [Mapped(source, self.workers, self.url, self.dead_url)]
        if keeps:
            dead = QueueSource(resources.lookup("PaymentsDeadLetterQueue", "Arn"), 10, reports_failures=True)
            mappings.insert(0, Mapped(dead, make_workers(keeps), self.dead_url, None))
        self.pump = Pump(engine, mappings, Log(everything=False))
        self._client = engine.client("sqs")

    def send(self, *bodies: str, delay: int = 0) -> None:
        for body in bodies:
            self._client.send_message(QueueUrl=self.url, MessageBody=body, DelaySeconds=delay)

    def count(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)


@pytest.fixture
def queue(engine: Engine, make_workers: MakeWorkers) -> Iterator[Queue]:
    made = Queue(engine, make_workers, FAILS_FIRST)
    yield made
    made.pump.stop()


def test_an_empty_queue_is_drained_at_once(queue: Queue) -> None:
    assert queue.pump.drain() == Counts()


def test_every_message_is_processed(queue: Queue) -> None:
    queue.send(*(str(number) for number in range(12)))
    assert queue.pump.drain() == Counts(processed=12)
    assert queue.count(queue.url) == 0


def test_a_failed_message_comes_back_at_once(queue: Queue) -> None:
    queue.send("good", "twice")
    assert queue.pump.drain() == Counts(processed=2, failed=1)


def test_a_poisoned_message_ends_in_the_dead_letter_queue(queue: Queue) -> None:
    queue.send("good", "poison")
    assert queue.pump.drain() == Counts(processed=1, failed=5, dead=1)
    assert (queue.count(queue.url), queue.count(queue.dead_url)) == (0, 1)
    assert queue.pump.drain() == Counts()


KEEPS_GOOD_ONES = """
    def handler(event, context):
        bad = [record["messageId"] for record in event["Records"] if record["body"] != "poison"]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in bad]}
    """


def test_what_a_function_takes_from_the_dead_letter_queue_counts_as_dead_and_not_as_processed(
    engine: Engine, make_workers: MakeWorkers
) -> None:
    queue = Queue(engine, make_workers, FAILS_FIRST, keeps=KEEPS_GOOD_ONES)
    queue.send("good", "poison", "poison")
    assert queue.pump.drain() == Counts(processed=1, failed=10, dead=2)
    assert (queue.count(queue.url), queue.count(queue.dead_url)) == (0, 0)
    assert queue.pump.drain() == Counts()


def test_what_cannot_be_taken_from_the_dead_letter_queue_stays_there_and_drain_ends(
    engine: Engine, make_workers: MakeWorkers
) -> None:
    code = FAILS_FIRST.replace('== "poison"', 'in ("poison", "worse")')
    queue = Queue(engine, make_workers, code, keeps=KEEPS_GOOD_ONES)
    queue.send("poison", "worse")
    assert queue.pump.drain() == Counts(failed=5 + 5 + 6, dead=2), "once beside the good one, five times alone"
    assert (queue.count(queue.url), queue.count(queue.dead_url)) == (0, 1)
    assert queue.pump.drain() == Counts(failed=5), "it died once"


def test_the_background_empties_the_dead_letter_queue_too(engine: Engine, make_workers: MakeWorkers) -> None:
    queue = Queue(engine, make_workers, FAILS_FIRST, keeps=KEEPS_GOOD_ONES)
    queue.pump.start()
    queue.send("good", "poison")
    deadline = time.monotonic() + 10
    while queue.count(queue.url) > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    counts = queue.pump.drain()
    queue.pump.stop()
    assert counts == Counts(processed=1, failed=5, dead=1)


def test_a_delayed_message_is_drained_too(queue: Queue) -> None:
    queue.send("later", delay=300)
    assert queue.pump.drain() == Counts(processed=1)


def test_the_background_delivers_what_is_sent_and_drain_counts_it(queue: Queue) -> None:
    queue.pump.start()
    queue.send("good", "twice", "poison")
    deadline = time.monotonic() + 10
    while queue.count(queue.url) > 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert queue.pump.drain() == Counts(processed=2, failed=6, dead=1)


def test_an_exception_fails_the_whole_batch(engine: Engine, make_workers: MakeWorkers) -> None:
    queue = Queue(engine, make_workers, "def handler(event, context):\n    raise RuntimeError('no')")
    queue.send("a", "b")
    assert queue.pump.drain() == Counts(failed=10, dead=2)


def test_without_reporting_an_answer_means_success(engine: Engine, make_workers: MakeWorkers) -> None:
    queue = Queue(engine, make_workers, FAILS_FIRST, reports=False)
    queue.send("poison")
    assert queue.pump.drain() == Counts(processed=1)


def test_a_record_is_what_lambda_gives(engine: Engine, make_workers: MakeWorkers) -> None:
    code = "import json\ndef handler(event, context):\n    json.dump(event['Records'], open('seen.json', 'w'))"
    queue = Queue(engine, make_workers, code)
    queue.send("hello")
    queue.pump.drain()
    (record,) = json.loads((queue.workers.function.folder / "seen.json").read_text())
    assert (record["body"], record["eventSource"]) == ("hello", "aws:sqs")
    assert record["eventSourceARN"].endswith("PaymentsQueue")
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record.keys() >= {"messageId", "receiptHandle", "messageAttributes", "md5OfBody", "awsRegion"}
