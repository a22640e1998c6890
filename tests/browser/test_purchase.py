"""A plan bought as a person buys it: what is seen, what is sent, what is in the mailbox."""

import io
import json

from playwright.sync_api import Browser, Route, expect
from pypdf import PdfReader

from tests.browser.person import PHONE, Person
from tests.support.running import RunningSystem

COMPANY = {
    "name": "Công ty TNHH Hướng Dương",
    "tax_code": "0100233488",
    "address": "28 Nguyễn Thị Minh Khai, Thành phố Hồ Chí Minh",
}
CHECKOUT = "checkout.html?plan=pro&interval=month&quantity=1"


def test_a_year_is_bought_with_a_code_and_a_vat_invoice(person: Person, system: RunningSystem) -> None:
    page = person.page
    person.open("")
    person.sign_in()
    expect(person.title).to_contain_text(person.account)
    page.get_by_role("link", name="Nâng cấp").first.click()

    expect(person.title).to_have_text("Chọn gói")
    page.get_by_role("radio", name="Năm").check()
    card = page.locator("[data-plan=pro]")
    expect(card).to_contain_text("2.990.000 ₫")
    expect(card).to_contain_text("Tương đương 249.167 ₫ / tháng")
    card.get_by_role("link", name="Đăng ký").click()

    expect(person.title).to_have_text("Thông tin giao dịch")
    person.expect_total("2.990.000 ₫")
    person.apply_coupon("giam20")
    person.expect_total("2.890.000 ₫")
    expect(page.locator(".sum-discount")).to_have_text("Giảm giá (GIAM20)−100.000 ₫")
    expect(page.locator(".sum-included")).to_have_text("Đã gồm thuế GTGT 8%214.074 ₫")
    person.ask_for_invoice(**COMPANY)
    person.buy_button.click()

    page.wait_for_url("**/local/pay/**")
    expect(page.locator("body")).to_contain_text("2.890.000 ₫")
    person.at_the_bank("success")

    expect(person.title).to_have_text("Thanh toán thành công")
    expect(page.locator("main")).to_contain_text("2.000.000")
    button = page.get_by_role("button", name="Tải PDF")
    filename, pdf = person.download(button)
    assert filename.startswith("hoa-don-1C")
    assert COMPANY["tax_code"] in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()

    (mail,) = system.mails_to(person.email)
    (attached,) = mail["attachments"]
    assert system.attachment(attached["url"]) == pdf
    assert attached["filename"] == filename


def test_the_account_page_shows_plan_balances_order_and_document(person: Person, system: RunningSystem) -> None:
    page = person.page
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    person.buy_button.click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")
    page.get_by_role("link", name="Xem tài khoản").click()

    expect(page.locator("#plan")).to_contain_text("Chuyên nghiệp")
    expect(page.locator("#plan")).to_contain_text("Đang dùng")
    tokens = page.get_by_role("meter", name="Token AI")
    expect(tokens).to_have_attribute("aria-valuenow", "2000000")
    expect(page.locator("[data-feature=seats]")).to_contain_text("Tối đa 10")
    expect(page.locator("[data-feature=priority_support]")).to_contain_text("Bật")
    order = page.locator("#orders .row")
    expect(order).to_have_count(1)
    expect(order).to_contain_text("Hoàn tất")
    expect(order).to_contain_text("299.000 ₫")
    document = page.locator("#invoices .row")
    expect(document).to_contain_text("Biên nhận")
    _, pdf = person.download(document.get_by_role("button"))
    (mail,) = system.mails_to(person.email)
    assert system.attachment(mail["attachments"][0]["url"]) == pdf

    person.open("plans.html")
    expect(page.locator("[data-plan=pro]")).to_contain_text("Gói hiện tại")
    expect(page.locator("[data-plan=pro]").get_by_role("link", name="Gia hạn")).to_be_visible()


def test_a_refused_payment_is_tried_again_on_the_same_order(person: Person) -> None:
    page = person.page
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    person.buy_button.click()
    person.at_the_bank("failure")
    expect(person.title).to_have_text("Thanh toán chưa thành công")
    first = person.order_id()
    page.get_by_role("button", name="Thanh toán lại").click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")
    assert person.order_id() == first


def test_a_purchase_that_was_given_up_is_cancelled_after_a_question(person: Person) -> None:
    page = person.page
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    person.buy_button.click()
    person.at_the_bank("cancel")
    page.get_by_role("button", name="Hủy đơn").first.click()
    dialog = page.get_by_role("dialog", name="Hủy đơn")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Hủy đơn").first.click()
    dialog.get_by_role("button", name="Hủy đơn").click()
    expect(person.title).to_have_text("Đơn đã hủy")


