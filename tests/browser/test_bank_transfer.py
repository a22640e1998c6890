"""Paying by bank transfer: the page with the QR code, beside the app of the buyer's bank."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from billing.domain.vietqr import read
from tests.browser.person import DESK, PHONE, Person
from tests.support.running import RunningSystem


@pytest.fixture
def person(request: pytest.FixtureRequest, browser: Browser, system: RunningSystem) -> Iterator[Person]:
    """Somebody with a phone in the dark, or at a desk where a test says so."""
    on_phone = getattr(request, "param", "phone") == "phone"
    screen = PHONE if on_phone else DESK
    with Person(browser, system.base_url, screen, "dark" if on_phone else "light") as somebody:
        yield somebody
        assert not somebody.script_errors


def at_the_code(person: Person) -> Page:
    """A month of Pro is ordered; its QR code is to be seen."""
    person.arrive("checkout.html?plan=pro&interval=month&quantity=1")
    person.page.get_by_role("radio", name="VietQR").check()
    person.expect_total("299.000 ₫")
    person.buy_button.click()
    person.page.wait_for_url("**/pay.html?order=*")
    expect(person.page.locator(".qr-code path")).to_be_attached()
    return person.page


def transfer(person: Person, amount: str = "") -> None:
    """The app of their bank, in a tab of its own: what the code says, or another amount."""
    with person.context.expect_page() as opened:
        person.page.get_by_role("link", name="Mở ngân hàng mô phỏng").click()
    bank = opened.value
    if amount:
        bank.get_by_label("Số tiền").fill(amount)
    bank.get_by_role("button", name="Chuyển tiền").click()
    bank.wait_for_url("**/pay.html?order=*")  # closed earlier, it might take the transfer with it
    bank.close()


def copied(page: Page, name: str) -> str:
    """What a copy button leaves in the clipboard."""
    page.get_by_role("button", name=f"Sao chép: {name}").click()
    expect(page.get_by_role("status").filter(has_text=f"Đã sao chép: {name}")).to_be_attached()
    return str(page.evaluate("navigator.clipboard.readText()"))


def content_of(person: Person) -> str:
    """The QR code's content, by the API."""
    system = RunningSystem(person.base_url)
    return str(system.call("GET", f"/orders/{person.order_id()}", token=person.token())["payments"][0]["qr_content"])


@pytest.mark.parametrize("person", ["desk", "phone"], indirect=True)
def test_the_page_turns_green_by_itself_once_the_money_is_there(person: Person) -> None:
    page = at_the_code(person)
    assert page.evaluate("document.documentElement.scrollWidth") <= person.screen[0]
    transfer(person)
    expect(person.title).to_have_text("Đã nhận được tiền")
    page.get_by_role("link", name="Xem kết quả").click()
    page.wait_for_url("**/result.html?order=*")
    expect(person.title).to_have_text("Thanh toán thành công")


def test_every_detail_can_be_copied_and_is_that_of_the_code(person: Person) -> None:
    page = at_the_code(person)
    person.context.grant_permissions(["clipboard-read", "clipboard-write"])
    transfer = read(content_of(person))
    assert copied(page, "Ngân hàng") == "MB"
    assert copied(page, "Số tài khoản") == transfer.account
    assert copied(page, "Số tiền") == str(transfer.amount) == "299000"
    assert copied(page, "Nội dung chuyển khoản") == transfer.memo
    expect(page.get_by_text(transfer.memo, exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"Còn \d+:\d\d:\d\d, đến"))).to_be_visible()


def test_the_code_can_be_saved_for_the_app_on_the_same_phone(person: Person) -> None:
    page = at_the_code(person)
    name, picture = person.download(page.get_by_role("button", name="Lưu ảnh mã QR"))
    assert name == f"vietqr-{read(content_of(person)).memo}.png"
    assert picture.startswith(b"\x89PNG")


def test_another_way_to_pay_is_at_hand(person: Person) -> None:
    page = at_the_code(person)
    page.get_by_text("Thanh toán cách khác").click()
    page.get_by_role("radio", name="VNPAY").check()
    page.get_by_role("button", name="Thanh toán cách này").click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")


def test_who_has_transferred_is_reassured_and_nothing_is_claimed(person: Person) -> None:
    page = at_the_code(person)
    page.get_by_role("button", name="Tôi đã chuyển khoản").click()
    expect(page.get_by_text("Đang tìm khoản tiền của bạn", exact=True)).to_be_visible()
    expect(page.locator("[aria-live]")).to_contain_text("Đang tìm khoản tiền của bạn")
    expect(person.title).to_have_text("Quét mã để chuyển khoản")


def test_another_amount_is_kept_and_the_page_says_what_becomes_of_it(person: Person, system: RunningSystem) -> None:
    """T19, T64: the money fits nothing, so the order still waits; the buyer is told not to transfer again."""
    page = at_the_code(person)
    transfer(person, amount="1000")
    system.call("POST", "/local/drain")
    page.get_by_text("Lỡ chuyển sai số tiền hoặc nội dung?").click()
    expect(page.get_by_text("Chúng tôi giữ lại mọi khoản chuyển đến")).to_be_visible()
    expect(person.title).to_have_text("Quét mã để chuyển khoản")


def test_the_keyboard_copies_and_opens_other_ways(person: Person) -> None:
    page = at_the_code(person)
    person.tab_to(page.get_by_role("button", name="Sao chép: Nội dung chuyển khoản"))
    page.keyboard.press("Enter")
    expect(page.locator("[aria-live]")).to_contain_text("Đã sao chép: Nội dung chuyển khoản")
    person.tab_to(page.locator("summary", has_text="Thanh toán cách khác"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="VNPAY")).to_be_visible()


def test_a_cancelled_order_shows_no_code(person: Person) -> None:
    page = at_the_code(person)
    address = page.url
    page.get_by_role("link", name="Xem hoặc hủy đơn").click()
    page.get_by_role("button", name="Hủy đơn").click()
    page.get_by_role("dialog").get_by_role("button", name="Hủy đơn").click()
    expect(person.title).to_have_text("Đơn đã hủy")
    page.goto(address)
    page.wait_for_url("**/result.html?order=*")
    expect(person.title).to_have_text("Đơn đã hủy")


def test_a_code_whose_time_is_over_can_be_renewed(person: Person, system: RunningSystem) -> None:
    page = at_the_code(person)
    try:
        system.call("POST", "/local/clock", json={"advance": "PT24H"})
        page.reload()
        expect(page.get_by_text("Mã đã hết hạn", exact=True).first).to_be_visible()
        expect(page.locator(".qr-code path")).to_be_attached()
        page.get_by_role("button", name="Lấy mã mới").click()
        page.wait_for_url("**/pay.html?order=*")
        expect(page.get_by_text("Đang chờ tiền đến")).to_be_visible()
    finally:
        system.call("POST", "/local/clock", json={"advance": "-PT24H"})


@pytest.mark.parametrize("wrong", [timedelta(days=-3), timedelta(hours=30)], ids=["slow", "fast"])
def test_the_time_left_is_right_on_a_machine_whose_clock_is_wrong(
    person: Person, system: RunningSystem, wrong: timedelta
) -> None:
    now = datetime.fromisoformat(system.call("GET", "/local/clock")["now"])
    person.page.clock.install(time=now + wrong)
    page = at_the_code(person)
    expect(page.locator(".pay-time")).to_contain_text(re.compile(r"2[34]:\d\d:\d\d"))
    expect(page.get_by_text("Mã đã hết hạn")).to_have_count(0)
