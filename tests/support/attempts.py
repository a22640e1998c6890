"""Attempts to pay as a provider's adapter sees them, and a provider's interface with answers given in advance."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from billing.domain.orders import DocumentRequest, Payment
from billing.service.ports import Attempt

NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
"""Half past midnight in Vietnam: the next day there."""

END = NOW + timedelta(minutes=30)


def attempt(provider: str, reference: str, **changes: Any) -> Attempt:
    """An attempt over 299.000 ₫, made at `NOW` and open until `END`."""
    values: dict[str, Any] = {
        "payment_id": "pay_abc",
        "reference": reference,
        "order_id": "ord_1",
        "amount": 299_000,
        "currency": "VND",
        "description": "Goi Pro 3 thang",
        "buyer_ip": "203.0.113.7",
        "language": "vi",
        "return_url": "https://app.goi.example/app/result.html?order=ord_1",
        "webhook_url": f"https://api.goi.example/webhooks/{provider}",
        "created_at": NOW,
        "expires_at": END,
    }
    return Attempt(**values | changes)


def payment(provider: str, reference: str, **changes: Any) -> Payment:
    """The same attempt as it is stored."""
    values: dict[str, Any] = {
        "id": "pay_abc",
        "order_id": "ord_1",
        "account_id": "acc-1",
        "provider": provider,
        "reference": reference,
        "amount": 299_000,
        "currency": "VND",
        "status": "open",
        "url": "https://pay.example/1",
        "qr_content": None,
        "document": DocumentRequest("receipt", "", "BL{yy}", "Asia/Ho_Chi_Minh"),
        "created_at": NOW,
        "expires_at": END,
    }
    return Payment(**values | changes)


class Api:
    """A provider's interface that answers as told, in turn, and remembers what was asked."""

    def __init__(self, *answers: Mapping[str, Any]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def post(self, url: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """In the place of `calls.post_json` or `calls.post_form`."""
        self.asked.append((url, body))
        return self._answers.pop(0)
