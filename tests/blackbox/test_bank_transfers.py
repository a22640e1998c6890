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
