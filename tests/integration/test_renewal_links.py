"""The signed links of reminders: what they show, what they buy, and what they never do."""

import pytest

from tests.support.reminding import buy, link, remind, reminders, show, subscriber, text_of, token_of
from tests.support.shop import COMPANY, Answer, Shop, moment

SEVEN_BEFORE = "2026-12-16T02:00:00Z"
EVERY_STEP = (SEVEN_BEFORE, *(f"2026-12-{day}T02:00:00Z" for day in (20, 22, 23, 26)))


@pytest.fixture
def token(shop: Shop) -> str:
    """The link in the first reminder of a month of pro, which ends on 23 December."""
    subscriber(shop)
    shop.now = moment(SEVEN_BEFORE)
    remind(shop)
    return link(shop)


def unsubscribing(shop: Shop, method: str, token: str, body: str | None = None) -> Answer:
    """A request to the other link, without any sign-in."""
    return shop.request(f"{method} /unsubscribe/{{token}}", body, path={"token": token})


def stored(shop: Shop) -> list[str]:
    """Everything in the table, as text."""
    return sorted(str(item) for item in shop.items(""))


def test_the_link_shows_the_ready_renewal_and_nobodys_data(shop: Shop, token: str) -> None:
    answer = show(shop, token, "en")
    ready = answer.json
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert (ready["plan_id"], ready["plan"], ready["interval"], ready["quantity"]) == ("pro", "Pro", "month", 1)
    assert (ready["currency"], ready["total"], ready["tax"], ready["tax_inclusive"]) == ("VND", 299_000, 22_148, True)
    assert ready["period"] == {"start": "2026-12-23T03:00:00Z", "end": "2027-01-23T03:00:00Z"}
    assert [one["id"] for one in ready["providers"]] == ["vnpay"]
    assert (ready["expires_at"], ready["renewed"]) == ("2027-01-06T03:00:00Z", False)
    for private in ("acc-1", "lan@khach.example", "ord_"):
        assert private not in answer.raw["body"]


def test_looking_at_a_link_changes_nothing(shop: Shop, token: str) -> None:
    ending = token_of(text_of(reminders(shop)[-1]), "unsubscribe")
    before = stored(shop)
    for _ in range(3):
        assert show(shop, token).status == 200
        assert unsubscribing(shop, "GET", ending).json == {"unsubscribed": False}
    assert stored(shop) == before


def test_one_click_buys_the_renewal_of_the_links_account(shop: Shop, token: str) -> None:
    answer = buy(shop, token)
    assert answer.status == 201
    assert "idempotent-replay" not in answer.headers
    order = answer.json["order"]
    assert (order["plan_id"], order["quantity"], order["total"], order["change"]) == ("pro", 1, 299_000, "renewal")
    shop.ipn(answer.json["payment"], TransactionNo="22")
    assert shop.settle() == []
    me = shop.buyer()
    assert me.account()["subscription"]["current_period_end"] == "2027-01-23T03:00:00Z"
    assert me.call("GET /orders/{id}", id=order["id"]).json["status"] == "fulfilled"
    assert show(shop, token).json["renewed"] is True
    assert [mail["To"] for mail in shop.mails()][-1] == "lan@khach.example"


def test_a_double_click_makes_one_order_and_a_later_one_shows_it(shop: Shop, token: str) -> None:
    """T67: no key is sent; the link itself is the key."""
    first, second = buy(shop, token), buy(shop, token)
    assert (first.status, second.status) == (201, 200)
    assert second.headers["idempotent-replay"] == "true"
    assert first.json["payment"] == second.json["payment"]
    shop.ipn(first.json["payment"], TransactionNo="22")
    assert shop.settle() == []
    shop.advance(days=4)
    third = buy(shop, token)
    assert (third.status, third.json["order"]["status"]) == (200, "fulfilled")
    assert third.json["order"]["id"] == first.json["order"]["id"]
    assert len(shop.buyer().call("GET /orders").json["items"]) == 2


def test_the_links_of_all_reminders_are_the_same(shop: Shop) -> None:
    subscriber(shop)
    links = set()
    for day in EVERY_STEP:
        shop.now = moment(day)
        assert len(remind(shop)) == 1
        links.add(link(shop))
    assert len(links) == 1


