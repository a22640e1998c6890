"""Where events go: an endpoint of the product behind, which events it wants, and what they are signed with.

Signatures are those of Standard Webhooks (standardwebhooks.com): a receiver verifies them with any of its libraries.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from billing.domain.events import Event

SECRET_PREFIX = "whsec_"  # noqa: S105 - says what follows
SECRET_BYTES = 32
ROTATION = timedelta(hours=24)
"""How long the secret before is still signed with."""

MOST_ENDPOINTS = 20
LONGEST_URL = 1000
HIGHEST_PORT = 65535
BUS = "eventbridge"
"""The id under which the event bus has its deliveries."""


@dataclass(frozen=True, slots=True)
class Secret:
    """`value` is "whsec_" and base64; it signs until `until` (None: for good)."""

    value: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`types` it wants, none for all; `status` "active" or "paused", with the reason in `paused_because`.

    `failing_since`: when its first failure after its last success was; deliveries that wait count for nothing.
    """

    id: str
    url: str
    types: tuple[str, ...]
    secrets: tuple[Secret, ...]
    created_at: datetime
    status: str = "active"
    paused_because: str | None = None
    failing_since: datetime | None = None
    version: int = 1

    @property
    def is_active(self) -> bool:
        """Whether anything is sent to it."""
        return self.status == "active"

    def wants(self, kind: str) -> bool:
        """Whether events of this type are for it."""
        return not self.types or kind in self.types

    def secrets_at(self, now: datetime) -> tuple[str, ...]:
        """What is signed with, the newest first: two while one is being replaced."""
        return tuple(one.value for one in self.secrets if one.until is None or now < one.until)

    def rotated(self, value: str, now: datetime) -> "Endpoint":
        """With a new secret; the one so far is good for another day, older ones for nothing."""
        before = replace(self.secrets[0], until=now + ROTATION)
        return replace(self, secrets=(Secret(value), before))


def bus(created_at: datetime) -> Endpoint:
    """The event bus as an endpoint: it wants everything and is never paused."""
    return Endpoint(BUS, "", (), (), created_at)


def new_secret(entropy: bytes) -> str:
    """A secret of `SECRET_BYTES` random bytes."""
    return SECRET_PREFIX + base64.b64encode(entropy).decode()


def signed_headers(event: Event, secrets: tuple[str, ...], now: datetime) -> Mapping[str, str]:
    """The headers that go with `event.body`, sent at `now`."""
    timestamp = str(int(now.timestamp()))
    content = f"{event.id}.{timestamp}.{event.body}".encode()
    return {
        "webhook-id": event.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, content) for secret in secrets),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def is_endpoint_url(url: str, *, local: bool) -> bool:
    """Whether events may be sent to such an address at all; what its name leads to is checked at each delivery.

    https without credentials or fragment; where `local`, http to this machine as well.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return False
    plain = len(url) <= LONGEST_URL and url.isascii() and url.isprintable() and " " not in url
    bare = not (parts.username or parts.password or "@" in parts.netloc or parts.fragment)
    if not (plain and bare and host and (port is None or 0 < port <= HIGHEST_PORT)):
        return False
    return parts.scheme == "https" or (local and parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by address."""
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
