"""When an account is reminded that its paid time ends: 7, 3 and 1 days before, on the day, and 3 days after.

Days are calendar days of the seller's zone, so an end at 20:00 UTC belongs to the next day in Vietnam; the hour is nine
in the morning there. Whatever a sweep missed is skipped once it is a day old: a reminder says what is true, or nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from billing.domain.dates import local_date
from billing.domain.kinds import Language
from billing.domain.times import from_text, to_text

DAYS = (-7, -3, -1, 0, 3)
"""The steps, in days from the day on which the paid time ends."""

HOUR = time(9)
FRESH = timedelta(days=1)
"""How long after its time a reminder may still be sent."""

NOT_RIGHT_AFTER_BUYING = timedelta(days=1)
"""Who bought less than this ago is not reminded of the end of it, however short the time is."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """Paid time of an account that ends at `end`, and what was bought last: the same is ready to be bought again."""

    account_id: str
    end: datetime
    plan_id: str
    interval: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Reminder:
    """What one account is told of one end; `step` is one of `DAYS`, `timezone` the seller's IANA zone."""

    renewal: Renewal
    email: str
    language: Language
    timezone: str
    step: int

    @property
    def time(self) -> datetime:
        """When this step is due."""
        return step_time(self.renewal.end, self.step, self.timezone)


def step_time(end: datetime, step: int, timezone: str) -> datetime:
    """Nine o'clock in the zone, `step` days from the day that holds `end`; aware UTC."""
    day = local_date(end, timezone) + timedelta(days=step)
    return datetime.combine(day, HOUR, ZoneInfo(timezone)).astimezone(UTC)


def first_step(end: datetime, timezone: str, bought_at: datetime) -> int | None:
    """The first reminder of time that was bought at `bought_at`; None if there is no time left for any."""
    return _first_after(end, timezone, bought_at + NOT_RIGHT_AFTER_BUYING, DAYS)


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be done about an entry now: the step to send, if any, and the step that comes next, if any."""

    send: int | None
    following: int | None


def turn(reminder: Reminder, now: datetime) -> Turn:
    """The newest step from `reminder.step` on whose time has come, unless it is stale; older ones are skipped."""
    end, zone = reminder.renewal.end, reminder.timezone
    left = [step for step in DAYS if step >= reminder.step]
    come = [step for step in left if step_time(end, step, zone) <= now]
    newest = come[-1] if come else None
    send = newest if newest is not None and is_fresh(step_time(end, newest, zone), now) else None
    return Turn(send, _first_after(end, zone, now, tuple(left)))


def is_fresh(due: datetime, now: datetime) -> bool:
    """Whether a reminder that was due then may be sent now."""
    return due <= now < due + FRESH


def _first_after(end: datetime, timezone: str, moment: datetime, steps: tuple[int, ...]) -> int | None:
    return next((step for step in steps if step_time(end, step, timezone) > moment), None)


def reminder_to_record(reminder: Reminder) -> dict[str, str | int]:
    """A reminder as plain values, for its place among due work and for the queue."""
    renewal = reminder.renewal
    return {
        "account_id": renewal.account_id,
        "end": to_text(renewal.end),
        "plan_id": renewal.plan_id,
        "interval": renewal.interval,
        "quantity": renewal.quantity,
        "email": reminder.email,
        "language": reminder.language,
        "timezone": reminder.timezone,
        "step": reminder.step,
    }


def reminder_from_record(record: dict[str, object]) -> Reminder:
    """The inverse of `reminder_to_record`."""
    return Reminder(
        renewal=Renewal(
            account_id=str(record["account_id"]),
            end=from_text(str(record["end"])),
            plan_id=str(record["plan_id"]),
            interval=str(record["interval"]),
            quantity=int(str(record["quantity"])),
        ),
        email=str(record["email"]),
        language="en" if record["language"] == "en" else "vi",
        timezone=str(record["timezone"]),
        step=int(str(record["step"])),
    )
