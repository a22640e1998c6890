"""Builders of orders."""

from datetime import timedelta
from typing import Any

from billing.domain.orders import Order
from billing.domain.payments import DocumentRequest
from billing.domain.pricing import Account, Wish, make_quote
from tests.support.values import HANOI, NOON, catalogue


def fulfilled(months: int = 1, **changes: Any) -> Order:
    """A fulfilled order of the plan "pro", paid through VNPAY at NOON; `changes` replace fields."""
    wish = Wish("pro", "month", months)
    quote = make_quote(Account("acc-1"), wish, catalogue(), discount=0, minimum=5000, now=NOON)
    values: dict[str, Any] = {
        "id": "ord_1",
        "account_id": "acc-1",
        "email": "lan@khach.example",
        "language": "vi",
        "status": "fulfilled",
        "version": 2,
        "quote": quote,
        "period": quote.period,
        "document": DocumentRequest("receipt", "", "BL{yy}", HANOI.key),
        "buyer": None,
        "attempts": (("vnpay", "R1"),),
        "request_hash": "",
        "created_at": NOON,
        "expires_at": NOON + timedelta(minutes=30),
        "paid_at": NOON,
        "fulfilled_at": NOON,
        "paid_by": ("vnpay", "R1"),
    }
    return Order(**values | changes)
