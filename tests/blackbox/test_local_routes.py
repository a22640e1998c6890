"""The routes under /local, as the contract has them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.blackbox.conftest import Buyer, System


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"account_id": "a"},
        {"account_id": "", "email": "a@b.example"},
        {"account_id": 1, "email": "a@b.example"},
        {"account_id": "a" * 257, "email": "a@b.example"},
        {"account_id": "a", "email": "nobody"},
        {"account_id": "a", "email": "a@b.example", "admin": "yes"},
        {"account_id": "a", "email": "a@b.example", "password": "x"},
    ],
)
def test_a_login_that_makes_no_sense_is_refused(system: System, body: Any) -> None:
    answer = system.http.post("/local/login", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_a_body_that_is_no_json_is_refused(system: System) -> None:
    assert system.http.post("/local/login", content=b"\xff{").status_code == 400


def test_the_clock_is_moved_and_told(system: System) -> None:
    assert system.move(now="2030-01-01T00:00:00Z")["now"].startswith("2030-01-01T00:00:0")
    assert system.move(advance="P1M")["now"].startswith("2030-02-01T00:00:0")
    assert system.move(advance="-P1D")["now"].startswith("2030-01-31T00:00:0")
    assert system.http.get("/local/clock").json()["now"].startswith("2030-01-31T00:00:0")


@pytest.mark.parametrize("path", ["/plans", "/account", "/nowhere", "/app/", "/local/clock"])
def test_every_answer_is_dated_by_the_simulated_clock(system: System, path: str) -> None:
    """Pages count down by it, so that a buyer's wrong clock shows no wrong time."""
    system.move(now="2027-02-28T17:00:00Z")
    (date,) = system.http.get(path).headers.get_list("Date")
    assert date.startswith("Sun, 28 Feb 2027 17:00:0")


def test_simulated_time_reaches_the_functions(system: System, buyer: Buyer) -> None:
    system.move(now="2027-02-28T17:00:00Z")
    order, _ = buyer.order()
    assert order["created_at"].startswith("2027-02-28T17:00:0")


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"advance": "25 days"},
        {"advance": 25},
        {"now": "tomorrow"},
        {"now": "1970-01-01T00:00:00Z"},
        {"advance": "P1D", "now": "2030-01-01T00:00:00Z"},
    ],
)
def test_a_clock_that_makes_no_sense_is_refused(system: System, body: Any) -> None:
    assert system.http.post("/local/clock", json=body).status_code == 400
    assert abs(system.http.get("/local/clock").json()["offset_seconds"]) <= 1


@pytest.mark.parametrize("name", ["create_order", "send_invoice", "nothing", "..%2fx"])
def test_only_scheduled_functions_are_run(system: System, name: str) -> None:
    assert system.http.post(f"/local/run/{name}").status_code == 404


def test_a_scheduled_function_answers_its_result(system: System) -> None:
    assert isinstance(system.reconcile(), dict)


def test_moving_the_clock_runs_no_schedule(system: System, buyer: Buyer) -> None:
    order, _ = buyer.order()
    system.move(advance="P2D")
    system.drain()
    assert buyer.state(order) == "pending"


def test_the_mailbox_is_a_page_for_people(system: System, buyer: Buyer) -> None:
    _, payment = buyer.order()
    system.pay(payment)
    system.drain()
    page = system.http.get("/local/mailbox", headers={"accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert buyer.email in page.text
    mail = buyer.mails()[0]
    assert mail["attachments"][0]["content_type"] == "application/pdf"
    attachment = system.http.get(mail["attachments"][0]["url"])
    assert attachment.headers["content-type"] == "application/pdf"
    raw = system.http.get(f"/local/mailbox/{mail['id']}/raw")
    assert raw.headers["content-type"] == "message/rfc822"
    assert system.http.get(f"/local/mailbox/{mail['id']}/9/x.pdf").status_code == 404
    assert system.http.get("/local/mailbox/none/0/x.pdf").status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_payment_is_not_found(system: System, method: str) -> None:
    answer = system.http.request(
        method, "/local/pay/pay_none", json={"outcome": "success"} if method == "POST" else None
    )
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"outcome": "maybe"},
        {"outcome": "success", "webhook": "never"},
        {"outcome": "success", "amount": "1000"},
        {"outcome": "success", "amount": 0},
        {"outcome": "success", "amount": True},
        {"outcome": "success", "amount": 1.5},
        {"outcome": "success", "surprise": 1},
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(system: System, buyer: Buyer, choice: dict[str, Any]) -> None:
    _, payment = buyer.order()
    assert system.http.post(f"/local/pay/{payment['id']}", json=choice).status_code == 400


def test_the_provider_refuses_a_changed_address(system: System, buyer: Buyer) -> None:
    _, payment = buyer.order()
    parts = urlsplit(payment["url"])
    fields = {**dict(parse_qsl(parts.query)), "vnp_Amount": "500000"}
    page = system.http.get(f"{parts.path}?{urlencode(fields)}")
    assert page.status_code == 400
    assert "Sai chữ ký" in page.text


def test_the_provider_refuses_an_address_whose_time_is_over(system: System, buyer: Buyer) -> None:
    _, payment = buyer.order()
    system.move(advance="PT31M")
    page = system.http.get(payment["url"])
    assert page.status_code == 400
    assert "15" in page.text


def test_drains_at_once_are_safe(system: System, buyer: Buyer) -> None:
    order, payment = buyer.order()
    system.pay(payment, webhook="duplicate")
    with ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(lambda _: system.drain(), range(4)))
    assert sum(one["processed"] for one in counts) >= 1
    assert sum(one["failed"] + one["dead"] for one in counts) == 0
    assert buyer.state(order) == "fulfilled"


def switch(system: System, **switches: str) -> Any:
    """How VNPAY behaves from now on."""
    return system.http.post("/local/providers/vnpay", json=switches)


def test_a_providers_behaviour_is_switched(system: System) -> None:
    assert system.http.get("/local/providers/vnpay").json() == {"query": "normal", "refund": "normal"}
    assert switch(system, query="lag").json() == {"query": "lag", "refund": "normal"}
    assert switch(system, query="never").status_code == 400
    assert switch(system, query="normal").json() == {"query": "normal", "refund": "normal"}
    assert system.http.get("/local/providers/none").status_code == 404
