"""Calls to the one table, with the retries that DynamoDB asks for and failed conditions told by position."""

import random
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from billing.adapters import aws
from billing.adapters.dynamodb.keys import Key
from billing.adapters.dynamodb.mapper import Item, from_item, to_value

ATTEMPTS = 6
BASE_WAIT = 0.025
PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"}
PASSING_ERRORS = {"TransactionInProgressException", "ThrottlingException", "ProvisionedThroughputExceededException"}
BATCH_LIMIT = 100
INDEX = "gsi1"

Record = dict[str, Any]


class ConditionFailed(Exception):
    """A transaction's conditions failed; `positions` are the indices of the actions whose own condition did."""

    def __init__(self, positions: frozenset[int]) -> None:
        super().__init__(f"conditions failed at {sorted(positions)}")
        self.positions = positions


class Table:
    """One table. `sleep` waits seconds between tries; tests hand in another. `committed` sees each transaction done."""

    def __init__(
        self,
        name: str,
        client: Any = None,
        sleep: Callable[[float], None] = time.sleep,
        committed: Callable[[Sequence[Mapping[str, Any]]], None] | None = None,
    ) -> None:
        self.name = name
        self._client = client
        self._sleep = sleep
        self._committed = committed

    @property
    def client(self) -> Any:
        """The DynamoDB client, made at the first call."""
        if self._client is None:
            self._client = aws.client("dynamodb")
        return self._client

    def get(self, key: Key) -> Record | None:
        """One item, read consistently."""
        found = self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")
        return from_item(found) if found else None

    def get_many(self, keys: Sequence[Key]) -> list[Record | None]:
        """The items of these keys in their order, read consistently; one call for up to 100 different keys."""
        found: dict[tuple[str, str], Record] = {}
        unique = list({_plain(key): key for key in keys}.values())
        for start in range(0, len(unique), BATCH_LIMIT):
            found |= self._get_batch(unique[start : start + BATCH_LIMIT])
        return [found.get(_plain(key)) for key in keys]

    def _get_batch(self, keys: Sequence[Key]) -> dict[tuple[str, str], Record]:
        wanted: Any = {self.name: {"Keys": list(keys), "ConsistentRead": True}}
        found: dict[tuple[str, str], Record] = {}
        for attempt in range(ATTEMPTS):
            answer = self.client.batch_get_item(RequestItems=wanted)
            for item in answer["Responses"].get(self.name, []):
                found[_plain(item)] = from_item(item)
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return found
            self._wait(attempt)
        raise TimeoutError("the table left keys unread")

    def query(self, **request: Any) -> tuple[list[Record], Any]:
        """One page of a query and the key it stopped at."""
        answer = self.client.query(TableName=self.name, **request)
        return [from_item(item) for item in answer["Items"]], answer.get("LastEvaluatedKey")

    def between(self, partition: str, first: str, last: str) -> list[Record]:
        """The items of a partition from sort key `first` to `last`, all pages, each read consistently."""
        records: list[Record] = []
        start: dict[str, Any] = {}
        while True:
            found, following = self.query(
                KeyConditionExpression="pk = :partition AND sk BETWEEN :first AND :last",
                ExpressionAttributeValues={
                    ":partition": {"S": partition},
                    ":first": {"S": first},
                    ":last": {"S": last},
                },
                ConsistentRead=True,
                **start,
            )
            records += found
            if not following:
                return records
            start = {"ExclusiveStartKey": following}

    def page(self, partition: str, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Record], Any]:
        """A page of an index partition, newest first, and the key that the next one starts after (None at the end)."""
        return self.query(
            IndexName=INDEX,
            KeyConditionExpression="gsi1pk = :partition",
            ExpressionAttributeValues={":partition": {"S": partition}},
            ScanIndexForward=False,
            Limit=limit,
            **({"ExclusiveStartKey": dict(after)} if after else {}),
        )

    def write(self, action: Mapping[str, Mapping[str, Any]]) -> None:
        """One action of a transaction on its own, at half the price; `ConditionFailed` like `transact`."""
        ((kind, request),) = action.items()
        call = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}[kind]
        try:
            getattr(self.client, call)(**request)
        except self.client.exceptions.ConditionalCheckFailedException:
            raise ConditionFailed(frozenset({0})) from None

    def transact(self, actions: Sequence[Mapping[str, Any]]) -> None:
        """All actions or none; `ConditionFailed` when a condition fails, tried again on conflict and throttling."""
        token = str(uuid.uuid4())
        for attempt in range(ATTEMPTS):
            try:
                self.client.transact_write_items(TransactItems=list(actions), ClientRequestToken=token)
                break
            except Exception as error:
                if not self._passes(error) or attempt + 1 == ATTEMPTS:
                    raise
            self._wait(attempt)
        if self._committed:
            self._committed(actions)

    def _passes(self, error: Exception) -> bool:
        """Whether to try again; raises `ConditionFailed` where a condition decided."""
        code = aws.error_code(error)
        if code != "TransactionCanceledException":
            return code in PASSING_ERRORS
        reasons = [reason.get("Code") for reason in getattr(error, "response", {}).get("CancellationReasons", [])]
        failed = frozenset(index for index, code in enumerate(reasons) if code == "ConditionalCheckFailed")
        if failed:
            raise ConditionFailed(failed) from None
        return any(code in PASSING for code in reasons)

    def _wait(self, attempt: int) -> None:
        self._sleep(random.uniform(0, BASE_WAIT * 2**attempt))  # noqa: S311 - jitter, not a secret

    def put(self, key: Key, record: Item, condition: str | None = None, **values: Any) -> dict[str, Any]:
        """A Put action; `values` are the condition's `:names`."""
        return {"Put": self._request({"Item": {**key, **record}}, condition, values)}

    def update(self, key: Key, change: str, condition: str | None = None, **values: Any) -> dict[str, Any]:
        """An Update action. A `#name` in the texts stands for the attribute of that name."""
        return {"Update": self._request({"Key": key, "UpdateExpression": change}, condition, values)}

    def delete(self, key: Key, condition: str | None = None, **values: Any) -> dict[str, Any]:
        """A Delete action."""
        return {"Delete": self._request({"Key": key}, condition, values)}

    def _request(self, request: dict[str, Any], condition: str | None, values: dict[str, Any]) -> dict[str, Any]:
        request["TableName"] = self.name
        if condition:
            request["ConditionExpression"] = condition
        if values:
            request["ExpressionAttributeValues"] = {f":{name}": to_value(value) for name, value in values.items()}
        texts = f"{request.get('UpdateExpression', '')} {condition or ''}"
        names = set(re.findall(r"#\w+", texts))
        if names:
            request["ExpressionAttributeNames"] = {name: name[1:] for name in names}
        return request


ABSENT = "attribute_not_exists(pk)"
"""The condition that nothing is stored under the key yet."""


def _plain(key: Mapping[str, Any]) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]
