"""Answers to operators about events: endpoints, and how far each event has come."""

import json
from typing import Any

from billing.domain.deliveries import Delivery
from billing.domain.endpoints import Endpoint
from billing.domain.events import Event
from billing.domain.times import text_of, to_text
from billing.service.event_ports import Dispatch

View = dict[str, Any]


def endpoint_view(endpoint: Endpoint) -> View:
    """An endpoint, without what it is signed with."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "types": list(endpoint.types),
        "status": endpoint.status,
        "paused_because": endpoint.paused_because,
        "failing_since": text_of(endpoint.failing_since),
        "created_at": to_text(endpoint.created_at),
    }


def endpoint_with_secret(endpoint: Endpoint) -> View:
    """The same with its secret: shown when it was made, and never again."""
    return {**endpoint_view(endpoint), "secret": endpoint.secrets[0].value}


def event_line(event: Event) -> View:
    """An event in a list."""
    return {
        "id": event.id,
        "type": event.type,
        "account_id": event.account_id,
        "occurred_at": to_text(event.occurred_at),
    }


def event_view(dispatch: Dispatch) -> View:
    """An event as it is sent, and its delivery log."""
    return {
        **event_line(dispatch.event),
        "body": json.loads(dispatch.event.body),
        "deliveries": [delivery_view(one) for one in dispatch.deliveries.values()],
    }


def delivery_view(delivery: Delivery) -> View:
    """How far the event has come on its way to one endpoint, and the last attempts, the oldest first."""
    return {
        "endpoint_id": delivery.endpoint_id,
        "status": delivery.status,
        "tries": delivery.tries,
        "next_attempt_at": to_text(delivery.due_at) if delivery.status == "pending" else None,
        "attempts": [
            {"at": to_text(one.at), "status": one.status, "ms": one.milliseconds, "error": one.error}
            for one in delivery.attempts
        ],
    }
