"""Documents in S3: versioned, written once."""

from typing import Any

from billing.adapters import aws


class DocumentBucket:
    """The `Files` port."""

    def __init__(self, bucket: str, client: Any = None) -> None:
        self._bucket = bucket
        self._client = client

    @property
    def _s3(self) -> Any:
        return self._client or aws.client("s3")

    def put_once(self, name: str, content: bytes) -> bytes:
        """Stores `content` unless the name is taken, and gives what is stored then: the first content stays."""
        try:
            self._s3.put_object(
                Bucket=self._bucket, Key=name, Body=content, ContentType="application/pdf", IfNoneMatch="*"
            )
        except Exception as error:
            if aws.error_code(error) not in {"PreconditionFailed", "ConditionalRequestConflict"}:
                raise
            stored = self.get(name)
            if stored is None:
                raise
            return stored
        return content

    def get(self, name: str) -> bytes | None:
        """The stored content; None if there is none."""
        try:
            content: bytes = self._s3.get_object(Bucket=self._bucket, Key=name)["Body"].read()
        except Exception as error:
            if aws.error_code(error) not in {"NoSuchKey", "404"}:
                raise
            return None
        return content
