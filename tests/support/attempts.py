"""Attempts and refunds as a provider's adapter sees them, and a provider's interface with answers given in advance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from billing.domain.payments import DocumentRequest, Payment
from billing.service.provider_port import Attempt, RefundRequest

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


def refund_request(reference: str, payment_reference: str, transaction: str, **changes: Any) -> RefundRequest:
    """99.000 ₫ back of a payment over 299.000 ₫, asked for a day after it was made."""
    values: dict[str, Any] = {
        "reference": reference,
        "payment_reference": payment_reference,
        "transaction": transaction,
        "amount": 99_000,
        "paid_amount": 299_000,
        "given_back": 0,
        "currency": "VND",
        "description": "Refund of ord_1",
        "operator": "admin-1",
        "started_at": NOW,
        "paid_at": NOW + timedelta(minutes=1),
    }
    return RefundRequest(**values | changes)


@dataclass(frozen=True, slots=True)
class Call:
    """What an adapter asked: "GET" or "POST", where, and what with."""

    method: str
    url: str
    content: Mapping[str, Any]
    headers: Mapping[str, str]


class Script:
    """A provider's interface in the place of the functions of `calls`: answers, or failures, in turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: ModuleType, *answers: Any) -> None:
        self._answers = list(answers)
        self.calls: list[Call] = []
        for name, function in (("get_json", self._get), ("post_json", self._post), ("post_form", self._post)):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, function)

    @property
    def is_over(self) -> bool:
        """Whether everything that was prepared was asked for."""
        return not self._answers

    def _get(self, url: str, headers: Mapping[str, str] | None = None, timeout: float = 0) -> Any:
        return self._answer(Call("GET", url, {}, headers or {}))

    def _post(
        self, url: str, content: Mapping[str, Any], headers: Mapping[str, str] | None = None, timeout: float = 0
    ) -> Any:
        return self._answer(Call("POST", url, content, headers or {}))

    def _answer(self, call: Call) -> Any:
        self.calls.append(call)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Api:
    """A provider's interface that answers as told, in turn, and remembers what was asked."""

    def __init__(self, *answers: Mapping[str, Any]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def post(self, url: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """In the place of `calls.post_json` or `calls.post_form`."""
        self.asked.append((url, body))
        return self._answers.pop(0)
