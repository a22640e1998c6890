"""Change of plan through the functions: upgrades and their credit, downgrades, additions, add-ons and trials."""

from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from billing.adapters import aws
from billing.adapters.providers.vnpay import Vnpay
from billing.domain.payments import Notice, Payment
from billing.domain.times import from_text
from tests.support.meter import metered
from tests.support.shop import TABLE, Answer, Buyer, Shop

STARTER, PRO, YEAR_OF_STARTER = 99_000, 299_000, 990_000


def terms(buyer: Buyer) -> list[tuple[str, str, str]]:
    """The account's terms: plan, start, end."""
    return [(term["plan_id"], term["start"], term["end"]) for term in buyer.account()["subscription"]["terms"]]


def balance(buyer: Buyer, feature: str = "tokens") -> dict[str, Any]:
    """The balance of a feature."""
    found: dict[str, Any] = next(one for one in buyer.account()["balances"] if one["feature"] == feature)
    return found


def use(shop: Shop, order: dict[str, Any], feature: str, amount: int, window: int = 0) -> None:
    """So much of a grant is spent, as the quota ledger writes it."""
    (grant,) = (
        item
        for item in shop.items("ACCOUNT#")
        if item["sk"]["S"].endswith(f"#{order['id']}#{feature}") and "used" in item
    )
    aws.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": grant["pk"], "sk": grant["sk"]},
        UpdateExpression="SET used.#w = :amount",
        ExpressionAttributeNames={"#w": str(window)},
        ExpressionAttributeValues={":amount": {"N": str(amount)}},
    )


def pay(shop: Shop, placed: Answer, number: str = "1") -> None:
    """The order's attempt is paid and settled."""
    shop.ipn(placed.json["payment"], TransactionNo=number)
    assert shop.settle() == []


def expire(shop: Shop) -> None:
    """An hour later, the provider says that nothing was paid."""
    shop.advance(hours=1)

    def unpaid(_: Vnpay, payment: Payment, now: datetime) -> Notice:
        return Notice("vnpay", payment.reference, "failed", payment.amount, "VND", "", "24", now)

    with mock.patch.object(Vnpay, "query", unpaid):
        shop.functions["reconcile_payments"].handler({}, None)


def test_an_upgrade_starts_now_and_credits_the_time_left(shop: Shop, buyer: Buyer) -> None:
    """T36, T37: 17 of 30 days are left of the whole original month, and no second is paid for twice."""
    small = buyer.paid("k1", plan_id="starter")
    shop.advance(days=13)
    quote = buyer.quote("pro").json
    credit = 56_100  # 99.000 x 17/30
    assert (quote["change"], quote["subtotal"], quote["credit"], quote["total"]) == (
        "upgrade",
        PRO,
        credit,
        PRO - credit,
    )
    assert sum(line["amount"] for line in quote["lines"]) == quote["subtotal"]
    assert quote["lines"][0]["description"] == "Nâng cấp lên gói Chuyên nghiệp, 1 tháng"
    assert quote["credits"] == [
        {
            "order_id": small["id"],
            "plan_id": "starter",
            "description": "Khấu trừ 17/30 ngày chưa dùng của gói Khởi đầu",
            "unused_days": 17,
            "total_days": 30,
            "paid": STARTER,
            "amount": credit,
        }
    ]
    bought = buyer.paid("k2", quote=quote["quote"])
    assert terms(buyer) == [("pro", "2026-12-06T03:00:00Z", "2027-01-06T03:00:00Z")]
    assert balance(buyer)["granted"] == 2_000_000, "the smaller plan's grants have ended"
    invoice = buyer.call("GET /invoices/{id}", id=bought["invoice_id"]).json
    for figure in ("subtotal", "discount", "credit", "waived", "tax", "total"):
        assert invoice[figure] == quote[figure] == bought[figure], figure


def quote_body(quote: dict[str, Any]) -> dict[str, Any]:
    """The body of an order of a quote."""
    return {"quote": quote["quote"], "payment_provider": "vnpay"}


