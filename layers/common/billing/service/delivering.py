"""Sending events: announced once, tried until they are taken, each endpoint on its own, in no particular order.

What is due stands in the time buckets; a message only says that it is worth looking now. Whoever tries a delivery
holds it for a while, so that a message and a sweep, or two sweeps, do not send the same thing at the same time; should
one die in between, the next sweep tries again. So an event comes at least once, always under the same id.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from billing.domain.deliveries import GONE, JITTER_STEPS, PAUSE_AFTER, Delivery, tried
from billing.domain.endpoints import BUS, Endpoint, bus
from billing.service.basic_ports import AlreadyDone, Clock
from billing.service.event_ports import (
    Announcements,
    Deliveries,
    DeliveryWatch,
    Dispatch,
    DueEvent,
    Endpoints,
    Senders,
)

LEASE = timedelta(minutes=2)
FAULT_AGAIN = timedelta(minutes=10)

REST = timedelta(minutes=5)
FAILURES_OF_A_RUN = 3
"""After so many failures at an endpoint, a run leaves its other deliveries for `REST`, so that nobody waits for it."""

SOON_SECONDS = 600
UNPARK_AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a function: the endpoints as it read them, its end, and how often each endpoint has failed in it."""

    endpoints: dict[str, Endpoint]
    end: float
    failures: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Delivering:
    """Sends events. A run begins no delivery after `seconds`; `elapsed` counts seconds and never runs back.

    `random`: 0 to one less than its argument. `has_bus`: whether there is an event bus beside the endpoints.
    """

    deliveries: Deliveries
    endpoints: Endpoints
    sender: Senders
    queue: Announcements
    watch: DeliveryWatch
    clock: Clock
    elapsed: Callable[[], float]
    random: Callable[[int], int]
    has_bus: bool = False
    seconds: float = 40.0
    limit: int = 500

    def sweep(self) -> Mapping[str, int]:
        """Everything that is due, as far as time allows; counts of what became of it."""
        run = self._begin()
        for due in self.deliveries.due(self.clock.now(), self.limit):
            self._guarded(run, due)
            if self.elapsed() > run.end:
                break
        return run.done

    def look(self, event_ids: Sequence[str]) -> Mapping[str, int]:
        """These events, now; counts. What is not due yet, or cannot be had, is left to the sweep."""
        run = self._begin()
        for event_id in event_ids:
            if self.elapsed() > run.end:
                break
            try:
                self._event(run, event_id)
            except Exception as error:  # noqa: BLE001 - the event's entry is still due
                self.watch.failed({"event_id": event_id}, error)
        return run.done

    def _begin(self) -> Run:
        found = {one.id: one for one in self.endpoints.all()}
        if self.has_bus:
            found[BUS] = bus(self.clock.now())
        return Run(found, self.elapsed() + self.seconds)

    def _guarded(self, run: Run, due: DueEvent) -> None:
        """One entry; its failure is its own, and it never stays where the sweep has passed."""
        try:
            self._take(run, due)
        except Exception as error:  # noqa: BLE001 - told to an operator; the others must not wait for this one
            self.watch.failed({"event_id": due.event_id, "endpoint_id": due.endpoint_id}, error)
            self.deliveries.later(due, self.clock.now() + FAULT_AGAIN)

    def _take(self, run: Run, due: DueEvent) -> None:
        if due.event_id is None:
            self._resume(run, due)
        elif due.endpoint_id is None:
            if not self._event(run, due.event_id):
                self.deliveries.drop(due)
        else:
            dispatch = self.deliveries.load(due.event_id)
            delivery = dispatch.deliveries.get(due.endpoint_id) if dispatch else None
            if dispatch is None or delivery is None or not delivery.is_due(self.clock.now()):
                self.deliveries.drop(due)  # it is done with, or has another place by now
            else:
                self._deliver(run, dispatch, delivery)

    def _event(self, run: Run, event_id: str) -> bool:
        """Announces the event if nobody has, and tries what is due of it; whether it had to be announced."""
        dispatch = self.deliveries.load(event_id)
        if dispatch is None:
            return False
        is_new = dispatch.announce_at is not None
        if is_new:
            wanting = [one for one in run.endpoints.values() if one.wants(dispatch.event.type)]
            try:
                dispatch = self.deliveries.announce(dispatch, wanting, self.clock.now())
            except AlreadyDone:
                return True
            run.done["announced"] += 1
        for delivery in dispatch.deliveries.values():
            if delivery.is_due(self.clock.now()) and self.elapsed() <= run.end:
                self._deliver(run, dispatch, delivery)
        return is_new

    def _deliver(self, run: Run, dispatch: Dispatch, delivery: Delivery) -> None:
        now = self.clock.now()
        held = self.deliveries.claim(delivery, now, now + LEASE)
        if held is None:
            return
        endpoint = run.endpoints.get(delivery.endpoint_id)
        if endpoint is None or not endpoint.wants(delivery.type):
            self._end(run, held, replace(held, status="unwanted", lease_until=None))
        elif not endpoint.is_active:
            parked = self.deliveries.park(held, endpoint)
            run.done["waiting" if parked else "left"] += 1
        elif run.failures[endpoint.id] >= FAILURES_OF_A_RUN:
            self._end(run, held, replace(held, due_at=now + REST, lease_until=None))
        else:
            self._try(run, dispatch, held, endpoint)

    def _try(self, run: Run, dispatch: Dispatch, held: Delivery, endpoint: Endpoint) -> None:
        attempt = self.sender.send(endpoint, dispatch.event, self.clock.now())
        endpoint = self._learn(run, endpoint, attempt.at, failed=not attempt.succeeded, gone=attempt.status == GONE)
        after = tried(held, attempt, endpoint.failing_since, self.random(JITTER_STEPS))
        run.failures[endpoint.id] += 0 if attempt.succeeded else 1
        self._end(run, held, after)
        wait = int((after.due_at - attempt.at).total_seconds())
        if after.status == "pending" and wait < SOON_SECONDS:
            self.queue.send([held.event_id], wait + 1)
        if after.status == "given_up":
            self.watch.given_up(after)

    def _end(self, run: Run, before: Delivery, after: Delivery) -> None:
        self.deliveries.record(before, after)
        run.done[after.status] += 1

    def _learn(self, run: Run, endpoint: Endpoint, at: datetime, *, failed: bool, gone: bool) -> Endpoint:
        """The endpoint as an attempt shows it: well again, failing, or paused. Only attempts count."""
        since = (endpoint.failing_since or at) if failed else None
        after = replace(endpoint, failing_since=since)
        if endpoint.id == BUS:
            run.endpoints[BUS] = after
            return after
        if gone or (since and at - since >= PAUSE_AFTER):
            after = replace(after, status="paused", paused_because="gone" if gone else "failing")
        if after != endpoint:
            after = replace(after, version=endpoint.version + 1)
            if not self.endpoints.change(endpoint, after, None):
                return endpoint  # an operator changed it meanwhile: the next run knows better
            if not after.is_active:
                self.watch.paused(after)
        run.endpoints[endpoint.id] = after
        return after

    def _resume(self, run: Run, due: DueEvent) -> None:
        """What has waited for an endpoint becomes due, a part at a time; nothing once it is paused again.

        So does what waited for one that was deleted: it is unwanted then, and its place is free.
        """
        name, now = due.endpoint_id or "", self.clock.now()
        endpoint = run.endpoints.get(name)
        stands = endpoint is None or endpoint.is_active
        while stands and self.deliveries.unpark(name, now, UNPARK_AT_ONCE):
            if self.elapsed() > run.end:
                self.deliveries.later(due, now + timedelta(seconds=1))
                return
        self.deliveries.drop(due)
