"""Each way to pay, what goes wrong with it, and how a buyer goes on without losing the order."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.person import PHONE, Person
from tests.support.running import RunningSystem

CHECKOUT = "checkout.html?plan=pro&interval=month&quantity=1"
SILENT = {"type": "about:blank", "title": "", "status": 503, "code": "provider_unavailable", "detail": "-"}


def order_at(system: RunningSystem, person: Person, provider: str) -> Any:
    """{order, payment} of a pending order of theirs, made without the pages."""
    wish = {"plan_id": "pro", "interval": "month", "quantity": 1, "payment_provider": provider}
    token = system.token(person.account, person.email)
    headers = {"Idempotency-Key": f"{person.account}-{provider}"}
    return system.call("POST", "/orders", json=wish, token=token, headers=headers)


def orders_of(system: RunningSystem, person: Person) -> list[Any]:
    """Their orders by the API."""
    items: list[Any] = system.call("GET", "/orders", token=system.token(person.account))["items"]
    return items


def pay(system: RunningSystem, payment: Any, outcome: str = "success") -> None:
    """An attempt ends at its provider, and what it tells us is done."""
    system.call("POST", f"/local/pay/{payment['id']}", json={"outcome": outcome})
    system.call("POST", "/local/drain")


def silent(route: Route) -> None:
    """The answer where the provider does not."""
    route.fulfill(status=503, body=json.dumps(SILENT), content_type="application/problem+json")


def altered(change: Callable[[Any], None]) -> Callable[[Route], None]:
    """Answers with what the API says, changed."""

    def answer(route: Route) -> None:
        content = route.fetch().json()
        change(content)
        route.fulfill(body=json.dumps(content), content_type="application/json")

    return answer


@pytest.mark.parametrize(("provider", "name"), [("momo", "Ví MoMo"), ("stripe", "Thẻ quốc tế")])
def test_a_plan_is_bought_and_the_way_to_pay_is_remembered(person: Person, provider: str, name: str) -> None:
    page = person.page
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    person.choose_provider(name)
    person.buy_button.click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")
    expect(page.locator(".facts-line")).to_contain_text(name)
    person.open(CHECKOUT)
    person.expect_total("299.000 ₫")
    expect(page.locator(f"[data-provider={provider}] input")).to_be_checked()


def test_every_provider_is_offered_in_its_order(person: Person) -> None:
    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    ways = person.page.locator(".provider").evaluate_all("all => all.map(one => one.dataset.provider)")
    assert ways == ["vnpay", "momo", "zalopay", "payos", "sepay", "stripe"]


def test_after_a_failure_the_reason_is_told_and_another_way_pays_the_same_order(
    person: Person, system: RunningSystem
) -> None:
    page = person.page
    placed = order_at(system, person, "momo")
    pay(system, placed["payment"], "failure")
    person.arrive(f"result.html?order={placed['order']['id']}")
    expect(person.title).to_have_text("Thanh toán chưa thành công")
    expect(page.locator(".lead")).to_contain_text("không đủ số dư")
    person.choose_provider("Ví ZaloPay")
    page.get_by_role("button", name="Thanh toán lại").click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")
    expect(page.locator(".attempts")).to_contain_text("Ví MoMoKhông thành công")
    expect(page.locator(".attempts")).to_contain_text("Ví ZaloPayĐã trả")
    assert len(orders_of(system, person)) == 1


def test_who_stops_at_the_provider_can_pay_there_again(person: Person, system: RunningSystem) -> None:
    page = person.page
    placed = order_at(system, person, "vnpay")
    pay(system, placed["payment"], "cancel")
    person.arrive(f"result.html?order={placed['order']['id']}")
    expect(person.title).to_have_text("Bạn đã dừng thanh toán")
    expect(page.get_by_role("radio", name="VNPAY")).to_be_checked()
    page.get_by_role("button", name="Thanh toán lại").click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")


def test_who_comes_back_without_paying_opens_the_same_page_again(person: Person, system: RunningSystem) -> None:
    """ZaloPay tells nobody of a cancellation: the page waits, and has a way forward all the same."""
    page = person.page
    placed = order_at(system, person, "zalopay")
    pay(system, placed["payment"], "cancel")
    person.arrive(f"result.html?order={placed['order']['id']}")
    expect(page.get_by_role("heading", name="Bạn chưa thanh toán?")).to_be_visible()
    page.get_by_role("button", name="Mở lại trang ZaloPay").click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")
    (order,) = orders_of(system, person)
    assert len(order["payments"]) == 1


def test_a_provider_that_does_not_answer_is_marked_and_another_one_is_chosen(
    person: Person, system: RunningSystem
) -> None:
    page = person.page
    placed = order_at(system, person, "vnpay")
    pay(system, placed["payment"], "failure")
    person.arrive(f"result.html?order={placed['order']['id']}")
    page.route("**/payments", silent)
    page.get_by_role("button", name="Thanh toán lại").click()
    expect(page.get_by_role("alert")).to_contain_text("VNPAY tạm thời không phản hồi")
    expect(page.get_by_role("radio", name="Ví MoMo")).to_be_checked()
    page.unroute("**/payments")
    page.get_by_role("button", name="Thanh toán lại").click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")


def test_a_purchase_whose_provider_does_not_answer_goes_on_elsewhere_as_one_order(
    person: Person, system: RunningSystem
) -> None:
    """T02: the order stands although no page could be opened, so it is not made again."""
    page = person.page

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            silent(route)
        else:
            route.fallback()

    person.arrive(CHECKOUT)
    person.expect_total("299.000 ₫")
    page.route("**/orders", lose)
    person.buy_button.click()
    expect(page.get_by_role("alert")).to_contain_text("VNPAY tạm thời không phản hồi")
    expect(page.get_by_role("radio", name="Ví MoMo")).to_be_checked()
    person.buy_button.click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")
    (order,) = orders_of(system, person)
    assert [one["provider"] for one in order["payments"]] == ["vnpay", "momo"]


def test_who_has_paid_twice_is_told_that_the_second_payment_comes_back(person: Person, system: RunningSystem) -> None:
    placed = order_at(system, person, "vnpay")
    other = system.call(
        "POST",
        f"/orders/{placed['order']['id']}/payments",
        json={"payment_provider": "momo"},
        token=system.token(person.account),
    )
    pay(system, other["payment"])
    pay(system, placed["payment"])
    person.arrive(f"result.html?order={placed['order']['id']}")
    expect(person.title).to_have_text("Thanh toán thành công")
    expect(person.page.get_by_role("note")).to_contain_text("khoản thứ hai sẽ được hoàn lại cho bạn")
    person.open("account.html")
    expect(person.page.locator("#orders .row")).to_contain_text("Trả hai lần")


def test_money_that_was_given_back_is_seen_on_the_order_and_in_the_account(
    person: Person, system: RunningSystem
) -> None:
    placed = order_at(system, person, "vnpay")
    pay(system, placed["payment"])

    def partly(order: Any) -> None:
        order |= {"status": "partially_refunded", "refunded": 99_000}
        order["payments"][0]["status"] = "partially_refunded"

    person.arrive("account.html")
    person.page.route("**/orders", altered(lambda content: partly(content["items"][0])))
    person.page.route("**/orders/*", altered(partly))
    person.page.reload()
    expect(person.page.locator("#orders .row")).to_contain_text("Đã hoàn 99.000 ₫")
    expect(person.page.locator("#orders .row")).to_contain_text("VNPAY")
    person.page.get_by_role("link", name="Xem đơn").click()
    expect(person.title).to_have_text("Đã hoàn tiền một phần")
    expect(person.page.locator(".lead")).to_contain_text("Đã hoàn 99.000 ₫ trong tổng 299.000 ₫")


def test_an_open_order_is_paid_from_the_account(person: Person, system: RunningSystem) -> None:
    order_at(system, person, "payos")
    person.arrive("account.html")
    expect(person.page.locator("#orders .row")).to_contain_text("payOS")
    person.page.get_by_role("link", name="Thanh toán tiếp").click()
    person.page.get_by_role("button", name="Mở lại trang payOS").click()
    person.at_the_bank("success")
    expect(person.title).to_have_text("Thanh toán thành công")


def test_nothing_sticks_out_of_a_phone_on_the_way_to_pay(browser: Browser, system: RunningSystem) -> None:
    with Person(browser, system.base_url, PHONE) as person:
        page = person.page
        person.arrive(CHECKOUT)
        person.expect_total("299.000 ₫")
        assert person.fits()
        person.choose_provider("VietQR")
        person.buy_button.click()
        page.wait_for_url("**/pay.html?order=*")
        page.get_by_text("Thanh toán cách khác").click()
        page.get_by_text("Lỡ chuyển sai số tiền hoặc nội dung?").click()
        page.get_by_role("button", name="Tôi đã chuyển khoản").click()
        person.choose_provider("Thẻ quốc tế")
        assert person.fits()
        page.get_by_role("button", name="Thanh toán cách này").click()
        page.wait_for_url("**/local/pay/**")
        page.locator("summary").click()
        assert person.fits()
        person.at_the_bank("cancel")
        expect(page.get_by_role("heading", name="Bạn chưa thanh toán?")).to_be_visible()
        page.get_by_text("Thanh toán cách khác").click()
        expect(page.get_by_role("radio", name="VNPAY")).to_be_visible()
        assert person.fits()
        assert not person.script_errors
