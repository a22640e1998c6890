"""Endpoints as operators keep them."""

from typing import Any

import pytest

from tests.support.outgoing import add_endpoint, change_endpoint
from tests.support.shop import Shop

ROUTES: list[tuple[str, object]] = [
    ("GET /admin/endpoints", None),
    ("POST /admin/endpoints", {}),
    ("POST /admin/endpoints/{id}", {}),
    ("POST /admin/endpoints/{id}/delete", None),
    ("GET /admin/events", None),
    ("GET /admin/events/{id}", None),
    ("POST /admin/events/{id}/replay", {}),
]


@pytest.mark.parametrize(("route", "body"), ROUTES)
def test_only_operators_see_and_change_them(shop: Shop, route: str, body: object) -> None:
    answer = shop.operator(scope="billing:usage").call(route, body, id="x")
    assert (answer.status, answer.json["code"]) == (403, "forbidden")


def test_a_secret_is_shown_once(shop: Shop) -> None:
    made = add_endpoint(shop, "https://hooks.example/goi", "order.fulfilled")
    assert made.pop("secret").startswith("whsec_")
    assert made == {
        "id": made["id"],
        "url": "https://hooks.example/goi",
        "types": ["order.fulfilled"],
        "status": "active",
        "paused_because": None,
        "failing_since": None,
        "created_at": "2026-11-23T03:00:00Z",
    }
    assert shop.operator().call("GET /admin/endpoints").json == {"items": [made]}
    assert "secret" not in change_endpoint(shop, made["id"], types=[])
    assert "secret" in change_endpoint(shop, made["id"], rotate_secret=True)


def test_every_change_is_in_the_audit_log(shop: Shop) -> None:
    made = add_endpoint(shop, "https://hooks.example/goi")
    shop.advance(seconds=1)
    change_endpoint(shop, made["id"], url="https://hooks.example/new", types=["quota.low"], status="paused")
    shop.advance(seconds=1)
    change_endpoint(shop, made["id"], url="https://hooks.example/new", status="active", rotate_secret=True)
    entries = shop.operator().call("GET /admin/audit").json["items"]
    assert {entry["target"] for entry in entries} == {f"endpoint {made['id']}"}
    assert [(entry["action"], entry["details"]) for entry in reversed(entries)] == [
        ("create", {"url": "https://hooks.example/goi", "types": []}),
        ("change", {"url": "https://hooks.example/new", "types": ["quota.low"], "status": "paused"}),
        ("change", {"url": "https://hooks.example/new", "status": "active", "rotate_secret": True}),
    ]
    assert {entry["actor"] for entry in entries} == {"ketoan@goi.example"}
    assert "whsec_" not in str(entries)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"url": "required"}),
        ({"url": 3, "types": "all"}, {"url": "wrong_type", "types": "wrong_type"}),
        (
            {"url": "https://a.example", "types": ["order.paid", 3]},
            {"types.0": "unknown_choice", "types.1": "unknown_choice"},
        ),
        ({"url": "https://a.example/" + "a" * 1000}, {"url": "too_long"}),
        ({"url": "http://127.0.0.1:8000/"}, {"url": "invalid"}),
        ({"url": "https://me:secret@a.example"}, {"url": "invalid"}),
        ({"url": "https://a.example", "secret": "x"}, {"secret": "unknown_field"}),
    ],
)
def test_what_is_no_endpoint_is_refused(shop: Shop, body: dict[str, Any], errors: dict[str, str]) -> None:
    answer = shop.operator().call("POST /admin/endpoints", body)
    assert answer.status == 422
    assert {error["field"]: error["code"] for error in answer.json["errors"]} == errors
    assert shop.items("ENDPOINTS") == []


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"status": "gone"}, {"status": "unknown_choice"}),
        ({"rotate_secret": "yes"}, {"rotate_secret": "wrong_type"}),
        ({"url": "ftp://a.example"}, {"url": "invalid"}),
        ({"failing_since": None}, {"failing_since": "unknown_field"}),
    ],
)
def test_a_change_that_is_none_is_refused(shop: Shop, body: dict[str, Any], errors: dict[str, str]) -> None:
    made = add_endpoint(shop, "https://hooks.example/goi")
    answer = shop.operator().call("POST /admin/endpoints/{id}", body, id=made["id"])
    assert answer.status == 422
    assert {error["field"]: error["code"] for error in answer.json["errors"]} == errors


