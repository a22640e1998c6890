"""Coupons as operators keep them: made, changed, paused, counted; beside catalog.yaml; and what buyers are told."""

from typing import Any

import pytest

from billing.adapters import aws
from billing.adapters.dynamodb.client import Table
from billing.adapters.dynamodb.coupons import CouponTable
from billing.domain.problems import Problem
from operations.catalogue import (
    CatalogueConflict,
    CatalogueRefused,
    apply_catalogue,
    publish,
    read_catalogue,
    read_stored,
)
from operations.catalogue.__main__ import main as catalogue_command
from tests.support.shop import TABLE, Answer, Buyer, Shop
from tests.support.template import ROOT

Json = dict[str, Any]

ROUTES: list[tuple[str, object]] = [
    ("GET /admin/coupons", None),
    ("POST /admin/coupons", {}),
    ("GET /admin/coupons/{code}", None),
    ("POST /admin/coupons/{code}", {}),
    ("GET /admin/coupons/{code}/redemptions", None),
]
TENTH: Json = {"code": "tet2027", "kind": "percent", "percent_bp": 1000}
FILE = ROOT / "catalog.yaml"


def create(shop: Shop, **rules: Any) -> Json:
    """A coupon made by an operator: TET2027, a tenth off, unless `rules` say otherwise."""
    answer = shop.operator().call("POST /admin/coupons", {**TENTH, **rules})
    assert answer.status == 201, answer.json
    made: Json = answer.json
    return made


def ask(shop: Shop, code: str, **body: Any) -> Answer:
    """POST /admin/coupons/{code}."""
    return shop.operator().call("POST /admin/coupons/{code}", body, code=code)


def change(shop: Shop, code: str, **body: Any) -> Json:
    """A change that is done: the coupon afterwards."""
    answer = ask(shop, code, **body)
    assert answer.status == 200, answer.json
    after: Json = answer.json
    return after


def show(shop: Shop, code: str) -> Json:
    """GET /admin/coupons/{code}."""
    one: Json = shop.operator().call("GET /admin/coupons/{code}", code=code).json
    return one


def places(shop: Shop, code: str) -> tuple[int, int, int | None]:
    """(reserved, redeemed, left)."""
    one = show(shop, code)
    return one["reserved"], one["redeemed"], one["left"]


def redemptions(shop: Shop, code: str, query: str = "") -> Json:
    """GET /admin/coupons/{code}/redemptions."""
    page: Json = shop.operator().call("GET /admin/coupons/{code}/redemptions", query=query, code=code).json
    return page


def field_errors(answer: Answer) -> dict[str, str]:
    """Field -> code of a refusal of fields."""
    assert (answer.status, answer.json["code"]) == (422, "validation_failed"), answer.json
    return {error["field"]: error["code"] for error in answer.json["errors"]}


def refusal(answer: Answer) -> tuple[int, str]:
    """Status and code."""
    return answer.status, answer.json["code"]


def the_table() -> Table:
    """The shop's table, as the catalogue's command sees it."""
    return Table(TABLE, aws.client("dynamodb"))


# --- seeing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("route", "body"), ROUTES)
def test_only_operators_see_and_change_them(shop: Shop, route: str, body: object) -> None:
    answer = shop.operator(scope="billing:usage").call(route, body, code="GIAM20")
    assert refusal(answer) == (403, "forbidden")


