"""Ends of paid time in their time buckets, and the guards of what was sent."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from billing.adapters.dynamodb import guards
from billing.adapters.dynamodb.account_records import subscription_from_record
from billing.adapters.dynamodb.buckets import Buckets
from billing.adapters.dynamodb.client import ConditionFailed, Table
from billing.adapters.dynamodb.keys import Key, account_key, reminder_key, reminder_wish_key
from billing.adapters.dynamodb.renewals import RENEWALS, put_reminder
from billing.domain.reminders import DAYS, FRESH, Reminder, reminder_from_record
from billing.domain.renewals import paid_end
from billing.domain.times import from_text
from billing.service.basic_ports import AlreadyDone
from billing.service.reminder_mail import Standing
from billing.service.reminding import DueReminder

Action = dict[str, Any]

REACH_BACK = timedelta(days=DAYS[-1] - DAYS[0]) + FRESH
"""Sweeps look so far back: an entry that was due before has nothing fresh left to say, however the clock was moved."""

GUARD_KEPT = timedelta(days=60)
"""A guard may vanish so long after the end: nothing about it is sent any more."""


class ReminderTable:
    """The `DueReminders` and `Reminders` ports on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._buckets = Buckets(table, RENEWALS, REACH_BACK)

    def due(self, now: datetime, limit: int) -> Iterator[DueReminder]:
        """What is due, from the day of the last complete sweep on."""
        for entry in self._buckets.due(now, limit):
            record = entry.record
            yield DueReminder(reminder_from_record(record), (record["pk"], record["sk"]))

    def paid_end(self, account_id: str) -> datetime | None:
        """The end of all the account's paid time."""
        return paid_end(subscription_from_record(self._table.get(account_key(account_id))).terms)

    def move(self, due: DueReminder, reminder: Reminder) -> None:
        """To the time of the step of `reminder`, if the entry is still where it was read."""
        taken = self._table.delete(_key(due))
        taken["Delete"]["ConditionExpression"] = "attribute_exists(pk)"
        put = put_reminder(self._buckets, reminder)
        try:
            self._table.transact([taken, put])
        except ConditionFailed:
            raise AlreadyDone from None

    def drop(self, due: DueReminder) -> None:
        """Deletes the entry."""
        self._table.write(self._table.delete(_key(due)))

    def standing(self, reminder: Reminder) -> Standing:
        """The subscription, the wish and the guard: one consistent read."""
        account_id = reminder.renewal.account_id
        keys = [account_key(account_id), reminder_wish_key(account_id), _guard_key(reminder)]
        account, wish, guard = self._table.get_many(keys)
        lease = guard.get("lease_until") if guard else None
        return Standing(
            subscription=subscription_from_record(account),
            unsubscribed=wish is not None,
            lease_until=from_text(lease) if lease else None,
            sent=bool(guard and guard.get("sent_at")),
        )

    def take(self, reminder: Reminder, previous: datetime | None, until: datetime) -> None:
        """Who sends, until when; from one holder to the next under a condition."""
        guards.take(self._table, _guard_key(reminder), previous, until, reminder.renewal.end + GUARD_KEPT)

    def release(self, reminder: Reminder) -> None:
        """Sending failed: the next delivery of the message may try at once."""
        guards.release(self._table, _guard_key(reminder))

    def mark_sent(self, reminder: Reminder, now: datetime) -> None:
        """It is with the mail service."""
        guards.mark_sent(self._table, _guard_key(reminder), now)


def _guard_key(reminder: Reminder) -> Key:
    return reminder_key(reminder.renewal.account_id, reminder.renewal.end, reminder.step)


def _key(due: DueReminder) -> Key:
    return {"pk": {"S": due.key[0]}, "sk": {"S": due.key[1]}}
