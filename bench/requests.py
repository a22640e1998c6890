"""What each use case asks of DynamoDB in a fresh process: requests, and the units that DynamoDB would charge.

Counted at the client, with the tests' meter, on moto in this process; docs/data-model.md says what is read and written.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.packages import ROOT
from tests.support.meter import Meter, metered
from tests.support.shop import COMPANY, Shop, engine, open_shop


@dataclass(frozen=True, slots=True)
class Usage:
    """What one use case took, and the most that it may take, as (reads, transactions, writes)."""

    name: str
    taken: tuple[int, int, int]
    limit: tuple[int, int, int]
    read_units: int
    write_units: int

    @property
    def is_good(self) -> bool:
        """Within the limit."""
        return all(took <= most for took, most in zip(self.taken, self.limit, strict=True))


def count() -> list[Usage]:
    """One purchase from the plans to the document, each step counted."""
    sys.path.append(str(ROOT / "functions/send_invoice"))  # where it finds `documents`
    with engine(), open_shop() as shop, metered() as meter:
        return list(_steps(shop, meter))


def _steps(shop: Shop, meter: Meter) -> Iterator[Usage]:
    buyer = shop.buyer()
    wish: dict[str, Any] = {"plan_id": "pro", "interval": "month", "quantity": 3, "coupon_code": "GIAM20"}

    def step(name: str, limit: tuple[int, int, int], action: Callable[[], object]) -> Usage:
        meter.clear()
        action()
        taken = (meter.reads, meter.transactions, meter.writes)
        return Usage(name, taken, limit, meter.read_units, meter.write_units)

    yield step("GET /plans", (1, 0, 0), lambda: shop.request("GET /plans"))
    yield step("GET /plans again", (0, 0, 0), lambda: shop.request("GET /plans"))
    yield step("POST /orders", (2, 1, 0), lambda: buyer.order("bench", **wish, invoice=COMPANY))
    yield step("POST /quotes", (1, 0, 0), lambda: buyer.quote(**wish))
    payment = buyer.order("bench", **wish, invoice=COMPANY).json["payment"]
    yield step("webhook", (1, 0, 0), lambda: shop.ipn(payment))
    yield step("message", (1, 2, 1), shop.settle)
    yield step("GET /account", (2, 0, 0), buyer.account)
    yield step("GET /orders", (2, 0, 0), lambda: buyer.call("GET /orders"))
    yield step("GET /invoices", (1, 0, 0), lambda: buyer.call("GET /invoices"))
