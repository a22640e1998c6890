"""A provider's list of what came in, read day by day with fakes: each day once, and nothing skipped."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from billing.domain.payments import Notice, Payment
from billing.service.provider_port import ProviderUnavailable
from billing.service.statements import Mark, Statements
from tests.support.refunds import Clockwork, Sent

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def transfer(number: int, reference: str = "") -> Notice:
    """Money that nobody told us of."""
    return Notice("bank", reference, "paid", 50_000, "VND", f"FT{number}", "CHUYEN TIEN", NOW)


@dataclass
class Bank:
    """The `Statement` port; `down` on some days."""

    transfers: dict[date, list[Notice]] = field(default_factory=dict)
    down: set[date] = field(default_factory=set)
    asked: list[date] = field(default_factory=list)
    id: str = "bank"

    def day_of(self, moment: datetime) -> date:
        """Its days are UTC's."""
        return moment.date()

    def untold(self, day: date, now: datetime) -> Iterator[Notice]:
        """As planned."""
        self.asked.append(day)
        if day in self.down:
            raise ProviderUnavailable("down")
        yield from self.transfers.get(day, [])


@dataclass
class Book:
    """The other ports: `Marks`, `Payments` and `StatementWatch`."""

    marks: dict[str, Mark] = field(default_factory=dict)
    looked_up: list[tuple[str, str]] = field(default_factory=list)
    unread_days: list[date] = field(default_factory=list)

    def mark(self, provider: str) -> Mark | None:
        """As saved."""
        return self.marks.get(provider)

    def save(self, provider: str, mark: Mark) -> None:
        """For the next run."""
        self.marks[provider] = mark

    def find(self, provider: str, reference: str) -> Payment | None:
        """None is known here."""
        self.looked_up.append((provider, reference))
        return None

    def is_kept(self, notice: Notice) -> bool:
        """Nothing is."""
        return False

    def unread(self, provider: str, day: date) -> None:
        """Noted."""
        self.unread_days.append(day)


@dataclass
class Scene:
    """A bank that was switched on on the 23rd, and is read from the 21st on."""

    bank: Bank = field(default_factory=Bank)
    book: Book = field(default_factory=Book)
    clock: Clockwork = field(default_factory=lambda: Clockwork(NOW))
    queue: Sent = field(default_factory=Sent)

    def sweep(self, **later: int) -> int:
        """One run, some time later."""
        self.clock.moment += timedelta(**later)
        book = self.book
        return Statements(lambda: [self.bank], book, book, self.queue, self.clock, book).sweep()


@pytest.fixture
def scene() -> Scene:
    """After its first run."""
    made = Scene()
    assert made.sweep() == 0
    return made


def day(number: int) -> date:
    """A day of November 2026."""
    return date(2026, 11, number)


def test_a_day_is_read_once_and_only_when_no_webhook_of_it_comes_any_more(scene: Scene) -> None:
    scene.bank.transfers = {day(21): [transfer(1), transfer(2)], day(22): [transfer(3)]}
    assert scene.sweep(hours=20) == 0
    assert scene.sweep(hours=1) == 2
    assert scene.sweep(minutes=10) == 0
    assert scene.sweep(days=1) == 1
    assert scene.bank.asked == [day(21), day(22)]
    assert [message["notice"]["transaction"] for message in scene.queue.messages] == ["FT1", "FT2", "FT3"]


def test_what_names_a_payment_is_looked_up(scene: Scene) -> None:
    scene.bank.transfers = {day(21): [transfer(1, "GOI123"), transfer(2)]}
    scene.sweep(days=1)
    assert scene.book.looked_up == [("bank", "GOI123")]


def test_days_of_an_outage_are_caught_up_with_a_week_at_a_time(scene: Scene) -> None:
    scene.sweep(days=10)
    assert scene.bank.asked == [day(number) for number in range(21, 28)]
    scene.sweep(minutes=10)
    assert scene.bank.asked[7:] == [day(28), day(29), day(30)]


def test_a_bank_that_does_not_answer_is_asked_again_in_an_hour(scene: Scene) -> None:
    scene.bank.transfers, scene.bank.down = {day(21): [transfer(1)], day(22): [transfer(2)]}, {day(22)}
    assert scene.sweep(days=2) == 1
    assert scene.book.unread_days == [day(22)]
    assert scene.sweep(minutes=59) == 0
    assert scene.bank.asked == [day(21), day(22)]
    scene.bank.down.clear()
    assert scene.sweep(minutes=1) == 1
    assert scene.bank.asked == [day(21), day(22), day(22)]


def test_a_clock_that_was_set_back_reads_those_days_again(scene: Scene) -> None:
    scene.sweep(days=3)
    scene.bank.asked.clear()
    assert scene.sweep(days=-2) == 0
    assert scene.sweep(days=1) == 0
    assert scene.bank.asked == [day(22)]
