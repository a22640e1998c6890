"""Using quota, as the product's services do it: at once, or held and then committed or released."""

import json
from datetime import timedelta
from typing import Any

import pytest

from billing.adapters import aws
from billing.adapters.dynamodb.alerts import AlertTable
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.ledger import LedgerTable
from tests.support.balances import agree, figures
from tests.support.refunding import Bank, put_in_vnpays_place, refund
from tests.support.shop import TABLE, Buyer, Service, Shop, moment

FREE_TOKENS = 20_000
PRO_TOKENS = 2_000_000


@pytest.fixture
def service(shop: Shop) -> Service:
    """A service that uses the quota of the fixture's buyer."""
    return shop.service()


def test_use_is_taken_from_the_balance(service: Service, buyer: Buyer) -> None:
    buyer.paid()
    answer = service.use(500_000, "u1")
    assert (answer.status, answer.json["remaining"]) == (200, 1_500_000)
    assert figures(buyer) == (PRO_TOKENS, 500_000, 0, 1_500_000)
    assert "expires_at" not in answer.json
    agree()


def test_what_is_not_there_is_refused_and_nothing_is_taken(service: Service, buyer: Buyer) -> None:
    """T54: what is asked for is taken whole or not at all."""
    buyer.paid()
    service.use(PRO_TOKENS - 10, "u1")
    answer = service.use(11, "u2")
    assert (answer.status, answer.json["code"]) == (402, "quota_exceeded")
    assert answer.json["detail"] == "Hạn mức “tokens” còn 10, không đủ cho yêu cầu này."
    assert answer.json["remaining"] == 10
    assert figures(buyer) == (PRO_TOKENS, PRO_TOKENS - 10, 0, 10)
    assert service.use(10, "u2").status == 200, "the key of a refused request is still free"


def test_the_free_plans_quota_is_used_up_too(service: Service, buyer: Buyer) -> None:
    assert service.use(5_000, "u1").json["remaining"] == 15_000
    assert service.use(15_000, "u2").json["remaining"] == 0
    assert service.use(1, "u3").status == 402
    assert figures(buyer) == (FREE_TOKENS, FREE_TOKENS, 0, 0)
    agree()


def test_free_quota_is_there_again_when_the_month_changes_in_vietnam(
    shop: Shop, service: Service, buyer: Buyer
) -> None:
    """T47, T51: at 17:00 UTC on the last day the next month has begun, fully and once."""
    shop.now = moment("2026-11-30T16:59:59Z")
    service.use(FREE_TOKENS, "u1")
    assert service.use(1, "u2").status == 402
    shop.advance(seconds=1)
    assert figures(buyer) == (FREE_TOKENS, 0, 0, FREE_TOKENS)
    assert service.use(FREE_TOKENS, "u2").json["remaining"] == 0
    agree()


def test_free_quota_does_not_stack_and_is_counted_on_after_the_paid_time(
    shop: Shop, service: Service, buyer: Buyer
) -> None:
    shop.now = moment("2026-11-02T03:00:00Z")
    service.use(15_000, "free")
    buyer.paid()
    assert figures(buyer)[0] == PRO_TOKENS
    shop.now = moment("2026-12-02T03:00:00Z")
    service.use(1_000, "free again")
    assert figures(buyer) == (FREE_TOKENS, 1_000, 0, 19_000)
    agree()


def test_the_window_that_ends_first_is_used_first(shop: Shop, service: Service, buyer: Buyer) -> None:
    """Two months of a term given once, and what follows; the first to end pays first."""
    buyer.paid("k1")
    renewed = buyer.paid("k2")
    shop.advance(days=35)
    answer = service.use(10, "u1")
    (line, *_) = buyer.statement()
    assert answer.json["remaining"] == PRO_TOKENS - 10
    assert [part["order_id"] for part in line["allocations"]] == [renewed["id"]]


