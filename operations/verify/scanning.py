"""Reads a whole table, segment by segment, page by page. What was read can be kept, so that a cut-off run goes on."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from billing.adapters.dynamodb.keys import account_key, catalogue_key, orders_index, usage_index
from billing.adapters.dynamodb.mapper import from_item
from operations.verify.facts import Facts


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reading is: `segment` of `segments` (from 1), items so far, and how many a second."""

    segment: int
    segments: int
    items: int
    rate: int


def read_table(
    client: Any,
    table: str,
    *,
    segments: int = 1,
    kept: Path | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> Facts:
    """The facts of a table, through a low-level client. `kept`: the file where each segment's facts are added."""
    facts, done = _continued(kept, segments)
    read_before, started = facts.items, time.monotonic()
    for segment in range(done, segments):
        for page in _pages(client, table, segment, segments):
            for item in page:
                facts.add(from_item(item))
            if tell:
                rate = int((facts.items - read_before) / max(time.monotonic() - started, 0.001))
                tell(Progress(segment + 1, segments, facts.items, rate))
        if kept:
            plain = {"segments": segments, "done": segment + 1, "facts": facts.to_plain()}
            kept.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
    return facts


def read_account(client: Any, table: str, account_id: str) -> Facts:
    """The facts of one account: its balances, holds, entries and orders; no coupons and no documents.

    Orders and entries come by the index, which lags behind by a moment.
    """
    facts, seen = Facts(), set[tuple[str, str]]()
    index = {"IndexName": "gsi1"}
    for query in (
        {**_of("pk", catalogue_key()["pk"]["S"]), "ConsistentRead": True},
        {**_of("pk", account_key(account_id)["pk"]["S"]), "ConsistentRead": True},
        {**_of("gsi1pk", orders_index(account_id)), **index},
        {**_of("gsi1pk", usage_index(account_id)), **index},
    ):
        for record in _found(client, TableName=table, **query):
            name = record["pk"], record["sk"]
            if name not in seen:
                seen.add(name)
                facts.add(record)
    return facts


def _of(attribute: str, partition: str) -> dict[str, Any]:
    return {
        "KeyConditionExpression": f"{attribute} = :partition",
        "ExpressionAttributeValues": {":partition": {"S": partition}},
    }


def _found(client: Any, **query: Any) -> list[dict[str, Any]]:
    """Every record of a partition."""
    records: list[dict[str, Any]] = []
    while True:
        answer = client.query(**query)
        records += [from_item(item) for item in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            return records
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _continued(kept: Path | None, segments: int) -> tuple[Facts, int]:
    """What an earlier run has read; nothing if it divided the table differently, or had read all of it."""
    if kept is None or not kept.exists():
        return Facts(), 0
    plain = json.loads(kept.read_text("utf-8"))
    if plain["segments"] != segments or plain["done"] == segments:
        return Facts(), 0
    return Facts.from_plain(plain["facts"]), plain["done"]


def _pages(client: Any, table: str, segment: int, segments: int) -> Iterator[list[dict[str, Any]]]:
    start: dict[str, Any] = {} if segments == 1 else {"Segment": segment, "TotalSegments": segments}
    while True:
        answer = client.scan(TableName=table, ConsistentRead=True, **start)
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
