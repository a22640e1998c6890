"""The end of paid time as due work: a purchase that moves it has its first reminder due in the same transaction."""

from datetime import datetime
from typing import Any

from billing.adapters.dynamodb.buckets import Buckets
from billing.adapters.dynamodb.client import Table
from billing.domain.orders import Order
from billing.domain.reminders import Reminder, first_step, reminder_to_record
from billing.domain.renewals import last_term, ready_renewal
from billing.domain.subscriptions import Term
from billing.domain.times import to_text
from billing.service.ports import Fulfilment

Action = dict[str, Any]

RENEWALS = "RENEWALS"


def reminder_due(table: Table, fulfilment: Fulfilment) -> list[Action]:
    """The action that makes the first reminder of a new end of paid time due; none where the end stays as it was."""
    order, before = fulfilment.order, last_term(fulfilment.before.terms)
    last = last_term(fulfilment.after.terms)
    if last is None or (before and before.period.end == last.period.end and last.order_id != order.id):
        return []
    return first_reminder(table, order, last, fulfilment.at)


def first_reminder(table: Table, order: Order, last: Term, now: datetime) -> list[Action]:
    """The action that makes the first reminder of `last`'s end due, in the words of the order that bought it.

    None where no reminder of that end is to come any more.
    """
    zone = order.quote.zone
    step = first_step(last.period.end, zone.key, now)
    if step is None:
        return []
    renewal = ready_renewal(order.account_id, last, order.quote.wish, order.id, last.period.length(zone))
    reminder = Reminder(renewal, order.email, order.language, zone.key, step)
    return [put_reminder(Buckets(table, RENEWALS), reminder)]


def put_reminder(buckets: Buckets, reminder: Reminder) -> Action:
    """The action that makes a reminder due at its time: one entry for each account and end."""
    name = f"{to_text(reminder.renewal.end)}#{reminder.renewal.account_id}"
    return buckets.put(reminder.time, name, dict(reminder_to_record(reminder)))
