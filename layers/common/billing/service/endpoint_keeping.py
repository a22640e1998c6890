"""Keeping the endpoints: made, changed, paused, resumed, their secrets replaced; and events sent again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from billing.domain.audit import AuditEntry
from billing.domain.deliveries import Delivery
from billing.domain.endpoints import MOST_ENDPOINTS, SECRET_BYTES, Endpoint, Secret, is_endpoint_url, new_secret
from billing.domain.events import Event
from billing.domain.problems import FieldError, Problem
from billing.service.basic_ports import Clock
from billing.service.event_ports import Announcements, Dispatch, Endpoints

ID_BYTES = 10


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """What an operator wants changed; None where something stays. `status`: "active" or "paused"."""

    url: str | None = None
    types: tuple[str, ...] | None = None
    status: str | None = None
    rotate_secret: bool = False


@dataclass(frozen=True, slots=True)
class EndpointKeeping:
    """`entropy`: so many random bytes. `local`: stage local, where http to this machine is allowed."""

    endpoints: Endpoints
    clock: Clock
    entropy: Callable[[int], bytes]
    local: bool = False

    def create(self, actor: str, url: str, types: tuple[str, ...]) -> Endpoint:
        """A new endpoint; `validation_failed`, `endpoint_exists` or `too_many_endpoints`."""
        now, known = self.clock.now(), self.endpoints.all()
        self._check(url, known)
        if len(known) >= MOST_ENDPOINTS:
            raise Problem("too_many_endpoints", maximum=MOST_ENDPOINTS)
        secret = Secret(new_secret(self.entropy(SECRET_BYTES)))
        endpoint = Endpoint(f"ep_{self.entropy(ID_BYTES).hex()}", url, types, (secret,), now)
        self.endpoints.add(endpoint, self._entry(actor, "create", endpoint.id, now, {"url": url, "types": list(types)}))
        return endpoint

    def change(self, actor: str, endpoint_id: str, wanted: EndpointChange) -> Endpoint:
        """The endpoint as changed; `not_found`, and what `create` refuses. Resuming makes what waits due."""
        now, known = self.clock.now(), self.endpoints.all()
        before = found(known, endpoint_id)
        if wanted.url is not None and wanted.url != before.url:
            self._check(wanted.url, known)
        after = self._changed(before, wanted, now)
        details = {
            "url": wanted.url,
            "types": None if wanted.types is None else list(wanted.types),
            "status": wanted.status,
            "rotate_secret": wanted.rotate_secret or None,
        }
        told = {name: value for name, value in details.items() if value is not None}
        entry = self._entry(actor, "change", endpoint_id, now, told)
        resumed = after.is_active and not before.is_active
        if not self.endpoints.change(before, after, entry, resumed=resumed):
            raise Problem("endpoint_changed")
        return after

    def remove(self, actor: str, endpoint_id: str) -> Endpoint:
        """The endpoint that is no more; `not_found`. Nothing is sent to it any more, its delivery log stays."""
        endpoint = found(self.endpoints.all(), endpoint_id)
        entry = self._entry(actor, "delete", endpoint_id, self.clock.now(), {"url": endpoint.url})
        if not self.endpoints.remove(endpoint, entry):
            raise Problem("endpoint_changed")
        return endpoint

    def _changed(self, before: Endpoint, wanted: EndpointChange, now: datetime) -> Endpoint:
        after = replace(
            before,
            url=before.url if wanted.url is None else wanted.url,
            types=before.types if wanted.types is None else wanted.types,
            version=before.version + 1,
        )
        if wanted.status == "paused" and before.is_active:
            after = replace(after, status="paused", paused_because="operator")
        if wanted.status == "active":
            after = replace(after, status="active", paused_because=None, failing_since=None)
        return after.rotated(new_secret(self.entropy(SECRET_BYTES)), now) if wanted.rotate_secret else after

    def _check(self, url: str, known: Sequence[Endpoint]) -> None:
        if not is_endpoint_url(url, local=self.local):
            raise Problem("validation_failed", errors=(FieldError("url", "invalid"),))
        for one in known:
            if one.url == url:
                raise Problem("endpoint_exists", endpoint=one.id)

    def _entry(self, actor: str, action: str, endpoint_id: str, now: datetime, details: dict[str, Any]) -> AuditEntry:
        return AuditEntry(f"aud_{self.entropy(ID_BYTES).hex()}", now, actor, action, f"endpoint {endpoint_id}", details)


class Replays(Protocol):
    """Events that are sent again."""

    def load(self, event_id: str) -> Dispatch | None:
        """One event and all of its deliveries."""
        ...

    def replay(self, event: Event, before: Sequence[Delivery], endpoints: Sequence[str], entry: AuditEntry) -> None:
        """Begins the deliveries to these endpoints anew, with who wanted it."""
        ...


@dataclass(frozen=True, slots=True)
class Replaying:
    """Sends an event again, under the same id and with the same bytes."""

    replays: Replays
    endpoints: Endpoints
    queue: Announcements
    clock: Clock
    entropy: Callable[[int], bytes]

    def replay(self, actor: str, event_id: str, endpoint_id: str | None) -> Dispatch:
        """The event with its deliveries as they are now due; to one endpoint, or to all that want its type."""
        dispatch = self.event(event_id)
        known = self.endpoints.all()
        chosen = [found(known, endpoint_id)] if endpoint_id else known
        names = [one.id for one in chosen if one.wants(dispatch.event.type)]
        entry = AuditEntry(
            id=f"aud_{self.entropy(ID_BYTES).hex()}",
            at=self.clock.now(),
            actor=actor,
            action="replay",
            target=f"event {event_id}",
            details={"endpoints": names},
        )
        self.replays.replay(dispatch.event, tuple(dispatch.deliveries.values()), names, entry)
        self.queue.send([event_id])
        return self.event(event_id)

    def event(self, event_id: str) -> Dispatch:
        """The event; `not_found` if there is none."""
        dispatch = self.replays.load(event_id)
        if dispatch is None:
            raise Problem("not_found")
        return dispatch


def found(known: Sequence[Endpoint], endpoint_id: str) -> Endpoint:
    """The endpoint of that id; `not_found` if there is none."""
    for one in known:
        if one.id == endpoint_id:
            return one
    raise Problem("not_found")
