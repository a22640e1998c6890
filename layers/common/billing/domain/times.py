"""Moments are aware UTC, to the second, written as RFC 3339; calendar rules look at them in the seller's zone."""

import calendar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

Interval = str
DAY = 86_400
"""Seconds."""
MONTHS_PER_INTERVAL = {"month": 1, "year": 12}


def to_text(moment: datetime) -> str:
    """RFC 3339 in UTC: "2026-11-23T17:00:00Z". Sorts as it is."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_text(text: str) -> datetime:
    """The aware UTC moment of an RFC 3339 text; `ValueError` if it is none or names no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no UTC offset")
    return moment.astimezone(UTC)


def add_months(anchor: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The same local day and time `months` later, or that month's last day where it has no such day.

    Always counted from the anchor, never from an intermediate result: 31 January + 1 month is 28 or 29 February,
    + 2 months is 31 March.
    """
    local = anchor.astimezone(zone)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last_day)).astimezone(UTC)


def add_days(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same local time `days` days later."""
    return (moment.astimezone(zone) + timedelta(days=days)).astimezone(UTC)


def days_of(seconds: int) -> int:
    """Seconds as days for people, rounded half up."""
    return (2 * seconds + DAY) // (2 * DAY)


def seconds_between(start: datetime, end: datetime) -> int:
    """Whole seconds from `start` to `end`; 0 where `end` is not later."""
    return max(0, (end - start) // timedelta(seconds=1))


def text_of(moment: datetime | None) -> str | None:
    """A moment as text, if there is one."""
    return to_text(moment) if moment else None


def moment_of(text: str | None) -> datetime | None:
    """The inverse of `text_of`."""
    return from_text(text) if text else None
