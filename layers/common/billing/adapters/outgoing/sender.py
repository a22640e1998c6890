"""Sends an event to an endpoint by HTTP, or to the event bus: bounded in time and size, never redirected."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from billing.adapters import aws
from billing.adapters.outgoing.addresses import Refused, Resolve, judged, resolved
from billing.domain.deliveries import Attempt
from billing.domain.endpoints import BUS, Endpoint, is_endpoint_url, signed_headers
from billing.domain.events import Event

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024
CHUNK = 16 * 1024
HTTPS_PORT, HTTP_PORT = 443, 80
FIRST_SUCCESS, FIRST_REDIRECT = 200, 300
SOURCE = "goi"


@dataclass(frozen=True, slots=True)
class EventSender:
    """The `Senders` port. `local`: stage local, where http to this machine is allowed; `bus_name` may be empty."""

    local: bool = False
    bus_name: str = ""
    resolve: Resolve = resolved
    elapsed: Callable[[], float] = time.monotonic
    tls: Any = None
    client: Any = field(default=None, repr=False)

    def send(self, endpoint: Endpoint, event: Event, now: datetime) -> Attempt:
        """What came of it. No error is raised: whatever it is, it is the attempt's."""
        start = self.elapsed()
        status: int | None = None
        error: str | None = None
        try:
            if endpoint.id == BUS:
                self._put(event)
            else:
                status = self._post(endpoint, event, now, start)
                error = None if FIRST_SUCCESS <= status < FIRST_REDIRECT else f"answered {status}"
        except Refused as refusal:
            error = str(refusal)
        except Exception as failure:  # noqa: BLE001 - an endpoint's own trouble, in whatever form it comes
            error = f"{type(failure).__name__}"
        return Attempt(now, status, int((self.elapsed() - start) * 1000), error)

    def _post(self, endpoint: Endpoint, event: Event, now: datetime, start: float) -> int:
        if not is_endpoint_url(endpoint.url, local=self.local):
            raise Refused("the address is not allowed")
        parts = urlsplit(endpoint.url)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "goi",
            "host": parts.netloc,
            **signed_headers(event, endpoint.secrets_at(now), now),
        }
        pool = self._pool(parts.scheme, parts.hostname or "", parts.port)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            answer = pool.urlopen(
                "POST", target, body=event.body.encode(), headers=headers, redirect=False, preload_content=False
            )
            self._read(answer, start)
            return int(answer.status)
        finally:
            pool.close()

    def _pool(self, scheme: str, host: str, port: int | None) -> Any:
        """A connection to the address that was judged, which must show the certificate of the name."""
        from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout

        more: dict[str, Any] = {
            "timeout": Timeout(connect=CONNECT_SECONDS, total=TOTAL_SECONDS),
            "retries": False,
            "maxsize": 1,
        }
        if scheme == "http":
            address = judged(host, port or HTTP_PORT, self.resolve, only_loopback=True)
            return HTTPConnectionPool(address, port or HTTP_PORT, **more)
        address = judged(host, port or HTTPS_PORT, self.resolve)
        return HTTPSConnectionPool(
            address, port or HTTPS_PORT, server_hostname=host, assert_hostname=host, ssl_context=self.tls, **more
        )

    def _read(self, answer: Any, start: float) -> None:
        """Reads what is answered, as much as may be; an endpoint that drips is cut off and has failed."""
        size = 0
        while size < LARGEST_ANSWER and (chunk := answer.read1(CHUNK)):
            size += len(chunk)
            if self.elapsed() - start > TOTAL_SECONDS:
                raise TimeoutError

    def _put(self, event: Event) -> None:
        client = self.client or aws.client("events")
        entry = {
            "EventBusName": self.bus_name,
            "Source": SOURCE,
            "DetailType": event.type,
            "Detail": event.body,
            "Time": event.occurred_at,
        }
        answer = client.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise Refused(f"the bus refused it: {answer['Entries'][0].get('ErrorCode', '')}")
