"""Refunds from outside, with each provider's own adapter against its simulator."""

from collections.abc import Iterator

import httpx
import pytest

from local.process import running_system
from local.simulators import PROVIDERS
from tests.blackbox.conftest import Buyer, Json, System

PRICE = 99_000
ACCOUNT = {"bank": "970436", "number": "0071000123456", "name": "NGUYEN THI LAN"}


@pytest.fixture(scope="module")
def running() -> Iterator[System]:
    """A system with every provider."""
    with (
        running_system({"PROVIDERS": ",".join(PROVIDERS)}) as address,
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        yield System(client)


def operator(system: System) -> dict[str, str]:
    """Headers of somebody with the scope."""
    return {"authorization": f"Bearer {system.login('operator', 'ketoan@goi.example', admin=True)}"}


def refund(system: System, order: Json, key: str, **body: object) -> httpx.Response:
    """POST /admin/orders/{id}/refunds."""
    headers = {**operator(system), "idempotency-key": key}
    asked = {"reason": "Khách đổi ý", **body}
    return system.http.post(f"/admin/orders/{order['id']}/refunds", json=asked, headers=headers)


def finish(system: System) -> None:
    """What the schedule and the queue do in the next minutes."""
    system.drain()
    system.move(advance="PT11M")
    system.reconcile()
    system.drain()


@pytest.mark.parametrize("provider", ["vnpay", "momo", "zalopay", "stripe"])
def test_a_part_and_then_the_rest_go_back_through_the_provider(system: System, buyer: Buyer, provider: str) -> None:
    order, payment = buyer.order(payment_provider=provider)
    system.pay(payment)
    system.drain()
    before = buyer.tokens()
    for key, amount in (("part", 33_000), ("rest", None)):
        answer = refund(system, order, key, **({"amount": amount} if amount else {}))
        assert answer.status_code == 201, answer.text
        finish(system)
        made = system.http.get(f"/admin/refunds/{answer.json()['refund']['id']}", headers=operator(system)).json()
        assert made["refund"]["status"] == "succeeded", made
        if amount:
            assert buyer.state(order) == "partially_refunded"
            assert buyer.tokens() == before - before * amount // PRICE
    after = buyer.get(f"/orders/{order['id']}")
    assert (after["status"], after["refunded"]) == ("refunded", PRICE)
    assert buyer.get("/account")["subscription"]["status"] == "expired"
    told = [mail["subject"] for mail in buyer.mails() if "đã hoàn" in mail["subject"]]
    assert ["66.000 ₫" in told[0], "33.000 ₫" in told[1], len(told)] == [True, True, 2]


@pytest.mark.parametrize(
    ("switch", "back", "status"),
    [
        ({"refund": "pending"}, {"refund": "normal"}, "pending"),
        ({"query": "error"}, {"query": "normal"}, "requested"),
    ],
)
def test_what_a_provider_leaves_open_is_asked_about_until_it_is_certain(
    system: System, buyer: Buyer, switch: Json, back: Json, status: str
) -> None:
    order, payment = buyer.order()
    system.pay(payment)
    system.drain()
    system.http.post("/local/providers/vnpay", json=switch).raise_for_status()
    assert refund(system, order, "key").json()["refund"]["status"] == status
    finish(system)
    assert buyer.get(f"/orders/{order['id']}")["refunded"] == 0
    system.http.post("/local/providers/vnpay", json=back).raise_for_status()
    system.move(advance="PT10M")
    finish(system)
    assert buyer.get(f"/orders/{order['id']}")["refunded"] == PRICE


@pytest.mark.parametrize("provider", ["sepay", "payos"])
def test_a_transfer_by_hand_is_a_task_until_somebody_makes_it(system: System, buyer: Buyer, provider: str) -> None:
    order, payment = buyer.order(payment_provider=provider)
    system.pay(payment)
    system.drain()
    made = refund(system, order, "key", bank=ACCOUNT).json()["refund"]
    assert (made["status"], made["by"]) == ("requested", "hand")
    assert made["qr_content"].startswith("000201")
    body = {"bank_reference": "FT26330123456"}
    system.http.post(f"/admin/refunds/{made['id']}/complete", json=body, headers=operator(system)).raise_for_status()
    system.drain()
    assert buyer.state(order) == "refunded"
    assert "•••• 3456" in buyer.mails()[0]["text"]
