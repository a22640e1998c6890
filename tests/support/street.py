"""The providers' side in this process: adapters call the simulators without a network, and what those send is heard.

Nothing here signs anything: messages are the simulators' own, made by their own signing code.
"""

import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from billing.adapters.providers import calls, registry
from billing.adapters.secrets import Secret
from billing.adapters.settings import Settings
from billing.domain.payments import Payment
from billing.service.provider_port import Attempt, Provider
from local import attempts as stored
from local import simulators
from local.events import body_fields
from local.settings import DEFAULT_CREDENTIALS
from local.simulators.base import Choice, Sent, Simulator, World
from tests.support.attempts import NOW, attempt, payment

ADDRESS = "https://api.goi.example"
SEPAY_SECRET = {"SEPAY_WEBHOOK_SECRET": "whsec_sepay"}
"""With it SePay signs its webhooks instead of sending the key."""


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook exactly as it is sent."""

    provider: str
    method: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def event(self) -> dict[str, Any]:
        """What API Gateway makes of it (payload format 2.0): a body that is no UTF-8 text comes as base64."""
        return {
            "version": "2.0",
            "routeKey": f"{self.method} /webhooks/{{provider}}",
            "rawQueryString": self.query,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "pathParameters": {"provider": self.provider},
            "queryStringParameters": dict(parse_qsl(self.query, keep_blank_values=True)),
            "requestContext": {"requestId": "req-1", "http": {"sourceIp": "203.0.113.7", "method": self.method}},
            **body_fields(self.body, self.headers.get("content-type", "")),
        }

    def with_header(self, name: str, value: str | None) -> "Message":
        """The same with another header, or without it."""
        kept = {key: text for key, text in self.headers.items() if key != name}
        return replace(self, headers=kept if value is None else {**kept, name: value})


class Reply(io.BytesIO):
    """An answer in urllib3's shape."""

    def __init__(self, status: int, content: bytes) -> None:
        super().__init__(content)
        self.status = status

    def release_conn(self) -> None:
        """There is none."""


@dataclass(slots=True)
class Standing:
    """A clock that shows what it is told."""

    read: Callable[[], datetime]

    def now(self) -> datetime:
        """This moment."""
        return self.read()


@dataclass(frozen=True, slots=True)
class Deal:
    """An attempt that was started at its provider, as we and as the provider know it."""

    adapter: Provider
    payment: Payment
    attempt: Attempt
    there: stored.Attempt


class Street:
    """All simulators. `asked` counts calls to them; `deliver` takes what they send and gives the answer."""

    def __init__(
        self,
        credentials: Mapping[str, str],
        now: Callable[[], datetime],
        find: Callable[[str, str], stored.Attempt | None] = lambda *_: None,
    ) -> None:
        self.credentials = dict(credentials)
        self.now = now
        self.asked = 0
        self.sent: list[Message] = []
        self.deliver: Callable[[Message], Sent] = lambda _: Sent(1, 200, None)
        world = World(ADDRESS, self.credentials, Standing(now), find)  # type: ignore[arg-type]
        self.simulators: dict[str, Simulator] = {name: make(world) for name, make in simulators.PROVIDERS.items()}

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> Reply:
        """In the place of urllib3's pool: the simulator's answer to an adapter's call."""
        self.asked += 1
        parts = urlsplit(url)
        builder = EnvironBuilder(
            parts.path,
            ADDRESS,
            method=method,
            data=body,
            headers=list((headers or {}).items()),
            query_string=parts.query,
        )
        request = Request(builder.get_environ())
        answers = (simulator.answer(request) for simulator in self.simulators.values())
        answer = next((one for one in answers if one is not None), None)
        return Reply(answer.status_code, answer.get_data()) if answer else Reply(404, b"")

    def call(self, method: str, address: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Sent:
        """In the place of the simulators' own `call`: a webhook is on its way."""
        parts = urlsplit(address)
        message = Message(parts.path.rpartition("/")[2], method, parts.query, dict(headers or {}), body)
        self.sent.append(message)
        return self.deliver(message)

    def adapter(self, name: str, **credentials: str) -> Provider:
        """The adapter of a provider, as the functions make it."""
        return registry.provider(name, Settings(settings()), vault({**self.credentials, **credentials}))

    def deal(self, name: str, payment_id: str = "pay_abc", **changes: Any) -> Deal:
        """An attempt over 299.000 ₫, started now and open for 35 minutes."""
        now = self.now()
        adapter, end = self.adapter(name), now + timedelta(minutes=35)
        values = {"payment_id": payment_id, "created_at": now, "expires_at": end, **changes}
        asked = attempt(name, adapter.reference(payment_id, now), **values)
        started = adapter.start(asked)
        address, code = started.url or "", started.qr_content or ""
        return Deal(
            adapter=adapter,
            payment=payment(name, asked.reference, id=payment_id, handle=started.handle, url=started.url),
            attempt=asked,
            there=stored.Attempt(payment_id, name, asked.reference, address, now, end, qr_content=code),
        )

    def messages(self, deal: Deal, choice: Choice) -> list[Message]:
        """What the provider sends when the payment ends so."""
        before = len(self.sent)
        self.simulators[deal.payment.provider].settle(deal.there, choice)
        return self.sent[before:]

    def message(self, deal: Deal, choice: Choice | None = None) -> Message:
        """What the provider sends of a payment that was paid, or ended as chosen."""
        (message,) = self.messages(deal, choice or Choice("success"))
        return message


@contextmanager
def street(
    credentials: Mapping[str, str] | None = None,
    now: Callable[[], datetime] = lambda: NOW,
    find: Callable[[str, str], stored.Attempt | None] = lambda *_: None,
) -> Iterator[Street]:
    """The providers with the runner's credentials, and `credentials` in their place."""
    made = Street({**DEFAULT_CREDENTIALS, **(credentials or {})}, now, find)
    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(calls, "_pool", return_value=made))
        for make in simulators.PROVIDERS.values():
            patches.enter_context(mock.patch.object(sys.modules[make.__module__], "call", made.call))
        yield made


def settings() -> dict[str, str]:
    """A function's environment with every provider switched on, its addresses leading to the simulators."""
    addresses = {
        re.sub(r"(?<!^)(?=[A-Z])", "_", parameter).upper(): f"{ADDRESS}{path}"
        for simulator in simulators.PROVIDERS.values()
        for parameter, path in simulator.addresses.items()
    }
    enabled = ",".join(simulators.PROVIDERS)
    return {"STAGE": "dev", "PROVIDERS": enabled, "API_URL": ADDRESS, "APP_URL": f"{ADDRESS}/app", **addresses}


def vault(credentials: Mapping[str, str]) -> Secret:
    """The providers' secret with this content."""
    client = mock.Mock()
    client.get_secret_value.return_value = {"SecretString": json.dumps(dict(credentials))}
    return Secret("goi/providers", client)
