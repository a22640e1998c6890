"""Orders: idempotency, coupons' places, refusals, other accounts."""

import time
from datetime import timedelta

import pytest

from billing.adapters.dynamodb.orders import OrderTable
from billing.adapters.queue import PaymentsQueue
from billing.adapters.settings import SettingsError
from tests.support.shop import COMPANY, Buyer, Shop, moment, open_shop


def test_a_double_click_makes_one_order(shop: Shop, buyer: Buyer) -> None:
    """T67: the same key and body again is the same order and the same payment, told as a replay."""
    first, second = buyer.order("k"), buyer.order("k")
    assert (first.status, second.status) == (201, 200)
    assert second.headers["idempotent-replay"] == "true"
    assert second.json == first.json
    assert len(shop.items("ORDER#")) == len(shop.items("PAYMENT#")) == 1


def test_a_slow_success_that_is_retried_charges_once(shop: Shop, buyer: Buyer) -> None:
    """T02: the retry of a call that did succeed finds the order, also after it was paid."""
    placed = buyer.order("k").json
    shop.ipn(placed["payment"])
    shop.settle()
    again = buyer.order("k")
    assert again.status == 200
    assert again.json["order"]["status"] == "fulfilled"
    assert len(shop.items("PAYMENT#")) == 1


def test_a_key_survives_the_quote_it_was_used_with(shop: Shop, buyer: Buyer) -> None:
    """T03: a page that is reloaded an hour later sends the same key and the same, now expired, quote."""
    body = {"quote": buyer.quote().json["quote"], "payment_provider": "vnpay"}
    first = buyer.call("POST /orders", body, key="k")
    shop.advance(hours=1)
    again = buyer.call("POST /orders", body, key="k")
    assert (again.status, again.json["order"]["id"]) == (200, first.json["order"]["id"])
    assert buyer.call("POST /orders", body, key="other").json["code"] == "quote_expired"


def test_another_request_under_the_same_key_is_a_conflict(shop: Shop, buyer: Buyer) -> None:
    buyer.order("k")
    refused = buyer.order("k", quantity=2)
    assert (refused.status, refused.json["code"]) == (409, "idempotency_conflict")
    assert len(shop.items("ORDER#")) == 1


def test_keys_of_two_accounts_do_not_meet(shop: Shop, buyer: Buyer) -> None:
    other = shop.buyer("acc-2", address="minh@khach.example")
    assert buyer.order("k").json["order"]["id"] != other.order("k").json["order"]["id"]


@pytest.mark.parametrize("key", [None, "", " ", "k" * 256, "khóa"])
def test_an_order_needs_a_key(buyer: Buyer, key: str | None) -> None:
    answer = buyer.call("POST /orders", {"plan_id": "pro", "interval": "month", "quantity": 1}, key=key)
    assert (answer.status, answer.json["code"]) == (400, "idempotency_key_required")


def test_another_accounts_order_is_not_found(shop: Shop, buyer: Buyer) -> None:
    order = buyer.paid()
    stranger = shop.buyer("acc-2")
    assert stranger.call("GET /orders/{id}", id=order["id"]).json["code"] == "order_not_found"
    assert stranger.call("POST /orders/{id}/cancel", id=order["id"]).status == 404
    assert stranger.call("GET /invoices/{id}", id=order["invoice_id"]).json["code"] == "invoice_not_found"
    assert stranger.call("GET /invoices/{id}/pdf", id=order["invoice_id"]).status == 404
    assert stranger.call("GET /orders").json == {"items": [], "next_cursor": None}


def test_another_accounts_quote_is_invalid(shop: Shop, buyer: Buyer) -> None:
    quote = buyer.quote().json["quote"]
    answer = shop.buyer("acc-2").call("POST /orders", {"quote": quote, "payment_provider": "vnpay"}, key="k")
    assert (answer.status, answer.json["code"]) == (422, "quote_invalid")