def test_spent_quota_is_not_credited(shop: Shop, buyer: Buyer) -> None:
    """T40: three quarters of the tokens are gone, so a quarter is credited, although half of the time is left."""
    small = buyer.paid("k1", plan_id="starter")
    use(shop, small, "tokens", 375_000)
    shop.advance(days=15)
    (credit,) = buyer.quote("pro").json["credits"]
    assert credit["amount"] == 24_750
    assert credit["description"] == "Khấu trừ 125.000/500.000 Token AI chưa dùng của gói Khởi đầu, còn 15/30 ngày"
    use(shop, small, "tokens", 500_000)
    assert buyer.quote("pro").json["credit"] == 0


def test_what_was_refunded_is_not_credited(shop: Shop, buyer: Buyer) -> None:
    small = buyer.paid("k1", plan_id="starter")
    aws.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"ORDER#{small['id']}"}, "sk": {"S": "ORDER"}},
        UpdateExpression="SET refunded = :refunded",
        ExpressionAttributeValues={":refunded": {"N": "49000"}},
    )
    assert buyer.quote("pro").json["credit"] == 50_000


def test_quota_spent_between_order_and_payment_is_taken_from_the_new_plan(shop: Shop, buyer: Buyer) -> None:
    small = buyer.paid("k1", plan_id="starter")
    use(shop, small, "tokens", 100_000)
    placed = buyer.order("k2")
    use(shop, small, "tokens", 350_000)
    use(shop, small, "documents", 100)
    pay(shop, placed, "2")
    assert (balance(buyer)["granted"], balance(buyer)["remaining"]) == (1_750_000, 1_750_000)
    assert balance(buyer, "documents")["remaining"] == 400


