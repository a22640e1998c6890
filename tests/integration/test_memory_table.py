"""The table in memory answers like DynamoDB's emulator: the same cases on both, then random requests at once."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.adapters import aws
from billing.adapters.dynamodb.client import ABSENT, ConditionFailed, Table
from billing.adapters.dynamodb.fulfilment import PLACE_LEFT
from billing.adapters.dynamodb.mapper import to_item
from tests.support.expressions import Unsupported, change, condition, key_condition
from tests.support.memory_table import MemoryTable, Outage
from tests.support.template import table_definition

NAME = "both"

Action = dict[str, Any]


@pytest.fixture(scope="module")
def emulated(moto_engine: None) -> Iterator[Any]:
    """moto's client, with the template's table."""
    client = aws.client("dynamodb")
    client.create_table(TableName=NAME, **table_definition())
    yield client
    client.delete_table(TableName=NAME)


@pytest.fixture(params=["memory", "moto"])
def table(request: pytest.FixtureRequest, emulated: Any) -> Table:
    """An empty table of either kind."""
    client = MemoryTable() if request.param == "memory" else emulated
    empty(emulated)
    return Table(NAME, client)


def empty(client: Any) -> None:
    """Deletes everything in moto's table."""
    for item in client.scan(TableName=NAME)["Items"]:
        client.delete_item(TableName=NAME, Key={name: item[name] for name in ("pk", "sk")})


