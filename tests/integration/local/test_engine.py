"""The emulator: the template's resources, and many threads at once."""

import gc
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from moto.dynamodb.models.dynamo_type import Item

from local import template as cloudformation
from local.engine import Engine
from local.resources import Resources


@pytest.fixture
def resources(engine: Engine) -> Resources:
    made = Resources(cloudformation.load({"Stage": "local"}), engine.client, stack=f"test-{time.monotonic_ns()}")
    made.create()
    return made


def test_the_table_is_the_templates(engine: Engine, resources: Resources) -> None:
    table = engine.client("dynamodb").describe_table(TableName=resources.lookup("Table", ""))["Table"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["gsi1"]
    lifetime = engine.client("dynamodb").describe_time_to_live(TableName=table["TableName"])
    assert lifetime["TimeToLiveDescription"]["AttributeName"] == "expires_at"


def test_the_queue_has_the_templates_dead_letter_queue(engine: Engine, resources: Resources) -> None:
    url = resources.lookup("PaymentsQueue", "")
    attributes = engine.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "360"
    assert resources.lookup("PaymentsDeadLetterQueue", "Arn") in attributes["RedrivePolicy"]


def test_the_bucket_is_versioned(engine: Engine, resources: Resources) -> None:
    bucket = resources.lookup("DocumentsBucket", "")
    assert engine.client("s3").get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


def test_secrets_exist_by_their_reference(engine: Engine, resources: Resources) -> None:
    client = engine.client("secretsmanager")
    assert client.get_secret_value(SecretId=resources.lookup("ProvidersSecret", ""))["SecretString"] == "{}"
    assert "current" in client.get_secret_value(SecretId=resources.lookup("SigningSecret", ""))["SecretString"]


def test_failing_transactions_do_not_wipe_other_writes(engine: Engine, resources: Resources) -> None:
    """A transaction that fails in moto restores a copy of the table: without a lock it would undo other threads."""
    client, table = engine.client("dynamodb"), resources.lookup("Table", "")

    def put(number: int) -> None:
        client.put_item(TableName=table, Item={"pk": {"S": f"A#{number}"}, "sk": {"S": "A"}})

    def fail(number: int) -> None:
        put_new = {"Put": {"TableName": table, "Item": {"pk": {"S": f"B#{number}"}, "sk": {"S": "B"}}}}
        key = {"pk": {"S": "NONE"}, "sk": {"S": "NONE"}}
        check = {"ConditionCheck": {"TableName": table, "Key": key, "ConditionExpression": "attribute_exists(pk)"}}
        with pytest.raises(client.exceptions.TransactionCanceledException):
            client.transact_write_items(TransactItems=[put_new, check])

    with ThreadPoolExecutor(8) as threads:
        done = [threads.submit(action, number) for number in range(40) for action in (put, fail)]
    assert [one.exception() for one in done if one.exception()] == []
    items = client.scan(TableName=table, ConsistentRead=True)["Items"]
    assert sorted(item["sk"]["S"] for item in items) == ["A"] * 40


def test_a_long_run_keeps_no_copies_of_what_is_stored(engine: Engine, resources: Resources) -> None:
    """moto copies every item for each transaction: kept, the copies would fill the memory within hours."""
    client, table = engine.client("dynamodb"), resources.lookup("Table", "")
    for number in range(30):
        put = {"Put": {"TableName": table, "Item": {"pk": {"S": f"KEPT#{number}"}, "sk": {"S": "A"}}}}
        client.transact_write_items(TransactItems=[put])
    gc.collect()
    items = [one for one in gc.get_objects() if isinstance(one, Item)]
    assert len([one for one in items if one.hash_key.value.startswith("KEPT#")]) == 30
