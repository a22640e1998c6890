"""What the signed links of reminders need to know of an account, and its wish to get none."""

from datetime import datetime

from billing.adapters.dynamodb.account_records import subscription_from_record
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import account_key, reminder_wish_key
from billing.adapters.dynamodb.mapper import to_item
from billing.domain.renewals import paid_end
from billing.domain.times import to_text


class LinkTable:
    """The `Links` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def address(self, account_id: str) -> tuple[str, datetime | None] | None:
        """An account's e-mail address and the end of its paid time; None for one that never bought."""
        record = self._table.get(account_key(account_id))
        return (str(record["email"]), paid_end(subscription_from_record(record).terms)) if record else None

    def is_unsubscribed(self, account_id: str) -> bool:
        """Whether the account wants no reminders."""
        return self._table.get(reminder_wish_key(account_id)) is not None

    def unsubscribe(self, account_id: str, now: datetime) -> None:
        """The account wants no reminders; asking twice changes nothing more."""
        self._table.write(self._table.put(reminder_wish_key(account_id), to_item({"unsubscribed_at": to_text(now)})))
