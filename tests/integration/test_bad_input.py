"""Bad input: each gets the contract's answer in the caller's language, and changes nothing."""

import base64
import json
from typing import Any

import pytest

from tests.support.shop import Buyer, Shop

GOOD: dict[str, Any] = {"plan_id": "pro", "interval": "month", "quantity": 1}


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"plan_id": "không-có"}, 404, "plan_not_found", None),
        ({"plan_id": ""}, 422, "validation_failed", "plan_id"),
        ({"plan_id": 1}, 422, "validation_failed", "plan_id"),
        ({"plan_id": "free"}, 422, "plan_not_purchasable", None),
        ({"plan_id": "enterprise"}, 422, "plan_not_purchasable", None),
        ({"quantity": 0}, 422, "quantity_out_of_range", None),
        ({"quantity": -1}, 422, "quantity_out_of_range", None),
        ({"quantity": 37}, 422, "quantity_out_of_range", None),
        ({"quantity": 10**9}, 422, "quantity_out_of_range", None),
        ({"quantity": 10**40}, 422, "quantity_out_of_range", None),
        ({"interval": "year", "quantity": 4}, 422, "quantity_out_of_range", None),
        ({"quantity": "3"}, 422, "validation_failed", "quantity"),
        ({"quantity": True}, 422, "validation_failed", "quantity"),
        ({"quantity": 1.0}, 422, "validation_failed", "quantity"),
        ({"quantity": None}, 422, "validation_failed", "quantity"),
        ({"interval": "week"}, 422, "validation_failed", "interval"),
        ({"coupon_code": 5}, 422, "validation_failed", "coupon_code"),
        ({"coupon_code": "A\nB"}, 422, "validation_failed", "coupon_code"),
        ({"price": 1}, 422, "validation_failed", "price"),
        ({"start": "later"}, 422, "validation_failed", "start"),
    ],
)
def test_a_quote_that_cannot_be_given_says_why(
    buyer: Buyer, change: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    answer = buyer.call("POST /quotes", {**GOOD, **change})
    problem = answer.json
    assert (answer.status, problem["code"]) == (status, code)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert set(problem) >= {"type", "title", "status", "detail", "code", "request_id"}
    assert [error["field"] for error in problem.get("errors", [])] == ([field] if field else [])
    assert "{" not in problem["detail"] + problem["title"]


@pytest.mark.parametrize("missing", ["plan_id", "interval", "quantity"])
def test_a_missing_field_is_named(buyer: Buyer, missing: str) -> None:
    body = {name: value for name, value in GOOD.items() if name != missing}
    for route, key in (("POST /quotes", None), ("POST /orders", "k")):
        errors = buyer.call(route, body, key=key).json["errors"]
        assert [(error["field"], error["code"]) for error in errors] == [(missing, "required")]


@pytest.mark.parametrize(
    "raw",
    ["", "{", "[]", "null", '"text"', "{'a': 1}", '{"quantity": NaN}', '{"quantity": 1, "quantity": 2}', "[" * 30_000],
)
def test_what_is_no_json_object_is_malformed(buyer: Buyer, raw: str) -> None:
    answer = buyer.call("POST /quotes", raw=raw)
    assert (answer.status, answer.json["code"]) == (400, "malformed_json")


def test_invalid_utf_8_is_malformed(shop: Shop) -> None:
    event = {
        "routeKey": "POST /quotes",
        "headers": {"content-type": "application/json"},
        "body": base64.b64encode(b'{"plan_id": "\xff\xfe"}').decode(),
        "isBase64Encoded": True,
        "requestContext": {"requestId": "r", "authorizer": {"jwt": {"claims": {"sub": "a", "email": "a@b.example"}}}},
    }
    answer = shop.functions["create_order"].handler(event, None)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "malformed_json")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])
def test_another_content_type_is_refused(shop: Shop, media_type: str) -> None:
    claims = {"sub": "acc-1", "email": "a@b.example"}
    answer = shop.request("POST /quotes", json.dumps(GOOD), claims=claims, headers={"content-type": media_type})
    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")


def test_a_charset_beside_the_content_type_is_fine(shop: Shop) -> None:
    claims = {"sub": "acc-1", "email": "a@b.example"}
    headers = {"content-type": "Application/JSON; charset=UTF-8"}
    assert shop.request("POST /quotes", json.dumps(GOOD), claims=claims, headers=headers).status == 200


def test_a_body_over_32_kib_is_too_large(buyer: Buyer) -> None:
    answer = buyer.call("POST /orders", {**GOOD, "coupon_code": "x" * 33_000}, key="k")
    assert (answer.status, answer.json["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "claims", [None, {}, {"sub": "acc"}, {"email": "a@b.example"}, {"sub": "", "email": "a@b.example"}]
)
@pytest.mark.parametrize("route", ["POST /quotes", "POST /orders", "GET /orders", "GET /account", "GET /invoices"])
def test_without_an_account_nothing_is_served(shop: Shop, route: str, claims: dict[str, str] | None) -> None:
    answer = shop.request(route, json.dumps(GOOD), claims=claims, headers={"idempotency-key": "k"})
    assert (answer.status, answer.json["code"]) == (401, "unauthorized")


def test_a_token_of_sam_local_is_not_taken_in_a_deployed_stage(shop: Shop) -> None:
    answer = shop.request("GET /account", headers={"authorization": "Bearer a.b.c"})
    assert answer.status == 401


def test_problems_are_told_in_the_callers_language(shop: Shop) -> None:
    body = {**GOOD, "quantity": 99}
    vietnamese = shop.buyer().call("POST /quotes", body).json
    english = shop.buyer(language="en-GB, vi;q=0.5").call("POST /quotes", body).json
    assert vietnamese["detail"] == "Chọn từ 1 đến 36 tháng."
    assert english["detail"] == "Choose 1 to 36 months."


def test_our_faults_show_no_stack_trace(shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise 7."""

    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("billing.adapters.dynamodb.orders.OrderTable.checkout", break_down)
    answer = buyer.quote()
    assert (answer.status, answer.json["code"]) == (500, "internal")
    assert answer.json["request_id"] == "req-1"
    assert "secret" not in answer.raw["body"]
    assert "Traceback" not in answer.raw["body"]


def test_nothing_was_stored_by_any_of_it(shop: Shop, buyer: Buyer) -> None:
    before = shop.items("")
    for change in ({"quantity": 0}, {"plan_id": "x"}, {"payment_provider": "momo"}, {"quote": "x.y"}, {"invoice": 1}):
        assert buyer.order("k", **change).status >= 400
    assert shop.items("") == before
    assert shop.queued() == []
