"""Payment attempts as the simulators need them: looked up in the system's table, by id or by reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.clock import parse_moment

Item = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One payment attempt. `url` is where the buyer is sent; a moment is None where it is not known."""

    id: str
    provider: str
    reference: str
    url: str
    created_at: datetime | None = None
    expires_at: datetime | None = None
    qr_content: str = ""


class Attempts:
    """The payments of a table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def by_id(self, payment_id: str) -> Attempt | None:
        """The attempt with this id. It scans: only a machine with a handful of payments may do that."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="sk = :kind AND id = :id",
            ExpressionAttributeValues={":kind": {"S": "PAYMENT"}, ":id": {"S": payment_id}},
            ConsistentRead=True,
        )
        return next((_attempt(item) for page in pages for item in page["Items"]), None)

    def by_reference(self, provider: str, reference: str) -> Attempt | None:
        """The attempt that a provider calls `reference`."""
        key = {"pk": {"S": f"PAYMENT#{provider}#{reference}"}, "sk": {"S": "PAYMENT"}}
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return _attempt(item) if item else None


def _attempt(item: Item) -> Attempt:
    def text(name: str) -> str:
        return str(item.get(name, {}).get("S", ""))

    def moment(name: str) -> datetime | None:
        return parse_moment(text(name)) if text(name) else None

    return Attempt(
        id=text("id"),
        provider=text("provider"),
        reference=text("reference"),
        url=text("url"),
        created_at=moment("created_at"),
        expires_at=moment("open_until"),
        qr_content=text("qr_content"),
    )
