"""The table's client: what DynamoDB does that no emulator shows, injected."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from billing.adapters.dynamodb.client import ATTEMPTS, ConditionFailed, Table
from billing.adapters.dynamodb.keys import order_key
from billing.adapters.dynamodb.mapper import from_item, from_value, to_item, to_value


def cancelled(*codes: str) -> ClientError:
    """A cancelled transaction with these reasons, by position."""
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(response, "TransactWriteItems")


def failed(code: str) -> ClientError:
    """An error with this code."""
    return ClientError({"Error": {"Code": code, "Message": ""}}, "TransactWriteItems")


class Client:
    """Answers calls with what it was given, in order; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[dict[str, Any]] = []

    def _next(self, **request: Any) -> Any:
        self.calls.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    transact_write_items = batch_get_item = _next


def table(client: Client, waits: list[float] | None = None) -> Table:
    """A table that does not really wait."""
    record: list[float] = [] if waits is None else waits
    return Table("t", client, record.append)


@pytest.mark.parametrize("passing", [cancelled("None", "TransactionConflict"), failed("ThrottlingException")])
def test_conflict_and_throttling_are_tried_again_with_the_same_token(passing: ClientError) -> None:
    waits: list[float] = []
    client = Client(passing, passing, {})
    table(client, waits).transact([{"Put": {}}])
    assert len({call["ClientRequestToken"] for call in client.calls}) == 1
    assert len(waits) == 2
    assert all(wait >= 0 for wait in waits)


def test_a_failed_condition_is_told_by_position_and_not_tried_again() -> None:
    client = Client(cancelled("None", "ConditionalCheckFailed", "TransactionConflict"))
    with pytest.raises(ConditionFailed) as caught:
        table(client).transact([{}, {}, {}])
    assert caught.value.positions == {1}
    assert len(client.calls) == 1


@pytest.mark.parametrize("error", [ReadTimeoutError, ConnectTimeoutError])
def test_a_call_without_an_answer_is_told_as_what_it_is(error: type[Exception]) -> None:
    """Botocore has tried it again under the same token; whoever called must come again, not fail otherwise."""
    unanswered = error(endpoint_url="http://127.0.0.1")  # type: ignore[call-arg]
    with pytest.raises(error):
        table(Client(unanswered)).transact([{}])


def test_other_errors_and_endless_conflicts_are_raised() -> None:
    with pytest.raises(ClientError):
        table(Client(failed("ValidationException"))).transact([{}])
    with pytest.raises(ClientError):
        table(Client(cancelled("ValidationError"))).transact([{}])
    client = Client(*[cancelled("TransactionConflict")] * ATTEMPTS)
    with pytest.raises(ClientError):
        table(client).transact([{}])
    assert client.answers == []


def test_keys_left_unread_are_asked_for_again() -> None:
    def item(name: str) -> dict[str, Any]:
        return {**order_key(name), "id": {"S": name}}

    left = {"t": {"Keys": [order_key("b")], "ConsistentRead": True}}
    client = Client(
        {"Responses": {"t": [item("a")]}, "UnprocessedKeys": left},
        {"Responses": {"t": [item("b")]}, "UnprocessedKeys": {}},
    )
    found = table(client).get_many([order_key("b"), order_key("none"), order_key("a"), order_key("a")])
    assert [record and record["id"] for record in found] == ["b", None, "a", "a"]
    assert client.calls[1]["RequestItems"] == left
    assert len(client.calls[0]["RequestItems"]["t"]["Keys"]) == 3, "a key is asked for once"


def test_a_table_that_never_answers_for_a_key_is_given_up_on() -> None:
    answer = {"Responses": {}, "UnprocessedKeys": {"t": {"Keys": [order_key("a")]}}}
    with pytest.raises(TimeoutError):
        table(Client(*[answer] * ATTEMPTS)).get_many([order_key("a")])


def test_names_and_values_of_an_expression_are_filled_in() -> None:
    action = Table("t", Client()).update(
        order_key("a"), "SET #status = :new, version = :next", "#status = :old", new="b", next=2, old="a"
    )["Update"]
    assert action["ExpressionAttributeNames"] == {"#status": "status"}
    assert action["ExpressionAttributeValues"] == {":new": {"S": "b"}, ":next": {"N": "2"}, ":old": {"S": "a"}}


def test_values_come_back_as_they_were() -> None:
    record: dict[str, Any] = {"a": None, "b": True, "c": 10**20, "d": "đ", "e": [1, {"f": b"x"}], "g": {}}
    assert from_item(to_item(record)) == record


def test_there_is_no_float_in_the_table() -> None:
    with pytest.raises(TypeError):
        to_value(1.5)
    with pytest.raises(TypeError):
        from_value({"NS": ["1"]})
