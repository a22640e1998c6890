"""Days and times as people read them, in the seller's zone: 20:00 UTC is the next day in Vietnam."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

_MONTHS = ("January February March April May June July August September October November December").split()


def local_date(moment: datetime, timezone: str) -> date:
    """The calendar day of an aware moment in an IANA zone."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def format_date(moment: datetime, timezone: str, language: str) -> str:
    """The day, short: vi "23/11/2026", en "23 Nov 2026"."""
    day = local_date(moment, timezone)
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"
    return f"{day:%d/%m/%Y}"


def date_in_words(moment: datetime, timezone: str, language: str) -> str:
    """The day as a document's date line: vi "Ngày 23 tháng 11 năm 2026", en "23 November 2026"."""
    day = local_date(moment, timezone)
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"Ngày {day:%d} tháng {day:%m} năm {day.year}"


def format_moment(moment: datetime, timezone: str, language: str) -> str:
    """Day and time to the second with the zone's offset: "23/11/2026 17:04:05 (GMT+7)"."""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{format_date(moment, timezone, language)} {local:%H:%M:%S} ({_offset(local)})"


def _offset(local: datetime) -> str:
    """The offset from UTC as people write it: "GMT+7", "GMT-3:30", "GMT"."""
    offset = local.utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset else 0
    if minutes == 0:
        return "GMT"
    hours, rest = divmod(abs(minutes), 60)
    return f"GMT{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"