def test_a_link_whose_order_expired_buys_anew(shop: Shop, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from billing.adapters.providers.vnpay import Vnpay
    from billing.domain.payments import Notice

    first = buy(shop, token).json["order"]
    monkeypatch.setattr(
        Vnpay,
        "query",
        lambda _, payment, now: Notice("vnpay", payment.reference, "failed", payment.amount, "VND", "", "24", now),
    )
    shop.advance(hours=1)
    shop.functions["reconcile_payments"].handler({}, None)
    assert shop.buyer().call("GET /orders/{id}", id=first["id"]).json["status"] == "expired"
    second = buy(shop, token)
    assert second.status == 201
    assert second.json["order"]["id"] != first["id"]
    assert buy(shop, token).json["order"]["id"] == second.json["order"]["id"]


def test_an_attempt_whose_time_is_over_is_made_again_for_the_same_order(shop: Shop, token: str) -> None:
    first = buy(shop, token).json
    shop.advance(minutes=31)
    second = buy(shop, token)
    assert second.status == 200
    assert second.json["order"]["id"] == first["order"]["id"]
    assert second.json["payment"]["id"] != first["payment"]["id"]
    assert second.json["payment"]["status"] == "open"
    assert len(second.json["order"]["payments"]) == 2


def test_a_key_of_the_caller_is_kept_like_that_of_any_order(shop: Shop, token: str) -> None:
    key = {"idempotency-key": "k-1"}
    first, second = buy(shop, token, key), buy(shop, token, key)
    assert (first.status, second.status) == (201, 200)
    assert first.json["order"]["id"] == second.json["order"]["id"]
    conflict = buy(shop, token, key, invoice=COMPANY)
    assert (conflict.status, conflict.json["code"]) == (409, "idempotency_conflict")
    assert buy(shop, token, {"idempotency-key": ""}).json["code"] == "idempotency_key_required"


def test_an_invoice_can_be_asked_for(shop: Shop, token: str) -> None:
    placed = buy(shop, token, invoice=COMPANY).json
    shop.ipn(placed["payment"], TransactionNo="22")
    assert shop.settle() == []
    invoices = shop.buyer().call("GET /invoices").json["items"]
    assert invoices[0]["buyer"]["tax_code"] == COMPANY["tax_code"]


def test_the_figures_that_were_shown_can_be_held_to(shop: Shop, token: str) -> None:
    quote = show(shop, token).json["quote"]
    assert buy(shop, token, quote=quote).status == 201
    other = shop.buyer().quote(quantity=2).json["quote"]
    assert buy(shop, token, {"idempotency-key": "k"}, quote=other).json["code"] == "quote_invalid"
    stranger = shop.buyer("acc-2").quote().json["quote"]
    assert buy(shop, token, {"idempotency-key": "k"}, quote=stranger).json["code"] == "quote_invalid"
    shop.advance(minutes=31)
    late = buy(shop, token, {"idempotency-key": "late"}, quote=quote)
    assert (late.status, late.json["code"]) == (409, "quote_expired")


def test_a_forged_or_foreign_link_is_not_found_and_changes_nothing(shop: Shop, token: str) -> None:
    ending = token_of(text_of(reminders(shop)[-1]), "unsubscribe")
    before = stored(shop)
    body, _, mac = token.partition(".")
    for wrong in ("", "x", f"{body}.", f"{body[:-1]}.{mac}", f"{body}.{mac[:-1]}", token + "A", ending, "é.é"):
        for answer in (show(shop, wrong), buy(shop, wrong)):
            assert (answer.status, answer.json["code"]) == (404, "not_found")
    for wrong in ("x", token, ending + "A"):
        for method in ("GET", "POST"):
            assert unsubscribing(shop, method, wrong).status == 404
    assert stored(shop) == before


def test_a_link_ends_two_weeks_after_the_time_it_renews(shop: Shop, token: str) -> None:
    shop.now = moment("2027-01-06T02:59:59Z")
    assert show(shop, token).status == 200
    shop.advance(seconds=1)
    assert (show(shop, token).status, buy(shop, token).status) == (404, 404)


def test_after_the_end_a_link_begins_new_time(shop: Shop, token: str) -> None:
    shop.now = moment("2026-12-27T05:00:00Z")
    ready = show(shop, token).json
    assert ready["period"]["start"] == "2026-12-27T05:00:00Z"
    assert buy(shop, token).json["order"]["change"] == "new"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{}", "validation_failed"),
        ('{"payment_provider": 3}', "validation_failed"),
        ('{"payment_provider": "momo"}', "provider_unavailable"),
        ('{"payment_provider": "vnpay", "quantity": 36}', "validation_failed"),
        ('{"payment_provider": "vnpay", "quote": "x"}', "quote_invalid"),
        ("[", "malformed_json"),
    ],
)
def test_bad_input_is_refused_as_for_any_order(shop: Shop, token: str, body: str, code: str) -> None:
    answer = shop.request("POST /renewals/{token}", body, path={"token": token})
    assert answer.json["code"] == code
    assert len(shop.buyer().call("GET /orders").json["items"]) == 1


def test_one_click_of_a_mail_program_ends_the_reminders_and_not_the_documents(shop: Shop, token: str) -> None:
    """RFC 8058: a form, without cookies or a sign-in."""
    ending = token_of(text_of(reminders(shop)[-1]), "unsubscribe")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        answer = shop.request(
            "POST /unsubscribe/{token}", "List-Unsubscribe=One-Click", path={"token": ending}, headers=headers
        )
        assert (answer.status, answer.json) == (200, {"unsubscribed": True})
    assert unsubscribing(shop, "GET", ending).json == {"unsubscribed": True}
    sent = len(reminders(shop))
    for day in EVERY_STEP[1:]:
        shop.now = moment(day)
        remind(shop)
    assert len(reminders(shop)) == sent
    shop.ipn(buy(shop, token).json["payment"], TransactionNo="22")
    assert shop.settle() == []
    assert shop.mails()[-1]["To"] == "lan@khach.example", "the receipt"
    assert len(shop.mails()) == sent + 2


def test_one_account_ends_its_own_reminders_only(shop: Shop) -> None:
    subscriber(shop)
    shop.buyer("acc-2", address="minh@khach.example").paid()
    shop.now = moment(SEVEN_BEFORE)
    remind(shop)
    unsubscribing(shop, "POST", token_of(text_of(reminders(shop)[-1]), "unsubscribe"))
    shop.now = moment(EVERY_STEP[1])
    remind(shop)
    assert (len(reminders(shop)), len(reminders(shop, "minh@khach.example"))) == (1, 2)
