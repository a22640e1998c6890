"""Change of plan, additions, add-ons and trials from outside."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.blackbox.conftest import Buyer, System

STARTER, PRO = 99_000, 299_000


def quote(buyer: Buyer, plan_id: str = "pro", **changes: Any) -> dict[str, Any]:
    """A quote for a month."""
    body = {"plan_id": plan_id, "interval": "month", "quantity": 1, **changes}
    answer: dict[str, Any] = (
        buyer.system.http.post("/quotes", json=body, headers=buyer.headers).raise_for_status().json()
    )
    figures = {name: answer[name] for name in ("subtotal", "discount", "credit", "waived")}
    assert sum(line["amount"] for line in answer["lines"]) == figures["subtotal"]
    assert answer["total"] == figures.pop("subtotal") - sum(figures.values())
    return answer


def bought(buyer: Buyer, key: str, **changes: Any) -> dict[str, Any]:
    """An order, paid and settled."""
    order, payment = buyer.order(key, **changes)
    if payment:
        buyer.system.pay(payment)
    buyer.system.drain()
    settled: dict[str, Any] = buyer.get(f"/orders/{order['id']}")
    assert settled["status"] == "fulfilled"
    return settled


def plans(buyer: Buyer) -> list[str]:
    """The plans of the account's terms, in their order."""
    return [term["plan_id"] for term in buyer.get("/account")["subscription"]["terms"]]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_an_upgrade_credits_what_is_left_and_its_document_says_the_same(system: System, buyer: Buyer) -> None:
    bought(buyer, "k1")
    system.move(advance="P13D")
    offered = quote(buyer)
    (credit,) = offered["credits"]
    assert offered["change"] == "upgrade"
    assert credit["unused_days"] in {15, 16, 17, 18}
    assert offered["credit"] == credit["amount"] <= STARTER
    assert abs(offered["credit"] * credit["total_days"] - STARTER * credit["unused_days"]) <= STARTER
    order = bought(buyer, "k2", quote=offered["quote"])
    invoice = buyer.get(f"/invoices/{order['invoice_id']}")
    for figure in ("subtotal", "discount", "credit", "waived", "tax", "total"):
        assert offered[figure] == order[figure] == invoice[figure]
    assert plans(buyer) == ["pro"]
    assert buyer.tokens() == 2_000_000


def test_a_lower_plan_is_placed_behind_the_time_paid_for(buyer: Buyer) -> None:
    large = bought(buyer, "k1", plan_id="pro")
    assert quote(buyer, "starter")["change"] == "downgrade"
    small = bought(buyer, "k2")
    assert small["period"]["start"] == large["period"]["end"]
    assert plans(buyer) == ["pro", "starter"]
    assert buyer.get("/account")["subscription"]["current_period_end"] == small["period"]["end"]


def test_an_addition_and_an_add_on_give_more_at_once(buyer: Buyer) -> None:
    large = bought(buyer, "k1", plan_id="pro", quantity=2)
    assert bought(buyer, "k2", plan_id="pro", start="now")["change"] == "addition"
    assert buyer.tokens() == 4_000_000
    assert bought(buyer, "k3", plan_id="tokens-1m", quantity=2)["total"] == 300_000
    assert buyer.tokens() == 6_000_000
    assert buyer.get("/account")["subscription"]["current_period_end"] == large["period"]["end"]
    assert len(buyer.mails()) == 3


def test_a_trial_is_had_once(system: System, buyer: Buyer) -> None:
    body = {"plan_id": "pro", "interval": "month", "quantity": 1, "trial": True}
    headers = {**buyer.headers, "idempotency-key": "k1"}
    placed = system.http.post("/orders", json=body, headers=headers).raise_for_status().json()
    assert (placed["order"]["status"], placed["order"]["total"], placed["payment"]) == ("fulfilled", 0, None)
    assert plans(buyer) == ["pro"]
    again = system.http.post("/orders", json=body, headers={**headers, "idempotency-key": "k2"})
    assert (again.status_code, again.json()["code"]) == (422, "plan_not_purchasable")
    paid = bought(buyer, "k3", plan_id="pro")
    assert paid["period"]["start"] == placed["order"]["period"]["end"]
    assert len(buyer.mails()) == 1


def test_twelve_months_of_the_small_plan_and_one_of_the_large(buyer: Buyer) -> None:
    """Nothing is lost: the credit pays for the month, and the rest of it is days."""
    bought(buyer, "k1", interval="year")
    order = bought(buyer, "k2", plan_id="pro")
    assert (order["total"], order["credit"]) == (0, PRO)
    length = moment(order["period"]["end"]) - moment(order["period"]["start"])
    assert length >= timedelta(days=28) + timedelta(days=28) * (990_000 - PRO - 1_000) / PRO
    assert buyer.tokens() == 2_000_000


def test_one_credit_is_not_spent_by_two_orders(system: System, buyer: Buyer) -> None:
    bought(buyer, "k1")
    first, _ = buyer.order("k2", plan_id="pro")
    body = {"plan_id": "pro", "interval": "month", "quantity": 2, "payment_provider": "vnpay"}
    headers = {**buyer.headers, "idempotency-key": "k3"}
    answer = system.http.post("/orders", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "credit_reserved")
    system.http.post(f"/orders/{first['id']}/cancel", headers=buyer.headers).raise_for_status()
    assert system.http.post("/orders", json=body, headers=headers).status_code == httpx.codes.CREATED
