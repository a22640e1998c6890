"""Simulated time."""

from datetime import UTC, datetime, timedelta

import pytest

from local.clock import Clock, ClockError, add_duration, parse_moment

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("duration", "moment"),
    [
        ("P25D", datetime(2026, 2, 25, 12, tzinfo=UTC)),
        ("PT30M", datetime(2026, 1, 31, 12, 30, tzinfo=UTC)),
        ("P1M", datetime(2026, 2, 28, 12, tzinfo=UTC)),
        ("P1Y2M", datetime(2027, 3, 31, 12, tzinfo=UTC)),
        ("P1W", datetime(2026, 2, 7, 12, tzinfo=UTC)),
        ("-P1M", datetime(2025, 12, 31, 12, tzinfo=UTC)),
        ("P1DT1H1M1S", datetime(2026, 2, 1, 13, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_duration_moves_a_moment(duration: str, moment: datetime) -> None:
    assert add_duration(START, duration) == moment


@pytest.mark.parametrize(
    "duration", ["", "P", "PT", "25D", "P25", "P1.5D", "P1H", "p1d", "P9999Y", "P1D ", "P99999999999D"]
)
def test_what_is_no_duration_is_refused(duration: str) -> None:
    with pytest.raises(ClockError):
        add_duration(START, duration)


def test_a_moment_needs_its_zone() -> None:
    assert parse_moment("2026-11-23T09:00:00+07:00") == datetime(2026, 11, 23, 2, tzinfo=UTC)
    for text in ("2026-11-23T09:00:00", "2026-11-23", "20261123T090000Z", "tomorrow", ""):
        with pytest.raises(ClockError):
            parse_moment(text)


def test_the_clock_ticks_from_where_it_was_put_and_goes_backwards_too() -> None:
    clock = Clock()
    clock.set("2030-01-01T00:00:00Z")
    assert timedelta() <= clock.now() - datetime(2030, 1, 1, tzinfo=UTC) < timedelta(seconds=5)
    clock.advance("-P1D")
    assert timedelta() <= clock.now() - datetime(2029, 12, 31, tzinfo=UTC) < timedelta(seconds=5)


def test_the_clock_stays_within_its_bounds() -> None:
    clock = Clock()
    with pytest.raises(ClockError):
        clock.set("1999-12-31T23:59:59Z")
    with pytest.raises(ClockError):
        clock.advance("P500Y")
    assert clock.offset == timedelta()
