"""The pages when something is wrong, in the other language, on a small screen, and without eyes or mouse."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.person import Person
from tests.support.running import RunningSystem

CHECKOUT = "checkout.html?plan=pro&interval=month&quantity=1"
ADDRESSES = (
    "login.html",
    "index.html",
    "plans.html",
    CHECKOUT,
    "checkout.html?plan=pro&trial=1",
    "checkout.html?plan=tokens-1m&quantity=2",
    "account.html",
    "result.html?order=ord_unknown",
)


def order_of(system: RunningSystem, person: Person) -> str:
    """A pending order of theirs, made without the pages."""
    token = system.token(person.account, person.email)
    wish = {"plan_id": "starter", "interval": "month", "quantity": 1, "payment_provider": "vnpay"}
    placed = system.call("POST", "/orders", json=wish, token=token, headers={"Idempotency-Key": person.account})
    return str(placed["order"]["id"])


def problem(status: int, **fields: object) -> Callable[[Route], None]:
    """Answers every request with a problem of the API."""
    body = json.dumps({"type": "about:blank", "title": "", "status": status, "request_id": "req-1", **fields})
    return lambda route: route.fulfill(status=status, body=body, content_type="application/problem+json")


def gateway(status: int) -> Callable[[Route], None]:
    """Answers every request as API Gateway itself does."""
    return lambda route: route.fulfill(status=status, body='{"message":"x"}', content_type="application/json")


def test_the_language_is_remembered_and_asked_of_the_api(person: Person) -> None:
    page = person.page
    person.open("plans.html")
    expect(person.title).to_have_text("Chọn gói")
    page.get_by_role("button", name="English").click()
    expect(person.title).to_have_text("Choose a plan")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("[data-plan=pro]")).to_contain_text("₫299,000")
    expect(page.locator("[data-plan=pro]")).to_contain_text("AI tokens")
    page.reload()
    expect(person.title).to_have_text("Choose a plan")
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(person.title).to_have_text("Chọn gói")


def test_plans_are_seen_without_signing_in_and_subscribing_leads_through_the_sign_in(person: Person) -> None:
    page = person.page
    person.open("plans.html")
    page.locator("[data-plan=starter]").get_by_role("link", name="Đăng ký").click()
    page.wait_for_url("**/login.html?next=*")
    person.sign_in()
    person.expect_total("99.000 ₫")
    assert "plan=starter" in page.url


def test_a_plan_that_is_sold_by_contact_has_a_link_to_write_to(person: Person) -> None:
    person.open("plans.html")
    link = person.page.locator("[data-plan=enterprise]").get_by_role("link", name="Liên hệ tư vấn")
    expect(link).to_have_attribute("href", re.compile(r"^mailto:.+@.+\?subject="))


def test_the_profile_menu_leads_to_the_plans_and_out(person: Person) -> None:
    page = person.page
    person.open("")
    person.sign_in()
    button = page.get_by_role("button", name=f"Hồ sơ của {person.email}")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    page.get_by_role("link", name="Cập nhật gói").click()
    expect(person.title).to_have_text("Chọn gói")
    page.get_by_role("button", name=f"Hồ sơ của {person.email}").click()
    page.get_by_role("button", name="Đăng xuất").click()
    expect(person.title).to_have_text("Đăng nhập")
    person.open("account.html")
    page.wait_for_url("**/login.html?next=account.html")


def test_a_token_that_is_refused_leads_to_the_sign_in_and_back(person: Person) -> None:
    page = person.page
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    page.get_by_label("Số tháng").fill("5")
    person.expect_total("1.495.000 ₫")
    page.evaluate("localStorage.setItem('goi.session', JSON.stringify({token: 'a.b.c'}))")
    person.buy_button.click()
    page.wait_for_url("**/login.html?next=*")
    person.sign_in()
    person.expect_total("1.495.000 ₫")
    person.buy_button.click()
    page.wait_for_url("**/local/pay/**")


def test_after_signing_in_nobody_is_sent_to_another_site(person: Person) -> None:
    person.open("login.html?next=https://evil.example/")
    person.sign_in()
    person.page.wait_for_url("**/app/index.html")


@pytest.mark.parametrize("address", ["plans.html", "index.html", "account.html", CHECKOUT])
def test_what_cannot_be_loaded_is_said_and_loaded_again(person: Person, address: str) -> None:
    page = person.page
    person.open("")
    person.sign_in()
    expect(person.title).to_contain_text("Chào")
    for pattern in ("**/plans", "**/account"):
        page.route(pattern, gateway(503))
    person.open(address)
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text("Hệ thống đang gặp trục trặc")
    for pattern in ("**/plans", "**/account"):
        page.unroute(pattern)
    alert.get_by_role("button", name="Thử lại").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("main")).to_contain_text(re.compile("₫|Token"))


def test_without_a_connection_the_slip_says_so_and_asks_again(person: Person) -> None:
    page = person.page
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    page.route("**/quotes", lambda route: route.abort("internetdisconnected"))
    page.get_by_role("button", name="Thêm một").click()
    expect(page.get_by_role("alert")).to_contain_text("Không kết nối được")
    sent = person.watch("POST", "/orders")
    person.buy_button.click()
    page.unroute("**/quotes")
    page.get_by_role("button", name="Thử lại").click()
    person.expect_total("598.000 ₫")
    assert not sent


def test_a_provider_that_does_not_answer_keeps_the_key_and_a_refusal_does_not(person: Person) -> None:
    """T02: only a definite no frees the key."""
    page = person.page
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    sent = person.watch("POST", "/orders")
    answers = [
        (problem(503, code="provider_unavailable", detail="VNPAY chưa trả lời."), "VNPAY chưa trả lời."),
        (gateway(429), "quá nhiều yêu cầu"),
        (problem(409, code="amount_out_of_range", detail="Ngoài giới hạn."), "Ngoài giới hạn."),
    ]
    for answer, words in answers:
        page.route("**/orders", answer)
        person.buy_button.click()
        expect(page.get_by_role("alert")).to_contain_text(words)
        expect(person.buy_button).to_have_attribute("aria-disabled", "false")
        page.unroute("**/orders")
    person.buy_button.click()
    page.wait_for_url("**/local/pay/**")
    first, second, third, fourth = (request.headers["idempotency-key"] for request in sent)
    assert first == second == third != fourth


def test_ways_to_pay_that_do_not_take_the_amount_are_greyed_with_the_reason(person: Person) -> None:
    page = person.page
    ways = [
        {"id": "momo", "name": "MoMo", "kind": "redirect", "min_amount": 1_000, "max_amount": 300_000},
        {"id": "vnpay", "name": "VNPAY", "kind": "redirect", "min_amount": 5_000, "max_amount": 999_999_999},
        {"id": "sepay", "name": "VietQR", "kind": "qr", "min_amount": 400_000, "max_amount": 499_999_999},
    ]
    answer = json.dumps({"providers": ways})
    page.route("**/providers", lambda route: route.fulfill(body=answer, content_type="application/json"))
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    momo, vietqr = page.get_by_role("radio", name="MoMo"), page.get_by_role("radio", name="VietQR")
    expect(momo).to_be_checked()
    expect(vietqr).to_be_disabled()
    expect(page.locator("[data-provider=sepay]")).to_contain_text("Chỉ nhận từ 400.000 ₫ trở lên")
    page.get_by_role("button", name="Thêm một").click()
    person.expect_total("598.000 ₫")
    expect(momo).to_be_disabled()
    expect(vietqr).to_be_enabled()
    expect(page.get_by_role("radio", name="VNPAY")).to_be_checked()


def test_the_result_page_believes_the_order_and_not_the_address(person: Person, system: RunningSystem) -> None:
    page = person.page
    order = order_of(system, person)
    person.arrive(f"result.html?order={order}")
    person.open(f"result.html?order={order}&vnp_ResponseCode=00&vnp_TransactionStatus=00")
    expect(person.title).to_have_text("Đang chờ xác nhận thanh toán")
    asked = person.watch("GET", f"/orders/{order}")
    page.wait_for_timeout(2500)
    assert asked
    expect(person.title).to_have_text("Đang chờ xác nhận thanh toán")
    page.get_by_role("button", name="Mở lại trang VNPAY").click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")


def test_the_result_page_waits_out_an_api_that_is_down(person: Person, system: RunningSystem) -> None:
    page = person.page
    order = order_of(system, person)
    person.arrive("account.html")
    page.route("**/orders/*", lambda route: route.abort("connectionrefused"))
    person.open(f"result.html?order={order}")
    expect(person.title).to_have_text("Tạm thời chưa hỏi được kết quả")
    page.unroute("**/orders/*")
    expect(person.title).to_have_text("Đang chờ xác nhận thanh toán")


def test_another_persons_order_is_not_found(person: Person, browser: Browser, system: RunningSystem) -> None:
    order = order_of(system, person)
    with Person(browser, system.base_url) as stranger:
        stranger.arrive(f"result.html?order={order}")
        expect(stranger.title).to_have_text("Không tìm thấy đơn hàng")


def test_names_with_markup_are_shown_as_they_are(person: Person, system: RunningSystem) -> None:
    page = person.page
    catalogue = system.call("GET", "/plans")
    catalogue["plans"][1]["name"] = "<img src=x onerror=alert(1)>"
    page.route("**/plans", lambda route: route.fulfill(body=json.dumps(catalogue), content_type="application/json"))
    person.open("plans.html")
    expect(page.locator("[data-plan=starter] h2")).to_have_text("<img src=x onerror=alert(1)>")
    assert page.locator("[data-plan=starter] img").count() == 0


def test_an_empty_account_says_what_will_be_there(person: Person) -> None:
    person.arrive("account.html")
    expect(person.page.get_by_text("Chưa có đơn hàng nào.")).to_be_visible()
    expect(person.page.get_by_text("Chưa có chứng từ nào.")).to_be_visible()
    expect(person.page.locator("#plan")).to_contain_text("Chưa có gói trả phí")


def test_long_lists_are_read_page_by_page(person: Person) -> None:
    page = person.page
    person.arrive("account.html")
    wish = {"plan_id": "pro", "interval": "month", "quantity": 1}
    order = wish | {"status": "expired", "total": 299000, "currency": "VND", "created_at": "2026-11-23T03:00:00Z"}
    first = [order | {"id": f"ord_{n}"} for n in range(4)]

    def pages(route: Route) -> None:
        following = "cursor=next%2B1" in route.request.url
        content = {"items": first[2:] if following else first[:2], "next_cursor": None if following else "next+1"}
        route.fulfill(body=json.dumps(content), content_type="application/json")

    page.route(re.compile(r"/orders(\?|$)"), pages)
    page.reload()
    rows = page.locator("#orders .row")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Xem thêm").click()
    expect(rows).to_have_count(4)
    expect(page.get_by_role("button", name="Xem thêm")).to_have_count(0)
    expect(rows.nth(2).get_by_role("link")).to_be_focused()


AUDIT = """() => {
  const faults = [];
  const seen = new Set();
  for (const element of document.querySelectorAll("[id]")) {
    if (seen.has(element.id)) faults.push(`id twice: ${element.id}`);
    seen.add(element.id);
  }
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"])
    for (const element of document.querySelectorAll(`[${name}]`))
      for (const id of element.getAttribute(name).split(" "))
        if (!document.getElementById(id)) faults.push(`${name} without its element: ${id}`);
  for (const input of document.querySelectorAll("input"))
    if (!input.labels.length && !input.ariaLabel) faults.push(`input without a label: ${input.name}`);
  for (const control of document.querySelectorAll("a, button"))
    if (!control.textContent.trim() && !control.ariaLabel) faults.push(`no name: ${control.outerHTML.slice(0, 80)}`);
  for (const link of document.querySelectorAll("a")) if (!link.getAttribute("href")) faults.push("a link to nowhere");
  for (const [what, count] of [["h1", 1], ["main", 1], ["header", 1], ["footer", 1]])
    if (document.querySelectorAll(`body > ${what}, main ${what}`).length !== count) faults.push(`not ${count} ${what}`);
  const levels = [...document.querySelectorAll("h1, h2, h3")].map((heading) => Number(heading.tagName[1]));
  levels.forEach((level, place) => {
    if (place && level > levels[place - 1] + 1) faults.push(`heading level ${level} after ${levels[place - 1]}`);
  });
  if (!document.title.includes("·")) faults.push(`title: ${document.title}`);
  return faults;
}"""


def test_every_page_is_sound_for_assistive_technology(person: Person) -> None:
    person.open("")
    person.sign_in()
    expect(person.title).to_contain_text("Chào")
    for address in ADDRESSES:
        person.open(address)
        expect(person.title).to_be_visible()
        person.page.wait_for_load_state("networkidle")
        assert person.page.evaluate(AUDIT) == [], address


@pytest.mark.parametrize("language", ["vi", "en"])
def test_nothing_is_wider_than_a_small_phone(browser: Browser, system: RunningSystem, language: str) -> None:
    with Person(browser, system.base_url, screen=(320, 640)) as person:
        person.open("")
        person.sign_in()
        expect(person.title).to_contain_text("Chào")
        person.page.evaluate("language => localStorage.setItem('goi.language', JSON.stringify(language))", language)
        for address in ADDRESSES:
            person.open(address)
            expect(person.title).to_be_visible()
            person.page.wait_for_load_state("networkidle")
            assert person.page.evaluate("document.documentElement.scrollWidth") <= 320, address


def test_the_skip_link_leads_to_the_content(person: Person) -> None:
    page = person.page
    person.open("plans.html")
    expect(page.locator("[data-plan=pro]")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Đến nội dung chính")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