def test_all_are_listed_page_by_page_whoever_made_them(shop: Shop) -> None:
    """Part of T26: a list that grows must not time out."""
    create(shop)
    seen, cursor = [], ""
    while True:
        page = shop.operator().call("GET /admin/coupons", query=f"limit=5{cursor}").json
        assert len(page["items"]) <= 5
        seen += [(one["code"], one["origin"]) for one in page["items"]]
        if not page["next_cursor"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    published = sorted(read_catalogue(FILE).coupons)
    assert seen == sorted([*((code, "catalogue") for code in published), ("TET2027", "api")])


def test_a_coupon_is_shown_with_its_rules_and_places(shop: Shop) -> None:
    made = create(shop, cap=50_000, max_redemptions=3, starts_at="2026-11-01T00:00:00+07:00", plans=["pro"])
    assert made == {
        "code": "TET2027",
        "origin": "api",
        "status": "active",
        "paused_by": None,
        "paused_at": None,
        "kind": "percent",
        "percent_bp": 1000,
        "cap": 50_000,
        "amount": None,
        "starts_at": "2026-10-31T17:00:00Z",
        "ends_at": None,
        "max_redemptions": 3,
        "max_per_account": None,
        "plans": ["pro"],
        "intervals": None,
        "minimum_quantity": None,
        "first_purchase_only": False,
        "reserved": 0,
        "redeemed": 0,
        "left": 3,
        "created_by": "ketoan@goi.example",
        "created_at": "2026-11-23T03:00:00Z",
    }
    assert show(shop, " tet2027") == made


@pytest.mark.parametrize("code", ["NONE", "a/b", "x" * 41])
def test_what_is_not_there_is_told(shop: Shop, code: str) -> None:
    operator = shop.operator()
    for route, body in ROUTES[2:]:
        assert refusal(operator.call(route, body, code=code)) == (404, "not_found")


# --- places ----------------------------------------------------------------------------------------------------------


def test_places_are_counted_from_order_to_payment_and_back(shop: Shop) -> None:
    """T29: reserved with the order, confirmed by its payment, given back at cancellation."""
    create(shop, max_redemptions=3)
    paid, unpaid, given_up = (shop.buyer(f"acc-{number}") for number in range(3))
    paid.paid(coupon_code="TET2027")
    shop.advance(minutes=1)
    open_order = unpaid.order(coupon_code="TET2027").json["order"]
    shop.advance(minutes=1)
    left = given_up.order(coupon_code="TET2027").json["order"]
    assert places(shop, "TET2027") == (2, 1, 0)
    shop.advance(minutes=1)
    given_up.call("POST /orders/{id}/cancel", id=left["id"])
    assert places(shop, "TET2027") == (1, 1, 1)
    found = redemptions(shop, "TET2027")["items"]
    assert [(one["account_id"], one["status"], one["discount"]) for one in found] == [
        ("acc-2", "released", 29_900),
        ("acc-1", "reserved", 29_900),
        ("acc-0", "confirmed", 29_900),
    ]
    assert (found[0]["order_id"], found[0]["released_at"]) == (left["id"], "2026-11-23T03:03:00Z")
    assert (found[1]["order_id"], found[1]["confirmed_at"], found[1]["released_at"]) == (open_order["id"], None, None)
    assert (found[2]["reserved_at"], found[2]["confirmed_at"]) == ("2026-11-23T03:00:00Z", "2026-11-23T03:00:00Z")


def test_an_order_with_nothing_to_pay_is_redeemed_at_once(shop: Shop, buyer: Buyer) -> None:
    """T34: everything off asks no provider, and counts as redeemed."""
    create(shop, kind="percent", percent_bp=10_000)
    buyer.order(coupon_code="TET2027", payment_provider=None)
    assert places(shop, "TET2027") == (0, 1, None)
    (one,) = redemptions(shop, "TET2027")["items"]
    assert (one["status"], one["discount"], one["confirmed_at"]) == ("confirmed", 299_000, one["reserved_at"])


def test_redemptions_are_read_page_by_page_by_their_own_cursor(shop: Shop) -> None:
    create(shop)
    create(shop, code="OTHER")
    for number in range(3):
        shop.advance(seconds=1)
        shop.buyer(f"acc-{number}").order(coupon_code="TET2027")
    first = redemptions(shop, "TET2027", "limit=2")
    rest = redemptions(shop, "TET2027", f"limit=2&cursor={first['next_cursor']}")
    assert [one["account_id"] for one in [*first["items"], *rest["items"]]] == ["acc-2", "acc-1", "acc-0"]
    assert rest["next_cursor"] is None
    for_another = redemptions(shop, "OTHER", f"cursor={first['next_cursor']}")
    assert for_another["code"] == "validation_failed"


# --- making ----------------------------------------------------------------------------------------------------------


def test_a_code_exists_once_in_any_case(shop: Shop) -> None:
    create(shop)
    for code in ("TET2027", "Tet2027", "giam20"):
        assert refusal(shop.operator().call("POST /admin/coupons", {**TENTH, "code": code})) == (409, "coupon_exists")
    assert show(shop, "GIAM20")["percent_bp"] == 2000


@pytest.mark.parametrize(
    ("rules", "errors"),
    [
        ({"code": None}, {"code": "required"}),
        ({"code": 5}, {"code": "wrong_type"}),
        ({"code": "GIẢM"}, {"code": "invalid"}),
        ({"code": "A" * 41}, {"code": "too_long"}),
        ({"kind": None}, {"kind": "unknown_choice"}),
        ({"kind": "free"}, {"kind": "unknown_choice"}),
        ({"percent_bp": None}, {"percent_bp": "required"}),
        ({"percent_bp": 10_001}, {"percent_bp": "out_of_range"}),
        ({"percent_bp": 0}, {"percent_bp": "out_of_range"}),
        ({"percent_bp": 12.5}, {"percent_bp": "wrong_type"}),
        ({"percent_bp": True}, {"percent_bp": "wrong_type"}),
        ({"cap": -1, "max_redemptions": 0, "max_per_account": "1"}, None),
        ({"amount": 1}, {"amount": "not_for_kind"}),
        ({"kind": "amount"}, {"amount": "required", "percent_bp": "not_for_kind"}),
        ({"kind": "amount", "percent_bp": None, "amount": 5, "cap": 5}, {"cap": "not_for_kind"}),
        ({"starts_at": "2026-12-01"}, {"starts_at": "moment"}),
        ({"starts_at": "2026-12-01T00:00:00"}, {"starts_at": "moment"}),
        ({"ends_at": "2026-13-01T00:00:00Z"}, {"ends_at": "moment"}),
        ({"ends_at": 2026}, {"ends_at": "wrong_type"}),
        ({"starts_at": "2026-12-01T00:00:00Z", "ends_at": "2026-12-01T07:00:00+07:00"}, {"ends_at": "not_after_start"}),
        ({"plans": "pro"}, {"plans": "wrong_type"}),
        ({"plans": []}, {"plans": "too_short"}),
        ({"plans": ["pro"] * 101}, {"plans": "invalid"}),
        ({"plans": ["pro", 5, "x" * 41]}, {"plans.1": "wrong_type", "plans.2": "too_long"}),
        ({"plans": ["pro", "pro"]}, {"plans.1": "repeated"}),
        ({"plans": ["prö", "free"]}, {"plans.0": "unknown_choice", "plans.1": "unknown_choice"}),
        ({"plans": ["tokens-1m"], "intervals": ["year"]}, {"plans.0": "not_sold_so"}),
        ({"intervals": ["week"]}, {"intervals.0": "unknown_choice"}),
        ({"intervals": ["year"], "minimum_quantity": 4}, {"minimum_quantity": "out_of_range"}),
        ({"minimum_quantity": 37}, {"minimum_quantity": "out_of_range"}),
        ({"first_purchase_only": None}, {"first_purchase_only": "wrong_type"}),
        ({"status": "gone"}, {"status": "unknown_choice"}),
        ({"taken": 0}, {"taken": "unknown_field"}),
    ],
)
def test_what_is_no_coupon_is_refused_field_by_field(shop: Shop, rules: Json, errors: dict[str, str] | None) -> None:
    answer = shop.operator().call("POST /admin/coupons", {**TENTH, **rules})
    expected = errors or {"cap": "out_of_range", "max_redemptions": "out_of_range", "max_per_account": "wrong_type"}
    assert field_errors(answer) == expected
    assert all(error["detail"] for error in answer.json["errors"])
    assert shop.items("COUPON#TET2027") == []


def test_a_coupon_without_a_kind_is_refused(shop: Shop) -> None:
    assert field_errors(shop.operator().call("POST /admin/coupons", {"code": "A"})) == {"kind": "required"}


def test_the_sample_catalogues_coupons_can_be_made_by_the_api_as_well(shop: Shop) -> None:
    """The two ways of making coupons take the same rules."""
    for code, coupon in read_catalogue(FILE).coupons.items():
        rules = {name: value for name, value in coupon.items() if name not in {"code", "paused"}}
        made = create(shop, **{**rules, "code": f"X-{code}"})
        assert {name: made[name] for name in rules} == rules


# --- changing --------------------------------------------------------------------------------------------------------


def test_an_unused_coupon_may_become_another(shop: Shop, buyer: Buyer) -> None:
    create(shop, plans=["pro"], max_redemptions=5)
    after = change(shop, "TET2027", kind="amount", percent_bp=None, amount=20_000, plans=None, max_redemptions=None)
    assert (after["kind"], after["amount"], after["plans"], after["left"]) == ("amount", 20_000, None, None)
    assert buyer.quote("starter", coupon_code="TET2027").json["discount"] == 20_000


@pytest.mark.parametrize(
    "rules",
    [{"percent_bp": 2000}, {"cap": 1}, {"plans": ["pro"]}, {"intervals": ["year"]}, {"minimum_quantity": 2}],
)
def test_what_a_used_coupon_takes_off_stays(shop: Shop, buyer: Buyer, rules: Json) -> None:
    create(shop)
    placed = buyer.order(coupon_code="TET2027").json["order"]
    assert field_errors(ask(shop, "TET2027", **rules)) == dict.fromkeys(rules, "in_use")
    buyer.call("POST /orders/{id}/cancel", id=placed["id"])
    change(shop, "TET2027", **rules)


def test_window_and_limits_of_a_used_coupon_may_change(shop: Shop, buyer: Buyer) -> None:
    create(shop, max_redemptions=2)
    buyer.order(coupon_code="TET2027")
    after = change(
        shop, "TET2027", max_redemptions=10, max_per_account=1, ends_at="2026-11-30T00:00:00+07:00", percent_bp=1000
    )
    assert (after["left"], after["max_per_account"], after["ends_at"]) == (9, 1, "2026-11-29T17:00:00Z")
    assert refusal(buyer.quote(coupon_code="TET2027")) == (409, "coupon_already_used")
    shop.advance(days=7)
    assert refusal(shop.buyer("acc-2").quote(coupon_code="TET2027")) == (409, "coupon_expired")


def test_a_limit_is_never_below_the_places_taken(shop: Shop) -> None:
    """T28's ground: n places stay n places."""
    create(shop, max_redemptions=5)
    for number in range(2):
        shop.buyer(f"acc-{number}").order(coupon_code="TET2027")
    answer = ask(shop, "TET2027", max_redemptions=1)
    assert field_errors(answer) == {"max_redemptions": "below_taken"}
    assert "2" in answer.json["errors"][0]["detail"]
    assert change(shop, "TET2027", max_redemptions=2)["left"] == 0
    assert refusal(shop.buyer("acc-3").quote(coupon_code="TET2027")) == (409, "coupon_exhausted")


def test_a_place_taken_while_the_limit_is_lowered_counts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """T28, T30: what was read is a condition of the write, and a condition that fails is told."""
    create(shop, max_redemptions=5)
    stale = CouponTable(the_table()).get("TET2027")
    shop.buyer().order(coupon_code="TET2027")
    shop.buyer("acc-2").order(coupon_code="TET2027")
    with monkeypatch.context() as slow:
        slow.setattr(CouponTable, "get", lambda *_: stale)
        for rules in ({"max_redemptions": 1}, {"percent_bp": 5000}):
            assert refusal(ask(shop, "TET2027", **rules)) == (409, "coupon_changed")
    assert (show(shop, "TET2027")["max_redemptions"], show(shop, "TET2027")["percent_bp"]) == (5, 1000)


def test_two_changes_at_once_do_not_undo_each_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    create(shop)
    stale = CouponTable(the_table()).get("TET2027")
    change(shop, "TET2027", status="paused")
    monkeypatch.setattr(CouponTable, "get", lambda *_: stale)
    assert refusal(ask(shop, "TET2027", max_redemptions=1)) == (409, "coupon_changed")


def test_a_change_that_does_not_fit_the_rest_is_refused(shop: Shop) -> None:
    create(shop, starts_at="2026-12-01T00:00:00+07:00")
    assert field_errors(ask(shop, "TET2027", ends_at="2026-11-30T00:00:00+07:00")) == {"ends_at": "not_after_start"}
    assert field_errors(ask(shop, "TET2027", taken=0)) == {"taken": "unknown_field"}
    assert field_errors(ask(shop, "TET2027", kind="amount")) == {"amount": "required", "percent_bp": "not_for_kind"}


def test_every_change_is_in_the_audit_log_and_what_changes_nothing_is_not(shop: Shop) -> None:
    create(shop, status="paused")
    for body in (
        {"status": "active"},
        {"status": "active", "percent_bp": 1000},
        {"max_redemptions": 7},
        {"status": "paused"},
        {"status": "paused"},
        {"status": "active", "cap": 1},
        {},
    ):
        shop.advance(seconds=1)
        change(shop, "TET2027", **body)
    entries = shop.operator().call("GET /admin/audit").json["items"]
    assert {(entry["actor"], entry["target"]) for entry in entries} == {("ketoan@goi.example", "coupon TET2027")}
    assert [(entry["action"], entry["details"]) for entry in reversed(entries)] == [
        ("create", {"kind": "percent", "percent_bp": 1000, "status": "paused"}),
        ("resume", {}),
        ("change", {"max_redemptions": 7}),
        ("pause", {}),
        ("change", {"cap": 1, "status": "active"}),
    ]


# --- pausing ---------------------------------------------------------------------------------------------------------


def test_a_paused_coupon_is_refused_in_a_sentence_and_resumed(shop: Shop, buyer: Buyer) -> None:
    create(shop)
    after = change(shop, "TET2027", status="paused")
    assert (after["status"], after["paused_by"], after["paused_at"]) == (
        "paused",
        "ketoan@goi.example",
        "2026-11-23T03:00:00Z",
    )
    for ask_for in (buyer.quote, buyer.order):
        refused = ask_for(coupon_code="TET2027")
        assert refusal(refused) == (422, "coupon_not_applicable")
        assert refused.json["detail"] == "Mã TET2027 không áp dụng lúc này vì đang tạm ngưng."
    english = shop.buyer(language="en").quote(coupon_code="TET2027").json["detail"]
    assert english == "TET2027 does not apply at the moment: it is paused."
    after = change(shop, "TET2027", status="active")
    assert (after["status"], after["paused_by"], after["paused_at"]) == ("active", None, None)
    assert buyer.quote(coupon_code="TET2027").status == 200


def test_every_refusal_says_in_a_sentence_what_is_wrong(shop: Shop, buyer: Buyer) -> None:
    """Each rule has its own code or reason, in Vietnamese and English."""
    buyer.paid("k1", coupon_code="GIAM50K")
    for number in range(3):
        shop.buyer(f"acc-1{number}").order(coupon_code="SOM3")
    told = {
        ("pro", "khongco"): ("Không có mã giảm giá “KHONGCO”.", "There is no discount code “KHONGCO”."),
        ("pro", "TET2025"): ("Mã TET2025 đã hết hạn ngày 10/02/2025.", "TET2025 expired on 10 Feb 2025."),
        ("pro", "TUONGLAI"): ("Mã TUONGLAI có hiệu lực từ ngày 01/01/2036.", "TUONGLAI is valid from 01 Jan 2036."),
        ("pro", "TOKEN10"): ("Mã TOKEN10 không áp dụng cho gói này.", "TOKEN10 does not apply to this plan."),
        ("pro", "PRONAM"): ("Mã PRONAM không áp dụng cho kỳ hạn này.", "PRONAM does not apply to this interval."),
        ("pro", "NUANAM"): (
            "Mã NUANAM không áp dụng cho số lượng dưới 6.",
            "NUANAM does not apply to a quantity below 6.",
        ),
        ("pro", "WELCOME10"): (
            "Mã WELCOME10 không áp dụng cho lần mua sau lần đầu.",
            "WELCOME10 does not apply to purchases after the first.",
        ),
        ("tokens-1m", "GIAM20"): (
            "Mã GIAM20 không áp dụng cho gói mua thêm này.",
            "GIAM20 does not apply to this add-on.",
        ),
        ("pro", "GIAM50K"): ("Tài khoản của bạn đã dùng mã GIAM50K.", "Your account has used GIAM50K already."),
        ("pro", "SOM3"): ("Mã SOM3 đã hết lượt sử dụng.", "All places of SOM3 are taken."),
    }
    for (plan, code), sentences in told.items():
        answers = [shop.buyer(language=language).quote(plan, coupon_code=code) for language in ("vi", "en")]
        assert tuple(answer.json["detail"] for answer in answers) == sentences
        assert {answer.json["code"].partition("_")[0] for answer in answers} == {"coupon"}


def test_an_order_that_has_its_place_keeps_it_when_the_coupon_is_paused(shop: Shop, buyer: Buyer) -> None:
    """T29: a place is the order's from reservation to confirmation."""
    create(shop)
    placed = buyer.order(coupon_code="TET2027").json
    change(shop, "TET2027", status="paused")
    shop.ipn(placed["payment"])
    assert shop.settle() == []
    order = buyer.call("GET /orders/{id}", id=placed["order"]["id"]).json
    assert (order["status"], order["discount"]) == ("fulfilled", 29_900)
    assert places(shop, "TET2027") == (0, 1, None)


def test_a_limit_at_the_places_taken_stops_quotes_as_well(shop: Shop, buyer: Buyer) -> None:
    """A pause leaves a frozen quote its discount; the last place is what stops it."""
    create(shop)
    buyer.order(coupon_code="TET2027")
    quote = shop.buyer("acc-2").quote(coupon_code="TET2027").json["quote"]
    change(shop, "TET2027", status="paused", max_redemptions=1)
    refused = shop.buyer("acc-2").call("POST /orders", {"quote": quote, "payment_provider": "vnpay"}, key="k")
    assert refusal(refused) == (409, "coupon_exhausted")


# --- beside catalog.yaml ---------------------------------------------------------------------------------------------


def test_a_pause_survives_the_next_publication_which_tells_of_it(
    shop: Shop, buyer: Buyer, capsys: pytest.CaptureFixture[str]
) -> None:
    change(shop, "GIAM20", status="paused")
    assert catalogue_command(["diff", "--table", TABLE, "--file", str(FILE)]) == 0
    assert "no difference\ncoupon GIAM20 is paused by ketoan@goi.example and stays so\n" in capsys.readouterr().out
    assert not apply_catalogue(aws.client("dynamodb"), TABLE, FILE).changed
    assert refusal(buyer.quote(coupon_code="GIAM20")) == (422, "coupon_not_applicable")
    change(shop, "GIAM20", status="active")
    assert buyer.quote(coupon_code="GIAM20").status == 200


def test_rules_of_the_file_are_changed_in_the_file(shop: Shop) -> None:
    refused = ask(shop, "GIAM20", max_redemptions=5)
    assert refusal(refused) == (409, "coupon_in_catalogue")
    assert "catalog.yaml" in refused.json["detail"]
    assert change(shop, "GIAM20", percent_bp=2000, status="paused")["status"] == "paused"


def test_what_the_file_pauses_is_not_resumed_by_the_api(shop: Shop, tmp_path: Any) -> None:
    text = FILE.read_text("utf-8").replace("{code: GIAM20,", "{code: GIAM20, paused: true,")
    (tmp_path / "catalog.yaml").write_text(text, "utf-8")
    apply_catalogue(aws.client("dynamodb"), TABLE, tmp_path / "catalog.yaml")
    assert (show(shop, "GIAM20")["status"], show(shop, "GIAM20")["paused_by"]) == ("paused", None)
    assert refusal(ask(shop, "GIAM20", status="active")) == (409, "coupon_in_catalogue")
    change(shop, "GIAM20", status="paused")
    apply_catalogue(aws.client("dynamodb"), TABLE, FILE)
    assert show(shop, "GIAM20")["status"] == "paused", "the operator's own pause stays"
    assert change(shop, "GIAM20", status="active")["status"] == "active"


def test_a_coupon_made_by_an_operator_is_none_of_the_files_business(shop: Shop) -> None:
    made = create(shop)
    publication = read_catalogue(FILE)
    assert "TET2027" not in read_stored(the_table(), publication).coupons
    assert not apply_catalogue(aws.client("dynamodb"), TABLE, FILE).changed
    assert show(shop, "TET2027") == made


def test_a_file_with_an_operators_code_is_refused_with_its_line(shop: Shop, tmp_path: Any) -> None:
    made = create(shop, code="SOM4")
    text = FILE.read_text("utf-8").replace("{code: SOM3,", "{code: SOM4,")
    line = 1 + text[: text.index("{code: SOM4,")].count("\n")
    (tmp_path / "catalog.yaml").write_text(text, "utf-8")
    with pytest.raises(CatalogueRefused, match=rf":{line}: coupons\[5\]\.code: .*made by an operator"):
        apply_catalogue(aws.client("dynamodb"), TABLE, tmp_path / "catalog.yaml")
    assert show(shop, "SOM4") == made
    assert show(shop, "SOM3")["status"] == "active", "nothing was written"


def test_a_change_between_reading_and_publishing_is_a_conflict(shop: Shop, tmp_path: Any) -> None:
    """T30: neither a new coupon nor a pause is overwritten by a publication that has not seen it."""
    text = FILE.read_text("utf-8").replace("max_redemptions: 3}", "max_redemptions: 4}")
    (tmp_path / "catalog.yaml").write_text(text.replace("{code: TET2025,", "{code: NEW,"), "utf-8")
    publication = read_catalogue(tmp_path / "catalog.yaml")
    stored = read_stored(the_table(), publication)
    create(shop, code="NEW")
    with pytest.raises(CatalogueConflict, match="coupon NEW"):
        publish(the_table(), publication, stored)
    assert show(shop, "NEW")["origin"] == "api"
    (tmp_path / "catalog.yaml").write_text(text.replace("max_redemptions: 4}", "max_redemptions: 5}"), "utf-8")
    publication = read_catalogue(tmp_path / "catalog.yaml")
    stored = read_stored(the_table(), publication)
    change(shop, "SOM3", status="paused")
    with pytest.raises(CatalogueConflict, match="coupon SOM3"):
        publish(the_table(), publication, stored)
    assert publish(the_table(), publication, read_stored(the_table(), publication)).coupons == ("SOM3",)
    assert (show(shop, "SOM3")["max_redemptions"], show(shop, "SOM3")["status"]) == (5, "paused")


def test_a_coupon_of_an_older_table_is_listed_by_the_next_publication(shop: Shop) -> None:
    client = aws.client("dynamodb")
    client.update_item(
        TableName=TABLE,
        Key={"pk": {"S": "COUPON#GIAM20"}, "sk": {"S": "COUPON"}},
        UpdateExpression="REMOVE version, confirmed",
    )
    client.delete_item(TableName=TABLE, Key={"pk": {"S": "COUPONS"}, "sk": {"S": "GIAM20"}})
    assert apply_catalogue(client, TABLE, FILE).coupons == ("GIAM20",)
    codes = [one["code"] for one in shop.operator().call("GET /admin/coupons").json["items"]]
    assert "GIAM20" in codes
    assert change(shop, "GIAM20", status="paused")["status"] == "paused"


def test_a_code_that_cannot_be_one_never_reaches_a_key() -> None:
    from billing.adapters.http.bodies_coupons import new_coupon

    for code in ("A#B", "", "-A", "A B", "A\x00"):
        with pytest.raises(Problem):
            new_coupon({**TENTH, "code": code})
