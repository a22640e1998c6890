"""A DynamoDB client without DynamoDB: one table with one index in memory, atomic, and fast.

It stands in for boto3's low-level client, so that `billing.adapters.dynamodb.client.Table` and all that is built on it
runs as it is. `tests/integration/test_memory_table.py` holds it to what moto answers to the same requests.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.support.expressions import Item, Unsupported, change, condition, key_condition

Place = tuple[str, str]
"""pk and sk."""

Entry = tuple[str, Place]
"""Where an item stands in a partition, of the table or of the index: the text that it is sorted by, and its place."""

State = Mapping[Place, Item]

MOST_ACTIONS = 100

_EXPRESSION = {"ExpressionAttributeNames", "ExpressionAttributeValues"}
_CONDITION = {"TableName", "ConditionExpression", *_EXPRESSION}
_KNOWN = {
    "Put": {"Item", *_CONDITION},
    "Update": {"Key", "UpdateExpression", *_CONDITION},
    "Delete": {"Key", *_CONDITION},
}
_QUERY = {"TableName", "IndexName", "KeyConditionExpression", "ExpressionAttributeValues"} | {
    *("ConsistentRead", "ScanIndexForward", "Limit", "ExclusiveStartKey")
}


class ConditionalCheckFailedException(ClientError):  # type: ignore[misc]  # botocore publishes no types
    """The condition of a single write does not hold."""


@dataclass(slots=True)
class Outage:
    """The table fails once, at the write after `writes` others; what was asked for is done nevertheless if `done`."""

    writes: int
    done: bool = False


class MemoryTable:
    """The calls of a DynamoDB client that our adapters make. Items are never changed in place, only replaced."""

    exceptions = SimpleNamespace(ConditionalCheckFailedException=ConditionalCheckFailedException)

    def __init__(self) -> None:
        self.outage: Outage | None = None
        self.restore({})

    def restore(self, state: State) -> None:
        """Hold this and nothing else."""
        self._items: dict[Place, Item] = {}
        self._kinds: dict[str, dict[Place, Item]] = defaultdict(dict)
        self._sorted: dict[str, list[str]] = {}
        self._index: dict[str, list[Entry]] = {}
        self._tokens: set[str] = set()
        for place, item in state.items():
            self._store(place, item)

    def state(self) -> State:
        """All that is held, as it is now."""
        return dict(self._items)

    def items(self, prefix: str) -> list[Item]:
        """The items whose partition begins so: with a word and #, and perhaps more."""
        kind = self._kinds[prefix.partition("#")[0]]
        return [item for (pk, _), item in kind.items() if pk.startswith(prefix)]

    def partition(self, pk: str) -> list[Item]:
        """The items of a partition in order."""
        return [self._items[pk, sk] for sk in self._sorted.get(pk, [])]

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool = False) -> dict[str, Any]:  # noqa: N803
        """One item."""
        item = self._items.get(_place(Key))
        return {"Item": item} if item else {}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803
        """Several items, in an order of the table's own."""
        ((table, request),) = RequestItems.items()
        places = [_place(key) for key in request["Keys"]]
        if not 0 < len(set(places)) == len(places) <= MOST_ACTIONS:
            raise invalid("BatchGetItem", "1 to 100 different keys")
        found = [self._items[place] for place in sorted(places) if place in self._items]
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def query(self, **request: Any) -> dict[str, Any]:
        """One page of a partition of the table or of its index."""
        _check_names("Query", request, _QUERY)
        if "IndexName" in request and request.get("ConsistentRead"):
            raise invalid("Query", "an index is not read consistently")
        names = ("pk", "sk", *(("gsi1pk", "gsi1sk") if "IndexName" in request else ()))
        found, forward = self._matching(request), request.get("ScanIndexForward", True)
        if start := request.get("ExclusiveStartKey"):
            last = start[names[-1]]["S"], _place(start)
            found = [entry for entry in found if (entry > last if forward else entry < last)]
        limit = request.get("Limit")
        page = [self._items[place] for _, place in (found if forward else found[::-1])[:limit]]
        answer: dict[str, Any] = {"Items": page}
        if limit and len(page) == limit:
            answer["LastEvaluatedKey"] = {name: page[-1][name] for name in names}
        return answer

    def put_item(self, **request: Any) -> dict[str, Any]:
        """One Put."""
        return self._write("Put", request)

    def update_item(self, **request: Any) -> dict[str, Any]:
        """One Update."""
        return self._write("Update", request)

    def delete_item(self, **request: Any) -> dict[str, Any]:
        """One Delete."""
        return self._write("Delete", request)

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """All or nothing; the same token again does nothing more."""
        _check_names("TransactWriteItems", request, {"TransactItems", "ClientRequestToken"})
        token = request.get("ClientRequestToken", "")
        if token in self._tokens:
            return {}
        actions = [next(iter(action.items())) for action in request["TransactItems"]]
        places = [_target(request) for _, request in actions]
        if not 0 < len(set(places)) == len(places) <= MOST_ACTIONS:
            raise invalid("TransactWriteItems", "1 to 100 actions, each on an item of its own")
        results = [self._result(kind, request) for kind, request in actions]
        if not all(holds for holds, _ in results):
            raise _cancelled([holds for holds, _ in results])
        self._commit([(place, item) for place, (_, item) in zip(places, results, strict=True)], token)
        return {}

    def _write(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        holds, item = self._result(kind, request)
        if not holds:
            error: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": "the condition failed"}}
            raise ConditionalCheckFailedException(error, kind)
        self._commit([(_target(request), item)], "")
        return {}

    def _result(self, kind: str, request: Mapping[str, Any]) -> tuple[bool, Item | None]:
        """Whether the action's condition holds, and the item afterwards (None: none)."""
        _check_names(kind, request, _KNOWN.get(kind, set()))
        given = request.get("ExpressionAttributeNames")
        names = tuple(given.items()) if given else ()
        values = request.get("ExpressionAttributeValues", {})
        place = _target(request)
        item = self._items.get(place, {})
        used: frozenset[str] = frozenset()
        holds = True
        if text := request.get("ConditionExpression"):
            asked = condition(text, names)
            used, holds = asked.used, asked.holds(item, values)
        after: Item | None = dict(request["Item"]) if kind == "Put" else None
        if kind == "Update":
            wanted = change(request["UpdateExpression"], names)
            used |= wanted.used
            after = wanted.apply(item or request["Key"], values) if holds else None
        if used != {*values, *(given or ())}:
            raise invalid(kind, f"names and values: {sorted(used)} are used")
        return holds, after

    def _commit(self, writes: Sequence[tuple[Place, Item | None]], token: str) -> None:
        outage = self._outage_now()
        if outage and not outage.done:
            raise _failed()
        for place, item in writes:
            self._store(place, item)
        if token:
            self._tokens.add(token)
        if outage:
            raise _failed()

    def _outage_now(self) -> Outage | None:
        """The outage, if this is the write that it meets: then it is over."""
        if self.outage is None:
            return None
        if self.outage.writes:
            self.outage.writes -= 1
            return None
        outage, self.outage = self.outage, None
        return outage

    def _store(self, place: Place, item: Item | None) -> None:
        kind = self._kinds[place[0].partition("#")[0]]
        before = self._items.pop(place, None)
        if before:
            del kind[place]
            self._unlist(place, before)
        if item:
            self._items[place] = kind[place] = item
            insort(self._sorted.setdefault(place[0], []), place[1])
            if entry := _entry(place, item):
                insort(self._index.setdefault(entry[0], []), entry[1])

    def _unlist(self, place: Place, item: Item) -> None:
        texts = self._sorted[place[0]]
        del texts[bisect_left(texts, place[1])]
        if entry := _entry(place, item):
            self._index[entry[0]].remove(entry[1])

    def _matching(self, request: Mapping[str, Any]) -> list[Entry]:
        asked = key_condition(request["KeyConditionExpression"])
        values = request["ExpressionAttributeValues"]
        if asked.used != values.keys():
            raise invalid("Query", f"values: {sorted(asked.used)} are used")
        index = request.get("IndexName")
        attributes = {None: ("pk", "sk"), "gsi1": ("gsi1pk", "gsi1sk")}[index]
        if asked.partition[0] != attributes[0] or asked.sort not in {None, attributes[1]}:
            raise invalid("Query", "not a key of the table or index")
        partition = values[asked.partition[1]]["S"]
        if index:
            return [entry for entry in self._index.get(partition, []) if asked.passes(entry[0], values)]
        texts = self._sorted.get(partition, [])
        return [(text, (partition, text)) for text in texts if asked.passes(text, values)]


def invalid(call: str, message: str) -> ClientError:
    """What DynamoDB says to a request that it does not take."""
    return ClientError({"Error": {"Code": "ValidationException", "Message": message}}, call)


def _check_names(call: str, request: Mapping[str, Any], known: set[str]) -> None:
    if unknown := request.keys() - known:
        raise Unsupported(f"{call} with {sorted(unknown)}")


def _place(key: Mapping[str, Any]) -> Place:
    pk, sk = key["pk"]["S"], key["sk"]["S"]
    if not pk or not sk:
        raise invalid("", "a key may not be empty")
    return pk, sk


def _target(request: Mapping[str, Any]) -> Place:
    return _place(request.get("Key") or request["Item"])


def _entry(place: Place, item: Item) -> tuple[str, Entry] | None:
    """The index's partition of an item, and its place there; None where the index has none."""
    if "gsi1pk" not in item or "gsi1sk" not in item:
        return None
    return item["gsi1pk"]["S"], (item["gsi1sk"]["S"], place)


def _cancelled(holding: Sequence[bool]) -> ClientError:
    codes = ["None" if holds else "ConditionalCheckFailed" for holds in holding]
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": f"cancelled: {codes}"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(response, "TransactWriteItems")


def _failed() -> ClientError:
    return ClientError({"Error": {"Code": "InternalServerError", "Message": "an outage of the table"}}, "write")