def test_twelve_months_of_the_small_plan_and_one_of_the_large_lose_nothing(shop: Shop, buyer: Buyer) -> None:
    """The credit exceeds the price: nothing is paid, and the rest lengthens the month, by whole days, rounded up."""
    buyer.paid("k1", plan_id="starter", interval="year")
    quote = buyer.quote("pro").json
    assert (quote["credit"], quote["total"]) == (PRO, 0)
    assert quote["credits"][0]["amount"] == YEAR_OF_STARTER
    days = -(-(YEAR_OF_STARTER - PRO) * 30 // PRO)
    assert quote["extra_days"] == days
    assert quote["period"]["end"] == "2027-03-03T03:00:00Z"
    assert from_text(quote["period"]["end"]) - from_text(quote["period"]["start"]) == timedelta(days=30 + days)
    assert quote["lines"][0]["description"].endswith(f"1 tháng và {days} ngày từ phần khấu trừ")
    placed = buyer.order("k2").json
    assert (placed["order"]["status"], placed["payment"]) == ("fulfilled", None)
    shop.settle()
    assert terms(buyer) == [("pro", "2026-11-23T03:00:00Z", "2027-03-03T03:00:00Z")]
    assert len(shop.mails()) == 2, "a total of 0 is documented all the same"
    upcoming = [window["amount"] for window in balance(buyer)["upcoming"]]
    assert upcoming == [2_000_000, 2_000_000, 571_429], "the last month is cut short, and so is its quota"


def test_upgrading_again_credits_what_the_first_upgrade_was_paid_with(shop: Shop, buyer: Buyer) -> None:
    """Money and credit count alike, so that nothing is gained or lost on the way."""
    buyer.paid("k1", plan_id="starter", interval="year")
    placed = buyer.order("k2", quantity=6)
    assert placed.json["order"]["total"] == 6 * PRO - YEAR_OF_STARTER
    pay(shop, placed, "2")
    (state,) = (item for item in shop.items("ACCOUNT#") if item["sk"]["S"] == "STATE")
    assert state["terms"]["L"][0]["M"]["paid"]["N"] == str(6 * PRO)


def test_two_upgrades_cannot_spend_one_credit(shop: Shop, buyer: Buyer) -> None:
    """The second is told, and may go on when the first is cancelled; then its own place is free again."""
    buyer.paid("k1", plan_id="starter")
    quote = buyer.quote("pro").json
    first = buyer.call("POST /orders", quote_body(quote), key="k2")
    assert first.status == 201
    for body in (quote_body(quote), {"plan_id": "pro", "interval": "year", "quantity": 1, "payment_provider": "vnpay"}):
        second = buyer.call("POST /orders", body, key="k3")
        assert (second.status, second.json["code"]) == (409, "credit_reserved")
        assert first.json["order"]["id"] in second.json["detail"]
    assert buyer.call("POST /orders", quote_body(quote), key="k2").status == 200, "the first may be asked for again"
    assert buyer.call("POST /orders/{id}/cancel", id=first.json["order"]["id"]).status == 200
    third = buyer.call("POST /orders", quote_body(quote), key="k3")
    assert third.status == 201
    pay(shop, third)
    assert [plan for plan, _, _ in terms(buyer)] == ["pro"]
    assert buyer.call("POST /orders", quote_body(quote), key="k4").json["code"] == "quote_expired", (
        "the credit is spent"
    )


def test_a_credit_is_free_again_when_its_order_expires(shop: Shop, buyer: Buyer) -> None:
    buyer.paid("k1", plan_id="starter")
    buyer.order("k2")
    expire(shop)
    assert buyer.order("k3").status == 201


def test_late_money_whose_credit_is_gone_is_fulfilled_and_told(shop: Shop, buyer: Buyer) -> None:
    """Money is real: the time is given in full, and what was paid too little waits for an operator."""
    buyer.paid("k1", plan_id="starter")
    late = buyer.order("k2")
    expire(shop)
    other = buyer.order("k3")
    pay(shop, other, "3")
    pay(shop, late, "2")
    order = buyer.call("GET /orders/{id}", id=late.json["order"]["id"]).json
    assert order["status"] == "fulfilled"
    first, second = terms(buyer)
    assert (first[0], second[0], first[2]) == ("pro", "pro", second[1])
    (exception,) = shop.items("EXCEPTION#")
    assert exception["reason"]["S"] == "credit_gone"
    assert int(exception["expected_amount"]["N"]) - int(exception["amount"]["N"]) == order["credit"]
    state = next(item for item in shop.items("ACCOUNT#") if item["sk"]["S"] == "STATE")
    paid = sorted(int(term["M"]["paid"]["N"]) for term in state["terms"]["L"])
    assert paid == [order["total"], PRO], "credit that was gone is not worth anything the next time"


def test_a_downgrade_starts_when_the_paid_time_ends(shop: Shop, buyer: Buyer) -> None:
    buyer.paid("k1")
    shop.advance(days=3)
    quote = buyer.quote("starter").json
    assert (quote["change"], quote["credit"], quote["total"]) == ("downgrade", 0, STARTER)
    buyer.paid("k2", plan_id="starter")
    account = buyer.account()["subscription"]
    assert terms(buyer) == [
        ("pro", "2026-11-23T03:00:00Z", "2026-12-23T03:00:00Z"),
        ("starter", "2026-12-23T03:00:00Z", "2027-01-23T03:00:00Z"),
    ]
    assert (account["plan_id"], account["current_period_end"]) == ("pro", "2027-01-23T03:00:00Z")
    assert balance(buyer)["granted"] == 2_000_000


def test_an_upgrade_credits_future_terms_whole(shop: Shop, buyer: Buyer) -> None:
    buyer.paid("k1", plan_id="starter")
    buyer.paid("k2", plan_id="starter", quantity=2)
    shop.advance(days=15)
    quote = buyer.quote("pro", quantity=2).json
    assert [credit["amount"] for credit in quote["credits"]] == [49_500, 198_000]
    buyer.paid("k3", quantity=2)
    assert [plan for plan, _, _ in terms(buyer)] == ["pro"]
    assert balance(buyer)["upcoming"][0]["amount"] == 2_000_000
    assert len(balance(buyer)["upcoming"]) == 1, "grants of terms that were credited give nothing"


def test_an_addition_runs_alongside_and_moves_no_end(shop: Shop, buyer: Buyer) -> None:
    buyer.paid("k1", quantity=3)
    shop.advance(days=10)
    quote = buyer.quote(start="now").json
    assert (quote["change"], quote["credit"], quote["total"]) == ("addition", 0, PRO)
    assert quote["period"]["start"] == "2026-12-03T03:00:00Z"
    buyer.paid("k2", start="now")
    assert buyer.account()["subscription"]["current_period_end"] == "2027-02-23T03:00:00Z"
    assert balance(buyer)["granted"] == 4_000_000
    shop.advance(days=60)
    longer = buyer.paid("k3", start="now", quantity=2)
    assert buyer.account()["subscription"]["current_period_end"] == longer["period"]["end"]


def test_plans_paid_for_in_parallel_both_bring_their_time(shop: Shop, buyer: Buyer) -> None:
    """T65, the other way round: the higher plan starts at once, and the lower one goes on behind it, whole."""
    small, large = buyer.order("k1", plan_id="starter"), buyer.order("k2")
    pay(shop, small, "1")
    use(shop, small.json["order"], "tokens", 20_000)
    shop.advance(hours=5)
    pay(shop, large, "2")
    first, second = terms(buyer)
    assert first == ("pro", "2026-11-23T08:00:00Z", "2026-12-23T08:00:00Z")
    assert second == ("starter", "2026-12-23T08:00:00Z", "2027-01-23T03:00:00Z")
    assert balance(buyer)["remaining"] == 2_000_000
    assert buyer.call("GET /orders/{id}", id=small.json["order"]["id"]).json["period"]["start"] == second[1]
    shop.advance(days=30)
    assert (balance(buyer)["granted"], balance(buyer)["remaining"]) == (500_000, 480_000)


def test_a_renewal_paid_for_meanwhile_follows_the_upgrade(shop: Shop, buyer: Buyer) -> None:
    """Time that an upgrade did not credit makes room for it and loses nothing."""
    buyer.paid("k1", plan_id="starter")
    renewal, upgrade = buyer.order("k2", plan_id="starter"), buyer.order("k3")
    pay(shop, renewal, "2")
    pay(shop, upgrade, "3")
    first, second = terms(buyer)
    assert (first[0], second[0]) == ("pro", "starter")
    assert first[2] == second[1] == "2026-12-23T03:00:00Z"
    assert second[2] == "2027-01-23T03:00:00Z"
    assert [window["amount"] for window in balance(buyer)["upcoming"]] == [500_000]


def test_an_upgrade_paid_by_a_late_transfer_starts_with_the_payment(shop: Shop, buyer: Buyer) -> None:
    buyer.paid("k1", plan_id="starter", interval="year")
    placed = buyer.order("k2", quantity=12)
    shop.advance(hours=20)
    pay(shop, placed, "2")
    assert [term[1] for term in terms(buyer)] == ["2026-11-23T23:00:00Z"]
    assert shop.items("EXCEPTION#") == []


def test_an_add_on_adds_its_packs_for_its_own_time(shop: Shop, buyer: Buyer) -> None:
    buyer.paid("k1")
    quote = buyer.quote("tokens-1m", quantity=2).json
    assert (quote["change"], quote["subtotal"], quote["total"]) == ("addition", 300_000, 300_000)
    assert quote["lines"][0]["description"] == "Mua thêm: 1 triệu token AI"
    assert quote["grants"] == [
        {
            "feature": "tokens",
            "amount": 2_000_000,
            "valid_from": "2026-11-23T03:00:00Z",
            "valid_to": "2027-02-23T03:00:00Z",
        }
    ]
    bought = buyer.paid("k2", plan_id="tokens-1m", quantity=2)
    assert terms(buyer) == [("pro", "2026-11-23T03:00:00Z", "2026-12-23T03:00:00Z")]
    assert balance(buyer)["granted"] == 4_000_000
    invoice = buyer.call("GET /invoices/{id}", id=bought["invoice_id"]).json
    assert (invoice["lines"][0]["unit"], invoice["lines"][0]["quantity"], invoice["total"]) == ("gói", 2, 300_000)
    shop.advance(days=40)
    assert balance(buyer)["granted"] == 2_020_000, "the pack outlives the plan, beside the free quota"


def test_an_add_on_without_a_time_of_its_own_lasts_as_long_as_the_time_paid_for(shop: Shop, buyer: Buyer) -> None:
    refused = buyer.quote("documents-100")
    assert (refused.status, refused.json["code"]) == (422, "plan_not_purchasable")
    buyer.paid("k1", quantity=2)
    buyer.paid("k2", plan_id="documents-100")
    assert balance(buyer, "documents")["granted"] == 600
    assert buyer.quote("documents-100").json["period"]["end"] == "2027-01-23T03:00:00Z"


def test_the_same_pack_twice_is_two_purchases_and_one_sent_twice_is_one(shop: Shop, buyer: Buyer) -> None:
    """T50: what tells them apart is the key, never that they look alike."""
    buyer.paid()
    first = buyer.order("one", plan_id="tokens-1m").json
    assert buyer.order("one", plan_id="tokens-1m").json["order"]["id"] == first["order"]["id"]
    shop.ipn(first["payment"], TransactionNo="7")
    shop.ipn(first["payment"], TransactionNo="7")
    shop.settle()
    assert balance(buyer)["granted"] == 3_000_000
    buyer.paid("two", plan_id="tokens-1m")
    assert balance(buyer)["granted"] == 4_000_000


def test_a_pack_stays_when_the_plan_is_changed(shop: Shop, buyer: Buyer) -> None:
    buyer.paid("k1", plan_id="starter")
    buyer.paid("k2", plan_id="tokens-1m")
    pay(shop, buyer.order("k3"), "3")
    assert balance(buyer)["granted"] == 3_000_000


@pytest.mark.parametrize("changes", [{"interval": "year"}, {"trial": True}])
def test_an_add_on_is_sold_by_the_pack_alone(buyer: Buyer, changes: dict[str, Any]) -> None:
    assert buyer.quote("tokens-1m", **changes).json["code"] == "plan_not_purchasable"
    assert buyer.quote("tokens-1m", quantity=37).json["code"] == "quantity_out_of_range"


def test_a_coupon_discounts_an_add_on_only_if_it_names_it(buyer: Buyer) -> None:
    refused = buyer.quote("tokens-1m", coupon_code="GIAM20")
    assert (refused.json["code"], "gói mua thêm" in refused.json["detail"]) == ("coupon_not_applicable", True)
    assert buyer.quote("tokens-1m", coupon_code="TOKEN10").json["discount"] == 15_000
    assert buyer.quote("pro", coupon_code="TOKEN10").json["code"] == "coupon_not_applicable"


def test_a_coupon_comes_off_before_the_credit(shop: Shop, buyer: Buyer) -> None:
    buyer.paid("k1", plan_id="starter")
    quote = buyer.quote("pro", coupon_code="GIAM20").json
    assert (quote["discount"], quote["credit"], quote["total"]) == (59_800, STARTER, PRO - 59_800 - STARTER)
    free = buyer.quote("pro", coupon_code="FREE100").json
    assert (free["discount"], free["credit"], free["total"]) == (PRO, 0, 0)
    assert free["period"]["end"] == "2027-01-02T03:00:00Z", "credit that is not needed is days: 10 of them"


def test_a_coupon_for_another_plan_is_refused_after_switching(buyer: Buyer) -> None:
    """T31: good for Pro by the year, it is no good once the plan or the interval is changed."""
    assert buyer.quote("pro", "year", coupon_code="PRONAM").json["discount"] == 448_500
    for plan, interval in (("starter", "year"), ("pro", "month")):
        assert buyer.quote(plan, interval, coupon_code="PRONAM").json["code"] == "coupon_not_applicable"


def test_a_trial_is_had_once_for_nothing_and_without_a_document(shop: Shop, buyer: Buyer) -> None:
    quote = buyer.quote("pro", trial=True).json
    assert (quote["change"], quote["total"], quote["subtotal"]) == ("new", 0, 0)
    assert quote["lines"][0]["description"] == "Dùng thử gói Chuyên nghiệp, 14 ngày"
    assert quote["period"]["end"] == "2026-12-07T03:00:00Z"
    placed = buyer.call("POST /orders", {"quote": quote["quote"]}, key="k1").json
    assert (placed["order"]["status"], placed["payment"]) == ("fulfilled", None)
    assert buyer.call("POST /orders", {"quote": quote["quote"]}, key="k1").status == 200
    shop.settle()
    assert (shop.mails(), buyer.call("GET /invoices").json["items"]) == ([], [])
    assert buyer.account()["subscription"]["status"] == "active"
    assert balance(buyer)["granted"] == 933_334, "14 of 30 days of 2.000.000, rounded up"
    for key in ("k2", "k3"):
        again = buyer.call("POST /orders", {"quote": quote["quote"]}, key=key)
        assert (again.status, again.json["code"]) == (422, "plan_not_purchasable")
    shop.advance(days=40)
    refusal = buyer.quote("pro", trial=True).json["detail"]
    assert refusal == "Gói “Chuyên nghiệp” không dùng thử được nữa vì tài khoản đã dùng thử một lần."
    assert buyer.quote("pro", coupon_code="WELCOME10").status == 200, "a trial is no purchase"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"plan_id": "starter"}, "plan_not_purchasable"),
        ({"quantity": 2}, "quantity_out_of_range"),
        ({"coupon_code": "GIAM20"}, "coupon_not_applicable"),
        ({"trial": "yes"}, "validation_failed"),
    ],
)
def test_a_trial_is_what_the_plan_offers(buyer: Buyer, changes: dict[str, Any], code: str) -> None:
    assert buyer.quote(**{"plan_id": "pro", "trial": True, **changes}).json["code"] == code


