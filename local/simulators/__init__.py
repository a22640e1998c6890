"""The payment providers' side, written from their documentation: one module for each, nothing shared with `billing`.

To add one: a module with a class that has `Simulator`'s methods, and its line in `PROVIDERS`.
"""

from collections.abc import Mapping

from local.simulators.base import Simulator
from local.simulators.momo import Momo
from local.simulators.payos import Payos
from local.simulators.sepay import Sepay
from local.simulators.stripe import Stripe
from local.simulators.vnpay import Vnpay
from local.simulators.zalopay import Zalopay

PROVIDERS: Mapping[str, type[Simulator]] = {
    "vnpay": Vnpay,
    "momo": Momo,
    "zalopay": Zalopay,
    "sepay": Sepay,
    "payos": Payos,
    "stripe": Stripe,
}
"""What the table and the routes call a provider -> its simulator."""
