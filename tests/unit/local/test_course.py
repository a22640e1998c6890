"""What becomes of a payment in a wallet's simulator, and what is told of it."""

from datetime import UTC, datetime, timedelta

import pytest

from local.simulators.base import Choice
from local.simulators.course import Course

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
END = NOW + timedelta(minutes=30)


@pytest.fixture
def course() -> Course:
    return Course(299_000, END)


def test_nothing_has_happened_at_first(course: Course) -> None:
    assert course.state(NOW) is None
    assert not course.is_over(END)
    assert course.is_over(END + timedelta(seconds=1))


def test_a_success_is_taken_once(course: Course) -> None:
    (first,) = course.play(Choice("success"), NOW)
    assert course.play(Choice("success", "duplicate"), NOW + timedelta(minutes=1)) == [first] * 3
    assert course.ends == [first]


def test_another_amount_is_another_payment(course: Course) -> None:
    (short,) = course.play(Choice("success", amount=1000), NOW)
    (right,) = course.play(Choice("success"), NOW)
    assert (short.amount, right.amount) == (1000, 299_000)
    assert short.number != right.number


def test_a_failure_does_not_undo_a_success(course: Course) -> None:
    (failed,) = course.play(Choice("failure"), NOW)
    assert course.state(NOW) is failed
    (paid,) = course.play(Choice("success"), NOW)
    course.play(Choice("cancel"), NOW)
    assert course.state(NOW) is paid


def test_a_lost_message_leaves_the_state(course: Course) -> None:
    assert course.play(Choice("success", "lost"), NOW) == []
    state = course.state(NOW)
    assert state
    assert state.paid


def test_a_forged_message_claims_success_whatever_the_state(course: Course) -> None:
    (claim,) = course.play(Choice("failure", "forged"), NOW)
    state = course.state(NOW)
    assert state
    assert (claim.paid, state.paid, claim.number != state.number) == (True, False, True)


def test_a_late_payment_ends_after_its_time_and_is_told_once(course: Course) -> None:
    assert course.play(Choice("success", "late"), NOW) == []
    assert (course.state(END), course.take_due(END)) == (None, [])
    later = END + timedelta(seconds=1)
    state = course.state(later)
    assert state
    assert state.at == later
    assert (course.take_due(later), course.take_due(later)) == ([state], [])


def test_what_is_held_back_has_happened_and_is_told_once(course: Course) -> None:
    assert course.play(Choice("failure", "held"), NOW) == []
    state = course.state(NOW)
    assert state
    assert (state.outcome, course.take_due(NOW), course.take_due(NOW)) == ("failure", [state], [])


def test_a_payment_is_seen_as_it_was(course: Course) -> None:
    (failed,) = course.play(Choice("failure"), NOW)
    (paid,) = course.play(Choice("success"), END)
    then = course.seen(END, NOW)
    assert then.state(NOW) is failed
    assert not then.is_over(NOW)
    assert course.seen(END, None) is course
    assert course.state(END) is paid
