"""Bank transfers told by SePay, as people and banks make them, from outside: by API key and by signature."""

from collections.abc import Iterator

import httpx
import pytest

from billing.domain.vietqr import read
from local.process import running_system
from tests.blackbox.conftest import Buyer, Json, System

STARTER_TOKENS = 500_000
TAKEN = {"sent": 1, "status": 200, "body": {"success": True}}


@pytest.fixture(scope="module", params=["api key", "signature"])
def running(request: pytest.FixtureRequest) -> Iterator[System]:
    """A system that only takes bank transfers, told in one of SePay's two ways."""
    secret = {"SEPAY_WEBHOOK_SECRET": "secret-of-tests"} if request.param == "signature" else {}
    with (
        running_system({"PROVIDERS": "sepay", **secret}) as address,
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        yield System(client)


@pytest.fixture
def bought(buyer: Buyer) -> tuple[Json, Json]:
    """An order and its open payment."""
    return buyer.order(payment_provider="sepay")


def transfer(system: System, payment: Json, memo: str) -> Json:
    """The right amount with this memo; what SePay was answered."""
    sent: Json = system.http.post(f"/local/pay/{payment['id']}", json={"outcome": "success", "memo": memo}).json()
    return sent


def test_the_payment_is_a_qr_code_on_our_own_page(system: System, bought: tuple[Json, Json]) -> None:
    order, payment = bought
    assert payment["url"] == f"{system.address}/app/pay.html?order={order['id']}"
    assert read(payment["qr_content"]).amount == order["total"] == 99_000


@pytest.mark.parametrize(
    "memo",
    [
        "{code}",
        "mbvcb.3278907687.{lower}.ct tu 0123456789 nguyen van a",
        "ck goi pro {start} {middle}-{end} cam on",
        "GOI BANH TRUNG THU {code}IBFT",
    ],
)
def test_a_transfer_with_an_altered_memo_is_credited(
    system: System, buyer: Buyer, bought: tuple[Json, Json], memo: str
) -> None:
    """T64: case, spaces, dashes and text around the code."""
    order, payment = bought
    code = read(payment["qr_content"]).memo
    parts = {"start": code[:3], "middle": code[3:9], "end": code[9:]}
    assert transfer(system, payment, memo.format(code=code, lower=code.lower(), **parts)) == TAKEN
    system.drain()
    assert (buyer.state(order), buyer.tokens(), len(buyer.mails())) == ("fulfilled", STARTER_TOKENS, 1)


@pytest.mark.parametrize("memo", ["CHUYEN TIEN MUA GOI", "GOI23456789ABC"])
def test_a_transfer_without_a_code_is_kept(system: System, buyer: Buyer, bought: tuple[Json, Json], memo: str) -> None:
    """T64: acknowledged and kept for an operator, credited to nobody."""
    order, payment = bought
    assert transfer(system, payment, memo) == TAKEN
    assert system.drain() == {"processed": 1, "failed": 0, "dead": 0}
    assert (buyer.state(order), buyer.mails()) == ("pending", [])


def test_a_second_transfer_with_the_same_code_is_kept(system: System, buyer: Buyer, bought: tuple[Json, Json]) -> None:
    """T64: each transfer is money of its own."""
    order, payment = bought
    for _ in range(2):
        assert system.pay(payment) == TAKEN
        assert system.drain() == {"processed": 1, "failed": 0, "dead": 0}
    assert (buyer.state(order), buyer.tokens(), len(buyer.mails())) == ("fulfilled", STARTER_TOKENS, 1)


def test_a_webhook_without_proof_changes_nothing(system: System, buyer: Buyer, bought: tuple[Json, Json]) -> None:
    order, payment = bought
    body = {
        "id": 1,
        "transferType": "in",
        "transferAmount": order["total"],
        "content": read(payment["qr_content"]).memo,
        "accountNumber": read(payment["qr_content"]).account,
    }
    for headers in ({}, {"authorization": "Apikey guess"}, {"x-sepay-timestamp": "1", "x-sepay-signature": "sha256="}):
        assert system.http.post("/webhooks/sepay", json=body, headers=headers).status_code == 401
    assert system.http.get("/webhooks/sepay").status_code == 401
    system.drain()
    assert buyer.state(order) == "pending"


@pytest.mark.parametrize(("beside", "amount"), [("nothing", 12_345), ("the right amount", 23_456)])
def test_a_transfer_that_fits_nothing_is_found_without_its_webhook(
    system: System, buyer: Buyer, bought: tuple[Json, Json], beside: str, amount: int
) -> None:
    """T11, T64: SePay gave the webhook up; the day's list is read two days later, and an operator sees the money."""
    order, payment = bought
    system.reconcile()  # from here on the lists are read
    if beside == "the right amount":
        assert system.pay(payment) == TAKEN
        system.drain()
    memo = "CHUYEN TIEN" if beside == "nothing" else read(payment["qr_content"]).memo
    lost = {"outcome": "success", "webhook": "lost", "memo": memo, "amount": amount}
    assert system.http.post(f"/local/pay/{payment['id']}", json=lost).json()["sent"] == 0
    assert kept(system, amount) == []
    system.move(advance="P3D")
    assert system.reconcile()["overlooked"] >= 1, "more, if the clock was set back before"
    system.drain()
    system.move(advance="P1D")
    assert system.reconcile()["overlooked"] == 0
    system.drain()
    reason = "unmatched" if beside == "nothing" else "short"
    assert [one["reason"] for one in kept(system, amount)] == [reason]
    assert buyer.state(order) == ("expired" if beside == "nothing" else "fulfilled")


def kept(system: System, amount: int) -> list[Json]:
    """Money of this amount that waits for an operator."""
    headers = {"authorization": f"Bearer {system.login('ketoan', 'ketoan@goi.example', admin=True)}"}
    items: list[Json] = system.http.get("/admin/exceptions?limit=100", headers=headers).json()["items"]
    return [one for one in items if one["amount"] == amount]