def test_what_costs_nothing_goes_straight_to_the_result(person: Person, system: RunningSystem) -> None:
    """T34: a coupon of 100 % skips the provider, and the documents are issued all the same."""
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    person.apply_coupon("FREE100")
    person.expect_total("0 ₫")
    expect(person.page.get_by_text("Không phải thanh toán")).to_be_visible()
    person.buy_button.click()
    expect(person.title).to_have_text("Đã hoàn tất")
    expect(person.page.get_by_role("button", name="Tải PDF")).to_be_visible()
    assert len(system.mails_to(person.email)) == 1


def test_the_quote_follows_every_change(person: Person) -> None:
    page = person.page
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    page.get_by_role("button", name="Thêm một").click()
    person.expect_total("598.000 ₫")
    page.get_by_label("Số tháng").fill("36")
    person.expect_total("10.764.000 ₫")
    expect(page.get_by_role("button", name="Thêm một")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("radio", name="Khởi đầu").check()
    person.expect_total("3.564.000 ₫")
    page.get_by_role("radio", name="Năm").check()
    person.expect_total("990.000 ₫")
    page.get_by_label("Số năm").fill("4")
    expect(page.get_by_text("Bạn nhập một số từ 1 đến 3.")).to_be_visible()
    page.get_by_label("Số năm").fill("3")
    person.expect_total("2.970.000 ₫")
    page.reload()
    person.expect_total("2.970.000 ₫")
    expect(page.locator(".gains")).to_contain_text("500.000 token AI × 36 tháng")


def test_a_refused_code_is_told_at_its_field_and_an_applied_one_can_be_removed(person: Person) -> None:
    page = person.page
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    person.apply_coupon("TET2025")
    box = page.get_by_label("Mã giảm giá")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".coupon .field-error")).to_contain_text("TET2025")
    person.expect_total("299.000 ₫")
    box.fill("giam20")
    page.get_by_label("Số tháng").focus()  # leaving the field applies it
    person.expect_total("239.200 ₫")
    page.get_by_role("button", name="Bỏ mã GIAM20").click()
    person.expect_total("299.000 ₫")
    expect(box).to_be_focused()


def test_refused_invoice_details_are_told_at_their_fields(person: Person) -> None:
    page = person.page
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    person.ask_for_invoice(name="Công ty Bình An")
    person.buy_button.click()
    tax_code = page.locator(".buyer input[name=tax_code]")
    expect(tax_code).to_be_focused()
    person.ask_for_invoice(tax_code="0100233489", address="1 Lê Lợi, Huế", email="không phải địa chỉ")
    orders = person.watch("POST", "/orders")
    person.buy_button.click()
    expect(tax_code).to_have_attribute("aria-invalid", "true")
    expect(tax_code).to_be_focused()
    expect(
        page.locator(".buyer .field", has=page.locator("input[name=email]")).locator(".field-error")
    ).not_to_be_empty()
    person.ask_for_invoice(tax_code=COMPANY["tax_code"], email="ketoan@binhan.example")
    person.buy_button.click()
    page.wait_for_url("**/local/pay/**")
    keys = [request.headers["idempotency-key"] for request in orders]
    assert len(set(keys)) == 2


def test_a_double_click_makes_one_order(person: Person, system: RunningSystem) -> None:
    """T67."""
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    sent = person.watch("POST", "/orders")
    person.buy_button.dblclick()
    person.page.wait_for_url("**/local/pay/**")
    assert len(sent) == 1
    assert len(system.call("GET", "/orders", token=system.token(person.account))["items"]) == 1


def test_an_answer_that_is_lost_and_a_reload_make_one_order(person: Person, system: RunningSystem) -> None:
    """T02, T03: the key and the body are kept over the retry and the reload, although the new page has a new quote."""
    page = person.page
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    person.ask_for_invoice(**COMPANY)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route("**/orders", lose)
    sent = person.watch("POST", "/orders")
    person.buy_button.click()
    expect(page.get_by_text("vẫn chỉ có một đơn")).to_be_visible()
    page.unroute("**/orders")
    page.reload()
    person.expect_total("299.000 ₫")
    expect(page.locator(".buyer input[name=name]")).to_have_value(COMPANY["name"])
    person.buy_button.click()
    page.wait_for_url("**/local/pay/**")
    assert sent[0].headers["idempotency-key"] == sent[1].headers["idempotency-key"]
    assert sent[0].post_data == sent[1].post_data
    assert len(system.call("GET", "/orders", token=system.token(person.account))["items"]) == 1


def test_back_from_the_provider_and_buying_again_leads_to_the_same_order(person: Person, system: RunningSystem) -> None:
    page = person.page
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    person.buy_button.click()
    page.wait_for_url("**/local/pay/**")
    page.go_back()
    person.expect_total("299.000 ₫")
    person.buy_button.click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")
    assert len(system.call("GET", "/orders", token=system.token(person.account))["items"]) == 1


