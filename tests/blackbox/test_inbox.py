"""The exceptions inbox from outside: by bank transfer and HTTP, and by the operators' command."""

import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from billing.domain.vietqr import read
from local.process import running_system
from tests.blackbox.conftest import Buyer, Json, System
from tests.support.template import ROOT

STARTER_TOKENS = 500_000


@pytest.fixture(scope="module")
def running() -> Iterator[System]:
    """A system that only takes bank transfers."""
    with (
        running_system({"PROVIDERS": "sepay"}) as address,
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        yield System(client)


@pytest.fixture
def operator(system: System) -> dict[str, str]:
    """The headers of an operator's requests."""
    token = system.login("ketoan", "ketoan@goi.example", admin=True)
    return {"authorization": f"Bearer {token}"}


def transfer(system: System, payment: Json, **how: object) -> None:
    """A transfer by the buyer's bank, told by SePay and settled."""
    body = {"outcome": "success", "webhook": "normal", **how}
    sent = system.http.post(f"/local/pay/{payment['id']}", json=body).raise_for_status().json()
    assert sent["body"] == {"success": True}
    assert system.drain() == {"processed": 1, "failed": 0, "dead": 0}


def exception_of(system: System, headers: dict[str, str], order: Json) -> Json:
    """The open exception of an order."""
    items = system.http.get("/admin/exceptions", headers=headers).raise_for_status().json()["items"]
    (found,) = [one for one in items if one["order_id"] == order["id"]]
    return dict(found)


def command(system: System, *arguments: str, status: int = 0) -> str:
    """What `python -m operations.inbox` prints, on stderr where it fails."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common'}", "PYTHONIOENCODING": "utf-8"}
    line = [sys.executable, "-m", "operations.inbox", "--api", system.address, *arguments]
    done = subprocess.run(line, env=environment, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == status, done.stderr
    return done.stderr if status else done.stdout


def test_a_short_transfer_is_accepted_and_the_buyer_gets_everything(
    system: System, buyer: Buyer, operator: dict[str, str]
) -> None:
    """T64: lower than asked for; an operator takes it, and the purchase ends as any other."""
    order, payment = buyer.order(payment_provider="sepay")
    transfer(system, payment, amount=95_000)
    assert (buyer.state(order), buyer.mails()) == ("pending", [])
    exception = exception_of(system, operator, order)
    assert (exception["reason"], exception["amount"], exception["expected_amount"]) == ("short", 95_000, 99_000)
    path = f"/admin/exceptions/{exception['id']}"
    assert system.http.post(f"{path}/accept", headers=buyer.headers).status_code == 403
    assert system.http.post(f"{path}/accept").status_code == 401
    for _ in range(2):
        answer = system.http.post(f"{path}/accept", headers=operator)
        assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
    system.drain()
    assert (buyer.state(order), buyer.tokens()) == ("fulfilled", STARTER_TOKENS)
    (mail,) = buyer.mails()
    assert mail["attachments"][0]["content_type"] == "application/pdf"
    shown = system.http.get(path, headers=operator).json()
    assert [(entry["action"], entry["actor"]) for entry in shown["audit"]] == [("accept", "ketoan@goi.example")]
    assert [entry["id"] for entry in system.http.get("/admin/audit", headers=operator).json()["items"]][:1] == [
        shown["audit"][0]["id"]
    ]


def test_an_operator_finds_the_order_of_a_damaged_memo_by_command(system: System, buyer: Buyer) -> None:
    """T64: the bank's clerk left a character out; the inbox knows whose it is."""
    order, payment = buyer.order(payment_provider="sepay")
    code = read(payment["qr_content"]).memo
    transfer(system, payment, memo=f"CK {code[:8]}{code[9:]} mua goi")
    login = ("--login", "thuquy")
    (line,) = [line for line in command(system, *login, "list").splitlines() if code[:8] in line]
    exception_id = line.split()[0]
    assert "99.000 ₫" in line
    shown = command(system, *login, "show", exception_id).splitlines()
    best = shown[shown.index("It may be for:") + 2]
    assert best.startswith(order["id"])
    assert best.endswith("reference, amount")
    attached = command(system, *login, "attach", exception_id, order["id"])
    assert "attach by thuquy@goi.example" in attached
    system.drain()
    assert (buyer.state(order), buyer.tokens(), len(buyer.mails())) == ("fulfilled", STARTER_TOKENS, 1)
    assert exception_id not in command(system, *login, "list")


def test_the_command_says_what_the_api_refuses(system: System, buyer: Buyer) -> None:
    order, payment = buyer.order(payment_provider="sepay")
    transfer(system, payment, memo=f"khong co ma {buyer.account_id}")
    login = ("--login", "thuquy", "--language", "en")
    listed = command(system, *login, "list").splitlines()
    (exception_id,) = [line.split()[0] for line in listed if line.endswith(buyer.account_id)]
    assert "409 exception_action_impossible" in command(system, *login, "accept", exception_id, status=1)
    assert "404 order_not_found" in command(system, *login, "attach", exception_id, "ord_none", status=1)
    assert "404 exception_not_found" in command(system, *login, "show", "exc_none", status=1)
    assert '"status": "dismissed"' in command(
        system, *login, "--json", "dismiss", exception_id, "--reason", "Đã trả lại tại quầy"
    )
    refused = command(system, *login, "attach", exception_id, order["id"], status=1)
    assert refused == "409 exception_not_open: The exception is dismissed already. What was decided stays so.\n"
    assert "401" in command(system, "--token", "wrong", "list", status=1)
    month = system.http.get("/local/clock").json()["now"][:7]
    assert exception_id in command(system, *login, "list", "--month", month)
