"""What sending events needs of the outside world."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from billing.domain.audit import AuditEntry
from billing.domain.deliveries import Attempt, Delivery
from billing.domain.endpoints import Endpoint
from billing.domain.events import Event


@dataclass(frozen=True, slots=True)
class DueEvent:
    """An entry of the time buckets: an event to be announced, one delivery of it, or an endpoint that was resumed."""

    key: tuple[str, str]
    event_id: str | None = None
    endpoint_id: str | None = None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """An event with its deliveries, by endpoint; `announce_at`: when they are to be made, None once they are."""

    event: Event
    announce_at: datetime | None
    deliveries: Mapping[str, Delivery]


class Deliveries(Protocol):
    """Events and their deliveries as stored, and when each is due."""

    def due(self, now: datetime, limit: int) -> Iterator[DueEvent]:
        """What is due, day by day; whoever takes an entry moves it or takes it away."""
        ...

    def load(self, event_id: str) -> Dispatch | None:
        """One event and all of its deliveries, read consistently."""
        ...

    def announce(self, dispatch: Dispatch, endpoints: Sequence[Endpoint], now: datetime) -> Dispatch:
        """Makes a delivery for each endpoint, due now; `AlreadyDone` if somebody else did."""
        ...

    def claim(self, delivery: Delivery, now: datetime, until: datetime) -> Delivery | None:
        """The delivery, for the caller alone until then; None if somebody else has it."""
        ...

    def record(self, before: Delivery, after: Delivery) -> None:
        """What became of a claimed delivery; nothing if it was begun again meanwhile."""
        ...

    def park(self, delivery: Delivery, endpoint: Endpoint) -> bool:
        """Waits until the endpoint is resumed; False if it is not paused any more."""
        ...

    def unpark(self, endpoint_id: str, now: datetime, limit: int) -> int:
        """Makes up to `limit` waiting deliveries due now; how many there were."""
        ...

    def later(self, due: DueEvent, until: datetime) -> None:
        """Moves an entry."""
        ...

    def drop(self, due: DueEvent) -> None:
        """Takes an entry away."""
        ...


class Endpoints(Protocol):
    """Where events go."""

    def all(self) -> Sequence[Endpoint]:
        """Every endpoint, read consistently."""
        ...

    def add(self, endpoint: Endpoint, entry: AuditEntry) -> None:
        """A new one, with who made it."""
        ...

    def change(self, before: Endpoint, after: Endpoint, entry: AuditEntry | None, *, resumed: bool = False) -> bool:
        """Under the condition that nobody else changed it; whether it was so. `resumed`: what waits becomes due."""
        ...

    def remove(self, endpoint: Endpoint, entry: AuditEntry) -> bool:
        """Under the same condition; what waits for it becomes due, and unwanted."""
        ...


class Senders(Protocol):
    """Hands an event to an endpoint."""

    def send(self, endpoint: Endpoint, event: Event, now: datetime) -> Attempt:
        """What came of it; raises nothing."""
        ...


class Announcements(Protocol):
    """Asks for an event to be looked at soon."""

    def send(self, event_ids: Sequence[str], delay: int = 0) -> None:
        """After `delay` seconds; it may get lost."""
        ...


class DeliveryWatch(Protocol):
    """Tells operators what sending events could not do."""

    def paused(self, endpoint: Endpoint) -> None:
        """An endpoint takes nothing any more."""
        ...

    def given_up(self, delivery: Delivery) -> None:
        """An endpoint that takes others has refused this event to the last."""
        ...

    def failed(self, what: Mapping[str, Any], error: Exception) -> None:
        """A fault of ours; it is tried again."""
        ...
