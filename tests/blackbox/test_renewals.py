"""Reminders from outside: by clock, schedule and mailbox, and the links as mail programs and buyers use them."""

import re
from datetime import timedelta

import pytest

from tests.blackbox.conftest import Buyer, Json, System
from tests.support.shop import moment


def remind(system: System) -> Json:
    """One run of the scheduled function, and everything that it queued delivered."""
    result: Json = system.http.post("/local/run/remind_renewals").raise_for_status().json()
    assert system.drain()["failed"] == 0
    return result


def reminders(buyer: Buyer) -> list[Json]:
    """Those that were sent to the buyer, oldest first."""
    return [mail for mail in reversed(buyer.mails()) if "renew.html" in mail["text"]]


def token_of(mail: Json, page: str) -> str:
    """The token of a mail's link."""
    found = re.search(rf"/app/{page}\.html#(\S+)", mail["text"])
    assert found
    return found[1]


@pytest.fixture
def end(system: System, buyer: Buyer) -> str:
    """When the month ends that the buyer paid for."""
    _, payment = buyer.order()
    system.pay(payment)
    system.drain()
    return str(buyer.get("/account")["subscription"]["current_period_end"])


def nine(end: str, days: int) -> str:
    """Nine in the morning in Vietnam, so many days from the day that holds the end there."""
    day = (moment(end) + timedelta(hours=7)).date() + timedelta(days=days)
    return f"{day}T02:00:00Z"


def test_five_reminders_come_each_once_on_their_day(system: System, buyer: Buyer, end: str) -> None:
    """T48: the schedule runs more often than there is something to say."""
    for number, days in enumerate((-7, -3, -1, 0, 3)):
        system.move(now=(moment(nine(end, days)) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
        remind(system)
        assert len(reminders(buyer)) == number
        system.move(advance="PT2M")
        for _ in range(2):
            remind(system)
            assert len(reminders(buyer)) == number + 1
    assert "đã hết hạn" in reminders(buyer)[-1]["subject"]


def test_the_link_renews_without_a_sign_in_and_then_all_is_quiet(system: System, buyer: Buyer, end: str) -> None:
    system.move(now=nine(end, -3))
    remind(system)
    (mail,) = reminders(buyer)
    address = f"/renewals/{token_of(mail, 'renew')}"
    ready = system.http.get(address).raise_for_status().json()
    assert (ready["plan_id"], ready["total"], ready["period"]["start"]) == ("starter", 99_000, end)
    placed = system.http.post(address, json={"payment_provider": "vnpay", "quote": ready["quote"]})
    assert placed.status_code == 201
    again = system.http.post(address, json={"payment_provider": "vnpay"})
    assert (again.status_code, again.json()["order"]["id"]) == (200, placed.json()["order"]["id"])
    system.pay(placed.json()["payment"])
    system.drain()
    assert buyer.get("/account")["subscription"]["current_period_end"] == ready["period"]["end"]
    assert system.http.get(address).json()["renewed"] is True
    for days in (-1, 0, 3):
        system.move(now=nine(end, days))
        remind(system)
    assert len(reminders(buyer)) == 1


def test_a_mail_program_ends_the_reminders_by_the_header(system: System, buyer: Buyer, end: str) -> None:
    """RFC 8058."""
    system.move(now=nine(end, -7))
    remind(system)
    (mail,) = reminders(buyer)
    raw = system.http.get(f"/local/mailbox/{mail['id']}/raw").text
    found = re.search(r"List-Unsubscribe: <([^>]+)>", raw)
    assert found
    assert system.http.get(found[1]).json() == {"unsubscribed": False}
    ended = system.http.post(found[1], data={"List-Unsubscribe": "One-Click"})
    assert (ended.status_code, ended.json()) == (200, {"unsubscribed": True})
    system.move(now=nine(end, -3))
    remind(system)
    assert len(reminders(buyer)) == 1


def test_a_sweep_that_was_down_for_a_week_sends_what_is_true_now(system: System, buyer: Buyer, end: str) -> None:
    system.move(now=nine(end, 0))
    system.move(advance="PT5H")
    remind(system)
    assert len(reminders(buyer)) == 1
    assert token_of(reminders(buyer)[0], "renew")


def test_a_link_of_somebody_elses_making_is_not_found(system: System) -> None:
    for method in ("GET", "POST"):
        for path in ("/renewals/x.y", "/unsubscribe/x.y"):
            answer = system.http.request(method, path, json={"payment_provider": "vnpay"})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
