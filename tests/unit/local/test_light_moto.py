"""Light calls do what moto's own do, and touch nothing else."""

import copy
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.dynamodb.models.table import Table

from local import light_moto
from local.light_moto import light_moto as light

NAMES = st.sampled_from("abc")
KEYS = st.fixed_dictionaries({"pk": NAMES, "sk": NAMES})
CONDITIONS = st.sampled_from([None, "attribute_exists(pk)", "attribute_not_exists(pk)", "attribute_exists(n)", "n ="])
ACTIONS = st.tuples(st.sampled_from(["Put", "Update", "Delete", "ConditionCheck"]), KEYS, CONDITIONS, st.integers(0, 9))
SCHEMA = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "g")],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "gsi1",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


@pytest.fixture
def client() -> Iterator[Any]:
    """moto's DynamoDB with two tables that are treated alike."""
    with mock_aws():
        made = boto3.client("dynamodb", region_name="ap-southeast-1")
        for name in ("light", "plain"):
            made.create_table(TableName=name, **SCHEMA)
        yield made
        for name in ("light", "plain"):  # moto keeps its state while others use it in this process
            made.delete_table(TableName=name)


def key(names: dict[str, str]) -> dict[str, Any]:
    """As DynamoDB writes it."""
    return {name: {"S": value} for name, value in names.items()}


def action(table: str, kind: str, names: dict[str, str], condition: str | None, number: int) -> dict[str, Any]:
    """One action of a transaction."""
    request: dict[str, Any] = {"TableName": table}
    values: dict[str, Any] = {}
    if kind == "ConditionCheck" and condition is None:
        condition = "attribute_exists(pk)"
    if condition:
        request["ConditionExpression"] = condition.replace("n =", "n = :seen")
        values |= {":seen": {"N": "3"}} if "n =" in condition else {}
    if kind == "Put":
        request["Item"] = {**key(names), "g": {"S": f"g{number % 2}"}, "n": {"N": str(number)}}
    else:
        request["Key"] = key(names)
    if kind == "Update":
        request["UpdateExpression"] = "SET n = :n, m = :n" if number % 2 else "REMOVE n"
        values |= {":n": {"N": str(number)}} if number % 2 else {}
    return {kind: {**request, **({"ExpressionAttributeValues": values} if values else {})}}


def transact(client: Any, table: str, actions: list[Any]) -> str:
    """What came of it: nothing to tell, or which actions failed and why."""
    try:
        with light() if table == "light" else nullcontext():
            client.transact_write_items(TransactItems=[action(table, *each) for each in actions])
    except ClientError as error:
        reasons = [reason["Code"] for reason in error.response.get("CancellationReasons", [])]
        return f"{error.response['Error']['Code']} {reasons}"
    return ""


def stored(client: Any, table: str) -> list[Any]:
    """All there is."""
    return client.scan(TableName=table)["Items"]  # type: ignore[no-any-return]


def clear(client: Any) -> None:
    """Empty tables, for hypothesis takes one fixture for all its examples."""
    for table in ("light", "plain"):
        for item in stored(client, table):
            client.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})


@given(st.lists(st.lists(ACTIONS, min_size=1, max_size=5), max_size=6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_transaction_does_all_or_nothing_as_motos_own(client: Any, transactions: list[list[Any]]) -> None:
    clear(client)
    for actions in transactions:
        assert transact(client, "light", actions) == transact(client, "plain", actions)
        assert stored(client, "light") == stored(client, "plain")


@given(
    st.lists(ACTIONS.filter(lambda each: each[0] == "Put"), max_size=12),
    st.sampled_from([("pk", None), ("g", "gsi1")]),
    st.booleans(),
    st.integers(1, 3),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_query_finds_the_same_in_the_same_order(
    client: Any, puts: list[Any], by: tuple[str, str | None], forward: bool, limit: int
) -> None:
    clear(client)
    for each in puts:
        for table in ("light", "plain"):
            transact(client, table, [("Put", each[1], None, each[3])])
    attribute, index = by
    for value in ("a", "b", "g0", "g1"):
        request = {
            "KeyConditionExpression": f"{attribute} = :value AND sk >= :from",
            "ExpressionAttributeValues": {":value": {"S": value}, ":from": {"S": "b"}},
            "ScanIndexForward": forward,
            "Limit": limit,
            **({"IndexName": index} if index else {}),
        }
        with light():
            found = client.query(TableName="light", **request)
        expected = client.query(TableName="plain", **request)
        for answer in (found, expected):
            del answer["ResponseMetadata"]
        assert found == expected


def test_neither_copies_nor_sorts_the_table(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes moto slower with each item that is stored."""
    copied: list[Any] = []

    def deepcopy(value: Any, *arguments: Any) -> Any:
        copied.append(value)
        return copy.copy(value) if isinstance(value, Table) else value

    monkeypatch.setattr("local.light_moto.copy.deepcopy", deepcopy)
    monkeypatch.setattr(light_moto, "_all_items", lambda _: pytest.fail("all items were sorted"))
    actions = [("Put", {"pk": "a", "sk": sk}, None, 1) for sk in "abc"]
    assert transact(client, "light", actions) == ""
    with light():
        for attribute, index in (("pk", {}), ("g", {"IndexName": "gsi1"})):
            client.query(
                TableName="light",
                KeyConditionExpression=f"{attribute} = :value",
                ExpressionAttributeValues={":value": {"S": "a"}},
                **index,
            )
    assert not any(isinstance(value, Table) for value in copied)


def test_calls_that_are_not_asked_to_be_light_are_motos_own(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What shows races on bare moto must go on showing them."""
    called = []
    monkeypatch.setattr(light_moto, "_transact", lambda *_: called.append("moto's"))
    monkeypatch.setattr(light_moto, "_place", lambda *_: pytest.fail("something was kept"))
    assert transact(client, "plain", [("Put", {"pk": "a", "sk": "a"}, None, 1)]) == ""
    assert called == ["moto's"]
