"""The product behind, as a small server on the loopback that takes events, and what tests do with endpoints."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from billing.adapters import aws
from tests.support.shop import Shop

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrived:
    """One request as it came; header names are lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Json:
        """The body's JSON."""
        content: Json = json.loads(self.body)
        return content


@dataclass
class Receiver:
    """Where it listens, what it answers, and what came, the oldest first."""

    url: str = ""
    status: int = 204
    arrived: list[Arrived] = field(default_factory=list)

    def types(self) -> list[str]:
        """The types of what came, sorted: no order is promised."""
        return sorted(one.event["type"] for one in self.arrived)

    def take(self) -> list[Arrived]:
        """What came since the last time."""
        taken = list(self.arrived)
        self.arrived.clear()
        return taken


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that runs."""
    own = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            own.arrived.append(Arrived(self.path, {name.lower(): text for name, text in self.headers.items()}, body))
            self.send_response(own.status)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    own.url = f"http://127.0.0.1:{server.server_port}/goi/events"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield own
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def add_endpoint(shop: Shop, url: str, *types: str) -> Json:
    """POST /admin/endpoints: the endpoint with its secret."""
    answer = shop.operator().call("POST /admin/endpoints", {"url": url, "types": list(types)})
    assert answer.status == 201, answer.raw
    endpoint: Json = answer.json
    return endpoint


def change_endpoint(shop: Shop, endpoint_id: str, **changes: Any) -> Json:
    """POST /admin/endpoints/{id}."""
    answer = shop.operator().call("POST /admin/endpoints/{id}", changes, id=endpoint_id)
    assert answer.status == 200, answer.raw
    endpoint: Json = answer.json
    return endpoint


def announced(shop: Shop) -> list[str]:
    """The bodies of the messages about events, taken off their queue; those that wait are not there yet."""
    client = aws.client("sqs")
    bodies: list[str] = []
    while found := client.receive_message(QueueUrl=shop.events_queue_url, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            bodies.append(message["Body"])
            client.delete_message(QueueUrl=shop.events_queue_url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def look(shop: Shop) -> None:
    """Delivers the messages about events."""
    for body in announced(shop):
        answer = shop.functions["deliver_events"].handler({"Records": [{"messageId": "m", "body": body}]}, None)
        assert answer == {"batchItemFailures": []}


def sweep(shop: Shop) -> Json:
    """What the schedule does."""
    counts: Json = shop.functions["deliver_events"].handler({}, None)
    return counts


def events(shop: Shop, kind: str = "") -> list[Json]:
    """The delivery log of every event, or of those of a type."""
    listed = shop.operator().call("GET /admin/events", query="limit=100").json["items"]
    return [see(shop, one["id"]) for one in listed if one["type"].startswith(kind)]


def see(shop: Shop, event_id: str) -> Json:
    """GET /admin/events/{id}."""
    seen: Json = shop.operator().call("GET /admin/events/{id}", id=event_id).json
    return seen
