"""A provider's adapter and its simulator joined in one process: every call and every webhook goes straight across."""

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from itertools import count
from urllib.parse import urlsplit

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from billing.adapters.providers import calls
from billing.adapters.providers.registry import MODULES
from billing.adapters.settings import Settings
from billing.domain.identifiers import payment_id
from billing.domain.payments import Notice, Payment
from billing.domain.providers import PROVIDERS as INFOS
from billing.service.provider_port import BadSignature, Provider, ProviderUnavailable, RefundRequest, WebhookRequest
from local.attempts import Attempt
from local.settings import DEFAULT_CREDENTIALS
from local.simulators import PROVIDERS
from local.simulators.base import Choice, Outcome, Sent, Webhook, World
from local.simulators.behaviour import Behaviour
from tests.support.attempts import attempt, payment, refund_request
from tests.support.wallets import StandingClock

HOST = "http://goi"
SETTINGS = {
    "STAGE": "local",
    "APP_URL": f"{HOST}/app",
    "VNPAY_PAY_URL": f"{HOST}/local/vnpay/vpcpay.html",
    "VNPAY_API_URL": f"{HOST}/local/vnpay/merchant_webapi/api/transaction",
    **{f"{name.upper()}_API_URL": f"{HOST}/local/{name}" for name in ("momo", "zalopay", "payos", "sepay", "stripe")},
}
_numbers = count(1)


class Pair:
    """One provider. `told` are the webhooks that were believed; `loses` as many answers get lost on their way."""

    def __init__(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.name = name
        self.clock = StandingClock()
        self.behaviour = Behaviour()
        self.told: list[Notice] = []
        self.loses = 0
        self._payments: dict[str, Payment] = {}
        world = World(HOST, DEFAULT_CREDENTIALS, self.clock, self._attempt, self.behaviour)  # type: ignore[arg-type]
        self.simulator = PROVIDERS[name](world)
        self.adapter: Provider = import_module(MODULES[name]).make(Settings(SETTINGS), DEFAULT_CREDENTIALS)
        monkeypatch.setattr(calls, "_call", self._call)
        monkeypatch.setattr(f"local.simulators.{name}.simulator.call", self._receive)

    def open(self) -> Payment:
        """An attempt that was started at the provider."""
        now, own_id = self.clock.now(), payment_id(f"ord_{next(_numbers)}", 1)
        asked = attempt(
            self.name,
            self.adapter.reference(own_id, now),
            payment_id=own_id,
            webhook_url=f"{HOST}/webhooks/{self.name}",
            return_url=f"{HOST}/app/result.html?order=1",
            created_at=now,
            expires_at=now + INFOS[self.name].attempt_lifetime,
        )
        stored = payment(self.name, asked.reference, id=own_id, created_at=now, expires_at=asked.expires_at)
        self._payments[asked.reference] = stored
        started = self.adapter.start(asked)
        stored = replace(stored, url=started.url, qr_content=started.qr_content, handle=started.handle)
        self._payments[asked.reference] = stored
        return stored

    def settle(
        self, one: Payment, outcome: Outcome = "success", webhook: Webhook = "normal", amount: int | None = None
    ) -> Sent:
        """Let it end so at the provider."""
        local = self._attempt(self.name, one.reference)
        assert local
        return self.simulator.settle(local, Choice(outcome, webhook, amount))

    def query(self, one: Payment) -> Notice:
        """What the provider says of it now."""
        return self.adapter.query(one, self.clock.now())

    def paid(self) -> tuple[Payment, Notice]:
        """An attempt that was paid, and what was told of it."""
        one = self.open()
        self.settle(one)
        return one, self.told[-1]

    def refund_of(self, one: Payment, notice: Notice, amount: int, given_back: int = 0) -> RefundRequest:
        """A new refund of a payment."""
        reference = self.adapter.refund_reference(f"rfd_{next(_numbers):026d}", self.clock.now())
        return refund_request(
            reference,
            one.reference,
            notice.transaction,
            amount=amount,
            given_back=given_back,
            started_at=one.created_at,
            paid_at=notice.occurred_at,
        )

    def _attempt(self, _provider: str, reference: str) -> Attempt | None:
        one = self._payments.get(reference)
        if one is None:
            return None
        return Attempt(
            one.id, self.name, reference, one.url or "", one.created_at, one.expires_at, one.qr_content or ""
        )

    def _call(self, method: str, url: str, body: bytes, headers: Mapping[str, str], _timeout: float) -> object:
        """In the place of `calls._call`."""
        parts = urlsplit(url)
        kind = headers.get("content-type")
        builder = EnvironBuilder(
            parts.path, HOST, parts.query, method, data=body, content_type=kind, headers=list(headers.items())
        )
        answer = self.simulator.answer(Request(builder.get_environ()))
        assert answer, url
        if self.loses and method == "POST":
            self.loses -= 1
            raise ProviderUnavailable("the answer got lost")
        return calls._object(answer.status_code, answer.get_data())

    def _receive(self, method: str, address: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Sent:
        """In the place of `base.call`."""
        named = {name.lower(): value for name, value in (headers or {}).items()}
        request = WebhookRequest(method, urlsplit(address).query, named, body)
        try:
            self.told.append(self.adapter.read_webhook(request, self.clock.now()))
        except BadSignature:
            return Sent(1, 401, {"success": False})
        return Sent(1, 200, {"success": True})
