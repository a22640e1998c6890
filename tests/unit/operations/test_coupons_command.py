"""python -m operations.coupons without an API: what it prints, what it sends where, how it ends."""

import json
from typing import Any

import pytest

from operations.coupons.__main__ import body_of, main, parser
from operations.coupons.tables import details, listing, redemptions
from operations.inbox.client import Api, Refused

COUPON: dict[str, Any] = {
    "code": "GIAM20",
    "origin": "catalogue",
    "status": "active",
    "paused_by": None,
    "paused_at": None,
    "kind": "percent",
    "percent_bp": 2000,
    "cap": 100_000,
    "amount": None,
    "starts_at": None,
    "ends_at": "2026-12-31T17:00:00Z",
    "max_redemptions": None,
    "max_per_account": None,
    "plans": None,
    "intervals": None,
    "minimum_quantity": None,
    "first_purchase_only": False,
    "reserved": 1,
    "redeemed": 12,
    "left": None,
    "created_by": None,
    "created_at": None,
}
GIFT = {
    **COUPON,
    "code": "TET2027",
    "origin": "api",
    "status": "paused",
    "paused_by": "lan@goi.example",
    "paused_at": "2026-11-23T03:05:00Z",
    "kind": "amount",
    "percent_bp": None,
    "cap": None,
    "amount": 50_000,
    "max_redemptions": 15,
    "max_per_account": 1,
    "plans": ["pro", "starter"],
    "intervals": ["month"],
    "minimum_quantity": 6,
    "first_purchase_only": True,
    "left": 2,
    "created_by": "lan@goi.example",
    "created_at": "2026-11-23T03:00:00Z",
}
PLACE = {
    "order_id": "ord_1",
    "account_id": "acc-1",
    "status": "released",
    "discount": 29_900,
    "reserved_at": "2026-11-23T03:00:00Z",
    "confirmed_at": None,
    "released_at": "2026-11-23T03:15:00Z",
}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's own shell has set is not taken."""
    for name in ("GOI_API", "GOI_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was asked of an API that knows one coupon."""
    asked: list[Any] = []

    def answer(_: Api, method: str, path: str, body: Any = None) -> Any:
        asked.append((method, path, body))
        if "redemptions" in path:
            return {"items": [PLACE], "next_cursor": "more" if "cursor" not in path else None}
        return {"items": [COUPON, GIFT], "next_cursor": None} if path.startswith("/admin/coupons?") else GIFT

    monkeypatch.setattr(Api, "call", answer)
    return asked


def run(*arguments: str) -> int:
    """The command against an API on this machine; its exit code."""
    return main(["--api", "http://127.0.0.1:1", "--token", "t", *arguments])


def sends(line: str) -> dict[str, Any]:
    """The body that a command line sends."""
    return body_of(parser().parse_args(line.split()))


def test_a_list_is_aligned_with_discounts_and_places() -> None:
    heading, first, second = listing([COUPON, GIFT]).splitlines()
    assert heading.split() == ["CODE", "OFF", "STATUS", "FROM", "UNTIL", "RESERVED", "REDEEMED", "LEFT", "KEPT", "BY"]
    assert first.startswith("GIAM20   20%, at most 100.000 ₫  active  -     01/01/2027 00:00  ")
    assert first.split()[-5:] == ["00:00", "1", "12", "-", "catalog.yaml"]
    assert second.split()[-4:] == ["1", "12", "2", "lan@goi.example"]
    assert listing([]) == redemptions([]) == "nothing here"


def test_one_is_shown_with_every_rule() -> None:
    facts = dict(line.split("  ", 1) for line in details(GIFT).splitlines())
    assert {name: value.strip() for name, value in facts.items()} == {
        "code": "TET2027",
        "takes off": "50.000 ₫",
        "status": "paused by lan@goi.example on 23/11/2026 10:05",
        "from": "-",
        "until": "01/01/2027 00:00",
        "plans": "pro, starter",
        "intervals": "month",
        "quantity": "from 6 on",
        "purchases": "the first only",
        "places": "12 redeemed, 1 reserved, 2 of 15 left",
        "each account": "1",
        "kept by": "lan@goi.example",
    }
    free = details({**COUPON, "status": "paused"})
    for text in ("paused by catalog.yaml", "all plans", "12 redeemed, 1 reserved, any number left"):
        assert text in free


def test_redemptions_say_who_and_what_became_of_it() -> None:
    assert redemptions([PLACE]).splitlines() == [
        "TAKEN             ORDER  ACCOUNT  DISCOUNT  STATUS    SINCE",
        "23/11/2026 10:00  ord_1  acc-1    29.900 ₫  released  23/11/2026 10:15",
    ]


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("pause A", {"status": "paused"}),
        ("resume A", {"status": "active"}),
        ("create A --percent 20", {"kind": "percent", "percent_bp": 2000}),
        ("create A --percent 12,5% --cap 50.000", {"kind": "percent", "percent_bp": 1250, "cap": 50_000}),
        ("create A --percent 0.05", {"kind": "percent", "percent_bp": 5}),
        ("create A --amount 20_000 --paused", {"kind": "amount", "amount": 20_000, "status": "paused"}),
        ("create A --first-purchase", {"first_purchase_only": True}),
        (
            "change A --limit 10 --per-account none --plans pro,starter --intervals none --all-purchases --minimum 2",
            {
                "max_redemptions": 10,
                "max_per_account": None,
                "plans": ["pro", "starter"],
                "intervals": None,
                "minimum_quantity": 2,
                "first_purchase_only": False,
            },
        ),
        (
            "change A --from 2026-12-01T00:00:00+07:00 --until none",
            {"starts_at": "2026-12-01T00:00:00+07:00", "ends_at": None},
        ),
        ("change A --percent none --amount 5000", {"percent_bp": None, "amount": 5000, "kind": "amount"}),
    ],
)
def test_options_become_the_rules_of_the_api(line: str, body: dict[str, Any]) -> None:
    assert sends(line) == body


