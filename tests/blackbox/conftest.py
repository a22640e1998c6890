"""The whole system as `make run` starts it, asked over HTTP; one for each test process."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import pytest

from local.process import running_system
from local.settings import DEFAULT_CREDENTIALS

_numbers = count(1)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class System:
    """A client of the running system, and what everybody may ask of it."""

    http: httpx.Client

    @property
    def address(self) -> str:
        """Without a slash at the end."""
        return str(self.http.base_url).rstrip("/")

    def login(self, account_id: str, email: str, **more: bool) -> str:
        """A token of the local issuer."""
        body = {"account_id": account_id, "email": email, **more}
        return str(self.http.post("/local/login", json=body).raise_for_status().json()["token"])

    def drain(self) -> Json:
        """Deliver everything; the counts since the last time."""
        counts: Json = self.http.post("/local/drain").raise_for_status().json()
        return counts

    def move(self, **where: str) -> Json:
        """Move the clock: advance="P1D" or now="..."."""
        clock: Json = self.http.post("/local/clock", json=where).raise_for_status().json()
        return clock

    def reconcile(self) -> Json:
        """Run the reconciliation, now."""
        result: Json = self.http.post("/local/run/reconcile_payments").raise_for_status().json()
        return result

    def mails(self) -> list[Json]:
        """The mailbox, newest first."""
        answer = self.http.get("/local/mailbox", headers={"accept": "application/json"})
        items: list[Json] = answer.raise_for_status().json()["items"]
        return items

    def pay(self, payment: Json, outcome: str = "success", webhook: str = "normal", **more: int) -> Json:
        """Let a payment end at its provider; what was sent and how it was answered."""
        choice = {"outcome": outcome, "webhook": webhook, **more}
        sent: Json = self.http.post(f"/local/pay/{payment['id']}", json=choice).raise_for_status().json()
        return sent


@dataclass(frozen=True, slots=True)
class Buyer:
    """An account of its own."""

    system: System
    account_id: str
    email: str
    headers: dict[str, str]

    def get(self, path: str) -> Json:
        """The JSON of an answer."""
        content: Json = self.system.http.get(path, headers=self.headers).raise_for_status().json()
        return content

    def order(self, key: str = "key-1", **changes: Any) -> tuple[Json, Any]:
        """(order, payment or None) of a month of the cheapest paid plan, unless told otherwise."""
        body = {"plan_id": "starter", "interval": "month", "quantity": 1, "payment_provider": "vnpay", **changes}
        headers = {**self.headers, "idempotency-key": key}
        answer = self.system.http.post("/orders", json=body, headers=headers).raise_for_status().json()
        return answer["order"], answer["payment"]

    def state(self, order: Json) -> str:
        """The order's status now."""
        return str(self.get(f"/orders/{order['id']}")["status"])

    def tokens(self) -> int:
        """Tokens granted for now."""
        balances = self.get("/account")["balances"]
        return int(next(one["granted"] for one in balances if one["feature"] == "tokens"))

    def mails(self) -> list[Json]:
        """What was sent to this account."""
        return [mail for mail in self.system.mails() if mail["to"] == self.email]


@pytest.fixture(scope="session")
def running() -> Iterator[System]:
    """The system."""
    with (
        running_system(DEFAULT_CREDENTIALS) as address,
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        yield System(client)


@pytest.fixture
def system(running: System) -> Iterator[System]:
    """The system on real time and with empty queues, before the test and after it."""
    yield running
    running.move(advance=f"PT{-running.http.get('/local/clock').json()['offset_seconds']}S".replace("PT-", "-PT"))
    running.drain()


@pytest.fixture
def buyer(system: System) -> Buyer:
    """Somebody who was not here before."""
    name = f"buyer-{next(_numbers)}"
    email = f"{name}@khach.example"
    return Buyer(system, name, email, {"authorization": f"Bearer {system.login(name, email)}"})