def test_monthly_quota_of_a_term_begun_on_the_31st(shop: Shop, service: Service, buyer: Buyer) -> None:
    """T45, T51: the windows turn on the last day of short months, and at that instant the new one is whole."""
    shop.now = moment("2027-01-31T03:00:00Z")
    buyer.paid(quantity=3)
    service.use(PRO_TOKENS, "january")
    shop.now = moment("2027-02-28T02:59:59Z")
    assert service.use(1, "february").status == 402
    shop.advance(seconds=1)
    assert service.use(PRO_TOKENS, "february").json["remaining"] == 0
    shop.now = moment("2027-03-31T02:59:59Z")
    assert service.use(1, "march").status == 402
    shop.advance(seconds=1)
    assert figures(buyer) == (PRO_TOKENS, 0, 0, PRO_TOKENS)
    agree()


def test_the_same_key_uses_once(service: Service, buyer: Buyer) -> None:
    """T49, T55: a call whose answer was lost is sent again, as often as it takes."""
    first = service.use(FREE_TOKENS, "u1")
    again = service.use(FREE_TOKENS, "u1")
    assert again.json == first.json
    assert (first.headers.get("idempotent-replay"), again.headers["idempotent-replay"]) == (None, "true")
    assert figures(buyer) == (FREE_TOKENS, FREE_TOKENS, 0, 0)


@pytest.mark.parametrize("other", [{"amount": 2}, {"feature": "documents"}, {"hold": True}])
def test_the_same_key_for_another_request_is_a_conflict(service: Service, other: dict[str, Any]) -> None:
    body = {"account_id": "acc-1", "feature": "tokens", "amount": 1}
    service.call("POST /usage", body, key="u1")
    answer = service.call("POST /usage", body | other, key="u1")
    assert (answer.status, answer.json["code"]) == (409, "idempotency_conflict")


def test_another_account_has_its_own_keys(shop: Shop, service: Service) -> None:
    first = service.use(1, "u1").json["id"]
    assert shop.service("acc-2").use(1, "u1").json["id"] != first


def test_a_hold_keeps_quota_from_others_until_it_is_settled(service: Service, buyer: Buyer) -> None:
    hold = service.hold(15_000, "h1").json
    assert (hold["remaining"], hold["expires_at"]) == (5_000, "2026-11-23T03:15:00Z")
    assert figures(buyer) == (FREE_TOKENS, 0, 15_000, 5_000)
    assert service.use(5_001, "u1").status == 402
    agree()


def test_a_commit_of_less_gives_the_rest_back(service: Service, buyer: Buyer) -> None:
    hold = service.hold(15_000, "h1").json
    answer = service.commit(hold["id"], 9_000)
    assert (answer.status, answer.json) == (200, {"id": hold["id"], "remaining": 11_000})
    assert figures(buyer) == (FREE_TOKENS, 9_000, 0, 11_000)
    agree()


def test_a_commit_of_more_takes_what_is_free(service: Service, buyer: Buyer) -> None:
    hold = service.hold(15_000, "h1").json
    assert service.commit(hold["id"], 18_000).json["remaining"] == 2_000
    assert figures(buyer) == (FREE_TOKENS, 18_000, 0, 2_000)
    agree()


def test_a_commit_of_more_than_there_is_leaves_the_hold(service: Service, buyer: Buyer) -> None:
    hold = service.hold(15_000, "h1").json
    answer = service.commit(hold["id"], FREE_TOKENS + 1)
    assert (answer.status, answer.json["code"]) == (402, "quota_exceeded")
    assert figures(buyer) == (FREE_TOKENS, 0, 15_000, 5_000)
    assert service.commit(hold["id"], FREE_TOKENS).status == 200


def test_a_commit_of_nothing_uses_nothing(service: Service, buyer: Buyer) -> None:
    hold = service.hold(15_000, "h1").json
    assert service.commit(hold["id"], 0).status == 200
    assert figures(buyer) == (FREE_TOKENS, 0, 0, FREE_TOKENS)
    agree()


def test_a_release_gives_all_back(service: Service, buyer: Buyer) -> None:
    hold = service.hold(15_000, "h1").json
    assert service.release(hold["id"]).json == {"id": hold["id"], "remaining": FREE_TOKENS}
    assert figures(buyer) == (FREE_TOKENS, 0, 0, FREE_TOKENS)
    agree()


