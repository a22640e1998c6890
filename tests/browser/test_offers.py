"""What is sold besides a plan's time: trials, packs of quota; and how a change of plan is shown before it is bought."""

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.person import PHONE, Person
from tests.support.running import RunningSystem

DATE = r"\d\d/\d\d/\d{4}"
TRIAL = "checkout.html?plan=pro&trial=1"


def had(system: RunningSystem, person: Person, plan: str, **wish: Any) -> str:
    """The order of something they bought, or tried, before: paid and settled, without the pages."""
    body = {"plan_id": plan, "interval": "month", "quantity": 1, **wish}
    if not wish.get("trial"):
        body["payment_provider"] = "vnpay"
    key = {"Idempotency-Key": uuid4().hex}
    placed = system.call("POST", "/orders", json=body, token=system.token(person.account, person.email), headers=key)
    if placed["payment"]:
        paid = {"outcome": "success", "webhook": "normal"}
        system.call("POST", f"/local/pay/{placed['payment']['id']}", json=paid)
        system.call("POST", "/local/drain")
    return str(placed["order"]["id"])


def used(system: RunningSystem, person: Person, feature: str, amount: int) -> None:
    """The product has used so much of a feature."""
    service = {"account_id": "svc-product", "email": "svc@vanmay.example", "service": True}
    token = str(system.call("POST", "/local/login", json=service)["token"])
    use = {"account_id": person.account, "feature": feature, "amount": amount}
    system.call("POST", "/usage", json=use, token=token, headers={"Idempotency-Key": uuid4().hex})


def pro(person: Person) -> Locator:
    """The card of the plan that can be tried."""
    return person.page.locator("[data-plan=pro]")


def balance(person: Person, feature: str) -> Locator:
    """A balance on the account page."""
    return person.page.locator(f"#balances [data-feature={feature}]")


def test_a_trial_is_begun_without_paying_and_the_result_says_until_when(person: Person) -> None:
    page = person.page
    person.open("plans.html")
    pro(person).get_by_role("link", name="Dùng thử 14 ngày").click()
    page.wait_for_url("**/login.html?*")
    person.sign_in()
    expect(person.title).to_have_text("Dùng thử gói Chuyên nghiệp")
    person.expect_total("0 ₫")
    expect(page.locator(".sum-line")).to_contain_text("14 ngày")
    expect(page.locator("main")).to_contain_text("không tự động trừ tiền")
    for left_out in ("Mã giảm giá", "Xuất hóa đơn", "Thanh toán qua", "Đã gồm thuế"):
        expect(page.locator("main")).not_to_contain_text(left_out)
    page.get_by_role("button", name="Bắt đầu dùng thử").click()
    expect(person.title).to_have_text("Bạn đang dùng thử gói Chuyên nghiệp")
    expect(page.locator(".lead")).to_contain_text(re.compile(f"Dùng đầy đủ đến {DATE}"))
    expect(page.locator(".facts-line")).to_contain_text("Dùng thử gói Chuyên nghiệp")
    expect(page.get_by_role("meter", name="Token AI")).to_have_attribute("aria-valuenow", re.compile(r"^9\d{5}$"))
    expect(page.get_by_text("Chứng từ")).to_be_hidden()


def test_the_account_that_tries_a_plan_sees_it_everywhere_and_is_not_offered_it_again(
    person: Person, system: RunningSystem
) -> None:
    page = person.page
    had(system, person, "pro", trial=True)
    person.arrive("account.html")
    expect(page.locator("#plan")).to_contain_text("Đang dùng thử")
    expect(page.locator("#plan")).to_contain_text(re.compile(f"Dùng thử đến ?{DATE}"))
    expect(page.locator("#orders .row")).to_contain_text("Dùng thử gói Chuyên nghiệp")
    expect(page.get_by_text("Chưa có chứng từ nào.")).to_be_visible()
    person.open("plans.html")
    expect(pro(person)).to_contain_text(re.compile(f"Dùng thử đến {DATE}"))
    expect(pro(person).get_by_role("link", name="Dùng thử 14 ngày")).to_have_count(0)
    expect(pro(person).get_by_role("link", name="bắt đầu khi hết dùng thử")).to_be_visible()
    person.open("index.html")
    expect(page.get_by_role("heading", name="Bạn đang dùng thử gói Chuyên nghiệp")).to_be_visible()


