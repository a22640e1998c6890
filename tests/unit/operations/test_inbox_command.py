"""python -m operations.inbox without an API: what it prints, what it sends where, how it ends."""

from typing import Any

import pytest

from operations.inbox.__main__ import main
from operations.inbox.client import Api, NotReached, sentence
from operations.inbox.tables import details, listing

EXCEPTION: dict[str, Any] = {
    "id": "exc_1",
    "status": "open",
    "reason": "unmatched",
    "suggestion": "attach",
    "provider": "sepay",
    "reference": "",
    "transaction": "77",
    "amount": 299_000,
    "currency": "VND",
    "memo": "Nguyễn Thị Bưởi chuyển tiền mua gói Pro 3 tháng",
    "payer": {"bank": "970436", "number": "", "name": "NGUYEN THI BUOI"},
    "occurred_at": "2026-11-23T03:05:00Z",
    "expected_amount": None,
    "order_id": None,
    "refunded": 0,
    "refunding": 0,
    "refundable": 299_000,
    "message_id": None,
    "seen_at": "2026-11-23T17:05:00Z",
    "resolution": None,
}
SHORT = {
    **EXCEPTION,
    "id": "exc_22",
    "reason": "short",
    "memo": None,
    "expected_amount": 1_500_000,
    "order_id": "ord_1",
}
MATCH = {
    "order_id": "ord_2",
    "account_id": "acc-1",
    "plan": "Gói Pro, 1 tháng",
    "total": 299_000,
    "currency": "VND",
    "status": "fulfilled",
    "created_at": "2026-11-23T03:00:00Z",
    "paid_at": None,
    "reasons": ["amount", "name"],
    "can_take": False,
}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's own shell has set is not taken."""
    for name in ("GOI_API", "GOI_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_a_list_is_aligned_with_money_and_times_as_people_write_them() -> None:
    heading, first, second = listing([EXCEPTION, SHORT]).splitlines()
    assert heading == "ID      SEEN              STATUS  REASON      RECEIVED     EXPECTED  BY     ORDER  MEMO"
    assert first.startswith("exc_1   24/11/2026 00:05  open    unmatched  299.000 ₫            -  sepay  -      Nguyễn")
    assert first.endswith("Bưởi chuyển tiền mua gói Pro…")
    assert second == "exc_22  24/11/2026 00:05  open    short      299.000 ₫  1.500.000 ₫  sepay  ord_1  -"
    assert listing([]) == "nothing here"


def test_one_is_shown_with_all_that_a_decision_takes() -> None:
    text = details({**EXCEPTION, "actions": ["attach", "dismiss"], "matches": [MATCH], "order": None})
    facts = dict(line.split(None, 1) for line in text.split("\n\n")[0].splitlines())
    assert facts["reason"] == "unmatched (usually: attach)"
    assert facts["received"] == "299.000 ₫"
    assert facts["payer"] == "970436 NGUYEN THI BUOI"
    assert facts["possible"] == "attach, dismiss"
    assert text.splitlines()[-1].split("  ")[0:1] == ["ord_2"]
    assert "fulfilled (takes no money)" in text
    assert text.endswith("amount, name")


def test_a_decided_one_says_by_whom_and_why() -> None:
    done = {"action": "dismiss", "by": "ketoan@goi.example", "at": "2026-11-24T01:00:00Z", "reason": "Chuyển nhầm"}
    text = details({**EXCEPTION, "status": "dismissed", "resolution": done, "actions": [], "matches": []})
    assert "dismiss by ketoan@goi.example on 24/11/2026 08:00: Chuyển nhầm" in text
    assert "nothing any more" in text


def test_a_failed_message_that_names_no_payment_is_shown_too() -> None:
    nothing = dict.fromkeys(
        ("provider", "reference", "transaction", "amount", "currency", "memo", "payer", "occurred_at")
    )
    assert "message" in details({**EXCEPTION, **nothing, "message_id": "m-1", "refundable": 0})
    assert listing([{**EXCEPTION, **nothing}]).count("-") >= 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"code": "forbidden", "detail": "Not allowed."}', "403 forbidden: Not allowed."),
        (b'{"message": "Unauthorized"}', "403: Unauthorized"),
        (
            b'{"code": "c", "detail": "Wrong.", "errors": [{"field": "reason", "code": "x", "detail": "Empty."}]}',
            "403 c: Wrong. reason: Empty.",
        ),
        (b"<html>", "403: no answer of the API's"),
        (b"[]", "403: no answer of the API's"),
        (b"{}", "403: no answer of the API's"),
    ],
)
def test_a_refusal_is_one_line(body: bytes, said: str) -> None:
    assert sentence(403, body) == said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list"], "no API"),
        (["--api", "https://api.goi.example", "list"], "no token"),
        (["--api", "http://api.goi.example", "--token", "t", "list"], "only sent to https"),
        (["--api", "http://127.0.0.1:9", "--token", "t", "list"], "http://127.0.0.1:9"),
    ],
)
def test_what_cannot_be_asked_ends_with_two(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, said in err) == ("", True)


@pytest.mark.parametrize("arguments", [[], ["dismiss", "exc_1"], ["attach", "exc_1"], ["refuse", "exc_1"]])
def test_a_command_that_is_none_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--api", "https://api.goi.example", "--token", "t", *arguments])
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_token_never_goes_over_an_open_line() -> None:
    for address in ("http://goi.example", "http://127.0.0.1.evil.example", "ftp://x"):
        with pytest.raises(NotReached):
            Api(address, "t")
