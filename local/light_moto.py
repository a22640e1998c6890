"""moto's tables at the price of what a call touches, so that a long day on one machine does not get slower and slower.

moto copies the whole table before each action of a transaction, to put it back if one fails: a sale of 15 actions in a
table of 2,000 items copies 30,000. And each query sorts all items of the table first. Here only what a transaction
touches is kept, and a query looks at its own partition. That is as good as long as calls go one at a time, as the
engine's do; nobody else's calls to moto are changed.
"""

import copy
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import signature
from typing import Any

from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_transact, _query, _all_items = DynamoDBBackend.transact_write_items, Table.query, Table.all_items


class _Thread(threading.local):
    light = False
    asked: tuple[DynamoType | None, str | None] | None = None
    """The partition and the index of the query that runs."""


_thread = _Thread()


@contextmanager
def light_moto() -> Iterator[None]:
    """Within it, what this thread asks of moto's tables is light."""
    _thread.light = True
    try:
        yield
    finally:
        _thread.light = False


class _Copying:
    """The module `copy` as moto's tables see it: a table is its own copy, since what is touched is kept elsewhere."""

    def __getattr__(self, name: str) -> Any:
        return getattr(copy, name)

    def deepcopy(self, value: Any, *arguments: Any) -> Any:
        return value if _thread.light and isinstance(value, Table) else copy.deepcopy(value, *arguments)


def _light_transact(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    if not _thread.light:
        _transact(backend, transact_items)
        return
    places = [_place(backend, *each) for action in transact_items for each in action.items()]
    before = [(items, key, copy.deepcopy(items.get(key))) for items, key in filter(None, places)]
    try:
        _transact(backend, transact_items)
    except Exception:
        for items, key, item in before:
            items.pop(key, None)
            if item is not None:
                items[key] = item
        raise


def _place(backend: DynamoDBBackend, kind: str, action: Mapping[str, Any]) -> tuple[dict[Any, Any], Any] | None:
    """Where an action's item is, or would be; None for an action that moto refuses before it writes."""
    table, names = backend.tables.get(action.get("TableName", "")), action.get("Item" if kind == "Put" else "Key")
    if table is None or names is None or not {table.hash_key_attr, table.range_key_attr} - {None} <= {*names}:
        return None
    partition, sort = backend.get_keys_value(table, names)
    return (table.items[partition], sort) if table.has_range_key else (table.items, partition)


def _light_query(table: Table, *arguments: Any, **named: Any) -> Any:
    asked = signature(_query).bind(table, *arguments, **named).arguments
    _thread.asked = (asked["hash_key"], asked.get("index_name")) if _thread.light else None
    try:
        return _query(table, *arguments, **named)
    finally:
        _thread.asked = None


def _light_items(table: Table) -> list[Item]:
    """What a query may find, in any order, for it sorts what it finds."""
    if _thread.asked is None or not table.range_key_attr:
        return _all_items(table)
    partition, index = _thread.asked
    if index is None:
        return [*table.items.get(partition, {}).values()]
    return [item for items in table.items.values() for item in items.values()]


for _owner, _name, _ours in (
    (models, "copy", _Copying()),
    (DynamoDBBackend, "transact_write_items", _light_transact),
    (Table, "query", _light_query),
    (Table, "all_items", _light_items),
):
    setattr(_owner, _name, _ours)
