"""What anybody may see of the plans, and what an account sees of itself."""

import pytest

from tests.support.shop import Buyer, Shop


def test_the_plans_are_shown_in_the_callers_language(shop: Shop) -> None:
    vietnamese = shop.request("GET /plans")
    english = shop.request("GET /plans", headers={"accept-language": "en"})
    assert vietnamese.json["plans"][0]["name"] == "Miễn phí"
    assert english.json["plans"][0]["name"] == "Free"
    assert vietnamese.json["currency"] == "VND"
    assert vietnamese.headers["etag"] != english.headers["etag"]
    assert "max-age" in vietnamese.headers["cache-control"]


def test_plans_that_the_caller_has_are_not_sent_again(shop: Shop) -> None:
    etag = shop.request("GET /plans").headers["etag"]
    again = shop.request("GET /plans", headers={"if-none-match": f'"other", W/{etag}'})
    assert (again.status, again.raw["body"]) == (304, "")


def test_plans_have_what_the_contract_lists(shop: Shop) -> None:
    for plan in shop.request("GET /plans").json["plans"]:
        assert set(plan) == {
            "id",
            "version",
            "name",
            "description",
            "rank",
            "featured",
            "contact_sales",
            "prices",
            "quotas",
            "highlights",
        }
        for quota in plan["quotas"]:
            assert set(quota) == {"feature", "name", "type", "amount", "per"}


def test_the_providers_that_are_switched_on_are_offered(shop: Shop) -> None:
    (provider,) = shop.request("GET /providers").json["providers"]
    assert (provider["id"], provider["kind"]) == ("vnpay", "redirect")
    assert provider["min_amount"] < 99_000 < provider["max_amount"]


def test_while_nothing_is_paid_the_free_plans_quotas_apply(buyer: Buyer) -> None:
    account = buyer.account()
    assert account["subscription"] == {
        "status": "none",
        "plan_id": None,
        "current_period_start": None,
        "current_period_end": None,
        "terms": [],
        "trial": False,
        "trial_available": True,
    }
    tokens = next(balance for balance in account["balances"] if balance["feature"] == "tokens")
    assert tokens["granted"] == tokens["remaining"] == 20_000
    assert tokens["next_expiry"] == "2026-11-30T17:00:00Z", "the month ends at midnight in Vietnam"


def test_free_quotas_do_not_stack_on_a_paid_plan(buyer: Buyer) -> None:
    quote = buyer.quote().json
    buyer.paid()
    balances = {balance["feature"]: balance for balance in buyer.account()["balances"]}
    for feature, balance in balances.items():
        granted = next(grant["amount"] for grant in quote["grants"] if grant["feature"] == feature)
        assert balance["granted"] == granted, feature


def test_monthly_quota_is_there_again_next_month_without_any_job(shop: Shop, buyer: Buyer) -> None:
    """T51, T52: windows are computed; at the very instant one ends the next one is open."""
    buyer.paid(quantity=2)
    shop.now = shop.now.replace(month=12)
    tokens = next(balance for balance in buyer.account()["balances"] if balance["feature"] == "tokens")
    assert tokens["next_expiry"] == "2027-01-23T03:00:00Z"
    assert tokens["upcoming"] == []


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_subscription_expires_by_itself(shop: Shop, buyer: Buyer, seconds: int) -> None:
    end = buyer.paid()["period"]["end"]
    shop.now = shop.now.replace(month=12, second=seconds)
    account = buyer.account()["subscription"]
    assert (account["status"], account["current_period_end"], account["terms"]) == ("expired", end, [])


def test_a_plan_bought_again_after_its_end_begins_now(shop: Shop, buyer: Buyer) -> None:
    buyer.paid("k1")
    shop.advance(days=60)
    again = buyer.paid("k2")
    assert (again["change"], again["period"]["start"]) == ("new", "2027-01-22T03:00:00Z")


def test_add_ons_and_trials_are_listed_beside_the_plans(shop: Shop) -> None:
    listed = shop.request("GET /plans", headers={"accept-language": "en"}).json
    assert listed["addons"][0] == {
        "id": "tokens-1m",
        "version": 1,
        "name": "1 million AI tokens",
        "price": 150_000,
        "feature": "tokens",
        "amount": 1_000_000,
        "valid_months": 3,
    }
    assert listed["trials"] == [{"plan_id": "pro", "months": None, "days": 14}]


def test_documents_are_paged_newest_first(shop: Shop, buyer: Buyer) -> None:
    for number in range(3):
        buyer.paid(f"k{number}")
        shop.advance(minutes=1)
    claims = {"sub": "acc-1", "email": "a@b.example"}
    first = shop.request("GET /invoices", claims=claims, query="limit=2").json
    second = shop.request("GET /invoices", claims=claims, query=f"limit=2&cursor={first['next_cursor']}").json
    assert [invoice["number"] for invoice in first["items"] + second["items"]] == [3, 2, 1]
    assert second["next_cursor"] is None
