"""Coupons from outside: operators by their command, buyers by HTTP."""

import json
import os
import subprocess
import sys

from tests.blackbox.conftest import Buyer, System
from tests.support.template import ROOT


def command(system: System, *arguments: str, status: int = 0) -> str:
    """What `python -m operations.coupons` prints, on stderr where it fails."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common'}", "PYTHONIOENCODING": "utf-8"}
    line = [sys.executable, "-m", "operations.coupons", "--api", system.address]
    line += ["--login", "ketoan", *arguments]
    done = subprocess.run(line, env=environment, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == status, done.stderr
    return done.stderr if status else done.stdout


def test_a_coupon_is_made_used_paused_and_looked_at(system: System, buyer: Buyer) -> None:
    """T29 from outside: the order keeps its place through the pause, and its payment confirms it."""
    made = command(system, "create", "khai-truong", "--percent", "10", "--limit", "2", "--plans", "starter")
    assert "0 redeemed, 0 reserved, 2 of 2 left" in made
    assert "409 coupon_exists" in command(system, "create", "KHAI-TRUONG", "--amount", "5000", status=1)
    assert "plans.0" in command(system, "create", "SAI", "--percent", "10", "--plans", "none-such", status=1)
    order, payment = buyer.order(coupon_code="Khai-Truong")
    assert (order["discount"], order["total"]) == (9_900, 89_100)
    assert "paused by ketoan@goi.example" in command(system, "pause", "khai-truong")
    wish = {"plan_id": "starter", "interval": "month", "quantity": 1, "coupon_code": "KHAI-TRUONG"}
    refused = system.http.post("/quotes", json=wish, headers=buyer.headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "coupon_not_applicable")
    system.pay(payment)
    system.drain()
    assert "1 redeemed, 0 reserved, 1 of 2 left" in command(system, "resume", "khai-truong")
    assert system.http.post("/quotes", json=wish, headers=buyer.headers).json()["discount"] == 9_900
    (place,) = json.loads(command(system, "--json", "redemptions", "khai-truong"))
    assert (place["order_id"], place["account_id"]) == (order["id"], buyer.account_id)
    assert (place["status"], place["discount"]) == ("confirmed", 9_900)
    assert order["id"] in command(system, "redemptions", "khai-truong")
    assert "KHAI-TRUONG" in command(system, "list")