def test_the_same_plan_is_bought_again_as_another_order(person: Person, system: RunningSystem) -> None:
    for change in ("Đăng ký mới", "Gia hạn"):
        if change == "Đăng ký mới":
            person.arrive(CHECKOUT)
        else:
            person.open(CHECKOUT)
        person.expect_total("299.000 ₫")
        expect(person.page.locator(".gains")).to_contain_text(change)
        person.buy_button.click()
        person.at_the_bank("success")
        expect(person.title).to_have_text("Thanh toán thành công")
    assert len(system.call("GET", "/orders", token=system.token(person.account))["items"]) == 2
    person.open("account.html")
    expect(person.page.get_by_text("Các kỳ sắp tới")).to_be_visible()


def test_an_expired_quote_of_the_same_total_is_renewed_without_a_word(person: Person, system: RunningSystem) -> None:
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    system.call("POST", "/local/clock", json={"advance": "PT31M"})
    person.buy_button.click()
    person.page.wait_for_url("**/local/pay/**")


def test_a_total_that_changed_with_the_new_quote_is_told_before_anything_is_bought(
    person: Person, system: RunningSystem
) -> None:
    page = person.page
    shown = iter([199_000])

    def change_first(route: Route) -> None:
        quote = route.fetch().json()
        quote["total"] = next(shown, quote["total"])
        route.fulfill(body=json.dumps(quote), content_type="application/json")

    page.route("**/quotes", change_first)
    person.arrive(CHECKOUT)
    person.expect_total("199.000 ₫")
    system.call("POST", "/local/clock", json={"advance": "PT31M"})
    person.buy_button.click()
    expect(page.get_by_role("alert")).to_contain_text("đã đổi từ 199.000 ₫ thành 299.000 ₫")
    person.expect_total("299.000 ₫")
    assert system.call("GET", "/orders", token=system.token(person.account))["items"] == []
    person.buy_button.click()
    page.wait_for_url("**/local/pay/**")


def test_the_keyboard_alone_is_enough(person: Person) -> None:
    page = person.page
    keys = page.keyboard
    person.open("")
    person.tab_to(page.get_by_label("Mã tài khoản"))
    keys.type(person.account)
    person.tab_to(page.get_by_role("button", name="Đăng nhập"))
    keys.press("Enter")
    expect(person.title).to_contain_text("Chào")
    person.tab_to(page.get_by_role("link", name="Nâng cấp").first)
    keys.press("Enter")
    expect(person.title).to_have_text("Chọn gói")
    person.tab_to(page.get_by_role("radio", name="Tháng"))
    keys.press("ArrowRight")
    expect(page.locator("[data-plan=starter]")).to_contain_text("990.000 ₫")
    person.tab_to(page.get_by_role("link", name="Đăng ký gói Khởi đầu"))
    keys.press("Enter")
    person.expect_total("990.000 ₫")
    person.tab_to(page.get_by_label("Số năm"))
    keys.press("ArrowUp")
    person.expect_total("1.980.000 ₫")
    person.tab_to(page.get_by_label("Mã giảm giá"))
    keys.type("giam20")
    keys.press("Enter")
    person.expect_total("1.880.000 ₫")
    expect(page.get_by_role("button", name="Bỏ mã GIAM20")).to_be_focused()
    person.tab_to(page.get_by_role("switch", name="Xuất hóa đơn"))
    keys.press("Space")
    person.tab_to(page.locator(".buyer input[name=name]"))
    keys.type(COMPANY["name"])
    person.tab_to(page.locator(".buyer input[name=tax_code]"))
    keys.type(COMPANY["tax_code"])
    person.tab_to(page.locator(".buyer input[name=address]"))
    keys.type(COMPANY["address"])
    person.tab_to(person.buy_button)
    keys.press("Enter")
    page.wait_for_url("**/local/pay/**")
    person.tab_to(page.locator("button[name=outcome][value=success]"))
    keys.press("Enter")
    expect(person.title).to_have_text("Thanh toán thành công")


def test_a_phone_is_enough(browser: Browser, system: RunningSystem) -> None:
    with Person(browser, system.base_url, screen=PHONE, scheme="dark") as person:
        person.arrive(CHECKOUT)
        person.expect_total("299.000 ₫")
        expect(person.buy_button).to_be_in_viewport()
        person.buy_button.click()
        person.at_the_bank("success")
        expect(person.title).to_have_text("Thanh toán thành công")
        for address in ("", "plans.html", CHECKOUT, "account.html", f"result.html?order={person.order_id()}"):
            person.open(address)
            expect(person.title).to_be_visible()
            person.page.wait_for_load_state("networkidle")
            width = person.page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE[0], address
        assert not person.script_errors
