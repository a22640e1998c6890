"""Days and times as people in the seller's zone read them."""

from datetime import UTC, date, datetime

import pytest

from billing.domain.dates import date_in_words, format_date, format_moment, local_date

VIETNAM = "Asia/Ho_Chi_Minh"
EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def test_an_evening_in_utc_is_the_next_day_in_vietnam() -> None:
    """T47: every moment between 17:00 and 24:00 UTC."""
    assert local_date(EVENING, VIETNAM) == date(2026, 11, 24)
    assert local_date(datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC), VIETNAM) == date(2026, 11, 23)
    assert local_date(datetime(2026, 11, 23, 17, 0, tzinfo=UTC), VIETNAM) == date(2026, 11, 24)


def test_new_year_in_vietnam_begins_in_the_old_year_of_utc() -> None:
    """T47: the year of a series is the seller's."""
    assert local_date(datetime(2026, 12, 31, 17, 0, tzinfo=UTC), VIETNAM) == date(2027, 1, 1)


@pytest.mark.parametrize(("language", "text"), [("vi", "24/11/2026"), ("en", "24 Nov 2026")])
def test_short_dates(language: str, text: str) -> None:
    assert format_date(EVENING, VIETNAM, language) == text


@pytest.mark.parametrize(
    ("moment", "language", "text"),
    [
        (EVENING, "vi", "Ngày 24 tháng 11 năm 2026"),
        (EVENING, "en", "24 November 2026"),
        (datetime(2027, 2, 3, tzinfo=UTC), "vi", "Ngày 03 tháng 02 năm 2027"),
        (datetime(2027, 2, 3, tzinfo=UTC), "en", "3 February 2027"),
    ],
)
def test_the_date_line_of_a_document(moment: datetime, language: str, text: str) -> None:
    assert date_in_words(moment, VIETNAM, language) == text


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        (VIETNAM, "24/11/2026 03:00:00 (GMT+7)"),
        ("UTC", "23/11/2026 20:00:00 (GMT)"),
        ("Asia/Kolkata", "24/11/2026 01:30:00 (GMT+5:30)"),
        ("America/St_Johns", "23/11/2026 16:30:00 (GMT-3:30)"),
    ],
)
def test_moments_name_their_offset(zone: str, text: str) -> None:
    assert format_moment(EVENING, zone, "vi") == text
