"""Quota from outside: bought, used, held, committed, released, refused; and every figure derived again."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.blackbox.conftest import Buyer, Json, System

FREE_TOKENS = 20_000
STARTER_TOKENS = 500_000


@dataclass(frozen=True, slots=True)
class Product:
    """A service of the product that uses a buyer's quota."""

    buyer: Buyer
    headers: dict[str, str]

    def post(self, path: str, body: Any = None, key: str = "") -> tuple[int, Json]:
        """(status, JSON) of a call."""
        headers = {**self.headers, **({"idempotency-key": key} if key else {})}
        answer = self.buyer.system.http.post(path, json=body, headers=headers)
        return answer.status_code, answer.json()

    def use(self, amount: int, key: str, **more: Any) -> tuple[int, Json]:
        """POST /usage for tokens."""
        body = {"account_id": self.buyer.account_id, "feature": "tokens", "amount": amount, **more}
        return self.post("/usage", body, key)


@pytest.fixture
def product(system: System, buyer: Buyer) -> Product:
    """A service with a token of its own."""
    token = system.login("product", "product@goi.example", service=True)
    return Product(buyer, {"authorization": f"Bearer {token}"})


def balance(buyer: Buyer) -> tuple[int, int, int, int]:
    """(granted, used, held, remaining) of tokens."""
    tokens = next(one for one in buyer.get("/account")["balances"] if one["feature"] == "tokens")
    return tokens["granted"], tokens["used"], tokens["held"], tokens["remaining"]


def buy(buyer: Buyer, **changes: Any) -> Json:
    """A paid order."""
    order, payment = buyer.order(**changes)
    buyer.system.pay(payment)
    buyer.system.drain()
    return order


def test_quota_is_bought_used_held_committed_released_and_refused(
    system: System, buyer: Buyer, product: Product
) -> None:
    assert product.use(5_000, "free") == (200, {"id": product.use(5_000, "free")[1]["id"], "remaining": 15_000})
    buy(buyer)
    assert balance(buyer) == (STARTER_TOKENS, 0, 0, STARTER_TOKENS)
    assert product.use(100_000, "use")[1]["remaining"] == 400_000
    _, hold = product.use(300_000, "hold", hold=True)
    assert balance(buyer) == (STARTER_TOKENS, 100_000, 300_000, 100_000)
    status, refused = product.use(100_001, "too much")
    assert (status, refused["code"]) == (402, "quota_exceeded")
    assert product.post(f"/usage/{hold['id']}/commit", {"amount": 350_000})[1]["remaining"] == 50_000
    _, other = product.use(50_000, "other", hold=True, hold_seconds=86_400)
    assert product.post(f"/usage/{other['id']}/release")[1]["remaining"] == 50_000
    assert product.post(f"/usage/{other['id']}/commit", {"amount": 1})[1]["code"] == "hold_not_open"
    assert balance(buyer) == (STARTER_TOKENS, 450_000, 0, 50_000)
    lines = buyer.get("/usage")["items"]
    kinds = sorted((line["kind"], line["status"]) for line in lines if line["feature"] == "tokens")
    assert kinds == [
        ("grant", "granted"),
        ("hold", "committed"),
        ("hold", "released"),
        ("use", "used"),
        ("use", "used"),
    ]
    verified = system.http.post("/local/verify").raise_for_status().json()
    assert verified["items"] > 0
    assert verified["differences"] == []


def test_a_buyers_token_uses_nothing(system: System, buyer: Buyer) -> None:
    body = {"account_id": buyer.account_id, "feature": "tokens", "amount": 1}
    headers = {**buyer.headers, "idempotency-key": "u1"}
    answer = system.http.post("/usage", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert system.http.post("/usage", json=body).status_code == 401


def test_a_hold_expires_with_the_clock(system: System, buyer: Buyer, product: Product) -> None:
    """T54."""
    _, hold = product.use(FREE_TOKENS, "hold", hold=True)
    assert product.use(1, "use")[0] == 402
    system.move(advance="PT15M")
    assert balance(buyer) == (FREE_TOKENS, 0, 0, FREE_TOKENS)
    assert product.use(FREE_TOKENS, "use")[1]["remaining"] == 0
    assert product.post(f"/usage/{hold['id']}/commit", {"amount": 1})[0] == 409


def test_months_turn_at_their_instant(system: System, buyer: Buyer, product: Product) -> None:
    """T45, T51: a term begun on the 31st has a window to the last day of February, and each is whole from its start."""
    system.move(now="2027-01-31T03:00:00Z")
    order = buy(buyer, quantity=3)
    start = order["period"]["start"]
    assert start.startswith("2027-01-31T03:00:")
    product.use(STARTER_TOKENS, "january")
    for month, before in (("february", "2027-02-28T02:59:00Z"), ("march", "2027-03-31T02:59:00Z")):
        system.move(now=before)
        assert product.use(1, month)[0] == 402
        system.move(advance="PT3M")
        assert product.use(STARTER_TOKENS, month)[1]["remaining"] == 0
    system.move(now="2027-04-30T03:03:00Z")
    assert balance(buyer) == (FREE_TOKENS, 0, 0, FREE_TOKENS), "the term is over"
    assert system.http.post("/local/verify").json()["differences"] == []
