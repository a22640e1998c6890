"""Refunds through the admin API: money goes back once, takes back what the rule says, and the buyer hears of it."""

import json
from typing import Any

import pytest

from billing.adapters.dynamodb.refunds import RefundTable
from billing.adapters.mailer import SesMailer
from billing.domain.refunds import Refund
from billing.domain.vietqr import read
from billing.service.refund_ports import RefundAtHand
from tests.support.outgoing import sweep as sweep_events
from tests.support.refunding import (
    LOST,
    PENDING,
    REFUSED,
    SUCCEEDED,
    Bank,
    put_in_vnpays_place,
    refund,
    sweep,
    use,
)
from tests.support.reminding import link, remind, show
from tests.support.shop import Answer, Buyer, Shop, moment

PRICE = 299_000
ACCOUNT = {"bank": "970436", "number": "0071000123456", "name": "NGUYEN THI LAN"}


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    """A provider that gives money back at once."""
    return put_in_vnpays_place(monkeypatch, Bank())


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> Bank:
    """A provider without a refund API."""
    return put_in_vnpays_place(monkeypatch, Bank(), refunds=False)


def order_of(buyer: Buyer, order: dict[str, Any]) -> dict[str, Any]:
    """The order as its buyer sees it now."""
    seen: dict[str, Any] = buyer.call("GET /orders/{id}", id=order["id"]).json
    return seen


