"""Any order of use, hold, commit, release and time, with others in between, leaves every balance explained."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.domain.ledger import Asked, Entry
from billing.domain.plans import Quota, Rollover
from billing.domain.problems import Problem
from billing.domain.quotas import Grant, balances, grants_for
from billing.domain.times import add_months
from billing.service.account_ports import Subscription
from billing.service.basic_ports import AlreadyDone
from billing.service.usage import Crowded, Usage
from tests.support.ledger import Ledger as Buyer
from tests.support.quota_ledger import MemoryLedger, MovableClock, Published
from tests.support.values import HANOI, NOON, catalogue, period, plan, quota, term, texts

FREE = plan("free", rank=0, free=True, prices={}, quotas=(quota(amount=300),))
ROLLING = Quota("tokens", texts("tokens"), "metered", 1_000, "month", Rollover(400))
ONCE = quota(amount=500, per="term")
SOLD = catalogue(
    FREE,
    plan(),
    plan("more", rank=20, quotas=(quota(amount=2_000),)),
    plan("most", rank=30, quotas=(replace(ROLLING, amount=3_000),)),
)


@dataclass
class World:
    """One account, its ledger, and a clock."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    clock: MovableClock = field(default_factory=MovableClock)
    keys: int = 0
    orders: int = 0

    @property
    def usage(self) -> Usage:
        """The use cases."""
        return Usage(self.ledger, Published(SOLD), self.clock)

    def buy(self, *quotas: Quota, months: int = 3) -> None:
        """A term that begins now."""
        self.orders += 1
        order, placed = f"ord_{self.orders}", period(self.clock.at, months)
        self.ledger.terms = (*self.ledger.terms, replace(term(placed, order_id=order), paid=299_000))
        self.ledger.add(*grants_for(quotas, order, placed))

    def balance(self) -> tuple[int, int, int, int]:
        """(granted, used, held, remaining) as they are seen."""
        stands = self.ledger.standing("acc-1", self.clock.at)
        (seen,) = balances(stands.grants, self.clock.at, HANOI, stands.holds)
        return seen.granted, seen.used, seen.held, seen.remaining

    def upgrade(self, plan_id: str, *, beside: bool, spent: int = 0) -> None:
        """A higher plan that takes the others' time as credit; or one that was quoted before they were bought."""
        now, terms = self.clock.at, self.ledger.terms
        buyer = Buyer(now, SOLD, Subscription(1, () if beside else terms), orders=self.orders)
        stands = self.ledger.standing("acc-1", now)
        buyer.grants = {(one.order_id, one.period.end, one.feature): one for one in stands.grants}
        buyer.holds = stands.holds
        order = buyer.order(buyer.quote(plan_id))
        if spent:
            self.ask(spent)
            stands = self.ledger.standing("acc-1", now)
            buyer.keep(stands.grants)
            buyer.holds = stands.holds
        buyer.subscription = Subscription(1, terms)
        effect, self.orders = buyer.pay(order), buyer.orders
        self.ledger.terms = effect.after.terms
        self.ledger.add(*(replace(grant, revoked_at=now) for grant in effect.ended), *effect.grants)
        self.ledger.add(*(grant for _, grants in effect.moved for grant in grants))

    def ask(self, amount: int, hold: timedelta | None = None, key: str = "") -> Entry:
        """Uses or holds, with a new key unless one is given."""
        self.keys += 1
        return self.usage.record(Asked("acc-1", "tokens", amount, hold, key or f"key-{self.keys}")).entry

    def spend(self, amount: int, key: str = "") -> None:
        """Uses; for what happens in between."""
        self.ask(amount, key=key)

    def check(self) -> None:
        """Stored is what the entries say, and no window gave more than it has."""
        assert self.ledger.stored() == self.ledger.derived()
        for grant in self.ledger.grants.values():
            windows = grant.windows(HANOI)
            for window, used in grant.used.items():
                assert 0 <= used <= windows[window].amount + grant.rolled(windows[:window], {})
                assert 0 <= grant.opening.get(window, 0) <= used
        for balance in balances(self.ledger.grants.values(), self.clock.at, HANOI, self.ledger.holds.values()):
            assert min(balance.used, balance.held, balance.remaining) >= 0


