"""Times as Vietnam's wallets write them: milliseconds since 1970, and days of GMT+7."""

from datetime import UTC, datetime, timedelta, timezone

GMT7 = timezone(timedelta(hours=7))
LATEST_MILLISECOND = 253_402_300_799_999  # the end of the year 9999


def of_milliseconds(value: object, default: datetime) -> datetime:
    """The UTC moment, to the second, of milliseconds since 1970; `default` for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LATEST_MILLISECOND:
        return default
    return datetime.fromtimestamp(value // 1000, UTC)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware moment."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
