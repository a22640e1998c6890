"""What an interrupted run leaves, with fakes that end its time; the rest is tested through the function."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from billing.domain.audit import AuditEntry
from billing.domain.deliveries import Attempt, Delivery
from billing.domain.endpoints import Endpoint
from billing.domain.events import Event, event
from billing.domain.subscriptions import Term
from billing.service.delivering import Delivering
from billing.service.ending import Ending, Endings, Watched
from billing.service.event_ports import Dispatch, DueEvent

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@dataclass
class World:
    """Every port of the use case, in memory; each look at `elapsed` takes `step` seconds."""

    endpoint: Endpoint
    step: float = 0.0
    lost_updates: bool = False
    events: dict[str, Dispatch] = field(default_factory=dict)
    places: list[DueEvent] = field(default_factory=list)
    parked: int = 0
    sent: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    spent: float = 0.0
    status: int = 200

    def now(self) -> datetime:
        return NOW

    def elapsed(self) -> float:
        self.spent += self.step
        return self.spent

    def due(self, now: datetime, limit: int) -> Iterator[DueEvent]:
        return iter(self.places[:limit])

    def load(self, event_id: str) -> Dispatch | None:
        return self.events.get(event_id)

    def announce(self, dispatch: Dispatch, endpoints: Sequence[Endpoint], now: datetime) -> Dispatch:
        made = {one.id: Delivery(dispatch.event.id, one.id, dispatch.event.type, "pending", now) for one in endpoints}
        return Dispatch(dispatch.event, None, made)

    def claim(self, delivery: Delivery, now: datetime, until: datetime) -> Delivery | None:
        return delivery

    def record(self, before: Delivery, after: Delivery) -> None:
        self.told.append(after.status)

    def park(self, delivery: Delivery, endpoint: Endpoint) -> bool:
        return False

    def unpark(self, endpoint_id: str, now: datetime, limit: int) -> int:
        taken = min(limit, self.parked)
        self.parked -= taken
        return taken

    def later(self, due: DueEvent, until: datetime) -> None:
        self.told.append(f"later {until - NOW}")

    def drop(self, due: DueEvent) -> None:
        self.told.append("dropped")

    def all(self) -> Sequence[Endpoint]:
        return [self.endpoint]

    def add(self, endpoint: Endpoint, entry: AuditEntry) -> None:
        raise AssertionError

    def change(self, before: Endpoint, after: Endpoint, entry: AuditEntry | None, *, resumed: bool = False) -> bool:
        return not self.lost_updates

    def remove(self, endpoint: Endpoint, entry: AuditEntry) -> bool:
        raise AssertionError

    def paused(self, endpoint: Endpoint) -> None:
        self.told.append("paused")

    def given_up(self, delivery: Delivery) -> None:
        self.told.append("given up")

    def failed(self, what: Mapping[str, Any], error: Exception) -> None:
        self.told.append(f"failed {what}")


@dataclass
class Network:
    """Sends, and counts."""

    world: World

    def send(self, endpoint: Endpoint, event: Event, now: datetime) -> Attempt:
        self.world.sent.append(event.id)
        error = None if self.world.status == 200 else f"answered {self.world.status}"
        return Attempt(now, self.world.status, 5, error)


@dataclass
class Messages:
    """The queue."""

    sent: list[int] = field(default_factory=list)

    def send(self, event_ids: Sequence[str], delay: int = 0) -> None:
        self.sent.append(delay)


def world(**more: Any) -> World:
    """With one endpoint that wants everything, and three events that nobody has announced."""
    made = World(Endpoint("ep_1", "https://a.example", (), (), NOW), **more)
    for number in range(3):
        one = event("refund.succeeded", (str(number),), "acc-1", NOW, 1, {})
        made.events[one.id] = Dispatch(one, NOW, {})
        made.places.append(DueEvent(("pk", one.id), one.id))
    return made


def delivering(of: World) -> Delivering:
    """The use case in this world."""
    return Delivering(of, of, Network(of), Messages(), of, of, of.elapsed, lambda _: 0, seconds=10)


def test_a_sweep_without_time_left_leaves_the_rest_to_the_next() -> None:
    slow = world(step=6.0)
    assert delivering(slow).sweep() == {"announced": 1, "delivered": 1}
    quick = world()
    assert delivering(quick).sweep() == {"announced": 3, "delivered": 3}


def test_messages_that_come_too_late_in_a_run_are_left_to_the_sweep() -> None:
    slow = world(step=6.0)
    assert delivering(slow).look(list(slow.events)) == {"announced": 1}


def test_an_event_that_is_not_there_is_forgotten() -> None:
    empty = world()
    empty.events.clear()
    delivering(empty).sweep()
    assert empty.told == ["dropped"] * 3


def test_an_endpoint_that_an_operator_changed_meanwhile_is_left_as_it_is() -> None:
    busy = world(lost_updates=True, status=410)
    delivering(busy).look([next(iter(busy.events))])
    assert busy.told == ["pending"]


def test_a_delivery_whose_endpoint_was_resumed_meanwhile_stays_due() -> None:
    busy = world()
    busy.endpoint = Endpoint("ep_1", "https://a.example", (), (), NOW, status="paused")
    assert delivering(busy).look([next(iter(busy.events))]) == {"announced": 1, "left": 1}


def test_many_that_waited_become_due_over_several_runs() -> None:
    many = world(parked=60, step=6.0)
    many.places = [DueEvent(("pk", "sk"), None, "ep_1")]
    delivering(many).sweep()
    assert (many.parked, many.told) == (10, ["later 0:00:01"])
    many.step = 0.0
    delivering(many).sweep()
    assert (many.parked, many.told[-1]) == (0, "dropped")


def test_nothing_comes_back_for_an_endpoint_that_was_paused_again() -> None:
    many = world(parked=5)
    many.endpoint = Endpoint("ep_1", "https://a.example", (), (), NOW, status="paused")
    many.places = [DueEvent(("pk", "sk"), None, "ep_1")]
    delivering(many).sweep()
    assert (many.parked, many.told) == (5, ["dropped"])


@dataclass
class Accounts:
    """The `Subscriptions` port: one account whose terms cannot be read, one that has none."""

    told: list[str] = field(default_factory=list)

    def due(self, now: datetime, limit: int) -> Iterator[Watched]:
        yield Watched("broken", ("pk", "sk"))
        yield Watched("empty", ("pk", "sk"))

    def terms(self, account_id: str) -> tuple[int, tuple[Term, ...]]:
        if account_id == "broken":
            raise KeyError(account_id)
        return 1, ()

    def later(self, watched: Watched, until: datetime) -> None:
        self.told.append(f"{watched.account_id} in {until - NOW}")

    def tell(self, watched: Watched, ending: Ending, version: int, again: datetime | None, now: datetime) -> None:
        self.told.append(f"{watched.account_id}: {ending.state}")


def test_an_account_that_fails_is_looked_at_later_and_holds_up_no_other() -> None:
    accounts, watch = Accounts(), world()
    assert Endings(accounts, watch, watch).sweep() == 2
    assert accounts.told == [f"broken in {timedelta(minutes=10)}", "empty: None"]
    assert watch.told == ["failed {'account_id': 'broken'}"]
