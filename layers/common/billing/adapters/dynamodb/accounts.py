"""An account's live items and its documents as stored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import invoice_key, invoices_index, live_account_range
from billing.adapters.dynamodb.records import grant_from_record, invoice_from_record, subscription_from_record
from billing.domain.invoices import Invoice
from billing.domain.quotas import Grant, standing
from billing.service.ports import Subscription


class AccountTable:
    """The `AccountStore` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def live(self, account_id: str, now: datetime) -> tuple[Subscription, tuple[Grant, ...]]:
        """The subscription and the grants that count and end after `now`: one range of the account's partition."""
        partition, first, last = live_account_range(account_id, now)
        grants: list[Grant] = []
        subscription: Subscription | None = None
        start: dict[str, Any] = {}
        while True:
            records, following = self._table.query(
                KeyConditionExpression="pk = :account AND sk BETWEEN :first AND :last",
                ExpressionAttributeValues={
                    ":account": {"S": partition},
                    ":first": {"S": first},
                    ":last": {"S": last},
                },
                ConsistentRead=True,
                **start,
            )
            grants += [grant_from_record(record) for record in records if record["sk"] != last]
            subscription = next(
                (subscription_from_record(record) for record in records if record["sk"] == last), subscription
            )
            if not following:
                found = subscription or Subscription()
                return found, standing(grants, found.terms)
            start = {"ExclusiveStartKey": following}

    def invoice(self, invoice_id: str) -> Invoice | None:
        """The document as issued."""
        record = self._table.get(invoice_key(invoice_id))
        return invoice_from_record(record) if record else None

    def invoices(self, account_id: str, limit: int, after: Mapping[str, Any] | None) -> tuple[list[Invoice], Any]:
        """An account's documents, newest first, through the index; and where the next page starts."""
        records, following = self._table.page(invoices_index(account_id), limit, after)
        return [invoice_from_record(record) for record in records], following