def detail(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    """The order as an operator sees it now."""
    seen: dict[str, Any] = shop.operator().call("GET /admin/orders/{id}", id=order["id"]).json
    return seen


def remaining(buyer: Buyer) -> dict[str, int]:
    """What is left of each feature."""
    return {balance["feature"]: balance["remaining"] for balance in buyer.account()["balances"]}


def said(answer: Answer) -> tuple[int, str, dict[str, str]]:
    """Status, code and wrong fields of a refusal."""
    problem = answer.json
    return answer.status, problem["code"], {error["field"]: error["code"] for error in problem.get("errors", [])}


def body_of(shop: Shop, subtype: str = "plain") -> str:
    """The text of the last e-mail."""
    part = shop.mails()[-1].get_body((subtype,))
    assert part
    return str(part.get_content())


def test_everything_goes_back_and_the_term_ends_now(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    order = buyer.paid(quantity=3)
    shop.advance(days=10)
    answer = refund(shop, order)
    made = answer.json["refund"]
    assert (answer.status, made["status"], made["amount"], made["by"]) == (201, "succeeded", 3 * PRICE, "api")
    assert answer.headers["location"] == f"/admin/refunds/{made['id']}"
    after = order_of(buyer, order)
    assert (after["status"], after["refunded"]) == ("refunded", 3 * PRICE)
    assert [payment["status"] for payment in after["payments"]] == ["refunded"]
    account = buyer.account()
    assert account["subscription"]["status"] == "expired"
    assert account["subscription"]["current_period_end"] == "2026-12-03T03:00:00Z"
    assert account["subscription"]["terms"] == []
    assert remaining(buyer)["tokens"] == 20_000, "the free plan's"
    (term,) = [item for item in shop.items("ACCOUNT#") if item["sk"]["S"].startswith("TERM#")]
    assert (term["ended_at"]["S"], term["ended_by"]["S"]) == ("2026-12-03T03:00:00Z", made["id"])
    assert bank.said[0].is_full


def test_a_part_takes_back_its_share_of_the_quota_and_leaves_the_time(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    order = buyer.paid()
    made = refund(shop, order, amount=100_000).json["refund"]
    after = order_of(buyer, order)
    assert (after["status"], after["refunded"]) == ("partially_refunded", 100_000)
    assert [payment["status"] for payment in after["payments"]] == ["partially_refunded"]
    assert [(taken["feature"], taken["amount"], taken["shortfall"]) for taken in made["taken_back"]] == [
        ("tokens", 668_896, 0),
        ("documents", 167, 0),
    ]
    account = buyer.account()
    assert account["subscription"]["status"] == "active"
    assert account["subscription"]["current_period_end"] == order["period"]["end"]
    left = remaining(buyer)
    assert (left["tokens"], left["documents"], left["seats"]) == (2_000_000 - 668_896, 500 - 167, 10)


def test_two_parts_take_no_more_than_one_refund_of_the_same_sum(shop: Shop, bank: Bank) -> None:
    """T56: sequential partial refunds are worked out from what was bought and all that was refunded."""
    once, twice = shop.buyer("acc-1"), shop.buyer("acc-2")
    refund(shop, once.paid("k1"), amount=200_000)
    order = twice.paid("k2")
    for number, amount in enumerate((77_777, 122_223)):
        assert refund(shop, order, f"part-{number}", amount=amount).json["refund"]["status"] == "succeeded"
    assert remaining(once) == remaining(twice)
    assert order_of(twice, order)["refunded"] == 200_000
    last = refund(shop, order, "rest").json["refund"]
    assert last["amount"] == PRICE - 200_000
    assert bank.said[-1].given_back == 200_000
    assert order_of(twice, order)["status"] == "refunded"
    assert twice.account()["subscription"]["status"] == "expired"


def test_used_quota_is_no_debt_but_a_recorded_shortfall(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    """T56: what was used already cannot be taken; nothing goes below zero."""
    order = buyer.paid()
    use(shop, "tokens", 1_900_000)
    half = refund(shop, order, amount=149_500).json["refund"]
    assert half["taken_back"][0] == {
        "feature": "tokens",
        "window_start": order["period"]["start"],
        "amount": 100_000,
        "shortfall": 900_000,
    }
    assert remaining(buyer)["tokens"] == 0


def test_quota_used_while_a_refund_is_settled_is_not_taken(
    shop: Shop, buyer: Buyer, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The grant is changed under the condition that nothing was used since it was read; then it is read again."""
    order, read_grants, uses = buyer.paid(), RefundTable.at_hand, [1_500_000, 1_999_999]

    def read_while_used(table: RefundTable, made: Refund) -> RefundAtHand:
        at_hand = read_grants(table, made)
        if uses:
            use(shop, "tokens", uses.pop(0))
        return at_hand

    monkeypatch.setattr(RefundTable, "at_hand", read_while_used)
    made = refund(shop, order, amount=149_500).json["refund"]
    assert (made["taken_back"][0]["amount"], made["taken_back"][0]["shortfall"]) == (1, 999_999)
    assert remaining(buyer)["tokens"] == 0
    assert order_of(buyer, order)["refunded"] == 149_500


def test_a_term_that_has_not_begun_is_taken_off(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    first = buyer.paid("k1")
    second = buyer.paid("k2")
    assert buyer.account()["subscription"]["current_period_end"] == second["period"]["end"]
    refund(shop, second)
    subscription = buyer.account()["subscription"]
    assert [term["order_id"] for term in subscription["terms"]] == [first["id"]]
    assert subscription["current_period_end"] == first["period"]["end"]
    assert remaining(buyer)["tokens"] == 2_000_000, "the running term keeps what it has"


def test_a_time_that_is_over_takes_nothing_back(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    order = buyer.paid()
    shop.advance(days=40)
    made = refund(shop, order).json["refund"]
    assert (made["status"], made["taken_back"]) == ("succeeded", [])
    assert order_of(buyer, order)["status"] == "refunded"
    shop.settle()
    assert "Gói đã hết hạn ngày 23/12/2026, nên không có gì khác thay đổi." in body_of(shop)


def test_a_refusal_changes_nothing_and_frees_the_money(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    order, before = buyer.paid(), len(shop.mails())
    bank.answer = REFUSED
    made = refund(shop, order).json["refund"]
    assert (made["status"], made["failure"]) == ("failed", "95")
    assert order_of(buyer, order) == order
    assert detail(shop, order)["order"]["refunding"] == 0
    assert remaining(buyer)["tokens"] == 2_000_000
    shop.settle()
    assert len(shop.mails()) == before, "nobody is told of money that does not come"
    bank.answer = SUCCEEDED
    assert refund(shop, order, "again").json["refund"]["status"] == "succeeded"


def test_a_pending_refund_is_finished_by_the_sweep(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    """T21: no message of the provider is waited for; it is asked by the reference that it was told."""
    order = buyer.paid()
    bank.answer = bank.query = PENDING
    made = refund(shop, order).json["refund"]
    assert (made["status"], made["handle"]) == ("pending", "R-1")
    assert (order_of(buyer, order)["status"], order_of(buyer, order)["refunded"]) == ("fulfilled", 0)
    assert detail(shop, order)["order"]["refunding"] == PRICE
    assert sweep(shop)["waiting"] == 0, "not before its time"
    shop.advance(minutes=11)
    assert sweep(shop)["waiting"] == 1
    bank.query = SUCCEEDED
    shop.advance(minutes=21)
    assert sweep(shop)["refunded"] == 1
    assert (bank.asked[-1].reference, bank.asked[-1].handle) == (made["reference"], "R-1")
    assert order_of(buyer, order)["status"] == "refunded"
    assert detail(shop, order)["order"]["refunding"] == 0
    assert len(bank.said) == 1


def test_a_pending_refund_that_fails_later_frees_the_money(
    shop: Shop, buyer: Buyer, bank: Bank, capsys: pytest.CaptureFixture[str]
) -> None:
    order = buyer.paid()
    bank.answer, bank.query = PENDING, REFUSED
    refund(shop, order)
    shop.advance(minutes=11)
    assert sweep(shop)["failed"] == 1
    assert '"RefundFailed"' in capsys.readouterr().out
    assert order_of(buyer, order)["refunded"] == 0
    bank.answer, bank.query = SUCCEEDED, None
    assert refund(shop, order, "again").status == 201


@pytest.mark.parametrize("works", [True, False])
def test_a_lost_answer_gives_nothing_back_twice(shop: Shop, buyer: Buyer, bank: Bank, works: bool) -> None:
    """Whether the provider did it is asked; only what it never heard of is said again, under the same reference."""
    order = buyer.paid()
    bank.answer, bank.works = LOST, works
    made = refund(shop, order).json["refund"]
    assert made["status"] == "requested"
    again = refund(shop, order)
    assert (again.status, again.json["refund"]["status"]) == (200, "requested")
    assert len(bank.said) == 1
    bank.answer, bank.works = SUCCEEDED, True
    shop.advance(minutes=11)
    assert sweep(shop)["refunded"] == 1
    assert len(bank.said) == (1 if works else 2)
    assert bank.given == {made["reference"]: PRICE}
    assert order_of(buyer, order)["refunded"] == PRICE


def test_a_provider_that_cannot_be_asked_is_asked_less_and_less_often(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    bank.answer, bank.reachable = LOST, False
    order = buyer.paid()
    refund(shop, order)
    for minutes in (10, 10, 20, 40):
        shop.advance(minutes=minutes - 1)
        assert sweep(shop)["waiting"] == 0
        shop.advance(minutes=1)
        assert sweep(shop)["waiting"] == 1
    assert order_of(buyer, order)["refunded"] == 0
    assert len(bank.said) == 1


def test_the_same_key_is_the_same_refund(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    order = buyer.paid()
    first = refund(shop, order, amount=50_000)
    again = refund(shop, order, amount=50_000)
    assert (first.status, again.status, again.headers["idempotent-replay"]) == (201, 200, "true")
    assert first.json == again.json
    assert said(refund(shop, order, amount=60_000)) == (409, "idempotency_conflict", {})
    assert order_of(buyer, order)["refunded"] == 50_000
    assert len(bank.said) == 1


def test_a_key_is_required(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    order = buyer.paid()
    answer = shop.operator().call("POST /admin/orders/{id}/refunds", {"reason": "x"}, id=order["id"])
    assert said(answer) == (400, "idempotency_key_required", {})


def test_one_refund_of_a_payment_at_a_time(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    order = buyer.paid()
    bank.answer = bank.query = PENDING
    refund(shop, order, amount=50_000)
    answer = refund(shop, order, "another", amount=50_000)
    assert said(answer) == (409, "refund_not_possible", {})
    assert "chưa kết thúc" in answer.json["detail"]
    bank.query = SUCCEEDED
    shop.advance(minutes=11)
    sweep(shop)
    bank.answer = SUCCEEDED
    assert refund(shop, order, "another", amount=50_000).status == 201


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"amount": 0}, "amount", "out_of_range"),
        ({"amount": -5}, "amount", "out_of_range"),
        ({"amount": PRICE + 1}, "amount", "out_of_range"),
        ({"amount": "50000"}, "amount", "wrong_type"),
        ({"amount": True}, "amount", "wrong_type"),
        ({"amount": 1.5}, "amount", "wrong_type"),
        ({"reason": ""}, "reason", "too_short"),
        ({"reason": "a\nb"}, "reason", "line_break"),
        ({"reason": "x" * 301}, "reason", "too_long"),
        ({"note": "x"}, "note", "unknown_field"),
        ({"bank": {**ACCOUNT, "number": ""}}, "bank.number", "too_short"),
        ({"bank": {"bank": "970436"}}, "bank.number", "required"),
    ],
)
def test_what_cannot_be_refunded_is_refused_by_field(
    shop: Shop, buyer: Buyer, bank: Bank, body: dict[str, Any], field: str, code: str
) -> None:
    order = buyer.paid()
    status, problem, fields = said(refund(shop, order, **body))
    assert (status, problem, fields[field]) == (422, "validation_failed", code)
    assert bank.said == []


def test_what_was_not_paid_or_went_back_already_cannot_be_refunded(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    unpaid = buyer.order("unpaid").json["order"]
    free = buyer.order("free", coupon_code="FREE100", payment_provider=None).json["order"]
    for order in (unpaid, free):
        assert said(refund(shop, order)) == (409, "refund_not_possible", {})
    order = buyer.paid("paid")
    refund(shop, order)
    assert said(refund(shop, order, "again")) == (409, "refund_not_possible", {})
    assert said(refund(shop, {"id": "ord_none"})) == (404, "order_not_found", {})
    assert len(bank.said) == 1


def test_by_hand_there_is_a_task_with_a_code_to_scan(shop: Shop, buyer: Buyer, by_hand: Bank) -> None:
    order = buyer.paid()
    assert said(refund(shop, order)) == (422, "validation_failed", {"bank": "required"})
    made = refund(shop, order, amount=200_000, bank=ACCOUNT).json["refund"]
    assert (made["status"], made["by"], made["bank"]) == ("requested", "hand", ACCOUNT)
    transfer = read(made["qr_content"])
    assert (transfer.bank_bin, transfer.account, transfer.amount) == ("970436", "0071000123456", 200_000)
    assert transfer.memo == f"HOAN TIEN {made['id'][4:16].upper()}"
    assert (order_of(buyer, order)["status"], order_of(buyer, order)["refunded"]) == ("fulfilled", 0)
    done = complete(shop, made, "FT26330123456")
    assert (done.status, done.json["refund"]["status"], done.json["refund"]["qr_content"]) == (200, "succeeded", None)
    assert complete(shop, made, "FT26330123456").json == done.json
    assert said(complete(shop, made, "another")) == (409, "refund_not_possible", {})
    assert order_of(buyer, order)["refunded"] == 200_000
    assert by_hand.said == []
    shop.settle()
    text = body_of(shop)
    assert "Tiền được chuyển khoản đến tài khoản •••• 3456" in text
    assert "FT26330123456" in text
    assert "0071000123456" not in text


def complete(shop: Shop, made: dict[str, Any], reference: str) -> Answer:
    """The operator has transferred the money."""
    body = {"bank_reference": reference}
    return shop.operator().call("POST /admin/refunds/{id}/complete", body, id=made["id"])


def test_a_bank_account_makes_it_a_transfer_by_hand_whatever_the_provider(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    made = refund(shop, buyer.paid(), bank={**ACCOUNT, "bank": "Vietcombank"}).json["refund"]
    assert (made["by"], made["status"], made["qr_content"]) == ("hand", "requested", None)
    assert bank.said == []


def test_a_transfer_that_is_not_made_frees_the_money(shop: Shop, buyer: Buyer, by_hand: Bank) -> None:
    order = buyer.paid()
    made = refund(shop, order, bank=ACCOUNT).json["refund"]
    failed = shop.operator().call("POST /admin/refunds/{id}/fail", {"reason": "Sai số tài khoản"}, id=made["id"])
    assert (failed.json["refund"]["status"], failed.json["refund"]["failure"]) == ("failed", "Sai số tài khoản")
    assert said(complete(shop, made, "FT1")) == (409, "refund_not_possible", {})
    assert order_of(buyer, order) == order
    assert refund(shop, order, "again", bank=ACCOUNT).status == 201


@pytest.mark.parametrize(
    ("act", "body"), [("complete", {"bank_reference": "FT2"}), ("fail", {"reason": "Sai số tài khoản"})]
)
def test_of_two_operators_the_slower_one_is_told(
    shop: Shop, buyer: Buyer, by_hand: Bank, monkeypatch: pytest.MonkeyPatch, act: str, body: dict[str, str]
) -> None:
    order, read_now = buyer.paid(), RefundTable.get
    made = refund(shop, order, bank=ACCOUNT).json["refund"]

    def read_before_the_other(table: RefundTable, refund_id: str) -> Refund | None:
        found = read_now(table, refund_id)
        monkeypatch.setattr(RefundTable, "get", read_now)
        assert complete(shop, made, "FT1").status == 200
        return found

    monkeypatch.setattr(RefundTable, "get", read_before_the_other)
    answer = shop.operator().call(f"POST /admin/refunds/{{id}}/{act}", body, id=made["id"])
    assert said(answer) == (409, "refund_not_possible", {})
    (stored,) = detail(shop, order)["refunds"]
    assert (stored["status"], stored["handle"], stored["failure"]) == ("succeeded", "FT1", None)


def test_what_the_provider_carries_out_is_not_finished_by_hand(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    bank.answer = bank.query = PENDING
    made = refund(shop, buyer.paid()).json["refund"]
    assert said(complete(shop, made, "FT1")) == (409, "refund_not_possible", {})
    failed = shop.operator().call("POST /admin/refunds/{id}/fail", {"reason": "x"}, id=made["id"])
    assert said(failed) == (409, "refund_not_possible", {})
    assert said(shop.operator().call("GET /admin/refunds/{id}", id="ref_none")) == (404, "refund_not_found", {})


def test_a_transfer_that_nobody_makes_is_told_after_three_days(
    shop: Shop, buyer: Buyer, by_hand: Bank, capsys: pytest.CaptureFixture[str]
) -> None:
    refund(shop, buyer.paid(), bank=ACCOUNT)
    shop.advance(days=2)
    sweep(shop)
    assert '"RefundOverdue"' not in capsys.readouterr().out
    shop.advance(days=1, minutes=1)
    assert sweep(shop)["waiting"] == 1
    assert capsys.readouterr().out.count('"RefundOverdue":[') == 1
    shop.advance(hours=23)
    assert sweep(shop)["waiting"] == 0, "one reminder a day"


def test_the_buyer_hears_of_it_once(shop: Shop, buyer: Buyer, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    order = buyer.paid(quantity=2)
    refund(shop, order, amount=199_000)
    before = len(shop.mails())
    with monkeypatch.context() as broken:
        broken.setattr(SesMailer, "send", down)
        assert shop.settle()
    assert not shop.redeliver()
    shop.advance(minutes=11)
    sweep(shop)
    shop.settle()
    assert len(shop.mails()) == before + 1
    mail = shop.mails()[-1]
    assert mail["To"] == "lan@khach.example"
    assert mail["Subject"].endswith(": đã hoàn 199.000 ₫ – Gói Chuyên nghiệp, 2 tháng")
    text = body_of(shop)
    for words in (
        "chúng tôi đã hoàn 199.000 ₫ cho bạn",
        "Tiền trở lại tài khoản hoặc thẻ bạn đã dùng qua VNPAY, thường sau 1 đến 7 ngày làm việc",
        "Bạn đã thanh toán: 598.000 ₫",
        "Gói vẫn dùng được đến 23/01/2027",
        "Token AI: giảm 1.331.102 trong 2 tháng",
        "Tài liệu: giảm 166",
        order["id"],
    ):
        assert words in text
    assert "Khách đổi ý" not in text, "an operator's note is not for the buyer"


def down(*_: object) -> None:
    """A mail server that is down."""
    raise ConnectionError("down")


def test_a_lost_message_is_made_good_by_the_sweep(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    order = buyer.paid()
    refund(shop, order)
    assert len(shop.queued()) == 1, "taken off the queue: lost"
    shop.advance(minutes=11)
    assert sweep(shop)["told"] == 1
    shop.settle()
    assert shop.mails()[-1]["Subject"].endswith("đã hoàn 299.000 ₫ – Gói Chuyên nghiệp, 1 tháng")
    shop.advance(hours=1)
    assert sweep(shop)["told"] == 0
    assert shop.items("DUE#REFUNDS#") == []


def test_no_mail_before_money_really_goes_back(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    """T62: "refunded" is only said of money that was given back."""
    bank.answer = bank.query = PENDING
    order = buyer.paid()
    before = len(shop.mails())
    refund(shop, order)
    shop.settle()
    shop.advance(minutes=11)
    sweep(shop)
    shop.settle()
    assert len(shop.mails()) == before


def test_operators_see_refunds_and_who_asked_for_them(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    order = buyer.paid()
    bank.answer = bank.query = PENDING
    made = refund(shop, order, amount=99_000).json["refund"]
    operator = shop.operator()
    assert [one["id"] for one in operator.call("GET /admin/refunds").json["items"]] == [made["id"]]
    assert operator.call("GET /admin/refunds", query="month=2026-11").json["items"] == []
    bank.query = SUCCEEDED
    shop.advance(minutes=11)
    sweep(shop)
    assert operator.call("GET /admin/refunds").json["items"] == []
    (finished,) = operator.call("GET /admin/refunds", query="month=2026-11").json["items"]
    assert finished == operator.call("GET /admin/refunds/{id}", id=made["id"]).json["refund"]
    seen = detail(shop, order)
    assert seen["refunds"] == [finished]
    assert seen["order"]["account_id"] == "acc-1"
    (payment,) = seen["payments"]
    assert (payment["fulfilled_order"], payment["received"], payment["transaction"]) == (True, PRICE, "14422574")
    (entry,) = seen["audit"]
    assert (entry["actor"], entry["action"], entry["target"]) == (
        "ketoan@goi.example",
        "refund",
        f"order {order['id']}",
    )
    assert entry["details"] == {
        "refund_id": made["id"],
        "amount": 99_000,
        "currency": "VND",
        "reason": "Khách đổi ý",
    }
    assert finished["requested_by"] == "ketoan@goi.example"


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ("GET /admin/orders/{id}", {"id": "ord_1"}),
        ("POST /admin/orders/{id}/refunds", {"id": "ord_1"}),
        ("GET /admin/refunds", {}),
        ("GET /admin/refunds/{id}", {"id": "ref_1"}),
        ("POST /admin/refunds/{id}/complete", {"id": "ref_1"}),
        ("POST /admin/refunds/{id}/fail", {"id": "ref_1"}),
    ],
)
def test_nobody_but_an_operator_may(shop: Shop, route: str, path: dict[str, str]) -> None:
    answer = shop.operator(scope="billing:usage").call(route, {"reason": "x"}, key="k", **path)
    assert said(answer) == (403, "forbidden", {})


def test_a_refunded_order_keeps_its_document_and_its_coupons_place(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    """T32: a refund gives no place of a coupon back."""
    order = buyer.paid(coupon_code="GIAM20")
    document = buyer.call("GET /invoices/{id}", id=order["invoice_id"]).json
    taken = taken_places(shop, "GIAM20")
    refund(shop, order)
    shop.settle()
    assert buyer.call("GET /invoices/{id}", id=order["invoice_id"]).json == document
    assert taken_places(shop, "GIAM20") == taken
    (state,) = [item for item in shop.items("ACCOUNT#") if item["sk"]["S"] == "STATE"]
    assert state["purchases"]["N"] == "1"


def taken_places(shop: Shop, code: str) -> str:
    """How many places of a coupon are taken."""
    (coupon,) = [item for item in shop.items(f"COUPON#{code}") if item["sk"]["S"] == "COUPON"]
    return str(coupon["taken"]["N"])


def test_a_duplicate_webhook_after_a_refund_changes_nothing(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    placed = buyer.order().json
    shop.ipn(placed["payment"])
    shop.settle()
    refund(shop, placed["order"])
    assert shop.ipn(placed["payment"]).json["RspCode"] == "02"
    shop.settle()
    assert order_of(buyer, placed["order"])["status"] == "refunded"
    assert shop.items("EXCEPTION#") == []


def test_what_an_upgrade_was_credited_with_does_not_go_back_as_well(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    """The money would be given back twice: once as credit, once as a refund."""
    small = buyer.paid("small", plan_id="starter", interval="month")
    shop.advance(days=10)
    large = buyer.paid("large")
    assert large["credit"] > 0
    assert said(refund(shop, small))[:2] == (409, "refund_not_possible")
    assert refund(shop, large).json["refund"]["status"] == "succeeded"
    assert refund(shop, small, key="then").json["refund"]["status"] == "succeeded"


def test_time_that_made_room_for_other_time_can_be_given_back(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    """T65: a plan whose time was moved behind a higher one that was paid for in parallel."""
    small, large = buyer.order("small", plan_id="starter").json, buyer.order("large").json
    for number, placed in enumerate((small, large)):
        shop.ipn(placed["payment"], TransactionNo=str(number))
        shop.settle()
        shop.advance(hours=5)
    assert refund(shop, small["order"]).json["refund"]["status"] == "succeeded"
    assert order_of(buyer, small["order"])["status"] == "refunded"
    assert [term["plan_id"] for term in buyer.account()["subscription"]["terms"]] == ["pro"]


def test_an_earlier_end_of_paid_time_is_reminded_of_anew(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    """T48: the renewal went back after the sweep had passed over the end that it moved."""
    buyer.paid("year", interval="year")
    shop.now = moment("2027-11-16T02:00:00Z")
    renewal = buyer.paid("renewal")
    assert remind(shop) == [], "renewed"
    refund(shop, renewal)
    shop.now = moment("2027-11-20T02:00:00Z")
    assert remind(shop) == [-3]
    ready = show(shop, link(shop)).json
    assert (ready["interval"], ready["quantity"], ready["ends_at"]) == ("year", 1, "2027-11-23T03:00:00Z")
    shop.now = moment("2027-12-20T02:00:00Z")
    assert remind(shop) == [], "the end that went back is never spoken of"


def test_who_took_all_money_back_is_not_reminded(shop: Shop, buyer: Buyer, bank: Bank) -> None:
    refund(shop, buyer.paid())
    for _ in range(36):
        shop.advance(days=1)
        assert remind(shop) == []


def test_a_gap_that_a_refund_left_is_told_as_an_end_and_the_time_behind_it_as_another(
    shop: Shop, buyer: Buyer, bank: Bank
) -> None:
    first = buyer.paid("first")
    later = buyer.paid("later")
    shop.advance(days=10)
    refund(shop, first)
    sweep_events(shop)
    subscription = buyer.account()["subscription"]
    assert (subscription["status"], subscription["current_period_end"]) == ("expired", "2026-12-03T03:00:00Z")
    for _ in range(56):
        shop.advance(days=1)
        sweep_events(shop)
    bodies = [json.loads(item["body"]["S"]) for item in shop.items("EVENT#") if "body" in item]
    told = [body for body in bodies if body["type"].startswith("subscription.")]
    assert sorted((body["type"], body["data"]["current_period_end"]) for body in told) == [
        ("subscription.expired", "2026-12-03T03:00:00Z"),
        ("subscription.expired", later["period"]["end"]),
        ("subscription.expiring", later["period"]["end"]),
    ]
