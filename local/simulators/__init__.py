"""The payment providers' side, written from their documentation: one module for each, nothing shared with `billing`.

To add one: a module with a class that has `Simulator`'s methods, and its line in `PROVIDERS`.
"""

from collections.abc import Callable, Mapping

from local.simulators.base import Simulator, World
from local.simulators.vnpay import Vnpay

PROVIDERS: Mapping[str, Callable[[World], Simulator]] = {"vnpay": Vnpay}
"""What the table and the routes call a provider -> how to make its simulator."""