def test_an_altered_quote_is_invalid(shop: Shop, buyer: Buyer) -> None:
    quote = buyer.quote().json["quote"]
    for index in range(0, len(quote), 7):
        altered = quote[:index] + ("A" if quote[index] != "A" else "B") + quote[index + 1 :]
        answer = buyer.call("POST /orders", {"quote": altered, "payment_provider": "vnpay"}, key="k")
        assert (answer.status, answer.json["code"]) == (422, "quote_invalid"), index
    assert shop.items("ORDER#") == []


def test_a_quote_expires_after_thirty_minutes(shop: Shop, buyer: Buyer) -> None:
    body = {"quote": buyer.quote().json["quote"], "payment_provider": "vnpay"}
    shop.advance(minutes=29, seconds=59)
    assert buyer.call("POST /orders", body, key="in-time").status == 201
    shop.advance(seconds=1)
    late = buyer.call("POST /orders", body, key="late")
    assert (late.status, late.json["code"]) == (409, "quote_expired")


def test_a_quote_keeps_its_price_when_the_catalogue_changes(shop: Shop, buyer: Buyer) -> None:
    """T39: what was shown is what is charged."""
    body = {"quote": buyer.quote().json["quote"], "payment_provider": "vnpay"}
    catalogues = shop.functions["create_order"].catalogues
    catalogues.current()
    document = catalogues._record["document"]
    pro = next(plan for plan in document["plans"] if plan["id"] == "pro")
    pro["prices"][0]["amount"] *= 2
    catalogues._catalogue = None
    assert buyer.quote().json["total"] == 598_000
    assert buyer.call("POST /orders", body, key="k").json["order"]["total"] == 299_000


def test_a_coupon_with_three_places_is_taken_three_times(shop: Shop) -> None:
    """Promise 3; a cancelled order gives its place back."""
    orders = [shop.buyer(f"acc-{number}").order(coupon_code="som3") for number in range(3)]
    assert [order.status for order in orders] == [201] * 3
    refused = shop.buyer("acc-4").order(coupon_code="SOM3")
    assert (refused.status, refused.json["code"]) == (409, "coupon_exhausted")
    shop.buyer("acc-0").call("POST /orders/{id}/cancel", id=orders[0].json["order"]["id"])
    assert shop.buyer("acc-4").order("again", coupon_code="SOM3").status == 201


@pytest.mark.parametrize(
    ("code", "status", "problem"),
    [
        ("KHONGCO", 422, "coupon_not_found"),
        ("<script>", 422, "coupon_not_found"),
        ("TET2025", 409, "coupon_expired"),
        ("TUONGLAI", 409, "coupon_not_started"),
    ],
)
def test_a_coupon_that_cannot_be_used_says_why(buyer: Buyer, code: str, status: int, problem: str) -> None:
    answer = buyer.quote(coupon_code=code)
    assert (answer.status, answer.json["code"]) == (status, problem)
    assert answer.json["detail"]


def test_the_invoice_names_what_is_wrong_with_it(buyer: Buyer) -> None:
    wrong = buyer.order(invoice={**COMPANY, "tax_code": "0100233489"})
    assert (wrong.status, wrong.json["code"]) == (422, "tax_code_invalid")
    assert wrong.json["errors"][0]["field"] == "invoice.tax_code"
    missing = buyer.order(invoice={"buyer_type": "company", "name": "A"})
    assert missing.json["code"] == "validation_failed"
    assert {error["field"] for error in missing.json["errors"]} == {"invoice.address"}
    several = buyer.order(invoice={**COMPANY, "tax_code": "", "email": "không phải", "national_id": "123"})
    assert {error["field"] for error in several.json["errors"]} == {
        "invoice.tax_code",
        "invoice.email",
        "invoice.national_id",
    }


@pytest.mark.parametrize("name", ["A\nB", "A\rB", "A\u2028B", "A\x00B", "A\u202eB", "", "   ", "x" * 201])
def test_a_name_is_one_line_of_text(buyer: Buyer, name: str) -> None:
    answer = buyer.order(invoice={**COMPANY, "name": name})
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "invoice.name"


