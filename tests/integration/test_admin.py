"""Who may use /admin, and what it tells of operators' acts."""

from datetime import UTC, datetime

import pytest

from billing.adapters.dynamodb.audit import audit_put
from billing.adapters.dynamodb.client import Table
from billing.domain.audit import AuditEntry
from tests.support.shop import TABLE, Shop


def note(number: int, at: datetime) -> None:
    """An operator's act, as a use case stores it."""
    table = Table(TABLE)
    entry = AuditEntry(f"aud_{number}", at, "ketoan@goi.example", "dismiss", "exception exc_1", {"reason": "Đã hoàn"})
    table.transact([audit_put(table, entry)])


@pytest.mark.parametrize("scope", ["", "billing:usage", "billing:administrator", "xbilling:admin"])
def test_nobody_but_an_operator_sees_anything(shop: Shop, scope: str) -> None:
    answer = shop.operator(scope=scope).call("GET /admin/audit")
    assert (answer.status, answer.json["code"]) == (403, "forbidden")


@pytest.mark.parametrize("groups", ["[staff billing:admin]", "billing:admin"])
def test_a_group_of_the_scopes_name_is_as_good(shop: Shop, groups: str) -> None:
    claims = {"sub": "operator-1", "cognito:groups": groups}
    assert shop.request("GET /admin/audit", claims=claims).status == 200


def test_without_a_token_there_is_no_operator(shop: Shop) -> None:
    assert shop.request("GET /admin/audit").status == 401


def test_acts_are_listed_by_month_newest_first(shop: Shop) -> None:
    note(1, datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC))
    for number in (2, 3, 4):
        note(number, datetime(2026, 11, number, tzinfo=UTC))
    operator = shop.operator()
    first = operator.call("GET /admin/audit", query="limit=2").json
    rest = operator.call("GET /admin/audit", query=f"limit=2&cursor={first['next_cursor']}").json
    assert [entry["id"] for entry in first["items"] + rest["items"]] == ["aud_4", "aud_3", "aud_2"]
    (october,) = operator.call("GET /admin/audit", query="month=2026-10").json["items"]
    assert october == {
        "id": "aud_1",
        "at": "2026-10-31T23:59:59Z",
        "actor": "ketoan@goi.example",
        "action": "dismiss",
        "target": "exception exc_1",
        "details": {"reason": "Đã hoàn"},
    }


@pytest.mark.parametrize("month", ["2026-13", "26-11", "2026-11-01", "now"])
def test_a_month_that_is_none_is_refused(shop: Shop, month: str) -> None:
    answer = shop.operator().call("GET /admin/audit", query=f"month={month}")
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "month")