def test_settling_again_answers_the_same_and_otherwise_is_refused(service: Service) -> None:
    committed, released = service.hold(10, "h1").json["id"], service.hold(10, "h2").json["id"]
    answers = [service.commit(committed, 8).json, service.release(released).json]
    assert [service.commit(committed, 8).json, service.release(released).json] == answers
    for answer in (service.commit(committed, 9), service.release(committed), service.commit(released, 10)):
        assert (answer.status, answer.json["code"]) == (409, "hold_not_open")


def test_what_was_used_at_once_is_no_hold(service: Service) -> None:
    used = service.use(10, "u1").json["id"]
    assert service.commit(used, 10).json["code"] == "hold_not_open"
    assert service.release(used).json["code"] == "hold_not_open"


@pytest.mark.parametrize("entry_id", ["use_aaaaaaaaaaaaaaaaaaaaaaaaaa", "x", "x" * 3000])
def test_an_entry_that_is_not_there_is_not_found(service: Service, entry_id: str) -> None:
    assert (service.commit(entry_id, 1).status, service.release(entry_id).status) == (404, 404)


def test_a_hold_expires_by_the_clock(shop: Shop, service: Service, buyer: Buyer) -> None:
    """T54: nobody has to settle a hold, and no job gives it back: it is not counted from that instant on."""
    hold = service.hold(15_000, "h1", hold_seconds=60).json
    shop.advance(seconds=59)
    assert figures(buyer) == (FREE_TOKENS, 0, 15_000, 5_000)
    shop.advance(seconds=1)
    assert figures(buyer) == (FREE_TOKENS, 0, 0, FREE_TOKENS)
    for answer in (service.commit(hold["id"], 1), service.release(hold["id"])):
        assert (answer.status, answer.json["code"]) == (409, "hold_not_open")
    assert service.use(FREE_TOKENS, "u1").json["remaining"] == 0, "it is given back when it is in the way"
    assert buyer.statement()[-1]["status"] == "expired"
    agree()