def test_nobody_tries_what_they_pay_for(shop: Shop, buyer: Buyer) -> None:
    buyer.paid("k1", plan_id="starter")
    assert buyer.quote("pro", trial=True).json["code"] == "plan_not_purchasable"


def test_an_account_says_whether_it_tries_a_plan_and_whether_it_may(shop: Shop, buyer: Buyer) -> None:
    def said() -> tuple[bool, bool, list[bool]]:
        subscription = buyer.account()["subscription"]
        terms_on_trial = [term["trial"] for term in subscription["terms"]]
        return subscription["trial"], subscription["trial_available"], terms_on_trial

    assert said() == (False, True, [])
    assert buyer.order("k1", trial=True, payment_provider=None).json["order"]["kind"] == "trial"
    assert said() == (True, False, [True])
    buyer.paid("k2")
    assert said() == (True, False, [True, False]), "the month begins when the trial ends"
    shop.advance(days=15)
    assert said() == (False, False, [False])
    other = shop.buyer("acc-2")
    other.paid("k3", plan_id="starter")
    assert other.account()["subscription"]["trial_available"] is False, "nobody tries what they pay for"
    shop.advance(days=40)
    assert other.account()["subscription"]["trial_available"] is True


def test_a_trial_that_is_over_is_still_called_one(shop: Shop, buyer: Buyer) -> None:
    buyer.order("k1", trial=True, payment_provider=None)
    shop.advance(days=15)
    subscription = buyer.account()["subscription"]
    assert (subscription["status"], subscription["plan_id"], subscription["trial"]) == ("expired", "pro", True)