sizes = st.integers(1, 700)
holding = st.one_of(st.none(), st.integers(1, 40).map(lambda days: timedelta(days=days)))
steps = st.one_of(
    st.tuples(st.just("use"), sizes, st.none()),
    st.tuples(st.just("hold"), sizes, holding),
    st.tuples(st.just("commit"), sizes, st.integers(0, 9)),
    st.tuples(st.just("release"), st.none(), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.integers(1, 40 * 24), st.none()),
    st.tuples(st.just("buy"), st.none(), st.none()),
    st.tuples(st.just("upgrade"), st.sampled_from(["more", "most"]), st.booleans()),
)


def run(world: World, step: tuple[str, Any, Any]) -> None:
    """One step; a refusal is an answer like any other."""
    kind, size, more = step
    held = [entry.id for entry in world.ledger.entries.values() if entry.hold]
    with suppress(Problem):
        match kind:
            case "use":
                world.ask(size)
            case "hold":
                world.ask(size, more or timedelta(minutes=15))
            case "commit" if held:
                world.usage.commit(held[more % len(held)], size)
            case "release" if held:
                world.usage.release(held[more % len(held)])
            case "wait":
                world.clock.at += timedelta(hours=size)
            case "buy":
                world.buy(ONCE, months=1)
            case "upgrade":
                world.upgrade(size, beside=more)


@given(st.lists(st.tuples(steps, st.none() | steps), max_size=25))
@settings(max_examples=150)
def test_any_interleaving_leaves_balances_that_can_be_derived_again(plan_of: list[tuple[Any, Any]]) -> None:
    """T54, T51: whatever comes between a read and its write, used and held never exceed what was granted."""
    world = World()
    world.buy(ROLLING)
    for step, between in plan_of:
        world.ledger.before_write = (lambda other=between: run(world, other)) if between else None
        run(world, step)
        world.check()


@pytest.mark.parametrize("beside", [True, False], ids=["made room first", "was credited first"])
def test_a_hold_is_followed_over_several_changes(*, beside: bool) -> None:
    """T65: its grant is moved or replaced once, and what came of it is replaced in turn; it counts at the last."""
    world = World()
    world.buy(quota())
    held, lapsing, released = (
        world.ask(size, timedelta(hours=hours)) for size, hours in ((300, 2), (200, 1), (100, 2))
    )
    world.upgrade("more", beside=beside)
    world.clock.at += timedelta(hours=1)
    world.upgrade("most", beside=False)
    assert world.balance() == (3_000, 0, 400, 2_600)
    world.check()
    assert world.usage.release(released.id).remaining == 2_700
    assert world.usage.commit(held.id, 250).remaining == 2_750
    world.check()
    assert world.ask(2_750).remaining == 0, "the lapsed one is given back when it is in the way"
    assert world.ledger.entries[lapsing.id].status == "expired"
    world.check()


def test_held_quota_that_finds_no_room_in_the_new_plan_stays_with_the_old_one() -> None:
    """T65: what was spent since the quote fills the new month; the hold is honoured all the same."""
    world = World()
    world.buy(quota(amount=3_000))
    held = world.ask(1_500, timedelta(hours=1))
    world.upgrade("more", beside=False, spent=1_000)
    assert world.balance() == (1_000, 0, 1_000, 0)
    world.check()
    assert world.usage.commit(held.id, 1_200).remaining == 0
    assert world.balance() == (1_000, 1_000, 0, 0)
    world.check()


def test_what_moved_on_from_the_month_before_goes_with_a_paused_term() -> None:
    """T65: 400 moved on into the month that is paused; it is still there when the time goes on."""
    world = World()
    world.buy(ROLLING)
    world.clock.at = add_months(NOON, 1, HANOI)
    world.ask(100)
    assert world.balance() == (1_400, 100, 0, 1_300)
    world.upgrade("more", beside=True)
    world.clock.at = add_months(NOON, 2, HANOI)
    assert world.balance() == (1_400, 100, 0, 1_300)
    assert world.ask(1_300).remaining == 0
    world.check()


