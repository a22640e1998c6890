"""A provider that gives money back as a test tells it to, in VNPAY's place; and an operator who asks for refunds."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from billing.adapters.providers.vnpay import Vnpay
from billing.service.provider_port import ProviderUnavailable, RefundAnswer, RefundRequest
from tests.support.shop import Answer, Shop

SUCCEEDED = RefundAnswer("succeeded", "00", handle="R-1")
PENDING = RefundAnswer("pending", "05", handle="R-1")
REFUSED = RefundAnswer("failed", "95")
UNKNOWN = RefundAnswer("failed", "unknown")
LOST = None
"""The provider does not answer; whether it did what it was asked stays open."""


@dataclass
class Bank:
    """What the provider answers to `refund` and to `query_refund`, and what it gave back, by our reference.

    An answer of None is none at all; `works` tells whether a request whose answer got lost was carried out. Without
    `query`, it tells what became of the refund; unless `reachable`, it tells nothing.
    """

    answer: RefundAnswer | None = SUCCEEDED
    query: RefundAnswer | None = None
    works: bool = True
    reachable: bool = True
    said: list[RefundRequest] = field(default_factory=list)
    asked: list[RefundRequest] = field(default_factory=list)
    given: dict[str, int] = field(default_factory=dict)

    def refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:
        """The port's `refund`: the same reference is given back once."""
        self.said.append(request)
        if self.works and self.answer is not REFUSED:
            self.given[request.reference] = request.amount
        if self.answer is None:
            raise ProviderUnavailable("no answer")
        return self.answer

    def query_refund(self, request: RefundRequest, now: datetime) -> RefundAnswer:
        """The port's `query_refund`: what a test decided, otherwise what became of it."""
        self.asked.append(request)
        if not self.reachable:
            raise ProviderUnavailable("no answer")
        return self.query or (SUCCEEDED if request.reference in self.given else UNKNOWN)


def put_in_vnpays_place(monkeypatch: pytest.MonkeyPatch, bank: Bank, *, refunds: bool = True) -> Bank:
    """VNPAY gives money back as `bank` says, or with `refunds` False, cannot be asked to."""
    monkeypatch.setattr(Vnpay, "refunds", refunds, raising=False)
    monkeypatch.setattr(Vnpay, "refund", lambda _, request, now: bank.refund(request, now), raising=False)
    monkeypatch.setattr(Vnpay, "query_refund", lambda _, request, now: bank.query_refund(request, now), raising=False)
    monkeypatch.setattr(Vnpay, "refund_reference", lambda _, refund_id, now: f"R{refund_id[4:20]}", raising=False)
    return bank


def refund(shop: Shop, order: dict[str, Any], key: str = "refund-1", **body: Any) -> Answer:
    """POST /admin/orders/{id}/refunds."""
    asked = {"reason": "Khách đổi ý", **body}
    return shop.operator().call("POST /admin/orders/{id}/refunds", asked, key=key, id=order["id"])


def sweep(shop: Shop) -> dict[str, int]:
    """What one run of the scheduled function did about refunds."""
    result: dict[str, int] = shop.functions["reconcile_payments"].handler({}, None)["refunds"]
    return result


def use(shop: Shop, feature: str, amount: int, window: int = 0) -> None:
    """Quota that was used: of the live grant of a feature, in a window."""
    from billing.adapters import aws
    from tests.support.shop import TABLE

    (grant,) = [item for item in shop.items("ACCOUNT#") if item.get("feature", {}).get("S") == feature]
    aws.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": grant["pk"], "sk": grant["sk"]},
        UpdateExpression="SET used.#window = :amount",
        ExpressionAttributeNames={"#window": str(window)},
        ExpressionAttributeValues={":amount": {"N": str(amount)}},
    )
