"""A provider that answers too late, from outside: in a system of its own, where nobody else has to wait for it."""

from collections.abc import Iterator

import httpx
import pytest

from local.process import running_system
from local.settings import DEFAULT_CREDENTIALS
from tests.blackbox.conftest import Buyer, System


@pytest.fixture(scope="module")
def running() -> Iterator[System]:
    """A system without anybody else's payments: each that is asked about waits."""
    with (
        running_system(DEFAULT_CREDENTIALS) as address,
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        yield System(client)


def test_a_provider_that_answers_too_late_is_asked_again(system: System, buyer: Buyer) -> None:
    """T11: paid, not told, and not learnt in time."""
    order, payment = buyer.order()
    system.pay(payment, webhook="lost")
    system.move(advance="PT31M")
    system.http.post("/local/providers/vnpay", json={"query": "timeout"}).raise_for_status()
    swept = system.reconcile()
    assert (swept["asked"], swept["postponed"]) == (1, 1)
    assert buyer.state(order) == "pending"
    system.http.post("/local/providers/vnpay", json={"query": "normal"}).raise_for_status()
    system.move(advance="PT11M")
    system.reconcile()
    system.drain()
    assert buyer.state(order) == "fulfilled"