def test_lapsed_holds_are_cleared_away_before_they_are_many(
    shop: Shop, service: Service, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T72: every read of the account would read them. What is in the way is given back in turns."""
    monkeypatch.setattr("billing.service.usage.MANY_LAPSED", 6)
    monkeypatch.setattr("billing.service.usage.EXPIRED_TOGETHER", 2)
    for number in range(6):
        service.hold(3_000, f"h{number}")
    shop.advance(hours=1)
    service.use(1, "u1")
    assert len(holds(shop)) == 4, "as many as one transaction may hold"
    assert figures(buyer) == (FREE_TOKENS, 1, 0, FREE_TOKENS - 1)
    assert service.use(FREE_TOKENS - 1, "u2").json["remaining"] == 0
    assert holds(shop) == []
    agree()


def holds(shop: Shop) -> list[str]:
    """The holds that stand beside the grants of acc-1."""
    return [item["sk"]["S"] for item in shop.items("ACCOUNT#acc-1") if item["sk"]["S"].startswith("HOLD#")]


@pytest.mark.parametrize("end", ["release", "expiry"])
def test_a_key_is_free_again_when_nothing_came_of_its_hold(
    shop: Shop, service: Service, buyer: Buyer, end: str
) -> None:
    """T54: a reference whose hold was released, or has expired, may be used again; what it did before stays listed."""
    first = service.hold(100, "h1").json["id"]
    if end == "release":
        service.release(first)
    shop.advance(minutes=15)
    second = service.hold(200, "h1").json["id"]
    assert second != first
    assert service.commit(second, 200).status == 200
    assert service.hold(200, "h1").json["id"] == second, "from here on it is a replay"
    assert service.use(1, "h1").json["code"] == "idempotency_conflict"
    assert sorted((line["id"], line["status"]) for line in buyer.statement()) == sorted(
        [(first, "released" if end == "release" else "expired"), (second, "committed")]
    )
    agree()


def test_a_hold_of_one_month_committed_in_the_next_is_the_first_ones_use(
    shop: Shop, service: Service, buyer: Buyer
) -> None:
    buyer.paid(quantity=2)
    shop.now = moment("2026-12-23T02:55:00Z")
    hold = service.hold(500, "h1").json["id"]
    shop.advance(minutes=10)
    assert figures(buyer) == (PRO_TOKENS, 0, 0, PRO_TOKENS)
    assert service.commit(hold, 700).json["remaining"] == PRO_TOKENS - 200
    assert figures(buyer) == (PRO_TOKENS, 200, 0, PRO_TOKENS - 200)
    agree()


def test_a_limit_or_a_switch_is_read_not_used(service: Service, buyer: Buyer) -> None:
    buyer.paid()
    for feature in ("seats", "priority_support"):
        answer = service.use(1, feature, feature)
        assert (answer.status, answer.json["errors"][0]["field"]) == (422, "feature")
        assert answer.json["errors"][0]["code"] == "not_metered"


def test_an_unknown_feature_has_nothing_left(service: Service) -> None:
    answer = service.use(1, "u1", "horses")
    assert (answer.status, answer.json["code"]) == (402, "quota_exceeded")
    assert "còn 0," in answer.json["detail"]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"amount": 0}, "amount", "out_of_range"),
        ({"amount": -5}, "amount", "out_of_range"),
        ({"amount": 10**12}, "amount", "out_of_range"),
        ({"amount": "5"}, "amount", "wrong_type"),
        ({"amount": True}, "amount", "wrong_type"),
        ({"amount": 1.5}, "amount", "wrong_type"),
        ({"amount": None}, "amount", "required"),
        ({"account_id": ""}, "account_id", "too_short"),
        ({"account_id": "a" * 257}, "account_id", "too_long"),
        ({"account_id": "a\nb"}, "account_id", "line_break"),
        ({"account_id": "\ud800"}, "account_id", "line_break"),
        ({"feature": 7}, "feature", "wrong_type"),
        ({"hold": "yes"}, "hold", "wrong_type"),
        ({"hold": True, "hold_seconds": 0}, "hold_seconds", "out_of_range"),
        ({"hold": True, "hold_seconds": 86_401}, "hold_seconds", "out_of_range"),
        ({"hold_seconds": 60}, "hold_seconds", "unknown_field"),
        ({"surprise": 1}, "surprise", "unknown_field"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(
    service: Service, buyer: Buyer, changes: dict[str, Any], field: str, code: str
) -> None:
    body = {"account_id": "acc-1", "feature": "tokens", "amount": 1, **changes}
    answer = service.call("POST /usage", body, key="u1")
    assert answer.status == 422
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [(field, code)]
    assert all(error["detail"] for error in answer.json["errors"])
    assert figures(buyer) == (FREE_TOKENS, 0, 0, FREE_TOKENS)


@pytest.mark.parametrize("key", [None, "", "k" * 256, "ключ"])
def test_a_use_needs_a_key(service: Service, key: str | None) -> None:
    body = {"account_id": "acc-1", "feature": "tokens", "amount": 1}
    answer = service.call("POST /usage", body, key=key)
    assert (answer.status, answer.json["code"]) == (400, "idempotency_key_required")


def test_a_commit_needs_an_amount(service: Service) -> None:
    hold = service.hold(10, "h1").json["id"]
    for body in ({}, {"amount": -1}, {"amount": "1"}, {"amount": 1, "hold": True}):
        assert service.call("POST /usage/{id}/commit", body, id=hold).status == 422
    assert service.call("POST /usage/{id}/commit", raw="{", id=hold).status == 400


@pytest.mark.parametrize("scope", ["", "billing:admin", "xbilling:usage", "openid email"])
def test_only_the_products_services_use_quota(shop: Shop, buyer: Buyer, scope: str) -> None:
    hold = shop.service().hold(10, "h1").json["id"]
    other = shop.service(scope=scope)
    for answer in (other.use(1, "u1"), other.commit(hold, 1), other.release(hold)):
        assert (answer.status, answer.json["code"]) == (403, "forbidden")
    assert figures(buyer) == (FREE_TOKENS, 0, 10, FREE_TOKENS - 10)


def test_a_group_of_the_scopes_name_is_as_good(shop: Shop) -> None:
    body = json.dumps({"account_id": "acc-1", "feature": "tokens", "amount": 1})
    claims = {"sub": "service-1", "cognito:groups": "[billing:usage]"}
    assert shop.request("POST /usage", body, claims=claims, headers={"idempotency-key": "u1"}).status == 200
    assert shop.request("POST /usage", body, headers={"idempotency-key": "u1"}).status == 401


def test_the_statement_explains_the_balance_line_by_line(shop: Shop, service: Service, buyer: Buyer) -> None:
    order = buyer.paid()
    shop.advance(minutes=1)
    service.use(700, "u1")
    shop.advance(minutes=1)
    committed = service.hold(500, "h1").json["id"]
    service.commit(committed, 300)
    shop.advance(minutes=1)
    service.hold(50, "h2")
    lines = [line for line in buyer.statement() if line["feature"] == "tokens"]
    kinds = [(line["kind"], line["amount"], line["status"]) for line in lines]
    assert kinds == [
        ("hold", 50, "open"),
        ("hold", 500, "committed"),
        ("use", 700, "used"),
        ("grant", PRO_TOKENS, "granted"),
    ]
    held, settled, used, granted = lines
    assert granted == {
        "id": f"{order['id']}:tokens",
        "at": order["fulfilled_at"],
        "kind": "grant",
        "feature": "tokens",
        "amount": PRO_TOKENS,
        "status": "granted",
        "order_id": order["id"],
        "per": "month",
        "carried": 0,
        "valid_from": order["period"]["start"],
        "valid_to": order["period"]["end"],
    }
    assert used["allocations"] == [
        {
            "order_id": order["id"],
            "amount": 700,
            "valid_from": order["period"]["start"],
            "valid_to": order["period"]["end"],
        }
    ]
    assert (settled["committed"], held["committed"], held["expires_at"]) == (300, None, "2026-11-23T03:18:00Z")
    assert figures(buyer) == (PRO_TOKENS, 1_000, 50, PRO_TOKENS - 1_050)


def test_what_a_refund_took_back_is_a_line_of_the_statement(
    shop: Shop, service: Service, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T56: what is held cannot be taken; what was taken is told, and every balance still follows from its lines."""
    put_in_vnpays_place(monkeypatch, Bank())
    order = buyer.paid()
    service.use(1_000_000, "u1")
    hold = service.hold(900_000, "h1").json["id"]
    shop.advance(minutes=1)
    refund(shop, order, amount=149_500)
    lines = [line for line in buyer.statement() if line["feature"] == "tokens"]
    assert (lines[0]["kind"], lines[0]["amount"], lines[0]["order_id"]) == ("take_back", 100_000, order["id"])
    assert lines[0]["window_start"] == order["period"]["start"]
    assert figures(buyer) == (PRO_TOKENS - 100_000, 1_000_000, 900_000, 0)
    agree()
    service.release(hold)
    assert service.use(900_001, "u2").status == 402
    agree()


def test_the_statement_is_paged_and_belongs_to_its_account(shop: Shop, service: Service, buyer: Buyer) -> None:
    buyer.paid()
    for number in range(3):
        shop.advance(minutes=1)
        service.use(number + 1, f"u{number}")
    claims = {"sub": "acc-1", "email": "a@b.example"}
    amounts, query = [], "limit=2"
    while query:
        page = shop.request("GET /usage", claims=claims, query=query).json
        amounts += [line["amount"] for line in page["items"]]
        query = f"limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert amounts == [3, 2, 1, PRO_TOKENS, 500]
    cursor = shop.request("GET /usage", claims=claims, query="limit=1").json["next_cursor"]
    stranger = shop.request("GET /usage", claims={"sub": "acc-2", "email": "a@b.example"}, query=f"cursor={cursor}")
    assert stranger.status == 422
    assert shop.buyer("acc-2").statement() == []


def test_lines_of_one_order_stay_together(shop: Shop, buyer: Buyer) -> None:
    buyer.paid()
    shop.service().use(1, "u1")
    shop.advance(minutes=1)
    shop.service().use(1, "u2")
    claims = {"sub": "acc-1", "email": "a@b.example"}
    page = shop.request("GET /usage", claims=claims, query="limit=3").json
    seen = [line["kind"] for line in page["items"]]
    rest = shop.request("GET /usage", claims=claims, query=f"limit=3&cursor={page['next_cursor']}").json
    assert sorted(seen + [line["kind"] for line in rest["items"]]) == ["grant", "grant", "use", "use"]


def test_alerts_are_raised_once_for_each_level_and_window(shop: Shop, service: Service, buyer: Buyer) -> None:
    """T48: not twice, not never: the alert is stored with the use that calls for it."""
    buyer.paid(quantity=2)
    alerts = AlertTable(Table(TABLE))
    for number, amount in enumerate((1_599_999, 1, 1, 399_999)):
        service.use(amount, f"first-{number}")
    raised = {one.event: one for one in alerts.due(shop.now, 10)}
    assert {event: (one.used, one.granted) for event, one in raised.items()} == {
        "quota.low": (1_600_000, PRO_TOKENS),
        "quota.exhausted": (PRO_TOKENS, PRO_TOKENS),
    }
    assert {one.account_id for one in raised.values()} == {"acc-1"}
    alerts.done(raised["quota.low"])
    shop.advance(days=31)
    service.use(PRO_TOKENS, "second")
    left = [(one.event, one.at) for one in alerts.due(shop.now, 10)]
    assert left == [("quota.exhausted", raised["quota.exhausted"].at), ("quota.exhausted", shop.now)], "until done"


def test_an_upgrade_ends_the_quota_it_replaces(shop: Shop, service: Service, buyer: Buyer) -> None:
    """T53: the balance is computed from what stands; nothing of the old one comes back."""
    buyer.paid("k1", plan_id="starter")
    service.use(100_000, "u1")
    shop.advance(minutes=5)
    buyer.paid("k2")
    assert figures(buyer) == (PRO_TOKENS, 0, 0, PRO_TOKENS)
    assert service.use(PRO_TOKENS, "u2").json["remaining"] == 0
    agree()


def test_what_was_used_goes_with_a_term_that_moves(shop: Shop, service: Service, buyer: Buyer) -> None:
    """T65: two plans paid for in parallel; the lower one goes on behind the higher one."""
    starter, pro = buyer.order("k1", plan_id="starter").json, buyer.order("k2").json
    shop.ipn(starter["payment"])
    shop.settle()
    service.use(1_000, "u1")
    shop.advance(minutes=5)
    shop.ipn(pro["payment"])
    shop.settle()
    assert figures(buyer) == (PRO_TOKENS, 0, 0, PRO_TOKENS)
    agree()
    shop.advance(days=32)
    assert service.use(500, "u2").status == 200
    assert figures(buyer)[1] == 1_500
    agree()


def test_an_add_on_is_a_line_of_the_statement_and_is_used_up(shop: Shop, service: Service, buyer: Buyer) -> None:
    buyer.paid("k1")
    shop.advance(minutes=5)
    order = buyer.paid("k2", plan_id="tokens-1m")
    line, *_ = buyer.statement()
    assert (line["kind"], line["amount"], line["order_id"]) == ("grant", 1_000_000, order["id"])
    assert service.use(PRO_TOKENS + 1, "u1").json["remaining"] == 999_999
    agree()


def test_a_hold_raises_no_alert_before_it_is_committed(shop: Shop, service: Service) -> None:
    alerts = AlertTable(Table(TABLE))
    hold = service.hold(FREE_TOKENS, "h1").json["id"]
    assert list(alerts.due(shop.now, 10)) == []
    service.commit(hold, 17_000)
    assert [one.event for one in alerts.due(shop.now, 10)] == ["quota.low"]
    service.use(3_000, "u1")
    assert sorted(one.event for one in alerts.due(shop.now, 10)) == ["quota.exhausted", "quota.low"]


def test_what_is_bought_meanwhile_makes_it_another_balance(shop: Shop, service: Service, buyer: Buyer) -> None:
    alerts = AlertTable(Table(TABLE))
    service.use(FREE_TOKENS, "free")
    buyer.paid()
    service.use(1_600_000, "paid")
    assert sorted((one.event, one.granted) for one in alerts.due(shop.now, 10)) == [
        ("quota.exhausted", FREE_TOKENS),
        ("quota.low", PRO_TOKENS),
    ]


def test_others_who_were_faster_are_noticed(
    shop: Shop, service: Service, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T54: two requests read the same balance; what is written asks for room once more."""
    take, others = LedgerTable.take, iter([15_000])

    def slow(self: LedgerTable, *arguments: Any) -> None:
        if (amount := next(others, None)) is not None:
            service.use(amount, "faster")
        take(self, *arguments)

    monkeypatch.setattr(LedgerTable, "take", slow)
    answer = service.use(6_000, "slower")
    assert (answer.status, answer.json["code"]) == (402, "quota_exceeded")
    assert figures(buyer) == (FREE_TOKENS, 15_000, 0, 5_000)


def test_use_beside_use_does_not_fail_while_there_is_enough(
    shop: Shop, service: Service, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No version guards the grant: what others took meanwhile matters only if the room is gone."""
    service.use(1, "first")
    take, tries, others = LedgerTable.take, [], iter([5_000])

    def slow(self: LedgerTable, *arguments: Any) -> None:
        tries.append(arguments)
        if (amount := next(others, None)) is not None:
            service.use(amount, "faster")
        take(self, *arguments)

    monkeypatch.setattr(LedgerTable, "take", slow)
    assert service.use(6_000, "slower").status == 200
    assert len(tries) == 2, "one try for each"
    assert figures(buyer)[1] == 11_001
    agree()


def test_a_refund_meanwhile_is_noticed(
    shop: Shop, service: Service, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T56: what a refund took back between reading and writing is not used."""
    buyer.paid()
    (item,) = [item for item in shop.items("ACCOUNT#acc-1") if item["sk"]["S"].endswith("#tokens")]
    key = {name: item[name] for name in ("pk", "sk")}
    take, refunds = LedgerTable.take, iter(["once"])

    def slow(self: LedgerTable, *arguments: Any) -> None:
        if next(refunds, None):
            aws.client("dynamodb").update_item(
                TableName=TABLE,
                Key=key,
                UpdateExpression="SET taken_back = :all",
                ExpressionAttributeValues={":all": {"M": {"0": {"N": str(PRO_TOKENS)}}}},
            )
        take(self, *arguments)

    monkeypatch.setattr(LedgerTable, "take", slow)
    assert service.use(1, "u1").status == 402
    assert figures(buyer) == (0, 0, 0, 0)


def test_a_revoked_grant_gives_nothing(shop: Shop, service: Service, buyer: Buyer) -> None:
    buyer.paid()
    for item in shop.items("ACCOUNT#acc-1"):
        if item["sk"]["S"].startswith("GRANT#"):
            revoked = {**item, "revoked_at": {"S": "2026-11-23T03:00:00Z"}}
            aws.client("dynamodb").put_item(TableName=TABLE, Item=revoked)
    assert service.use(1, "u1").status == 402


def test_an_expiry_during_a_commit_is_noticed(
    shop: Shop, service: Service, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gives a lapsed hold back first wins; the commit finds it closed, and nothing is counted twice."""
    hold = service.hold(15_000, "h1").json["id"]
    settle, others = LedgerTable.settle, iter(["once"])

    def slow(self: LedgerTable, *arguments: Any) -> None:
        if next(others, None):
            shop.now += timedelta(minutes=20)
            assert service.use(FREE_TOKENS, "faster").status == 200
        settle(self, *arguments)

    monkeypatch.setattr(LedgerTable, "settle", slow)
    answer = service.commit(hold, 15_000)
    assert (answer.status, answer.json["code"]) == (409, "hold_not_open")
    assert figures(buyer) == (FREE_TOKENS, FREE_TOKENS, 0, 0)
    agree()


def test_a_commit_during_an_expiry_is_noticed(
    shop: Shop, service: Service, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = service.hold(15_000, "h1").json["id"]
    shop.advance(minutes=20)
    expire, others = LedgerTable.expire, iter(["once"])

    def slow(self: LedgerTable, *arguments: Any) -> None:
        if next(others, None):
            with monkeypatch.context() as earlier:
                earlier.setattr(shop, "now", shop.now - timedelta(minutes=10))
                assert service.commit(hold, 15_000).status == 200
        expire(self, *arguments)

    monkeypatch.setattr(LedgerTable, "expire", slow)
    assert service.use(10_000, "u1").status == 402
    assert figures(buyer) == (FREE_TOKENS, 15_000, 0, 5_000)
    agree()
