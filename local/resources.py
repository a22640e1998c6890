"""The template's stateful resources, made in an emulator exactly as the template describes them.

The tests use this too, so that their tables and queues cannot drift from what is deployed:

    resources = Resources(template.load({"Stage": "local"}), boto3.client)
    resources.create()
    table_name = resources.lookup("Table", "")
"""

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from local.template import ACCOUNT_ID, REGION, Template, TemplateError

Attributes = dict[str, Any]
"""What Ref ("") and Fn::GetAtt give for a resource."""

_TABLE_FIELDS = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode", "StreamSpecification")
_QUEUE_FIELDS = (
    "DelaySeconds",
    "FifoQueue",
    "ContentBasedDeduplication",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
)


class Resources:
    """Makes resources when they are first asked for, so that whatever refers to another finds it.

    `client` gives a boto3 client for a service's name.
    """

    def __init__(self, template: Template, client: Callable[[str], Any], stack: str = "goi-local") -> None:
        self._template = template
        self._client = client
        self._stack = stack
        self._made: dict[str, Attributes] = {}
        self._makers: Mapping[str, Callable[[str, Mapping[str, Any]], Attributes]] = {
            "AWS::DynamoDB::Table": self._make_table,
            "AWS::SQS::Queue": self._make_queue,
            "AWS::S3::Bucket": self._make_bucket,
            "AWS::SecretsManager::Secret": self._make_secret,
        }

    def create(self) -> None:
        """Make every table, queue, bucket and secret of the template."""
        for resource_type in self._makers:
            for logical_id in self._template.of_type(resource_type):
                self.lookup(logical_id, "")

    def lookup(self, logical_id: str, attribute: str) -> Any:
        """The value of Ref (attribute "") or Fn::GetAtt; `TemplateError` where there is none."""
        if logical_id not in self._made:
            self._made[logical_id] = self._make(logical_id)
        try:
            return self._made[logical_id][attribute]
        except KeyError:
            raise TemplateError(f"{logical_id}.{attribute} does not exist on this machine") from None

    def _make(self, logical_id: str) -> Attributes:
        resource_type = self._template.type_of(logical_id)
        maker = self._makers.get(resource_type)
        if maker is None:
            return {"": self._name(logical_id)}
        return maker(logical_id, self._template.resolve(self._template.properties(logical_id), self.lookup))

    def _name(self, logical_id: str) -> str:
        return f"{self._stack}-{logical_id}"

    def _make_table(self, logical_id: str, properties: Mapping[str, Any]) -> Attributes:
        name = properties.get("TableName", self._name(logical_id))
        fields = {field: properties[field] for field in _TABLE_FIELDS if field in properties}
        client = self._client("dynamodb")
        description = client.create_table(TableName=name, **fields)["TableDescription"]
        if "TimeToLiveSpecification" in properties:
            client.update_time_to_live(TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"])
        return {"": name, "Arn": description["TableArn"]}

    def _make_queue(self, logical_id: str, properties: Mapping[str, Any]) -> Attributes:
        name = properties.get("QueueName", self._name(logical_id))
        attributes = {field: str(properties[field]) for field in _QUEUE_FIELDS if field in properties}
        if "RedrivePolicy" in properties:
            attributes["RedrivePolicy"] = json.dumps(properties["RedrivePolicy"])
        url = self._client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"
        return {"": url, "QueueUrl": url, "QueueName": name, "Arn": arn}

    def _make_bucket(self, logical_id: str, properties: Mapping[str, Any]) -> Attributes:
        name = properties.get("BucketName", self._name(logical_id).lower())
        client = self._client("s3")
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        if "VersioningConfiguration" in properties:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
        return {"": name, "Arn": f"arn:aws:s3:::{name}"}

    def _make_secret(self, logical_id: str, properties: Mapping[str, Any]) -> Attributes:
        name = properties.get("Name", self._name(logical_id))
        text = properties.get("SecretString") or _generated(properties["GenerateSecretString"])
        arn = self._client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"]
        return {"": arn, "Id": arn}


def _generated(rule: Mapping[str, Any]) -> str:
    """A secret as GenerateSecretString makes it; always of letters and digits, which every rule allows."""
    value = secrets.token_hex(int(rule.get("PasswordLength", 32)) // 2)
    if "GenerateStringKey" not in rule:
        return value
    return json.dumps({**json.loads(rule["SecretStringTemplate"]), rule["GenerateStringKey"]: value})
