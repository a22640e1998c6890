"""Queue, bucket, mail and secrets without AWS: the calls of their clients that our adapters make, in memory.

Each can be made to fail for its next calls. Nothing is ever lost that was accepted, and a queue gives its messages in
whatever order, as often as it is asked to.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError


class ServiceDown(Exception):
    """A service that fails on purpose."""


@dataclass(slots=True)
class MemoryQueue:
    """SQS. `bodies` are the messages that nobody has deleted; `failing` is how many calls fail next."""

    bodies: list[str] = field(default_factory=list)
    failing: int = 0

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> dict[str, Any]:  # noqa: N803
        """Durably stored when this returns."""
        if self.failing:
            self.failing -= 1
            raise ServiceDown("queue")
        self.bodies.append(MessageBody)
        return {}


@dataclass(slots=True)
class MemoryBucket:
    """S3."""

    objects: dict[str, bytes] = field(default_factory=dict)
    failing: int = 0

    def put_object(self, *, Key: str, Body: bytes, **options: str) -> dict[str, Any]:  # noqa: N803
        """Written once, since it is asked for with `IfNoneMatch`."""
        assert options.keys() == {"Bucket", "ContentType", "IfNoneMatch"}, options
        if self.failing:
            self.failing -= 1
            raise ServiceDown("bucket")
        if Key in self.objects:
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": ""}}, "PutObject")
        self.objects[Key] = Body
        return {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        """What is stored."""
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": ""}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}


@dataclass(slots=True)
class MemoryMail:
    """SES. `sent` are (recipient, message); `accepts` says whether a failing call has sent its mail all the same."""

    sent: list[tuple[str, bytes]] = field(default_factory=list)
    failing: int = 0
    accepts: bool = False

    def send_email(
        self,
        *,
        FromEmailAddress: str,  # noqa: N803
        Destination: Mapping[str, list[str]],  # noqa: N803
        Content: Mapping[str, Mapping[str, bytes]],  # noqa: N803
    ) -> dict[str, Any]:
        """Accepted for delivery."""
        (recipient,) = Destination["ToAddresses"]
        if not self.failing or self.accepts:
            self.sent.append((recipient, Content["Raw"]["Data"]))
        if self.failing:
            self.failing -= 1
            raise ServiceDown("mail")
        return {}


@dataclass(frozen=True, slots=True)
class MemorySecrets:
    """Secrets Manager, holding JSON objects of texts."""

    secrets: Mapping[str, Mapping[str, str]]

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803
        """One secret."""
        return {"SecretString": json.dumps(self.secrets[SecretId])}
