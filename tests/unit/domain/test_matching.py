"""Orders that money without an order may be for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from billing.domain.banks import BankAccount
from billing.domain.identifiers import order_id
from billing.domain.invoices import Buyer
from billing.domain.matching import is_named, matches, named_orders
from billing.domain.orders import Order
from billing.domain.payments import Notice
from tests.support.orders import fulfilled
from tests.support.values import NOON

NOTICE = Notice("sepay", "", "paid", 299_000, "VND", "77", "", NOON)
COMPANY = Buyer(buyer_type="company", name="Công ty TNHH Hướng Dương", tax_code="", address="", email="")


def order(name: str = "one", **changes: Any) -> Order:
    """A pending order of 299.000 ₫."""
    return fulfilled(**{"id": order_id("acc-1", name), "status": "pending"} | changes)


@pytest.mark.parametrize(
    ("email", "memo", "found"),
    [
        ("nguyen.van.hai@khach.example", "NGUYEN VAN HAI chuyen tien", True),
        ("hai.nguyen88@khach.example", "MBVCB.123.NGUYEN VAN HAI.CT", True),
        ("hai.nguyen@khach.example", "HAI LUA chuyen tien", False),
        ("an@khach.example", "AN chuyen tien", False),
        ("lan@khach.example", "lan chuyen khoan", True),
        ("lan@khach.example", "LANH chuyen khoan", False),
        ("1234@khach.example", "chuyen khoan 1234", False),
        ("đoàn@khach.example", "DOAN CK", True),
    ],
)
def test_the_name_of_a_mailbox_is_found_as_whole_words(email: str, memo: str, found: bool) -> None:
    assert is_named(replace(NOTICE, reason=memo), order(email=email)) is found


@pytest.mark.parametrize(
    ("memo", "found"),
    [
        ("CT TNHH HUONGDUONG", True),
        ("Công ty TNHH Hướng Dương thanh toán", True),
        ("cong ty tnhh huong", False),
        ("", False),
    ],
)
def test_a_company_is_found_without_its_legal_form(memo: str, found: bool) -> None:
    asked = order(buyer=COMPANY, email="ke@toan.example")
    assert is_named(replace(NOTICE, reason=memo), asked) is found
    payer = BankAccount(name=memo)
    assert is_named(replace(NOTICE, payer=payer), asked) is found


def test_a_company_that_is_called_like_its_legal_form_is_not_everybody() -> None:
    asked = order(buyer=replace(COMPANY, name="Công ty TNHH MTV"), email="ke@toan.example")
    assert not is_named(replace(NOTICE, reason="CONG TY TNHH MTV khac"), asked)


def test_the_best_comes_first() -> None:
    """What can take the money, then what is named, then what has more reasons, then what is nearest in time."""
    named, both = order("named"), order("both", email="lan@khach.example")
    near = order("near", email="x@y.example")
    far = order("far", email="x@y.example", created_at=NOON - timedelta(days=3))
    paid = order("paid", status="fulfilled", email="x@y.example")
    other = order("other", email="x@y.example", quote=replace(both.quote, currency="USD"))
    said = replace(NOTICE, reason=f"LAN {named.id[4:16]}")
    found = matches(said, [paid, far, other, near, both, named], {}, [])
    assert [(match.order, match.reasons) for match in found] == [
        (named, ("reference", "amount", "name")),
        (both, ("amount", "name")),
        (near, ("amount",)),
        (far, ("amount",)),
        (paid, ("amount",)),
    ]
    assert [match.can_take for match in found] == [True, True, True, True, False]


def test_an_order_that_a_reference_led_to_needs_no_other_reason() -> None:
    small = replace(NOTICE, amount=1)
    (match,) = matches(small, [order(email="x@y.example")], {}, [order().id])
    assert match.reasons == ("reference",)
    assert matches(small, [order(email="x@y.example")], {}, []) == []


def test_whole_ids_are_found_whatever_was_done_to_them() -> None:
    known = order().id
    for text in (known, known.upper(), f"ck {known[:10]} {known[10:]} xin cam on", f"don hang: {known}."):
        assert named_orders(replace(NOTICE, reason=text)) == (known,)
    assert named_orders(replace(NOTICE, reason=known[:-1])) == ()