def test_a_balance_tells_what_of_it_came_from_add_ons(shop: Shop, buyer: Buyer) -> None:
    buyer.paid("k1")
    assert balance(buyer)["addons"] == []
    order = buyer.paid("k2", plan_id="tokens-1m", quantity=2)
    assert order["kind"] == "addon"
    use(shop, order, "tokens", 500_000)
    assert balance(buyer)["addons"] == [
        {
            "order_id": order["id"],
            "amount": 2_000_000,
            "remaining": 1_500_000,
            "valid_from": "2026-11-23T03:00:00Z",
            "valid_to": "2027-02-23T03:00:00Z",
        }
    ]
    shop.advance(days=100)
    assert balance(buyer)["addons"] == []


def test_time_bought_during_a_trial_begins_when_it_ends(shop: Shop, buyer: Buyer) -> None:
    buyer.order("k1", trial=True, payment_provider=None)
    shop.advance(days=3)
    assert buyer.paid("k2")["change"] == "renewal"
    assert terms(buyer) == [
        ("pro", "2026-11-23T03:00:00Z", "2026-12-07T03:00:00Z"),
        ("pro", "2026-12-07T03:00:00Z", "2027-01-07T03:00:00Z"),
    ]


def test_a_change_of_plan_takes_two_reads_more(shop: Shop, buyer: Buyer) -> None:
    buyer.paid("k1", plan_id="starter")
    quote = buyer.quote("pro").json
    with metered() as meter:
        placed = buyer.call("POST /orders", quote_body(quote), key="k2")
        assert (meter.reads, meter.transactions, meter.writes) == (1, 1, 0), "a quote has read it all"
        shop.ipn(placed.json["payment"], TransactionNo="2")
        meter.clear()
        shop.settle()
        assert (meter.reads, meter.transactions, meter.writes) == (3, 2, 1)
    with metered() as meter:
        shop.buyer("acc-2").paid("k1", plan_id="starter")
        meter.clear()
        shop.buyer("acc-2").order("k2")
        assert (meter.reads, meter.transactions, meter.writes) == (3, 1, 0)