def test_markup_in_a_name_is_stored_as_given_and_shown_as_text(shop: Shop, buyer: Buyer) -> None:
    order = buyer.paid(invoice={**COMPANY, "name": " <b>Công ty</b> & Co\u0301n "})
    invoice = buyer.call("GET /invoices/{id}", id=order["invoice_id"]).json
    assert invoice["buyer"]["name"] == "<b>Công ty</b> & Cón"
    (mail,) = shop.mails()
    html = mail.get_body(("html",))
    assert html is not None
    assert "<b>Công ty</b>" not in html.get_content()


def test_a_provider_that_is_switched_off_is_unavailable(shop: Shop, buyer: Buyer) -> None:
    answer = buyer.order(payment_provider="momo")
    assert (answer.status, answer.json["code"]) == (503, "provider_unavailable")
    assert buyer.order(payment_provider="bitcoin").json["errors"][0]["field"] == "payment_provider"
    assert buyer.order(payment_provider=None).json["errors"][0]["field"] == "payment_provider"
    assert shop.items("ORDER#") == []


def test_an_open_attempt_is_given_again(buyer: Buyer) -> None:
    placed = buyer.order().json
    again = buyer.call("POST /orders/{id}/payments", {"payment_provider": "vnpay"}, id=placed["order"]["id"])
    assert again.status == 200
    assert again.json["payment"] == placed["payment"]


def test_a_failed_attempt_is_followed_by_another(shop: Shop, buyer: Buyer) -> None:
    placed = buyer.order().json
    shop.ipn(placed["payment"], ResponseCode="24", TransactionStatus="02", TransactionNo="0")
    shop.settle()
    again = buyer.call("POST /orders/{id}/payments", {"payment_provider": "vnpay"}, id=placed["order"]["id"])
    assert again.status == 201
    assert again.json["payment"]["id"] != placed["payment"]["id"]
    shop.ipn(again.json["payment"])
    shop.settle()
    order = buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json
    assert [payment["status"] for payment in order["payments"]] == ["failed", "succeeded"]
    assert [payment.get("failure") for payment in order["payments"]] == ["cancelled", None]
    assert order["status"] == "fulfilled"


def test_a_failure_without_a_cause_that_helps_a_buyer_is_only_a_failure(shop: Shop, buyer: Buyer) -> None:
    placed = buyer.order().json
    shop.ipn(placed["payment"], ResponseCode="99", TransactionStatus="02", TransactionNo="0")
    shop.settle()
    (payment,) = buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json["payments"]
    assert payment["status"] == "failed"
    assert "failure" not in payment


def test_an_attempt_and_its_order_live_as_long_as_is_said(moto_engine: None) -> None:
    with open_shop(ATTEMPT_MINUTES="vnpay=7") as shop:
        placed = shop.buyer().order().json
        end = shop.now + timedelta(minutes=7)
    assert (
        moment(placed["payment"]["expires_at"]) == moment(placed["order"]["expires_at"]) == end.replace(microsecond=0)
    )


def test_create_order_does_not_start_with_a_lifetime_that_a_provider_does_not_take(moto_engine: None) -> None:
    refused = pytest.raises(SettingsError, match="ATTEMPT_MINUTES: stripe=30: Stripe takes from 31")
    with refused, open_shop(ATTEMPT_MINUTES="stripe=30"):
        pytest.fail("it started")


