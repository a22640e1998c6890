"""What an e-mail about a balance needs to know of its account, and the guard that lets it be sent once."""

from datetime import datetime, timedelta

from billing.adapters.dynamodb import guards
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.keys import Key, account_key, alert_mail_key, reminder_wish_key
from billing.domain.times import from_text
from billing.service.alert_mail import Addressee
from billing.service.alerts import Raised

GUARD_KEPT = timedelta(days=60)
"""A guard may vanish so long after its alert: no message is that old."""


class AlertMailTable:
    """The `AlertMails` port on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def addressee(self, alert: Raised) -> Addressee:
        """The account, its wish and the guard: one consistent read."""
        keys = [account_key(alert.account_id), reminder_wish_key(alert.account_id), _guard(alert)]
        account, wish, guard = self._table.get_many(keys)
        lease = guard.get("lease_until") if guard else None
        return Addressee(
            email=account.get("email", "") if account else "",
            language="en" if account and account.get("language") == "en" else "vi",
            unsubscribed=wish is not None,
            lease_until=from_text(lease) if lease else None,
            sent=bool(guard and guard.get("sent_at")),
        )

    def take(self, alert: Raised, previous: datetime | None, until: datetime) -> None:
        """Who sends, until when."""
        guards.take(self._table, _guard(alert), previous, until, alert.at + GUARD_KEPT)

    def release(self, alert: Raised) -> None:
        """Sending failed: the next delivery of the message may try at once."""
        guards.release(self._table, _guard(alert))

    def mark_sent(self, alert: Raised, now: datetime) -> None:
        """It is with the mail service."""
        guards.mark_sent(self._table, _guard(alert), now)


def _guard(alert: Raised) -> Key:
    return alert_mail_key(alert.account_id, alert.key[1])
