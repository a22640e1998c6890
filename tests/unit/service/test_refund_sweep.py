"""The sweep of refunds with fakes: how long it waits, and what it leaves to the next run."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from billing.domain.refunds import Refund
from billing.service.provider_port import ProviderUnavailable
from billing.service.refund_progress import RefundProgress
from billing.service.refund_sweep import OVERDUE, DueRefund, RefundSweep, SweptRefunds
from tests.support.refunds import Clockwork, Sent, refund, refunded


@dataclass
class Buckets:
    """The `DueRefunds` port."""

    entries: list[DueRefund]
    later_at: dict[str, datetime] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)

    def due(self, now: datetime, limit: int) -> Iterator[DueRefund]:
        """All entries."""
        yield from self.entries[:limit]

    def later(self, due: DueRefund, until: datetime) -> None:
        """Moves one."""
        self.later_at[due.refund_id] = until
        self.entries = [due if one.refund_id == due.refund_id else one for one in self.entries]

    def drop(self, due: DueRefund) -> None:
        """Takes one off."""
        self.dropped.append(due.refund_id)


@dataclass
class Asked:
    """Stands for the store and for progress: `becomes` is what asking leads to."""

    stored: dict[str, Refund]
    becomes: dict[str, Refund | Exception] = field(default_factory=dict)

    def get(self, refund_id: str) -> Refund | None:
        """As stored."""
        return self.stored.get(refund_id)

    def ask(self, one: Refund) -> Refund:
        """What it has become."""
        after = self.becomes[one.id]
        if isinstance(after, Exception):
            raise after
        return after


@dataclass
class Told:
    """The `RefundWatch` port."""

    of: list[tuple[str, str]] = field(default_factory=list)

    def refund_failed(self, one: Refund) -> None:
        """Noted."""
        self.of.append(("failed", one.id))

    def refund_overdue(self, one: Refund) -> None:
        """Noted."""
        self.of.append(("overdue", one.id))

    def refund_fault(self, due: DueRefund, error: Exception) -> None:
        """Noted."""
        self.of.append(("fault", due.refund_id))


@dataclass
class Scene:
    """A sweep with its fakes."""

    asked: Asked
    buckets: Buckets
    clock: Clockwork
    queue: Sent = field(default_factory=Sent)
    watch: Told = field(default_factory=Told)
    seconds: list[float] = field(default_factory=lambda: [0.0] * 100)

    def sweep(self, **changes: Any) -> SweptRefunds:
        """One run."""
        run = RefundSweep(
            due=self.buckets,
            refunds=cast("Any", self.asked),
            progress=cast("RefundProgress", self.asked),
            queue=self.queue,
            clock=self.clock,
            watch=self.watch,
            elapsed=lambda: self.seconds.pop(0),
        )
        return replace(run, **changes).sweep()


def scene(*refunds: Refund, **becomes: Refund | Exception) -> Scene:
    """These refunds, all due; what asking about each leads to by its id."""
    stored = {one.id: one for one in refunds}
    entries = [DueRefund(one.id, ("pk", "sk")) for one in refunds]
    return Scene(Asked(stored, becomes), Buckets(entries), Clockwork(refunds[0].created_at))


def test_it_waits_twice_as_long_each_time_up_to_six_hours() -> None:
    at_hand = scene(refund(id="a"), a=ProviderUnavailable("no answer"))
    waits = []
    for _ in range(9):
        assert at_hand.sweep().waiting == 1
        waits.append((at_hand.buckets.later_at["a"] - at_hand.clock.now()).total_seconds() // 60)
    assert waits == [10, 20, 40, 80, 160, 320, 360, 360, 360]


def test_one_that_fails_holds_no_other_up() -> None:
    at_hand = scene(refund(id="a"), refund(id="b"), a=ValueError("a fault of ours"), b=refunded(id="b"))
    assert at_hand.sweep() == SweptRefunds(refunded=1, waiting=1)
    assert at_hand.watch.of == [("fault", "a")]
    assert (list(at_hand.buckets.later_at), at_hand.buckets.dropped) == (["a"], ["b"])


def test_what_is_left_of_a_run_is_for_the_next() -> None:
    refunds = [refund(id=name) for name in "abc"]
    at_hand = scene(*refunds, **{one.id: ProviderUnavailable("no") for one in refunds})
    at_hand.seconds = [0.0, 10.0, 60.0]
    assert at_hand.sweep(seconds=50.0).waiting == 2
    assert at_hand.sweep(seconds=50.0, limit=1, elapsed=lambda: 0.0).waiting == 1


@pytest.mark.parametrize(("age", "told"), [(OVERDUE - timedelta(seconds=1), []), (OVERDUE, [("overdue", "a")])])
def test_operators_hear_of_what_is_not_finished_after_three_days(age: timedelta, told: list[tuple[str, str]]) -> None:
    at_hand = scene(refund(id="a"), a=refund(id="a", status="pending"))
    at_hand.clock.moment += age
    assert at_hand.sweep().waiting == 1
    assert at_hand.watch.of == told


def test_a_late_refusal_is_told_to_operators() -> None:
    at_hand = scene(refund(id="a", status="pending"), a=refund(id="a", status="failed", failure="95"))
    assert at_hand.sweep().failed == 1
    assert (at_hand.watch.of, at_hand.buckets.dropped) == ([("failed", "a")], ["a"])


def test_nobody_is_asked_about_a_transfer_by_hand() -> None:
    at_hand = scene(refund(id="a", by_api=False))
    assert at_hand.sweep().waiting == 1
    assert at_hand.buckets.later_at["a"] == at_hand.clock.now() + timedelta(days=1)


@pytest.mark.parametrize(
    "one",
    [
        refunded(id="a", told_at=refund().created_at),
        refunded(id="a", order_id=None, exception_id="exc_1"),
        refund(id="a", status="failed"),
    ],
)
def test_what_is_over_is_taken_off(one: Refund) -> None:
    at_hand = scene(one)
    assert at_hand.sweep() == SweptRefunds()
    assert (at_hand.buckets.dropped, at_hand.queue.messages) == (["a"], [])


def test_a_buyer_who_was_not_told_is_told_until_it_is_noted() -> None:
    at_hand = scene(refunded(id="a"))
    assert at_hand.sweep().told == 1
    assert at_hand.queue.messages == [{"refund_id": "a", "order_id": "ord_1"}]
    assert at_hand.buckets.dropped == []
