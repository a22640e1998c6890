"""What the functions are compared with: a boto3 client of DynamoDB and two calls with plain dicts, nothing else."""

import json
import os

import boto3

dynamodb = boto3.client("dynamodb")
TABLE = os.environ["TABLE_NAME"]


def handler(event: object, context: object) -> dict[str, object]:  # noqa: ARG001  the shape of every handler
    """Reads one item twice."""
    key = {"pk": {"S": "CATALOGUE"}, "sk": {"S": "CURRENT"}}
    dynamodb.get_item(TableName=TABLE, Key=key)
    item = dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True)["Item"]
    return {"statusCode": 200, "body": json.dumps({"revision": item["revision"]["N"]})}
