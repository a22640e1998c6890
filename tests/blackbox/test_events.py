"""Events at a server of the product behind, as the running system sends them."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook

from tests.blackbox.conftest import Buyer, System
from tests.support.outgoing import Receiver, receiver
from tests.support.template import ROOT


@pytest.fixture
def product() -> Iterator[Receiver]:
    """The product behind."""
    with receiver() as running:
        yield running


def command(system: System, *words: str) -> list[str]:
    """The lines that `python -m operations.endpoints` prints for an operator."""
    token = system.login("operator", "ketoan@goi.example", admin=True)
    environment = {**os.environ, "GOI_API": system.address, "GOI_TOKEN": token, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "operations.endpoints", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def sweep(system: System) -> None:
    """What the schedule does each minute."""
    system.http.post("/local/run/deliver_events").raise_for_status()


def of(product: Receiver, buyer: Buyer, kind: str) -> list[str]:
    """The ids of the events of a type that came for an account."""
    came = [one.event for one in product.arrived if one.event["account_id"] == buyer.account_id]
    return [event["id"] for event in came if event["type"] == kind]


def test_a_purchase_arrives_signed_and_what_was_missed_arrives_later(
    system: System, buyer: Buyer, product: Receiver
) -> None:
    described, secret = command(system, "add", product.url, "order.fulfilled", "quota.granted")
    endpoint_id = described.split()[0]
    _, payment = buyer.order("first")
    system.pay(payment)
    assert system.drain() == {"processed": 1, "failed": 0, "dead": 0}, "events are counted nowhere"
    assert (len(of(product, buyer, "order.fulfilled")), len(of(product, buyer, "quota.granted"))) == (1, 1)
    for one in product.take():
        assert Webhook(secret.removeprefix("secret ")).verify(one.body, one.headers)["id"] == one.headers["webhook-id"]

    product.status = 503
    _, payment = buyer.order("second")
    system.pay(payment)
    system.drain()
    (missed,) = set(of(product, buyer, "order.fulfilled"))
    product.take()
    system.move(advance="P1D")
    product.status = 200
    sweep(system)
    assert of(product, buyer, "order.fulfilled") == [missed]

    assert "paused (operator)" in command(system, "pause", endpoint_id)[0]
    product.take()
    _, payment = buyer.order("third")
    system.pay(payment)
    system.drain()
    assert product.arrived == []
    command(system, "resume", endpoint_id)
    for _ in range(2):
        system.move(advance="PT2M")
        sweep(system)
    assert len(of(product, buyer, "order.fulfilled")) == 1
    assert endpoint_id in "".join(command(system, "list"))
    command(system, "pause", endpoint_id)
