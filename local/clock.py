"""Simulated time: the real clock plus an offset that people and tests move, forwards and backwards."""

import re
import threading
from calendar import monthrange
from datetime import UTC, datetime, timedelta

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


class ClockError(ValueError):
    """A moment or a duration that the clock cannot be set by."""


class Clock:
    """Ticks like the real one, `offset` away from it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta()

    @property
    def offset(self) -> timedelta:
        """Simulated minus real time."""
        return self._offset

    def now(self) -> datetime:
        """The simulated moment, aware UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, duration: str) -> datetime:
        """Move by an ISO 8601 duration such as "P25D", "PT30M" or "-P1M"; months are calendar months in UTC."""
        with self._lock:
            return self._move_to(add_duration(self.now(), duration))

    def set(self, moment: str) -> datetime:
        """Move to an RFC 3339 moment with its zone."""
        with self._lock:
            return self._move_to(parse_moment(moment))

    def _move_to(self, moment: datetime) -> datetime:
        if not EARLIEST <= moment < LATEST:
            raise ClockError(f"the clock goes from {EARLIEST:%Y} to {LATEST:%Y}")
        self._offset = moment - datetime.now(UTC)
        return moment


def parse_moment(text: str) -> datetime:
    """An RFC 3339 moment as aware UTC; `ClockError` for anything else."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None or not re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d", text):
            raise ClockError(f"{text!r} is not a moment such as 2026-11-23T09:00:00Z")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ClockError(f"{text!r} is not a moment such as 2026-11-23T09:00:00Z") from None


def add_duration(moment: datetime, text: str) -> datetime:
    """`moment` moved by an ISO 8601 duration; `ClockError` if it is none or leads out of the calendar."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ClockError(f"{text!r} is not a duration such as P25D or PT30M")
    parts = {name: int(number or 0) for name, number in match.groupdict().items() if name != "sign"}
    sign = -1 if match["sign"] == "-" else 1
    try:
        moved = _add_months(moment, sign * (12 * parts.pop("years") + parts.pop("months")))
        return moved + sign * timedelta(**parts)
    except (ValueError, OverflowError):
        raise ClockError(f"{text!r} leads out of the calendar") from None


def _add_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
