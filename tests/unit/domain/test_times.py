"""Moments and calendar months."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.times import add_months, from_text, to_text
from tests.support.values import HANOI, at, moments

months = st.integers(min_value=0, max_value=72)


@pytest.mark.parametrize(
    ("anchor", "count", "expected"),
    [
        ("2026-01-31T10:00:00", 1, "2026-02-28T10:00:00"),
        ("2026-01-31T10:00:00", 2, "2026-03-31T10:00:00"),
        ("2028-01-31T10:00:00", 1, "2028-02-29T10:00:00"),
        ("2026-01-31T10:00:00", 3, "2026-04-30T10:00:00"),
        ("2024-02-29T10:00:00", 12, "2025-02-28T10:00:00"),
        ("2024-02-29T10:00:00", 48, "2028-02-29T10:00:00"),
        ("2026-12-15T10:00:00", 1, "2027-01-15T10:00:00"),
        ("2026-05-20T10:00:00", 0, "2026-05-20T10:00:00"),
    ],
)
def test_months_end_on_the_same_day_or_the_last_one(anchor: str, count: int, expected: str) -> None:
    """T45: a subscription begun on the 31st does not stop after February, nor slide to the 28th for good."""
    assert add_months(at(anchor), count, HANOI) == at(expected)


def test_evening_in_utc_is_the_next_day_in_vietnam() -> None:
    """T47: 17:30 UTC on 30 January is 00:30 on the 31st in Vietnam, so a month later is 28 February there."""
    assert to_text(add_months(at("2026-01-30T17:30:00Z"), 1, HANOI)) == "2026-02-27T17:30:00Z"
    assert to_text(add_months(at("2026-01-30T16:30:00Z"), 1, HANOI)) == "2026-02-28T16:30:00Z"
    assert to_text(add_months(at("2026-02-28T17:30:00Z"), 1, HANOI)) == "2026-03-31T17:30:00Z"


@given(moments, months)
def test_a_term_ends_at_the_hour_it_began_in_the_sellers_zone(anchor: datetime, count: int) -> None:
    end = add_months(anchor, count, HANOI).astimezone(HANOI)
    begun = anchor.astimezone(HANOI)
    assert end.time() == begun.time()
    assert (end.year * 12 + end.month) - (begun.year * 12 + begun.month) == count
    assert end.day == begun.day or (end.day < begun.day and (end + timedelta(days=1)).day == 1)


@given(moments, months)
def test_more_months_end_later(anchor: datetime, count: int) -> None:
    assert add_months(anchor, count + 1, HANOI) - add_months(anchor, count, HANOI) >= timedelta(days=28)


@given(moments, months)
def test_a_zone_with_summer_time_keeps_the_local_hour(anchor: datetime, count: int) -> None:
    """T46: an anchor is local time; where the clock jumps over that hour, the moment is at most the jump away."""
    zone = ZoneInfo("Europe/Berlin")
    end = add_months(anchor, count, zone)
    wanted = anchor.astimezone(zone).time()
    shown = end.astimezone(zone)
    assert abs(shown - shown.replace(hour=wanted.hour, minute=wanted.minute, second=wanted.second)) <= timedelta(
        hours=1
    )


@given(moments)
def test_texts_of_moments_are_read_back_and_sort_as_they_are(moment: datetime) -> None:
    assert from_text(to_text(moment)) == moment
    later = moment + timedelta(seconds=1)
    assert to_text(moment) < to_text(later)


def test_texts_are_utc_whatever_zone_a_moment_is_in() -> None:
    assert to_text(datetime(2027, 1, 1, 0, 0, tzinfo=HANOI)) == "2026-12-31T17:00:00Z"
    assert from_text("2027-01-01T00:00:00+07:00") == datetime(2026, 12, 31, 17, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2027-01-01T00:00:00", "2027-01-01", "tomorrow", ""])
def test_text_without_an_offset_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_text(text)
