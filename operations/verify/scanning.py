"""Reads a whole table, segment by segment, page by page. What was read can be kept, so that a cut-off run goes on."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