def test_a_list_is_paged_with_cursors_of_its_own_account(shop: Shop, buyer: Buyer) -> None:
    for number in range(5):
        buyer.order(f"k{number}")
        shop.advance(seconds=1)
    seen: list[str] = []
    query = "limit=2"
    while True:
        page = shop.request("GET /orders", claims={"sub": "acc-1", "email": "a@b.example"}, query=query).json
        seen += [order["id"] for order in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"limit=2&cursor={page['next_cursor']}"
    assert len(set(seen)) == len(seen) == 5
    stolen = shop.request("GET /orders", claims={"sub": "acc-2", "email": "a@b.example"}, query=query)
    assert (stolen.status, stolen.json["errors"][0]["field"]) == (422, "cursor")
    assert shop.request("GET /orders", claims={"sub": "acc-1", "email": "a@b.example"}, query="limit=0").status == 422


def test_a_cancelled_order_can_not_be_paid_or_cancelled_into_something_else(shop: Shop, buyer: Buyer) -> None:
    placed = buyer.order().json
    path = placed["order"]["id"]
    assert buyer.call("POST /orders/{id}/cancel", id=path).json["status"] == "cancelled"
    assert buyer.call("POST /orders/{id}/cancel", id=path).json["code"] == "order_not_pending"
    refused = buyer.call("POST /orders/{id}/payments", {"payment_provider": "vnpay"}, id=path)
    assert (refused.status, refused.json["code"]) == (409, "order_not_pending")
    paid = buyer.paid("other")
    assert buyer.call("POST /orders/{id}/cancel", id=paid["id"]).json["code"] == "order_not_pending"


def test_a_quote_keeps_a_discount_that_is_paused_meanwhile(shop: Shop, buyer: Buyer) -> None:
    """T39: the coupon was good when it was quoted; its places are still counted when the order is made."""
    body = {"quote": buyer.quote(coupon_code="SOM3").json["quote"], "payment_provider": "vnpay"}
    assert shop.operator().call("POST /admin/coupons/{code}", {"status": "paused"}, code="SOM3").status == 200
    assert buyer.quote(coupon_code="SOM3").json["code"] == "coupon_not_applicable"
    placed = buyer.call("POST /orders", body, key="k")
    assert (placed.status, placed.json["order"]["discount"]) == (201, 149_500)


def test_a_quote_does_not_keep_a_place(shop: Shop, buyer: Buyer) -> None:
    body = {"quote": buyer.quote(coupon_code="SOM3").json["quote"], "payment_provider": "vnpay"}
    for number in range(3):
        shop.buyer(f"other-{number}").order(coupon_code="SOM3")
    refused = buyer.call("POST /orders", body, key="k")
    assert (refused.status, refused.json["code"]) == (409, "coupon_exhausted")


def test_a_place_of_a_coupon_is_counted_once_from_order_to_payment(shop: Shop, buyer: Buyer) -> None:
    """T29: reserved with the order, confirmed by its payment, whatever attempts lie between."""

    def places() -> tuple[str, list[str]]:
        items = shop.items("COUPON#GIAM20")
        (coupon,) = [item for item in items if item["sk"]["S"] == "COUPON"]
        return coupon["taken"]["N"], [item["status"]["S"] for item in items if item["sk"]["S"].startswith("ORDER#")]

    placed = buyer.order("one", coupon_code="GIAM20").json
    assert places() == ("1", ["reserved"])
    shop.ipn(placed["payment"], ResponseCode="24", TransactionStatus="02")
    shop.settle()
    again = buyer.call("POST /orders/{id}/payments", {"payment_provider": "vnpay"}, id=placed["order"]["id"]).json
    assert places() == ("1", ["reserved"])
    shop.ipn(again["payment"])
    shop.settle()
    assert places() == ("1", ["confirmed"])
    other = buyer.order("two", coupon_code="GIAM20").json["order"]
    assert buyer.call("POST /orders/{id}/cancel", id=other["id"]).status == 200
    assert (places()[0], sorted(places()[1])) == ("1", ["confirmed", "released"])


@pytest.mark.parametrize("code", ["GIAM20,GIAM20", "GIAM20 GIAM20", ["GIAM20", "GIAM20"]])
def test_a_coupon_is_not_stacked(buyer: Buyer, code: object) -> None:
    """T33: one code for each order, and the same one takes off no more when it comes with its quote."""
    answer = buyer.call("POST /quotes", {"plan_id": "pro", "interval": "month", "quantity": 1, "coupon_code": code})
    assert answer.status == 422
    quote = buyer.quote(coupon_code="GIAM20").json
    order = buyer.order("quoted", quote=quote["quote"]).json["order"]
    assert order["discount"] == quote["discount"] == buyer.quote(coupon_code=" giam20 ").json["discount"]


def test_a_first_purchase_is_made_once(shop: Shop, buyer: Buyer) -> None:
    quotes = [buyer.quote(coupon_code="WELCOME10").json["quote"] for _ in range(2)]
    buyer.paid()
    refused = buyer.call("POST /orders", {"quote": quotes[0], "payment_provider": "vnpay"}, key="k")
    assert (refused.status, refused.json["code"]) == (422, "coupon_not_applicable")


def test_digits_of_other_scripts_are_no_personal_id(buyer: Buyer) -> None:
    person = {"buyer_type": "individual", "name": "An", "address": "Huế", "tax_code": "٠٧٩٢٠٣٠٠١٢٣٤"}
    assert buyer.order(invoice=person).json["code"] == "tax_code_invalid"
    assert buyer.order(invoice={**person, "tax_code": "079203001234"}).status == 201


def test_two_calls_at_once_under_one_key_make_one_order(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T67: the second call saw no order yet when it looked; the conditional put decides."""
    first = buyer.order("k")
    unseen = OrderTable.checkout
    monkeypatch.setattr(OrderTable, "checkout", lambda self, account, coupon, _: unseen(self, account, coupon))
    second = buyer.order("k")
    assert (second.status, second.json) == (200, first.json)
    assert buyer.order("k", quantity=2).json["code"] == "idempotency_conflict"
    assert len(shop.items("ORDER#")) == 1


def test_a_coupons_last_place_that_was_taken_meanwhile_is_refused(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T28, T30: what was read before is only a hint; the condition on the counter decides."""
    seen = shop.functions["create_order"].orders.checkout("acc-1", "SOM3")
    for number in range(3):
        shop.buyer(f"other-{number}").order(coupon_code="SOM3")
    monkeypatch.setattr(OrderTable, "checkout", lambda *_: seen)
    refused = buyer.order("k", coupon_code="SOM3")
    assert (refused.status, refused.json["code"]) == (409, "coupon_exhausted")
    assert len(shop.items("ORDER#")) == 3


def test_an_accounts_only_place_that_was_taken_meanwhile_is_refused(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = shop.functions["create_order"].orders.checkout("acc-1", "WELCOME10")
    assert buyer.order("k1", coupon_code="WELCOME10").status == 201
    monkeypatch.setattr(OrderTable, "checkout", lambda *_: seen)
    assert buyer.order("k2", coupon_code="WELCOME10").json["code"] == "coupon_already_used"


def test_a_free_order_whose_message_was_not_queued_is_documented_at_the_next_try(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(PaymentsQueue, "send", _down)
        assert buyer.order("k", coupon_code="FREE100", payment_provider=None).status == 500
    again = buyer.order("k", coupon_code="FREE100", payment_provider=None)
    assert (again.status, again.json["order"]["status"]) == (200, "fulfilled")
    shop.settle()
    assert len(shop.mails()) == 1


def _down(*_: object) -> None:
    raise ConnectionError("the queue does not answer")


def test_an_order_that_changed_meanwhile_is_read_again(
    shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = buyer.order("k").json
    stale = shop.functions["create_order"].orders.get(placed["order"]["id"])
    shop.ipn(placed["payment"])
    shop.settle()
    fresh = OrderTable.get
    answers = [stale]
    monkeypatch.setattr(OrderTable, "get", lambda self, key: answers.pop() if answers else fresh(self, key))
    refused = buyer.call("POST /orders/{id}/cancel", id=placed["order"]["id"])
    assert (refused.status, refused.json["code"]) == (409, "order_not_pending")


def test_a_provider_without_credentials_is_unavailable(shop: Shop, buyer: Buyer) -> None:
    shop.functions["create_order"].credentials._values = {}
    shop.functions["create_order"].credentials._read_at = time.monotonic()
    answer = buyer.order()
    assert (answer.status, answer.json["code"]) == (503, "provider_unavailable")
    assert shop.items("ORDER#") == []


def test_what_is_expected_is_said_in_the_callers_language(shop: Shop) -> None:
    body = {"plan_id": "pro", "interval": "week", "quantity": "3"}
    vietnamese = shop.buyer().call("POST /quotes", body).json["errors"]
    assert [error["detail"] for error in vietnamese] == [
        "Chọn một trong: month, year.",
        "Giá trị không đúng kiểu: cần một số nguyên.",
    ]
    english = shop.buyer(language="en").call("POST /quotes", body).json["errors"]
    assert english[1]["detail"] == "The value is of the wrong type: a whole number expected."
