"""Counts what a use case asks of DynamoDB: requests by kind, and the capacity units that DynamoDB would charge.

Units follow DynamoDB's pricing rules: a strongly consistent read costs one unit for each 4 KB begun of each item (a
query: of all its items together); a write one for each 1 KB begun of the item (the larger of before and after; the item
as stored afterwards is taken, for items here grow), twice that in a transaction.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3

from billing.adapters import aws

READS = {"GetItem", "BatchGetItem", "Query"}
WRITES = {"PutItem", "UpdateItem", "DeleteItem"}


@dataclass
class Meter:
    """What was counted."""

    calls: Counter[str] = field(default_factory=Counter)
    read_units: int = 0
    write_units: int = 0

    @property
    def reads(self) -> int:
        """Read requests."""
        return sum(self.calls[name] for name in READS)

    @property
    def writes(self) -> int:
        """Write requests outside transactions."""
        return sum(self.calls[name] for name in WRITES)

    @property
    def transactions(self) -> int:
        """Transactions."""
        return self.calls["TransactWriteItems"]

    def clear(self) -> None:
        """Counts from here on."""
        self.calls.clear()
        self.read_units = self.write_units = 0


@contextmanager
def metered() -> Iterator[Meter]:
    """Counts everything that the functions' DynamoDB client does meanwhile."""
    meter, events = Meter(), aws.client("dynamodb").meta.events

    asked: dict[str, Any] = {}

    def before(params: dict[str, Any], model: Any, **_: Any) -> None:
        meter.calls[model.name] += 1
        asked.clear()
        asked.update(json.loads(params["body"]))

    def after(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        meter.read_units += _read_units(model.name, asked, parsed)
        if "Error" not in parsed:
            meter.write_units += _written_units(model.name, asked)

    events.register("before-call.dynamodb", before)
    events.register("after-call.dynamodb", after)
    try:
        yield meter
    finally:
        events.unregister("before-call.dynamodb", before)
        events.unregister("after-call.dynamodb", after)


def _read_units(call: str, asked: dict[str, Any], parsed: dict[str, Any]) -> int:
    """What is not there costs one unit as well; so does an empty query."""
    match call:
        case "GetItem":
            return _units(_size(parsed.get("Item", {})), 4096)
        case "BatchGetItem":
            items = [item for found in parsed["Responses"].values() for item in found]
            missing = sum(len(request["Keys"]) for request in asked["RequestItems"].values()) - len(items)
            return missing + sum(_units(_size(item), 4096) for item in items)
        case "Query":
            return _units(sum(_size(item) for item in parsed["Items"]), 4096)
    return 0


def _written_units(call: str, asked: dict[str, Any]) -> int:
    if call == "TransactWriteItems":
        return 2 * sum(_stored_units(request) for action in asked["TransactItems"] for request in action.values())
    return _stored_units(asked) if call in WRITES else 0


def _stored_units(request: dict[str, Any]) -> int:
    """Units of one write, by the item as stored now. Its copy in the index, the same again, is not counted."""
    item = request.get("Item")
    if item is None:
        found = boto3.client("dynamodb").get_item(TableName=request["TableName"], Key=request["Key"])
        item = found.get("Item", {})
    return _units(_size(item), 1024)


def _units(size: int, unit: int) -> int:
    return max(1, -(-size // unit))


def _size(item: dict[str, Any]) -> int:
    """Bytes of an item by DynamoDB's rules, near enough: names and values in UTF-8, 3 more for a list or map."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "M":
        return 3 + _size(content)
    if kind == "L":
        return 3 + sum(1 + _value_size(member) for member in content)
    return 1 if kind in {"BOOL", "NULL"} else len(str(content).encode())
