"""From the reminder in the mailbox to the renewed plan, by a person who is not signed in."""

import re

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.support.running import RunningSystem


def reminded(person: Person, system: RunningSystem) -> str:
    """Somebody who bought a month and is a few days from its end; the text of the reminder."""
    token = system.token(person.account, person.email)
    body = {"plan_id": "pro", "interval": "month", "quantity": 1, "payment_provider": "vnpay"}
    placed = system.call("POST", "/orders", json=body, token=token, headers={"Idempotency-Key": "k"})
    system.call("POST", f"/local/pay/{placed['payment']['id']}", json={"outcome": "success", "webhook": "normal"})
    system.call("POST", "/local/drain")
    end = system.call("GET", "/account", token=token)["subscription"]["current_period_end"]
    system.call("POST", "/local/clock", json={"now": end})
    system.call("POST", "/local/run/remind_renewals")
    mails = [mail for mail in system.mails_to(person.email) if "renew.html" in mail["text"]]
    return str(mails[0]["text"])


def address(text: str, page: str) -> str:
    """The link to a page, as `Person.open` takes it."""
    found = re.search(rf"/app/({page}\.html#\S+)", text)
    assert found
    return found[1]


def on_real_time(system: RunningSystem) -> None:
    """The clock as others expect it."""
    offset = int(system.call("GET", "/local/clock")["offset_seconds"])
    system.call("POST", "/local/clock", json={"advance": f"{'-' if offset > 0 else ''}PT{abs(offset)}S"})


def test_the_link_in_the_mail_leads_to_a_paid_renewal_without_a_sign_in(person: Person, system: RunningSystem) -> None:
    page = person.page
    try:
        person.open(address(reminded(person, system), "renew"))
        expect(person.title).to_have_text("Gia hạn gói")
        expect(page.locator("main")).to_contain_text("Chuyên nghiệp")
        expect(person.total).to_have_text("299.000 ₫")
        page.get_by_role("button", name="Gia hạn và thanh toán").click()
        page.wait_for_url("**/local/pay/**")
        page.locator("button[name=outcome][value=success]").click()
        page.wait_for_url("**/renew.html?order=*")
        expect(person.title).to_have_text("Đã gia hạn")
        account = system.call("GET", "/account", token=system.token(person.account, person.email))
        assert len(account["subscription"]["terms"]) == 1
    finally:
        on_real_time(system)


def test_reminders_end_by_a_button_and_not_by_opening_the_page(person: Person, system: RunningSystem) -> None:
    try:
        link = address(reminded(person, system), "unsubscribe")
        path = "/unsubscribe/" + link.partition("#")[2]
        person.open(link)
        expect(person.title).to_have_text("Ngừng nhận thư nhắc gia hạn")
        assert system.call("GET", path) == {"unsubscribed": False}
        person.page.get_by_role("button", name="Ngừng nhận thư nhắc").click()
        expect(person.title).to_have_text("Đã ngừng nhận thư nhắc")
        assert system.call("GET", path) == {"unsubscribed": True}
    finally:
        on_real_time(system)
