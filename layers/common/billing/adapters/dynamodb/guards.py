"""Guards of e-mails that are sent once: an item that says who is sending it, until when, or that it was sent."""

from datetime import datetime

from billing.adapters.dynamodb.client import ConditionFailed, Table
from billing.adapters.dynamodb.keys import Key
from billing.domain.times import to_text
from billing.service.basic_ports import AlreadyDone


def take(table: Table, guard: Key, previous: datetime | None, until: datetime, kept: datetime) -> None:
    """From one holder (until `previous`) to the next under a condition; the guard may vanish after `kept`."""
    held = "lease_until = :previous" if previous else "attribute_not_exists(lease_until)"
    change = table.update(
        guard,
        "SET lease_until = :until, expires_at = :expiry",
        f"attribute_not_exists(sent_at) AND {held}",
        until=to_text(until),
        expiry=int(kept.timestamp()),
        **({"previous": to_text(previous)} if previous else {}),
    )
    try:
        table.write(change)
    except ConditionFailed:
        raise AlreadyDone from None


def release(table: Table, guard: Key) -> None:
    """Sending failed: the next delivery of the message may try at once."""
    table.write(table.update(guard, "REMOVE lease_until"))


def mark_sent(table: Table, guard: Key, now: datetime) -> None:
    """It is with the mail service."""
    table.write(table.update(guard, "SET sent_at = :now", now=to_text(now)))
