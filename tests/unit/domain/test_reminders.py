"""When reminders are due: calendar days of the seller's zone, each step once, never early and never stale."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.reminders import (
    DAYS,
    FRESH,
    Reminder,
    Renewal,
    first_step,
    reminder_from_record,
    reminder_to_record,
    step_time,
    turn,
)
from tests.support.values import at, moments

ZONE = "Asia/Ho_Chi_Minh"
spans = st.integers(0, 40 * 24 * 60)


def reminder(end: datetime, step: int = -7, zone: str = ZONE) -> Reminder:
    """An entry for time that ends so."""
    return Reminder(Renewal("acc-1", end, "pro", "month", 1), "lan@khach.example", "vi", zone, step)


@pytest.mark.parametrize(
    ("end", "step", "due"),
    [
        # T47: an end between 17:00 and 24:00 UTC is the next day in Vietnam
        ("2026-12-22T16:59:59Z", 0, "2026-12-22T02:00:00Z"),
        ("2026-12-22T17:00:00Z", 0, "2026-12-23T02:00:00Z"),
        ("2026-12-22T20:00:00Z", -1, "2026-12-22T02:00:00Z"),
        ("2026-12-22T23:59:59Z", -7, "2026-12-16T02:00:00Z"),
        ("2027-01-31T03:00:00Z", 3, "2027-02-03T02:00:00Z"),
        ("2027-02-28T03:00:00Z", 3, "2027-03-03T02:00:00Z"),
        ("2028-02-29T03:00:00Z", -7, "2028-02-22T02:00:00Z"),
        ("2028-03-01T03:00:00Z", -1, "2028-02-29T02:00:00Z"),
        ("2027-01-02T03:00:00Z", -3, "2026-12-30T02:00:00Z"),
    ],
)
def test_a_step_is_due_at_nine_on_its_day_in_the_sellers_zone(end: str, step: int, due: str) -> None:
    """T47, T48: the day is the seller's, not that of UTC."""
    assert step_time(at(end), step, ZONE) == at(due)


def test_nine_stays_nine_where_clocks_are_changed() -> None:
    """T48: a sending time that follows the zone's clock, on both sides of its change."""
    end = datetime(2027, 3, 28, 12, tzinfo=UTC)  # Berlin changes at 01:00 UTC of that day
    hours = {step_time(end, step, "Europe/Berlin").astimezone(ZoneInfo("Europe/Berlin")).hour for step in DAYS}
    assert hours == {9}
    assert step_time(end, -1, "Europe/Berlin").hour == 8
    assert step_time(end, 0, "Europe/Berlin").hour == 7


@given(moments, st.sampled_from([ZONE, "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"]))
def test_steps_follow_each_other_on_their_days(end: datetime, zone: str) -> None:
    times = [step_time(end, step, zone).astimezone(ZoneInfo(zone)) for step in DAYS]
    assert [(time.hour, time.minute) for time in times] == [(9, 0)] * len(DAYS)
    day = end.astimezone(ZoneInfo(zone)).date()
    assert [(time.date() - day).days for time in times] == list(DAYS)


@given(moments, st.lists(st.integers(1, 80), min_size=1, max_size=60), st.integers(0, 24 * 12))
def test_whenever_sweeps_run_each_step_is_sent_once_on_time_or_not_at_all(
    end: datetime, pauses: list[int], lead: int
) -> None:
    """T48: `pauses` are the hours between sweeps, some of them longer than a day."""
    entry: Reminder | None = reminder(end)
    now = step_time(end, -7, ZONE) - timedelta(hours=lead)
    sent: list[int] = []
    for pause in pauses:
        now += timedelta(hours=pause)
        if entry is None or entry.time > now:
            continue
        decided = turn(entry, now)
        if decided.send is not None:
            due = step_time(end, decided.send, ZONE)
            assert due <= now < due + FRESH
            sent.append(decided.send)
        assert decided.following is None or step_time(end, decided.following, ZONE) > now
        entry = None if decided.following is None else reminder(end, decided.following)
    assert sent == sorted(set(sent))


@given(moments)
def test_hourly_sweeps_send_every_step(end: datetime) -> None:
    entry: Reminder | None = reminder(end)
    sent: list[int] = []
    now = step_time(end, -7, ZONE) - timedelta(hours=3)
    for _ in range(24 * 12):
        now += timedelta(hours=1)
        if entry and entry.time <= now:
            decided = turn(entry, now)
            sent += [] if decided.send is None else [decided.send]
            entry = None if decided.following is None else reminder(end, decided.following)
    assert sent == list(DAYS)
    assert entry is None


def test_after_an_outage_only_the_newest_step_is_sent() -> None:
    end = at("2026-12-23T10:00")
    decided = turn(reminder(end, -7), at("2026-12-22T15:00"))
    assert (decided.send, decided.following) == (-1, 0)


def test_a_step_that_is_a_day_old_is_not_sent() -> None:
    end = at("2026-12-23T10:00")
    last_moment = at("2026-12-21T08:59:59")
    assert turn(reminder(end), last_moment).send == -3
    decided = turn(reminder(end), last_moment + timedelta(seconds=1))
    assert (decided.send, decided.following) == (None, -1)


def test_after_the_last_step_nothing_follows() -> None:
    end = at("2026-12-23T10:00")
    assert turn(reminder(end, 3), at("2026-12-26T09:00")).following is None
    assert turn(reminder(end, 3), at("2027-12-26T09:00")).send is None


def test_who_just_bought_a_short_time_is_not_reminded_of_its_end_at_once() -> None:
    bought = at("2026-12-01T08:00")
    assert first_step(at("2026-12-31T08:00"), ZONE, bought) == -7
    assert first_step(at("2026-12-08T08:00"), ZONE, bought) == -3
    assert first_step(at("2026-12-02T08:00"), ZONE, bought) == 0
    assert first_step(at("2026-11-01T08:00"), ZONE, bought) is None


@given(moments, st.sampled_from(DAYS), st.sampled_from(["vi", "en"]))
def test_a_reminder_survives_its_record(end: datetime, step: int, language: str) -> None:
    given_one = reminder(end, step)
    record = {**reminder_to_record(given_one), "language": language}
    read = reminder_from_record(dict(record))
    assert reminder_to_record(read) == record
