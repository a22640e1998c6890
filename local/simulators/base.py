"""What every provider's simulator has in common."""

import http.client
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from local.attempts import Attempt
from local.clock import Clock
from local.simulators.behaviour import Behaviour

Outcome = Literal["success", "failure", "cancel"]
Webhook = Literal["normal", "lost", "duplicate", "held", "late", "forged"]

OUTCOMES: tuple[Outcome, ...] = ("success", "failure", "cancel")
WEBHOOKS: tuple[Webhook, ...] = ("normal", "lost", "duplicate", "held", "late", "forged")

ANSWER_SECONDS = 35


@dataclass(frozen=True, slots=True)
class Choice:
    """What shall happen to a payment. `amount`, in dong, is what is paid instead of what was asked for.

    `memo` is what a bank transfer says instead of the payment code.
    """

    outcome: Outcome
    webhook: Webhook = "normal"
    amount: int | None = None
    memo: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """How many webhooks were sent, and the answer to the last: JSON if it is any, else text; None without one."""

    sent: int = 0
    status: int | None = None
    body: Any = None


@dataclass(frozen=True, slots=True)
class Bill:
    """What the provider's page shows. `amount` is in dong, `page` is the template of it."""

    provider: str
    merchant: str
    reference: str
    description: str
    amount: int
    expires_at: datetime
    page: str = "pay.html"


class Refused(Exception):
    """The provider does not take our request: its code, and what it says in Vietnamese and in English."""

    def __init__(self, code: str, vi: str, en: str) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.vi = vi
        self.en = en


@dataclass(frozen=True, slots=True)
class World:
    """What a simulator knows of its surroundings. `address` is the system's own, without a slash at the end.

    `behaviour` is this provider's alone.
    """

    address: str
    credentials: Mapping[str, str]
    clock: Clock
    find: Callable[[str, str], Attempt | None]
    behaviour: Behaviour = field(default_factory=Behaviour)


class Simulator(Protocol):
    """One provider."""

    addresses: ClassVar[Mapping[str, str]]
    """Template parameters that lead here: parameter -> path."""

    def __init__(self, world: World) -> None: ...

    def answer(self, request: Request) -> Response | None:
        """The provider's own pages and interfaces; None for a path that is none of them."""
        ...

    def find(self, payment_id: str) -> Attempt | None:
        """A payment that the provider has seen and the system has not stored."""
        ...

    def bill(self, attempt: Attempt) -> Bill:
        """What the buyer sees; `Refused` as the provider would refuse the request."""
        ...

    def settle(self, attempt: Attempt, choice: Choice) -> Sent:
        """Let the payment end so, and send its webhook; `Refused` as the provider would refuse the request."""
        ...

    def return_address(self, attempt: Attempt) -> str:
        """Where the buyer is sent after `settle`."""
        ...

    def send_due(self) -> None:
        """Send the webhooks whose time has come."""
        ...


def call(method: str, address: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Sent:
    """One request to an address of this machine, sent exactly as given, and its answer."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body or None, dict(headers or {}))
        response = connection.getresponse()
        return Sent(1, response.status, _content(response.read()))
    except (OSError, http.client.HTTPException):
        return Sent(1)
    finally:
        connection.close()


def last(answers: Sequence[Sent]) -> Sent:
    """Several answers as one: their number, and the last one's content."""
    return Sent(len(answers), answers[-1].status, answers[-1].body) if answers else Sent()


def _content(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