def test_the_last_of_a_month_and_the_first_of_the_next_cannot_both_use_what_is_left() -> None:
    """T51: a use decided before the month turned is not written after the next month relied on what it left."""
    world = World()
    world.buy(ROLLING)
    (made,) = world.ledger.grants.values()
    turn = made.windows(HANOI)[1].start
    world.clock.at = turn - timedelta(seconds=1)

    def next_month() -> None:
        world.clock.at = turn
        world.ask(1_400)

    world.ledger.before_write = next_month
    with pytest.raises(Problem) as refused:
        world.ask(1_000)
    assert (refused.value.code, refused.value.params["remaining"]) == ("quota_exceeded", 0)
    world.check()


def test_what_the_next_month_relies_on_is_still_there_when_it_is_written() -> None:
    world = World()
    world.buy(ROLLING)
    (made,) = world.ledger.grants.values()
    turn = made.windows(HANOI)[1].start
    world.clock.at = turn

    def late() -> None:
        world.clock.at = turn - timedelta(seconds=1)
        world.ask(1_000)
        world.clock.at = turn

    world.ledger.before_write = late
    with pytest.raises(Problem):
        world.ask(1_400)
    assert world.ask(1_000).remaining == 0
    world.check()


def test_one_use_may_take_from_several_grants() -> None:
    world = World()
    world.buy(ONCE, months=1)
    world.clock.at += timedelta(days=3)
    world.buy(ONCE, months=1)
    entry = world.ask(800)
    assert [(part.order_id, part.amount) for part in entry.parts] == [("ord_1", 500), ("ord_2", 300)]
    assert entry.remaining == 200
    world.check()


def test_a_commit_of_more_takes_what_a_lapsed_hold_kept() -> None:
    world = World()
    world.buy(ONCE)
    world.ask(300, timedelta(minutes=1))
    kept = world.ask(200, timedelta(minutes=15))
    world.clock.at += timedelta(minutes=2)
    assert world.usage.commit(kept.id, 450).remaining == 50
    world.check()


def test_two_of_the_same_key_at_once_are_one_entry() -> None:
    """T49: find-then-insert would take twice; the entry's own absence is the check."""
    world = World()
    world.buy(ONCE)
    world.ledger.before_write = lambda: world.spend(100, "same")
    world.ask(100, key="same")
    assert len(world.ledger.entries) == 1
    world.check()


def test_two_alerts_at_once_are_one() -> None:
    """T48."""
    world = World()
    world.buy(ONCE)
    world.ledger.before_write = lambda: world.spend(410)
    world.ask(20)
    assert [alert.level for alert in world.ledger.alerts] == ["low"]


def test_two_uses_that_cross_the_line_only_together_are_noticed_by_the_next() -> None:
    world = World()
    world.buy(ONCE)
    world.ledger.before_write = lambda: world.spend(390)
    world.ask(20)
    assert world.ledger.alerts == []
    world.ask(1)
    assert [(alert.level, alert.used) for alert in world.ledger.alerts] == [("low", 411)]


def test_who_is_overtaken_every_time_gives_up_without_having_taken_anything() -> None:
    world = World()
    world.buy(ONCE)

    def again() -> None:
        world.ledger.before_write = again
        grant = next(iter(world.ledger.grants.values()))
        world.ledger.add(_taken_back_one_more(grant))

    world.ledger.before_write = again
    with pytest.raises(Crowded):
        world.ask(10)
    assert world.ledger.entries == {}


def _taken_back_one_more(grant: Grant) -> Grant:
    return replace(grant, taken_back={0: grant.taken_back.get(0, 0) + 1})


@pytest.mark.parametrize("act", ["commit", "release"])
def test_a_hold_that_is_always_being_changed_is_left_alone(act: str) -> None:
    world = World()
    world.buy(ONCE)
    entry = world.ask(100, timedelta(minutes=15))

    class Busy(MemoryLedger):
        def settle(self, *_: Any) -> None:
            raise AlreadyDone

    busy = Busy(world.ledger.terms, world.ledger.grants, world.ledger.holds, world.ledger.entries)
    usage = Usage(busy, Published(SOLD), world.clock)
    with pytest.raises(Crowded):
        _ = usage.commit(entry.id, 100) if act == "commit" else usage.release(entry.id)


def test_a_month_of_the_free_plan_is_stored_with_its_first_use() -> None:
    world = World()
    world.ledger.before_write = lambda: world.spend(50)
    assert world.ask(100).remaining == 150, "both came first; the second was decided again"
    world.clock.at = add_months(NOON, 1, HANOI)
    assert world.ask(300).remaining == 0
    world.check()