def test_time_bought_during_a_trial_is_shown_behind_it(person: Person, system: RunningSystem) -> None:
    had(system, person, "pro", trial=True)
    had(system, person, "pro")
    person.arrive("account.html")
    plan = person.page.locator("#plan")
    expect(plan).to_contain_text("Đang dùng thử")
    expect(plan).to_contain_text(re.compile(f"Dùng thử đến ?{DATE}"))
    expect(plan).to_contain_text(re.compile(f"Dùng đến ?{DATE}"))
    expect(plan).to_contain_text("Các kỳ sắp tới")
    expect(plan).not_to_contain_text("hạn mức miễn phí")


def test_a_trial_that_is_refused_says_why_and_leads_to_the_plan(person: Person, system: RunningSystem) -> None:
    page = person.page
    had(system, person, "pro", trial=True)
    person.arrive(TRIAL)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Chưa dùng thử được")
    expect(alert).to_contain_text("Gói “Chuyên nghiệp” chỉ dùng thử được khi không có gói nào còn hạn")
    expect(page.get_by_role("button", name="Bắt đầu dùng thử")).to_be_hidden()
    alert.get_by_role("link", name="Đăng ký gói Chuyên nghiệp").click()
    person.expect_total("299.000 ₫")


def test_a_trial_begun_in_another_tab_meanwhile_is_told_and_not_begun_twice(
    person: Person, system: RunningSystem
) -> None:
    page = person.page
    person.arrive(TRIAL)
    person.expect_total("0 ₫")
    had(system, person, "pro", trial=True)
    page.get_by_role("button", name="Bắt đầu dùng thử").click()
    expect(page.get_by_role("alert")).to_contain_text("không dùng thử được nữa vì tài khoản đã dùng thử một lần")
    assert len(system.call("GET", "/orders", token=person.token())["items"]) == 1


def test_packs_are_bought_with_a_code_and_leave_the_plan_as_it_is(person: Person, system: RunningSystem) -> None:
    page = person.page
    had(system, person, "starter")
    person.arrive("account.html")
    person.open("plans.html")
    card = page.locator("[data-addon=tokens-1m]")
    expect(card.locator(".price")).to_have_text("150.000 ₫/ gói")
    expect(card).to_contain_text("+1.000.000 token AI")
    expect(card).to_contain_text("Dùng được 3 tháng kể từ khi mua")
    card.get_by_role("link", name="Mua thêm 1 triệu token AI").click()
    person.expect_total("150.000 ₫")
    page.get_by_role("button", name="Thêm một").click()
    person.expect_total("300.000 ₫")
    expect(page.locator(".gains")).to_contain_text("Gói của bạn không đổi")
    expect(page.locator(".gains")).to_contain_text("2.000.000 token AI")
    person.apply_coupon("TOKEN10")
    person.expect_total("270.000 ₫")
    person.buy_button.click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")
    expect(page.locator(".lead")).to_contain_text("1 triệu token AI × 2 đã được cộng vào hạn mức")
    expect(page.locator(".facts-line")).to_contain_text("Mua thêm1 triệu token AI × 2")
    page.get_by_role("link", name="Xem tài khoản").click()
    expect(page.locator("#plan")).to_contain_text("Khởi đầu")
    tokens = balance(person, "tokens")
    expect(tokens.get_by_role("meter")).to_have_attribute("aria-valuenow", "2500000")
    expect(tokens).to_contain_text(re.compile(f"Mua thêm: còn 2.000.000 / 2.000.000Hết hạn ngày {DATE}"))
    expect(page.locator("#orders .row").first).to_contain_text("1 triệu token AI × 2")
    expect(page.locator("#invoices .row").first).to_contain_text("Mua thêm: 1 triệu token AI")


def test_another_pack_can_be_chosen_and_the_address_keeps_it(person: Person, system: RunningSystem) -> None:
    page = person.page
    had(system, person, "starter")
    person.arrive("checkout.html?plan=tokens-1m&quantity=3")
    person.expect_total("450.000 ₫")
    page.get_by_role("radio", name="100 tài liệu").check()
    person.expect_total("150.000 ₫")
    expect(page.locator(".gains")).to_contain_text("300 tài liệu")
    page.reload()
    person.expect_total("150.000 ₫")
    page.get_by_role("link", name="Các gói mua thêm").click()
    expect(page.get_by_role("heading", name="Mua thêm", exact=True)).to_be_focused()


def test_a_pack_that_lasts_as_long_as_a_plan_is_not_sold_without_one(person: Person) -> None:
    page = person.page
    person.arrive("account.html")
    person.open("plans.html")
    card = page.locator("[data-addon=documents-100]")
    expect(card).to_contain_text("Cần có một gói đang còn hạn")
    expect(card.get_by_role("link")).to_have_count(0)
    person.open("checkout.html?plan=documents-100")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Chưa mua thêm được")
    expect(alert.get_by_role("link", name="Xem các gói")).to_be_visible()
    page.get_by_role("radio", name="1 triệu token AI").check()
    person.expect_total("150.000 ₫")
    expect(person.buy_button).to_be_visible()