def test_an_address_is_one_endpoint(shop: Shop) -> None:
    made = add_endpoint(shop, "https://hooks.example/goi")
    answer = shop.operator().call("POST /admin/endpoints", {"url": "https://hooks.example/goi"})
    assert (answer.status, answer.json["code"]) == (409, "endpoint_exists")
    assert made["id"] in answer.json["detail"]


def test_there_are_no_more_than_a_transaction_can_tell(shop: Shop) -> None:
    for number in range(20):
        add_endpoint(shop, f"https://hooks.example/{number}")
    answer = shop.operator().call("POST /admin/endpoints", {"url": "https://hooks.example/more"})
    assert (answer.status, answer.json["code"]) == (409, "too_many_endpoints")


def test_two_changes_at_once_do_not_undo_each_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from billing.adapters.dynamodb.endpoints import EndpointTable

    made = add_endpoint(shop, "https://hooks.example/goi")
    stale = EndpointTable(shop.functions["admin"].table).all()
    change_endpoint(shop, made["id"], types=["quota.low"])
    monkeypatch.setattr(EndpointTable, "all", lambda _: stale)
    answer = shop.operator().call("POST /admin/endpoints/{id}", {"status": "paused"}, id=made["id"])
    assert (answer.status, answer.json["code"]) == (409, "endpoint_changed")
    answer = shop.operator().call("POST /admin/endpoints/{id}/delete", id=made["id"])
    assert (answer.status, answer.json["code"]) == (409, "endpoint_changed")


def test_a_deleted_endpoint_is_gone_and_its_address_free(shop: Shop) -> None:
    made = add_endpoint(shop, "https://hooks.example/goi")
    shop.advance(seconds=1)
    answer = shop.operator().call("POST /admin/endpoints/{id}/delete", id=made["id"])
    assert (answer.status, answer.json["id"], "secret" in answer.json) == (200, made["id"], False)
    assert shop.operator().call("GET /admin/endpoints").json == {"items": []}
    (entry, _) = shop.operator().call("GET /admin/audit").json["items"]
    assert (entry["action"], entry["details"]) == ("delete", {"url": "https://hooks.example/goi"})
    add_endpoint(shop, "https://hooks.example/goi")


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("POST /admin/endpoints/{id}", {"status": "paused"}),
        ("POST /admin/endpoints/{id}/delete", None),
        ("GET /admin/events/{id}", None),
        ("POST /admin/events/{id}/replay", {}),
    ],
)
def test_what_is_not_there_is_told(shop: Shop, route: str, body: object) -> None:
    assert shop.operator().call(route, body, id="none").status == 404


def test_a_replay_to_nobody_and_of_a_bad_body_is_refused(shop: Shop) -> None:
    shop.buyer().order("free", coupon_code="FREE100")
    event_id = shop.operator().call("GET /admin/events").json["items"][0]["id"]
    replay = "POST /admin/events/{id}/replay"
    assert shop.operator().call(replay, {"endpoint_id": "ep_none"}, id=event_id).status == 404
    assert shop.operator().call(replay, {"endpoint_id": 3}, id=event_id).status == 422


@pytest.mark.parametrize("month", ["2026-13", "26-11", "now"])
def test_a_month_that_is_none_is_refused(shop: Shop, month: str) -> None:
    assert shop.operator().call("GET /admin/events", query=f"month={month}").status == 422


def test_events_are_listed_by_month_page_by_page(shop: Shop) -> None:
    """Part of T26: a list that grows must not time out."""
    for number in range(2):
        shop.buyer(f"acc-{number}").order("free", coupon_code="FREE100")
        shop.advance(seconds=1)
    seen: list[str] = []
    query = "limit=3"
    while query:
        page = shop.operator().call("GET /admin/events", query=query).json
        seen += [one["id"] for one in page["items"]]
        query = f"limit=3&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert len(seen) == len(set(seen)) == 4
    assert shop.operator().call("GET /admin/events", query="month=2026-10").json["items"] == []
