"""What each use case asks of DynamoDB in a fresh process: requests, and the units that DynamoDB would charge.

Counted at the client, with the tests' meter, on moto in this process; docs/data-model.md says what is read and written.
Providers that are called are their simulators, in this process as well. `python -m bench.requests` prints these alone.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.packages import ROOT
from billing.adapters.providers.registry import MODULES
from tests.support.market import market
from tests.support.meter import Meter, metered
from tests.support.shop import COMPANY, ENVIRONMENT, Shop, engine, open_shop
from tests.support.street import settings

WEBHOOK = ROOT / "functions/payment_webhook"
IMPORTS = """
import importlib, sys
import app
before = len(sys.modules)
importlib.import_module({module!r})
print(before, len(sys.modules))
"""


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


def count_providers() -> list[Usage]:
    """An order and its webhook through each provider, in fresh processes."""
    with engine():
        return [usage for name in MODULES for usage in _through(name)]


def _through(name: str) -> Iterator[Usage]:
    with market() as place, metered() as meter:
        buyer, street = place.shop.buyer(), place.street
        answer = buyer.order("bench", payment_provider=name)
        writes = 0 if street.adapter(name).offline else 1
        yield _usage(f"POST /orders, {name}", (2, 1, writes), meter)
        meter.clear()
        place.pay(answer.json["payment"])
        yield _usage(f"webhook, {name}", (1, 0, 0), meter)


def _usage(name: str, limit: tuple[int, int, int], meter: Meter) -> Usage:
    taken = (meter.reads, meter.transactions, meter.writes)
    return Usage(name, taken, limit, meter.read_units, meter.write_units)


def count_modules() -> dict[str, tuple[int, int]]:
    """Modules after the import of the webhook's handler, and with an adapter, in a process for each provider."""
    found = {}
    for name, module in MODULES.items():
        path = os.pathsep.join([str(WEBHOOK), str(ROOT / "layers/common")])
        environment = {**ENVIRONMENT, **settings(), "PAYMENTS_QUEUE_URL": "https://sqs.invalid/q", "PYTHONPATH": path}
        command = [sys.executable, "-c", IMPORTS.format(module=module)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        before, after = done.stdout.split()
        found[name] = (int(before), int(after))
    return found


def _steps(shop: Shop, meter: Meter) -> Iterator[Usage]:
    buyer = shop.buyer()
    wish: dict[str, Any] = {"plan_id": "pro", "interval": "month", "quantity": 3, "coupon_code": "GIAM20"}

    def step(name: str, limit: tuple[int, int, int], action: Callable[[], object]) -> Usage:
        meter.clear()
        action()
        return _usage(name, limit, meter)

    yield step("GET /plans", (1, 0, 0), lambda: shop.request("GET /plans"))
    yield step("GET /plans again", (0, 0, 0), lambda: shop.request("GET /plans"))
    yield step("POST /orders", (2, 1, 0), lambda: buyer.order("bench", **wish, invoice=COMPANY))
    yield step("POST /quotes", (1, 0, 0), lambda: buyer.quote(**wish))
    payment = buyer.order("bench", **wish, invoice=COMPANY).json["payment"]
    yield step("webhook", (1, 0, 0), lambda: shop.ipn(payment))
    yield step("message", (1, 2, 1), shop.settle)
    yield step("GET /account", (2, 0, 0), buyer.account)
    service = shop.service()
    service.use(1, "the catalogue is known by now")
    yield step("POST /usage", (1, 1, 0), lambda: service.use(1_000, "use"))
    yield step("POST /usage, a hold", (1, 1, 0), lambda: service.hold(1_000, "hold"))
    hold = service.hold(1_000, "hold").json["id"]
    yield step("POST /usage/{id}/commit", (2, 1, 0), lambda: service.commit(hold, 800))
    yield step("GET /usage", (1, 0, 0), lambda: buyer.call("GET /usage"))
    yield step("GET /orders", (2, 0, 0), lambda: buyer.call("GET /orders"))
    yield step("GET /invoices", (1, 0, 0), lambda: buyer.call("GET /invoices"))


def show(usages: list[Usage]) -> None:
    """A table of them."""
    print(f"\n{'DynamoDB':22} {'reads':>5} {'transactions':>12} {'writes':>6} {'read units':>10} {'write units':>11}")
    for usage in usages:
        reads, transactions, writes = usage.taken
        mark = "" if usage.is_good else f"  BEYOND ITS LIMIT {usage.limit}"
        units = f"{usage.read_units:10} {usage.write_units:11}"
        print(f"{usage.name:22} {reads:5} {transactions:12} {writes:6} {units}{mark}")


def show_modules(counts: dict[str, tuple[int, int]]) -> None:
    """A table of modules."""
    print(f"\n{'payment_webhook':22} {'handler':>8} {'with the adapter':>17}")
    for name, (before, after) in counts.items():
        print(f"{name:22} {before:8} {after:17}")


if __name__ == "__main__":
    counted = [*count(), *count_providers()]
    show(counted)
    show_modules(count_modules())
    sys.exit(0 if all(one.is_good for one in counted) else 1)
