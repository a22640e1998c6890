"""Builders of refunds, and fakes of what their use cases need."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from billing.domain.refunds import Refund
from tests.support.values import NOON


def refund(**changes: Any) -> Refund:
    """A refund of 299.000 ₫ by VNPAY's API, just asked for at NOON; `changes` replace fields."""
    values: dict[str, Any] = {
        "id": "ref_k3v6u2a7c4q5n2d7s3m6b5x4w2",
        "order_id": "ord_1",
        "exception_id": None,
        "account_id": "acc-1",
        "provider": "vnpay",
        "payment_reference": "R1",
        "transaction": "14422574",
        "amount": 299_000,
        "paid_amount": 299_000,
        "given_back": 0,
        "currency": "VND",
        "reason": "Khách đổi ý",
        "by_api": True,
        "bank": None,
        "reference": "Rk3v6u2a7",
        "status": "requested",
        "version": 1,
        "requested_by": "ketoan@goi.example",
        "started_at": NOON,
        "paid_at": NOON + timedelta(minutes=1),
        "created_at": NOON + timedelta(days=1),
    }
    return Refund(**values | changes)


def refunded(**changes: Any) -> Refund:
    """One that succeeded."""
    done = {"status": "succeeded", "version": 2, "settled_at": NOON + timedelta(days=1, minutes=1), "handle": "R-1"}
    return refund(**done | changes)


@dataclass
class Clockwork:
    """A clock that stands until it is moved."""

    moment: datetime = NOON

    def now(self) -> datetime:
        """The time it shows."""
        return self.moment


@dataclass
class Sent:
    """The `Queue` and `Mailer` ports: keeps what was sent; `broken` makes it fail."""

    messages: list[Any] = field(default_factory=list)
    broken: bool = False

    def send(self, message: Any, recipient: str = "") -> None:
        """One message."""
        if self.broken:
            raise ConnectionError("down")
        self.messages.append(message)