@pytest.mark.parametrize("option", [("--percent", "12.345"), ("--percent", "a"), ("--cap", "12.5"), ("--limit", "-1")])
def test_what_is_no_number_is_refused_before_anybody_is_asked(
    option: tuple[str, str], sent: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run("create", "A", *option)
    assert (sent, "expected" in capsys.readouterr().err) == ([], True)


def test_each_command_asks_its_route(sent: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    for line in ("list", "show a/b", "create A --amount 5", "pause A", "redemptions A --most 2"):
        assert run(*line.split()) == 0
    assert [(method, path) for method, path, _ in sent] == [
        ("GET", "/admin/coupons?limit=100"),
        ("GET", "/admin/coupons/a%2Fb"),
        ("POST", "/admin/coupons"),
        ("POST", "/admin/coupons/A"),
        ("GET", "/admin/coupons/A/redemptions?limit=2"),
        ("GET", "/admin/coupons/A/redemptions?limit=2&cursor=more"),
    ]
    assert sent[2][2] == {"code": "A", "kind": "amount", "amount": 5}
    capsys.readouterr()
    assert run("--json", "show", "A") == 0
    assert json.loads(capsys.readouterr().out) == GIFT


def test_a_refusal_and_an_api_that_is_not_there_have_their_exit_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list") == 2
    assert main(["list"]) == 2
    assert main(["--api", "http://127.0.0.1:1", "list"]) == 2

    def refuse(*_: object) -> None:
        raise Refused("409 coupon_exists: Mã A đã có.")

    monkeypatch.setattr(Api, "call", refuse)
    capsys.readouterr()
    assert run("create", "A") == 1
    assert capsys.readouterr().err == "409 coupon_exists: Mã A đã có.\n"
