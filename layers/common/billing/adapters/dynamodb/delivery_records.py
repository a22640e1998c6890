"""Events, deliveries and endpoints as records of the table."""

from typing import Any

from billing.domain.deliveries import Attempt, Delivery
from billing.domain.endpoints import Endpoint, Secret
from billing.domain.events import Event
from billing.domain.times import from_text, to_text

Record = dict[str, Any]


def event_from_record(record: Record) -> Event:
    """An event as `outbox` stored it."""
    return Event(record["id"], record["type"], record["account_id"], from_text(record["occurred_at"]), record["body"])


def delivery_to_record(delivery: Delivery) -> Record:
    """A delivery's attributes."""
    return {
        "event_id": delivery.event_id,
        "endpoint_id": delivery.endpoint_id,
        "type": delivery.type,
        "status": delivery.status,
        "due_at": to_text(delivery.due_at),
        "tries": delivery.tries,
        "lease_until": to_text(delivery.lease_until) if delivery.lease_until else None,
        "attempts": [
            {"at": to_text(one.at), "status": one.status, "ms": one.milliseconds, "error": one.error}
            for one in delivery.attempts
        ],
    }


def delivery_from_record(record: Record) -> Delivery:
    """The inverse."""
    return Delivery(
        event_id=record["event_id"],
        endpoint_id=record["endpoint_id"],
        type=record["type"],
        status=record["status"],
        due_at=from_text(record["due_at"]),
        tries=record["tries"],
        lease_until=from_text(record["lease_until"]) if record["lease_until"] else None,
        attempts=tuple(
            Attempt(from_text(one["at"]), one["status"], one["ms"], one["error"]) for one in record["attempts"]
        ),
    )


def endpoint_to_record(endpoint: Endpoint) -> Record:
    """An endpoint's attributes."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "types": list(endpoint.types),
        "secrets": [
            {"value": one.value, "until": to_text(one.until) if one.until else None} for one in endpoint.secrets
        ],
        "created_at": to_text(endpoint.created_at),
        "status": endpoint.status,
        "paused_because": endpoint.paused_because,
        "failing_since": to_text(endpoint.failing_since) if endpoint.failing_since else None,
        "version": endpoint.version,
    }


def endpoint_from_record(record: Record) -> Endpoint:
    """The inverse."""
    since = record["failing_since"]
    return Endpoint(
        id=record["id"],
        url=record["url"],
        types=tuple(record["types"]),
        secrets=tuple(
            Secret(one["value"], from_text(one["until"]) if one["until"] else None) for one in record["secrets"]
        ),
        created_at=from_text(record["created_at"]),
        status=record["status"],
        paused_because=record["paused_because"],
        failing_since=from_text(since) if since else None,
        version=record["version"],
    )