def key(pk: str = "a", sk: str = "1") -> dict[str, dict[str, str]]:
    """A key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def put(table: Table, sk: str = "1", **record: Any) -> None:
    """Stores an item of partition a."""
    table.write(table.put(key(sk=sk), to_item(record)))


def test_an_item_comes_back_as_it_was_stored(table: Table) -> None:
    record: dict[str, Any] = {"a": None, "b": True, "c": 10**20, "d": "đ", "e": [1, {"f": "x"}], "g": {}}
    put(table, **record)
    assert table.get(key()) == {"pk": "a", "sk": "1", **record}
    assert table.get(key(sk="2")) is None
    found = table.get_many([key(sk="2"), key()])
    assert [record and record["sk"] for record in found] == [None, "1"]


def test_a_put_replaces_the_whole_item(table: Table) -> None:
    put(table, old=1)
    put(table, new=2)
    assert table.get(key()) == {"pk": "a", "sk": "1", "new": 2}


@pytest.mark.parametrize(
    ("record", "text", "values", "holds"),
    [
        ({"n": 1}, ABSENT, {}, False),
        ({"status": "open"}, "#status = :open", {"open": "open"}, True),
        ({"n": 1}, "#status = :open", {"open": "open"}, False),
        ({"n": 2}, "n = :b AND (n = :a OR n = :b)", {"a": 1, "b": 2}, True),
        ({"n": 2}, "n = :a AND n = :b OR n = :b", {"a": 1, "b": 2}, True),
        ({"n": 2}, "n = :b OR n = :b AND n = :a", {"a": 1, "b": 2}, True),
        ({"n": 10}, "n < :b", {"b": 9}, False),
        ({"n": 9}, "n < :b", {"b": 10}, True),
        ({"n": 10}, "n <= :b", {"b": 10}, True),
        ({"taken": 3, "max_redemptions": 3}, PLACE_LEFT, {"none": None}, False),
        ({"taken": 2, "max_redemptions": 3}, PLACE_LEFT, {"none": None}, True),
        ({"taken": 3, "max_redemptions": None}, PLACE_LEFT, {"none": None}, True),
        ({"taken": 3}, PLACE_LEFT, {"none": None}, True),
        ({"n": 1}, "attribute_exists(n)", {}, True),
        ({"n": 1}, "n IN (:a, :b)", {"a": 2, "b": 1}, True),
        ({"n": 3}, "n IN (:a, :b) OR n = :a", {"a": 2, "b": 1}, False),
    ],
)
def test_a_condition_decides_whether_a_write_happens(
    table: Table, record: dict[str, Any], text: str, values: dict[str, Any], holds: bool
) -> None:
    put(table, **record)
    action = table.update(key(), "SET touched = :yes", text, yes=True, **values)
    assert outcome(table, [action], alone=True) == ("done" if holds else {0})
    assert ("touched" in (table.get(key()) or {})) is holds


def test_changes_work_on_the_item_as_it_was(table: Table) -> None:
    put(table, n=1, swapped=2, attempts=[["vnpay", "A"]], gone=True)
    text = (
        "SET swapped = n, n = swapped, attempts = list_append(attempts, :more), whole = n + :one, "
        "earliest = if_not_exists(earliest, :one) REMOVE gone ADD taken :one"
    )
    table.write(table.update(key(), text, more=[["momo", "B"]], one=1))
    assert table.get(key()) == {
        "pk": "a",
        "sk": "1",
        "n": 2,
        "swapped": 1,
        "attempts": [["vnpay", "A"], ["momo", "B"]],
        "whole": 2,
        "earliest": 1,
        "taken": 1,
    }
    table.write(table.update(key(), "ADD taken :minus", minus=-3))
    assert (table.get(key()) or {})["taken"] == -2


def test_an_update_of_what_is_not_there_makes_it(table: Table) -> None:
    table.write(table.update(key(), "ADD taken :one", one=1))
    assert table.get(key()) == {"pk": "a", "sk": "1", "taken": 1}


def test_a_transaction_is_done_whole_or_not_at_all(table: Table) -> None:
    put(table, n=1)
    actions = [
        table.put(key(sk="2"), to_item({"n": 2}), ABSENT),
        table.update(key(), "SET n = :n", "n = :before", n=5, before=4),
        table.put(key("b"), to_item({"n": 3}), "n = :n", n=3),
    ]
    with pytest.raises(ConditionFailed) as caught:
        table.transact(actions)
    assert caught.value.positions == {1, 2}
    assert table.get_many([key(), key(sk="2"), key("b")]) == [{"pk": "a", "sk": "1", "n": 1}, None, None]
    table.transact([actions[0], table.delete(key())])
    assert table.get_many([key(), key(sk="2")]) == [None, {"pk": "a", "sk": "2", "n": 2}]


def test_a_transaction_may_not_touch_an_item_twice(table: Table) -> None:
    """Moving an entry to the place where it is, for example, would be refused as a whole."""
    with pytest.raises(ClientError, match="ValidationException"):
        table.transact([table.delete(key()), table.put(key(), {})])


def test_what_moto_leaves_out_is_as_dynamodb_documents_it() -> None:
    """A token does a transaction once; a text is in no order with a number."""
    table = Table(NAME, MemoryTable())
    request = {"TransactItems": [table.update(key(), "ADD n :one", one=1)], "ClientRequestToken": "t"}
    table.client.transact_write_items(**request)
    table.client.transact_write_items(**request)
    assert table.get(key()) == {"pk": "a", "sk": "1", "n": 1}
    assert outcome(table, [table.update(key(), "SET n = :x", "n < :x", x="9")], alone=True) == {0}


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("pk = :pk", {}, ["1", "2", "3", "30"]),
        ("pk = :pk AND sk = :x", {"x": "2"}, ["2"]),
        ("pk = :pk AND sk <= :x", {"x": "2~"}, ["1", "2"]),
        ("pk = :pk AND sk < :x", {"x": "3"}, ["1", "2"]),
        ("pk = :pk AND sk >= :x", {"x": "3"}, ["3", "30"]),
        ("pk = :pk AND sk > :x", {"x": "3"}, ["30"]),
        ("pk = :pk AND sk BETWEEN :x AND :y", {"x": "2", "y": "3"}, ["2", "3"]),
        ("pk = :pk AND begins_with(sk, :x)", {"x": "3"}, ["3", "30"]),
    ],
)
def test_a_query_gives_a_range_in_order_page_by_page(
    table: Table, text: str, values: dict[str, str], expected: list[str]
) -> None:
    for sk in ("3", "1", "30", "2"):
        put(table, sk)
    given = {":pk": {"S": "a"}, **{f":{name}": {"S": value} for name, value in values.items()}}
    for forward in (True, False):
        for limit in (1, 2, 10):
            request = {"KeyConditionExpression": text, "ExpressionAttributeValues": given, "ScanIndexForward": forward}
            assert walk(table, Limit=limit, **request) == (expected if forward else expected[::-1])


def walk(table: Table, **request: Any) -> list[str]:
    """The sort keys of all pages; a last page may be empty."""
    found: list[str] = []
    start: dict[str, Any] = {}
    while True:
        records, following = table.query(**request, **start)
        found += [record["sk"] for record in records]
        if not following:
            return found
        start = {"ExclusiveStartKey": following}


def test_the_index_has_what_carries_its_keys_as_it_is_now(table: Table) -> None:
    for sk, order in (("1", "c"), ("2", "a"), ("3", "b")):
        put(table, sk, gsi1pk="list", gsi1sk=order)
    put(table, "4", gsi1pk="list")
    put(table, "5", gsi1pk="other", gsi1sk="d")
    table.write(table.delete(key(sk="3")))
    records, following = table.page("list", 1, None)
    assert [record["sk"] for record in records] == ["1"]
    records, _ = table.page("list", 5, following)
    assert [record["sk"] for record in records] == ["2"]
    put(table, "2", gsi1pk="other", gsi1sk="e")
    assert [record["sk"] for record in table.page("list", 5, None)[0]] == ["1"]


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (condition, "NOT n = :a"),
        (condition, "n IN ()"),
        (condition, "n <> :a"),
        (condition, "size(n) < :a"),
        (condition, "n = :a AND"),
        (condition, "n = :a :b"),
        (condition, "a.b = :a"),
        (condition, "#n = :a"),
        (change, "SET a.b = :a"),
        (change, "SET a[0] = :a"),
        (change, "SET a = :a, a = :b"),
        (change, "SET sk = :a"),
        (change, "DELETE a :a"),
        (key_condition, "sk = :a OR sk = :b"),
    ],
)
def test_an_expression_of_another_kind_is_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(Unsupported):
        read(text)


def test_requests_that_dynamodb_would_not_take_are_refused() -> None:
    table = Table(NAME, MemoryTable())
    with pytest.raises(ClientError, match="ValidationException"):
        table.write(table.put(key(), {}, ABSENT, unused=1))
    with pytest.raises(ClientError, match="ValidationException"):
        table.write(table.put(key(sk=""), {}))
    with pytest.raises(ClientError, match="ValidationException"):
        table.transact([])
    with pytest.raises(Unsupported):
        table.client.put_item(TableName=NAME, Item=key(), ReturnValues="ALL_OLD")
    with pytest.raises(Unsupported):
        table.client.query(TableName=NAME, FilterExpression="n = :n")


@pytest.mark.parametrize("done", [False, True])
def test_an_outage_meets_one_write_and_leaves_it_done_or_not(done: bool) -> None:
    client = MemoryTable()
    table = Table(NAME, client)
    client.outage = Outage(1, done)
    put(table, "1")
    with pytest.raises(ClientError, match="InternalServerError"):
        put(table, "2")
    put(table, "3")
    assert [record["sk"] for record in map(dict, client.items("a"))] == [
        {"S": sk} for sk in (("1", "2", "3") if done else ("1", "3"))
    ]


places = st.builds(key, st.sampled_from("ab"), st.sampled_from("123"))
numbers = st.integers(-2, 2)
statuses = st.sampled_from(["open", "paid"])
records = st.fixed_dictionaries(
    {},
    optional={
        "n": numbers,
        "status": statuses,
        "taken": numbers,
        "max_redemptions": st.none() | numbers,
        "attempts": st.lists(st.lists(st.sampled_from("xy"), max_size=1), max_size=2),
    },
)
CONDITIONS = (
    *(None, ABSENT, "attribute_exists(pk)", "n = :n", "#status = :status", PLACE_LEFT, f"{ABSENT} OR taken < :n"),
    *("n = :n AND (#status = :status OR #status = :paid)", "attribute_not_exists(n) AND taken <= :n"),
    *("n < taken OR n >= :n", "#status IN (:status, :paid) AND n < :n"),
)
CHANGES = (
    *("SET #status = :status, n = :n", "ADD n :n", "ADD taken :n SET #status = :paid", "REMOVE n, taken"),
    *("SET n = if_not_exists(taken, :n)", "SET n = :n REMOVE max_redemptions"),
)


@st.composite
def actions(draw: st.DrawFn) -> Callable[[Table], Action]:
    """One action of any kind with the values that its expressions name."""
    kind, place = draw(st.sampled_from(["put", "update", "delete"])), draw(places)
    text = draw(st.sampled_from(CONDITIONS))
    wanted = draw(st.sampled_from(CHANGES)) if kind == "update" else ""
    record = to_item(draw(records))
    known = {"n": draw(numbers), "status": draw(statuses), "paid": "paid", "none": None}
    used = set(re.findall(r":(\w+)", f"{wanted} {text or ''}"))
    values = {name: value for name, value in known.items() if name in used}
    if kind == "put":
        return lambda table: table.put(place, record, text, **values)
    if kind == "update":
        return lambda table: table.update(place, wanted, text, **values)
    return lambda table: table.delete(place)


def outcome(table: Table, wanted: list[Action], alone: bool) -> object:
    """What became of a write or a transaction."""
    try:
        if alone:
            table.write(wanted[0])
        else:
            table.transact(wanted)
    except ConditionFailed as failed:
        return failed.positions
    except ClientError as error:
        return aws.error_code(error)
    return "done"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.lists(actions(), min_size=1, max_size=3), st.booleans()), min_size=1, max_size=8))
def test_random_writes_come_out_alike(emulated: Any, rounds: list[tuple[list[Any], bool]]) -> None:
    empty(emulated)
    memory, moto = Table(NAME, MemoryTable()), Table(NAME, emulated)
    for makers, alone in rounds:
        wanted = [make(memory) for make in makers]
        assert outcome(memory, wanted, alone) == outcome(moto, wanted, alone), wanted
        stored = {(item["pk"]["S"], item["sk"]["S"]): item for item in emulated.scan(TableName=NAME)["Items"]}
        assert memory.client.state() == stored, wanted
