"""Orders that the inbox suggests for money that names none, or names one badly."""

from collections.abc import Callable

import pytest

from tests.support.exceptions import SCENES, the_only, transfer
from tests.support.shop import COMPANY, Shop


def suggested(shop: Shop) -> list[tuple[str, list[str], bool]]:
    """(account, reasons, whether it can take the money) of each match, the best first."""
    return [(one["account_id"], one["reasons"], one["can_take"]) for one in the_only(shop)["matches"]]


@pytest.mark.parametrize(
    "damage",
    [
        lambda code: code[:7] + ("2" if code[7] != "2" else "3") + code[8:],
        lambda code: code[:9] + code[10:],
        lambda code: code[:5] + "X" + code[5:],
        lambda code: f"ct tu 0123 {code[:6].lower()} 0 {code[7:].lower()} cam on",
        lambda code: "G0I" + code[3:],
    ],
)
def test_a_damaged_code_leads_to_its_order(bank_transfers: Shop, damage: Callable[[str], str]) -> None:
    """T64: one character wrong, missing or too many; whatever the amount."""
    wanted = bank_transfers.buyer("acc-right").order(payment_provider="sepay").json
    bank_transfers.buyer("acc-wrong").order(payment_provider="sepay")
    (payment,) = [item for item in bank_transfers.items("PAYMENT#") if item["order_id"]["S"] == wanted["order"]["id"]]
    transfer(bank_transfers, 150_000, damage(payment["reference"]["S"]))
    assert suggested(bank_transfers) == [("acc-right", ["reference"], True)]


def test_the_part_of_an_order_id_that_payment_pages_show_is_a_reference(bank_transfers: Shop) -> None:
    wanted = bank_transfers.buyer("acc-right").order().json
    bank_transfers.buyer("acc-wrong").order()
    transfer(bank_transfers, 299_000, f"Pro 1 thang {wanted['order']['id'][4:16]}", 1)
    assert suggested(bank_transfers)[0] == ("acc-right", ["reference", "amount"], True)


def test_a_whole_order_id_leads_to_its_order_whatever_the_amount(bank_transfers: Shop) -> None:
    wanted = bank_transfers.buyer("acc-right").order().json
    transfer(bank_transfers, 5_000, f"thanh toan {wanted['order']['id'].upper().replace('_', ' ')}")
    assert suggested(bank_transfers) == [("acc-right", ["reference"], True)]


@pytest.mark.parametrize(
    "memo",
    [
        "CONG TY TNHH HUONG DUONG thanh toan goi pro",
        "MBVCB.3278907687.huong duong chuyen tien.CT tu 0123456789",
        "Nguyễn Thị Bưởi chuyển khoản",
        "NGUYEN THI BUOI CK",
    ],
)
def test_names_are_found_without_their_marks(bank_transfers: Shop, memo: str) -> None:
    """T64: banks write names in capitals and without marks."""
    bank_transfers.buyer("acc-right", address="thi.buoi@khach.example").order(invoice=COMPANY)
    bank_transfers.buyer("acc-wrong", address="an@khach.example").order()
    transfer(bank_transfers, 299_000, memo)
    found = suggested(bank_transfers)
    assert found == [("acc-right", ["amount", "name"], True), ("acc-wrong", ["amount"], True)]


def test_orders_of_the_same_amount_are_those_around_the_moneys_time(bank_transfers: Shop) -> None:
    bank_transfers.buyer("acc-old").order()
    bank_transfers.advance(days=31)
    bank_transfers.buyer("acc-new").order()
    bank_transfers.buyer("acc-other").order(plan_id="starter")
    transfer(bank_transfers, 299_000, "mua goi")
    assert suggested(bank_transfers) == [("acc-new", ["amount"], True)]


def test_orders_that_can_take_the_money_come_first(bank_transfers: Shop) -> None:
    bank_transfers.buyer("acc-paid", address="lan@khach.example").paid()
    bank_transfers.buyer("acc-open", address="an@khach.example").order()
    transfer(bank_transfers, 299_000, "LAN chuyen tien", 5)
    assert suggested(bank_transfers) == [("acc-open", ["amount"], True), ("acc-paid", ["amount", "name"], False)]


def test_the_order_that_money_came_for_is_not_suggested_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    SCENES["second_payment"](shop, monkeypatch)
    shop.buyer().order("another")
    assert suggested(shop) == [("acc-1", ["amount"], True)]