def test_an_unpaid_order_of_packs_says_what_it_is_and_leads_to_the_same_again(person: Person) -> None:
    page = person.page
    person.arrive("checkout.html?plan=tokens-1m&quantity=2")
    person.expect_total("300.000 ₫")
    person.buy_button.click()
    person.at_the_bank("cancel")
    expect(page.locator(".facts-line")).to_contain_text("1 triệu token AI × 2")
    page.get_by_role("button", name="Hủy đơn").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Hủy đơn").click()
    expect(person.title).to_have_text("Đơn đã hủy")
    page.get_by_role("link", name="Tạo giao dịch mới").click()
    person.expect_total("300.000 ₫")


@pytest.mark.parametrize("page_name", ["account.html", "index.html"])
def test_more_is_offered_beside_a_balance_from_four_fifths_on(
    person: Person, system: RunningSystem, page_name: str
) -> None:
    page = person.page
    had(system, person, "starter")
    used(system, person, "tokens", 399_999)
    used(system, person, "documents", 100)
    person.arrive(page_name)
    tokens, documents = page.locator("[data-feature=tokens]"), page.locator("[data-feature=documents]")
    expect(documents).to_contain_text("Đã dùng hết hạn mức này")
    expect(tokens.get_by_role("link")).to_have_count(0)
    used(system, person, "tokens", 1)
    page.reload()
    expect(tokens).to_contain_text("Sắp hết: đã dùng từ 80% trở lên")
    tokens.get_by_role("link", name="Mua thêm Token AI").click()
    person.expect_total("150.000 ₫")


def test_without_a_plan_what_is_used_up_leads_to_the_plans_where_no_pack_can_be_bought(
    person: Person, system: RunningSystem
) -> None:
    used(system, person, "documents", 5)
    person.arrive("account.html")
    link = balance(person, "documents").get_by_role("link", name="Xem các gói có thêm Tài liệu")
    expect(link).to_have_attribute("href", "plans.html")


def test_an_upgrade_shows_what_is_credited_and_what_becomes_of_more_credit_than_the_price(
    person: Person, system: RunningSystem
) -> None:
    page = person.page
    had(system, person, "starter", interval="year")
    person.arrive("checkout.html?plan=pro&interval=month&quantity=1")
    person.expect_total("0 ₫")
    expect(page.locator(".sum-credit")).to_have_text("Trừ phần chưa dùng của gói cũ−299.000 ₫")
    reasons = page.locator(".sum-reason")
    expect(reasons).to_have_count(2)
    expect(reasons.nth(0)).to_contain_text("365/365 ngày chưa dùng của gói Khởi đầu")
    expect(reasons.nth(1)).to_contain_text(re.compile(r"Vượt giá, đổi thành (69|70) ngày69\d\.\d{3} ₫"))
    expect(page.locator(".gains")).to_contain_text("token AI cho những ngày cuối")


def test_the_whole_trial_is_had_with_the_keyboard(person: Person) -> None:
    page = person.page
    person.arrive("account.html")
    person.open("plans.html")
    person.tab_to(pro(person).get_by_role("link", name="Dùng thử 14 ngày"))
    page.keyboard.press("Enter")
    person.expect_total("0 ₫")
    person.tab_to(page.get_by_role("button", name="Bắt đầu dùng thử"))
    page.keyboard.press("Enter")
    expect(person.title).to_have_text("Bạn đang dùng thử gói Chuyên nghiệp")
    expect(page.locator("[aria-live]")).to_have_text("Bạn đang dùng thử gói Chuyên nghiệp")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_packs_and_warnings_fit_a_phone_in_the_dark(browser: Browser, system: RunningSystem, language: str) -> None:
    with Person(browser, system.base_url, PHONE, "dark") as person:
        page = person.page
        had(system, person, "starter")
        had(system, person, "tokens-1m", quantity=2)
        used(system, person, "tokens", 2_400_000)
        person.arrive("account.html")
        page.evaluate("language => localStorage.setItem('goi.language', JSON.stringify(language))", language)
        for address, place in (
            ("account.html", ".topup"),
            ("plans.html#addons", ".pack-card"),
            ("checkout.html?plan=tokens-1m&quantity=36", ".choice-pack"),
        ):
            person.open(address)
            expect(page.locator(place).first).to_be_visible()
            page.wait_for_load_state("networkidle")
            assert person.fits(), address
        assert not person.script_errors
